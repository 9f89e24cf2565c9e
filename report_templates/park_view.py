"""The view model of a park report: everything that is printed, as formatted text and chart geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from report_templates.charts import History, Strip, strip
from report_templates.correction_view import Correction, correction_of
from report_templates.decided import State, park_state
from report_templates.formatting import (
    NULL,
    chinese_date,
    enumerate_chinese,
    group_title,
    or_dash,
    plain,
)
from report_templates.hierarchy import Hierarchy, SumLine, sum_lines
from report_templates.imprint import NAME_CHARACTERS, Imprint, imprint
from report_templates.indicator_lines import (
    DimensionLine,
    Group,
    IndicatorLine,
    Notes,
    Trends,
    decimals_of,
    dimension_lines,
    indicator_lines,
    targets_told,
)
from report_templates.method_view import Method, park_method
from report_templates.objection import objection_text
from report_templates.pace_lines import TargetLine, target_lines
from report_templates.proposal_view import ProposalBlock, proposal_blocks
from report_templates.published import TREND_YEARS, Published, Row
from report_templates.quality_view import Quality, late_text, quality_of
from report_templates.standing_view import (
    UNGRADED,
    HistoryLine,
    Result,
    Sureness,
    history_chart,
    history_line,
    history_rows,
    result_of,
    sureness_of,
)
from report_templates.statistics_view import StatisticLine, statistic_lines
from report_templates.weak_points import Strength, WeakPoint, strengths, weak_points

TITLE = "园区绩效评价报告"


@dataclass(frozen=True)
class RuleLine:
    """One rule that was examined."""

    label: str
    outcome: str
    condition: str
    evidence: str


@dataclass(frozen=True)
class Evaluation:
    """Everything that exists only for an evaluated park."""

    result: Result
    summary: tuple[str, ...]
    strip: Strip | None
    sureness: tuple[Sureness, ...]
    dimensions: tuple[DimensionLine, ...]
    nested: bool
    sums: tuple[SumLine, ...]
    not_additive: tuple[str, ...]
    indicators: tuple[IndicatorLine, ...]
    indicator_notes: tuple[str, ...]
    targets: tuple[TargetLine, ...]
    target_notes: tuple[str, ...]
    strengths: tuple[Strength, ...]
    weak_points: tuple[WeakPoint, ...]
    history: History | None
    history_lines: tuple[HistoryLine, ...]
    overall: str
    grouped: bool


@dataclass(frozen=True)
class ParkView:
    """A park report; `evaluation` is null for a park that was not evaluated, `note` then says why."""

    imprint: Imprint
    park_code: str
    name: str
    level: str
    facts: tuple[tuple[str, str], ...]
    note: str
    ranked: bool
    correction: Correction | None
    evaluation: Evaluation | None
    proposals: tuple[ProposalBlock, ...]
    rules: tuple[RuleLine, ...]
    quality: Quality
    statistics: tuple[StatisticLine, ...]
    method: Method
    objection: str
    trend_years: int = TREND_YEARS


def park_view(results: Published, park_code: str) -> ParkView:
    """The report of one park. Raises LookupError when the park is not on the register of the year."""
    register = results.of_park("parks", park_code)
    if not register:
        raise LookupError(f"{results.year} 年度名录中没有园区 {park_code}")
    park = register[0]
    scores = results.of_park("scores", park_code)
    evaluated = bool(park["evaluated"]) and bool(scores)
    statistics = results.of_park("statistics", park_code)
    return ParkView(
        imprint=imprint(results, TITLE, park["name"], park_code),
        park_code=plain(park_code, 40),
        name=plain(park["name"], NAME_CHARACTERS),
        level=plain(park["level"], 20),
        facts=_facts(park, park_state(results, park)),
        note=plain(park["note"], 300),
        ranked=bool(park["ranked"]),
        correction=correction_of(results, park_code),
        evaluation=_evaluation(results, park, scores) if evaluated else None,
        proposals=proposal_blocks(results, park_code),
        rules=tuple(_rule(row) for row in results.of_park("rule_checks", park_code)),
        quality=quality_of(
            results.of_park("findings", park_code), statistics, results.of_park("data_quality", park_code)
        ),
        statistics=statistic_lines(statistics),
        method=park_method(results, scores, results.of_park("indicators", park_code)),
        objection=objection_text(results),
    )


def _facts(park: Row, state: State) -> tuple[tuple[str, str], ...]:
    filed = "未报送" if park["filed_on"] is None else chinese_date(park["filed_on"])
    return (
        ("园区代码", plain(park["park_code"], 40)),
        ("级别", or_dash(park["level"], 20)),
        ("类型", or_dash(park["park_type"], 20)),
        ("所在地区", or_dash(park["region"], 20)),
        ("批准设立", f"{park['approved_year']} 年" if park["approved_year"] else NULL),
        ("园区基期", f"{park['base_year']} 年" if park["base_year"] else NULL),
        ("报送日期", filed if park["late_days"] is None else f"{filed}（{late_text(park['late_days'])}）"),
        (
            "园区状态",
            state.text if state.proposed or state.now == state.before else f"{state.now}（上年{state.before}）",
        ),
        ("主导产业", or_dash(park["leading_industries"], 120)),
    )


def _evaluation(results: Published, park: Row, scores: Sequence[Row]) -> Evaluation:
    code = park["park_code"]
    indicators, targets = results.of_park("indicators", code), results.of_park("targets", code)
    group, notes, target_notes = Group.of(results, results.group_of(park)), Notes(), Notes()
    if group.alone:
        indicators = [{**row, "group_mean": None} for row in indicators]
    by_indicator = {row["indicator"]: row for row in targets}
    dimensions = dimension_lines(scores, group)
    total = next(row for row in scores if row["kind"] == "total")
    lines = target_lines(targets, decimals_of(results), target_notes, results.year, park["base_year"])
    indicator_rows = indicator_lines(indicators, scores, by_indicator, group, notes, Trends(results, code))
    weak = weak_points(scores, indicators, by_indicator)
    strong = strengths(scores, indicators, group)
    own_history = history_rows(results, park)
    system = Hierarchy(scores)
    rules = {row["code"]: row for row in results.rows("definitions") if row["kind"] == "adjustment"}
    result = result_of(results, park, total)
    return Evaluation(
        result=result,
        summary=_summary(results, park, result, dimensions, targets, strong, weak),
        strip=_strip(results, park, total, result),
        sureness=sureness_of(results, code),
        dimensions=dimensions,
        nested=system.nested,
        sums=sum_lines(scores, rules),
        not_additive=system.not_additive(),
        indicators=indicator_rows,
        indicator_notes=notes.texts,
        targets=lines,
        target_notes=target_notes.texts,
        strengths=strong,
        weak_points=weak,
        history=history_chart(results, park, own_history),
        history_lines=tuple(history_line(results, park, year, rows) for year, rows in own_history.items()),
        overall=plain(results.overall, 20),
        grouped=any(group != results.overall for rows in own_history.values() for group in rows),
    )


def _summary(
    results: Published,
    park: Row,
    result: Result,
    dimensions: Sequence[DimensionLine],
    targets: Sequence[Row],
    strong: Sequence[Strength],
    weak: Sequence[WeakPoint],
) -> tuple[str, ...]:
    places = "；".join(f"在{group_title(s.group)}中列{s.place}（{s.of}，{s.change}）" for s in result.standings)
    scored = "没有得出总分" if result.score == NULL else f"总分 {result.score} 分（{result.score_change}）"
    head = (
        f"{results.year} 年度，{plain(park['name'], NAME_CHARACTERS)}绩效评价{scored}，"
        f"{result.grade if result.grade == UNGRADED else f'等次为{result.grade}{_since(result)}'}。"
    )
    if places:
        head = f"{head[:-1]}；{places}。"
    elif not park["ranked"]:
        head += f"{plain(park['note'], 200) or '本年评价而不排名'}。"
    return tuple(
        part
        for part in (
            head,
            _sureness_sentence(results, park["park_code"]),
            _dimension_sentence(dimensions),
            _target_sentence(targets, results.year, strong, weak),
        )
        if part
    )


def _since(result: Result) -> str:
    said = "；".join(part for part in (result.veto, result.grade_history) if part)
    return f"（{said}）" if said else ""


def _sureness_sentence(results: Published, park_code: str) -> str:
    """What the robustness test says of the place in the group, and what the place hangs on."""
    found = sureness_of(results, park_code)
    hanging = [plain(row["statement"], 80) for row in results.of_park("sensitivity", park_code)[:1]]
    said = next((sure.statement for sure in found if sure.statement), "")
    return f"位次有多可靠：{'；'.join([said, *hanging])}。" if said else ""


def _dimension_sentence(dimensions: Sequence[DimensionLine]) -> str:
    top = [d for d in dimensions if d.depth == 0]
    above = [d.label for d in top if d.ahead]
    below = [d.label for d in top if d.ahead is False]
    parts = [f"{enumerate_chinese(above)}高于组内均值"] if above else []
    parts += [f"{enumerate_chinese(below)}低于组内均值"] if below else []
    return f"各方面得分中，{'，'.join(parts)}。" if parts else ""


def _target_sentence(targets: Sequence[Row], year: int, strong: Sequence[Strength], weak: Sequence[WeakPoint]) -> str:
    parts = []
    if targets:
        parts.append(targets_told(targets, year, 2))
    if strong:
        parts.append(f"得分高于组内均值最多的是{enumerate_chinese(line.label for line in strong[:2])}")
    if weak:
        parts.append(f"失分最多的是{enumerate_chinese(_lost(line) for line in weak[:2])}")
    return f"{'；'.join(parts)}。" if parts else ""


def _lost(line: WeakPoint) -> str:
    return line.label if line.lost == NULL else f"{line.label}（{line.lost} 分）"


def _strip(results: Published, park: Row, total: Row, result: Result) -> Strip | None:
    rows = [row for row in results.once("totals", lambda: _totals(results)) if row[0] != park["park_code"]]
    peers = [points for _, group, points in rows if group == results.group_of(park)]
    others = [points for _, group, points in rows if group != results.group_of(park)]
    if total["points"] is None or not rows:
        return None
    mean = sum((*peers, total["points"])) / (len(peers) + 1)
    return strip(total["points"], f"本园区 {result.score}", peers, others, mean)


def _totals(results: Published) -> list[tuple[str, str | None, float]]:
    """Code, group and total of every evaluated park."""
    groups = {row["park_code"]: results.group_of(row) for row in results.rows("parks")}
    return [
        (row["park_code"], groups.get(row["park_code"]), row["points"])
        for row in results.rows("scores")
        if row["kind"] == "total" and row["points"] is not None
    ]


def _rule(row: Row) -> RuleLine:
    return RuleLine(
        or_dash(row["label"], 60),
        or_dash(row["outcome"], 20),
        or_dash(row["condition"], 200),
        or_dash(row["evidence"], 300 if row["outcome"] == "未触发" else 500),
    )
