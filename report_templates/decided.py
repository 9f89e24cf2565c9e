"""What the authority decided on a proposal, for papers that may leave the office only when something was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from report_templates.formatting import NULL, chinese_date, or_dash, plain
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


def park_state(park: Row, proposals: Sequence[Row], register: Sequence[Row]) -> tuple[str, bool]:
    """The park's status as decided, and whether the proposal that sets it still waits for its decision.

    park, proposals, register: the park's row of `parks` and its rows of `proposals` and `decisions` of the year. A
    rejected proposal leaves the status unsaid here, `—`: what then holds is settled by the next evaluation.
    """
    status = or_dash(park.get("status"), 20)
    setting = [row for row in proposals if row["park_status"] and row["park_status"] == park.get("status")]
    if not setting:
        return status, False
    decided = [decided_on(row, register) for row in setting]
    if any(one.draft for one in decided):
        return status, True
    if any(one.outcome not in (SOFTENED, REJECTED) for one in decided):
        return status, False
    softened = [one.status for one in decided if one.softened]
    return (or_dash(softened[0], 20), False) if softened else (NULL, False)


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
