"""How sure a ranking is, against answers known in closed form, the engine itself, and what must not matter."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from scoring.combining import AnyCombination, Arithmetic
from scoring.evaluation import Evaluated, evaluate_stages
from scoring.robustness.plan import OWN, Plan
from scoring.robustness.ranks import rank_draws
from scoring.robustness.sensitivity import sobol
from scoring.robustness.simulation import simulation_of
from scoring.robustness.structure import Parent, Structure
from scoring.robustness.totals import totals
from scoring.robustness.uncertainty import FRAGILE, RARE, ROBUST, SINGLE, robustness
from scoring.rulebook import Rulebook
from tests.scoring.small_parks import rulebook, spelled_out, trusted

ALONE: dict[str, Any] = {
    "draws": 20_000, "judged_draws": 4000, "sensitivity_samples": 0, "seed": 7, "reason": "试算",
    "weights": {"distribution": "none", "reason": "试算"},
    "normalisation": [{"key": OWN, "label": "原法", "share": 1}],
    "aggregation": [{"key": OWN, "label": "原法", "share": 1}],
    "missing": [{"key": OWN, "label": "原法", "share": 1}],
}  # fmt: skip
RELATIVE = {"distribution": "relative", "spread_pct": 25, "reason": "试算"}


def plan(**given: Any) -> Plan:
    return Plan.model_validate({**ALONE, **given})


def evaluated(case: dict[str, Any]) -> tuple[Evaluated, Rulebook, pl.DataFrame]:
    case = spelled_out(case)
    book = rulebook(case, 2021)
    data = trusted(case, 2021)
    return evaluate_stages(data, book, {}), book, data.filings


def tables(case: dict[str, Any], own: Plan) -> dict[str, pl.DataFrame]:
    stages, book, filings = evaluated(case)
    return robustness(stages, filings, book, own)


def by_park(table: pl.DataFrame, *columns: str) -> dict[str, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in table.select("park_code", *columns).iter_rows()}


def two_parks(a: tuple[float, float], b: tuple[float, float], **scheme: Any) -> dict[str, Any]:
    """Parks 甲 and 乙 with two figures that are their points, each of weight 50."""
    points = {"method": "judged"}
    nodes = [{"indicator": code, "weights": 50, "points": points} for code in ("a", "b")]
    return {"figures": {"a": [a[0], b[0]], "b": [a[1], b[1]]}, "scheme": {"nodes": nodes, **scheme}}


def test_two_parks_with_relative_weights() -> None:
    # 甲 leads by 20·w1 − 18·w2 with w1, w2 uniform on 0.75 … 1.25: it wins where w1 > 0.9·w2. In the square of side
    # 0.5 the losing part is the triangle w1 < 0.9·w2 above w1 = 0.75: w2 from 0.75/0.9 on, of height 0.9·w2 − 0.75.
    start = 0.75 / 0.9
    losing = 0.9 * (1.25**2 - start**2) / 2 - 0.75 * (1.25 - start)
    expected = 1 - losing / 0.25
    found = tables(two_parks((90, 60), (70, 78)), plan(weights=RELATIVE))["robustness"]
    error = math.sqrt(expected * (1 - expected) / 20_000)
    assert found["same_rank_pct"].to_list() == pytest.approx([100 * expected] * 2, abs=400 * error)
    assert by_park(found, "rank_p05", "rank_median", "rank_p95") == {"甲": (1, 1, 2), "乙": (1, 2, 2)}


def test_two_parks_with_errors_of_the_data() -> None:
    # 甲 80, 乙 78, both with a relative standard deviation of 2 %: the difference is normal with mean 2 and
    # standard deviation √(1.6² + 1.56²); 甲 leads with probability Φ(2 ÷ 2.2347).
    case = two_parks((80, 0), (78, 0))
    case["scheme"]["nodes"] = [{"indicator": "a", "points": {"method": "judged"}}]
    data = {"replicas": 2000, "rounding": False, "relative_error_pct": {"园区申报": 2}}
    found = tables(case, plan(data=data))["robustness"]
    expected = 0.5 * (1 + math.erf(2 / math.hypot(1.6, 1.56) / math.sqrt(2)))
    assert found["same_rank_pct"].to_list() == pytest.approx([100 * expected] * 2, abs=4)


def test_why_a_proposal_is_not_made_is_told_condition_by_condition() -> None:
    """甲 leads, unless a, in which alone it is better, is left out: then 乙 does. The sterner rule takes the place of the
    other one wherever both hold; with `score > 10` always true the draws of both add up to all."""
    case = two_parks((100, 50), (60, 88))
    case["scheme"]["rules"] = [
        {"code": "stern", "label": "从严", "when": "rank > 1", "supersedes": ["mild"]},
        {"code": "mild", "label": "从宽", "when": "score > 10"},
        {"code": "first", "label": "第一", "when": "rank = 1 AND score > 10", "kind": "reward"},
    ]
    found = tables(case, plan(leave_out={"chance_pct": 50}))
    rules = found["robustness_rules"].filter((pl.col("park_code") == "甲") & pl.col("proposed"))
    probability = dict(rules.select("rule", "probability").iter_rows())
    why = found["robustness_conditions"].filter(pl.col("park_code") == "甲")
    told = {
        rule: (kind, said, share)
        for rule, kind, said, share in why.select("rule", "kind", "reason", "probability").iter_rows()
    }
    assert told["first"] == ("条件不成立", "组内位次为第 1 位", pytest.approx(1 - probability["first"]))
    assert told["mild"] == ("改提其他建议", "从严", pytest.approx(1 - probability["mild"]))
    notes = dict(rules.select("rule", "note").iter_rows())
    assert "次没有提出" in notes["mild"] and "改提“从严”" in notes["mild"]
    assert "“组内位次为第 1 位”不成立" in notes["first"]


def test_rounding_alone_can_turn_places() -> None:
    # 80 and 79 as filed lie anywhere within 79.5 … 80.5 and 78.5 … 79.5: hardly ever the other way round; by the
    # normal of the same variance (1/12 each) the chance is Φ(−1 ÷ √(1/6)) = 0.7 %. 80.4 and 80.3 are rounded finer.
    case = two_parks((80, 0), (79, 0))
    case["scheme"]["nodes"] = [{"indicator": "a", "points": {"method": "judged"}}]
    found = tables(case, plan(data={"replicas": 2000, "rounding": True}))["robustness"]
    assert found["same_rank_pct"].to_list() == pytest.approx([99.3] * 2, abs=0.8)


def test_nothing_open_changes_nothing() -> None:
    case = two_parks((90, 60), (70, 78))
    case["scheme"]["rules"] = [{"code": "best", "when": "rank = 1", "kind": "reward"}]
    found = tables(case, plan())
    assert found["robustness"]["same_rank_pct"].to_list() == [100, 100]
    assert found["robustness_rules"].select("rule", "probability", "verdict").rows() == [("best", 1.0, ROBUST)]
    assert found["robustness_grades"]["probability"].to_list() == [1.0, 1.0]
    assert "十次有九次以上" in found["robustness"]["statement"][0]


def test_verdicts() -> None:
    """A proposal that holds always, one that hangs on a single indicator, one on the weights, one that nearly came."""
    case = two_parks((100, 50), (60, 88))
    case["scheme"]["rules"] = [
        {"code": "first", "when": "rank = 1", "kind": "reward"},
        {"code": "any", "when": "score > 10", "kind": "reward"},
    ]
    weights = tables(case, plan(weights=RELATIVE))["robustness_rules"]
    told = {(park, rule): verdict for park, rule, verdict in weights.select("park_code", "rule", "verdict").iter_rows()}
    assert told == {("甲", "any"): ROBUST, ("甲", "first"): FRAGILE, ("乙", "any"): ROBUST, ("乙", "first"): RARE}
    left = tables(case, plan(leave_out={"chance_pct": 50}))["robustness_rules"].filter(
        (pl.col("rule") == "first") & (pl.col("park_code") == "甲")
    )
    row = left.row(0, named=True)
    # Without b 甲 leads still, without a it is second: half of the draws leave one of the two out.
    assert row["probability"] == pytest.approx(0.75, abs=0.03)
    assert row["verdict"] == SINGLE
    assert "计入“a”时 100.0%，改用其他做法时 0.0%" in row["note"]


def test_cuts_keep_their_meaning_under_another_way_of_scoring() -> None:
    """Three parks of 95, 90, 85 points: by the range within the group they would have 100, 50, 0; brought to the mean
    and spread of the scheme's own points they are 95, 90, 85 again, and all keep their grade."""
    case = {"figures": {"a": [95, 90, 85]}, "scheme": {"nodes": [{"indicator": "a", "points": {"method": "judged"}}]}}
    other = {"key": "range", "label": "极差", "share": 1000, "points": {"method": "min_max"}}
    found = tables(case, plan(normalisation=[ALONE["normalisation"][0], other]))
    assert found["robustness_grades"]["probability"].to_list() == [1.0] * 3
    assert {code: low for code, (low,) in by_park(found["robustness"], "score_p05").items()} == pytest.approx(
        {"甲": 95, "乙": 90, "丙": 85}
    )


