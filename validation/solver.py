"""Small linear programs, with whole-number variables where asked, solved by HiGHS."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_OPTIONS = {
    "output_flag": False, "threads": 1, "random_seed": 0, "mip_rel_gap": 0.0,
    "primal_feasibility_tolerance": 1e-9, "mip_feasibility_tolerance": 1e-9,
}  # fmt: skip
"""The usual tolerance of one millionth is the step between two figures."""


@dataclass(frozen=True)
class Variable:
    """Limits of one variable, its cost in the sum to be made smallest, and whether it takes whole numbers only."""

    low: float = -math.inf
    high: float = math.inf
    cost: float = 0.0
    whole: bool = False


@dataclass(frozen=True)
class Row:
    """Coefficients by number of the variable; their sum lies between `low` and `high`."""

    coefficients: Mapping[int, float] = field(hash=False)
    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True)
class Solution:
    """The values of the variables and their cost; an unbounded program has cost -inf and no values."""

    values: tuple[float, ...]
    cost: float


def solve(variables: Sequence[Variable], rows: Sequence[Row]) -> Solution | None:
    """The cheapest values that satisfy all `rows`, or None where there are none. The same program gives the same answer."""
    import highspy

    status = highspy.HighsModelStatus
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in _OPTIONS.items():
        solver.setOptionValue(option, value)
    solver.passModel(_program(variables, rows))
    solver.run()
    ended = solver.getModelStatus()
    if ended == status.kOptimal:
        return Solution(tuple(solver.getSolution().col_value), solver.getInfo().objective_function_value)
    if ended == status.kModelEmpty:
        return Solution((), 0.0)
    if ended == status.kInfeasible:
        return None
    if ended in (status.kUnbounded, status.kUnboundedOrInfeasible):
        free = [Variable(one.low, one.high, 0.0, one.whole) for one in variables]
        return None if solve(free, rows) is None else Solution((), -math.inf)
    raise ArithmeticError(f"HiGHS ended with {ended}")


def _program(variables: Sequence[Variable], rows: Sequence[Row]) -> Any:
    import highspy

    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(variables), len(rows)
    program.col_cost_ = [one.cost for one in variables]
    program.col_lower_ = [one.low for one in variables]
    program.col_upper_ = [one.high for one in variables]
    if any(one.whole for one in variables):
        kinds = highspy.HighsVarType
        program.integrality_ = [kinds.kInteger if one.whole else kinds.kContinuous for one in variables]
    program.row_lower_ = [row.low for row in rows]
    program.row_upper_ = [row.high for row in rows]
    entries = [sorted(row.coefficients.items()) for row in rows]
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = [sum(map(len, entries[:number])) for number in range(len(entries) + 1)]
    program.a_matrix_.index_ = [index for row in entries for index, _ in row]
    program.a_matrix_.value_ = [value for row in entries for _, value in row]
    return program
