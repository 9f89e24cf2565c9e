"""The published DuckDB file: tables, comments and Chinese views, read and written through Parquet."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import polars as pl

from parkeval.damage import damage
from parkeval.errors import DiskFault
from parkeval.published_schema import DATABASE, create_table, objects_of, sha256_of_objects, view_statements
from scoring.schema import ResultTable, result_tables
from validation.duckdb_connection import connected
from validation.problems import Problem

Tables = dict[str, pl.DataFrame]

STORAGE_VERSION = "v1.2.0"
"""Files of this storage version are read by DuckDB 1.2 and later, so that clients need not be of our version."""

RUN_TABLES = ("statistics", "records", "findings", "data_quality", "ledger_figures")
"""Tables whose rows belong to the run named in `run_year`; in all others the run is that of `year`."""

HOME_TABLES = ("decisions", "log")
"""Tables that belong to HOME as a whole and to no run."""


def read_results(path: Path) -> Tables:
    """All tables of a published file, in the schema of this version; raises DiskFault when it cannot be read."""
    tables: Tables = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        _faults(path, "打不开", "用 verify 核验，或从备份恢复"),
        connected(path, read_only=True) as connection,
    ):
        present = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        for name, table in result_tables().items():
            stored = name if name in present else table.formerly
            if stored not in present:
                tables[name] = table.empty()
                continue
            target = Path(folder) / f"{name}.parquet"
            connection.execute(f"COPY {stored} TO '{_quoted(target)}' (FORMAT parquet)")
            tables[name] = table.conform(_with_run_year(pl.read_parquet(target, memory_map=False), table))
    return tables


def _with_run_year(frame: pl.DataFrame, table: ResultTable) -> pl.DataFrame:
    """Rows of an earlier version that knew no other run than that of the year."""
    needs = "run_year" in table.schema and "run_year" not in frame.columns
    return frame.with_columns(pl.col("year").alias("run_year")) if needs else frame


def objects_in(path: Path) -> dict[tuple[str, str], str]:
    """Everything a published file holds besides rows; raises DiskFault when it cannot be read."""
    with _faults(path, "打不开", "用 verify 核验，或从备份恢复"), connected() as connection:
        connection.execute(f"ATTACH '{_quoted(path)}' AS {DATABASE} (READ_ONLY)")
        return objects_of(connection, DATABASE)


@cache
def expected_objects() -> dict[tuple[str, str], str]:
    """Everything that a file written by this version holds besides rows: DuckDB writes views in its own words, and not
    in the same before and after it has stored them, so an empty file is written and read.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.duckdb"
        write_results(path, empty_tables())
        return objects_in(path)


@cache
def objects_sha256() -> str:
    """Digest of what a file written by this version holds besides rows, as the log records it."""
    return sha256_of_objects(expected_objects())


@contextmanager
def _faults(path: Path, said: str, cure: str) -> Iterator[None]:
    """What DuckDB reports of a damaged file, a full disk or an altered table as a DiskFault."""
    import duckdb

    try:
        yield
    except (duckdb.Error, pl.exceptions.PolarsError) as error:
        reason = damage(str(error) or type(error).__name__)
        raise DiskFault([Problem(str(path), f"{said}（{reason}）", "完好的结果库", cure)]) from None


def read_or_empty(path: Path) -> Tables:
    """Published tables, or empty ones where nothing has been published yet."""
    return read_results(path) if path.exists() else empty_tables()


def empty_tables() -> Tables:
    """All tables without a row."""
    return {name: table.empty() for name, table in result_tables().items()}


def of_run(tables: Mapping[str, pl.DataFrame], scheme: str, year: int) -> Tables:
    """The rows that the run of `scheme` and `year` published."""
    return {name: frame.filter(_owned(name, scheme, year)) for name, frame in tables.items()}


def replace_run(tables: Mapping[str, pl.DataFrame], new: Mapping[str, pl.DataFrame], scheme: str, year: int) -> Tables:
    """`tables` with the rows of one run replaced by `new`."""
    return {
        name: table.conform(pl.concat([tables[name].filter(~_owned(name, scheme, year)), new.get(name, table.empty())]))
        for name, table in result_tables().items()
    }


def write_results(path: Path, tables: Mapping[str, pl.DataFrame]) -> None:
    """Write a new results file at `path`: every table with comments, the Chinese views and the macros."""
    write_database(path, tables, result_tables(), view_statements())


def write_database(
    path: Path, tables: Mapping[str, pl.DataFrame], schema: Mapping[str, ResultTable], further: Iterable[str] = ()
) -> None:
    """Write a new DuckDB file at `path` with the tables of `schema` and their comments, then run `further` statements."""
    with (
        tempfile.TemporaryDirectory(dir=path.parent) as folder,
        _faults(path, "写不下", "检查磁盘空间和权限"),
        connected() as connection,
    ):
        connection.execute(f"ATTACH '{_quoted(path)}' AS {DATABASE} (STORAGE_VERSION '{STORAGE_VERSION}')")
        connection.execute(f"USE {DATABASE}")
        # One transaction: each of the thousand statements would be forced to disk by itself.
        connection.execute("BEGIN")
        for name, table in schema.items():
            source = Path(folder) / f"{name}.parquet"
            tables[name].write_parquet(source)
            for statement in create_table(table):
                connection.execute(statement)
            connection.execute(f"INSERT INTO {name} SELECT * FROM read_parquet('{_quoted(source)}')")
        for statement in further:
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT")
        connection.execute("USE memory")
        connection.execute(f"DETACH {DATABASE}")


def _owned(name: str, scheme: str, year: int) -> pl.Expr:
    if name in HOME_TABLES:
        return pl.lit(False)
    run_year = "run_year" if name in RUN_TABLES else "year"
    return (pl.col("scheme") == scheme) & (pl.col(run_year) == year)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
