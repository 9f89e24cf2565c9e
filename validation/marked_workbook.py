"""The way back to the clerk: the workbook as filed with the wrong cells coloured and a first sheet 审核意见 of all findings."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from validation.answers import ANSWER_FORM, ANSWER_KEY, answers_in
from validation.findings import SEVERITIES
from validation.intake_rules import INTAKE_RULES
from validation.template import KEY_SHEET

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

SHEET = "审核意见"
AUTHOR = "审核"
FILLS = {"错误": "FFFF9C9C", "核实": "FFFFD166", "提示": "FF9CC9F5"}
"""Colour of a cell by the gravest finding on it: red, amber, blue."""

LARGEST_BYTES = 5 * 1024 * 1024
LARGEST_INFLATED = 30 * 1024 * 1024
"""Workbooks beyond this are not marked: laid out in memory cell by cell they take some fifty times their size."""

_MARK_ROW, _HEAD_ROW = 3, 4
_SHOWN: tuple[tuple[str, str, float], ...] = (
    ("severity", "严重程度", 9),
    ("label", "统计指标", 17),
    ("message", "问题", 38),
    ("value", "所填", 12),
    ("expected", "应为", 18),
    ("cure", "处理办法", 25),
    ("place", "位置（点击前往）", 14),
    ("rule", "审核规则", 20),
    ("told", "已有说明", 20),
    ("explanation", "情况说明（请在此填写）", 34),
)
_KEPT = (*ANSWER_KEY, "fills")
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_COLOUR = re.compile(r"[0-9A-F]{8}")
_OWN_COMMENT = re.compile(f"【({'|'.join(SEVERITIES)})】.*\n规则：")
_BEFORE = "\n\n原批注："
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST, _COMMENT_LONGEST = 2000, 1500
_ROWS, _COLUMNS = 20_000, 300
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_FIXED_TIME, _FIXED_DATE = b"2023-04-06T00:00:00Z", (1980, 1, 1, 0, 0, 0)


class NotMarked(Exception):
    """The workbook cannot be marked; the text says why, in Chinese."""


@dataclass(frozen=True)
class Heading:
    """What stands above the findings: title and the lines of the note."""

    title: str
    notes: Sequence[str] = ()


Place = tuple[str, str]
"""Sheet and cell."""


def mark_workbook(
    content: bytes, source_file: str, findings: pl.DataFrame, rules: Mapping[str, str], heading: Heading
) -> bytes:
    """The .xlsx `content`, filed as `source_file`, with `findings` (validation.findings.SCHEMA) marked in it.

    Sheets, formats, locked cells, drop-downs and hidden sheets stay. Each cell named by a finding is coloured and carries a comment
    with rule, what was found, what is expected and what to do; the first sheet 审核意见 lists all findings, gravest first, with links
    to the cells and a column for the clerk's explanation; findings of other files stand there without a link. Marks of an earlier round are taken off first and its answers kept.
    `rules` gives the label of a check by its id. Text is always text, never a formula or the target of a link. The same arguments give
    the same bytes. Raises NotMarked when the workbook is none of the template's, is too large or openpyxl cannot keep it.
    """
    from openpyxl import load_workbook

    _refuse_large(content)
    try:
        book = load_workbook(io.BytesIO(content), rich_text=True)
        if KEY_SHEET not in book.sheetnames:
            raise NotMarked("不是收集模板的工作簿")
        answers = _take_off(book)
        _mark(book, _rows(findings, rules, source_file), answers, heading)
        buffer = io.BytesIO()
        book.save(buffer)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, SyntaxError) as error:
        raise NotMarked(f"工作簿有不能保留的内容（{type(error).__name__}）") from error
    return _frozen(buffer.getvalue())


def _refuse_large(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inflated = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        raise NotMarked("不是 .xlsx 工作簿") from None
    if len(content) > LARGEST_BYTES or inflated > LARGEST_INFLATED:
        raise NotMarked("工作簿过大")


def _rows(findings: pl.DataFrame, rules: Mapping[str, str], source_file: str) -> list[dict[str, Any]]:
    rank = pl.col("severity").replace_strict({one: at for at, one in enumerate(SEVERITIES)}, default=9)
    order = ("rank", "sheet", "cell", "check_id", "item", "message")
    rows = findings.with_columns(rank.alias("rank")).sort(order, nulls_last=True, maintain_order=True).to_dicts()
    return [{**row, "rule": _rule(row["check_id"], rules), "here": row["source_file"] == source_file} for row in rows]


def _rule(check_id: str, rules: Mapping[str, str]) -> str:
    """Label and code: the code is what the bureau's register of explanations asks for."""
    return f"{rules.get(check_id) or INTAKE_RULES.get(check_id, check_id)}（{check_id}）"


def places_of(sheet: str | None, cell: str | None) -> Iterator[Place]:
    """The cells a finding names: `D4、D5、规模!D7` on sheet `sheet`."""
    for part in (cell or "").split("、"):
        at, _, reference = part.rpartition("!")
        known = _CELL.fullmatch(reference)
        if known and (at or sheet) and int(known[2]) <= _ROWS:
            yield at or str(sheet), reference


