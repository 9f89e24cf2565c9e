"""A sheet of a park's own table as a grid of heads and values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from validation.book import Sheet
from validation.labels import Head, LabelBook, plain
from validation.marks import missing_mark, number_in

_NOTHING = Head("")


@dataclass(frozen=True)
class Placed:
    """One cell that belongs to a form: where it stands, what it is and the unit the table tells for it.

    `record` is 0 for items, else the sheet row (counted from 1) of the record. `content` replaces the cell's value where the cell
    also holds the label. `unit` is None where the table tells none.
    """

    form: str
    field: str
    row: int
    column: int
    record: int = 0
    period: str = "this"
    unit: str | None = None
    content: str | None = None


class Grid:
    """Heads and values of one sheet; covered cells of a merged rectangle repeat its first cell when read as heads."""

    def __init__(self, sheet: Sheet, labels: LabelBook) -> None:
        self.sheet = sheet
        self.labels = labels
        self.rows = sheet.rows
        self.height = len(sheet.rows)
        self.width = max((len(row) for row in sheet.rows), default=0)
        self._first: dict[tuple[int, int], tuple[int, int]] = {}
        for top, left, bottom, right in sheet.merged:
            for row in range(top, min(bottom, self.height - 1) + 1):
                for column in range(left, min(right, self.width - 1) + 1):
                    self._first[row, column] = (top, left)

    def value(self, row: int, column: int) -> Any:
        """What stands in a cell; an empty text outside of the sheet."""
        if 0 <= row < self.height and 0 <= column < len(self.rows[row]):
            value = self.rows[row][column]
            return "" if value is None else value
        return ""

    def spread(self, row: int, column: int) -> Any:
        """What stands in a cell, or in the merged rectangle that covers it."""
        return self.value(*self._first.get((row, column), (row, column)))

    def empty(self, row: int, column: int) -> bool:
        """Whether nothing stands in a cell; an error or a formula without result is something."""
        value = self.value(row, column)
        return isinstance(value, str) and not value.strip() and (row, column) not in self.sheet.odd

    def head(self, row: int, column: int, *, spread: bool = False) -> Head:
        """What a cell says as a head; with `spread`, a covered cell says what its merged rectangle says."""
        if spread:
            row, column = self._first.get((row, column), (row, column))
        value = self.value(row, column)
        if isinstance(value, bool) or value == "":
            return _NOTHING
        if isinstance(value, str):
            return self.labels.head(value)
        if isinstance(value, int | float) and value == int(value) and 1900 <= value <= 2200:
            return Head(str(int(value)), period=str(int(value)))
        return _NOTHING

    def covered(self, row: int, column: int) -> bool:
        """Whether a cell lies in a merged rectangle without being its first."""
        return self._first.get((row, column), (row, column)) != (row, column)

    def numeric(self, row: int, column: int) -> bool:
        """Whether a cell holds a number, a mark for a missing one, or a formula or error in its place."""
        if (row, column) in self.sheet.odd:
            return True
        value = self.value(row, column)
        if isinstance(value, str):
            return bool(value.strip()) and (missing_mark(value) or number_in(value.rstrip("%％"), "text") is not None)
        return isinstance(value, int | float | Decimal) and not isinstance(value, bool)

    def blank(self, row: int) -> bool:
        """Whether nothing stands in a row."""
        return all(self.empty(row, column) for column in range(self.width))

    def inline(self) -> Iterator[tuple[int, int, str, str]]:
        """Row, column, label and content of cells that hold both, `填表人：张三　单位负责人：李四`."""
        for row, cells in enumerate(self.rows):
            for column, value in enumerate(cells):
                if isinstance(value, str) and (":" in value or "：" in value):
                    yield from ((row, column, *pair) for pair in _pairs(value))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Labels and contents of one cell: a label is the last word before a colon, its content ends where the next label starts."""
    pieces = text.replace("：", ":").split(":")
    label = pieces[0].split()[-1] if pieces[0].split() else ""
    for at, piece in enumerate(pieces[1:], 1):
        words = piece.split()
        last = at == len(pieces) - 1
        following = "" if last or not words else words[-1]
        content = " ".join(words if last else words[:-1])
        if label and content:
            yield label, content
        label = following


def cell_text(value: Any) -> str:
    """A value as a short text without spaces, for comparison: dates and whole numbers in their usual spelling."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()[:10]
    return plain(str(value))
