"""Ad-hoc SQL over the published results that can neither write nor reach outside."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from parkeval.damage import damage
from parkeval.errors import DiskFault, UsageFault
from parkeval.published_schema import create_table, macros, view_statements
from parkeval.query_process import Limits
from parkeval.sql_faults import sql_fault
from scoring.schema import result_tables
from validation.problems import Problem, Refused
from validation.reading_process import receive, send

GRACE_SECONDS = 2.0
"""What a statement may take beyond its time before its process is ended: some steps of DuckDB cannot be interrupted."""

ENDED = "查询进程意外结束"

HIDDEN_NAMES = re.compile(r"query|sql|substrait|duckdb_|summarize", re.IGNORECASE)
"""Words with which a statement may name tables in other ways than by their name, or ask about all of them."""


SPEAKS_OF_COMMENTS = re.compile(r"duckdb_|pg_|information_schema|comment|query|sql", re.IGNORECASE)
"""Words without which a statement cannot see a comment."""


def run_sql(
    path: Path, statement: str, limits: Limits | None = None, parameters: Mapping[str, Any] | None = None
) -> pl.DataFrame:
    """The result of one SELECT over the published tables, views and macros; values of `$name` from `parameters`.

    The tables that the statement names are copied into an in-memory database in a process of its own, which is then
    shut off from files, network, extensions and settings; what the statement may change is only that copy. Raises
    UsageFault for a statement that is not one query, fails, takes too long, too much memory or gives too many rows,
    DiskFault where the results cannot be read.
    """
    with open_copy(path, limits or Limits(), statement) as copy:
        return copy.run(statement, parameters)


@dataclass(frozen=True)
class Copy:
    """A copy of the results in a process of its own."""

    process: subprocess.Popen[bytes]
    limits: Limits

    def run(self, statement: str, parameters: Mapping[str, Any] | None = None) -> pl.DataFrame:
        """The result of one query, as `run_sql`."""
        told = self._ask((statement, dict(parameters or {})))
        if told[0] != "rows":
            raise _refused(told, statement, self.limits)
        _, names, rows = told
        plain = [[_plain(value) for value in row] for row in rows]
        return pl.DataFrame(plain, schema=_unique(names), orient="row", infer_schema_length=None, strict=False)

    def _ask(self, message: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        ending = threading.Timer(self.limits.seconds + GRACE_SECONDS, self.process.kill)
        ending.daemon = True
        ending.start()
        try:
            send(self.process.stdin, message)
            return receive(self.process.stdout)
        except (EOFError, BrokenPipeError):
            late = not ending.is_alive()
            return ("time",) if late else ("memory",) if self.process.wait() < 0 else ("fault", "", ENDED)
        finally:
            ending.cancel()


@contextmanager
def open_copy(path: Path, limits: Limits, statement: str | None = None) -> Iterator[Copy]:
    """A copy of the results at `path`, of all tables or of those that `statement` names, for as long as the block."""
    command = [sys.executable, "-P", "-m", "parkeval.query_process"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        try:
            send(process.stdin, (str(path), copying(statement), limits))
            told = receive(process.stdout)
        except (EOFError, BrokenPipeError):
            told = ("fault", "", ENDED)
        if told[0] != "ready":
            raise DiskFault(
                [Problem(str(path), f"打不开（{damage(str(told[2]))}）", "已发布的结果库", "用 verify 核验")]
            )
        yield Copy(process, limits)
    finally:
        process.kill()
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()
        process.wait()


def copying(statement: str | None) -> list[str]:
    """SQL that copies the tables needed, the views and the macros from the attached file; tables not needed stay empty.

    Comments are many and cost more than the rest: they are made where a statement may ask for them.
    """
    statements = []
    for name, table in result_tables().items():
        statements += create_table(table)
        if statement is None or name in tables_named(statement):
            statements.append(f"INSERT INTO {name} BY NAME FROM published.{name}")
    statements += view_statements()
    if statement is None or SPEAKS_OF_COMMENTS.search(statement):
        return statements
    return [text for text in statements if not text.startswith("COMMENT ON")]


def tables_named(statement: str) -> frozenset[str]:
    """Tables that `statement` may read: named in it, or through a view or macro named in it; rather too many."""
    tables = result_tables()
    if HIDDEN_NAMES.search(statement):
        return frozenset(tables)
    texts, seen = [statement.casefold()], set()
    while texts:
        text = texts.pop()
        for macro in macros():
            if macro.name.casefold() in text and macro.name not in seen:
                seen.add(macro.name)
                texts.append(macro.sql.casefold())
        seen |= {name for name, table in tables.items() if name in text or table.view.casefold() in text}
    # Views join the names of parks to every park code.
    return frozenset((seen & tables.keys()) | {"parks"})


def _refused(told: Any, statement: str, limits: Limits) -> Refused:
    kind = told[0]
    if kind == "kind":
        problem = Problem("SQL", "不是查询", "SELECT、DESCRIBE、SHOW 或 EXPLAIN", "结果只读，不能改动")
    elif kind == "statements":
        problem = Problem("SQL", f"有 {told[1]} 条语句", "一条查询语句", "一次写一条")
    elif kind == "time":
        problem = Problem("SQL", f"超过 {limits.seconds:g} 秒", "较快的查询", "缩小范围，或加大 --timeout")
    elif kind == "memory":
        problem = Problem("SQL", f"所需内存超过 {limits.memory_mb} MB", "较小的查询", "缩小范围，或加大 --memory")
    elif kind == "rows over":
        problem = Problem("SQL", f"结果超过 {limits.rows} 行", "较少的行", "加 WHERE 或 LIMIT，或加大 --max-rows")
    else:
        return sql_fault(told[1], told[2], statement)
    return UsageFault([problem])


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
