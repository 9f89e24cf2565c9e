"""The smallest sets of figures whose change would settle all rules (Fellegi and Holt, 1976).

The set is found by a mixed-integer program over the figures that change, to which a cut is added for every choice that leaves a
contradiction; whether a choice does is a linear program in the figures it frees. Splitting the problem keeps it free of the large
constants of the usual single program, with which a tolerance of one millionth lets amounts of thousands pass.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from validation.expression import Name
from validation.linear import TRUE, All, AtMost, Condition, Either, filled, names_of
from validation.solver import Row, Variable, solve

_CLOSE = 1e-7


@dataclass(frozen=True)
class Field:
    """A figure that may be wrong: what was filed, its limits, whether it counts things, and how much it is trusted."""

    value: float
    weight: float = 1.0
    low: float = -math.inf
    high: float = math.inf
    whole: bool = False

    @property
    def admissible(self) -> bool:
        return self.low <= self.value <= self.high and not (self.whole and self.value % 1)


@dataclass(frozen=True)
class Contradiction:
    """Figures and the conditions they should satisfy; every name in a condition is one of `fields`."""

    fields: Mapping[Name, Field]
    conditions: tuple[Condition, ...]

    @cached_property
    def values(self) -> dict[Name, float]:
        return {name: field.value for name, field in self.fields.items()}

    @property
    def broken(self) -> list[int]:
        """Numbers of the conditions that do not hold."""
        return [number for number, one in enumerate(self.conditions) if filled(one, self.values) != TRUE]

    def left(self, free: Collection[Name]) -> list[Condition]:
        """What the conditions ask of `free` when all other figures stay."""
        fixed = {name: value for name, value in self.values.items() if name not in free}
        remaining = (filled(condition, fixed) for condition in self.conditions)
        return [condition for condition in remaining if condition != TRUE]

    def settled_by(self, free: Collection[Name]) -> bool:
        """Whether `free` can be changed so that everything holds."""
        kept = (field for name, field in self.fields.items() if name not in free)
        return all(field.admissible for field in kept) and optimum(self.left(free), self.fields, free) is not None


def components(contradiction: Contradiction) -> list[Contradiction]:
    """The parts of `contradiction` that share no figure, in the order of its fields; conditions without a name are left out."""
    owner: dict[Name, Name] = {name: name for name in contradiction.fields}

    def root(name: Name) -> Name:
        while owner[name] != name:
            name = owner[name]
        return name

    for condition in contradiction.conditions:
        names = sorted(names_of(condition))
        for other in names[1:]:
            owner[root(other)] = root(names[0])
    parts: dict[Name, list[Name]] = {}
    for name in contradiction.fields:
        parts.setdefault(root(name), []).append(name)
    return [
        Contradiction(
            {name: contradiction.fields[name] for name in names},
            tuple(one for one in contradiction.conditions if names_of(one) & set(names)),
        )
        for names in parts.values()
    ]


def smallest_sets(contradiction: Contradiction, most: int) -> list[tuple[Name, ...]]:
    """All sets of least total weight whose change settles every condition, at most `most`; names in the order of the fields.

    Empty where nothing is wrong, and where no change of the fields would settle the conditions.
    """
    names = list(contradiction.fields)
    if not contradiction.broken and all(field.admissible for field in contradiction.fields.values()):
        return []
    if not contradiction.settled_by(names):
        return []
    cuts = list(_first_cuts(contradiction))
    excluded: list[frozenset[Name]] = []
    found: list[tuple[Name, ...]] = []
    best = math.inf
    while len(found) < most:
        chosen = _cheapest(contradiction, cuts, excluded)
        if chosen is None or _weight(contradiction, chosen) > best + _CLOSE:
            break
        if contradiction.settled_by(chosen):
            found.append(tuple(name for name in names if name in chosen))
            best = _weight(contradiction, chosen)
            excluded.append(chosen)
        else:
            cuts.append(_conflict(contradiction, chosen))
    return sorted(found, key=lambda one: [names.index(name) for name in one])


def interval(contradiction: Contradiction, free: Sequence[Name], name: Name) -> tuple[float, float]:
    """The values that `name` may take when the figures `free` change and all others stay, to twelve digits."""
    left = contradiction.left(free)
    low = optimum(left, contradiction.fields, free, {name: 1.0})
    high = optimum(left, contradiction.fields, free, {name: -1.0})
    return (-math.inf if low is None else _rounded(low), math.inf if high is None else _rounded(-high))


def _rounded(value: float) -> float:
    return round(float(f"{value:.12g}"), 6)


def _weight(contradiction: Contradiction, chosen: Collection[Name]) -> float:
    return sum(contradiction.fields[name].weight for name in chosen)


def _first_cuts(contradiction: Contradiction) -> Iterator[frozenset[Name]]:
    for name, field in contradiction.fields.items():
        if not field.admissible:
            yield frozenset({name})
    for number in contradiction.broken:
        yield names_of(contradiction.conditions[number])


def _cheapest(
    contradiction: Contradiction, cuts: Sequence[frozenset[Name]], excluded: Sequence[frozenset[Name]]
) -> frozenset[Name] | None:
    """The cheapest set that meets every cut and is no superset of an excluded one."""
    names = list(contradiction.fields)
    at = {name: number for number, name in enumerate(names)}
    variables = [Variable(0, 1, contradiction.fields[name].weight, True) for name in names]
    rows = [Row({at[name]: 1.0 for name in cut}, low=1) for cut in cuts]
    rows += [Row({at[name]: 1.0 for name in one}, high=len(one) - 1) for one in excluded]
    solution = solve(variables, rows)
    if solution is None:
        return None
    return frozenset(name for name, value in zip(names, solution.values, strict=True) if value > 0.5)


def _conflict(contradiction: Contradiction, chosen: Collection[Name]) -> frozenset[Name]:
    """A smallest group of figures outside `chosen` that cannot all stay as they are."""
    freed = set(chosen)
    conflict = [name for name in contradiction.fields if name not in freed]
    for name in list(conflict):
        if not contradiction.settled_by(freed | {name}):
            freed.add(name)
            conflict.remove(name)
    return frozenset(conflict)


def optimum(
    conditions: Sequence[Condition],
    fields: Mapping[Name, Field],
    free: Collection[Name],
    costs: Mapping[Name, float] | None = None,
) -> float | None:
    """The least cost of values of `free` within their limits that satisfy `conditions`; None where there are none.

    An alternative that the cheapest values leave open is tried part by part.
    """
    names = [name for name in fields if name in free]
    rows = [atom for condition in conditions if isinstance(condition, AtMost | All) for atom in _plain(condition)]
    open_ones = [one for condition in conditions for one in _alternatives(condition)]
    costs = costs or {}
    variables = [
        Variable(fields[name].low, fields[name].high, costs.get(name, 0.0), fields[name].whole) for name in names
    ]
    at = {name: number for number, name in enumerate(names)}
    if not all(at.keys() >= names_of(condition) for condition in conditions):
        raise KeyError("conditions name figures that are not free")
    solution = solve(
        variables, [Row({at[name]: factor for name, factor in row.form.terms}, high=row.limit) for row in rows]
    )
    if solution is None:
        return None
    values = dict(zip(names, solution.values, strict=False)) if len(solution.values) == len(names) else None
    undecided = [one for one in open_ones if values is None or not _met(one, values)]
    if not undecided:
        return solution.cost
    rest: list[Condition] = [*rows, *(one for one in open_ones if one is not undecided[0])]
    tried = (optimum([*rest, part], fields, free, costs) for part in undecided[0].parts)
    return min((cost for cost in tried if cost is not None), default=None)


def _plain(condition: Condition) -> Iterator[AtMost]:
    if isinstance(condition, AtMost):
        yield condition
    elif isinstance(condition, All):
        for part in condition.parts:
            yield from _plain(part)


def _alternatives(condition: Condition) -> Iterator[Either]:
    if isinstance(condition, Either):
        yield condition
    elif isinstance(condition, All):
        for part in condition.parts:
            yield from _alternatives(part)


def _met(condition: Condition, values: Mapping[Name, float]) -> bool:
    if isinstance(condition, AtMost):
        reached = sum(factor * values[name] for name, factor in condition.form.terms)
        return reached <= condition.limit + _CLOSE * max(1.0, abs(condition.limit))
    if isinstance(condition, All):
        return all(_met(part, values) for part in condition.parts)
    return any(_met(part, values) for part in condition.parts)
