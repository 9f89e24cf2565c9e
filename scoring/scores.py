"""Scores at every level of the hierarchy: indicators, dimensions, total."""

from __future__ import annotations

import polars as pl

from metrics.panel import ABSENT
from scoring.rulebook import Rulebook
from scoring.scheme import Node
from validation.expression.reading import number_text, plain

TOTAL = "total"


def score_parks(wide: pl.DataFrame, targets: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """Table `scores` without scheme and year: rows for every evaluated park.

    wide: park rows of all years with one column per indicator and `<code>#reason`; targets: table `targets`.
    An indicator that is null scores zero and says so (missing = "zero"), so that not reporting never pays.
    normalised is 0 to 100; score is what goes into the parent; points is what goes into the total.
    """
    parks = wide.filter((pl.col("year") == book.year) & pl.col(ABSENT).is_null()).sort("park_code")
    indicators = _stack([_indicator_rows(parks, targets, node, position, book) for position, node in _nodes(book)])
    dimensions = _stack(
        [
            _dimension_rows(parks, indicators, code.code, code.label, position, book)
            for position, code in enumerate(book.scheme.dimensions, start=1)
        ]
    )
    total = (
        dimensions.sort("park_code", "position")
        .group_by("park_code", maintain_order=True)
        .agg(
            pl.col("score").sum().alias("normalised"),
            pl.col("worked_part").str.join(" + ").alias("worked"),
        )
        .with_columns(
            pl.lit(TOTAL).alias("node"),
            pl.lit(None, pl.String).alias("parent"),
            pl.lit(TOTAL).alias("kind"),
            pl.lit(0, pl.Int32).alias("position"),
            pl.lit("总分").alias("label"),
            pl.lit(100.0).alias("weight"),
            pl.col("normalised").alias("score"),
            pl.col("normalised").alias("points"),
            pl.lit(100.0).alias("full_points"),
            pl.lit("各一级指标折算得分之和").alias("method"),
        )
    )
    return _stack([total, dimensions.drop("worked_part"), indicators.drop("worked_part")]).sort("park_code", "position")


def _nodes(book: Rulebook) -> list[tuple[int, Node]]:
    order = {dimension.code: position for position, dimension in enumerate(book.scheme.dimensions, start=1)}
    return [(order[node.dimension] * 100 + position, node) for position, node in enumerate(book.scheme.nodes, start=1)]


def _stack(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames, how="diagonal_relaxed")


def _by_level(weights: dict[str, float]) -> pl.Expr:
    return pl.col("level").replace_strict(weights, default=0.0, return_dtype=pl.Float64)


def _indicator_rows(
    parks: pl.DataFrame, targets: pl.DataFrame, node: Node, position: int, book: Rulebook
) -> pl.DataFrame:
    indicator = book.catalogue.park_indicators()[node.indicator]
    levels = book.scheme.levels
    own = targets.filter(pl.col("indicator") == node.indicator).select("park_code", "target_value", "pace_value")
    frame = parks.join(own, on="park_code", how="left", maintain_order="left").select(
        "park_code",
        pl.lit(node.indicator).alias("node"),
        pl.lit(node.dimension).alias("parent"),
        pl.lit("indicator").alias("kind"),
        pl.lit(position, pl.Int32).alias("position"),
        pl.lit(indicator.label).alias("label"),
        _by_level({level: book.node_weight(node, level) for level in levels}).alias("weight"),
        _by_level({level: book.dimension_weight(node.dimension, level) for level in levels}).alias("above"),
        pl.col(node.indicator).alias("value"),
        pl.col(f"{node.indicator}#reason").alias("reason"),
        _benchmark(node).alias("benchmark"),
        pl.lit(method_text(node, indicator.direction)).alias("method"),
    )
    frame = frame.filter(pl.col("weight") > 0)
    raw, worked = _normalised(node, indicator.direction)
    return (
        frame.with_columns(raw.alias("raw"))
        .with_columns(pl.col("raw").fill_null(0.0).alias("normalised"))
        .with_columns(
            (pl.col("normalised") * pl.col("weight") / 100).alias("score"),
            (pl.col("normalised") * pl.col("weight") / 100 * pl.col("above") / 100).alias("points"),
            (pl.col("weight") * pl.col("above") / 100).alias("full_points"),
            pl.when(pl.col("raw").is_null()).then(pl.lit("缺数，计 0 分")).otherwise(worked).alias("worked"),
            pl.when(pl.col("value").is_null())
            .then(pl.format("缺数计零分：{}", pl.col("reason")))
            .when(pl.col("benchmark").is_null())
            .then(pl.lit("基期缺数，没有进度值，计零分"))
            .alias("note"),
        )
        .with_columns(
            pl.format(
                "{} × {}%", number_text(pl.col("normalised").round(4)), number_text(pl.col("weight"))
            ).alias("worked_part")
        )
        .drop("raw", "reason", "above")
    )  # fmt: skip


def _benchmark(node: Node) -> pl.Expr:
    if node.method == "goalposts":
        return pl.lit(node.full_at, pl.Float64)
    return pl.col("target_value" if node.benchmark == "target" else "pace_value")


def _normalised(node: Node, direction: str) -> tuple[pl.Expr, pl.Expr]:
    """0 to 100 points, and the sum with figures (F2 and F3 with fixed goalposts of the scoring formulas in use)."""
    value, bench = pl.col("value"), pl.col("benchmark")
    if node.method == "ratio":
        # A negative value against a positive benchmark earns nothing; a benchmark of zero or below cannot divide.
        ratio = value / bench if direction == "higher" else bench / value
        usable = (bench > 0) if direction == "higher" else (bench > 0) & (value > 0)
        above, below = (value, bench) if direction == "higher" else (bench, value)
        points: pl.Expr = pl.when(usable).then((100 * ratio).clip(0, 100))
        text = pl.format("100 × 较小者（{} ÷ {}，1），不低于 0", number_text(above), number_text(below))
        return points, text
    low, high = node.zero_at or 0.0, node.full_at or 0.0
    points = (100 * (value - low) / (high - low)).clip(0, 100)
    text = pl.format(
        "100 × （{} − {}） ÷ （{} − {}），限 0—100", number_text(value), pl.lit(f"{plain(low)}"), pl.lit(f"{plain(high)}"),
        pl.lit(f"{plain(low)}"),
    )  # fmt: skip
    return points, text


def method_text(node: Node, direction: str) -> str:
    """How the node is scored, in Chinese with its parameters."""
    if node.zero_at is not None and node.full_at is not None:
        return f"{plain(node.zero_at)} 得 0 分，{plain(node.full_at)} 得 100 分，其间按直线，限 0—100"
    bench = "目标值" if node.benchmark == "target" else "当年进度值"
    ratio = f"指标值 ÷ {bench}" if direction == "higher" else f"{bench} ÷ 指标值"
    return f"{ratio} × 100，最高 100，最低 0"


def _dimension_rows(
    parks: pl.DataFrame, indicators: pl.DataFrame, code: str, label: str, position: int, book: Rulebook
) -> pl.DataFrame:
    weights = _by_level({level: book.dimension_weight(code, level) for level in book.scheme.levels})
    grouped = (
        indicators.filter(pl.col("parent") == code)
        .sort("park_code", "position")
        .group_by("park_code", maintain_order=True)
        .agg(
            pl.col("score").sum().alias("normalised"),
            pl.col("worked_part").str.join(" + ").alias("worked"),
            (pl.col("note").is_not_null()).sum().alias("missing"),
        )
    )
    frame = grouped.join(parks.select("park_code", weights.alias("weight")), on="park_code", maintain_order="left")
    return frame.with_columns(
        pl.lit(code).alias("node"),
        pl.lit(TOTAL).alias("parent"),
        pl.lit("dimension").alias("kind"),
        pl.lit(position * 100, pl.Int32).alias("position"),
        pl.lit(label).alias("label"),
        pl.lit("各指标百分制得分按权重加总").alias("method"),
        (pl.col("normalised") * pl.col("weight") / 100).alias("score"),
        (pl.col("normalised") * pl.col("weight") / 100).alias("points"),
        pl.col("weight").alias("full_points"),
        pl.when(pl.col("missing") > 0).then(pl.format("其中 {} 项缺数计零分", pl.col("missing"))).alias("note"),
        pl.format(
            "{} × {}%", number_text(pl.col("normalised").round(4)), number_text(pl.col("weight"))
        ).alias("worked_part"),
    ).drop("missing")  # fmt: skip
