"""How many enterprises stand behind a sum, and how much of it the largest one has: what a release must know before it gives the sum out."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from sqlglot import exp

from validation.expression import Expression, parse
from validation.expression.parse import Aggregate
from validation.ledgers.definition import PARK, Figure, Ledger, Ledgers
from validation.ledgers.engines import Engine, aggregate
from validation.ledgers.records import Records

BEHIND: dict[str, pl.DataType] = {
    PARK: pl.String(),
    "figure": pl.String(),
    "contributors": pl.Int64(),
    "largest_share_pct": pl.Int32(),
}
_STEP_PCT = 5
"""The share of the largest is kept in steps, rounded up: enough for the rules of a release, too coarse to be the enterprise's figure."""
_LEAST_PCT = 50
"""Smaller shares are told as this one; no rule of a release asks for less."""


def contributions(records: Mapping[str, Records], definition: Ledgers, year: int, engine: Engine) -> pl.DataFrame:
    """For every figure that is held against an item and is a sum over enterprises (`BEHIND`): how many have a part of it that is not
    zero, and the share of the largest part in steps of 5 %, at least 50; null where the sum is zero. Sorted by park, in the order of the
    definition.

    Parts below zero count by their size, which overstates the share of the largest. Sums of projects and parcels are left out:
    an enterprise may have several.
    """
    parts = [pl.DataFrame(schema={**BEHIND, "#place": pl.Int32})]
    for code, own in records.items():
        if not own.definition.of_enterprises:
            continue
        sums = {
            place: (figure, one)
            for place, figure in enumerate(definition.figures)
            if (one := sum_behind(figure, own.definition)) is not None
        }
        wanted = {place: _asked(figure, one, own.definition) for place, (figure, one) in sums.items()}
        asked = {one.sql: one for expressions in wanted.values() for part in expressions for one in part.aggregates}
        if not asked:
            continue
        wide = aggregate(own, code, list(asked.values()), year, engine)
        for place, (figure, _) in sums.items():
            whole, count, most, least = (pl.col(part.aggregates[0].sql) for part in wanted[place])
            largest = pl.max_horizontal(most, -least)
            share = pl.when(whole != 0).then(100 * largest / whole.abs())
            steps = (share / _STEP_PCT - 1e-9).ceil() * _STEP_PCT
            parts.append(
                wide.select(
                    PARK,
                    pl.lit(figure.code).alias("figure"),
                    count.cast(pl.Int64).alias("contributors"),
                    steps.clip(_LEAST_PCT, 100).cast(pl.Int32).alias("largest_share_pct"),
                    pl.lit(place, pl.Int32).alias("#place"),
                )
            )
    return pl.concat(parts).sort(PARK, "#place").select(*BEHIND)


def sum_behind(figure: Figure, ledger: Ledger) -> Aggregate | None:
    """The sum over `ledger` that a figure held against an item is, perhaps times a constant; None where it is something else."""
    aggregates = figure.expression.aggregates
    if not figure.item or len(aggregates) != 1:
        return None
    one = aggregates[0]
    return one if one.table == ledger.code and isinstance(one.function, exp.Sum) and not one.distinct else None


def _asked(figure: Figure, one: Aggregate, ledger: Ledger) -> tuple[Expression, Expression, Expression, Expression]:
    """The sum itself, how many parts are not zero, the largest and the least part."""
    argument = one.argument.sql(dialect="duckdb")
    only = f"({one.condition.sql(dialect='duckdb')}) AND " if one.condition is not None else ""
    where = f" FILTER (WHERE {only[:-5]})" if only else ""
    texts = (
        one.sql,
        f"COUNT({ledger.code}.{ledger.key}) FILTER (WHERE {only}{argument} <> 0)",
        f"MAX({argument}){where}",
        f"MIN({argument}){where}",
    )
    whole, count, most, least = (parse(text, figure.code) for text in texts)
    return whole, count, most, least
