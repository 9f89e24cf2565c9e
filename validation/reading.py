"""Workbooks to what was filed: every cell of every form as text, with file, sheet and cell."""

from __future__ import annotations

import io
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from python_calamine import SheetTypeEnum, load_workbook

from validation.answers import ANSWER_FORM, ANSWERS, Answer, answers_in
from validation.findings import ERROR, NOTE, Finding, to_frame
from validation.forms import Form, FormSet, Workbook
from validation.guard import examine
from validation.sources import Received, find_sources, receive

MARK_SHEET = "_parkeval"
FORM_MARK = "form:"
_PERIODS = (("this", "本年"), ("last", "上年"))
"""Heads of the two columns of an items form."""
UNCALCULATED = "（公式未计算）"
_YEAR = re.compile("[0-9]{4}")
_MARK_ROWS, _MARK_COLUMNS = 20, 10
"""A form's mark is looked for in this corner of a sheet, so that rows inserted above it do no harm."""

FILED: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "sheet": pl.String(),
    "cell": pl.String(),
    "form": pl.String(),
    "record": pl.Int32(),
    "field": pl.String(),
    "period": pl.String(),
    "text": pl.String(),
    "kind": pl.String(),
}

LAYOUT: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "sheet": pl.String(),
    "form": pl.String(),
    "field": pl.String(),
    "cell": pl.String(),
}

FILINGS: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "workbook": pl.String(),
    "version": pl.String(),
    "park_code": pl.String(),
    "year": pl.Int32(),
    "sha256": pl.String(),
}

FILES: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "path": pl.String(),
    "sha256": pl.String(),
}


@dataclass(frozen=True)
class Reading:
    """What the files say, before anything is judged.

    filed: one row per cell of a form (`FILED`): record is the sheet row for tables and 0 for items, period `this` or `last`,
    kind number, text, date, boolean, error or empty; text is null for empty cells. filings: one row per workbook of this form set
    (`FILINGS`); park_code and year as the template marked it. layout: one row per form found, with null field, and one per item or
    column code found in it, with the cell of the code. files: one row per file found, readable or not.
    answers: what clerks wrote beside the findings of a marked-up copy (validation.answers.ANSWERS).
    """

    filed: pl.DataFrame
    layout: pl.DataFrame
    filings: pl.DataFrame
    files: pl.DataFrame
    findings: pl.DataFrame
    answers: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ANSWERS))


def read(data: Path | Sequence[Path], form_set: FormSet) -> Reading:
    """Read all workbooks of `data`; a file that cannot be read becomes a finding and stops no other.

    Raises DataRefused when there is nothing to read (see find_sources).
    """
    sources, findings = find_sources(data)
    gathered = _Gathered()
    for source in sources:
        received = receive(source)
        gathered.files.append((source.name, str(source.path), received.sha256))
        gathered.findings.extend(_read_file(received, form_set, gathered))
    return Reading(
        pl.DataFrame(gathered.cells, schema=FILED, orient="row"),
        pl.DataFrame(gathered.layout, schema=LAYOUT, orient="row"),
        pl.DataFrame(gathered.filings, schema=FILINGS, orient="row"),
        pl.DataFrame(gathered.files, schema=FILES, orient="row"),
        to_frame([*findings, *gathered.findings]),
        pl.DataFrame(gathered.answers, schema=ANSWERS, orient="row"),
    )


@dataclass
class _Gathered:
    cells: list[tuple[str, str, str, str, int, str, str, str | None, str]] = field(default_factory=list)
    layout: list[tuple[str, str, str, str | None, str]] = field(default_factory=list)
    filings: list[tuple[str, str, str, str | None, int | None, str]] = field(default_factory=list)
    files: list[tuple[str, str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)


def _read_file(received: Received, form_set: FormSet, gathered: _Gathered) -> list[Finding]:
    name = received.source.name
    if received.content is None:
        return [_unread(name, f"无法打开（{received.said}）", "可读取的 .xlsx 工作簿", "检查文件权限")]
    examined = examine(received.content, name)
    if examined.problem:
        return [_unread(name, examined.problem.found, examined.problem.expected, examined.problem.cure)]
    try:
        sheets = _sheets(received.content)
    except BaseException as error:  # the reader's own crashes arrive as BaseException
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError | GeneratorExit):
            raise
        return [_unread(name, "工作簿内容无法解析", "完整的 .xlsx 工作簿", "用电子表格软件打开并重新保存")]
    odd = {(cell.sheet, cell.cell): cell.text or UNCALCULATED for cell in examined.odd_cells}
    marked = _marked(name, sheets.pop(MARK_SHEET, None), form_set)
    if isinstance(marked, Finding):
        return [marked]
    workbook, mark = marked
    year = int(mark["year"]) if _YEAR.fullmatch(mark.get("year", "")) else None
    filing = (name, workbook.code, mark.get("version", ""), mark.get("park_code") or None, year, received.sha256)
    gathered.filings.append(filing)
    return _read_forms(name, sheets, workbook, odd, gathered)


def _sheets(content: bytes) -> dict[str, list[list[Any]]]:
    book = load_workbook(io.BytesIO(content))
    names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in names}


