"""A new filing compared with the one before: which figures changed, which findings are settled, new or remaining."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from validation.findings import SEVERITIES
from validation.forms import FormSet
from validation.reading import read
from validation.statistics import Statistics

SETTLED, NEW, REMAINING = "已解决", "新增", "仍存在"
OUTCOMES = (SETTLED, NEW, REMAINING)

CHANGES: dict[str, pl.DataType] = {
    "year": pl.Int32(),
    "park_code": pl.String(),
    "form": pl.String(),
    "record": pl.String(),
    "item": pl.String(),
    "label": pl.String(),
    "unit": pl.String(),
    "before": pl.String(),
    "after": pl.String(),
}

FINDING_OUTCOMES: dict[str, pl.DataType] = {
    "outcome": pl.String(),
    "severity": pl.String(),
    "year": pl.Int32(),
    "park_code": pl.String(),
    "check_id": pl.String(),
    "item": pl.String(),
    "label": pl.String(),
    "message": pl.String(),
    "value_before": pl.String(),
    "value_after": pl.String(),
    "expected": pl.String(),
    "sheet": pl.String(),
    "cell": pl.String(),
    "explanation": pl.String(),
}

_FINDING_KEY = ["year", "park_code", "check_id", "item", "sheet", "cell"]
_LAST_YEAR = "（上年）"


@dataclass(frozen=True)
class Comparison:
    """changes (`CHANGES`): one row per figure that differs; findings (`FINDING_OUTCOMES`): settled, new and remaining ones."""

    changes: pl.DataFrame
    findings: pl.DataFrame


@dataclass(frozen=True)
class Submission:
    """Files to be taken in together; `park_years` (park_code, year) are those the submission is about, None for all."""

    paths: tuple[Path, ...]
    park_years: pl.DataFrame | None = None


def compare_submissions(
    before: Statistics, after: Statistics, form_set: FormSet, park_years: pl.DataFrame | None = None
) -> Comparison:
    """Compare two takings-in of the same parks and years, both judged by the same checks.

    `park_years` (park_code, year) restricts the comparison. Items are compared as filed, before corrections, in the columns 本年 and
    上年; the cells of parks' tables by the key of the line (lines that came or went have null on the other side). A figure that was
    empty is null. Findings are the same when park, year, check, item, sheet and cell agree; park-years that only one side has are
    compared as they stand. Sorted by year, park and the order of the forms.
    """
    changes, findings = _changes(before, after, form_set), _outcomes(before.findings, after.findings)
    if park_years is None:
        return Comparison(changes, findings)
    return Comparison(
        *(
            frame.join(park_years, on=["park_code", "year"], how="semi", maintain_order="left")
            for frame in (changes, findings)
        )
    )


def completed(data: Sequence[Path], other: Sequence[Path], form_set: FormSet) -> Submission:
    """`data`, completed from `other` where it lacks the bureau's workbook: everything of `other` that `data` does not hold itself.

    So a single workbook sent back can be judged beside the filings it belongs to. Raises DataRefused when there is nothing to read.
    """
    own = read(data, form_set)
    if (own.filings["workbook"] == "bureau").any():
        return Submission(tuple(data))
    rest = read(other, form_set)
    key = ["workbook", "park_code", "year"]
    lacking = rest.filings.join(own.filings, on=key, how="anti", nulls_equal=True, maintain_order="left")
    paths = rest.files.join(lacking, on="source_file", how="semi", maintain_order="left")["path"]
    about = own.filings.select("park_code", "year").drop_nulls().unique(maintain_order=True)
    return Submission((*data, *(Path(path) for path in paths)), about)


def _changes(before: Statistics, after: Statistics, form_set: FormSet) -> pl.DataFrame:
    old, new = (_cells(side, form_set) for side in (before, after))
    key = ["year", "park_code", "form", "record", "item"]
    both = old.rename({"said": "before"}).join(
        new.rename({"said": "after"}), on=key, how="full", nulls_equal=True, coalesce=True
    )
    differing = both.filter(pl.col("before").ne_missing(pl.col("after")))
    labelled = differing.join(_fields(form_set), on=["form", "item"], how="left")
    return labelled.sort("year", "park_code", "order", "record", nulls_last=False).select(
        pl.col(name).cast(kind) for name, kind in CHANGES.items()
    )


def _fields(form_set: FormSet) -> pl.DataFrame:
    """form, item, label, unit and order of every field; 上年 beside 本年 for items."""
    rows: list[tuple[str, str, str, str, int]] = []
    for form in form_set.forms():
        for field in form.fields:
            rows.append((form.code, field.code, field.label, field.unit, len(rows)))
            if form.kind == "items":
                rows.append((form.code, field.code + _LAST_YEAR, field.label + _LAST_YEAR, field.unit, len(rows)))
    return pl.DataFrame(rows, schema=["form", "item", "label", "unit", "order"], orient="row")


def _cells(side: Statistics, form_set: FormSet) -> pl.DataFrame:
    """year, park_code, form, record, item, said: every filed cell of parks as text, empty ones left out."""
    forms = [form for book in form_set.workbooks if book.filed_by == "park" for form in book.forms]
    of_items = pl.DataFrame(
        [(form.code, item.code) for form in forms for item in form.items], schema=["form", "item"], orient="row"
    )
    items = side.items.join(of_items, on="item", how="inner", maintain_order="left")
    filed = pl.when("corrected").then("filed_value").otherwise("value")
    place = [pl.col("year"), pl.col("park_code"), pl.col("form"), pl.lit("").alias("record")]
    now = items.select(*place, "item", pl.coalesce(_short(filed), "text").alias("said"))
    last = items.select(
        *place, (pl.col("item") + _LAST_YEAR).alias("item"), _short(pl.col("last_year_value")).alias("said")
    )
    tables = [_table_cells(side.records, form.code, [one.code for one in form.columns if one.key]) for form in forms if form.columns]  # fmt: skip
    return pl.concat([now, last, *tables]).filter(pl.col("said").is_not_null())


def _table_cells(records: pl.DataFrame, form: str, keys: Sequence[str]) -> pl.DataFrame:
    """The cells of one table, lines named by their key columns; lines with the same key are numbered."""
    line = ["source_file", "year", "park_code", "record"]
    rows = records.filter(pl.col("form") == form)
    named = (
        rows.filter(pl.col("item").is_in(list(keys)))
        .group_by(line, maintain_order=True)
        .agg(pl.col("text").fill_null("").str.join("／").alias("name"))
    )
    number = pl.int_range(pl.len()).over("year", "park_code", "name")
    named = named.with_columns(
        pl.when(number == 0).then("name").otherwise(pl.format("{}#{}", "name", number + 1)).alias("name")
    )
    said = pl.coalesce(_short(pl.col("value")), "text")
    return rows.join(named, on=line, how="inner", nulls_equal=True, maintain_order="left").select(
        "year", "park_code", "form", pl.col("name").alias("record"), "item", said.alias("said")
    )


def _short(value: pl.Expr) -> pl.Expr:
    """A decimal in shortest form."""
    return value.cast(pl.String).str.replace(r"(\.\d*?)0+$", "$1").str.strip_suffix(".")


def _outcomes(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    old = before.unique(_FINDING_KEY, keep="first", maintain_order=True)
    new = after.unique(_FINDING_KEY, keep="first", maintain_order=True)
    settled = old.join(new, on=_FINDING_KEY, how="anti", nulls_equal=True, maintain_order="left").with_columns(
        pl.lit(SETTLED).alias("outcome"), pl.col("value").alias("value_before"), pl.lit(None, pl.String).alias("value_after")
    )  # fmt: skip
    known = old.select(*_FINDING_KEY, pl.col("value").alias("value_before"), pl.lit(True).alias("known"))
    standing = new.join(known, on=_FINDING_KEY, how="left", nulls_equal=True, maintain_order="left").with_columns(
        pl.when("known").then(pl.lit(REMAINING)).otherwise(pl.lit(NEW)).alias("outcome"),
        pl.col("value").alias("value_after"),
    )
    columns = [pl.col(name).cast(kind) for name, kind in FINDING_OUTCOMES.items()]
    together = pl.concat([settled.select(columns), standing.select(columns)])
    ranks = [pl.col("outcome").replace_strict({one: at for at, one in enumerate(OUTCOMES)})]
    ranks.append(pl.col("severity").replace_strict({one: at for at, one in enumerate(SEVERITIES)}))
    return together.sort(*ranks, *_FINDING_KEY, nulls_last=False, maintain_order=True)
