"""Sheets of the result book as plain data: columns with their meaning, rows of text and figures; nothing of a spreadsheet yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from report_templates.formatting import plain
from report_templates.published import Published, Row

LONGEST_TEXT = 32_767
"""Characters that a cell of a workbook holds."""


class Amount(NamedTuple):
    """A number with the decimal places in which it is shown; null is an empty cell."""

    value: float | int | Decimal | None
    decimals: int


Value = str | int | Amount | date | None


@dataclass(frozen=True)
class Column:
    """One column: head (with its unit, where all rows share one), width in characters, meaning, and the result column it shows.

    `mark` names a discreet mark of the cells: `rank` (the first three), `change` (arrows), `bar` (length of the figure),
    `warn` (more than nothing).
    """

    label: str
    width: int
    meaning: str
    source: str
    unit: str = ""
    mark: str = ""

    @property
    def head(self) -> str:
        return f"{self.label}（{self.unit}）" if self.unit else self.label


@dataclass(frozen=True)
class Sheet:
    """One sheet; `rows` gives the records each time anew, so that a long sheet is never held whole. `frozen` columns stay in view."""

    name: str
    about: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterable[Sequence[Value]]]
    frozen: int = 0


def text(value: object) -> str:
    """Free text for a cell: control characters become blanks."""
    return plain(value, LONGEST_TEXT)


def yes_no(value: bool | None, yes: str = "是", no: str = "否") -> str:
    """A truth value in words; empty for null."""
    return "" if value is None else yes if value else no


CODE = Column("园区代码", 12, "园区名录中的代码", "park_code")
PARK = Column("园区", 26, "本年度园区名录中的名称", "parks.name")


class Parks:
    """Code and name of every park of the register, and the order of parks: by code."""

    def __init__(self, results: Published) -> None:
        self._names = {row["park_code"]: text(row["name"]) for row in results.rows("parks")}

    def of(self, row: Row) -> tuple[str, str]:
        """Code and name for the first two columns of a record; a row of no park has neither."""
        code = row["park_code"] or ""
        return text(code), self._names.get(code, "")
