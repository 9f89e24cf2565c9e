"""The hierarchy of one year as arrays: what is added up how, for whom, and ranked against whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scoring.combining import AnyCombination
from scoring.evaluation import Evaluated
from scoring.rulebook import Rulebook
from scoring.scheme import TOTAL

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Parent:
    """An inner node: which leaves and which inner nodes combine into it, and how.

    leaves, inner: positions among the structure's leaves and parents.
    """

    code: str
    label: str
    leaves: Integers
    inner: Integers
    combine: AnyCombination


@dataclass(frozen=True)
class Structure:
    """The hierarchy over the ranked parks of one year.

    parks: codes, in order; leaves: indicator codes; parents: inner nodes, children before parents, the total last.
    leaf_weights (parks × leaves) and parent_weights (parks × parents): given weights in the parent in percent, 0 where
    the node is not part of the park's system. groups: of each park, a position in group_names; group_parks: how many
    parks count in each group. change: adjustment points of each park. cap: the best grade a veto leaves, as a place
    in the scheme's order of grades, 0 without one.
    """

    parks: tuple[str, ...]
    leaves: tuple[str, ...]
    parents: tuple[Parent, ...]
    leaf_weights: Floats
    parent_weights: Floats
    groups: Integers
    group_names: tuple[str, ...]
    group_parks: Integers
    overall_parks: int
    change: Floats
    cap: Integers
    ranked: pl.DataFrame

    @cached_property
    def classes(self) -> list[tuple[Integers, Floats, Floats]]:
        """Parks that share a system of weights: their positions, the leaf weights and the parent weights."""
        both = np.hstack([self.leaf_weights, self.parent_weights])
        unique, which = np.unique(both, axis=0, return_inverse=True)
        width = self.leaf_weights.shape[1]
        return [
            (np.flatnonzero(which.ravel() == number), row[:width], row[width:]) for number, row in enumerate(unique)
        ]


def structure_of(evaluated: Evaluated, book: Rulebook) -> Structure:
    """The structure of an evaluated year: the parks with a rank, in the order of their codes."""
    overall = book.scheme.ranking.overall
    ranking = evaluated.ranking
    everyone = ranking.filter(pl.col("group") == overall).sort("park_code")
    parks = tuple(everyone["park_code"])
    own = ranking.filter(pl.col("group") != overall) if book.scheme.ranking.group_by else everyone
    own = everyone.select("park_code").join(own, on="park_code", how="left", maintain_order="left")
    names = tuple(sorted(set(own["group"])))
    sizes = dict(own.select("group", "group_parks").unique().rows())
    leaves = tuple(node.indicator for node in book.scheme.nodes)
    return Structure(
        parks=parks,
        leaves=leaves,
        parents=_parents(book),
        leaf_weights=node_matrix(evaluated.hierarchy, parks, leaves, "nominal"),
        parent_weights=_parent_weights(evaluated.hierarchy, parks, book),
        groups=np.array([names.index(group) for group in own["group"]], dtype=np.int64),
        group_names=names,
        group_parks=np.array([sizes[name] for name in names], dtype=np.int64),
        overall_parks=int(everyone["group_parks"][0]) if parks else 0,
        change=_changes(evaluated, parks),
        cap=_caps(evaluated, parks, book),
        ranked=ranking,
    )


def node_matrix(table: pl.DataFrame, parks: Sequence[str], nodes: Sequence[str], column: str) -> Floats:
    """`column` of table `scores` as parks × nodes; 0 where a park has no such node, NaN where it is null."""
    matrix = np.zeros((len(parks), len(nodes)))
    row = {code: number for number, code in enumerate(parks)}
    place = {code: number for number, code in enumerate(nodes)}
    for park, node, value in table.select("park_code", "node", column).iter_rows():
        if park in row and node in place:
            matrix[row[park], place[node]] = np.nan if value is None else value
    return matrix


def _parents(book: Rulebook) -> tuple[Parent, ...]:
    dimensions = sorted(book.scheme.dimensions, key=lambda item: -book.depth(item.code))
    codes = [item.code for item in dimensions]
    above = {item.code: item.parent for item in dimensions}

    def parent(code: str, label: str, combine: AnyCombination) -> Parent:
        leaves = [place for place, node in enumerate(book.scheme.nodes) if node.dimension == code]
        inner = [place for place, own in enumerate(codes) if above[own] == code]
        return Parent(code or TOTAL, label, np.array(leaves, dtype=np.int64), np.array(inner, dtype=np.int64), combine)

    listed = [parent(item.code, item.label, item.combine) for item in dimensions]
    return (*listed, parent("", "总分", book.scheme.total.combine))


def _parent_weights(hierarchy: pl.DataFrame, parks: Sequence[str], book: Rulebook) -> Floats:
    codes = [parent.code for parent in _parents(book)]
    weights = node_matrix(hierarchy, parks, codes, "nominal")
    weights[:, -1] = 100.0
    return weights


def _changes(evaluated: Evaluated, parks: Sequence[str]) -> Floats:
    """What adjustments add to each park's total before it is kept at or above zero."""
    before = node_matrix(evaluated.hierarchy, parks, [TOTAL], "normalised")[:, 0]
    change = np.zeros(len(parks))
    own = evaluated.scores.filter(pl.col("kind") == "adjustment")
    if own.is_empty():
        return change
    after = node_matrix(evaluated.scores, parks, [TOTAL], "normalised")[:, 0]
    row = {code: number for number, code in enumerate(parks)}
    sums = own.group_by("park_code", maintain_order=True).agg(pl.col("points").sum())
    for park, points in sums.iter_rows():
        if park in row:
            change[row[park]] = points
    # A cap on all bonuses together shows in the totals; at the floor of zero the points themselves are the better guess.
    return np.where(after > 0, after - before, change)


def _caps(evaluated: Evaluated, parks: Sequence[str], book: Rulebook) -> Integers:
    from scoring.adjustments import grade_caps

    order = {grade.label: place for place, grade in enumerate(book.scheme.grades)}
    caps = dict(grade_caps(evaluated.computed.wide, book).select("park_code", "grade_cap").rows())
    return np.array([order.get(caps.get(park, ""), 0) for park in parks], dtype=np.int64)