def test_the_same_seed_gives_the_same_tables_and_another_does_not() -> None:
    case = two_parks((90, 60), (70, 78))
    once, again = (tables(case, plan(weights=RELATIVE, draws=500, judged_draws=200)) for _ in range(2))
    other = tables(case, plan(weights=RELATIVE, draws=500, judged_draws=200, seed=8))
    assert all(once[name].equals(again[name]) for name in once)
    assert not once["robustness"].equals(other["robustness"])


def test_a_park_without_figures_counts_by_the_missing_rule_of_each_draw() -> None:
    """甲 lacks b: by the scheme zero points (45 against 60), by the mean of the group 60 (75 against 60)."""
    case = two_parks((90, 60), (60, 60), ranking={"missing": "zero"})
    case["figures"]["b"] = ["缺", 60]
    missing = [{"key": OWN, "label": "原法", "share": 1}, {"key": "group_mean", "label": "均值", "share": 1}]
    found = tables(case, plan(missing=missing))["robustness"]
    assert by_park(found, "rank") == {"甲": (2,), "乙": (1,)}
    assert found["same_rank_pct"].to_list() == pytest.approx([50, 50], abs=1.5)


def test_own_totals_are_the_published_ones_or_it_refuses() -> None:
    stages, book, _ = evaluated(two_parks((90, 60), (70, 78)))
    forged = stages.scores.with_columns(pl.when(pl.col("kind") == "total").then(1.0).otherwise("score").alias("score"))
    with pytest.raises(ValueError, match="published"):
        simulation_of(Evaluated(**{**vars(stages), "scores": forged}), book, plan())


