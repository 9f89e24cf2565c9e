"""Reports printed again into HOME: they become part of what is listed and logged, like everything else that stands there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from parkeval import log
from parkeval.commit import commit
from parkeval.evidence import evidence_sha256
from parkeval.home import Home, writing

if TYPE_CHECKING:
    from pathlib import Path

    from report_templates.printing import Report


def reports_folder(home: Home, year: int) -> Path:
    """Where reports of `year` that are printed again stand."""
    return home.folder / "reports" / str(year)


def print_into(home: Home, year: int, scheme: str, make: Callable[[Path], list[Report]]) -> list[Report]:
    """What `make` prints into a folder, added to the reports of `year` in HOME; raises Busy and DiskFault.

    Reports that stand there already are in the folder that `make` is given, so that unchanged ones can be kept.
    """
    place = reports_folder(home, year)
    with writing(home) as staging:
        staged = staging / "reports"
        if place.is_dir():
            shutil.copytree(place, staged)
        else:
            staged.mkdir()
        made = make(staged)
        entry = {"kind": "reports", "scheme": scheme, "year": year, "subject": f"reports/{year}"}
        log.add(home.folder, staging, entry | {"subject_sha256": evidence_sha256(staged)})
        commit(home.folder, staging, [(staged, place), (staging / log.LOG, home.folder / log.LOG)])
    return [replace(report, path=place / report.path.relative_to(staged)) for report in made]
