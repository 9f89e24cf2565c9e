"""What a change means for every park: score, rank, grade, proposals and status before and after."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

NAMES = {
    "park_code": "园区代码", "name": "园区", "group": "分组", "score_before": "原得分", "score_after": "新得分",
    "score_change": "得分变化", "rank_before": "原位次", "rank_after": "新位次", "rank_change": "位次变化",
    "grade_before": "原等次", "grade_after": "新等次", "proposals_before": "原建议", "proposals_after": "新建议",
    "status_before": "原状态", "status_after": "新状态",
}  # fmt: skip
"""Columns of `effects` with their Chinese names."""

SAME = 1e-9
"""Scores that differ by less are the same: the noise of binary arithmetic."""


def effects(before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """One row per park of either side, sorted by group, new rank and code; columns as in NAMES.

    before, after: the tables of one year each (parks, scores, ranking, proposals). Ranks are those in the park's own
    group; rank_change is positive upwards; scores, ranks and grades are null for parks without; proposals are the
    labels of the rules, joined by 、, empty without.
    """
    sides = [_side(before, "before"), _side(after, "after")]
    joined = sides[0].join(sides[1], on="park_code", how="full", coalesce=True)
    joined = joined.with_columns(
        pl.coalesce("name_after", "name_before").alias("name"),
        pl.coalesce("group_after", "group_before").alias("group"),
        (pl.col("score_after") - pl.col("score_before")).alias("score_change"),
        (pl.col("rank_before") - pl.col("rank_after")).alias("rank_change"),
    )
    return joined.select(*NAMES).sort("group", "rank_after", "park_code", nulls_last=True)


def moved(table: pl.DataFrame) -> pl.DataFrame:
    """The rows of `effects` in which anything is not as it was."""
    changed = (pl.col("score_change").abs() > SAME).fill_null(False)
    for name in ("score", "rank", "grade", "proposals", "status"):
        before, after = pl.col(f"{name}_before"), pl.col(f"{name}_after")
        changed |= before.is_null() != after.is_null() if name == "score" else before.ne_missing(after)
    return table.filter(changed)


def in_words(table: pl.DataFrame) -> pl.DataFrame:
    """`effects` with Chinese column names."""
    return table.rename({name: word for name, word in NAMES.items() if name in table.columns})


def _side(tables: Mapping[str, pl.DataFrame], suffix: str) -> pl.DataFrame:
    totals = tables["scores"].filter(pl.col("kind") == "total").select("park_code", pl.col("normalised").alias("score"))
    places = tables["ranking"].select("park_code", "group", "rank", "grade")
    proposed = (
        tables["proposals"]
        .group_by("park_code", maintain_order=True)
        .agg(pl.col("label").str.join("、").alias("proposals"))
    )
    side = tables["parks"].select("park_code", "name", "group", "status")
    for other, keys in ((totals, ["park_code"]), (places, ["park_code", "group"]), (proposed, ["park_code"])):
        side = side.join(other, on=keys, how="left", maintain_order="left")
    side = side.with_columns(pl.col("proposals").fill_null(""))
    return side.select("park_code", pl.exclude("park_code").name.suffix(f"_{suffix}"))
