"""Which status of a park the papers print: what was decided stands above what was proposed."""

from __future__ import annotations

from typing import Any

import pytest

from report_templates.decided import park_state

PARK = {"park_code": "甲", "status_before": "正常", "status": "限期整改"}
PROPOSALS = [{"rule": "靠后", "park_status": "限期整改"}, {"rule": "约谈", "park_status": None}]


def entry(outcome: str, status: str | None = None, rule: str = "靠后") -> dict[str, Any]:
    return {
        "kind": "decision", "rule": rule, "outcome": outcome, "park_status": status, "decided_by": "州产业园区办",
        "recorded_on": None, "document": None, "reason": "首次靠后",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("register", "state"),
    [
        ([], ("限期整改", True)),
        ([entry("采纳", rule="约谈")], ("限期整改", True)),
        ([entry("采纳")], ("限期整改", False)),
        ([entry("减轻", "正常")], ("正常", False)),
        ([entry("采纳"), entry("减轻", "正常")], ("正常", False)),
        ([entry("不采纳")], ("—", False)),
    ],
)
def test_a_decision_stands_above_the_proposal(register: list[dict[str, Any]], state: tuple[str, bool]) -> None:
    assert park_state(PARK, PROPOSALS, register) == state


def test_a_status_that_no_proposal_set_waits_for_nothing() -> None:
    assert park_state(PARK | {"status": "正常"}, PROPOSALS, []) == ("正常", False)
