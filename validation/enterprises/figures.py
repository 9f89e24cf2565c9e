"""Figures of parks from their enterprises: aggregates from an engine, the rest of each formula here."""

from __future__ import annotations

import polars as pl

from validation.enterprises.definition import PAIRS, PARK, ROWS
from validation.enterprises.engines import Engine, aggregate
from validation.enterprises.query import RECORD_COUNT
from validation.enterprises.records import Records
from validation.expression.compile import aggregate_name, compile_expression

SIGNIFICANT_DIGITS = 12
"""As for indicators (metrics.compute): what lies below is the noise of binary arithmetic."""

FIGURES: dict[str, pl.DataType] = {
    "park_code": pl.String(),
    "year": pl.Int32(),
    "figure": pl.String(),
    "value": pl.Float64(),
    "reason": pl.String(),
    "records": pl.Int64(),
}


def park_figures(records: Records, year: int, engine: Engine) -> pl.DataFrame:
    """Every figure of every park that has enterprises in `year` (`FIGURES`), sorted by park_code, in the order of the definition.

    value is null exactly where reason is not: no record, records without the figure, a zero denominator. records is the number of
    rows of the year. Each table is read once.
    """
    definition = records.definition
    expressions = definition.expressions
    found = {one.sql: one for expression in expressions.values() for one in expression.aggregates}
    tables = {
        table: aggregate(records, table, [one for one in found.values() if one.table == table], year, engine)
        for table in (ROWS, PAIRS)
        if table == ROWS or any(one.table == table for one in found.values())
    }
    wide = tables[ROWS]
    if PAIRS in tables:
        wide = wide.join(tables[PAIRS].drop(RECORD_COUNT), on=PARK, how="left", maintain_order="left")
    columns = {aggregate_name(sql): sql for sql in found}
    parts = []
    for place, figure in enumerate(definition.figures):
        compiled = compile_expression(expressions[figure.code], columns, definition.label)
        value = compiled.value.cast(pl.Float64).round_sig_figs(SIGNIFICANT_DIGITS)
        parts.append(
            wide.select(
                PARK,
                pl.lit(year, pl.Int32).alias("year"),
                pl.lit(figure.code).alias("figure"),
                value.alias("value"),
                compiled.reason.alias("reason"),
                RECORD_COUNT,
                pl.lit(place).alias("#place"),
            )
        )
    empty = pl.DataFrame(schema={**FIGURES, "#place": pl.Int32})
    return pl.concat([empty, *parts]).sort(PARK, "#place").select(*FIGURES)
