"""Text to a checked expression tree: a white list of node types, names by space, aggregates set apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from validation.problems import DefinitionRefused, Problem

FUNCTIONS = {"GROWTH_PCT": 2, "CAGR_PCT": 3, "DAYS_BETWEEN": 2}
"""Functions of our own and how many arguments each takes; the results store defines macros of the same names."""


class TopSum(exp.Expression, exp.AggFunc):
    """`TOP_SUM(x, n)`: the sum of the n largest x; no standard function, each engine has its own way (`validation.expression.sql`)."""

    arg_types: ClassVar = {"this": True, "expression": True}
    _sql_names: ClassVar = ["TOP_SUM"]


AGGREGATES = (exp.Sum, exp.Count, exp.Min, exp.Max, exp.Avg, exp.Median, exp.PercentileCont, TopSum)
WITH_NUMBER: dict[type[exp.Expr], str] = {exp.PercentileCont: "0 到 1 之间的数", TopSum: "不小于 1 的整数"}
"""Aggregates whose second argument is a constant, and what it must be."""

_ALLOWED: tuple[type[exp.Expr], ...] = (
    exp.Literal, exp.Boolean, exp.Null, exp.Column, exp.Identifier, exp.Paren, exp.Neg,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Pow, exp.Abs, exp.Sqrt, exp.Ln, exp.Exp,
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Is,
    exp.And, exp.Or, exp.Not, exp.Case, exp.If, exp.Coalesce, exp.Greatest, exp.Least,
    exp.Year, exp.Month, exp.Cast, exp.DataType, exp.ArrayContains, exp.Anonymous, exp.Filter, exp.Where, exp.Distinct, *AGGREGATES,
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Name:
    """A name in an expression: `revenue_10k_cny` has space "", `prev.revenue_10k_cny` has space "prev"."""

    space: str
    name: str

    def __str__(self) -> str:
        return f"{self.space}.{self.name}" if self.space else self.name


@dataclass(frozen=True)
class Aggregate:
    """An aggregate over one sub-table, with its FILTER; `sql` is its canonical text and the name of its column."""

    node: exp.Expr
    table: str

    @cached_property
    def sql(self) -> str:
        return sql_of(self.node)

    @cached_property
    def function(self) -> exp.Expr:
        function: exp.Expr = self.node.this if isinstance(self.node, exp.Filter) else self.node
        return function

    @cached_property
    def argument(self) -> exp.Expr:
        inner = self.function.this
        argument: exp.Expr = inner.expressions[0] if isinstance(inner, exp.Distinct) else inner
        return argument

    @cached_property
    def distinct(self) -> bool:
        return isinstance(self.function.this, exp.Distinct)

    @cached_property
    def condition(self) -> exp.Expr | None:
        return self.node.expression.this if isinstance(self.node, exp.Filter) else None

    @cached_property
    def names(self) -> frozenset[Name]:
        """Names of the sub-table and of its surroundings (`param.`, `calendar.`, `park.` …)."""
        return frozenset(name_of(column) for column in self.node.find_all(exp.Column))


@dataclass(frozen=True)
class Expression:
    """A parsed expression with the place it was written at."""

    text: str
    place: str
    tree: exp.Expr

    @cached_property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """The aggregates in the order of the text."""
        found = (Aggregate(node, table_of(node)) for node in _aggregate_nodes(self.tree))
        return tuple({aggregate.sql: aggregate for aggregate in found}.values())

    @property
    def columns(self) -> tuple[exp.Column, ...]:
        """Every column in the order of the text, those inside aggregates included."""
        return tuple(self.tree.find_all(exp.Column, bfs=False))

    @cached_property
    def names(self) -> frozenset[Name]:
        """Names outside the aggregates."""
        return frozenset(_outer_names(self.tree))


@lru_cache(maxsize=4096)
def parse(text: str, place: str) -> Expression:
    """Parse `text`; raises DefinitionRefused naming `place` when it is no expression of the language."""
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb").transform(_own_aggregates, copy=False)
    except SqlglotError as error:
        said = str(error).splitlines()[0] if str(error) else "无法解析"
        raise DefinitionRefused(
            [Problem(place, f"公式“{text}”有语法错误（{said}）", "一个表达式", "改正公式")]
        ) from None
    problems = [
        Problem(place, f"公式“{text}”中的 {what}", "表达式语言允许的写法", cure) for what, cure in _faults(tree)
    ]
    if problems:
        raise DefinitionRefused(problems)
    return Expression(text, place, tree)


def name_of(column: exp.Column) -> Name:
    """The Name of a column node; catalogue, database and table parts make its space."""
    *spaces, last = (part.name for part in column.parts)
    return Name(".".join(spaces), last)


def sql_of(node: exp.Expr) -> str:
    """The canonical text of a node of the language, which also names the column of an aggregate."""
    # The generator copies the tree for the sake of other dialects, which takes longer than writing it.
    return node.sql(dialect="duckdb", copy=False)


def is_date(node: exp.Expr) -> bool:
    """Whether a node is a date constant, `DATE '2018-06-30'`."""
    if not (isinstance(node, exp.Cast) and node.to.is_type("date") and isinstance(node.this, exp.Literal)):
        return False
    try:
        date.fromisoformat(str(node.this.this))
    except ValueError:
        return False
    return bool(node.this.is_string)


def table_of(node: exp.Expr) -> str:
    """The sub-table an aggregate runs over: the space of its argument's first column."""
    function = node.this if isinstance(node, exp.Filter) else node
    column = function.find(exp.Column)
    return name_of(column).space if column is not None else ""


