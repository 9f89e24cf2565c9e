"""Checks (审核规则) as definitions: what must hold, in the expression language, loaded and spelled out item by item."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field, model_validator

from validation.definition import Definition, load
from validation.expression import Expression, Name, parse, unknown_names
from validation.findings import ERROR, Severity
from validation.forms import CATALOGUE, Form, FormSet, SourceKind
from validation.peers import Method, Peers
from validation.problems import DefinitionRefused, Problem

LAST_YEAR_ITEMS = "last_year"
PREVIOUS, FILED_LAST, PARAMETER, FILING = "prev", "filed_last", "param", "filing"
FILING_NAMES = {"late_days": "逾期天数", "days_after_year_end": "年末至报送的天数"}
_FIGURE = re.compile(r"«([^»]+?)(?::([0-6]))?»")


class Parameter(Definition):
    """A number that checks use, with the reason for it."""

    value: float
    reason: str = Field(min_length=1)


class Check(Definition):
    """One rule. A finding is made where `expression` is false; where it is null the rule does not apply.

    With `over` (item codes, a pattern, or `last_year` for every numeric item with a 上年 column) the rule stands for one rule per
    item, `{item}` being its code; with `term` as well it stays one rule, `{terms}` being the number of items for which the term is
    true. Texts may hold `{label}` and «expressions» (with `:decimals`), which are replaced by figures. `value` is what the finding
    shows as found in place of the filed figure: the ratio, where the bound is one on a ratio.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=1)
    expression: str = Field(min_length=1)
    severity: Severity
    items: tuple[str, ...] = ()
    over: tuple[str, ...] | str = ()
    term: str = ""
    blame: Literal["this", "last"] = "this"
    silent_with: tuple[str, ...] = ()
    message: str = Field(min_length=1)
    value: str = ""
    expected: str = Field(min_length=1)
    cure: str = Field(min_length=1)
    reason: str = Field(min_length=1)

    @model_validator(mode="after")
    def _placed(self) -> Check:
        if not self.items and not self.over:
            raise ValueError("items 和 over 至少写一个")
        if self.term and not self.over:
            raise ValueError("有 term 时必须写 over")
        return self


class Localisation(Definition):
    """How the figures to be corrected are named where several rules are broken (validation.localise).

    `weights` by source_kind: the larger, the later a figure is suspected. At most `most_sets` ways to put it right are told.
    """

    weights: Mapping[SourceKind, Parameter]
    most_sets: Parameter

    @model_validator(mode="after")
    def _complete(self) -> Localisation:
        missing = [kind for kind in get_args(SourceKind) if kind not in self.weights]
        if missing:
            raise ValueError(f"缺少这些来源的权重：{'、'.join(missing)}")
        if min(weight.value for weight in self.weights.values()) <= 0:
            raise ValueError("权重应大于 0")
        return self

    def weight(self, source_kind: SourceKind) -> float:
        return self.weights[source_kind].value


class PeerDefinition(Definition):
    """A comparison within the group (validation.peers), which checks name as `peer.<id>`, or `peer.<id>_<item>` with `over`.

    `u` and `a` belong to hidiroglou_berthelot: the weight of size, and the least quartile distance as a share of the median.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=1)
    method: Method
    value: str = Field(min_length=1)
    base: str = ""
    over: tuple[str, ...] | str = ()
    minimum_group: Parameter
    u: Parameter | None = None
    a: Parameter | None = None

    @model_validator(mode="after")
    def _whole(self) -> PeerDefinition:
        ratio = self.method == "hidiroglou_berthelot"
        given = [bool(self.base), self.u is not None, self.a is not None]
        if (ratio and not all(given)) or (not ratio and any(given)):
            raise ValueError("base、u、a 与 hidiroglou_berthelot 同时写或都不写")
        return self


class CheckFile(Definition):
    """checks.toml: parameters and rules of one form set, possibly none."""

    key: str
    version: str
    title: str
    parameters: Mapping[str, Parameter] = {}
    localisation: Localisation | None = None
    peers: tuple[PeerDefinition, ...] = ()
    checks: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _ids(self) -> CheckFile:
        ids = [check.id for check in self.checks]
        repeated = sorted({name for name in ids if ids.count(name) > 1})
        if repeated:
            raise ValueError(f"审核规则重复：{'、'.join(repeated)}")
        unknown = sorted({name for check in self.checks for name in check.silent_with} - set(ids))
        if unknown:
            raise ValueError(f"silent_with 中没有这些规则：{'、'.join(unknown)}")
        return self


@dataclass(frozen=True)
class Phrase:
    """A text with figures in it: pieces of text, and expressions with their number of decimals (None: as they are)."""

    parts: tuple[str | tuple[Expression, int | None], ...]

    @property
    def expressions(self) -> Iterator[Expression]:
        return (part[0] for part in self.parts if not isinstance(part, str))


@dataclass(frozen=True)
class Rule:
    """A check spelled out: for one item where the check runs over items; `terms` pairs an item with the term it counts by."""

    check: Check
    item: str | None
    holds: Expression
    items: tuple[str, ...]
    message: Phrase
    expected: Phrase
    value: Phrase | None = None
    terms: tuple[tuple[str, Expression], ...] = ()
    compares_years: bool = False

    @cached_property
    def expressions(self) -> tuple[Expression, ...]:
        return (
            self.holds, *self.message.expressions, *self.expected.expressions, *(self.value.expressions if self.value else ()),
            *(term for _, term in self.terms),
        )  # fmt: skip

    @cached_property
    def needs_last_year(self) -> bool:
        """Whether the rule relies on last year's report, which must then be one that was not refused."""
        return self.compares_years or any(_names_last_year(expression) for expression in self.expressions)


