"""What the authority decided on a proposal, for papers that may leave the office only when something was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from report_templates.formatting import chinese_date, or_dash, plain
from report_templates.published import Published, Row
from scoring.described import LAPSES
from scoring.facts import NORMAL
from scoring.management import STATUS_ORDER

REJECTED, SOFTENED = "不采纳", "减轻"


@dataclass(frozen=True)
class Decided:
    """`outcome` is empty as long as nothing was decided; `status` is the park's state where the decision named another."""

    outcome: str
    by: str
    on: str
    day: date | None
    document: str
    reason: str
    status: str

    @property
    def draft(self) -> bool:
        """Whether the paper is a draft: nothing was decided."""
        return not self.outcome

    @property
    def rejected(self) -> bool:
        return self.outcome == REJECTED

    @property
    def softened(self) -> bool:
        return self.outcome == SOFTENED


@dataclass(frozen=True)
class State:
    """The state of a park: `now` is in force, `proposed` what a proposal would make it as long as nothing is decided, else
    empty; `before` is the state at the end of the year before."""

    now: str
    proposed: str
    before: str

    @property
    def text(self) -> str:
        """As it stands in tables: 正常（拟限期整改）."""
        if not self.proposed or self.proposed == self.now == NORMAL:
            return self.now
        if self.proposed == self.now:
            return f"{self.now}（拟维持）"
        return f"{self.now}（拟{'恢复' if self.proposed == NORMAL else ''}{self.proposed}）"


STATE_REMARK = "状态为现行状态（上年的建议没有登记决定的，按已采纳计），括号内“拟……”为本年建议的状态，尚待决定"
"""What stands under every table with states."""


def park_state(results: Published, park: Row) -> State:
    """The state of `park`, a row of `parks`, by the decisions on the proposals of its year.

    As long as a proposal that sets a state waits, the state of the year before stays in force. With all decided the state
    is that of the first proposal that was not rejected, in the order of `follow_status`; rejected ones leave the state of
    the year before, or the normal one where that lapses after a year.
    """
    code = park["park_code"]
    register = results.of_park("decisions", code)
    before = or_dash(park.get("status_before") or NORMAL, 20)
    own = [row for row in results.of_park("proposals", code) if row["park_status"]]
    # The sort is stable: rows come in the order of the rules.
    setting = [
        (row, decided_on(row, register)) for row in sorted(own, key=lambda row: STATUS_ORDER.get(row["kind"], 9))
    ]
    if not setting:
        return State(or_dash(park.get("status") or before, 20), "", before)
    settled = [
        one.status if one.softened else row["park_status"] for row, one in setting if not one.draft and not one.rejected
    ]
    waiting = [row["park_status"] for row, one in setting if one.draft]
    if waiting:
        now = settled[0] if settled else before
        return State(or_dash(now, 20), or_dash(waiting[0], 20), before)
    lapsed = NORMAL if before in lapsing_states(results) else before
    return State(or_dash(settled[0] if settled else lapsed, 20), "", before)


def lapsing_states(results: Published) -> frozenset[str]:
    """The states that fall back to normal after a year."""
    rows = results.rows("definitions")
    return frozenset(row["label"] for row in rows if row["kind"] == "status" and row["value"] == LAPSES)


def decided_on(proposal: Row, register: Sequence[Row]) -> Decided:
    """The last decision on `proposal`; register: the park's rows of `decisions` of the year."""
    entries = [row for row in register if row["kind"] == "decision" and row["rule"] == proposal["rule"]]
    if not entries:
        return Decided("", "", "", None, "", "", "")
    last = entries[-1]
    return Decided(
        outcome=plain(last["outcome"], 20),
        by=plain(last["decided_by"], 60),
        on=chinese_date(last["recorded_on"]),
        day=last["recorded_on"],
        document=plain(last["document"], 80),
        reason=plain(last["reason"], 200),
        status=plain(last["park_status"], 40),
    )