def unknown_names(expression: Expression, known: Iterable[Name]) -> list[Problem]:
    """A problem for every name of the expression, aggregates included, that is not `known`."""
    names = set(expression.names).union(*(aggregate.names for aggregate in expression.aggregates))
    return [
        Problem(
            expression.place,
            f"公式中的名称 {name} 没有定义",
            "统计指标、评价指标、参数或子表列的代码",
            "改正代码",
        )
        for name in sorted(names.difference(known))
    ]


def _aggregate_nodes(tree: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(tree, (exp.Filter, *AGGREGATES)):
        yield tree
        return
    for child in tree.iter_expressions():
        yield from _aggregate_nodes(child)


def _outer_names(tree: exp.Expr) -> Iterator[Name]:
    if isinstance(tree, (exp.Filter, *AGGREGATES)):
        return
    if isinstance(tree, exp.Column):
        yield name_of(tree)
        return
    for child in tree.iter_expressions():
        yield from _outer_names(child)


def _faults(tree: exp.Expr) -> Iterator[tuple[str, str]]:
    for node in tree.walk():
        if not isinstance(node, _ALLOWED):
            yield (
                f"“{node.sql(dialect='duckdb')}”（{type(node).__name__}）",
                "只用四则运算、比较、条件和列出的函数",
            )
        elif isinstance(node, exp.Anonymous):
            yield from _function_faults(node)
        elif isinstance(node, exp.Cast):
            if not is_date(node):
                yield f"“{node.sql(dialect='duckdb')}”", "不能转换类型；日期写成 DATE '2018-06-30'"
        elif isinstance(node, exp.Is) and not isinstance(node.expression, exp.Null):
            yield f"“{node.sql(dialect='duckdb')}”", "IS 后面只能写 NULL"
        elif isinstance(node, exp.In):
            if not node.expressions or not all(isinstance(item, exp.Literal) for item in node.expressions):
                yield f"“{node.sql(dialect='duckdb')}”", "IN 后面只能写括号里的常数"
        elif isinstance(node, exp.Case) and node.this is not None:
            yield f"“{node.sql(dialect='duckdb')}”", "写成 CASE WHEN 条件 THEN …"
        elif isinstance(node, exp.Between) and node.args.get("symmetric"):
            yield f"“{node.sql(dialect='duckdb')}”", "写成 BETWEEN 小数 AND 大数"
        elif isinstance(node, exp.Coalesce) and not node.expressions:
            yield f"“{node.sql(dialect='duckdb')}”", "COALESCE 至少写两项"
        elif isinstance(node, exp.Filter) and not isinstance(node.this, AGGREGATES):
            yield f"“{node.sql(dialect='duckdb')}”", "FILTER 只能跟在汇总函数后面"
        elif isinstance(node, AGGREGATES):
            yield from _aggregate_faults(node)


def _own_aggregates(node: exp.Expr) -> exp.Expr:
    """TOP_SUM as a node of its own, so that it counts as an aggregate."""
    if isinstance(node, exp.Anonymous) and str(node.this).upper() == "TOP_SUM" and len(node.expressions) == 2:
        return TopSum(this=node.expressions[0], expression=node.expressions[1])
    return node


def _has_its_number(node: exp.Expr) -> bool:
    number = node.expression
    if not isinstance(number, exp.Literal) or number.is_string:
        return False
    value = float(str(number.this))
    return 0 <= value <= 1 if isinstance(node, exp.PercentileCont) else value >= 1 and value == int(value)


def _function_faults(node: exp.Anonymous) -> Iterator[tuple[str, str]]:
    wanted = FUNCTIONS.get(str(node.this).upper())
    if wanted is None:
        yield f"函数 {node.this}", f"可用的函数：{'、'.join(sorted(FUNCTIONS))}"
    elif len(node.expressions) != wanted:
        yield f"函数 {node.this} 有 {len(node.expressions)} 个参数", f"该函数有 {wanted} 个参数"


def _aggregate_faults(node: exp.Expr) -> Iterator[tuple[str, str]]:
    columns = list(node.find_all(exp.Column))
    if not columns or not name_of(columns[0]).space:
        yield f"汇总 {node.sql(dialect='duckdb')}", "汇总函数里写 表名.列名"
    condition = node.parent.expression if isinstance(node.parent, exp.Filter) else None
    inside = [*node.iter_expressions(), *([condition] if condition is not None else [])]
    if any(isinstance(inner, AGGREGATES) for child in inside for inner in child.walk()):
        yield f"汇总 {node.sql(dialect='duckdb')}", "汇总函数不能嵌套"
    if type(node) in WITH_NUMBER:
        if not _has_its_number(node):
            yield f"汇总 {node.sql(dialect='duckdb')}", f"第二个参数写{WITH_NUMBER[type(node)]}"
    elif any(value for name, value in node.args.items() if name not in ("this", "big_int")):
        yield f"汇总 {node.sql(dialect='duckdb')}", "汇总函数只有一个参数"
    distinct = node.this if isinstance(node.this, exp.Distinct) else None
    if distinct is not None and (not isinstance(node, exp.Count) or len(distinct.expressions) > 1):
        yield f"汇总 {node.sql(dialect='duckdb')}", "DISTINCT 只用于 COUNT 的一列"
