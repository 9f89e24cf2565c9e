"""One file of any kind to its contents: templates by their hidden codes, anything else as a park's own table."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from validation.archive import LIMITS, Limits, Unfit
from validation.book import Book, Sheet
from validation.cell_text import letters, shown
from validation.file_contents import FileContents, Layout, block_of, total_findings
from validation.finding import ERROR, NOTE, Finding
from validation.labels import is_total
from validation.reading_plan import FormPlan, Plan, WorkbookPlan

MARK_SHEET = "_parkeval"
FORM_MARK = "form:"
ANSWER_FORM = "#findings"
"""Form code of the sheet of answers in a marked-up copy (validation.answers)."""

_PERIODS = (("this", "本年"), ("last", "上年"))
"""Heads of the two columns of an items form."""
_YEAR = re.compile("[0-9]{4}")
_LAYOUTS = 1000
"""So many layouts are kept; those of the templates are a few."""
_MARK_ROWS, _MARK_COLUMNS = 20, 10
"""A form's mark is looked for in this corner of a sheet, so that rows inserted above it do no harm."""


def read_file(
    name: str, content: bytes, plan: Plan, limits: Limits = LIMITS, *, templates_only: bool = False
) -> FileContents | None:
    """The contents of the file `name` by the ending of its name; what cannot be read is a finding.

    With `templates_only`, None for a workbook that is no template: recognising it can take long when it was made to.
    Every finding carries the file, and park and year once they are known.
    """
    try:
        book = open_book(name, content, limits)
    except Unfit as unfit:
        return FileContents(findings=[unread(name, unfit.found, unfit.expected, unfit.cure)])
    marks = next((sheet.rows for sheet in book.sheets if sheet.name == MARK_SHEET), None)
    if marks is None and templates_only:
        return None
    if marks is None and plan.park_workbook is None:
        from validation.own_lists import read_own_lists

        contents = read_own_lists(name, book, plan)
    elif marks is None:
        from validation.own_table import read_own_table

        contents = read_own_table(name, book, plan)
    else:
        contents = _read_template(name, book, marks, plan)
    park_code, year = contents.filing[2:] if contents.filing else (None, None)
    contents.findings = [
        replace(finding, source_file=name, park_code=finding.park_code or park_code, year=finding.year or year)
        for finding in [*book.findings, *contents.findings]
    ]
    return contents


