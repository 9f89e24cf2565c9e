"""Whether figures keep the limits of their definition: minimum, maximum, whole numbers for counts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from validation.findings import ERROR, Finding
from validation.forms import FormSet

_SHOWN = ("year", "park_code", "item", "label", "source_file", "sheet", "cell", "number", "minimum", "maximum", "fault")


def field_frame(form_set: FormSet) -> pl.DataFrame:
    """One row per field of every form: form, item, type, label, required, minimum, maximum, in_table."""
    rows = [
        (
            form.code, field.code, field.type, field.label, field.required,
            0.0 if field.type == "count" and field.minimum is None else field.minimum, field.maximum, form.kind == "table",
        )
        for form in form_set.forms()
        for field in form.fields
    ]  # fmt: skip
    schema = {
        "form": pl.String, "item": pl.String, "type": pl.String, "label": pl.String, "required": pl.Boolean,
        "minimum": pl.Float64, "maximum": pl.Float64, "in_table": pl.Boolean,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def figures_out_of_bounds(items: pl.DataFrame, records: pl.DataFrame, form_set: FormSet) -> Iterator[Finding]:
    """A 错误 for every figure of `items` and `records` (corrected values) that breaks its limits."""
    fields = field_frame(form_set)
    plain = fields.filter(~pl.col("in_table")).drop("form")
    yield from cells_out_of_bounds(
        items.rename({"value": "number"}).join(plain, on="item", how="left", maintain_order="left")
    )
    yield from cells_out_of_bounds(
        records.rename({"value": "number"}).join(fields, on=["form", "item"], how="left", maintain_order="left")
    )


def cells_out_of_bounds(cells: pl.DataFrame) -> Iterator[Finding]:
    """The same for a frame of cells with number (Decimal), type, minimum and maximum beside the columns of a finding."""
    value = pl.col("number").cast(pl.Float64)
    fault = (
        pl.when((pl.col("type") == "count") & (pl.col("number") % 1 != 0)).then(pl.lit("fraction"))
        .when(value < pl.col("minimum")).then(pl.lit("low"))
        .when(value > pl.col("maximum")).then(pl.lit("high"))
    )  # fmt: skip
    rows = cells.with_columns(fault.alias("fault")).filter(pl.col("fault").is_not_null())
    for row in rows.select(_SHOWN).iter_rows(named=True):
        said = _short(row["number"])
        check_id, message, expected, cure = {
            "fraction": ("count_fraction", f"“{row['label']}”应为整数，填的是 {said}", "不小于 0 的整数", "填整数"),
            "low": (
                "out_of_bounds",
                f"“{row['label']}”为 {said}，小于下限",
                f"不小于 {row['minimum'] or 0:g}",
                "核对数值",
            ),
            "high": (
                "out_of_bounds",
                f"“{row['label']}”为 {said}，大于上限",
                f"不大于 {row['maximum'] or 0:g}",
                "核对数值",
            ),
        }[row["fault"]]
        yield Finding(
            check_id, ERROR, message, said, expected, cure, row["year"], row["park_code"], row["item"], row["label"],
            row["source_file"], row["sheet"], row["cell"],
        )  # fmt: skip


def _short(value: Decimal) -> str:
    return format(value.normalize(), "f")
