"""Aggregates of one table as one SQL statement in DuckDB's dialect, and the same for Spark by sqlglot.

Sums of bare columns, and of their sums and differences, are exact in DECIMAL; what is multiplied or divided is computed in DOUBLE and summed
as DECIMAL of six decimals, so that no figure depends on the order in which rows arrive. Quantiles are interpolated in DOUBLE.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from sqlglot import exp

from validation.expression.compile import missing_column
from validation.expression.parse import AGGREGATES, Aggregate, TopSum, name_of
from validation.problems import Problem

Dialect = Literal["duckdb", "spark"]

SUMMED = "DECIMAL(38, 6)"
"""What is summed where it is not a bare column; holds the square of the largest figure of an enterprise."""

_EXACT = (exp.Column, exp.Identifier, exp.Add, exp.Sub, exp.Neg, exp.Paren)
_ALLOWED = (
    *_EXACT, exp.Literal, exp.Boolean, exp.Null, exp.Mul, exp.Div, exp.Abs, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE,
    exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between, exp.Coalesce, exp.Filter, exp.Where, exp.Distinct, *AGGREGATES,
)  # fmt: skip
"""What means the same in every engine, nulls included; CASE takes another branch for an unknown condition than the language does."""


def is_exact(aggregate: Aggregate) -> bool:
    """Whether only columns, their sums and differences are aggregated, so that a sum of them is exact."""
    return all(isinstance(node, _EXACT) for node in aggregate.argument.walk())


def factors(aggregate: Aggregate) -> set[str]:
    """Columns that are multiplied or divided anywhere in `aggregate`, its condition included."""
    return {name_of(column).name for column in aggregate.node.find_all(exp.Column) if _is_factor(column)}


def not_everywhere(aggregate: Aggregate, place: str) -> Iterator[Problem]:
    """A Problem for every part of `aggregate` that the engines would not compute alike, and for names of other tables."""
    for node in aggregate.node.walk():
        if not isinstance(node, _ALLOWED):
            shown = node.sql(dialect="duckdb")
            yield Problem(place, f"汇总公式里的“{shown}”", "四则运算、比较、AND、OR、IN、IS NULL", "把条件写进 FILTER")
    for name in sorted(aggregate.names):
        if name.space != aggregate.table:
            yield Problem(place, f"汇总公式里的名称 {name}", f"表 {aggregate.table} 的列", "改正公式")


def select_list(aggregates: Sequence[Aggregate], dialect: Dialect) -> str:
    """The SELECT expressions of `aggregates` over a table with their columns: value `a0` and, where records may lack it, count `a0#missing` …"""
    parts, shares = [], _shares(aggregates)
    for number, aggregate in enumerate(aggregates):
        parts.append(f"{_value(aggregate, dialect, shares).sql(dialect=dialect)} AS {quoted(f'a{number}', dialect)}")
        parts.append(f"{_missing(aggregate).sql(dialect=dialect)} AS {quoted(missing_column(f'a{number}'), dialect)}")
    return ", ".join(parts)


def quoted(name: str, dialect: Dialect) -> str:
    """`name` as a quoted identifier."""
    return exp.to_identifier(name, quoted=True).sql(dialect=dialect)


def _bare(node: exp.Expr) -> exp.Expr:
    """`node` with the columns of its table by their own names, factors in DOUBLE and no division by zero."""

    def changed(part: exp.Expr) -> exp.Expr:
        if not isinstance(part, exp.Column):
            return part
        column = exp.column(name_of(part).name, quoted=True)
        return exp.cast(column, "DOUBLE") if _is_factor(part) else column

    def guarded(part: exp.Expr) -> exp.Expr:
        if isinstance(part, exp.Div):
            divisor = exp.func("NULLIF", part.expression.copy(), exp.Literal.number(0))
            return exp.Div(this=part.this.copy(), expression=divisor, typed=False, safe=False)
        return part

    return node.copy().transform(changed).transform(guarded)


def _is_factor(column: exp.Column) -> bool:
    return column.find_ancestor(exp.Mul, exp.Div) is not None


def _filtered(function: exp.Expr, aggregate: Aggregate) -> exp.Expr:
    if aggregate.condition is None:
        return function
    return exp.Filter(this=function, expression=exp.Where(this=_bare(aggregate.condition)))


def _missing(aggregate: Aggregate) -> exp.Expr:
    if isinstance(aggregate.function, exp.Count):
        return exp.Literal.number(0)
    rows, known = exp.Count(this=exp.Star()), exp.Count(this=_bare(aggregate.argument))
    return exp.Sub(this=_filtered(rows, aggregate), expression=_filtered(known, aggregate))


def _value(aggregate: Aggregate, dialect: Dialect, shares: Mapping[str, list[str]]) -> exp.Expr:
    function, argument = aggregate.function, _bare(aggregate.argument)
    if isinstance(function, exp.Count):
        inner = exp.Distinct(expressions=[argument]) if aggregate.distinct else argument
        return _filtered(exp.Count(this=inner), aggregate)
    if isinstance(function, exp.Median | exp.PercentileCont):
        return _quantile(argument, aggregate, dialect, shares[_quantiles_of(aggregate)])
    if not is_exact(aggregate):
        argument = exp.TryCast(this=argument, to=exp.DataType.build(SUMMED), safe=True)
    if isinstance(function, TopSum):
        return _top_sum(argument, str(function.expression.this), aggregate, dialect)
    if isinstance(function, exp.Avg):
        total, count = (
            _filtered(exp.Sum(this=argument), aggregate),
            _filtered(exp.Count(this=argument.copy()), aggregate),
        )
        return exp.Div(this=exp.cast(total, "DOUBLE"), expression=exp.func("NULLIF", count, exp.Literal.number(0)))
    return _filtered(type(function)(this=argument), aggregate)


def _share(aggregate: Aggregate) -> str:
    function = aggregate.function
    return "0.5" if isinstance(function, exp.Median) else str(function.expression.this)


def _quantiles_of(aggregate: Aggregate) -> str:
    """What two quantiles have in common that are taken of the same values."""
    condition = "" if aggregate.condition is None else aggregate.condition.sql(dialect="duckdb")
    return f"{aggregate.argument.sql(dialect='duckdb')} {condition}"


def _shares(aggregates: Sequence[Aggregate]) -> dict[str, list[str]]:
    """The shares asked of the same values, so that an engine keeps these values once: they are what needs memory."""
    found: dict[str, list[str]] = {}
    for aggregate in aggregates:
        if isinstance(aggregate.function, exp.Median | exp.PercentileCont):
            own = found.setdefault(_quantiles_of(aggregate), [])
            own.extend([share] if (share := _share(aggregate)) not in own else [])
    return found


def _quantile(argument: exp.Expr, aggregate: Aggregate, dialect: Dialect, shares: Sequence[str]) -> exp.Expr:
    value = _filtered_text(exp.cast(argument, "DOUBLE").sql(dialect=dialect), aggregate, dialect, shares)
    return exp.Var(this=f"{value}[{shares.index(_share(aggregate)) + (dialect == 'duckdb')}]")


def _filtered_text(value: str, aggregate: Aggregate, dialect: Dialect, shares: Sequence[str]) -> str:
    listed = ", ".join(shares)
    called = f"QUANTILE_CONT({value}, [{listed}])" if dialect == "duckdb" else f"PERCENTILE({value}, ARRAY({listed}))"
    condition = aggregate.condition
    limit = "" if condition is None else f" FILTER(WHERE {_bare(condition).sql(dialect=dialect)})"
    return f"({called}{limit})"


def _top_sum(argument: exp.Expr, count: str, aggregate: Aggregate, dialect: Dialect) -> exp.Expr:
    """DuckDB keeps the largest n by itself; Spark sorts what it has collected of a group."""
    if dialect == "duckdb":
        largest = exp.Anonymous(this="MAX", expressions=[argument, exp.Literal.number(count)])
        return exp.Anonymous(this="LIST_SUM", expressions=[_filtered(largest, aggregate)])
    listed = _filtered(exp.Anonymous(this="COLLECT_LIST", expressions=[argument]), aggregate)
    collected = listed.sql(dialect="spark")
    known = _filtered(exp.Count(this=argument.copy()), aggregate).sql(dialect="spark")
    text = (
        f"CASE WHEN {known} > 0 THEN AGGREGATE(SLICE(SORT_ARRAY({collected}, FALSE), 1, {count}), "
        f"CAST(0 AS {SUMMED}), (a, b) -> CAST(a + b AS {SUMMED})) END"
    )
    return exp.Var(this=text)
