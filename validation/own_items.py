"""Items in a park's own table: one row per item (with or without heads), or one column per item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from validation.labels import Head, Target, plain
from validation.own_grid import Grid, Placed, cell_text
from validation.units import kind_of, unit_in

_HEAD_ROWS = 4
PARK_CODE, YEAR = "park_code", "statistics_year"


@dataclass
class ItemFinds:
    """What was found of items in one sheet.

    placed: cells of items; ambiguous: places of labels that fit several items; unknown: places of labels with a figure that fit
    none; assumed: places of labels whose figure was taken from the first of several columns without heads; several: park codes or
    rows beyond the first of a table with one column per item.
    """

    placed: list[Placed] = field(default_factory=list)
    ambiguous: list[tuple[int, int, tuple[Target, ...]]] = field(default_factory=list)
    unknown: list[tuple[int, int]] = field(default_factory=list)
    assumed: list[tuple[int, int]] = field(default_factory=list)
    several: list[tuple[int, int]] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)


def find_items(grid: Grid, taken: set[int], year: int | None) -> ItemFinds:
    """The items of `grid` outside of the rows `taken`; `year` tells which of the heads 2025 年 and 2024 年 is this year's."""
    finds = ItemFinds()
    default = default_units(grid)
    hits = [
        (row, column, head)
        for row in range(grid.height)
        if row not in taken
        for column in range(grid.width)
        if not grid.covered(row, column) and (head := grid.head(row, column)).targets
    ]
    wide = _wide_rows(grid, hits)
    used = set(taken)
    for row in wide:
        if row not in used:
            used |= _read_wide(grid, row, year, default, finds)
    _read_long(grid, [hit for hit in hits if hit[0] not in used], used, year, default, finds)
    _read_inline(grid, used, finds)
    return finds


def default_units(grid: Grid) -> dict[str, str]:
    """Units told for the whole sheet (单位：万元) by what they measure."""
    units: dict[str, str] = {}
    for row in grid.rows:
        for value in row:
            if isinstance(value, str) and "单位" in value and len(value) < 60:
                text = plain(value)
                _, _, after = text.partition("单位:")
                for part in after.replace("、", ",").replace(";", ",").replace("/", ",").split(",") if after else ():
                    unit = unit_in(part.rstrip(")"))
                    if unit:
                        units.setdefault(kind_of(unit) or "", unit)
    return units


def _items(head: Head) -> tuple[Target, ...]:
    return tuple(target for target in head.targets if target.form.items)


def _told(unit: str | None, target: Target, default: dict[str, str]) -> str | None:
    kind = kind_of(target.field.unit)
    return unit or (default.get(kind) if kind else None)


def _period(text: str | None, year: int | None) -> str | None:
    """`this`, `last`, `other` for another year, None when no period is told."""
    if text in (None, "this", "last"):
        return text
    return {year: "this", (year or 0) - 1: "last"}.get(int(text), "other") if year else "other"


def _wide_rows(grid: Grid, hits: Sequence[tuple[int, int, Head]]) -> list[int]:
    """Rows that are heads of columns: more of their labels have a figure below than beside."""
    rows: dict[int, list[int]] = {}
    for row, column, head in hits:
        if _items(head):
            rows.setdefault(row, []).append(column)
    found = []
    for row, columns in rows.items():
        long = any(grid.head(row, column).role == "label" for column in range(grid.width))
        if len(columns) < 2 or long:
            continue
        below = sum(_figure_below(grid, row, column) for column in columns)
        beside = sum(_figure_beside(grid, row, column) for column in columns)
        if below > beside:
            found.append(row)
    return found


def _figure_below(grid: Grid, row: int, column: int) -> bool:
    for at in range(row + 1, min(row + _HEAD_ROWS + 1, grid.height)):
        head = grid.head(at, column)
        if head.targets:
            return False
        if grid.numeric(at, column):
            return True
        if not (grid.empty(at, column) or head.unit or head.period):
            return not any(grid.head(at, column).targets for column in range(grid.width))
    return False


def _figure_beside(grid: Grid, row: int, column: int) -> bool:
    of_text = not any(target.field.numeric for target in _items(grid.head(row, column)))
    for at in range(column + 1, grid.width):
        head = grid.head(row, at)
        if head.targets or head.role:
            return False
        if grid.numeric(row, at) or (of_text and not grid.empty(row, at)):
            return True
    return False


