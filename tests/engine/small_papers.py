"""Small PDF in place of the real papers: the same names, a few lines of text, an attachment where wanted."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pydyf

from parkeval.store import Tables
from report_templates.formatting import file_name
from report_templates.papers import BULLETIN_KIND, PARK_KIND
from report_templates.printing import Job, Report


def small_pdf(lines: Sequence[str], attachments: Mapping[str, bytes] | None = None) -> bytes:
    """One page of ASCII text; `attachments` are embedded as in PDF/A-3."""
    document = pydyf.PDF()
    font = pydyf.Dictionary({"Type": "/Font", "Subtype": "/Type1", "Name": "/F1", "BaseFont": "/Helvetica", "Encoding": "/WinAnsiEncoding"})  # fmt: skip
    document.add_object(font)
    stream = pydyf.Stream()
    stream.begin_text()
    stream.set_font_size("F1", 10)
    for at, line in enumerate(lines):
        stream.set_text_matrix(1, 0, 0, 1, 20, 800 - 14 * at)
        stream.show_text_string(line)
    stream.end_text()
    document.add_object(stream)
    page = pydyf.Dictionary({"Type": "/Page", "Parent": document.pages.reference, "Contents": stream.reference,
                             "MediaBox": pydyf.Array([0, 0, 595, 842]),
                             "Resources": pydyf.Dictionary({"Font": pydyf.Dictionary({"F1": font.reference})})})  # fmt: skip
    document.add_page(page)
    names = []
    for name, content in (attachments or {}).items():
        inner = pydyf.Stream([content], {"Type": "/EmbeddedFile"})
        document.add_object(inner)
        spec = pydyf.Dictionary({"Type": "/Filespec", "F": pydyf.String(name), "UF": pydyf.String(name),
                                 "EF": pydyf.Dictionary({"F": inner.reference})})  # fmt: skip
        document.add_object(spec)
        names += [pydyf.String(name), spec.reference]
    if names:
        tree = pydyf.Dictionary({"EmbeddedFiles": pydyf.Dictionary({"Names": pydyf.Array(names)})})
        document.catalog["Names"] = tree
    target = io.BytesIO()
    document.write(target)
    return target.getvalue()


def small_lists(jobs: Iterable[Job], office: Path | None, workers: int) -> Iterator[Report]:
    """In place of printing: for each list a page with nothing but the code."""
    for job in jobs:
        job.path.write_bytes(small_pdf([job.park_code]))
        yield Report(job.path, job.kind, job.park_code, 1, ())


def home_with_papers(published_home: Path, tables: Tables, scheme: str, year: int, folder: Path) -> Path:
    """A copy of HOME, with small papers of `year` where `report` puts them."""
    home = folder / "home"
    shutil.copytree(published_home, home)
    run = tables["runs"].filter(scheme=scheme, year=year).row(0, named=True)
    reports = home / "reports" / str(year)
    reports.mkdir(parents=True)
    own = f"run {run['run_id']}"
    for code, name in tables["parks"].filter(scheme=scheme, year=year).select("park_code", "name").rows():
        score = tables["scores"].filter(scheme=scheme, year=year, park_code=code, node="total")["score"][0]
        pdf = small_pdf([own, code, f"{score:.2f}"])
        (reports / f"{file_name([code, name, str(year), PARK_KIND])}.pdf").write_bytes(pdf)
    (reports / f"{file_name([run['region'], str(year), BULLETIN_KIND])}.pdf").write_bytes(small_pdf([own, "ranking"]))
    return home
