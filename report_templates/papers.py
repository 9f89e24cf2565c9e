"""Which papers a year's results give, for whom, under which file name and from which template.

Names sort by park code, then by kind. A draft has another name than the paper it becomes, so that it is not sent for it;
`superseded` tells the names that no longer stand when something was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from report_templates.bulletin_view import bulletin_view
from report_templates.certificate_view import CERTIFICATE_KIND, certificate_view, is_reward
from report_templates.decided import decided_on
from report_templates.formatting import file_name, plain
from report_templates.leaders_view import LEADERS_KIND, leaders_view
from report_templates.notice_view import NOTICE_KIND, asks_rectification, notice_view
from report_templates.park_view import park_view
from report_templates.published import Published, Row
from report_templates.scheme_view import METHOD_KIND, scheme_view
from report_templates.standing_view import park_result
from scoring.facts import NORMAL

PARK_KIND, BULLETIN_KIND = "园区绩效评价报告", "园区评价通报"
DRAFT = "（拟稿）"
# File systems allow 255 bytes for a name, of which code, park, year and kind take up to 210.
RULE_CHARACTERS = 14


@dataclass(frozen=True)
class Paper:
    """One paper to be made. `park_code` is empty for papers on the region; `draft` papers must not leave the office."""

    kind: str
    park_code: str
    path: Path
    template: str
    draft: bool
    view: Callable[[], Any]

    @property
    def encloses(self) -> bool:
        """Whether the data that the paper rests on travel inside it."""
        return self.kind in (PARK_KIND, BULLETIN_KIND)


def papers(results: Published, codes: Sequence[str], folder: Path, *, region: bool = True) -> Iterator[Paper]:
    """The papers of the parks in `codes`, in their order, and with `region` those on all parks."""
    for code in codes:
        yield Paper(
            PARK_KIND, code, park_path(results, code, folder), "park.html.j2", False, _of(park_view, results, code)
        )
        yield from _of_proposals(results, code, folder)
    if region:
        for kind, template, view in (
            (BULLETIN_KIND, "bulletin.html.j2", bulletin_view),
            (METHOD_KIND, "method.html.j2", scheme_view),
            (LEADERS_KIND, "leaders.html.j2", leaders_view),
        ):
            yield Paper(kind, "", region_path(results, kind, folder), template, False, _of(view, results))


def superseded(results: Published, codes: Sequence[str], folder: Path) -> Iterator[Path]:
    """Drafts of what has been decided, and papers on what was rejected: they no longer stand."""
    standing = {paper.path for paper in papers(results, codes, folder, region=False)}
    for code in codes:
        for row in results.of_park("proposals", code):
            for kind in _kinds(row):
                for draft in (True, False):
                    path = _proposal_path(results, row, kind, draft, folder)
                    if path not in standing:
                        yield path


def park_path(results: Published, park_code: str, folder: Path) -> Path:
    """Where the report of one park goes."""
    return folder / f"{file_name([*_park(results, park_code), str(results.year), PARK_KIND])}.pdf"


def region_path(results: Published, kind: str, folder: Path) -> Path:
    """Where a paper on all parks goes."""
    return folder / f"{file_name([results.run['region'], str(results.year), kind])}.pdf"


def _park(results: Published, park_code: str) -> tuple[str, str]:
    rows = results.of_park("parks", park_code)
    return park_code, str(rows[0]["name"]) if rows else ""


def _of(make: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    return lambda: make(*arguments)


def _kinds(proposal: Row) -> tuple[str, ...]:
    """The kinds of paper a proposal gives as long as it is not rejected."""
    return (NOTICE_KIND,) if asks_rectification(proposal) else (CERTIFICATE_KIND,) if is_reward(proposal) else ()


def _proposal_path(results: Published, proposal: Row, kind: str, draft: bool, folder: Path) -> Path:
    name = [*_park(results, proposal["park_code"]), str(results.year), f"{kind}{DRAFT if draft else ''}"]
    return folder / f"{file_name([*name, _rule_name(results, proposal)])}.pdf"


def _rule_name(results: Published, proposal: Row) -> str:
    """The rule in a file name: its label, or its code where the label is long or another rule of the park bears it too."""
    label = plain(proposal["label"])
    bearers = [row for row in results.of_park("proposals", proposal["park_code"]) if plain(row["label"]) == label]
    usable = label and len(label) <= RULE_CHARACTERS and len(bearers) == 1
    return label if usable else str(proposal["rule"])[: 3 * RULE_CHARACTERS]


def is_draft(kind: str) -> bool:
    """Whether a file whose name goes on with `kind` after park and year is a draft, which nobody outside the office gets."""
    heads = (f"{paper}{DRAFT}" for paper in (NOTICE_KIND, CERTIFICATE_KIND))
    return kind.startswith(tuple(file_name([head]) for head in heads))


def _of_proposals(results: Published, code: str, folder: Path) -> Iterator[Paper]:
    for row in results.of_park("proposals", code):
        decided = decided_on(row, results.of_park("decisions", code))
        for kind in _kinds(row):
            result = park_result(results, code)
            if decided.rejected or (kind == CERTIFICATE_KIND and (result is None or decided.softened)):
                continue
            # Softened to the normal status, nothing is left to be rectified; the park's report says what was decided.
            if kind == NOTICE_KIND and decided.softened and decided.status == NORMAL:
                continue
            path = _proposal_path(results, row, kind, decided.draft, folder)
            if kind == NOTICE_KIND:
                view = _of(notice_view, results, row, decided)
                yield Paper(kind, code, path, "notice.html.j2", decided.draft, view)
            else:
                view = _of(certificate_view, results, row, decided, result)
                yield Paper(kind, code, path, "certificate.html.j2", decided.draft, view)
