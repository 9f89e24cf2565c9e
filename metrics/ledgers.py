"""Figures that ledgers add up to, as columns of the panel: `ledger.<figure>`, with the reason where one is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import polars as pl

from metrics.vocabulary import LEDGER
from validation.expression import Expression
from validation.ledgers.definition import Ledgers

LEDGER_FIGURES: dict[str, pl.DataType] = {
    "park_code": pl.String(),
    "year": pl.Int32(),
    "figure": pl.String(),
    "value": pl.Float64(),
    "reason": pl.String(),
}


def figures_in(expressions: Iterable[Expression]) -> list[str]:
    """Codes of the ledgers' figures that `expressions` read, of this year or another, sorted."""
    names = {
        name
        for expression in expressions
        for name in (*expression.names, *(name for one in expression.aggregates for name in one.names))
    }
    return sorted({name.name for name in names if name.space.split(".")[-1] == LEDGER})


def with_ledgers(
    parks: pl.DataFrame, figures: pl.DataFrame | None, codes: Sequence[str], ledgers: Ledgers
) -> pl.DataFrame:
    """`parks` (park_code, year and others) with `ledger.<code>` and `ledger.<code>#reason` for each of `codes`.

    figures: `LEDGER_FIGURES`, one row per park, year and figure. A park-year without one has none of its own: null, with the ledger that
    says nothing of it.
    """
    told = pl.DataFrame(schema=LEDGER_FIGURES) if figures is None else figures
    for code in codes:
        column = f"{LEDGER}.{code}"
        own = told.filter(pl.col("figure") == code).select(
            "park_code", "year", pl.col("value").alias(column), pl.col("reason").alias("#why")
        )
        figure = ledgers.figure(code)
        titles = ledgers.titles(figure) if figure else "台账"
        silent = pl.format("没有 {} 年{}的汇总数", pl.col("year"), pl.lit(titles))
        parks = parks.join(own, on=["park_code", "year"], how="left", maintain_order="left")
        why = pl.when(pl.col(column).is_null()).then(pl.coalesce("#why", silent))
        parks = parks.with_columns(why.alias(f"{column}#reason")).drop("#why")
    return parks


def succeed_figures(
    figures: pl.DataFrame | None, roster: pl.DataFrame, known: Mapping[str, str], additive: Collection[str]
) -> pl.DataFrame | None:
    """`figures` (`LEDGER_FIGURES`) of ended parks under their successors (`known`).

    roster: the parks registered in each year (park_code, year), under their codes of then. Of parks that went together only counts and sums
    (`additive`) add up, and only where each of them has its figure; shares, medians and growth of the whole cannot be told from those of the
    parts and are null with this reason.
    """
    if figures is None or not known:
        return figures
    keys = ["park_code", "year", "figure"]
    succeeded = pl.col("park_code").replace(dict(known))
    parts = roster.select(succeeded.alias("park_code"), "year").group_by("park_code", "year").len("#parts")
    moved = figures.with_columns(succeeded).join(parts, on=["park_code", "year"], how="left", maintain_order="left")
    grouped = moved.group_by(keys, maintain_order=True).agg(
        pl.len().alias("#rows"),
        pl.col("#parts").first().fill_null(1),
        pl.col("value").sum().alias("#sum"),
        pl.col("value").null_count().alias("#nulls"),
        pl.col("value").first(),
        pl.col("reason").drop_nulls().first(),
    )
    alone = (pl.col("#rows") == 1) & (pl.col("#parts") == 1)
    adds = pl.col("figure").is_in(list(additive))
    whole = adds & (pl.col("#rows") >= pl.col("#parts")) & (pl.col("#nulls") == 0)
    why = (
        pl.when(alone | whole)
        .then(pl.col("reason"))
        .when(adds)
        .then(pl.lit("合并以前有的园区没有台账汇总数"))
        .otherwise(pl.lit("合并以前各园区的台账汇总数不能相加"))
    )
    value = pl.when(alone).then("value").when(whole).then("#sum")
    return grouped.select(*keys, value.alias("value"), why.alias("reason"))
