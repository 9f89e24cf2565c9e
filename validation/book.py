"""A file of any kind as sheets of rows, with what its reader would have hidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from validation.cell_text import letters
from validation.finding import Finding
from validation.sheet_scan import OddKind

UNCALCULATED = "（公式未计算）"


@dataclass(frozen=True)
class Sheet:
    """One sheet from its first row and column.

    `odd` maps (row, column), both from 0, to kind and text of cells that show less than there is; `merged` are rectangles
    (first row, first column, last row, last column); `lines` says that places are told as line and column of a text file.
    """

    name: str
    rows: list[list[Any]]
    hidden: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()
    odd: Mapping[tuple[int, int], tuple[OddKind, str]] = field(default_factory=dict)
    lines: bool = False

    def place(self, row: int, column: int) -> str:
        """The name of a cell: `D4`, in text files and tables without sheets `第 4 行 D 列`."""
        return f"第 {row + 1} 行 {letters(column)} 列" if self.lines else f"{letters(column)}{row + 1}"


@dataclass(frozen=True)
class Book:
    """The sheets of a file in their order; `findings` tell what its reader had to decide."""

    sheets: tuple[Sheet, ...]
    findings: tuple[Finding, ...] = ()
