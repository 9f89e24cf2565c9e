"""Why scores and places moved: hand-worked cases, and parts that add up to the whole on the sample data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from parkeval.cli import cli
from parkeval.front import run_command
from scoring.attribution import Side, attribute, overtakings, shapley
from scoring.evaluation import basis_of
from tests.scoring import small_parks

FIRST, SECOND = 2021, 2022


def parts(case: dict[str, Any]) -> dict[str, dict[str, float]]:
    case = small_parks.spelled_out({"years": [FIRST, SECOND], **case})
    sides = []
    for year in (FIRST, SECOND):
        book = small_parks.rulebook(case, year)
        sides.append(Side(basis_of(small_parks.trusted(case, year), book, {}), book))
    found = attribute(sides[0], sides[1], [park["name"] for park in case["parks"]])
    return {row.pop("park_code"): row for row in found.to_dicts()}


def test_own_data_and_rule_by_hand() -> None:
    # 甲 50 → 60，目标 100 → 120：原办法下自己的变化 +10 分，新办法下 +8.3333 分，平均 9.1667；办法相反，总分不变
    target = {"indicator": "a", "values": [{"from_year": 2000, "value": 100}, {"from_year": 2022, "value": 120}]}
    scheme = {"nodes": [{"indicator": "a", "points": {"method": "ratio", "benchmark": "target"}}], "targets": [target]}
    found = parts({"figures": {"a": [[50, 60], [40, 40], [30, 90]]}, "scheme": scheme})
    assert found["甲"]["score_own"] == pytest.approx(9.1666667) and found["甲"]["score_rule"] == pytest.approx(
        -9.1666667
    )
    assert found["乙"]["score_own"] == 0 and found["乙"]["score_rule"] == pytest.approx(-100 * 40 * (1 / 100 - 1 / 120))
    assert {row["score_peers"] for row in found.values()} == {0}
    # 位次：丙由第 3 到第 1，全因自己；甲、乙各退一位，全因别人
    assert [found[name]["rank_own"] for name in "甲乙丙"] == pytest.approx([0, 0, 2])
    assert [found[name]["rank_peers"] for name in "甲乙丙"] == pytest.approx([-1, -1, 0])


def test_peers_move_a_score_that_compares_parks() -> None:
    # 最大最小法：乙 50 不动，最大值由 100 升到 150，乙的得分由 50 降到 33.3333，全因别人
    scheme = {"nodes": [{"indicator": "a", "points": {"method": "min_max"}}]}
    found = parts({"figures": {"a": [[100, 150], [50, 50], [0, 0]]}, "scheme": scheme})
    assert found["乙"]["score_peers"] == pytest.approx(100 / 3 - 50)
    assert found["乙"]["score_own"] == pytest.approx(0) and found["乙"]["score_rule"] == pytest.approx(0)
    assert found["甲"]["score_own"] + found["甲"]["score_peers"] == pytest.approx(0)


def test_a_weight_that_changed_is_the_rule() -> None:
    weights = {"a": [{"from_year": 2000, "value": 50}, {"from_year": 2022, "value": 80}],
               "b": [{"from_year": 2000, "value": 50}, {"from_year": 2022, "value": 20}]}  # fmt: skip
    nodes = [{"indicator": code, "weights": weights[code], "points": {"method": "judged"}} for code in "ab"]
    found = parts({"figures": {"a": [90, 10, 50], "b": [10, 90, 50]}, "scheme": {"nodes": nodes}})
    assert [found[name]["score_rule"] for name in "甲乙丙"] == pytest.approx([24, -24, 0])
    assert {abs(row["score_own"]) + abs(row["score_peers"]) for row in found.values()} == {0}


def test_shapley_of_a_product() -> None:
    # 体积由 1×1×1 到 2×3×5：三个因素的份额由六种次序手算，合计 29
    size = ((1, 2), (1, 3), (1, 5))
    found = shapley(lambda corner: float(size[0][corner[0]] * size[1][corner[1]] * size[2][corner[2]]))
    # 长：次序居首 1（占 1/3），宽后 3−… 等：(1·2 + 3 + 5 + 15·2) ÷ 6
    assert found["own"] == pytest.approx((1 * 2 + 3 + 5 + 15 * 2) / 6)
    assert sum(found.values()) == pytest.approx(29)


def test_overtakings() -> None:
    rows = overtakings({"a": 1, "b": 2, "c": 3}, {"a": 2, "b": 3, "c": 1}, {"a": "甲", "b": "乙", "c": "丙"}).to_dicts()
    assert [(row["passed"], row["passed_by"]) for row in rows] == [("", "丙"), ("", "丙"), ("甲、乙", "")]


def test_parts_add_up_on_the_sample_data(published_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(cli, ["compare", str(published_home), "2024", "2025", "--why", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    told = [row for row in rows if row["位次变化"] is not None]
    assert len(told) == 11
    for row in told:
        for what in ("得分", "位次"):
            whole = sum(row[f"{what}：{who}"] for who in ("本园区数据", "其他园区数据", "办法和进度要求"))
            assert whole == pytest.approx(row[f"{what}变化"], abs=1e-9)
    assert any(row["超过的园区"] for row in told)
    assert run_command(cli, ["compare", str(published_home), "去年", "2025"]) == 2
    assert "不是统计年度" in capsys.readouterr().err
