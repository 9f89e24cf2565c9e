"""Totals as matrix products, where everything below the total adds up and no figure is missing.

The same numbers as `scoring.robustness.totals` gives node by node, but for the noise of binary sums; at national scale
many times faster, because a draw is one row of effective weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scoring.combining import AnyCombination, Arithmetic, Topsis
from scoring.robustness.structure import Floats, Integers, Structure

Stacked = tuple[list[Integers], list[Floats], Floats]
"""Of the children of the total: the leaves below each, draws × those weights that add up to 1, draws × children weights."""


def fits(structure: Structure, points: Floats, tops: Sequence[tuple[AnyCombination | None, Integers]]) -> bool:
    """Whether the points are shared by all draws, complete, and add up below the total."""
    below = all(isinstance(parent.combine, Arithmetic) for parent in structure.parents[:-1])
    combines = [combine or structure.parents[-1].combine for combine, _ in tops] or [structure.parents[-1].combine]
    return (
        points.ndim == 2
        and below
        and not any(isinstance(combine, Topsis) for combine in combines)
        and not (np.isnan(points) & (structure.leaf_weights > 0)).any()
    )


def children_of_total(
    structure: Structure, leaf_weights: Floats, parent_weights: Floats, leaf_factors: Floats, parent_factors: Floats
) -> Stacked:
    """The hierarchy of one system of weights, drawn: what stands under the total, down to the leaves."""
    draws = leaf_factors.shape[0]
    below: list[tuple[Integers, Floats]] = []
    alive: list[Floats] = []
    for place, parent in enumerate(structure.parents):
        lives = np.column_stack([np.empty((draws, 0)), *(alive[number] for number in parent.inner)])
        weights = np.hstack(
            [
                leaf_weights[parent.leaves] * leaf_factors[:, parent.leaves],
                parent_weights[parent.inner] * parent_factors[:, parent.inner] * lives,
            ]
        )
        whole = weights.sum(axis=1, keepdims=True)
        shares = weights / np.where(whole > 0, whole, 1.0)
        alive.append((whole[:, 0] > 0).astype(np.float64))
        if place == len(structure.parents) - 1:
            single = [(np.array([leaf]), np.ones((draws, 1))) for leaf in parent.leaves]
            children = [*single, *(below[number] for number in parent.inner)]
            return [leaves for leaves, _ in children], [own for _, own in children], np.where(whole > 0, shares, np.nan)
        count = parent.leaves.size
        leaves = np.concatenate([parent.leaves, *(below[number][0] for number in parent.inner)])
        own = [
            shares[:, :count],
            *(shares[:, [count + rank]] * below[number][1] for rank, number in enumerate(parent.inner)),
        ]
        below.append((leaves, np.concatenate(own, axis=1)))
    raise AssertionError("the total is the last of the parents")
