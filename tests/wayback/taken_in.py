"""Shared by the tests of the way back: a folder of filings taken in, and single cells of a workbook changed as a clerk would."""

from datetime import date
from pathlib import Path

from openpyxl import load_workbook

from tests.validation.filed_folder import FORM_SET
from validation.checks import load_checks
from validation.intake import take_in
from validation.statistics import Statistics

CHECKS = load_checks(FORM_SET)
RULES = {rule.check.id: rule.check.label for rule in CHECKS.rules}


def taken_in(data: Path | list[Path], year: int = 2025) -> Statistics:
    return take_in(
        data, FORM_SET, CHECKS, first_year=2024, year=year, deadline=(4, 30), decision=lambda of: date(of + 1, 6, 30)
    )


def found(statistics: Statistics) -> dict[tuple[str, str | None], dict[str, object]]:
    """Findings by check and item."""
    return {(row["check_id"], row["item"]): row for row in statistics.findings.to_dicts()}


def change(path: Path, cells: dict[tuple[str, str], object]) -> None:
    """Change cells (sheet, A1) and save with openpyxl, as an office program would."""
    book = load_workbook(path)
    for (sheet, cell), value in cells.items():
        book[sheet][cell] = value
    book.save(path)
