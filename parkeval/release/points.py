"""Scores that may be given out: what closed indicators earned must not be the rest of open ones."""

from __future__ import annotations

import numpy as np
import polars as pl

from parkeval.release.audit import inferable
from parkeval.release.policy import Policy
from parkeval.release.suppression import Table, suppress


def open_points(scores: pl.DataFrame, closed_indicators: frozenset[str], policy: Policy) -> pl.Series:
    """Whether the points of each node of one park may be given out.

    scores: node, parent, kind, points, full_points of one park. The total and adjustments are always given out; points
    of closed indicators and, against subtraction, further nodes are not. Where the total alone says too much (next to
    full points, next to none) all nodes below it are closed: what follows then follows from the total.
    """
    from scipy.sparse import lil_matrix

    nodes = scores["node"].to_list()
    places = {node: number for number, node in enumerate(nodes)}
    values = scores["points"].fill_null(0.0).to_numpy().astype(float)
    full = scores["full_points"].fill_null(0.0).to_numpy().astype(float)
    fixed = scores["kind"].is_in(["total", "adjustment"]).to_numpy()
    sensitive = scores["node"].is_in(list(closed_indicators)).to_numpy() & ~fixed
    parents = [parent for parent in dict.fromkeys(scores["parent"].to_list()) if parent in places]
    sums = lil_matrix((len(parents), len(nodes)))
    for row, parent in enumerate(parents):
        sums[row, places[parent]] = -1.0
        for child, above in enumerate(scores["parent"].to_list()):
            sums[row, child] += 1.0 if above == parent else 0.0
    low, high = np.minimum(values, 0.0), np.maximum(values, full)
    protection = full * policy.score_protection_pct.value / 100
    table = Table(values, low, high, sums.tocsr(), protection, full + 0.01, fixed)
    found = suppress(table, sensitive)
    closed = sensitive | found.secondary
    if found.exposed.any() or inferable(table, closed, sensitive).any():
        closed = ~fixed
    return pl.Series("open", ~closed)
