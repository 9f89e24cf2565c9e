"""Second cells against subtraction: what else must be left out so that a sum does not give away what was left out.

A table is a vector of cells and linear constraints that everybody knows (totals are sums of their parts). For each
sensitive cell and each direction a linear program looks for the cheapest other table that satisfies all constraints and
in which the cell is away from its value by the required protection; the cells that differ there must be left out too.
Each such table is a proof: whoever sees the open cells cannot tell it from the true one. After Kelly, Golden and Assad,
"Cell suppression: disclosure protection for sensitive tabular data", Networks 22 (1992).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

MOVED = 1e-7
"""Relative to the largest value: smaller movements are noise of the solver."""


@dataclass(frozen=True)
class Table:
    """Cells with their constraints.

    values: what is true; lowest, highest: what everybody knows a cell to lie between; sums: sparse matrix, one row per
    constraint `sums @ values = constant`; protection: how far a sensitive cell must be able to move up and down;
    costs: what leaving a cell out loses; fixed: cells that are known anyway and cannot be left out.
    """

    values: Numbers
    lowest: Numbers
    highest: Numbers
    sums: Any
    protection: Numbers
    costs: Numbers
    fixed: Flags


@dataclass(frozen=True)
class Suppressed:
    """Cells left out besides the sensitive ones, and sensitive cells that nothing can protect."""

    secondary: Flags
    exposed: Flags


def suppress(table: Table, sensitive: Flags) -> Suppressed:
    """The second cells that protect the `sensitive` ones, every one in both directions."""
    count = len(table.values)
    out, exposed = sensitive.copy(), np.zeros(count, dtype=bool)
    reach_up, reach_down = np.zeros(count), np.zeros(count)
    # The largest first: what protects them often protects the others.
    for place in sorted(np.flatnonzero(sensitive), key=lambda cell: (-table.protection[cell], cell)):
        for sign, reach in ((1.0, reach_up), (-1.0, reach_down)):
            if reach[place] >= table.protection[place] * (1 - MOVED):
                continue
            moved = _other_table(table, out, int(place), sign)
            if moved is None:
                exposed[place] |= _must_move(table, int(place), sign)
                continue
            np.maximum(reach_up, moved, out=reach_up)
            np.maximum(reach_down, -moved, out=reach_down)
            out |= np.abs(moved) > 0
    return Suppressed(out & ~sensitive, exposed)


def _must_move(table: Table, place: int, sign: float) -> bool:
    """Below the least that a cell can be nothing needs protection: a zero is known to be no less."""
    limit = table.highest[place] if sign > 0 else table.lowest[place]
    return bool(abs(limit - table.values[place]) > 0)


def _other_table(table: Table, out: Flags, place: int, sign: float) -> Numbers | None:
    """How the cheapest other table differs, or None where there is none; only cells not `fixed` differ."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, hstack

    scale = float(np.max(np.abs(table.values))) or 1.0
    up = np.where(table.fixed, 0.0, table.highest - table.values) / scale
    down = np.where(table.fixed, 0.0, table.values - table.lowest) / scale
    room = up[place] if sign > 0 else down[place]
    wanted = min(table.protection[place] / scale, room)
    if wanted <= 0:
        return None
    lower = np.zeros(2 * len(up))
    upper = np.concatenate([up, down])
    own, opposite = (place, place + len(up)) if sign > 0 else (place + len(up), place)
    lower[own] = wanted
    upper[own] = max(upper[own], wanted)
    upper[opposite] = 0.0
    costs = np.where(out, 0.0, table.costs)
    matrix = csr_matrix(table.sums)
    found = linprog(
        np.concatenate([costs, costs]), A_eq=hstack([matrix, -matrix]), b_eq=np.zeros(matrix.shape[0]),
        bounds=np.column_stack([lower, upper]), method="highs",
    )  # fmt: skip
    if not found.success:
        return None
    moved: Numbers = found.x[: len(up)] - found.x[len(up) :]
    moved[np.abs(moved) < MOVED] = 0.0
    return moved * scale
