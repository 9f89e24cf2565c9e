"""`compare` on the terminal: places and totals, what each dimension brought, and why, each in a table that fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from parkeval.comparison import WHY
from parkeval.terminal import fitted_table
from report_templates.formatting import NULL, difference, number, rank_arrow
from scoring.precision import SCORE_DECIMALS

_PLAIN = (
    "park_code", "name", "rank_before", "rank_after", "rank_change", "score_before", "score_after", "score_change", "largest",
)  # fmt: skip


def comparison_text(comparison: pl.DataFrame, before: str, after: str) -> str:
    """The tables; `before` and `after` name the two sides. All columns at full width are in --json and --output."""
    rows = list(comparison.iter_rows(named=True))
    if not rows:
        return "两边都没有参加排名的园区\n"
    names = [
        "园区",
        f"{before}位次",
        f"{after}位次",
        "变化",
        f"{before}总分",
        f"{after}总分",
        "增减",
        "变化最大的指标（分）",
    ]
    lines = [fitted_table(names, [_place(row) for row in rows])]
    parts = [name for name in comparison.columns if name not in (*_PLAIN, *WHY)]
    if parts:
        lines += [
            "\n总分的增减在各方面（分）：\n",
            fitted_table(["园区", *parts], [[row["name"], *(_points(row[part]) for part in parts)] for row in rows]),
        ]
    if "score_own" in comparison.columns:
        lines += _why(rows)
    lines.append("\n位次为全部园区位次；总分的增减按印出的两个数相减。各列的全部位数用 --json 或 --output。\n")
    return "".join(lines)


def _place(row: dict[str, Any]) -> list[str]:
    return [
        row["name"],
        _count(row["rank_before"]),
        _count(row["rank_after"]),
        rank_arrow(row["rank_change"]),
        number(row["score_before"], SCORE_DECIMALS),
        number(row["score_after"], SCORE_DECIMALS),
        difference(row["score_after"], row["score_before"], SCORE_DECIMALS),
        row["largest"] or NULL,
    ]


def _why(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The three causes of each change, and who passed whom."""
    both = [row for row in rows if row["score_own"] is not None]
    if not both:
        return []
    told = []
    for what, key, shown in (("总分的增减（分）", "score", _points), ("位次的变化（位，上升为正）", "rank", _places)):
        table = [[row["name"], *(shown(row[f"{key}_{one}"]) for one in ("own", "peers", "rule"))] for row in both]
        heads = ["园区", "本园区数据", "其他园区数据", "办法和进度要求"]
        told += [f"\n{what}由什么而来：\n", fitted_table(heads, table)]
    passed = [
        [row["name"], row["passed"] or NULL, row["passed_by"] or NULL]
        for row in rows
        if row["passed"] or row["passed_by"]
    ]
    if passed:
        told += ["\n谁超过了谁：\n", fitted_table(["园区", "超过的园区", "被哪些园区超过"], passed)]
    return told


def _count(value: int | None) -> str:
    return NULL if value is None else str(value)


def _points(value: float | None) -> str:
    return number(value, SCORE_DECIMALS, signed=True)


def _places(value: float | None) -> str:
    return number(value, 1, signed=True)
