"""The audit of a release: what somebody who sees the open cells and knows the sums can infer of each closed one."""

from __future__ import annotations

from typing import Any

import numpy as np

from parkeval.release.suppression import Flags, Numbers, Table


def inferred_intervals(table: Table, closed: Flags, asked: Flags) -> tuple[Numbers, Numbers]:
    """Least and greatest value that each `asked` cell can have, given all cells but the `closed` ones; nan elsewhere.

    Works on the unknowns themselves, with HiGHS called directly: another formulation and another interface than the
    search of `suppression`, whose mistakes it would therefore not share.
    """
    import highspy

    unknown = np.flatnonzero(closed)
    low, high = np.full(len(closed), np.nan), np.full(len(closed), np.nan)
    dense = np.asarray(table.sums.todense(), dtype=np.float64)
    given = dense @ np.where(closed, 0.0, table.values)
    constant = dense @ table.values
    model: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    model.setOptionValue("output_flag", False)
    scale = float(np.max(np.abs(table.values))) or 1.0
    for cell in unknown:
        model.addVar(table.lowest[cell] / scale, table.highest[cell] / scale)
    for row, known, whole in zip(dense[:, unknown], given, constant, strict=True):
        places = np.flatnonzero(row)
        rest = (whole - known) / scale
        if len(places):
            model.addRow(rest, rest, len(places), places.astype(np.int32), row[places])
    for number, cell in enumerate(unknown):
        if not asked[cell]:
            continue
        model.changeColCost(number, 1.0)
        bounds = []
        for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
            model.changeObjectiveSense(sense)
            model.run()
            solved = model.getModelStatus() == highspy.HighsModelStatus.kOptimal
            ends = table.lowest[cell] if sense == highspy.ObjSense.kMinimize else table.highest[cell]
            bounds.append(model.getInfo().objective_function_value * scale if solved else ends)
        model.changeColCost(number, 0.0)
        low[cell], high[cell] = bounds
    return low, high


def inferable(table: Table, closed: Flags, sensitive: Flags) -> Flags:
    """Sensitive cells that can be inferred more closely than their protection allows."""
    low, high = inferred_intervals(table, closed, sensitive & closed)
    slack = np.maximum(np.abs(table.values), 1.0) * TOLERANCE
    down = np.minimum(table.protection, table.values - table.lowest)
    up = np.minimum(table.protection, table.highest - table.values)
    near = (table.values - low < down - slack) | (high - table.values < up - slack)
    return np.asarray(sensitive & (~closed | np.nan_to_num(near, nan=False).astype(bool)), dtype=bool)


TOLERANCE = 1e-5
"""Relative: differences below are those of two solvers."""
