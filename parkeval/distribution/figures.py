"""Figures by which a park can be recognised: their significant digits, who owns them, and how likely chance is.

A figure is known by its significant digits, wherever the decimal point stands and whatever the unit: 226757.34 万元 and
2.2675734 亿元 are the same. A published value stands for its roundings too. Short figures are everywhere and tell nothing;
long ones tell whose they are. What decides is how likely it is that a package holds them by chance, see `chance`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NUMBER = re.compile(
    r"(?<![0-9A-Za-z_.])(?:\d{1,3}(?:,\d{3})+(?![\d])|\d+)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?(?![0-9A-Za-z_]|\.\d)"
)
_IS_WIDE = re.compile("[０-９]")
_WIDE = str.maketrans("０１２３４５６７８９．", "0123456789.")
LONGEST = 12
"""Significant digits that are compared; floating point holds no more without doubt."""


def figures_in(text: str, fewest: int) -> set[int]:
    """Significant digits, as a whole number, of every number in `text` that has at least `fewest`."""
    found = set()
    for match in _NUMBER.finditer(text.translate(_WIDE) if _IS_WIDE.search(text) else text):
        written = match.group()
        # Between commas there may be figures of a CSV line as well as thousands.
        for part in (written, *written.split(",")) if "," in written else (written,):
            key = significant(part)
            if key >= 10 ** (fewest - 1):
                found.add(key)
    return found


def significant(number: str) -> int:
    """Significant digits of a number as written, zeros at both ends left out: 1,180.50 gives 11805."""
    mantissa = number.lower().partition("e")[0].replace(",", "").replace(".", "").strip("0")
    if len(mantissa) > LONGEST:
        # More digits than a stored value holds without doubt: 5047.8199999999997 is 5047.82.
        mantissa = str(round(int(mantissa[: LONGEST + 3]) / 1000)).rstrip("0")
    return int(mantissa or 0)


@dataclass(frozen=True)
class Owned:
    """All figures of all parks: `keys` sorted, beside each the position of its park; `counts[n]` figures of n digits."""

    keys: NDArray[np.int64]
    owners: NDArray[np.int32]
    parks: int
    counts: tuple[int, ...]

    def of(self, key: int) -> set[int]:
        """The parks that have the figure."""
        import numpy as np

        first, last = np.searchsorted(self.keys, [key, key + 1])
        return set(self.owners[first:last].tolist())


def keys_of(values: NDArray[np.float64], fewest: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """Per number of digits from `fewest` on: the significant digits of each value rounded to as many, and which are of use."""
    import numpy as np

    size = np.abs(values)
    usable = np.isfinite(size) & (size > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.where(usable, np.floor(np.log10(np.where(usable, size, 1.0))), 0.0)
    for digits in range(fewest, LONGEST + 1):
        scaled = np.where(usable, size, 0.0) * 10.0 ** (digits - 1 - exponent)
        # A five to be rounded may lie a hair to either side in floating point: both are kept.
        for nudge in (-1e-6, 1e-6) if digits < LONGEST - 2 else (0.0,):
            rounded = np.floor(scaled + 0.5 + nudge).astype(np.int64)
            yield _stripped(rounded), usable


def owned(values: Sequence[tuple[NDArray[np.float64], NDArray[np.int32]]], parks: int, fewest: int) -> Owned:
    """Figures of (values, park of each value); figures with fewer than `fewest` digits are left out."""
    import numpy as np

    gathered = [np.empty((0, 2), np.int64)]
    for numbers, of in values:
        for keys, usable in keys_of(numbers, fewest):
            keep = usable & (keys >= 10 ** (fewest - 1))
            gathered.append(np.unique(np.column_stack([keys[keep], of[keep].astype(np.int64)]), axis=0))
    pairs = np.unique(np.concatenate(gathered), axis=0)
    counts = tuple(int(np.count_nonzero(_has(pairs[:, 0], digits))) for digits in range(LONGEST + 2))
    return Owned(pairs[:, 0].copy(), pairs[:, 1].astype(np.int32), parks, counts)


def _has(keys: NDArray[np.int64], digits: int) -> Any:
    return (keys >= 10 ** (digits - 1)) & (keys < 10**digits) if digits else keys < 0


def _stripped(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    import numpy as np

    for _ in range(LONGEST):
        round_number = (keys % 10 == 0) & (keys > 0)
        if not round_number.any():
            break
        keys = np.where(round_number, keys // 10, keys)
    return keys


def is_small_fraction(key: int, largest_denominator: int) -> bool:
    """Whether the digits are those of a fraction of small whole numbers (1/3, 2/7), at any place of the decimal point."""
    digits = len(str(key))
    for shift in range(2):
        value = Fraction(key, 10 ** (digits - 1 + shift))
        near = value.limit_denominator(largest_denominator) if largest_denominator else Fraction(0)
        if near and abs(near - value) <= Fraction(1, 2 * 10 ** (digits - 1 + shift)):
            return True
    return False


def chance(matched: Iterable[int], unexplained: Iterable[int], all_figures: Owned) -> float:
    """How likely it is that some park's figures turn up by chance as those in `matched` did.

    Expected number of parks of which all these figures occur among the `unexplained` figures of a package, if those were
    drawn at random among all numbers with as many digits: parks × ∏ min(1, u × c ÷ 8.1·10ⁿ⁻¹), with u unexplained figures
    of n digits and c figures of n digits that a park has on average.
    """
    seen = [0] * (LONGEST + 2)
    for key in unexplained:
        seen[len(str(key))] += 1
    likely = float(max(all_figures.parks - 1, 1))
    for key in matched:
        digits = len(str(key))
        mean = all_figures.counts[digits] / max(all_figures.parks, 1)
        likely *= min(1.0, seen[digits] * mean / (8.1 * 10 ** (digits - 1)))
    return likely
