"""Results of commands on the terminal and in files: tables, CSV, JSON, Parquet, workbooks."""

from __future__ import annotations

import datetime
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from parkeval.errors import DiskFault, UsageFault, disk_reason
from report_templates.formatting import figure
from validation.problems import Problem

FORMATS = ("table", "csv", "json", "parquet", "xlsx")
SHEET_ROWS = 1_048_576
FORMULA = r"^([=+\-@\t\r])"
"""Beginnings of a text that a spreadsheet takes for a formula."""

CELL_CHARACTERS = 32_767
EXACT = 2**53
"""Whole numbers beyond this are not exact in a workbook, whose numbers are floating-point: they are written as text."""


def as_text(frame: pl.DataFrame, kind: str) -> str:
    """`frame` as text for stdout: `table`, `csv` or `json`."""
    if kind == "csv":
        return _flat(frame).write_csv()
    if kind == "json":
        return json.dumps([_plain_row(row) for row in frame.iter_rows(named=True)], ensure_ascii=False, indent=1) + "\n"
    return text_table(frame.columns, [[figure(value) for value in row] for row in frame.iter_rows()])


def write_file(frame: pl.DataFrame, path: Path, kind: str, dictionary: pl.DataFrame | None = None) -> None:
    """Write `frame` to `path`; text of a workbook cell or CSV, column names included, is never taken for a formula.

    The `dictionary` of its columns becomes a second sheet of a workbook and metadata (`数据字典`, JSON) of Parquet.
    """
    if kind == "xlsx" and frame.height >= SHEET_ROWS:
        raise UsageFault(
            [Problem(str(path), f"有 {frame.height} 行", f"工作表至多 {SHEET_ROWS - 1} 行", "改用 csv 或 parquet")]
        )

    def write(partial: Path) -> None:
        if kind == "parquet":
            told = None if dictionary is None else {"数据字典": json.dumps(dictionary.to_dicts(), ensure_ascii=False)}
            frame.write_parquet(partial, metadata=told)
        elif kind == "xlsx":
            _write_xlsx({"查询结果": frame} | ({} if dictionary is None else {"数据字典": dictionary}), partial)
        else:
            partial.write_text(as_text(frame, kind), encoding="utf-8-sig" if kind == "csv" else "utf-8")

    _replacing(path, write)


def write_workbook(sheets: Mapping[str, pl.DataFrame], path: Path) -> None:
    """Write several tables as sheets of one workbook; text is never taken for a formula."""
    _replacing(path, lambda partial: _write_xlsx(sheets, partial))


def _replacing(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make a file beside `path` and put it there when it is whole; raises DiskFault."""
    partial = path.with_name(f".{path.name}.part")
    try:
        write(partial)
        partial.replace(path)
    except OSError as error:
        raise DiskFault([Problem(str(path), disk_reason(error), "可写的文件", "检查路径、权限和磁盘空间")]) from None
    finally:
        partial.unlink(missing_ok=True)


def format_of(path: Path | None, given: str | None) -> str:
    """The output format: as given, or by the file's ending, or a table for the terminal."""
    kind = given or (path.suffix.lstrip(".").lower() if path else "table")
    if kind not in FORMATS:
        raise UsageFault([Problem("--format", kind, "、".join(FORMATS), "改用其中之一，或换文件后缀")])
    if path is None and kind in ("parquet", "xlsx"):
        raise UsageFault([Problem("--format", f"{kind} 不能印在屏幕上", "--output 文件名", "加上 --output")])
    return kind


def text_table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns set by display width, in which a Chinese character takes two."""
    widths = [max([width(name), *(width(row[place]) for row in rows)], default=0) for place, name in enumerate(names)]
    lines = [names, ["-" * size for size in widths], *rows]
    return "".join(
        "  ".join(cell + " " * (size - width(cell)) for cell, size in zip(line, widths, strict=True)).rstrip() + "\n"
        for line in lines
    )


def width(text: str) -> int:
    """Display width of `text` on a terminal."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _plain_row(row: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in row.items()}


def plain(value: object) -> object:
    """A value as JSON holds it: a decimal as a number, a date and every other kind as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime.date | datetime.datetime | datetime.time | datetime.timedelta):
        return str(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Nested columns as JSON text, and text that a spreadsheet would take for a formula behind an apostrophe."""
    columns = []
    for name, kind in frame.schema.items():
        if kind.is_nested():
            texts = [
                None if value is None else json.dumps(plain(value), ensure_ascii=False)
                for value in frame[name].to_list()
            ]
            columns.append(pl.Series(name, texts, dtype=pl.String))
        elif kind == pl.String:
            columns.append(frame[name].str.replace(FORMULA, "'$1"))
        else:
            columns.append(frame[name])
    return pl.DataFrame(columns).rename(lambda name: re.sub(FORMULA, r"'\1", name))


def _write_xlsx(sheets: Mapping[str, pl.DataFrame], path: Path) -> None:
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": datetime.datetime(2000, 1, 1)})
        head = book.add_format({"bold": True, "bottom": 1})
        for name, frame in sheets.items():
            _write_sheet(book.add_worksheet(name), frame, head)


def _write_sheet(sheet: Any, frame: pl.DataFrame, head: Any) -> None:
    for place, name in enumerate(frame.columns):
        sheet.write_string(0, place, name, head)
        sheet.set_column(place, place, min(max(width(name) + 2, 10), 40))
    for line, row in enumerate(frame.iter_rows(), start=1):
        for place, value in enumerate(row):
            number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
            if number and abs(value) <= EXACT:
                sheet.write_number(line, place, float(value))
            elif value is not None:
                sheet.write_string(line, place, (str(value) if number else figure(value))[:CELL_CHARACTERS])
    sheet.freeze_panes(1, 0)
