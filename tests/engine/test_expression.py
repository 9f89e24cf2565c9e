"""The expression language against a plain interpreter, and everything it must refuse."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.rule_words import contrary, simplified
from validation.expression import Name, parse
from validation.expression.compile import compile_expression
from validation.expression.reading import describe
from validation.problems import DefinitionRefused

Value = Any
Row = dict[str, Value]

ROWS: list[Row] = [
    dict(zip("abc", values, strict=True))
    for values in itertools.product((None, 0.0, 1.0, -2.5), (None, 0.0, 4.0), (None, 0.5))
]
FRAME = pl.DataFrame(ROWS, schema=dict.fromkeys("abc", pl.Float64))
COLUMNS = {Name("", name): name for name in "abc"}


@dataclass(frozen=True)
class Made:
    """A formula as text with what it means for one row."""

    text: str
    meaning: Callable[[Row], Value]


def name(letter: str) -> Made:
    return Made(letter, lambda row: row[letter])


def constant(value: int) -> Made:
    return Made(str(value), lambda row: float(value))


def strict(function: Callable[..., Value]) -> Callable[..., Value]:
    """`function` that is unknown as soon as one of its arguments is."""
    return lambda *values: None if any(value is None for value in values) else function(*values)


def binary(sign: str, function: Callable[[float, float], Value]) -> Callable[[Made, Made], Made]:
    known = strict(function)
    return lambda x, y: Made(f"({x.text} {sign} {y.text})", lambda row: known(x.meaning(row), y.meaning(row)))


def called(function: str, meaning: Callable[..., Value]) -> Callable[..., Made]:
    def make(*parts: Made) -> Made:
        text = f"{function}({', '.join(part.text for part in parts)})"
        return Made(text, lambda row: meaning(*(part.meaning(row) for part in parts)))

    return make


def both(x: Value, y: Value) -> Value:
    if x is False or y is False:
        return False
    return None if x is None or y is None else True


def either(x: Value, y: Value) -> Value:
    if x is True or y is True:
        return True
    return None if x is None or y is None else False


def chosen(condition: Made, then: Made, otherwise: Made) -> Made:
    def meaning(row: Row) -> Value:
        holds = condition.meaning(row)
        return None if holds is None else (then if holds else otherwise).meaning(row)

    return Made(f"CASE WHEN {condition.text} THEN {then.text} ELSE {otherwise.text} END", meaning)


def between(x: Made, low: Made, high: Made) -> Made:
    at_least, at_most = strict(operator.ge), strict(operator.le)
    return Made(
        f"({x.text} BETWEEN {low.text} AND {high.text})",
        lambda row: both(
            at_least(x.meaning(row), low.meaning(row)),
            at_most(x.meaning(row), high.meaning(row)),
        ),
    )


ARITHMETIC = [
    binary("+", operator.add),
    binary("-", operator.sub),
    binary("*", operator.mul),
    binary("/", lambda x, y: None if y == 0 else x / y),
    called("GREATEST", strict(max)),
    called("LEAST", strict(min)),
    called("COALESCE", lambda x, y: y if x is None else x),
    called("GROWTH_PCT", strict(lambda now, base: (now / base - 1) * 100 if base > 0 else None)),
]
FUNCTIONS = [
    called("ABS", strict(abs)),
    called("SQRT", strict(lambda x: math.sqrt(x) if x >= 0 else None)),
    called("LN", strict(lambda x: math.log(x) if x > 0 else None)),
    lambda x: Made(f"(-{x.text})", lambda row: strict(operator.neg)(x.meaning(row))),
    lambda x: Made(f"({x.text} ^ 2)", lambda row: strict(lambda value: value * value)(x.meaning(row))),
]
COMPARISONS = [
    binary(sign, function)
    for sign, function in (
        ("<", operator.lt), ("<=", operator.le), (">", operator.gt), (">=", operator.ge), ("=", operator.eq),
        ("<>", operator.ne),
    )
]  # fmt: skip


def number(depth: int) -> st.SearchStrategy[Made]:
    leaf = st.one_of(st.sampled_from("abc").map(name), st.integers(0, 3).map(constant))
    if depth == 0:
        return leaf
    inner = number(depth - 1)
    return st.one_of(
        leaf,
        st.builds(lambda make, x, y: make(x, y), st.sampled_from(ARITHMETIC), inner, inner),
        st.builds(lambda make, x: make(x), st.sampled_from(FUNCTIONS), inner),
        st.builds(chosen, condition(depth - 1), inner, inner),
    )


def condition(depth: int) -> st.SearchStrategy[Made]:
    inner = number(depth)
    leaf = st.one_of(
        st.builds(lambda make, x, y: make(x, y), st.sampled_from(COMPARISONS), inner, inner),
        st.builds(between, inner, inner, inner),
        st.builds(lambda x: Made(f"({x.text} IS NULL)", lambda row: x.meaning(row) is None), inner),
        st.builds(
            lambda x: Made(f"({x.text} IN (0, 1))", lambda row: strict(lambda v: v in (0, 1))(x.meaning(row))), inner
        ),
    )
    if depth == 0:
        return leaf
    below = condition(depth - 1)
    return st.one_of(
        leaf,
        st.builds(lambda x, y: Made(f"({x.text} AND {y.text})", lambda row: both(x.meaning(row), y.meaning(row))), below, below),
        st.builds(lambda x, y: Made(f"({x.text} OR {y.text})", lambda row: either(x.meaning(row), y.meaning(row))), below, below),
        st.builds(lambda x: Made(f"(NOT {x.text})", lambda row: strict(operator.not_)(x.meaning(row))), below),
    )  # fmt: skip


def computed(text: str) -> tuple[list[Value], list[str | None]]:
    compiled = compile_expression(parse(text, "测试"), COLUMNS, str)
    table = FRAME.select(compiled.value.alias("value"), compiled.reason.alias("reason"))
    if table.height == 1:
        table = pl.concat([table] * FRAME.height)
    return table["value"].to_list(), table["reason"].to_list()


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.one_of(number(3), condition(2)))
def test_compiled_means_what_a_plain_interpreter_says(made: Made) -> None:
    values, reasons = computed(made.text)
    for row, value, reason in zip(ROWS, values, reasons, strict=True):
        expected = made.meaning(row)
        if expected is None:
            assert value is None, (made.text, row)
        else:
            assert value is not None and math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-9), (made.text, row)
        assert (reason is None) == (value is not None), (made.text, row, value, reason)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(condition(2))
def test_contrary_is_the_contrary(made: Made) -> None:
    tree = parse(made.text, "测试").tree
    values, _ = computed(made.text)
    turned, _ = computed(contrary(tree).sql(dialect="duckdb"))
    assert turned == [None if value is None else not value for value in values], made.text
    same, _ = computed(simplified(tree).sql(dialect="duckdb"))
    assert same == values, made.text


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.one_of(number(3), condition(3)))
def test_every_formula_can_be_read_back(made: Made) -> None:
    assert describe(parse(made.text, "测试").tree, lambda one: f"“{one}”")


REFUSED = [
    "SELECT 1", "(SELECT 1)", "a IN (SELECT 1)", "EXISTS (SELECT 1)", "a > ALL (SELECT 1)", "DROP TABLE t", "COPY t TO 'x'",
    "ATTACH 'x'", "SET a = 1", "PRAGMA x", "INSERT INTO t VALUES (1)", "a; b", "CAST(a AS INT)", "a::INT",
    "TRY_CAST(a AS INT)", "DATE_TRUNC('month', a)", "READ_TEXT('/etc/passwd')", "ROUND(a)", "LOG(a)", "NULLIF(a, 0)",
    "RANDOM()", "CURRENT_DATE", "a % 2", "a // 2", "a || b", "a LIKE 'x'", "a IS TRUE", "a IS DISTINCT FROM b", "a[1]",
    "[1, 2]", "{'a': 1}", "a -> a + 1", "$1", ":a", "?", "a AS b", "*", "t.*", "COUNT(*)", "SUM(a)", "SUM(1)",
    "SUM(SUM(t.a))", "SUM(t.a) OVER ()", "SUM(DISTINCT t.a)", "AVG(DISTINCT t.a)", "COUNT(DISTINCT t.a, t.b)", "MAX(t.a, 2)",
    "SUM(t.a) FILTER (WHERE SUM(t.b) > 1)", "SUM(t.a ORDER BY t.b)", "ABS(a) FILTER (WHERE a > 1)", "COALESCE(a)",
    "CASE a WHEN 1 THEN 2 END", "a IN b", "a IN (b)", "a BETWEEN SYMMETRIC 3 AND 1", "GROWTH_PCT(a)", "CAGR_PCT(a, b)",
    "", "a AND", "(a", "a b c",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_refused_in_chinese_at_its_place(text: str) -> None:
    with pytest.raises(DefinitionRefused) as caught:
        parse(text, "办法.toml 的 rules.x.when")
    for problem in caught.value.problems:
        assert problem.place == "办法.toml 的 rules.x.when"
        assert "公式" in problem.found
        assert problem.expected and problem.cure


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a / b", "分母“b”为零"),
        ("GROWTH_PCT(a, b)", "不为正，不计算增速"),
        ("SQRT(b - 1)", "为负，不能开方"),
        ("LN(b)", "不为正，不能取对数"),
        ("CAGR_PCT(a, c, b)", "本年为基期，不计算年均增速"),
        ("EXP(1000 * a)", "结果不是有限的数"),
    ],
)
def test_reasons(text: str, reason: str) -> None:
    """Row a = 1, b = 0, c = 0.5."""
    values, reasons = computed(text)
    place = ROWS.index({"a": 1.0, "b": 0.0, "c": 0.5})
    assert values[place] is None
    assert reason in str(reasons[place])
