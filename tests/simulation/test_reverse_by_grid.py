"""The reverse question against a search of the whole grid with scores worked out here, without the engine."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.evaluation import basis_of
from scoring.goals import Goal
from scoring.least_change import least_change
from tests.scoring import small_parks

YEAR = 2021
MARKS = {"a": (0, 100), "b": (20, 60), "c": (50, 0)}
WEIGHTS = {"a": 50, "b": 30, "c": 20}
NODES = [
    {"indicator": code, "weights": WEIGHTS[code], "points": {"method": "goalposts", "zero_at": low, "full_at": high}}
    for code, (low, high) in MARKS.items()
]


def score(values: dict[str, float]) -> float:
    """Goalposts and weights by hand: points between the marks on a straight line, limited to 0 and 100."""
    total = 0.0
    for code, (low, high) in MARKS.items():
        share = (values[code] - low) / (high - low)
        total += WEIGHTS[code] * min(max(share, 0.0), 1.0)
    return total


figures = st.integers(0, 100)


@settings(max_examples=6, deadline=None)
@given(st.lists(st.fixed_dictionaries({"a": figures, "b": figures, "c": st.integers(0, 60)}), min_size=3, max_size=3),
       st.integers(30, 95))  # fmt: skip
def test_grid(parks: list[dict[str, float]], asked: int) -> None:
    case = {
        "parks": [{"name": name, **figures} for name, figures in zip("甲乙丙", parks, strict=True)],
        "indicators": [{"code": code, "decimals": 0, "direction": "lower" if code == "c" else "higher"} for code in "abc"],
        "scheme": {"nodes": NODES},
    }  # fmt: skip
    book = small_parks.rulebook(case, YEAR)
    basis = basis_of(small_parks.trusted(case, YEAR), book, {})
    codes = basis.computed.wide.filter(basis.computed.wide["year"] == YEAR).sort("park_code")
    park = dict(zip(codes["name"], codes["park_code"], strict=True))["丙"]
    found = least_change(basis, book, park, Goal("score", str(asked)))
    own = parks[2]
    if score(own) >= asked - 1e-9:
        assert found.before.reached
        return
    ends = {"a": max(100, *(one["a"] for one in parks)), "b": max(60, *(one["b"] for one in parks)),
            "c": min(0, *(one["c"] for one in parks))}  # fmt: skip
    spans = {
        code: max(one[code] for one in parks) - min(one[code] for one in parks) or abs(ends[code] - own[code])
        for code in "abc"
    }
    ranges = {
        code: [*range(int(own[code]), int(ends[code]) + 1)]
        if code != "c"
        else [*range(int(own[code]), int(ends[code]) - 1, -1)]
        for code in "abc"
    }

    def effort(values: dict[str, float]) -> float:
        return sum(100 * abs(values[code] - own[code]) / spans[code] for code in "abc" if values[code] != own[code])

    for lever, answer in found.single:
        tried = [value for value in ranges[lever.code] if score({**own, lever.code: value}) >= asked - 1e-9]
        assert [change.value for change in answer.changes] == pytest.approx(tried[:1])
    grid = [dict(zip("abc", values, strict=True)) for values in itertools.product(*ranges.values())]
    reached = [values for values in grid if score(values) >= asked - 1e-9]
    assert found.together is not None
    if not reached:
        assert not found.together.changes
        return
    best = min(effort(values) for values in reached)
    mine = {**own, **{change.lever.code: change.value for change in found.together.changes}}
    assert score(mine) >= asked - 1e-9
    assert math.isclose(effort(mine), found.together.effort_pct, abs_tol=1e-6)
    # b 的零分点在范围之内：先要走一段没有分的路，所以允许比全网格的最优多出一成
    assert found.together.effort_pct <= 1.1 * best + 5
