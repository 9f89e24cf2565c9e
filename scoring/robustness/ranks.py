"""Ranks of many draws at once, by sorting totals and places packed into one integer."""

from __future__ import annotations

import numpy as np

from scoring.robustness.structure import Floats, Integers

QUANTUM = 1e-9
"""Totals closer than this are equal: a tenth decimal is the noise of binary arithmetic."""

LAST = 2**40
"""A total that is missing stands behind all others."""


def rank_draws(totals: Floats, tolerance: float = 0.0, breakers: Integers | None = None) -> Integers:
    """D × P ranks of `totals` (D × P), the highest first; equal totals share the better place.

    tolerance: neighbours that are no further apart are equal, as in `scoring.ranking`; breakers: of each park its
    place by the columns that tell equal parks apart (equal places: really tied). Parks without a total share the last
    place. Memory: two integers for each total.
    """
    draws, parks = totals.shape
    if not parks:
        return np.empty((draws, 0), dtype=np.int64)
    broken = np.zeros(parks, dtype=np.int64) if breakers is None else breakers
    order = np.argsort(broken, kind="stable")
    step = max(int(np.floor(tolerance / QUANTUM)), 0)
    bits = max(int(parks - 1).bit_length(), 1)
    points = np.where(np.isnan(totals), -LAST * QUANTUM, totals)[:, order]
    packed = -np.rint(points / QUANTUM).astype(np.int64)
    packed <<= bits
    packed |= np.arange(parks)
    packed.sort(axis=1)
    place = packed & ((1 << bits) - 1)
    packed >>= bits
    apart = np.ones((draws, parks), dtype=bool)
    apart[:, 1:] = np.diff(packed, axis=1) > step
    if breakers is not None:
        own = broken[order][place]
        apart[:, 1:] |= np.diff(own, axis=1) != 0
    ranks = np.maximum.accumulate(np.where(apart, np.arange(1, parks + 1), 0), axis=1)
    out = np.empty((draws, parks), dtype=np.int64)
    np.put_along_axis(out, order[place], ranks, axis=1)
    return out
