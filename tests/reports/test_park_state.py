"""Which status of a park the papers print: the one in force, beside it what is only proposed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from report_templates.decided import park_state
from scoring.described import LAPSES

PARK = {"park_code": "甲", "status_before": "警示", "status": "限期整改"}
PROPOSALS = [
    {"rule": "晋级", "kind": "promotion", "park_status": "晋级候选"},
    {"rule": "靠后", "kind": "sanction", "park_status": "限期整改"},
    {"rule": "约谈", "kind": "sanction", "park_status": None},
]
DEFINITIONS = [
    {"kind": "status", "label": "警示", "value": LAPSES},
    {"kind": "status", "label": "停业", "value": "保持到另有决定"},
]


def entry(outcome: str, status: str | None = None, rule: str = "靠后") -> dict[str, Any]:
    return {
        "kind": "decision", "rule": rule, "outcome": outcome, "park_status": status, "decided_by": "州产业园区办",
        "recorded_on": None, "document": None, "reason": "首次靠后",
    }  # fmt: skip


def said(park: dict[str, Any], proposals: list[dict[str, Any]], register: list[dict[str, Any]]) -> str:
    results: Any = SimpleNamespace(
        of_park=lambda table, code: {"proposals": proposals, "decisions": register}[table],
        rows=lambda table: {"definitions": DEFINITIONS}[table],
    )
    return park_state(results, park).text


@pytest.mark.parametrize(
    ("register", "text"),
    [
        ([], "警示（拟限期整改）"),
        ([entry("采纳", rule="约谈")], "警示（拟限期整改）"),
        ([entry("采纳", rule="晋级")], "晋级候选（拟限期整改）"),
        ([entry("采纳")], "限期整改（拟晋级候选）"),
        ([entry("采纳"), entry("不采纳", rule="晋级")], "限期整改"),
        ([entry("采纳"), entry("采纳", rule="晋级")], "限期整改"),
        ([entry("减轻", "正常"), entry("不采纳", rule="晋级")], "正常"),
        ([entry("采纳"), entry("减轻", "正常"), entry("不采纳", rule="晋级")], "正常"),
        ([entry("不采纳"), entry("采纳", rule="晋级")], "晋级候选"),
        ([entry("不采纳"), entry("不采纳", rule="晋级")], "正常"),
    ],
)
def test_what_is_proposed_is_no_state_before_it_is_decided(register: list[dict[str, Any]], text: str) -> None:
    assert said(PARK, PROPOSALS, register) == text


def test_a_state_that_does_not_lapse_stays_where_the_proposal_was_rejected() -> None:
    assert said(PARK | {"status_before": "停业"}, PROPOSALS[1:], [entry("不采纳")]) == "停业"


def test_keeping_and_ending_a_state_are_said_as_such() -> None:
    assert said(PARK | {"status_before": "限期整改"}, PROPOSALS[1:], []) == "限期整改（拟维持）"
    release = [{"rule": "解除", "kind": "release", "park_status": "正常"}]
    assert said(PARK | {"status": "正常"}, release, []) == "警示（拟恢复正常）"


def test_a_status_that_no_proposal_set_waits_for_nothing() -> None:
    assert said(PARK | {"status": "正常"}, PROPOSALS[2:], []) == "正常"
