"""Dimensions, indicators and targets of one park as lines for print, with weak points and strengths.

Means and bests of scores inside a group are taken from the other parks' rows; nothing else is computed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from report_templates.charts import Bullet, Profile, bullet, profile
from report_templates.formatting import NULL, gap_unit, number, or_dash, plain
from report_templates.hierarchy import SCORE_DECIMALS, TOTAL, Hierarchy
from report_templates.published import Published, Row

DEFAULT_DECIMALS = 2
# A lead over the group's mean of fewer points of the total than this is not called a strength.
LEAD = 0.2
OPERATORS = {">=": "≥", "<=": "≤", ">": "＞", "<": "＜", "=": "＝"}


@dataclass(frozen=True)
class DimensionLine:
    """One dimension, or an indicator right under the total: points, normalised scores of the park, its group's mean
    and best; `ahead` is null at the mean. `depth` is 0 at the top level, and only there is a `profile`."""

    code: str
    depth: int
    label: str
    weight: str
    points: str
    full_points: str
    normalised: str
    group_mean: str
    group_best: str
    difference: str
    ahead: bool | None
    profile: Profile | None
    note: str


@dataclass(frozen=True)
class IndicatorLine:
    """One 评价指标; `note` numbers a remark under the table, 0 for none; `bullet` is null where nothing is scored.

    `band` heads the indicators of one dimension: its path and points."""

    code: str
    dimension: str
    band: str
    label: str
    unit: str
    value: str
    benchmark: str
    group_mean: str
    previous: str
    points: str
    full_points: str
    attained: str
    on_path: str
    note: int
    bullet: Bullet | None


@dataclass(frozen=True)
class TargetLine:
    """One target with its pace; `attained` and `on_path` are words, `—` where they cannot be told."""

    label: str
    unit: str
    value: str
    target: str
    due: str
    attainment: str
    base: str
    pace: str
    projected: str
    attained: str
    on_path: str
    note: int
    clause: str


@dataclass(frozen=True)
class WeakPoint:
    """An indicator on which points were lost; `cure` says what it takes to reach the benchmark."""

    label: str
    dimension: str
    unit: str
    value: str
    benchmark: str
    gap: str
    group_mean: str
    lost: str
    cure: str


@dataclass(frozen=True)
class Strength:
    """An indicator on which the park leads its group's mean score."""

    label: str
    unit: str
    value: str
    group_mean: str
    points: str
    full_points: str
    lead: str


class Notes:
    """Numbered remarks under a table; the same text keeps its number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __call__(self, text: object) -> int:
        """The number of the remark `text`; 0 for an empty one."""
        remark = plain(text, 200)
        return self._numbers.setdefault(remark, len(self._numbers) + 1) if remark else 0

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(self._numbers)


class Group:
    """Normalised scores of all evaluated parks of one group, by node."""

    def __init__(self, results: Published, group: str) -> None:
        codes = {row["park_code"] for row in results.rows("parks") if results.group_of(row) == group}
        self._scores: dict[str, list[float]] = {}
        for row in results.rows("scores"):
            if row["park_code"] in codes and row["normalised"] is not None:
                self._scores.setdefault(row["node"], []).append(row["normalised"])

    def mean(self, node: str) -> float | None:
        """Arithmetic mean over the group, as the engine takes it for indicator values."""
        scores = self._scores.get(node)
        return sum(scores) / len(scores) if scores else None

    def best(self, node: str) -> float | None:
        return max(self._scores.get(node, ()), default=None)


def decimals_of(results: Published) -> dict[str, int]:
    """Printed decimal places by indicator code, region targets included."""
    rows = (*results.rows("region_targets"), *results.rows("indicators"))
    return {row["indicator"]: row["decimals"] for row in rows if row["decimals"] is not None}


def dimension_lines(scores: Sequence[Row], group: Group) -> tuple[DimensionLine, ...]:
    """The park's dimensions of every depth, and indicators that stand right under the total, in the order of the scheme."""
    system = Hierarchy(scores)
    return tuple(
        _dimension_line(row, system.depth(row["node"]), group)
        for row in scores
        if row["kind"] == "dimension" or (row["kind"] == "indicator" and row["parent"] == TOTAL)
    )


