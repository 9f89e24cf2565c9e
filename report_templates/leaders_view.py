"""The one-page summary for leaders (领导参阅): how the parks stand, what has to be decided, what needs attention."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from report_templates.columns import PADDING_MM, text_mm
from report_templates.decided import decided_on
from report_templates.formatting import (
    NULL,
    Figure,
    difference,
    enumerate_chinese,
    number,
    or_dash,
    plain,
    rank_arrow,
)
from report_templates.imprint import Imprint, imprint
from report_templates.indicator_lines import BEHIND, MISSED, OPERATORS, target_standing, telling_decimals
from report_templates.proposal_view import KINDS
from report_templates.published import Published, Row
from scoring.precision import SCORE_DECIMALS
from validation.units import with_unit

LEADERS_KIND = "领导参阅"
# The most that is listed: places from the top and from the bottom, matters to decide, targets, names in a list.
PLACES, MATTERS, TARGETS, NAMES = 5, 7, 5, 3
NAME = 20
# What rows and remarks have of the page beside heads, logo and key figures, in mm; a row is a line of 8 pt or several, a
# remark a line of 10 pt or several (styles/print.css). The widths are those of the columns in leaders.html.j2.
_ROOM, _ROW, _LINE, _REMARK_LINE = 120.0, 1.3, 3.95, 5.2
_MATTER, _PLACE, _TARGET, _TEXT = (50.0, 62.0), 38.0, 80.0, 166.0
# What stays of each list however long the names are.
_LEAST = 3


@dataclass(frozen=True)
class KeyFigure:
    """A figure with its name and a word on it."""

    label: str
    figure: Figure
    unit: str
    more: str


@dataclass(frozen=True)
class PlaceLine:
    """One park of the ranking of all parks."""

    rank: str
    name: str
    score: Figure
    change: str
    grade: str


@dataclass(frozen=True)
class Matter:
    """One rule with the parks it is proposed for; `open_count` is how many of the proposals wait for a decision."""

    kind: str
    label: str
    parks: str
    count: int
    open_count: int
    due: str


@dataclass(frozen=True)
class LateTarget:
    """A target of the region that is behind its path."""

    label: str
    value: str
    target: str
    due: str


@dataclass(frozen=True)
class LeadersView:
    """The summary of one year; `rows` are the first and the last places side by side;
    `more_matters` and `more_targets` are how many did not find room."""

    imprint: Imprint
    figures: tuple[KeyFigure, ...]
    top: tuple[PlaceLine, ...]
    bottom: tuple[PlaceLine, ...]
    rows: tuple[tuple[PlaceLine | None, PlaceLine | None], ...]
    matters: tuple[Matter, ...]
    more_matters: int
    late: tuple[LateTarget, ...]
    more_targets: int
    remarks: tuple[str, ...]


def leaders_view(results: Published) -> LeadersView:
    """The summary for the year of `results`."""
    parks = {row["park_code"]: row for row in results.rows("parks")}
    ranking = [
        row
        for row in results.rows("ranking")
        if row["year"] == results.year and row["group"] == results.overall and row["rank"] is not None
    ]
    ordered = sorted(ranking, key=lambda row: (row["rank"], row["park_code"]))
    top = ordered[:PLACES]
    bottom = ordered[max(len(ordered) - PLACES, len(top)) :]
    first, last = (tuple(_place(row, parks) for row in rows) for rows in (top, bottom))
    matters, late, remarks = _matters(results, parks), _late(results), _remarks(results, parks, ordered)
    rows = tuple(zip_longest(first, last))
    shown = _room_for(matters[:MATTERS], rows, late[:TARGETS], remarks)
    return LeadersView(
        imprint=imprint(results, LEADERS_KIND, results.run["region"]),
        figures=_figures(results, parks, ordered),
        top=first,
        bottom=last,
        rows=rows,
        matters=matters[: shown[0]],
        more_matters=len(matters) - shown[0],
        late=late[: shown[1]],
        more_targets=len(late) - shown[1],
        remarks=remarks,
    )


def _room_for(
    matters: Sequence[Matter],
    rows: Sequence[tuple[PlaceLine | None, PlaceLine | None]],
    late: Sequence[LateTarget],
    remarks: Sequence[str],
) -> tuple[int, int]:
    """How many matters and targets one page has room for beside the places and the remarks."""
    matter_mm = [_row(max(_lines(m.label, _MATTER[0]), _lines(m.parks, _MATTER[1]))) for m in matters]
    target_mm = [_row(_lines(target.label, _TARGET)) for target in late]
    taken = sum(_row(max(_lines(place.name, _PLACE) for place in pair if place is not None)) for pair in rows)
    taken += sum(_REMARK_LINE * _lines(text, _TEXT, 10) + 1 for text in remarks)
    while taken + sum(matter_mm) + sum(target_mm) > _ROOM and max(len(matter_mm), len(target_mm)) > _LEAST:
        (matter_mm if len(matter_mm) >= len(target_mm) else target_mm).pop()
    return len(matter_mm), len(target_mm)


def _row(lines: int) -> float:
    return _ROW + _LINE * lines


def _lines(text: str, width_mm: float, size_pt: float = 8.0) -> int:
    return max(math.ceil((text_mm(text, size_pt) + PADDING_MM) / width_mm), 1)


def _figures(results: Published, parks: Mapping[str, Row], ordered: Sequence[Row]) -> tuple[KeyFigure, ...]:
    evaluated = [row for row in parks.values() if row["evaluated"]]
    scores = [row["score"] for row in ordered if row["score"] is not None]
    mean = sum(scores) / len(scores) if scores else None
    before, ranked_before = _mean_before(results)
    change = (
        NULL
        if mean is None or before is None
        else f"比上年 {difference(mean, before, SCORE_DECIMALS)}（上年排名 {ranked_before} 个）"
    )
    targets = [row for row in results.rows("region_targets") if row["target_value"] is not None]
    attained = sum(1 for row in targets if row["attained"])
    waiting = [row for row in results.rows("proposals") if _waits(results, row)]
    made = len(results.rows("proposals"))
    return (
        KeyFigure("参加评价的园区", number(len(evaluated), 0), "个", f"在册 {len(parks)} 个，排名 {len(ordered)} 个"),
        KeyFigure("平均总分", number(mean, SCORE_DECIMALS), "分", change),
        KeyFigure("达到的地区目标", number(attained, 0), "项", f"共 {len(targets)} 项"),
        KeyFigure("待决定的建议", number(len(waiting), 0), "项", f"本年提出 {made} 项"),
    )


def _mean_before(results: Published) -> tuple[float | None, int]:
    """The mean total of the year before, and of how many ranked parks."""
    scores = [
        row["score"]
        for row in results.rows("ranking")
        if row["year"] == results.year - 1 and row["group"] == results.overall and row["score"] is not None
    ]
    return (sum(scores) / len(scores) if scores else None), len(scores)


def _place(row: Row, parks: Mapping[str, Row]) -> PlaceLine:
    return PlaceLine(
        str(row["rank"]),
        short(parks.get(row["park_code"], {}).get("name", row["park_code"])),
        number(row["score"], SCORE_DECIMALS),
        rank_arrow(row["rank_change"]),
        or_dash(row["grade"], 10),
    )


def _waits(results: Published, proposal: Row) -> bool:
    return decided_on(proposal, results.of_park("decisions", proposal["park_code"])).draft


# What an office has to decide first: sanctions and promotions before rewards.
_URGENCY = ("sanction", "promotion", "release", "reward", "priority")


def _matters(results: Published, parks: Mapping[str, Row]) -> tuple[Matter, ...]:
    by_rule: dict[str, list[Row]] = {}
    order = {row["code"]: row["position"] for row in results.rows("definitions") if row["kind"] == "rule"}
    for row in results.rows("proposals"):
        by_rule.setdefault(row["rule"], []).append(row)

    def urgency(rows: Sequence[Row]) -> tuple[int, int]:
        kind = rows[0]["kind"]
        return (_URGENCY.index(kind) if kind in _URGENCY else len(_URGENCY), order.get(rows[0]["rule"], 0))

    return tuple(_matter(results, rows, parks) for rows in sorted(by_rule.values(), key=urgency))


def _matter(results: Published, rows: Sequence[Row], parks: Mapping[str, Row]) -> Matter:
    names = (short(parks.get(row["park_code"], {}).get("name", row["park_code"])) for row in rows)
    dues = sorted({row["due_date"] for row in rows if row["due_date"] is not None})
    return Matter(
        kind=KINDS.get(rows[0]["kind"], NULL),
        label=or_dash(rows[0]["label"], 24),
        parks=enumerate_chinese(names, NAMES),
        count=len(rows),
        open_count=sum(1 for row in rows if _waits(results, row)),
        due="、".join(f"{due.year}.{due.month}.{due.day}" for due in dues[:2]) or NULL,
    )


def _late(results: Published) -> tuple[LateTarget, ...]:
    return tuple(
        LateTarget(
            plain(row["label"], 24) + (f"（{plain(row['member'], 12)}）" if row["member"] else ""),
            with_unit(number(row["value"], _decimals(row)), plain(row["unit"], 12)),
            f"{OPERATORS.get(row['operator'], '')} {with_unit(number(row['target_value'], _decimals(row)), plain(row['unit'], 12))}",
            str(row["due_year"]) if row["due_year"] else NULL,
        )
        for row in results.rows("region_targets")
        if target_standing(row, results.year) in (MISSED, BEHIND)
    )


def short(name: object) -> str:
    """A name that takes two lines of a narrow column at most; what is cut is marked."""
    text = plain(name)
    return text if len(text) <= NAME else f"{text[: NAME - 2]}……"


def _decimals(row: Row) -> int:
    return telling_decimals(row, 2 if row["decimals"] is None else int(row["decimals"]))


def _remarks(results: Published, parks: Mapping[str, Row], ordered: Iterable[Row]) -> tuple[str, ...]:
    """What a reader would otherwise not see: parks left out, great moves, errors in the data."""
    out = [short(row["name"]) for row in parks.values() if not row["evaluated"]]
    moved = sorted(
        (row for row in ordered if abs(row["rank_change"] or 0) >= 3), key=lambda row: -abs(row["rank_change"])
    )
    moves = [
        f"{short(parks[row['park_code']]['name'])}{'上升' if row['rank_change'] > 0 else '下降'} {abs(row['rank_change'])} 位"
        for row in moved
        if row["park_code"] in parks
    ]
    late = sum(1 for row in parks.values() if (row["late_days"] or 0) > 0)
    unexplained = sum(row["unexplained_count"] or 0 for row in results.rows("data_quality"))
    said = []
    if out:
        said.append(f"没有评价的园区 {len(out)} 个：{enumerate_chinese(out, NAMES)}，原因见评价通报。")
    if moves:
        said.append(f"位次变动较大：{enumerate_chinese(moves, NAMES)}。")
    if late or unexplained:
        said.append(f"数据质量：逾期报送 {late} 个园区，未说明的核实类问题 {unexplained} 处。")
    return tuple(said)
