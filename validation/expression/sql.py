"""Aggregates of one table as one SQL statement in DuckDB's dialect, and the same for Spark by sqlglot.

Sums of bare columns, and of their sums and differences, are exact in DECIMAL; everything else is computed in DOUBLE and summed as DECIMAL
of six decimals (twelve where it is divided), rounded half away from zero, so that no figure depends on the order in which rows arrive
or on the engine. Quantiles are interpolated in DOUBLE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from sqlglot import exp

from validation.expression.compile import missing_column
from validation.expression.parse import AGGREGATES, Aggregate, TopSum, name_of
from validation.problems import Problem

Dialect = Literal["duckdb", "spark"]

DIGITS = 30
"""Of what is summed where it is not a bare column. With six decimals it holds the square of the largest figure of an enterprise, and a hundred
million of them add up within the 38 digits that every engine has; what is larger counts as missing."""
DECIMALS, DECIMALS_OF_RATIOS = 6, 12
_BIGINT_DIGITS = 18

_EXACT = (exp.Column, exp.Identifier, exp.Add, exp.Sub, exp.Neg, exp.Paren)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
_ALLOWED = (
    *_EXACT, exp.Literal, exp.Boolean, exp.Null, exp.Mul, exp.Div, exp.Abs, *_COMPARISONS,
    exp.And, exp.Or, exp.Not, exp.Is, exp.Coalesce, exp.Year, exp.Filter, exp.Where, exp.Distinct, *AGGREGATES,
)  # fmt: skip
"""What means the same in every engine, nulls included; CASE takes another branch for an unknown condition than the language does."""


def is_exact(aggregate: Aggregate) -> bool:
    """Whether only columns, their sums and differences are aggregated, so that a sum of them is exact."""
    return all(isinstance(node, _EXACT) for node in aggregate.argument.walk())


def decimals(aggregate: Aggregate) -> int:
    """To how many decimals the values of an aggregate that is not exact are rounded before they are summed."""
    return DECIMALS_OF_RATIOS if aggregate.argument.find(exp.Div) else DECIMALS


def only_doubles(aggregate: Aggregate) -> bool:
    """Whether the whole argument of `aggregate` is computed in DOUBLE: it is not exact, and more than counted."""
    return not is_exact(aggregate) and not isinstance(aggregate.function, exp.Count)


def with_doubles(node: exp.Expr, double: Callable[[exp.Column], exp.Expr], *, everything: bool = False) -> exp.Expr:
    """`node` with `double` of every column that is computed in DOUBLE: of all, or of those in a comparison that multiplies or divides."""

    def changed(part: exp.Expr) -> exp.Expr:
        if not isinstance(part, exp.Column) or part.find_ancestor(exp.Year):
            return part
        return double(part) if everything or _is_computed(part) else part

    return node.copy().transform(changed)


def _is_computed(column: exp.Column) -> bool:
    comparison = column.find_ancestor(*_COMPARISONS)
    if comparison is None:
        return column.find_ancestor(exp.Mul, exp.Div) is not None
    return comparison.find(exp.Mul, exp.Div) is not None


def rounded(value: str, precision: int, scale: int, dialect: Dialect) -> str:
    """The DOUBLE `value` as DECIMAL, rounded half away from zero, null where it does not fit or is no number."""
    kind = f"DECIMAL({precision}, {scale})"
    if dialect == "duckdb":
        return f"TRY_CAST({value} AS {kind})"
    # Spark rounds a DOUBLE by its shortest text, the others by its binary value: so whole numbers are rounded, as far as BIGINT goes.
    unit = f"0.{'1':0>{scale}}"
    whole = f"TRY_CAST(ROUND({value} * CAST(1{'0' * scale} AS DOUBLE), 0) AS BIGINT)"
    near = f"TRY_CAST(CAST({whole} AS DECIMAL(19, 0)) * {unit} AS {kind})"
    return near if precision <= _BIGINT_DIGITS else f"COALESCE({near}, TRY_CAST({value} AS {kind}))"


def not_everywhere(aggregate: Aggregate, place: str) -> Iterator[Problem]:
    """A Problem for every part of `aggregate` that the engines would not compute alike, and for names of other tables."""
    yield from not_everywhere_in(aggregate.node, place)
    for name in sorted(aggregate.names):
        if name.space != aggregate.table:
            yield Problem(place, f"汇总公式里的名称 {name}", f"表 {aggregate.table} 的列", "改正公式")


def not_everywhere_in(tree: exp.Expr, place: str) -> Iterator[Problem]:
    """The same for any expression on the columns of a table."""
    for node in tree.walk():
        if not isinstance(node, _ALLOWED):
            shown = node.sql(dialect="duckdb")
            told = "四则运算、比较、AND、OR、IN、IS NULL、YEAR"
            yield Problem(place, f"汇总公式里的“{shown}”", told, "把条件写进 FILTER")


def condition_text(tree: exp.Expr) -> str:
    """A condition on the columns of a table, in DuckDB's dialect."""
    return _bare(tree).sql(dialect="duckdb")


