"""Confront figures with rules (审核): which rows of a frame break which condition, found through pandera."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import polars as pl

from validation.expression.reading import number_text
from validation.findings import ERROR, Severity
from validation.uniqueness import repeated_rows

SLICE_ROWS = 500_000
"""Rows that are looked at together: enough to keep all cores busy, few enough for the memory of an ordinary desktop."""

Structure = Mapping[str, pl.DataType]
"""The columns that must be there, with their types."""


class _Slices(Protocol):
    """A table from its start, slice by slice; all columns or those wanted."""

    def __call__(self, columns: Sequence[str] | None = None) -> Iterable[pl.DataFrame]: ...


_BAND = 8
"""Columns whose structure pandera looks at together: its effort grows with the square of their number."""

VIOLATIONS: dict[str, pl.DataType] = {"rule": pl.UInt32(), "row": pl.UInt32()}


@dataclass(frozen=True)
class TableRule:
    """A rule on the rows of a table: broken where `holds` is false; where it is null the rule does not apply.

    `item` is the column the finding stands at; `message` a text expression, evaluated only on rows that break the rule.
    """

    id: str
    item: str
    holds: pl.Expr
    severity: Severity
    message: pl.Expr

    @cached_property
    def columns(self) -> frozenset[str]:
        """What a finding needs to know of the row."""
        return frozenset((self.item, *self.message.meta.root_names()))


def confront(
    frame: pl.DataFrame,
    rules: Sequence[TableRule],
    keys: Sequence[str],
    structure: Structure | None = None,
    *,
    unique: Sequence[str] = (),
    slice_rows: int = SLICE_ROWS,
) -> pl.DataFrame:
    """Every cell of `frame` that breaks a rule: `keys`, item, value, rule, severity, message, all text but the keys.

    One row per rule and row of `frame` that breaks it, in the order of the slices, the rules, and the rows. value is the cell as text,
    null where it is empty. With `unique`, rows that agree with an earlier one in all these columns follow as 错误 record_twice.
    Raises pandera's SchemaErrors where a column that `structure` or a rule names is missing or of another type.
    """
    return _gathered(
        lambda columns=None: _slices(frame, slice_rows, columns), rules, keys, frame.schema, structure or {}, unique
    )


def confront_file(
    path: Path,
    rules: Sequence[TableRule],
    keys: Sequence[str],
    structure: Structure | None = None,
    *,
    unique: Sequence[str] = (),
    slice_rows: int = SLICE_ROWS,
) -> pl.DataFrame:
    """The same for a Parquet file, read slice by slice, so that memory does not grow with the file."""
    lazy = pl.scan_parquet(path, glob=False)
    height = lazy.select(pl.len()).collect().item()

    def slices(columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        wanted = lazy if columns is None else lazy.select(columns)
        return (wanted.slice(start, slice_rows).collect() for start in range(0, max(height, 1), slice_rows))

    return _gathered(slices, rules, keys, lazy.collect_schema(), structure or {}, unique)


def violations(frame: pl.DataFrame, conditions: Sequence[pl.Expr]) -> pl.DataFrame:
    """Where `conditions` are false: one row (`VIOLATIONS`) per condition and row of `frame`, in that order; null is no violation."""
    broken = list(_broken_rows(frame, conditions))
    numbers = pl.Series("rule", [number for number, _ in broken], dtype=pl.UInt32)
    rows = pl.Series("row", [rows for _, rows in broken], dtype=pl.List(pl.UInt32))
    return pl.DataFrame([numbers, rows]).explode("row", empty_as_null=False)


def validated(
    frame: pl.DataFrame,
    conditions: Sequence[pl.Expr],
    structure: Structure,
    complete: Collection[str] = (),
) -> pl.DataFrame:
    """`violations`, found by pandera: the `structure` (types by column) on the lazy frame, the conditions in one check.

    Raises pandera's SchemaErrors where a column is missing, of another type, or, of those in `complete`, has a null.
    """
    import pandera.polars as pa
    from pandera.errors import SchemaErrors

    columns = {name: pa.Column(kind, nullable=name not in complete) for name, kind in structure.items()}
    for start in range(0, len(columns), _BAND):
        names = list(columns)[start : start + _BAND]
        there = [name for name in names if name in frame.columns]
        pa.DataFrameSchema({name: columns[name] for name in names}).validate(frame.lazy().select(there))
    handed_out: list[pl.DataFrame] = []

    def conditions_hold(data: pa.PolarsData) -> bool:
        handed_out.append(violations(data.lazyframe.collect(), conditions))
        return handed_out[-1].is_empty()

    # An inline check: registering one by name imports pandera's data-generating strategies, which need numpy.
    check = pa.Check(conditions_hold, name="conditions_hold", n_failure_cases=1)
    try:
        pa.DataFrameSchema(checks=check).validate(frame, lazy=True)
    except SchemaErrors:
        if not handed_out:
            raise
    return handed_out[0]


def _broken_rows(frame: pl.DataFrame, conditions: Sequence[pl.Expr]) -> Iterator[tuple[int, pl.Series]]:
    flags = frame.select((~condition).alias(str(number)) for number, condition in enumerate(conditions))
    for number, column in enumerate(flags.get_columns()):
        # A condition without a column in it, where no other has one, is one row long.
        rows = (column if column.len() == frame.height else column.new_from_index(0, frame.height)).arg_true()
        if rows.len():
            yield number, rows


def _slices(frame: pl.DataFrame, rows: int, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
    frame = frame if columns is None else frame.select(columns)
    return (frame.slice(start, rows) for start in range(0, max(frame.height, 1), rows))


def _gathered(
    slices: _Slices,
    rules: Sequence[TableRule],
    keys: Sequence[str],
    schema: Structure,
    structure: Structure,
    unique: Sequence[str],
) -> pl.DataFrame:
    conditions = [rule.holds for rule in rules]
    told = [part for frame in slices() for part in _told(frame, validated(frame, conditions, structure), rules, keys)]
    empty = pl.DataFrame(schema={**{key: schema[key] for key in keys}, **REPORT})
    return pl.concat([empty, *told, *_told_twice(slices, keys, unique)])


def _told_twice(slices: _Slices, keys: Sequence[str], unique: Sequence[str]) -> Iterator[pl.DataFrame]:
    if not unique:
        return
    twice = repeated_rows(lambda: slices(unique), unique)
    value = pl.concat_str([pl.col(name).cast(pl.String) for name in unique], separator="／")
    start, needed = 0, list(dict.fromkeys((*keys, *unique)))
    for frame in slices(needed) if twice.height else ():
        here = twice.filter(pl.col("row").is_between(start, start + frame.height, closed="left"))
        rows = frame[here["row"] - start].with_columns(here["first"])
        start += frame.height
        yield rows.select(
            *keys,
            pl.lit(unique[0]).alias("item"),
            value.alias("value"),
            pl.lit("record_twice").alias("rule"),
            pl.lit(ERROR, pl.String).alias("severity"),
            pl.format("与第 {} 条记录重复（{}）", pl.col("first") + 1, value.str.slice(0, 60)).alias("message"),
        )


REPORT: dict[str, pl.DataType] = {
    "item": pl.String(),
    "value": pl.String(),
    "rule": pl.String(),
    "severity": pl.String(),
    "message": pl.String(),
}


def _told(
    frame: pl.DataFrame, found: pl.DataFrame, rules: Sequence[TableRule], keys: Sequence[str]
) -> Iterator[pl.DataFrame]:
    columns = dict(zip(frame.columns, frame.get_columns(), strict=True))
    for (number,), rows in found.group_by("rule", maintain_order=True):
        rule = rules[int(str(number))]
        needed = [columns[name] for name in dict.fromkeys((*keys, *rule.columns))]
        broken = pl.DataFrame(needed)[rows.get_column("row")]
        value = pl.col(rule.item)
        shown = number_text(value) if columns[rule.item].dtype.is_numeric() else value.cast(pl.String)
        yield broken.select(
            *keys,
            pl.lit(rule.item).alias("item"),
            shown.alias("value"),
            pl.lit(rule.id).alias("rule"),
            pl.lit(rule.severity, pl.String).alias("severity"),
            rule.message.alias("message"),
        )
