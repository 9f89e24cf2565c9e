"""Where a list of members (企业, 项目, 地块) starts in somebody's own table: its rows of heads and what its columns mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from validation.labels import Head, plain
from validation.own_grid import Grid
from validation.own_items import default_units
from validation.reading_plan import FieldPlan, FormPlan, Plan
from validation.units import kind_of, ratio

HEAD_WITHIN = 50
"""The heads are looked for in so many rows; whatever stands above them is a title."""
_HEAD_ROWS = 4
_LEAST_COLUMNS = 3
"""So many columns must be known: a name or a code alone stands in many tables."""
_ORDINALS = frozenset("甲乙丙丁戊己庚辛")
_OF_THE_MONTH = frozenset(["本月", "当月", "本月数", "当月数", "本月实际"])
PARK, YEAR, MONTH = "park_code", "year", "month"
PERIOD = re.compile("(?:1 *[-—–~至到] *)?([0-9]{1,4}) *(?:年度?|月份?)")
"""A year or month with its word: 2025年, 12月, 1—6月 (figures are those from January on)."""


@dataclass(frozen=True)
class ListColumn:
    """A column of the sheet (from 0) and the field it holds; `told` is the unit the table tells for it, None where it tells none."""

    field: FieldPlan
    column: int
    head: str
    told: str | None

    @property
    def unit(self) -> str:
        """The unit its figures are in."""
        return self.told or self.field.unit


@dataclass(frozen=True)
class ListHead:
    """The heads of a list: its form, its columns in the order of the sheet, the rows of the heads (from 0), the heads passed over, and
    fields that several columns claim."""

    form: FormPlan
    columns: tuple[ListColumn, ...]
    rows: range
    passed_over: tuple[str, ...] = ()
    claimed: tuple[tuple[FieldPlan, tuple[int, ...]], ...] = field(default=())

    @property
    def member(self) -> ListColumn:
        """The column that names the members."""
        return next(one for one in self.columns if one.field.code == member_field(self.form).code)

    @property
    def assumed(self) -> tuple[ListColumn, ...]:
        """Columns whose unit is nowhere told: money, areas and the like, not counts."""
        return tuple(
            one
            for one in self.columns
            if one.told is None and one.field.numeric and kind_of(one.field.unit) not in (None, "count")
        )


def list_forms(plan: Plan) -> list[FormPlan]:
    """The tables of `plan`, whose columns are known by their code too, as heads of exported tables."""
    forms = [form for workbook in plan.template.values() for form in workbook.forms if not form.items]
    return [
        replace(form, fields=tuple(replace(one, aliases=(*one.aliases, one.code)) for one in form.fields))
        for form in forms
    ]


def member_field(form: FormPlan) -> FieldPlan:
    """The column of a list that names its members: the code among its keys that is not the park's."""
    return next(one for one in form.fields if one.key and one.type == "code" and one.code != PARK)


def find_head(grid: Grid, forms: Sequence[FormPlan]) -> ListHead | None:
    """The first rows of heads of a list of `forms` (of `list_forms`, as the grid's labels); the form that knows most columns."""
    for row in range(min(HEAD_WITHIN, grid.height)):
        found = [head for form in forms if (head := _head_at(grid, row, form))]
        if found:
            return max(found, key=lambda head: len(head.columns) + len(head.claimed))
    return None


def unknown_head(grid: Grid, forms: Sequence[FormPlan], place: str) -> tuple[str, str]:
    """What to say of a table without heads that are known, as found and expected: the row that comes nearest and what it lacks."""
    best: tuple[int, int, FormPlan] | None = None
    for row in range(min(HEAD_WITHIN, grid.height)):
        for form in forms:
            known = {
                one.field.code for at in range(grid.width) for one in grid.head(row, at).targets if one.form is form
            }
            if len(known) >= _LEAST_COLUMNS - 1 and (best is None or len(known) > best[0]):
                best = (len(known), row, form)
    if best is None:
        titles = "、".join(form.sheet for form in forms)
        return f"{place}前 {HEAD_WITHIN} 行里没有认出表头", f"{titles}的表头，列名与台账一致"
    _, row, form = best
    label = member_field(form).label
    return f"{place}没有“{label}”列（第 {row + 1} 行像是{form.sheet}的表头）", f"列名 {label}"


