"""Points of every indicator under each way of normalising and for each data set drawn: by the scoring methods themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from scoring.evaluation import Evaluated
from scoring.points import AnyMethod
from scoring.robustness.structure import Floats, Structure
from scoring.rulebook import Rulebook
from scoring.scheme import Node
from scoring.scores import leaf_figures, parks_to_score, scored_leaf

APART = "\x1f"


class Leaves:
    """The figures behind the points of one evaluated year, ready to be scored in other ways."""

    def __init__(self, evaluated: Evaluated, structure: Structure, book: Rulebook) -> None:
        self.book, self.structure = book, structure
        scored = parks_to_score(evaluated.computed.wide, book, evaluated.previous["all_rankings"])
        self.figures = [leaf_figures(scored, evaluated.targets, node, book) for node in book.scheme.nodes]
        self.evaluated = tuple(scored["park_code"])

    def points(self, method: AnyMethod | None, noise: Mapping[str, Floats] | None, replicas: Sequence[int]) -> Floats:
        """replicas × parks × leaves, NaN where a figure is missing, 0 where the park has no such leaf.

        method: how every indicator is scored, None for the scheme's own way; noise: by indicator, data sets × the
        evaluated parks, added to the indicator; replicas: which of the data sets.
        """
        shape = (len(replicas), len(self.structure.parks), len(self.structure.leaves))
        out = np.zeros(shape)
        indicators = self.book.catalogue.park_indicators()
        for place, (node, figures) in enumerate(zip(self.book.scheme.nodes, self.figures, strict=True)):
            how = node if method is None else node.model_copy(update={"points": method})
            own = None if noise is None else noise[node.indicator][list(replicas)]
            rows, points = self._scored(figures, how, indicators[node.indicator].direction, own, len(replicas))
            out[:, rows, place] = points
        return np.where(self.structure.leaf_weights > 0, out, 0.0)

    def _scored(
        self, figures: pl.DataFrame, node: Node, direction: str, noise: Floats | None, replicas: int
    ) -> tuple[list[int], Floats]:
        """Positions of the ranked parks that have the leaf, and replicas × those points."""
        codes = figures["park_code"].to_list()
        ranked = {code: row for row, code in enumerate(self.structure.parks)}
        kept = [number for number, code in enumerate(codes) if code in ranked]
        if noise is not None:
            column = {code: number for number, code in enumerate(self.evaluated)}
            noise = noise[:, [column[code] for code in codes]]
        frames = [_copy(figures, None if noise is None else noise[number], number) for number in range(replicas)]
        if node.treatment is None:
            alone = _within_group(node)
            together = pl.concat(frames).with_columns(_separated(getattr(node.points, "scope", "group")))
            scored = [scored_leaf(together, alone, direction)]
        else:
            scored = [scored_leaf(frame, node, direction) for frame in frames]
        points = pl.concat([frame.select("normalised") for frame in scored])["normalised"].to_numpy()
        return [ranked[codes[number]] for number in kept], points.reshape(replicas, len(codes))[:, kept]


def _copy(figures: pl.DataFrame, noise: Floats | None, number: int) -> pl.DataFrame:
    value = pl.col("value") if noise is None else pl.col("value") + pl.Series(noise)
    return figures.with_columns(value.alias("value"), pl.lit(str(number)).alias("#replica"))


def _separated(scope: str) -> pl.Expr:
    """Each data set by itself: its groups, or the whole of it as one group where a method looks at all parks."""
    group = pl.col("group") if scope == "group" else pl.lit("")
    return pl.concat_str("#replica", group, separator=APART).alias("group")


def _within_group(node: Node) -> Node:
    """`node` with a method that looks at all parks looking at its group, which is then all parks of one data set."""
    if getattr(node.points, "scope", "group") == "group":
        return node
    return node.model_copy(update={"points": node.points.model_copy(update={"scope": "group"})})