def _read_wide(grid: Grid, row: int, year: int | None, default: dict[str, str], finds: ItemFinds) -> set[int]:
    """Items whose labels stand above their figures; returns the rows used."""
    last = row
    while last + 1 < grid.height and last - row < _HEAD_ROWS and _head_row(grid, last + 1):
        last += 1
    columns: list[tuple[int, Target, str | None, str | None]] = []
    for column in range(grid.width):
        heads = [grid.head(at, column, spread=True) for at in range(row, last + 1)]
        targets = next((items for head in reversed(heads) if (items := _items(head))), ())
        unit = next((head.unit for head in reversed(heads) if head.unit), None)
        period = next((head.period for head in reversed(heads) if head.period), None)
        if len(targets) == 1:
            columns.append((column, targets[0], unit, _period(period, year)))
        elif targets:
            finds.ambiguous.append((row, column, targets))
        elif (
            not any(head.role or head.unit or head.period for head in heads)
            and not grid.empty(row, column)
            and grid.numeric(last + 1, column)
        ):
            finds.unknown.append((row, column))
    lines = _lines_below(grid, last + 1, [column for column, *_ in columns])
    totals = [at for at in lines if any(grid.head(at, column).role == "total" for column in range(grid.width))]
    finds.totals.extend(totals)
    for at, period_of_line in _periods_of_lines(grid, [at for at in lines if at not in totals], columns, year, finds):
        for column, target, unit, period in columns:
            when = period or period_of_line
            if when in ("this", "last"):
                told = _told(unit, target, default)
                finds.placed.append(Placed(target.form.code, target.field.code, at, column, 0, when, told))
    return {*range(row, last + 1), *lines}


def _head_row(grid: Grid, row: int) -> bool:
    filled = [column for column in range(grid.width) if not grid.empty(row, column) and not grid.covered(row, column)]
    heads = [grid.head(row, column) for column in filled]
    said = [head.unit or head.period or head.targets for head in heads]
    return bool(filled) and all(said) and not (len(filled) == 1 and heads[0].period)


def _lines_below(grid: Grid, start: int, columns: list[int]) -> list[int]:
    lines = []
    for row in range(start, grid.height):
        if all(grid.empty(row, column) for column in columns) or any(
            _items(grid.head(row, column)) for column in columns
        ):
            break
        lines.append(row)
    return lines


def _periods_of_lines(
    grid: Grid,
    lines: list[int],
    columns: list[tuple[int, Target, str | None, str | None]],
    year: int | None,
    finds: ItemFinds,
) -> Iterator[tuple[int, str]]:
    """The rows with figures and whose year they are; any further row is told as `several`."""
    mapped = {column for column, *_ in columns}
    of_year = next((column for column, target, *_ in columns if target.field.code == YEAR), None)
    seen: dict[str, int] = {}
    for row in lines:
        told = next(
            (head.period for at in range(grid.width) if at not in mapped and (head := grid.head(row, at)).period), None
        )
        if of_year is not None and told is None:
            text = cell_text(grid.value(row, of_year)).removesuffix("年")
            told = text if text.isdecimal() and len(text) == 4 else None
        when = _period(told, year) if told and (told in ("this", "last") or len(lines) > 1) else "this"
        if when is None or when in seen:
            finds.several.append((row, min(mapped)))
        else:
            seen[when] = row
            yield row, when


@dataclass
class _Columns:
    """What the heads above say of the columns right of a label column."""

    period: dict[int, str] = field(default_factory=dict)
    unit: int | None = None
    key: dict[int, Target] = field(default_factory=dict)


def _read_long(
    grid: Grid,
    hits: Sequence[tuple[int, int, Head]],
    used: set[int],
    year: int | None,
    default: dict[str, str],
    finds: ItemFinds,
) -> None:
    by_place = {(row, column): head for row, column, head in hits}
    heads = {row for row, _, _ in hits if _is_heads(grid, row)}
    label_columns = sorted({column for row, column, head in hits if row not in heads and _items(head)})
    said: dict[int, _Columns] = {column: _Columns() for column in label_columns}
    records: dict[tuple[str, str], int] = {}
    for row in range(grid.height):
        if row in used:
            continue
        if row in heads:
            _place_identity(grid, row, finds)
        labels = [
            at for at in label_columns if row not in heads and _fits(grid, row, by_place.get((row, at)), said[at])
        ]
        for column in label_columns:
            stop = next((at for at in labels if at > column), grid.width)
            if column in labels:
                head = by_place[row, column]
                _place_item(grid, row, column, stop, head, said[column], year, default, finds, records)
            else:
                _read_heads(grid, row, column, said[column], year)
                _tell_unknown(grid, row, column, stop, said[column], finds, bool(labels))


def _fits(grid: Grid, row: int, head: Head | None, said: _Columns) -> bool:
    """Whether a cell is the label of an item, or of a table's column with the key of a record beside it."""
    if head is None:
        return False
    return bool(_items(head)) or _key(grid, row, said) is not None


def _key(grid: Grid, row: int, said: _Columns) -> tuple[int, Target] | None:
    return next(((at, target) for at, target in said.key.items() if not grid.empty(row, at)), None)


def _place_identity(grid: Grid, row: int, finds: ItemFinds) -> None:
    """Park and year of a table with one row per item, repeated in columns of their own: taken from the first row."""
    for column in range(grid.width):
        for target in _items(grid.head(row, column)):
            below = next((at for at in range(row + 1, grid.height) if not grid.empty(at, column)), None)
            if target.field.code in (PARK_CODE, YEAR) and below is not None:
                finds.placed.append(Placed(target.form.code, target.field.code, below, column))


def _is_heads(grid: Grid, row: int) -> bool:
    """Whether a row with labels is the heads of a table with one row per item."""
    return any(grid.head(row, column).role == "label" for column in range(grid.width))


