"""The findings as a workbook for the bureau: a sheet with counts per park, a sheet with every finding."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from validation.findings import SEVERITIES
from validation.replacing import replace_file
from validation.table_sheets import cell_formats, new_book, write_head, write_text

SUMMARY, DETAIL = "汇总", "审核问题"
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
    book, buffer = new_book(title)
    formats = cell_formats(book)
    _summary(book.add_worksheet(SUMMARY), formats, _counts(findings, parks), title, notice)
    names = parks.select("park_code", "name").unique("park_code", keep="first", maintain_order=True)
    _detail(book.add_worksheet(DETAIL), formats, _sorted(findings, names), title, notice)
    book.close()
    replace_file(path, buffer.getvalue())


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


def _summary(
    sheet: Worksheet, formats: Mapping[str, Format], rows: list[dict[str, Any]], title: str, notice: str
) -> None:
    columns = [("园区代码", 15), ("园区名称", 36), *((severity, 9) for severity in SEVERITIES), ("是否评价", 11)]
    write_head(sheet, formats, columns, title, notice, len(rows))
    for at, row in enumerate(rows, 3):
        write_text(sheet, at, 0, row["park_code"] or "（未识别园区）", formats["text"])
        write_text(sheet, at, 1, row["name"], formats["text"])
        for column, severity in enumerate(SEVERITIES, 2):
            sheet.write_number(at, column, row[severity], formats[severity] if row[severity] else formats["count"])
        said = {True: "评价", False: "不评价", None: ""}[row["evaluated"]]
        write_text(sheet, at, 2 + len(SEVERITIES), said, formats["text"])


def _detail(sheet: Worksheet, formats: Mapping[str, Format], findings: pl.DataFrame, title: str, notice: str) -> None:
    write_head(sheet, formats, [(label, width) for _, label, width in _COLUMNS], title, notice, findings.height)
    for at, row in enumerate(findings.iter_rows(named=True), 3):
        for column, (name, _, _) in enumerate(_COLUMNS):
            write_text(
                sheet, at, column, row[name], formats.get(row[name] if name == "severity" else "", formats["text"])
            )
