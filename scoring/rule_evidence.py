"""Conditions of rules with the park's figures in them: what held, what did not, and what would have had to be different.

A figure is told with its own decimals; where rounding would turn the verdict round, with all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from sqlglot import exp

from metrics.panel import ABSENT
from scoring.rule_names import FACTS
from scoring.rule_words import RuleWords, contrary, mark, names_in, parts_of, precision, simplified
from scoring.rulebook import Rulebook
from validation.expression import Expression, Name
from validation.expression.compile import compile_value
from validation.expression.parse import name_of
from validation.rounding import KEPT_DECIMALS, rounded_half_up

HELD, FAILED, UNKNOWN = "成立", "不成立", "无法判定"

_SHOWN = "#shown"


def columns_of(expression: Expression) -> dict[Name, str]:
    """The column of the facts for every name of a condition."""
    return {name: fact_column(name) for name in expression.names}


def fact_column(name: Name) -> str:
    """The column of the facts that holds `name`."""
    return name.name if name.space == "park" else str(name)


def evidence(facts: pl.DataFrame, condition: Expression, also: Sequence[str], book: Rulebook) -> pl.Series:
    """One text per row of `facts`: the parts of the condition with their figures, then the further facts named in `also`.

    Where all parts have to hold and do they stand in their order; else those that hold, those that do not and those that
    cannot be told stand apart, first what decided.
    """
    told = _Told(facts, condition, book)
    joint, parts = parts_of(simplified(condition.tree))
    whole = compile_value(condition.tree, told.columns, book.rule_vocabulary).cast(pl.Boolean).fill_null(False)
    if joint == "one":
        texts = [told.alone(parts[0])]
    else:
        said = [pl.concat_str(pl.lit(mark(place)), told.part(part)) for place, part in enumerate(parts)]
        values = [told.value(part) for part in parts]
        held, failed, unknown = (
            _group(head, said, chosen)
            for head, chosen in (
                (HELD, [value.fill_null(False) for value in values]),
                (FAILED, [(~value).fill_null(False) for value in values]),
                (UNKNOWN, [value.is_null() for value in values]),
            )
        )
        first = (failed, unknown, held) if joint == "all" else (held, failed, unknown)
        apart = pl.concat_str(first, separator="。", ignore_nulls=True)
        plainly = whole if joint == "all" else pl.lit(False)
        texts = [pl.when(plainly).then(pl.concat_str(said, separator="；")).otherwise(apart)]
    if also:
        more = [
            pl.concat_str(pl.lit(f"{book.rule_vocabulary(Name('', code))} "), told.figure(Name("", code), exact=False))
            for code in also
        ]
        texts.append(pl.concat_str(pl.lit("另据："), pl.concat_str(more, separator="，")))
    return told.frame.with_columns(pl.concat_str(texts, separator="。").alias("evidence"))["evidence"]


def _group(head: str, said: Sequence[pl.Expr], chosen: Sequence[pl.Expr]) -> pl.Expr:
    """The parts that are chosen, under their head; null where none is."""
    own = [pl.when(one).then(text) for one, text in zip(chosen, said, strict=True)]
    return pl.when(pl.any_horizontal(chosen)).then(
        pl.concat_str(pl.lit(f"{head}："), pl.concat_str(own, separator="；", ignore_nulls=True))
    )


def counterfactual(facts: pl.DataFrame, condition: Expression, book: Rulebook) -> pl.Series:
    """One text per row of `facts`, in all of which the condition holds: what would have had to be different."""
    told = _Told(facts, condition, book)
    joint, parts = parts_of(simplified(condition.tree))
    turned = [told.turned(part) for part in parts]
    if joint == "one":
        text = pl.concat_str(pl.lit("如果"), turned[0], pl.lit("，即不提出本建议（其他规则另行判定）"))
    else:
        head = f"下列{'任何一项' if joint == 'all' else '各项同时'}成立，即不提出本建议（其他规则另行判定）："
        numbered = [pl.concat_str(pl.lit(mark(place)), one) for place, one in enumerate(turned)]
        text = pl.concat_str(pl.lit(head), pl.concat_str(numbered, separator="；"))
    return told.frame.with_columns(text.alias("counterfactual"))["counterfactual"]


def order_told(facts: pl.DataFrame, order: Expression, book: Rulebook) -> pl.Series:
    """By what candidates are placed, with the figure of each."""
    lowest = isinstance(order.tree, exp.Neg)
    told = _Told(facts, order, book)
    tree = order.tree.this if lowest else order.tree
    name = name_of(tree) if isinstance(tree, exp.Column) else None
    figure = told.figure(name, exact=False) if name else told.figures(tree, pl.lit(False))
    said = pl.concat_str(
        pl.lit(f"按{RuleWords(book).operand(tree)}由{'低到高' if lowest else '高到低'}，本园区 "), figure
    )
    return told.frame.with_columns(said.alias("said"))["said"]


class _Told:
    """Texts about one condition over the rows of `facts`."""

    def __init__(self, facts: pl.DataFrame, condition: Expression, book: Rulebook) -> None:
        self.book = book
        self.words = RuleWords(book)
        self.columns: Mapping[Name, str] = columns_of(condition)
        self.frame = facts.with_columns(
            rounded_half_up(pl.col(column), precision(name, book).decimals).cast(pl.Float64).alias(f"{column}{_SHOWN}")
            for name, column in self.columns.items()
            if self._numeric(facts, column) and name.space != "param"
        )  # fmt: skip

    def part(self, tree: exp.Expr) -> pl.Expr:
        """A part with its figures."""
        said = pl.lit(self.words.part(tree))
        if not self._told_names(tree):
            return pl.concat_str(said, self._because(tree))
        return pl.concat_str(said, pl.lit("："), self.figures(tree, self._turns(tree)))

    def _because(self, tree: exp.Expr) -> pl.Expr:
        """Why the park has no trusted data, behind a part that asks for that; empty for all other parts."""
        asked = {name.name for name in names_in(tree)} & {"data_refused", "evaluated"}
        if not asked or ABSENT not in self.frame.columns:
            return pl.lit("")
        return pl.when(pl.col(ABSENT).is_not_null()).then(pl.format("（{}）", ABSENT)).otherwise(pl.lit(""))

    def alone(self, tree: exp.Expr) -> pl.Expr:
        """A condition of one part with its figures and its verdict."""
        value = self.value(tree)
        verdict = pl.when(value).then(pl.lit(HELD)).when(~value).then(pl.lit(FAILED)).otherwise(pl.lit(UNKNOWN))
        return pl.concat_str(self.part(tree), pl.lit("，" if self._told_names(tree) else "："), verdict)

    def turned(self, tree: exp.Expr) -> pl.Expr:
        """The contrary of a part, with what it is in fact."""
        if isinstance(tree, exp.Column) and name_of(tree) == Name("", "bottom"):
            return self._safe()
        said = pl.lit(self.words.part(contrary(tree)))
        if not self._told_names(tree):
            return pl.concat_str(said, pl.lit(f"（实为{self.words.part(tree)}）"))
        return pl.concat_str(said, pl.lit("（实为 "), self.figures(tree, self._turns(tree)), pl.lit("）"))

    def figures(self, tree: exp.Expr, exact: pl.Expr) -> pl.Expr:
        """The figures of a part, named where there are several; with all decimals where `exact`."""
        names = self._told_names(tree)
        subjects = [name for name in names if name.space not in ("target", "group")]
        about = subjects[0] if len(subjects) == 1 else None
        said = []
        for name in names:
            figure = pl.when(exact).then(self.figure(name, exact=True)).otherwise(self.figure(name, exact=False))
            label = "" if name == about else f"{self.words._named(name, about)} "
            said.append(pl.concat_str(pl.lit(label), figure))
        return pl.concat_str(said, separator="，")

    def figure(self, name: Name, *, exact: bool) -> pl.Expr:
        """One figure as text; 缺 where it is missing."""
        column = fact_column(name)
        kind = self.frame[column].dtype
        text: pl.Expr
        if kind == pl.Boolean:
            text = pl.when(pl.col(column)).then(pl.lit("是")).when(~pl.col(column)).then(pl.lit("否"))
        elif kind.is_numeric():
            own = precision(name, self.book)
            number = _number(pl.col(column), KEPT_DECIMALS if exact or own.decimals > 6 else own.decimals)
            unit = own.unit if own.unit == "%" or not own.unit else f" {own.unit}"
            text = pl.format("第 {} 位", number) if own.place else pl.concat_str(number, pl.lit(unit))
        else:
            text = pl.format("“{}”", pl.col(column).cast(pl.String))
        return pl.coalesce(text, pl.lit("缺"))

    def _safe(self) -> pl.Expr:
        """What would have kept the park from being near the bottom."""
        verb = "高于" if self.book.scheme.ranking.tie_break else "不低于"
        safe, own = Name("", "safe_score"), Name("", "score")
        hidden = _number(pl.col("safe_score"), 2) == _number(pl.col("score"), 2)
        figures = {
            name: pl.when(hidden.fill_null(False)).then(self.figure(name, exact=True)).otherwise(self.figure(name, exact=False))
            for name in (safe, own)
        }  # fmt: skip
        return pl.concat_str(
            pl.lit(f"{FACTS['score']}{verb}{FACTS['safe_score']}（"),
            figures[safe],
            pl.lit("；本园区 "),
            figures[own],
            pl.lit("）"),
        )

    def _told_names(self, tree: exp.Expr) -> list[Name]:
        """The names whose figures belong beside a part: not parameters, which stand in it, nor its own truth value."""
        own = names_in(tree)
        inner = tree.this if isinstance(tree, exp.Not) else tree
        if isinstance(inner, exp.Coalesce) and isinstance(inner.this, exp.Column):
            inner = inner.this
        if isinstance(inner, exp.Column) and self.frame[fact_column(name_of(inner))].dtype == pl.Boolean:
            return []
        return [name for name in own if name.space != "param"]

    def value(self, tree: exp.Expr) -> pl.Expr:
        """Whether a part holds, null where it cannot be told."""
        return compile_value(tree, self.columns, self.book.rule_vocabulary).cast(pl.Boolean)

    def _turns(self, tree: exp.Expr) -> pl.Expr:
        """Where the figures as told would give another verdict than the figures as computed."""
        told = {
            name: f"{column}{_SHOWN}" if f"{column}{_SHOWN}" in self.frame.columns else column
            for name, column in self.columns.items()
        }
        as_told = compile_value(tree, told, self.book.rule_vocabulary).cast(pl.Boolean)
        return as_told.ne_missing(self.value(tree))

    @staticmethod
    def _numeric(facts: pl.DataFrame, column: str) -> bool:
        return column in facts.columns and facts[column].dtype.is_numeric()


def _number(column: pl.Expr, decimals: int) -> pl.Expr:
    """A figure as text with `decimals` places, half away from zero; with `KEPT_DECIMALS` places its trailing zeros are cut."""
    text = rounded_half_up(column, decimals).cast(pl.String)
    if decimals >= KEPT_DECIMALS:
        return text.str.strip_chars_end("0").str.strip_chars_end(".")
    return text.str.head(-(KEPT_DECIMALS - decimals) if decimals else -(KEPT_DECIMALS + 1))
