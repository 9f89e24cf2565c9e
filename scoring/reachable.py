"""Rules that can never apply: conditions whose parts exclude each other, or lie outside of what a figure can be."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from metrics.units import quantity, units_of_parks
from scoring.facts import NORMAL
from scoring.rule_names import HISTORY
from scoring.rule_units import conditions_of
from scoring.rulebook import Rulebook
from validation.expression import Expression, Name, parse
from validation.expression.compile import aggregate_name
from validation.expression.parse import name_of, sql_of
from validation.linear import TRUE, linear_condition, names_of
from validation.problems import DefinitionRefused, Problem
from validation.smallest_sets import Field, optimum
from validation.units import PERCENT

_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
_PLACES = ("rank", "overall_rank", "group_size", "group_parks", "overall_size")
_COUNTS = ("bottom_years", "targets_missed_count", "vacant_places", "region_exit_years")


def unreachable(book: Rulebook) -> Iterator[Problem]:
    """A problem for every condition, or alternative of a condition, that no park can ever meet with the parameters in force.

    Judged as far as conditions are linear: growth rates and the like count as figures that may be anything, so that what is told
    is certain, but not everything is told.
    """
    limits = possible_values(book)
    domains = _domains(book)
    parameters = {Name("param", code): value for code, value in book.parameters.items()}
    for key, text in conditions_of(book):
        if key.endswith((".points", ".order_by")):
            continue
        try:
            tree = parse(text, f"{book.place} 的 {key}").tree
        except DefinitionRefused:
            continue
        reader = _Reader(limits, domains, parameters)
        for alternative in _parts(tree, exp.Or):
            conflict = reader.conflict(_parts(alternative, exp.And))
            if conflict:
                yield _problem(f"{book.place} 的 {key}", conflict, book.year)


def _problem(place: str, conflict: Sequence[exp.Expr], year: int) -> Problem:
    said = "与".join(f"“{part.sql(dialect='duckdb')}”" for part in conflict)
    if len(conflict) == 1:
        return Problem(
            place, f"{said} 在 {year} 年永远不成立（自相矛盾或超出可能的范围）", "可能成立的条件", "改正条件或参数"
        )
    return Problem(place, f"{said} 在 {year} 年不能同时成立", "可能成立的条件", "改正条件或参数")


def possible_values(book: Rulebook) -> dict[Name, Field]:
    """The limits of figures in conditions: places from 1 on, counts from 0 on, shares of a whole from 0 to 100."""
    limits = {Name(space, code): Field(0.0, low=1, whole=True) for code in _PLACES for space in ("", "prev")}
    limits |= {Name("", code): Field(0.0, low=0, whole=True) for code in _COUNTS}
    limits[Name("", "targets_missed_count")] = Field(0.0, low=0, high=len(book.scheme.targets), whole=True)
    for code, (low, high) in share_limits(book).items():
        limits |= {Name(space, code): Field(0.0, low=low, high=high) for space in ("", "prev", "group")}
    return limits


def share_limits(book: Rulebook) -> dict[str, tuple[float, float]]:
    """Indicators that are shares of a whole with their limits: kind share or coverage, in %, of figures that are no shares."""
    parameters = {parameter.code: parameter.unit for parameter in book.scheme.parameters}
    unit_of = units_of_parks(book.form_set, book.catalogue, parameters, book.ledgers.units)
    found: dict[str, tuple[float, float]] = {}
    for indicator in (*book.catalogue.indicators, *book.catalogue.region_indicators):
        if indicator.kind not in ("share", "coverage") or indicator.unit != PERCENT:
            continue
        try:
            names = indicator.expression(book.files[1].name).names
        except DefinitionRefused:
            continue
        inner = (quantity(unit_of(name)) for name in names)
        if not any(one is not None and one.shares for one in inner):
            found[indicator.code] = (0.0, 100.0)
    return found


def _domains(book: Rulebook) -> dict[Name, tuple[str, ...]]:
    """Texts that a name can be."""
    grades = tuple(grade.label for grade in book.scheme.grades)
    statuses = tuple(dict.fromkeys((NORMAL, *(status.label for status in book.scheme.statuses))))
    return {
        Name("", "grade"): grades,
        Name("prev", "grade"): grades,
        Name("", "status_before"): statuses,
        Name("", "rectification"): ("有效", "无效"),
        Name("park", "level"): book.scheme.levels,
        **({Name("park", "park_type"): book.scheme.park_types} if book.scheme.park_types else {}),
    }


def _parts(tree: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    """The parts that `kind` (AND, OR) joins at the top of `tree`."""
    inner = tree.this if isinstance(tree, exp.Paren) else tree
    if not isinstance(inner, kind):
        return [tree]
    return [*_parts(inner.this, kind), *_parts(inner.expression, kind)]


@dataclass
class _Reader:
    """Reads conditions as linear ones: facts that hold or not are 0 or 1, texts are numbers."""

    limits: Mapping[Name, Field]
    domains: Mapping[Name, tuple[str, ...]]
    parameters: Mapping[Name, float]
    texts: dict[Name, list[str]] = field(default_factory=dict)
    switches: set[Name] = field(default_factory=set)

    def conflict(self, parts: Sequence[exp.Expr]) -> list[exp.Expr]:
        """A smallest set of `parts` that cannot hold at once; empty where all can."""
        if self._possible(parts):
            return []
        kept = list(parts)
        for part in parts:
            fewer = [other for other in kept if other is not part]
            if fewer and not self._possible(fewer):
                kept = fewer
        return kept

    def _possible(self, parts: Sequence[exp.Expr]) -> bool:
        read = [
            linear_condition(Expression("", "", self._plain(part)), self.parameters, relaxed=True) for part in parts
        ]
        conditions = [one for one in read if one is not None and one != TRUE]
        names = frozenset().union(*(names_of(condition) for condition in conditions))
        fields = {name: self._field(name) for name in sorted(names)}
        return optimum(conditions, fields, names) is not None

    def _field(self, name: Name) -> Field:
        if name in self.switches:
            return Field(0.0, low=0, high=1, whole=True)
        if name in self.texts:
            known = name in self.domains
            return Field(0.0, low=1 if known else 0, high=len(self.texts[name]), whole=True)
        history = HISTORY.fullmatch(name.space)
        if history and history[1] == "last":
            return Field(0.0, low=0, high=float(history[2]), whole=True)
        if name.space in ("place", "missed_years"):
            return Field(0.0, low=1 if name.space == "place" else 0, whole=True)
        return self.limits.get(name, Field(0.0, low=-math.inf))

    def _plain(self, node: exp.Expr) -> exp.Expr:
        """`node` with every condition in it a comparison of numbers."""
        if isinstance(node, exp.Paren | exp.Not):
            return type(node)(this=self._plain(node.this))
        if isinstance(node, exp.And | exp.Or):
            return type(node)(this=self._plain(node.this), expression=self._plain(node.expression))
        if isinstance(node, exp.Boolean):
            return node
        if isinstance(node, exp.In) and isinstance(node.this, exp.Column):
            alike = [self._plain(exp.EQ(this=node.this.copy(), expression=item.copy())) for item in node.expressions]
            return exp.or_(*alike)
        if isinstance(node, exp.EQ | exp.NEQ) and _text(node.expression) is not None:
            if isinstance(node.this, exp.Column):
                return self._numbered(node)
        elif isinstance(node, _COMPARED):
            return node
        name = name_of(node) if isinstance(node, exp.Column) else aggregate_name(sql_of(node))
        self.switches.add(name)
        return exp.EQ(this=node.copy(), expression=exp.Literal.number(1))

    def _numbered(self, node: exp.EQ | exp.NEQ) -> exp.Expr:
        """A comparison with a text as one with its number among the texts of the name: those it can be from 1 on, 0 for others."""
        name, text = name_of(node.this), _text(node.expression) or ""
        texts = self.texts.setdefault(name, list(self.domains.get(name, ())))
        if text not in texts and name not in self.domains:
            texts.append(text)
        number = texts.index(text) + 1 if text in texts else 0
        return type(node)(this=node.this.copy(), expression=exp.Literal.number(number))


def _text(node: exp.Expr) -> str | None:
    return str(node.this) if isinstance(node, exp.Literal) and node.is_string else None
