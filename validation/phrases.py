"""Phrases of checks as text columns: the figures of a row in place of the expressions."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl
from sqlglot import exp

from validation.checks import Phrase
from validation.expression import Expression, Name
from validation.expression.compile import Labels, compile_value
from validation.expression.parse import name_of
from validation.expression.reading import number_text
from validation.rounding import rounded_half_up


def phrase_text(phrase: Phrase, columns: Mapping[Name, str], labels: Labels, texts: Collection[Name] = ()) -> pl.Expr:
    """`phrase` over a frame whose `columns` hold the names; a figure that cannot be computed reads 缺.

    `texts` are names of texts and dates, which stand in a phrase by themselves.
    """
    parts = [
        pl.lit(part) if isinstance(part, str) else _figure(part[0], part[1], columns, labels, texts)
        for part in phrase.parts
    ]
    return pl.concat_str(parts) if parts else pl.lit("")


def _figure(
    expression: Expression,
    decimals: int | None,
    columns: Mapping[Name, str],
    labels: Labels,
    texts: Collection[Name],
) -> pl.Expr:
    if isinstance(expression.tree, exp.Column) and name_of(expression.tree) in texts:
        return pl.coalesce(pl.col(columns[name_of(expression.tree)]).cast(pl.String).str.slice(0, 40), pl.lit("缺"))
    # What is not finite has no decimal text either, so that the value needs no guard of its own.
    number = compile_value(expression.tree, columns, labels).cast(pl.Float64)
    return pl.coalesce(number_text(number if decimals is None else rounded_half_up(number, decimals)), pl.lit("缺"))
