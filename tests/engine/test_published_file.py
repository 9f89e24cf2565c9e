"""The published DuckDB file as other programs see it: storage version, comments, units, names, plain clients."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import polars as pl
import pytest

from parkeval.published_schema import macros
from parkeval.store import STORAGE_VERSION
from scoring.schema import result_tables


@pytest.fixture(scope="module")
def connection(published_home: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(published_home / "results.duckdb"), read_only=True)


def test_storage_version_is_the_one_that_older_clients_read(connection: duckdb.DuckDBPyConnection) -> None:
    (row,) = connection.execute("SELECT tags FROM duckdb_databases() WHERE NOT internal").fetchall()
    assert row[0]["storage_version"].startswith(STORAGE_VERSION) and STORAGE_VERSION == "v1.2.0"


def test_everything_has_a_comment(connection: duckdb.DuckDBPyConnection) -> None:
    without = connection.execute("""
        SELECT table_name FROM duckdb_tables() WHERE comment IS NULL
        UNION ALL SELECT view_name FROM duckdb_views() WHERE comment IS NULL AND NOT internal
        UNION ALL SELECT table_name || '.' || column_name FROM duckdb_columns() WHERE comment IS NULL AND NOT internal
        UNION ALL SELECT function_name FROM duckdb_functions() WHERE comment IS NULL AND NOT internal""").fetchall()
    assert without == []
    views = connection.execute("SELECT count(*) FROM duckdb_views() WHERE NOT internal").fetchall()
    assert views == [(len(result_tables()),)]


def test_comments_of_numbers_name_the_unit(connection: duckdb.DuckDBPyConnection) -> None:
    numbers = [column for table in result_tables().values() for column in table.columns
               if column.type in ("DOUBLE", "INTEGER") or column.type.startswith("DECIMAL")]  # fmt: skip
    assert [column.name for column in numbers if not column.unit] == []
    (row,) = connection.execute(
        "SELECT comment FROM duckdb_columns() WHERE table_name = '综合排名' AND column_name = '位次'"
    ).fetchall()
    assert row[0] == "位次（位）：同分同位，下一位次空出"


def test_figures_of_the_base_year_come_with_the_name_of_the_park(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute('SELECT count(*), count("园区名称") FROM 统计数据 WHERE 统计年度 = 2020').fetchall()
    assert rows[0][0] == rows[0][1] > 0


def test_names_of_macros_are_told_and_they_are_there(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute("SELECT function_name FROM duckdb_functions() WHERE NOT internal").fetchall()
    assert {name for (name,) in rows} == {macro.name for macro in macros()}


def test_polars_reads_what_a_plain_client_exports(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    connection.execute(f"COPY (SELECT * FROM 综合排名) TO '{tmp_path / 'r.parquet'}'")
    assert "园区名称" in pl.read_parquet(tmp_path / "r.parquet").columns


def test_no_name_of_a_view_needs_quotes(connection: duckdb.DuckDBPyConnection) -> None:
    for table in result_tables().values():
        assert re.fullmatch(r"\w+", table.view)
        connection.execute(f"SELECT * FROM {table.view} LIMIT 0")
