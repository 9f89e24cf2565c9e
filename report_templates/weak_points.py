"""Strengths and weak points (短板) of one park, and what it takes to earn the points that were lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from operator import itemgetter
from typing import Any

from report_templates.formatting import NULL, Figure, gap_unit, number, or_dash, plain
from report_templates.hierarchy import Hierarchy
from report_templates.indicator_lines import Group, decimals_in, target_text, telling_decimals
from report_templates.published import Row
from scoring.precision import SCORE_DECIMALS, decimals_of_mean
from validation.rounding import round_half_up

# A lead over the group's mean of fewer points of the total than this is not called a strength.
LEAD = 0.2
# A loss of less is rounding.
LOSS = 0.005


@dataclass(frozen=True)
class WeakPoint:
    """An indicator on which points were lost; `cure` says what it takes to earn more of them, or why that cannot be told.

    `goal` is the target with its sign, or the value that earns full points; `needed` the value of the next step and
    `gain` the points of the total it brings, both `—` where they cannot be told beforehand."""

    label: str
    dimension: str
    unit: str
    value: Figure
    benchmark: Figure
    goal: str
    gap: Figure
    group_mean: Figure
    lost: Figure
    needed: Figure
    gain: Figure
    cure: str


@dataclass(frozen=True)
class Strength:
    """An indicator on which the park leads its group's mean score."""

    label: str
    unit: str
    value: Figure
    group_mean: Figure
    points: Figure
    full_points: Figure
    lead: Figure


def weak_points(
    scores: Sequence[Row], indicators: Iterable[Row], targets: Mapping[str, Row] | None = None, limit: int = 5
) -> tuple[WeakPoint, ...]:
    """The `limit` indicators with the greatest lost points, in falling order; ties in the order of the scheme.

    Where scores do not add up to the total the loss is ranked by the weights, and its points are not told.
    """
    by_code = {row["indicator"]: row for row in indicators}
    system = Hierarchy(scores)
    lost = [(_lost(row, system), row) for row in scores if row["kind"] == "indicator"]
    worst = sorted((pair for pair in lost if pair[0] >= LOSS), key=itemgetter(0), reverse=True)[:limit]
    return tuple(
        _weak_point(row, points, by_code.get(row["node"], {}), (targets or {}).get(row["node"]), system)
        for points, row in worst
    )


def _lost(score: Row, system: Hierarchy) -> float:
    if score["full_points"] is not None and score["points"] is not None:
        return float(score["full_points"] - score["points"])
    return (100 - (score["normalised"] or 0.0)) * system.share(score["node"]) / 100


def _weak_point(score: Row, lost: float, indicator: Row, target: Row | None, system: Hierarchy) -> WeakPoint:
    decimals, unit = telling_decimals(target, decimals_in(indicator)), plain(indicator.get("unit"))
    value, benchmark = score["value"], score["benchmark"]
    gap = None if value is None or benchmark is None else value - benchmark
    full = number(benchmark, decimals)
    return WeakPoint(
        label=plain(score["label"], 40),
        dimension=system.path(score["parent"]),
        unit=unit or NULL,
        value=number(value, decimals),
        benchmark=full,
        goal=full if target is None else target_text(target, decimals),
        gap=number(gap, decimals, signed=True),
        group_mean=number(indicator.get("group_mean"), decimals_of_mean(decimals)),
        lost=Figure(NULL) if score["points"] is None else number(lost, SCORE_DECIMALS),
        needed=_needed(score, indicator),
        gain=number(_gain(score), SCORE_DECIMALS, signed=True),
        cure=cure(score, indicator),
    )


def _needed(score: Mapping[str, Any], indicator: Mapping[str, Any]) -> Figure:
    """The value of the next step, rounded towards the safe side: what is printed is enough."""
    needed = score.get("next_value")
    if needed is None:
        return Figure(NULL)
    decimals, lower = decimals_in(indicator), indicator.get("direction") == "lower"
    # Binary noise far behind the printed places must not push the figure a whole step up.
    exact = Decimal(repr(round(needed, decimals + 6)))
    safe = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_FLOOR if lower else ROUND_CEILING)
    return Figure(number(safe, decimals), needed)


def _gain(score: Mapping[str, Any]) -> float | None:
    points, full = score.get("next_points"), score["full_points"]
    if points is None or full is None or score["points"] is None:
        return None
    return float((points - score["normalised"]) * full / 100)


def cure(score: Mapping[str, Any], indicator: Mapping[str, Any]) -> str:
    """What it takes to earn more on an indicator, in words; for full points, and for results of earlier versions, `—`."""
    if score["value"] is None:
        reason = plain(indicator.get("reason"), 60)
        return f"补齐数据：{reason}" if reason else "补齐数据后方可计分"
    said = plain(score.get("next_note"), 80)
    if score.get("next_value") is None:
        return said or NULL
    unit, decimals = plain(indicator.get("unit")), decimals_in(indicator)
    needed = _needed(score, indicator)
    change = score["next_value"] - score["value"]
    # The difference of the two printed figures, so that the reader's own subtraction agrees.
    size = number(abs(Decimal(needed.replace(",", "")) - round_half_up(score["value"], decimals)), decimals)
    gain = _gain(score)
    brings = (
        f"百分制得分由 {number(score['normalised'], SCORE_DECIMALS)} 升至 {number(score['next_points'], SCORE_DECIMALS)}"
        if gain is None
        else f"总分加 {number(gain, SCORE_DECIMALS)}"
    )
    verb = "提高" if change > 0 else "下降"
    bound = "不低于" if change > 0 else "不高于"
    return f"{said}须{bound} {needed}，再{verb} {size} {gap_unit(unit)}；{brings}"


def strengths(scores: Sequence[Row], indicators: Iterable[Row], group: Group, limit: int = 3) -> tuple[Strength, ...]:
    """The `limit` indicators whose score is furthest above the group's mean score, weighted by their full points."""
    by_code = {row["indicator"]: row for row in indicators}
    system = Hierarchy(scores)
    leads: list[tuple[float, Row]] = []
    for row in scores:
        mean = group.mean(row["node"])
        if row["kind"] == "indicator" and mean is not None and row["normalised"] is not None:
            full = system.share(row["node"]) if row["full_points"] is None else row["full_points"]
            leads.append(((row["normalised"] - mean) * full / 100, row))
    best = sorted((pair for pair in leads if pair[0] >= LEAD), key=itemgetter(0), reverse=True)[:limit]
    return tuple(_strength(row, lead, by_code.get(row["node"], {})) for lead, row in best)


def _strength(score: Row, lead: float, indicator: Row) -> Strength:
    decimals = decimals_in(indicator)
    return Strength(
        label=plain(score["label"], 40),
        unit=or_dash(indicator.get("unit")),
        value=number(score["value"], decimals),
        group_mean=number(indicator.get("group_mean"), decimals_of_mean(decimals)),
        points=number(score["points"], SCORE_DECIMALS),
        full_points=number(score["full_points"], SCORE_DECIMALS),
        lead=Figure(NULL) if score["full_points"] is None else number(lead, SCORE_DECIMALS, signed=True),
    )
