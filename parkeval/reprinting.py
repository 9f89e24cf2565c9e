"""Reports from published tables; printed again into HOME they become part of what is listed and logged, like all that stands there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from parkeval import log
from parkeval.commit import commit
from parkeval.evidence import evidence_sha256
from parkeval.home import Home, writing

if TYPE_CHECKING:
    from pathlib import Path

    from parkeval.store import Tables
    from report_templates.printing import Report


def render_again(
    tables: Tables,
    scheme: str,
    year: int,
    folder: Path,
    parks: Sequence[str] | None,
    workers: int,
    progress: Callable[[str, int, int], None],
    office: Path | None = None,
    *,
    pdf: bool = True,
    page: bool = True,
    book: bool = True,
    keep_unchanged: bool = False,
) -> list[Report]:
    """Reports from published tables: of all parks, the bulletin, the offline page and the result book; or of `parks` alone.

    With `keep_unchanged`, PDFs that stand in `folder` and would come out the same are not rendered again.
    """
    from report_templates.render import render_reports
    from report_templates.whole_results import write_whole

    made: list[Report] = []
    if pdf:
        made += render_reports(
            tables,
            scheme,
            year,
            folder,
            parks=parks,
            bulletin=parks is None,
            workers=workers,
            progress=lambda ready, total: progress("生成报告", ready, total),
            office=office,
            keep_unchanged=keep_unchanged,
        )
    if parks is None and (page or book):
        made += write_whole(
            tables,
            scheme,
            year,
            folder,
            page=page,
            book=book,
            progress=lambda ready, total: progress("生成网页和工作簿", ready, total),
        )
    return made


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
