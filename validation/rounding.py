"""Rounding half up (四舍五入): the one rule by which figures are told, for single figures and for columns."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import polars as pl

KEPT_DECIMALS = 9
"""Decimals of a column that are looked at, more than any figure is told with: what lies below is the noise of binary arithmetic."""


def round_half_up(value: float | Decimal, decimals: int) -> Decimal:
    """`value` to `decimals` places, a 5 rounded away from zero; the float is taken as it is printed (2.675 gives 2.68)."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded.is_zero() else rounded


def rounded_half_up(column: pl.Expr, decimals: int) -> pl.Expr:
    """A column of figures to `decimals` places like `round_half_up`, as Decimal; null for what has no decimal form."""
    kept = column.cast(pl.Float64).round(KEPT_DECIMALS).cast(pl.Decimal(38, KEPT_DECIMALS), strict=False)
    return kept.round(min(decimals, KEPT_DECIMALS), mode="half_away_from_zero")
