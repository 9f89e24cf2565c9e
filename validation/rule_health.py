"""Health of a rule set: rules that contradict each other, say the same twice, never speak, or leave a figure no choice."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from validation.checks import FILED_LAST, PARAMETER, PREVIOUS, Checks, Rule, blocking
from validation.expression import Name
from validation.expression.compile import aggregate_name
from validation.forms import FormField, FormSet
from validation.linear import FALSE, TRUE, Condition, contrary, linear_condition, names_of
from validation.problems import Problem
from validation.smallest_sets import Contradiction, Field, components, interval, optimum
from validation.solver import Row, Variable, solve


def check_rules(checks: Checks, form_set: FormSet) -> list[Problem]:
    """Everything wrong with `checks` as a whole; to be asked whenever a rule, a parameter or a limit of a form changes.

    Each rule by itself, within the limits of the forms: never true, or never false. The 错误 rules together: a smallest set that
    cannot hold at once; a rule that follows from the others; a figure that is left one value only. Rules are judged as far as they are
    linear: a ratio or a growth rate counts as a number of its own, so what is told is certain, but not everything is told.
    """
    stated = list(_stated(checks))
    limits = _limits(form_set, checks, {name for one in stated for name in names_of(one.condition)})
    problems = [problem for one in stated for problem in _alone(one, limits)]
    told = {problem.place for problem in problems}
    hard = [one for one in stated if blocking(one.rule.check) and one.place not in told]
    for part in components(Contradiction(limits, tuple(one.condition for one in hard))):
        own = [one for one in hard if names_of(one.condition) & part.fields.keys()]
        if own:
            problems.extend(_together(own, part, checks))
    return sorted(problems)


@dataclass(frozen=True)
class _Stated:
    """A rule with its condition."""

    rule: Rule
    condition: Condition

    @property
    def title(self) -> str:
        item = f"（{self.rule.item}）" if self.rule.item else ""
        return f"{self.rule.check.id}{item}"

    @property
    def place(self) -> str:
        return f"审核规则 {self.title}"


def _stated(checks: Checks) -> Iterator[_Stated]:
    parameters = {Name(PARAMETER, name): value for name, value in checks.parameters.items()}
    for rule in checks.rules:
        condition = linear_condition(rule.holds, parameters, relaxed=True)
        if condition is not None:
            yield _Stated(rule, condition)


def _limits(form_set: FormSet, checks: Checks, names: Collection[Name]) -> dict[Name, Field]:
    """Every name in a condition with the limits of its form; a sum of figures that cannot be negative is not negative."""
    known: dict[Name, Field] = {}
    for item in form_set.items().values():
        known |= {Name(space, item.code): _limited(item) for space in ("", PREVIOUS, FILED_LAST)}
    columns = {Name(form.code, column.code): column for form in form_set.tables().values() for column in form.columns}
    for aggregate in (one for rule in checks.rules for one in rule.holds.aggregates):
        lows = [_limited(columns[name]).low for name in aggregate.names if name in columns]
        counted = aggregate.sql.startswith("COUNT(")
        known[aggregate_name(aggregate.sql)] = Field(
            0.0, low=0.0 if counted or min(lows, default=-1) >= 0 else -math.inf
        )
    return {name: known.get(name, Field(0.0)) for name in sorted(names)}


def _limited(field: FormField) -> Field:
    whole = field.type == "count"
    low = 0.0 if whole and field.minimum is None else field.minimum
    return Field(
        0.0,
        low=-math.inf if low is None else low,
        high=math.inf if field.maximum is None else field.maximum,
        whole=whole,
    )


def _possible(conditions: Sequence[Condition], limits: Mapping[Name, Field]) -> bool:
    used = frozenset().union(*(names_of(condition) for condition in conditions))
    return optimum([one for one in conditions if one != TRUE], limits, used) is not None


def _alone(one: _Stated, limits: Mapping[Name, Field]) -> Iterator[Problem]:
    if one.condition == FALSE or not _possible([one.condition], limits):
        yield Problem(one.place, "在报表的上下限内永远不成立", "可以成立的关系", "改正式子、参数或报表的上下限")
    elif one.condition == TRUE or not _possible([contrary(one.condition)], limits):
        yield Problem(one.place, "在报表的上下限内永远成立，审不出问题", "可能不成立的关系", "删去，或改正式子和参数")


def _together(rules: Sequence[_Stated], part: Contradiction, checks: Checks) -> Iterator[Problem]:
    conflict = _smallest_conflict(rules, part.fields)
    if conflict:
        names = "、".join(one.title for one in conflict)
        yield Problem(f"审核规则 {names}", "不能同时成立", "存在使全部错误类规则成立的数", "改正其中一条")
        return
    yield from _redundant(rules, part.fields)
    free = list(part.fields)
    for name in free:
        low, high = interval(part, free, name)
        if low == high:
            yield Problem(
                f"审核规则 {'、'.join(one.title for one in rules if name in names_of(one.condition))}",
                f"“{checks.label(name)}”只能填 {low:g}",
                "给指标留有余地的规则",
                "核对式子和参数",
            )


def _redundant(rules: Sequence[_Stated], limits: Mapping[Name, Field]) -> Iterator[Problem]:
    kept = list(rules)
    for one in reversed(rules):
        others = [other for other in kept if other is not one]
        if not _possible([contrary(one.condition), *(other.condition for other in others)], limits):
            kept = others
            reasons = _needed(one, others, limits)
            yield Problem(
                one.place, f"由 {'、'.join(other.title for other in reasons)} 已可推出", "不重复的规则", "删去其中一条"
            )


def _needed(one: _Stated, others: Sequence[_Stated], limits: Mapping[Name, Field]) -> list[_Stated]:
    """Rules among `others` from which `one` follows, none of which can be left out."""
    kept = list(others)
    for other in others:
        fewer = [each for each in kept if each is not other]
        if not _possible([contrary(one.condition), *(each.condition for each in fewer)], limits):
            kept = fewer
    return kept


def _smallest_conflict(rules: Sequence[_Stated], limits: Mapping[Name, Field]) -> list[_Stated]:
    """A smallest set of `rules` that cannot hold at once; empty where all can.

    The cheapest choice of rules that meets every group found so far is tried; where it can hold, the rules that cannot be added to it
    are the next group.
    """

    def possible(chosen: Collection[int]) -> bool:
        return _possible([rules[number].condition for number in sorted(chosen)], limits)

    everything = set(range(len(rules)))
    if possible(everything):
        return []
    groups: list[set[int]] = []
    while True:
        rows = [Row(dict.fromkeys(group, 1.0), low=1) for group in groups]
        solution = solve([Variable(0, 1, 1.0, True) for _ in rules], rows)
        chosen = {number for number, value in enumerate(solution.values if solution else ()) if value > 0.5}
        if not possible(chosen):
            return [rules[number] for number in sorted(chosen)]
        for number in sorted(everything - chosen):
            if possible(chosen | {number}):
                chosen.add(number)
        groups.append(everything - chosen)
