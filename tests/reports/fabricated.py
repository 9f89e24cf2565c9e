"""Fabricated results of twelve parks and five evaluated years, in the tables of scoring/results_schema.toml.

Every figure is invented. Points follow from values (share of the benchmark, 0 to 100 %), totals from points, ranks
from totals, so that reports made from these tables are consistent. No code of the engine is used.
"""

from __future__ import annotations

import hashlib
import math
import random
import tomllib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from tests.reports.fabricated_scheme import (
    DIMENSIONS,
    DOCUMENT,
    INDICATORS,
    ITEMS,
    NOTICE,
    PARKS,
    READINGS,
    REFUSED,
    SCORED,
    STARTUP,
    Indicator,
    Park,
)

ROOT = Path(__file__).resolve().parents[2]
SCHEME = "fabricated-2023"
YEARS = range(2021, 2026)
Row = dict[str, Any]

_TYPES: dict[str, Any] = {
    "TEXT": pl.String,
    "INTEGER": pl.Int32,
    "BIGINT": pl.Int64,
    "DOUBLE": pl.Float64,
    "BOOLEAN": pl.Boolean,
    "DATE": pl.Date,
    "DECIMAL(28,6)": pl.Decimal(28, 6),
}


_LIMITS = {"sewage_treatment_pct": 100.0, "solid_waste_disposal_pct": 100.0, "leading_industry_share_pct": 98.0}


def results() -> dict[str, pl.DataFrame]:
    """All tables, schema-true and sorted by their keys."""
    rows: dict[str, list[Row]] = {name: [] for name in columns_by_table()}
    values = {year: {park.code: _values(park, year) for park in PARKS} for year in range(2020, 2026)}
    for year in YEARS:
        _add_year(rows, year, values)
    return {name: frame(name, table_rows) for name, table_rows in rows.items()}


def columns_by_table() -> dict[str, list[tuple[str, str]]]:
    """Column names and types of every table of the schema."""
    schema = tomllib.loads((ROOT / "scoring" / "results_schema.toml").read_text(encoding="utf-8"))
    return {t["name"]: [(column[0], column[1]) for column in t["columns"]] for t in schema["tables"]}


def frame(table: str, rows: Iterable[Row]) -> pl.DataFrame:
    """Rows as a frame of exactly the schema's columns; a column that a row does not name is null."""
    columns = columns_by_table()[table]
    rows = list(rows)
    names = {name for name, _ in columns}
    for row in rows:
        assert set(row) <= names, f"{table}: {set(row) - names}"
    return pl.DataFrame(
        {name: [row.get(name) for row in rows] for name, _ in columns},
        schema={name: _TYPES[kind] for name, kind in columns},
    )


def evaluated(park: Park, year: int) -> bool:
    return park.approved <= year and not (park.code == REFUSED and year == 2025)


def _draw(*key: object) -> float:
    """A reproducible number from 0 to 1 for a key."""
    digest = hashlib.sha256("/".join(map(str, key)).encode()).digest()
    return random.Random(digest).random()


def _values(park: Park, year: int) -> dict[str, float | None]:
    drift = (year - 2021) * (0.04 if park.code != "YN5328-09" else -0.03)
    values: dict[str, float | None] = {}
    for indicator in SCORED:
        level = (
            park.strength
            + drift
            + 0.9 * (_draw(park.code, indicator.code) - 0.55)
            + 0.1 * _draw(park.code, indicator.code, year)
        )
        benchmark = bound(indicator, park)
        value = benchmark * (0.12 + 0.95 * level if indicator.direction == "higher" else 2.2 * (level - 0.55))
        value = min(value, _LIMITS.get(indicator.code, math.inf))
        values[indicator.code] = float(round(value)) if indicator.decimals == 0 else value
    values["output_share_pct"] = 3.0 + 6 * park.strength + 0.4 * drift
    values["energy_intensity_tce_per_10k_cny"] = 0.55 - 0.1 * park.strength - drift / 10
    values["trade_10k_cny"] = 134000.55 * park.strength * (1 + drift)
    values["serious_accidents_count"] = 1.0 if park.code == "YN5328-11" and year == 2025 else 0.0
    if park.code == "YN5328-07" and year == 2025:
        values["trade_cagr_pct"] = values["trade_10k_cny"] = None
    return values


