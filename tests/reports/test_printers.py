"""Printing on several processes, and leaving alone what has not changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from report_templates.letter_view import LETTER_KIND
from report_templates.print_server import KILLED
from report_templates.printers import print_documents
from report_templates.printing import Job, Report
from report_templates.render import render_reports
from report_templates.rendered import RECORD, read_record
from tests.reports import fabricated
from tests.reports.deadly import Deadly
from tests.reports.test_press import letter

REFUSED = "YN5328-10"


def render(tables: dict[str, pl.DataFrame], folder: Path) -> list[Report]:
    return render_reports(
        tables, fabricated.SCHEME, 2025, folder, parks=[REFUSED], bulletin=False, workers=1, keep_unchanged=True
    )


def test_what_has_not_changed_is_not_rendered_again(tables: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    first = render(tables, tmp_path)
    assert not any(report.kept for report in first)
    stamps = {report.path: report.path.stat().st_mtime_ns for report in first}
    second = render(tables, tmp_path)
    assert all(report.kept for report in second)
    assert [(it.path, it.pages, it.problems, it.sha256) for it in second] == [
        (it.path, it.pages, it.problems, it.sha256) for it in first
    ]
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


def test_a_file_that_was_touched_or_data_that_changed_are_rendered_again(
    tables: dict[str, pl.DataFrame], changed: Callable[..., Any], tmp_path: Path
) -> None:
    (before,) = render(tables, tmp_path)
    content = before.path.read_bytes()
    before.path.write_bytes(content + b"%")
    (again,) = render(tables, tmp_path)
    assert not again.kept
    assert again.path.read_bytes() == content
    other = changed("parks", lambda row: row | {"leading_industries": "茶产业"})
    (after,) = render(other, tmp_path)
    assert not after.kept
    assert after.key != again.key


def test_a_record_cut_off_in_the_middle_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / RECORD).write_text('["a.pdf", "k", "s", 3, []]\n["b.pdf", "k2', encoding="utf-8")
    assert list(read_record(tmp_path).known) == ["a.pdf"]


def test_a_printer_that_is_killed_costs_one_document(tmp_path: Path) -> None:
    jobs = [
        Job(tmp_path / f"{number}.pdf", LETTER_KIND, f"P{number}", "letter.html.j2", view)
        for number, view in enumerate([letter("甲园区"), Deadly("乙园区"), letter("丙园区")])
    ]
    found = sorted(print_documents(jobs, None, 2), key=lambda report: report.park_code)
    assert [(report.park_code, report.pages > 0) for report in found] == [("P0", True), ("P1", False), ("P2", True)]
    assert found[1].problems == (KILLED,)
    assert sorted(os.listdir(tmp_path)) == ["0.pdf", "2.pdf"]
