"""An expression to polars: the value, and for every null the reason why."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce

import polars as pl
from sqlglot import exp

from validation.expression.parse import AGGREGATES, Expression, Name, name_of, sql_of
from validation.expression.reading import describe

GROWTH_DECIMALS = 10
"""Of growth rates in percent: equal figures grow by exactly 0, whatever binary division makes of them."""

Labels = Callable[[Name], str]
"""Chinese name of a name, as used in reasons and readings."""


@dataclass(frozen=True)
class Compiled:
    """`value` is null exactly where `reason` is not; a float value is always finite."""

    value: pl.Expr
    reason: pl.Expr


@dataclass(frozen=True)
class Part:
    """A part of an expression; its reason is built where it is asked for: conditions have thousands that nobody reads."""

    value: pl.Expr
    because: Callable[[], pl.Expr]

    @cached_property
    def reason(self) -> pl.Expr:
        return self.because()


def aggregate_name(sql: str) -> Name:
    """The name under which the column of an aggregate is looked up."""
    return Name("", sql)


def missing_column(column: str) -> str:
    """Name of the column that counts the records an aggregate could not use."""
    return f"{column}#missing"


def compile_expression(
    expression: Expression,
    columns: Mapping[Name, str],
    labels: Labels,
    reasons: Mapping[Name, str] | None = None,
) -> Compiled:
    """Compile `expression` over a frame.

    `columns` maps names (and aggregates by `aggregate_name`) to columns of the frame; `reasons` maps a name to a
    text column that says why that name is null, where such a column exists. Division by zero, growth on a base that
    is not positive and a result that is not finite give null with a reason.
    """
    node = Compiler(columns, labels, reasons or {}).visit(expression.tree)
    infinite = node.value.cast(pl.Float64, strict=False).is_finite().not_().fill_null(False)
    value = pl.when(~infinite).then(node.value)
    reason = pl.when(infinite).then(pl.lit("结果不是有限的数"))
    if isinstance(expression.tree, exp.Literal):
        return Compiled(node.value, node.reason)
    return Compiled(value, reason.otherwise(pl.when(node.value.is_null()).then(node.reason)))


def compile_value(tree: exp.Expr, columns: Mapping[Name, str], labels: Labels) -> pl.Expr:
    """The value alone, for conditions and for texts: built and run faster than with reasons. A number may not be finite."""
    return Compiler(columns, labels, {}).visit(tree).value


def _no_reason() -> pl.Expr:
    return pl.lit(None, dtype=pl.String)


_ARITHMETIC: dict[type[exp.Expr], Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    exp.Add: lambda a, b: a + b,
    exp.Sub: lambda a, b: a - b,
    exp.Mul: lambda a, b: a * b,
    exp.Pow: lambda a, b: a.pow(b),
    exp.EQ: lambda a, b: a == b,
    exp.NEQ: lambda a, b: a != b,
    exp.GT: lambda a, b: a > b,
    exp.GTE: lambda a, b: a >= b,
    exp.LT: lambda a, b: a < b,
    exp.LTE: lambda a, b: a <= b,
    exp.And: lambda a, b: a & b,
    exp.Or: lambda a, b: a | b,
    exp.ArrayContains: lambda a, b: a.list.contains(b),
}

_UNARY: dict[type[exp.Expr], Callable[[pl.Expr], pl.Expr]] = {
    exp.Neg: lambda a: -a,
    exp.Not: lambda a: ~a,
    exp.Abs: lambda a: a.abs(),
    exp.Exp: lambda a: a.exp(),
    exp.Year: lambda a: a.dt.year(),
    exp.Month: lambda a: a.dt.month(),
    exp.Paren: lambda a: a,
}


class Compiler:
    """Visits a tree over the columns of one frame; see compile_expression."""

    def __init__(self, columns: Mapping[Name, str], labels: Labels, reasons: Mapping[Name, str]) -> None:
        self.columns, self.labels, self.reasons = columns, labels, reasons

    def visit(self, node: exp.Expr) -> Part:
        return _VISITS[type(node)](self, node)

    def _column(self, node: exp.Expr) -> Part:
        assert isinstance(node, exp.Column)
        return self._name(name_of(node))

    def _cast(self, node: exp.Expr) -> Part:
        return Part(pl.lit(date.fromisoformat(str(node.this.this))), _no_reason)

    def _boolean(self, node: exp.Expr) -> Part:
        return Part(pl.lit(bool(node.this)), _no_reason)

    def _null(self, node: exp.Expr) -> Part:
        return Part(pl.lit(None), lambda: pl.lit("公式写明为空"))

    def _is_null(self, node: exp.Expr) -> Part:
        return Part(self.visit(node.this).value.is_null(), _no_reason)

    def _literal(self, node: exp.Expr) -> Part:
        return Part(pl.lit(str(node.this) if node.is_string else float(node.this)), _no_reason)

    def _name(self, name: Name) -> Part:
        column = pl.col(self.columns[name])

        def reason() -> pl.Expr:
            said = pl.lit(f"缺“{self.labels(name)}”")
            if name in self.reasons:
                said = pl.coalesce(pl.col(self.reasons[name]), said)
            return pl.when(column.is_null()).then(said)

        return Part(column, reason)

    def _aggregate(self, node: exp.Expr) -> Part:
        column = self.columns[aggregate_name(sql_of(node))]
        missing = pl.col(missing_column(column))
        value = pl.when(missing == 0).then(pl.col(column))

        def reason() -> pl.Expr:
            label = describe(node, self.labels)
            said = pl.when(missing > 0).then(pl.format("“{}”有 {} 条记录缺数", pl.lit(label), missing))
            return pl.when(value.is_null()).then(said.otherwise(pl.lit(f"没有“{label}”的记录")))

        return Part(value, reason)

    def _unary(self, node: exp.Expr) -> Part:
        inner = self.visit(node.this)
        return Part(_UNARY[type(node)](inner.value), inner.because)

    def _binary(self, node: exp.Expr) -> Part:
        left, right = self.visit(node.this), self.visit(node.expression)
        value = _ARITHMETIC[type(node)](left.value, right.value)
        return Part(value, lambda: pl.when(value.is_null()).then(pl.coalesce(left.reason, right.reason)))

    def _divide(self, node: exp.Expr) -> Part:
        left, right = self.visit(node.this), self.visit(node.expression)
        zero = right.value == 0
        value = pl.when(~zero).then(left.value / right.value)

        def reason() -> pl.Expr:
            label = describe(node.expression, self.labels)
            return pl.coalesce(left.reason, right.reason, pl.when(zero).then(pl.lit(f"分母“{label}”为零")))

        return Part(value, reason)

    def _in(self, node: exp.Expr) -> Part:
        inner = self.visit(node.this)
        values = [str(item.this) if item.is_string else float(item.this) for item in node.expressions]
        return Part(inner.value.is_in(values), inner.because)

    def _between(self, node: exp.Expr) -> Part:
        parts = [self.visit(part) for part in (node.this, node.args["low"], node.args["high"])]
        value = (parts[0].value >= parts[1].value) & (parts[0].value <= parts[2].value)
        return Part(value, lambda: pl.coalesce(*(part.reason for part in parts)))

    def _case(self, node: exp.Expr) -> Part:
        branches = node.args["ifs"] if isinstance(node, exp.Case) else [node]
        otherwise = node.args.get("default") if isinstance(node, exp.Case) else node.args.get("false")
        last = self.visit(otherwise) if otherwise is not None else Part(pl.lit(None), lambda: pl.lit("没有符合的条件"))
        found = [(self.visit(branch.this), self.visit(branch.args["true"])) for branch in reversed(branches)]
        value = last.value
        for condition, chosen in found:
            known = condition.value.is_not_null()
            value = pl.when(known & condition.value).then(chosen.value).when(known).then(value)

        def reason() -> pl.Expr:
            said = last.reason
            for condition, chosen in found:
                known = condition.value.is_not_null()
                own = pl.when(known & condition.value).then(chosen.reason).when(known).then(said)
                said = own.otherwise(condition.reason)
            return said

        return Part(value, reason)

    def _coalesce(self, node: exp.Expr) -> Part:
        parts = [self.visit(part) for part in (node.this, *node.expressions)]
        value = pl.coalesce(*(part.value for part in parts))
        if isinstance(node.this, (exp.Filter, *AGGREGATES)):
            # The default is for "no record"; records that lack their figure stay a missing value.
            missing = pl.col(missing_column(self.columns[aggregate_name(sql_of(node.this))]))
            value = pl.when(missing == 0).then(value)
        return Part(value, lambda: pl.when(value.is_null()).then(parts[0].reason))

    def _greatest(self, node: exp.Expr) -> Part:
        return self._fold(node, pl.max_horizontal)

    def _least(self, node: exp.Expr) -> Part:
        return self._fold(node, pl.min_horizontal)

    def _fold(self, node: exp.Expr, fold: Callable[..., pl.Expr]) -> Part:
        # A missing operand makes the result missing: silently taking the other one would be a guess.
        parts = [self.visit(part) for part in (node.this, *node.expressions)]
        known = reduce(lambda a, b: a & b, (part.value.is_not_null() for part in parts))
        value = pl.when(known).then(fold(*(part.value for part in parts)))
        return Part(value, lambda: pl.coalesce(*(part.reason for part in parts)))

    def _sqrt(self, node: exp.Expr) -> Part:
        return self._domain(node, lambda x: x >= 0, lambda x: x.sqrt(), "为负，不能开方")

    def _ln(self, node: exp.Expr) -> Part:
        return self._domain(node, lambda x: x > 0, lambda x: x.log(math.e), "不为正，不能取对数")

    def _domain(
        self,
        node: exp.Expr,
        allowed: Callable[[pl.Expr], pl.Expr],
        build: Callable[[pl.Expr], pl.Expr],
        said: str,
    ) -> Part:
        inner = self.visit(node.this)
        value = pl.when(allowed(inner.value)).then(build(inner.value))

        def reason() -> pl.Expr:
            label = describe(node.this, self.labels)
            return pl.coalesce(inner.reason, pl.when(value.is_null()).then(pl.lit(f"“{label}”{said}")))

        return Part(value, reason)

    def _own_function(self, node: exp.Expr) -> Part:
        arguments = [self.visit(part) for part in node.expressions]
        now, base = arguments[0].value, arguments[1].value
        function = str(node.this).upper()
        if function == "DAYS_BETWEEN":
            days = (base - now).dt.total_days().cast(pl.Float64)
            return Part(days, lambda: pl.coalesce(*(part.reason for part in arguments)))
        if function == "GROWTH_PCT":
            value = pl.when(base > 0).then(((now / base - 1) * 100).round(GROWTH_DECIMALS))
            return Part(value, lambda: pl.coalesce(*(part.reason for part in arguments), self._no_base(node, base)))
        years = arguments[2].value
        value = pl.when((base > 0) & (years > 0) & (now >= 0)).then(
            (((now / base).pow(1 / years) - 1) * 100).round(GROWTH_DECIMALS)
        )

        def reason() -> pl.Expr:
            first = pl.when(years <= 0).then(pl.lit("本年为基期，不计算年均增速"))
            label = describe(node.expressions[0], self.labels)
            negative = pl.when(now < 0).then(pl.lit(f"“{label}”为负，不计算增速"))
            return pl.coalesce(first, *(part.reason for part in arguments), self._no_base(node, base), negative)

        return Part(value, reason)

    def _no_base(self, node: exp.Expr, base: pl.Expr) -> pl.Expr:
        label = describe(node.expressions[1], self.labels)
        return pl.when(base <= 0).then(pl.lit(f"“{label}”不为正，不计算增速"))


_VISITS: dict[type[exp.Expr], Callable[[Compiler, exp.Expr], Part]] = {
    **dict.fromkeys((exp.Filter, *AGGREGATES), Compiler._aggregate),
    **dict.fromkeys(_ARITHMETIC, Compiler._binary),
    **dict.fromkeys(_UNARY, Compiler._unary),
    exp.Column: Compiler._column,
    exp.Div: Compiler._divide,
    exp.Literal: Compiler._literal,
    exp.Cast: Compiler._cast,
    exp.Boolean: Compiler._boolean,
    exp.Null: Compiler._null,
    exp.Is: Compiler._is_null,
    exp.In: Compiler._in,
    exp.Between: Compiler._between,
    exp.Case: Compiler._case,
    exp.If: Compiler._case,
    exp.Coalesce: Compiler._coalesce,
    exp.Greatest: Compiler._greatest,
    exp.Least: Compiler._least,
    exp.Sqrt: Compiler._sqrt,
    exp.Ln: Compiler._ln,
    exp.Anonymous: Compiler._own_function,
}
"""How each kind of node that `parse` lets through is compiled."""
