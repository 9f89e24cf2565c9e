"""Files that are not made from the template: a park's own table, recognised by its labels and units."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from validation.book import Book, Sheet
from validation.file_contents import CellBlock, FileContents, Layout, Note, block_of, total_findings
from validation.finding import ERROR, NOTE, VERIFY, Finding
from validation.labels import LabelBook, Target
from validation.own_grid import Grid, Placed, cell_text
from validation.own_items import PARK_CODE, YEAR, ItemFinds, find_items
from validation.own_records import RecordBlock, find_blocks
from validation.reading_plan import FieldPlan, Plan, WorkbookPlan, code_pattern
from validation.units import kind_of, ratio

_FOUR_DIGITS = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])")
FILE_NAME = "文件名"
"""Stands for the cell of what was taken from the name of the file."""


def read_own_table(name: str, book: Book, plan: Plan) -> FileContents:
    """The cells of the file `name` that are items or records of the park's forms; its findings have no file and park yet.

    One file is one park and one year, told by the labels 园区代码 and 统计年度, else by the file name (a 核实). Not used, with a
    错误: a file without any figure of the forms, of several parks, or of which park and year remain unknown.
    """
    workbook = plan.park_workbook
    if workbook is None:
        return _unused("not_a_template", "不是收集模板", "由模板填报的工作簿", "用模板填报")
    labels = LabelBook(workbook.forms)
    grids = [Grid(sheet, labels) for sheet in book.sheets]
    fields = {entry.code: entry for form in workbook.forms if form.items for entry in form.fields}
    codes, years = _told(grids, PARK_CODE), _told(grids, YEAR)
    if len(codes) > 1:
        found = f"文件里有 {len(codes)} 个园区（{'、'.join(sorted(codes))[:60]}）"
        return _unused("several_parks", found, "每个文件一个园区、一个年度", "按园区分开报送")
    year = _year_of({text.removesuffix("度").removesuffix("年") for text in years})
    code, guessed = next(iter(codes), None), []
    if code is None:
        code = _code_in(name, fields.get(PARK_CODE))
        guessed.append("园区代码")
    if year is None:
        year = _year_in(name, code)
        guessed.append("统计年度")
    finds = [(grid, find_blocks(grid, workbook.forms)) for grid in grids]
    items = [find_items(grid, {row for block in blocks for row in block.rows()}, year) for grid, blocks in finds]
    contents = FileContents()
    _fill(contents, [(grid, blocks, found) for (grid, blocks), found in zip(finds, items, strict=True)], workbook)
    recognised = _codes_found(contents)
    figures = sum(fields[code].numeric for code in recognised if code in fields)
    if not figures and not any(blocks for _, blocks in finds):
        return _unused(
            "not_a_template", "不是收集模板（没有隐藏的标识页），也没有可识别的指标", f"由“{plan.title}”{plan.version} 版模板填报的工作簿",
            "用 template 命令生成的模板填报；自己的表须有与报表一致的指标名称",
        )  # fmt: skip
    if code is None or year is None:
        missing = "、".join(what for what, value in (("园区代码", code), ("统计年度", year)) if value is None)
        return _unused(
            "filing_unmarked", f"看不出是哪个园区、哪一年度的数据（缺 {missing}）", "表中写明园区代码和统计年度",
            "在表中写明，或写入文件名，如 YN5328-01-2025.xlsx",
        )  # fmt: skip
    contents.filing = (workbook.code, plan.version, code, year)
    _name_guessed(contents, workbook, guessed, code, year)
    contents.findings.append(
        Finding(
            "own_table",
            NOTE,
            f"不是收集模板，按指标名称识别：认出 {len(recognised)} 项",
            None,
            "收集模板",
            "核对采用的数值；以后用模板填报",
        )
    )
    return contents


def _codes_found(contents: FileContents) -> set[str]:
    return {code for block in contents.blocks for code, _ in block.layout.codes if code}


def _unused(check_id: str, found: str, expected: str, cure: str) -> FileContents:
    finding = Finding(check_id, ERROR, f"文件未采用：{found}", found, expected, cure)
    return FileContents(findings=[finding])


def _told(grids: Iterable[Grid], code: str) -> set[str]:
    """What stands beside or below the label of the item `code`, in all sheets."""
    told: set[str] = set()
    for grid in grids:
        for _, _, label, content in grid.inline():
            if _means(grid.labels.head(label).targets, code):
                told.add(cell_text(content))
        for row in range(grid.height):
            for column in range(grid.width):
                if not grid.covered(row, column) and _means(grid.head(row, column).targets, code):
                    told.update(_values_at(grid, row, column))
    return told


def _means(targets: Iterable[Target], code: str) -> bool:
    return any(target.field.code == code and target.form.items for target in targets)


def _values_at(grid: Grid, row: int, column: int) -> Iterator[str]:
    for at in range(column + 1, grid.width):
        if not grid.empty(row, at) and not grid.covered(row, at):
            head = grid.head(row, at)
            if head.targets or head.unit or head.role or (head.period and not _FOUR_DIGITS.search(head.text)):
                break
            yield cell_text(grid.value(row, at))
            return
    for at in range(row + 1, grid.height):
        if not grid.empty(at, column) and not grid.head(at, column).targets and grid.head(at, column).role is None:
            yield cell_text(grid.value(at, column))


def _year_of(texts: Iterable[str]) -> int | None:
    """The year told; of two years one after the other the later one, the other being last year's column or row."""
    years = sorted(int(text) for text in texts if _FOUR_DIGITS.fullmatch(text))
    if len(years) == 1 or (len(years) == 2 and years[1] - years[0] == 1):
        return years[-1]
    return None


