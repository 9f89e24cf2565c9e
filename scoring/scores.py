"""Scores at every level of the hierarchy: indicators, dimensions of any depth, total, adjustments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from metrics.frames import FormulaFrame
from metrics.panel import ABSENT
from scoring.combining import AnyCombination
from scoring.frozen import frozen_extremes
from scoring.points.compared import FROZEN_HIGH, FROZEN_LOW, MinMax
from scoring.points.method import no_step
from scoring.rulebook import Rulebook
from scoring.scheme import TOTAL, Dimension, Node
from scoring.standing import by_class
from scoring.treatment import Treatment, treat
from validation.expression.reading import number_text
from validation.rounding import rounded_half_up

FULL_POINTS = 100
POINT_DECIMALS = 10
"""Of points at every level: grades and rules compare them with whole numbers, geometric means with zero; the noise of binary
arithmetic must not decide (polars divides by a constant by multiplying with its reciprocal: x ÷ x can miss 1)."""


def score_parks(
    wide: pl.DataFrame, targets: pl.DataFrame, book: Rulebook, earlier: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Table `scores` without scheme and year: rows for every evaluated park and every node that has weight for it.

    wide: park rows of all years with standing, one column per indicator and `<code>#reason`; targets: table
    `targets`; earlier: the published rankings of earlier years, which tell who counted in the extremes taken from there.
    normalised is in percent of the full points; score is what goes into the parent and points what goes
    into the total, both null where a mean is not additive. A null indicator follows the missing rule of the scheme
    and says so in `note`. Two columns are for the robustness test alone: raw, the points before the missing rule, and
    nominal, the weight before it.
    """
    parks = parks_to_score(wide, book, earlier)
    order = _positions(book)
    rows = [_leaf(parks, targets, node, order[node.indicator], book) for node in book.scheme.nodes]
    for dimension in sorted(book.scheme.dimensions, key=lambda item: -book.depth(item.code)):
        rows = _combined(rows, parks, dimension, order[dimension.code], book)
    total = Dimension(
        code=TOTAL, label="总分", reason="", weights=book.scheme.dimensions[0].weights,
        combine=book.scheme.total.combine, weighting=book.scheme.total.weighting, relative=book.scheme.total.relative,
    )  # fmt: skip
    rows = _combined(rows, parks, total, 0, book)
    return _with_points(pl.concat(rows, how="diagonal_relaxed"), book).sort("park_code", "position")


def method_text(node: Node, direction: str, year: int) -> str:
    """How the node is scored in `year`, in Chinese with its parameters."""
    before = f"{node.treatment.text()}；" if node.treatment else ""
    return before + node.points.in_year(year).text(direction)


def _positions(book: Rulebook) -> dict[str, int]:
    """Each node's place in a walk through the hierarchy, parents before children."""
    order: dict[str, int] = {}

    def walk(parent: str) -> None:
        for dimension in book.scheme.dimensions:
            if dimension.parent == parent:
                order[dimension.code] = len(order) + 1
                walk(dimension.code)
        for node in book.scheme.nodes:
            if node.dimension == parent:
                order[node.indicator] = len(order) + 1

    walk("")
    return order


def leaf_figures(parks: pl.DataFrame, targets: pl.DataFrame, node: Node, book: Rulebook) -> pl.DataFrame:
    """What the points of `node` rest on, for the parks that have it in their system.

    park_code, group, ranked, weight (percent in its parent), value, reason (why null), previous_value, base_value,
    target_value, pace_value, and what the scoring formula is given for the park's class or takes from another year.
    """
    own = targets.filter(pl.col("indicator") == node.indicator).select("park_code", "target_value", "pace_value")
    code = node.indicator
    given = node.points.given_columns(book.year, book.scheme.classes)
    frozen = [name for name in (FROZEN_LOW, FROZEN_HIGH) if f"{name}.{code}" in parks.columns]
    frame = parks.join(own, on="park_code", how="left", maintain_order="left").select(
        "park_code", "group", "ranked",
        by_class({kind: book.node_weight(node, kind) for kind in book.scheme.classes}).fill_null(0.0).alias("weight"),
        pl.col(code).alias("value"),
        pl.col(f"{code}#reason").alias("reason"),
        pl.col(f"prev.{code}").alias("previous_value"),
        pl.col(f"base.{code}").alias("base_value"),
        pl.col("target_value").cast(pl.Float64),
        pl.col("pace_value").cast(pl.Float64),
        *(pl.col(f"{name}.{code}").alias(name) for name in frozen),
        *(by_class(values).alias(name) for name, values in given.items()),
    )  # fmt: skip
    return frame.filter(pl.col("weight") > 0)