def bound(indicator: Indicator, park: Park) -> float:
    if indicator.code == "revenue_per_mu":
        return {"国家级": 600.0, "省级": 400.0, "州级": 300.0}[park.level]
    return indicator.benchmark


def _normalised(indicator: Indicator, park: Park, value: float | None) -> float:
    return 0.0 if value is None else 100 * min(max(value / bound(indicator, park), 0.0), 1.0)


def _total(park: Park, values: dict[str, float | None]) -> float:
    weight = {code: share for code, _, share in DIMENSIONS}
    return sum(_normalised(i, park, values[i.code]) * weight[i.dimension] * i.weight / 10000 for i in SCORED)


def _add_year(rows: dict[str, list[Row]], year: int, values: dict[int, dict[str, dict[str, float | None]]]) -> None:
    base: Row = {"scheme": SCHEME, "year": year}
    rows["runs"].append(_run(base, year))
    present = [park for park in PARKS if park.approved <= year]
    competing = [park for park in present if evaluated(park, year)]
    for park in present:
        rows["parks"].append(_park(base, park, year))
        rows["statistics"].extend(_statistics(park, year))
    rows["findings"].extend(_findings(base, year))
    for park in competing:
        rows["indicators"].extend(_indicators(base, park, year, values, competing))
        rows["targets"].extend(_targets(base, park, year, values))
        rows["scores"].extend(_scores(base, park, values[year][park.code]))
        rows["rule_checks"].extend(_rule_checks(base, park))
    ranking = _ranking(base, year, values)
    rows["ranking"].extend(ranking)
    rows["proposals"].extend(_proposals(base, year))
    rows["region_targets"].extend(_region_targets(base, year))
    rows["definitions"].extend(_definitions(base))


def _run(base: Row, year: int) -> Row:
    return base | {
        "run_id": f"{year}-{hashlib.sha256(str(year).encode()).hexdigest()[:8]}",
        "scheme_title": "西双版纳州产业园区绩效评价办法", "document": DOCUMENT, "region": "西双版纳傣族自治州",
        "region_code": "532800", "base_year": 2020, "target_year": 2025, "decision_date": date(year + 1, 9, 1),
        "started_at": f"{year + 1}-08-30T02:00:00Z", "inputs_sha256": "1" * 64, "definitions_sha256": "2" * 64,
        "results_sha256": hashlib.sha256(f"results {year}".encode()).hexdigest(), "version": "0.1.0", "notice": NOTICE,
        "previous_run_id": None if year == 2021 else f"{year - 1}-{hashlib.sha256(str(year - 1).encode()).hexdigest()[:8]}",
    }  # fmt: skip


def _park(base: Row, park: Park, year: int) -> Row:
    takes_part, starts_up = evaluated(park, year), park.code == STARTUP
    note = "" if takes_part else "工业总产值（规模!D4）为负数，未更正，本年不评价"
    return base | {
        "park_code": park.code, "name": park.name, "level": park.level, "park_type": park.park_type,
        "region_code": "532822", "region": park.region, "leading_industries": park.industries,
        "approved_year": park.approved, "base_year": max(2020, park.approved), "filed_on": date(year + 1, 4, 15),
        "late_days": 12 if park.code == "YN5328-05" else 0, "evaluated": takes_part,
        "ranked": takes_part and not starts_up,
        "note": "批准设立未满 3 年，属初创期园区，评价而不排名" if takes_part and starts_up else note,
        "status_before": "限期整改" if park.code == "YN5328-09" and year > 2023 else "正常",
        "status": "限期整改" if park.code == "YN5328-09" and year > 2022 else "正常",
    }  # fmt: skip