def _marked(name: str, rows: list[list[Any]] | None, form_set: FormSet) -> tuple[Workbook, dict[str, str]] | Finding:
    expected = f"由“{form_set.title}”{form_set.version} 版模板填报的工作簿"
    cure = "用 template 命令生成的模板填报，不要另建工作簿或删除隐藏的工作表"
    if rows is None:
        return _unread(name, "不是收集模板（没有隐藏的标识页）", expected, cure, "not_a_template")
    mark = {shown(row[0])[0] or "": (shown(row[1])[0] or "").strip() for row in rows if len(row) > 1}
    codes = {f"{form_set.key}/{workbook.code}": workbook for workbook in form_set.workbooks}
    template, version = mark.get("template", ""), mark.get("version", "")
    if template not in codes:
        return _unread(name, f"模板标识为“{template:.40}”", expected, cure, "not_a_template")
    if version != form_set.version:
        return _unread(name, f"模板版本为“{version:.20}”", expected, "换用现行版本的模板填报", "template_version")
    return codes[template], mark


def _unread(name: str, found: str, expected: str, cure: str, check_id: str = "file_unreadable") -> Finding:
    return Finding(check_id, ERROR, f"文件未采用：{found}", found, expected, cure, source_file=name)


def _read_forms(
    name: str,
    sheets: dict[str, list[list[Any]]],
    workbook: Workbook,
    odd: dict[tuple[str, str], str],
    gathered: _Gathered,
) -> list[Finding]:
    forms = {form.code: form for form in workbook.forms}
    findings: list[Finding] = []
    met: Counter[str] = Counter()
    for sheet, rows in sheets.items():
        corner = _mark_of(rows)
        if corner is None:
            continue
        row, column, code = corner
        if code == ANSWER_FORM:
            gathered.answers.extend(answers_in(name, rows, row, column))
            continue
        met[code] += 1
        if code not in forms:
            text = f"工作表的表代码“{code:.40}”不属于{workbook.label}"
            findings.append(Finding("unknown_form", NOTE, text, code, source_file=name, sheet=sheet))
        elif met[code] > 1:
            text = f"“{forms[code].sheet}”表出现两次"
            findings.append(
                Finding("form_twice", ERROR, text, sheet, "每表一张", "删去多余的工作表", source_file=name, sheet=sheet)
            )
        else:
            codes = _codes(rows, row, column, forms[code])
            mark = f"{_letters(column)}{row + 1}"
            gathered.layout.append((name, sheet, code, None, mark))
            gathered.layout.extend((name, sheet, code, item, cell) for item, _, cell in codes)
            here = {cell for at, cell in odd if at == sheet}
            for cell, record, item, period, value in _placed(rows, row, codes, forms[code], here):
                shown_as = _shown_at(value, odd.get((sheet, cell)))
                gathered.cells.append((name, sheet, cell, code, record, item, period, *shown_as))
    return findings


def _mark_of(rows: list[list[Any]]) -> tuple[int, int, str] | None:
    for row, cells in enumerate(rows[:_MARK_ROWS]):
        for column, value in enumerate(cells[:_MARK_COLUMNS]):
            if isinstance(value, str) and value.startswith(FORM_MARK):
                return row, column, value.removeprefix(FORM_MARK).strip()
    return None


_Codes = list[tuple[str, int, str]]
"""Code, its row (items) or column (tables) counted from 0, and its cell."""


def _codes(rows: list[list[Any]], row: int, column: int, form: Form) -> _Codes:
    if form.kind == "items":
        found = ((str(cells[column]).strip(), at, column) for at, cells in enumerate(rows[row + 1 :], row + 1))
        return [(code, at, f"{_letters(side)}{at + 1}") for code, at, side in found if code]
    heads = ((str(value).strip(), at) for at, value in enumerate(rows[row]) if at > column)
    return [(code, at, f"{_letters(at)}{row + 1}") for code, at in heads if code]


def _placed(
    rows: list[list[Any]], row: int, codes: _Codes, form: Form, odd: set[str]
) -> Iterator[tuple[str, int, str, str, Any]]:
    """Cell, record, code, period and value of every cell of the form; rows of a table without any entry are passed over."""
    if form.kind == "items":
        heads = {str(value).strip(): at for at, value in enumerate(rows[row])}
        periods = [(period, heads[head]) for period, head in _PERIODS if head in heads]
        for code, line, _ in codes:
            for period, at in periods:
                yield f"{_letters(at)}{line + 1}", 0, code, period, rows[line][at]
        return
    for number, cells in enumerate(rows[row + 2 :], row + 3):
        if any(str(cells[at]).strip() or f"{_letters(at)}{number}" in odd for _, at, _ in codes):
            for code, at, _ in codes:
                yield f"{_letters(at)}{number}", number, code, "this", cells[at]


def _shown_at(value: Any, odd: str | None) -> tuple[str | None, str]:
    return (odd, "error") if odd is not None else shown(value)


def shown(value: Any) -> tuple[str | None, str]:
    """A cell value as text and its kind; numbers in shortest form without exponent, dates as YYYY-MM-DD."""
    if isinstance(value, str):
        return (value, "text") if value.strip() else (None, "empty")
    if isinstance(value, bool):
        return ("是" if value else "否"), "boolean"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, datetime):
        return value.date().isoformat(), "date"
    if isinstance(value, date):
        return value.isoformat(), "date"
    if isinstance(value, time | timedelta):
        return str(value), "text"
    return None, "empty"


def number_text(value: float) -> tuple[str, str]:
    """Shortest decimal text that reads back as `value`; what is not finite is of kind error."""
    if not math.isfinite(value):
        return str(value), "error"
    if value == int(value) and abs(value) < 1e15:
        return str(int(value)), "number"
    return format(Decimal(repr(value)), "f"), "number"


@cache
def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
