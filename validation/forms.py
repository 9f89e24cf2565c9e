"""Forms (报表) as definitions: what is collected, from whom, in which unit and with which limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from validation.definition import Definition, load

CATALOGUE = Path(__file__).parent / "catalogue"

ValueType = Literal["number", "count", "text", "choice", "date", "year", "code", "list"]
"""number: decimal; count: whole number >= 0; code: identifier kept as text; list: choices separated by 、"""

Format = Literal["credit_code", "division_code", "industry_code"]
"""Codes with a structure of their own, see validation.identifiers."""

SourceKind = Literal["行政记录", "部门数据", "园区申报", "统计汇总"]


NO_ENTERPRISE = "none"
"""As `contributors`: the figure rests on no enterprise (land, numbers of enterprises, administrative records)."""


class FormField(Definition):
    """What an item and a column of a table have in common."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=1)
    type: ValueType
    unit: str = ""
    aliases: tuple[str, ...] = Field(default=(), description="other labels parks use for it in tables of their own")
    levels: tuple[str, ...] = Field(default=(), description="levels of parks it is asked of; empty: all")
    types: tuple[str, ...] = Field(default=(), description="types of parks it is asked of; empty: all")
    required: bool = True
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    format: Format | None = None
    hint: str = ""
    example: str = ""
    source_kind: SourceKind = "园区申报"
    contributors: str | None = Field(
        default=None,
        description="the item that counts the enterprises behind the figure; none: rests on no enterprise; absent: not known",
    )
    largest: str | None = Field(
        default=None, description="the item that gives the largest enterprise's part of the figure"
    )

    @model_validator(mode="after")
    def _consistent(self) -> FormField:
        if self.type in ("choice", "list") and not self.choices:
            raise ValueError("类型为 choice 或 list 时必须给出 choices")
        if self.format and self.type != "code":
            raise ValueError("只有类型为 code 的可以写 format")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("minimum 不得大于 maximum")
        return self

    @property
    def numeric(self) -> bool:
        return self.type in ("number", "count")

    def asked_of(self, level: str | None, park_type: str | None) -> bool:
        """Whether a park of `level` and `park_type` has to fill it in; a park of unknown level or type has."""
        return (not self.levels or level is None or level in self.levels) and (
            not self.types or park_type is None or park_type in self.types
        )


class Item(FormField):
    """A 基础统计指标: one cell of an items form, with last year's cell beside it when `last_year`."""

    last_year: bool = True


class Column(FormField):
    """One column of a table form; `key` columns together identify a row."""

    key: bool = False


class Form(Definition):
    """One sheet. `items`: one row per item, columns 本年 and 上年. `table`: one row per record.

    A form that is not `required` may be absent from a workbook.
    """

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    sheet: str = Field(min_length=1, max_length=31)
    title: str
    kind: Literal["items", "table"]
    items: tuple[Item, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: int = Field(default=20, ge=1, le=5000, description="blank rows of a table form in the template")
    note: str = ""
    required: bool = True

    @model_validator(mode="after")
    def _one_kind(self) -> Form:
        if self.kind == "items" and (not self.items or self.columns):
            raise ValueError("kind 为 items 的表必须只有 items")
        if self.kind == "table" and (not self.columns or self.items):
            raise ValueError("kind 为 table 的表必须只有 columns")
        codes = [field.code for field in (*self.items, *self.columns)]
        repeated = sorted({code for code in codes if codes.count(code) > 1})
        if repeated:
            raise ValueError(f"代码重复：{'、'.join(repeated)}")
        return self

    @property
    def fields(self) -> tuple[FormField, ...]:
        return (*self.items, *self.columns)


class Workbook(Definition):
    """A kind of workbook: `park` workbooks are filed by each park for one year, `bureau` ones by the bureau for all."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    filed_by: Literal["park", "bureau"]
    forms: tuple[Form, ...] = Field(min_length=1)


class FormSet(Definition):
    """All workbooks of one statistical system (统计报表制度), versioned."""

    key: str
    version: str
    title: str
    clause: str
    source: str = ""
    workbooks: tuple[Workbook, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _codes_unique(self) -> FormSet:
        forms = [form.code for workbook in self.workbooks for form in workbook.forms]
        items = [item.code for workbook in self.workbooks for form in workbook.forms for item in form.items]
        sheets = [f"{workbook.label} {form.sheet}" for workbook in self.workbooks for form in workbook.forms]
        known = {item.code: item for workbook in self.workbooks for form in workbook.forms for item in form.items}
        for field in (field for workbook in self.workbooks for form in workbook.forms for field in form.fields):
            counted = known.get(field.contributors or "")
            if field.contributors not in (None, NO_ENTERPRISE) and (counted is None or counted.type != "count"):
                raise ValueError(f"{field.code} 的 contributors 应为计数指标的代码或 {NO_ENTERPRISE}")
            if field.largest is not None and field.largest not in known:
                raise ValueError(f"{field.code} 的 largest 应为指标的代码")
        for what, codes in (("表代码", forms), ("指标代码", items), ("工作表名", sheets)):
            repeated = sorted({code for code in codes if codes.count(code) > 1})
            if repeated:
                raise ValueError(f"{what}重复：{'、'.join(repeated)}")
        return self

    def workbook(self, code: str) -> Workbook:
        return next(workbook for workbook in self.workbooks if workbook.code == code)

    def forms(self) -> Iterator[Form]:
        return (form for workbook in self.workbooks for form in workbook.forms)

    def items(self) -> dict[str, Item]:
        """Every item of the set by its code."""
        return {item.code: item for form in self.forms() for item in form.items}

    def tables(self) -> dict[str, Form]:
        """Every table form of the set by its code."""
        return {form.code: form for form in self.forms() if form.kind == "table"}


def load_form_set(key: str, folder: Path | None = None) -> FormSet:
    """Load the form set `key` from `folder` (a user's own) or from the product's catalogue; raises DefinitionRefused."""
    return load((folder or CATALOGUE) / key / "forms.toml", FormSet)
