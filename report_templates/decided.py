"""What the authority decided on a proposal, for papers that may leave the office only when something was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from report_templates.formatting import chinese_date, plain
from report_templates.published import Row

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
