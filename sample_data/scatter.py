"""Small, seeded scatter around an intended course, and figures with two decimals that add up exactly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

_CENT = Decimal("0.01")
_EARLIEST, _LATEST = (3, 28), (4, 28)


def wobble(seed: int, code: str, year: int, what: str, spread: float) -> float:
    """A factor around 1 that depends on park, year and subject alone, so that one figure can change without the rest."""
    return Random(f"{seed}/{code}/{year}/{what}").uniform(1 - spread, 1 + spread)


def money(value: float) -> Decimal:
    """`value` with two decimals, half rounded up."""
    return Decimal(repr(value)).quantize(_CENT, ROUND_HALF_UP)


def apportioned(total: Decimal, weights: Sequence[float]) -> list[Decimal]:
    """`total` divided by `weights` into parts of two decimals that add up to it exactly."""
    whole = sum(weights)
    parts = [money(float(total) * weight / whole) for weight in weights]
    largest = max(range(len(parts)), key=lambda index: parts[index])
    parts[largest] += total - sum(parts)
    return parts


def filing_day(seed: int, code: str, year: int) -> date:
    """A working day between the opening of filing and two days before the deadline of 30 April."""
    first, last = date(year + 1, *_EARLIEST), date(year + 1, *_LATEST)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return Random(f"{seed}/{code}/{year}/filed on").choice([day for day in days if day.weekday() < 5])
