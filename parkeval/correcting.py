"""A run that takes the place of a published one: what was corrected, in words, and which parks moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from parkeval.effects import effects, moved
from parkeval.store import Tables, of_run
from report_templates.formatting import exact
from scoring.rulebook import Rulebook
from scoring.schema import result_tables

LISTED = 8
"""Corrected figures that the notice names; the rest are counted."""


def correction(
    published: Tables, tables: Tables, run: Mapping[str, Any], book: Rulebook
) -> tuple[pl.DataFrame, str | None]:
    """Table `correction_effects` and the notice of a run; empty and None for one that replaces none.

    published: what HOME holds; tables: what the run gives; run: its row of `runs`. The same run done again keeps what
    it said first.
    """
    table = result_tables()["correction_effects"]
    if run["replaces_run_id"] is None:
        return table.empty(), None
    before = of_run(published, book.scheme.key, book.year)
    if before["runs"]["run_id"].to_list() == [run["run_id"]]:
        return before["correction_effects"], before["runs"]["correction_notice"][0]
    changed = moved(effects(before, tables))
    told = table.conform(
        changed.with_columns(pl.lit(book.scheme.key).alias("scheme"), pl.lit(book.year, pl.Int32).alias("year"))
    )
    said = _corrected(before, tables) or "报送数据、评价办法或以前年度的结果有更新"
    notice = f"本结果替代批次 {run['replaces_run_id']}：{said}。得分、位次、等次、建议或状态因此变动的园区 {told.height} 个。"
    return told, notice


def _corrected(before: Tables, after: Tables) -> str:
    """The figures that are not as they were, each with its old and new value and the reason."""
    keys = ["park_code", "year", "item"]
    old = before["statistics"].select(*keys, pl.col("value").alias("old"))
    joined = after["statistics"].join(old, on=keys, how="left", maintain_order="left")
    rows = joined.filter(pl.col("value").ne_missing(pl.col("old"))).to_dicts()
    names = dict(after["parks"].select("park_code", "name").iter_rows())
    told = [
        f"{names.get(row['park_code'], row['park_code'])} {row['year']} 年{row['label']}由 {exact(row['old'])} 更正为 "
        f"{exact(row['value'])}{' ' + row['unit'] if row['unit'] else ''}"
        + (f"（{row['correction_reason']}）" if row["correction_reason"] else "")
        for row in rows
    ]
    more = f"等 {len(told)} 项" if len(told) > LISTED else ""
    return "；".join(told[:LISTED]) + more
