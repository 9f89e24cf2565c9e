"""Notices, certificates, method report and summary for leaders: which there are, and what they say before and after a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from report_templates.leaders_view import MATTERS, leaders_view
from report_templates.pages import plain_pages
from report_templates.papers import Paper, is_draft, papers, superseded
from report_templates.published import Published, published
from report_templates.scheme_view import scheme_view
from tests.reports import fabricated
from tests.reports.test_golden import text_of

FOLDER = Path("reports")
SANCTIONED, REWARDED = "YN5328-09", "YN5328-01"
NOTICE = "YN5328-09-大渡岗茶叶加工园-2025-限期整改通知书-连续两年靠后限期整改.pdf"
DRAFT = NOTICE.replace("通知书-", "通知书（拟稿）-")


def decided(tables: Mapping[str, pl.DataFrame], park: str, rule: str, outcome: str, **more: Any) -> Published:
    """The fabricated year with one more entry in the register."""
    entry = {
        "number": 900, "recorded_on": date(2026, 10, 8), "kind": "decision", "scheme": fabricated.SCHEME, "year": 2025,
        "park_code": park, "rule": rule, "outcome": outcome, "decided_by": "州人民政府", "document": "西政函〔2026〕8号",
        "reason": "会议研究",
    } | more  # fmt: skip
    rows = [*tables["decisions"].to_dicts(), entry]
    return published(dict(tables) | {"decisions": fabricated.frame("decisions", rows)}, fabricated.SCHEME, 2025)


def of_proposals(results: Published, code: str) -> list[Paper]:
    return [paper for paper in papers(results, [code], FOLDER, region=False) if paper.kind != "园区绩效评价报告"]


def page(paper: Paper) -> str:
    return text_of(plain_pages().html(paper.template, paper.view()))


def test_a_notice_is_a_draft_until_something_is_decided(results: Published) -> None:
    (paper,) = of_proposals(results, SANCTIONED)
    assert (paper.path.name, paper.draft, paper.encloses) == (DRAFT, True, False)
    said = page(paper)
    for wanted in (
        "征求意见稿",
        "不得作为正式文件发出",
        "拟作如下处理",
        "2027年3月1日",
        "整改期限和要求",
        "年　　月　　日",
    ):
        assert wanted in said
    proposal = results.of_park("proposals", SANCTIONED)[0]
    assert proposal["evidence"] in said and proposal["clause"] in said
    assert paper.view().measure == proposal["action"].removeprefix("建议")


def test_an_adopted_proposal_is_ordered_with_the_decision_and_its_date(tables: dict[str, pl.DataFrame]) -> None:
    results = decided(tables, SANCTIONED, "rectify_bottom", "采纳")
    (paper,) = of_proposals(results, SANCTIONED)
    assert (paper.path.name, paper.draft) == (NOTICE, False)
    said = page(paper)
    assert "征求意见稿" not in said and "拟" not in said
    for wanted in ("经州人民政府", "2026年10月8日", "西政函〔2026〕8号"):
        assert wanted in said
    assert [path.name for path in superseded(results, [SANCTIONED], FOLDER)] == [DRAFT]


def test_a_softened_proposal_says_what_was_decided_instead(tables: dict[str, pl.DataFrame]) -> None:
    results = decided(tables, SANCTIONED, "rectify_bottom", "减轻", park_status="约谈提醒")
    said = page(of_proposals(results, SANCTIONED)[0])
    assert "予以减轻，园区状态定为约谈提醒；理由：会议研究" in said


def test_softened_to_the_normal_status_nothing_is_left_to_rectify(tables: dict[str, pl.DataFrame]) -> None:
    results = decided(tables, SANCTIONED, "rectify_bottom", "减轻", park_status="正常")
    assert of_proposals(results, SANCTIONED) == []
    assert {path.name for path in superseded(results, [SANCTIONED], FOLDER)} == {NOTICE, DRAFT}


def test_an_order_after_the_last_day_says_that_it_has_passed(tables: dict[str, pl.DataFrame]) -> None:
    last_day = {"kind": "scheme", "position": 99, "code": "objections_due", "label": "异议截止日期", "value": "2026-07-31",
                "scheme": fabricated.SCHEME, "year": 2025}  # fmt: skip
    more = tables | {"definitions": fabricated.frame("definitions", [*tables["definitions"].to_dicts(), last_day])}
    late = decided(more, SANCTIONED, "rectify_bottom", "采纳")
    assert "异议期限已于 2026年7月31日 届满" in page(of_proposals(late, SANCTIONED)[0])
    timely = decided(more, SANCTIONED, "rectify_bottom", "采纳", recorded_on=date(2026, 7, 31))
    assert "可于 2026年7月31日 前（含当日）" in page(of_proposals(timely, SANCTIONED)[0])


def test_a_rejected_proposal_gives_no_paper_and_takes_earlier_ones_away(tables: dict[str, pl.DataFrame]) -> None:
    results = decided(tables, SANCTIONED, "rectify_bottom", "不采纳")
    assert of_proposals(results, SANCTIONED) == []
    assert {path.name for path in superseded(results, [SANCTIONED], FOLDER)} == {NOTICE, DRAFT}
    rewarded = decided(tables, REWARDED, "reward_top", "减轻", park_status="正常")
    assert of_proposals(rewarded, REWARDED) == []


def test_a_certificate_is_a_specimen_until_something_is_decided(
    results: Published, tables: dict[str, pl.DataFrame]
) -> None:
    (paper,) = of_proposals(results, REWARDED)
    assert paper.draft and "奖励证书（拟稿）" in paper.path.name
    assert "样稿" in page(paper) and "特发此证" in page(paper)
    (given,) = of_proposals(decided(tables, REWARDED, "reward_top", "采纳"), REWARDED)
    assert not given.draft and "样稿" not in page(given) and "2026年10月8日" in page(given)


def test_a_notice_says_how_the_state_ends(tables: dict[str, pl.DataFrame]) -> None:
    rule = {"kind": "rule", "position": 99, "code": "rectified", "label": "整改到位", "formula": "得分 ≥ 60",
            "clause": "三（一）5", "scheme": fabricated.SCHEME, "year": 2025, "rule_kind": "release"}  # fmt: skip
    rows = [*tables["definitions"].to_dicts(), rule]
    results = published(tables | {"definitions": fabricated.frame("definitions", rows)}, fabricated.SCHEME, 2025)
    assert "规则“整改到位”，条款 三（一）5）：得分 ≥ 60" in page(of_proposals(results, SANCTIONED)[0])


def test_the_method_report_holds_every_definition(results: Published) -> None:
    said = text_of(plain_pages().html("method.html.j2", scheme_view(results)))
    kinds = {
        "parameter",
        "indicator",
        "dimension",
        "node",
        "target",
        "region_target",
        "adjustment",
        "exemption",
        "rule",
    }
    missing = [row["label"] for row in results.rows("definitions") if row["kind"] in kinds and row["label"] not in said]
    assert missing == []


def test_the_summary_counts_what_waits_for_a_decision(results: Published, tables: dict[str, pl.DataFrame]) -> None:
    figures = {line.label: line.figure for line in leaders_view(results).figures}
    assert (figures["待决定的建议"], figures["参加评价的园区"]) == ("2", "11")
    after = leaders_view(decided(tables, SANCTIONED, "rectify_bottom", "采纳"))
    assert {line.label: line.figure for line in after.figures}["待决定的建议"] == "1"
    assert [(line.kind, line.open_count, line.count) for line in after.matters] == [("汰劣", 0, 1), ("奖优", 1, 1)]


def test_the_summary_stays_short_whatever_happens(tables: dict[str, pl.DataFrame]) -> None:
    proposal = next(row for row in tables["proposals"].to_dicts() if row["park_code"] == SANCTIONED)
    many = [
        proposal | {"rule": f"r{rule}", "park_code": f"YN5328-0{park}", "label": "规则" * 20, "year": 2025}
        for rule in range(15)
        for park in range(1, 9)
    ]
    results = published(tables | {"proposals": fabricated.frame("proposals", many)}, fabricated.SCHEME, 2025)
    view = leaders_view(results)
    assert 3 <= len(view.matters) <= MATTERS and len(view.matters) + view.more_matters == 15
    assert view.matters[0].parks.endswith("等 8 个")


def test_a_reason_that_parameters_share_is_said_with_the_first(tables: dict[str, pl.DataFrame]) -> None:
    reason = "文件没有规定日期，年报次年四月底前报齐，审核后五月底前更正或说明，六月底前评价，均为次年日期"
    days = [
        {"kind": "scheme", "position": 90 + at, "code": f"day_{at}", "label": label, "value": f"2026-0{at}-30", "bureau_choice": True,
         "reason": reason, "scheme": fabricated.SCHEME, "year": 2025}
        for at, label in enumerate(("年报截止日期", "评价日期"), 4)
    ]  # fmt: skip
    more = tables | {"definitions": fabricated.frame("definitions", [*tables["definitions"].to_dicts(), *days])}
    said = text_of(plain_pages().html("method.html.j2", scheme_view(published(more, fabricated.SCHEME, 2025))))
    assert said.count(reason) == 1 and "统计部门选择：理由同“年报截止日期”。" in said
    assert "2026年4月30日" in said and "50,000 万元" in said


def test_the_signature_stands_after_the_list_of_annexes(results: Published) -> None:
    (paper, *_) = papers(results, [SANCTIONED], FOLDER, region=False)
    said = page(paper)
    assert said.index("附件：1. 规则判定一览") < said.index("评价日期：") < said.index("附件 1　规则判定一览")


def test_file_names_stay_apart_and_short(tables: dict[str, pl.DataFrame]) -> None:
    proposal = next(row for row in tables["proposals"].to_dicts() if row["park_code"] == SANCTIONED)
    rows = [
        proposal | {"rule": f"rule_{number}", "label": label, "year": 2025}
        for number, label in enumerate(["靠后", "靠后", "长" * 60])
    ]
    parks = [dict(row, name="很" * 60) for row in tables["parks"].to_dicts()]
    changed = tables | {"proposals": fabricated.frame("proposals", rows), "parks": fabricated.frame("parks", parks)}
    names = [paper.path.name for paper in papers(published(changed, fabricated.SCHEME, 2025), [SANCTIONED], FOLDER)]
    assert len(set(names)) == len(names) == 7
    assert max(len(name.encode()) for name in names) <= 255
    assert [is_draft(name.split("-2025-")[1]) for name in names] == [False, True, True, True, False, False, False]


@pytest.mark.parametrize("code", [SANCTIONED, REWARDED])
def test_hostile_names_stay_text_on_every_paper(results: Published, code: str) -> None:
    hostile = '<img src="file:///etc/passwd">{{7*7}}</script>'
    rows = {park: [dict(row, name=hostile) for row in found] for park, found in results.by_park["parks"].items()}
    every = [row for found in rows.values() for row in found]
    changed = replace(results, tables={**results.tables, "parks": every}, by_park={**results.by_park, "parks": rows})
    for paper in papers(changed, [code], FOLDER):
        html = plain_pages().html(paper.template, paper.view())
        assert "<img" not in html and "</script" not in html and "49" not in html.split("{{7*7}}")[0][-3:]
        assert "/" not in paper.path.name
