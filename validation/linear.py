"""Rules as linear (in)equalities: what can be reasoned about and not only evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce

from sqlglot import exp

from validation.expression import Expression, Name
from validation.expression.compile import aggregate_name
from validation.expression.parse import AGGREGATES, name_of, sql_of

STEP = 1e-6
"""The smallest step between two figures (statistics.MONEY keeps six decimals): a < b means a <= b - STEP."""
_NOISE = 1e-13
"""Share of the figures involved that counts as rounding of binary fractions."""


@dataclass(frozen=True)
class Linear:
    """A sum of names times coefficients, and a constant."""

    terms: tuple[tuple[Name, float], ...] = ()
    constant: float = 0.0

    @cached_property
    def names(self) -> frozenset[Name]:
        return frozenset(name for name, _ in self.terms)

    def plus(self, other: Linear) -> Linear:
        together = dict(self.terms)
        for name, factor in other.terms:
            together[name] = together.get(name, 0.0) + factor
        return _linear(together, self.constant + other.constant)

    def times(self, factor: float) -> Linear:
        return _linear({name: own * factor for name, own in self.terms}, self.constant * factor)

    def filled(self, values: Mapping[Name, float]) -> Linear:
        """The same with `values` in place of their names."""
        known = sum(factor * values[name] for name, factor in self.terms if name in values)
        return Linear(tuple(term for term in self.terms if term[0] not in values), self.constant + known)

    def scale(self, values: Mapping[Name, float]) -> float:
        """Size of the figures involved, for judging what is noise."""
        return abs(self.constant) + sum(abs(factor * values.get(name, 0.0)) for name, factor in self.terms)


@dataclass(frozen=True)
class AtMost:
    """`form` <= 0, or < 0 where `strict`; `noise` is what rounding may add to it."""

    form: Linear
    strict: bool = False
    noise: float = 0.0

    @property
    def limit(self) -> float:
        """The sum of the terms must not exceed this."""
        return -self.form.constant + (-STEP if self.strict else self.noise)


@dataclass(frozen=True)
class All:
    """Every part holds; no part: always true."""

    parts: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Either:
    """At least one part holds; no part: never true."""

    parts: tuple[Condition, ...] = ()


Condition = AtMost | All | Either
"""A rule as a tree of linear inequalities."""

TRUE, FALSE = All(), Either()


def linear_condition(
    expression: Expression, values: Mapping[Name, float], *, relaxed: bool = False
) -> Condition | None:
    """`expression` as a Condition, `values` filled in; None where it is not linear in the remaining names.

    Where `relaxed`, a part that is not linear, such as a growth rate, is a name of its own that may take any value.

    An aggregate is a name of its own (`aggregate_name`). ABS, GREATEST and LEAST are taken apart, so that
    ABS(a - b) <= GREATEST(1, 0.01 * b) becomes two pairs of inequalities of which one must hold. A CASE without ELSE asks nothing
    where no condition holds.
    """
    try:
        return _Reader(values, relaxed).condition(expression.tree, True)
    except _NotLinear:
        return None


def names_of(condition: Condition) -> frozenset[Name]:
    """All names in `condition`."""
    return frozenset().union(*(part.form.names for part in atoms(condition)))


def atoms(condition: Condition) -> Iterator[AtMost]:
    """The inequalities of `condition` in order."""
    if isinstance(condition, AtMost):
        yield condition
    else:
        for part in condition.parts:
            yield from atoms(part)


def contrary(condition: Condition) -> Condition:
    """What holds exactly where `condition` does not."""
    if isinstance(condition, AtMost):
        return AtMost(condition.form.times(-1.0), not condition.strict)
    return _simplified(Either if isinstance(condition, All) else All, (contrary(part) for part in condition.parts))


def expanded(condition: Condition, sums: Mapping[Name, Linear]) -> Condition:
    """`condition` with the sums of `sums` in place of their names."""
    if isinstance(condition, AtMost):
        form = reduce(
            lambda left, term: left.plus(sums.get(term[0], Linear(((term[0], 1.0),))).times(term[1])),
            condition.form.terms,
            Linear((), condition.form.constant),
        )
        return AtMost(form, condition.strict, condition.noise)
    return _simplified(type(condition), (expanded(part, sums) for part in condition.parts))


def filled(condition: Condition, values: Mapping[Name, float]) -> Condition:
    """`condition` with `values` in place of their names; parts without a name left are decided, the tree is simplified.

    A figure may miss its bound by the rounding of binary fractions (`_NOISE` of the figures involved).
    """
    if isinstance(condition, AtMost):
        noise = max(condition.noise, _NOISE * condition.form.scale(values))
        left = AtMost(condition.form.filled(values), condition.strict, noise)
        if left.form.terms:
            return left
        return TRUE if left.form.constant <= (-STEP / 2 if condition.strict else noise) else FALSE
    return _simplified(type(condition), (filled(part, values) for part in condition.parts))


def _simplified(kind: type[All | Either], parts: Iterator[Condition]) -> Condition:
    neutral, absorbing = (TRUE, FALSE) if kind is All else (FALSE, TRUE)
    kept: list[Condition] = []
    for part in parts:
        if part == absorbing:
            return absorbing
        if isinstance(part, kind):
            kept.extend(part.parts)
        elif part != neutral:
            kept.append(part)
    return kept[0] if len(kept) == 1 else kind(tuple(kept))


class _NotLinear(Exception):
    pass


@dataclass(frozen=True)
class _Fold:
    """The largest (or smallest) of several numbers."""

    largest: bool
    parts: tuple[_Number, ...]


_Number = Linear | _Fold


def _linear(terms: Mapping[Name, float], constant: float) -> Linear:
    return Linear(tuple((name, factor) for name, factor in sorted(terms.items()) if factor), constant)


def _sum(left: _Number, right: _Number) -> _Number:
    if isinstance(left, _Fold):
        return _Fold(left.largest, tuple(_sum(part, right) for part in left.parts))
    if isinstance(right, _Fold):
        return _sum(right, left)
    return left.plus(right)


def _product(number: _Number, factor: float) -> _Number:
    if isinstance(number, Linear):
        return number.times(factor)
    return _Fold(number.largest == (factor >= 0), tuple(_product(part, factor) for part in number.parts))


def _constant(number: _Number) -> float:
    if isinstance(number, Linear) and not number.terms:
        return number.constant
    raise _NotLinear


def _at_most(number: _Number, strict: bool) -> Condition:
    if isinstance(number, Linear):
        return filled(AtMost(number, strict), {})
    return _simplified(All if number.largest else Either, (_at_most(part, strict) for part in number.parts))


class _Reader:
    """Reads a tree of the expression language; raises _NotLinear."""

    def __init__(self, values: Mapping[Name, float], relaxed: bool) -> None:
        self.values, self.relaxed = values, relaxed

    def condition(self, node: exp.Expr, positive: bool) -> Condition:
        if isinstance(node, exp.Paren):
            return self.condition(node.this, positive)
        if isinstance(node, exp.Not):
            return self.condition(node.this, not positive)
        if isinstance(node, exp.Boolean):
            return TRUE if bool(node.this) == positive else FALSE
        if isinstance(node, exp.And | exp.Or):
            kind = All if isinstance(node, exp.And) == positive else Either
            return _simplified(kind, (self.condition(part, positive) for part in (node.this, node.expression)))
        if isinstance(node, exp.Between):
            low = self._compared(exp.GTE, node.this, node.args["low"], positive)
            high = self._compared(exp.LTE, node.this, node.args["high"], positive)
            return _simplified(All if positive else Either, iter((low, high)))
        if isinstance(node, exp.Case):
            return self._case(node, positive)
        if type(node) in _FLIPPED:
            return self._compared(type(node), node.this, node.expression, positive)
        raise _NotLinear

    def _case(self, node: exp.Case, positive: bool) -> Condition:
        default = node.args.get("default")
        if not positive or node.this is not None:
            raise _NotLinear
        rest: Condition = TRUE if default is None else self.condition(default, True)
        for branch in reversed(node.args["ifs"]):
            chosen = (self.condition(branch.this, False), self.condition(branch.args["true"], True))
            otherwise = (self.condition(branch.this, True), rest)
            rest = _simplified(All, (_simplified(Either, iter(pair)) for pair in (chosen, otherwise)))
        return rest

    def _compared(self, kind: type[exp.Expr], left: exp.Expr, right: exp.Expr, positive: bool) -> Condition:
        kind = kind if positive else _FLIPPED[kind]
        difference = _sum(self.number(left), _product(self.number(right), -1.0))
        contrary = _product(difference, -1.0)
        if kind in (exp.LTE, exp.LT):
            return _at_most(difference, kind is exp.LT)
        if kind in (exp.GTE, exp.GT):
            return _at_most(contrary, kind is exp.GT)
        both = (_at_most(side, kind is exp.NEQ) for side in (difference, contrary))
        return _simplified(All if kind is exp.EQ else Either, both)

    def number(self, node: exp.Expr) -> _Number:
        try:
            return self._number(node)
        except _NotLinear:
            if not self.relaxed:
                raise
            return Linear(((aggregate_name(sql_of(node)), 1.0),))

    def _number(self, node: exp.Expr) -> _Number:
        if isinstance(node, (exp.Filter, *AGGREGATES)):
            return self._named(aggregate_name(sql_of(node)))
        if isinstance(node, exp.Column):
            return self._named(name_of(node))
        if isinstance(node, exp.Literal) and not node.is_string:
            return Linear((), float(node.this))
        readers: dict[type[exp.Expr], Callable[[exp.Expr], _Number]] = {
            exp.Paren: lambda n: self.number(n.this),
            exp.Neg: lambda n: _product(self.number(n.this), -1.0),
            exp.Add: lambda n: _sum(self.number(n.this), self.number(n.expression)),
            exp.Sub: lambda n: _sum(self.number(n.this), _product(self.number(n.expression), -1.0)),
            exp.Mul: self._multiplied,
            exp.Div: self._divided,
            exp.Abs: lambda n: self._folded(True, [n.this, exp.Neg(this=n.this)]),
            exp.Greatest: lambda n: self._folded(True, [n.this, *n.expressions]),
            exp.Least: lambda n: self._folded(False, [n.this, *n.expressions]),
        }
        if type(node) not in readers:
            raise _NotLinear
        return readers[type(node)](node)

    def _named(self, name: Name) -> Linear:
        return Linear((), self.values[name]) if name in self.values else Linear(((name, 1.0),))

    def _folded(self, largest: bool, nodes: list[exp.Expr]) -> _Number:
        parts = tuple(self.number(node) for node in nodes)
        if all(isinstance(part, Linear) and not part.terms for part in parts):
            return Linear((), reduce(max if largest else min, (_constant(part) for part in parts)))
        return _Fold(largest, parts)

    def _multiplied(self, node: exp.Expr) -> _Number:
        left, right = self.number(node.this), self.number(node.expression)
        if isinstance(left, Linear) and not left.terms:
            left, right = right, left
        return _product(left, _constant(right))

    def _divided(self, node: exp.Expr) -> _Number:
        divisor = _constant(self.number(node.expression))
        if divisor == 0:
            raise _NotLinear
        return _product(self.number(node.this), 1 / divisor)


_FLIPPED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.GT: exp.LTE, exp.GTE: exp.LT, exp.LT: exp.GTE, exp.LTE: exp.GT, exp.EQ: exp.NEQ, exp.NEQ: exp.EQ,
}  # fmt: skip
