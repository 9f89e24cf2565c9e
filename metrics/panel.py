"""Trusted statistics as the panel that formulas run over: parks by year, sub-tables, the region by year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from metrics.ledgers import succeed_figures, with_ledgers
from metrics.lineage import succeed_codes, succeed_items, succeed_roster, successors
from validation.forms import Column, Form, FormSet
from validation.ledgers.definition import Ledgers
from validation.quality import QUALITY, QUALITY_LABELS
from validation.registry import FORM, LINEAGE_FORM, parks_of, register, register_columns

ABSENT = "#absent"
"""Column that says why a park-year has no figures at all; null where it has."""


SUBSCORES: dict[str, pl.DataType] = {
    "code": pl.String(),
    "park_code": pl.String(),
    "year": pl.Int32(),
    "value": pl.Float64(),
}


@dataclass(frozen=True)
class Panel:
    """What formulas run over.

    `parks`: one row per park and year from the base year to the evaluated year, columns of the register (name,
    level, park_type, region_code, region, approved_year, leading_industries as a list), `base_year`, `#absent`, and
    one Float64 column per numeric item (null where not filed or the park-year was refused).
    `tables`: every sub-table in wide form with the columns of its form and, where it has them, park_code and year;
    records of refused park-years are left out. `region`: one row per year with the region's totals.
    """

    parks: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]
    region: pl.DataFrame


def build_panel(
    items: pl.DataFrame,
    records: pl.DataFrame,
    refused: pl.DataFrame,
    form_set: FormSet,
    base_year: int,
    year: int,
    quality: pl.DataFrame | None = None,
    subscores: pl.DataFrame | None = None,
    subschemes: Sequence[str] = (),
    ledger_figures: pl.DataFrame | None = None,
    ledger_codes: Sequence[str] = (),
    ledgers: Ledgers | None = None,
) -> Panel:
    """Arrange long statistics into a Panel.

    items: park_code, year, item, value; records: form, year, park_code, record, item, value, text;
    refused: park_code, year, reason; quality: validation.quality.QUALITY, as columns `quality.<figure>`; subscores: code,
    park_code, year, value, totals of other schemes as columns `sub.<code>`, one for each of `subschemes`, null where that
    scheme was not evaluated; ledger_figures: metrics.ledgers.LEDGER_FIGURES, as columns `ledger.<figure>` for each of `ledger_codes`. A park's own base year is the later of the scheme's and its year of approval. Parks that were renamed or merged stand under their successor's code in all years
    (`metrics.lineage`).
    """
    years = list(range(base_year, year + 1))
    known = successors(records, year)
    items, refused = succeed_items(items, known), succeed_codes(refused, known)
    records = _succeeded_records(records, form_set, known)
    registered = park_roster(records, years)
    roster = succeed_roster(registered, known).with_columns(
        base_year=pl.max_horizontal(pl.col("approved_year"), pl.lit(base_year)).cast(pl.Int32)
    )
    # A column of the register that nobody has filled in is there all the same, empty.
    absent = [code for code in register_columns(form_set) if code not in roster.columns]
    roster = roster.with_columns(pl.lit(None, pl.String).alias(code) for code in absent)
    filed = items.select("park_code", "year").unique().with_columns(filed=pl.lit(True))
    out = refused.select("park_code", "year", pl.col("reason").alias("refusal")).unique(
        ["park_code", "year"], keep="first", maintain_order=True
    )
    parks = roster.join(filed, on=["park_code", "year"], how="left").join(out, on=["park_code", "year"], how="left")
    parks = parks.with_columns(_absence().alias(ABSENT)).drop("filed", "refusal")
    parks = parks.join(_wide_items(items, form_set), on=["park_code", "year"], how="left")
    codes = [code for code, item in form_set.items().items() if item.numeric]
    parks = parks.with_columns(pl.when(pl.col(ABSENT).is_null()).then(pl.col(codes)).name.keep())
    parks = _with_subscores(_with_quality(parks, quality), subscores, subschemes)
    if ledgers is not None:
        told = succeed_figures(ledger_figures, registered, known, ledgers.additive)
        parks = with_ledgers(parks, told, ledger_codes, ledgers)
    tables = {code: sub_table(records, form) for code, form in form_set.tables().items()}
    kept = parks.filter(pl.col(ABSENT).is_null()).select("park_code", "year")
    tables = {
        code: table.join(kept, on=["park_code", "year"], how="semi")
        if {"park_code", "year"} <= set(table.columns) and code not in ("corrections", "explanations")
        else table
        for code, table in tables.items()
    }
    return Panel(parks.sort("park_code", "year"), tables, _region(tables.get("region_totals"), years))


def _succeeded_records(records: pl.DataFrame, form_set: FormSet, known: dict[str, str]) -> pl.DataFrame:
    """Records of the tables that parks or their events stand in, under the codes of the successors; the register and
    the lineage themselves stay as they are. A code stands in the column park_code and, in the bureau's tables, in a
    cell of its own.
    """
    own = pl.col("form").is_in([FORM, LINEAGE_FORM])
    code = pl.when(~own).then(pl.col("park_code").replace(known)).otherwise("park_code")
    cell = (pl.col("item") == "park_code") & ~own
    text = pl.when(cell).then(pl.col("text").replace(known)).otherwise("text")
    return records.with_columns(code.alias("park_code"), text.alias("text")) if known else records


def _with_quality(parks: pl.DataFrame, quality: pl.DataFrame | None) -> pl.DataFrame:
    """`parks` with the figures of data quality, and why one is missing; refused parks and those that did not file have
    them too."""
    told = pl.DataFrame(schema=QUALITY) if quality is None else quality
    figures = told.select(
        "park_code", "year", *(pl.col(name).cast(pl.Float64).alias(f"quality.{name}") for name in QUALITY_LABELS)
    )
    joined = parks.join(figures, on=["park_code", "year"], how="left", maintain_order="left")
    why = {"late_days": "没有报送日期"}
    return joined.with_columns(
        _why_missing(f"quality.{name}", why.get(name, "没有数据质量记录")) for name in QUALITY_LABELS
    )


def _with_subscores(parks: pl.DataFrame, subscores: pl.DataFrame | None, subschemes: Sequence[str]) -> pl.DataFrame:
    """`parks` with the totals of other schemes as `sub.<code>`, and why one is missing."""
    told = pl.DataFrame(schema=SUBSCORES) if subscores is None else subscores
    for code in subschemes:
        own = told.filter(pl.col("code") == code).select("park_code", "year", pl.col("value").alias(f"sub.{code}"))
        parks = parks.join(own, on=["park_code", "year"], how="left", maintain_order="left")
        parks = parks.with_columns(_why_missing(f"sub.{code}", "所引用的评价办法没有该园区该年的得分"))
    return parks


def _why_missing(column: str, said: str) -> pl.Expr:
    return pl.when(pl.col(column).is_null()).then(pl.lit(said)).alias(f"{column}#reason")


def park_roster(records: pl.DataFrame, years: Sequence[int]) -> pl.DataFrame:
    """The register of parks as it stood in each of `years`: one row per park and year since its approval."""
    registry = register(records).with_columns(pl.col("leading_industries").str.split("、"))
    stood = [parks_of(registry, year).with_columns(pl.lit(year, pl.Int32).alias("year")) for year in years]
    return pl.concat(stood).drop("from_year", "until_year").sort("park_code", "year")


def sub_table(records: pl.DataFrame, form: Form) -> pl.DataFrame:
    """The long `records` of one form in wide form: park_code and year where filed so, then the form's columns.

    number and count are Decimal(28,6), year is Int32, date is Date, list is a list of text, the rest text.
    """
    rows = records.filter(pl.col("form") == form.code)
    keys = ["source_file", "sheet", "year", "park_code", "record"]
    codes = [column.code for column in form.columns]
    cells = rows.filter(pl.col("item").is_in(codes)).pivot(
        "item", on_columns=codes, index=keys, values=["value", "text"], aggregate_function="first"
    )
    base = rows.select(keys).unique(maintain_order=True)
    base = base.join(cells, on=keys, how="left", nulls_equal=True, maintain_order="left").with_columns(
        _typed(column).alias(f"#{column.code}") for column in form.columns
    )
    own = set(codes)
    kept = [key for key in ("park_code", "year") if key not in own and base[key].null_count() < max(base.height, 1)]
    return base.sort(keys, nulls_last=True).select(*kept, *(pl.col(f"#{code}").alias(code) for code in codes))


def _typed(column: Column) -> pl.Expr:
    value, text = pl.col(f"value_{column.code}"), pl.col(f"text_{column.code}")
    if column.type in ("number", "count"):
        return value.cast(pl.Decimal(28, 6))
    if column.type == "year":
        return pl.coalesce(value.cast(pl.Int32), text.cast(pl.Int32, strict=False))
    if column.type == "date":
        return text.str.to_date("%Y-%m-%d", strict=False)
    if column.type == "list":
        return text.str.split("、")
    return text


def _absence() -> pl.Expr:
    refused = pl.format("{} 年数据未通过审核：{}", pl.col("year"), pl.col("refusal"))
    missing = pl.format("{} 年没有报送", pl.col("year"))
    return pl.when(pl.col("refusal").is_not_null()).then(refused).when(pl.col("filed").is_null()).then(missing)


def _wide_items(items: pl.DataFrame, form_set: FormSet) -> pl.DataFrame:
    codes = [code for code, item in form_set.items().items() if item.numeric]
    keys = ["park_code", "year"]
    numeric = items.filter(pl.col("item").is_in(codes)).with_columns(pl.col("value").cast(pl.Float64))
    wide = numeric.pivot("item", on_columns=codes, index=keys, values="value", aggregate_function="first")
    rows = items.select(keys).unique(maintain_order=True)
    return rows.join(wide, on=keys, how="left", maintain_order="left")


def _region(totals: pl.DataFrame | None, years: Sequence[int]) -> pl.DataFrame:
    frame = pl.DataFrame({"year": years}, schema={"year": pl.Int32})
    if totals is None:
        return frame
    numeric = [name for name, kind in totals.schema.items() if name != "year" and kind.is_numeric()]
    return frame.join(totals.select("year", pl.col(numeric).cast(pl.Float64)), on="year", how="left")