def scored_leaf(figures: pl.DataFrame, node: Node, direction: str) -> pl.DataFrame:
    """`figures` with untreated (the value as computed), treated (what was done to it), benchmark and normalised
    (points in percent; null where there is no value or nothing to compare with)."""
    frame = _treated(figures, node).with_columns(node.points.benchmark_value().alias("benchmark"))
    return frame.with_columns(node.points.points(direction).round(POINT_DECIMALS).alias("normalised"))


def parks_to_score(wide: pl.DataFrame, book: Rulebook, earlier: pl.DataFrame | None = None) -> pl.DataFrame:
    """The evaluated parks of the year by code, last year's and the base year's figure beside each scored indicator, and
    the extremes of the year that its formula names."""
    frame = FormulaFrame(wide, ["park_code", "year"])
    for node in book.scheme.nodes:
        frame.join_year(node.indicator, "prev")
        frame.join_year(node.indicator, "base")
    parks = frame.frame.filter((pl.col("year") == book.year) & pl.col(ABSENT).is_null())
    for node in book.scheme.nodes:
        method = node.points.in_year(book.year)
        if isinstance(method, MinMax) and method.from_year is not None:
            extremes = frozen_extremes(wide, earlier, node.indicator, method.from_year, method.scope, book)
            names = {name: f"{name}.{node.indicator}" for name in (FROZEN_LOW, FROZEN_HIGH)}
            parks = parks.join(extremes.rename(names), on="group", how="left", maintain_order="left")
    return parks.sort("park_code")


def _leaf(parks: pl.DataFrame, targets: pl.DataFrame, node: Node, position: int, book: Rulebook) -> pl.DataFrame:
    indicator = book.catalogue.park_indicators()[node.indicator]
    frame = scored_leaf(leaf_figures(parks, targets, node, book), node, indicator.direction).with_columns(
        pl.lit(node.indicator).alias("node"),
        pl.lit(node.dimension).alias("parent"),
        pl.lit("indicator").alias("kind"),
        pl.lit(position, pl.Int32).alias("position"),
        pl.lit(indicator.label).alias("label"),
        pl.lit(method_text(node, indicator.direction, book.year)).alias("method"),
    )
    points = pl.col("normalised")
    scored = _with_next(frame, node, indicator.direction).with_columns(
        points.alias("raw"),
        pl.when(points.is_not_null()).then(node.points.worked(indicator.direction)).alias("worked"),
        pl.when(pl.col("value").is_null()).then(pl.col("reason")).when(points.is_null()).then(
            pl.lit("没有可比的基准值")
        ).alias("why"),
    )  # fmt: skip
    return _missing_ruled(scored, book).select(
        "park_code", "group", "ranked", "node", "parent", "kind", "position", "label", "weight",
        pl.col("untreated").alias("value"), "benchmark", "method", "raw", "normalised", "worked", "note",
        "next_value", "next_points", "next_note",
    )  # fmt: skip


def _with_next(frame: pl.DataFrame, node: Node, direction: str) -> pl.DataFrame:
    """The value that would earn more and its points, or why it cannot be told; all null at the highest score."""
    step = node.points.next_step(direction)
    if node.treatment is not None:
        step = no_step("指标经极端值处理后计分，所需数值不能预先算出")
    # Columns first: a statistic of all parks is one figure, which spreads over the rows only by itself.
    frame = frame.with_columns(step.value.alias("#value"), step.points.alias("#points"), step.said.alias("#said"))
    value, reached, points = pl.col("#value"), pl.col("#points"), pl.col("normalised")
    told = (value.is_not_null() & (reached > points)).fill_null(False)
    unknown = (value.is_null() & (points < FULL_POINTS)).fill_null(False)
    return frame.with_columns(
        pl.when(told).then(value).alias("next_value"),
        pl.when(told).then(reached).alias("next_points"),
        pl.when(told | (unknown & reached.is_null())).then(pl.col("#said")).when(unknown).then(
            pl.lit("没有可比的数值，所需数值不能预先算出")
        ).alias("next_note"),
    )  # fmt: skip


def _treated(frame: pl.DataFrame, node: Node) -> pl.DataFrame:
    """Outliers of the ranked parks drawn in; the value as computed stays in `untreated`, `treated` says what was done."""
    frame = frame.with_columns(pl.col("value").alias("untreated"), pl.lit(None, pl.String).alias("treated"))
    if node.treatment is None:
        return frame
    if node.treatment.scope == "all":
        return _drawn_in(frame, node.treatment)
    return (
        pl.concat(_drawn_in(group, node.treatment) for group in frame.partition_by("group", maintain_order=True)).sort(
            "park_code"
        )
        if frame.height
        else frame
    )


