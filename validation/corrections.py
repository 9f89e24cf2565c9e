"""The register of corrections (更正登记) applied to what was filed; a correction that does not match fails loudly."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from validation.findings import ERROR, NOTE, Finding, Severity, to_frame
from validation.forms import Form, FormSet
from validation.rounding import round_half_up
from validation.statistics import MONEY
from validation.values import DECIMALS

FORM = "corrections"
WHOLE_UNIT = {"*_10k_cny": "revenue_10k_cny"}
"""Patterns that correct the unit of all money at once: the ratio of corrected to filed value of the named item goes for every
item and table column that matches."""



@dataclass(frozen=True)
class Corrected:
    """items and records (as in validation.statistics) with corrections applied and marked; findings."""

    items: pl.DataFrame
    records: pl.DataFrame
    findings: pl.DataFrame


@dataclass(frozen=True)
class _Entry:
    park_code: str
    year: int
    item: str
    filed: Decimal
    corrected: Decimal
    reason: str
    source_file: str
    sheet: str
    cell: str


@dataclass
class _Changes:
    items: dict[tuple[str, int, str], tuple[Decimal, Decimal, str]] = field(default_factory=dict)
    records: dict[tuple[str, str, int, str], Decimal] = field(default_factory=dict)


def correct(items: pl.DataFrame, records: pl.DataFrame, form_set: FormSet, years: Collection[int]) -> Corrected:
    """Apply the rows of the corrections form among `records` to this year's figures of `years`.

    `item` is an item code; `form/key/column` for one cell of a table; or a pattern of `WHOLE_UNIT`. The filed value must be
    exactly what was filed, a cell can be corrected once. What does not match is a 错误 of that park and year and changes
    nothing; what was applied is a 提示. Rows with a missing field are left out (conform has reported them).
    """
    changes = _Changes()
    findings: list[Finding] = []
    labels = {code: item.label for code, item in form_set.items().items()}
    for entry in _entries(records):
        if entry.year not in years:
            continue
        if "*" in entry.item:
            findings.append(_whole_unit(entry, items, records, form_set, changes))
        elif "/" in entry.item:
            findings.append(_table_cell(entry, records, form_set.tables(), changes))
        else:
            findings.append(_item(entry, items, labels, changes))
    return Corrected(_with_items(items, changes), _with_records(records, changes), to_frame(findings))


def _entries(records: pl.DataFrame) -> Iterator[_Entry]:
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for row in records.filter(pl.col("form") == FORM).iter_rows(named=True):
        known = rows.setdefault((row["source_file"], row["record"]), {"place": row})
        known[row["item"]] = row["text"] if row["value"] is None or row["item"] == "year" else row["value"]
        if row["item"] == "item":
            known["place"] = row
    wanted = ("park_code", "year", "item", "filed_value", "corrected_value", "reason")
    for (source_file, _), row in sorted(rows.items(), key=lambda pair: pair[0]):
        if all(row.get(name) is not None for name in wanted):
            place = row["place"]
            yield _Entry(
                row["park_code"], int(row["year"]), row["item"].strip(), row["filed_value"], row["corrected_value"],
                row["reason"], source_file, place["sheet"], place["cell"],
            )  # fmt: skip


def _item(entry: _Entry, items: pl.DataFrame, labels: dict[str, str], changes: _Changes) -> Finding:
    found = items.filter(pl.col("park_code") == entry.park_code, pl.col("year") == entry.year)
    if found.is_empty():
        return _refused(entry, "correction_without_filing", "没有对应的报送数据", None, "更正已报送的园区和年度")
    rows = found.filter(pl.col("item") == entry.item).to_dicts()
    if not rows:
        return _refused(entry, "correction_unknown", f"没有指标“{entry.item}”", None, "报表中的指标代码")
    row = rows[0]
    if row["value"] != entry.filed:
        return _mismatch(entry, row["value"])
    key = (entry.park_code, entry.year, entry.item)
    if key in changes.items:
        return _twice(entry)
    changes.items[key] = (entry.corrected, entry.filed, entry.reason)
    return _applied(entry, row, labels[entry.item])


def _table_cell(entry: _Entry, records: pl.DataFrame, tables: dict[str, Form], changes: _Changes) -> Finding:
    form_code, *keys, column_code = entry.item.split("/")
    form = tables.get(form_code)
    column = next((column for column in form.columns if column.code == column_code), None) if form else None
    if form is None or column is None or not column.numeric:
        return _refused(entry, "correction_unknown", f"没有“{entry.item}”", None, "表代码/行业/列代码")
    own = records.filter(
        pl.col("form") == form_code, pl.col("park_code") == entry.park_code, pl.col("year") == entry.year
    )
    key_columns = [column.code for column in form.columns if column.key]
    for code, text in zip(key_columns, keys, strict=False):
        hits = own.filter(pl.col("item") == code, pl.col("text") == text)
        own = own.join(hits.select("source_file", "record"), on=["source_file", "record"], how="semi")
    rows = own.filter(pl.col("item") == column_code).to_dicts()
    if len(keys) != len(key_columns) or len(rows) != 1:
        return _refused(
            entry, "correction_unknown", f"没有“{entry.item}”这一格", None, "表代码/行业/列代码，且该行只有一条"
        )
    row = rows[0]
    if row["value"] != entry.filed:
        return _mismatch(entry, row["value"])
    key = (row["form"], row["source_file"], row["record"], column_code)
    if key in changes.records:
        return _twice(entry)
    changes.records[key] = entry.corrected
    return _applied(entry, row, f"{'／'.join(keys)}{column.label}")


def _whole_unit(
    entry: _Entry, items: pl.DataFrame, records: pl.DataFrame, form_set: FormSet, changes: _Changes
) -> Finding:
    if entry.item not in WHOLE_UNIT:
        return _refused(
            entry, "correction_unknown", f"不认识的写法“{entry.item}”", None, f"指标代码或 {'、'.join(WHOLE_UNIT)}"
        )
    own = (pl.col("park_code") == entry.park_code) & (pl.col("year") == entry.year)
    suffix = entry.item.removeprefix("*")
    rows = items.filter(own, pl.col("item").str.ends_with(suffix), pl.col("value").is_not_null()).to_dicts()
    tables = [form.code for workbook in form_set.workbooks if workbook.filed_by == "park" for form in workbook.forms]
    cells = records.filter(
        own, pl.col("form").is_in(tables), pl.col("item").str.ends_with(suffix), pl.col("value").is_not_null()
    ).to_dicts()
    filed = next((row["value"] for row in rows if row["item"] == WHOLE_UNIT[entry.item]), None)
    if filed is None or filed != entry.filed or filed == 0:
        return _mismatch(entry, filed)
    item_keys = [(entry.park_code, entry.year, row["item"]) for row in rows]
    cell_keys = [(row["form"], row["source_file"], row["record"], row["item"]) for row in cells]
    if any(key in changes.items for key in item_keys) or any(key in changes.records for key in cell_keys):
        return _twice(entry)
    ratio = Fraction(entry.corrected) / Fraction(entry.filed)
    for row, key in zip(rows, item_keys, strict=True):
        changes.items[key] = (_scaled(row["value"], ratio), row["value"], entry.reason)
    for row, cell_key in zip(cells, cell_keys, strict=True):
        changes.records[cell_key] = _scaled(row["value"], ratio)
    return _applied(entry, {"source_file": entry.source_file, "sheet": entry.sheet, "cell": entry.cell},
                    f"全部金额（{len(rows)} 项、分表 {len(cells)} 格，按营业收入的比例）")  # fmt: skip


def _scaled(value: Decimal, ratio: Fraction) -> Decimal:
    exact = Fraction(value) * ratio
    return round_half_up(Decimal(exact.numerator) / Decimal(exact.denominator), DECIMALS)


def _with_items(items: pl.DataFrame, changes: _Changes) -> pl.DataFrame:
    rows = [(*key, *change) for key, change in changes.items.items()]
    key = ["park_code", "year", "item"]
    schema: dict[str, Any] = {
        "park_code": pl.String,
        "year": pl.Int32,
        "item": pl.String,
        "new": MONEY,
        "old": MONEY,
        "why": pl.String,
    }
    change = pl.DataFrame(rows, schema=schema, orient="row")
    changed = pl.col("why").is_not_null()
    return (
        items.join(change, on=key, how="left", maintain_order="left")
        .with_columns(
            pl.when(changed).then("new").otherwise("value").alias("value"),
            pl.when(changed).then("old").otherwise("filed_value").alias("filed_value"),
            pl.when(changed).then("why").otherwise("correction_reason").alias("correction_reason"),
            (changed | pl.col("corrected")).alias("corrected"),
        )
        .drop("new", "old", "why")
    )


def _with_records(records: pl.DataFrame, changes: _Changes) -> pl.DataFrame:
    rows = [(*key, value) for key, value in changes.records.items()]
    key = ["form", "source_file", "record", "item"]
    schema: dict[str, Any] = {
        "form": pl.String,
        "source_file": pl.String,
        "record": pl.Int32,
        "item": pl.String,
        "new": MONEY,
    }
    change = pl.DataFrame(rows, schema=schema, orient="row")
    changed = pl.col("new").is_not_null()
    return (
        records.join(change, on=key, how="left", maintain_order="left")
        .with_columns(
            pl.when(changed).then("new").otherwise("value").alias("value"),
            (changed | pl.col("corrected")).alias("corrected"),
        )
        .drop("new")
    )


def _applied(entry: _Entry, place: dict[str, Any], label: str) -> Finding:
    message = f"“{label}”已更正：{_short(entry.filed)} 改为 {_short(entry.corrected)}（{entry.reason:.100}）"
    return _finding(entry, "corrected", NOTE, message, _short(entry.filed), _short(entry.corrected), "无需处理", place)


def _mismatch(entry: _Entry, filed: Decimal | None) -> Finding:
    said = "空" if filed is None else _short(filed)
    message = f"更正与申报不符：更正登记写申报值 {_short(entry.filed)}，所报为 {said}"
    return _finding(
        entry, "correction_mismatch", ERROR, message, _short(entry.filed), said, "核对更正登记的指标代码和申报值"
    )


def _twice(entry: _Entry) -> Finding:
    return _refused(entry, "correction_twice", "同一数据已有另一条更正", None, "每个数据只更正一次")


def _refused(entry: _Entry, check_id: str, what: str, value: str | None, expected: str) -> Finding:
    return _finding(entry, check_id, ERROR, f"更正无效：{what}", value or entry.item, expected, "修改更正登记")


def _finding(
    entry: _Entry, check_id: str, severity: Severity, message: str, value: str, expected: str, cure: str,
    place: dict[str, Any] | None = None,
) -> Finding:  # fmt: skip
    where = place or {"source_file": entry.source_file, "sheet": entry.sheet, "cell": entry.cell}
    return Finding(
        check_id, severity, message, value, expected, cure, entry.year, entry.park_code, entry.item,
        source_file=where["source_file"], sheet=where["sheet"], cell=where["cell"],
    )  # fmt: skip


def _short(value: Decimal) -> str:
    return format(value.normalize(), "f")
