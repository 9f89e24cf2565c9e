"""A system of three levels with a geometric dimension and deductions, made by hand: what is printed adds up."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Any

import polars as pl
import pytest

from report_templates.bulletin_view import bulletin_view
from report_templates.hierarchy import Hierarchy, sum_lines
from report_templates.pages import bulletin_html, park_html
from report_templates.park_view import park_view
from report_templates.published import Published, published
from tests.reports import fabricated
from tests.reports.test_golden import text_of

PARK, OTHER = "YN5328-09", "YN5328-01"
Row = dict[str, Any]

# (node, parent, kind, label, weight in percent, additive into its parent)
NODES = (
    ("growth", "total", "dimension", "发展", 60.0, True),
    ("size", "growth", "dimension", "规模", 50.0, True),
    ("revenue_cagr_pct", "size", "indicator", "营业收入年均增长", 50.0, True),
    ("industrial_enterprises_multiple", "size", "indicator", "工业企业数量与基期之比", 50.0, True),
    ("yield", "growth", "dimension", "效益", 50.0, True),
    ("revenue_per_mu", "yield", "indicator", "亩均营业收入", 100.0, True),
    ("clean", "total", "dimension", "绿色", 40.0, True),
    ("sewage_treatment_pct", "clean", "indicator", "污水集中收集处理率", 50.0, False),
    ("solid_waste_disposal_pct", "clean", "indicator", "固体废物综合处置率", 50.0, False),
)
# Scores of 100; sewage 25 and waste 100 have the geometric mean 50.
OWN = {"revenue_cagr_pct": 80.0, "industrial_enterprises_multiple": 60.0, "size": 70.0, "revenue_per_mu": 90.0,
       "yield": 90.0, "growth": 80.0, "sewage_treatment_pct": 25.0, "solid_waste_disposal_pct": 100.0, "clean": 50.0}  # fmt: skip
BEST = dict.fromkeys(OWN, 100.0)


def scores(park_code: str, normalised: dict[str, float], deduction: float, bonus: float, total: float) -> list[Row]:
    base: Row = {"scheme": fabricated.SCHEME, "year": 2025, "park_code": park_code}
    rows = [base | {"node": "total", "parent": None, "kind": "total", "position": 0, "label": "总分", "weight": 100.0, "method": "加权算术平均",
                    "normalised": total, "score": total, "points": total, "full_points": 100.0}]  # fmt: skip
    full = {"total": 100.0}
    for position, (node, parent, kind, label, weight, additive) in enumerate(NODES, 1):
        value = normalised[node]
        full[node] = full[parent] * weight / 100
        rows.append(base | {
            "node": node, "note": "其中 1 项缺数" if node == "size" else None, "parent": parent, "kind": kind, "position": position, "label": label, "weight": weight,
            "value": 1.0 if kind == "indicator" else None, "benchmark": 4.0 if kind == "indicator" else None,
            "method": "加权几何平均（有一项为零则为零）" if node == "clean" else "加权算术平均",
            "normalised": value, "score": value * weight / 100 if additive else None,
            "points": value * full[node] / 100 if additive else None, "full_points": full[node] if additive else None,
        })  # fmt: skip
    for position, (node, label, points) in enumerate(
        (("accidents", "事故扣分", deduction), ("prize", "获奖加分", bonus))
    ):
        rows.append(base | {"node": node, "parent": "total", "kind": "adjustment", "position": 9000 + position,
                            "label": label, "method": "扣分：2 * accidents_count", "points": points, "note": None})  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def nested(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The fabricated tables with the scores of two parks in the nested system, with decisions and filing quality."""
    base: Row = {"scheme": fabricated.SCHEME, "year": 2025}
    definitions = [row for row in tables["definitions"].to_dicts() if row["kind"] not in ("dimension", "node")]
    for position, (node, _, kind, label, weight, _) in enumerate(NODES, 1):
        definitions.append(base | {"kind": "node" if kind == "indicator" else kind, "position": position, "code": node,
                                   "label": label, "value": f"{weight:g}", "bureau_choice": True, "reason": "理由"})  # fmt: skip
    definitions.append(base | {"kind": "adjustment", "position": 1, "code": "accidents", "label": "事故扣分",
                               "value": "扣分，最多 6 分", "formula": "2 × 事故起数", "bureau_choice": True, "reason": "每起 2 分"})  # fmt: skip
    decision = base | {"number": 1, "kind": "decision", "park_code": PARK, "rule": "rectify_bottom", "outcome": "减轻",
                       "park_status": "警示", "decided_by": "州工业和信息化局", "recorded_on": date(2026, 9, 20), "document": "〔2026〕8 号"}  # fmt: skip
    quality = base | {"run_year": 2025, "park_code": PARK, "required_cells": 40, "filled_cells": 39, "completeness_pct": 97.5,
                      "late_days": 3, "errors_count": 1, "verify_count": 2, "notes_count": 0, "corrections_count": 1,
                      "unexplained_count": 0}  # fmt: skip
    own = [*scores(PARK, OWN, -2.0, 0.0, 66.0), *scores(OTHER, BEST, 0.0, 5.0, 102.0)]
    return tables | {
        "scores": fabricated.frame("scores", own),
        "definitions": fabricated.frame("definitions", definitions),
        "decisions": fabricated.frame("decisions", [decision]),
        "data_quality": fabricated.frame("data_quality", [quality]),
    }


