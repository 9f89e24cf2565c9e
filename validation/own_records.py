"""Tables of records (分行业, 领军人才) in a park's own table: found by the heads of their columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from validation.labels import Target, plain
from validation.own_grid import Grid, Placed
from validation.reading_plan import FieldPlan, FormPlan

_HEAD_ROWS = 4
_ENDINGS = ("注", "说明", "备注", "填表", "填报", "制表", "审核", "负责人", "单位负责人", "统计负责人")


@dataclass
class RecordBlock:
    """A table found: its form, columns by field, the rows of its heads, of its records, of its totals; all from 0."""

    form: FormPlan
    columns: dict[str, list[int]]
    units: dict[int, str | None]
    heads: range
    records: list[int] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    unknown: list[tuple[int, int]] = field(default_factory=list)

    def rows(self) -> set[int]:
        """All rows of the block."""
        return {*self.heads, *self.records, *self.totals}

    def placed(self) -> list[Placed]:
        """The cells of its records."""
        return [
            Placed(self.form.code, code, row, columns[0], row + 1, unit=self.units.get(columns[0]))
            for row in self.records
            for code, columns in self.columns.items()
        ]


def find_blocks(grid: Grid, forms: Sequence[FormPlan]) -> list[RecordBlock]:
    """The record tables of `grid` from top to bottom."""
    tables = [form for form in forms if not form.items]
    blocks: list[RecordBlock] = []
    row = 0
    while row < grid.height:
        found = [block for form in tables if (block := _block_at(grid, row, form))]
        if not found:
            row += 1
            continue
        best = max(found, key=lambda block: (len(block.columns), -tables.index(block.form)))
        _take_rows(grid, best)
        blocks.append(best)
        row = max(best.rows()) + 1
    return blocks


def _block_at(grid: Grid, row: int, form: FormPlan) -> RecordBlock | None:
    """The table of `form` whose first row of heads is `row`, if it has all key columns and one more."""
    keys = {entry.code for entry in form.fields if entry.key}
    if not any(target.field.code in keys for target in _targets(grid, row, form)):
        return None
    if any(grid.head(row, column).role == "label" for column in range(grid.width)):
        return None
    last = row
    while last + 1 < min(row + _HEAD_ROWS, grid.height) and _is_head_row(grid, last + 1, form):
        last += 1
    columns: dict[str, list[int]] = {}
    units: dict[int, str | None] = {}
    unknown = []
    for column in range(grid.width):
        heads = [grid.head(at, column, spread=True) for at in range(row, last + 1)]
        fields = [target.field.code for head in heads for target in head.targets if target.form is form]
        periods = [head.period for head in heads if head.period]
        if fields and "last" not in periods:
            columns.setdefault(fields[-1], []).append(column)
            units[column] = next((head.unit for head in reversed(heads) if head.unit), None)
        elif not fields and not any(head.targets or head.unit or head.period or head.role for head in heads):
            bottom = next((at for at in range(last, row - 1, -1) if not grid.empty(at, column)), None)
            if bottom is not None and grid.numeric(last + 1, column):
                unknown.append((bottom, column))
    if not keys <= columns.keys() or len(columns) < 2:
        return None
    return RecordBlock(form, columns, units, range(row, last + 1), unknown=unknown)


def _targets(grid: Grid, row: int, form: FormPlan) -> list[Target]:
    return [target for column in range(grid.width) for target in grid.head(row, column).targets if target.form is form]


def _is_head_row(grid: Grid, row: int, form: FormPlan) -> bool:
    """Whether a row below heads belongs to them: units, periods or further labels, and no number."""
    filled = [column for column in range(grid.width) if not grid.empty(row, column) and not grid.covered(row, column)]
    heads = [grid.head(row, column) for column in filled]
    if not heads or any(head.role == "total" for head in heads):
        return False
    said = [head for head in heads if head.unit or head.period or any(target.form is form for target in head.targets)]
    return bool(said) and not any(grid.numeric(row, column) and not grid.head(row, column).period for column in filled)


def _take_rows(grid: Grid, block: RecordBlock) -> None:
    keys = [columns[0] for code, columns in block.columns.items() if _field(block.form, code).key]
    others = [columns[0] for columns in block.columns.values() if columns[0] not in keys]
    blank = 0
    for row in range(block.heads.stop, grid.height):
        empty = all(grid.empty(row, column) for column in (*keys, *others))
        blank = blank + 1 if empty else 0
        first = plain(str(grid.value(row, keys[0])))
        others_empty = all(grid.empty(row, column) for column in others)
        ends = others_empty and (first.startswith(_ENDINGS) or ":" in first)
        if blank > 1 or ends or any(t.form is block.form for column in keys for t in grid.head(row, column).targets):
            return
        if empty:
            continue
        if others_empty and grid.head(row, keys[0]).targets:
            return
        total = any(grid.head(row, column).role == "total" for column in (*keys, 0))
        (block.totals if total else block.records).append(row)


def _field(form: FormPlan, code: str) -> FieldPlan:
    return next(entry for entry in form.fields if entry.code == code)
