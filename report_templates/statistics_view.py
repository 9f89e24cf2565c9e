"""The filed figures of a park for print, so that the park sees what its evaluation rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from report_templates.formatting import NULL, exact, or_dash, plain
from report_templates.published import Row


@dataclass(frozen=True)
class StatisticLine:
    """One 基础统计指标: its value after corrections, exactly as filed, or `—` where nothing was filed."""

    label: str
    unit: str
    value: str
    corrected: bool


def statistic_lines(statistics: Iterable[Row]) -> tuple[StatisticLine, ...]:
    """The numeric items in the published order; items of text (names, dates, signatures) have no unit and are left out."""
    return tuple(
        StatisticLine(
            plain(row["label"], 40),
            or_dash(row["unit"], 20),
            exact(row["value"]) if row["value"] is not None else NULL,
            bool(row["corrected"]),
        )
        for row in statistics
        if plain(row["unit"])
    )
