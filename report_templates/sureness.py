"""How sure the places of all parks are, and what the audit of the index found: drawings for tables, and their views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from report_templates.formatting import group_title, number, plain
from report_templates.published import Published, Row

SPAN_WIDTH = 216.0
_SPAN_EDGE = 7.0


@dataclass(frozen=True)
class Span:
    """One park's line on the scale of its group's places: p05 to p95, the median and the published place."""

    low: float
    high: float
    median: float
    own: float
    grid: tuple[float, ...]


def span(own: int, low: int, median: int, high: int, places: int) -> Span:
    """Geometry for a table cell of width `SPAN_WIDTH`; the first place is at the left."""

    def x(rank: float) -> float:
        share = (min(max(rank, 1), places) - 1) / max(places - 1, 1)
        return round(_SPAN_EDGE + (SPAN_WIDTH - 2 * _SPAN_EDGE) * share, 1)

    step = max(1, -(-places // 12))
    return Span(x(low), x(high), x(median), x(own), tuple(x(rank) for rank in range(1, places + 1, step)))


@dataclass(frozen=True)
class SureLine:
    """One park: its place, where it lies in nine of ten draws, and what it hangs on."""

    name: str
    rank: str
    between: str
    chart: Span | None
    hangs_on: str


@dataclass(frozen=True)
class SureGroup:
    """The parks of a group in the order of their places."""

    title: str
    lines: tuple[SureLine, ...]


def sure_groups(results: Published, order: Sequence[str]) -> tuple[SureGroup, ...]:
    """Groups in `order`; empty where no robustness test was made. Draws, median and both ends are ranks of the own
    group."""
    names = {row["park_code"]: plain(row["name"], 40) for row in results.rows("parks")}
    hanging = {row["park_code"]: row["statement"] for row in results.rows("sensitivity")}
    groups: dict[str, list[Row]] = {}
    for row in results.rows("robustness"):
        if row["rank"] is not None and row["rank_p05"] is not None:
            groups.setdefault(row["group"] or results.overall, []).append(row)
    return tuple(
        SureGroup(
            f"{group_title(plain(group, 20))}（{len(groups[group])} 个）",
            tuple(
                _sure_line(row, names, hanging)
                for row in sorted(groups[group], key=lambda row: (row["rank"], row["park_code"]))
            ),
        )
        for group in [*(one for one in order if one in groups), *sorted(set(groups) - set(order))]
    )


def _sure_line(row: Row, names: Mapping[str, str], hanging: Mapping[str, str]) -> SureLine:
    low, high, places = row["rank_p05"], row["rank_p95"], row["group_size"]
    alone = places <= 1
    said = plain(hanging.get(row["park_code"]), 60).removeprefix("位次主要取决于")
    return SureLine(
        names.get(row["park_code"], row["park_code"]),
        str(row["rank"]),
        "组内只有一个" if alone else f"第 {low} 位" if low == high else f"第 {low}—{high} 位",
        None if alone else span(row["rank"], low, row["rank_median"], high, places),
        said or ("位次不变" if low == high == row["rank"] and not alone else ""),
    )


GAUGE_WIDTH, _GAUGE_LEFT, _GAUGE_RIGHT = 270.0, 24.0, 246.0


@dataclass(frozen=True)
class Gauge:
    """A figure on a scale: dot, interval, and the limit it has passed, each with its words; `dots` are the figures of
    the parks in place of one figure."""

    figure: float | None
    text: str
    low: float | None
    high: float | None
    limit: float | None
    limit_text: str
    ends: tuple[str, str]
    dots: tuple[float, ...]


@dataclass(frozen=True)
class AuditLine:
    """One finding: what it is about, a sentence, what to do, and its picture."""

    about: str
    sentence: str
    advice: str
    chart: Gauge


@dataclass(frozen=True)
class AuditKind:
    """The findings of one kind, and what the kind means."""

    label: str
    meaning: str
    lines: tuple[AuditLine, ...]


@dataclass(frozen=True)
class Audit:
    """The chapter on the audit of the index; `others` counts findings that are not printed."""

    few: str
    kinds: tuple[AuditKind, ...]
    others: int


MEANINGS = {
    "weight": "权重写的是一回事，园区之间得分的差距决定它实际起多大作用。横线为实际份额的区间，竖线为名义权重。",
    "redundant": "两项得分同升同降的程度，-1 为完全相反，0 为无关，1 为完全同步。",
    "contrary": "一项得分高、另一项就低，加在一起互相抵消。",
    "weak": "指标与所属方面的得分应当同向。",
    "alpha": "同一方面的各项应当大体同高同低，一致性系数越接近 1 越一致。",
    "component": "同一方面的各项若在量同一件事，一个共同因素就能说明大部分差别。",
    "flat": "大家得分都一样的指标，不影响名次。",
    "missing": "没有得分的园区所占的比例。",
    "outlier": "每条短线是一个园区的指标值：个别离得很远，其余就挤在一起。",
}
PRINTED = 40
"""The most findings that are printed."""


def audit_chapter(results: Published) -> Audit | None:
    """The chapter for the year of `results`; null where no audit was made."""
    if not results.rows("audit_nodes"):
        return None
    rows = list(results.rows("audit"))
    few = [row for row in rows if row["kind"] == "few"]
    told = [row for row in rows if row["kind"] in MEANINGS]
    kinds: dict[str, list[Row]] = {}
    for row in told[:PRINTED]:
        kinds.setdefault(row["kind"], []).append(row)
    return Audit(
        " ".join(f"{plain(row['sentence'], 400)}{plain(row['advice'], 200)}" for row in few),
        tuple(
            AuditKind(
                plain(own[0]["kind_label"], 20), MEANINGS[kind], tuple(_audit_line(results, row) for row in own)
            )
            for kind, own in kinds.items()
        ),
        max(len(told) - PRINTED, 0),
    )  # fmt: skip


def _audit_line(results: Published, row: Row) -> AuditLine:
    pair = row["kind"] in ("redundant", "contrary", "weak")
    about = plain(row["label"], 40) + (f" 与 {plain(row['other_label'], 40)}" if pair else "")
    return AuditLine(about, plain(row["sentence"], 400), plain(row["advice"], 200), gauge(results, row))


def gauge(results: Published, row: Row) -> Gauge:
    """The picture of one finding on the scale of its kind."""
    kind, figure, limit = row["kind"], row["figure"], row["threshold"]
    if kind == "outlier":
        values = [one["value"] for one in results.rows("scores") if one["node"] == row["node"]]
        return _strip([value for value in values if value is not None])
    if kind in ("redundant", "contrary", "weak"):
        return _gauge(row, -1, 1, ("-1 相反", "1 同步"), number(figure, 2), f"界线 {number(limit, 1)}")
    if kind == "alpha":
        low = min(0.0, float(figure))
        return _gauge(
            row, low, 1, (number(low, 1) if low < 0 else "0", "1 一致"), number(figure, 2), f"通常要求 {limit:g}"
        )
    if kind == "weight":
        top = max(float(row["high"] or figure), float(limit), float(figure)) * 1.1
        return _gauge(row, 0, top, ("0", ""), f"实际 {number(figure, 0)}%", f"名义 {round(limit, 1):g}%")
    return _gauge(row, 0, 100, ("0", "100%"), f"{number(figure, 0)}%", f"界线 {limit:g}%")


def _gauge(row: Row, start: float, end: float, ends: tuple[str, str], text: str, limit_text: str) -> Gauge:
    def x(value: float | None) -> float | None:
        return None if value is None else _at(value, start, end)

    return Gauge(
        x(row["figure"]), text, x(row["low"]), x(row["high"]), x(row["threshold"]), limit_text, ends, ()
    )  # fmt: skip


def _strip(values: Sequence[float]) -> Gauge:
    low, high = min(values, default=0.0), max(values, default=1.0)
    ends = (number(low, 1), number(high, 1))
    return Gauge(None, "", None, None, None, "", (str(ends[0]), str(ends[1])), tuple(_at(v, low, high) for v in values))


def _at(value: float, start: float, end: float) -> float:
    share = 0.5 if end == start else (min(max(value, start), end) - start) / (end - start)
    return round(_GAUGE_LEFT + (_GAUGE_RIGHT - _GAUGE_LEFT) * share, 1)
