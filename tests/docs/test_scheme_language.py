"""The pages on schemes name every part, choice and function there is."""

import re
from typing import Any, get_args

import pytest
from sqlglot import exp

from metrics.vocabulary import CALENDAR, PARK
from parkeval.demonstration import SCHEME
from scoring.combining import AnyCombination
from scoring.loading import load_rulebook
from scoring.points import AnyMethod
from scoring.rule_names import FACTS, PREVIOUS_FACTS
from scoring.rulebook import Rulebook
from scoring.scheme import REQUIRED_PARAMETERS, Adjustment, Ranking, Rule, Scheme, Target
from scoring.weighting import AnyWeighting
from tests.docs.pages import codes, page, table_rows
from validation.definition import Definition
from validation.expression import parse
from validation.expression.parse import AGGREGATES, FUNCTIONS
from validation.problems import DefinitionRefused


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook(SCHEME, 2025)


def test_every_part_of_a_scheme_is_explained() -> None:
    text = page("评价办法.md")
    shown = codes(text)
    for field, info in Scheme.model_fields.items():
        inner, repeated = record_of(info.annotation)
        assert (f"[[{field}]]" if inner and repeated else f"[{field}]" if inner else field) in shown
        if inner is not None:
            assert set(inner.model_fields) <= shown, field
    assert set(REQUIRED_PARAMETERS) <= shown


def record_of(annotation: Any) -> tuple[type[Definition] | None, bool]:
    """The record a field of a scheme holds, if it does, and whether it holds many."""
    held = [one for one in (annotation, *get_args(annotation)) if isinstance(one, type) and issubclass(one, Definition)]
    return (held[0] if held else None), bool(get_args(annotation))


@pytest.mark.parametrize(
    ("model", "field"),
    [(Rule, "kind"), (Target, "operator"), (Target, "path"), (Ranking, "missing"), (Adjustment, "kind")],
)
def test_every_choice_of_a_scheme_is_explained(model: type[Definition], field: str) -> None:
    assert set(get_args(model.model_fields[field].annotation)) <= codes(page("评价办法.md"))


@pytest.mark.parametrize("union", [AnyMethod, AnyCombination, AnyWeighting], ids=["points", "combine", "weighting"])
def test_every_method_and_its_parameters_are_explained(union: Any) -> None:
    shown = codes(page("评价办法.md"))
    for method in get_args(get_args(union)[0]):
        assert get_args(method.model_fields["method"].annotation)[0] in shown
        assert set(method.model_fields) <= shown, method


def test_every_name_and_function_of_the_language_is_listed() -> None:
    text = page("评价办法.md")
    listed = codes(text)
    assert set(FACTS) | {f"prev.{name}" for name in PREVIOUS_FACTS} <= listed
    assert {f"calendar.{name}" for name in CALENDAR} | {f"park.{name}" for name in PARK} <= listed
    functions = {kind(this=exp.column("x")).sql("duckdb").split("(")[0] for kind in AGGREGATES} | set(FUNCTIONS)
    for function in functions:
        assert re.search(rf"`{function}(\(|`)", text), function


def language_table() -> list[list[str]]:
    return table_rows(page("评价办法.md").split("## 表达式语言")[1].split("### ")[0])


def test_examples_of_the_language_are_understood() -> None:
    examples = [code for row in language_table() for code in codes(row[1])]
    assert len(examples) > 12
    for example in examples:
        assert parse(example, "docs").text == example


@pytest.mark.parametrize("text", ["COUNT(*)", "a % b", "ROUND(a, 1)", "a || 'x'", "(SELECT 1)", "a IN (b)"])
def test_what_the_page_says_is_refused_is_refused(text: str) -> None:
    with pytest.raises(DefinitionRefused):
        parse(text, "docs")
