"""Engines that aggregate rows of ledgers to parks: DuckDB, polars, Spark. The definition does not know which one runs."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import polars as pl

from validation.duckdb_connection import connected
from validation.expression.aggregate import aggregate_columns
from validation.expression.compile import missing_column
from validation.expression.parse import Aggregate, Name
from validation.expression.sql import Dialect
from validation.ledgers.cluster import spark_session
from validation.ledgers.cluster_files import register
from validation.ledgers.definition import LAST, MONTH, PARK, YEAR
from validation.ledgers.query import FILE, RECORD_COUNT, ROW, query, used_columns, view_name
from validation.ledgers.records import Records

EngineName = Literal["duckdb", "polars", "spark"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)
LOCAL_MASTER = "local[*]"
MEMORY = "2GB"
"""What DuckDB may use before it writes intermediate results to disk: half of an office computer of 4 GB."""
MOST_SHARES = 256
"""So often the files are read at most; a park that does not fit in memory by itself is beyond this machine."""


@dataclass(frozen=True)
class Engine:
    """Which engine runs, and its settings: DuckDB's `memory` and `spill` folder, Spark's `master` URL."""

    name: EngineName = "duckdb"
    memory: str = MEMORY
    spill: Path | None = None
    master: str = LOCAL_MASTER

    @property
    def dialect(self) -> Dialect:
        """What statements for `run` are written in: beside polars, DuckDB runs them."""
        return "spark" if self.name == "spark" else "duckdb"


def aggregate(records: Records, table: str, aggregates: Sequence[Aggregate], year: int, engine: Engine) -> pl.DataFrame:
    """park_code, records, and for every aggregate its SQL as a Float64 column with `…#missing` (UInt32) beside it; sorted by park_code.

    One row per park with a row in `table`. Sums are exact before they become Float64. Raises EngineMissing.
    """
    if engine.name == "polars":
        return _by_polars(records, table, aggregates, year)
    if engine.name == "spark":
        rows = run([records], query(records, table, aggregates, year, "spark"), engine)
    else:
        rows = _in_shares(records, table, aggregates, year, engine)
    names = [name for one in aggregates for name in (one.sql, missing_column(one.sql))]
    columns = list(zip(*rows, strict=True)) if rows else [()] * (len(names) + 2)
    kinds = [pl.UInt32() if place % 2 else pl.Float64() for place in range(len(names))]
    frame = pl.DataFrame({PARK: pl.Series(list(columns[0]), dtype=pl.String), RECORD_COUNT: list(columns[1])})
    return frame.cast({RECORD_COUNT: pl.Int64}).with_columns(
        pl.Series(name, [_number(value, kind) for value in column], dtype=kind)
        for name, kind, column in zip(names, kinds, columns[2:], strict=True)
    )


def _in_shares(
    records: Records, table: str, aggregates: Sequence[Aggregate], year: int, engine: Engine
) -> list[tuple[Any, ...]]:
    """The rows of all parks; where memory does not last for all at once, for a quarter, a sixteenth … of the parks at a time.

    Quantiles and the largest figures of every park must be kept in memory until its last row is read and cannot be written to disk.
    """
    import duckdb

    shares = 1
    while True:
        try:
            done = [
                row
                for number in range(shares)
                for row in run([records], query(records, table, aggregates, year, "duckdb", (number, shares)), engine)
            ]
            return sorted(done, key=lambda row: str(row[0]))
        except duckdb.OutOfMemoryException:
            if shares >= MOST_SHARES:
                raise MemoryError from None
            shares *= 4


def run(records: Sequence[Records], statement: str, engine: Engine) -> list[tuple[Any, ...]]:
    """The rows of `statement` over the ledgers `records`, in the dialect of `engine`; raises EngineMissing."""
    return (_by_spark if engine.name == "spark" else _by_duckdb)(records, statement, engine)


def _number(value: Any, kind: pl.DataType) -> float | int | None:
    if value is None:
        return None
    return float(value) if kind == pl.Float64() else int(value)


def _by_duckdb(records: Sequence[Records], statement: str, engine: Engine) -> list[tuple[Any, ...]]:
    with tempfile.TemporaryDirectory(dir=engine.spill, prefix="spill-") as spill, connected() as connection:
        connection.execute("SET memory_limit = $1", [engine.memory])
        connection.execute("SET temp_directory = $1", [spill])
        connection.execute("SET preserve_insertion_order = false")
        for one in records:
            for number, group in enumerate(one.groups):
                files = ", ".join(_file_text(str(part.path)) for part in group)
                rows = f"read_parquet([{files}], filename = '{FILE}', file_row_number = true)"
                columns = f'* RENAME (file_row_number AS "{ROW}")'
                connection.execute(f"CREATE VIEW {view_name(one, number)} AS SELECT {columns} FROM {rows}")
        return connection.execute(statement).fetchall()


def _file_text(path: str) -> str:
    """A path as SQL text that stands for that one file, whatever characters it has."""
    plain = "".join(f"[{sign}]" if sign in "[*?" else sign for sign in path)
    return "'" + plain.replace("'", "''") + "'"


def _by_spark(records: Sequence[Records], statement: str, engine: Engine) -> list[tuple[Any, ...]]:
    with spark_session(engine.master) as session:
        for one in records:
            register(session, one)
        return [tuple(row) for row in session.sql(statement).collect()]


def _by_polars(records: Records, table: str, aggregates: Sequence[Aggregate], year: int) -> pl.DataFrame:
    columns = used_columns(records, aggregates)
    rows = records.frame([*columns, *(key for key in (YEAR, MONTH) if key not in columns)])
    rows = rows.filter(pl.col(PARK).is_not_null())
    if records.definition.closing_month is not None:
        closing = int(records.definition.closing_month.value)
        rows = rows.filter((pl.col(MONTH) == closing).fill_null(True))
    now, last = (rows.filter(pl.col(YEAR) == one) for one in (year, year - 1))
    frame = now if table == records.definition.code else _paired(now, last, records.definition.key)
    counts = frame.group_by(PARK).agg(pl.len().cast(pl.Int64).alias(RECORD_COUNT)).sort(PARK)
    made = aggregate_columns(counts, aggregates, {table: frame}, [PARK], {}, _name)
    return made.select(
        PARK,
        RECORD_COUNT,
        *(part for one in aggregates for part in (pl.col(one.sql), pl.col(missing_column(one.sql)).cast(pl.UInt32))),
    )


def _name(name: Name) -> str:
    return str(name)


def _paired(now: pl.DataFrame, last: pl.DataFrame, key: str) -> pl.DataFrame:
    keys = [PARK, key]
    renamed = last.rename({name: f"{LAST}{name}" for name in last.columns if name != PARK}).with_columns(
        pl.col(f"{LAST}{key}").alias(key)
    )
    left = now.with_columns(pl.col(key).alias("#own"))
    joined = left.join(renamed, on=keys, how="full", coalesce=True, nulls_equal=False)
    return joined.with_columns(pl.col("#own").alias(key)).drop("#own")
