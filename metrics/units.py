"""Units of formulas: what a formula comes out in, and where it adds, compares or declares what does not go together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from sqlglot import exp

from metrics.catalogue import Catalogue
from metrics.vocabulary import LEDGER, PREFIXES
from validation.expression import Expression, Name
from validation.expression.parse import AGGREGATES, name_of, sql_of
from validation.forms import FormSet
from validation.problems import Problem
from validation.units import PERCENT, kind_of, ratio, unit_in

POINTS = "个百分点"
MULTIPLE = "倍"
YEARS = "年"

_FIRST = {
    "money": "元", "area": "平方米", "mass": "吨", "energy": "吨标准煤", "volume": "立方米", "electricity": "千瓦时",
    "count": "个", "dollars": "美元",
}  # fmt: skip
"""The unit in which each kind of quantity is measured here."""

_PURE = {PERCENT: Fraction(1, 100), POINTS: Fraction(1, 100), "百分点": Fraction(1, 100), "‰": Fraction(1, 1000),
         MULTIPLE: Fraction(1), YEARS: Fraction(1)}  # fmt: skip
"""Units of what has no dimension, like the counts of validation.units: shares, multiples, numbers of years."""

_MOST_SIZES = 64

UnitOf = Callable[[Name], str | None]
"""The unit of a name; None or an empty text where it has none that is known."""


@dataclass(frozen=True)
class Quantity:
    """A unit as powers of kinds (`money` 1, `area` -1) and the size of one in the first units of these kinds.

    There are several possible `sizes` once a number was multiplied in: 10000 × x may be ten thousand times x, or x told in a
    unit that is ten thousand times smaller. `free`: a number that goes with any unit. `factor` is a constant's own value.
    `shares` tells figures in % (`%`) from differences of such (`个百分点`). `said` is how the unit is told to the user.
    """

    powers: tuple[tuple[str, int], ...] = ()
    sizes: frozenset[Fraction] = frozenset({Fraction(1)})
    said: str = ""
    free: bool = False
    factor: Fraction | None = None
    shares: str = ""

    @property
    def text(self) -> str:
        """The unit in Chinese."""
        if not self.powers:
            known = {Fraction(1): MULTIPLE, Fraction(1, 100): PERCENT}
            return self.shares or self.said or "或".join(known.get(size, "") for size in sorted(self.sizes)) or MULTIPLE
        return self.said or "、".join(f"{kind}^{power}" for kind, power in self.powers)


FREE = Quantity(free=True)
_PERCENT = Quantity((), frozenset({Fraction(1, 100)}), PERCENT, shares=PERCENT)
_DAYS = Quantity((("day", 1),), said="天")


def quantity(unit: str | None) -> Quantity | None:
    """The Quantity that `unit` (such as 万元/亩) names; None for a unit that is not known."""
    if not unit:
        return None
    above, *below = (part.strip() for part in unit.replace("／", "/").split("/"))
    result = _single(above)
    for part in below:
        divisor = _single(part)
        result = _product(result, divisor, -1) if result is not None and divisor is not None else None
    return replace(result, said=unit) if result is not None else None


def _single(unit: str) -> Quantity | None:
    if unit in _PURE:
        points = unit in (POINTS, "百分点")
        share = POINTS if points else PERCENT if unit == PERCENT else ""
        return Quantity((), frozenset({_PURE[unit]}), unit, shares=share)
    if unit == _DAYS.said:
        return _DAYS
    plain = unit_in(unit)
    kind = kind_of(plain) if plain else None
    if plain is None or kind is None or kind not in _FIRST:
        return None
    size = ratio(plain, _FIRST[kind])
    powers = () if kind == "count" else ((kind, 1),)
    return Quantity(powers, frozenset({size}), unit) if size is not None else None


def units_of_parks(
    form_set: FormSet, catalogue: Catalogue, parameters: Mapping[str, str], ledgers: Mapping[str, str]
) -> UnitOf:
    """The units of the names that formulas of parks use; `parameters` are the units of `param.`, `ledgers` of `ledger.`."""
    park = {code: item.unit for code, item in form_set.items().items() if item.numeric}
    park |= {code: indicator.unit for code, indicator in catalogue.park_indicators().items()}
    return _lookup(park, _of_region(form_set, catalogue), park, form_set, parameters, ledgers)


def units_of_region(form_set: FormSet, catalogue: Catalogue, parameters: Mapping[str, str]) -> UnitOf:
    """The units of the names that formulas of the region use, where bare names are indicators of the region."""
    park = {code: item.unit for code, item in form_set.items().items() if item.numeric}
    park |= {code: indicator.unit for code, indicator in catalogue.park_indicators().items()}
    own = {code: indicator.unit for code, indicator in catalogue.of_region().items()}
    return _lookup(own, _of_region(form_set, catalogue), park, form_set, parameters, {})


def _of_region(form_set: FormSet, catalogue: Catalogue) -> dict[str, str]:
    form = form_set.tables().get("region_totals")
    totals = {column.code: column.unit for column in form.columns if column.numeric} if form else {}
    return totals | {code: indicator.unit for code, indicator in catalogue.of_region().items()}


def _lookup(
    own: Mapping[str, str],
    region: Mapping[str, str],
    park: Mapping[str, str],
    form_set: FormSet,
    parameters: Mapping[str, str],
    ledgers: Mapping[str, str],
) -> UnitOf:
    spaces: dict[str, Mapping[str, str]] = {
        form.code: {column.code: column.unit for column in form.columns if column.numeric}
        for form in form_set.tables().values()
    }
    spaces |= {"parks": park, "param": parameters, "region": region} | dict.fromkeys(("", "prev", "base"), own)
    spaces |= dict.fromkeys(("prev.region", "base.region"), region)
    spaces |= dict.fromkeys((LEDGER, *(f"{space}.{LEDGER}" for space in PREFIXES)), ledgers)

    def unit_of(name: Name) -> str | None:
        if name.space == "calendar":
            return YEARS if name.name.startswith("years_") else None
        return spaces.get(name.space, {}).get(name.name)

    return unit_of


def unit_problems(expression: Expression, unit_of: UnitOf, declared: str = "") -> list[Problem]:
    """Where `expression` adds or compares what is not in one unit, or does not come out in the unit `declared`.

    What is not known (a unit that is not in the table, points, a text, a root) goes with everything: what is told is certain.
    """
    walk = _Walk(unit_of)
    found = walk.visit(expression.tree)
    problems = [
        Problem(expression.place, f"公式“{expression.text}”中 {said}", "同一计量单位", "改正公式，或换算成同一单位")
        for said in dict.fromkeys(walk.said)
    ]
    wanted = quantity(declared)
    if problems or found is None or wanted is None or found.free or _declared_well(found, wanted):
        return problems
    return [
        Problem(
            expression.place, f"公式“{expression.text}”算出的单位是 {found.text}，定义的单位写的是 {declared}",
            f"公式和单位一致{_hint(found, wanted)}", "改正公式或单位",
        )
    ]  # fmt: skip


def _declared_well(found: Quantity, wanted: Quantity) -> bool:
    if found.powers != wanted.powers or not found.sizes & wanted.sizes:
        return False
    return not found.shares or not wanted.shares or found.shares == wanted.shares


def _hint(found: Quantity, wanted: Quantity) -> str:
    if found.powers != wanted.powers:
        return ""
    if found.shares and wanted.shares:
        return "（两个 % 相减得个百分点，增长率和占比为 %）"
    if not wanted.powers and wanted.sizes == frozenset({Fraction(1, 100)}):
        return "（要得 % 须乘 100）"
    return ""


def _constant(value: float) -> Quantity:
    """A number that goes with any unit; only such that may change one unit into another count as factors."""
    return replace(FREE, factor=Fraction(repr(value))) if 1e-12 <= value <= 1e12 else FREE


def _product(left: Quantity, right: Quantity, sign: int) -> Quantity | None:
    """left × right, or left ÷ right where `sign` is -1; None where too many readings are possible, or days are told in years."""
    if left.free and right.free:
        return replace(FREE, factor=_combined(left.factor, right.factor, sign))
    if right.free:
        return _scaled(left, right.factor, sign)
    if left.free:
        return _scaled(_product(Quantity(), right, -1) if sign < 0 else right, left.factor, 1)
    if any(kind == "day" for kind, _ in (*left.powers, *right.powers)):
        return None
    powers = dict(left.powers)
    for kind, power in right.powers:
        powers[kind] = powers.get(kind, 0) + sign * power
    sizes = frozenset(one * other**sign for one in left.sizes for other in right.sizes)
    if len(sizes) > _MOST_SIZES:
        return None
    kept = tuple(sorted((kind, power) for kind, power in powers.items() if power))
    if not right.powers and right.sizes == frozenset({Fraction(1)}):
        return left
    said = f"{left.said or 1}{'×' if sign > 0 else '/'}{right.said or 1}"
    return Quantity(kept, sizes, said if kept else "")


def _combined(left: Fraction | None, right: Fraction | None, sign: int) -> Fraction | None:
    if left is None or right is None or (sign < 0 and not right):
        return None
    return left * right**sign


def _scaled(one: Quantity | None, factor: Fraction | None, sign: int) -> Quantity | None:
    """`one` times (or divided by) a constant: so many times as much, or as much told in another unit."""
    if one is None or factor is None or factor <= 0 or factor == 1:
        return one
    sizes = one.sizes | {size / factor**sign for size in one.sizes}
    if len(sizes) > _MOST_SIZES:
        return None
    plain = not one.powers and not one.shares
    return replace(one, sizes=sizes, factor=None, said="" if plain else one.said)


class _Walk:
    """Visits a tree; `said` are the mismatches found. A visit gives None for what is not known."""

    def __init__(self, unit_of: UnitOf) -> None:
        self.unit_of = unit_of
        self.said: list[str] = []

    def visit(self, node: exp.Expr) -> Quantity | None:
        if isinstance(node, exp.Filter):
            self.visit(node.expression.this)
            return self.visit(node.this)
        if isinstance(node, exp.Count):
            return Quantity(said="个")
        if isinstance(node, (*AGGREGATES, exp.Paren, exp.Abs)):
            return self.visit(node.this)
        if isinstance(node, exp.Neg):
            inner = self.visit(node.this)
            return inner if inner is None else replace(inner, factor=None)
        if isinstance(node, exp.Column):
            name = name_of(node)
            return FREE if name.space == "calendar" and name.name.endswith("year") else quantity(self.unit_of(name))
        if isinstance(node, exp.Literal):
            return None if node.is_string else _constant(float(node.this))
        if isinstance(node, exp.Year | exp.Month):
            return FREE
        if isinstance(node, exp.Add | exp.Sub):
            return self._sum(node)
        if isinstance(node, exp.Mul | exp.Div):
            left, right = self.visit(node.this), self.visit(node.expression)
            known = left is not None and right is not None
            return _product(left, right, -1 if isinstance(node, exp.Div) else 1) if known else None  # type: ignore[arg-type]
        if isinstance(node, exp.Greatest | exp.Least | exp.Coalesce):
            return self._together([node.this, *node.expressions])
        if isinstance(node, exp.Case | exp.If):
            return self._case(node)
        if isinstance(node, exp.Anonymous):
            return self._own_function(node)
        self._inside(node)
        return None

    def _inside(self, node: exp.Expr) -> None:
        """Conditions and whatever has no unit of its own: what stands in a comparison must be in one unit."""
        if isinstance(node, exp.EQ | exp.NEQ | exp.GT | exp.GTE | exp.LT | exp.LTE):
            self._together([node.this, node.expression])
        elif isinstance(node, exp.Between):
            self._together([node.this, node.args["low"], node.args["high"]])
        elif not isinstance(node, exp.Cast | exp.In):
            for child in node.iter_expressions():
                self.visit(child)

    def _sum(self, node: exp.Add | exp.Sub) -> Quantity | None:
        left, right = sides = self.visit(node.this), self.visit(node.expression)
        result = self._common([node.this, node.expression], sides)
        both = left is not None and right is not None and left.shares == right.shares == PERCENT
        if result is None or not both or not isinstance(node, exp.Sub):
            return result
        if _same_at_other_time(node.this, node.expression):
            return replace(result, shares=POINTS, said=POINTS)
        return replace(result, shares="", said=PERCENT)

    def _case(self, node: exp.Case | exp.If) -> Quantity | None:
        branches = node.args["ifs"] if isinstance(node, exp.Case) else [node]
        otherwise = node.args.get("default") if isinstance(node, exp.Case) else node.args.get("false")
        for branch in branches:
            self.visit(branch.this)
        chosen = [branch.args["true"] for branch in branches]
        return self._together(chosen if otherwise is None else [*chosen, otherwise])

    def _own_function(self, node: exp.Anonymous) -> Quantity | None:
        name = str(node.this).upper()
        if name in ("GROWTH_PCT", "CAGR_PCT"):
            self._together(node.expressions[:2])
            for years in node.expressions[2:]:
                self.visit(years)
            return _PERCENT
        for part in node.expressions:
            self.visit(part)
        return _DAYS if name == "DAYS_BETWEEN" else None

    def _together(self, nodes: Sequence[exp.Expr]) -> Quantity | None:
        return self._common(nodes, [self.visit(node) for node in nodes])

    def _common(self, nodes: Sequence[exp.Expr], visited: Sequence[Quantity | None]) -> Quantity | None:
        """What all `nodes` are in; what is free or not known goes with the others."""
        measured = [(node, one) for node, one in zip(nodes, visited, strict=True) if one is not None and not one.free]
        for (left, one), (right, other) in pairwise(measured):
            if one.powers != other.powers or not one.sizes & other.sizes:
                self.said.append(f"“{_sql(left)}”（{one.text}）和“{_sql(right)}”（{other.text}）的单位不同")
                return None
        if any(one is None for one in visited):
            return None
        if not measured:
            return FREE
        sizes = frozenset.intersection(*(one.sizes for _, one in measured))
        if not sizes:
            return None
        shares = {one.shares for _, one in measured}
        share = PERCENT if PERCENT in shares else measured[0][1].shares if len(shares) == 1 else ""
        return replace(measured[0][1], sizes=sizes, shares=share, factor=None)


def _same_at_other_time(left: exp.Expr, right: exp.Expr) -> bool:
    """Whether one figure is taken from itself at another time."""
    sides = [side.this if isinstance(side, exp.Paren) else side for side in (left, right)]
    if not all(isinstance(side, exp.Column) for side in sides):
        return False
    one, other = (name_of(side) for side in sides if isinstance(side, exp.Column))
    return one.name == other.name and one.space != other.space and {one.space, other.space} & {"prev", "base"} != set()


def _sql(node: exp.Expr) -> str:
    return sql_of(node)
