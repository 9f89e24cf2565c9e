"""The scheme siping on its sample data: definitions, planted stories, and figures worked by hand."""

from pathlib import Path

import polars as pl
import pytest

from parkeval.release.policy import load_policy
from parkeval.release.primary import behind_items, sensitive_cells
from parkeval.store import Tables
from scoring.loading import load_rulebook
from scoring.scheme import ParkClass
from tests.schemes.evaluated import all_years, ledgers_add_up, row
from tests.schemes.ledgers_given import OF_SIPING
from validation.template import file_name

KEY = "siping"
DATA = Path(__file__).resolve().parents[2] / "sample_data" / "siping"
YEARS = (2018, 2019, 2020)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The published tables after all years."""
    return all_years(DATA, KEY, YEARS, tmp_path_factory.mktemp("siping"), OF_SIPING)


def rules(published: Tables, zone: str, year: int) -> set[str]:
    own = published["proposals"].filter(pl.col("park_code") == f"JL2203-{zone}", pl.col("year") == year)
    return set(own["rule"])


def status(published: Tables, zone: str, year: int) -> str:
    return str(row(published["parks"], park_code=f"JL2203-{zone}", year=year)["status"])


def attained(published: Tables, zone: str, year: int, indicator: str) -> object:
    return row(published["targets"], park_code=f"JL2203-{zone}", year=year, indicator=indicator)["attained"]


@pytest.mark.parametrize("year", YEARS)
def test_definitions_have_no_problem(year: int) -> None:
    assert load_rulebook(KEY, year).scheme.key == KEY


def test_targets_are_those_of_the_document() -> None:
    book = load_rulebook(KEY, 2020)
    kinds = [ParkClass(level, "") for level in ("国家级", "省级", "其他")]
    values = {code: [book.target_value(target, kind) for kind in kinds] for code, target in book.targets().items()}
    assert values == {
        "leading_industries_count": [3, 1, None],
        "leading_industries_upper_count": [3, 2, None],
        "key_fields_count": [6, 3, None],
        "industry_concentration_pct": [70, 40, None],
        "average_investment_intensity_10k_cny_per_ha": [4000, 2000, 2000],
        "building_density_pct": [40, 40, 40],
        "green_share_pct": [15, 15, 15],
        "office_land_share_pct": [7, 7, 7],
        "sewage_treatment_pct": [100, 100, 100],
        "monitored_outlets_pct": [100, 100, 100],
        "facilities_overdue_count": [0, 0, 0],
        "facilities_late_count": [0, 0, 0],
    }


WORKED = {
    # 5 公顷 at 2500 and 5 公顷 at 2700 万元/公顷
    ("05", 2020, "average_investment_intensity_10k_cny_per_ha"): (5 * 2500 + 5 * 2700) / 10,
    # both completed: 2.15 + 2.40 公顷 built on 10, green 0.60 + 0.40, offices 0.30 + 0.21
    ("05", 2020, "building_density_pct"): 45.5,
    ("05", 2020, "green_share_pct"): 10,
    ("05", 2020, "office_land_share_pct"): 5.1,
    # 105 197.78 + 60 023.50 of 328 471.73 万元
    ("05", 2020, "industry_concentration_pct"): 100 * 165221.28 / 328471.73,
    ("05", 2020, "revenue_growth_pct"): 100 * (328471.73 / 297891.61 - 1),
    ("05", 2020, "taxes_10k_cny_per_ha"): 11003.89 / 110,
    # 0.70 公顷 disposed of, 1.80 left
    ("05", 2020, "idle_disposal_pct"): 28,
    ("05", 2020, "idle_land_pct"): 100 * 1.8 / 167.2,
    ("05", 2019, "sewage_treatment_pct"): 100 * 580991 / 622046,
    ("05", 2019, "monitored_outlets_pct"): 87.5,
    ("05", 2019, "facilities_overdue_count"): 1,
    ("05", 2020, "facilities_overdue_count"): 0,
    ("05", 2020, "facilities_late_count"): 1,
    # the three projects of 04: 6 at 1400, 10 at 1500, from 2020 on 20 at 3000
    ("04", 2019, "average_investment_intensity_10k_cny_per_ha"): 1462.5,
    ("04", 2020, "average_investment_intensity_10k_cny_per_ha"): 83400 / 36,
    # 保健食品 given up in 2020
    ("02", 2019, "key_fields_count"): 7,
    ("02", 2020, "key_fields_count"): 6,
    ("10", 2019, "hoarded_projects_count"): 1,
    ("10", 2020, "hoarded_projects_count"): 0,
    # corrected from 28 604.20
    ("10", 2018, "taxes_10k_cny_per_ha"): 2860.42 / 48,
    # 涂料 36 %, 精细化工 39 % built: both below 40 %
    ("07", 2020, "substandard_projects_count"): 2,
}


@pytest.mark.parametrize("case", WORKED, ids=lambda case: "-".join(map(str, case)))
def test_indicators_worked_by_hand(published: Tables, case: tuple[str, int, str]) -> None:
    zone, year, code = case
    found = row(published["indicators"], park_code=f"JL2203-{zone}", year=year, indicator=code)
    assert found["value"] == pytest.approx(WORKED[case], rel=1e-11)


def test_total_worked_by_hand(published: Tables) -> None:
    """05 in 2020: all of 主导产业 and 环境保护, 28 % of the idle land, growth, and taxes between 07 and 01."""
    low, high, own = 5123.74 / 92, row_value(published, "01", "taxes_10k_cny_per_ha"), 11003.89 / 110
    land = 40 + 20 + 10 + 10 + 20 * 0.28
    growth = 100 * (328471.73 / 297891.61 - 1) / 12
    taxes = (60 + 40 * (own - low) / (high - low)) / 100
    total = 30 + 0.3 * land + 20 + 0.2 * (50 * growth + 50 * taxes)
    found = row(published["ranking"], park_code="JL2203-05", year=2020, group="省级")
    assert found["score"] == pytest.approx(total, abs=1e-9)
    assert (found["rank"], found["grade"]) == (3, "优秀")


def row_value(published: Tables, zone: str, code: str) -> float:
    value = row(published["indicators"], park_code=f"JL2203-{zone}", year=2020, indicator=code)["value"]
    assert isinstance(value, float)
    return value


def test_other_parks_have_no_industry_dimension(published: Tables) -> None:
    weights = published["scores"].filter(
        pl.col("park_code") == "JL2203-09", pl.col("year") == 2020, pl.col("kind") == "dimension"
    )
    given = {node: weight for node, weight in weights.select("node", "weight").rows() if weight}
    assert given == {"land": 40, "environment": 30, "momentum": 30}


def test_every_rule_speaks_at_least_once(published: Tables) -> None:
    assert set(published["proposals"]["rule"]) == {rule.code for rule in load_rulebook(KEY, 2020).scheme.rules}


def test_reward_and_promotion(published: Tables) -> None:
    # 01: a 较大 accident in 2018 keeps the fund away, the land quota stays
    assert rules(published, "01", 2018) == {"priority_land"}
    assert rules(published, "01", 2019) == {"priority_land", "reward_fund"}
    # 03: first of its group, 4375 万元/公顷 and 71 to 75 % concentration; a candidate from the second year on
    assert rules(published, "03", 2018) == {"priority_land", "reward_fund"}
    assert [status(published, "03", year) for year in YEARS] == ["正常", "晋级候选", "晋级候选"]
    # 09: 19 % green and 8.5 % offices until the second project is completed in 2020
    assert [attained(published, "09", year, "green_share_pct") for year in YEARS] == [False, False, True]
    assert rules(published, "09", 2020) == {"reward_fund", "promotion_provincial"}
    # 02: filed on 10 May 2019, and below 4000 万元/公顷 until the second project
    assert rules(published, "02", 2018) == set()
    intensity = "average_investment_intensity_10k_cny_per_ha"
    assert [attained(published, "02", year, intensity) for year in YEARS] == [False, True, True]
    assert [attained(published, "02", year, "industry_concentration_pct") for year in YEARS] == [False, False, True]


def test_criticism_and_rectification(published: Tables) -> None:
    assert [rules(published, "04", year) for year in YEARS] == [
        {"land_inefficient"},
        {"land_inefficient"},
        {"rectified"},
    ]
    assert [status(published, "05", year) for year in YEARS] == ["限期整改", "限期整改", "正常"]
    # 08: facilities due in 2018 were ready in 2019; released although too young to be ranked
    assert [rules(published, "08", year) for year in (2018, 2019)] == [{"environment_failed"}, {"rectified"}]
    assert row(published["parks"], park_code="JL2203-08", year=2019)["note"] is not None
    # 10: the hoarded project has started, yet it is last of its group
    assert [status(published, "10", year) for year in YEARS] == ["限期整改"] * 3
    assert rules(published, "10", 2020) == set()
    due = published["proposals"].filter(pl.col("rule") == "land_inefficient", pl.col("year") == 2018)["due_date"]
    assert {str(day) for day in due} == {"2019-12-31"}


def test_lagging_counts_years_that_are_not_consecutive(published: Tables) -> None:
    """In 2019 the zone whose data were refused took the last place; 2018 and 2020 make two of three years."""
    bottom = published["ranking"].filter(pl.col("park_code") == "JL2203-07", pl.col("group") == "省级").sort("year")
    assert bottom["bottom"].to_list() == [True, False, True]
    assert [("lagging" in rules(published, "07", year)) for year in YEARS] == [False, False, True]


def test_refused_data(published: Tables) -> None:
    assert rules(published, "06", 2019) == {"refile"}
    assert row(published["parks"], park_code="JL2203-06", year=2019)["evaluated"] is False
    errors = published["findings"].filter(pl.col("severity") == "错误")
    assert errors.select("year", "park_code", "check_id").rows() == [(2019, "JL2203-06", "monitored_within_outlets")]


def test_region_targets(published: Tables) -> None:
    table = published["region_targets"].filter(pl.col("target_value").is_not_null()).sort("year")
    told = {code: own["attained"].to_list() for (code,), own in table.group_by("indicator", maintain_order=True)}
    assert told == {
        "sewage_coverage_pct": [False, None, False],
        "region_facilities_overdue_count": [False, False, True],
        "region_hoarded_projects_count": [False, False, True],
    }
    assert row(table, year=2018, indicator="sewage_coverage_pct")["value"] == 30


def test_workbooks_are_small() -> None:
    sizes = {path: path.stat().st_size for path in DATA.rglob("*.xlsx")}
    assert len(sizes) == 40
    assert all(size < (28_000 if path.name == file_name("市级汇总") else 20_000) for path, size in sizes.items())


def test_ledgers_are_held_against_what_the_park_filed(published: Tables) -> None:
    ledgers_add_up(published, OF_SIPING)


def test_figures_with_four_enterprises_behind_are_not_confidential_by_themselves(published: Tables) -> None:
    """The form asks for no number of enterprises. Of zone 01 the ledger of 2020 knows four, the largest with 45 % of revenue; its taxes
    do not agree with the ledger, and of other zones and years nobody knows. Land rests on no enterprise."""
    fields = {code: item for code, item in load_rulebook(KEY, 2020).form_set.items().items() if item.numeric}
    statistics = published["statistics"].filter(pl.col("value").is_not_null(), pl.col("item").is_in(list(fields)))
    behind = behind_items(published["ledger_figures"])
    judged = sensitive_cells(statistics, fields, load_policy(None), behind).filter(pl.col("reason").is_null())
    items = ["revenue_10k_cny", "taxes_10k_cny", "employees_persons", "industrial_output_10k_cny"]
    opened = judged.filter(pl.col("item").is_in(items)).select("park_code", "year", "item").rows()
    assert set(opened) == {("JL2203-01", 2020, item) for item in items if item != "taxes_10k_cny"}
    assert set(judged["item"]) >= {"idle_land_ha", "planned_land_ha", "outlets_count"}