def _dimension_line(row: Row, depth: int, group: Group) -> DimensionLine:
    mean, best, own = group.mean(row["node"]), group.best(row["node"]), row["normalised"]
    return DimensionLine(
        code=row["node"],
        depth=depth,
        label=plain(row["label"], 20),
        weight=number(row["weight"], weight_decimals(row["weight"])),
        points=number(row["points"], SCORE_DECIMALS),
        full_points=number(row["full_points"], SCORE_DECIMALS),
        normalised=number(own, SCORE_DECIMALS),
        group_mean=number(mean, SCORE_DECIMALS),
        group_best=number(best, SCORE_DECIMALS),
        difference=NULL if mean is None or own is None else number(own - mean, SCORE_DECIMALS, signed=True),
        ahead=None if mean is None or own is None or own == mean else own > mean,
        profile=profile(own or 0.0, mean, best) if depth == 0 else None,
        note=plain(row.get("note"), 60) if row["kind"] == "dimension" else "",
    )


def weight_decimals(weight: float | None) -> int:
    """Weights are printed whole where they are whole."""
    return 0 if weight is None or weight == round(weight) else 2


def indicator_lines(
    indicators: Sequence[Row],
    scores: Sequence[Row],
    targets: Mapping[str, Row],
    group: Group,
    notes: Notes,
) -> tuple[IndicatorLine, ...]:
    """Scored indicators in the order of the scheme, then the indicators that are only watched."""
    by_code = {row["indicator"]: row for row in indicators}
    scored = [row for row in scores if row["kind"] == "indicator"]
    bands = _bands(scores)
    lines = [
        _scored_line(row, bands, by_code.get(row["node"], {}), targets.get(row["node"]), group, notes) for row in scored
    ]
    known = {row["node"] for row in scored}
    watched = [row for row in indicators if row["indicator"] not in known]
    lines.extend(_watched_line(row, targets.get(row["indicator"]), notes) for row in watched)
    return tuple(lines)


WATCHED = "监测指标（不计分）"


def _bands(scores: Sequence[Row]) -> dict[str, str]:
    """The head over the indicators of each dimension."""
    system = Hierarchy(scores)
    bands = {TOTAL: "直接计入总分的指标"}
    for row in scores:
        if row["kind"] == "dimension":
            points = (
                f"得分 {number(row.get('points'), SCORE_DECIMALS)} / {number(row.get('full_points'), SCORE_DECIMALS)}"
            )
            if row.get("points") is None:
                points = f"百分制 {number(row['normalised'], SCORE_DECIMALS)}"
            bands[row["node"]] = f"{system.path(row['node'])}　{points}"
    return bands


def _scored_line(
    score: Row, bands: Mapping[str, str], indicator: Row, target: Row | None, group: Group, notes: Notes
) -> IndicatorLine:
    decimals = _decimals(indicator)
    remark = "；".join(part for part in (plain(indicator.get("reason")), plain(score["note"])) if part)
    mean = group.mean(score["node"])
    return IndicatorLine(
        code=score["node"],
        dimension=score["parent"],
        band=bands.get(score["parent"], ""),
        label=plain(score["label"], 40),
        unit=or_dash(indicator.get("unit")),
        value=number(score["value"], decimals),
        benchmark=number(score["benchmark"], decimals),
        group_mean=number(indicator.get("group_mean"), decimals),
        previous=number(indicator.get("previous_value"), decimals),
        points=number(score["points"], SCORE_DECIMALS),
        full_points=number(score["full_points"], SCORE_DECIMALS),
        attained=attained_word(target),
        on_path=path_word(target),
        note=notes(remark),
        bullet=None if score["normalised"] is None else bullet(score["normalised"], mean),
    )


def _watched_line(indicator: Row, target: Row | None, notes: Notes) -> IndicatorLine:
    decimals = _decimals(indicator)
    return IndicatorLine(
        code=indicator["indicator"],
        dimension="",
        band=WATCHED,
        label=plain(indicator["label"], 40),
        unit=or_dash(indicator["unit"]),
        value=number(indicator["value"], decimals),
        benchmark=NULL,
        group_mean=number(indicator["group_mean"], decimals),
        previous=number(indicator["previous_value"], decimals),
        points=NULL,
        full_points=NULL,
        attained=attained_word(target),
        on_path=path_word(target),
        note=notes(indicator["reason"]),
        bullet=None,
    )


def attained_word(target: Row | None) -> str:
    """达到, 未达到, or `—` where there is no target or it cannot be told."""
    if target is None or target["attained"] is None:
        return NULL
    return "达到" if target["attained"] else "未达到"


def path_word(target: Row | None) -> str:
    """符合, 落后, or `—` where there is no pace or it cannot be told."""
    if target is None or target["on_path"] is None:
        return NULL
    return "符合" if target["on_path"] else "落后"


