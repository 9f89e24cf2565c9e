"""The rectification notice (限期整改通知书) of one proposal: what was found, what must be reached by when, how to object."""

from __future__ import annotations

from dataclasses import dataclass

from report_templates.decided import Decided
from report_templates.formatting import chinese_date, or_dash, plain
from report_templates.imprint import NAME_CHARACTERS, Imprint, imprint
from report_templates.objection import objection_text
from report_templates.proposal_view import ordered
from report_templates.published import Published, Row
from report_templates.standing_view import Result, park_result
from report_templates.weak_points import WeakPoint, weak_points
from scoring.facts import NORMAL
from scoring.rule_names import FACTS

NOTICE_KIND = "限期整改通知书"


@dataclass(frozen=True)
class Release:
    """A rule that ends the state the notice puts the park in."""

    label: str
    condition: str
    clause: str


@dataclass(frozen=True)
class NoticeView:
    """One notice. A notice on what has not been decided is a draft and says so; `result` is null for a park that was not
    evaluated. `status` is the state the park is put in, empty where the proposal sets none."""

    imprint: Imprint
    park_code: str
    name: str
    rule: str
    label: str
    decided: Decided
    result: Result | None
    measure: str
    evidence: str
    clause: str
    basis: str
    counterfactual: str
    due: str
    status: str
    releases: tuple[Release, ...]
    weak_points: tuple[WeakPoint, ...]
    objection: str


def asks_rectification(proposal: Row) -> bool:
    """Whether the proposal asks for rectification by a date."""
    return bool(proposal["kind"] == "sanction" and proposal["due_date"] is not None)


def notice_view(results: Published, proposal: Row, decided: Decided) -> NoticeView:
    """The notice of one proposal."""
    code = proposal["park_code"]
    park = results.of_park("parks", code)[0]
    scores, targets = results.of_park("scores", code), results.of_park("targets", code)
    status = decided.status or plain(proposal["park_status"], 40)
    return NoticeView(
        imprint=imprint(results, NOTICE_KIND, park["name"], code),
        park_code=plain(code, 40),
        name=plain(park["name"], NAME_CHARACTERS),
        rule=plain(proposal["rule"], 60),
        label=or_dash(proposal["label"], 60),
        decided=decided,
        result=park_result(results, code),
        measure=ordered(proposal["action"]),
        evidence=or_dash(plain(proposal["evidence"], 1500).rstrip("，；。")),
        clause=or_dash(proposal["clause"], 120),
        basis=plain(proposal["basis"], 300),
        counterfactual=plain(proposal["counterfactual"], 1500).rstrip("，；。"),
        due=chinese_date(proposal["due_date"]),
        status=status,
        releases=_releases(results, status) if status not in ("", NORMAL) else (),
        weak_points=weak_points(
            scores, results.of_park("indicators", code), {row["indicator"]: row for row in targets}
        ),
        objection=objection_text(results, decided.day),
    )


def _releases(results: Published, status: str) -> tuple[Release, ...]:
    """The rules that end `status`: those that ask for it, or for no state at all."""
    return tuple(
        Release(plain(row["label"], 60), plain(row["formula"], 1500), or_dash(row["clause"], 80))
        for row in results.rows("definitions")
        if row["kind"] == "rule"
        and row.get("rule_kind") == "release"
        and (f"“{status}”" in (row["formula"] or "") or FACTS["status_before"] not in (row["formula"] or ""))
    )
