"""Workbooks of ledgers, templates and any other, read by the guarded readers of park filings and put into Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from validation.conform import typed_cells
from validation.findings import ERROR, Finding, Severity
from validation.ledgers.definition import Ledger, Ledgers
from validation.ledgers.found import FoundList, constants, hints_of
from validation.ledgers.records import column_kind, converted
from validation.problems import DataRefused, Problem
from validation.reading import read
from validation.sources import Source
from validation.values import Remark

_PLACES_SHOWN = 6
SAID = {
    "cell_error": "单元格出错或公式没有计算结果",
    "choice_converted": "写作 1、0、√ 或 Y、N，按是、否采用",
    "choice_unknown": "不在选项中",
    "code_digits_lost": "被存成数字，后面的位数已经丢失",
    "code_zeros_lost": "被存成数字，前面的 0 已经丢失，按补 0 采用",
    "date_converted": "是文本或数字，按日期采用",
    "date_invalid": "不是日期",
    "formula_value": "是公式，按保存的结果采用",
    "not_a_number": "不是数字",
    "number_converted": "是文本，按数字采用",
    "number_rounded": "多于 6 位小数，四舍五入",
    "number_too_large": "数值过大",
    "year_invalid": "不是年份",
}
"""What is said of cells that were not taken as they stand: never their content, which tells a member's data."""

UNITS_TOLD_BEFORE = "unit_converted"
"""The unit of each column is told where the list is said to be understood."""


def read_workbook(source: Source, definition: Ledgers, target: Path, told: Mapping[str, int]) -> Iterator[FoundList]:
    """Every ledger of which the workbook has members, over all its sheets.

    Raises DataRefused with everything that makes the file unusable; cells that cannot be read are findings by column and kind, with
    their places and without their content.
    """
    forms = definition.form_set
    reading = read(source.path, forms)
    findings = reading.findings.with_columns(pl.lit(source.name).alias("source_file"))
    _refuse(findings, source)
    cells, remarks = typed_cells(reading.filed, forms)
    if cells.is_empty():
        titles = "、".join(ledger.title for ledger in definition.ledgers)
        raise DataRefused([Problem(source.name, "没有一行数据", titles, "填报后再用，或从文件夹中取出")])
    general: list[Finding] = [Finding(**row) for row in findings.iter_rows(named=True)]
    hints = hints_of(source.name, findings.filter(check_id="list_period_told")["value"].to_list())
    for ledger in definition.ledgers:
        own = cells.filter(pl.col("form") == ledger.code)
        if own.is_empty():
            continue
        place = target.with_name(f"{target.stem}-{ledger.code}.parquet")
        wide = _wide(own, ledger)
        given = constants(ledger, wide.columns, told)
        kinds = {column.code: column_kind(column) for column in ledger.columns}
        wide.with_columns(pl.lit(value).cast(kinds[code]).alias(code) for code, value in given.items()).write_parquet(
            place
        )
        columns = {one.code: converted(one) for one in ledger.columns if one.code in (*wide.columns, *given)}
        sheets = "、".join(f"“{name}”" for name in own["sheet"].unique(maintain_order=True))
        told_of = [*general, *summarised(own, remarks, source.name)]
        yield FoundList(ledger, place, columns, f"{source.name} 的工作表{sheets}", hints, told_of)
        general = []


def _refuse(findings: pl.DataFrame, source: Source) -> None:
    wrong = findings.filter(pl.col("severity") == ERROR)
    if wrong.height:
        raise DataRefused(
            Problem(
                " ".join(part for part in (source.name, row["sheet"], row["cell"]) if part),
                row["message"].removeprefix("文件未采用："),
                row["expected"] or "台账工作簿",
                row["cure"] or "改正后再用",
            )
            for row in wrong.iter_rows(named=True)
        )


def _wide(cells: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """The cells of one ledger as one row per member, in the types of a Parquet part."""
    key = ["sheet", "record"]
    index = cells.select(key).unique(maintain_order=True)
    for column in ledger.columns:
        kind = column_kind(column)
        own = cells.filter(pl.col("field") == column.code)
        if own.is_empty():
            continue
        value = pl.col("number" if column.numeric else "content")
        cast = value.str.to_date("%Y-%m-%d", strict=False) if kind == pl.Date else value.cast(kind, strict=False)
        index = index.join(own.select(*key, cast.alias(column.code)), on=key, how="left", maintain_order="left")
    return index.drop(key)


def summarised(cells: pl.DataFrame, remarks: Mapping[int, tuple[Remark, ...]], source: str) -> Iterator[Finding]:
    """One finding for each column and kind of remark: how many cells, where the first of them stand."""
    rows = cells.filter(pl.col("row").is_in(list(remarks))).select("row", "field", "label", "sheet", "cell")
    places: dict[tuple[str, str, str, Severity, str, str], list[str]] = {}
    for number, code, label, sheet, cell in rows.iter_rows():
        for remark in remarks[number]:
            if remark.check_id == UNITS_TOLD_BEFORE:
                continue
            key = (remark.check_id, code, label, remark.severity, remark.expected, sheet)
            places.setdefault(key, []).append(cell)
    for (check, code, label, severity, expected, sheet), found in places.items():
        shown = "、".join(found[:_PLACES_SHOWN]) + ("……" if len(found) > _PLACES_SHOWN else "")
        said = SAID.get(check, "没有照原样采用")
        yield Finding(
            check, severity, f"“{label}”有 {len(found)} 处{said}：{shown}", str(len(found)), expected, "核对这些单元格", item=code, label=label,
            source_file=source, sheet=sheet, cell=found[0],
        )  # fmt: skip
