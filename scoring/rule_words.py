"""Conditions of rules as Chinese sentences: readable, and exact to the operator, the figure and what a missing value does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from metrics.vocabulary import LEDGER, QUALITY
from scoring.precision import SCORE_DECIMALS, decimals_of_mean
from scoring.rule_names import FACT_UNITS, FACTS, HISTORY, HOLDS, RANKS
from scoring.rulebook import Rulebook
from validation.expression import Expression, Name
from validation.expression.parse import AGGREGATES, name_of
from validation.expression.reading import describe, plain
from validation.units import with_unit

Joint = Literal["all", "any", "one"]

MARKS = tuple("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲")

_COUNTED = frozenset("个户人起项份天年位处件家次名批宗")
"""Units of what is counted, of which there are 少 and 多; of all else it is 低 and 高."""

_FLIPPED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE, exp.EQ: exp.EQ, exp.NEQ: exp.NEQ,
}  # fmt: skip
_CONTRARY: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.GT: exp.LTE, exp.GTE: exp.LT, exp.LT: exp.GTE, exp.LTE: exp.GT, exp.EQ: exp.NEQ, exp.NEQ: exp.EQ,
}  # fmt: skip
_OF_COUNTS: dict[type[exp.Expr], str] = {
    exp.GTE: "不少于", exp.GT: "多于", exp.LTE: "不多于", exp.LT: "少于", exp.EQ: "为", exp.NEQ: "不为",
}  # fmt: skip
_OF_SIZES: dict[type[exp.Expr], str] = {
    exp.GTE: "不低于", exp.GT: "高于", exp.LTE: "不高于", exp.LT: "低于", exp.EQ: "为", exp.NEQ: "不为",
}  # fmt: skip
_OF_RANKS: dict[type[exp.Expr], tuple[str, str]] = {
    exp.EQ: ("为第", "位"), exp.NEQ: ("不是第", "位"), exp.LTE: ("不后于第", "位"), exp.LT: ("先于第", "位"),
    exp.GTE: ("不先于第", "位"), exp.GT: ("后于第", "位"),
}  # fmt: skip


@dataclass(frozen=True)
class Precision:
    """How a figure is told: its unit, its decimals, and whether it is a place in a ranking (第 2 位)."""

    unit: str
    decimals: int
    place: bool = False


def precision(name: Name, book: Rulebook) -> Precision:
    """Unit and decimals of the figure that `name` stands for in a condition."""
    if name.space == "place" or (name.name in RANKS and name.space in ("", "prev")):
        return Precision("位", 0, place=True)
    if name.space == "missed_years" or name.space.startswith("last"):
        return Precision("年", 0)
    if HISTORY.fullmatch(name.space):
        return Precision("分", SCORE_DECIMALS)
    if name.space == "param":
        units = {parameter.code: parameter.unit for parameter in book.scheme.parameters}
        return Precision(units.get(name.name, ""), 9)
    if name.space == QUALITY:
        return Precision(
            "%" if name.name.endswith("_pct") else FACT_UNITS.get(name.name, "处"),
            1 if name.name.endswith("_pct") else 0,
        )
    if name.space == LEDGER and (figure := book.ledgers.figure(name.name)) is not None:
        return Precision(figure.unit, figure.decimals)
    if name.name in FACTS:
        return Precision(FACT_UNITS.get(name.name, ""), SCORE_DECIMALS if name.name.endswith("score") else 0)
    indicator = book.catalogue.park_indicators().get(name.name)
    if indicator is None:
        return Precision("", 6)
    median = name.space == "group"
    return Precision(indicator.unit, decimals_of_mean(indicator.decimals) if median else indicator.decimals)


def simplified(tree: exp.Expr) -> exp.Expr:
    """`tree` with NOT pushed down to its leaves and without brackets that join nothing; true, false and null as before."""
    if isinstance(tree, exp.Paren):
        return simplified(tree.this)
    if isinstance(tree, exp.And | exp.Or):
        return _join(type(tree), simplified(tree.this), simplified(tree.expression))
    if isinstance(tree, exp.Not):
        return contrary(tree.this)
    if isinstance(tree, exp.EQ | exp.NEQ) and isinstance(tree.expression, exp.Boolean):
        same = bool(tree.expression.this) == isinstance(tree, exp.EQ)
        return simplified(tree.this) if same else contrary(tree.this)
    return tree.copy()


def contrary(tree: exp.Expr) -> exp.Expr:
    """What holds where `tree` does not, null where it is null, simplified."""
    if isinstance(tree, exp.Paren):
        return contrary(tree.this)
    if isinstance(tree, exp.Not):
        return simplified(tree.this)
    if isinstance(tree, exp.And | exp.Or):
        other = exp.Or if isinstance(tree, exp.And) else exp.And
        return _join(other, contrary(tree.this), contrary(tree.expression))
    if type(tree) in _CONTRARY and not isinstance(tree.expression, exp.Boolean):
        return _CONTRARY[type(tree)](this=tree.this.copy(), expression=tree.expression.copy())
    if isinstance(tree, exp.EQ | exp.NEQ):
        same = bool(tree.expression.this) == isinstance(tree, exp.EQ)
        return contrary(tree.this) if same else simplified(tree.this)
    return exp.Not(this=tree.copy())


def parts_of(tree: exp.Expr) -> tuple[Joint, tuple[exp.Expr, ...]]:
    """How a simplified condition is joined at the top, and its parts in order."""
    for kind, joint in ((exp.And, "all"), (exp.Or, "any")):
        if isinstance(tree, kind):
            return joint, tuple(_flat(tree, kind))  # type: ignore[return-value]
    return "one", (tree,)


def marked(texts: list[str]) -> str:
    """①…；②…, for as many as there are."""
    return "；".join(f"{mark(place)}{text}" for place, text in enumerate(texts))


def mark(place: int) -> str:
    """The number before part `place` of a condition, from 0."""
    return MARKS[place] if place < len(MARKS) else f"（{place + 1}）"


class RuleWords:
    """Puts conditions of `book` into words; names are those of `vocabulary`, by default those of rules."""

    def __init__(self, book: Rulebook, vocabulary: Callable[[Name], str] | None = None) -> None:
        self.book = book
        self.label = vocabulary or book.rule_vocabulary

    def sentence(self, tree: exp.Expr) -> str:
        """The whole condition: its parts numbered, with how many of them have to hold."""
        joint, parts = parts_of(simplified(tree))
        if joint == "one":
            return self.part(parts[0])
        head = "同时满足" if joint == "all" else "满足下列任何一项"
        return f"{head}：{marked([self.part(one) for one in parts])}"

    def part(self, tree: exp.Expr) -> str:
        """One part of a simplified condition; parts within it stand in brackets of their own."""
        joint, parts = parts_of(tree.this if isinstance(tree, exp.Paren) else tree)
        if joint != "one":
            word = "，并且" if joint == "all" else "，或者"
            return f"〔{word.join(self.part(one) for one in parts)}〕"
        negative = isinstance(tree, exp.Not)
        leaf = tree.this if negative else tree
        if type(leaf) in _FLIPPED:
            return self._compared(leaf)
        if isinstance(leaf, exp.Column):
            return self._holds(name_of(leaf), negative)
        if isinstance(leaf, exp.In):
            return self._among(leaf, negative)
        if isinstance(leaf, exp.Between):
            return self._between(leaf, negative)
        if isinstance(leaf, exp.Is):
            return f"{self.operand(leaf.this)}{'不缺数' if negative else '缺数'}"
        if isinstance(leaf, exp.ArrayContains):
            return f"{self.operand(leaf.this)}{'不' if negative else ''}包括{self.operand(leaf.expression)}"
        if isinstance(leaf, exp.Coalesce):
            return self._settled(leaf, negative)
        if isinstance(leaf, exp.Boolean):
            return "恒成立" if bool(leaf.this) != negative else "恒不成立"
        said = describe(leaf, self._described)
        return f"不符合“{said}”" if negative else said

    def operand(self, tree: exp.Expr, about: Name | None = None) -> str:
        """One side of a comparison; `about` is what stands on the other side."""
        if isinstance(tree, exp.Column):
            return self._named(name_of(tree), about)
        if isinstance(tree, exp.Literal):
            if tree.is_string:
                return f"“{tree.this}”"
            return with_unit(plain(float(tree.this)), precision(about, self.book).unit if about else "")
        opposite = _opposite(tree)
        if opposite is not None:
            return self._negative(opposite, about)
        share = self._share(tree, about)
        if share:
            return share
        if isinstance(tree, exp.Add | exp.Sub):
            word = "加" if isinstance(tree, exp.Add) else "减"
            return _joined(self.operand(tree.this, about), word, self.operand(tree.expression, about))
        if isinstance(tree, exp.Mul | exp.Div):
            sign = "×" if isinstance(tree, exp.Mul) else "÷"
            return f"{self.operand(tree.this)} {sign} {self.operand(tree.expression)}"
        if isinstance(tree, exp.Paren):
            return f"（{self.operand(tree.this, about)}）"
        if isinstance(tree, exp.Coalesce):
            others = "".join(f"（缺数按 {self.operand(other, about)} 计）" for other in tree.expressions)
            return f"{self.operand(tree.this, about)}{others}"
        return describe(tree, self._described)

    def _compared(self, tree: exp.Expr) -> str:
        left, right, kind = tree.this, tree.expression, type(tree)
        if _constant(left) and not _constant(right):
            left, right, kind = right, left, _FLIPPED[kind]
        about = name_of(left) if isinstance(left, exp.Column) else None
        own = precision(about, self.book) if about else Precision("", 0)
        subject = self.operand(left)
        if isinstance(right, exp.Literal) and right.is_string:
            return f"{subject}{'为' if kind is exp.EQ else '不是'}{self.operand(right)}"
        if own.place and _constant(right):
            before, after = _OF_RANKS[kind]
            return f"{subject}{before} {self._number(right)} {after}{self._source(right)}"
        verbs = _OF_COUNTS if own.unit[:1] in _COUNTED and own.unit != "个百分点" else _OF_SIZES
        return _joined(subject, verbs[kind], self.operand(right, about))

    def _holds(self, name: Name, negative: bool) -> str:
        if name.name in HOLDS and name.space in ("", "prev"):
            said = HOLDS[name.name][negative]
            return f"上年{said}" if name.space else said
        if name.space == "missed":
            return f"“{self.label(Name('', name.name))}”{'达到' if negative else '未达到'}目标"
        return f"{self.label(name)}为{'否' if negative else '是'}"

    def _among(self, tree: exp.Expr, negative: bool) -> str:
        about = name_of(tree.this) if isinstance(tree.this, exp.Column) else None
        values = [self.operand(item, about) for item in tree.expressions]
        if negative:
            return f"{self.operand(tree.this)}不是{'，也不是'.join(values)}"
        return f"{self.operand(tree.this)}为{'或'.join(values)}"

    def _between(self, tree: exp.Expr, negative: bool) -> str:
        about = name_of(tree.this) if isinstance(tree.this, exp.Column) else None
        low, high = (self.operand(tree.args[end], about) for end in ("low", "high"))
        subject = self.operand(tree.this)
        if negative:
            return f"{_joined(subject, '低于', low)}{_joined('或', '高于', high)}"
        return f"{_joined(subject, '在', low)}{_joined('', '至', high)}之间（含两端）"

    def _settled(self, tree: exp.Expr, negative: bool) -> str:
        """A condition with what counts where it cannot be told."""
        last = tree.expressions[0] if len(tree.expressions) == 1 else exp.Coalesce(
            this=tree.expressions[0], expressions=tree.expressions[1:]
        )  # fmt: skip
        said = self.part(contrary(tree.this) if negative else simplified(tree.this))
        if isinstance(last, exp.Boolean):
            return f"{said}（无法判定的，视为{'成立' if bool(last.this) != negative else '不成立'}）"
        return f"{said}（无法判定的，改看：{self.part(contrary(last) if negative else simplified(last))}）"

    def _named(self, name: Name, about: Name | None) -> str:
        if name.space == "param" and name.name in self.book.parameters:
            unit = precision(name, self.book).unit
            return f"{with_unit(plain(self.book.parameters[name.name]), unit)}（{self.label(name)}）"
        if name.space in ("target", "group"):
            word = "目标值" if name.space == "target" else "同组中位数"
            of = Name("", name.name)
            return word if about is not None and about.name == name.name else f"“{self.label(of)}”的{word}"
        return self.label(name)

    def _described(self, name: Name) -> str:
        return self._named(name, None)

    def _number(self, tree: exp.Expr) -> str:
        if not isinstance(tree, exp.Column):
            return plain(float(str(tree.this)))
        value = self.book.parameters.get(name_of(tree).name)
        return self.label(name_of(tree)) if value is None else plain(value)

    def _source(self, tree: exp.Expr) -> str:
        return f"（{self.label(name_of(tree))}）" if isinstance(tree, exp.Column) else ""

    def _negative(self, tree: exp.Expr, about: Name | None) -> str:
        if _constant(tree):
            unit = precision(name_of(tree), self.book).unit if isinstance(tree, exp.Column) else ""
            unit = unit or (precision(about, self.book).unit if about else "")
            source = f"（{self.label(name_of(tree))}，取负值）" if isinstance(tree, exp.Column) else ""
            return f"{with_unit(f'-{self._number(tree)}', unit)}{source}"
        return f"负的（{self.operand(tree, about)}）"

    def _share(self, tree: exp.Expr, about: Name | None) -> str:
        """`param / 100 * x` as a share of x; empty for anything else."""
        if not (isinstance(tree, exp.Mul) and isinstance(tree.this, exp.Div) and _constant(tree.this.this)):
            return ""
        percent, hundred = tree.this.this, tree.this.expression
        if not (isinstance(hundred, exp.Literal) and not hundred.is_string and float(hundred.this) == 100):
            return ""
        return f"{self.operand(tree.expression, about)}的 {self._number(percent)}%{self._source(percent)}"


def condition_text(expression: Expression, book: Rulebook) -> str:
    """The condition of a rule as a Chinese sentence, with the values of parameters in it."""
    return RuleWords(book).sentence(expression.tree)


def names_in(tree: exp.Expr) -> list[Name]:
    """The names of a condition in the order of its text, each once."""
    if isinstance(tree, (exp.Filter, *AGGREGATES)):
        return []
    return list(dict.fromkeys(name_of(column) for column in tree.find_all(exp.Column, bfs=False)))


def _join(kind: type[exp.Expr], left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Both joined, brackets around what is joined otherwise, so that the text reads as the tree does."""
    other = exp.Or if kind is exp.And else exp.And
    sides = (exp.Paren(this=side) if isinstance(side, other) else side for side in (left, right))
    return kind(this=next(sides), expression=next(sides))


def _flat(tree: exp.Expr, kind: type[exp.Expr]) -> Iterator[exp.Expr]:
    if isinstance(tree, kind):
        yield from _flat(tree.this, kind)
        yield from _flat(tree.expression, kind)
    else:
        yield tree


def _constant(tree: exp.Expr) -> bool:
    if isinstance(tree, exp.Column):
        return name_of(tree).space == "param"
    return isinstance(tree, exp.Literal) and not tree.is_string


def _opposite(tree: exp.Expr) -> exp.Expr | None:
    """x of −x and of 0 − x."""
    if isinstance(tree, exp.Neg):
        inner: exp.Expr = tree.this
        return inner
    zero = isinstance(tree, exp.Sub) and isinstance(tree.this, exp.Literal) and not tree.this.is_string
    if zero and float(tree.this.this) == 0:
        other: exp.Expr = tree.expression
        return other
    return None


def _joined(subject: str, verb: str, operand: str) -> str:
    """The verb between its operands, set off from figures by a blank."""
    return f"{subject}{verb} {operand}" if operand[:1].isdigit() or operand[:1] == "-" else f"{subject}{verb}{operand}"
