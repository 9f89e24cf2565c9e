"""Geometry of the charts: scales and positions in CSS pixels, so that the SVG templates only draw.

Marks differ in shape and lightness, never in colour alone, so that charts can be read in black-and-white print.
Positions are rounded to a tenth of a pixel: the same figures give the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# The width of the text area of an A4 page with the margins of styles/print.css (166 mm at 96 dpi).
WIDTH = 627.0


@dataclass(frozen=True)
class Tick:
    """One mark of an axis: position and label."""

    at: float
    label: str


@dataclass(frozen=True)
class ProfileRow:
    """One dimension: bar of the park, group mean and best of the group; null marks are not drawn."""

    label: str
    y: float
    bar: float
    mean_x: float | None
    best_x: float | None
    text: str


@dataclass(frozen=True)
class Profile:
    """Bars of normalised scores (0 to 100) by dimension."""

    height: float
    left: float
    ticks: tuple[Tick, ...]
    rows: tuple[ProfileRow, ...]


def profile(rows: Sequence[tuple[str, float, float | None, float | None, str]]) -> Profile:
    """Geometry from (label, normalised score, group mean, group best, text) per dimension; scores are 0 to 100."""
    left, plot, row_height = 92.0, 455.0, 27.0

    def x(score: float) -> float:
        return _tenth(left + plot * min(max(score, 0.0), 100.0) / 100)

    lines = tuple(
        ProfileRow(
            label,
            _tenth(14 + position * row_height),
            _tenth(x(score) - left),
            None if mean is None else x(mean),
            None if best is None else x(best),
            text,
        )
        for position, (label, score, mean, best, text) in enumerate(rows)
    )
    ticks = tuple(Tick(x(score), f"{score:g}") for score in (0, 20, 40, 60, 80, 100))
    return Profile(14 + row_height * len(rows) + 22, left, ticks, lines)


@dataclass(frozen=True)
class Bullet:
    """A small bar for a table cell: share of full points, with the group's mean as a tick; width 100."""

    bar: float
    mean_x: float | None


def bullet(normalised: float, mean: float | None) -> Bullet:
    """Geometry of one bullet from two scores of 0 to 100."""
    return Bullet(_tenth(_clip(normalised)), None if mean is None else _tenth(_clip(mean)))


@dataclass(frozen=True)
class HistoryPoint:
    """One year of a line: position and the figure written beside it."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Line:
    """Points in the order of the years; `path` joins neighbouring years only."""

    points: tuple[HistoryPoint, ...]
    path: str


@dataclass(frozen=True)
class History:
    """Score (left panel) and rank (right panel) over the years."""

    height: float
    panel: float
    offset: float
    top: float
    bottom: float
    years: tuple[Tick, ...]
    score_ticks: tuple[Tick, ...]
    rank_ticks: tuple[Tick, ...]
    score: Line
    mean: Line
    rank: Line


def history(
    years: Sequence[int],
    scores: Sequence[float | None],
    means: Sequence[float | None],
    ranks: Sequence[int | None],
    group_size: int,
    texts: Sequence[str],
) -> History:
    """Geometry of both panels; `texts` are the printed scores. A year without a figure leaves a gap in the line."""
    height, panel, left, top, bottom = 168.0, 300.0, 34.0, 16.0, 136.0
    known = [value for value in (*scores, *means) if value is not None]
    low = max(0.0, math.floor((min(known, default=0.0) - 4) / 10) * 10)
    high = min(100.0, math.ceil((max(known, default=100.0) + 4) / 10) * 10)
    step = 10 if high - low <= 50 else 20
    places = max(group_size, 2)
    gap = (panel - left - 24) / max(len(years) - 1, 1)

    def x(position: int) -> float:
        return _tenth(left + 12 + gap * position)

    def score_y(score: float) -> float:
        return _tenth(bottom - (bottom - top) * (score - low) / (high - low))

    def rank_y(rank: float) -> float:
        return _tenth(top + (bottom - top) * (rank - 1) / (places - 1))

    score_ticks = tuple(Tick(score_y(v), f"{v:g}") for v in range(int(low), int(high) + 1, step))
    return History(
        height,
        panel,
        WIDTH - panel,
        top,
        bottom,
        tuple(Tick(x(i), str(year)) for i, year in enumerate(years)),
        score_ticks,
        tuple(Tick(rank_y(rank), str(rank)) for rank in _rank_ticks(places)),
        _line([None if v is None else (x(i), score_y(v), texts[i]) for i, v in enumerate(scores)]),
        _line([None if v is None else (x(i), score_y(v), "") for i, v in enumerate(means)]),
        _line([None if v is None else (x(i), rank_y(v), str(v)) for i, v in enumerate(ranks)]),
    )


def _rank_ticks(places: int) -> list[int]:
    if places <= 8:
        return list(range(1, places + 1))
    return [1, *(round(1 + (places - 1) * share) for share in (0.25, 0.5, 0.75)), places]


def _line(points: Sequence[tuple[float, float, str] | None]) -> Line:
    path, pen_down = [], False
    for point in points:
        if point is not None:
            path.append(f"{'L' if pen_down else 'M'}{point[0]} {point[1]}")
        pen_down = point is not None
    return Line(tuple(HistoryPoint(*point) for point in points if point is not None), " ".join(path))


@dataclass(frozen=True)
class Strip:
    """All ranked parks on one scale of the total score; the park itself and its group stand out."""

    height: float
    left: float
    right: float
    ticks: tuple[Tick, ...]
    others: tuple[float, ...]
    peers: tuple[float, ...]
    mean_x: float | None
    own_x: float
    own_text: str
    anchor: str


def strip(own: float, text: str, peers: Sequence[float], others: Sequence[float], mean: float | None) -> Strip:
    """Geometry from total scores: the park's own, those of its group and of the other parks, and the group's mean."""
    left, right = 14.0, WIDTH - 14
    values = [own, *peers, *others]
    low, high = max(0.0, math.floor(min(values) / 10) * 10), min(100.0, math.ceil(max(values) / 10) * 10)
    high = high if high > low else low + 10

    def x(score: float) -> float:
        return _tenth(left + (right - left) * (score - low) / (high - low))

    own_x = x(own)
    anchor = "start" if own_x < left + 90 else "end" if own_x > right - 90 else "middle"
    return Strip(
        66.0,
        left,
        right,
        tuple(Tick(x(v), f"{v:g}") for v in range(int(low), int(high) + 1, 10)),
        tuple(x(score) for score in others),
        tuple(x(score) for score in peers),
        None if mean is None else x(mean),
        own_x,
        text,
        anchor,
    )


@dataclass(frozen=True)
class Segment:
    """One dimension's points in a stacked bar; `shade` numbers the fill; the text is left out of narrow segments."""

    x: float
    width: float
    shade: int
    text: str


