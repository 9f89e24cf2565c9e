"""By what a figure is recognised: significant digits, roundings, and chance, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkeval.distribution.figures import chance, figures_in, is_small_fraction, owned, significant


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("226757.34", 22675734), ("226,757.34", 22675734), ("22.675734", 22675734), ("0.00022675734", 22675734),
        ("2.2675734e5", 22675734), ("1,180.50", 11805), ("50000", 5), ("0", 0), ("100.0", 1),
        ("5047.8199999999997", 504782), ("0.30000000000000004", 3),
    ],
)  # fmt: skip
def test_significant_digits(written: str, digits: int) -> None:
    assert significant(written) == digits


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("收入226757.34万元", {22675734}),
        ("批次 2025-ace0f84d554f 代码 YN5328-03", set()),
        ("版本 1.10.12345", set()),
        ("97,118,226757.34", {22675734, 97118}),
        ("1,118,226", {1118226}),
        ("2025年6月30日 99.76 473.4", set()),
        ("４２３７９．５", {423795}),
        ("-12345.6%", {123456}),
    ],
)
def test_figures_in_text(text: str, found: set[int]) -> None:
    assert figures_in(text, 5) == found


@given(st.decimals("0.001", "999999999", places=4), st.integers(5, 10))
def test_a_value_is_found_by_each_of_its_roundings(value: object, digits: int) -> None:
    figures = owned([(np.array([float(str(value))]), np.zeros(1, np.int32))], 1, 5)
    shown = f"{float(str(value)):.{digits - 1}e}"
    key = significant(shown)
    assert figures.of(key) == ({0} if key >= 10_000 else set())


def test_a_figure_of_two_parks_has_two_owners() -> None:
    figures = owned([(np.array([12345.6, 7.77777]), np.array([0, 0], np.int32)), (np.array([1.23456]), np.array([1], np.int32))], 2, 5)  # fmt: skip
    assert figures.of(123456) == {0, 1}
    assert figures.of(777777) == {0}
    assert figures.of(123457) == set()


def test_chance_by_hand() -> None:
    """Two parks with ten figures of 8 digits each; one matched among four unexplained: 1 × 4 × 10 ÷ 8.1·10⁷."""
    rng = [[(10_000_000 + 7 * at + 3_000_001 * park) * 1.0 for at in range(1, 11)] for park in (0, 1)]
    values = [(np.array(given), np.full(10, park, np.int32)) for park, given in enumerate(rng)]
    figures = owned(values, 2, 8)
    mean = figures.counts[8] / 2
    unexplained = [int(rng[1][0]), 98765432, 98765431, 98765433]
    assert chance(unexplained[:1], unexplained, figures) == pytest.approx(4 * mean / 8.1e7)
    both = [int(rng[1][0]), int(rng[1][1])]
    assert chance(both, both, figures) == pytest.approx((2 * mean / 8.1e7) ** 2)


@pytest.mark.parametrize(("key", "small"), [(333333, True), (666667, True), (142857142857, True), (16667, True),
                                            (22675734, False), (504782, False)])  # fmt: skip
def test_small_fractions(key: int, small: bool) -> None:
    assert is_small_fraction(key, 30) is small
