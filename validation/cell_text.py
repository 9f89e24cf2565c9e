"""The value of a cell as the text that stands in it, and the names of cells."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any


class NumberText(str):
    """A number exactly as it is written in a text file."""

    __slots__ = ()


def shown(value: Any) -> tuple[str | None, str]:
    """A cell value as text and its kind; numbers in shortest form without exponent, dates as YYYY-MM-DD."""
    if isinstance(value, str):
        if isinstance(value, NumberText):
            return str(value), "number"
        return (value, "text") if value.strip() else (None, "empty")
    if isinstance(value, bool):
        return ("是" if value else "否"), "boolean"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, Decimal):
        return (format(value, "f"), "number") if value.is_finite() else (str(value), "error")
    if isinstance(value, datetime):
        return value.date().isoformat(), "date"
    if isinstance(value, date):
        return value.isoformat(), "date"
    if isinstance(value, time | timedelta):
        return str(value), "text"
    return None, "empty"


def number_text(value: float) -> tuple[str, str]:
    """Shortest decimal text that reads back as `value`; what is not finite is of kind error."""
    if not math.isfinite(value):
        return str(value), "error"
    if value == int(value) and abs(value) < 1e15:
        return str(int(value)), "number"
    text = repr(value)
    return (text if "e" not in text and isinstance(value, float) else format(Decimal(text), "f")).removesuffix(
        ".0"
    ), "number"


@cache
def letters(column: int) -> str:
    """The letters of a column counted from 0."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def number_of(name: str) -> int:
    """The column counted from 0 of its letters."""
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number - 1
