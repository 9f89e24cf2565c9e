"""How sure the places are in the bulletin, and the audit of the index in the method report."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from report_templates.book_sureness import sureness_sheets
from report_templates.bulletin_view import bulletin_view
from report_templates.park_view import park_view
from report_templates.published import Published, published
from report_templates.scheme_view import scheme_view
from report_templates.sureness import PRINTED, SPAN_WIDTH, span
from tests.reports import fabricated

KEY = {"scheme": fabricated.SCHEME, "year": 2025}
NODE = {**KEY, "position": 1, "node": "total", "label": "总分"}
BASE = {
    **KEY, "kind": "weight", "kind_label": "名实不符", "verdict": "注意", "node": "scale", "label": "规模", "other": "",
    "other_label": None, "figure": 40.0, "low": 30.0, "high": 50.0, "threshold": 20.0, "parks": 12, "reliable": False,
    "sentence": "“规模”名义权重 20%。只有 12 个园区，这可能出于偶然，仅供参考。", "advice": "改得分差距。",
}  # fmt: skip


def audited(tables: dict[str, pl.DataFrame], *findings: dict[str, Any]) -> Published:
    rows = [{**BASE, "position": place, **one} for place, one in enumerate(findings, 1)]
    more = {"audit_nodes": pl.DataFrame([NODE])}
    more["audit"] = (
        pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame([{**BASE, "position": 0}]).clear()
    )
    return published(tables | more, fabricated.SCHEME, 2025)


def sure(tables: dict[str, pl.DataFrame], *rows: dict[str, Any]) -> Published:
    frames = {"robustness": pl.DataFrame([{**KEY, **row} for row in rows])}
    hanging = {**KEY, "park_code": "YN5328-01", "factor": "weights", "statement": "位次主要取决于权重"}
    return published(tables | frames | {"sensitivity": pl.DataFrame([hanging])}, fabricated.SCHEME, 2025)


def place(code: str, group: str, size: int, rank: int, low: int, median: int, high: int) -> dict[str, Any]:
    return {
        "park_code": code, "group": group, "group_size": size, "rank": rank, "rank_p05": low, "rank_median": median,
        "rank_p95": high, "overall_rank_median": median, "overall_rank_p05": low, "overall_rank_p95": high,
        "statement": f"换用其他合理的做法，十次有九次在组内第 {low} 至第 {high} 位之间",
    }  # fmt: skip


def test_the_first_place_is_left_and_the_last_right() -> None:
    drawn = span(own=1, low=1, median=3, high=5, places=5)
    assert drawn.own == drawn.low == 7
    assert drawn.high == SPAN_WIDTH - 7
    assert drawn.median == SPAN_WIDTH / 2
    assert len(drawn.grid) == 5 and len(span(1, 1, 1, 1, 2600).grid) <= 12


def test_the_bulletin_lists_parks_by_group_and_place(tables: dict[str, pl.DataFrame]) -> None:
    results = sure(
        tables,
        place("YN5328-02", "省级", 4, 2, 1, 2, 3),
        place("YN5328-01", "省级", 4, 1, 1, 1, 1),
        place("YN5328-03", "省级", 4, 3, 3, 3, 3),
        place("YN5328-05", "国家级", 1, 1, 1, 1, 1),
    )
    national, provincial = bulletin_view(results).sure
    assert (national.title, provincial.title) == ("国家级园区（1 个）", "省级园区（3 个）")
    assert national.lines[0].between == "组内只有一个" and national.lines[0].chart is None
    assert [(line.rank, line.between, line.hangs_on) for line in provincial.lines] == [
        ("1", "第 1 位", "权重"),
        ("2", "第 1—3 位", ""),
        ("3", "第 3 位", "位次不变"),
    ]


def test_without_a_test_nothing_is_said(results: Published) -> None:
    assert bulletin_view(results).sure == ()
    assert scheme_view(results).audit is None


def test_the_park_is_told_what_its_place_hangs_on(tables: dict[str, pl.DataFrame]) -> None:
    evaluation = park_view(sure(tables, place("YN5328-01", "省级", 4, 1, 1, 1, 2)), "YN5328-01").evaluation
    assert evaluation is not None
    told = next(text for text in evaluation.summary if "有多可靠" in text)
    assert told == "位次有多可靠：换用其他合理的做法，十次有九次在组内第 1 至第 2 位之间；位次主要取决于权重。"


def test_findings_are_told_by_kind_with_a_picture(tables: dict[str, pl.DataFrame]) -> None:
    few = {"kind": "few", "node": "total", "label": "总分", "sentence": "园区只有 12 个。", "advice": "只作线索。"}
    pair = {"kind": "redundant", "kind_label": "重复", "other": "b", "other_label": "乙", "figure": 0.95,
            "low": 0.8, "high": 0.99, "threshold": 0.9}  # fmt: skip
    chapter = scheme_view(audited(tables, few, {}, {}, pair)).audit
    assert chapter is not None and chapter.few == "园区只有 12 个。只作线索。"
    assert [(kind.label, len(kind.lines)) for kind in chapter.kinds] == [("名实不符", 2), ("重复", 1)]
    weight, same = chapter.kinds[0].lines[0].chart, chapter.kinds[1].lines[0]
    assert (weight.text, weight.limit_text) == ("实际 40%", "名义 20%")
    # A scale from 0 to 1.1 times the greatest figure, 55: 24 + 222 × 40 ÷ 55.
    assert weight.figure == pytest.approx(24 + 222 * 40 / 55, abs=0.1)
    assert same.about == "规模 与 乙" and same.chart.figure == pytest.approx(24 + 222 * 1.95 / 2, abs=0.1)


def test_an_audit_without_findings_and_one_with_very_many(tables: dict[str, pl.DataFrame]) -> None:
    none = scheme_view(audited(tables)).audit
    assert none is not None and none.kinds == () and none.few == ""
    many = scheme_view(audited(tables, *[{} for _ in range(PRINTED + 3)])).audit
    assert many is not None and many.others == 3 and len(many.kinds[0].lines) == PRINTED


def test_an_outlier_is_drawn_among_the_figures_of_all(tables: dict[str, pl.DataFrame]) -> None:
    node = tables["scores"].filter((pl.col("year") == 2025) & (pl.col("kind") == "indicator"))["node"][0]
    outlier = {"kind": "outlier", "kind_label": "极端值", "node": node, "figure": 3.0, "threshold": 2.0}
    chapter = scheme_view(audited(tables, outlier)).audit
    assert chapter is not None
    dots = chapter.kinds[0].lines[0].chart.dots
    assert len(dots) > 5 and min(dots) == 24 and max(dots) == 246


def test_the_result_book_has_sheets_where_there_are_rows(tables: dict[str, pl.DataFrame], results: Published) -> None:
    assert sureness_sheets(results) == ()
    (audit,) = sureness_sheets(audited(tables, {}))
    row = dict(zip((column.label for column in audit.columns), next(iter(audit.rows())), strict=True))
    assert (audit.name, row["种类"], row["是否可靠"]) == ("指标体系审计", "名实不符", "否")
    one = {**place("YN5328-01", "省级", 4, 1, 1, 1, 2), "same_rank_pct": 80.0, "bottom_probability": 0.0}
    (places,) = sureness_sheets(sure(tables, one))
    assert next(iter(places.rows()))[-1] == "位次主要取决于权重"
