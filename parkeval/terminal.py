"""Tables for the terminal that stay within its width: cells wrap, and what is still too wide stands record under record."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from parkeval.printing import text_table, width

USUAL = 100
"""Columns where nothing is known of the terminal: results in a pipe, tests."""

_NARROWEST, _WIDEST = 60, 160
_CELL = 10
"""No column of words is set narrower."""
_GAP = 2
_CLOSING = "、，；。：）”"
_BREAKS = f"{_CLOSING} "
_NAME = 36
"""A first column, of names, wraps where it is wider than this."""


def terminal_columns() -> int:
    """How many columns there are to fill."""
    return min(max(shutil.get_terminal_size((USUAL, 24)).columns, _NARROWEST), _WIDEST)


def fitted_table(names: Sequence[str], rows: Sequence[Sequence[str]], columns: int | None = None) -> str:
    """The table within `columns` (of the terminal, by default): the widest columns wrap; else one record under another."""
    room = columns or terminal_columns()
    sizes = [max([width(name), *(width(row[place]) for row in rows)], default=0) for place, name in enumerate(names)]
    least = [
        max(width(name), min(size, _CELL if place else _NAME))
        for place, (name, size) in enumerate(zip(names, sizes, strict=True))
    ]
    gaps = _GAP * (len(names) - 1)
    if sum(least) + gaps > room:
        return _records(names, rows, room)
    while sum(sizes) + gaps > room:
        widest = max(
            (place for place in range(len(sizes)) if sizes[place] > least[place]), key=lambda place: sizes[place]
        )
        sizes[widest] -= 1
    lines: list[list[str]] = []
    for row in rows:
        cells = [wrapped(cell, size) for cell, size in zip(row, sizes, strict=True)]
        height = max(len(cell) for cell in cells)
        lines += [[cell[line] if line < len(cell) else "" for cell in cells] for line in range(height)]
    return text_table(names, lines)


def _records(names: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> str:
    """Every row as lines of name and value, the first column as its head."""
    said = []
    for row in rows:
        said += [f"{line}\n" for line in wrapped(row[0], room)]
        for name, cell in zip(names[1:], row[1:], strict=True):
            first, *more = wrapped(f"{name}：{cell}", room - 2)
            said += [f"  {first}\n", *(f"    {line}\n" for line in more)]
    return "".join(said)


def wrapped(text: str, size: int) -> list[str]:
    """`text` in lines of at most `size` columns, broken behind punctuation and blanks where the line would not be half empty."""
    lines: list[str] = []
    line = ""
    for char in text:
        if width(line) + width(char) > size and line:
            cut = max((place for place, one in enumerate(line) if one in _BREAKS), default=-1) + 1
            if width(line[:cut]) * 2 <= size:
                # No line begins with what closes.
                cut = len(line) - (char in _CLOSING and len(line) > 1)
            lines.append(line[:cut].rstrip())
            line = line[cut:].lstrip()
        line += char
    return [*lines, line.rstrip()] if line.strip() or not lines else lines
