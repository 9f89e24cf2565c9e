"""10,000 draws over 2,600 parks and 46 indicators, against ranking alone, a plain NumPy loop and a loop over rows.

All in this process on the same numbers. The loops are run on few draws and scaled up; what they leave out (choices,
tied ranks, parks without a figure) is left out in their favour.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import polars as pl

from bench.measure import Cost, apart, cost_of, print_cost
from scoring.combining import Arithmetic
from scoring.loading import load_rulebook
from scoring.points import AnyMethod
from scoring.robustness.draws import FACTORS, draws_of, generator
from scoring.robustness.plan import Plan, load_plan
from scoring.robustness.ranks import rank_draws
from scoring.robustness.simulation import Simulation
from scoring.robustness.structure import Floats, Parent, Structure

PARKS, LEAVES, PARENTS, DRAWS = 2600, 46, 6, 10_000
BAR = 6.0
"""Times the CPU of ranking alone that all the choices together may cost."""

MEMORY_MB = 2048
LOOP_DRAWS, ROW_DRAWS = 200, 3


class GivenPoints:
    """Points of the leaves that are there already, one matrix for each way of scoring and each data set."""

    def __init__(self, parks: int, ways: int, replicas: int) -> None:
        random = np.random.default_rng(1)
        base = random.uniform(20, 100, (1, parks, LEAVES))
        self.evaluated = tuple(f"P{number:05d}" for number in range(parks))
        self.ways = [np.clip(base + random.normal(0, 3, base.shape), 0, 100) for _ in range(ways)]
        self.errors = random.normal(0, 1, (max(replicas, 1), 1, LEAVES)).astype(np.float32)
        self.calls = 0

    def points(self, method: AnyMethod | None, noise: Mapping[str, Floats] | None, replicas: Sequence[int]) -> Floats:
        """replicas × parks × leaves."""
        self.calls += 1
        own = self.ways[self.calls % len(self.ways)]
        return np.clip(own + self.errors[list(replicas)], 0, 100)


def structure(parks: int) -> Structure:
    """Six dimensions of seven or eight indicators, four groups."""
    homes = np.arange(LEAVES) % PARENTS
    inner = tuple(
        Parent(f"d{number}", "", np.flatnonzero(homes == number), np.array([], dtype=np.int64), Arithmetic())
        for number in range(PARENTS)
    )
    total = Parent("total", "", np.array([], dtype=np.int64), np.arange(PARENTS), Arithmetic())
    weights = np.array([100 / (homes == home).sum() for home in homes])
    return Structure(
        parks=tuple(f"P{number:05d}" for number in range(parks)),
        leaves=tuple(f"i{number}" for number in range(LEAVES)),
        parents=(*inner, total),
        leaf_weights=np.tile(weights, (parks, 1)),
        parent_weights=np.tile([*[100 / PARENTS] * PARENTS, 100.0], (parks, 1)),
        groups=np.arange(parks) % 4,
        group_names=("a", "b", "c", "d"),
        group_parks=np.full(4, parks // 4),
        overall_parks=parks,
        change=np.zeros(parks),
        cap=np.zeros(parks, dtype=np.int64),
        ranked=pl.DataFrame(),
    )


WEIGHTS_ALONE = -2
"""In place of a number of data sets: nothing but the weights is drawn, as the loops do."""


def simulation(parks: int, draws: int, replicas: int) -> Simulation:
    """The default plan, with or without errors of the data, or with the weights alone open."""
    plan: Plan = load_plan()
    data = plan.data.model_copy(update={"replicas": max(replicas, 0)})
    plan = plan.model_copy(update={"draws": draws, "data": data})
    if replicas == WEIGHTS_ALONE:
        single = {name: getattr(plan, name)[:1] for name in ("normalisation", "aggregation", "missing")}
        plan = plan.model_copy(update={**single, "leave_out": plan.leave_out.model_copy(update={"chance_pct": 0})})
    book = load_rulebook("xishuangbanna-2023", 2025)
    return Simulation(structure(parks), GivenPoints(parks, len(plan.normalisation), replicas), None, book, plan)


def ranked(own: Simulation, draws: int) -> int:
    """All choices of the default plan drawn, totals, and places among all parks and in the groups."""
    uniforms = generator(own.plan, 3).random((draws, len(FACTORS)))
    totals = own.totals(draws_of(uniforms, own.plan, LEAVES, own.weight_sets))
    middle = 0
    for _, members, _ in own.places():
        ranks = np.concatenate(
            [rank_draws(totals[first : first + 500, members]).astype(np.int16) for first in range(0, draws, 500)]
        )
        middle += int(np.median(ranks[:, 0]))
    return middle


def ranking_alone(parks: int, draws: int) -> int:
    """Places among all parks and in the groups of totals that are there already, by the fastest way known here."""
    random = np.random.default_rng(2)
    last = 0
    for first in range(0, draws, 500):
        totals = random.random((min(500, draws - first), parks))
        for group in (*(slice(number, None, 4) for number in range(4)), slice(None)):
            own = totals[:, group]
            packed = np.rint(own * -1e9).astype(np.int64) << 12 | np.arange(own.shape[1])
            packed.sort(axis=1)
            places = np.empty(own.shape, dtype=np.int64)
            np.put_along_axis(places, packed & 4095, np.broadcast_to(np.arange(own.shape[1]), own.shape), axis=1)
            last = int(places[-1, 0])
    return last


def numpy_loop(parks: int, draws: int) -> int:
    """One draw after another: weights, product, places by argsort, among all parks and in the groups."""
    random, points = np.random.default_rng(3), np.random.default_rng(1).uniform(20, 100, (parks, LEAVES))
    places = np.empty((draws, parks), dtype=np.int16)
    for draw in range(draws):
        weights = random.uniform(0.75, 1.25, LEAVES)
        totals = points @ (weights / weights.sum())
        places[draw, np.argsort(-totals)] = np.arange(1, parks + 1)
        for group in range(4):
            np.argsort(-totals[group::4])
    return int(places[:, 0].sum())


def row_loop(parks: int, draws: int) -> int:
    """One park after another in Python, as one writes it first."""
    random, points = np.random.default_rng(3), np.random.default_rng(1).uniform(20, 100, (parks, LEAVES)).tolist()
    first = 0
    for _ in range(draws):
        weights = random.uniform(0.75, 1.25, LEAVES).tolist()
        whole = sum(weights)
        totals = [math.fsum(x * w for x, w in zip(row, weights, strict=True)) / whole for row in points]
        for group in (*(totals[number::4] for number in range(4)), totals):
            order = sorted(range(len(group)), key=group.__getitem__, reverse=True)
            first += order.index(0)
    return first


def main(arguments: list[str]) -> int:
    """Print the figures; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="./run bench uncertainty")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the 2,600 parks")
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument(
        "--only", type=int, default=-1, help="measure one number of data sets (used by the bench itself)"
    )
    options = parser.parse_args(arguments)
    parks = max(int(PARKS * options.scale), 40)
    if options.only != -1:
        print_cost(cost_of(partial(ranked, simulation(parks, options.draws, options.only), options.draws)))
        return 0
    floor = cost_of(partial(ranking_alone, parks, options.draws))
    loop = _scaled(cost_of(partial(numpy_loop, parks, LOOP_DRAWS)), options.draws / LOOP_DRAWS)
    rows = _scaled(cost_of(partial(row_loop, parks, ROW_DRAWS)), options.draws / ROW_DRAWS)
    weights, ours, wrong = (
        apart("bench.uncertainty.main", "--scale", options.scale, "--draws", options.draws, "--only", replicas)
        for replicas in (WEIGHTS_ALONE, 0, 100)
    )
    print(f"{options.draws} draws over {parks} parks and {LEAVES} indicators, CPU seconds")
    for label, cost in (("ranking alone", floor), ("plain NumPy loop, weights alone", loop), ("loop over rows, weights alone", rows),
                        ("ours, weights alone", weights), ("all choices", ours), ("all choices and 100 data sets", wrong)):  # fmt: skip
        print(f"  {label}: {cost.cpu:.2f} (ranking alone × {cost.cpu / floor.cpu:.2f}), peak {cost.peak_mb:.0f} MB")
    print(
        f"  weights alone: the NumPy loop costs {loop.cpu / weights.cpu:.2f} times ours, the loop over rows "
        f"{rows.cpu / weights.cpu:.0f} times"
    )
    ratio = ours.cpu / floor.cpu
    print(
        f"uncertainty: ratio {ratio:.2f}, bar {BAR}; memory {max(ours.peak_mb, wrong.peak_mb):.0f} MB, bar {MEMORY_MB} MB"
    )
    return int(ratio > BAR or max(ours.peak_mb, wrong.peak_mb) > MEMORY_MB)


def _scaled(cost: Cost, factor: float) -> Cost:
    return Cost(cost.cpu * factor, cost.wall * factor, cost.peak_mb, cost.result)


if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