def _statistics(park: Park, year: int) -> list[Row]:
    found = []
    for position, (item, label, unit, size) in enumerate(ITEMS):
        corrected = item == "revenue_10k_cny" and park.code == "YN5328-03"
        value = None if park.code == "YN5328-07" and item == "exports_10k_cny" else _filed(park, year, item, unit, size)
        found.append({
            "scheme": SCHEME, "park_code": park.code, "year": year, "item": item, "label": label, "value": value,
            "unit": unit, "source_kind": "园区申报", "source_file": f"{year}/{park.code}.xlsx", "sheet": "规模",
            "cell": f"D{position + 4}", "corrected": corrected,
            "filed_value": value * 10000 if corrected and value is not None else None,
            "correction_reason": "误按元填报，已按万元更正" if corrected else None,
        })  # fmt: skip
    return found


def _filed(park: Park, year: int, item: str, unit: str, size: float) -> Decimal:
    value = size * park.strength * (1 + 0.06 * (year - 2020)) * (0.9 + 0.2 * _draw(park.code, item))
    return Decimal(str(round(value, 1 if unit == "万元" else 0))).quantize(Decimal("0.000001"))


def _findings(base: Row, year: int) -> list[Row]:
    if year != 2025:
        return []
    place = {"source_file": "2025/YN5328-10.xlsx", "sheet": "规模", "cell": "D4"}
    return [
        base | place | {"park_code": REFUSED, "check_id": "minimum", "item": "industrial_output_10k_cny", "label": "工业总产值",
                        "severity": "错误", "message": "数值小于允许的最小值", "value": "-98000", "expected": "不小于 0",
                        "cure": "核对后更正重报"},
        base | {"park_code": "YN5328-03", "check_id": "unit", "item": "revenue_10k_cny", "label": "营业收入", "severity": "核实",
                "message": "比上年增长 9,870 倍，疑为计量单位误用元", "value": "8152340000", "expected": "万元", "cure": "核实计量单位",
                "source_file": "2025/YN5328-03.xlsx", "sheet": "规模", "cell": "D7", "explanation": "误按元填报，已申请更正"},
        base | {"park_code": "YN5328-05", "check_id": "late", "severity": "提示", "message": "报送逾期 12 天", "value": "2026-04-27",
                "expected": "2026-04-15", "source_file": "2025/YN5328-05.xlsx", "sheet": "封面", "cell": "D7"},
    ]  # fmt: skip


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _indicators(base: Row, park: Park, year: int, values: Any, competing: list[Park]) -> list[Row]:
    found = []
    peers = [other.code for other in competing if other.level == park.level]
    for indicator in INDICATORS:
        value = values[year][park.code][indicator.code]
        found.append(base | {
            "park_code": park.code, "indicator": indicator.code, "label": indicator.label, "value": value,
            "unit": indicator.unit, "decimals": indicator.decimals, "direction": indicator.direction,
            "previous_value": values[year - 1][park.code][indicator.code] if park.approved < year else None,
            "group_mean": _mean(values[year][code][indicator.code] for code in peers),
            "formula": indicator.formula, "clause": indicator.clause,
            "worked": None if value is None else f"1023456.7 / 2558.64 = {value:.4f}",
            "reason": "缺少出口总额（开放!D5 未填报）" if value is None else None,
        })  # fmt: skip
    return found


_TARGETS = {
    "revenue_cagr_pct": (">=", "end"), "leading_industry_share_pct": (">=", "every_year"), "revenue_per_mu": (">=", "end"),
    "industrial_enterprises_multiple": (">=", "end"), "rd_share_pct": (">=", "end"), "research_centres_count": (">=", "end"),
    "energy_intensity_change_pct": ("<", "every_year"), "water_intensity_change_pct": ("<", "every_year"),
    "sewage_treatment_pct": (">=", "end"), "solid_waste_disposal_pct": (">=", "end"), "trade_cagr_pct": (">=", "end"),
}  # fmt: skip


