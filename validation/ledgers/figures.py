"""Figures of parks from their ledgers: aggregates from an engine, the rest of each formula here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from validation.expression.compile import aggregate_name, compile_expression, missing_column
from validation.expression.parse import Aggregate
from validation.ledgers.definition import PAIRS, PARK, Figure, Ledgers
from validation.ledgers.engines import Engine, aggregate
from validation.ledgers.query import RECORD_COUNT
from validation.ledgers.records import Records

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


def park_figures(records: Mapping[str, Records], definition: Ledgers, year: int, engine: Engine) -> pl.DataFrame:
    """Every figure of every park that has rows of `year` in one of the figure's ledgers (`FIGURES`), sorted by park_code, in the order of the
    definition.

    `records` by code of the ledger; figures that read a ledger that is not there are left out. value is null exactly where reason is not: no
    row, rows without the figure, a zero denominator. records is the number of rows of the year. Each table is read once.
    """
    figures = [figure for figure in definition.figures if all(code in records for code in figure.ledgers)]
    found = {one.sql: one for figure in figures for one in figure.expression.aggregates}
    used = list(dict.fromkeys(code for figure in figures for code in figure.ledgers))
    wide = _wide({code: records[code] for code in used}, list(found.values()), year, engine)
    columns = {aggregate_name(sql): sql for sql in found}
    parts = []
    for place, figure in enumerate(figures):
        compiled = compile_expression(figure.expression, columns, definition.label)
        value = compiled.value.cast(pl.Float64).round_sig_figs(SIGNIFICANT_DIGITS)
        counts = [_count_of(code) for code in figure.ledgers]
        parts.append(
            wide.filter(pl.any_horizontal(pl.col(counts).is_not_null())).select(
                PARK,
                pl.lit(year, pl.Int32).alias("year"),
                pl.lit(figure.code).alias("figure"),
                value.alias("value"),
                pl.coalesce(_unknown(figure, definition), compiled.reason).alias("reason"),
                pl.sum_horizontal(counts).alias(RECORD_COUNT),
                pl.lit(place).alias("#place"),
            )
        )
    empty = pl.DataFrame(schema={**FIGURES, "#place": pl.Int32})
    told = pl.concat([empty, *parts]).sort(PARK, "#place").select(*FIGURES)
    return told.with_columns(pl.when(pl.col("reason").is_null()).then(pl.col("value")).alias("value"))


def _wide(records: Mapping[str, Records], wanted: Sequence[Aggregate], year: int, engine: Engine) -> pl.DataFrame:
    """One row per park with rows of `year` in one of the ledgers: how many of each, and the aggregates."""
    wide = pl.DataFrame(schema={PARK: pl.String})
    paired = []
    for code, own in records.items():
        rows, pairs = ([one for one in wanted if one.table == table] for table in (code, f"{PAIRS}{code}"))
        made = aggregate(own, code, rows, year, engine).rename({RECORD_COUNT: _count_of(code)})
        wide = wide.join(made, on=PARK, how="full", coalesce=True)
        if pairs:
            paired.append(aggregate(own, f"{PAIRS}{code}", pairs, year, engine).drop(RECORD_COUNT))
    for made in paired:
        wide = wide.join(made, on=PARK, how="left")
    missing = [name for one in wanted if (name := missing_column(one.sql)) in wide.columns]
    return wide.with_columns(pl.col(missing).fill_null(0)).sort(PARK)


def _count_of(code: str) -> str:
    return f"#rows.{code}"


def _unknown(figure: Figure, definition: Ledgers) -> pl.Expr:
    """Why a figure of several ledgers is not known of a park that one of them says nothing of."""
    absent = [
        pl.when(pl.col(_count_of(code)).is_null()).then(pl.lit(f"{definition.ledger(code).title}没有该园区"))
        for code in figure.ledgers
    ]
    return pl.coalesce(*absent)
