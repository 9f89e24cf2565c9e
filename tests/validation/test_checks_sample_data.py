"""The committed sample data give the findings that sample_data/README.md announces, and no others."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from validation.checks import load_checks
from validation.forms import load_form_set
from validation.intake import take_in

DATA = Path(__file__).resolve().parents[2] / "sample_data" / "xishuangbanna"


@pytest.fixture(scope="module")
def statistics():
    form_set = load_form_set("park-annual")
    return take_in(
        DATA, form_set, load_checks(form_set), first_year=2020, year=2025, deadline=lambda year: date(year + 1, 4, 30)
    )


def test_findings_are_the_planted_ones(statistics):
    found = statistics.findings.select("year", "park_code", "check_id", "item", "severity", "sheet", "cell").rows()
    assert found == [
        (2022, "YN5328-07", "growth", "employees_persons", "核实", "效益与企业", "D6"),
        (2022, "YN5328-11", "industries_value_added_sum", "industrial_value_added_10k_cny", "错误", "规模", "D5"),
        (2022, "YN5328-11", "localised", "industrial_value_added_10k_cny", "提示", "规模", "D5"),
        (2022, "YN5328-11", "unit_factor", "industrial_value_added_10k_cny", "核实", "规模", "D5"),
        (2022, "YN5328-11", "value_added_within_output", "industrial_value_added_10k_cny", "错误", "规模", "D5、D4"),
        (2023, "YN5328-04", "corrected", "rd_expenditure_10k_cny", "提示", "创新", "D4"),
        (2023, "YN5328-06", "last_year_differs", "fixed_investment_10k_cny", "核实", "规模", "E9"),
        (2024, "YN5328-09", "filed_late", "filed_on", "提示", "封面", "D7"),
        (2024, "YN5328-10", "corrected", "*_10k_cny", "提示", "更正登记", "D6"),
        (2024, "YN5328-11", "growth", "taxes_10k_cny", "核实", "效益与企业", "D4"),
    ]
    assert statistics.refused.select("park_code", "year").rows() == [("YN5328-11", 2022)]


def test_findings_say_what_was_found_in_words_a_clerk_can_use(statistics):
    rows = {(row["park_code"], row["check_id"]): row for row in statistics.findings.to_dicts()}
    assert rows["YN5328-07", "growth"]["message"] == "“期末从业人员”本年 1843 人，比上年年报 594 人变动 210.3%"
    assert "劳务派遣" in rows["YN5328-07", "growth"]["explanation"]
    assert "示例审核员批准" in rows["YN5328-11", "growth"]["explanation"]
    assert rows["YN5328-06", "last_year_differs"]["explanation"] is None
    assert rows["YN5328-06", "last_year_differs"]["value"] == "11858.33"
    assert rows["YN5328-06", "last_year_differs"]["expected"] == "10058.33"
    assert rows["YN5328-09", "filed_late"]["message"] == "逾期 12 天报送"
    assert statistics.refused["reason"].item().startswith("2 处错误未更正：")


def test_corrected_money_is_back_in_10k_cny(statistics):
    own = statistics.items.filter(pl.col("park_code") == "YN5328-10", pl.col("year") == 2024)
    revenue = own.filter(pl.col("item") == "revenue_10k_cny").row(0, named=True)
    assert (str(revenue["filed_value"]), str(revenue["value"])) == ("618292900.000000", "61829.290000")
    parts = statistics.records.filter(
        pl.col("form") == "industries",
        pl.col("park_code") == "YN5328-10",
        pl.col("year") == 2024,
        pl.col("item") == "revenue_10k_cny",
    )
    assert parts["corrected"].all()
    assert parts["value"].sum() == revenue["value"]
