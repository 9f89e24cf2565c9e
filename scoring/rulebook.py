"""A scheme together with its forms and catalogue, resolved for one year of evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl

from metrics.catalogue import Catalogue
from metrics.compute import Key, readings
from metrics.ledgers import figures_in
from metrics.vocabulary import LEDGER, SUBSCHEME, Vocabulary, ledger_labels
from scoring.dated import Dated, ParkClass, in_force
from scoring.rule_names import FACTS, HISTORY, PREVIOUS_FACTS
from scoring.scheme import Node, Rule, Scheme, Target
from validation.expression import Expression, Name, parse
from validation.forms import FormSet
from validation.ledgers.definition import Ledgers

APART = "\x1f"
"""Stands in codes and groups between the name proper and the number of the evaluation, where many are in one frame."""


@dataclass(frozen=True)
class Rulebook:
    """Everything that decides one evaluation: the scheme, its catalogue, its forms and ledgers, for `year`."""

    scheme: Scheme
    catalogue: Catalogue
    form_set: FormSet
    year: int
    files: tuple[Path, ...]
    ledgers: Ledgers = field(default_factory=Ledgers)

    @cached_property
    def place(self) -> str:
        return str(self.files[0].name)

    @property
    def forms_folder(self) -> Path:
        """The folder that holds the form set's own folder."""
        return self.files[2].parent.parent

    @cached_property
    def parameters(self) -> dict[str, float]:
        """Parameter values in force in `year`."""
        values = {parameter.code: in_force(parameter.values, self.year) for parameter in self.scheme.parameters}
        return {code: dated.value for code, dated in values.items() if dated and dated.value is not None}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Names of indicator formulas."""
        labels = {parameter.code: parameter.label for parameter in self.scheme.parameters}
        targets = tuple(target.indicator for target in self.scheme.targets)
        return Vocabulary(self.form_set, self.catalogue, labels, self._other_labels(), targets)

    @cached_property
    def readings(self) -> dict[Key, str]:
        """The Chinese reading of each indicator's formula, by kind ("park" or "region") and code."""
        return readings(self.catalogue, self.vocabulary, self.files[1].name)

    def _other_labels(self) -> dict[Name, str]:
        subschemes = {Name(SUBSCHEME, item.code): item.label for item in self.scheme.subschemes}
        return subschemes | ledger_labels({figure.code: figure.label for figure in self.ledgers.figures})

    @cached_property
    def ledger_codes(self) -> tuple[str, ...]:
        """Figures of ledgers that formulas of parks, rules, exemptions or adjustments read."""
        formulas = [indicator.expression(self.place) for indicator in self.catalogue.indicators]
        others = (self.conditions, self.orders, self.exemptions, self.adjustments)
        return tuple(figures_in([*formulas, *(one for group in others for one in group.values())]))

    @cached_property
    def rule_vocabulary(self) -> Vocabulary:
        """Names of rule conditions: facts, indicators, and the spaces prev, group, target and param."""
        indicators = {code: item.label for code, item in self.catalogue.park_indicators().items()}
        extra = self._other_labels() | {Name("", code): label for code, label in FACTS.items()}
        extra |= {Name("prev", code): f"上年{FACTS[code]}" for code in PREVIOUS_FACTS}
        extra |= {Name("group", code): f"同组中位数：{label}" for code, label in indicators.items()}
        extra |= {Name("place", code): f"组内位次：{label}" for code, label in indicators.items()}
        for target in self.scheme.targets:
            label = indicators.get(target.indicator, target.indicator)
            extra[Name("missed", target.indicator)] = f"未达到目标：{label}"
            extra[Name("missed_years", target.indicator)] = f"连续未达到目标年数：{label}"
        for count in range(2, 10):
            extra[Name(f"last{count}", "bottom")] = f"近 {count} 个评价年度中靠后年数"
            extra[Name(f"mean{count}", "score")] = f"近 {count} 个评价年度平均总分"
            extra[Name(f"bottom_mean{count}", "score")] = f"近 {count} 个评价年度中靠后年度的平均总分"
        extra |= {Name("target", target.indicator): f"目标：{indicators.get(target.indicator, target.indicator)}"
                  for target in self.scheme.targets}  # fmt: skip
        return Vocabulary(self.form_set, self.catalogue, self.vocabulary.parameters, extra)

    @cached_property
    def rule_names(self) -> frozenset[Name]:
        """The names a rule condition may use."""
        own = self.catalogue.park_indicators()
        spaces = ("param", "group", "target", "place", "missed", "missed_years", "quality", LEDGER)
        names = {name for name in self.rule_vocabulary.labels if name.space in spaces or HISTORY.fullmatch(name.space)}
        names |= {Name("", code) for code in (*FACTS, *own)} | {Name("prev", code) for code in (*PREVIOUS_FACTS, *own)}
        return frozenset(names | {name for name in self.rule_vocabulary.labels if name.space == "park"})

    @cached_property
    def conditions(self) -> dict[str, Expression]:
        """The parsed condition of each rule."""
        return {rule.code: parse(rule.when, f"{self.place} 的 rules.{rule.code}.when") for rule in self.scheme.rules}

    @cached_property
    def orders(self) -> dict[str, Expression]:
        """The parsed order of the candidates of each rule that places them."""
        placed = (rule for rule in self.scheme.rules if rule.placed)
        return {rule.code: parse(rule.order, f"{self.place} 的 rules.{rule.code}.order_by") for rule in placed}

    @cached_property
    def asked(self) -> frozenset[Name]:
        """The names that conditions and orders of rules read."""
        read = (*self.conditions.values(), *self.orders.values())
        return frozenset(name for expression in read for name in expression.names)

    @cached_property
    def exemptions(self) -> dict[str, Expression]:
        """The parsed condition of each exemption."""
        return {
            item.code: parse(item.when, f"{self.place} 的 exemptions.{item.code}.when")
            for item in self.scheme.exemptions
        }

    @cached_property
    def adjustments(self) -> dict[str, Expression]:
        """The parsed points formula or condition of each adjustment."""
        return {
            item.code: parse(item.when or item.points, f"{self.place} 的 adjustments.{item.code}")
            for item in self.scheme.adjustments
        }

    @cached_property
    def exemption_names(self) -> frozenset[Name]:
        """The names an exemption may use: the register, indicators of the year, parameters."""
        own = {Name("", code) for code in self.catalogue.park_indicators()}
        register = {name for name in self.vocabulary.labels if name.space == "park"}
        register |= {Name("park", code) for code in ("park_code", "approved_year")}
        return frozenset(own | register | {name for name in self.vocabulary.labels if name.space == "param"})

    @cached_property
    def lists(self) -> dict[str, tuple[str, ...]]:
        return {item.code: item.members for item in self.scheme.lists}

    def dimension_weight(self, code: str, kind: ParkClass) -> float:
        """The weight of a dimension in its parent for a park of `kind`; 0 where it is not part of its system."""
        own = [dimension.weights for dimension in self.scheme.dimensions if dimension.code == code]
        return _value(own[0], self.year, kind) if own else 0.0

    def node_weight(self, node: Node, kind: ParkClass) -> float:
        return _value(node.weights, self.year, kind)

    def depth(self, code: str) -> int:
        """How far a dimension stands below the total: 1 for those right under it."""
        parents = {dimension.code: dimension.parent for dimension in self.scheme.dimensions}
        steps = 1
        while parents.get(code):
            code, steps = parents[code], steps + 1
        return steps

    def target_value(self, target: Target, kind: ParkClass) -> float | None:
        """The target's value for a park of `kind`; None where the target does not apply, or no longer."""
        if target.ended(self.year):
            return None
        if (target.levels and kind.level not in target.levels) or (target.types and kind.park_type not in target.types):
            return None
        dated = in_force(target.values, self.year)
        return dated.at(kind) if dated else None

    def targets(self) -> Mapping[str, Target]:
        return {target.indicator: target for target in self.scheme.targets}

    @property
    def own_group(self) -> pl.Expr:
        """Rows of a ranking in the park's own group: without groups that is the one of all parks."""
        return ~self.of_all if self.scheme.ranking.group_by else self.of_all

    @property
    def of_all(self) -> pl.Expr:
        """Rows of the ranking of all parks; also where many evaluations stand in one frame, each with its own groups."""
        return pl.col("group").str.split(APART).list.first() == self.scheme.ranking.overall

    def rule_clause(self, rule: Rule) -> str:
        return rule.clause or self.scheme.dynamic_management_clause


def _value(values: Iterable[Dated], year: int, kind: ParkClass) -> float:
    dated = in_force(values, year)
    value = dated.at(kind) if dated else None
    return value or 0.0
