"""What ledgers (台账) are made of, and which figures of a park are formed from them.

A ledger lists the members of a park (enterprises, projects, parcels) by year; `catalogue/ledgers/<code>.toml` defines its columns, rules and the
figures that need no form. `ledgers.toml` beside a form set's `forms.toml` defines the figures that are held against its items.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator
from sqlglot import exp

from validation.checks import Check, Parameter
from validation.definition import Definition
from validation.expression import Expression, Name, parse
from validation.findings import Severity
from validation.forms import Column, Form, FormSet, Workbook

FILE = "ledgers.toml"
"""The figures of a form set, beside its forms.toml."""
FOLDER = "ledgers"
"""The folder of the ledgers' own definitions, beside the folders of form sets."""
PAIRS = "pairs."
"""Before a ledger's code: the same member in the park this year and last, `last_` before the latter's columns."""
LAST = "last_"
PARK, YEAR, MONTH, NAME = "park_code", "year", "month", "name"
_BLANK_ROWS = 500

Use = Literal["compare", "fill", "replace"]
"""compare: only reconciled; fill: taken where the park filed nothing; replace: taken in any case."""


class Figure(Definition):
    """One figure of a park from its ledgers, and the item filed by the park that it is held against."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=1)
    unit: str = ""
    decimals: int = Field(
        default=1, ge=0, le=6, description="with how many a rule tells it; figures themselves are not rounded"
    )
    formula: str = Field(min_length=1)
    clause: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    item: str = ""
    coverage: Literal["all", "part"] = Field(
        default="all",
        description="part: the ledger holds some members only, so that the park's figure may not be less",
    )
    use: Use = "compare"
    tolerance_pct: Parameter | None = None
    severity: Severity = "核实"

    @model_validator(mode="after")
    def _compared(self) -> Figure:
        if bool(self.item) != (self.tolerance_pct is not None):
            raise ValueError("item 与 tolerance_pct 同时写或都不写")
        if self.use != "compare" and not self.item:
            raise ValueError("use 为 fill 或 replace 时必须写 item")
        if self.use != "compare" and self.coverage == "part":
            raise ValueError("台账不全（coverage 为 part）的不能采用")
        return self

    @cached_property
    def expression(self) -> Expression:
        """The parsed formula; raises DefinitionRefused."""
        return parse(self.formula, f"{self.code}.formula")

    @property
    def ledgers(self) -> tuple[str, ...]:
        """Codes of the ledgers that the formula reads, in the order of its text."""
        return tuple(dict.fromkeys(one.table.removeprefix(PAIRS) for one in self.expression.aggregates))


class Link(Definition):
    """A column whose values name members of another ledger, in the same park and year; `only`: the rows that must."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=1)
    column: str
    to: str = Field(description="the ledger that has to hold the member")
    only: str = ""
    severity: Severity = "核实"
    cure: str = Field(min_length=1)
    reason: str = Field(min_length=1)


