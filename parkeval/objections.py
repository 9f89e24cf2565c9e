"""Objections (异议): upheld ones as corrections of the statistics, and who moved when a year is evaluated again."""

from __future__ import annotations

import polars as pl

from validation.statistics import RECORDS

SOURCE = "异议登记"


def upheld_corrections(decisions: pl.DataFrame, scheme: str, year: int) -> pl.DataFrame:
    """Upheld objections on figures of `year` or earlier as records of the form `corrections` (RECORDS).

    decisions: the published table. An objection is upheld by the last ruling on its case.
    """
    own = decisions.filter(pl.col("scheme") == scheme)
    rulings = (
        own.filter(pl.col("kind") == "ruling")
        .sort("number")
        .unique("case_number", keep="last", maintain_order=True)
        .filter(pl.col("outcome") == "成立")
        .select(
            pl.col("case_number").alias("number"),
            pl.col("decided_by").alias("ruled_by"),
            pl.col("document").alias("ruling"),
        )
    )
    cases = own.filter((pl.col("kind") == "objection") & pl.col("item").is_not_null() & (pl.col("year") <= year))
    upheld = cases.join(rulings, on="number", how="inner").sort("number")
    cells = [
        upheld.select(
            pl.lit("corrections").alias("form"),
            "year",
            "park_code",
            pl.col("number").alias("record"),
            pl.lit(item).alias("item"),
            value.cast(pl.Decimal(28, 6)).alias("value"),
            text.cast(pl.String).alias("text"),
            pl.lit(SOURCE).alias("source_file"),
            pl.lit("登记").alias("sheet"),
            pl.format("第 {} 号", pl.col("number")).alias("cell"),
            pl.lit(False).alias("corrected"),
        )
        for item, value, text in _fields()
    ]
    if upheld.is_empty():
        return pl.DataFrame(schema=RECORDS)
    return pl.concat(cells).select(pl.col(name).cast(kind) for name, kind in RECORDS.items())


def _fields() -> list[tuple[str, pl.Expr, pl.Expr]]:
    """Columns of the form `corrections`: code, number, text."""
    none = pl.lit(None)
    return [
        ("park_code", none, pl.col("park_code")),
        ("year", pl.col("year"), pl.col("year").cast(pl.String)),
        ("item", none, pl.col("item")),
        ("filed_value", pl.col("filed_value"), none),
        ("corrected_value", pl.col("claimed_value"), none),
        ("reason", none, pl.format("异议成立：{}", pl.col("reason"))),
        ("source", none, pl.coalesce("ruling", pl.format("异议第 {} 号", pl.col("number")))),
        ("approved_by", none, pl.col("ruled_by")),
    ]


def moved_parks(comparison: pl.DataFrame) -> pl.DataFrame:
    """The rows of a comparison of two runs in which the place or the score changed."""
    changed = (pl.col("rank_change") != 0).fill_null(True) | (pl.col("score_change").abs() > 1e-9).fill_null(True)
    return comparison.filter(changed)
