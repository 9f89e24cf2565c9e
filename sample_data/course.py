"""What makes one invented park of the smaller regions: its registration and the straight course of its ratios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Course:
    """A park that reports for `years`; its revenue (万元, in the year before them) grows by `growth` percent a year.

    Every ratio in `ratios` runs straight from its first value (the year before the first report) to its last (the
    last report), unless `planted` gives another value for a year. `mix` weighs industries within the leading ones and within the others;
    the two groups share revenue by the ratio leading_share.
    """

    code: str
    name: str
    levels: Mapping[int, str]
    park_type: str
    region_code: str
    region: str
    approved_year: int
    leading: tuple[str, ...]
    mix: Mapping[str, float]
    revenue: float
    growth: tuple[float, ...]
    years: range
    ratios: Mapping[str, tuple[float, float]]
    planted: Mapping[tuple[str, int], float] = field(default_factory=dict)

    def ratio(self, name: str, year: int) -> float:
        """The ratio `name` in `year`."""
        if (name, year) in self.planted:
            return self.planted[name, year]
        start, end = self.ratios[name]
        return start + (end - start) * (year - self.years[0] + 1) / len(self.years)

    def revenue_in(self, year: int) -> float:
        """Intended revenue of `year` before scatter."""
        value = self.revenue
        for rate in self.growth[: year - self.years[0] + 1]:
            value *= 1 + rate / 100
        return value
