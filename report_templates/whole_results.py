"""What is made of all results of a year beside the PDF: the offline page and the result book."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from report_templates.bulletin_view import bulletin_view
from report_templates.formatting import plain
from report_templates.offline_page import page_files
from report_templates.page_view import PAGE_KIND, page_view
from report_templates.park_view import ParkView, park_view
from report_templates.printing import Report, reason
from report_templates.published import Published, published
from report_templates.result_book import BOOK_KIND, book_path, write_book
from validation.replacing import replace_file

if TYPE_CHECKING:
    import polars as pl


def write_whole(
    tables: Mapping[str, pl.DataFrame],
    scheme: str,
    year: int,
    folder: Path,
    *,
    page: bool = True,
    book: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> list[Report]:
    """Write the offline page and the result book of one year into `folder`, and tell of each what became of it.

    `tables` are the published tables of `scoring/results_schema.toml`. `pages` of a report is the number of files of the page and of
    sheets of the book. What cannot be made comes back with pages 0 and the reason. `progress` is called with (done, total). Raises
    LookupError when the scheme has no run for the year.
    """
    results = published(tables, scheme, year)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [write for chosen, write in ((page, _write_page), (book, _write_book)) if chosen]
    made = []
    for write in wanted:
        made.append(write(results, folder))
        if progress is not None:
            progress(len(made), len(wanted))
    return made


def _write_page(results: Published, folder: Path) -> Report:
    """The page in one file or several; a park whose profile cannot be made is told, and the others are there."""
    path, problems, files = folder / f"{PAGE_KIND}.html", list[str](), 0

    def profile(park_code: str) -> ParkView | None:
        try:
            return park_view(results, park_code)
        except Exception as error:
            problems.append(f"园区 {plain(park_code, 40)} 没有页面：{reason(error)}")
            return None

    try:
        view = page_view(results, bulletin_view(results))
        path = folder / view.volumes[0].name
        for name, content in page_files(view, profile):
            replace_file(folder / name, content.encode("utf-8"))
            files += 1
    except Exception as error:
        return Report(path, PAGE_KIND, "", 0, (reason(error),))
    return Report(path, PAGE_KIND, "", files, tuple(problems))


def _write_book(results: Published, folder: Path) -> Report:
    path = book_path(results, folder)
    try:
        sheets = write_book(results, path)
    except Exception as error:
        return Report(path, BOOK_KIND, "", 0, (reason(error),))
    return Report(path, BOOK_KIND, "", sheets, ())
