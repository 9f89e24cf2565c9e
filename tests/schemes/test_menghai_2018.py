"""The scheme menghai-2018 on its sample data: definitions, planted stories, and figures worked by hand."""

from pathlib import Path

import polars as pl
import pytest

from parkeval.store import Tables
from scoring.loading import load_rulebook
from scoring.scheme import ParkClass
from tests.schemes.evaluated import all_years, ledgers_add_up, row
from tests.schemes.ledgers_given import OF_MENGHAI

KEY = "menghai-2018"
DATA = Path(__file__).resolve().parents[2] / "sample_data" / "menghai"
YEARS = (2018, 2019, 2020)
KIND = ParkClass("工业园区", "")


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The published tables after all years."""
    return all_years(DATA, KEY, YEARS, tmp_path_factory.mktemp("menghai"), OF_MENGHAI)


def rules(published: Tables, park: str, year: int) -> set[str]:
    own = published["proposals"].filter(pl.col("park_code") == f"YN532822-{park}", pl.col("year") == year)
    return set(own["rule"])


def status(published: Tables, park: str, year: int) -> str:
    return str(row(published["parks"], park_code=f"YN532822-{park}", year=year)["status"])


@pytest.mark.parametrize("year", YEARS)
def test_definitions_have_no_problem(year: int) -> None:
    assert load_rulebook(KEY, year).scheme.key == KEY


def test_targets_are_those_of_the_document() -> None:
    book = load_rulebook(KEY, 2020)
    assert {code: book.target_value(target, KIND) for code, target in book.targets().items()} == {
        "leading_share_rise_pp": 1,
        "emerging_cagr_pct": 7.5,
        "rd_share_pct": 1,
        "energy_intensity_change_pct": 0,
        "investment_cagr_pct": 25,
        "substandard_admitted_count": 0,
    }
    whole = ParkClass("", "")
    assert {target.indicator: book.target_value(target, whole) for target in book.scheme.region_targets} == {
        "county_leading_share_rise_pp": 1,
        "emerging_share_of_gdp_pct": 30,
        "county_emerging_cagr_pct": 7.5,
        "rd_share_of_gdp_pct": 1,
        "county_energy_intensity_change_pct": 0,
        "county_investment_cagr_pct": 25,
        "eco_mean_share_of_gdp_pct": 15,
        "county_substandard_admitted_count": 0,
    }


# Park 02, from its workbooks of 2017, 2018 and 2019: 万元 and 吨标准煤.
LEADING_2017, REVENUE_2017 = 38294.32 + 23142.61, 105743.42
LEADING_2019, REVENUE_2019 = 49558.34 + 29339.01, 130193.65
RISE = (100 * LEADING_2019 / REVENUE_2019 - 100 * LEADING_2017 / REVENUE_2017) / 2
EMERGING_SHARE = 100 * 8818.63 / 50432.06
ECO_SHARE = 100 * (50432.06 - 7904.37) / 50432.06
RD_SHARE = 100 * 474.06 / 50432.06
ENERGY_CHANGE = 100 * ((2088.01 / 15402.13) / (2002.79 / 14507.61) - 1)
INVESTMENT_CAGR = 100 * ((23254.98 / 16673.20) ** 0.5 - 1)

WORKED = {
    "leading_revenue_10k_cny": LEADING_2019,
    "leading_industry_share_pct": 100 * LEADING_2019 / REVENUE_2019,
    "leading_share_rise_pp": RISE,
    "emerging_cagr_pct": 100 * ((8818.63 / 7274.95) ** 0.5 - 1),
    "emerging_share_pct": EMERGING_SHARE,
    "eco_share_pct": ECO_SHARE,
    # filed as 4 740.60 and corrected
    "rd_share_pct": RD_SHARE,
    "energy_intensity_tce_per_10k_cny": 2088.01 / 15402.13,
    "energy_intensity_change_pct": ENERGY_CHANGE,
    "investment_cagr_pct": INVESTMENT_CAGR,
    "substandard_admitted_count": 0,
    "refused_projects_count": 0,
}


@pytest.mark.parametrize("code", WORKED)
def test_indicators_worked_by_hand(published: Tables, code: str) -> None:
    found = row(published["indicators"], park_code="YN532822-02", year=2019, indicator=code)
    assert found["value"] == pytest.approx(WORKED[code], rel=1e-8)


def test_total_worked_by_hand(published: Tables) -> None:
    """02 in 2019: weights 45, 15, 25 and 15; growth of emerging industries and admission at full points."""
    industry = 40 * RISE / 2 + 30 + 15 * EMERGING_SHARE / 30 + 15 * ECO_SHARE / 90
    ecology = 60 * (3 - ENERGY_CHANGE) / 6 + 40
    total = 0.45 * industry + 15 * RD_SHARE + 0.25 * ecology + 15 * INVESTMENT_CAGR / 25
    found = row(published["ranking"], park_code="YN532822-02", year=2019, group="工业园区")
    assert found["score"] == pytest.approx(total, abs=1e-7)
    assert (found["rank"], found["grade"]) == (3, "良好")


COUNTY = {
    # 381 124 of 1 262 000 万元
    ("emerging_share_of_gdp_pct", 2020): 100 * 381124 / 1262000,
    ("county_emerging_cagr_pct", 2019): 100 * ((327320 / 235680) ** (1 / 2) - 1),
    ("rd_share_of_gdp_pct", 2020): 100 * 11232 / 1262000,
    ("county_investment_cagr_pct", 2018): 100 * (630272 / 512000 - 1),
    ("county_energy_intensity_change_pct", 2019): 100 * ((149897 / 316400) / (137446 / 291200) - 1),
    # 24.6 + 13.9 + 18.2 + 8.0 + 14.7 + 8.8 = 88.2 % over six industries
    ("eco_mean_share_of_gdp_pct", 2020): 14.7,
    ("county_substandard_admitted_count", 2019): 1,
}


@pytest.mark.parametrize("case", COUNTY, ids=lambda case: "-".join(map(str, case)))
def test_county_indicators_worked_by_hand(published: Tables, case: tuple[str, int]) -> None:
    found = row(published["region_targets"], indicator=case[0], year=case[1])
    assert found["value"] == pytest.approx(COUNTY[case], rel=1e-8)


def test_county_targets_are_met_and_missed(published: Tables) -> None:
    table = published["region_targets"].filter(pl.col("target_value").is_not_null()).sort("year")
    told = {code: own["attained"].to_list() for (code,), own in table.group_by("indicator", maintain_order=True)}
    assert told.pop("county_leading_share_rise_pp")[1:] == [True, True]
    assert told == {
        "emerging_share_of_gdp_pct": [False, False, True],
        "county_emerging_cagr_pct": [True, True, True],
        "rd_share_of_gdp_pct": [False, False, False],
        "county_energy_intensity_change_pct": [True, False, True],
        "county_investment_cagr_pct": [False, True, True],
        "eco_mean_share_of_gdp_pct": [False, True, True],
        "county_substandard_admitted_count": [True, False, True],
    }


def test_each_eco_industry_has_its_share(published: Tables) -> None:
    own = published["region_targets"].filter(
        pl.col("indicator") == "eco_industry_share_of_gdp_pct", pl.col("year") == 2020
    )
    shares = dict(own.select("member", pl.col("value").round(6)).rows())
    assert shares == {
        "特色生物": 24.6, "旅游文化": 13.9, "加工制造": 18.2, "健康养生": 8.0, "信息及现代服务": 14.7, "清洁能源": 8.8,
    }  # fmt: skip


def test_every_rule_speaks_at_least_once(published: Tables) -> None:
    assert set(published["proposals"]["rule"]) == {rule.code for rule in load_rulebook(KEY, 2020).scheme.rules}


def test_praise_priority_and_demonstration(published: Tables) -> None:
    both = {"priority_funds", "priority_land"}
    assert rules(published, "01", 2018) == {"praise", *both}
    assert [status(published, "01", year) for year in YEARS] == ["正常", "示范候选", "示范候选"]
    # 02: investment grows by 18 %, below 25 %, so no priority in land
    assert [rules(published, "02", year) for year in YEARS] == [{"priority_funds"}] * 3
    # 03 filed on 8 May 2019, scored below 85 anyway
    assert rules(published, "03", 2018) == both


def test_admission_below_the_norm(published: Tables) -> None:
    """蔗渣制板 was admitted in 2019 below intensity and plot ratio and above the energy limit."""
    assert rules(published, "03", 2019) == {"admission_violation"}
    proposal = row(published["proposals"], park_code="YN532822-03", year=2019)
    assert "停止享受：专项资金倾斜、用地优先保障" in str(proposal["action"])
    assert proposal["clause"] == "三（五）3；四（二）"
    assert [status(published, "03", year) for year in YEARS] == ["正常", "限期整改", "正常"]
    assert "rectified" in rules(published, "03", 2020)
    # a project that was refused counts against nobody
    refused = row(published["indicators"], park_code="YN532822-04", year=2019, indicator="refused_projects_count")
    violation = row(published["indicators"], park_code="YN532822-04", year=2019, indicator="substandard_admitted_count")
    assert (refused["value"], violation["value"]) == (1, 0)
    # 07: too young to be ranked, but not for 违规招商
    assert rules(published, "07", 2020) == {"admission_violation"}


def test_energy_that_does_not_fall(published: Tables) -> None:
    """05: up by 1.2 % in 2018 and 0.8 % in 2019, down in 2020; the target of every year stays missed."""
    assert ["energy_reminder" in rules(published, "05", year) for year in YEARS] == [False, True, False]
    target = row(published["targets"], park_code="YN532822-05", year=2020, indicator="energy_intensity_change_pct")
    assert target["attained"] is False
    assert "2018、2019 年未达到" in str(target["note"])


def test_near_the_bottom(published: Tables) -> None:
    """In 2018 the park that did not file takes the last place; 04 is last in 2019 and 2020."""
    assert rules(published, "06", 2018) == {"refile"}
    assert [rules(published, "04", year) for year in YEARS] == [set(), {"progress_reminder"}, {"lagging"}]
    assert [status(published, "04", year) for year in YEARS] == ["正常", "正常", "限期整改"]


def test_findings(published: Tables) -> None:
    found = published["findings"].filter(pl.col("check_id").is_in(["not_filed", "corrected", "last_year_differs"]))
    assert set(found.select("year", "park_code", "check_id").rows()) == {
        (2018, "YN532822-06", "not_filed"),
        (2019, "YN532822-02", "corrected"),
        (2020, "YN532822-05", "last_year_differs"),
    }
    explained = row(found, check_id="last_year_differs")["explanation"]
    assert "初步数" in str(explained)


def test_workbooks_are_small() -> None:
    sizes = [path.stat().st_size for path in DATA.rglob("*.xlsx")]
    assert len(sizes) == 26
    assert max(sizes) < 25_000


def test_ledgers_are_held_against_what_the_park_filed(published: Tables) -> None:
    ledgers_add_up(published, OF_MENGHAI)
