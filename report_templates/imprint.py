"""What identifies a report and stands on its pages: title, region, run, digest, notice."""

from __future__ import annotations

from dataclasses import dataclass

from report_templates.enclosures import document_data, verification_code
from report_templates.formatting import chinese_date, or_dash, plain
from report_templates.published import Published

DIGEST_CHARACTERS = 12
NAME_CHARACTERS = 80
# What fits on the line at the foot of a page beside run and digest.
FOOT_CHARACTERS = 20


@dataclass(frozen=True)
class Identity:
    """What every paper says of itself, ready for print; the date for the PDF metadata is ISO 8601. `office` is empty where it is not named."""

    title: str
    subject: str
    short_subject: str
    year: int
    region: str
    office: str
    scheme_title: str
    metadata_date: str
    version: str
    notice: str


@dataclass(frozen=True)
class RunIdentity(Identity):
    """A paper of a run, with the run's id and the digest of its results."""

    run_id: str
    digest: str
    full_digest: str


@dataclass(frozen=True)
class Imprint(RunIdentity):
    """Identity of one report. `log_digest` begins the digest of the log's last entry on a run or an act, empty where there is
    none; `code` is the verification code (see enclosures.py)."""

    document: str
    base_year: str
    target_year: str
    decision_date: str
    previous_run_id: str
    log_digest: str
    code: str


def imprint(results: Published, title: str, subject: str, park_code: str = "") -> Imprint:
    """Identity of the report `title` about `subject` (a park or the region).

    `park_code` is that of a document about one park; its verification code is then that of the park's data.
    """
    run = results.run
    decided = run["decision_date"]
    return Imprint(
        title=title,
        subject=plain(subject, NAME_CHARACTERS),
        short_subject=plain(subject, FOOT_CHARACTERS),
        year=results.year,
        region=plain(run["region"]),
        office=plain(run.get("office"), 40),
        scheme_title=plain(run["scheme_title"]),
        document=plain(run["document"]),
        base_year=str(run["base_year"]),
        target_year=str(run["target_year"]),
        decision_date=chinese_date(decided),
        metadata_date=f"{decided.isoformat()}T00:00:00Z" if decided else "",
        run_id=plain(run["run_id"]),
        previous_run_id=or_dash(run["previous_run_id"]),
        digest=plain(run["results_sha256"])[:DIGEST_CHARACTERS],
        full_digest=plain(run["results_sha256"]),
        version=plain(run["version"]),
        notice=plain(run["notice"]),
        log_digest=results.log_sha256[:DIGEST_CHARACTERS],
        code=verification_code(document_data(results, park_code)),
    )
