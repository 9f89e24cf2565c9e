"""Aggregates of sub-tables as columns beside the rows they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import polars as pl
from sqlglot import exp

from validation.expression.compile import Compiler, Labels, missing_column
from validation.expression.parse import Aggregate, Name, TopSum, name_of
from validation.expression.sql import DIGITS, decimals, is_exact, only_doubles, with_doubles

_DOUBLE = "#double"


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
    Sums of Decimal columns are exact, all others are of values rounded as validation.expression.sql says.
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
    inner = {
        Name(aggregate.table, f"{column}{kind}"): f"{aggregate.table}.{column}{kind}"
        for column in used
        for kind in ("", _DOUBLE)
    }
    operands = [part for column in used for part in _operands(table.schema, aggregate, column)]
    rows = table.select(*shared, *operands)
    left = panel.select(*keys, *(column for column in sorted(set(around.values())) if column not in keys))
    if shared:
        joined = left.join(rows, on=shared, how="inner", nulls_equal=False, maintain_order="left_right")
    else:
        joined = left.join(rows, how="cross", maintain_order="left_right")
    compiler = Compiler({**inner, **around}, labels, {})
    kept = joined.filter(_condition(compiler, aggregate))
    value = _summed(
        compiler.visit(_with_doubles(aggregate.argument, aggregate, everything=only_doubles(aggregate))).value,
        aggregate,
    )
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


def rounded(value: pl.Expr, precision: int, scale: int) -> pl.Expr:
    """The Float64 `value` as Decimal, rounded half away from zero, null where it does not fit or is no number."""
    whole = (value * 10.0**scale).round(0, mode="half_away_from_zero")
    fitting = pl.when(whole.abs() < 10.0**precision).then(whole).cast(pl.Decimal(38, 0))
    return (fitting * pl.lit(Decimal(1).scaleb(-scale), pl.Decimal(scale + 1, scale))).cast(
        pl.Decimal(precision, scale)
    )


def _operands(schema: pl.Schema, aggregate: Aggregate, column: str) -> Iterator[pl.Expr]:
    """A column of the sub-table, and the same in binary floating point for where it is multiplied or divided."""
    own, name = pl.col(column), f"{aggregate.table}.{column}"
    yield own.alias(name)
    yield (own.cast(pl.Float64) if schema[column].is_decimal() else own).alias(f"{name}{_DOUBLE}")


def _with_doubles(node: exp.Expr, aggregate: Aggregate, *, everything: bool = False) -> exp.Expr:
    def double(column: exp.Column) -> exp.Expr:
        name = name_of(column)
        return exp.column(f"{name.name}{_DOUBLE}", table=name.space) if name.space == aggregate.table else column

    return with_doubles(node, double, everything=everything)


def _summed(value: pl.Expr, aggregate: Aggregate) -> pl.Expr:
    if is_exact(aggregate) or not isinstance(aggregate.function, exp.Sum | exp.Avg | TopSum):
        return value
    return rounded(value.cast(pl.Float64), DIGITS, decimals(aggregate))


def _condition(compiler: Compiler, aggregate: Aggregate) -> pl.Expr:
    if aggregate.condition is None:
        return pl.lit(True)
    return compiler.visit(_with_doubles(aggregate.condition, aggregate)).value.fill_null(False)


def _missing(aggregate: Aggregate, value: pl.Expr) -> pl.Expr:
    if isinstance(aggregate.function, exp.Count):
        return pl.lit(0, dtype=pl.UInt32).first()
    return value.is_null().sum().cast(pl.UInt32)


def _aggregated(aggregate: Aggregate, value: pl.Expr) -> pl.Expr:
    function = aggregate.function
    if isinstance(function, exp.Count):
        return (value.drop_nulls().n_unique() if aggregate.distinct else value.count()).cast(pl.Float64)
    known = value.count()
    if isinstance(function, exp.Sum):
        return pl.when(known > 0).then(value.sum()).cast(pl.Float64)
    if isinstance(function, exp.Avg):
        return pl.when(known > 0).then(value.sum().cast(pl.Float64) / known)
    if isinstance(function, TopSum):
        top = value.drop_nulls().top_k(int(str(function.expression.this)))
        return pl.when(known > 0).then(top.sum()).cast(pl.Float64)
    if isinstance(function, exp.PercentileCont):
        return value.cast(pl.Float64).quantile(float(str(function.expression.this)), interpolation="linear")
    if isinstance(function, exp.Median):
        return value.cast(pl.Float64).median()
    return (value.min() if isinstance(function, exp.Min) else value.max()).cast(pl.Float64)
