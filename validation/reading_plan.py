"""What a reading process has to know of a form set: plain records that are sent to it, without the definitions' machinery."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from validation.forms import FormSet

_CODE_IN_NAME = re.compile(r"[0-9]+|[A-Z]+|.")


@dataclass(frozen=True)
class FieldPlan:
    """An item or a column."""

    code: str
    label: str
    type: str
    unit: str
    key: bool
    aliases: tuple[str, ...]
    example: str

    @property
    def numeric(self) -> bool:
        return self.type in ("number", "count")


@dataclass(frozen=True)
class FormPlan:
    """One form; `items` says whether it is a list of items or a table."""

    code: str
    sheet: str
    items: bool
    fields: tuple[FieldPlan, ...]


@dataclass(frozen=True)
class WorkbookPlan:
    """One kind of workbook."""

    code: str
    label: str
    of_park: bool
    forms: tuple[FormPlan, ...]


@dataclass(frozen=True)
class Plan:
    """A form set as its readers need it. `template` maps the template's mark to the workbook."""

    title: str
    version: str
    template: dict[str, WorkbookPlan]

    @property
    def park_workbook(self) -> WorkbookPlan | None:
        """The workbook that parks file; a park's own table is read as one of these."""
        return next((workbook for workbook in self.template.values() if workbook.of_park), None)


def plan_of(form_set: FormSet) -> Plan:
    """The plan for reading files of `form_set`."""
    template = {
        f"{form_set.key}/{workbook.code}": WorkbookPlan(
            workbook.code,
            workbook.label,
            workbook.filed_by == "park",
            tuple(
                FormPlan(
                    form.code,
                    form.sheet,
                    form.kind == "items",
                    tuple(
                        FieldPlan(
                            entry.code, entry.label, entry.type, entry.unit, bool(getattr(entry, "key", False)), entry.aliases,
                            entry.example,
                        )
                        for entry in form.fields
                    ),
                )
                for form in workbook.forms
            ),
        )
        for workbook in form_set.workbooks
    }  # fmt: skip
    return Plan(form_set.title, form_set.version, template)


def code_pattern(example: str) -> re.Pattern[str] | None:
    """A pattern of codes that look like `example`: as many digits and capital letters in the same places; None without one.

    `YN5328-01` gives two letters, four digits, a hyphen and two digits, not part of a longer word.
    """
    if not example:
        return None
    parts = []
    for run in _CODE_IN_NAME.findall(example):
        if run.isdigit():
            parts.append(f"[0-9]{{{len(run)}}}")
        else:
            parts.append(f"[A-Z]{{{len(run)}}}" if run.isalpha() and run.isascii() else re.escape(run))
    return re.compile(f"(?<![0-9A-Z]){''.join(parts)}(?![0-9A-Z])")