def _code_in(name: str, field: FieldPlan | None) -> str | None:
    pattern = code_pattern(field.example) if field else None
    text = unicodedata.normalize("NFKC", PurePosixPath(name).stem).upper()
    found = set(pattern.findall(text)) if pattern else set()
    return found.pop() if len(found) == 1 else None


def _year_in(name: str, code: str | None) -> int | None:
    text = unicodedata.normalize("NFKC", PurePosixPath(name).stem).upper().replace(code or "\n", " ")
    found = set(_FOUR_DIGITS.findall(text))
    return int(found.pop()) if len(found) == 1 else None


def _fill(
    contents: FileContents, finds: Iterable[tuple[Grid, list[RecordBlock], ItemFinds]], workbook: WorkbookPlan
) -> None:
    fields = {(form.code, entry.code): entry for form in workbook.forms for entry in form.fields}
    marked: set[str] = set()
    for grid, blocks, items in finds:
        sheet = grid.sheet
        placed = [one for block in blocks for one in block.placed()] + items.placed
        codes: dict[str, list[tuple[str | None, str]]] = {
            form: [] for form in dict.fromkeys(one.form for one in placed)
        }
        for block in blocks:
            heads = codes.setdefault(block.form.code, [])
            heads.extend(
                (code, sheet.place(block.heads.start, at)) for code, ats in block.columns.items() for at in ats
            )
            summed = [(fields[block.form.code, code], places[0]) for code, places in block.columns.items()]
            contents.findings.extend(total_findings(sheet, block.form, summed, block.records, block.totals))
            contents.findings.extend(_unknown(grid, block.unknown))
        _name_items(codes, sheet, items)
        for form, found in codes.items():
            if form not in marked:
                marked.add(form)
                found.insert(0, (None, found[0][1]))
            contents.blocks.append(
                block_of_placed(sheet, form, tuple(found), [one for one in placed if one.form == form], fields)
            )
        contents.findings.extend(_item_findings(grid, items))
        if sheet.hidden and placed:
            contents.findings.append(
                Finding(
                    "hidden_sheet", NOTE, f"工作表“{sheet.name}”是隐藏的，其中的数据已采用", None, "数据不放在隐藏的表中",
                    "核对是否应当采用", sheet=sheet.name,
                )
            )  # fmt: skip


def _name_items(codes: dict[str, list[tuple[str | None, str]]], sheet: Sheet, items: ItemFinds) -> None:
    """The items found by their cells; columns of tables whose figures stand in rows of their own are there once."""
    seen = {(form, code) for form, found in codes.items() for code, _ in found}
    for one in items.placed:
        if one.period == "this" and (one.record == 0 or (one.form, one.field) not in seen):
            seen.add((one.form, one.field))
            codes[one.form].append((one.field, sheet.place(one.row, one.column)))
    for one in items.placed:
        if not codes[one.form]:
            codes[one.form].append((None, sheet.place(one.row, one.column)))


