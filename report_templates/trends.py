"""Geometry of trend lines and rank intervals: small drawings beside figures, in the units of their SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TREND_WIDTH, TREND_HEIGHT = 60.0, 15.0
_EDGE = 4.0


@dataclass(frozen=True)
class Trend:
    """The values of some years as a line without scale, the last one marked: shows direction, not size.

    `line` joins neighbouring years only; `goal_y` is the height of the target where it lies within the drawing.
    """

    line: str
    points: tuple[tuple[float, float], ...]
    last: tuple[float, float] | None
    goal_y: float | None


def trend(values: Mapping[int, float | None], year: int, goal: float | None = None) -> Trend | None:
    """Geometry for the years up to `year`; null where fewer than two of them have a value."""
    known = {of_year: value for of_year, value in values.items() if value is not None and of_year <= year}
    if len(known) < 2:
        return None
    first, low, high = min(known), min(known.values()), max(known.values())
    spread = high - low
    # A target far away would flatten the line; it is drawn only where it leaves at least half of the height to the line.
    if goal is not None and min(goal, low) < max(goal, high) and max(goal, high) - min(goal, low) <= 2 * spread:
        low, high = min(goal, low), max(goal, high)
    else:
        goal = None

    def x(of_year: int) -> float:
        return round(_EDGE + (TREND_WIDTH - 2 * _EDGE) * (of_year - first) / max(year - first, 1), 1)

    def y(value: float) -> float:
        share = 0.5 if high == low else (value - low) / (high - low)
        return round(TREND_HEIGHT - 3 - (TREND_HEIGHT - 6) * share, 1)

    path = []
    for of_year in range(first, year + 1):
        if of_year in known:
            joined = of_year - 1 in known
            path.append(f"{'L' if joined else 'M'}{x(of_year)} {y(known[of_year])}")
    points = tuple((x(of_year), y(value)) for of_year, value in known.items())
    last = (x(year), y(known[year])) if year in known else None
    return Trend(" ".join(path), points, last, None if goal is None else y(goal))


@dataclass(frozen=True)
class Interval:
    """Where a park's rank lies when what was chosen is varied: the band from p05 to p95, its median and the published
    rank on a scale of all places."""

    low: float
    high: float
    median: float
    own: float
    ticks: tuple[tuple[float, str], ...]


INTERVAL_LEFT, INTERVAL_RIGHT = 14.0, 613.0


def interval(own: int, low: float, median: float, high: float, places: int) -> Interval:
    """Geometry from the published rank, the fifth, fiftieth and ninety-fifth percentile of ranks, and the number of places."""

    def x(rank: float) -> float:
        share = (min(max(rank, 1), places) - 1) / max(places - 1, 1)
        return round(INTERVAL_LEFT + (INTERVAL_RIGHT - INTERVAL_LEFT) * share, 1)

    marks = _marks(places)
    return Interval(x(low), x(high), x(median), x(own), tuple((x(rank), str(rank)) for rank in marks))


def _marks(places: int) -> Sequence[int]:
    if places <= 12:
        return range(1, places + 1)
    return sorted({1, *(round(1 + (places - 1) * share) for share in (0.25, 0.5, 0.75)), places})