def _targets(base: Row, park: Park, year: int, values: Any) -> list[Row]:
    found = []
    for indicator in SCORED:
        if indicator.code not in _TARGETS:
            continue
        operator, kind = _TARGETS[indicator.code]
        value, target = values[year][park.code][indicator.code], bound(indicator, park)
        target = 0.0 if operator == "<" else target
        first = values[2020][park.code][indicator.code]
        attained = None if value is None else (value < target if operator == "<" else value >= target)
        pace = None if kind == "every_year" or first is None else first + (target - first) * (year - 2020) / 5
        found.append(base | {
            "park_code": park.code, "indicator": indicator.code, "label": indicator.label, "unit": indicator.unit,
            "value": value, "operator": operator, "target_value": target, "due_year": 2025, "kind": kind,
            "attained": attained, "base_value": first, "pace_value": pace,
            "attainment_pct": None if value is None or operator == "<" else 100 * value / target,
            "on_path": None if value is None else (attained if pace is None else value >= pace),
            "projected_value": None if value is None or pace is None else value + (value - first) / (year - 2020) * (2025 - year),
            "tolerance": 1.0 if indicator.code.endswith("cagr_pct") else None,
            "note": "缺少出口总额，无法判定" if value is None else None, "clause": indicator.clause,
        })  # fmt: skip
    return found


def _scores(base: Row, park: Park, values: dict[str, float | None]) -> list[Row]:
    total = _total(park, values)
    found = [base | {"park_code": park.code, "node": "total", "parent": None, "kind": "total", "position": 0, "label": "总分",
                     "weight": 100.0, "normalised": total, "score": total, "points": total, "full_points": 100.0}]  # fmt: skip
    position = 0
    for code, label, weight in DIMENSIONS:
        position += 1
        members = [indicator for indicator in SCORED if indicator.dimension == code]
        share = sum(_normalised(i, park, values[i.code]) * i.weight / 100 for i in members)
        found.append(base | {"park_code": park.code, "node": code, "parent": "total", "kind": "dimension", "position": position,
                             "label": label, "weight": weight, "normalised": share, "score": share * weight / 100,
                             "points": share * weight / 100, "full_points": weight,
                             "worked": f"{share:.2f} × {weight:g}%"})  # fmt: skip
        for indicator in members:
            position += 1
            value, normalised = values[indicator.code], _normalised(indicator, park, values[indicator.code])
            benchmark = bound(indicator, park)
            found.append(base | {
                "park_code": park.code, "node": indicator.code, "parent": code, "kind": "indicator", "position": position,
                "label": indicator.label, "weight": indicator.weight, "value": value, "benchmark": benchmark,
                "method": f"指标值与基准值 {benchmark:g} 之比，0—100 分", "normalised": normalised,
                "score": normalised * indicator.weight / 100, "points": normalised * indicator.weight * weight / 10000,
                "full_points": indicator.weight * weight / 100,
                "worked": None if value is None else f"min({value:.4f} ÷ {benchmark:g}, 1) × 100 = {normalised:.2f}",
                "note": "缺数计零" if value is None else None,
            })  # fmt: skip
    return found


def _grade(score: float) -> str:
    return "优秀" if score >= 90 else "良好" if score >= 80 else "合格" if score >= 60 else "不合格"


def _ranking(base: Row, year: int, values: Any) -> list[Row]:
    found = []
    for group in ("国家级", "省级", "州级", "全部园区"):
        now, before = _ranks(group, year, values), _ranks(group, year - 1, values) if year > 2021 else {}
        for code, (rank, score) in now.items():
            previous = before.get(code)
            found.append(base | {
                "group": group, "park_code": code, "score": score, "rank": rank, "group_size": len(now), "tied": False,
                "previous_rank": previous[0] if previous else None, "rank_change": previous[0] - rank if previous else None,
                "grade": _grade(score), "previous_grade": _grade(previous[1]) if previous else None,
                "bottom": None if len(now) < 5 else rank == len(now), "bottom_years": 2 if code == "YN5328-09" else 0,
            })  # fmt: skip
    return found