@given(
    st.lists(st.lists(st.integers(0, 5), min_size=4, max_size=4), min_size=1, max_size=6),
    st.sampled_from([0.0, 0.5]),
)
@settings(max_examples=50, deadline=None)
def test_ranks_are_those_of_counting(rows: list[list[int]], tolerance: float) -> None:
    """A rank is one more than the number of parks that are better (whole points: a tolerance of a half joins none)."""
    totals = np.array(rows, dtype=np.float64)
    expected = [[1 + sum(other > own for other in row) for own in row] for row in rows]
    assert rank_draws(totals, tolerance).tolist() == expected


def test_a_missing_total_stands_last() -> None:
    assert rank_draws(np.array([[5.0, np.nan, 7.0, np.nan]])).tolist() == [[2, 3, 1, 3]]


def test_sobol_of_the_ishigami_function() -> None:
    """sin x1 + 7 sin² x2 + 0.1 x3⁴ sin x1 on ±π (Ishigami & Homma 1990): S = 0.3139, 0.4424, 0; T = 0.5576, 0.4424, 0.2437."""

    def ishigami(inputs: Any) -> Any:
        x = (2 * inputs - 1) * math.pi
        value = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
        return np.stack([np.zeros_like(value), value])

    found = sobol(ishigami, 3, 2048, np.random.default_rng(1))
    assert found.moving == [1]
    assert found.first_order[0] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.03)
    assert found.total[0] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.03)
    assert (found.low[0] <= found.total[0]).all() and (found.total[0] <= found.high[0]).all()


def test_sobol_of_a_linear_model() -> None:
    """x1 + 2 x2 of independent uniform numbers: variances 1 to 4, shares 0.2 and 0.8, no interaction."""
    found = sobol(lambda inputs: (inputs[:, 0] + 2 * inputs[:, 1])[None, :], 2, 1024, np.random.default_rng(2))
    assert found.first_order[0] == pytest.approx([0.2, 0.8], abs=0.02)
    assert found.total[0] == pytest.approx([0.2, 0.8], abs=0.02)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["arithmetic", "geometric", "mazziotta_pareto"]))
@settings(max_examples=25, deadline=None)
def test_products_give_what_node_by_node_gives(seed: int, method: str) -> None:
    """One product over effective weights against the hierarchy walked node by node, with nodes left out."""
    random = np.random.default_rng(seed)
    structure = three_levels(random)
    points = random.uniform(1, 100, (4, 5))
    leaf_factors = random.uniform(0.75, 1.25, (6, 5)) * (random.random((6, 5)) > 0.15)
    leaf_factors[:, 0] = 1.0
    parent_factors = random.uniform(0.75, 1.25, (6, 3))
    combine = TypeAdapter(AnyCombination).validate_python({"method": method})
    tops = [(combine, np.array([0, 2, 4])), (None, np.array([1, 3, 5]))]
    together = totals(structure, points, leaf_factors, parent_factors, tops=tops, rescale=False)
    apart = totals(
        structure, np.broadcast_to(points, (6, 4, 5)), leaf_factors, parent_factors, tops=tops, rescale=False
    )
    assert together == pytest.approx(apart, abs=1e-8, nan_ok=True)


def three_levels(random: np.random.Generator) -> Structure:
    """Leaves a, b under x; x and leaf c under y; y and leaves d, e under the total; two systems of weights."""
    none = np.array([], dtype=np.int64)
    parents = (
        Parent("x", "x", np.array([0, 1]), none, Arithmetic()),
        Parent("y", "y", np.array([2]), np.array([0]), Arithmetic()),
        Parent("total", "总分", np.array([3, 4]), np.array([1]), Arithmetic()),
    )
    weights = np.repeat(random.uniform(10, 50, (2, 5)), 2, axis=0)
    above = np.repeat(np.hstack([random.uniform(10, 50, (2, 2)), np.full((2, 1), 100.0)]), 2, axis=0)
    zeros = np.zeros(4, dtype=np.int64)
    return Structure(
        ("甲", "乙", "丙", "丁"), tuple("abcde"), parents, weights, above, zeros, ("组",), np.array([4]), 4,
        np.zeros(4), zeros, pl.DataFrame(),
    )  # fmt: skip
