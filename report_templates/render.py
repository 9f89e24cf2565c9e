"""Reports of one year from published tables: which documents there are, what goes into each, and where it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from report_templates.enclosures import dated, enclosures
from report_templates.formatting import file_name
from report_templates.letter_view import LETTER_KIND, LetterView
from report_templates.papers import Paper, papers, superseded
from report_templates.printers import print_documents
from report_templates.printing import Job, Report, reason
from report_templates.published import Published, published
from report_templates.rendered import Record, compact, read_record

if TYPE_CHECKING:
    import polars as pl

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
    """Render the papers of the parks (all of the year's register, or `parks`) and with `bulletin` those on all parks.

    What there is, and under which name, is in papers.py: report, notices and certificates per park; bulletin, method report and
    summary for leaders. Papers that a decision has superseded are taken out of `folder`.

    `tables` are the published tables of `scoring/results_schema.toml`. Each PDF is written aside and moved into place.
    A report that fails comes back with pages 0 and the reason; the others are rendered. `workers` = 1 renders in this
    process. `progress` is called with (done, total). Reports come back in the order of the park codes, those on all parks last.
    With `keep_unchanged` a record is kept in the folder, and what would come out the same is not rendered again.
    `office` is the folder of the office's own templates and settings.
    Raises LookupError when the scheme has no run for the year, DefinitionRefused for a broken folder of the office.
    """
    results = published(tables, scheme, year)
    codes = sorted(row["park_code"] for row in results.rows("parks")) if parks is None else list(parks)
    wanted = list(papers(results, codes, folder, region=bulletin))
    # The papers on all parks are the longest: they go first, so that no printer ends alone with one.
    first = sorted(wanted, key=lambda paper: bool(paper.park_code))
    folder.mkdir(parents=True, exist_ok=True)
    for path in superseded(results, codes, folder):
        path.unlink(missing_ok=True)
    record = read_record(folder) if keep_unchanged else Record(folder, {})
    failed: list[Report] = []
    jobs = _jobs(first, results, record, failed)
    found = _collect(jobs, len(wanted), failed, office, workers, progress, record if keep_unchanged else None)
    order = {paper.path: position for position, paper in enumerate(wanted)}
    return sorted(found, key=lambda report: order[report.path])


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


def _jobs(wanted: Sequence[Paper], results: Published, record: Record, failed: list[Report]) -> Iterator[Job]:
    """The jobs one by one, so that few view models exist at a time; one that cannot be made is a failed report."""
    day = dated(results)
    for paper in wanted:
        try:
            view = paper.view()
            inside = enclosures(results, paper.park_code) if paper.encloses else ()
        except Exception as error:
            failed.append(Report(paper.path, paper.kind, paper.park_code, 0, (reason(error),)))
            continue
        known = record.known.get(paper.path.name)
        yield Job(paper.path, paper.kind, paper.park_code, paper.template, view, inside, day, known)


def letter_path(view: LetterView, folder: Path) -> Path:
    """Where the letter to one park goes."""
    return folder / f"{file_name([view.park_code, view.name, str(view.imprint.year), LETTER_KIND])}.pdf"