def _drawn_in(frame: pl.DataFrame, treatment: Treatment) -> pl.DataFrame:
    how = treat(frame.filter(pl.col("ranked"))["value"].to_list(), treatment)
    frame = frame.with_columns(pl.Series("value", [how.of(value) for value in frame["value"]], dtype=pl.Float64))
    said = "极端值处理：{} 取对数为 {}" if how.logarithm else "极端值处理：{} 按 {} 计"
    figures = (number_text(pl.col(name).round_sig_figs(12)) for name in ("untreated", "value"))
    changed = (pl.col("value") != pl.col("untreated")).fill_null(False)
    return frame.with_columns(pl.when(changed).then(pl.format(said, *figures)).alias("treated"))


def _missing_ruled(frame: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """What a missing score becomes: nothing is substituted without a note."""
    gap, rule = pl.col("normalised").is_null(), book.scheme.ranking.missing
    if rule == "zero":
        filled, said = pl.lit(0.0), pl.lit("缺数计零分：")
    elif rule == "group_mean":
        filled = pl.col("normalised").filter(pl.col("ranked")).mean().over("group")
        said = (
            pl.when(filled.is_null())
            .then(pl.lit("缺数，组内也没有得分可用："))
            .otherwise(pl.lit("缺数按组内平均得分计："))
        )
    else:
        filled, said = (
            pl.lit(None, pl.Float64),
            pl.lit("缺数，权重由其余指标分担：" if rule == "rescale" else "缺数，不计总分："),
        )
    return frame.with_columns(
        pl.when(gap).then(filled).otherwise("normalised").alias("normalised"),
        pl.when(gap).then(pl.format("{}{}", said, pl.col("why"))).otherwise("treated").alias("note"),
    )


def _combined(
    rows: Sequence[pl.DataFrame], parks: pl.DataFrame, dimension: Dimension, position: int, book: Rulebook
) -> list[pl.DataFrame]:
    """`rows` with the children of `dimension` given their final weights, and the rows of `dimension` itself added."""
    own = "" if dimension.code == TOTAL else dimension.code
    together = pl.concat(rows, how="diagonal_relaxed")
    children = together.filter((pl.col("parent") == own) & (pl.col("node") != TOTAL))
    others = together.filter((pl.col("parent") != own) | (pl.col("node") == TOTAL))
    children = _weighted(children, dimension, book)
    parent = _parent(children, parks, dimension, position, book)
    if own == "":
        children = children.with_columns(pl.lit(TOTAL).alias("parent"))
    return [others, children, parent]


def _weighted(children: pl.DataFrame, dimension: Dimension, book: Rulebook) -> pl.DataFrame:
    """Final weights in percent: computed, or the given ones; of what is there when gaps are left out."""
    if dimension.weighting is not None:
        computed = dimension.weighting.weights(_matrix(children))
        own = pl.col("node").replace_strict(computed, default=0.0, return_dtype=pl.Float64)
        children = _shared_out(children.with_columns(own.alias("weight")))
    whole = pl.col("weight").sum().over("park_code")
    there = pl.col("weight").filter(pl.col("normalised").is_not_null()).sum().over("park_code")
    if dimension.relative:
        children = children.with_columns((100 * pl.col("weight") / whole).alias("weight"))
    children = children.with_columns(pl.col("weight").alias("nominal"))
    if book.scheme.ranking.missing == "rescale":
        enough = (there > 0) & (100 * there / whole >= book.scheme.ranking.minimum_available_pct)
        known = pl.col("normalised").is_not_null()
        scaled = pl.when(enough & known).then(pl.col("weight") * whole / there).when(enough).then(0.0)
        children = children.with_columns(scaled.otherwise("weight").alias("weight"), enough.alias("enough"))
    else:
        gaps = pl.col("normalised").is_null().any().over("park_code")
        children = children.with_columns((~gaps).alias("enough"))
    return children


def _matrix(children: pl.DataFrame) -> pl.DataFrame:
    """One row per ranked park, one column per child of any park."""
    nodes = children["node"].unique(maintain_order=True).to_list()
    ranked = children.filter(pl.col("ranked"))
    wide = ranked.pivot("node", index="park_code", values="normalised", maintain_order=True)
    return wide.select(pl.col(node) if node in wide.columns else pl.lit(None, pl.Float64).alias(node) for node in nodes)


def _shared_out(children: pl.DataFrame) -> pl.DataFrame:
    """Computed weights of a park that has only some of the children (another type's system): scaled to 100, equal
    where all of its own are 0."""
    whole = pl.col("weight").sum().over("park_code")
    scaled = pl.when(whole > 0).then(100 * pl.col("weight") / whole).otherwise(100 / pl.len().over("park_code"))
    return children.with_columns(pl.when((whole - 100).abs() > 1e-9).then(scaled).otherwise("weight").alias("weight"))


def _parent(
    children: pl.DataFrame, parks: pl.DataFrame, dimension: Dimension, position: int, book: Rulebook
) -> pl.DataFrame:
    usable = children.filter(pl.col("enough") & pl.col("normalised").is_not_null() & (pl.col("weight") > 0))
    combined = dimension.combine.combine(usable.sort("park_code", "position"))
    told = _told(children, dimension.combine)
    weights = {kind: book.dimension_weight(dimension.code, kind) for kind in book.scheme.classes}
    weight = pl.lit(100.0) if dimension.code == TOTAL else by_class(weights).fill_null(0.0)
    kind = TOTAL if dimension.code == TOTAL else "dimension"
    frame = parks.select("park_code", "group", "ranked", weight.alias("weight")).join(
        told, on="park_code", how="inner", maintain_order="left"
    )
    frame = frame.join(combined, on="park_code", how="left", maintain_order="left").with_columns(
        pl.col("normalised").round(POINT_DECIMALS),
        pl.lit(dimension.code).alias("node"),
        pl.lit(None if dimension.code == TOTAL else dimension.parent, pl.String).alias("parent"),
        pl.lit(kind).alias("kind"),
        pl.lit(position, pl.Int32).alias("position"),
        pl.lit(dimension.label).alias("label"),
        pl.lit(_combining_text(dimension)).alias("method"),
        _marked().alias("note"),
    )
    return frame.filter(pl.col("weight") > 0).drop("gaps", "treated")


def _marked() -> pl.Expr:
    """How many figures below were missing or treated, so that every substitution is told up to the total."""
    gaps = pl.when(pl.col("gaps") > 0).then(pl.format("其中 {} 项缺数", pl.col("gaps")))
    treated = pl.when(pl.col("treated") > 0).then(pl.format("其中 {} 项经极端值处理", pl.col("treated")))
    both = pl.concat_str([gaps, treated], separator="；", ignore_nulls=True)
    return pl.when(both != "").then(both)


def _combining_text(dimension: Dimension) -> str:
    weighting = f"，权重：{dimension.weighting.text()}" if dimension.weighting else ""
    return f"{dimension.combine.text()}{weighting}"


def _told(children: pl.DataFrame, combine: AnyCombination) -> pl.DataFrame:
    """Per park the sum with figures, and how many gaps and treated figures there are below."""
    part = pl.format(
        "{} × {}%",
        pl.coalesce(number_text(rounded_half_up(pl.col("normalised"), 4)), pl.lit("缺")),
        number_text(rounded_half_up(pl.col("weight"), 4)),
    )
    ordered = children.sort("park_code", "position").with_columns(part.alias("part"))
    joined = pl.col("part").str.join(" + " if combine.additive else "，")
    worked = joined if combine.additive else pl.format("{}（{}）", pl.lit(combine.text()), joined)
    return ordered.group_by("park_code", maintain_order=True).agg(
        worked.alias("worked"),
        pl.col("note").str.contains("缺数", literal=True).sum().alias("gaps"),
        pl.col("note").str.contains("极端值", literal=True).sum().alias("treated"),
    )


def _with_points(rows: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """score (into the parent) and points (into the total), from the total downwards."""
    additive = {dimension.code: dimension.combine.additive for dimension in book.scheme.dimensions}
    additive[TOTAL] = book.scheme.total.combine.additive
    adds = pl.col("parent").replace_strict(additive, default=True, return_dtype=pl.Boolean)
    rows = rows.with_columns(
        pl.when(pl.col("kind") == TOTAL)
        .then(pl.col("normalised"))
        .when(adds)
        .then(pl.col("normalised").fill_null(0.0) * pl.col("weight") / 100)
        .alias("score")
    )
    levels = [rows.filter(pl.col("kind") == TOTAL).with_columns(pl.lit(100.0).alias("full_points"))]
    depth: Mapping[str, int] = {dimension.code: book.depth(dimension.code) for dimension in book.scheme.dimensions}
    deepest = max(depth.values(), default=0) + 1
    for step in range(1, deepest + 1):
        above = levels[-1].select("park_code", pl.col("node").alias("parent"), pl.col("full_points").alias("above"))
        level = rows.join(above, on=["park_code", "parent"], how="inner", maintain_order="left")
        full = pl.when(pl.col("score").is_not_null()).then(pl.col("above") * pl.col("weight") / 100)
        levels.append(level.with_columns(full.alias("full_points")).drop("above"))
        if step == deepest:
            break
    together = pl.concat(levels, how="diagonal_relaxed")
    points = pl.when(pl.col("kind") == TOTAL).then(pl.col("normalised")).otherwise(
        pl.col("normalised").fill_null(0.0) * pl.col("full_points") / 100
    )  # fmt: skip
    return together.with_columns(points.alias("points")).drop("group", "ranked", "enough", strict=False)