def _names_last_year(expression: Expression) -> bool:
    return any(name.space == PREVIOUS for name in expression.names)


@dataclass(frozen=True)
class Checks:
    """All rules of a form set, in the order of the file, with the parameters they use."""

    key: str
    version: str
    title: str
    definitions: tuple[Check, ...]
    rules: tuple[Rule, ...]
    parameters: Mapping[str, float]
    labels: Mapping[Name, str] = field(repr=False)
    localisation: Localisation | None = None
    peers: tuple[Peers, ...] = ()

    def label(self, name: Name) -> str:
        """Chinese name of a name in an expression."""
        return self.labels.get(name, str(name))


def load_checks(form_set: FormSet, folder: Path | None = None) -> Checks:
    """Load checks.toml of `form_set` from `folder` (a user's own) or the catalogue; raises DefinitionRefused with all problems.

    Forms without that file have no rules of their own; what a cell may hold is still checked by the forms.
    """
    path = (folder or CATALOGUE) / form_set.key / "checks.toml"
    if not path.exists():
        none = CheckFile(key=form_set.key, version=form_set.version, title=form_set.title)
        return spell_out(none, form_set, str(path))
    return spell_out(load(path, CheckFile), form_set, str(path))


def spell_out(file: CheckFile, form_set: FormSet, place: str) -> Checks:
    """The rules of `file` over the items of `form_set`; raises DefinitionRefused for unknown names, items or broken expressions."""
    labels = _labels(file, form_set)
    problems: list[Problem] = []
    peers = list(_peers(file, form_set, place, labels, problems))
    labels |= {name: label for one in peers for name, label in one.names.items()}
    rules: list[Rule] = []
    for check in file.checks:
        where = f"{place} 的 {check.id}"
        try:
            made = list(_rules(check, form_set, where))
        except DefinitionRefused as refused:
            problems.extend(refused.problems)
            continue
        for rule in made:
            problems.extend(_unknown_items(rule, form_set, where))
            for expression in rule.expressions:
                problems.extend(unknown_names(expression, labels))
        problems.extend(_unknown_patterns(check.over, form_set, where))
        rules.extend(made)
    if problems:
        raise DefinitionRefused(problems)
    parameters = {name: parameter.value for name, parameter in file.parameters.items()}
    return Checks(
        file.key, file.version, file.title, file.checks, tuple(_comparing(rules, peers)), parameters, labels,
        file.localisation, tuple(peers),
    )  # fmt: skip


def _comparing(rules: Iterable[Rule], peers: Iterable[Peers]) -> Iterator[Rule]:
    """`rules`, those marked that rely on last year's report by way of a comparison within the group."""
    yearly = {name for one in peers if any(map(_names_last_year, one.expressions)) for name in one.names}
    for rule in rules:
        yield replace(rule, compares_years=any(name in yearly for part in rule.expressions for name in part.names))


def _peers(
    file: CheckFile, form_set: FormSet, place: str, labels: Mapping[Name, str], problems: list[Problem]
) -> Iterator[Peers]:
    for one in file.peers:
        where = f"{place} 的 {one.id}"
        problems.extend(_unknown_patterns(one.over, form_set, where))
        for item in _over(one.over, form_set) if one.over else [""]:
            try:
                value, base = (
                    parse(text.replace("{item}", item), where) if text else None for text in (one.value, one.base)
                )
            except DefinitionRefused as refused:
                problems.extend(refused.problems)
                continue
            if value is None:
                continue
            problems.extend(problem for part in (value, base) if part for problem in unknown_names(part, labels))
            label = f"“{form_set.items()[item].label}”{one.label}" if item else one.label
            yield Peers(
                f"{one.id}_{item}" if item else one.id, label, one.method, value, base, one.minimum_group.value,
                one.u.value if one.u else 0.0, one.a.value if one.a else 0.0,
            )  # fmt: skip


