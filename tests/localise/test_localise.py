"""What the clerk is told where several rules are broken; figures worked by hand from tests.validation.filed_folder."""

from pathlib import Path

import pytest

from tests.validation.filed_folder import FIRST, FORM_SET, set_cells, write_clean_folder, write_park
from validation.checks import load_checks
from validation.intake import take_in
from validation.localise import CHECK_ID, linear_rules

CHECKS = load_checks(FORM_SET)


def told(folder: Path) -> list[dict[str, object]]:
    taken = take_in(folder, FORM_SET, CHECKS, first_year=2024, year=2025, deadline=(4, 30))
    return [row for row in taken.findings.iter_rows(named=True) if row["check_id"] == CHECK_ID]


def filed(tmp_path: Path, **changes: object) -> Path:
    """A faultless folder, except for the figures in column 本年 of one park."""
    write_clean_folder(tmp_path)
    write_park(tmp_path, FIRST, 2025, changes)
    return tmp_path


def test_nothing_is_told_where_nothing_is_wrong(tmp_path):
    assert told(write_clean_folder(tmp_path)) == []


def test_one_figure_that_breaks_two_rules(tmp_path):
    # Value added filed as 2150000: above output 860000, and not the 215000 of the industries; only it stands in both rules.
    # Tolerance 0.00001 of the total: 215000 / 1.00001 to 215000 / 0.99999.
    folder = filed(tmp_path)
    set_cells(folder / f"2025/{FIRST}.xlsx", {("规模", "D5"): 2150000})
    [finding] = told(folder)
    assert finding["message"] == (
        "改正 1 处即可消除 2 条错误：工业增加值（当年价格），应在 214997.86—215002.15 万元之间"
    )
    assert (finding["item"], finding["sheet"], finding["cell"]) == ("industrial_value_added_10k_cny", "规模", "D5")
    assert (finding["severity"], finding["value"]) == ("提示", "2150000")


def test_a_cell_of_the_industries_table(tmp_path):
    # Output of 普洱茶 100 instead of 645000: the sum is 215100, not 860000. The total may fall to that (value added is 215000),
    # or 普洱茶 make up the difference of 645000 (tolerance 8.6), or 制糖, then 215000 + 644900.
    folder = filed(tmp_path)
    set_cells(folder / f"2025/{FIRST}.xlsx", {("分行业", "D5"): 100})
    [finding] = told(folder)
    assert finding["message"].startswith("改正 1 处即可消除 1 条错误，有 3 种改法：（1）工业总产值，应在 ")
    assert "分行业“普洱茶”工业总产值，应在 644991.4—645008.6 万元之间" in finding["message"]
    assert "分行业“制糖”工业总产值，应在 859891.4—859908.6 万元之间" in finding["message"]
    assert finding["cell"] == "D4、分行业!D5、分行业!D6"


def test_figures_without_a_common_rule_are_told_apart(tmp_path):
    folder = filed(tmp_path, idle_land_mu=7000, sewage_treated_m3=2200000)
    land, sewage = told(folder)
    # Both from departments: either may be wrong. Developed land lies between what stands on it and the planned area.
    assert land["message"] == (
        "改正 1 处即可消除 1 条错误，有 2 种改法：（1）已开发面积，应在 6999.99—12000.01 亩之间；"
        "（2）闲置土地面积，应在 0—6500.01 亩之间"
    )
    assert sewage["message"].endswith("（2）污水集中收集处理量，应在 0—2100000.01 立方米之间")


def test_the_source_that_is_trusted_more_is_suspected_last(tmp_path):
    # 规上企业数 comes from the statistics system, 工业企业数 from the park.
    [finding] = told(filed(tmp_path, enterprises_above_scale_count=130))
    assert finding["message"] == "改正 1 处即可消除 1 条错误：工业企业数量，应不小于 130 户"


def test_limits_count_as_rules_but_are_not_told_twice(tmp_path):
    # Developed land below zero breaks its limit and two rules: idle 120 and industrial 4200 are parts of it.
    [finding] = told(filed(tmp_path, developed_land_mu=-5))
    assert finding["message"] == "改正 1 处即可消除 3 条错误：已开发面积，应在 4199.99—12000.01 亩之间"
    assert told(filed(tmp_path, idle_land_mu=-5)) == []


@pytest.mark.parametrize(
    "check_id",
    ["industries_empty", "industries_revenue_sum", "value_added_within_output", "rd_above_scale_within_rd"],
)
def test_shipped_rules_are_read_as_linear(check_id):
    assert check_id in {CHECKS.rules[number].check.id for number in linear_rules(CHECKS)}
