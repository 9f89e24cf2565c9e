"""What enterprise records are made of, and which figures of a park are formed from them: `enterprises.toml` beside `forms.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from validation.checks import Check, Parameter
from validation.definition import Definition, load
from validation.expression import Expression, Name, parse, unknown_names
from validation.expression.sql import not_everywhere
from validation.findings import Severity
from validation.forms import CATALOGUE, Column, Form, FormSet, Workbook
from validation.problems import DefinitionRefused, Problem
from validation.table_rules import check_rules

FILE = "enterprises.toml"
ROWS, PAIRS = "enterprises", "pairs"
"""The tables of formulas: enterprises of the year; the same enterprise in the park this year and last, `last_` for the latter's columns."""
LAST = "last_"
PARK, CREDIT_CODE, YEAR, MONTH = "park_code", "credit_code", "year", "month"
_BLANK_ROWS = 500
KEYS = (PARK, CREDIT_CODE, YEAR)
"""Columns every form of enterprise records has."""

Use = Literal["compare", "fill", "replace"]
"""compare: only reconciled; fill: taken where the park filed nothing; replace: taken in any case."""


class Figure(Definition):
    """One figure of a park from its enterprises, and the item filed by the park that it is held against."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=1)
    unit: str = ""
    formula: str = Field(min_length=1)
    clause: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    item: str = ""
    coverage: Literal["all", "part"] = Field(
        default="all",
        description="part: the records hold some enterprises only, so that the park's figure may not be less",
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
            raise ValueError("企业记录不全（coverage 为 part）的不能采用")
        return self


class Enterprises(Definition):
    """Columns, checks and figures of enterprise records; `closing_month` is the month whose row holds the figures of the whole year."""

    key: str
    version: str
    title: str
    clause: str
    columns: tuple[Column, ...] = Field(min_length=1)
    closing_month: Parameter
    parameters: Mapping[str, Parameter] = {}
    checks: tuple[Check, ...] = ()
    figures: tuple[Figure, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Enterprises:
        codes = [column.code for column in self.columns]
        missing = [code for code in KEYS if code not in codes]
        if missing:
            raise ValueError(f"缺少列 {'、'.join(missing)}")
        for what, listed in (("列", codes), ("汇总指标", [figure.code for figure in self.figures])):
            repeated = sorted({code for code in listed if listed.count(code) > 1})
            if repeated:
                raise ValueError(f"{what}的代码重复：{'、'.join(repeated)}")
        return self

    @cached_property
    def form(self) -> Form:
        """The records as a table form."""
        return Form(code=ROWS, sheet="企业记录", title=self.title, kind="table", columns=self.columns, rows=_BLANK_ROWS)

    @cached_property
    def form_set(self) -> FormSet:
        """The records as a workbook of their own, filed by the bureau."""
        book = Workbook(code=ROWS, label="企业记录", filed_by="bureau", forms=(self.form,))
        key = f"{self.key}-{ROWS}"
        return FormSet(key=key, version=self.version, title=self.title, clause=self.clause, workbooks=(book,))

    @cached_property
    def labels(self) -> dict[Name, str]:
        """Names of formulas with their Chinese labels."""
        own = {Name(ROWS, column.code): f"企业{column.label}" for column in self.columns}
        now = {Name(PAIRS, column.code): f"企业本年{column.label}" for column in self.columns}
        last = {Name(PAIRS, f"{LAST}{column.code}"): f"企业上年{column.label}" for column in self.columns}
        return own | now | last

    def label(self, name: Name) -> str:
        """The Chinese label of a name."""
        return self.labels[name]

    @cached_property
    def expressions(self) -> dict[str, Expression]:
        """The parsed formula of every figure by its code."""
        return {figure.code: parse(figure.formula, f"{FILE} 的 {figure.code}.formula") for figure in self.figures}


def load_enterprises(form_set: FormSet, folder: Path | None = None) -> Enterprises | None:
    """Load the enterprise records of `form_set` from `folder` (or the product's catalogue), None where it has none.

    Raises DefinitionRefused with every unknown name, every broken check, every part of a formula that the engines do not share, and every item that is
    not of the form set or in another unit.
    """
    path = (folder or CATALOGUE) / form_set.key / FILE
    if not path.is_file():
        return None
    loaded = load(path, Enterprises)
    problems = [problem for figure in loaded.figures for problem in _faults(figure, loaded, form_set, str(path))]
    try:
        check_rules(loaded.form, loaded.checks, loaded.parameters, str(path))
    except DefinitionRefused as refused:
        problems.extend(refused.problems)
    if problems:
        raise DefinitionRefused(problems)
    return loaded


def _faults(figure: Figure, loaded: Enterprises, form_set: FormSet, path: str) -> list[Problem]:
    place = f"{path} 的 {figure.code}"
    try:
        expression = parse(figure.formula, f"{place}.formula")
    except DefinitionRefused as refused:
        return list(refused.problems)
    problems = unknown_names(expression, loaded.labels)
    if expression.names:
        names = "、".join(str(name) for name in sorted(expression.names))
        problems.append(Problem(f"{place}.formula", f"{names} 不在汇总函数里", "SUM、COUNT 等汇总", "改正公式"))
    problems += [problem for one in expression.aggregates for problem in not_everywhere(one, f"{place}.formula")]
    item = form_set.items().get(figure.item)
    if figure.item and (item is None or not item.numeric):
        problems.append(Problem(f"{place}.item", f"没有数值指标 {figure.item}", "报表中的指标代码", "改正 item"))
    elif item is not None and item.unit != figure.unit:
        problems.append(Problem(f"{place}.unit", f"单位是“{figure.unit}”", f"与指标相同的“{item.unit}”", "改正单位"))
    return problems
