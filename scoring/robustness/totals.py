"""Totals of many draws at once: the hierarchy of `scoring.scores` as matrix products, checked against it.

Shapes: D draws, P parks, L leaves, N parents. Points of leaves are percent of the full points, NaN where a figure is
missing; multipliers stretch the given weights and are 0 where a draw leaves a node out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np

from scoring.combining import AnyCombination, Arithmetic, Geometric, Harmonic, MazziottaPareto, Power, Topsis
from scoring.robustness.products import children_of_total, fits
from scoring.robustness.structure import Floats, Integers, Structure
from scoring.scores import POINT_DECIMALS

Gathered = tuple[Integers, list[Floats], Floats]
"""Parks of one system of weights: their positions, an array for each child, draws × children of weights."""


def fill_missing(points: Floats, structure: Structure, rule: str) -> Floats:
    """`points` (P × L) with gaps as the missing rule has them: 0, the mean of the group, or still NaN."""
    gaps = np.isnan(points) & (structure.leaf_weights > 0)
    if not gaps.any() or rule in ("rescale", "refuse"):
        return points
    if rule == "zero":
        return np.where(gaps, 0.0, points)
    filled = points.copy()
    for number in range(len(structure.group_names)):
        members = structure.groups == number
        for leaf in np.flatnonzero(gaps[members].any(axis=0)):
            known = points[members, leaf]
            known = known[~np.isnan(known)]
            if known.size:
                filled[np.ix_(members & gaps[:, leaf], [leaf])] = known.mean()
    return filled


def totals(
    structure: Structure,
    points: Floats,
    leaf_factors: Floats,
    parent_factors: Floats,
    *,
    tops: Sequence[tuple[AnyCombination | None, Integers]] = (),
    rescale: bool,
    minimum_available_pct: float = 0.0,
) -> Floats:
    """D × P totals before adjustments, NaN where a park has none.

    points: P × L, or D × P × L where draws differ, gaps filled unless the missing rule leaves them out; leaf_factors: D × L and parent_factors: D × N,
    multipliers of the given weights; tops: how the nodes under the total combine in which draws, None for the scheme's way;
    rescale: whether gaps leave their weight to the others.
    """
    draws = leaf_factors.shape[0]
    if fits(structure, points, tops):
        return _products(structure, points, leaf_factors, parent_factors, tops or [(None, np.arange(draws))])
    values: list[Floats] = []
    alive: list[Floats] = []
    everything = [(None, np.arange(draws))]
    for place, parent in enumerate(structure.parents):
        last = place == len(structure.parents) - 1
        own = np.full((draws, len(structure.parks)), np.nan)
        living = np.zeros_like(own)
        gathered: list[Gathered] = []
        for members, leaf_weights, parent_weights in structure.classes:
            part = [
                *(points[..., members, leaf] for leaf in parent.leaves),
                *(values[number][:, members] for number in parent.inner),
            ]
            # Members of a class share their systems, so whether a node below is left out is the same for all of them.
            below = [alive[number][:, members[:1]] for number in parent.inner]
            weights = np.concatenate(
                [leaf_weights[parent.leaves] * leaf_factors[:, parent.leaves],
                 parent_weights[parent.inner] * parent_factors[:, parent.inner] * np.hstack([np.empty((draws, 0)), *below])],
                axis=1,
            )  # fmt: skip
            living[:, members] = (weights.sum(axis=1) > 0)[:, None]
            gathered.append((members, part, weights))
        for combine, which in tops if last and tops else everything:
            chosen = [_of_draws(one, which) for one in gathered]
            if isinstance(combine or parent.combine, Topsis):
                own[which] = _topsis(cast(Topsis, combine or parent.combine), structure, chosen, which.size)
                continue
            for members, part, weights in chosen:
                own[np.ix_(which, members)] = _combined(
                    combine or parent.combine, part, weights, rescale, minimum_available_pct
                )
        values.append(np.round(own, POINT_DECIMALS))
        alive.append(living)
    return values[-1]


def _products(
    structure: Structure,
    points: Floats,
    leaf_factors: Floats,
    parent_factors: Floats,
    tops: Sequence[tuple[AnyCombination | None, Integers]],
) -> Floats:
    """`totals` where everything below the total adds up and nothing is missing."""
    whole = len(structure.classes) == 1
    out = np.empty((leaf_factors.shape[0], len(structure.parks)))
    for members, leaf_weights, parent_weights in structure.classes:
        own = points if whole else points[members]
        leaves, below, shares = children_of_total(structure, leaf_weights, parent_weights, leaf_factors, parent_factors)
        for combine, which in tops:
            chosen = combine or structure.parents[-1].combine
            if isinstance(chosen, Arithmetic):
                weights = np.hstack([part[which] * shares[which][:, [place]] for place, part in enumerate(below)])
                result = weights @ own[:, np.concatenate(leaves)].T
            else:
                # One product for all children: many small ones cost more than their zeros.
                wide = np.zeros((len(below), which.size, own.shape[1]))
                for place, (some, part) in enumerate(zip(leaves, below, strict=True)):
                    wide[place][:, some] = part[which]
                x = (wide.reshape(-1, own.shape[1]) @ own.T).reshape(len(below), which.size, -1)
                used = shares[which].T[:, :, None] * 100
                result = _stacked(chosen, x, np.broadcast_to(used, x.shape))
            if whole:
                out[which] = result
            else:
                out[np.ix_(which, members)] = result
    return out


def _of_draws(gathered: Gathered, which: Integers) -> Gathered:
    members, part, weights = gathered
    return members, [one if one.ndim == 1 else one[which] for one in part], weights[which]


def _topsis(combine: Topsis, structure: Structure, gathered: Sequence[Gathered], draws: int) -> Floats:
    """D × P closeness to the best of all parks, or of the group; a child that a park does not have counts nothing."""
    children = len(gathered[0][1])
    weighted = np.full((children, draws, len(structure.parks)), np.nan)
    missing = np.zeros((draws, len(structure.parks)), dtype=bool)
    for members, part, weights in gathered:
        whole = weights.sum(axis=1)
        for number, x in enumerate(part):
            share = (weights[:, number] / np.where(whole > 0, whole, np.nan))[:, None]
            used = share > 0
            weighted[number][:, members] = np.where(used, x * share, np.nan)
            missing[:, members] |= used & np.isnan(np.broadcast_to(x, (draws, members.size)))
    scopes = structure.groups if combine.scope == "group" else np.zeros_like(structure.groups)
    closeness = np.full(missing.shape, np.nan)
    for scope in np.unique(scopes):
        members = np.flatnonzero(scopes == scope)
        own = weighted[:, :, members]
        known = ~np.isnan(own)
        best = np.where(known, own, -np.inf).max(axis=2, keepdims=True)
        worst = np.where(known, own, np.inf).min(axis=2, keepdims=True)
        to_best = np.sqrt(np.where(known, (own - best) ** 2, 0.0).sum(axis=0))
        to_worst = np.sqrt(np.where(known, (own - worst) ** 2, 0.0).sum(axis=0))
        both = to_best + to_worst
        closeness[:, members] = np.where(
            both > 0, 100 * to_worst / np.where(both > 0, both, 1.0), float(combine.when_equal)
        )
    return np.where(missing, np.nan, closeness)


def _combined(
    combine: AnyCombination, part: list[Floats], weights: Floats, rescale: bool, minimum_available_pct: float
) -> Floats:
    """D × p: children combined with their weights brought to 100; NaN where a needed child is missing."""
    draws = weights.shape[0]
    size = part[0].shape[-1] if part else 0
    used = [number for number in range(len(part)) if weights[:, number].any()]
    if not used:
        return np.full((draws, size), np.nan)
    whole = weights.sum(axis=1)
    gaps = any(np.isnan(part[number]).any() for number in used)
    if not gaps:
        scaled = weights / np.where(whole > 0, whole, np.nan)[:, None] * 100
        return _mean(combine, [part[number] for number in used], scaled[:, used])
    x = np.stack([np.broadcast_to(part[number], (draws, size)) for number in used])
    w = np.broadcast_to(weights[:, used].T[:, :, None], x.shape)
    missing = np.isnan(x) & (w > 0)
    there = np.where(np.isnan(x), 0.0, w)
    mass = there.sum(axis=0)
    if rescale:
        enough = (mass > 0) & (100 * mass / np.where(whole > 0, whole, np.nan)[:, None] >= minimum_available_pct)
    else:
        enough = ~missing.any(axis=0) & (mass > 0)
    scaled = np.where(enough, there / np.where(mass > 0, mass, 1.0), 0.0) * 100
    result = _stacked(combine, np.nan_to_num(x), scaled)
    return np.where(enough, result, np.nan)


def _mean(combine: AnyCombination, part: list[Floats], weights: Floats) -> Floats:
    """D × p without gaps; weights D × children add up to 100."""
    if isinstance(combine, Arithmetic):
        flat = [number for number, x in enumerate(part) if x.ndim == 1]
        deep = [number for number, x in enumerate(part) if x.ndim == 2]
        result = (
            weights[:, flat] @ np.stack([part[number] for number in flat])
            if flat
            else np.zeros((weights.shape[0], part[0].shape[-1]))
        )
        for number in deep:
            result = result + weights[:, number, None] * part[number]
        return np.asarray(result / 100)
    shape = (weights.shape[0], part[0].shape[-1])
    x = np.stack([np.broadcast_to(one, shape) for one in part])
    return _stacked(combine, x, np.broadcast_to(weights.T[:, :, None], x.shape))


def _stacked(combine: AnyCombination, x: Floats, w: Floats) -> Floats:
    """D × p from children × D × p of points and of weights that add up to 100; a child without weight does not count."""
    for kind, mean in _MEANS.items():
        if isinstance(combine, kind):
            return mean(combine, x, w)
    raise TypeError(f"no such combination: {type(combine).__name__}")


def _arithmetic(combine: AnyCombination, x: Floats, w: Floats) -> Floats:
    return np.asarray((x * w).sum(axis=0) / 100)


def _geometric(combine: AnyCombination, x: Floats, w: Floats) -> Floats:
    zero = ((x <= 0) & (w > 0)).any(axis=0)
    logs = np.log(np.where(x > 0, x, 1.0))
    return np.where(zero, 0.0, np.exp((logs * w).sum(axis=0) / 100))


def _harmonic(combine: AnyCombination, x: Floats, w: Floats) -> Floats:
    zero = ((x <= 0) & (w > 0)).any(axis=0)
    return np.where(zero, 0.0, 100 / (w / np.where(x > 0, x, 1.0)).sum(axis=0))


def _power(combine: AnyCombination, x: Floats, w: Floats) -> Floats:
    assert isinstance(combine, Power)
    floor = np.clip(x, 0, None)
    zero = ((floor <= 0) & (w > 0)).any(axis=0) if combine.power < 0 else np.zeros(x.shape[1:], dtype=bool)
    raised = np.where(floor > 0, np.where(floor > 0, floor, 1.0) ** combine.power, 0.0)
    mean = (raised * w).sum(axis=0) / 100
    return np.where(zero | (mean <= 0), 0.0, np.where(mean > 0, mean, 1.0) ** (1 / combine.power))


def _mazziotta_pareto(combine: AnyCombination, x: Floats, w: Floats) -> Floats:
    assert isinstance(combine, MazziottaPareto)
    mean = (x * w).sum(axis=0) / 100
    variance = (((x - mean) ** 2) * w).sum(axis=0) / 100
    sign = -1 if combine.penalty == "minus" else 1
    return np.where(mean > 0, mean + sign * variance / np.where(mean > 0, mean, 1.0), 0.0)


_MEANS: dict[type, Callable[[AnyCombination, Floats, Floats], Floats]] = {
    Arithmetic: _arithmetic,
    Geometric: _geometric,
    Harmonic: _harmonic,
    Power: _power,
    MazziottaPareto: _mazziotta_pareto,
}
