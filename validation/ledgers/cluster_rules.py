"""Rows of a ledger judged where they are: the same rules, run by polars inside Spark's executors; counts and a bounded number of rows come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from typing import Any

import polars as pl

from validation.ledgers.cluster_files import place_of, plain_place, register, told_by_spark
from validation.ledgers.definition import MONTH, PARK, YEAR
from validation.ledgers.judged import (
    COUNTS,
    DETAILS,
    LEADING,
    MEMBER,
    PARKS,
    SOURCE,
    Judged,
    RowRules,
    details_each,
    of_year,
    row_rules,
)
from validation.ledgers.query import FILE, ROW, view_name
from validation.ledgers.records import Records

_KIND, _PLACE = "kind", "place"
_TOLD: dict[str, pl.DataType] = {
    _KIND: pl.String(), PARK: pl.String(), MEMBER: pl.String(), YEAR: pl.Float64(), MONTH: pl.Float64(), "item": pl.String(),
    "value": pl.String(), "rule": pl.String(), "severity": pl.String(), "message": pl.String(), _PLACE: pl.Int64(), ROW: pl.Int64(),
    "count": pl.Int64(),
}  # fmt: skip
"""What an executor tells of a batch: rows of `DETAILS` (with the number of their file and their place in it), `COUNTS`, `LEADING` and `PARKS`."""


def judge_where_rows_are(session: Any, records: Records, year: int) -> Judged:
    """`judged.judge` by the executors of `session`, equal to it value by value; raises what Spark raises."""
    places = {plain_place(place_of(part)): number for number, part in enumerate(records.parts)}
    rules = row_rules(records.definition)
    register(session, records)
    told = []
    for number, group in enumerate(records.groups):
        names = [*sorted({stored.name for stored in group[0].columns.values()}), FILE, ROW]
        own = _quoted(group[0].columns[YEAR].name)
        rows = session.table(view_name(records, number)).where(f"{own} = {year} OR {own} IS NULL")
        judging = _as_function(_judging(names, records.typed(group[0]), rules, year, places))
        told.append(rows.select(judging(*(rows[_quoted(name)] for name in names)).alias("told")))
    return _collected(session, reduce(lambda one, other: one.unionAll(other), told).selectExpr("inline(told)"), records)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _as_function(judging: Callable[[Any], Any]) -> Any:
    import pyarrow
    from pyspark.sql import types
    from pyspark.sql.functions import arrow_udf  # type: ignore[attr-defined]

    judging.__annotations__ = {
        "batches": Iterator[tuple[pyarrow.Array, ...]],
        "return": Iterator[pyarrow.Array],
    }
    kinds = {pl.String(): types.StringType(), pl.Float64(): types.DoubleType(), pl.Int64(): types.LongType()}
    row = types.StructType([types.StructField(name, kinds[kind]) for name, kind in _TOLD.items()])
    return arrow_udf(judging, types.ArrayType(row)).asNondeterministic()


def _judging(
    names: list[str], typed: list[pl.Expr], rules: RowRules, year: int, places: Mapping[str, int]
) -> Callable[[Any], Any]:
    """The function that executors run: of every batch of rows a list per row, empty but for the last, which tells of the whole batch."""

    def judging(batches: Any) -> Any:
        import pyarrow

        for arrays in batches:
            frame = pl.DataFrame(pl.from_arrow(pyarrow.RecordBatch.from_arrays(list(arrays), names=names)))
            told = told_of(frame, typed, rules, year, places).to_arrow(compat_level=pl.CompatLevel.oldest())
            rows = told.to_struct_array().combine_chunks()
            rows = rows.cast(pyarrow.struct([field.with_nullable(True) for field in rows.type]))
            offsets = pyarrow.array([0] * frame.height + [len(rows)], pyarrow.int32())
            yield pyarrow.ListArray.from_arrays(offsets, rows)

    return judging


def told_of(
    frame: pl.DataFrame, typed: list[pl.Expr], rules: RowRules, year: int, places: Mapping[str, int]
) -> pl.DataFrame:
    """What the rules say of one batch (`_TOLD`); `frame` has the columns of the files, `FILE` and `ROW`."""
    files = {file: places[told_by_spark(file)] for file in frame.get_column(FILE).unique()}
    place = pl.col(FILE).replace_strict(files, return_dtype=pl.Int64).alias(_PLACE)
    judged = rules.judge(of_year(frame.select(*typed, place, pl.col(ROW).cast(pl.Int64)), year), (_PLACE, ROW))
    parts = {
        "detail": judged.details,
        "count": judged.counts,
        "leading": judged.leading.rename({"leading_industry": "value"}),
        "park": judged.parks,
    }
    empty = pl.DataFrame(schema=_TOLD)
    return pl.concat(
        [empty, *(part.with_columns(pl.lit(kind).alias(_KIND)) for kind, part in parts.items())], how="diagonal"
    )


def _collected(session: Any, told: Any, records: Records) -> Judged:
    from pyspark import StorageLevel

    kept = told.persist(StorageLevel.DISK_ONLY)
    try:
        view = f"told_{records.definition.code}_{records.mark}"
        kept.createOrReplaceTempView(view)
        ordered = f"ROW_NUMBER() OVER (PARTITION BY {PARK}, rule, item ORDER BY {_PLACE}, `{ROW}`) AS nth"
        details = f"SELECT *, {ordered} FROM {view} WHERE {_KIND} = 'detail'"
        counts = _summed(session, view, "count", COUNTS)
        chosen = (
            f"SELECT * FROM ({details}) AS d WHERE nth <= {details_each(counts)} ORDER BY {_PLACE}, `{ROW}`, rule, item"
        )
        sources = dict(enumerate(part.source for part in records.parts))
        rows = _frame(session, chosen, {**_TOLD, "nth": pl.Int64()})
        source = pl.col(_PLACE).replace_strict(sources, return_dtype=pl.String).alias(SOURCE)
        return Judged(
            rows.with_columns(source).select(*DETAILS),
            counts,
            _summed(session, view, "leading", LEADING, {"leading_industry": "value"}),
            _summed(session, view, "park", PARKS),
        )
    finally:
        kept.unpersist()


def _summed(
    session: Any, view: str, kind: str, schema: Mapping[str, pl.DataType], told_as: Mapping[str, str] | None = None
) -> pl.DataFrame:
    keys = [name for name in schema if name != "count"]
    columns = ", ".join((told_as or {}).get(name, name) for name in keys)
    text = f"SELECT {columns}, SUM(count) FROM {view} WHERE {_KIND} = '{kind}' GROUP BY {columns}"
    return _frame(session, text, schema).sort(keys)


def _frame(session: Any, text: str, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame([tuple(row) for row in session.sql(text).collect()], schema=schema, orient="row")
