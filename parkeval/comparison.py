"""What moved between two years or two runs, and through which part of the score."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from parkeval.kept import Kept
from scoring.attribution import Side, attribute, overtakings

WHY = {
    "score_own": "得分：本园区数据", "score_peers": "得分：其他园区数据", "score_rule": "得分：办法和进度要求",
    "rank_own": "位次：本园区数据", "rank_peers": "位次：其他园区数据", "rank_rule": "位次：办法和进度要求",
    "passed": "超过的园区", "passed_by": "被哪些园区超过",
}  # fmt: skip
"""Why a park moved: columns of `with_reasons` with their Chinese names."""


def with_reasons(comparison: pl.DataFrame, before: Kept, after: Kept) -> pl.DataFrame:
    """`comparison` with the columns of WHY. The parts of score and rank add up to their changes; null for parks that are not
    ranked on both sides. Between two schemes everything is the rule's: their figures are not the same ones."""
    both = comparison.filter(pl.col("rank_change").is_not_null())
    if before.book.scheme.key == after.book.scheme.key:
        sides = [Side(kept.basis(), kept.book) for kept in (before, after)]
        parts = attribute(sides[0], sides[1], both["park_code"].to_list())
    else:
        zeros = [pl.lit(0.0).alias(f"{what}_{who}") for what in ("score", "rank") for who in ("own", "peers")]
        rule = [pl.col(f"{what}_change").cast(pl.Float64).alias(f"{what}_rule") for what in ("score", "rank")]
        parts = both.select("park_code", *zeros, *rule)
    places = [dict(both.select("park_code", f"rank_{side}").iter_rows()) for side in ("before", "after")]
    names = dict(both.select("park_code", "name").iter_rows())
    for other in (parts, overtakings(places[0], places[1], names)):
        comparison = comparison.join(other, on="park_code", how="left", maintain_order="left")
    front = [name for name in comparison.columns if name not in WHY]
    return comparison.select(*front, *WHY)


def in_words(comparison: pl.DataFrame, before: str, after: str) -> pl.DataFrame:
    """A comparison with Chinese column names; `before` and `after` name the two sides."""
    words = {
        "park_code": "园区代码", "name": "园区", "rank_before": f"{before}位次", "rank_after": f"{after}位次",
        "rank_change": "位次变化", "score_before": f"{before}得分", "score_after": f"{after}得分",
        "score_change": "得分变化", "largest": "变化最大的指标", **WHY,
    }  # fmt: skip
    return comparison.rename({name: word for name, word in words.items() if name in comparison.columns})


def compare_tables(before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per park ranked on either side: places, change, scores, and what each dimension added or took.

    before, after: the tables of one run each (two years, two runs of one year, two schemes). Columns: park_code, name,
    rank_before, rank_after, rank_change (positive is up), score_before, score_after, score_change, then one column of
    change in points per dimension (by its label), and `largest` naming the indicator that moved the total most with its
    change in points.
    """
    names = pl.concat([after["parks"], before["parks"]]).select("park_code", "name").unique(
        "park_code", keep="first", maintain_order=True
    )  # fmt: skip
    old, new = _places(before, "before"), _places(after, "after")
    joined = new.join(old, on="park_code", how="full", coalesce=True)
    joined = joined.with_columns(
        (pl.col("rank_before") - pl.col("rank_after")).alias("rank_change"),
        (pl.col("score_after") - pl.col("score_before")).alias("score_change"),
    )
    parts = _parts(before["scores"], after["scores"])
    dimensions = _wide(parts.filter(pl.col("kind") != "indicator"))
    largest = _largest(parts.filter(pl.col("kind") == "indicator"))
    result = names.join(joined, on="park_code", how="inner", maintain_order="left")
    for other in (dimensions, largest):
        result = result.join(other, on="park_code", how="left", maintain_order="left")
    order = [
        "park_code",
        "name",
        "rank_before",
        "rank_after",
        "rank_change",
        "score_before",
        "score_after",
        "score_change",
    ]
    rest = [column for column in result.columns if column not in order]
    return result.select([*order, *rest]).sort("rank_after", "park_code", nulls_last=True)


def _places(tables: Mapping[str, pl.DataFrame], suffix: str) -> pl.DataFrame:
    """Places in the widest group (all parks) with the score."""
    ranking = tables["ranking"]
    widest = ranking.sort("park_code", "group_size", "group", descending=[False, True, False])
    return widest.unique("park_code", keep="first", maintain_order=True).select(
        "park_code", pl.col("rank").alias(f"rank_{suffix}"), pl.col("score").alias(f"score_{suffix}")
    )


def _parts(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    keys = ["park_code", "node", "kind", "label"]
    columns = [*keys, "points", "position"]
    old = before.filter(pl.col("kind") != "total").select(columns)
    new = after.filter(pl.col("kind") != "total").select(columns)
    joined = new.join(old, on=["park_code", "node", "kind"], how="full", coalesce=True, suffix="_old")
    return joined.with_columns(
        pl.coalesce("label", "label_old").alias("label"),
        pl.coalesce("position", "position_old").alias("position"),
        (pl.col("points").fill_null(0) - pl.col("points_old").fill_null(0)).alias("change"),
    ).sort("park_code", "position", "node")


def _wide(parts: pl.DataFrame) -> pl.DataFrame:
    labels = parts.sort("position", "node").select("label").unique(maintain_order=True)["label"].to_list()
    if not labels:
        return parts.select("park_code").unique(maintain_order=True)
    wide = parts.pivot("label", index="park_code", values="change", aggregate_function="sum")
    return wide.select("park_code", *labels)


def _largest(parts: pl.DataFrame) -> pl.DataFrame:
    biggest = parts.sort("park_code", pl.col("change").abs(), "node", descending=[False, True, False]).unique(
        "park_code", keep="first", maintain_order=True
    )  # fmt: skip
    text = pl.format("{} {}", pl.col("label"), pl.col("change").round(2))
    return biggest.select("park_code", pl.when(pl.col("change").abs() > 1e-9).then(text).alias("largest"))