@dataclass(frozen=True)
class Stack:
    """The bar of one park."""

    label: str
    y: float
    segments: tuple[Segment, ...]
    end: float
    text: str


@dataclass(frozen=True)
class Stacks:
    """Total scores by park, each made of the points of its dimensions."""

    height: float
    left: float
    ticks: tuple[Tick, ...]
    bars: tuple[Stack, ...]


def stacks(rows: Sequence[tuple[str, Sequence[tuple[float, str]], str]]) -> Stacks:
    """Geometry from (label, (points, text) by dimension, total as text) per park; 100 points fill the scale."""
    left, plot, row_height = 150.0, 425.0, 20.0
    bars = []
    for position, (label, points, total) in enumerate(rows):
        at, segments = left, []
        for shade, (value, text) in enumerate(points):
            width = plot * max(value, 0.0) / 100
            segments.append(Segment(_tenth(at), _tenth(width), shade, text if width >= 26 else ""))
            at += width
        bars.append(Stack(label, _tenth(4 + position * row_height), tuple(segments), _tenth(at), total))
    ticks = tuple(Tick(_tenth(left + plot * v / 100), f"{v:g}") for v in (0, 20, 40, 60, 80, 100))
    return Stacks(4 + row_height * len(rows) + 20, left, ticks, tuple(bars))


@dataclass(frozen=True)
class ProgressRow:
    """One target: bar of what has been attained, tick of where the path should be now; 100 % is the target."""

    label: str
    y: float
    bar: float
    pace_x: float | None
    text: str
    attained: bool


@dataclass(frozen=True)
class Progress:
    """Attainment of targets on a common scale of percent of the target."""

    height: float
    left: float
    target_x: float
    ticks: tuple[Tick, ...]
    rows: tuple[ProgressRow, ...]


def progress(rows: Sequence[tuple[str, float, float | None, str, bool]]) -> Progress:
    """Geometry from (label, % of target, % of target due by now, text, attained); bars end at 130 %."""
    left, plot, row_height, limit = 218.0, 340.0, 21.0, 130.0

    def x(share: float) -> float:
        return _tenth(left + plot * min(max(share, 0.0), limit) / limit)

    lines = tuple(
        ProgressRow(
            label,
            _tenth(16 + i * row_height),
            _tenth(x(share) - left),
            None if pace is None else x(pace),
            text,
            attained,
        )
        for i, (label, share, pace, text, attained) in enumerate(rows)
    )
    ticks = tuple(Tick(x(v), f"{v:g}%") for v in (0, 25, 50, 75, 100, 125))
    return Progress(16 + row_height * len(rows) + 22, left, x(100), ticks, lines)


def _clip(score: float) -> float:
    return min(max(score, 0.0), 100.0)


def _tenth(value: float) -> float:
    return round(value, 1)
