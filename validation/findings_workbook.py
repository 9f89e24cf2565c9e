"""The findings as a workbook for the bureau: a sheet with counts per park, a sheet with every finding."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from validation.findings import SEVERITIES

SUMMARY, DETAIL = "汇总", "审核问题"
_CREATED = datetime(2023, 4, 6)
_LONGEST = 32_767
_COLOURS = {"错误": ("#F8D7DA", "#8B1A1A"), "核实": ("#FFF3CD", "#7A5900"), "提示": ("#E2EEF9", "#1F4E79")}
_COLUMNS: tuple[tuple[str, str, int], ...] = (
    ("severity", "严重程度", 9),
    ("year", "统计年度", 9),
    ("park_code", "园区代码", 13),
    ("name", "园区名称", 24),
    ("label", "统计指标", 24),
    ("message", "问题", 60),
    ("value", "所填", 18),
    ("expected", "应为", 28),
    ("cure", "处理办法", 36),
    ("explanation", "情况说明", 40),
    ("source_file", "来源文件", 34),
    ("sheet", "工作表", 12),
    ("cell", "单元格", 12),
    ("check_id", "审核规则", 26),
)


def write_findings(path: Path, findings: pl.DataFrame, parks: pl.DataFrame, title: str, notice: str) -> None:
    """Write `findings` (validation.findings.SCHEMA) to the workbook `path`, replacing it whole.

    parks: park_code, name and optionally evaluated (Boolean), one row per park; parks without findings are listed with zeros.
    Every cell is text or a count, never a formula or a link. `notice` (may be empty) stands under the title of both sheets. The
    same arguments give the same bytes. Raises OSError when `path` cannot be written.
    """
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": title, "created": _CREATED})
    formats = _formats(book)
    _summary(book.add_worksheet(SUMMARY), formats, _counts(findings, parks), title, notice)
    names = parks.select("park_code", "name").unique("park_code", keep="first", maintain_order=True)
    _detail(book.add_worksheet(DETAIL), formats, _sorted(findings, names), title, notice)
    book.close()
    _replace(path, buffer.getvalue())


def _counts(findings: pl.DataFrame, parks: pl.DataFrame) -> list[dict[str, Any]]:
    """Per park the number of findings by severity; findings of no park come last."""
    told = parks if "evaluated" in parks.columns else parks.with_columns(pl.lit(None, pl.Boolean).alias("evaluated"))
    counted = findings.group_by("park_code", maintain_order=True).agg(
        (pl.col("severity") == severity).sum().alias(severity) for severity in SEVERITIES
    )
    known = told.select("park_code", "name", "evaluated").unique("park_code", keep="first", maintain_order=True)
    rows = (
        known.sort("park_code")
        .join(counted, on="park_code", how="left", maintain_order="left")
        .with_columns(pl.col(severity).fill_null(0) for severity in SEVERITIES)
        .to_dicts()
    )
    others = counted.join(known, on="park_code", how="anti", nulls_equal=False).sort("park_code", nulls_last=True)
    rest = [{"name": None, "evaluated": None, **row} for row in others.to_dicts()]
    return [*rows, *rest]


def _sorted(findings: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    rank = pl.col("severity").replace_strict({severity: at for at, severity in enumerate(SEVERITIES)}, default=9)
    order = ("rank", "park_code", "year", "check_id", "item", "source_file", "sheet", "cell", "message")
    named = findings.join(names, on="park_code", how="left", maintain_order="left")
    return named.with_columns(rank.alias("rank")).sort(order, nulls_last=True, maintain_order=True)


def _formats(book: xlsxwriter.Workbook) -> Mapping[str, Format]:
    base = {"font_name": "宋体", "font_size": 10, "valign": "top"}
    boxed = {**base, "border": 1, "border_color": "#BFBFBF", "text_wrap": True}
    made = {
        "title": {**base, "font_size": 14, "bold": True},
        "notice": {**base, "font_color": "#8B1A1A"},
        "head": {**boxed, "bold": True, "bg_color": "#E8ECF0", "valign": "vcenter"},
        "text": {**boxed, "num_format": "@"},
        "count": {**boxed, "num_format": "0", "align": "right"},
    }
    for severity, (background, colour) in _COLOURS.items():
        made[severity] = {**boxed, "bg_color": background, "font_color": colour, "bold": True}
    return {name: book.add_format(properties) for name, properties in made.items()}


def _head(
    sheet: Worksheet, formats: Mapping[str, Format], columns: Sequence[tuple[str, int]], title: str, notice: str, rows: int
) -> None:  # fmt: skip
    sheet.write_string(0, 0, title[:_LONGEST], formats["title"])
    sheet.write_string(1, 0, notice[:_LONGEST], formats["notice"])
    for at, (label, width) in enumerate(columns):
        sheet.set_column(at, at, width)
        sheet.write_string(2, at, label, formats["head"])
    sheet.freeze_panes(3, 0)
    sheet.autofilter(2, 0, max(rows, 1) + 2, len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def _summary(
    sheet: Worksheet, formats: Mapping[str, Format], rows: list[dict[str, Any]], title: str, notice: str
) -> None:
    columns = [("园区代码", 15), ("园区名称", 36), *((severity, 9) for severity in SEVERITIES), ("是否评价", 11)]
    _head(sheet, formats, columns, title, notice, len(rows))
    for at, row in enumerate(rows, 3):
        _text(sheet, at, 0, row["park_code"] or "（未识别园区）", formats["text"])
        _text(sheet, at, 1, row["name"], formats["text"])
        for column, severity in enumerate(SEVERITIES, 2):
            sheet.write_number(at, column, row[severity], formats[severity] if row[severity] else formats["count"])
        said = {True: "评价", False: "不评价", None: ""}[row["evaluated"]]
        _text(sheet, at, 2 + len(SEVERITIES), said, formats["text"])


def _detail(sheet: Worksheet, formats: Mapping[str, Format], findings: pl.DataFrame, title: str, notice: str) -> None:
    _head(sheet, formats, [(label, width) for _, label, width in _COLUMNS], title, notice, findings.height)
    for at, row in enumerate(findings.iter_rows(named=True), 3):
        for column, (name, _, _) in enumerate(_COLUMNS):
            _text(sheet, at, column, row[name], formats.get(row[name] if name == "severity" else "", formats["text"]))


def _text(sheet: Worksheet, row: int, column: int, value: object, style: Format) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    else:
        sheet.write_string(row, column, str(value)[:_LONGEST], style)


def _replace(path: Path, content: bytes) -> None:
    staged = path.with_name(f".{path.name}.part")
    with staged.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(staged, path)
