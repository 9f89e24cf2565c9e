"""Ranks of many draws at once, by sorting totals and places packed into one integer."""

from __future__ import annotations

import numpy as np

from scoring.robustness.structure import Floats, Integers

QUANTUM = 1e-9
"""Totals closer than this are equal: a tenth decimal is the noise of binary arithmetic."""

LAST = 2.0**45
"""A total that is missing stands behind all others (in quanta)."""


def rank_draws(totals: Floats, tolerance: float = 0.0, breakers: Integers | None = None) -> Integers:
    """D × P ranks of `totals` (D × P), the highest first; equal totals share the better place.

    tolerance: neighbours that are no further apart are equal, as in `scoring.ranking`; breakers: of each park its
    place by the columns that tell equal parks apart (equal places: really tied). Parks without a total share the last
    place. Memory: two integers for each total.
    """
    draws, parks = totals.shape
    if not parks:
        return np.empty((draws, 0), dtype=np.int64)
    order = None if breakers is None else np.argsort(breakers, kind="stable")
    step = max(int(np.floor(tolerance / QUANTUM)), 0)
    bits = max(int(parks - 1).bit_length(), 1)
    points = totals if order is None else totals[:, order]
    scaled = points * (-1 / QUANTUM)
    np.nan_to_num(scaled, copy=False, nan=LAST)
    packed = np.rint(scaled, out=scaled).astype(np.int64)
    packed <<= bits
    packed |= np.arange(parks)
    packed.sort(axis=1)
    place = packed & ((1 << bits) - 1)
    packed >>= bits
    apart = np.diff(packed, axis=1) > step
    if order is not None and breakers is not None:
        own = breakers[order][place]
        apart |= np.diff(own, axis=1) != 0
        place = order[place]
    ranks = np.broadcast_to(np.arange(1, parks + 1), (draws, parks))
    if not apart.all():
        firsts = np.ones((draws, parks), dtype=bool)
        firsts[:, 1:] = apart
        ranks = np.maximum.accumulate(np.where(firsts, ranks, 0), axis=1)
    out = np.empty((draws, parks), dtype=np.int64)
    np.put_along_axis(out, place, ranks, axis=1)
    return out