def block_of_placed(
    sheet: Sheet,
    form: str,
    codes: tuple[tuple[str | None, str], ...],
    placed: list[Placed],
    fields: dict[tuple[str, str], FieldPlan],
) -> CellBlock:
    """The cells `placed` of one form in `sheet`, with the units that the table tells; `fields` by form and code."""
    places = tuple((sheet.place(one.row, one.column), one.record, one.field, one.period) for one in placed)
    cells = [(one.row, one.column) for one in placed]
    block = block_of(_even(sheet), Layout(sheet.name, form, codes, places), cells)
    notes: dict[int, Note] = block.notes
    kinds = list(block.kinds)
    for at, one in enumerate(placed):
        entry = fields[one.form, one.field]
        if one.content is not None:
            block.texts[at], kinds[at] = one.content, "t"
        if entry.numeric and entry.unit:
            if one.unit is not None:
                if ratio(one.unit, entry.unit) != 1:
                    block.units[at] = one.unit
            elif kind_of(entry.unit) != "count" and kinds[at] in "nt" and notes.get(at) != "percent":
                notes[at] = "unit_assumed"
    block.kinds = "".join(kinds)
    return block


def _even(sheet: Sheet) -> Sheet:
    """`sheet` with rows of one length."""
    width = max((len(row) for row in sheet.rows), default=0)
    return replace(sheet, rows=[[*row, *[""] * (width - len(row))] for row in sheet.rows])


def _item_findings(grid: Grid, items: ItemFinds) -> Iterator[Finding]:
    sheet = grid.sheet
    for row, column, targets in items.ambiguous:
        names = "、".join(dict.fromkeys(f"“{target.field.label}”" for target in targets))
        text = str(grid.value(row, column)).strip()
        yield Finding(
            "label_ambiguous", ERROR, f"“{text:.40}”可能是{names}，没有采用", text, "报表中的指标全称", f"写明是哪一项：{names}",
            sheet=sheet.name, cell=sheet.place(row, column),
        )  # fmt: skip
    yield from _unknown(grid, items.unknown)
    for row, column in items.assumed:
        text = str(grid.value(row, column)).strip()
        yield Finding(
            "period_assumed", VERIFY, f"“{text:.40}”右边有几列数，表头没有写本年、上年，按第一列为本年采用", text, "表头写明本年、上年",
            "核对采用的数值，或补写表头", sheet=sheet.name, cell=sheet.place(row, column),
        )  # fmt: skip
    if items.several:
        row, column = items.several[0]
        yield Finding(
            "several_rows", ERROR, f"有 {len(items.several)} 行看不出是哪一年的数据，没有采用", None, "每个文件一个园区、一个年度一行",
            "删去多余的行，或写明年度", sheet=sheet.name, cell=sheet.place(row, column),
        )  # fmt: skip
    for row in items.totals:
        yield Finding(
            "total_left_out", NOTE, f"第 {row + 1} 行是合计行，没有采用", None, "不填合计行", "无需处理", sheet=sheet.name,
            cell=sheet.place(row, 0),
        )  # fmt: skip


def _unknown(grid: Grid, places: Iterable[tuple[int, int]]) -> Iterator[Finding]:
    for row, column in places:
        text = str(grid.value(row, column)).strip()
        nearest = grid.labels.nearest(text)
        alike = f"；最接近的是“{nearest}”" if nearest else ""
        yield Finding(
            "label_unknown", NOTE, f"“{text:.40}”不是报表中的指标，没有采用{alike}", text, "报表中的指标名称",
            "如是报表中的指标，改为报表的名称", sheet=grid.sheet.name, cell=grid.sheet.place(row, column),
        )  # fmt: skip


def _name_guessed(contents: FileContents, workbook: WorkbookPlan, guessed: list[str], code: str, year: int) -> None:
    """What was taken from the file name stands as a value of its item, and is a 核实."""
    if not guessed:
        return
    known = _codes_found(contents)
    for what, item, text, kind in (("园区代码", PARK_CODE, code, "t"), ("统计年度", YEAR, str(year), "n")):
        form = next(
            (form.code for form in workbook.forms if form.items for field in form.fields if field.code == item), None
        )
        if what not in guessed or form is None or item in known:
            continue
        mark = () if any(block.layout.form == form for block in contents.blocks) else ((None, FILE_NAME),)
        layout = Layout("", form, (*mark, (item, FILE_NAME)), ((FILE_NAME, 0, item, "this"),))
        contents.blocks.append(CellBlock(layout, [text], kind))
    names = "、".join(guessed)
    contents.findings.append(
        Finding(
            "filing_guessed", VERIFY, f"表中没有写{names}，按文件名取 {code} {year} 年", f"{code} {year}", f"表中写明{names}",
            f"在表中写明{names}", cell=FILE_NAME,
        )
    )  # fmt: skip
