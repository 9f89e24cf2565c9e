"""Phrases of checks as text columns: the figures of a row in place of the expressions."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from validation.checks import Phrase
from validation.expression import Expression, Name
from validation.expression.compile import Labels, compile_value
from validation.expression.reading import number_text


def phrase_text(phrase: Phrase, columns: Mapping[Name, str], labels: Labels) -> pl.Expr:
    """`phrase` over a frame whose `columns` hold the names; a figure that cannot be computed reads 缺."""
    parts = [
        pl.lit(part) if isinstance(part, str) else _figure(part[0], part[1], columns, labels) for part in phrase.parts
    ]
    return pl.concat_str(parts) if parts else pl.lit("")


def _figure(expression: Expression, decimals: int | None, columns: Mapping[Name, str], labels: Labels) -> pl.Expr:
    # What is not finite has no decimal text either, so that the value needs no guard of its own.
    number = compile_value(expression, columns, labels).cast(pl.Float64)
    return pl.coalesce(number_text(number if decimals is None else number.round(decimals)), pl.lit("缺"))
