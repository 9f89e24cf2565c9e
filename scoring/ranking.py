"""Ranks within the level and among all parks, from unrounded scores."""

from __future__ import annotations

import math

import polars as pl

from metrics.panel import ABSENT
from scoring.rulebook import Rulebook
from scoring.scores import TOTAL


def rank_parks(wide: pl.DataFrame, scores: pl.DataFrame, previous: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """Table `ranking` without scheme and year: one row per ranked park in its level's group and in the overall one.

    previous: table `ranking` of the year before (may be empty). Equal scores (within the tolerance of the scheme)
    share a rank and the next places stay empty. Parks within their first years (startup_years) are evaluated, not
    ranked, and not counted in the size of the group. Parks without trusted data take the last places of their group
    when it is told who is near the bottom: not reporting neither pays nor pushes others down.
    """
    totals = scores.filter(pl.col("kind") == TOTAL).select("park_code", "score")
    parks = ranked_parks(wide, book).join(totals, on="park_code", how="inner", maintain_order="left")
    overall = parks.with_columns(pl.lit(book.scheme.ranking.overall).alias("group"))
    both = pl.concat([parks.with_columns(pl.col("level").alias("group")), overall])
    ranked = _ranked(both, book.scheme.ranking.tie_tolerance).join(
        _group_parks(wide, book), on="group", how="left", maintain_order="left"
    )
    before = previous.select(
        "group",
        "park_code",
        pl.col("rank").alias("previous_rank"),
        pl.col("grade").alias("previous_grade"),
        pl.col("bottom_years").alias("previous_bottom_years"),
    )
    ranked = ranked.join(before, on=["group", "park_code"], how="left", maintain_order="left").with_columns(
        (pl.col("previous_rank") - pl.col("rank")).alias("rank_change"),
        _grade(book).alias("grade"),
        _bottom(book).alias("bottom"),
    )
    years = pl.when(pl.col("bottom")).then(pl.col("previous_bottom_years").fill_null(0) + 1).otherwise(0)
    return ranked.with_columns(years.cast(pl.Int32).alias("bottom_years")).select(
        "group", "park_code", "score", "rank", "group_size", "group_parks", "tied", "previous_rank", "rank_change", "grade",
        "previous_grade", "bottom", "bottom_years",
    )  # fmt: skip


def ranked_parks(wide: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """park_code and level of the parks that are ranked in the evaluated year."""
    return _established(wide, book).filter(pl.col(ABSENT).is_null()).select("park_code", "level")


def _established(wide: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """The year's parks that are past their first years; a park older than the base year always is."""
    startup = pl.col("approved_year") > book.scheme.base_year
    young = pl.lit(book.year) - pl.col("approved_year") < book.parameters["startup_years"]
    return wide.filter((pl.col("year") == book.year) & ~(startup & young))


def _group_parks(wide: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    parks = _established(wide, book)
    by_level = parks.group_by(pl.col("level").alias("group"), maintain_order=True).agg(pl.len().alias("group_parks"))
    overall = pl.DataFrame({"group": [book.scheme.ranking.overall], "group_parks": [parks.height]})
    return pl.concat([by_level.with_columns(pl.col("group_parks").cast(pl.Int32)),
                      overall.with_columns(pl.col("group_parks").cast(pl.Int32))])  # fmt: skip


def _ranked(frame: pl.DataFrame, tolerance: float) -> pl.DataFrame:
    """Ranks by score descending; neighbours closer than `tolerance` are equal, so float noise breaks no tie."""
    ordered = frame.sort("group", "score", "park_code", descending=[False, True, False])
    gap = (pl.col("score").shift(1).over("group") - pl.col("score")).fill_null(math.inf)
    step = (gap > tolerance).cast(pl.Int32).cum_sum().over("group")
    place = pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("group")
    ordered = ordered.with_columns(step.alias("step"), place.alias("place"))
    return ordered.with_columns(
        pl.col("place").min().over("group", "step").alias("rank"),
        pl.len().over("group").cast(pl.Int32).alias("group_size"),
        (pl.len().over("group", "step") > 1).alias("tied"),
    )


def _grade(book: Rulebook) -> pl.Expr:
    expression: pl.Expr = pl.lit(None, pl.String)
    for grade in sorted(book.scheme.grades, key=lambda grade: grade.minimum):
        expression = pl.when(pl.col("score") >= grade.minimum).then(pl.lit(grade.label)).otherwise(expression)
    return expression


def _bottom(book: Rulebook) -> pl.Expr:
    """Among the last share of the group; a tie across the cut line keeps all of the tied above it."""
    share, minimum = book.parameters["bottom_share_pct"], book.parameters["minimum_group"]
    count = pl.max_horizontal((pl.col("group_parks") * share / 100 + 1e-9).floor(), pl.lit(1.0))
    return pl.when(pl.col("group_parks") >= minimum).then(pl.col("rank") > pl.col("group_parks") - count)
