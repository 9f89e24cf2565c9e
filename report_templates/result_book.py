"""The result book (评价结果.xlsx): the published results of one year as a workbook of numbers and text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from report_templates.book_evidence import about_rows, evidence_sheets
from report_templates.book_results import result_sheets
from report_templates.book_sheets import Amount, Column, Sheet, Value, text
from report_templates.book_sureness import sureness_sheets
from report_templates.formatting import file_name
from report_templates.published import Published
from scoring.schema import result_tables
from validation.replacing import replace_file
from validation.table_sheets import (
    PAGES,
    cell_formats,
    display_width,
    new_book,
    number_format,
    write_head,
    write_text,
)

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

BOOK_KIND = "评价结果"
SHEET_ROWS = 1_000_000
"""Records of one sheet; what is longer goes on in a sheet of the same name with a number (a spreadsheet ends at 1,048,576 rows)."""
_FOOTER_DIGEST = 16
_PRINT_SCALE = 62
_HEAD_WIDTH = 15
_PAGE_WIDTH = 200
"""Characters of column width that one landscape A4 page holds at the smallest scale that is still read with ease."""
_CHANGE = '"▲"0_ ;"▼"0_ ;"平"_ '
_DATE = 'yyyy"年"m"月"d"日"'
_NO_RECORD = "没有记录"


def book_path(results: Published, folder: Path) -> Path:
    """Where the book of one year goes."""
    return folder / f"{file_name([results.run['region'], str(results.year), BOOK_KIND])}.xlsx"


def write_book(results: Published, path: Path) -> int:
    """Write all results of the year of `results` to the workbook `path` and give the number of its sheets.

    Every cell is text, a number or a date, never a formula or a link; the same results give the same bytes. Raises OSError when
    `path` cannot be written.
    """
    run = results.run
    title = f"{text(run['region'])} {results.year} 年度园区评价结果"
    book, buffer = new_book(title, long=True)
    writer = _Writer(book, title, text(run["notice"]), _footer(results))
    sheets = (*result_sheets(results), *evidence_sheets(results), *sureness_sheets(results))
    writer.about(about_rows(results, sheets))
    for sheet in sheets:
        writer.sheet(sheet)
    writer.sheet(_dictionary(sheets))
    book.close()
    replace_file(path, buffer.getvalue())
    return len(book.worksheets())


def _footer(results: Published) -> str:
    """Run and digest, and the page number; an ampersand would begin a code."""
    run = results.run
    said = f"批次 {text(run['run_id'])}　结果摘要 {text(run['results_sha256'])[:_FOOTER_DIGEST]}".replace("&", "&&")
    return f"&L{said[:150]}{PAGES.replace('&C', '&R')}"


class _Writer:
    """Writes sheets one after another into one workbook; formats are made once."""

    def __init__(self, book: Workbook, title: str, notice: str, footer: str) -> None:
        self._book, self._title, self._notice, self._footer = book, title, notice, footer
        self._formats = dict(cell_formats(book))
        self._numbers: dict[str, Format] = {}

    def about(self, rows: Iterable[tuple[str, str]]) -> None:
        """The first sheet: one pair a line."""
        sheet = self._book.add_worksheet("说明")
        listed = list(rows)
        columns = [("项目", 24), ("内容", 90)]
        write_head(sheet, self._formats, columns, self._title, self._notice, len(listed), footer=self._footer)
        for at, (name, said) in enumerate(listed, 3):
            write_text(sheet, at, 0, name, self._formats["head"])
            write_text(sheet, at, 1, said, self._formats["text"])

    def sheet(self, sheet: Sheet) -> None:
        """One sheet, or several where there are more records than a spreadsheet holds."""
        records = iter(sheet.rows())
        number = 1
        while True:
            part = list(islice(records, 1))
            if not part and number > 1:
                return
            name = sheet.name if number == 1 else f"{sheet.name}{number}"
            self._part(self._book.add_worksheet(name), sheet, _chained(part, islice(records, SHEET_ROWS - 1)))
            number += 1

    def _part(self, page: Worksheet, sheet: Sheet, records: Iterable[Sequence[Value]]) -> None:
        columns = [
            (column.head, max(column.width, min(display_width(column.head) + 1, _HEAD_WIDTH)))
            for column in sheet.columns
        ]
        title = f"{self._title}　{sheet.name}"
        write_head(
            page, self._formats, columns, title, self._notice, 0, frozen=sheet.frozen, footer=self._footer
        )  # fmt: skip
        _set_print(page, sheet)
        last = 2
        for last, record in enumerate(records, 3):
            for column, value in enumerate(record):
                self._cell(page, last, column, value, sheet.columns[column])
        if last == 2:
            write_text(page, 3, 0, _NO_RECORD, self._formats["text"])
        page.autofilter(2, 0, max(last, 3), len(columns) - 1)
        for at, described in enumerate(sheet.columns):
            self._mark(page, at, last, described)

    def _cell(self, page: Worksheet, row: int, column: int, value: Value, described: Column) -> None:
        if isinstance(value, Amount):
            if value.value is None:
                page.write_blank(row, column, None, self._formats["text"])
            else:
                places = f".{'0' * value.decimals}" if value.decimals else ""
                page.write_number(row, column, float(value.value), self._number(f"#,##0{places}_ "))
        elif isinstance(value, int):
            page.write_number(row, column, value, self._number(_CHANGE if described.mark == "change" else "0_ "))
        elif isinstance(value, date):
            page.write_datetime(row, column, value, self._number(_DATE))
        else:
            style = self._formats.get(value or "") if described.mark == "severity" else None
            write_text(page, row, column, value, style or self._formats["text"])

    def _number(self, pattern: str) -> Format:
        if pattern not in self._numbers:
            self._numbers[pattern] = number_format(self._book, pattern)
        return self._numbers[pattern]

    def _mark(self, page: Worksheet, at: int, last: int, column: Column) -> None:
        """Discreet marks by condition, so that they follow the cells when the sheet is sorted."""
        if last == 2:
            return
        area = (3, at, last, at)
        if column.mark == "rank":
            first = self._look("leading", {"bold": True, "bg_color": "#E2EEF9"})
            page.conditional_format(*area, {"type": "cell", "criteria": "between", "minimum": 1, "maximum": 3, "format": first})  # fmt: skip
        elif column.mark == "warn":
            said = self._look("warn", {"bold": True, "font_color": "#8B1A1A"})
            page.conditional_format(*area, {"type": "cell", "criteria": ">", "value": 0, "format": said})
        elif column.mark == "bar":
            bar = {"type": "data_bar", "bar_color": "#C6D5E6"}
            page.conditional_format(*area, {**bar, "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 100})  # fmt: skip

    def _look(self, name: str, properties: dict[str, Any]) -> Format:
        if name not in self._formats:
            self._formats[name] = self._book.add_format(properties)
        return self._formats[name]


def _set_print(page: Worksheet, sheet: Sheet) -> None:
    """A sheet too wide for legible print on one page goes on over further pages, with its first columns repeated."""
    if sum(column.width for column in sheet.columns) > _PAGE_WIDTH:
        page.set_print_scale(_PRINT_SCALE)
        page.print_across()
        page.repeat_columns(0, max(sheet.frozen, 1) - 1)


def _chained(first: list[Sequence[Value]], rest: Iterable[Sequence[Value]]) -> Iterator[Sequence[Value]]:
    yield from first
    yield from rest


def _dictionary(sheets: Sequence[Sheet]) -> Sheet:
    columns = (
        Column("工作表", 14, "", ""),
        Column("列", 20, "", ""),
        Column("计量单位", 12, "整列同一单位的；各行不同的见该表“计量单位”列", ""),
        Column("含义", 60, "", ""),
        Column("结果库的视图和列", 34, "results.duckdb 中的中文名称", ""),
        Column("结果库的表和列", 36, "results.duckdb 中的英文名称", ""),
    )

    def rows() -> Iterator[list[Value]]:
        for sheet in sheets:
            for column in sheet.columns:
                source = column.source or ""
                yield [sheet.name, column.label, column.unit, column.meaning, _in_chinese(source), source]

    return Sheet("数据字典", "各工作表各列的单位、含义和来源", columns, rows, frozen=2)


def _in_chinese(source: str) -> str:
    """`ranking.score` as 综合排名.得分; a column of every table (park_code) by its own label."""
    tables, said = result_tables(), []
    for part in source.split(", "):
        name, _, column = part.rpartition(".")
        held = [tables[name]] if name else [table for table in tables.values() if column in table.schema][:1]
        for table in held:
            label = next(one.label for one in table.columns if one.name == column)
            said.append(f"{table.view}.{label}" if name else label)
    return "，".join(said)
