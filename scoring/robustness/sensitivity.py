"""What a park's place hangs on: Sobol indices of every choice (Saltelli et al. 2010), by scipy."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from scoring.robustness.draws import FACTORS, draws_of, generator
from scoring.robustness.plan import Plan
from scoring.robustness.ranks import rank_draws
from scoring.robustness.simulation import Simulation
from scoring.robustness.structure import Floats

CONFIDENCE = 0.95
RESAMPLES = 100
OUTPUTS = 50
"""Outputs whose intervals are computed at a time."""

SENSITIVITY = pl.DataFrame(
    schema={
        "park_code": pl.String, "factor": pl.String, "label": pl.String, "first_order": pl.Float64, "total": pl.Float64,
        "total_low": pl.Float64, "total_high": pl.Float64, "statement": pl.String,
    }
)  # fmt: skip


def sensitivity(simulation: Simulation, plan: Plan) -> pl.DataFrame:
    """park_code, factor, label, first_order, total, total_low, total_high, statement of the rank in the own group.

    first_order: the share of the variance of the rank that goes away if the choice were settled; total: the share
    that stays as long as the choice alone is open, interactions included; total_low and total_high: 95 % interval by
    resampling. A choice of many numbers (weights, data) is one factor: a number that says which of the drawn sets
    holds. Parks whose rank never changes have no rows. samples × (choices + 2) evaluations, samples a power of two.
    """
    active = active_factors(simulation, plan)
    if not simulation.structure.parks or not active or not plan.sensitivity_samples:
        return SENSITIVITY
    indices = sobol(
        lambda inputs: _ranks(simulation, plan, active, inputs),
        len(active),
        plan.sensitivity_samples,
        generator(plan, 4),
    )
    parks = simulation.structure.parks
    frames = [_rows(parks[place], active, indices, row) for row, place in enumerate(indices.moving)]
    return pl.concat([SENSITIVITY, *frames])


@dataclass(frozen=True)
class Indices:
    """Of the outputs that vary at all (`moving`, their positions): outputs × factors, with the interval of the total."""

    moving: list[int]
    first_order: Floats
    total: Floats
    low: Floats
    high: Floats


def sobol(model: Callable[[Floats], Floats], factors: int, samples: int, random: np.random.Generator) -> Indices:
    """Sobol indices of `model`, which takes n × factors uniform numbers and gives outputs × n.

    The sets A, B, and A with one factor at a time from B (Saltelli et al. 2010), from a scrambled Sobol sequence;
    estimated and resampled by scipy. NaN where an index or its interval cannot be told.
    """
    from scipy.stats import bootstrap, qmc, sobol_indices

    both = qmc.Sobol(2 * factors, rng=random).random(samples)
    first, second = both[:, :factors], both[:, factors:]
    sets = [first, second]
    for number in range(factors):
        mixed = first.copy()
        mixed[:, number] = second[:, number]
        sets.append(mixed)
    outputs = model(np.concatenate(sets))
    moving = [place for place in range(len(outputs)) if np.ptp(outputs[place]) > 0]
    parts = outputs.reshape(len(outputs), factors + 2, samples)
    found = Indices(moving, *(np.full((len(moving), factors), np.nan) for _ in range(4)))
    for start in range(0, len(moving), OUTPUTS):
        some = slice(start, start + OUTPUTS)
        own = parts[moving[some]]
        values = {"f_A": own[:, 0], "f_B": own[:, 1], "f_AB": np.moveaxis(own[:, 2:], 1, 0)}
        with warnings.catch_warnings():
            # A resample in which an output never changes has no variance to share out; it gives no figure.
            warnings.simplefilter("ignore")
            indices = sobol_indices(func=values, n=samples)
            interval = bootstrap(
                [np.arange(samples)], statistic=partial(_totals, own), method="BCa", confidence_level=CONFIDENCE,
                n_resamples=RESAMPLES, rng=random,
            )  # fmt: skip
        found.first_order[some], found.total[some] = indices.first_order, indices.total_order
        found.low[some], found.high[some] = interval.confidence_interval
    return found


def _totals(values: Floats, drawn: np.ndarray) -> Floats:
    """Total-order indices, outputs × factors, of the samples `drawn` (Jansen's estimator, which scipy also takes).

    Resampled here, since scipy's own resampling of indices takes no generator and would not come out alike twice.
    """
    own = values[:, :, drawn]
    spread = np.var(own[:, :2], axis=(1, 2))
    totals: Floats = np.mean((own[:, :1] - own[:, 2:]) ** 2, axis=2) / (2 * spread[:, None])
    return totals


def active_factors(simulation: Simulation, plan: Plan) -> list[str]:
    """The choices that really vary under the plan and these data."""
    gaps = bool(np.isnan(simulation.leaves.points(None, None, [0])).any())
    return [
        name
        for name, varies in (
            ("weights", plan.weights.distribution != "none"),
            ("normalisation", len(plan.normalisation) > 1),
            ("aggregation", len(plan.aggregation) > 1),
            ("missing", len(plan.missing) > 1 and gaps),
            ("leave_out", plan.leave_out.chance_pct > 0),
            ("data", plan.data.replicas > 1),
        )
        if varies
    ]


def _ranks(simulation: Simulation, plan: Plan, active: list[str], inputs: Floats) -> Floats:
    """P × n ranks in the own group for n × active choices of uniform numbers."""
    names = list(FACTORS)
    # What does not vary stays as the scheme has it: the first of the alternatives, nothing left out.
    uniforms = np.zeros((len(inputs), len(names)))
    uniforms[:, names.index("leave_out")] = math.nextafter(1.0, 0.0)
    uniforms[:, [names.index(name) for name in active]] = inputs
    draws = draws_of(uniforms, plan, len(simulation.structure.leaves), simulation.weight_sets)
    totals = simulation.totals(draws)
    out = np.empty((len(simulation.structure.parks), len(inputs)))
    places = simulation.places()
    for _, members, _ in places if len(places) == 1 else places[:-1]:
        out[members] = rank_draws(totals[:, members], simulation.book.scheme.ranking.tie_tolerance).T
    return out


def _rows(park: str, active: list[str], indices: Indices, row: int) -> pl.DataFrame:
    total = indices.total[row]
    statement = _statement(active, total)
    columns = (indices.first_order[row], total, indices.low[row], indices.high[row])
    rows = [
        (park, name, FACTORS[name], *(_figure(column[place]) for column in columns), statement)
        for place, name in enumerate(active)
    ]
    return pl.DataFrame(rows, schema=SENSITIVITY.schema, orient="row")


def _figure(value: float) -> float | None:
    """An index; sampling can put it a little below 0 or above 1, and it is null where there is none."""
    return None if not math.isfinite(value) else min(max(float(value), 0.0), 1.0)


def _statement(active: list[str], total: Floats) -> str:
    """The plain answer to what the place hangs on."""
    order = sorted(range(len(active)), key=lambda place: -np.nan_to_num(total[place]))
    whole = sum(max(float(np.nan_to_num(one)), 0.0) for one in total) or 1.0
    main = [place for place in order if total[place] / whole >= 0.2][:2] or order[:1]
    return "位次的变动主要来自" + "和".join(FACTORS[active[place]] for place in main)
