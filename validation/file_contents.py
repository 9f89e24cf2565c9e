"""What one file says, in the shape a reading process sends back: cells by form, places of codes, findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from validation.book import UNCALCULATED, Sheet
from validation.cell_text import shown
from validation.finding import NOTE, VERIFY, Finding
from validation.marks import number_in
from validation.reading_plan import FieldPlan, FormPlan

KINDS = {"n": "number", "t": "text", "d": "date", "b": "boolean", "e": "error", "x": "empty"}
_LETTERS = {kind: letter for letter, kind in KINDS.items()}

Note = Literal["formula", "percent", "unit_assumed"]
"""What is to be told of a cell: its value is the result of a formula; it is a fraction shown as percent; its unit is nowhere told."""


@dataclass(frozen=True)
class Layout:
    """Where the cells of one form stand in one sheet: the same for all files that nobody rearranged.

    `codes` are the codes (or recognised labels) found with their cells, None for the form's own mark; `places` are cell, record,
    field code and period of every cell.
    """

    sheet: str
    form: str
    codes: tuple[tuple[str | None, str], ...]
    places: tuple[tuple[str, int, str, str], ...]


@dataclass
class CellBlock:
    """The cells of one form in one sheet: `texts` and `kinds` (first letters of `KINDS`), `units` and `notes` by number of the cell."""

    layout: Layout
    texts: list[str | None]
    kinds: str
    units: dict[int, str] = field(default_factory=dict)
    notes: dict[int, Note] = field(default_factory=dict)


@dataclass
class FileContents:
    """`filing`: workbook, version, park code and year, None for a file that is not used.

    `answer_sheets`: rows of a sheet of answers with the place of its mark (validation.answers).
    """

    filing: tuple[str, str, str | None, int | None] | None = None
    blocks: list[CellBlock] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    answer_sheets: list[tuple[list[list[Any]], int, int]] = field(default_factory=list)


def read_cell(sheet: Sheet, row: int, column: int, value: Any) -> tuple[str | None, str, Note | None]:
    """Text, letter of the kind and note of a cell."""
    text, kind = shown(value)
    odd = sheet.odd.get((row, column)) if sheet.odd else None
    if odd is None:
        return text, _LETTERS[kind], None
    if odd[0] in ("error", "uncalculated"):
        return odd[1] or UNCALCULATED, "e", None
    return text, _LETTERS[kind], odd[0] if text is not None else None  # type: ignore[return-value]


def block_of(sheet: Sheet, layout: Layout, at: Sequence[tuple[int, int]]) -> CellBlock:
    """The block of `layout`, whose cells stand at the rows and columns `at`."""
    texts: list[str | None] = []
    kinds: list[str] = []
    rows = sheet.rows
    if not sheet.odd:
        for row, column in at:
            value = rows[row][column]
            kind = type(value)
            if kind is float and value.is_integer() and -1e15 < value < 1e15:
                texts.append(str(int(value)))
                kinds.append("n")
            elif kind is float and 1e-4 < value < 1e15:
                texts.append(repr(value))
                kinds.append("n")
            elif kind is str and not value.strip():
                texts.append(None)
                kinds.append("x")
            elif kind is str:
                texts.append(value)
                kinds.append("t")
            else:
                text, name = shown(value)
                texts.append(text)
                kinds.append(_LETTERS[name])
        return CellBlock(layout, texts, "".join(kinds))
    notes: dict[int, Note] = {}
    for number, (row, column) in enumerate(at):
        text, letter, note = read_cell(sheet, row, column, rows[row][column])
        texts.append(text)
        kinds.append(letter)
        if note:
            notes[number] = note
    return CellBlock(layout, texts, "".join(kinds), {}, notes)


def total_findings(
    sheet: Sheet,
    form: FormPlan,
    columns: Sequence[tuple[FieldPlan, int]],
    records: Sequence[int],
    totals: Sequence[int],
) -> list[Finding]:
    """A 提示 for each row of totals left out, and a 核实 where the last of them is not the sum of the records.

    Counts and whole numbers must add up exactly; with decimals, half a unit of the last place is allowed for each record.
    """
    findings = []
    for row in totals:
        findings.append(
            Finding(
                "total_left_out", NOTE, f"“{form.sheet}”表第 {row + 1} 行是合计行，没有采用", None, "不填合计行", "无需处理",
                sheet=sheet.name, cell=sheet.place(row, columns[0][1]),
            )
        )  # fmt: skip
    for entry, column in columns if totals else ():
        total = _number(sheet, totals[-1], column)
        if not entry.numeric or total is None:
            continue
        parts = [_number(sheet, row, column) or Decimal(0) for row in records]
        places = max((-int(part.as_tuple().exponent) for part in (total, *parts)), default=0)
        allowed = Decimal(len(parts)).scaleb(-places) / 2 if places > 0 and entry.type != "count" else Decimal(0)
        added = sum(parts, Decimal(0))
        if abs(added - total) > allowed:
            message = f"“{form.sheet}”表“{entry.label}”合计行为 {total:f}，各行相加为 {added:f}"
            findings.append(
                Finding(
                    "total_mismatch", VERIFY, message, f"{total:f}", f"{added:f}", "核对各行和合计", item=entry.code,
                    label=entry.label, sheet=sheet.name, cell=sheet.place(totals[-1], column),
                )
            )  # fmt: skip
    return findings


def _number(sheet: Sheet, row: int, column: int) -> Decimal | None:
    line = sheet.rows[row]
    text, kind = shown(line[column] if column < len(line) else "")
    return None if text is None else number_in(text, kind)