def _take_off(book: Workbook) -> dict[tuple[str | None, ...], str]:
    """Remove the marks of an earlier round; returns what the clerk wrote, by the key of the finding.

    Own comments are known by their text: LibreOffice does not keep the author.
    """
    from openpyxl.comments import Comment

    answers: dict[tuple[str | None, ...], str] = {}
    for sheet in [one for one in book.worksheets if one.cell(_MARK_ROW, 1).value == f"form:{ANSWER_FORM}"]:
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        for _, *key, said in answers_in("", rows, _MARK_ROW - 1, 0):
            answers.setdefault(tuple(None if part is None else str(part) for part in key), str(said))
        codes = rows[_MARK_ROW - 1]
        for row in rows[_HEAD_ROW:] if "fills" in codes else ():
            _restore(book, row[codes.index("fills")])
        book.remove(sheet)
    for sheet in book.worksheets:
        for cells in sheet.iter_rows():
            for cell in cells:
                if cell.comment is not None and _OWN_COMMENT.match(cell.comment.text):
                    _, kept, before = cell.comment.text.partition(_BEFORE)
                    cell.comment = Comment(before, AUTHOR) if kept else None
    return answers


def _restore(book: Workbook, kept: object) -> None:
    from openpyxl.styles import PatternFill

    try:
        fills = json.loads(kept) if isinstance(kept, str) else []
    except ValueError:
        return
    for entry in fills if isinstance(fills, list) else []:
        if isinstance(entry, list) and len(entry) == 3 and all(isinstance(part, str) for part in entry):
            name, reference, colour = entry
            here = {"here": True, "sheet": name, "cell": reference}
            for known, cell in _known_places(book, here):
                plain = _COLOUR.fullmatch(colour)
                book[known][cell].fill = PatternFill("solid", fgColor=colour) if plain else PatternFill()


def _mark(book: Workbook, rows: Sequence[dict[str, Any]], answers: Mapping[tuple[str | None, ...], str], heading: Heading) -> None:  # fmt: skip
    placed = [_known_places(book, row) for row in rows]
    by_cell: dict[Place, list[dict[str, Any]]] = {}
    for row, places in zip(rows, placed, strict=True):
        for place in places:
            by_cell.setdefault(place, []).append(row)
    before = {place: _colour_of(book, place) for place in by_cell}
    for (name, reference), own in by_cell.items():
        _mark_cell(book[name], reference, own)
    _list_findings(book, rows, placed, before, answers, heading)


def _known_places(book: Workbook, row: Mapping[str, Any]) -> list[Place]:
    """The places of a finding that exist in this workbook; a merged cell stands for its first cell."""
    from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

    found: list[Place] = []
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    for name, reference in places_of(row["sheet"], row["cell"]) if row["here"] else ():
        sheet = sheets.get(name)
        if sheet is None or column_index_from_string(coordinate_from_string(reference)[0]) > _COLUMNS:
            continue
        for merged in sheet.merged_cells.ranges:
            if reference in merged:
                reference = merged.start_cell.coordinate
        if (name, reference) not in found:
            found.append((name, reference))
    return found


def _colour_of(book: Workbook, place: Place) -> str:
    fill = book[place[0]][place[1]].fill
    colour = fill.fgColor.rgb if fill.fill_type == "solid" else None
    return colour if isinstance(colour, str) else ""


