"""View model of the bulletin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from report_templates.bulletin_view import bulletin_view
from report_templates.published import Published, published
from tests.reports import fabricated


def test_parks_stand_in_the_order_of_their_ranks_overall_and_by_level(results: Published) -> None:
    view = bulletin_view(results)
    assert [line.rank for line in view.overall.lines] == [str(rank) for rank in range(1, 11)]
    assert [group.group for group in view.groups] == ["国家级园区", "省级园区", "州级园区"]
    assert [len(group.lines) for group in view.groups] == [1, 4, 5]


def test_parks_outside_the_ranking_are_listed_with_the_reason(results: Published) -> None:
    view = bulletin_view(results)
    assert view.not_evaluated == (("关累港口岸物流园", "州级", "工业总产值（规模!D4）为负数，未更正，本年不评价"),)
    assert [name for name, _, _ in view.unranked] == ["普文数字经济新区"]


def test_proposals_are_listed_by_kind_and_rule(results: Published) -> None:
    lists = bulletin_view(results).lists
    assert [(group.kind, group.title) for group in lists] == [
        ("奖优", "组内领先奖优"),
        ("汰劣", "连续两年靠后限期整改"),
    ]
    assert lists[1].proposals[0].park == "大渡岗茶叶加工园"
    assert lists[1].proposals[0].block.due_date == "2027年3月1日"


def test_the_summary_counts_parks_grades_and_targets(results: Published) -> None:
    first, grades, targets = bulletin_view(results).summary
    assert "在册园区 12 个，参加评价 11 个，参加排名 10 个" in first
    assert "优秀 3 个" in grades
    assert "西双版纳傣族自治州 7 项目标中，达到 2 项，到期未达到 5 项" in targets
    assert "奖优 1 项、汰劣 1 项" in targets


def test_tied_ranks_are_marked(changed: Callable[..., Any]) -> None:
    def tie(row: Any) -> Any:
        return row | {"tied": True, "rank": 1} if row["rank"] <= 2 else row

    view = bulletin_view(published(changed("ranking", tie), fabricated.SCHEME, 2025))
    assert [line.rank for line in view.overall.lines][:3] == ["1（并列）", "1（并列）", "3"]


def test_a_target_by_industry_names_the_industry_and_its_note(results: Published) -> None:
    lines = {line.label: line for line in bulletin_view(results).region_lines}
    assert lines["重点行业领军人才（橡胶）"].attained == "未达到"
    assert lines["园区营业收入年均增长"].note == 1
    assert bulletin_view(results).region_notes == ("缺关累港口岸物流园",)


def test_weak_points_are_common_only_when_two_parks_share_them(results: Published) -> None:
    points = bulletin_view(results).weak_points
    counts = [int(point.weak.split(" / ")[0]) for point in points]
    assert counts == sorted(counts, reverse=True)
    assert min(counts) >= 2


def test_a_year_without_any_evaluated_park_still_gives_a_bulletin(tables: Any) -> None:
    emptied = {"scores", "indicators", "ranking", "targets", "proposals", "rule_checks"}
    bare = {name: frame.clear() if name in emptied else frame for name, frame in tables.items()}
    view = bulletin_view(published(bare, fabricated.SCHEME, 2025))
    assert view.overall.lines == ()
    assert view.leaders == ()


def test_leaders_are_the_first_three_places_and_many_at_one_value_are_only_counted(
    changed: Callable[..., Any],
) -> None:
    values = {"YN5328-01": 9.0, "YN5328-02": 8.0}

    def value(row: Any) -> Any:
        return row | {"value": values.get(row["park_code"], 5.0)} if row["indicator"] == "rd_cagr_pct" else row

    view = bulletin_view(published(changed("indicators", value), fabricated.SCHEME, 2025))
    leaders = {line.label: line for line in view.leaders}["园区研发经费支出年均增长"].leaders
    # Twelve parks less the one refused: two lead, nine stand at 5.0.
    assert leaders == "勐海产业园区 9.0；云南勐腊（磨憨）重点开发开放试验区 8.0；9 个园区并列 5.0"