def target_text(row: Row, decimals: int) -> str:
    """Operator and target value, with the tolerance where the document says 左右."""
    if row["target_value"] is None:
        return NULL
    text = f"{OPERATORS.get(row['operator'], plain(row['operator']))} {number(row['target_value'], decimals)}"
    tolerance = row["tolerance"]
    return f"{text} (±{number(tolerance, decimals)})" if tolerance else text


def target_lines(targets: Iterable[Row], decimals: Mapping[str, int], notes: Notes) -> tuple[TargetLine, ...]:
    """The park's targets in the published order."""
    return tuple(_target_line(row, decimals.get(row["indicator"], DEFAULT_DECIMALS), notes) for row in targets)


def _target_line(row: Row, decimals: int, notes: Notes) -> TargetLine:
    due = "逐年" if row["kind"] == "every_year" else str(row["due_year"]) if row["due_year"] else NULL
    return TargetLine(
        label=plain(row["label"], 40),
        unit=or_dash(row["unit"]),
        value=number(row["value"], decimals),
        target=target_text(row, decimals),
        due=due,
        attainment=number(row["attainment_pct"], 1),
        base=number(row["base_value"], decimals),
        pace=number(row["pace_value"], decimals),
        projected=number(row["projected_value"], decimals),
        attained=attained_word(row),
        on_path=path_word(row),
        note=notes(row["note"]),
        clause=plain(row["clause"]),
    )


def weak_points(scores: Sequence[Row], indicators: Iterable[Row], limit: int = 5) -> tuple[WeakPoint, ...]:
    """The `limit` indicators with the greatest lost points, in falling order; ties in the order of the scheme.

    Where scores do not add up to the total the loss is ranked by the weights, and its points are not told.
    """
    by_code = {row["indicator"]: row for row in indicators}
    system = Hierarchy(scores)
    lost = [(_lost(row, system), row) for row in scores if row["kind"] == "indicator"]
    worst = sorted((pair for pair in lost if pair[0] >= 0.005), key=itemgetter(0), reverse=True)[:limit]
    return tuple(
        _weak_point(row, points, by_code.get(row["node"], {}), system.path(row["parent"])) for points, row in worst
    )


def _lost(score: Row, system: Hierarchy) -> float:
    if score["full_points"] is not None and score["points"] is not None:
        return float(score["full_points"] - score["points"])
    return (100 - (score["normalised"] or 0.0)) * system.share(score["node"]) / 100


def _weak_point(score: Row, lost: float, indicator: Row, dimension: str) -> WeakPoint:
    decimals, unit = _decimals(indicator), plain(indicator.get("unit"))
    value, benchmark = score["value"], score["benchmark"]
    gap = None if value is None or benchmark is None else value - benchmark
    told = NULL if score["points"] is None else number(lost, SCORE_DECIMALS)
    return WeakPoint(
        label=plain(score["label"], 40),
        dimension=dimension,
        unit=unit or NULL,
        value=number(value, decimals),
        benchmark=number(benchmark, decimals),
        gap=number(gap, decimals, signed=True),
        group_mean=number(indicator.get("group_mean"), decimals),
        lost=told,
        cure=_cure(score, indicator, gap, told),
    )


def _cure(score: Row, indicator: Row, gap: float | None, lost: str) -> str:
    if score["value"] is None:
        reason = plain(indicator.get("reason"), 60)
        return f"补齐数据：{reason}" if reason else "补齐数据后方可计分"
    gain = "本级得分可提高（非加法合成，折入总分多少不能单独计算）" if lost == NULL else f"总分可增加 {lost} 分"
    if gap is None or not gap:
        return gain if lost == NULL else f"可增加 {lost} 分"
    verb = "提高" if gap < 0 else "下降"
    size = number(abs(gap), _decimals(indicator))
    return f"再{verb} {size} {gap_unit(plain(indicator.get('unit')))}即达到基准值，{gain}"


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
    decimals = _decimals(indicator)
    return Strength(
        label=plain(score["label"], 40),
        unit=or_dash(indicator.get("unit")),
        value=number(score["value"], decimals),
        group_mean=number(indicator.get("group_mean"), decimals),
        points=number(score["points"], SCORE_DECIMALS),
        full_points=number(score["full_points"], SCORE_DECIMALS),
        lead=NULL if score["full_points"] is None else number(lead, SCORE_DECIMALS, signed=True),
    )


def _decimals(indicator: Row) -> int:
    decimals = indicator.get("decimals")
    return DEFAULT_DECIMALS if decimals is None else int(decimals)
