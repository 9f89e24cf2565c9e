"""The list that goes with a package (送达清单), and on a page of its own the receipt to be signed and returned (送达回证)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from report_templates.formatting import chinese_date, or_dash, plain
from report_templates.imprint import DIGEST_CHARACTERS, FOOT_CHARACTERS, NAME_CHARACTERS, RunIdentity

COVER_KIND, RECEIPT_KIND = "送达清单", "送达回证"
COVER_TEMPLATE = "cover.html.j2"


@dataclass(frozen=True)
class Listed:
    """One file of a package: name, kind, size in bytes and SHA-256."""

    name: str
    kind: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class CoverView:
    """Everything that list and receipt print; `recipient` with its code, sizes with separators, the sum of digests apart."""

    imprint: RunIdentity
    recipient: str
    code: str
    sent_on: str
    sent_by: str
    lines: tuple[tuple[str, str, str, str], ...]
    receipt_title: str = RECEIPT_KIND


def cover_view(
    run: Mapping[str, Any], recipient: str, code: str, sent_on: date, sent_by: str, files: Sequence[Listed]
) -> CoverView:
    """The list of one package. run: a row of the published table `runs`; `code` is empty for readers who are no park."""
    name = plain(recipient, NAME_CHARACTERS)
    return CoverView(
        imprint=RunIdentity(
            title=COVER_KIND,
            subject=name,
            short_subject=plain(recipient, FOOT_CHARACTERS),
            year=run["year"],
            region=plain(run["region"]),
            office=plain(run["office"], 40),
            scheme_title=or_dash(run["scheme_title"], 80),
            metadata_date=f"{sent_on.isoformat()}T00:00:00Z",
            version=plain(run["version"]),
            notice=plain(run["notice"]),
            run_id=plain(run["run_id"]),
            digest=plain(run["results_sha256"])[:DIGEST_CHARACTERS],
            full_digest=plain(run["results_sha256"]),
        ),
        recipient=name,
        code=plain(code, 40),
        sent_on=chinese_date(sent_on),
        sent_by=plain(sent_by, 40),
        lines=tuple((file.name, file.kind, f"{file.size_bytes:,}", file.sha256) for file in files),
    )
