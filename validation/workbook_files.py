"""Workbooks (.xlsx, .xls, .ods) as books, after their guard has looked into them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from python_calamine import (
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from validation.archive import LIMITS, Limits, Unfit
from validation.book import Book, Sheet
from validation.cell_text import number_of
from validation.guard import examine
from validation.ods_scan import OdsTable, scan_ods
from validation.sheet_scan import OddKind
from validation.xls_scan import MAGIC, Odd, scan_xls

_OddCells = Mapping[tuple[int, int], tuple[OddKind, str]]
_ZIP = b"PK\x03\x04"
CHOICE_SHEET = "_choices"
"""The template's sheet of drop-down lists."""


def read_xlsx(content: bytes, limits: Limits = LIMITS) -> Book:
    """The sheets of an .xlsx file; raises Unfit for what is not to be read."""
    examined = examine(content, "", limits)
    if examined.problem:
        raise Unfit(examined.problem.found, examined.problem.expected, examined.problem.cure)
    odd: dict[str, dict[tuple[int, int], tuple[OddKind, str]]] = {}
    for cell in examined.odd_cells:
        name = cell.cell.upper().rstrip("0123456789")
        digits = cell.cell[len(name) :]
        if name and digits:
            place = (int(digits) - 1, number_of(name))
            odd.setdefault(cell.sheet, {})[place] = (cell.kind, cell.text)
    return _laid_out(examined.safe, limits, lambda at, name: (odd.get(name, {}), None))


def read_ods(content: bytes, limits: Limits = LIMITS) -> Book:
    """The sheets of an .ods file; raises Unfit for what is not to be read."""
    if not content.startswith(_ZIP):
        raise Unfit("不是工作簿（文件头不符）", ".ods 工作簿", "用收集模板填报并存为 .xlsx")
    tables = scan_ods(content, limits)

    def seen(at: int, name: str) -> tuple[_OddCells, Iterable[tuple[int, int, int, int]] | None]:
        table = tables[at] if at < len(tables) else OdsTable()
        return table.odd, table.merged

    return _laid_out(content, limits, seen)


def read_xls(content: bytes, limits: Limits = LIMITS) -> Book:
    """The sheets of an .xls file; raises Unfit for what is not to be read."""
    if content.startswith(_ZIP):
        raise Unfit("文件名是 .xls，内容是 .xlsx", "文件名与内容一致", "把文件名改为 .xlsx")
    if not content.startswith(MAGIC):
        raise Unfit("不是工作簿（文件头不符）", ".xls 工作簿", "用收集模板填报并存为 .xlsx")
    cells: list[Odd] = scan_xls(content, limits)
    return _laid_out(content, limits, lambda at, name: (cells[at] if at < len(cells) else {}, None))


_Seen = Callable[[int, str], tuple[_OddCells, Iterable[tuple[int, int, int, int]] | None]]


def _laid_out(content: bytes, limits: Limits, seen: _Seen) -> Book:
    try:
        book = load_workbook(io.BytesIO(content))
        sheets = [
            _sheet(book, metadata, limits, *seen(at, metadata.name))
            for at, metadata in enumerate(book.sheets_metadata)
            if metadata.typ == SheetTypeEnum.WorkSheet and metadata.name != CHOICE_SHEET
        ]
    except PasswordError:
        raise Unfit("带密码的工作簿", "不带密码的工作簿", "去掉密码后重新保存") from None
    except Unfit:
        raise
    except BaseException as error:  # the reader's own crashes arrive as BaseException
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError | GeneratorExit):
            raise
        raise Unfit("工作簿内容无法解析", "完整的工作簿", "用电子表格软件打开并重新保存") from None
    return Book(tuple(sheets))


def _sheet(
    book: CalamineWorkbook,
    metadata: SheetMetadata,
    limits: Limits,
    odd: _OddCells,
    merged: Iterable[tuple[int, int, int, int]] | None,
) -> Sheet:
    sheet = book.get_sheet_by_name(metadata.name)
    end = sheet.end
    if end and (end[0] >= limits.rows or end[1] >= limits.columns):
        raise Unfit(
            f"工作表“{metadata.name:.31}”在第 {end[0] + 1} 行、第 {end[1] + 1} 列有单元格",
            f"不超过 {limits.rows} 行、{limits.columns} 列",
            "选中表格之外的行和列，删除后保存",
        )
    rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    for (row, column), (kind, text) in odd.items():
        if kind == "formula" and text and row < len(rows) and column < len(rows[row]):
            rows[row][column] = text
    if merged is None:
        merged = ((*first, *last) for first, last in sheet.merged_cell_ranges or ())
    hidden = metadata.visible != SheetVisibleEnum.Visible
    return Sheet(metadata.name, rows, hidden, tuple(merged), odd)
