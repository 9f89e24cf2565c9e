"""Targets of one park as lines for print: attained or not, on the path or not, what each year brought and must bring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from report_templates.charts import Track, track
from report_templates.formatting import NULL, Figure, number, or_dash, plain
from report_templates.indicator_lines import (
    DEFAULT_DECIMALS,
    Notes,
    attained_word,
    path_word,
    target_text,
    telling_decimals,
)
from report_templates.published import Row

REACHED, PAST = "已达到", "已到期"


@dataclass(frozen=True)
class TargetLine:
    """One target with its pace; `attained` and `on_path` are words, `—` where they cannot be told.

    `actual` is the mean yearly change since the base year, `required` what every year to come must bring, in the unit of
    the indicator; both only where the path is a straight line from the base value. `required_note` stands in the place of
    `required` where nothing is required any more."""

    label: str
    unit: str
    value: Figure
    target: str
    target_value: float | None
    due: str
    attainment: Figure
    base: Figure
    pace: Figure
    projected: Figure
    actual: Figure
    required: Figure
    required_note: str
    attained: str
    on_path: str
    track: Track | None
    note: int
    clause: str


def target_lines(
    targets: Iterable[Row], decimals: Mapping[str, int], notes: Notes, year: int, base_year: int | None
) -> tuple[TargetLine, ...]:
    """The park's targets in the published order; `base_year` is the park's own."""
    return tuple(
        _target_line(row, decimals.get(row["indicator"], DEFAULT_DECIMALS), notes, year, base_year) for row in targets
    )


def _target_line(row: Row, decimals: int, notes: Notes, year: int, base_year: int | None) -> TargetLine:
    due = "逐年" if row["kind"] == "every_year" else str(row["due_year"]) if row["due_year"] else NULL
    required = required_change(row, year)
    decimals = telling_decimals(row, decimals)
    return TargetLine(
        label=plain(row["label"], 40),
        unit=or_dash(row["unit"]),
        value=number(row["value"], decimals),
        target=target_text(row, decimals),
        target_value=row["target_value"],
        due=due,
        attainment=number(row["attainment_pct"], 1),
        base=number(row["base_value"], decimals),
        pace=number(row["pace_value"], decimals),
        projected=number(row["projected_value"], decimals),
        actual=number(actual_change(row, year, base_year), decimals + 1, signed=True),
        required=number(required, decimals + 1, signed=True),
        required_note=_required_note(row, year),
        attained=attained_word(row),
        on_path=path_word(row),
        track=_track(row),
        note=notes(row["note"]),
        clause=plain(row["clause"]),
    )


def _straight(row: Mapping[str, Any]) -> bool:
    """Whether the engine reads the target as a straight line from the base value: only then does it project."""
    return row["projected_value"] is not None and row["base_value"] is not None and row["value"] is not None


def actual_change(row: Mapping[str, Any], year: int, base_year: int | None) -> float | None:
    """The mean yearly change since the base year; null where the target is not on a straight line from its base value."""
    if not _straight(row) or base_year is None or year <= base_year:
        return None
    return float((row["value"] - row["base_value"]) / (year - base_year))


def required_change(row: Mapping[str, Any], year: int) -> float | None:
    """What every year up to the due year must bring; null where nothing can be required any more or it cannot be told."""
    if not _straight(row) or row["attained"] is not False or not row["due_year"] or row["due_year"] <= year:
        return None
    return float((row["target_value"] - row["value"]) / (row["due_year"] - year))


def _required_note(row: Row, year: int) -> str:
    if row["kind"] == "every_year" or row["attained"] is None:
        return ""
    if row["attained"]:
        return REACHED
    return PAST if row["due_year"] and row["due_year"] <= year else ""


def _track(row: Row) -> Track | None:
    if row["attainment_pct"] is None or not row["target_value"]:
        return None
    pace = None if row["pace_value"] is None else 100 * row["pace_value"] / row["target_value"]
    return track(row["attainment_pct"], pace, bool(row["attained"]))
