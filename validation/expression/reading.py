"""An expression read back: as a Chinese sentence, or with the figures in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl
from sqlglot import exp

from validation.expression.parse import AGGREGATES, Aggregate, Name, TopSum, name_of, sql_of, table_of
from validation.rounding import rounded_half_up


@dataclass(frozen=True)
class Figure:
    """A place in the reading where a name's label or its figure goes; `label` is set for aggregates."""

    name: Name
    label: str = ""


Segment = str | Figure

_SIGNS: dict[type[exp.Expr], str] = {
    exp.Add: " + ", exp.Sub: " − ", exp.Mul: " × ", exp.Div: " ÷ ", exp.Pow: " ^ ",
    exp.EQ: " = ", exp.NEQ: " ≠ ", exp.GT: " > ", exp.GTE: " ≥ ", exp.LT: " < ", exp.LTE: " ≤ ",
    exp.And: " 且 ", exp.Or: " 或 ",
}  # fmt: skip

_FUNCTIONS: dict[type[exp.Expr], str] = {
    exp.Greatest: "较大者", exp.Least: "较小者", exp.Abs: "绝对值", exp.Sqrt: "平方根", exp.Ln: "自然对数",
    exp.Exp: "指数", exp.Year: "年份", exp.Month: "月份",
}  # fmt: skip

_OWN = {"GROWTH_PCT": "增长率", "CAGR_PCT": "年均增长率", "DAYS_BETWEEN": "相距天数"}

_AGGREGATE_WORDS: dict[type[exp.Expr], str] = {
    exp.Sum: "合计", exp.Count: "个数", exp.Min: "最小", exp.Max: "最大", exp.Avg: "平均", exp.Median: "中位数",
    exp.PercentileCont: "分位数", TopSum: "最大几个的合计",
}  # fmt: skip


def describe(tree: exp.Expr, labels: Callable[[Name], str]) -> str:
    """The Chinese reading of `tree`, names replaced by their labels."""
    return "".join(
        part if isinstance(part, str) else part.label or labels(part.name) for part in segments(tree, labels)
    )


def worked(
    tree: exp.Expr, labels: Callable[[Name], str], figures: Callable[[Name], pl.Expr], *, labelled: bool = False
) -> pl.Expr:
    """A text column: the reading of `tree` with figures in place of names, or behind them when `labelled`.

    A missing figure reads 缺.
    """
    parts: list[pl.Expr] = []
    for part in segments(tree, labels):
        if isinstance(part, str):
            parts.append(pl.lit(part))
            continue
        figure = pl.coalesce(figures(part.name), pl.lit("缺"))
        said = part.label or labels(part.name)
        parts += [pl.lit(f"{said}（"), figure, pl.lit("）")] if labelled else [figure]
    return pl.concat_str(parts) if parts else pl.lit("")


def number_text(column: pl.Expr) -> pl.Expr:
    """Figures as text: at most 6 decimals, no trailing zeros, no exponent for what parks report."""
    shown = rounded_half_up(column, 6).cast(pl.Decimal(38, 6), strict=False).cast(pl.String)
    return shown.str.strip_chars_end("0").str.strip_chars_end(".")


def plain(value: float) -> str:
    """A number of a definition as text: as written, without exponent."""
    text = f"{value:.9f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def segments(tree: exp.Expr, labels: Callable[[Name], str]) -> Iterator[Segment]:
    """The reading of `tree` as text pieces and places for figures, in order."""
    if isinstance(tree, (exp.Filter, *AGGREGATES)):
        sql = sql_of(tree)
        yield Figure(Name("", sql), _aggregate_label(Aggregate(tree, table_of(tree)), labels))
    elif isinstance(tree, exp.Column):
        yield Figure(name_of(tree))
    elif isinstance(tree, exp.Literal):
        yield str(tree.this)
    elif isinstance(tree, exp.Pow):
        yield from (*_closed(tree.this, labels), _SIGNS[exp.Pow], *_closed(tree.expression, labels))
    elif type(tree) in _SIGNS:
        yield from segments(tree.this, labels)
        yield _SIGNS[type(tree)]
        yield from segments(tree.expression, labels)
    else:
        yield from _other(tree, labels)


