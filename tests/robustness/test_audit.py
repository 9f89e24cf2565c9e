"""The statistical audit of an index, against figures worked by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.evaluation import evaluate_stages
from scoring.robustness.audit import UNKNOWN, audit
from scoring.robustness.audit_measures import (
    complete,
    correlation,
    correlation_ratio,
    cronbach_alpha,
    eigenvalues,
    shares,
    squared_correlations,
    without_each,
)
from scoring.robustness.plan import load_plan
from tests.scoring.small_parks import rulebook, spelled_out, trusted

PLAN = load_plan()
JUDGED = {"method": "judged"}


def audited(figures: dict[str, list[Any]], weights: dict[str, float] | None = None, **scheme: Any) -> dict[str, Any]:
    """The audit of parks whose figures are their points, in one dimension."""
    share = weights or dict.fromkeys(figures, 100 / len(figures))
    nodes = [{"indicator": code, "weights": share[code], "points": JUDGED} for code in figures]
    case = spelled_out({"figures": figures, "scheme": {"nodes": nodes, **scheme}})
    book = rulebook(case, 2021)
    return audit(evaluate_stages(trusted(case, 2021), book, {}), book, PLAN)


def told(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return list(found["audit"].filter(pl.col("kind") == kind).to_dicts())


def node(found: dict[str, Any], code: str) -> dict[str, Any]:
    return dict(found["audit_nodes"].filter(pl.col("node") == code).row(0, named=True))


def test_correlation_and_its_interval() -> None:
    # x = 1…5, y = 2, 1, 4, 3, 5: Σxy of deviations 8, Σx² = Σy² = 10. atanh 0.8 = 1.0986; ± 1.96 ÷ √2 = 1.3859.
    found = correlation(np.array([1.0, 2, 3, 4, 5]), np.array([2.0, 1, 4, 3, 5]), 5, 95)
    assert found.r == pytest.approx(0.8)
    assert (found.low, found.high) == pytest.approx((math.tanh(1.0986 - 1.3859), math.tanh(1.0986 + 1.3859)), abs=1e-4)
    assert correlation(np.array([1.0, 2, 3, 4]), np.array([4.0, 3, 2, 1]), 4, 95).r == -1


def test_what_cannot_be_correlated_is_null_with_a_reason() -> None:
    same = correlation(np.ones(6), np.arange(6.0), 5, 95)
    assert same.r is None and "得分相同" in same.reason
    gaps = correlation(np.array([1.0, 2, 3, np.nan, np.nan]), np.arange(5.0), 5, 95)
    assert gaps.r is None and "只有 3 个" in gaps.reason


def test_alpha_of_a_table_worked_by_hand() -> None:
    # Columns (1,2,3,4), (2,2,4,4), (1,3,3,5): variances 5/3, 4/3, 8/3; sums 4, 7, 10, 13 with variance 15.
    # 3 ÷ 2 × (1 - (17/3) ÷ 15) = 1.5 × 28/45 = 0.9333.
    table = np.array([[1.0, 2, 1], [2, 2, 3], [3, 4, 3], [4, 4, 5]])
    assert cronbach_alpha(table) == pytest.approx(14 / 15)
    assert cronbach_alpha(table[:, :1]) is None
    assert cronbach_alpha(np.ones((4, 2))) is None


def test_components_of_orthogonal_and_of_identical_indicators() -> None:
    orthogonal = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    assert eigenvalues(orthogonal) == pytest.approx([1, 1])
    one = np.arange(6.0)
    assert eigenvalues(np.column_stack([one, 3 * one + 2, -one])) == pytest.approx([3, 0, 0], abs=1e-12)
    # Two indicators with r = 0.6 have components of variance 1.6 and 0.4.
    assert eigenvalues(np.array([[-1.0, -1.4], [1, -0.2], [-1, 0.2], [1, 1.4]])) == pytest.approx([1.6, 0.4])


def test_correlation_ratio_sees_what_a_line_does_not() -> None:
    x = np.linspace(-1, 1, 400)
    assert squared_correlations(x[:, None], x**2, np.ones((1, 400)))[0, 0] == pytest.approx(0, abs=1e-12)
    found = correlation_ratio(x, x**2, 100)
    assert found is not None and found > 0.95
    assert correlation_ratio(x[:50], x[:50], 100) is None


def test_squared_correlations_of_counted_parks_are_those_of_repeated_parks() -> None:
    random = np.random.default_rng(3)
    scores, total = random.normal(size=(9, 2)), random.normal(size=9)
    scores[2, 1] = np.nan
    counts = np.array([0, 2, 1, 1, 3, 0, 1, 1, 0])
    rows = np.repeat(np.arange(9), counts)
    for place in range(2):
        known = rows[~np.isnan(scores[rows, place])]
        expected = np.corrcoef(scores[known, place], total[known])[0, 1] ** 2
        assert squared_correlations(scores, total, counts[None, :].astype(float))[0, place] == pytest.approx(expected)


def test_shares_of_uncorrelated_indicators_follow_the_squares_of_their_spread() -> None:
    # total = a + b of orthogonal a (± 1) and b (± 3): variances 1 and 9, shares 10 % and 90 %.
    a, b = np.array([1.0, 1, -1, -1]), np.array([3.0, -3, 3, -3])
    squared = squared_correlations(np.column_stack([a, b]), a + b, np.ones((1, 4)))
    assert shares(squared)[0] == pytest.approx([10, 90])


@given(st.lists(st.lists(st.integers(0, 100), min_size=3, max_size=3), min_size=5, max_size=12))
@settings(max_examples=40, deadline=None)
def test_components_share_out_the_number_of_indicators(rows: list[list[int]]) -> None:
    table = complete(np.array(rows, dtype=np.float64))
    values = eigenvalues(table)
    varying = int((np.ptp(table, axis=0) > 0).sum())
    assert sum(values) == pytest.approx(varying if varying > 1 else 0)
    assert values == sorted(values, reverse=True)


def test_the_same_figure_twice_is_told() -> None:
    own = [90, 80, 70, 60, 50, 40]
    found = audited({"a": own, "b": own, "c": [55, 90, 60, 80, 50, 70]})
    pair = told(found, "redundant")[0]
    assert (pair["node"], pair["other"], pair["figure"]) == ("a", "b", 1)
    assert "几乎同升同降" in pair["sentence"] and "只有 6 个园区" in pair["sentence"]
    assert not pair["reliable"]
    assert node(found, "a")["r_total"] == node(found, "b")["r_total"]


def test_a_single_park_far_off_does_not_make_two_indicators_the_same() -> None:
    """Without the last park a and b are unrelated (r = 0); with it r is above 0.9."""
    found = audited({"a": [60, 62, 60, 62, 10], "b": [70, 70, 72, 72, 5], "c": [55, 90, 60, 80, 50]})
    row = found["audit_correlations"].filter((pl.col("node") == "a") & (pl.col("other") == "b")).row(0, named=True)
    assert row["r"] > 0.9
    assert told(found, "redundant") == []


def test_without_each_park_is_the_correlation_of_the_others() -> None:
    random = np.random.default_rng(4)
    one, other = random.normal(size=8), random.normal(size=8)
    expected = [np.corrcoef(np.delete(one, place), np.delete(other, place))[0, 1] for place in range(8)]
    assert without_each(one, other) == pytest.approx(expected)


def test_two_that_cancel_each_other_out_are_told() -> None:
    own = [90, 80, 70, 60, 50, 40]
    found = audited({"a": own, "b": [130 - value for value in own], "c": [55, 90, 60, 80, 50, 70]})
    assert [(pair["node"], pair["other"], pair["figure"]) for pair in told(found, "contrary")] == [("a", "b", -1)]
    assert told(found, "alpha")[0]["node"] == "all"


def test_a_negative_figure_that_may_be_chance_is_not_told() -> None:
    """r = -0.5 of six parks lies anywhere between -0.94 and 0.54."""
    found = audited({"a": [1, 2, 3, 4, 5, 6], "b": [4, 6, 3, 5, 2, 4]})
    row = found["audit_correlations"].filter(pl.col("relation") == "siblings").row(0, named=True)
    assert row["r"] < -0.3 and row["r_high"] > 0
    assert told(found, "contrary") == []


def test_an_indicator_that_all_meet_weighs_nothing() -> None:
    found = audited({"a": [100] * 8, "b": [10, 20, 30, 40, 50, 60, 70, 80]}, {"a": 80, "b": 20})
    flat = told(found, "flat")[0]
    assert (flat["node"], flat["figure"]) == ("a", 100) and "权重 80%" in flat["sentence"]
    assert [(row["node"], round(row["figure"])) for row in told(found, "weight")] == [("b", 100)]
    assert node(found, "b")["nominal_pct"] == pytest.approx(20)
    assert "得分相同" in node(found, "a")["reason"]


def test_an_outlier_is_named() -> None:
    method = {"method": "min_max"}
    figures = {"a": [1, 2, 3, 2, 1, 3, 2, 1, 3, 500]}
    case = spelled_out({"figures": figures, "scheme": {"nodes": [{"indicator": "a", "points": method}]}})
    book = rulebook(case, 2021)
    found = audit(evaluate_stages(trusted(case, 2021), book, {}), book, PLAN)
    outlier = told(found, "outlier")[0]
    assert "最突出的是癸" in outlier["sentence"] and "极端值处理" in outlier["advice"]
    # Nine ones to threes and a 500: skewness of √10 and kurtosis of 10 are the limits for a single value far off.
    assert outlier["figure"] == pytest.approx(math.sqrt(10), abs=0.01)


def test_missing_and_imputed_are_counted() -> None:
    found = audited(
        {"a": [90, "缺", 70, "缺", 50, 40], "b": [90, 80, 70, 60, 50, 40]}, ranking={"missing": "group_mean"}
    )
    gap = told(found, "missing")[0]
    assert (gap["node"], round(gap["figure"], 1)) == ("a", 33.3) and "2 个按缺数规则代入" in gap["sentence"]
    assert (node(found, "a")["missing"], node(found, "a")["imputed"], node(found, "b")["missing"]) == (2, 2, 0)


def test_a_handful_of_parks_is_not_audited() -> None:
    found = audited({"a": [90, 80, 70], "b": [1, 2, 3]})
    assert [(row["kind"], row["verdict"]) for row in found["audit"].iter_rows(named=True)] == [("few", UNKNOWN)]
    assert node(found, "a")["r_total"] is None and "不足 5 个" in node(found, "a")["reason"]


def test_a_dimension_of_one_indicator_has_no_alpha() -> None:
    found = audited({"a": [90, 80, 70, 60, 50, 40]})
    assert node(found, "all")["alpha"] is None and node(found, "all")["reason"] == "下面只有一项"


def test_an_indicator_of_few_parks_is_left_out_of_what_is_compared() -> None:
    found = audited({"a": [90, 80, 70, 60, 50, 40], "b": [40, 45, 70, 60, 75, 90], "c": [7, *["缺"] * 5]})
    assert node(found, "c")["same_pct"] is None and node(found, "c")["effective_pct"] is None
    assert node(found, "a")["nominal_pct"] == pytest.approx(50)
    assert node(found, "all")["complete_parks"] == 6
    assert [row["node"] for row in told(found, "missing")] == ["c"]


def test_nothing_ranked_gives_empty_tables() -> None:
    case = spelled_out({"figures": {"a": [1, 2]}, "unranked": ["甲", "乙"]})
    book = rulebook(case, 2021)
    found = audit(evaluate_stages(trusted(case, 2021), book, {}), book, PLAN)
    assert all(frame.is_empty() for frame in found.values())


def test_the_order_of_the_parks_does_not_matter() -> None:
    figures = {"a": [90, 80, 70, 60, 50, 40], "b": [10, 90, 40, 60, 20, 80]}
    turned = {code: values[::-1] for code, values in figures.items()}
    first, second = (audited(given)["audit_correlations"]["r"].to_list() for given in (figures, turned))
    assert first == pytest.approx(second)
