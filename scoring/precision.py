"""How many decimals a figure is told with: one place for paper, page, workbook and worked sums."""

from __future__ import annotations

SCORE_DECIMALS = 2
"""Of scores and points, on every paper."""


def decimals_of_mean(decimals: int) -> int:
    """Decimals of a mean or median of figures that have `decimals`: counts average to tenths, all others as they are."""
    return max(decimals, 1)
