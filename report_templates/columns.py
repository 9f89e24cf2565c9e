"""How wide the columns of a table must be for what they hold, and where figures stand in them.

Tables are set with fixed widths, since a free layout takes seconds with long text. So what a column holds is measured here
before the table is set: columns that would overflow take width from a column of text, and figures of different decimals
get the room at their right that puts their decimal points below each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

# Advance widths of the faces of tables, in em: Chinese characters fill the square, figures half of it and a little more.
_WIDE, _DIGIT, _POINT, _OTHER = 1.0, 0.56, 0.33, 0.6
_NARROW = frozenset(".,-:;!|'()[] ")
_FIRST_WIDE = 0x2013
_MM_PER_PT = 25.4 / 72
# What stands beside the text of a cell, as in print.css (1.2 mm at either side), and a hair for rounding.
PADDING_MM = 2.7
# A column of names that is narrower than this breaks every name.
LEAST_TEXT_MM = 34.0
# A column of figures that decimals below each other would make wider than this has its figures at the right edge instead.
_WIDEST_ALIGNED_MM = 24.0
_FIGURE = re.compile(r"^(?:[≥≤><=＝＞＜]\s*)?[-+]?[\d,]+(?:\.(\d+))?$")
# Rooms at the right for which print.css has classes.
_MOST_PLACES = 6


def text_mm(text: str, size_pt: float = 8.0) -> float:
    """About how wide a text is on one line, in millimetres."""
    em = sum(
        _POINT if sign in _NARROW else _DIGIT if sign.isdigit() else _WIDE if ord(sign) >= _FIRST_WIDE else _OTHER
        for sign in text
    )
    return em * size_pt * _MM_PER_PT


def places(text: str) -> int | None:
    """The decimals of a printed figure, also behind a sign of comparison; None for what is not one."""
    found = _FIGURE.match(text)
    return None if found is None else len(found.group(1) or "")


class Held:
    """What one column holds: its texts, the width they need, and the room that aligns a figure with the others.

    What stands in brackets behind a text has a line of its own. `width_mm` is what the column got when the widths of the
    table were settled.
    """

    def __init__(self, texts: Iterable[object], size_pt: float = 8.0) -> None:
        self._texts = [str(text) for text in texts]
        self._size = size_pt
        found = (places(_parted(text)[0]) for text in self._texts)
        self._places = max((of_text for of_text in found if of_text is not None), default=0)
        if self.need_mm > _WIDEST_ALIGNED_MM:
            self._places = 0
        self.width_mm: float | None = None

    @property
    def need_mm(self) -> float:
        """The width of the widest text with the room at its right, and of the padding."""
        return max((self._mm(text) for text in self._texts), default=0.0) + PADDING_MM

    def room(self, text: object) -> str:
        """Class of the cell of `text`: `d2` lacks two decimals, `i2` also the point; `wide` does not fit its column."""
        said = str(text)
        if self.width_mm is not None and self._mm(said) + PADDING_MM > self.width_mm:
            return "wide"
        return self._room(said)

    def _room(self, text: str) -> str:
        head = _parted(text)[0]
        found = places(head)
        lacking = 0 if found is None else max(min(self._places - found, _MOST_PLACES), 0)
        return "" if lacking == 0 else f"{'d' if '.' in head else 'i'}{lacking}"

    def _mm(self, text: str) -> float:
        room = self._room(text)
        lacking = int(room[1:]) * _DIGIT + (_POINT if room[0] == "i" else 0) if room else 0.0
        head, behind = _parted(text)
        return max(text_mm(head, self._size) + lacking * self._size * _MM_PER_PT, text_mm(behind, self._size))


def _parted(text: str) -> tuple[str, str]:
    """A text, and what stands in brackets behind it."""
    head, mark, behind = text.partition("（")
    return (head, mark + behind) if head else (text, "")


def fitted(widths: Sequence[float], held: Mapping[int, Held], text: int = 0) -> list[float]:
    """The widths of a table in millimetres, those of `held` columns not less than what these need.

    What they need more comes from the column `text`, which keeps `LEAST_TEXT_MM`; where that is not enough, what can be had is
    shared out in proportion to the lack. The sum of the widths does not change.
    """
    lacks = {at: max(column.need_mm - widths[at], 0.0) for at, column in held.items()}
    lacking = sum(lacks.values())
    spare = max(widths[text] - LEAST_TEXT_MM, 0.0)
    share = 1.0 if lacking <= spare else spare / lacking
    found = [width + share * lacks.get(at, 0.0) for at, width in enumerate(widths)]
    found[text] -= share * lacking
    for at, column in held.items():
        column.width_mm = found[at]
    return [round(width, 2) for width in found]
