"""Reports of one year from published tables: view models here, pages and PDF in worker processes."""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from report_templates.bulletin_view import BulletinView, bulletin_view
from report_templates.formatting import file_name
from report_templates.letter_view import LETTER_KIND, LetterView
from report_templates.park_view import ParkView, park_view
from report_templates.published import Published, published

if TYPE_CHECKING:
    import polars as pl

    from report_templates.press import Press

PARK_KIND, BULLETIN_KIND = "园区绩效评价报告", "园区评价通报"


@dataclass(frozen=True)
class Report:
    """One rendered report; `pages` is 0 and `problems` says why when it could not be rendered.

    `problems` also holds what the printer complained about (a character without a glyph, a refused reference).
    """

    path: Path
    kind: str
    park_code: str
    pages: int
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """What a worker needs for one report: plain data, no tables."""

    path: Path
    kind: str
    park_code: str
    view: ParkView | BulletinView | LetterView


def render_reports(
    tables: Mapping[str, pl.DataFrame],
    scheme: str,
    year: int,
    folder: Path,
    *,
    parks: Sequence[str] | None = None,
    bulletin: bool = True,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> list[Report]:
    """Render the park reports (all parks of the year's register, or `parks`) and the bulletin into `folder`.

    `tables` are the published tables of `scoring/results_schema.toml`. Each PDF is written aside and moved into place.
    A report that fails comes back with pages 0 and the reason; the others are rendered. `workers` = 1 renders in this
    process. `progress` is called with (done, total). Reports come back in the order of the park codes, bulletin last.
    Raises LookupError when the scheme has no run for the year.
    """
    results = published(tables, scheme, year)
    codes = sorted(row["park_code"] for row in results.rows("parks")) if parks is None else list(parks)
    jobs, failed = _jobs(results, codes, bulletin, folder)
    folder.mkdir(parents=True, exist_ok=True)
    total, reports = len(jobs) + len(failed), dict(failed)
    for done, report in enumerate(_render(jobs, workers), len(failed) + 1):
        reports[report.path] = report
        if progress is not None:
            progress(done, total)
    wanted = {path: position for position, path in enumerate(_paths(results, codes, bulletin, folder))}
    return sorted(reports.values(), key=lambda report: wanted[report.path])


def render_letters(
    views: Sequence[LetterView],
    folder: Path,
    *,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> list[Report]:
    """Render the letters on findings into `folder`, in the order of `views`; failures and progress as in render_reports."""
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [Job(letter_path(view, folder), LETTER_KIND, view.park_code, view) for view in views]
    reports: dict[Path, Report] = {}
    for done, report in enumerate(_render(jobs, workers), 1):
        reports[report.path] = report
        if progress is not None:
            progress(done, len(jobs))
    return [reports[job.path] for job in jobs]


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


def _paths(results: Published, codes: Sequence[str], bulletin: bool, folder: Path) -> list[Path]:
    paths = [park_path(results, code, folder) for code in codes]
    return [*paths, bulletin_path(results, folder)] if bulletin else paths


def _jobs(
    results: Published, codes: Sequence[str], bulletin: bool, folder: Path
) -> tuple[list[Job], dict[Path, Report]]:
    """Jobs with their view models; a view model that cannot be made is a failed report."""
    jobs: list[Job] = []
    failed: dict[Path, Report] = {}
    for code in codes:
        path = park_path(results, code, folder)
        try:
            jobs.append(Job(path, PARK_KIND, code, park_view(results, code)))
        except Exception as error:
            failed[path] = Report(path, PARK_KIND, code, 0, (_reason(error),))
    if bulletin:
        path = bulletin_path(results, folder)
        try:
            jobs.append(Job(path, BULLETIN_KIND, "", bulletin_view(results)))
        except Exception as error:
            failed[path] = Report(path, BULLETIN_KIND, "", 0, (_reason(error),))
    return jobs, failed


def _render(jobs: Sequence[Job], workers: int) -> Iterator[Report]:
    workers = min(workers, len(jobs))
    if workers <= 1:
        yield from (render_job(job) for job in jobs)
        return
    # The bulletin is the longest document: it goes first, so that no worker ends alone with it.
    ordered = sorted(jobs, key=lambda job: job.kind == PARK_KIND)
    # polars runs threads; a forked child would inherit its locks and hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare_worker) as pool:
        waiting = {pool.submit(render_job, job): job for job in ordered}
        try:
            for future in as_completed(waiting):
                yield _outcome(future, waiting[future])
        except BaseException:
            # Interrupted: what has not been started is not started any more.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _outcome(future: Future[Report], job: Job) -> Report:
    try:
        return future.result()
    except BrokenProcessPool:
        return Report(job.path, job.kind, job.park_code, 0, ("渲染进程意外终止（内存不足或被结束），本报告未生成",))


def render_job(job: Job) -> Report:
    """Render and write one report; never raises for a fault of the document or the disk."""
    try:
        printed = press().print(_html(job.view))
        _write(job.path, printed.content)
    except Exception as error:
        problems = getattr(error, "problems", None) or (_reason(error),)
        return Report(job.path, job.kind, job.park_code, 0, problems)
    return Report(job.path, job.kind, job.park_code, printed.pages, printed.problems)


def _html(view: ParkView | BulletinView | LetterView) -> str:
    from report_templates.pages import bulletin_html, letter_html, park_html

    if isinstance(view, BulletinView):
        return bulletin_html(view)
    return letter_html(view) if isinstance(view, LetterView) else park_html(view)


# Allocations between two collections: a report makes few cycles, and collecting often costs a tenth of its time.
_COLLECT_AFTER = 200_000


def _prepare_worker() -> None:
    # An interrupt from the keyboard reaches the whole group; the parent alone decides what to do about it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    press()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 20)


def _end_with_parent() -> None:
    """Ends this worker when its parent was killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@cache
def press() -> Press:
    """The press of this process: style sheet and fonts are parsed once."""
    from report_templates.press import Press

    return Press()


def _write(path: Path, content: bytes) -> None:
    aside = path.with_name(f".{hashlib.sha256(path.name.encode()).hexdigest()[:16]}.{os.getpid()}.tmp")
    try:
        aside.write_bytes(content)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"无法写入报告文件：{error.strerror or error}"
    if isinstance(error, LookupError) and error.args and not isinstance(error, KeyError):
        return str(error.args[0])
    return f"报告未能生成（{type(error).__name__}：{str(error)[:200]}）"