class Ledger(Definition):
    """Columns, rules and figures of one ledger: a member (named by the column `key`) stands in a park once a year, or once a month.

    `label` and `counter` make sentences (3 家企业). `closing_month` is the month whose row holds the figures of the whole year; without it a
    row is of the year.
    """

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: str
    title: str
    label: str = Field(min_length=1)
    counter: str = Field(min_length=1)
    clause: str
    key: str
    belongs: str = Field(default="按所在地归属一个园区", description="how one that stands in several parks is settled")
    closing_month: Parameter | None = None
    columns: tuple[Column, ...] = Field(min_length=1)
    parameters: Mapping[str, Parameter] = {}
    checks: tuple[Check, ...] = ()
    links: tuple[Link, ...] = ()
    figures: tuple[Figure, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Ledger:
        codes = [column.code for column in self.columns]
        missing = [code for code in self.keys if code not in codes]
        if missing:
            raise ValueError(f"缺少列 {'、'.join(missing)}")
        if (MONTH in codes) != (self.closing_month is not None):
            raise ValueError(f"列 {MONTH} 与 closing_month 同时写或都不写")
        for what, listed in (
            ("列", codes),
            ("规则", [*(check.id for check in self.checks), *(link.id for link in self.links)]),
        ):
            repeated = sorted({code for code in listed if listed.count(code) > 1})
            if repeated:
                raise ValueError(f"{what}的代码重复：{'、'.join(repeated)}")
        held = [figure.code for figure in self.figures if figure.item]
        if held:
            raise ValueError(f"{'、'.join(held)} 写了 item；与报表指标核对的汇总指标写在报表的 {FILE} 里")
        return self

    @property
    def of_enterprises(self) -> bool:
        """Whether its members are enterprises, named by their credit code."""
        return any(column.code == self.key and column.format == "credit_code" for column in self.columns)

    @property
    def keys(self) -> tuple[str, str, str]:
        """Columns that name a row, months apart."""
        return (PARK, self.key, YEAR)

    @cached_property
    def form(self) -> Form:
        """The ledger as a table form."""
        return Form(
            code=self.code, sheet=self.title, title=self.title, kind="table", columns=self.columns, rows=_BLANK_ROWS
        )

    def labels(self) -> Iterator[tuple[Name, str]]:
        """Names of formulas with their Chinese labels."""
        for column in self.columns:
            said = column.label.removeprefix(self.label)
            yield Name(self.code, column.code), f"{self.label}{said}"
            yield Name(f"{PAIRS}{self.code}", column.code), f"{self.label}本年{said}"
            yield Name(f"{PAIRS}{self.code}", f"{LAST}{column.code}"), f"{self.label}上年{said}"


class FormFigures(Definition):
    """The figures of one form set (`ledgers.toml`); one with the code of a ledger's own figure takes that one's place."""

    key: str
    version: str
    figures: tuple[Figure, ...] = ()

    @model_validator(mode="after")
    def _unique(self) -> FormFigures:
        codes = [figure.code for figure in self.figures]
        repeated = sorted({code for code in codes if codes.count(code) > 1})
        if repeated:
            raise ValueError(f"汇总指标的代码重复：{'、'.join(repeated)}")
        return self


def _adds_up(figure: Figure) -> bool:
    tree = figure.expression.tree
    if isinstance(tree, exp.Coalesce):
        tree = tree.this
    function = tree.this if isinstance(tree, exp.Filter) else tree
    aggregates = figure.expression.aggregates
    plain = isinstance(function, exp.Sum | exp.Count) and len(aggregates) == 1
    return plain and not aggregates[0].distinct and not aggregates[0].table.startswith(PAIRS)


@dataclass(frozen=True)
class Ledgers:
    """All ledgers, and all figures that parks get from them: those held against items first."""

    ledgers: tuple[Ledger, ...] = ()
    figures: tuple[Figure, ...] = ()

    def ledger(self, code: str) -> Ledger:
        return next(ledger for ledger in self.ledgers if ledger.code == code)

    @cached_property
    def labels(self) -> dict[Name, str]:
        """Names of figures' formulas with their Chinese labels."""
        return dict(pair for ledger in self.ledgers for pair in ledger.labels())

    @cached_property
    def additive(self) -> frozenset[str]:
        """Figures that are a sum or a count of rows of a year, so that those of two parks add up."""
        return frozenset(figure.code for figure in self.figures if _adds_up(figure))

    def label(self, name: Name) -> str:
        """The Chinese label of a name."""
        return self.labels[name]

    @cached_property
    def form_set(self) -> FormSet:
        """Every ledger as a workbook of its own, filed by the bureau; the version is that of the newest."""
        books = tuple(
            Workbook(code=one.code, label=one.title, filed_by="bureau", forms=(one.form,)) for one in self.ledgers
        )
        version = max(one.version for one in self.ledgers)
        return FormSet(key=FOLDER, version=version, title="台账", clause="统计部门分析用", workbooks=books)

    @property
    def units(self) -> dict[str, str]:
        """The unit of each figure by its code."""
        return {figure.code: figure.unit for figure in self.figures}

    def figure(self, code: str) -> Figure | None:
        """The figure of that code, None where there is none."""
        return next((figure for figure in self.figures if figure.code == code), None)

    def titles(self, figure: Figure) -> str:
        """The ledgers that a figure comes from, as they are called."""
        return "、".join(self.ledger(code).title for code in figure.ledgers)
