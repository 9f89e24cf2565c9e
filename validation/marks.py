"""Marks for "nothing to report", and numbers as clerks write them."""

from __future__ import annotations

import re
from decimal import Decimal

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x2212: 0x2D}
# Not NFKC, which would read 10² as 102.
FULL_WIDTH = {chr(wide): chr(half) for wide, half in _FULL_WIDTH.items()}
"""Full-width signs with their half-width ones."""

_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")


def normal(text: str) -> str:
    """`text` in half-width signs and without any space."""
    return "".join(text.translate(_FULL_WIDTH).split())


MISSING_MARKS = frozenset(
    normal(mark)
    for mark in (
        "—", "——", "–", "-", "--", "…", "……", "...", "/", "\\", "无", "空白", "(空白)", "NA", "N/A", "na", "n/a",
        "null", "NULL", "暂无", "不适用",
    )
)  # fmt: skip
"""What clerks write for "nothing to report"; such a cell counts as empty. Full-width forms are the same marks."""


YES_NO = ("是", "否")
YES_NO_MARKS = dict.fromkeys(("1", "√", "✓", "✔", "Y", "YES", "T", "TRUE", "对"), "是") | dict.fromkeys(
    ("0", "×", "✗", "✘", "X", "N", "NO", "F", "FALSE"), "否"
)
"""How systems and clerks write 是 and 否; in capitals, half width, without spaces."""


def missing_mark(text: str) -> bool:
    """Whether `text` only says that there is nothing to report."""
    return normal(text) in MISSING_MARKS


def digits_in(text: str, kind: str) -> str | None:
    """The number written in `text` without separators, or None; spaces and commas separate thousands only."""
    if kind not in ("number", "text"):
        return None
    written = ",".join(text.translate(_FULL_WIDTH).split())
    if _GROUPED.fullmatch(written):
        written = written.replace(",", "")
    return written if _PLAIN.fullmatch(written) else None


def number_in(text: str, kind: str) -> Decimal | None:
    """The number written in `text`, exactly, or None."""
    digits = digits_in(text, kind)
    return None if digits is None else Decimal(digits)
