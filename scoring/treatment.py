"""Treatment of outliers before scoring: winsorising by skewness and kurtosis, or the logarithm.

The rule is that of the composite-indicator practice: a column is an outlier's when |skewness| > 2 and kurtosis > 3.5;
points are then drawn in one by one to the next value, at most `winsorise_at_most`; if that does not help and a
logarithm is allowed, the column is transformed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from validation.definition import Definition


class Treatment(Definition):
    """When a column counts as flattened by outliers and what is done about it; `reason` is shown in the method.

    The distribution is that of all ranked parks, or with scope `group` that of each group by itself.
    """

    scope: Literal["group", "all"] = "all"

    skewness: float = Field(default=2, gt=0)
    kurtosis: float = 3.5
    winsorise_at_most: int = Field(default=5, ge=0)
    logarithm: bool = False
    reason: str

    def text(self) -> str:
        """The treatment in Chinese."""
        tail = "，仍不足的取对数" if self.logarithm else ""
        where = "各组" if self.scope == "group" else "全部园区"
        return (
            f"{where}的偏度绝对值大于 {self.skewness:g} 且峰度大于 {self.kurtosis:g} 时，极端值逐个收到相邻值，"
            f"至多 {self.winsorise_at_most} 个{tail}"
        )


@dataclass(frozen=True)
class Treated:
    """What was done to a column: how many values were drawn in at the low and at the high end, and the bounds that
    every value is held to, those of parks outside the ranking included; or the logarithm."""

    low: int
    high: int
    floor: float
    ceiling: float
    logarithm: bool

    def of(self, value: float | None) -> float | None:
        """A value of the column as treated; null stays null."""
        if value is None:
            return None
        if self.logarithm:
            return math.log(max(value - self.floor, 0) + 0.01 * (self.ceiling - self.floor))
        # Of parks outside the ranking only what was drawn in is bounded; other values stay as they are.
        held = min(value, self.ceiling) if self.high else value
        return max(held, self.floor) if self.low else held


def treat(values: Sequence[float | None], treatment: Treatment) -> Treated:
    """How the column of the ranked parks' values is treated; nulls do not count. A column in bounds stays as it is."""
    own = [value for value in values if value is not None]
    if not _flattened(own, treatment):
        return Treated(0, 0, 0, 0, False)
    drawn, low, high = _winsorised(own, treatment)
    if treatment.logarithm and _flattened(drawn, treatment):
        return Treated(0, 0, min(own), max(own), True)
    return Treated(low, high, min(drawn), max(drawn), False)


def skewness(values: Sequence[float]) -> float:
    """Adjusted Fisher–Pearson skewness (G1); 0 where it is not defined."""
    n = len(values)
    second, third = _moment(values, 2), _moment(values, 3)
    if n < 3 or second <= 0:
        return 0.0
    return third / math.pow(second, 1.5) * math.sqrt(n * (n - 1)) / (n - 2)


def kurtosis(values: Sequence[float]) -> float:
    """Sample excess kurtosis (G2); 0 where it is not defined."""
    n = len(values)
    second = _moment(values, 2)
    if n < 4 or second <= 0:
        return 0.0
    excess = _moment(values, 4) / second**2 - 3
    return ((n + 1) * excess + 6) * (n - 1) / ((n - 2) * (n - 3))


def _moment(values: Sequence[float], order: int) -> float:
    if not values:
        return 0.0
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** order for value in values) / len(values)


def _flattened(values: Sequence[float], treatment: Treatment) -> bool:
    return abs(skewness(values)) > treatment.skewness and kurtosis(values) > treatment.kurtosis


def _winsorised(values: Sequence[float], treatment: Treatment) -> tuple[list[float], int, int]:
    """Draw in the extreme at the end that the skewness points to, until in bounds or the limit is reached."""
    drawn, low, high = list(values), 0, 0
    order = sorted(values)
    while low + high < treatment.winsorise_at_most and low + high < len(order) - 1 and _flattened(drawn, treatment):
        if skewness(drawn) > 0:
            high += 1
        else:
            low += 1
        floor, ceiling = order[low], order[len(order) - 1 - high]
        drawn = [min(max(value, floor), ceiling) for value in values]
    return drawn, low, high
