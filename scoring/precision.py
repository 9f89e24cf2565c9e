"""How many decimals a figure is told with, the same on paper, page, workbook and in worked sums."""

from __future__ import annotations

from validation.rounding import round_half_up

SCORE_DECIMALS = 2
"""Of scores and points, on every paper."""


def decimals_of_mean(decimals: int) -> int:
    """Decimals of a mean or median of figures that have `decimals`: counts average to tenths, all others as they are."""
    return max(decimals, 1)


def percent_text(share: float) -> str:
    """A share of 0 to 1 as 80.4%, half up as everywhere."""
    return f"{round_half_up(100 * share, 1)}%"
