"""Extremes of an indicator in an earlier year, from which a scheme scores later ones (R28)."""

from __future__ import annotations

import polars as pl

from scoring.points.compared import FROZEN_HIGH, FROZEN_LOW
from scoring.points.method import Scope
from scoring.rulebook import Rulebook


def frozen_extremes(
    wide: pl.DataFrame, earlier: pl.DataFrame | None, code: str, year: int, scope: Scope, book: Rulebook
) -> pl.DataFrame:
    """group, and the least and greatest value of indicator `code` in `year` by group, or of all parks for every group.

    Those parks count that were ranked in the published results of that year (earlier: table `ranking`), in the group
    they stood in; of a year that was not evaluated all that have trusted figures, in the group of their register.
    """
    values = wide.filter(pl.col("year") == year).select("park_code", "group", "ranked", pl.col(code).alias("value"))
    counted = None if earlier is None else earlier.filter((pl.col("year") == year) & book.own_group)
    if counted is None or counted.is_empty():
        own = values.filter(pl.col("ranked"))
    else:
        own = values.drop("group").join(counted.select("park_code", "group"), on="park_code", how="inner")
    extremes = (pl.col("value").min().alias(FROZEN_LOW), pl.col("value").max().alias(FROZEN_HIGH))
    if scope == "group":
        return own.group_by("group", maintain_order=True).agg(extremes).sort("group")
    return wide.select(pl.col("group").unique().sort()).join(own.select(extremes), how="cross")
