"""Rules on the rows of a long table, such as one row per enterprise: from its form and from checks in the expression language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

import polars as pl
from sqlglot import exp

from validation.checks import PARAMETER, Check, Parameter, Phrase, read_phrase
from validation.confront import Structure, TableRule
from validation.expression import Expression, Name, parse, unknown_names
from validation.expression.compile import compile_value
from validation.expression.parse import name_of
from validation.expression.reading import number_text
from validation.findings import ERROR
from validation.forms import Column, Form
from validation.identifiers import LABELS, well_formed
from validation.phrases import phrase_text
from validation.problems import DefinitionRefused, Problem
from validation.values import LARGEST


def form_structure(form: Form) -> Structure:
    """The columns of a table form with their types: numbers Float64, dates Date, everything else text."""
    return {column.code: _kind(column) for column in form.columns}


def _kind(column: Column) -> pl.DataType:
    if column.type == "date":
        return pl.Date()
    return pl.Float64() if column.numeric else pl.String()


def form_rules(form: Form) -> list[TableRule]:
    """The 错误 rules that the columns of a table form stand for: required, limits, whole numbers, choices, formats of codes.

    Every number is bounded, so that NaN and infinity break a rule.
    """
    return [rule for column in form.columns for rule in _column_rules(column)]


def form_key(form: Form) -> tuple[str, ...]:
    """The columns of a table form that together name a record; no two records may agree in all of them."""
    return tuple(column.code for column in form.columns if column.key)


def check_rules(
    form: Form, checks: Sequence[Check], parameters: Mapping[str, Parameter], place: str
) -> list[TableRule]:
    """`checks` on the columns of `form`, one rule per column where a check runs `over` columns (codes or patterns).

    `items` and `over` name columns; a finding stands at the first. Parameters become constants. Raises DefinitionRefused with every
    unknown name, unknown column or broken expression; a check by `term`, with a `value`, or that is silent with others, belongs
    to park filings.
    """
    labels = {Name("", column.code): column.label for column in form.columns}
    labels |= {Name(PARAMETER, name): parameter.reason for name, parameter in parameters.items()}
    columns = {Name("", column.code): column.code for column in form.columns}
    texts = {Name("", column.code) for column in form.columns if not column.numeric}
    constants = {Name(PARAMETER, name): parameter.value for name, parameter in parameters.items()}
    problems: list[Problem] = []
    rules: list[TableRule] = []
    for check in checks:
        where = f"{place} 的 {check.id}"
        try:
            for item, holds, message in _spelled(check, form, where):
                used = [holds, *message.expressions]
                wrong = [problem for part in used for problem in unknown_names(part, labels)]
                problems.extend(wrong)
                if not wrong:
                    told = phrase_text(_phrase_with(message, constants), columns, lambda name: labels[name], texts)
                    condition = compile_value(_with(holds, constants).tree, columns, lambda name: labels[name])
                    rules.append(TableRule(check.id, item, condition, check.severity, told))
        except DefinitionRefused as refused:
            problems.extend(refused.problems)
    if problems:
        raise DefinitionRefused(problems)
    return rules


def _column_rules(column: Column) -> Iterator[TableRule]:
    own = pl.col(column.code)
    if column.required:
        yield _rule("required_missing", column, own.is_not_null(), pl.lit(f"“{column.label}”没有填"))
    if column.numeric:
        low = 0.0 if column.type == "count" and column.minimum is None else column.minimum
        low = -float(LARGEST) if low is None else low
        high = float(LARGEST) if column.maximum is None else column.maximum
        within = (own >= low) & (own <= high)
        said = pl.format(f"“{_plain(column.label)}”为 {{}}，应在 {low:g} 至 {high:g} 之间", number_text(own))
        yield _rule("out_of_bounds", column, within, pl.coalesce(said, pl.lit(f"“{column.label}”不是数字")))
        if column.type == "count":
            said = pl.format(f"“{_plain(column.label)}”应为整数，填的是 {{}}", number_text(own))
            yield _rule("count_fraction", column, own % 1 == 0, pl.coalesce(said, pl.lit(f"“{column.label}”不是数字")))
    if column.choices and column.type == "choice":
        said = pl.format(f"“{_plain(column.label)}”填的“{{}}”不在选项中", own.str.slice(0, 40))
        yield _rule("choice_unknown", column, own.is_in(list(column.choices)), said)
    if column.format is not None:
        said = pl.format(f"“{_plain(column.label)}”填的“{{}}”不是{LABELS[column.format]}", own.str.slice(0, 40))
        yield _rule(f"{column.format}_invalid", column, well_formed(own, column.format), said)


def _rule(check_id: str, column: Column, holds: pl.Expr, message: pl.Expr) -> TableRule:
    return TableRule(check_id, column.code, holds, ERROR, message)


def _plain(label: str) -> str:
    return label.replace("{", "（").replace("}", "）")


def _spelled(check: Check, form: Form, place: str) -> Iterator[tuple[str, Expression, Phrase]]:
    codes = {column.code: column for column in form.columns}
    patterns = (check.over,) if isinstance(check.over, str) else check.over
    over = [code for code in codes if any(fnmatchcase(code, pattern) for pattern in patterns)]
    unknown = [item for item in check.items if item not in codes] or ([] if over or not patterns else list(patterns))
    if unknown or check.term or check.silent_with or check.value:
        found = f"没有列 {'、'.join(unknown)}" if unknown else "写了 term、value 或 silent_with"
        raise DefinitionRefused([Problem(place, found, "表中的列；逐行成立的关系", "改正 items、over 或规则")])
    if not patterns:
        yield check.items[0], parse(check.expression, place), read_phrase(check.message, place)
    for code in over:
        words = {"{item}": code, "{label}": codes[code].label, "{unit}": codes[code].unit}
        expression, message = check.expression, check.message
        for word, replacement in words.items():
            expression, message = expression.replace(word, replacement), message.replace(word, replacement)
        yield code, parse(expression, place), read_phrase(message, place)


def _with(expression: Expression, constants: Mapping[Name, float]) -> Expression:
    """`expression` with constants in place of parameters."""

    def replaced(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and name_of(node) in constants:
            return exp.Literal.number(constants[name_of(node)])
        return node

    if not any(name in constants for name in expression.names):
        return expression
    return Expression(expression.text, expression.place, expression.tree.transform(replaced))


def _phrase_with(phrase: Phrase, constants: Mapping[Name, float]) -> Phrase:
    return Phrase(
        tuple(part if isinstance(part, str) else (_with(part[0], constants), part[1]) for part in phrase.parts)
    )
