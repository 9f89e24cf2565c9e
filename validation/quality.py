"""Quality of the data (数据质量) per park and year: how complete, how timely, how often wrong, corrected or unexplained."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from validation.asked import not_asked
from validation.findings import ERROR, NOTE, VERIFY
from validation.forms import FormSet
from validation.registry import parks_of

QUALITY_LABELS = {
    "completeness_pct": "必填完整率",
    "late_days": "逾期天数",
    "errors_count": "更正前错误数",
    "verify_count": "更正前核实数",
    "notes_count": "更正前提示数",
    "corrections_count": "更正条数",
    "unexplained_count": "未说明的核实数",
}
"""Figures of data quality by column, as formulas and rules name them (`quality.<column>`)."""

QUALITY: dict[str, pl.DataType] = {
    "park_code": pl.String(),
    "year": pl.Int32(),
    "required_cells": pl.Int32(),
    "filled_cells": pl.Int32(),
    "completeness_pct": pl.Float64(),
    "late_days": pl.Int32(),
    "errors_count": pl.Int32(),
    "verify_count": pl.Int32(),
    "notes_count": pl.Int32(),
    "corrections_count": pl.Int32(),
    "unexplained_count": pl.Int32(),
}

_KEYS = ["park_code", "year"]
_COUNTED = {"errors_count": ERROR, "verify_count": VERIFY, "notes_count": NOTE}


def data_quality(
    registry: pl.DataFrame,
    items: pl.DataFrame,
    records: pl.DataFrame,
    filings: pl.DataFrame,
    findings: pl.DataFrame,
    filed_findings: pl.DataFrame,
    form_set: FormSet,
    years: Collection[int],
) -> pl.DataFrame:
    """One row (`QUALITY`) per park that stands in each of `years`, sorted by park and year.

    registry: validation.registry.REGISTRY. items, records, filings: validation.statistics. findings: after corrections and
    explanations; filed_findings: as the park filed, before corrections. A required cell counts as filled when something usable was
    filed in it: all required items of a park's workbook, and the required columns of every line of its tables, but for those that
    parks of its level or type are not asked for. Nothing filed gives
    0 % and null late_days. corrections_count counts the lines of the register that were applied, unexplained_count the 核实
    findings that stand without explanation. Never null but late_days.
    """
    standing = pl.concat(
        [
            pl.DataFrame(schema={"park_code": pl.String, "year": pl.Int32}),
            *(
                parks_of(registry, year).select("park_code", pl.lit(year, pl.Int32).alias("year"))
                for year in sorted(years)
            ),
        ]
    )
    late = filings.filter(pl.col("workbook") == "park").select(*_KEYS, "late_days").unique(_KEYS, keep="first")
    counts = filed_findings.group_by(_KEYS).agg(
        (pl.col("severity") == severity).sum().alias(name) for name, severity in _COUNTED.items()
    )
    after = findings.group_by(_KEYS).agg(
        (pl.col("check_id") == "corrected").sum().alias("corrections_count"),
        ((pl.col("severity") == VERIFY) & pl.col("explanation").is_null()).sum().alias("unexplained_count"),
    )
    told = standing
    unasked = not_asked(form_set, registry, filings.filter(pl.col("workbook") == "park"))
    for part in (_filled(items, records, form_set, unasked), late, counts, after):
        told = told.join(part, on=_KEYS, how="left", maintain_order="left")
    blank = [name for name in QUALITY if name not in (*_KEYS, "late_days", "completeness_pct")]
    share = pl.when(pl.col("required_cells") > 0).then(100.0 * pl.col("filled_cells") / pl.col("required_cells"))
    return (
        told.with_columns(pl.col(blank).fill_null(0))
        .with_columns(share.fill_null(0.0).alias("completeness_pct"))
        .select(pl.col(name).cast(kind) for name, kind in QUALITY.items())
        .sort(_KEYS)
    )


def _filled(items: pl.DataFrame, records: pl.DataFrame, form_set: FormSet, unasked: pl.DataFrame) -> pl.DataFrame:
    """park_code, year, required_cells, filled_cells. A correction changes filled cells only, so corrected cells count as filed."""
    forms = [form for book in form_set.workbooks if book.filed_by == "park" for form in book.forms]
    wanted = [item.code for form in forms for item in form.items if item.required]
    columns = pl.DataFrame(
        [(form.code, column.code) for form in forms for column in form.columns if column.required],
        schema={"form": pl.String, "item": pl.String},
        orient="row",
    )
    full = pl.any_horizontal(pl.col("value", "text").is_not_null()).alias("full")
    spared = unasked.rename({"field": "item"})
    cells = pl.concat(
        [
            items.filter(pl.col("item").is_in(wanted))
            .join(spared.drop("form"), on=[*_KEYS, "item"], how="anti")
            .select(*_KEYS, full),
            records.join(columns, on=["form", "item"], how="semi")
            .join(spared, on=[*_KEYS, "form", "item"], how="anti")
            .select(*_KEYS, full),
        ]
    )
    return cells.group_by(_KEYS).agg(pl.len().alias("required_cells"), pl.col("full").sum().alias("filled_cells"))
