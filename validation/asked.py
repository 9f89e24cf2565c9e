"""Whom the forms ask what: items and columns that parks of some levels or types do not fill in."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from validation.findings import NOTE, Finding
from validation.forms import FormSet
from validation.registry import parks_of

_SCHEMA = {"park_code": pl.String, "year": pl.Int32, "form": pl.String, "field": pl.String}


def not_asked(form_set: FormSet, registry: pl.DataFrame, filings: pl.DataFrame) -> pl.DataFrame:
    """What the parks of `filings` (park_code, year) need not file: park_code, year, form, field; one row each.

    Level and type are those of the register (validation.registry.REGISTRY) in the year of the filing; a park that is not in it is
    asked everything.
    """
    limited = [
        (form.code, field)
        for workbook in form_set.workbooks
        if workbook.filed_by == "park"
        for form in workbook.forms
        for field in form.fields
        if field.levels or field.types
    ]
    keys = filings.select("park_code", "year").drop_nulls().unique(maintain_order=True)
    if not limited or keys.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    rows: list[tuple[str, int, str, str]] = []
    for (year,), parks in keys.group_by("year", maintain_order=True):
        known = parks_of(registry, int(str(year))).select("park_code", "level", "park_type")
        for park_code, level, park_type in parks.join(known, on="park_code").drop("year").iter_rows():
            rows.extend(
                (park_code, int(str(year)), form, field.code)
                for form, field in limited
                if not field.asked_of(level, park_type)
            )
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def filed_unasked(cells: pl.DataFrame, unasked: pl.DataFrame) -> Iterator[Finding]:
    """A 提示 for every cell (of validation.conform) that holds something although the park is not asked for it."""
    filled = cells.filter(pl.col("number").is_not_null() | pl.col("content").is_not_null(), pl.col("period") == "this")
    rows = filled.join(unasked, on=["park_code", "year", "form", "field"], how="semi", maintain_order="left")
    for row in rows.iter_rows(named=True):
        yield Finding(
            "not_asked", NOTE, f"“{row['label']}”不要求本级别（类型）的园区填报，填了 {row['text']:.40}", row["text"], "不填",
            "无需处理；如填错行，改到应填的行", row["year"], row["park_code"], row["field"], row["label"], row["source_file"],
            row["sheet"], row["cell"],
        )  # fmt: skip
