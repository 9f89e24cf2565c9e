"""What a park's place hangs on: Sobol indices of every choice (Saltelli et al. 2010), by scipy."""

from __future__ import annotations

import math
import warnings

import numpy as np
import polars as pl

from scoring.robustness.draws import FACTORS, draws_of, generator
from scoring.robustness.plan import Plan
from scoring.robustness.ranks import rank_draws
from scoring.robustness.simulation import Simulation
from scoring.robustness.structure import Floats

CONFIDENCE = 0.95
RESAMPLES = 100
PARKS = 50
"""Parks whose intervals are computed at a time."""

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
    from scipy.stats import sobol_indices

    active = active_factors(simulation, plan)
    if not simulation.structure.parks or not active or not plan.sensitivity_samples:
        return SENSITIVITY
    ranks = _ranks(simulation, plan, active, plan.sensitivity_samples)
    moving = [place for place in range(len(simulation.structure.parks)) if np.ptp(ranks[place]) > 0]
    frames = [SENSITIVITY]
    for first in range(0, len(moving), PARKS):
        some = moving[first : first + PARKS]
        values = _saltelli(ranks[some], plan.sensitivity_samples, len(active))
        with warnings.catch_warnings():
            # A resample in which a rank never changes has no variance to share out; it gives no figure.
            warnings.simplefilter("ignore")
            indices = sobol_indices(func=values, n=plan.sensitivity_samples)
            interval = indices.bootstrap(confidence_level=CONFIDENCE, n_resamples=RESAMPLES)
        low, high = interval.total_order.confidence_interval
        for row, place in enumerate(some):
            park = simulation.structure.parks[place]
            frames.append(_rows(park, active, indices.first_order[row], indices.total_order[row], low[row], high[row]))
    return pl.concat(frames)


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


def _ranks(simulation: Simulation, plan: Plan, active: list[str], samples: int) -> Floats:
    """P × samples · (choices + 2) ranks in the own group: the sets A, B, and A with one choice at a time from B."""
    from scipy.stats import qmc

    names = list(FACTORS)
    both = qmc.Sobol(2 * len(active), rng=generator(plan, 4)).random(samples)
    first, second = both[:, : len(active)], both[:, len(active) :]
    sets = [first, second]
    for number in range(len(active)):
        mixed = first.copy()
        mixed[:, number] = second[:, number]
        sets.append(mixed)
    inputs = np.concatenate(sets)
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


def _saltelli(ranks: Floats, samples: int, factors: int) -> dict[str, Floats]:
    """The values of the sets A, B and AB as scipy takes them: parks × samples, and choices × parks × samples."""
    parts = ranks.reshape(len(ranks), factors + 2, samples)
    return {"f_A": parts[:, 0], "f_B": parts[:, 1], "f_AB": np.moveaxis(parts[:, 2:], 1, 0)}


def _rows(park: str, active: list[str], first: Floats, total: Floats, low: Floats, high: Floats) -> pl.DataFrame:
    statement = _statement(active, total)
    rows = [
        (park, name, FACTORS[name], _figure(first[place]), _figure(total[place]), _figure(low[place]), _figure(high[place]), statement)
        for place, name in enumerate(active)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SENSITIVITY.schema, orient="row")


def _figure(value: float) -> float | None:
    """An index; sampling can put it a little below 0 or above 1, and it is null where there is none."""
    return None if not math.isfinite(value) else min(max(float(value), 0.0), 1.0)


def _statement(active: list[str], total: Floats) -> str:
    """The plain answer to what the place hangs on."""
    order = sorted(range(len(active)), key=lambda place: -np.nan_to_num(total[place]))
    whole = sum(max(float(np.nan_to_num(one)), 0.0) for one in total) or 1.0
    main = [place for place in order if total[place] / whole >= 0.2][:2] or order[:1]
    return "位次主要取决于" + "和".join(FACTORS[active[place]] for place in main)