@pytest.fixture(scope="module")
def results(nested: dict[str, pl.DataFrame]) -> Published:
    return published(nested, fabricated.SCHEME, 2025)


def test_the_printed_lines_add_up_to_the_total(results: Published) -> None:
    evaluation = park_view(results, PARK).evaluation
    assert evaluation is not None
    top = [line for line in evaluation.dimensions if line.depth == 0]
    assert [(line.label, line.points) for line in top] == [("发展", "48.00"), ("绿色", "20.00")]
    assert [(line.label, line.points) for line in evaluation.sums] == [
        ("加减分前合计", "68.00"),
        ("事故扣分", "-2.00"),
        ("其余加减分", "0.00"),
    ]
    assert evaluation.sums[1].rule == "扣分，最多 6 分：2 × 事故起数"
    assert evaluation.result.score == "66.00"


def test_dimensions_of_every_depth_stand_in_order_and_only_the_top_has_a_chart(results: Published) -> None:
    evaluation = park_view(results, PARK).evaluation
    assert evaluation is not None
    assert [(d.label, d.depth, d.profile is not None) for d in evaluation.dimensions] == [
        ("发展", 0, True),
        ("规模", 1, False),
        ("效益", 1, False),
        ("绿色", 0, True),
    ]
    assert "规模高于" not in "".join(evaluation.summary)
    assert "规模低于" not in "".join(evaluation.summary)


def test_what_was_substituted_below_is_told_at_the_dimension(results: Published) -> None:
    evaluation = park_view(results, PARK).evaluation
    assert evaluation is not None
    assert [line.note for line in evaluation.dimensions] == ["", "其中 1 项缺数", "", ""]
    assert "其中 1 项缺数" in text_of(park_html(park_view(results, PARK)))


def test_indicators_stand_under_the_path_of_their_dimension(results: Published) -> None:
    evaluation = park_view(results, PARK).evaluation
    assert evaluation is not None
    scored = [line for line in evaluation.indicators if line.dimension]
    assert [(line.band, line.points) for line in scored] == [
        ("发展 › 规模　得分 21.00 / 30.00", "12.00"),
        ("发展 › 规模　得分 21.00 / 30.00", "9.00"),
        ("发展 › 效益　得分 27.00 / 30.00", "27.00"),
        ("绿色　得分 20.00 / 40.00", "—"),
        ("绿色　得分 20.00 / 40.00", "—"),
    ]
    assert evaluation.not_additive == ("绿色（加权几何平均（有一项为零则为零））",)


def test_losses_that_cannot_be_told_in_points_are_still_weak_points(results: Published) -> None:
    evaluation = park_view(results, PARK).evaluation
    assert evaluation is not None
    # sewage: 75 of 100 on 20 nominal points is 15, the greatest loss; then 6, 3, 3 of the additive ones.
    weak = [(point.label, point.lost) for point in evaluation.weak_points]
    assert weak[0] == ("污水集中收集处理率", "—")
    assert [lost for _, lost in weak[1:]] == ["6.00", "3.00", "3.00"]
    assert "分）" not in evaluation.weak_points[0].cure.split("（非加法合成")[0]


