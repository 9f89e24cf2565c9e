"""View model of the park report: cases with expected texts worked by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from report_templates.indicator_lines import Group, Notes, Trends, indicator_lines
from report_templates.pace_lines import target_lines
from report_templates.park_view import park_view
from report_templates.published import Published, published
from report_templates.weak_points import strengths, weak_points
from tests.reports import fabricated, fabricated_scheme


def indicator(code: str, value: float | None, **more: Any) -> dict[str, Any]:
    row = {
        "indicator": code, "label": code.upper(), "value": value, "unit": "%", "decimals": 1, "direction": "higher",
        "previous_value": None, "group_mean": 10.0, "reason": None, "park_code": "P",
    }  # fmt: skip
    return row | more


def score(
    node: str, value: float | None, benchmark: float, normalised: float, full: float, **more: Any
) -> dict[str, Any]:
    row = {
        "node": node, "parent": "d", "kind": "indicator", "label": node.upper(), "value": value, "benchmark": benchmark,
        "normalised": normalised, "points": normalised * full / 100, "full_points": full, "note": None, "park_code": "P",
    }  # fmt: skip
    return row | more


DIMENSION = {
    "node": "d",
    "parent": "total",
    "kind": "dimension",
    "label": "创新能力",
    "normalised": 50.0,
    "park_code": "P",
}


def group_of(*scores: dict[str, Any]) -> Group:
    parks = [{"park_code": code, "level": "省级"} for code in sorted({row["park_code"] for row in scores})]
    return Group(Published("s", 2025, {"parks": parks, "scores": scores}, {}), "省级")


def test_weak_points_stand_in_the_order_of_lost_points_and_say_what_it_takes() -> None:
    scores = [
        DIMENSION,
        score("a", 12.0, 15.0, 80.0, 10.0, next_note="不能预先算出"),  # loses 2.0
        score("b", 30.0, 60.0, 50.0, 10.0, next_value=60.0, next_points=100.0, next_note="达到目标值"),  # loses 5.0
        score("c", 100.0, 100.0, 100.0, 10.0),  # loses nothing
        score("e", -1.0, -3.0, 40.0, 5.0, next_value=-1.333, next_points=60.0, next_note="到下一档"),  # loses 3.0
        score("f", None, 1.0, 0.0, 4.0),  # loses 4.0
    ]
    rows = [
        indicator("a", 12.0),
        indicator("b", 30.0),
        indicator("c", 100.0),
        indicator("e", -1.0, direction="lower"),
        indicator("f", None, reason="缺少出口总额"),
    ]
    found = weak_points(scores, rows)
    assert [(point.label, point.lost) for point in found] == [
        ("B", "5.00"),
        ("F", "4.00"),
        ("E", "3.00"),
        ("A", "2.00"),
    ]
    assert found[0].gap == "-30.0"
    assert found[0].dimension == "创新能力"
    assert found[0].cure == "达到目标值须不低于 60.0，再提高 30.0 个百分点；总分加 5.00"
    assert (found[0].needed.value, found[0].gain.value) == (60.0, 5.0)
    assert found[1].cure == "补齐数据：缺少出口总额"
    # What is printed must be enough: -1.333 of an indicator that should fall becomes -1.4, never -1.3.
    assert found[2].cure == "到下一档须不高于 -1.4，再下降 0.4 个百分点；总分加 1.00"
    assert found[3].cure == "不能预先算出"


def test_strengths_are_leads_over_the_mean_score_of_the_group() -> None:
    own = [DIMENSION, score("a", 12.0, 15.0, 80.0, 10.0), score("b", 6.0, 10.0, 60.0, 10.0)]
    other = [score("a", 6.0, 15.0, 40.0, 10.0, park_code="Q"), score("b", 9.0, 10.0, 90.0, 10.0, park_code="Q")]
    found = strengths(own, [indicator("a", 12.0), indicator("b", 6.0)], group_of(*own, *other))
    # The mean of a is 60 of 100 points, so the lead is 20 % of 10 points; b is behind.
    assert [(line.label, line.lead) for line in found] == [("A", "+2.00")]


def test_a_missing_value_is_a_dash_with_its_reason_as_a_remark() -> None:
    rows = [
        indicator("a", None, reason="缺少出口总额"),
        indicator("b", 1.25),
        indicator("x", None, reason="缺少出口总额"),
    ]
    scores = [DIMENSION, score("a", None, 15.0, 0.0, 10.0, note="缺数计零"), score("b", 1.25, 10.0, 12.5, 10.0)]
    notes = Notes()
    lines = indicator_lines(rows, scores, {}, group_of(*scores), notes, Trends(Published("s", 2025, {}, {}), "P"))
    assert [(line.value, line.points, line.note) for line in lines] == [
        ("—", "0.00", 1),
        ("1.3", "1.25", 0),
        ("—", "—", 2),
    ]
    assert notes.texts == ("缺少出口总额；缺数计零", "缺少出口总额")


def test_targets_show_operator_tolerance_and_pace_in_words() -> None:
    target = {
        "indicator": "a", "label": "营业收入年均增长", "unit": "%", "value": 12.34, "operator": ">=", "target_value": 15.0,
        "tolerance": 1.0, "due_year": 2025, "kind": "end", "attained": False, "attainment_pct": 82.25, "base_value": None,
        "pace_value": 12.0, "on_path": True, "projected_value": 14.05, "note": None, "clause": "一（三）",
    }  # fmt: skip
    every_year = target | {"kind": "every_year", "operator": "<", "tolerance": None, "attained": None, "on_path": None}
    first, second = target_lines([target, every_year], {"a": 1}, Notes(), 2024, 2020)
    assert (first.value, first.target, first.due, first.attainment) == ("12.3", "≥ 15.0（容差 1.0）", "2025", "82.3")
    assert (first.base, first.pace, first.projected) == ("—", "12.0", "14.1")
    assert (first.attained, first.on_path) == ("未达到", "符合")
    assert (second.target, second.due, second.attained, second.on_path) == ("＜ 15.0", "逐年", "—", "—")


def test_pace_is_what_each_year_brought_and_what_each_year_must_bring() -> None:
    # From 1.0 in 2020 to 1.6 in 2023: 0.2 a year; 0.4 are missing in the two years to 2025.
    target = {
        "indicator": "a", "label": "企业数量与基期之比", "unit": "倍", "value": 1.6, "operator": ">=", "target_value": 2.0,
        "tolerance": None, "due_year": 2025, "kind": "end", "attained": False, "attainment_pct": 80.0, "base_value": 1.0,
        "pace_value": 1.6, "on_path": True, "projected_value": 2.0, "note": None, "clause": "一（三）",
    }  # fmt: skip
    late = target | {"due_year": 2023}
    done = target | {"value": 2.2, "attained": True}
    unknown = target | {"projected_value": None}
    lines = target_lines([target, late, done, unknown], {"a": 1}, Notes(), 2023, 2020)
    told = [(line.actual, line.required, line.required_note) for line in lines]
    assert told == [("+0.20", "+0.20", ""), ("+0.20", "—", "已到期"), ("+0.40", "—", "已达到"), ("—", "—", "")]


def test_the_grade_is_shown_with_how_long_it_has_stood(results: Published) -> None:
    for park in results.rows("parks"):
        view = park_view(results, park["park_code"])
        if view.evaluation is None or view.evaluation.result.grade == "不评定等次":
            continue
        group = results.group_of(park)
        rows = {r["year"]: r["grade"] for r in results.of_park("ranking", park["park_code"]) if r["group"] == group}
        same = 0
        while rows.get(2025 - same) == rows[2025]:
            same += 1
        said = view.evaluation.result.grade_history
        assert said == (f"连续 {same} 年{rows[2025]}" if same > 1 else f"上年{rows[2024]}" if rows.get(2024) else "")


def test_rank_intervals_are_shown_only_where_they_were_computed(
    results: Published, tables: dict[str, pl.DataFrame]
) -> None:
    assert park_view(results, "YN5328-01").evaluation.sureness == ()  # type: ignore[union-attr]
    row = {"scheme": fabricated.SCHEME, "year": 2025, "park_code": "YN5328-01", "group": "省级", "rank_median": 2,
           "rank_p05": 1, "rank_p95": 3, "overall_rank_median": 3, "overall_rank_p05": 1, "overall_rank_p95": 6,
           "statement": "位次较稳"}  # fmt: skip
    more = published(tables | {"robustness": pl.DataFrame([row])}, fabricated.SCHEME, 2025)
    own, sure = park_view(more, "YN5328-01").evaluation.sureness  # type: ignore[union-attr]
    assert (own.group, own.median, own.low, own.high, own.statement) == ("省级", "第 2 位", "1", "3", "位次较稳")
    assert (sure.group, sure.median, sure.low, sure.high) == ("全部园区", "第 3 位", "1", "6")


def test_the_cover_tells_score_rank_and_change(results: Published) -> None:
    ranking = {r["group"]: r for r in results.of_park("ranking", "YN5328-01") if r["year"] == 2025}
    view = park_view(results, "YN5328-01")
    assert view.evaluation is not None
    result = view.evaluation.result
    assert result.score == f"{ranking['全部园区']['score']:.2f}"
    assert [standing.group for standing in result.standings] == ["省级", "全部园区"]
    assert result.standings[0].place == f"第 {ranking['省级']['rank']} 位"
    assert result.standings[1].of == "共 10 个"
    assert result.grade in view.evaluation.summary[0]
    assert [line.year for line in view.evaluation.history_lines] == ["2021", "2022", "2023", "2024", "2025"]


def test_points_of_the_indicators_stand_under_their_dimension(results: Published) -> None:
    evaluation = park_view(results, "YN5328-01").evaluation
    assert evaluation is not None
    codes = [line.dimension for line in evaluation.indicators]
    assert codes == ["scale"] * 4 + ["quality"] * 2 + ["innovation"] * 4 + ["green"] * 4 + ["opening"] * 2 + [""] * 4


def test_a_park_that_is_not_evaluated_says_why(results: Published) -> None:
    view = park_view(results, fabricated_scheme.REFUSED)
    assert view.evaluation is None
    assert view.note == "工业总产值（规模!D4）为负数，未更正，本年不评价"
    assert [finding.severity for finding in view.quality.findings] == ["错误"]
    assert view.quality.findings[0].place == "规模!D4"


def test_a_start_up_is_scored_without_rank(results: Published) -> None:
    view = park_view(results, fabricated_scheme.STARTUP)
    assert view.evaluation is not None
    assert not view.ranked
    assert view.evaluation.result.standings == ()
    assert view.evaluation.result.grade == "不评定等次"
    assert "评价而不排名" in view.evaluation.summary[0]


def test_corrections_show_what_was_filed_and_why_it_changed(results: Published) -> None:
    line = park_view(results, "YN5328-03").quality.corrections[0]
    assert line.label == "营业收入"
    assert line.reason == "误按元填报，已按万元更正"
    assert float(line.filed.replace(",", "")) == pytest.approx(10000 * float(line.value.replace(",", "")))


def test_formulas_are_read_in_chinese_and_choices_carry_their_reason(results: Published) -> None:
    method = park_view(results, "YN5328-01").method
    per_mu = method.dimensions[1].nodes[1]
    assert per_mu.reading == "营业收入 ÷ 已开发工业用地面积"
    assert per_mu.formula == "revenue_10k_cny / developed_industrial_land_mu"
    chosen = {line.label: (line.bureau_choice, line.source) for line in method.parameters}
    assert chosen["重大项目投资额"] == (False, "条款 三（六）3")
    assert chosen["缺数处理"] == (True, "缺报不得有利；不以均值代替")


def test_an_unknown_park_and_an_unknown_year_are_told(results: Published, tables: Any) -> None:
    with pytest.raises(LookupError, match="2025 年度名录中没有园区 YN-0"):
        park_view(results, "YN-0")
    with pytest.raises(LookupError, match="没有评价办法 fabricated-2023 的 2030 年度评价批次"):
        published(tables, fabricated.SCHEME, 2030)
    with pytest.raises(LookupError, match="结果中缺少表 runs"):
        published({}, fabricated.SCHEME, 2025)


def test_views_are_plain_values(results: Published) -> None:
    view = park_view(results, "YN5328-01")
    assert replace(view) == view
    assert hash(view) == hash(park_view(results, "YN5328-01"))
