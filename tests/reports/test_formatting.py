"""How values are written: expected texts worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from report_templates.formatting import (
    chinese_date,
    chinese_numeral,
    enumerate_chinese,
    exact,
    file_name,
    number,
    plain,
    rank_arrow,
    rank_change,
)


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (2.675, 2, "2.68"),
        (0.5, 0, "1"),
        (1.5, 0, "2"),
        (2.5, 0, "3"),
        (-2.5, 0, "-3"),
        (-0.04, 1, "0.0"),
        (1234567.891, 1, "1,234,567.9"),
        (Decimal("1000000.005000"), 2, "1,000,000.01"),
        (1e-7, 2, "0.00"),
        (1e16, 0, "10,000,000,000,000,000"),
        (None, 2, "—"),
    ],
)
def test_figures_are_rounded_half_up_with_thousands_separators(
    value: float | Decimal | None, decimals: int, expected: str
) -> None:
    assert number(value, decimals) == expected


def test_gains_can_carry_their_sign() -> None:
    assert [number(value, 1, signed=True) for value in (1.25, -1.25, 0.0)] == ["+1.3", "-1.3", "0.0"]


def test_filed_figures_keep_their_digits_and_lose_trailing_zeros() -> None:
    figures = [Decimal("950000.000000"), Decimal("1234.500000"), Decimal("0.123456"), Decimal("100"), None]
    assert [exact(figure) for figure in figures] == ["950,000", "1,234.5", "0.123456", "100", "—"]


def test_dates_have_no_leading_zeros() -> None:
    assert chinese_date(date(2026, 9, 1)) == "2026年9月1日"
    assert chinese_date(None) == "—"


@pytest.mark.parametrize(
    ("change", "words", "arrow"),
    [(2, "比上年上升 2 位", "▲2"), (-1, "比上年下降 1 位", "▼1"), (0, "与上年持平", "平"), (None, "上年未排名", "—")],
)
def test_change_of_rank_in_words(change: int | None, words: str, arrow: str) -> None:
    assert rank_change(change) == words
    assert rank_arrow(change) == arrow


def test_control_and_direction_characters_become_blanks_and_long_text_is_cut() -> None:
    assert plain("甲\x00\x1b[31m乙\u202e丙\n丁") == "甲 [31m乙 丙 丁"
    assert plain("字" * 50, 20) == "字" * 14 + "……（余略）"
    assert plain(None) == ""


def test_file_names_hold_no_path() -> None:
    assert file_name(["YN-01", "../../etc/passwd", "2025"]) == "YN-01-etc_passwd-2025"
    assert file_name(["a:b", "  ", "<img src=x>"]) == "a_b-_-img_src=x"
    assert file_name(["字" * 200]) == "字" * 50


def test_numerals_of_chapters() -> None:
    assert [chinese_numeral(n) for n in (1, 9, 10, 11, 20, 21)] == ["一", "九", "十", "十一", "二十", "二十一"]


def test_long_lists_are_cut_with_their_count() -> None:
    assert enumerate_chinese(["甲", "乙"]) == "甲、乙"
    assert enumerate_chinese(["甲", "乙", "丙"], 2) == "甲、乙等 3 个"