def _labels(file: CheckFile, form_set: FormSet) -> dict[Name, str]:
    labels: dict[Name, str] = {}
    for code, item in form_set.items().items():
        if item.numeric:
            labels[Name("", code)] = item.label
            labels[Name(PREVIOUS, code)] = f"上年年报的{item.label}"
            labels[Name(FILED_LAST, code)] = f"上年数{item.label}"
    for form in _park_tables(form_set):
        labels |= {Name(form.code, column.code): f"{form.sheet}{column.label}" for column in form.columns}
    labels |= {Name(PARAMETER, name): parameter.reason for name, parameter in file.parameters.items()}
    return labels | {Name(FILING, name): label for name, label in FILING_NAMES.items()}


def _park_tables(form_set: FormSet) -> Iterator[Form]:
    for workbook in form_set.workbooks:
        if workbook.filed_by == "park":
            yield from (form for form in workbook.forms if form.kind == "table")


def _rules(check: Check, form_set: FormSet, place: str) -> Iterator[Rule]:
    over = _over(check.over, form_set)
    if not check.over:
        yield _rule(check, None, check.items, check.expression, (), {}, place)
    elif check.term:
        terms = tuple((item, parse(check.term.replace("{item}", item), place)) for item in over)
        counted = " + ".join(f"CASE WHEN COALESCE({term.text}, FALSE) THEN 1 ELSE 0 END" for _, term in terms)
        if terms:
            yield _rule(check, None, check.items, check.expression, terms, {"{terms}": f"({counted})"}, place)
    else:
        known = form_set.items()
        for item in over:
            words = {"{item}": item, "{label}": known[item].label, "{unit}": known[item].unit}
            yield _rule(check, item, (item, *check.items), check.expression, (), words, place)


def _over(over: tuple[str, ...] | str, form_set: FormSet) -> list[str]:
    numeric = {code: item for code, item in form_set.items().items() if item.numeric}
    if over == LAST_YEAR_ITEMS:
        return [code for code, item in numeric.items() if item.last_year]
    patterns = (over,) if isinstance(over, str) else over
    return [code for code in numeric if any(fnmatchcase(code, pattern) for pattern in patterns)]


def _rule(
    check: Check, item: str | None, items: tuple[str, ...], expression: str, terms: tuple[tuple[str, Expression], ...],
    words: Mapping[str, str], place: str,
) -> Rule:  # fmt: skip
    def said(text: str) -> str:
        for word, replacement in words.items():
            text = text.replace(word, replacement)
        return text

    message, expected, value = (read_phrase(said(text), place) for text in (check.message, check.expected, check.value))
    holds = parse(said(expression), place)
    return Rule(check, item, holds, items, message, expected, value if check.value else None, terms)


def read_phrase(text: str, place: str) -> Phrase:
    """The text of a definition with its «expressions» parsed; raises DefinitionRefused naming `place`."""
    parts: list[str | tuple[Expression, int | None]] = []
    end = 0
    for found in _FIGURE.finditer(text):
        parts.append(text[end : found.start()])
        parts.append((parse(found[1], place), int(found[2]) if found[2] else None))
        end = found.end()
    parts.append(text[end:])
    return Phrase(tuple(part for part in parts if part))


def _unknown_items(rule: Rule, form_set: FormSet, place: str) -> Iterator[Problem]:
    known: Collection[str] = form_set.items()
    for item in rule.items:
        if item not in known:
            yield Problem(place, f"没有指标 {item}", "报表中的指标代码", "改正 items")


def _unknown_patterns(over: tuple[str, ...] | str, form_set: FormSet, place: str) -> Iterator[Problem]:
    numeric = [code for code, item in form_set.items().items() if item.numeric]
    for pattern in (over,) if isinstance(over, str) else over:
        if pattern != LAST_YEAR_ITEMS and not any(fnmatchcase(code, pattern) for code in numeric):
            yield Problem(place, f"没有数字指标 {pattern}", "报表中数字指标的代码或带 * 的写法", "改正 over")


def blocking(check: Check) -> bool:
    """Whether a finding of `check` refuses the park for the year."""
    return check.severity == ERROR
