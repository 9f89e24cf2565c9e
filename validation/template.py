"""Collection workbooks (报表模板): the blank forms parks and the bureau fill in, or the same forms with values in them.

The layout is the one `validation` reads back: forms are found by hidden keys, items by hidden codes, never by position.
Text from outside is always written as text: a workbook made here has no formula, link or macro that came from data.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from validation.entry_rules import LIST_SEPARATOR, entry_rule, help_text
from validation.forms import Form, FormField, FormSet, Workbook
from validation.replacing import replace_file

Value = str | int | float | Decimal | date | bool | tuple[str, ...] | None
"""What one cell can hold; a tuple is a list of choices, None an empty cell."""

Park = tuple[str, str] | tuple[str, str, str | None, str | None]
"""Code and name of a park, and where the forms ask by level or type, those too."""

KEY_SHEET = "_parkeval"
CHOICE_SHEET = "_choices"
NOT_ASKED = "本级别（类型）园区不填"
ITEM_HEADERS = ("指标名称", "计量单位", "本年", "上年", "填报说明")

_CREATED = datetime(2023, 4, 6)
_TABLE_END = 5004
_PORTRAIT_WIDTH = 90
_NUMBER_FORMATS = {"立方米": "#,##0"}
_TYPE_FORMATS = {"count": "#,##0", "date": "yyyy-mm-dd", "year": "0"}
_TYPE_WIDTHS = {"count": 14, "date": 13, "year": 10, "code": 16, "text": 30, "list": 34}


@dataclass(frozen=True)
class Content:
    """What stands in a workbook; everything left out stays blank for the clerk.

    What the park's `level` and `park_type` need not fill in is locked. `items` and `last_year_items` map item code to value (columns 本年 and 上年), `records` maps the code of a table
    form to its rows, each mapping column code to value. `notice` is printed under the title of every sheet.
    """

    park_code: str = ""
    park_name: str = ""
    year: int | None = None
    notice: str = ""
    items: Mapping[str, Value] = field(default_factory=dict)
    last_year_items: Mapping[str, Value] = field(default_factory=dict)
    records: Mapping[str, Sequence[Mapping[str, Value]]] = field(default_factory=dict)
    level: str | None = None
    park_type: str | None = None


def write_workbook(path: Path, form_set: FormSet, workbook_code: str, content: Content | None = None) -> None:
    """Write the workbook `workbook_code` of `form_set` to `path`, blank or filled with `content`.

    The same arguments give the same bytes; `path` is replaced at once or not at all. Raises ValueError when `content`
    names an item, form or column that the workbook does not have or holds a value a cell cannot keep exactly, OSError
    when `path` cannot be written.
    """
    workbook = form_set.workbook(workbook_code)
    content = content or Content()
    _refuse_unknown(workbook, content)
    buffer = BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )
    book.set_properties({"title": f"{form_set.title}：{workbook.label}", "created": _CREATED})
    _Writer(book, form_set, workbook, content).write()
    book.close()
    replace_file(path, buffer.getvalue(), durable=False)


def write_templates(
    folder: Path, form_set: FormSet, parks: Iterable[Park], year: int, notice: str = ""
) -> tuple[Path, ...]:
    """Write the blank workbooks of one statistics year into `folder` and return their paths, sorted.

    `parks` are (code, name) or (code, name, level, type), one park workbook each; without any, one park workbook without a park is written.
    Workbooks filed by the bureau are written once. Raises ValueError when two parks would share a file, OSError when the
    folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known: list[Park] = list(parks) or [("", "")]
    written: list[Path] = []
    for workbook in form_set.workbooks:
        for code, name, *kind in known if workbook.filed_by == "park" else [("", "")]:
            level, park_type = kind or (None, None)
            path = folder / file_name(*((code, name) if code else (workbook.label,)), str(year))
            if path in written:
                raise ValueError(f"two parks would share the file {path.name}")
            write_workbook(
                path, form_set, workbook.code, Content(code, name, year, notice, level=level, park_type=park_type)
            )
            written.append(path)
    return tuple(sorted(written))


