"""Lists of members (企业, 项目, 地块) in files that are not made from the template: exports, lists with titles, several sheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from validation.book import Book
from validation.cell_text import letters
from validation.file_contents import CellBlock, FileContents, total_findings
from validation.finding import ERROR, NOTE, VERIFY, Finding
from validation.labels import LabelBook, is_total, plain
from validation.list_heads import (
    MONTH,
    PARK,
    PERIOD,
    YEAR,
    ListColumn,
    ListHead,
    find_head,
    hints_in,
    list_forms,
    titles_above,
    unknown_head,
)
from validation.own_grid import Grid, Placed
from validation.own_table import block_of_placed
from validation.reading_plan import FieldPlan, Plan
from validation.units import ratio

ENDINGS = (
    "注",
    "说明",
    "备注",
    "填表",
    "填报",
    "制表",
    "审核",
    "负责人",
    "单位负责人",
    "统计负责人",
    "复核",
    "打印",
    "导出",
    "来源",
)
"""How a line below a list starts that is no member of it."""
_SHOWN = 12


@dataclass
class ListRows:
    """The rows (from 0) below the heads of a list: its members, totals, notes, heads that are repeated, and those that nobody can place."""

    members: list[int] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    notes: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    unclear: list[int] = field(default_factory=list)


def read_own_lists(name: str, book: Book, plan: Plan) -> FileContents:
    """The members in all sheets of the file `name` whose heads are known; its findings have no file yet.

    Each sheet is told as it was understood: which list, which rows are heads, which columns were taken in which unit, which were
    passed over, which rows are totals or notes. Not used, with a 错误: a file in which no sheet has known heads, or one has two
    columns for one field or a row that cannot be placed.
    """
    forms = list_forms(plan)
    labels = LabelBook(forms)
    contents = FileContents()
    without: list[tuple[str, str]] = []
    for sheet in book.sheets:
        grid = Grid(sheet, labels)
        head = find_head(grid, forms)
        if head is None:
            if any(not grid.blank(row) for row in range(grid.height)):
                without.append(unknown_head(grid, forms, f"工作表“{sheet.name}”"))
            continue
        rows = rows_below(grid, head)
        left_out = (("total_left_out", rows.totals), ("list_notes", rows.notes), ("list_heads_repeated", rows.repeated))
        contents.findings.extend(understood(grid, head, len(rows.members), left_out))
        contents.findings.extend([*refusals(grid, head), *_unclear(grid, head, rows)])
        contents.findings.extend(_wrong_totals(grid, head, rows))
        contents.blocks.append(_block(grid, head, rows))
    cure = "列名写台账的列名或别名（见 template 命令生成的台账工作簿）"
    if not contents.blocks:
        told = without or [("没有数据", "台账的表头")]
        contents.findings = [
            Finding("list_unknown", ERROR, f"文件未采用：{found}", None, expected, cure) for found, expected in told
        ]
        return contents
    contents.findings.extend(
        Finding("list_unknown", NOTE, f"{found}，没有读取", None, expected, f"没有台账数据的无需处理；有的{cure}")
        for found, expected in without
    )
    contents.filing = (contents.blocks[0].layout.form, plan.version, None, None)
    return contents


def rows_below(grid: Grid, head: ListHead) -> ListRows:
    """The rows below the heads of a list, sorted out."""
    rows = ListRows()
    member, columns = head.member.column, [one.column for one in head.columns]
    heads = {one.column: plain(one.head) for one in head.columns}
    for row in range(head.rows.stop, grid.height):
        filled = [at for at in range(len(grid.rows[row])) if not grid.empty(row, at)]
        if not filled:
            continue
        texts = {at: value for at in filled if isinstance(value := grid.value(row, at), str)}
        if member not in filled and any(is_total(text) for text in texts.values()):
            rows.totals.append(row)
        elif member in texts and plain(texts[member]) == heads[member]:
            same = all(plain(str(grid.value(row, at))) == heads[at] for at in columns if at in filled)
            (rows.repeated if same else rows.unclear).append(row)
        elif member in texts and is_total(texts[member]):
            rows.totals.append(row)
        elif _is_note(filled, texts, columns, member):
            rows.notes.append(row)
        else:
            rows.members.append(row)
    return rows


def _is_note(filled: Sequence[int], texts: dict[int, str], columns: Sequence[int], member: int) -> bool:
    """Whether a row says something about the list: one text alone, or nothing in any column that was taken."""
    known = [at for at in filled if at in columns]
    if not known:
        return True
    first = plain(texts.get(filled[0], ""))
    worded = first.startswith(ENDINGS) or ":" in first
    return len(filled) == 1 and (member not in filled or worded)


def _block(grid: Grid, head: ListHead, rows: ListRows) -> CellBlock:
    """The cells of the members; what is merged over several rows in the columns of park, year and name holds for each of them."""
    placed = [
        _placed(grid, head, one, row)
        for row in rows.members
        for one in head.columns
    ]  # fmt: skip
    codes: list[tuple[str | None, str]] = [(None, grid.sheet.place(head.rows.start, head.columns[0].column))]
    codes.extend((one.field.code, grid.sheet.place(head.rows.start, one.column)) for one in head.columns)
    fields: dict[tuple[str, str], FieldPlan] = {(head.form.code, one.field.code): one.field for one in head.columns}
    return block_of_placed(grid.sheet, head.form.code, tuple(codes), placed, fields)


def _placed(grid: Grid, head: ListHead, one: ListColumn, row: int) -> Placed:
    spread = one.field.code in (PARK, YEAR) and grid.covered(row, one.column)
    content = str(grid.spread(row, one.column)).removesuffix(".0") if spread else None
    period = PERIOD.fullmatch(str(grid.spread(row, one.column)).strip()) if one.field.code in (YEAR, MONTH) else None
    content = period[1] if period else content
    unit = one.unit if one.field.numeric and one.field.unit else None
    return Placed(head.form.code, one.field.code, row, one.column, row + 1, unit=unit, content=content)


LEFT_OUT = {
    "total_left_out": "是合计行，没有采用",
    "list_notes": "是说明，没有采用",
    "list_heads_repeated": "是重复的表头，没有采用",
}
"""Check and what is said of rows (or lines) of a list that are no members."""


def understood(
    grid: Grid, head: ListHead, members: int, left_out: Iterable[tuple[str, Sequence[int]]]
) -> Iterator[Finding]:
    """How a list was read: its heads, `members` rows, columns and units; hints of the title; columns and rows (from 0) that were left out,
    by the checks of `LEFT_OUT`."""
    sheet = grid.sheet
    where = f"工作表“{sheet.name}”" if sheet.name else "文件"
    taken = "、".join(f"{one.field.label}（{letters(one.column)} 列{_in(one)}）" for one in head.columns)
    said = f"{where}按{head.form.sheet}读取：第 {numbers(head.rows)} 行是表头，{members} 行数据，认出 {len(head.columns)} 列：{taken}"
    yield Finding(
        "list_understood", NOTE, said, str(members), head.form.sheet, "核对认出的列和单位", sheet=sheet.name,
        cell=sheet.place(head.rows.start, head.columns[0].column),
    )  # fmt: skip
    hints = hints_in([*titles_above(grid, head), sheet.name])
    if hints.said:
        yield Finding(
            "list_period_told", NOTE, f"{where}的标题写有 {hints.said}；标题不作为数据", hints.said, "统计年度和月份各一列", "没有这些列的，用命令的参数写明",
            sheet=sheet.name,
        )  # fmt: skip
    if head.passed_over:
        more = "等" if len(head.passed_over) > _SHOWN else ""
        names = "、".join(f"“{text:.20}”" for text in head.passed_over[:_SHOWN])
        yield Finding(
            "list_columns_passed_over", NOTE, f"{where}有 {len(head.passed_over)} 列没有读取：{names}{more}", None, f"{head.form.sheet}的列",
            "需要的列改用台账的列名或别名", sheet=sheet.name,
        )  # fmt: skip
    if head.assumed:
        names = "、".join(f"{one.field.label}（{one.field.unit}）" for one in head.assumed)
        yield Finding(
            "list_unit_assumed", NOTE, f"{where}没有写计量单位的列按台账的单位采用：{names}", None, "写明计量单位",
            "核对单位；在列名后或“单位：”一行写明", sheet=sheet.name,
        )  # fmt: skip
    for check, lines in left_out:
        if lines:
            yield Finding(
                check, NOTE, f"{where}第 {numbers(lines)} 行{LEFT_OUT[check]}", str(len(lines)), "只列成员的行", "核对；无误的无需处理",
                sheet=sheet.name, cell=sheet.place(lines[0], head.columns[0].column),
            )  # fmt: skip
    if sheet.hidden:
        yield Finding(
            "hidden_sheet",
            NOTE,
            f"{where}是隐藏的，其中的数据已采用",
            None,
            "数据不放在隐藏的表中",
            "核对是否应当采用",
            sheet=sheet.name,
        )


def _in(one: ListColumn) -> str:
    return f"，{one.told}" if one.told and one.field.numeric and one.told != one.field.unit else ""


def refusals(grid: Grid, head: ListHead) -> Iterator[Finding]:
    """错误 for heads of which nobody can decide what they mean: the file is not used."""
    sheet = grid.sheet
    for one in head.columns:
        if one.field.numeric and one.field.unit and ratio(one.unit, one.field.unit) is None:
            yield Finding(
                "list_ambiguous", ERROR, f"“{one.head}”单位不同：“{one.unit}”不能换算为{one.field.unit}", one.unit, f"以{one.field.unit}为单位",
                f"改为以{one.field.unit}为单位，或写明可以换算的单位", sheet=sheet.name, cell=sheet.place(head.rows.start, one.column),
            )  # fmt: skip
    for entry, columns in head.claimed:
        places = "、".join(f"{letters(at)} 列" for at in columns)
        yield Finding(
            "list_ambiguous", ERROR, f"“{entry.label}”有 {len(columns)} 列：{places}", places, "每项一列", "只留本年累计的一列，或改另一列的列名",
            sheet=sheet.name, cell=sheet.place(head.rows.start, columns[0]),
        )  # fmt: skip


def _wrong_totals(grid: Grid, head: ListHead, rows: ListRows) -> Iterator[Finding]:
    """A 核实 where the last row of totals is not the sum of the members; without the figures, which may be those of one of them."""
    sheet = grid.sheet
    summed = [(one.field, one.column) for one in head.columns]
    found = [
        one for one in total_findings(sheet, head.form, summed, rows.members, rows.totals) if one.severity == VERIFY
    ]
    if found:
        names = "、".join(f"{one.label}（{one.cell}）" for one in found)
        yield Finding(
            "total_mismatch", VERIFY, f"工作表“{sheet.name}”合计行与各行相加不等：{names}", str(len(found)), "合计等于各行之和",
            "核对是否漏了行或多了行", sheet=sheet.name, cell=found[0].cell,
        )  # fmt: skip


def _unclear(grid: Grid, head: ListHead, rows: ListRows) -> Iterator[Finding]:
    sheet = grid.sheet
    for row in rows.unclear:
        yield Finding(
            "list_ambiguous", ERROR, f"第 {row + 1} 行像是另一张表的表头", None, "一张工作表一张表，表头相同", "把下面的表另放一张工作表",
            sheet=sheet.name, cell=sheet.place(row, head.member.column),
        )  # fmt: skip


def numbers(rows: Sequence[int]) -> str:
    """Row numbers (from 0) as they are counted in the sheet, runs joined: 3—5、9; the rest of many as 等."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][-1] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    shown = [f"{run[0] + 1}—{run[-1] + 1}" if len(run) > 1 else str(run[0] + 1) for run in runs[:_SHOWN]]
    return "、".join(shown) + (" 等" if len(runs) > _SHOWN else "")
