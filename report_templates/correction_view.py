"""The notice of correction (更正说明) of a year that was evaluated again: what was corrected, and who moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from report_templates.formatting import NULL, number, or_dash, plain
from report_templates.published import Published, Row
from scoring.precision import SCORE_DECIMALS


@dataclass(frozen=True)
class MovedLine:
    """One park before and after; grades and proposals as `甲 → 乙`, or once where they are the same."""

    name: str
    group: str
    score_before: str
    score_after: str
    rank_before: str
    rank_after: str
    grade: str
    proposals: str


@dataclass(frozen=True)
class Correction:
    """The notice; `lines` are the parks that moved, of one park's report at most its own."""

    text: str
    lines: tuple[MovedLine, ...]


def correction_of(results: Published, park_code: str | None = None) -> Correction | None:
    """The notice of the year's run, None where it replaced no published one; with the line of `park_code` alone if given."""
    text = plain(results.run.get("correction_notice"), 900)
    if not text:
        return None
    rows: Sequence[Row] = results.rows("correction_effects")
    kept = [row for row in rows if park_code in (None, row["park_code"])]
    return Correction(text, tuple(_line(row) for row in kept))


def _line(row: Row) -> MovedLine:
    return MovedLine(
        name=plain(row["name"], 40),
        group=plain(row["group"], 20),
        score_before=number(row["score_before"], SCORE_DECIMALS),
        score_after=number(row["score_after"], SCORE_DECIMALS),
        rank_before=NULL if row["rank_before"] is None else str(row["rank_before"]),
        rank_after=NULL if row["rank_after"] is None else str(row["rank_after"]),
        grade=_change(row["grade_before"], row["grade_after"]),
        proposals=_change(row["proposals_before"], row["proposals_after"]),
    )


def _change(before: object, after: object) -> str:
    old, new = or_dash(before, 60), or_dash(after, 60)
    return new if old == new else f"{old} → {new}"
