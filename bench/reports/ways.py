"""Ways of printing the same reports, each in a process of its own: `python -m bench.reports.ways WAY COUNT`."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.measure import Cost, cost_of, family, print_cost, resident_mb
from bench.reports.content import jobs, pages, parks, results, styled, system_sheet, web_sheet

WORKERS = 2
TYPST = "PARKEVAL_BENCH_TYPST"
"""Environment variable with the folder where `pip install --target FOLDER typst` has put it."""

COMPARED = 3
"""Reports whose pages and figures are compared between the ways."""

_EVERY_S = 0.1
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True)
class Printed:
    """Some reports of one way: pages and figures of the first `COMPARED` and their bytes; `memory_mb` of the largest
    process in the first quarter and the last, where that was watched."""

    made: int
    pages: Sequence[int]
    figures: Sequence[Sequence[str]]
    size: int
    memory_mb: Sequence[float] = ()


def told(contents: Sequence[bytes]) -> Printed:
    """What is compared of PDFs: the distinct figures of each, read by a library that none of the ways uses."""
    import pypdfium2

    counts, figures = [], []
    for content in contents:
        with pypdfium2.PdfDocument(content) as document:
            text = "\n".join(page.get_textpage().get_text_range() for page in document)
            counts.append(len(document))
        figures.append(sorted(set(_FIGURE.findall(text))))
    return Printed(len(contents), counts, figures, sum(map(len, contents)) // max(len(contents), 1))


@dataclass(frozen=True)
class Press:
    """Prints the report of a number; `elsewhere` gives the CPU seconds of processes that are no children of this one."""

    pdf: Callable[[int], bytes]
    elsewhere: Callable[[], float] = lambda: 0.0


def loop(opened: Press, count: int) -> Cost:
    """Print `count` reports one by one after one more that warms up; nothing is printed twice."""
    kept: list[bytes] = []

    def run() -> None:
        for number in range(count):
            content = opened.pdf(number)
            if number < COMPARED:
                kept.append(content)

    opened.pdf(count)
    before = opened.elsewhere()
    cost = cost_of(run)
    return replace(cost, cpu=cost.cpu + opened.elsewhere() - before, result=vars(replace(told(kept), made=count)))


@contextmanager
def plain_loop(count: int, folder: Path) -> Iterator[Press]:
    """The loop that anybody would write: tables find their widths themselves, as they do unless told otherwise."""
    with plain_loop_fixed(count, folder, lambda page: page.replace("table-layout: fixed;", "")) as press:
        yield press


@contextmanager
def plain_loop_fixed(count: int, folder: Path, change: Callable[[str], str] = str) -> Iterator[Press]:
    """The same loop over pages whose tables already have the product's fixed columns."""
    from weasyprint import HTML

    sheet = system_sheet()
    documents = [change(styled(page, sheet)) for page in pages(results(), count, folder)]
    yield Press(lambda number: bytes(HTML(string=documents[number]).write_pdf()))


@contextmanager
def typst(count: int, folder: Path) -> Iterator[Press]:
    """Typst with the looks of park.typ, PDF/A-3a and PDF/UA-1, the same attachments; the source is written beforehand."""
    from bench.reports.typst_page import attached, source
    from report_templates.typefaces import FONTS

    held = results()
    sources = []
    for number, (job, page) in enumerate(zip(jobs(held, count, folder), pages(held, count, folder), strict=True)):
        for inside in job.enclosures:
            (folder / f"{number}-{inside.name}").write_bytes(inside.content)
        names = [inside.name for inside in job.enclosures]
        sources.append((source(page) + attached(names, f"{number}-")).encode())
    (folder / "main.typ").write_bytes(sources[0])
    compiler = _engine().Compiler(
        str(folder / "main.typ"), root=str(folder), font_paths=[str(FONTS)], ignore_system_fonts=True
    )

    def press(number: int) -> bytes:
        (folder / "main.typ").write_bytes(sources[number])
        return bytes(compiler.compile(format="pdf", pdf_standards=["a-3a", "ua-1"]))

    yield Press(press)


def _engine() -> Any:
    """The Python package typst, or null."""
    from importlib import import_module

    if (folder := os.environ.get(TYPST)) and folder not in sys.path:
        sys.path.append(folder)
    try:
        return import_module("typst")
    except ImportError:
        return None


@contextmanager
def chromium(count: int, folder: Path) -> Iterator[Press]:
    """A browser that is running already, and the product's style sheet and fonts."""
    from bench.reports.chromium import browser

    sheet = web_sheet()
    for number, page in enumerate(pages(results(), count, folder)):
        (folder / f"{number}.html").write_text(styled(page, sheet), encoding="utf-8")
    with browser(folder / "profile") as opened:
        yield Press(lambda number: opened.pdf(folder / f"{number}.html"), opened.cpu_seconds)


def product(count: int, folder: Path) -> Cost:
    """As the product does it, on `WORKERS` processes, start of the server included."""
    from report_templates.printers import print_documents

    source = results()
    kept: dict[int, bytes] = {}
    peaks = [0.0, 0.0, 0.0, 0.0]

    def run() -> int:
        made, done = 0, threading.Event()

        def watch() -> None:
            while not done.wait(_EVERY_S):
                quarter = min(4 * made // count, 3)
                peaks[quarter] = max(peaks[quarter], _largest_below())

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        for report in print_documents(jobs(source, count, folder), None, WORKERS):
            made += report.pages > 0
            if int(report.path.stem) < COMPARED:
                kept[int(report.path.stem)] = report.path.read_bytes()
            report.path.unlink()
        done.set()
        watcher.join()
        return made

    cost = cost_of(run)
    printed = told([kept[number] for number in sorted(kept)])
    return replace(cost, result=vars(replace(printed, made=cost.result, memory_mb=[round(peaks[0]), round(peaks[3])])))


def _largest_below() -> float:
    """Resident MB of the largest process among this one's descendants."""
    _, *below = family(os.getpid())
    return max(map(resident_mb, below), default=0.0)


LOOPS = {"plain": plain_loop, "fixed": plain_loop_fixed, "typst": typst, "chromium": chromium}


def missing(way: str) -> str:
    """Why a way cannot be measured here; empty where it can."""
    if way == "typst":
        return "" if _engine() else f"没有 Typst；pip install --target 文件夹 typst，再设 {TYPST}=文件夹"
    if way == "chromium":
        from bench.reports.chromium import program

        return "" if program() else "没有 Chromium"
    return ""


def most(way: str) -> int | None:
    """How many reports a way may print: Typst remembers what it has laid out, so each park once, one of them to warm up."""
    return len(parks(results())) - 1 if way == "typst" else None


def measured(way: str, count: int, folder: Path) -> Cost:
    """The cost of `count` reports in one way; its result is a `Printed`."""
    if way == "product":
        return product(count, folder)
    with LOOPS[way](count + 1, folder) as press:
        return loop(press, count)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="parkeval-bench-") as name:
        print_cost(measured(sys.argv[1], int(sys.argv[2]), Path(name)))
