"""How values are written in reports: rounding, separators, dates, marks for what is missing, plain text.

Every figure that is printed goes through `number` or `exact`, so rounding is 四舍五入 (half up) everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from validation.rounding import round_half_up

NULL = "—"
CAP = "……（余略）"
# File systems allow 255 bytes for a name; a Chinese character takes three or four.
FILE_NAME_BYTES = 150
_FORBIDDEN_IN_FILE_NAMES = re.compile(r'[\\/:*?"<>|\s]+')


class Figure(str):
    """A printed figure: the text as it stands on paper, with the number it was made from in `value` (null for `—`).

    A string for every template; a workbook or a chart with hover takes `value`.
    """

    value: float | Decimal | None

    def __new__(cls, text: str, value: float | Decimal | None = None) -> Figure:
        made = super().__new__(cls, text)
        made.value = value
        return made


def number(value: float | Decimal | None, decimals: int, *, signed: bool = False) -> Figure:
    """`value` with thousands separators and `decimals` places; `—` for null; `signed` writes + before gains.

    What rounds to zero has no sign."""
    if value is None:
        return Figure(NULL)
    rounded = round_half_up(value, decimals)
    return Figure(format(rounded, "+,f" if signed and not rounded.is_zero() else ",f"), value)


def difference(value: float | None, other: float | None, decimals: int) -> Figure:
    """`value` less `other` as the reader subtracts them: the two printed figures, not what stands behind them; signed."""
    if value is None or other is None:
        return Figure(NULL)
    return number(round_half_up(value, decimals) - round_half_up(other, decimals), decimals, signed=True)


def exact(value: Decimal | None, decimals: int = 6) -> Figure:
    """A filed figure: all its digits (at most `decimals` places), no trailing zeros; `—` for null."""
    if value is None:
        return Figure(NULL)
    text = number(value, decimals)
    return Figure(text.rstrip("0").rstrip(".") if "." in text else text, value)


def figure(value: object) -> str:
    """One value where it is looked up, on the terminal and in worked sums: at most 4 decimals, no control characters."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float | Decimal):
        text = f"{value:.4f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    return "".join(char if unicodedata.category(char)[0] != "C" else " " for char in str(value))


def chinese_date(day: date | None) -> str:
    """2026年9月1日, without leading zeros as GB/T 9704 writes dates; `—` for null."""
    return NULL if day is None else f"{day.year}年{day.month}月{day.day}日"


def plain(text: object, limit: int = 600) -> str:
    """Free text for print: control and formatting characters become blanks, and at most `limit` characters stay."""
    if text is None:
        return ""
    cleaned = "".join(" " if unicodedata.category(c) in _UNPRINTABLE else c for c in str(text))
    cleaned = " ".join(cleaned.split())
    return cleaned if len(cleaned) <= limit else cleaned[: limit - len(CAP)] + CAP


# Control, formatting (bidirectional overrides), surrogate, private use and unassigned code points.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def or_dash(text: object, limit: int = 600) -> str:
    """`plain`, with `—` where nothing is left."""
    return plain(text, limit) or NULL


def file_name(parts: Iterable[str]) -> str:
    """A file name without extension from `parts` joined by hyphens: no separators, no leading dots, bounded length."""
    cleaned = []
    for part in parts:
        text = _FORBIDDEN_IN_FILE_NAMES.sub("_", plain(part)).strip("._ ")
        cut = text.encode("utf-8")[:FILE_NAME_BYTES].decode("utf-8", errors="ignore")
        cleaned.append(cut or "_")
    return "-".join(cleaned)


def rank_change(change: int | None) -> str:
    """Change of rank in words; positive is a gain; null means there was no rank last year."""
    if change is None:
        return "上年未排名"
    if change == 0:
        return "与上年持平"
    return f"比上年上升 {change} 位" if change > 0 else f"比上年下降 {-change} 位"


def rank_arrow(change: int | None) -> str:
    """Change of rank for table cells: ▲2, ▼1, 平, or `—`."""
    if change is None:
        return NULL
    if change == 0:
        return "平"
    return f"▲{change}" if change > 0 else f"▼{-change}"


def gap_unit(unit: str) -> str:
    """The unit of a difference: percentages differ by 个百分点, everything else by its own unit."""
    return "个百分点" if unit == "%" else unit


def enumerate_chinese(names: Iterable[str], limit: int = 12) -> str:
    """Names joined by 、, with 等 N 个 after the first `limit`."""
    listed = list(names)
    text = "、".join(listed[:limit])
    return text if len(listed) <= limit else f"{text}等 {len(listed)} 个"


def chinese_numeral(position: int) -> str:
    """一 to 九十九, for the numbers of chapters."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(position, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else f"{digits[tens]}十")
    return head + (digits[ones] if ones or not tens else "")


def group_title(group: str) -> str:
    """A group as it is spoken of: 省级 is 省级园区, a name that says so already stays as it is."""
    return group if group.endswith(("园区", "区")) else f"{group}园区"
