"""The register of parks (园区名录): which parks stood in which year, under which name and level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from validation.findings import ERROR, Finding
from validation.forms import FormSet

FORM = "parks"

REGISTRY: dict[str, pl.DataType] = {
    "park_code": pl.String(),
    "from_year": pl.Int32(),
    "name": pl.String(),
    "level": pl.String(),
    "park_type": pl.String(),
    "region_code": pl.String(),
    "region": pl.String(),
    "leading_industries": pl.String(),
    "approved_year": pl.Int32(),
}

LINEAGE_FORM = "lineage"

LINEAGE: dict[str, pl.DataType] = {
    "from_code": pl.String(),
    "to_code": pl.String(),
    "from_year": pl.Int32(),
    "kind": pl.String(),
}

RENAMED = "更名"
"""The kind of succession in which the park stays what it was; in all others parks went together."""


def register(records: pl.DataFrame) -> pl.DataFrame:
    """All rows of the register among `records` (validation.statistics.RECORDS), one row each: `REGISTRY`, and the columns
    that a form set has beside those (county class …) as text, in the order of their codes.

    `until_year` is the last year of a park that another has succeeded (form `lineage`), null for those that stand.
    Rows without a park code or a first year are left out; sorted by park_code, from_year.
    """
    last = lineage(records).group_by("from_code").agg((pl.col("from_year").min() - 1).alias("until_year"))
    return (
        _wide(records, FORM, REGISTRY | dict.fromkeys(_own_columns(records), pl.String()))
        .drop_nulls(["park_code", "from_year"])
        .join(last, left_on="park_code", right_on="from_code", how="left")
        .sort("park_code", "from_year", maintain_order=True)
    )


def _own_columns(records: pl.DataFrame) -> list[str]:
    """Columns of the register that the product does not know by itself."""
    return sorted(set(records.filter(pl.col("form") == FORM)["item"].drop_nulls()).difference(REGISTRY))


def lineage(records: pl.DataFrame) -> pl.DataFrame:
    """Which park succeeded which from which statistical year on (`LINEAGE`); sorted by from_year, from_code."""
    return _wide(records, LINEAGE_FORM, LINEAGE).drop_nulls(["from_code", "to_code", "from_year"]).sort(
        "from_year", "from_code", "to_code"
    )  # fmt: skip


def _wide(records: pl.DataFrame, form: str, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    rows = records.filter(pl.col("form") == form)
    wide = rows.pivot("item", index=("source_file", "record"), values="text", aggregate_function="first")
    absent = [name for name in schema if name not in wide.columns]
    return wide.with_columns(pl.lit(None, pl.String).alias(name) for name in absent).select(
        pl.col(name).cast(kind) for name, kind in schema.items()
    )


def register_columns(form_set: FormSet) -> dict[str, str]:
    """Code and label of the columns of the register that hold a text about the park, those of the product's own choosing
    and a form set's further ones."""
    form = form_set.tables().get(FORM)
    columns = form.columns if form else ()
    return {
        column.code: column.label
        for column in columns
        if column.type in ("text", "choice", "code") and column.code not in ("park_code", "name")
    }


def parks_of(registry: pl.DataFrame, year: int) -> pl.DataFrame:
    """The parks that stand in `year`: per park the latest row with from_year <= year, approved by then; sorted by park_code.

    Columns as `REGISTRY` and until_year. A park without an approval year counts as standing, one that was succeeded does not.
    """
    return (
        registry.filter(pl.col("from_year") <= year)
        .unique("park_code", keep="last", maintain_order=True)
        .filter((pl.col("approved_year") <= year).fill_null(True), (pl.col("until_year") >= year).fill_null(True))
    )


def strangers(records: pl.DataFrame, registry: pl.DataFrame) -> Iterator[Finding]:
    """A 错误 for every record that names a park the register does not know; its park_code is left empty, as there is no such park."""
    named = records.filter(pl.col("form") != FORM, pl.col("item") == "park_code", pl.col("text").is_not_null())
    unknown = named.filter(~pl.col("text").is_in(registry["park_code"].to_list()))
    for row in unknown.iter_rows(named=True):
        yield Finding(
            "unknown_park_in_table", ERROR, f"“{row['sheet']}”表的园区代码“{row['text']:.40}”不在园区名录，该行没有采用",
            row["text"], "园区名录中的园区代码", "改正园区代码，或在园区名录中登记", row["year"], None, "park_code", "园区代码",
            row["source_file"], row["sheet"], row["cell"],
        )  # fmt: skip
