"""Rows of a ledger judged by rules, streamed: findings by member, and by park how many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from validation.confront import REPORT, confront
from validation.findings import ERROR
from validation.ledgers.definition import MONTH, PARK, YEAR, Ledger
from validation.ledgers.records import SLICE_ROWS, Records
from validation.table_rules import check_rules, form_rules, form_structure
from validation.uniqueness import repeated_rows

SOURCE = "source_file"
MEMBER = "member"
"""The column of a member's key in what is told of all ledgers."""
MOST_DETAILS = 200
"""Rows told one by one for each park, rule and column; the number of all is told beside them."""

DETAILS: dict[str, pl.DataType] = {
    PARK: pl.String(),
    MEMBER: pl.String(),
    YEAR: pl.Float64(),
    MONTH: pl.Float64(),
    **REPORT,
    SOURCE: pl.String(),
}

COUNTS: dict[str, pl.DataType] = {
    PARK: pl.String(),
    "rule": pl.String(),
    "item": pl.String(),
    "severity": pl.String(),
    "count": pl.Int64(),
}

LEADING: dict[str, pl.DataType] = {PARK: pl.String(), "leading_industry": pl.String(), "count": pl.Int64()}

SHARED: dict[str, pl.DataType] = {MEMBER: pl.String(), PARK: pl.String()}


@dataclass(frozen=True)
class Judged:
    """What the rules say of the rows of one year; rows without a year are judged with them.

    details (`DETAILS`): broken rules row by row, at most `MOST_DETAILS` per park, rule and item, with the file. counts (`COUNTS`): how
    many there are of each. shared (`SHARED`): every member that stands in several parks, a row per park. leading (`LEADING`):
    how many rows name which leading industry. parks: rows per park code, as it is written.
    """

    details: pl.DataFrame
    counts: pl.DataFrame
    shared: pl.DataFrame
    leading: pl.DataFrame
    parks: pl.DataFrame


def judge(records: Records, year: int, slice_rows: int = SLICE_ROWS) -> Judged:
    """Run all rules of the definition over the rows of `year`, slice by slice; memory does not grow with their number."""
    definition = records.definition
    rules = [
        *form_rules(definition.form),
        *check_rules(definition.form, definition.checks, definition.parameters, definition.code),
    ]
    structure = form_structure(definition.form)
    has_leading = any(column.code == "leading_industry" for column in definition.columns)
    details, counts, leading, parks = (
        _Growing(DETAILS),
        _Growing(COUNTS),
        _Growing(LEADING),
        _Growing({PARK: pl.String(), "count": pl.Int64()}),
    )
    for source, frame in _of_year(records, year, None, slice_rows):
        report = _told(confront(frame, rules, _keys(definition), structure, slice_rows=slice_rows), definition)
        details.add(_first(report).with_columns(pl.lit(source).alias(SOURCE)))
        counts.add(_counted(report))
        parks.add(_per(frame, [PARK]))
        if has_leading:
            leading.add(_per(frame.filter(pl.col("leading_industry").is_not_null()), [PARK, "leading_industry"]))
    twice, shared = _repeated(records, year, slice_rows)
    details.add(_first(twice))
    counts.add(_counted(twice))
    return Judged(
        _first(details.frame).sort([PARK, "rule", "item", MEMBER, MONTH, SOURCE], maintain_order=True),
        counts.summed([PARK, "rule", "item", "severity"]),
        shared,
        leading.summed([PARK, "leading_industry"]),
        parks.summed([PARK]),
    )


def _keys(definition: Ledger) -> tuple[str, ...]:
    return (*definition.keys, MONTH)


def _told(frame: pl.DataFrame, definition: Ledger) -> pl.DataFrame:
    """`frame` with the key of a member under the name that it has for all ledgers."""
    return frame.rename({definition.key: MEMBER})


class _Growing:
    """A frame that is added to slice by slice."""

    def __init__(self, schema: dict[str, pl.DataType]) -> None:
        self.frame = pl.DataFrame(schema=schema)

    def add(self, rows: pl.DataFrame) -> None:
        if rows.height:
            self.frame = pl.concat([self.frame, rows.select(self.frame.columns)])

    def summed(self, keys: Sequence[str]) -> pl.DataFrame:
        return self.frame.group_by(keys).agg(pl.col("count").sum()).sort(keys)


def _of_year(
    records: Records, year: int, columns: Sequence[str] | None, slice_rows: int
) -> Iterator[tuple[str, pl.DataFrame]]:
    for part in records.parts:
        for frame in records.slices(part, columns, slice_rows):
            yield part.source, frame.filter((pl.col(YEAR) == year).fill_null(True))


def _first(report: pl.DataFrame) -> pl.DataFrame:
    keys = [PARK, "rule", "item"]
    return report.filter(pl.int_range(pl.len()).over(keys) < MOST_DETAILS)


def _counted(report: pl.DataFrame) -> pl.DataFrame:
    keys = [PARK, "rule", "item", "severity"]
    return _per(report, keys)


def _per(frame: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    return frame.group_by(keys).agg(pl.len().cast(pl.Int64).alias("count"))


def _repeated(records: Records, year: int, slice_rows: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that repeat a member of the same month: within a park as `DETAILS`, in several parks as `SHARED`."""
    definition = records.definition
    keys = [definition.key, MONTH]

    def slices() -> Iterator[pl.DataFrame]:
        # A month that is not told is a month of its own: without a value two rows would never count as the same.
        return (
            frame.with_columns(pl.col(MONTH).fill_null(0))
            for _, frame in _of_year(records, year, [*keys, YEAR], slice_rows)
        )

    twice = repeated_rows(slices, keys)
    rows = pl.concat([twice["row"], twice["first"]]).unique().sort()
    start = 0
    found = _Growing(
        {
            **dict.fromkeys((PARK, MEMBER), pl.String()),
            **dict.fromkeys((YEAR, MONTH), pl.Float64()),
            SOURCE: pl.String(),
        }
    )
    for source, frame in _of_year(records, year, _keys(definition), slice_rows) if rows.len() else ():
        here = rows.filter((rows >= start) & (rows < start + frame.height))
        found.add(_told(frame[here - start], definition).with_columns(pl.lit(source).alias(SOURCE)))
        start += frame.height
    same = [PARK, MEMBER, MONTH]
    repeated = found.frame.filter(pl.int_range(pl.len()).over(same) > 0, pl.col(PARK).is_not_null())
    told = repeated.with_columns(
        pl.lit(definition.key).alias("item"),
        pl.col(MEMBER).alias("value"),
        pl.lit("record_twice").alias("rule"),
        pl.lit(ERROR, pl.String).alias("severity"),
        pl.lit(_said_twice(definition)).alias("message"),
    )
    parks = found.frame.filter(pl.col(PARK).is_not_null()).select(MEMBER, PARK).unique()
    several = parks.filter(pl.len().over(MEMBER) > 1).sort(MEMBER, PARK)
    return told.select(*DETAILS), several


def _said_twice(definition: Ledger) -> str:
    when = "同一年度和月份" if definition.closing_month is not None else "同一年度"
    return f"同一{definition.counter}{definition.label}在同一园区、{when}有几行"
