"""Columns are as wide as what they hold, and decimal points stand below each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import report_templates
from report_templates.columns import LEAST_TEXT_MM, Held, fitted, places

STYLE = Path(report_templates.__file__).parent / "styles" / "print.css"


def test_decimals_are_told_also_behind_a_sign_of_comparison() -> None:
    found = [places(text) for text in ("1,234.50", "≥ 15.0", "-3", "＜ 0.000", "—", "≥ 15.0 (±0.5)", "已到期")]
    assert found == [2, 1, 0, 3, None, None, None]


def test_a_figure_gets_the_room_of_the_decimals_it_lacks() -> None:
    column = Held(["1.3953", "12.5", "7", "—"])
    assert [column.room(text) for text in ("1.3953", "12.5", "7", "—")] == ["", "d3", "i4", ""]


@pytest.mark.parametrize("lacking", range(1, 7))
def test_the_style_has_that_room_in_figures_of_eight_points(lacking: int) -> None:
    """A digit of the face of tables is 0.557 em wide, its point 0.327 em; the padding of a cell is 1.2 mm."""
    sheet = STYLE.read_text(encoding="utf-8")
    for kind, points in (("d", 0), ("i", 1)):
        found = re.search(rf"td\.{kind}{lacking} {{ padding-right: ([\d.]+)pt }}", sheet)
        assert found is not None
        assert float(found[1]) == pytest.approx(3.4 + 8 * (0.557 * lacking + 0.327 * points), abs=0.1)


def test_what_finds_no_room_takes_it_from_the_text_and_the_table_keeps_its_width() -> None:
    value, mean = Held(["59,434,830.1"]), Held(["1.0"])
    widths = fitted([54, 15, 16], {1: value, 2: mean})
    assert sum(widths) == pytest.approx(85, abs=0.02)
    assert widths[1] > 19 and widths[2] == 16
    assert value.room("59,434,830.1") == ""


def test_a_figure_that_still_finds_no_room_is_set_small() -> None:
    long = "1,234,567,890,123,456,789,012,345.0"
    value = Held([long, "1.0"])
    widths = fitted([LEAST_TEXT_MM + 5, 15], {1: value})
    assert widths == [LEAST_TEXT_MM, 20]
    assert (value.room(long), value.room("1.0")) == ("wide", "")


def test_what_stands_in_brackets_has_a_line_of_its_own() -> None:
    goal = Held(["≥ 15.0（容差 0.5）", "2.00"])
    assert [goal.room(text) for text in ("≥ 15.0（容差 0.5）", "2.00")] == ["d1", ""]
    assert goal.need_mm < Held(["≥ 15.0 容差 0.5 以内"]).need_mm


def test_long_figures_are_not_made_longer_by_aligning_them() -> None:
    assert Held(["126,736,798.0", "0.2271"]).room("126,736,798.0") == ""
    assert Held(["26,798.0", "0.2271"]).room("26,798.0") == "d3"
