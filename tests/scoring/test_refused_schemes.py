"""Scoring parameters that make no sense are refused with the place and the reason, before anything is computed."""

from typing import Any

import pytest

from tests.scoring.small_parks import rulebook
from validation.problems import DefinitionRefused

JUDGED = {"indicator": "a", "points": {"method": "judged"}}
TWO = [{**JUDGED, "weights": 50}, {"indicator": "b", "weights": 50, "points": {"method": "judged"}}]
AHP = {"method": "ahp", "children": ["a", "c"], "judgements": [[1, 1], [1, 1]]}


def points(**how: Any) -> dict[str, Any]:
    return {"nodes": [{"indicator": "a", "points": how}]}


@pytest.mark.parametrize(
    ("scheme", "said"),
    [
        (points(method="min_max", low=5, high=5), "low 必须小于 high"),
        (points(method="min_max", low=[{"from_year": 2020, "value": 5}], high=4), "low 必须小于 high"),
        (points(method="min_max", low=[{"from_year": 2022, "value": 5}], high=9), "2021 年没有有效的数值"),
        (points(method="min_max", low=[{"from_year": 2020, "by_level": {"州级": 1}}], high=9), "国家级 2021 年没有数值"),
        (points(method="min_max", low=[{"from_year": 2020, "by_level": {"县级": 1}}], high=9), "级别 县级"),
        (points(method="min_max", frozen_year=2022), "2021 年取 2022 年的最小最大值"),
        (points(method="min_max", frozen_year=2019), "2020 至 2021 年中的一年"),
        (points(method="min_max", low=1, high=2, frozen_year=2020), "不得再写 frozen_year"),
        (points(method="goalposts", zero_at=5, full_at=5), "不得相等"),
        (points(method="efficacy", unacceptable=5, satisfactory=5), "不得相等"),
        (points(method="rank_points"), "必须且只能写一个"),
        (points(method="rank_points", step=5, table=[100]), "必须且只能写一个"),
        (points(method="bands", bands=[]), "至少一项"),
        (points(method="judged", scale=0), "scale"),
        (points(method="hold_previous", base_points=60, unit=0, per_unit=1), "unit"),
        (points(method="ratio", benchmark="target"), "以目标为基准而没有目标"),
        (points(method="ratio", benchmark="median"), "benchmark"),
        (points(method="sorcery"), "points"),
        ({"dimensions": [{"code": "all", "combine": {"method": "power", "power": 0}}]}, "零次幂"),
        ({"nodes": TWO, "dimensions": [{"code": "all", "weighting": AHP}]}, "判断矩阵的各行为 a、c"),
        ({"nodes": [{**JUDGED, "weights": 90}]}, "权重合计 90"),
        ({"nodes": [{**TWO[0], "weights": 150}, {**TWO[1], "weights": -50}]}, "负的权重"),
        ({"nodes": [JUDGED], "targets": [{"indicator": "a", "values": 1, "to_year": 1999}]}, "to_year 早于最早的 from_year"),
        ({**points(method="ratio", benchmark="target"), "targets": [{"indicator": "a", "values": 1, "to_year": 2020}]},
         "目标到 2020 年为止，2021 年没有目标"),
        ({"nodes": [JUDGED], "ranking": {"group_by": ["county"]}}, "园区名录没有可用来分组的列 county"),
        ({"nodes": [JUDGED], "rules": [{"code": "x", "when": "score > 3", "order_by": "-scores"}]}, "scores 没有定义"),
        ({"nodes": [JUDGED], "history": {}, "rules": [{"code": "x", "when": "bottom_years >= 2"}]},
         "没有写明豁免和没有评价的年度怎样算"),
        ({"nodes": [JUDGED], "history": {"exempt_year": "halt", "reason": "试"}}, "exempt_year"),
        ({"nodes": [JUDGED], "rules": [{"code": "x", "when": "scores > 3"}]}, "scores 没有定义"),
        ({"nodes": [JUDGED], "rules": [{"code": "x", "when": "score > 3", "status": "黄牌"}]}, "状态 黄牌 没有定义"),
        ({"nodes": [JUDGED], "rules": [{"code": "x", "when": "score > 3", "supersedes": ["y"]}]}, "规则 y 没有定义"),
        ({"parameters": [{"code": "k", "values": [{"from_year": 2020, "by_level": {"州级": 1}}]}]}, "按级别各写一个参数"),
    ],
)  # fmt: skip
def test_refused(scheme: dict[str, Any], said: str) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        rulebook({"figures": {"a": [1], "b": [1]}, "scheme": scheme}, 2021)
    assert any(said in str(problem) for problem in refused.value.problems), refused.value.problems


@pytest.mark.parametrize(
    ("formulas", "said"),
    [
        ({"region": "COUNT(attained.b)"}, "attained.b 没有定义"),
        ({"region": "COUNT(attained.a)", "park": "region.r"}, "引用成环"),
        ({"region": "COUNT(attained.a)", "other": "prev.r"}, "没有评价的年度不知道"),
        ({"region": "COUNT(parks.a)", "park": "COUNT(attained.a)"}, "attained.a 没有定义"),
    ],
)
def test_who_attained_a_target_is_for_the_region_alone(formulas: dict[str, str], said: str) -> None:
    region = [{"code": "r", "formula": formulas["region"]}]
    region += [{"code": "o", "formula": formulas["other"]}] if "other" in formulas else []
    indicators = [{"code": "p", "formula": formulas["park"]}] if "park" in formulas else []
    case = {"figures": {"a": [1], "b": [1]}, "indicators": indicators, "region_indicators": region}
    with pytest.raises(DefinitionRefused) as refused:
        rulebook({**case, "scheme": {"nodes": [JUDGED], "targets": [{"indicator": "a", "values": 1}]}}, 2021)
    assert any(said in str(problem) for problem in refused.value.problems), refused.value.problems


@pytest.mark.parametrize(
    ("kind", "formula", "said"),
    [
        ("judged", "COUNT(events.kind)", "没有记录评审人"),
        ("judged", "COUNT(events.kind)", "没有记录评审日期"),
        ("milestone", "COUNT(parks.level)", "该表没有日期"),
    ],
)
def test_a_milestone_has_dates_and_a_judged_score_a_judge(kind: str, formula: str, said: str) -> None:
    case = {"figures": {"a": [1]}, "indicators": [{"code": "j", "kind": kind, "formula": formula}]}
    with pytest.raises(DefinitionRefused) as refused:
        rulebook({**case, "scheme": {"nodes": [JUDGED]}}, 2021)
    assert any(said in str(problem) for problem in refused.value.problems), refused.value.problems
