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
class Profile:
    """A bar for a table cell: normalised score, ticks for the group's mean and best; width `PROFILE_WIDTH`."""

    bar: float
    mean_x: float | None
    best_x: float | None
    grid: tuple[float, ...]


# The width of the chart column in the table of dimensions (54 mm less padding).
PROFILE_WIDTH = 194.0


def profile(score: float, mean: float | None, best: float | None) -> Profile:
    """Geometry of one dimension from three scores of 0 to 100; null marks are not drawn."""

    def x(value: float) -> float:
        return _tenth(4 + (PROFILE_WIDTH - 8) * _clip(value) / 100)

    return Profile(
        x(score),
        None if mean is None else x(mean),
        None if best is None else x(best),
        tuple(x(value) for value in (0, 20, 40, 60, 80, 100)),
    )


@dataclass(frozen=True)
class Bullet:
    """A small bar for a table cell: share of full points, with the group's mean as a tick; width 50."""

    bar: float
    mean_x: float | None


def bullet(normalised: float, mean: float | None) -> Bullet:
    """Geometry of one bullet from two scores of 0 to 100."""
    return Bullet(_tenth(_clip(normalised) / 2), None if mean is None else _tenth(_clip(mean) / 2))


@dataclass(frozen=True)
class HistoryPoint:
    """One year of a line: position, the figure written beside it, and the height of that figure's base line."""

    x: float
    y: float
    text: str
    text_y: float


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
    height, panel, left, top, bottom = 158.0, 300.0, 34.0, 24.0, 130.0
    known = [value for value in (*scores, *means) if value is not None]
    low = max(0.0, math.floor((min(known, default=0.0) - 4) / 10) * 10)
    greatest = max(known, default=100.0)
    # Bonuses can lift a total above 100.
    high = max(min(100.0, math.ceil((greatest + 4) / 10) * 10), math.ceil(greatest / 10) * 10)
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
        _line(
            [None if v is None else (x(i), score_y(v), texts[i]) for i, v in enumerate(scores)],
            [s is not None and m is not None and s < m for s, m in zip(scores, means, strict=True)],
        ),
        _line([None if v is None else (x(i), score_y(v), "") for i, v in enumerate(means)]),
        _line([None if v is None else (x(i), rank_y(v), str(v)) for i, v in enumerate(ranks)]),
    )


def _rank_ticks(places: int) -> list[int]:
    if places <= 8:
        return list(range(1, places + 1))
    return [1, *(round(1 + (places - 1) * share) for share in (0.25, 0.5, 0.75)), places]


def _line(points: Sequence[tuple[float, float, str] | None], below: Sequence[bool] = ()) -> Line:
    path, marks, pen_down = [], [], False
    for position, point in enumerate(points):
        if point is not None:
            x, y, text = point
            under = position < len(below) and below[position]
            marks.append(HistoryPoint(x, y, text, _tenth(y + 15 if under else y - 8)))
            path.append(f"{'L' if pen_down else 'M'}{point[0]} {point[1]}")
        pen_down = point is not None
    return Line(tuple(marks), " ".join(path))


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
    low, high = max(0.0, math.floor(min(values) / 10) * 10), math.ceil(max(values) / 10) * 10.0
    high = high if high > low else low + 10

    def x(score: float) -> float:
        return _tenth(left + (right - left) * (score - low) / (high - low))

    own_x = x(own)
    anchor = "start" if own_x < left + 36 else "end" if own_x > right - 36 else "middle"
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
    """One dimension's points in a stacked bar; `shade` numbers the fill."""

    x: float
    width: float
    shade: int


def stack(points: Sequence[float | None]) -> tuple[Segment, ...]:
    """Geometry of the bar of one park for a table cell: 100 points fill a width of 100."""
    at, segments = 0.0, []
    for shade, value in enumerate(points):
        width = max(value or 0.0, 0.0)
        segments.append(Segment(_tenth(at), _tenth(width), shade))
        at += width
    return tuple(segments)


@dataclass(frozen=True)
class Track:
    """A small bar for a table cell: attainment of a target, with ticks for the target and for the pace; width 50."""

    bar: float
    target_x: float
    pace_x: float | None
    attained: bool


# Where the scale of a track ends, in percent of the target.
TRACK_END = 130.0


def track(share: float, pace: float | None, attained: bool) -> Track:
    """Geometry of one track from percent of the target reached, and due by now."""

    def x(percent: float) -> float:
        return _tenth(50 * min(max(percent, 0.0), TRACK_END) / TRACK_END)

    return Track(x(share), x(100), None if pace is None else x(pace), attained)


def _clip(score: float) -> float:
    return min(max(score, 0.0), 100.0)


def _tenth(value: float) -> float:
    return round(value, 1)
