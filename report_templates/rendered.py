"""The record of what has been rendered into a folder, so that unchanged documents are not rendered again.

A line for each document as it is made: file name, digest of everything that entered it (page, style, fonts, enclosures,
version), digest of the file. A document is kept only where both are what they were.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from report_templates.printing import Known, Report

RECORD = ".rendered.jsonl"


@dataclass(frozen=True)
class Record:
    """The record of one folder."""

    folder: Path
    known: dict[str, Known]

    def add(self, report: Report) -> None:
        """Record a document that has been made; one that was kept stands there already."""
        if report.pages and not report.kept:
            line = [report.path.name, report.key, report.sha256, report.pages, list(report.problems)]
            with (self.folder / RECORD).open("a", encoding="utf-8") as handle:
                handle.write(json.dumps(line, ensure_ascii=False) + "\n")


def read_record(folder: Path) -> Record:
    """The record of `folder`; the later line of a document counts, lines cut off by an interruption do not."""
    known = dict[str, Known]()
    path = folder / RECORD
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else ():
        try:
            name, key, sha256, pages, problems = json.loads(line)
            known[str(name)] = Known(str(key), str(sha256), int(pages), tuple(map(str, problems)))
        except (ValueError, TypeError):
            continue
    return Record(folder, known)


def compact(record: Record, reports: Iterable[Report]) -> None:
    """Write the record anew: a line for each document that stands in the folder."""
    known = record.known | {
        report.path.name: Known(report.key, report.sha256, report.pages, report.problems)
        for report in reports
        if report.pages
    }
    lines = [
        json.dumps([name, it.key, it.sha256, it.pages, list(it.problems)], ensure_ascii=False) + "\n"
        for name, it in sorted(known.items())
        if (record.folder / name).is_file()
    ]
    aside = record.folder / f"{RECORD}.part"
    aside.write_text("".join(lines), encoding="utf-8")
    aside.replace(record.folder / RECORD)