def _ranks(group: str, year: int, values: Any) -> dict[str, tuple[int, float]]:
    members = [p for p in PARKS if evaluated(p, year) and p.code != STARTUP and group in (p.level, "全部园区")]
    scores = sorted(((_total(p, values[year][p.code]), p.code) for p in members), reverse=True)
    return {code: (rank, score) for rank, (score, code) in enumerate(scores, 1)}


def _rule_checks(base: Row, park: Park) -> list[Row]:
    fires = {"YN5328-01": "reward_top", "YN5328-09": "rectify_bottom"}.get(park.code)
    rules = (
        ("reward_top", "组内领先奖优", "组内位次第 1 且等次为良好以上", "组内位次 1；等次 优秀"),
        ("rectify_bottom", "连续两年靠后限期整改", "连续 2 年组内靠后，且营业收入年均增长低于 5%", "连续靠后年数 2；营业收入年均增长 3.1%"),
        ("accident_veto", "较大以上事故取消评优", "较大以上安全生产事故和突发环境事件不少于 1 起", "较大以上事故 0 起"),
    )  # fmt: skip
    return [
        base | {"park_code": park.code, "rule": rule, "label": label, "outcome": "触发" if rule == fires else "未触发",
                "condition": condition, "evidence": evidence}
        for rule, label, condition, evidence in rules
    ]  # fmt: skip


def _proposals(base: Row, year: int) -> list[Row]:
    reward = {
        "park_code": "YN5328-01", "rule": "reward_top", "label": "组内领先奖优", "kind": "reward",
        "action": "在全州通报表扬，下一年度土地利用计划指标和园区基础设施专项资金安排中优先支持。",
        "condition": "省级组内位次第 1，且等次为良好以上", "evidence": "省级组内位次 1（共 4 个）；等次 优秀",
        "counterfactual": "总分低 3.27 分以上（组内位次降至第 2）即不成立。", "clause": "三（一）5",
        "basis": "文件规定：评价结果与要素保障挂钩；组内第 1 为统计部门选择，理由：各组规模小，按名额而非比例", "status": "待决定",
        "park_status": "正常",
    }  # fmt: skip
    sanction = {
        "park_code": "YN5328-09", "rule": "rectify_bottom", "label": "连续两年靠后限期整改", "kind": "sanction",
        "action": "通报批评，约谈园区管理机构主要负责人，责令在 6 个月内完成整改并书面报告。",
        "condition": "连续 2 年组内靠后，且营业收入年均增长低于 5%", "evidence": "连续靠后年数 2；营业收入年均增长 3.1%",
        "counterfactual": "营业收入年均增长不低于 5%（即本年营业收入多 24,310.5 万元），或组内位次提高 1 位，即不成立。",
        "clause": "三（一）5", "basis": "统计部门选择：文件只规定实行动态管理，未定年数和增速；理由：一年靠后可能出于偶然",
        "due_date": date(year + 2, 3, 1), "status": "待决定", "park_status": "限期整改",
    }  # fmt: skip
    return [base | reward, *([base | sanction] if year > 2021 else [])]


