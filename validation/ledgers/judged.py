"""Rows of a ledger judged by rules, streamed: findings by member, and by park how many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from validation.confront import REPORT, Structure, TableRule, confront
from validation.findings import ERROR
from validation.ledgers.cluster_files import place_of, plain_place, told_by_spark
from validation.ledgers.definition import MONTH, PARK, YEAR, Ledger
from validation.ledgers.records import SLICE_ROWS, Records
from validation.table_rules import check_rules, form_rules, form_structure

SOURCE = "source_file"
MEMBER = "member"
"""The column of a member's key in what is told of all ledgers."""
MOST_DETAILS = 200
"""Rows told one by one for each park, rule and column; the number of all is told beside them."""
MOST_DETAILS_OF_ALL = 200_000
"""Of all parks together, what a workbook still opens with: where there would be more, fewer of each are told (`details_each`)."""
_FEWER = (MOST_DETAILS, 100, 50, 20, 10, 5, 2, 1)

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

PARKS: dict[str, pl.DataType] = {PARK: pl.String(), "count": pl.Int64()}

LEADING: dict[str, pl.DataType] = {PARK: pl.String(), "leading_industry": pl.String(), "count": pl.Int64()}


@dataclass(frozen=True)
class Judged:
    """What the rules say of the rows of one year; rows without a year are judged with them.

    details (`DETAILS`): broken rules row by row, at most `MOST_DETAILS` per park, rule and item, with the file. counts (`COUNTS`): how
    many there are of each. leading (`LEADING`): how many rows name which leading industry. parks (`PARKS`): rows per park code, as it is
    written.
    """

    details: pl.DataFrame
    counts: pl.DataFrame
    leading: pl.DataFrame
    parks: pl.DataFrame


@dataclass(frozen=True)
class RowRules:
    """All rules of a ledger on single rows, ready to be sent to where the rows are."""

    rules: tuple[TableRule, ...]
    structure: Structure
    key: str
    has_leading: bool

    def judge(self, frame: pl.DataFrame, beside: Sequence[str] = ()) -> Judged:
        """What they say of one slice (columns as rules take them); details keep the columns `beside` of `frame` and the order of rows, and are
        not sorted otherwise."""
        report = confront(
            frame, self.rules, (PARK, self.key, YEAR, MONTH, *beside), self.structure, slice_rows=SLICE_ROWS
        )
        report = report.rename({self.key: MEMBER})
        named = pl.col("leading_industry").is_not_null() if self.has_leading else pl.lit(False)
        leading = (
            _per(frame.filter(named), [PARK, "leading_industry"]) if self.has_leading else pl.DataFrame(schema=LEADING)
        )
        return Judged(first(report), _per(report, [PARK, "rule", "item", "severity"]), leading, _per(frame, [PARK]))


def row_rules(definition: Ledger) -> RowRules:
    """The rules that `definition` has for a row."""
    rules = [
        *form_rules(definition.form),
        *check_rules(definition.form, definition.checks, definition.parameters, definition.code),
    ]
    has_leading = any(column.code == "leading_industry" for column in definition.columns)
    return RowRules(tuple(rules), form_structure(definition.form), definition.key, has_leading)


def judge(records: Records, year: int, slice_rows: int = SLICE_ROWS) -> Judged:
    """Run all rules of the definition over the rows of `year`, slice by slice; memory does not grow with their number."""
    rules = row_rules(records.definition)
    details, counts, leading, parks = (_Growing(schema) for schema in (DETAILS, COUNTS, LEADING, PARKS))
    for part in records.parts:
        for frame in records.slices(part, None, slice_rows):
            judged = rules.judge(of_year(frame, year))
            details.add(judged.details.with_columns(pl.lit(part.source).alias(SOURCE)))
            counts.add(judged.counts)
            details.frame = first(details.frame, details_each(counts.summed()))
            leading.add(judged.leading)
            parks.add(judged.parks)
    return Judged(details.frame, counts.summed(), leading.summed(), parks.summed())


def of_year(frame: pl.DataFrame, year: int) -> pl.DataFrame:
    """The rows of `year`, and those that tell no year."""
    return frame.filter((pl.col(YEAR) == year).fill_null(True))


def details_each(counts: pl.DataFrame) -> int:
    """How many rows are told of each park, rule and item, given how many there are of each (`COUNTS`)."""
    number = pl.col("count")
    fitting = (
        most for most in _FEWER if counts.select(number.clip(upper_bound=most).sum()).item() <= MOST_DETAILS_OF_ALL
    )
    return next(fitting, _FEWER[-1])


def first(report: pl.DataFrame, most: int = MOST_DETAILS) -> pl.DataFrame:
    """At most `most` rows per park, rule and item."""
    return report.filter(pl.int_range(pl.len()).over(PARK, "rule", "item") < most)


def in_order(details: pl.DataFrame) -> pl.DataFrame:
    """Details as they are shown; equal ones stay in the order of the files."""
    return details.sort([PARK, "rule", "item", MEMBER, MONTH, SOURCE], maintain_order=True)


class _Growing:
    """A frame that is added to slice by slice."""

    def __init__(self, schema: Mapping[str, pl.DataType]) -> None:
        self.frame = pl.DataFrame(schema=schema)

    def add(self, rows: pl.DataFrame) -> None:
        if rows.height:
            self.frame = pl.concat([self.frame, rows.select(self.frame.columns)])

    def summed(self) -> pl.DataFrame:
        keys = [name for name in self.frame.columns if name != "count"]
        return self.frame.group_by(keys).agg(pl.col("count").sum()).sort(keys).select(self.frame.columns)


def _per(frame: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    return frame.group_by(keys).agg(pl.len().cast(pl.Int64).alias("count"))


def repeats(rows: Sequence[tuple[Any, ...]], records: Records) -> Judged:
    """What `query.repeated` gave, as details and counts of the rule record_twice."""
    definition = records.definition
    sources = {plain_place(place_of(part)): part.source for part in records.parts}
    keys = dict.fromkeys((PARK, MEMBER), pl.String()) | dict.fromkeys((YEAR, MONTH), pl.Float64())
    told = pl.DataFrame([row[:5] for row in rows], schema={**keys, SOURCE: pl.String()}, orient="row").with_columns(
        pl.lit(definition.key).alias("item"),
        pl.col(MEMBER).alias("value"),
        pl.lit("record_twice").alias("rule"),
        pl.lit(ERROR, pl.String).alias("severity"),
        pl.lit(_said_twice(definition)).alias("message"),
        pl.Series(
            SOURCE, [sources.get(plain_place(row[4])) or sources[told_by_spark(row[4])] for row in rows], pl.String
        ),
    )
    counts = {str(row[0]): int(row[5]) for row in rows}
    listed = [(park, "record_twice", definition.key, ERROR, count) for park, count in counts.items()]
    empty = (pl.DataFrame(schema=LEADING), pl.DataFrame(schema=PARKS))
    return Judged(told.select(*DETAILS), pl.DataFrame(listed, schema=COUNTS, orient="row"), *empty)


def _said_twice(definition: Ledger) -> str:
    when = "同一年度和月份" if definition.closing_month is not None else "同一年度"
    return f"同一{definition.counter}{definition.label}在同一园区、{when}有几行"
