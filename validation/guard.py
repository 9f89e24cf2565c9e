"""Look into an .xlsx workbook before any reader does: what could exhaust memory, hide a program or crash the reader is refused.

Readers built on calamine allocate the whole rectangle from A1 to the farthest cell, so one stray cell at XFD1048576 ends the
process. Parts whose cells are written in the plain way of spreadsheet programs are judged by searching their bytes; any other
part is streamed through expat (validation.sheet_scan).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from validation.archive import LIMITS, Archive, Limits, Unfit, megabytes, refuse_doctype
from validation.problems import Problem
from validation.sheet_scan import MARKUP, OddCell, SheetScan, book_problem

__all__ = ["LIMITS", "Examination", "Limits", "OddCell", "examine"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"

_PROLOG = re.compile(
    rb'(?:\xef\xbb\xbf)?(?:<\?xml version="1\.0"(?: encoding="(?:UTF|utf)-8")?(?: standalone="\w+")? ?\?>)?\s*<[A-Za-z]'
)
"""The start of a part without document type and in UTF-8."""
_UNUSUAL_CELL = re.compile(
    rb'<c(?! r="[A-J]?[A-Z][0-9]{1,3}"(?: s="[0-9]++")?+(?: t="(?:s"|n"|str"|b"|inlineStr"))?+/?>)(?![A-Za-z])'
)
"""A cell that is not within A1:JZ999 and written as usual, or holds an error."""
_FORMULA = re.compile(rb"<f(?![A-Za-z])")
_PREFIXED = re.compile(rb":(?:c|sheetData)[\s/>]")
_SHORTEST_TEXT_CELL = 20
_SAME_PARTS = 32
"""Workbooks of one template share their styles and their list of parts, which are then judged once."""
_OWN_PARTS = ("xl/worksheets/", "xl/sharedStrings")
"""Parts that differ from file to file."""
_NOT_READ = ("docProps/", "xl/theme/", "xl/printerSettings/")
"""Parts that no reader of cells opens."""
_PLAIN_PARTS = 40
"""So many parts of 286 columns and 999 rows stay below `Limits.cells`."""
_FORMATS = re.compile(rb"<cellXfs.*?</cellXfs>", re.DOTALL)
_FORMAT = re.compile(rb"<xf\b[^>]*?numFmtId=\"(\d+)\"")
_OWN_FORMAT = re.compile(
    rb'<numFmt\b[^>]*?numFmtId="(\d+)"[^>]*?formatCode="([^"]*)"|<numFmt\b[^>]*?formatCode="([^"]*)"[^>]*?numFmtId="(\d+)"'
)
_PERCENT_FORMATS = frozenset({b"9", b"10"})


@dataclass(frozen=True)
class Examination:
    """Outcome of `examine`: the problem that refuses the file, if any, and the odd cells of a file that may be read.

    `safe` is the file with nothing but the parts that were judged.
    """

    problem: Problem | None
    odd_cells: tuple[OddCell, ...] = ()
    safe: bytes = b""


def examine(content: bytes, place: str, limits: Limits = LIMITS) -> Examination:
    """Judge the bytes of an .xlsx file named `place`; never raises for what the bytes contain.

    Checked: magic bytes, size, number of parts, inflated size and ratio, checksums, DOCTYPE, macros, well-formed XML, farthest
    cell. Error cells, formulas and percent formats are listed with their sheet's name.
    """
    try:
        return _examined(content, limits)
    except Unfit as unfit:
        return Examination(Problem(place, unfit.found, unfit.expected, unfit.cure))


def _examined(content: bytes, limits: Limits) -> Examination:
    _check_kind(content, limits)
    archive = Archive(content, limits, "完整的 .xlsx 工作簿")
    _check_parts([name.lower() for name in archive.names])
    contents: dict[str, bytes] = {}
    for part in archive.parts:
        if part.filename.startswith(_NOT_READ):
            archive.pass_over(part)
            continue
        inflated = archive.inflate(part, common=not part.filename.startswith(_OWN_PARTS))
        if part.filename.lower().endswith(MARKUP):
            contents[part.filename] = inflated
        elif inflated[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            refuse_doctype(inflated[:65536])
    percent = _percent_styles(contents.get("xl/styles.xml", b""))
    safe = archive.stored(contents)
    if not percent and _plain(contents, limits):
        return Examination(None, (), safe)
    scan = SheetScan(limits, percent)
    for name, markup in contents.items():
        scan.read(name, markup)
    scan.check_layout()
    return Examination(None, scan.named(), safe)


def _check_kind(content: bytes, limits: Limits) -> None:
    again = "用收集模板填报并存为 .xlsx"
    if not content:
        raise Unfit("文件是空的（0 字节）", ".xlsx 工作簿", "重新取得该文件")
    if content.startswith(_OLE):
        raise Unfit("旧版 .xls 或带密码的工作簿，文件名却是 .xlsx", "不带密码的 .xlsx 工作簿", "去掉密码，另存为 .xlsx")
    if not content.startswith(_ZIP):
        raise Unfit("不是工作簿（文件头不符）", ".xlsx 工作簿", again)
    if len(content) > limits.file_bytes:
        raise Unfit(
            f"文件大小 {megabytes(len(content))}", f"不超过 {megabytes(limits.file_bytes)}", "删去图片等无关内容"
        )


def _check_parts(names: list[str]) -> None:
    if "[content_types].xml" not in names or "xl/workbook.xml" not in names:
        raise Unfit("压缩包里没有工作簿", ".xlsx 工作簿", "用收集模板填报并存为 .xlsx")
    if any(name.rsplit("/", 1)[-1].startswith("vbaproject") for name in names):
        raise Unfit("含有宏", "不含宏的 .xlsx 工作簿", "另存为不含宏的 .xlsx")


def _plain(contents: dict[str, bytes], limits: Limits) -> bool:
    """Whether every part is of the plain kind, so that nothing in it is odd or out of bounds; raises Unfit for a bad book part."""
    cell_bytes = sheets = 0
    for name, markup in contents.items():
        length = (_cell_bytes if name.startswith(_OWN_PARTS) else _cell_bytes_once)(markup)
        if length is None:
            return False
        sheets += length > 0
        cell_bytes += length
        if name in ("xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
            problem = _book_problem(markup)
            if problem:
                raise Unfit(*problem)
    texts = contents.get("xl/sharedStrings.xml", b"")
    laid_out = len(texts) * (cell_bytes // _SHORTEST_TEXT_CELL)
    return sheets <= _PLAIN_PARTS and laid_out <= limits.text_characters


def _cell_bytes(markup: bytes) -> int | None:
    """Length of a plain part with cells, 0 for a plain part without any, None for a part that is not plain."""
    if not _PROLOG.match(markup) or _UNUSUAL_CELL.search(markup):
        return None
    start = markup.find(b"<sheetData>")
    if start < 0:
        return None if _PREFIXED.search(markup) or _FORMULA.search(markup) else 0
    end = markup.rfind(b"</sheetData>")
    if end < 0 or not markup.rstrip().endswith(b"</worksheet>"):
        return None
    prefixed = _PREFIXED.search(markup, 0, start) or (markup.find(b":", start, end) >= 0 and _PREFIXED.search(markup))
    formula = markup.find(b"<f", start, end) >= 0 and _FORMULA.search(markup, start, end)
    return None if prefixed or formula else len(markup)


_cell_bytes_once = lru_cache(maxsize=_SAME_PARTS)(_cell_bytes)


@lru_cache(maxsize=_SAME_PARTS)
def _book_problem(markup: bytes) -> tuple[str, str, str] | None:
    problem = book_problem(markup)
    return (problem.found, problem.expected, problem.cure) if problem else None


@lru_cache(maxsize=_SAME_PARTS)
def _percent_styles(styles: bytes) -> frozenset[str]:
    """Numbers of the cell styles that show a fraction as percent."""
    if b"%" not in styles and not any(b'"%s"' % number in styles for number in _PERCENT_FORMATS):
        return frozenset()
    found = _FORMATS.search(styles)
    if not found:
        return frozenset()
    percent = set(_PERCENT_FORMATS)
    for match in _OWN_FORMAT.finditer(styles):
        number, code = (match[1], match[2]) if match[1] else (match[4], match[3])
        if b"%" in code:
            percent.add(number)
    return frozenset(str(at) for at, match in enumerate(_FORMAT.finditer(found[0])) if match[1] in percent)
