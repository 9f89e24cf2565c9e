"""Which parks a change moves, for the terminal; all columns at full width are in --json and --output."""

from __future__ import annotations

from typing import Any

import polars as pl

from parkeval.terminal import fitted_table
from report_templates.formatting import NULL, difference, number
from scoring.precision import SCORE_DECIMALS

HEADS = ["园区", "分组", "位次", "总分", "增减", "等次", "建议"]


def moved_table(changed: pl.DataFrame) -> str:
    """Rows of `effects`: before and after in one column, alone where nothing changed."""
    return fitted_table(HEADS, [_row(row) for row in changed.iter_rows(named=True)])


def _row(row: dict[str, Any]) -> list[str]:
    scores = [number(row[f"score_{side}"], SCORE_DECIMALS) for side in ("before", "after")]
    proposals = [row[f"proposals_{side}"] or "无" for side in ("before", "after")]
    return [
        row["name"],
        row["group"] or NULL,
        _turn(*(NULL if row[f"rank_{side}"] is None else str(row[f"rank_{side}"]) for side in ("before", "after"))),
        _turn(*scores),
        difference(row["score_after"], row["score_before"], SCORE_DECIMALS),
        _turn(*(row[f"grade_{side}"] or NULL for side in ("before", "after"))),
        _turn(*proposals),
    ]


def _turn(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"
