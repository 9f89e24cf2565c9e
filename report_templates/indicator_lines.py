"""Dimensions and indicators of one park as lines for print.

Means and bests of scores inside a group are taken from the other parks' rows; nothing else is computed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from report_templates.charts import Bullet, Profile, bullet, profile
from report_templates.formatting import NULL, Figure, difference, number, or_dash, plain
from report_templates.hierarchy import TOTAL, Hierarchy
from report_templates.published import Published, Row
from report_templates.trends import Trend, trend
from scoring.precision import SCORE_DECIMALS, decimals_of_mean
from validation.rounding import round_half_up

DEFAULT_DECIMALS = 2
OPERATORS = {">=": "≥", "<=": "≤", ">": "＞", "<": "＜", "=": "＝"}


@dataclass(frozen=True)
class DimensionLine:
    """One dimension, or an indicator right under the total: points, normalised scores of the park, its group's mean
    and best; `ahead` is null at the mean. `depth` is 0 at the top level, and only there is a `profile`."""

    code: str
    depth: int
    label: str
    weight: Figure
    points: Figure
    full_points: Figure
    normalised: Figure
    group_mean: Figure
    group_best: Figure
    difference: Figure
    ahead: bool | None
    profile: Profile | None
    note: str


@dataclass(frozen=True)
class IndicatorLine:
    """One 评价指标; `note` numbers a remark under the table, 0 for none; `bullet` is null where nothing is scored.

    `band` heads the indicators of one dimension: its path and points. `target` is the target with its sign, empty where
    there is none; `benchmark` is what earns full points. `years` are the values drawn in `trend`."""

    code: str
    dimension: str
    band: str
    label: str
    unit: str
    value: Figure
    benchmark: Figure
    target: str
    group_mean: Figure
    previous: Figure
    points: Figure
    full_points: Figure
    attained: str
    on_path: str
    note: int
    bullet: Bullet | None
    trend: Trend | None
    years: tuple[tuple[int, Figure], ...]

    @property
    def goal(self) -> str:
        """What the value is measured by: the target with its sign, or what earns full points."""
        return self.target or self.benchmark


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
    """Normalised scores of all evaluated parks of one group, by node; a park alone in its group is compared with nobody."""

    @classmethod
    def of(cls, results: Published, group: str) -> Group:
        """The group `group` of `results`, gathered once."""
        return results.once(("group", group), lambda: cls(results, group))

    def __init__(self, results: Published, group: str) -> None:
        codes = {row["park_code"] for row in results.rows("parks") if results.group_of(row) == group}
        gathered: dict[str, list[float]] = {}
        scored = [row for row in results.rows("scores") if row["park_code"] in codes]
        self.alone = len({row["park_code"] for row in scored}) < 2
        for row in scored:
            if row["normalised"] is not None and not self.alone:
                gathered.setdefault(row["node"], []).append(row["normalised"])
        self._means = {node: sum(scores) / len(scores) for node, scores in gathered.items()}
        self._bests = {node: max(scores) for node, scores in gathered.items()}

    def mean(self, node: str) -> float | None:
        """Arithmetic mean over the group, as the engine takes it for indicator values."""
        return self._means.get(node)

    def best(self, node: str) -> float | None:
        return self._bests.get(node)


class Trends:
    """Values of one park's indicators in the last years."""

    def __init__(self, results: Published, park_code: str) -> None:
        self._results, self._park_code = results, park_code

    def _known(self, indicator: str) -> Mapping[int, float | None]:
        return self._results.trends.get((self._park_code, indicator), {})

    def drawn(self, indicator: str, goal: float | None) -> Trend | None:
        """The trend line of an indicator, with its target where it is near."""
        return trend(self._known(indicator), self._results.year, goal)

    def values(self, indicator: str, decimals: int) -> tuple[tuple[int, Figure], ...]:
        """(year, printed value) in the order of the years."""
        return tuple((year, number(value, decimals)) for year, value in self._known(indicator).items())


def decimals_of(results: Published) -> Mapping[str, int]:
    """Printed decimal places by indicator code, region targets included."""

    def gather() -> dict[str, int]:
        rows = (*results.rows("region_targets"), *results.rows("indicators"))
        return {row["indicator"]: row["decimals"] for row in rows if row["decimals"] is not None}

    return results.once("decimals", gather)


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
        difference=difference(own, mean, SCORE_DECIMALS),
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
    trends: Trends,
) -> tuple[IndicatorLine, ...]:
    """Scored indicators in the order of the scheme, then the indicators that are only watched."""
    by_code = {row["indicator"]: row for row in indicators}
    scored = [row for row in scores if row["kind"] == "indicator"]
    bands = _bands(scores)
    lines = [
        _scored_line(row, bands, by_code.get(row["node"], {}), targets.get(row["node"]), group, notes, trends)
        for row in scored
    ]
    known = {row["node"] for row in scored}
    watched = [row for row in indicators if row["indicator"] not in known]
    lines.extend(_watched_line(row, targets.get(row["indicator"]), notes, trends) for row in watched)
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
    score: Row,
    bands: Mapping[str, str],
    indicator: Row,
    target: Row | None,
    group: Group,
    notes: Notes,
    trends: Trends,
) -> IndicatorLine:
    decimals = telling_decimals(target, decimals_in(indicator))
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
        target="" if target is None else target_text(target, decimals),
        group_mean=number(indicator.get("group_mean"), decimals_of_mean(decimals)),
        previous=number(indicator.get("previous_value"), decimals),
        points=number(score["points"], SCORE_DECIMALS),
        full_points=number(score["full_points"], SCORE_DECIMALS),
        attained=attained_word(target),
        on_path=path_word(target),
        note=notes(remark),
        bullet=None if score["normalised"] is None else bullet(score["normalised"], mean),
        trend=trends.drawn(score["node"], None if target is None else target["target_value"]),
        years=trends.values(score["node"], decimals),
    )