def _head_at(grid: Grid, row: int, form: FormPlan) -> ListHead | None:
    member = member_field(form).code
    here = [
        target.field.code for at in range(grid.width) for target in grid.head(row, at).targets if target.form is form
    ]
    if member not in here:
        return None
    last = row
    while last + 1 < min(row + _HEAD_ROWS, grid.height) and _belongs_to_heads(grid, last + 1, form):
        last += 1
    rows = range(row, last + 1)
    defaults = default_units(grid)
    found: dict[str, list[ListColumn]] = {}
    passed_over = []
    for column in range(grid.width):
        heads = _heads(grid, rows, column)
        if not heads:
            continue
        meant = _meant(heads, form)
        unit = next((head.unit for head in reversed(heads) if head.unit), None)
        if meant is None or (unit and kind_of(unit) == "share" and ratio(unit, meant.unit) is None):
            passed_over.append("".join(dict.fromkeys(head.text.strip() for head in heads)))
            continue
        named = plain(heads[-1].text) == meant.code
        told = unit or (meant.unit if named else None) or defaults.get(kind_of(meant.unit) or "")
        found.setdefault(meant.code, []).append(ListColumn(meant, column, heads[-1].text.strip(), told))
    if len(found) < _LEAST_COLUMNS:
        return None
    claimed = tuple((ones[0].field, tuple(one.column for one in ones)) for ones in found.values() if len(ones) > 1)
    columns = sorted((ones[0] for code, ones in found.items() if len(ones) == 1 or code == member), key=_place)
    return ListHead(form, tuple(columns), rows, tuple(passed_over), claimed)


def _place(one: ListColumn) -> int:
    return one.column


def _heads(grid: Grid, rows: range, column: int) -> list[Head]:
    """What the heads above a column say, from the top, ordinals left out; a text that is merged over several rows once."""
    said: list[Head] = []
    for row in rows:
        head = grid.head(row, column, spread=True)
        value = grid.spread(row, column)
        text = head.text or (value.strip() if isinstance(value, str) else "")
        if text.strip() and plain(text) not in _ORDINALS and not (said and said[-1].text == text):
            said.append(head if head.text else Head(text))
    return said


def _meant(heads: Sequence[Head], form: FormPlan) -> FieldPlan | None:
    """The field that heads above each other mean: the lowest that names one, unless what stands below says otherwise."""
    for head in reversed(heads):
        text = plain(head.text)
        fields = [target.field for target in head.targets if target.form is form]
        if text in _OF_THE_MONTH or head.period == "last":
            return None
        if fields:
            return fields[0]
        if not (head.unit or head.period):
            return None
    return None


def _belongs_to_heads(grid: Grid, row: int, form: FormPlan) -> bool:
    """Whether a row below heads belongs to them: units, periods, further labels or the ordinals of columns, and no figure."""
    filled = [at for at in range(grid.width) if not grid.empty(row, at) and not grid.covered(row, at)]
    if not filled:
        return False
    if _ordinal_row(grid, row, filled):
        return True
    heads = [grid.head(row, at) for at in filled]
    if any(head.role == "total" for head in heads):
        return False
    said = any(
        head.unit or head.period or plain(head.text) in _OF_THE_MONTH or any(one.form is form for one in head.targets)
        for head in heads
    )
    figures = any(grid.numeric(row, at) and not grid.head(row, at).period for at in filled)
    return said and not figures


def _ordinal_row(grid: Grid, row: int, filled: Sequence[int]) -> bool:
    """Whether a row numbers the columns: 甲, 乙, 1, 2, 3."""
    texts = [str(grid.value(row, at)).strip().removesuffix(".0") for at in filled]
    numbers = [int(text) for text in texts if text.isdecimal() and len(text) < 4]
    others = [text for text in texts if not text.isdecimal()]
    return (
        len(numbers) >= _LEAST_COLUMNS
        and all(text in _ORDINALS for text in others)
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        and len(numbers) + len(others) == len(filled)
        and numbers[0] in (0, 1)
    )


_HINT_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])")
_HINT_MONTH = re.compile(r"(?<![0-9])([0-9]{1,2})\s*月(?!\s*[0-9]{1,2}\s*日)")


@dataclass(frozen=True)
class Hints:
    """Years and months that stand beside a list: in its title, the sheet's name, the file's name. They are told, never taken."""

    years: tuple[int, ...]
    months: tuple[int, ...]

    @property
    def said(self) -> str:
        """The years and months in words, from which `hints_in` finds them again."""
        return "、".join([*(f"{year} 年" for year in self.years), *(f"{month} 月" for month in self.months)])


def hints_in(texts: Sequence[str]) -> Hints:
    """The years and the months named in `texts`, in the order of size."""
    whole = "\n".join(texts)
    years = {int(found) for found in _HINT_YEAR.findall(whole)}
    months = {int(found) for found in _HINT_MONTH.findall(whole) if 1 <= int(found) <= 12}
    return Hints(tuple(sorted(years)), tuple(sorted(months)))


def titles_above(grid: Grid, head: ListHead) -> Iterator[str]:
    """The texts above the heads of a list."""
    for row in range(head.rows.start):
        for column in range(grid.width):
            value = grid.value(row, column)
            if isinstance(value, str) and value.strip() and not grid.covered(row, column):
                yield value.strip()