def file_name(*parts: str) -> str:
    """The workbook's file name from `parts` joined by hyphens, without any character that is unsafe in a file name."""
    kept = (
        "".join(
            character for character in unicodedata.normalize("NFKC", part) if character.isalnum() or character in "()-_"
        )
        for part in parts
    )
    return "-".join(part[:60] for part in kept if part) + ".xlsx"


def _refuse_unknown(workbook: Workbook, content: Content) -> None:
    items = {item.code for form in workbook.forms for item in form.items}
    tables = {form.code: {column.code for column in form.columns} for form in workbook.forms if form.columns}
    unknown = (set(content.items) | set(content.last_year_items)) - items
    unknown |= set(content.records) - set(tables)
    for code, rows in content.records.items():
        unknown |= {f"{code}.{key}" for row in rows for key in row if key not in tables.get(code, row)}
    if unknown:
        raise ValueError(f"not in workbook {workbook.code}: {', '.join(sorted(unknown))}")


class _Writer:
    """Lays one workbook out; holds what all its sheets share."""

    def __init__(self, book: xlsxwriter.Workbook, form_set: FormSet, workbook: Workbook, content: Content) -> None:
        self.book = book
        self.form_set = form_set
        self.workbook = workbook
        self.content = content
        self.formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self.choices: dict[tuple[str, ...], str] = {}

    def write(self) -> None:
        sheets = [(form, self.book.add_worksheet(form.sheet)) for form in self.workbook.forms]
        self._write_choices(self.book.add_worksheet(CHOICE_SHEET))
        self._write_keys(self.book.add_worksheet(KEY_SHEET))
        for form, sheet in sheets:
            if form.kind == "items":
                self._write_items_form(sheet, form)
            else:
                self._write_table_form(sheet, form)
        sheets[0][1].activate()

    def _write_keys(self, sheet: Worksheet) -> None:
        pairs = [("template", f"{self.form_set.key}/{self.workbook.code}"), ("version", self.form_set.version)]
        if self.workbook.filed_by == "park":
            year = self.content.year
            pairs += [("park_code", self.content.park_code), ("year", "" if year is None else str(year))]
        for row, pair in enumerate(pairs):
            for column, text in enumerate(pair):
                if text:
                    sheet.write_string(row, column, text)
        sheet.protect()
        sheet.very_hidden()

    def _write_choices(self, sheet: Worksheet) -> None:
        """Drop-down lists live on a sheet: written as a literal, more than 255 characters corrupt the file."""
        fields = (entry for form in self.workbook.forms for entry in form.fields if entry.choices)
        for entry in fields:
            if entry.choices in self.choices:
                continue
            column = len(self.choices)
            for row, choice in enumerate(entry.choices):
                sheet.write_string(row, column, choice)
            letter = xlsxwriter.utility.xl_col_to_name(column)
            self.choices[entry.choices] = f"='{CHOICE_SHEET}'!${letter}$1:${letter}${len(entry.choices)}"
        sheet.protect()
        sheet.hide()

    def _write_items_form(self, sheet: Worksheet, form: Form) -> None:
        compares = any(item.last_year for item in form.items)
        measured = any(item.unit for item in form.items)
        widths = (38, 12 if measured else 0, 20 if compares else 52, 20 if compares else 0, 42)
        self._start_sheet(sheet, form, widths, landscape=compares)
        sheet.set_row(2, 28)
        for column, header in enumerate(ITEM_HEADERS, start=1):
            sheet.write_string(2, column, header, self._header())
        prefilled = self._prefilled()
        for row, item in enumerate(form.items, start=3):
            sheet.set_row(row, 72 if item.type == "text" and not item.required else 30)
            sheet.write_string(row, 0, item.code)
            sheet.write_string(row, 1, item.label, self._structure())
            self._put(sheet, row, 2, item.unit, self._structure(align="center", indent=0))
            settled = item.code in prefilled and item.code not in self.content.items
            value = prefilled[item.code] if settled else self.content.items.get(item.code)
            asked = self._asks(item)
            locked = settled or not asked
            self._put(sheet, row, 3, value, self._entry(item, locked=locked))
            last_year = self.content.last_year_items.get(item.code)
            self._put(sheet, row, 4, last_year, self._entry(item, locked=not (item.last_year and asked)))
            if not locked:
                sheet.data_validation(
                    row, 3, row, 4 if item.last_year else 3, entry_rule(item, self.choices.get(item.choices, ""))
                )
            help_line = help_text(item) if asked else NOT_ASKED
            self._put(sheet, row, 5, help_line, self._structure(font_size=9, font_color="#555555"))
        sheet.freeze_panes(3, 2)
        sheet.repeat_rows(0, 2)
        sheet.print_area(0, 1, 2 + len(form.items), 5)

    def _asks(self, entry: FormField) -> bool:
        return self.workbook.filed_by != "park" or entry.asked_of(self.content.level, self.content.park_type)

    def _prefilled(self) -> dict[str, Value]:
        """Cover items the bureau settles before it sends the workbook out; the clerk cannot change them."""
        if self.workbook.filed_by != "park":
            return {}
        content = self.content
        settled: dict[str, Value] = {
            "park_code": content.park_code or None,
            "park_name": content.park_name or None,
            "statistics_year": content.year,
            "data_notice": content.notice or None,
        }
        return {code: value for code, value in settled.items() if value is not None}

    def _write_table_form(self, sheet: Worksheet, form: Form) -> None:
        self._start_sheet(sheet, form, [_column_width(column) for column in form.columns], landscape=True)
        records = self.content.records.get(form.code, ())
        last = 3 + max(form.rows, len(records))
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_row(3, 34)
        for row in range(4, last + 1):
            sheet.set_row(row, 22)
        for index, column in enumerate(form.columns, start=1):
            sheet.write_string(2, index, column.code)
            unit = f"（{column.unit}）" if column.unit else ""
            asked = self._asks(column)
            head = f"{column.label}{unit}" if asked else f"{column.label}（{NOT_ASKED}）"
            sheet.write_string(3, index, head, self._header())
            entry = self._entry(column, locked=not asked)
            for row in range(4, last + 1):
                record = records[row - 4] if row - 4 < len(records) else {}
                self._put(sheet, row, index, record.get(column.code), entry)
            if not asked:
                continue
            sheet.data_validation(
                4, index, _TABLE_END - 1, index, entry_rule(column, self.choices.get(column.choices, ""))
            )
        sheet.freeze_panes(4, 2)
        sheet.repeat_rows(0, 3)
        sheet.print_area(0, 1, last, len(form.columns))

    def _start_sheet(self, sheet: Worksheet, form: Form, widths: Sequence[float], *, landscape: bool) -> None:
        sheet.set_column(0, 0, None, None, {"hidden": True})
        beyond = self._format(locked=form.kind == "items", **_BODY)
        for column, width in enumerate(widths, start=1):
            sheet.set_column(column, column, width or None, beyond, {"hidden": not width})
        sheet.write_string(2, 0, f"form:{form.code}")
        sheet.set_row(0, 36)
        _write_across(sheet, 0, len(widths), form.title, self._format(**_TITLE))
        parts = [*self._subject(), *([form.note] if form.note else [])]
        sheet.set_row(1, 18 * _lines([*parts, self.content.notice], sum(widths)) + 4)
        self._write_note(sheet, len(widths), "　　".join(parts))
        sheet.hide_gridlines(2)
        sheet.protect("", {"format_columns": True, "format_rows": True, "sort": True})
        sheet.set_paper(9)
        if landscape and sum(widths) > _PORTRAIT_WIDTH:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.75)
        footer = f"{self.form_set.title}（{self.form_set.version} 版）　{form.sheet}".replace("&", "&&")
        sheet.set_footer(f"&L&9{footer}&R&9第 &P 页，共 &N 页")

    def _write_note(self, sheet: Worksheet, width: int, text: str) -> None:
        plain, warning = self._format(**_NOTE), self._format(**_NOTE | {"font_color": "#B00020", "bold": True})
        notice = self.content.notice
        if not (text and notice):
            _write_across(sheet, 1, width, text or notice, warning if notice else plain)
            return
        _write_across(sheet, 1, width, "", plain)
        if sheet.write_rich_string(1, 1, plain, f"{text}　　", warning, notice, plain) != 0:
            raise ValueError(f"{sheet.name}: the note is too long")

    def _subject(self) -> list[str]:
        content = self.content
        park = f"园区：{content.park_code} {content.park_name}".rstrip() if content.park_code else ""
        year = f"统计年度：{content.year}" if content.year is not None else ""
        return [part for part in (park, year) if part]

    def _put(self, sheet: Worksheet, row: int, column: int, value: Value, style: Format) -> None:
        if value is None or value in ("", ()):
            written = sheet.write_blank(row, column, None, style)
        elif isinstance(value, bool):
            written = sheet.write_boolean(row, column, value, style)
        elif isinstance(value, str | tuple):
            text = value if isinstance(value, str) else LIST_SEPARATOR.join(value)
            written = sheet.write_string(row, column, text, style)
        elif isinstance(value, date):
            written = sheet.write_datetime(row, column, value, style)
        else:
            written = sheet.write_number(row, column, _exact_float(value), style)
        if written != 0:
            raise ValueError(f"{sheet.name} row {row + 1}: a cell cannot hold {value!r:.60}")

    def _header(self) -> Format:
        return self._format(**_BODY | {"bold": True, "align": "center", "bg_color": "#D9E2EC", "border": 1})

    def _structure(self, **more: Any) -> Format:
        return self._format(**_BODY | {"border": 1, "bg_color": "#F5F7FA", "indent": 1} | more)

    def _entry(self, entry: FormField, *, locked: bool = False) -> Format:
        if entry.numeric:
            shown = _TYPE_FORMATS.get(entry.type) or _NUMBER_FORMATS.get(entry.unit, "#,##0.00;[Red]-#,##0.00")
        else:
            shown = _TYPE_FORMATS.get(entry.type, "@")
        align = "right" if entry.numeric else "center" if entry.type in ("date", "year", "choice", "code") else "left"
        fill = "#E3E3E3" if locked else "#FFFEF5"
        look = {
            "border": 1,
            "text_wrap": not entry.numeric,
            "num_format": shown,
            "align": align,
            "locked": locked,
            "bg_color": fill,
        }
        return self._format(**_BODY | look | ({} if align == "center" else {"indent": 1}))

    def _format(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(properties)
        return self.formats[key]


_BODY: dict[str, Any] = {
    "font_name": "宋体", "font_size": 11, "valign": "vcenter", "text_wrap": True, "border_color": "#7F8C9A",
}  # fmt: skip
_TITLE: dict[str, Any] = {"font_name": "黑体", "font_size": 18, "align": "center", "valign": "vcenter"}
_NOTE: dict[str, Any] = {"font_name": "宋体", "font_size": 10, "valign": "vcenter", "text_wrap": True}


def _write_across(sheet: Worksheet, row: int, width: int, text: str, style: Format) -> None:
    if width > 1:
        sheet.merge_range(row, 1, row, width, "", style)
    sheet.write_string(row, 1, text, style)


def _column_width(column: FormField) -> float:
    unit = len(column.unit) + 2 if column.unit else 0
    content = max((2 * len(choice) + 2 for choice in column.choices), default=0) if column.type == "choice" else 0
    return max(_TYPE_WIDTHS.get(column.type, 18), content, min(len(column.label) + unit, 12) * 2)


def _lines(parts: Iterable[str], width: float) -> int:
    """Lines a note needs when a Chinese character takes two units of column width."""
    return 1 + int(sum(2 * len(part) + 4 for part in parts if part) // width)


def _exact_float(value: int | float | Decimal) -> float:
    """The number as a workbook stores it, a double in 16 digits; one that does not survive this is refused."""
    number = float(value)
    exact = isfinite(number) and float(f"{number:.16G}") == number and Decimal(repr(number)) == Decimal(str(value))
    if not exact:
        raise ValueError(f"a workbook cannot hold {value} exactly")
    return number
