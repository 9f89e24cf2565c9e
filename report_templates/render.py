"""Reports of one year from published tables: which documents there are, what goes into each, and where it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from report_templates.bulletin_view import bulletin_view
from report_templates.enclosures import dated, enclosures
from report_templates.formatting import file_name
from report_templates.letter_view import LETTER_KIND, LetterView
from report_templates.park_view import park_view
from report_templates.printers import print_documents
from report_templates.printing import Job, Report, reason
from report_templates.published import Published, published
from report_templates.rendered import Record, compact, read_record

if TYPE_CHECKING:
    import polars as pl

PARK_KIND, BULLETIN_KIND = "园区绩效评价报告", "园区评价通报"
Progress = Callable[[int, int], None]


def render_reports(
    tables: Mapping[str, pl.DataFrame],
    scheme: str,
    year: int,
    folder: Path,
    *,
    parks: Sequence[str] | None = None,
    bulletin: bool = True,
    workers: int = 2,
    progress: Progress | None = None,
    office: Path | None = None,
    keep_unchanged: bool = False,
) -> list[Report]:
    """Render the park reports (all parks of the year's register, or `parks`) and the bulletin into `folder`.

    `tables` are the published tables of `scoring/results_schema.toml`. Each PDF is written aside and moved into place.
    A report that fails comes back with pages 0 and the reason; the others are rendered. `workers` = 1 renders in this
    process. `progress` is called with (done, total). Reports come back in the order of the park codes, bulletin last.
    With `keep_unchanged` a record is kept in the folder, and what would come out the same is not rendered again.
    `office` is the folder of the office's own templates and settings.
    Raises LookupError when the scheme has no run for the year, DefinitionRefused for a broken folder of the office.
    """
    results = published(tables, scheme, year)
    codes = sorted(row["park_code"] for row in results.rows("parks")) if parks is None else list(parks)
    # The bulletin is the longest document: it goes first, so that no printer ends alone with it.
    wanted = [*([""] if bulletin else []), *codes]
    folder.mkdir(parents=True, exist_ok=True)
    record = read_record(folder) if keep_unchanged else Record(folder, {})
    failed: list[Report] = []
    jobs = _jobs(results, wanted, folder, record, failed)
    found = _collect(jobs, len(wanted), failed, office, workers, progress, record if keep_unchanged else None)
    order = {(code or "\U0010ffff"): position for position, code in enumerate([*codes, *([""] if bulletin else [])])}
    return sorted(found, key=lambda report: order[report.park_code or "\U0010ffff"])


def render_letters(
    views: Sequence[LetterView],
    folder: Path,
    *,
    workers: int = 2,
    progress: Progress | None = None,
    office: Path | None = None,
) -> list[Report]:
    """Render the letters on findings into `folder`, in the order of `views`; failures and progress as in render_reports."""
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [Job(letter_path(view, folder), LETTER_KIND, view.park_code, "letter.html.j2", view) for view in views]
    found = {report.path: report for report in _collect(iter(jobs), len(jobs), [], office, workers, progress, None)}
    return [found[job.path] for job in jobs]


def _collect(
    jobs: Iterator[Job],
    total: int,
    failed: list[Report],
    office: Path | None,
    workers: int,
    progress: Progress | None,
    record: Record | None,
) -> list[Report]:
    """Print the jobs, tell how far it has come, and record what was made; `failed` grows while jobs are drawn."""
    found: list[Report] = []
    for report in print_documents(jobs, office, min(workers, total)):
        found.append(report)
        if record is not None:
            record.add(report)
        if progress is not None:
            progress(len(found) + len(failed), total)
    if record is not None:
        compact(record, found)
    return [*found, *failed]


def _jobs(
    results: Published, codes: Sequence[str], folder: Path, record: Record, failed: list[Report]
) -> Iterator[Job]:
    """The jobs one by one, so that few view models exist at a time; one that cannot be made is a failed report."""
    day = dated(results)
    for code in codes:
        kind = PARK_KIND if code else BULLETIN_KIND
        path = park_path(results, code, folder) if code else bulletin_path(results, folder)
        try:
            view: Any = park_view(results, code) if code else bulletin_view(results)
            template = "park.html.j2" if code else "bulletin.html.j2"
            inside = enclosures(results, code)
        except Exception as error:
            failed.append(Report(path, kind, code, 0, (reason(error),)))
            continue
        yield Job(path, kind, code, template, view, inside, day, record.known.get(path.name))


def letter_path(view: LetterView, folder: Path) -> Path:
    """Where the letter to one park goes."""
    return folder / f"{file_name([view.park_code, view.name, str(view.imprint.year), LETTER_KIND])}.pdf"


def park_path(results: Published, park_code: str, folder: Path) -> Path:
    """Where the report of one park goes."""
    rows = results.of_park("parks", park_code)
    name = rows[0]["name"] if rows else ""
    return folder / f"{file_name([park_code, name, str(results.year), PARK_KIND])}.pdf"


def bulletin_path(results: Published, folder: Path) -> Path:
    """Where the bulletin goes."""
    return folder / f"{file_name([results.run['region'], str(results.year), BULLETIN_KIND])}.pdf"