def _read_heads(grid: Grid, row: int, column: int, said: _Columns, year: int | None) -> None:
    heads = {at: grid.head(row, at, spread=True) for at in range(column + 1, grid.width)}
    periods = {at: when for at, head in heads.items() if not head.targets and (when := _period(head.period, year))}
    units = [at for at, head in heads.items() if head.role == "unit" and ":" not in head.text and "：" not in head.text]
    label = grid.head(row, column, spread=True).role == "label"
    if (periods and not _figures(grid, row, column)) or units or label:
        if label or units:
            said.period, said.unit = {}, None
        said.period.update(periods)
        said.unit = units[0] if units else said.unit
        for at in range(grid.width):
            keys = [target for target in grid.head(row, at).targets if target.field.key and not target.form.items]
            if keys and label:
                said.key[at] = keys[0]


def _figures(grid: Grid, row: int, column: int) -> bool:
    """Whether a row holds figures beside year-like ones."""
    return any(grid.numeric(row, at) and not grid.head(row, at).period for at in range(column + 1, grid.width))


def _place_item(
    grid: Grid,
    row: int,
    column: int,
    stop: int,
    head: Head,
    said: _Columns,
    year: int | None,
    default: dict[str, str],
    finds: ItemFinds,
    records: dict[tuple[str, str], int],
) -> None:
    key = _key(grid, row, said)
    unit = head.unit
    if unit is None and said.unit is not None:
        unit = grid.head(row, said.unit).unit or _written(grid, row, said.unit)
    if unit is None and said.unit is None and column + 1 < stop:
        unit = grid.head(row, column + 1).unit
    periods = {at: when for at, when in said.period.items() if column < at < stop}
    if not periods:
        figures = [at for at in range(column + 1, stop) if grid.numeric(row, at)]
        texts = [at for at in range(column + 1, stop) if not grid.empty(row, at) and not grid.head(row, at).unit]
        if not figures and not texts:
            return
        of_text = not head.targets[0].field.numeric
        periods = {(texts if of_text and texts else figures or texts)[0]: "this"}
        if len(figures) > 1 and not of_text:
            finds.assumed.append((row, column))
    if key is not None:
        _place_record(grid, row, head, key, periods, unit, default, finds, records)
        return
    targets = _items(head)
    if len(targets) > 1:
        finds.ambiguous.append((row, column, targets))
        return
    target = targets[0]
    told = _told(unit, target, default)
    own_period = _period(head.period, year)
    for at, when in periods.items():
        if (own_period or when) in ("this", "last") and (when == "this" or not own_period):
            when = own_period or when
            if target.field.numeric or when == "this":
                finds.placed.append(Placed(target.form.code, target.field.code, row, at, 0, when, told))


def _written(grid: Grid, row: int, column: int) -> str | None:
    """A unit that is not known, as it is written."""
    text = plain(str(grid.value(row, column)))
    return text or None


def _place_record(
    grid: Grid,
    row: int,
    head: Head,
    key: tuple[int, Target],
    periods: dict[int, str],
    unit: str | None,
    default: dict[str, str],
    finds: ItemFinds,
    records: dict[tuple[str, str], int],
) -> None:
    """A figure of one record: its key stands beside the label."""
    at, of_key = key
    target = next((target for target in head.targets if target.form is of_key.form), None)
    this = next((column for column, when in periods.items() if when == "this"), None)
    if target is None or this is None:
        finds.unknown.append((row, at))
        return
    name = cell_text(grid.value(row, at))
    if (of_key.form.code, name) not in records:
        records[of_key.form.code, name] = row + 1
        finds.placed.append(Placed(of_key.form.code, of_key.field.code, row, at, row + 1))
    record = records[of_key.form.code, name]
    told = _told(unit, target, default)
    finds.placed.append(Placed(target.form.code, target.field.code, row, this, record, "this", told))


def _tell_unknown(grid: Grid, row: int, column: int, stop: int, said: _Columns, finds: ItemFinds, beside: bool) -> None:
    """A text in a column of labels that has a figure beside it and means nothing the forms know."""
    head = grid.head(row, column)
    value = grid.value(row, column)
    known = head.targets or head.unit or head.period or head.role
    if known or beside or not isinstance(value, str) or not value.strip() or grid.covered(row, column):
        return
    columns = [at for at, when in said.period.items() if when in ("this", "last") and column < at < stop]
    if any(grid.numeric(row, at) and not grid.empty(row, at) for at in columns or range(column + 1, stop)):
        finds.unknown.append((row, column))


def _read_inline(grid: Grid, used: set[int], finds: ItemFinds) -> None:
    placed = {(one.form, one.field) for one in finds.placed}
    for row, column, label, content in grid.inline():
        targets = _items(grid.labels.head(label))
        for target in targets if len(targets) == 1 else ():
            if not target.field.numeric and (target.form.code, target.field.code) not in placed:
                placed.add((target.form.code, target.field.code))
                finds.placed.append(Placed(target.form.code, target.field.code, row, column, content=content))
