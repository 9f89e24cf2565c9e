"""The book of ready questions: answers worked out in plain Python from the published tables, not with SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import polars as pl
import pytest

from parkeval.errors import UsageFault
from parkeval.query import Copy, open_copy
from parkeval.query_process import Limits
from parkeval.questions import question, questions
from parkeval.store import Tables

YEAR, PARK = 2025, "YN5328-03"
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def copy(published_home: Path) -> Iterator[Copy]:
    with open_copy(published_home / "results.duckdb", Limits()) as opened:
        yield opened


class Figures:
    """The published tables as lists of records."""

    def __init__(self, tables: Tables) -> None:
        self.tables = {name: table.to_dicts() for name, table in tables.items()}
        self.names = {(row["year"], row["park_code"]): row["name"] for row in self.tables["parks"]}

    def of(self, table: str, **wanted: Any) -> Rows:
        return [row for row in self.tables[table] if all(row[name] == value for name, value in wanted.items())]

    def one(self, table: str, **wanted: Any) -> dict[str, Any]:
        (row,) = self.of(table, **wanted)
        return row

    def name(self, park: str, year: int = YEAR) -> str:
        return str(self.names[year, park])


@pytest.fixture(scope="module")
def figures(published: Tables) -> Figures:
    return Figures(published)


def own_rank(figures: Figures, park: str, year: int) -> dict[str, Any] | None:
    group = figures.one("parks", year=year, park_code=park)["group"]
    found = figures.of("ranking", year=year, park_code=park, group=group)
    return found[0] if found else None


def ranking(figures: Figures) -> Rows:
    rows = [row for row in figures.of("ranking", year=YEAR) if row["group"] != "全部园区"]
    return [{"分组": row["group"], "位次": row["rank"], "园区名称": figures.name(row["park_code"]),
             "得分": round(row["score"], 2), "等次": row["grade"]} for row in rows]  # fmt: skip


def history(figures: Figures) -> Rows:
    rows = []
    for park in figures.of("parks", park_code=PARK):
        own = own_rank(figures, PARK, park["year"])
        rows.append({"统计年度": park["year"], "位次": own and own["rank"], "上年状态": park["status_before"], "拟定状态": park["status"],
                     "得分": own and round(own["score"], 2)})  # fmt: skip
    return rows


def changes(figures: Figures) -> Rows:
    rows = []
    for park in figures.of("parks", year=YEAR):
        code = park["park_code"]
        now, before = (own_rank(figures, code, year) for year in (YEAR, YEAR - 1))
        moved = {
            row["label"]: row["points"] - old["points"]
            for row in figures.of("scores", year=YEAR, park_code=code, kind="dimension")
            for old in figures.of("scores", year=YEAR - 1, park_code=code, node=row["node"])
        }
        most = max(moved.items(), key=lambda item: abs(item[1]), default=(None, None))
        rows.append({
            "园区名称": park["name"], "后年位次": now and now["rank"], "前年位次": before and before["rank"],
            "位次变化": before["rank"] - now["rank"] if now and before else None,
            "得分变化": round(now["score"] - before["score"], 2) if now and before else None,
            "变动最大的一级指标": most[0],
        })  # fmt: skip
    return rows


def target_distance(figures: Figures) -> Rows:
    rows = []
    for row in figures.of("targets", year=YEAR):
        if row["value"] is None or row["target_value"] is None:
            continue
        gap = row["target_value"] - row["value"]
        gap = {">": gap, "<": -gap, "=": abs(gap)}[row["operator"][0]]
        if gap > 0:
            rows.append({"园区名称": figures.name(row["park_code"]), "评价指标": row["label"], "差距": gap})
    return rows


def similar(figures: Figures) -> Rows:
    by_indicator: dict[str, dict[str, float]] = defaultdict(dict)
    for row in figures.of("indicators", year=YEAR):
        if row["value"] is not None:
            by_indicator[row["indicator"]][row["park_code"]] = row["value"]
    squares: dict[str, list[float]] = defaultdict(list)
    for values in by_indicator.values():
        spread = pstdev(values.values())
        for park, value in values.items():
            if park != PARK and PARK in values and spread > 0:
                squares[park].append(((value - values[PARK]) / spread) ** 2)
    near = sorted((fmean(found) ** 0.5, park, len(found)) for park, found in squares.items())[:5]
    return [{"园区名称": figures.name(park), "差距": gap, "可比指标数": count} for gap, park, count in near]


def dimensions(figures: Figures) -> Rows:
    rows = figures.of("scores", year=YEAR, park_code=PARK, kind="dimension")
    return [{"名称": row["label"], "权重": row["weight"], "得分": round(row["points"], 2)} for row in rows]


def lost_points(figures: Figures) -> Rows:
    rows = figures.of("scores", year=YEAR, park_code=PARK, kind="indicator")
    lost = sorted(((row["full_points"] - row["points"], -row["position"], row["label"]) for row in rows), reverse=True)
    return [{"名称": label, "失分": round(points, 2)} for points, _, label in lost[:5] if points > 0]


def indicator(figures: Figures) -> Rows:
    rows = figures.of("indicators", year=YEAR, label="亩均营业收入")
    values = [row["value"] for row in rows]
    return [{"园区名称": figures.name(row["park_code"]), "指标值": row["value"],
             "名次": 1 + sum(value > row["value"] for value in values)} for row in rows]  # fmt: skip


def behind_pace(figures: Figures) -> Rows:
    rows = figures.of("targets", year=YEAR, on_path=False)
    return [{"园区名称": figures.name(row["park_code"]), "评价指标": row["label"]} for row in rows]


def region_targets(figures: Figures) -> Rows:
    rows = figures.of("region_targets", year=YEAR)
    return [{"目标": row["label"], "行业": row["member"], "是否达到": row["attained"]}
            for row in rows if row["target_value"] is not None]  # fmt: skip


def findings(figures: Figures) -> Rows:
    return [{"问题": row["message"], "单元格": row["cell"]} for row in figures.of("findings", run_year=2022)]


def proposals(figures: Figures) -> Rows:
    rows = figures.of("proposals", year=YEAR)
    return [{"园区名称": figures.name(row["park_code"]), "规则名称": row["label"]} for row in rows]


def why_not(figures: Figures) -> Rows:
    rows = [row for row in figures.of("rule_checks", year=YEAR, rule="reward") if row["outcome"] != "触发"]
    return [{"园区名称": figures.name(row["park_code"]), "判定": row["outcome"]} for row in rows]


def data_quality(figures: Figures) -> Rows:
    return [
        {"园区名称": figures.name(row["park_code"], 2022), "更正前错误数": row["errors_count"]}
        for row in figures.of("data_quality", year=2022)
        if row["completeness_pct"] < 100 or row["late_days"] or row["errors_count"] or row["verify_count"]
    ]


def corrections(figures: Figures) -> Rows:
    rows = figures.of("statistics", corrected=True)
    return [{"统计年度": row["year"], "申报值": row["filed_value"], "数值": row["value"]} for row in rows]


def growth(figures: Figures) -> Rows:
    rows = []
    for row in figures.of("statistics", year=YEAR, item="revenue_10k_cny"):
        before = figures.one("statistics", year=YEAR - 1, item="revenue_10k_cny", park_code=row["park_code"])["value"]
        rows.append({"园区名称": figures.name(row["park_code"]), "本年": row["value"],
                     "增速": float(round((row["value"] / before - 1) * 100, 1))})  # fmt: skip
    return rows


def region_share(figures: Figures) -> Rows:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in figures.of("statistics", year=YEAR, item="revenue_10k_cny"):
        sums[figures.one("parks", year=YEAR, park_code=row["park_code"])["region"]] += row["value"]
    whole = sum(sums.values())
    return [{"所在县市": region, "合计": value, "占比": float(round(100 * value / whole, 1))}
            for region, value in sums.items()]  # fmt: skip


def in_the_lower_part(figures: Figures) -> Rows:
    rows = figures.of("ranking", year=YEAR, bottom=True)
    return [{"园区名称": figures.name(row["park_code"]), "分组": row["group"], "连续靠后年数": row["bottom_years"]}
            for row in rows]  # fmt: skip


def weak_points(figures: Figures) -> Rows:
    counts: dict[str, list[bool]] = defaultdict(list)
    for row in figures.of("indicators", year=YEAR):
        if row["value"] is not None and row["group_mean"] is not None:
            worse = (
                row["value"] > row["group_mean"] if row["direction"] == "lower" else row["value"] < row["group_mean"]
            )
            counts[row["park_code"]].append(worse)
    return [{"园区名称": figures.name(park), "可比指标数": len(worse), "不如均值的指标数": sum(worse)}
            for park, worse in counts.items()]  # fmt: skip


def missing(figures: Figures) -> Rows:
    rows = figures.of("indicators", year=YEAR, value=None)
    return [{"园区名称": figures.name(row["park_code"]), "评价指标": row["label"]} for row in rows]


def own_choices(figures: Figures) -> Rows:
    rows = figures.of("definitions", year=YEAR, bureau_choice=True)
    return [{"名称": row["label"], "取值": row["value"]} for row in rows if row["kind"] in ("parameter", "dimension")]


def recompute(figures: Figures) -> Rows:
    totals = figures.of("scores", year=YEAR, kind="total")
    return [{"园区名称": figures.name(row["park_code"]), "发布": round(row["points"], 6), "重算": round(row["points"], 6)}
            for row in totals]  # fmt: skip


ANSWERS: dict[str, tuple[dict[str, str], Callable[[Figures], Rows]]] = {
    "ranking": ({}, ranking),
    "history": ({"park": PARK}, history),
    "changes": ({}, changes),
    "target-distance": ({}, target_distance),
    "similar": ({"park": PARK}, similar),
    "dimensions": ({"park": PARK}, dimensions),
    "lost-points": ({"park": PARK}, lost_points),
    "indicator": ({"indicator": "亩均营业收入"}, indicator),
    "behind-pace": ({}, behind_pace),
    "region-targets": ({}, region_targets),
    "findings": ({"year": "2022"}, findings),
    "proposals": ({}, proposals),
    "why-not": ({"rule": "reward"}, why_not),
    "data-quality": ({"year": "2022"}, data_quality),
    "corrections": ({}, corrections),
    "growth": ({"item": "营业收入"}, growth),
    "region-share": ({"item": "revenue_10k_cny"}, region_share),
    "in-the-lower-part": ({}, in_the_lower_part),
    "weak-points": ({}, weak_points),
    "missing": ({}, missing),
    "own-choices": ({}, own_choices),
    "recompute": ({}, recompute),
}


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and float(one) == pytest.approx(float(other), abs=0.0051)
    return bool(one == other)


@pytest.mark.parametrize("key", ANSWERS)
def test_answers_are_those_worked_out_by_hand(copy: Copy, published: Tables, figures: Figures, key: str) -> None:
    given, expected_of = ANSWERS[key]
    asked = question(key)
    found = copy.run(asked.sql, asked.values(published, given)).to_dicts()
    expected = expected_of(figures)
    assert len(found) == len(expected) > 0
    names = list(expected[0])
    left = [tuple(row[name] for name in names) for row in found]
    for row in expected:
        wanted = tuple(row[name] for name in names)
        match = [
            place for place, have in enumerate(left) if all(same(*pair) for pair in zip(have, wanted, strict=True))
        ]
        assert match, wanted
        left.pop(match[0])


def test_the_book_has_answers_for_every_question() -> None:
    assert list(ANSWERS) == list(questions())
    assert len(ANSWERS) >= 20


def test_the_recomputed_total_is_the_published_one(copy: Copy, published: Tables) -> None:
    for row in copy.run(question("recompute").sql, question("recompute").values(published, {})).to_dicts():
        assert row["发布"] == pytest.approx(row["重算"], abs=1e-6)


def test_last_place_first(copy: Copy, published: Tables) -> None:
    """A question without a year is about the latest one, and its rows come in the order that the title promises."""
    found = copy.run(question("growth").sql, question("growth").values(published, {"item": "营业收入"}))[
        "增速"
    ].to_list()
    assert found == sorted(found, reverse=True)


def test_two_schemes_in_one_home_must_be_told_apart(published: Tables) -> None:
    runs = published["runs"]
    both = published | {"runs": pl.concat([runs, runs.with_columns(pl.lit("another-2020").alias("scheme"))])}
    with pytest.raises(UsageFault) as refused:
        question("ranking").values(both, {})
    for words in ("有 2 个评价办法的结果", "another-2020、xishuangbanna-2023", "--scheme another-2020"):
        assert words in str(refused.value)
    assert question("ranking").values(both, {"scheme": "another-2020"})["scheme"] == "another-2020"
    with pytest.raises(UsageFault, match="没有这个办法的已发布结果"):
        question("ranking").values(published, {"scheme": "nothing"})