def _mark_cell(sheet: Worksheet, reference: str, findings: Sequence[Mapping[str, Any]]) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    cell = sheet[reference]
    cell.fill = PatternFill("solid", fgColor=FILLS.get(findings[0]["severity"], FILLS["提示"]))
    text = "\n\n".join(_comment(finding) for finding in findings)
    if cell.comment is not None:
        text = f"{text}{_BEFORE}{_plain(cell.comment.text)}"
    text = text[:_COMMENT_LONGEST]
    lines = sum(1 + 2 * len(line) // 44 for line in text.split("\n"))
    cell.comment = Comment(text, AUTHOR, height=min(22 + 17 * lines, 480), width=330)


def _comment(finding: Mapping[str, Any]) -> str:
    lines = [f"【{finding['severity']}】{_plain(finding['message'])}", f"规则：{_plain(finding['rule'])}"]
    for label, name in (("所填", "value"), ("应为", "expected"), ("处理", "cure")):
        if finding[name]:
            lines.append(f"{label}：{_plain(finding[name])[:300]}")
    return "\n".join(lines)


def _plain(text: object) -> str:
    """Text as a cell or comment can hold it."""
    return "" if text is None else _UNWRITABLE.sub(" ", str(text).replace("\r", "\n"))[:_LONGEST]


def _list_findings(
    book: Workbook,
    rows: Sequence[dict[str, Any]],
    placed: Sequence[Sequence[Place]],
    before: Mapping[Place, str],
    answers: Mapping[tuple[str | None, ...], str],
    heading: Heading,
) -> None:
    sheet = book.create_sheet(SHEET, 0)
    _lay_out(sheet, heading)
    restored: set[Place] = set()
    for at, (row, places) in enumerate(zip(rows, placed, strict=True), _HEAD_ROW + 1):
        key = tuple(None if row[name] is None else str(row[name]) for name in ANSWER_KEY)
        answer = answers.get(key)
        said = row["explanation"] if row["explanation"] != answer else None
        where = row["cell"] if places or row["here"] else None
        place = f"{row['sheet']}!{where}" if row["sheet"] and where else where
        shown = {**row, "place": place, "told": said, "explanation": answer}
        fills = [[*one, before[one]] for one in places if one not in restored]
        restored.update(places)
        _write_line(sheet, at, shown, json.dumps(fills, ensure_ascii=False))
        if places and book[places[0][0]].sheet_state == "visible":
            _link(sheet, at, places[0])
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet
    book.active = 0


def _lay_out(sheet: Worksheet, heading: Heading) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.worksheet.page import PageMargins
    from openpyxl.worksheet.properties import PageSetupProperties

    _text(sheet, 1, 2, heading.title).font = Font("黑体", size=16)
    note = _text(sheet, 2, 2, "\n".join(heading.notes))
    note.font, note.alignment = Font("宋体", size=10), Alignment(wrap_text=True, vertical="top")
    sheet.merge_cells(start_row=2, end_row=2, start_column=2, end_column=1 + len(_SHOWN))
    sheet.row_dimensions[1].height = 28
    sheet.row_dimensions[2].height = 15 * max(len(heading.notes), 1) + 4
    _text(sheet, _MARK_ROW, 1, f"form:{ANSWER_FORM}")
    sheet.row_dimensions[_MARK_ROW].hidden = True
    sheet.column_dimensions["A"].hidden = True
    for column, (code, label, width) in enumerate(_SHOWN, 2):
        _text(sheet, _MARK_ROW, column, code)
        head = _text(sheet, _HEAD_ROW, column, label)
        head.font, head.fill, head.border = (
            Font("宋体", size=10, bold=True),
            PatternFill("solid", fgColor="FFD9E2EC"),
            _border(),
        )
        head.alignment = Alignment(vertical="center", wrap_text=True)
        sheet.column_dimensions[head.column_letter].width = width
    for column, code in enumerate(_KEPT, 2 + len(_SHOWN)):
        kept = _text(sheet, _MARK_ROW, column, code)
        sheet.column_dimensions[kept.column_letter].hidden = True
    sheet.freeze_panes = f"B{_HEAD_ROW + 1}"
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToHeight = 0
    sheet.page_margins = PageMargins(0.4, 0.4, 0.5, 0.5)
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{_HEAD_ROW}:{_HEAD_ROW}"
    sheet.sheet_view.showGridLines = False


def _write_line(sheet: Worksheet, at: int, row: Mapping[str, Any], fills: str) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill, Protection

    needed = 1
    for column, (code, _, width) in enumerate(_SHOWN, 2):
        cell = _text(sheet, at, column, row[code])
        cell.font, cell.border = Font("宋体", size=10), _border()
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.number_format = "@"
        if code == "severity":
            cell.fill = PatternFill("solid", fgColor=FILLS.get(row["severity"], FILLS["提示"]))
        if code == "explanation":
            cell.fill, cell.protection = PatternFill("solid", fgColor="FFFFFEF5"), Protection(locked=False)
        needed = max(needed, 1 + int(2 * len(str(row[code] or "")) // width))
    sheet.row_dimensions[at].height = min(15 * needed + 4, 240)
    for column, code in enumerate(ANSWER_KEY, 2 + len(_SHOWN)):
        _text(sheet, at, column, row[code])
    _text(sheet, at, 2 + len(_SHOWN) + len(ANSWER_KEY), fills)


def _link(sheet: Worksheet, at: int, place: Place) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import quote_sheetname
    from openpyxl.worksheet.hyperlink import Hyperlink

    column = 2 + [code for code, _, _ in _SHOWN].index("place")
    cell = _text(sheet, at, column, None)
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"{quote_sheetname(place[0])}!{place[1]}")
    cell.font = Font("宋体", size=10, underline="single", color="FF1F4E79")


def _text(sheet: Worksheet, row: int, column: int, value: object) -> Any:
    """A cell of text: openpyxl takes a text that begins with = for a formula unless told."""
    cell = sheet.cell(row, column)
    if value is not None and value != "":
        cell.value = _plain(value)
        cell.data_type = "s"
    return cell


def _border() -> Any:
    from openpyxl.styles import Border, Side

    line = Side("thin", color="FFBFBFBF")
    return Border(left=line, right=line, top=line, bottom=line)


def _frozen(content: bytes) -> bytes:
    """The zip with fixed dates, so that the same marks give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = _MODIFIED.sub(rb"\g<1>" + _FIXED_TIME + rb"\g<2>", part)
            entry = zipfile.ZipInfo(name, _FIXED_DATE)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(entry, part)
    return buffer.getvalue()
