"""What makes one invented park: its registration, and the course of its ratios and counts over the years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FIRST_YEAR, LAST_YEAR = 2020, 2025
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)

Series = tuple[float, ...]
"""One value a year, ending in LAST_YEAR; a state starts the year before the park's first report, a growth rate (in
percent a year) in the year of it."""
Counts = tuple[int, ...]


def at(series: tuple[float, ...] | tuple[int, ...], year: int) -> float:
    """The value of `year`; every series ends in LAST_YEAR, wherever it starts."""
    return series[year - LAST_YEAR - 1]


@dataclass(frozen=True)
class Profile:
    """A park. Money in 万元, areas in 亩, shares in percent; *_growth in percent a year.

    `mix` gives the weights of industries within the leading ones (`leading`) and within the others; the two groups
    share revenue by `leading_share`. `energy_base` is 吨标准煤, `water_base` 立方米 for 1 万元 of value added in the
    year before the first report. `trade_base` is imports and exports of that year. `workforce` and `tax_yield` are
    factors on what size alone would give.
    """

    code: str
    name: str
    level: str
    park_type: str
    region_code: str
    region: str
    approved_year: int
    leading: tuple[str, ...]
    mix: Mapping[str, float]
    revenue_base: float
    revenue_growth: Series
    leading_share: Series
    revenue_per_mu: Series
    rd_share: Series
    energy_base: float
    energy_growth: Series
    water_base: float
    water_growth: Series
    enterprises: Counts
    above_scale: Counts
    leading_enterprises: Counts
    high_tech: Counts
    provincial_centres: Counts
    national_centres: Counts = (0,) * 7
    sewage_treated: Series = (100.0,) * 7
    waste_disposed: Series = (100.0,) * 7
    trade_base: tuple[float, float] = (0.0, 0.0)
    trade_growth: Series = (0.0,) * 6
    talents: Mapping[str, Counts] = field(default_factory=dict)
    workforce: Series = (1.0,) * 7
    tax_yield: Series = (1.0,) * 7
    first_year: int = FIRST_YEAR

    @property
    def years(self) -> range:
        """Statistics years the park reports for."""
        return range(self.first_year, LAST_YEAR + 1)
