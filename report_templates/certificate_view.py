"""The certificate of reward (奖励证书) of one proposal."""

from __future__ import annotations

from dataclasses import dataclass

from report_templates.decided import Decided
from report_templates.formatting import or_dash, plain
from report_templates.imprint import NAME_CHARACTERS, Imprint, imprint
from report_templates.proposal_view import ordered
from report_templates.published import Published, Row
from report_templates.standing_view import Result

CERTIFICATE_KIND = "奖励证书"


@dataclass(frozen=True)
class CertificateView:
    """One certificate; on what has not been decided it is a specimen and says so."""

    imprint: Imprint
    park_code: str
    name: str
    rule: str
    label: str
    decided: Decided
    result: Result
    measure: str
    clause: str


def is_reward(proposal: Row) -> bool:
    """Whether the proposal rewards: priorities, promotions and releases are acts of their own."""
    return bool(proposal["kind"] == "reward")


def certificate_view(results: Published, proposal: Row, decided: Decided, result: Result) -> CertificateView:
    """The certificate of one proposal."""
    park = results.of_park("parks", proposal["park_code"])[0]
    return CertificateView(
        imprint=imprint(results, CERTIFICATE_KIND, park["name"], proposal["park_code"]),
        park_code=plain(proposal["park_code"], 40),
        name=plain(park["name"], NAME_CHARACTERS),
        rule=plain(proposal["rule"], 60),
        label=or_dash(proposal["label"], 60),
        decided=decided,
        result=result,
        measure=ordered(proposal["action"]),
        clause=or_dash(proposal["clause"], 120),
    )
