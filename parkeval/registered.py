"""The parks that a bureau's workbook registers, for whom workbooks to fill in are made."""

from __future__ import annotations

from pathlib import Path

from scoring.rulebook import Rulebook
from validation.conform import conform
from validation.problems import DataRefused, Problem
from validation.reading import read
from validation.registry import parks_of, register


def registered_parks(path: Path, book: Rulebook) -> list[tuple[str, str, str | None, str | None]]:
    """(code, name, level, type) of the parks registered for the year in the bureau workbook at `path`."""
    reading = read(path, book.form_set)
    conformed = conform(reading, reading.filings, book.form_set)
    parks = parks_of(register(conformed.records), book.year)
    if parks.is_empty():
        raise DataRefused([Problem(str(path), "没有可用的园区名录", "州级汇总工作簿的“园区名录”", "检查文件")])
    return list(parks.select("park_code", "name", "level", "park_type").iter_rows())
