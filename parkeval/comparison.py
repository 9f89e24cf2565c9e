"""What moved between two years or two runs, and through which part of the score."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl


def compare_years(tables: Mapping[str, pl.DataFrame], scheme: str, before: int, after: int) -> pl.DataFrame:
    """Per park ranked in either year: places, change, scores, and what each dimension added or took.

    Columns: park_code, name, group, rank_before, rank_after, rank_change (positive is up), score_before, score_after,
    score_change, then one column of change in points per dimension (by its label), and `largest` naming the indicator
    that moved the total most with its change in points.
    """
    own = {
        name: frame.filter(pl.col("scheme") == scheme) for name, frame in tables.items() if "scheme" in frame.columns
    }
    sides = {year: {name: own[name].filter(pl.col("year") == year) for name in ("parks", "ranking", "scores")}
             for year in (before, after)}  # fmt: skip
    return compare_tables(sides[before], sides[after])


def in_words(comparison: pl.DataFrame, before: str, after: str) -> pl.DataFrame:
    """A comparison with Chinese column names; `before` and `after` name the two sides."""
    words = {
        "park_code": "园区代码", "name": "园区", "rank_before": f"{before}位次", "rank_after": f"{after}位次",
        "rank_change": "位次变化", "score_before": f"{before}得分", "score_after": f"{after}得分",
        "score_change": "得分变化", "largest": "变化最大的指标",
    }  # fmt: skip
    return comparison.rename({name: word for name, word in words.items() if name in comparison.columns})


def compare_tables(before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """As compare_years, for two sets of tables of one year each (two runs, or two years)."""
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