def _closed(tree: exp.Expr, labels: Callable[[Name], str]) -> Iterator[Segment]:
    if type(tree) in _SIGNS:
        yield from ("（", *segments(tree, labels), "）")
    else:
        yield from segments(tree, labels)


def _other(tree: exp.Expr, labels: Callable[[Name], str]) -> Iterator[Segment]:
    if isinstance(tree, exp.Paren):
        yield from ("（", *segments(tree.this, labels), "）")
    elif isinstance(tree, exp.Neg):
        yield from ("−", *segments(tree.this, labels))
    elif isinstance(tree, exp.Not):
        yield from ("非（", *segments(tree.this, labels), "）")
    elif isinstance(tree, exp.Is):
        yield from (*segments(tree.this, labels), " 缺数")
    elif isinstance(tree, exp.Cast):
        yield str(tree.this.this)
    elif isinstance(tree, exp.Boolean):
        yield "是" if tree.this else "否"
    elif isinstance(tree, exp.Null):
        yield "空"
    elif isinstance(tree, exp.In):
        values = "、".join(str(item.this) for item in tree.expressions)
        yield from (*segments(tree.this, labels), f" 为 {values} 之一")
    elif isinstance(tree, exp.Between):
        yield from (*segments(tree.this, labels), " 在 ", *segments(tree.args["low"], labels), " 至 ")
        yield from (*segments(tree.args["high"], labels), " 之间")
    elif isinstance(tree, exp.ArrayContains):
        yield from (*segments(tree.expression, labels), " 属于 ", *segments(tree.this, labels))
    elif isinstance(tree, exp.Coalesce):
        yield from (
            *segments(tree.this, labels),
            *(part for other in tree.expressions for part in ("（缺数按 ", *segments(other, labels), " 计）")),
        )
    elif isinstance(tree, exp.Case | exp.If):
        yield from _case(tree, labels)
    else:
        yield from _function(tree, labels)


def _case(tree: exp.Expr, labels: Callable[[Name], str]) -> Iterator[Segment]:
    branches = tree.args["ifs"] if isinstance(tree, exp.Case) else [tree]
    otherwise = tree.args.get("default") if isinstance(tree, exp.Case) else tree.args.get("false")
    for branch in branches:
        yield from (
            "如果 ",
            *segments(branch.this, labels),
            " 取 ",
            *segments(branch.args["true"], labels),
            "，",
        )
    yield from ("否则取 ", *(segments(otherwise, labels) if otherwise is not None else ("空",)))


def _function(tree: exp.Expr, labels: Callable[[Name], str]) -> Iterator[Segment]:
    own = _OWN.get(str(tree.this).upper(), "") if isinstance(tree, exp.Anonymous) else _FUNCTIONS[type(tree)]
    arguments = tree.expressions if isinstance(tree, exp.Anonymous) else [tree.this, *tree.expressions]
    yield f"{own}（"
    for position, argument in enumerate(arguments):
        if position:
            yield "，"
        yield from segments(argument, labels)
    yield "）"


def _aggregate_label(aggregate: Aggregate, labels: Callable[[Name], str]) -> str:
    function = aggregate.function
    word = _AGGREGATE_WORDS[type(function)]
    if isinstance(function, TopSum):
        word = f"最大 {function.expression.this} 个的合计"
    elif isinstance(function, exp.PercentileCont):
        word = f"{plain(float(str(function.expression.this)) * 100)}% 分位数"
    elif aggregate.distinct:
        word = "不重复个数"
    limit = f"，限{describe(aggregate.condition, labels)}" if aggregate.condition is not None else ""
    return f"{word}[{describe(aggregate.argument, labels)}{limit}]"