def test_the_method_names_every_node_once(results: Published) -> None:
    for method in (park_view(results, PARK).method, bulletin_view(results).method):
        assert [d.label for d in method.dimensions] == ["发展", "发展 › 规模", "发展 › 效益", "绿色"]
        assert [len(d.nodes) for d in method.dimensions] == [0, 2, 1, 2]
        assert method.dimensions[3].reason == "合成：加权几何平均（有一项为零则为零）；理由"
        assert [(a.label, a.effect, a.reading, a.source) for a in method.adjustments] == [
            ("事故扣分", "扣分，最多 6 分", "2 × 事故起数", "每起 2 分")
        ]


def test_the_bulletin_has_a_column_for_deductions_and_none_counts_as_a_dimension(results: Published) -> None:
    view = bulletin_view(results)
    assert view.dimension_labels == ("发展", "绿色")
    given = {line.name: line.adjusted for line in view.overall.lines}
    assert (given["大渡岗茶叶加工园"], given["勐海产业园区"]) == ("-2.00", "+5.00")
    assert "加减分" in text_of(bulletin_html(view))


def test_no_page_prints_none_or_infinity(results: Published) -> None:
    for page in (
        park_html(park_view(results, PARK)),
        park_html(park_view(results, OTHER)),
        bulletin_html(bulletin_view(results)),
    ):
        assert not re.search(r"\b(None|nan|inf|NaN)\b", text_of(page))


def test_decision_and_quality_of_the_filing_are_printed(results: Published) -> None:
    view = park_view(results, PARK)
    (block,) = view.proposals
    assert block.status == "已决定"
    assert block.decision == "减轻（园区状态：警示），州工业和信息化局，2026年9月20日，〔2026〕8 号"
    assert block.decision in text_of(park_html(view))
    assert view.quality.filing == (
        "必填完整率 97.5%（39 / 40 格）；报送逾期 3 天；更正前审核问题：错误 1 处、核实 2 处、提示 0 处；"
        "采用更正 1 条；未说明的核实 0 处。"
    )


def test_a_cap_that_changes_the_sum_is_a_line_of_its_own() -> None:
    # 100 before and a bonus of 5 of which the scheme lets 2 count.
    lines = sum_lines(scores(OTHER, BEST, 0.0, 5.0, 102.0), {})
    assert [(line.label, line.points) for line in lines] == [
        ("加减分前合计", "100.00"),
        ("获奖加分", "+5.00"),
        ("其余加减分", "0.00"),
        ("限额调整", "-3.00"),
    ]


def test_nominal_shares_are_the_full_points_where_scores_add_up() -> None:
    rows = scores(PARK, OWN, 0.0, 0.0, 68.0)
    system = Hierarchy(rows)
    for row in rows:
        if row.get("full_points") is not None and row["kind"] != "total":
            assert math.isclose(system.share(row["node"]), row["full_points"])
    assert system.share("sewage_treatment_pct") == pytest.approx(20.0)
    assert sum_lines([row for row in rows if row["kind"] != "adjustment"], {}) == ()


def test_a_scheme_without_groups_and_levels_prints_one_ranking(tables: dict[str, pl.DataFrame]) -> None:
    whole = "全部园区"
    parks = [row | {"level": None, "group": whole} for row in tables["parks"].to_dicts()]
    ranking = tables["ranking"].filter(pl.col("group") == whole)
    bare = tables | {"parks": fabricated.frame("parks", parks), "ranking": ranking}
    found = published(bare, fabricated.SCHEME, 2025)
    view = bulletin_view(found)
    assert view.class_label == "类型"
    assert view.groups == (view.overall,)
    assert "分组排名" not in text_of(bulletin_html(view))
    evaluation = park_view(found, PARK).evaluation
    assert evaluation is not None
    assert len(evaluation.result.standings) == 1
    assert not evaluation.grouped


def test_weights_by_many_types_are_told_in_full_beside_the_narrow_column(nested: dict[str, pl.DataFrame]) -> None:
    text = "经济技术开发区 30，高新技术产业开发区 30，加工贸易园区 50"
    rows = nested["definitions"].to_dicts()
    changed = [
        row | {"value": text} if (row["kind"], row["code"]) == ("node", "revenue_per_mu") else row for row in rows
    ]
    tables = nested | {"definitions": fabricated.frame("definitions", changed)}
    node = bulletin_view(published(tables, fabricated.SCHEME, 2025)).method.dimensions[2].nodes[0]
    assert node.weight == "分类"
    assert node.method.startswith("权重：经济技术开发区、高新技术产业开发区 30，加工贸易园区 50；")
