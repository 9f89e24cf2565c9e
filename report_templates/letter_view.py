"""The letter to a park on the findings of its filing (数据审核意见): what is wrong, where, what to return by when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from report_templates.formatting import chinese_date, or_dash, plain
from report_templates.imprint import FOOT_CHARACTERS, NAME_CHARACTERS, Identity
from report_templates.published import Row
from report_templates.quality_view import SEVERITIES

LETTER_KIND = "数据审核意见"
LISTED = 60
"""Findings printed per severity; the marked-up copy lists all."""

_ASKED = {
    "错误": "须更正。未更正的，本年度数据不能参加评价。",
    "核实": "更正，或书面说明原因和依据。",
    "提示": "供核对，不要求答复。",
}


@dataclass(frozen=True)
class LetterContext:
    """What the letters of one year share. `due`: corrected filings and explanations are to be back; `decided`: evaluation date."""

    year: int
    region: str
    office: str
    scheme_title: str
    form_title: str
    due: date
    decided: date
    notice: str
    version: str
    rules: Mapping[str, str]


@dataclass(frozen=True)
class LetterLine:
    """One finding of the letter."""

    place: str
    label: str
    message: str
    rule: str
    found: str
    expected: str
    cure: str
    explanation: str


@dataclass(frozen=True)
class LetterGroup:
    """The findings of one severity: what is asked, the first `LISTED` of them, how many are left out."""

    severity: str
    asked: str
    count: int
    lines: tuple[LetterLine, ...]
    omitted: int


@dataclass(frozen=True)
class LetterView:
    """Everything the letter prints; `groups` is empty for a park without findings, `filed_on` is empty where nothing was filed."""

    imprint: Identity
    park_code: str
    name: str
    form_title: str
    filed: bool
    filed_on: str
    source_file: str
    counts: tuple[tuple[str, int], ...]
    groups: tuple[LetterGroup, ...]
    due: str
    decided: str

    @property
    def must_return(self) -> bool:
        """Whether the park has to send anything back."""
        return any(group.severity != "提示" for group in self.groups)


def letter_view(
    context: LetterContext, park_code: str, name: str, filing: Row | None, findings: Sequence[Row]
) -> LetterView:
    """The letter to one park. filing: source_file and filed_on of its workbook, None when it did not file.

    findings: rows of the published table `findings` of this park and year (severity, check_id, label, message, value, expected, cure,
    sheet, cell, explanation). Gravest first, otherwise in the order given.
    """
    counted = Counter(row["severity"] for row in findings)
    groups = tuple(_group(context, severity, findings) for severity in SEVERITIES if counted[severity])
    return LetterView(
        imprint=_imprint(context, name),
        park_code=plain(park_code, 40),
        name=plain(name, NAME_CHARACTERS) or plain(park_code, 40),
        form_title=plain(context.form_title, 60),
        filed=filing is not None,
        filed_on=chinese_date(filing["filed_on"]) if filing and filing["filed_on"] else "",
        source_file=plain(filing["source_file"].rsplit("/", 1)[-1], 80) if filing else "",
        counts=tuple((severity, counted[severity]) for severity in SEVERITIES),
        groups=groups,
        due=chinese_date(context.due),
        decided=chinese_date(context.decided),
    )


def _imprint(context: LetterContext, name: str) -> Identity:
    return Identity(
        title=LETTER_KIND,
        subject=plain(name, NAME_CHARACTERS),
        short_subject=plain(name, FOOT_CHARACTERS),
        year=context.year,
        region=plain(context.region, 40),
        office=plain(context.office, 40),
        scheme_title=plain(context.scheme_title, 80),
        metadata_date="",
        version=plain(context.version, 20),
        notice=plain(context.notice, 80),
    )


def _group(context: LetterContext, severity: str, findings: Sequence[Row]) -> LetterGroup:
    own = [row for row in findings if row["severity"] == severity]
    return LetterGroup(
        severity=severity,
        asked=_ASKED[severity],
        count=len(own),
        lines=tuple(_line(context, row) for row in own[:LISTED]),
        omitted=max(len(own) - LISTED, 0),
    )


def _line(context: LetterContext, row: Row) -> LetterLine:
    sheet, cell = plain(row["sheet"], 20), plain(row["cell"], 30)
    return LetterLine(
        place=f"{sheet}!{cell}" if sheet and cell else sheet or cell or "—",
        label=or_dash(row["label"], 30),
        message=plain(row["message"], 160),
        rule=plain(context.rules.get(row["check_id"], ""), 40),
        found=or_dash(row["value"], 40),
        expected=or_dash(row["expected"], 60),
        cure=or_dash(row["cure"], 80),
        explanation=plain(row["explanation"], 160),
    )
