"""Conditions of rules in words: the cases of `tests/cases/rule-sentences.toml`, and that no figure or name is lost."""

import re
import tomllib
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from scoring.loading import SCHEMES, load_rulebook
from scoring.rule_evidence import counterfactual, evidence
from scoring.rule_words import condition_text, contrary, simplified
from scoring.rulebook import Rulebook
from tests.scoring.small_parks import CASES
from validation.expression import parse

FILE = tomllib.loads((CASES / "rule-sentences.toml").read_text(encoding="utf-8"))
BOOK: Rulebook = load_rulebook(FILE["scheme"], FILE["year"])
PLACE = "测试"


@pytest.mark.parametrize(("condition", "sentence"), FILE["sentences"].items())
def test_condition_reads_as_the_sentence(condition: str, sentence: str) -> None:
    assert condition_text(parse(condition, PLACE), BOOK) == sentence


@pytest.mark.parametrize("case", FILE["evidence"], ids=lambda case: case["condition"])
def test_evidence_reads_as_the_sentence(case: dict[str, Any]) -> None:
    facts = pl.DataFrame(
        {
            code: pl.Series([None if value == "缺" else value], dtype=_kind(code))
            for code, value in case["figures"].items()
        }
    ).with_columns(pl.lit(value).alias(f"param.{code}") for code, value in BOOK.parameters.items())
    condition = parse(case["condition"], PLACE)
    assert evidence(facts, condition, (), BOOK).to_list() == [case["said"]]
    if "otherwise" in case:
        assert counterfactual(facts, condition, BOOK).to_list() == [case["otherwise"]]


def _kind(code: str) -> pl.DataType:
    kinds = {"bottom": pl.Boolean(), "status_before": pl.String(), "rank": pl.Int32(), "late_days": pl.Int32()}
    return kinds.get(code, pl.Float64())


def _books() -> list[Rulebook]:
    return [load_rulebook(path.stem, year) for path, year in zip(sorted(SCHEMES.glob("*.toml")), LAST, strict=True)]


LAST = (2020, 2020, 2013, 2020, 2025)
"""The last year of the sample data of each scheme, in the order of their names."""


def test_conditions_of_all_schemes_keep_their_figures_and_names_and_use_no_signs() -> None:
    for book in _books():
        for code, condition in book.conditions.items():
            said = condition_text(condition, book)
            _nothing_lost(condition.tree, said, book)
            assert not re.search(r"[<>=≥≤≠]|非（| 且 | 或 ", said), (code, said)


LEAVES = st.sampled_from([
    "score >= 61", "rank <= 2", "rank <> 4", "bottom", "NOT bottom", "late_days = 7", "status_before IN ('甲乙', '丙丁')",
    "revenue_per_mu BETWEEN 301 AND 302", "COALESCE(bottom, FALSE)", "COALESCE(score < 33, evaluated)", "score IS NULL",
    "revenue_growth_pct < group.revenue_growth_pct - 12", "revenue_per_mu >= target.revenue_per_mu", "prev.score > 48.25",
])  # fmt: skip
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=60, derandomize=True)
@given(CONDITIONS)
def test_no_figure_and_no_name_is_lost(condition: str) -> None:
    tree = parse(condition, PLACE).tree
    said = condition_text(parse(condition, PLACE), BOOK)
    _nothing_lost(tree, said, BOOK)
    turned = condition_text(parse(contrary(tree).sql(dialect="duckdb"), PLACE), BOOK)
    assert turned != said
    assert condition_text(parse(simplified(tree).sql(dialect="duckdb"), PLACE), BOOK) == said


def _nothing_lost(tree: exp.Expr, said: str, book: Rulebook) -> None:
    """Every constant, the value of every parameter, and what every name is called occur in the sentence."""
    for literal in tree.find_all(exp.Literal):
        of_share = isinstance(literal.parent, exp.Div) or (isinstance(literal.parent, exp.Sub) and literal.this == "0")
        assert of_share or str(literal.this) in said, (str(literal.this), said)
    for column in tree.find_all(exp.Column):
        space, code = column.table, column.name
        if space == "param":
            assert f"{book.parameters[code]:.10g}" in said, (code, said)
        words = {
            "target": "目标值",
            "group": "同组中位数",
            "missed": "达到目标",
            "missed_years": "连续未达到目标年数",
            "last3": "近 3 个评价年度",
        }
        plain = {"bottom": "靠后", "evaluated": "评价", "data_refused": "未报送"}
        indicators = book.catalogue.park_indicators()
        label = words.get(space) or plain.get(code) or (indicators[code].label if code in indicators else "")
        assert label in said, (label, said)
        assert space != "prev" or "上年" in said, said
