"""Ad-hoc SQL over the published results that can neither write nor reach outside, and its output."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from parkeval.errors import DiskFault, UsageFault
from parkeval.store import create_table, view_statements
from scoring.schema import result_tables
from validation.problems import Problem

if TYPE_CHECKING:
    import duckdb

READING = ("SELECT", "EXPLAIN", "MULTI")
"""Kinds of statement that only read; PIVOT is a MULTI. This is a courtesy: what keeps the results safe is the copy."""

SETTINGS = (
    "SET temp_directory = ''",
    "SET memory_limit = '2GB'",
    "SET threads = 2",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
"""Taken after the results have been copied into memory, so that nothing of the outside is left to reach."""


def run_sql(path: Path, statement: str, timeout_s: float) -> pl.DataFrame:
    """The result of one SELECT over the published tables, views and macros.

    The tables are copied into an in-memory database which is then shut off from files, network, extensions and
    settings; what the statement may change is only that copy. Stops after `timeout_s` seconds. Raises UsageFault
    for a statement that is not one query, fails or takes too long.
    """
    import duckdb

    with _shut_in(path) as connection:
        try:
            statements = connection.extract_statements(statement)
        except duckdb.Error as error:
            raise _sql_fault(error) from None
        if len(statements) == 1 and statements[0].type.name not in READING:
            raise UsageFault([Problem("SQL", "不是查询", "SELECT、DESCRIBE、SHOW 或 EXPLAIN", "结果只读，不能改动")])
        if len(statements) != 1:
            raise UsageFault([Problem("SQL", f"有 {len(statements)} 条语句", "一条查询语句", "一次写一条")])
        timer = threading.Timer(timeout_s, connection.interrupt)
        timer.start()
        try:
            cursor = connection.execute(statements[0])
            columns = cursor.description or []
            rows = cursor.fetchall()
        except duckdb.InterruptException:
            raise UsageFault(
                [Problem("SQL", f"超过 {timeout_s:g} 秒", "较快的查询", "缩小范围，或加大 --timeout")]
            ) from None
        except (duckdb.Error, RuntimeError) as error:
            raise _sql_fault(error) from None
        finally:
            timer.cancel()
    names = _unique([column[0] for column in columns])
    plain = [[_plain(value) for value in row] for row in rows]
    return pl.DataFrame(plain, schema=names, orient="row", infer_schema_length=None, strict=False)


@contextmanager
def _shut_in(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    with duckdb.connect() as connection:
        quoted = str(path).replace("'", "''")
        try:
            connection.execute(f"ATTACH '{quoted}' AS published (READ_ONLY)")
            rows = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'published'")
            present = {row[0] for row in rows.fetchall()}
            for name, table in result_tables().items():
                connection.execute(create_table(table))
                if name in present:
                    connection.execute(f"INSERT INTO {name} BY NAME FROM published.{name}")
            connection.execute("DETACH published")
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            raise DiskFault([Problem(str(path), f"打不开（{said}）", "已发布的结果库", "用 verify 核验")]) from None
        for text in (*view_statements(), *SETTINGS):
            connection.execute(text)
        yield connection


def _plain(value: object) -> object:
    """A value that every output format can hold: no NaN or infinity, other kinds (UUID, bytes) as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    kept = isinstance(value, str | int | float | Decimal | date | time | timedelta) or value is None
    return value if kept else str(value)


def _unique(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return result


def _sql_fault(error: Exception) -> UsageFault:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return UsageFault(
        [
            Problem(
                "SQL",
                "；".join(lines[:3]) or type(error).__name__,
                "只读的查询语句",
                "改正语句；表和列见 docs/结果表.md，或用 SHOW TABLES",
            )
        ]
    )