def select_list(aggregates: Sequence[Aggregate], dialect: Dialect) -> str:
    """The SELECT expressions of `aggregates` over a table with their columns: value `a0` and, where records may lack it, count `a0#missing` …"""
    parts, shares = [], _shares(aggregates)
    for number, aggregate in enumerate(aggregates):
        parts.append(f"{_value(aggregate, dialect, shares).sql(dialect=dialect)} AS {quoted(f'a{number}', dialect)}")
        parts.append(
            f"{_missing(aggregate, dialect).sql(dialect=dialect)} AS {quoted(missing_column(f'a{number}'), dialect)}"
        )
    return ", ".join(parts)


def quoted(name: str, dialect: Dialect) -> str:
    """`name` as a quoted identifier."""
    return exp.to_identifier(name, quoted=True).sql(dialect=dialect)


def _bare(node: exp.Expr, *, everything: bool = False) -> exp.Expr:
    """`node` with the columns of its table by their own names, factors (or everything) in DOUBLE and no division by zero."""

    def named(part: exp.Expr) -> exp.Expr:
        return exp.column(name_of(part).name, quoted=True) if isinstance(part, exp.Column) else part

    def guarded(part: exp.Expr) -> exp.Expr:
        if isinstance(part, exp.Div):
            divisor = exp.func("NULLIF", part.expression.copy(), exp.Literal.number(0))
            return exp.Div(this=part.this.copy(), expression=divisor, typed=False, safe=False)
        return part

    doubles = with_doubles(node, lambda column: exp.cast(column.copy(), "DOUBLE"), everything=everything)
    return doubles.transform(named).transform(guarded)


def _filtered(function: exp.Expr, aggregate: Aggregate) -> exp.Expr:
    if aggregate.condition is None:
        return function
    return exp.Filter(this=function, expression=exp.Where(this=_bare(aggregate.condition)))


def _missing(aggregate: Aggregate, dialect: Dialect) -> exp.Expr:
    if isinstance(aggregate.function, exp.Count):
        return exp.Literal.number(0)
    rows, known = exp.Count(this=exp.Star()), exp.Count(this=_argument(aggregate, dialect))
    return exp.Sub(this=_filtered(rows, aggregate), expression=_filtered(known, aggregate))


def _argument(aggregate: Aggregate, dialect: Dialect) -> exp.Expr:
    """What is aggregated: a sum that would not be exact is one of DECIMAL."""
    argument = _bare(aggregate.argument, everything=only_doubles(aggregate))
    if is_exact(aggregate) or not isinstance(aggregate.function, exp.Sum | exp.Avg | TopSum):
        return argument
    scale = decimals(aggregate)
    text = exp.cast(argument, "DOUBLE").sql(dialect=dialect)
    return exp.Var(this=rounded(text, DIGITS, scale, dialect))


def _value(aggregate: Aggregate, dialect: Dialect, shares: Mapping[str, list[str]]) -> exp.Expr:
    function, argument = aggregate.function, _argument(aggregate, dialect)
    if isinstance(function, exp.Count):
        inner = exp.Distinct(expressions=[argument]) if aggregate.distinct else argument
        return _filtered(exp.Count(this=inner), aggregate)
    if isinstance(function, exp.Median | exp.PercentileCont):
        return _quantile(argument, aggregate, dialect, shares[_quantiles_of(aggregate)])
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
    total = f"DECIMAL(38, {DECIMALS if is_exact(aggregate) else decimals(aggregate)})"
    text = (
        f"CASE WHEN {known} > 0 THEN AGGREGATE(SLICE(SORT_ARRAY({collected}, FALSE), 1, {count}), "
        f"CAST(0 AS {total}), (a, b) -> CAST(a + b AS {total})) END"
    )
    return exp.Var(this=text)
