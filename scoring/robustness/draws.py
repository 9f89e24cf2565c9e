"""What each draw chooses: one of the alternatives of every choice, a set of weights, a data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.robustness.plan import Alternative, Plan, WeightChoice
from scoring.robustness.structure import Floats, Integers, Structure

FACTORS = {
    "weights": "权重",
    "normalisation": "计分方法",
    "aggregation": "合成方法",
    "missing": "缺数处理",
    "leave_out": "去掉一个指标",
    "data": "数据误差",
}
"""The choices that vary, in the order of their columns."""


@dataclass(frozen=True)
class Draws:
    """One entry for each draw: positions of the alternatives, of the weights and of the data set; left_out: the
    position of the leaf that is left out, −1 for none."""

    weights: Integers
    normalisation: Integers
    aggregation: Integers
    missing: Integers
    leave_out: Integers
    data: Integers

    def __len__(self) -> int:
        return int(self.weights.size)

    def part(self, which: Integers) -> Draws:
        """The draws at the positions `which`."""
        return Draws(*(getattr(self, name)[which] for name in FACTORS))


def generator(plan: Plan, purpose: int) -> np.random.Generator:
    """A generator of its own for each purpose, so that what one draws does not depend on the others."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([plan.seed, purpose])))


def own_draw() -> Draws:
    """The single draw in which everything is as the scheme has it."""
    zero = np.zeros(1, dtype=np.int64)
    return Draws(zero, zero, zero, zero, zero - 1, zero)


def draws_of(uniforms: Floats, plan: Plan, leaves: int, sets: int) -> Draws:
    """Draws from D × 6 uniform numbers, a column for each of FACTORS; sets: how many sets of weights there are.

    Every choice rests on one uniform number of its own, which is what the sensitivity indices of a choice need.
    """
    column = dict(zip(FACTORS, uniforms.T, strict=True))
    chance = plan.leave_out.chance_pct / 100
    out = column["leave_out"]
    spread = np.where(out < chance, out / (chance or 1.0) * leaves, -1.0)
    return Draws(
        weights=_place(column["weights"], sets),
        normalisation=_chosen(column["normalisation"], plan.normalisation),
        aggregation=_chosen(column["aggregation"], plan.aggregation),
        missing=_chosen(column["missing"], plan.missing),
        leave_out=np.minimum(np.floor(spread), leaves - 1).astype(np.int64),
        data=_place(column["data"], max(plan.data.replicas, 1)),
    )


def weight_factors(
    structure: Structure, choice: WeightChoice, sets: int, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """sets × leaves and sets × parents: multipliers of the given weights.

    A Dirichlet distribution around the given weights is the gamma distribution of each, brought to 100 afterwards;
    where systems differ between classes of parks the mean weight of a node is the one it is drawn around.
    """
    width = len(structure.leaves) + len(structure.parents)
    if choice.distribution == "none":
        factors = np.ones((sets, width))
    elif choice.distribution == "relative":
        spread = choice.spread_pct / 100
        factors = random.uniform(1 - spread, 1 + spread, (sets, width))
    else:
        weights = np.hstack([structure.leaf_weights, structure.parent_weights])
        counted = (weights > 0).sum(axis=0)
        shape = choice.concentration * weights.sum(axis=0) / np.where(counted > 0, counted, 1) / 100
        factors = random.standard_gamma(np.where(shape > 0, shape, 1.0), (sets, width)) / np.where(
            shape > 0, shape, 1.0
        )
    return factors[:, : len(structure.leaves)], factors[:, len(structure.leaves) :]


def _place(uniform: Floats, count: int) -> Integers:
    return np.minimum((uniform * count).astype(np.int64), count - 1)


def _chosen(uniform: Floats, choices: Sequence[Alternative]) -> Integers:
    shares = np.cumsum([choice.share for choice in choices])
    return np.minimum(np.searchsorted(shares / shares[-1], uniform, side="right"), len(choices) - 1).astype(np.int64)
