"""Objections (异议): upheld ones as corrections of the statistics, and who moved when a year is evaluated again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl

from parkeval.register import UPHELD
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
        .filter(pl.col("outcome").is_in(UPHELD))
        .select(
            pl.col("case_number").alias("number"),
            pl.col("decided_by").alias("ruled_by"),
            pl.col("document").alias("ruling"),
            pl.col("decided_value").alias("ruled_value"),
            pl.col("outcome").alias("ruled"),
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
        ("corrected_value", pl.coalesce("ruled_value", "claimed_value"), none),
        ("reason", none, pl.format("异议{}：{}", pl.col("ruled"), pl.col("reason"))),
        ("source", none, pl.coalesce("ruling", pl.format("异议第 {} 号", pl.col("number")))),
        ("approved_by", none, pl.col("ruled_by")),
    ]


def cases(decisions: pl.DataFrame, on: date, late: Callable[[date], int]) -> pl.DataFrame:
    """One row per objection in the order of registration: number, recorded_on, scheme, year, park_code, item, filed_value,
    claimed_value, decided_value, handler, due_on, state (待处理, 逾期, or the last ruling), late_days (working days past
    the due date on the day `on`; 0 for what is settled or not due), evidence_file.

    late: how many working days the day `on` is past a date.
    """
    rulings = (
        decisions.filter(pl.col("kind") == "ruling")
        .sort("number")
        .unique("case_number", keep="last", maintain_order=True)
        .select(pl.col("case_number").alias("number"), pl.col("outcome").alias("ruled"), "decided_value")
    )
    own = decisions.filter(pl.col("kind") == "objection").drop("decided_value").sort("number")
    joined = own.join(rulings, on="number", how="left", maintain_order="left")
    days = [
        late(due) if ruled is None and due is not None and due < on else 0
        for due, ruled in joined.select("due_on", "ruled").iter_rows()
    ]
    waiting = pl.when(pl.col("late_days") > 0).then(pl.lit("逾期")).otherwise(pl.lit("待处理"))
    return joined.with_columns(pl.Series("late_days", days, dtype=pl.Int32)).select(
        "number", "recorded_on", "scheme", "year", "park_code", "item", "filed_value", "claimed_value", "decided_value",
        "handler", "due_on", pl.coalesce("ruled", waiting).alias("state"), "late_days", "evidence_file",
    )  # fmt: skip
