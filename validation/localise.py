"""Error localisation (错误定位): which figures of a park-year to change so that every hard rule holds again."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from validation.check_frame import KEYS, CheckFrame
from validation.checks import PARAMETER, Checks, Localisation, blocking
from validation.expression import Aggregate, Name
from validation.expression.compile import aggregate_name, missing_column
from validation.findings import ERROR, NOTE, Finding
from validation.forms import FormField, FormSet
from validation.linear import Condition, Linear, expanded, filled, linear_condition, names_of
from validation.smallest_sets import Contradiction, Field, components, interval, smallest_sets

CHECK_ID = "localised"
LIMITS = ("out_of_bounds", "count_fraction")
"""Findings of validation.bounds, which are rules on one figure."""

ParkYear = tuple[str, int]


def localise(
    check_frame: CheckFrame,
    checks: Checks,
    form_set: FormSet,
    items: pl.DataFrame,
    records: pl.DataFrame,
    findings: pl.DataFrame,
) -> list[Finding]:
    """A 提示 for each group of figures that contradict each other, naming the smallest sets whose change settles all 错误 rules.

    items, records: validation.statistics.ITEMS, RECORDS; findings: those of all stages before. Looked at are park-years with a 错误 of
    a rule that is linear in the figures; limits of a form count as rules. A figure that breaks nothing but its own limit is not told
    again. Cells of sub-tables that a rule sums up are figures of their own
    (industries/橡胶/revenue_10k_cny). A rule one of whose figures is missing does not apply. Without [localisation] in checks.toml
    there are no findings.
    """
    rules = linear_rules(checks)
    told = {checks.rules[number].check.id for number in rules} | set(LIMITS)
    wanted = findings.filter(pl.col("severity") == ERROR, pl.col("check_id").is_in(list(told))).select(
        pl.col(key).cast(check_frame.frame.schema[key]) for key in KEYS
    )
    frame = check_frame.frame.join(wanted, on=KEYS, how="semi", maintain_order="left")
    if checks.localisation is None or frame.is_empty():
        return []
    sums = _sums(checks, form_set, rules)
    figures = _figures(items, records, frame.select(KEYS), form_set, {one.table for one in sums.values()})
    return [
        finding
        for row in frame.iter_rows(named=True)
        for finding in _park_year(
            row, figures.get((row["park_code"], row["year"]), []), rules, sums, check_frame.columns, checks.localisation
        )
    ]


def linear_rules(checks: Checks) -> dict[int, Condition]:
    """The 错误 rules of `checks` that are linear, parameters filled in, by the number of the rule."""
    parameters = {Name(PARAMETER, name): value for name, value in checks.parameters.items()}
    read = {
        number: linear_condition(rule.holds, parameters)
        for number, rule in enumerate(checks.rules)
        if blocking(rule.check)
    }
    return {number: condition for number, condition in read.items() if condition is not None}


@dataclass(frozen=True)
class _Sum:
    """A sum over a column of a table form that can be taken apart into cells."""

    table: str
    column: str
    form: FormField


@dataclass(frozen=True)
class _Figure:
    """A figure of a park-year with the place it stands at."""

    name: Name
    field: FormField
    label: str
    value: float
    place: Mapping[str, Any]

    @property
    def code(self) -> str:
        return f"{self.name.space}/{self.name.name}" if self.name.space else self.name.name

    def trusted(self, localisation: Localisation) -> Field:
        whole = self.field.type == "count"
        low = 0.0 if whole and self.field.minimum is None else self.field.minimum
        return Field(
            self.value,
            localisation.weight(self.field.source_kind),
            -math.inf if low is None else low,
            math.inf if self.field.maximum is None else self.field.maximum,
            whole,
        )


def _sums(checks: Checks, form_set: FormSet, rules: Iterable[int]) -> dict[Name, _Sum]:
    tables = form_set.tables()
    found: dict[Name, _Sum] = {}
    for aggregate in (one for number in rules for one in checks.rules[number].holds.aggregates):
        column = _summed(aggregate)
        if column is not None and aggregate.table in tables:
            fields = {one.code: one for one in tables[aggregate.table].columns}
            found[aggregate_name(aggregate.sql)] = _Sum(aggregate.table, column, fields[column])
    return found


def _summed(aggregate: Aggregate) -> str | None:
    """The column a plain SUM runs over."""
    plain = f"SUM({aggregate.argument.sql(dialect='duckdb')})"
    names = list(aggregate.names)
    only = len(names) == 1 and aggregate.sql == plain == f"SUM({names[0]})"
    return names[0].name if only else None


def _park_year(
    row: Mapping[str, Any], figures: Sequence[_Figure], rules: Mapping[int, Condition], sums: Mapping[Name, _Sum],
    columns: Mapping[Name, str], localisation: Localisation,
) -> Iterator[Finding]:  # fmt: skip
    by_name = {figure.name: figure for figure in figures}
    cells = {
        name: Linear(tuple(sorted((one, 1.0) for one in by_name if _cell_of(one, total))))
        for name, total in sums.items()
    }
    conditions = []
    for condition in rules.values():
        used = names_of(condition)
        if all(_known(row, columns[name]) for name in used):
            given = {name: float(row[columns[name]]) for name in used if name not in by_name and name not in cells}
            conditions.append(expanded(filled(condition, given), cells))
    fields = {name: figure.trusted(localisation) for name, figure in by_name.items()}
    for part in components(Contradiction(fields, tuple(conditions))):
        most = int(localisation.most_sets.value)
        sets = smallest_sets(part, most + 1)
        if sets and part.broken:
            yield _finding(row, part, sets, by_name, most)


def _cell_of(name: Name, total: _Sum) -> bool:
    return name.space.startswith(f"{total.table}/") and name.name == total.column


def _known(row: Mapping[str, Any], column: str) -> bool:
    return row[column] is not None and not row.get(missing_column(column))


def _finding(
    row: Mapping[str, Any], part: Contradiction, sets: Sequence[tuple[Name, ...]], figures: Mapping[Name, _Figure], most: int
) -> Finding:  # fmt: skip
    errors = len(part.broken) + sum(not field.admissible for field in part.fields.values())
    ways = [[(figures[name], _range(part, chosen, figures[name])) for name in chosen] for chosen in sets[:most]]
    told = ["；".join(f"{figure.label}，{said}" for figure, said in way) for way in ways]
    message = f"改正 {len(sets[0])} 处即可消除 {errors} 条错误"
    if len(sets) == 1:
        message += f"：{told[0]}"
    else:
        count = f"{most} 种以上" if len(sets) > most else f"{len(sets)} 种"
        message += f"，有 {count}改法：" + "；".join(f"（{number}）{text}" for number, text in enumerate(told, 1))
    first, expected = ways[0][0]
    named = list(dict.fromkeys(figure.name for way in ways for figure, _ in way))
    return Finding(
        CHECK_ID, NOTE, message, _said(first.value), expected, "先核对这里指出的数，再核对其他数", row["year"], row["park_code"],
        first.code, first.label, first.place["source_file"], first.place["sheet"],
        _cells((figures[name].place for name in named), first.place["sheet"]),
    )  # fmt: skip


def _range(part: Contradiction, chosen: Sequence[Name], figure: _Figure) -> str:
    low, high = interval(part, chosen, figure.name)
    unit = f" {figure.field.unit}" if figure.field.unit else ""
    if low == high:
        return f"应为 {_said(low)}{unit}"
    if math.isinf(low):
        return "可为任何数" if math.isinf(high) else f"应不大于 {_said(high)}{unit}"
    if math.isinf(high):
        return f"应不小于 {_said(low)}{unit}"
    if high - low > 1:
        # Two decimals are what clerks write; rounded inwards, so that both ends may be filed.
        low, high = math.ceil(round(low * 100, 4)) / 100, math.floor(round(high * 100, 4)) / 100
    return f"应在 {_said(low)}—{_said(high)}{unit or ' '}之间"


def _said(value: float) -> str:
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _cells(places: Iterable[Mapping[str, Any]], sheet: str | None) -> str | None:
    at = [(place["sheet"], place["cell"]) for place in places if place["cell"]]
    return "、".join(cell if where == sheet else f"{where}!{cell}" for where, cell in at) or None


def _figures(
    items: pl.DataFrame, records: pl.DataFrame, wanted: pl.DataFrame, form_set: FormSet, tables: Collection[str]
) -> dict[ParkYear, list[_Figure]]:
    """The figures of the park-years of `wanted`, items in the order of the forms, then the cells of `tables`."""
    found: dict[ParkYear, list[_Figure]] = {}
    known = form_set.items()
    order = {code: number for number, code in enumerate(known)}
    rows = items.filter(pl.col("value").is_not_null()).join(wanted, on=KEYS, how="semi", maintain_order="left")
    for row in sorted(rows.iter_rows(named=True), key=lambda one: order[one["item"]]):
        field = known[row["item"]]
        if field.numeric:
            figure = _Figure(Name("", field.code), field, field.label, float(row["value"]), row)
            found.setdefault((row["park_code"], row["year"]), []).append(figure)
    for table in sorted(tables):
        for park_year, figure in _cell_figures(records, wanted, form_set, table):
            found.setdefault(park_year, []).append(figure)
    return found


def _cell_figures(
    records: pl.DataFrame, wanted: pl.DataFrame, form_set: FormSet, table: str
) -> Iterator[tuple[ParkYear, _Figure]]:
    form = form_set.tables()[table]
    columns = {column.code: column for column in form.columns}
    own = records.filter(pl.col("form") == table).join(wanted, on=KEYS, how="semi", maintain_order="left")
    keys = pl.col("item").is_in([column.code for column in form.columns if column.key])
    names = (
        own.filter(keys).group_by(*KEYS, "record", maintain_order=True).agg(pl.col("text").drop_nulls().str.join("、"))
    )
    line = pl.coalesce(pl.when(pl.col("key") != "").then("key"), pl.format("第{}行", "record"))
    twice = pl.struct(*KEYS, "line").is_duplicated()
    lines = names.rename({"text": "key"}).with_columns(line.alias("line"))
    lines = lines.with_columns(
        pl.when(twice).then(pl.format("{}（第{}行）", "line", "record")).otherwise("line").alias("line")
    )
    cells = own.filter(pl.col("value").is_not_null()).join(
        lines.select(*KEYS, "record", "line"), on=[*KEYS, "record"], how="left", maintain_order="left"
    )
    for row in cells.iter_rows(named=True):
        column = columns[row["item"]]
        if column.numeric and not column.key:
            label = f"{form.sheet}“{row['line']}”{column.label}"
            name = Name(f"{table}/{row['line']}", column.code)
            yield (row["park_code"], row["year"]), _Figure(name, column, label, float(row["value"]), row)
