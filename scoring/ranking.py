"""Ranks within the group and among all parks, from unrounded scores."""

from __future__ import annotations

import math
from collections.abc import Mapping

import polars as pl

from scoring.rulebook import Rulebook
from scoring.scheme import BOTTOM_COUNT, TOTAL


def rank_parks(
    wide: pl.DataFrame, scores: pl.DataFrame, previous: pl.DataFrame, caps: pl.DataFrame, book: Rulebook
) -> pl.DataFrame:
    """Table `ranking` without scheme and year: one row per ranked park in its group and in the overall one.

    previous: table `ranking` of the year before (may be empty); caps: park_code, grade_cap, veto,
    veto_clause where a veto holds the grade down. Equal scores (within the tolerance of the scheme)
    share a rank and the next places stay empty. Parks within their first years (startup_years) are evaluated, not
    ranked, and not counted in the size of the group. Parks without trusted data take the last places of their group
    when it is told who is near the bottom: not reporting neither pays nor pushes others down.
    """
    totals = scores.filter(pl.col("kind") == TOTAL).select("park_code", "score")
    totals = totals.filter(pl.col("score").is_not_null())
    parks = _of_year(wide, book).filter(pl.col("ranked")).select("park_code", "group")
    parks = parks.join(totals, on="park_code", how="inner", maintain_order="left")
    overall = parks.with_columns(pl.lit(book.scheme.ranking.overall).alias("group"))
    both = pl.concat([parks, overall]).unique(["park_code", "group"], keep="first", maintain_order=True)
    both, breakers = _with_breakers(both, wide, previous, book)
    ranked = _ranked(both, book.scheme.ranking.tie_tolerance, breakers).join(
        _group_parks(wide, book), on="group", how="left", maintain_order="left"
    )
    return judged(ranked, previous, caps, book)


def judged(ranked: pl.DataFrame, previous: pl.DataFrame, caps: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """Table `ranking` without scheme and year from ranks: change, grade, and who is near the bottom for how long.

    ranked: group, park_code, score, rank, group_size, group_parks, tied; previous and caps as of `rank_parks`.
    """
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
    ranked = _capped(ranked, caps, book)
    years = pl.when(pl.col("bottom")).then(pl.col("previous_bottom_years").fill_null(0) + 1).otherwise(0)
    return ranked.with_columns(years.cast(pl.Int32).alias("bottom_years")).select(
        "group", "park_code", "score", "rank", "group_size", "group_parks", "tied", "previous_rank", "rank_change", "grade",
        "uncapped_grade", "veto", "veto_clause", "previous_grade", "bottom", "bottom_years",
    )  # fmt: skip


def _of_year(wide: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    return wide.filter(pl.col("year") == book.year)


def _with_breakers(
    both: pl.DataFrame, wide: pl.DataFrame, previous: pl.DataFrame, book: Rulebook
) -> tuple[pl.DataFrame, dict[str, bool]]:
    """`both` with the columns that break ties, and which way each counts."""
    breakers: dict[str, bool] = {}
    now = _of_year(wide, book)
    for name in book.scheme.ranking.tie_break:
        column = f"#{name}"
        if name == "previous_rank":
            own = previous.select("group", "park_code", pl.col("rank").alias(column))
            both = both.join(own, on=["group", "park_code"], how="left", maintain_order="left")
            breakers[column] = False
        else:
            own = now.select("park_code", pl.col(name).alias(column))
            both = both.join(own, on="park_code", how="left", maintain_order="left")
            breakers[column] = book.catalogue.park_indicators()[name].direction == "higher"
    return both, breakers


def _group_parks(wide: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """group, group_parks: how many parks are to be ranked in each group, those refused for their data included."""
    parks = _of_year(wide, book).filter(pl.col("established")).select("group")
    overall = parks.with_columns(pl.lit(book.scheme.ranking.overall).alias("group"))
    both = parks if not book.scheme.ranking.group_by else pl.concat([parks, overall])
    return both.group_by("group", maintain_order=True).agg(pl.len().cast(pl.Int32).alias("group_parks"))


def _ranked(frame: pl.DataFrame, tolerance: float, breakers: Mapping[str, bool]) -> pl.DataFrame:
    """Ranks by score descending; neighbours closer than `tolerance` are equal, so float noise breaks no tie.

    breakers: columns that tell equal parks apart, in order, with whether the higher is the better; a park without the
    figure comes after those with it.
    """
    ordered = frame.sort("group", "score", "park_code", descending=[False, True, False])
    gap = (pl.col("score").shift(1).over("group") - pl.col("score")).fill_null(math.inf)
    ordered = ordered.with_columns((gap > tolerance).cast(pl.Int32).cum_sum().over("group").alias("step"))
    names = list(breakers)
    ordered = ordered.sort(
        ["group", "step", *names, "park_code"],
        descending=[False, False, *breakers.values(), False],
        nulls_last=True,
        maintain_order=True,
    )
    same = ["group", "step", *names]
    place = pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("group")
    ordered = ordered.with_columns(place.alias("place"))
    return ordered.with_columns(
        pl.col("place").min().over(same).alias("rank"),
        pl.len().over("group").cast(pl.Int32).alias("group_size"),
        (pl.len().over(same) > 1).alias("tied"),
    )


def _grade(book: Rulebook) -> pl.Expr:
    """The best grade whose cut is reached, by score or by share of the group; where a scheme has cuts of both kinds, the
    one that it lists first."""
    expression: pl.Expr = pl.lit(None, pl.String)
    mixed = len({grade.minimum is None for grade in book.scheme.grades}) > 1
    worst_first = (
        list(reversed(book.scheme.grades))
        if mixed
        else sorted(book.scheme.grades, key=lambda grade: (-(grade.top_share_pct or 0), grade.minimum or 0))
    )
    for grade in worst_first:
        if grade.minimum is not None:
            reached = pl.col("score") >= grade.minimum
        else:
            reached = pl.col("rank") <= (pl.col("group_parks") * pl.lit(grade.top_share_pct) / 100 + 1e-9).floor()
        expression = pl.when(reached).then(pl.lit(grade.label)).otherwise(expression)
    return expression


def _capped(ranked: pl.DataFrame, caps: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """Grades above a park's cap come down to it, with the veto and the grade before it beside; the scheme lists grades from
    the best to the worst."""
    order = {grade.label: place for place, grade in enumerate(book.scheme.grades)}
    held = caps.select("park_code", "grade_cap", "veto", "veto_clause")
    joined = ranked.join(held, on="park_code", how="left", maintain_order="left").with_columns(uncapped_grade="grade")
    own, cap = (
        pl.col(name).replace_strict(order, default=None, return_dtype=pl.Int32) for name in ("grade", "grade_cap")
    )
    return joined.with_columns(pl.when(own < cap).then("grade_cap").otherwise("grade").alias("grade")).drop("grade_cap")


def _bottom(book: Rulebook) -> pl.Expr:
    """Among the last share of the group, or the last `bottom_count`; a tie across the cut line keeps all of the tied above
    it. A group of no more parks than that count, or below the minimum, has nobody near the bottom: null."""
    share, minimum = book.parameters["bottom_share_pct"], book.parameters["minimum_group"]
    given = book.parameters.get(BOTTOM_COUNT)
    count = pl.max_horizontal((pl.col("group_parks") * share / 100 + 1e-9).floor(), pl.lit(1.0))
    count = count if given is None else pl.lit(given)
    judged = pl.col("group_parks") >= minimum
    if given is not None:
        judged &= pl.col("group_parks") > given
    return pl.when(judged).then(pl.col("rank") > pl.col("group_parks") - count)