def open_book(name: str, content: bytes, limits: Limits = LIMITS) -> Book:
    """The sheets of the file `name`; raises Unfit for what is not to be read."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".csv":
        from validation.delimited import read_csv

        return read_csv(content, limits)
    if suffix == ".parquet":
        from validation.parquet_file import read_parquet

        return read_parquet(content, limits)
    from validation.workbook_files import read_ods, read_xls, read_xlsx

    return {".xls": read_xls, ".ods": read_ods}.get(suffix, read_xlsx)(content, limits)


def unread(name: str, found: str, expected: str, cure: str, check_id: str = "file_unreadable") -> Finding:
    """The 错误 for a file that is not used."""
    return Finding(check_id, ERROR, f"文件未采用：{found}", found, expected, cure, source_file=name)


def _read_template(name: str, book: Book, marks: list[list[Any]], plan: Plan) -> FileContents:
    mark = {shown(row[0])[0] or "": (shown(row[1])[0] or "").strip() for row in marks if len(row) > 1}
    expected = f"由“{plan.title}”{plan.version} 版模板填报的工作簿"
    template, version = mark.get("template", ""), mark.get("version", "")
    workbook = plan.template.get(template)
    if workbook is None:
        cure = "用 template 命令生成的模板填报，不要另建工作簿或删除隐藏的工作表"
        return FileContents(findings=[unread(name, f"模板标识为“{template:.40}”", expected, cure, "not_a_template")])
    if version != plan.version:
        found = f"模板版本为“{version:.20}”"
        return FileContents(findings=[unread(name, found, expected, "换用现行版本的模板填报", "template_version")])
    year = int(mark["year"]) if _YEAR.fullmatch(mark.get("year", "")) else None
    contents = FileContents((workbook.code, version, mark.get("park_code") or None, year))
    _read_forms(book, workbook, contents)
    return contents


def _read_forms(book: Book, workbook: WorkbookPlan, contents: FileContents) -> None:
    forms = {form.code: form for form in workbook.forms}
    met: Counter[str] = Counter()
    for sheet in book.sheets:
        corner = _mark_of(sheet.rows) if sheet.name != MARK_SHEET else None
        if corner is None:
            continue
        row, column, code = corner
        if code == ANSWER_FORM:
            contents.answer_sheets.append((sheet.rows, row, column))
            continue
        met[code] += 1
        if code not in forms:
            text = f"工作表的表代码“{code:.40}”不属于{workbook.label}"
            contents.findings.append(
                Finding("unknown_form", NOTE, text, code, "本套报表的工作表", "核对是否用错了模板", sheet=sheet.name)
            )
        elif met[code] > 1:
            text = f"“{forms[code].sheet}”表出现两次"
            contents.findings.append(
                Finding("form_twice", ERROR, text, sheet.name, "每表一张", "删去多余的工作表", sheet=sheet.name)
            )
        else:
            _read_form(sheet, row, column, forms[code], contents)


def _read_form(sheet: Sheet, row: int, column: int, form: FormPlan, contents: FileContents) -> None:
    codes = _codes(sheet.rows, row, column, form)
    if form.items:
        heads = {str(value).strip(): at for at, value in enumerate(sheet.rows[row])}
        periods = tuple((period, heads[head]) for period, head in _PERIODS if head in heads)
        contents.blocks.append(block_of(sheet, *_items_layout(sheet.name, form.code, row, column, codes, periods)))
        return
    fields = {entry.code: entry for entry in form.fields}
    columns = [(fields[code], at) for code, at in codes if code in fields]
    keys = [at for entry, at in columns if entry.key]
    records, totals = _records(sheet, row + 2, [at for _, at in codes], keys)
    contents.blocks.append(block_of(sheet, *_table_layout(sheet.name, form.code, row, column, codes, tuple(records))))
    if totals:
        contents.findings.extend(total_findings(sheet, form, columns, records, totals))


def _mark_of(rows: list[list[Any]]) -> tuple[int, int, str] | None:
    for row, cells in enumerate(rows[:_MARK_ROWS]):
        for column, value in enumerate(cells[:_MARK_COLUMNS]):
            if value and isinstance(value, str) and value.startswith(FORM_MARK):
                return row, column, value.removeprefix(FORM_MARK).strip()
    return None


_Codes = tuple[tuple[str, int], ...]
"""Code and its row (items) or column (tables), counted from 0."""


def _codes(rows: list[list[Any]], row: int, column: int, form: FormPlan) -> _Codes:
    if form.items:
        found = ((str(cells[column]).strip(), at) for at, cells in enumerate(rows[row + 1 :], row + 1))
    else:
        found = ((str(value).strip(), at) for at, value in enumerate(rows[row]) if at > column)
    return tuple((code, at) for code, at in found if code)


_Cells = list[tuple[int, int]]


@lru_cache(maxsize=_LAYOUTS)
def _items_layout(
    sheet: str, form: str, row: int, column: int, codes: _Codes, periods: tuple[tuple[str, int], ...]
) -> tuple[Layout, _Cells]:
    """The layout of an items form, and row and column of each of its cells."""
    side = letters(column)
    marks = ((None, f"{side}{row + 1}"), *((code, f"{side}{line + 1}") for code, line in codes))
    cells = [(line, at, code, period) for code, line in codes for period, at in periods]
    places = tuple((f"{letters(at)}{line + 1}", 0, code, period) for line, at, code, period in cells)
    return Layout(sheet, form, marks, places), [(line, at) for line, at, _, _ in cells]


@lru_cache(maxsize=_LAYOUTS)
def _table_layout(
    sheet: str, form: str, row: int, column: int, codes: _Codes, records: tuple[int, ...]
) -> tuple[Layout, _Cells]:
    """The layout of a table, and row and column of each of its cells."""
    marks = ((None, f"{letters(column)}{row + 1}"), *((code, f"{letters(at)}{row + 1}") for code, at in codes))
    cells = [(line, at, code) for line in records for code, at in codes]
    places = tuple((f"{letters(at)}{line + 1}", line + 1, code, "this") for line, at, code in cells)
    return Layout(sheet, form, marks, places), [(line, at) for line, at, _ in cells]


def _records(sheet: Sheet, start: int, columns: list[int], keys: list[int]) -> tuple[list[int], list[int]]:
    """Rows with an entry, and rows of totals, which are no records."""
    records: list[int] = []
    totals: list[int] = []
    for row in range(start, len(sheet.rows)):
        cells = sheet.rows[row]
        if any(cells[at] != "" and str(cells[at]).strip() for at in columns) or (
            sheet.odd and any((row, at) in sheet.odd for at in columns)
        ):
            total = any(isinstance(cells[at], str) and cells[at] and is_total(cells[at]) for at in keys)
            (totals if total else records).append(row)
    return records, totals
