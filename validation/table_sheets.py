"""Sheets of a table made for reading: title, notice, heads, text that is never a formula or a link; the same bytes every time."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

HEAD_ROW = 2
"""Row of the heads, counted from 0; the records follow."""

_CREATED = datetime(2023, 4, 6)
_LONGEST = 32_767
_COLOURS = {"错误": ("#F8D7DA", "#8B1A1A"), "核实": ("#FFF3CD", "#7A5900"), "提示": ("#E2EEF9", "#1F4E79")}

_BASE = {"font_name": "宋体", "font_size": 10, "valign": "top"}
_BOXED = {**_BASE, "border": 1, "border_color": "#BFBFBF", "text_wrap": True}
_TITLE_HEIGHT, _LINE_HEIGHT = 24, 13
PAGES = "&C第 &P 页，共 &N 页"


def new_book(title: str, *, long: bool = False) -> tuple[xlsxwriter.Workbook, BytesIO]:
    """An empty workbook in memory; `close` it, then write the buffer with `replace_file`.

    `long`: rows are kept on disk until then (sheet after sheet, row after row, no cell behind another), so that memory does not
    grow with the number of rows.
    """
    buffer = BytesIO()
    options = {
        "in_memory": not long,
        "constant_memory": long,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": title, "created": _CREATED})
    return book, buffer


def cell_formats(book: xlsxwriter.Workbook) -> Mapping[str, Format]:
    """Formats by name: title, notice, head, text, count and each severity."""
    made = {
        "title": {**_BASE, "font_size": 14, "bold": True},
        "notice": {**_BASE, "font_color": "#8B1A1A"},
        "head": {**_BOXED, "bold": True, "bg_color": "#E8ECF0", "valign": "vcenter"},
        "text": {**_BOXED, "num_format": "@"},
        "count": {**_BOXED, "num_format": "0", "align": "right"},
    }
    for severity, (background, colour) in _COLOURS.items():
        made[severity] = {**_BOXED, "bg_color": background, "font_color": colour, "bold": True}
    return {name: book.add_format(properties) for name, properties in made.items()}


def number_format(book: xlsxwriter.Workbook, pattern: str) -> Format:
    """A cell of numbers in the `pattern` of the spreadsheet, with the borders of the other cells."""
    return book.add_format({**_BOXED, "num_format": pattern, "align": "right", "text_wrap": False})


def write_head(
    sheet: Worksheet,
    formats: Mapping[str, Format],
    columns: Sequence[tuple[str, int]],
    title: str,
    notice: str,
    rows: int,
    *,
    frozen: int = 0,
    footer: str = PAGES,
) -> None:
    """Title, notice and heads of a sheet with `rows` records of `columns` (label, width); prepared for print.

    The first `frozen` columns stay in view beside the heads.
    """
    sheet.set_row(0, _TITLE_HEIGHT)
    sheet.set_row(HEAD_ROW, _LINE_HEIGHT * max(_lines(label, width) for label, width in columns) + 3)
    sheet.write_string(0, 0, title[:_LONGEST], formats["title"])
    sheet.write_string(1, 0, notice[:_LONGEST], formats["notice"])
    for at, (label, width) in enumerate(columns):
        sheet.set_column(at, at, width)
        sheet.write_string(2, at, label, formats["head"])
    sheet.freeze_panes(3, frozen)
    sheet.autofilter(2, 0, max(rows, 1) + 2, len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    sheet.set_footer(footer)


def display_width(text: str) -> int:
    """Characters of column width that `text` takes; a Chinese character is two wide."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _lines(label: str, width: int) -> int:
    """Lines that a head takes in a column of `width` characters."""
    return -(-display_width(label) // max(width - 1, 1))


def write_text(sheet: Worksheet, row: int, column: int, value: object, style: Format) -> None:
    """A value as text, or a blank."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    else:
        sheet.write_string(row, column, str(value)[:_LONGEST], style)
