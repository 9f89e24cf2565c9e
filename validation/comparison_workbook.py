"""The comparison of a new filing with the one before as a workbook: what changed, what became of the findings."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from validation.replacing import replace_file
from validation.resubmission import Comparison
from validation.table_sheets import HEAD_ROW, cell_formats, new_book, write_head, write_text

CHANGES, OUTCOMES = "改动", "问题变化"

_CHANGE_COLUMNS: tuple[tuple[str, str, int], ...] = (
    ("year", "统计年度", 9),
    ("park_code", "园区代码", 13),
    ("name", "园区名称", 24),
    ("label", "统计指标", 34),
    ("record", "行", 18),
    ("unit", "计量单位", 10),
    ("before", "改动前", 24),
    ("after", "改动后", 24),
)
_OUTCOME_COLUMNS: tuple[tuple[str, str, int], ...] = (
    ("outcome", "变化", 9),
    ("severity", "严重程度", 9),
    ("year", "统计年度", 9),
    ("park_code", "园区代码", 13),
    ("name", "园区名称", 24),
    ("label", "统计指标", 24),
    ("message", "问题", 56),
    ("value_before", "改动前所填", 18),
    ("value_after", "改动后所填", 18),
    ("expected", "应为", 28),
    ("explanation", "情况说明", 36),
    ("sheet", "工作表", 12),
    ("cell", "单元格", 12),
    ("check_id", "审核规则", 26),
)


def write_comparison(path: Path, comparison: Comparison, parks: pl.DataFrame, title: str, notice: str) -> None:
    """Write `comparison` to the workbook `path`, replacing it whole; parks: park_code, name.

    Every cell is text, never a formula or a link; the same arguments give the same bytes. Raises OSError.
    """
    names = parks.select("park_code", "name").unique("park_code", keep="first", maintain_order=True)
    book, buffer = new_book(title)
    formats = cell_formats(book)
    sheets = ((CHANGES, comparison.changes, _CHANGE_COLUMNS), (OUTCOMES, comparison.findings, _OUTCOME_COLUMNS))
    for label, frame, columns in sheets:
        sheet = book.add_worksheet(label)
        named = frame.join(names, on="park_code", how="left", maintain_order="left")
        write_head(sheet, formats, [(head, width) for _, head, width in columns], title, notice, named.height)
        for at, row in enumerate(named.iter_rows(named=True), HEAD_ROW + 1):
            for column, (name, _, _) in enumerate(columns):
                style = formats.get(row[name] if name == "severity" else "", formats["text"])
                write_text(sheet, at, column, row[name], style)
    book.close()
    replace_file(path, buffer.getvalue())
