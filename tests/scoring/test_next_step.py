"""What it takes to earn more: by hand for each method, and by putting the value in for any figures."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from scoring.points import AnyMethod
from scoring.points.method import Method

READER: TypeAdapter[Method] = TypeAdapter(AnyMethod)


def frame(value: float, *, target: float = 100.0, before: float = 50.0) -> pl.DataFrame:
    """Three parks of one group; the first has `value`."""
    return pl.DataFrame(
        {
            "value": [value, 20.0, 80.0], "target_value": [target] * 3, "pace_value": [target] * 3,
            "previous_value": [before] * 3, "base_value": [before] * 3, "group": ["省级"] * 3, "ranked": [True] * 3,
        }
    )  # fmt: skip


def step(settings_: dict[str, Any], direction: str, given_: pl.DataFrame) -> tuple[float | None, float | None, str]:
    """Value, points and words of the next step of the first park."""
    method = READER.validate_python(settings_)
    told = method.next_step(direction)
    row = given_.with_columns(method.benchmark_value().alias("benchmark")).select(
        told.value.alias("value"), told.points.alias("points"), told.said.alias("said")
    )
    first = row.row(0)
    return first[0], first[1], first[2]


@pytest.mark.parametrize(
    ("settings_", "direction", "value", "expected"),
    [
        ({"method": "ratio", "benchmark": "target"}, "higher", 60.0, (100.0, 100.0, "达到目标值")),
        ({"method": "ratio", "benchmark": "target", "cap": 80}, "higher", 60.0, (80.0, 80.0, "达到目标值")),
        ({"method": "ratio", "benchmark": 40.0, "cap": "none"}, "lower", 60.0, (40.0, 100.0, "达到基准值")),
        ({"method": "ratio", "benchmark": "group_max"}, "higher", 60.0,
         (80.0, 100.0, "达到组内最大值（按本年数据，随全组变动）")),
        ({"method": "goalposts", "zero_at": 4.5, "full_at": -3}, "lower", 1.0, (-3.0, 100.0, "得满分")),
        ({"method": "min_max", "base_points": 60}, "lower", 60.0,
         (20.0, 100.0, "达到组内最小值（按本年数据，随全组变动）")),
        ({"method": "min_max", "low": 0, "high": 90}, "higher", 60.0, (90.0, 100.0, "得满分")),
        ({"method": "efficacy", "unacceptable": 10, "satisfactory": 70}, "higher", 60.0, (70.0, 100.0, "达到满意值")),
        # Last year 50: base 80 points, 4 more for each unit, so 5 units to 100.
        ({"method": "hold_previous", "base_points": 80, "unit": 1, "per_unit": 4}, "higher", 52.0, (55.0, 100.0, "得满分")),
        # Base year 50: 80 points, one more for each 5 %, at most 150: 70 × 5 % = 350 % more.
        ({"method": "hold_base"}, "higher", 60.0, (225.0, 150.0, "得最高分")),
        # From 40 on 10 points for each full 15: at 60 one unit is full, the second at 70.
        ({"method": "over_target", "threshold": 40, "unit": 15, "per_unit": 10}, "higher", 60.0, (70.0, 20.0, "到下一档")),
        ({"method": "over_target", "threshold": 40, "unit": 15, "per_unit": 10}, "higher", 30.0, (55.0, 10.0, "到下一档")),
        ({"method": "over_target", "threshold": 40, "unit": 15, "per_unit": 10, "start": 50}, "higher", 30.0,
         (40.0, 50.0, "到下一档")),
        ({"method": "bands", "bands": [{"bound": 50, "points": 60}, {"bound": 70, "points": 80}, {"bound": 90, "points": 100}]},
         "higher", 60.0, (70.0, 80.0, "到下一档")),
        ({"method": "bands", "bands": [{"bound": 50, "points": 60}, {"bound": 30, "points": 100}]}, "lower", 60.0,
         (50.0, 60.0, "到下一档")),
        ({"method": "pass_fail", "benchmark": "target"}, "higher", 60.0, (100.0, 100.0, "达到目标值")),
    ],
)  # fmt: skip
def test_the_next_step_is_read_from_the_parameters(
    settings_: dict[str, Any], direction: str, value: float, expected: tuple[float, float, str]
) -> None:
    found = step(settings_, direction, frame(value))
    assert found[:2] == pytest.approx(expected[:2])
    assert found[2] == expected[2]


@pytest.mark.parametrize("name", ["z_score", "percentile", "rank_gain", "rank_points"])
def test_places_and_standard_scores_cannot_be_told_beforehand(name: str) -> None:
    settings_ = {"method": name} | ({"step": 5} if name == "rank_points" else {})
    value, points, said = step(settings_, "higher", frame(60.0))
    assert (value, points) == (None, None)
    assert "不能预先算出" in said


METHODS: list[dict[str, Any]] = [
    {"method": "ratio", "benchmark": "target"},
    {"method": "ratio", "benchmark": "previous", "cap": 90},
    {"method": "goalposts", "zero_at": -20, "full_at": 130},
    {"method": "efficacy", "unacceptable": 10, "satisfactory": 140},
    {"method": "hold_previous", "base_points": 70, "unit": 2, "per_unit": 3},
    {"method": "hold_base"},
    {"method": "over_target", "threshold": "target", "unit": 7, "per_unit": 9},
    {"method": "over_target", "threshold": 5, "unit": 2, "per_unit": 3, "whole_units": False},
    {
        "method": "bands",
        "bands": [{"bound": 20, "points": 40}, {"bound": 60, "points": 30}, {"bound": 150, "points": 100}],
    },
    {"method": "pass_fail", "benchmark": 33},
    {"method": "judged", "scale": 140},
]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(METHODS),
    st.floats(1, 300).map(lambda value: round(value, 3)),
    st.floats(1, 200).map(lambda value: round(value, 2)),
)
def test_the_value_told_earns_the_points_told(settings_: dict[str, Any], value: float, bound: float) -> None:
    given_ = frame(value, target=bound, before=bound)
    needed, points, _ = step(settings_, "higher", given_)
    if needed is None:
        return
    method = READER.validate_python(settings_)
    put_in = given_.with_columns(pl.Series("value", [needed, 20.0, 80.0]))
    earned = put_in.with_columns(method.benchmark_value().alias("benchmark")).select(method.points("higher")).item(0, 0)
    assert earned == pytest.approx(points)