def _region_targets(base: Row, year: int) -> list[Row]:
    rows = (
        ("parks_output_share_change_pp", "", "园区工业总产值占全州比重较基期提高", "个百分点", 1, 8.4, ">=", 10.0, 0.0, "一（三）经济规模"),
        ("parks_revenue_cagr_pct", "", "园区营业收入年均增长", "%", 1, 13.2, ">=", 15.0, None, "一（三）经济规模"),
        ("parks_above_10bn_count", "", "营业收入超 100 亿元园区", "个", 0, 1.0, ">=", 1.0, 0.0, "一（三）经济规模"),
        ("region_research_centres_count", "", "国家级和省级工程研究中心", "个", 0, 4.0, ">=", 5.0, 1.0, "一（三）创新能力"),
        ("research_centre_coverage_pct", "", "工程研究中心覆盖率", "%", 1, 63.6, ">=", 100.0, 20.0, "三（三）1"),
        ("key_industry_talents_persons", "普洱茶", "重点行业领军人才", "人", 0, 4.0, ">=", 3.0, None, "三（三）4"),
        ("key_industry_talents_persons", "橡胶", "重点行业领军人才", "人", 0, 1.0, ">=", 3.0, None, "三（三）4"),
    )  # fmt: skip
    share = (year - 2020) / 5
    return [
        base | {"indicator": code, "member": member, "label": label, "unit": unit, "decimals": decimals, "value": value,
                "operator": operator, "target_value": target, "due_year": 2025, "attained": value >= target,
                "attainment_pct": 100 * value / target, "base_value": first,
                "pace_value": None if first is None else first + (target - first) * share,
                "on_path": value >= target if first is None else value >= first + (target - first) * share,
                "complete": code != "parks_revenue_cagr_pct", "formula": "SUM(parks.revenue_10k_cny)", "clause": clause,
                "note": "缺关累港口岸物流园" if code == "parks_revenue_cagr_pct" else None}
        for code, member, label, unit, decimals, value, operator, target, first, clause in rows
    ]  # fmt: skip


def _definitions(base: Row) -> list[Row]:
    found = []
    parameters = (
        ("output_share_rise_pp", "比重提高目标", "10", "个百分点", "一（三）经济规模", False, ""),
        ("major_project_10k_cny", "重大项目投资额", "50000", "万元", "三（六）3", False, ""),
        ("zero_base_count", "基期为零时的替代值", "1", "户", "", True, "基期为零时倍数无意义，按 1 户计"),
        ("bottom_count", "靠后名额", "1", "个", "", True, "各组园区不多于 7 个，取最后 1 个；组内少于 5 个不适用"),
        ("missing_rule", "缺数处理", "计零分", "", "", True, "缺报不得有利；不以均值代替"),
    )
    for position, (code, label, value, unit, clause, choice, reason) in enumerate(parameters, 1):
        found.append(base | {"kind": "parameter", "position": position, "code": code, "label": label, "value": value,
                             "unit": unit, "clause": clause, "bureau_choice": choice, "reason": reason})  # fmt: skip
    for position, (code, label, weight) in enumerate(DIMENSIONS, 1):
        found.append(base | {"kind": "dimension", "position": position, "code": code, "label": label, "value": f"{weight:g}",
                             "unit": "%", "bureau_choice": True, "reason": "文件未定权重；各方面并重，开放招商项目少故略低"})  # fmt: skip
    for position, indicator in enumerate(SCORED, 1):
        found.append(base | {"kind": "node", "position": position, "code": indicator.code, "label": indicator.label,
                             "value": f"{indicator.weight:g}", "unit": "%", "bureau_choice": True, "reason": "同级指标轻重",
                             "formula": "指标值 ÷ 基准值 × 100，限 0—100"})  # fmt: skip
    for kind, members in (("indicator", INDICATORS),):
        for position, indicator in enumerate(members, 1):
            found.append(base | {"kind": kind, "position": position, "code": indicator.code, "label": indicator.label,
                                 "unit": indicator.unit, "formula": indicator.formula, "clause": indicator.clause,
                                 "value": READINGS.get(indicator.code), "bureau_choice": indicator.code == "revenue_per_mu",
                                 "reason": "“亩”取已开发工业用地面积，文件未定" if indicator.code == "revenue_per_mu" else None})  # fmt: skip
    for position, (item, label, unit, _) in enumerate(ITEMS, 1):
        found.append(
            base
            | {"kind": "item", "position": position, "code": item, "label": label, "unit": unit, "bureau_choice": False}
        )
    return found
