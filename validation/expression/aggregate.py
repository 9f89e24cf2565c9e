"""Aggregates of sub-tables as columns beside the rows they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl
from sqlglot import exp

from validation.expression.compile import Compiler, Labels, missing_column
from validation.expression.parse import Aggregate, Name, TopSum
from validation.expression.sql import factors, is_exact


def aggregate_columns(
    panel: pl.DataFrame,
    aggregates: Iterable[Aggregate],
    tables: Mapping[str, pl.DataFrame],
    keys: Sequence[str],
    surroundings: Mapping[Name, str],
    labels: Labels,
) -> pl.DataFrame:
    """`panel` with two columns per aggregate: its value (named by its SQL) and `…#missing`.

    panel: one row per `keys` (such as park_code, year). A sub-table is joined on those of the keys it has; a table
    without a year is seen by every year. `surroundings` maps names that are not of the table (`park.`, `calendar.`,
    `param.`) to columns of the panel. `#missing` counts records that pass the condition but have no value, so that a
    sum over incomplete records is never taken for the whole. No record: SUM and the like are null, COUNT is 0.
    Sums of Decimal columns are exact.
    """
    for aggregate in {item.sql: item for item in aggregates}.values():
        panel = _with_aggregate(panel, aggregate, tables[aggregate.table], keys, surroundings, labels)
    return panel


def _with_aggregate(
    panel: pl.DataFrame,
    aggregate: Aggregate,
    table: pl.DataFrame,
    keys: Sequence[str],
    surroundings: Mapping[Name, str],
    labels: Labels,
) -> pl.DataFrame:
    if aggregate.sql in panel.columns:
        return panel
    shared = [key for key in keys if key in table.columns]
    used = sorted({name.name for name in aggregate.names if name.space == aggregate.table})
    around = {name: surroundings[name] for name in aggregate.names if name.space != aggregate.table}
    inner = {Name(aggregate.table, column): f"{aggregate.table}.{column}" for column in used}
    rows = table.select(*shared, *(_operand(table.schema, aggregate, column) for column in used))
    left = panel.select(*keys, *(column for column in sorted(set(around.values())) if column not in keys))
    if shared:
        joined = left.join(rows, on=shared, how="inner", nulls_equal=False, maintain_order="left_right")
    else:
        joined = left.join(rows, how="cross", maintain_order="left_right")
    compiler = Compiler({**inner, **around}, labels, {})
    kept = joined.filter(_condition(compiler, aggregate))
    value = compiler.visit(aggregate.argument).value
    grouped = kept.group_by(keys, maintain_order=True).agg(
        _aggregated(aggregate, value).alias(aggregate.sql),
        _missing(aggregate, value).alias(missing_column(aggregate.sql)),
    )
    result = panel.join(grouped, on=list(keys), how="left", maintain_order="left")
    empty = 0 if isinstance(aggregate.function, exp.Count) else None
    return result.with_columns(
        pl.col(aggregate.sql).fill_null(empty) if empty is not None else pl.col(aggregate.sql),
        pl.col(missing_column(aggregate.sql)).fill_null(0),
    )


def _operand(schema: pl.Schema, aggregate: Aggregate, column: str) -> pl.Expr:
    """A column of the sub-table; in binary floating point where it is multiplied or divided, which would cut decimals off."""
    own = pl.col(column)
    if schema[column].is_decimal() and (not is_exact(aggregate) or column in factors(aggregate)):
        own = own.cast(pl.Float64)
    return own.alias(f"{aggregate.table}.{column}")


def _condition(compiler: Compiler, aggregate: Aggregate) -> pl.Expr:
    if aggregate.condition is None:
        return pl.lit(True)
    return compiler.visit(aggregate.condition).value.fill_null(False)


def _missing(aggregate: Aggregate, value: pl.Expr) -> pl.Expr:
    if isinstance(aggregate.function, exp.Count):
        return pl.lit(0, dtype=pl.UInt32).first()
    return value.is_null().sum().cast(pl.UInt32)


def _aggregated(aggregate: Aggregate, value: pl.Expr) -> pl.Expr:
    function = aggregate.function
    if isinstance(function, exp.Count):
        return (value.drop_nulls().n_unique() if aggregate.distinct else value.count()).cast(pl.Float64)
    if isinstance(function, exp.Sum):
        return pl.when(value.count() > 0).then(value.sum()).cast(pl.Float64)
    built: dict[type[exp.Expr], pl.Expr] = {
        exp.Min: value.min(),
        exp.Max: value.max(),
        exp.Avg: value.mean(),
        exp.Median: value.median(),
    }
    if isinstance(function, exp.PercentileCont):
        return value.cast(pl.Float64).quantile(float(str(function.expression.this)), interpolation="linear")
    if isinstance(function, TopSum):
        top = value.drop_nulls().top_k(int(str(function.expression.this)))
        return pl.when(value.count() > 0).then(top.sum()).cast(pl.Float64)
    return built[type(function)].cast(pl.Float64)
