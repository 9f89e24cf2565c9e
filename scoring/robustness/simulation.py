"""The totals of every park in every draw, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
import polars as pl

from scoring.evaluation import Evaluated
from scoring.points import AnyMethod
from scoring.robustness.data_errors import propagation
from scoring.robustness.draws import Draws, generator, own_draw, weight_factors
from scoring.robustness.plan import OWN, Plan
from scoring.robustness.structure import Floats, Integers, Structure, structure_of
from scoring.robustness.totals import fill_missing, totals
from scoring.robustness.variants import Leaves
from scoring.rulebook import Rulebook
from scoring.scheme import TOTAL

CELLS = 20_000_000
"""Points of this many parks × indicators × data sets or draws are held at a time (8 bytes each)."""

TOTALS = 4_000_000
"""Parks × draws whose totals are computed at a time where draws share the points."""

SIDE_BY_SIDE = 5_000
"""Up to this many parks × indicators it is cheaper to lay the points of all draws side by side."""

Progress = Callable[[int, int], None]


class PointsOfLeaves(Protocol):
    """Who knows the points of the leaves: `scoring.robustness.variants.Leaves`."""

    evaluated: tuple[str, ...]

    def points(self, method: AnyMethod | None, noise: Mapping[str, Floats] | None, replicas: Sequence[int]) -> Floats:
        """replicas × parks × leaves under a way of scoring."""


class Simulation:
    """The ranked parks of one year, ready for any number of draws.

    noise: by indicator, data sets × evaluated parks, None where the plan leaves the data as they are.
    """

    def __init__(
        self,
        structure: Structure,
        leaves: PointsOfLeaves,
        noise: Mapping[str, Floats] | None,
        book: Rulebook,
        plan: Plan,
    ) -> None:
        self.book, self.plan = book, plan
        self.structure, self.leaves, self.noise = structure, leaves, noise
        self.weight_sets = plan.draws
        self.leaf_factors, self.parent_factors = weight_factors(
            self.structure, plan.weights, self.weight_sets, generator(plan, 2)
        )

    def own(self) -> Floats:
        """Totals of the parks with every choice and figure as published."""
        return np.asarray(self._adjusted(self._unadjusted_own[None, :].copy())[0])

    @cached_property
    def _unadjusted_own(self) -> Floats:
        points = fill_missing(self.leaves.points(None, None, [0])[0], self.structure, self.book.scheme.ranking.missing)
        factors = np.ones((1, len(self.structure.leaves))), np.ones((1, len(self.structure.parents)))
        return np.asarray(self._combined(own_draw(), points, factors, self.book.scheme.ranking.missing)[0])

    def totals(self, draws: Draws, progress: Progress = lambda done, total: None) -> Floats:
        """D × P totals, NaN where a park has none in a draw."""
        out = np.full((len(draws), len(self.structure.parks)), np.nan)
        replicas = max(self.plan.data.replicas, 1)
        size = max(CELLS // self._cells, 1)
        done = 0
        for first in range(0, replicas, size):
            chunk = range(first, min(first + size, replicas))
            for number, choice in enumerate(self.plan.normalisation):
                within = (draws.normalisation == number) & (draws.data >= chunk.start) & (draws.data < chunk.stop)
                if within.any():
                    points = self.leaves.points(choice.points, self.noise, chunk)
                    for which, filled, rule in self._filled(points, draws, np.flatnonzero(within), chunk):
                        out[which] = self._combined(draws.part(which), filled, self._factors(draws.part(which)), rule)
                    done += int(within.sum())
                    progress(done, len(draws))
        return self._adjusted(self._on_one_scale(out, draws))

    def _adjusted(self, totals: Floats) -> Floats:
        totals += self.structure.change
        return np.maximum(totals, 0, out=totals)

    def _on_one_scale(self, totals: Floats, draws: Draws) -> Floats:
        """`totals` (changed in place), those of another way of scoring or combining brought to the mean and spread that the scheme's own way gives.

        The order of the parks in a draw stays as it is; but cuts of grades and of rules were set for the scheme's own
        scale and say nothing about another one.
        """
        others = [number for number, choice in enumerate(self.plan.normalisation) if choice.key != OWN]
        ways = [number for number, choice in enumerate(self.plan.aggregation) if choice.key != OWN]
        moved = np.isin(draws.normalisation, others) | np.isin(draws.aggregation, ways)
        if not moved.any() or len(self.structure.parks) < 2:
            return totals
        own = self._unadjusted_own
        rows = max(TOTALS // len(self.structure.parks), 1)
        places = np.flatnonzero(moved)
        for first in range(0, places.size, rows):
            some = places[first : first + rows]
            part = totals[some]
            gaps = np.isnan(part)
            if gaps.any():
                # A draw that leaves out the only indicator anybody has leaves no total at all.
                some, part = some[~gaps.all(axis=1)], part[~gaps.all(axis=1)]
            # nanmean costs twice as much where none is missing.
            average = np.nanmean if gaps.any() else np.mean
            mean = average(part, axis=1, keepdims=True)
            part -= mean
            spread = np.sqrt(average(part * part, axis=1, keepdims=True))
            part *= np.where(spread > 0, own.std() / np.where(spread > 0, spread, 1.0), 0.0)
            part += own.mean()
            totals[some] = part
        return totals

    @property
    def _cells(self) -> int:
        return max(len(self.structure.parks) * len(self.structure.leaves), 1)

    def _filled(
        self, points: Floats, draws: Draws, within: Integers, chunk: range
    ) -> Iterator[tuple[Integers, Floats, str]]:
        """Draws together with their points (P × L where they share them, else D × P × L), gaps filled, and the rule.

        Few parks: the points of each draw are laid side by side. Many: the draws of one data set share one matrix.
        """
        gaps = bool((np.isnan(points) & (self.structure.leaf_weights > 0)).any())
        own = self.book.scheme.ranking.missing
        rules = [own if choice.key == OWN else choice.key for choice in self.plan.missing] if gaps else [own]
        for number, rule in enumerate(rules):
            which = within[draws.missing[within] == number] if gaps else within
            filled = np.stack([fill_missing(one, self.structure, rule) for one in points]) if gaps else points
            if self._cells <= SIDE_BY_SIDE:
                size = max(CELLS // self._cells, 1)
                for first in range(0, which.size, size):
                    some = which[first : first + size]
                    yield some, filled[draws.data[some] - chunk.start], rule
            else:
                for replica in chunk:
                    own_draws = which[draws.data[which] == replica]
                    size = max(TOTALS // len(self.structure.parks), 1)
                    for first in range(0, own_draws.size, size):
                        yield own_draws[first : first + size], filled[replica - chunk.start], rule

    def _factors(self, draws: Draws) -> tuple[Floats, Floats]:
        leaf_factors = self.leaf_factors[draws.weights].copy()
        left = np.flatnonzero(draws.leave_out >= 0)
        leaf_factors[left, draws.leave_out[left]] = 0.0
        return leaf_factors, self.parent_factors[draws.weights]

    def _combined(self, draws: Draws, points: Floats, factors: tuple[Floats, Floats], rule: str) -> Floats:
        tops = [choice.combine for choice in self.plan.aggregation]
        used = sorted(set(draws.aggregation.tolist()))
        return totals(
            self.structure,
            points,
            *factors,
            tops=[(tops[number], np.flatnonzero(draws.aggregation == number)) for number in used],
            rescale=rule == "rescale",
            minimum_available_pct=self.book.scheme.ranking.minimum_available_pct,
        )

    def places(self) -> list[tuple[str, Integers, int]]:
        """The groups to rank in: name, positions of the parks, how many parks count; that of all parks last."""
        structure = self.structure
        own = [
            (name, np.flatnonzero(structure.groups == number), int(structure.group_parks[number]))
            for number, name in enumerate(structure.group_names)
        ]
        everyone = (self.book.scheme.ranking.overall, np.arange(len(structure.parks)), structure.overall_parks)
        return [*own, everyone] if self.book.scheme.ranking.group_by else [everyone]


def simulation_of(evaluated: Evaluated, book: Rulebook, plan: Plan) -> Simulation:
    """An evaluated year ready for draws.

    Raises ValueError when the hierarchy as arrays does not give the published totals: a probability about another
    ranking than the published one would be worse than none.
    """
    structure = structure_of(evaluated, book)
    noise = None
    if plan.data.replicas:
        noise = propagation(evaluated, book, plan.data).noise(plan.data.replicas, generator(plan, 1))
    simulation = Simulation(structure, Leaves(evaluated, structure, book), noise, book, plan)
    published = dict(evaluated.scores.filter(pl.col("kind") == TOTAL).select("park_code", "score").iter_rows())
    for park, score in zip(structure.parks, simulation.own(), strict=True):
        if not abs(score - published[park]) <= 1e-6:
            raise ValueError(f"{park}: {score} instead of the published {published[park]}")
    return simulation