def _watched_line(indicator: Row, target: Row | None, notes: Notes, trends: Trends) -> IndicatorLine:
    decimals = telling_decimals(target, decimals_in(indicator))
    return IndicatorLine(
        code=indicator["indicator"],
        dimension="",
        band=WATCHED,
        label=plain(indicator["label"], 40),
        unit=or_dash(indicator["unit"]),
        value=number(indicator["value"], decimals),
        benchmark=Figure(NULL),
        target="" if target is None else target_text(target, decimals),
        group_mean=number(indicator["group_mean"], decimals_of_mean(decimals)),
        previous=number(indicator["previous_value"], decimals),
        points=Figure(NULL),
        full_points=Figure(NULL),
        attained=attained_word(target),
        on_path=path_word(target),
        note=notes(indicator["reason"]),
        bullet=None,
        trend=trends.drawn(indicator["indicator"], None if target is None else target["target_value"]),
        years=trends.values(indicator["indicator"], decimals),
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
    return f"{text}（容差 {number(tolerance, decimals)}）" if tolerance else text


_MOST_DECIMALS = 6


def telling_decimals(target: Mapping[str, Any] | None, decimals: int) -> int:
    """How many decimals a target line needs so that its printed figures agree with its verdicts: 14.96 is not told as
    15.0 where 15 was missed. A row of `targets` or `region_targets`; without one `decimals` are enough."""
    if target is None:
        return decimals
    # A verdict that rests on more than this year's figures no number of decimals explains.
    return next((places for places in range(decimals, _MOST_DECIMALS + 1) if _agrees(target, places)), decimals)


def _agrees(target: Mapping[str, Any], decimals: int) -> bool:
    if target["target_value"] is not None and round_half_up(target["target_value"], decimals) != round_half_up(
        target["target_value"], _MOST_DECIMALS
    ):
        return False
    if target["value"] is None or target.get("kind") == "every_year":
        return True
    verdicts = ((target["target_value"], target["attained"]), (target["pace_value"], target["on_path"]))
    value = round_half_up(target["value"], decimals)
    slack = round_half_up(target["tolerance"] or 0.0, _MOST_DECIMALS)
    for bound, verdict in verdicts:
        if bound is None or verdict is None:
            continue
        limit = round_half_up(bound, decimals)
        reached = {
            ">=": value >= limit - slack, ">": value > limit - slack, "<=": value <= limit + slack, "<": value < limit + slack,
            "=": abs(value - limit) <= slack,
        }[target["operator"]]  # fmt: skip
        if reached != verdict:
            return False
    return True


def decimals_in(indicator: Mapping[str, Any]) -> int:
    decimals = indicator.get("decimals")
    return DEFAULT_DECIMALS if decimals is None else int(decimals)


ATTAINED, MISSED, BEHIND, ON_PATH, OPEN, UNTOLD = (
    "达到",
    "到期未达到",
    "落后于进度",
    "尚未到期而符合进度",
    "尚未到期",
    "不能判定",
)


def target_standing(row: Mapping[str, Any], year: int) -> str:
    """How a target stands in `year`, one word for each row of `targets` or `region_targets`, so that counts add up."""
    if row["attained"]:
        return ATTAINED
    if row["attained"] is None and row["on_path"] is None:
        return UNTOLD
    if row["attained"] is False and (row.get("kind") == "every_year" or (row["due_year"] or year + 1) <= year):
        return MISSED
    if row["on_path"] is None:
        return OPEN
    return ON_PATH if row["on_path"] else BEHIND


def targets_told(rows: Sequence[Mapping[str, Any]], year: int, limit: int = 0) -> str:
    """How many targets stand how, in words that add up; those missed or behind by name where they are no more than `limit`."""
    parts = []
    for word in (ATTAINED, MISSED, BEHIND, ON_PATH, OPEN, UNTOLD):
        own = [row for row in rows if target_standing(row, year) == word]
        if own or word == ATTAINED:
            named = word in (MISSED, BEHIND) and 0 < len(own) <= limit
            names = f"（{'、'.join(plain(row['label'], 30) for row in own)}）" if named else ""
            parts.append(f"{word} {len(own)} 项{names}")
    return f"{len(rows)} 项目标中，{'，'.join(parts)}"
