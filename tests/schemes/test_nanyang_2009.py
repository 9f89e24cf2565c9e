"""The scheme nanyang-2009 on its sample data: definitions, planted stories, and figures worked by hand."""

from pathlib import Path

import polars as pl
import pytest

from parkeval.store import Tables
from sample_data.nanyang import NANYANG
from sample_data.region import write_region
from scoring.loading import load_rulebook
from scoring.scheme import ParkClass
from tests.schemes.evaluated import all_years, ledgers_add_up, proposals, row, without_ledgers
from tests.schemes.ledgers_given import OF_NANYANG

KEY = "nanyang-2009"
DATA = Path(__file__).resolve().parents[2] / "sample_data" / "nanyang"
YEARS = (2010, 2011, 2012, 2013)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The published tables after all years."""
    return all_years(DATA, KEY, YEARS, tmp_path_factory.mktemp("nanyang"), OF_NANYANG)


def statuses(published: Tables, park: str) -> list[str]:
    own = published["parks"].filter(pl.col("park_code") == f"HN4113-{park}").sort("year")
    return own["status"].to_list()


def outcome(published: Tables, park: str, year: int, rule: str) -> object:
    return row(published["rule_checks"], park_code=f"HN4113-{park}", year=year, rule=rule)["outcome"]


@pytest.mark.parametrize("year", YEARS)
def test_definitions_have_no_problem(year: int) -> None:
    assert load_rulebook(KEY, year).scheme.key == KEY


def test_the_committed_workbooks_are_those_of_the_generator(tmp_path: Path) -> None:
    made = write_region(NANYANG, tmp_path)
    assert len(made) == 51
    for path in made:
        assert path.read_bytes() == (DATA / path.relative_to(tmp_path)).read_bytes(), path.name
        assert path.stat().st_size < 26 * 1024
    assert len(made) == len(list(DATA.rglob("*.xlsx")))


def test_indicator_systems_differ_by_type_and_change_with_the_year() -> None:
    weights = {
        kind: {
            node.indicator
            for node in load_rulebook(KEY, 2013).scheme.nodes
            if node.dimension == "structure" and load_rulebook(KEY, 2013).node_weight(node, ParkClass("市级", kind)) > 0
        }
        for kind in ("高新技术产业开发区", "现代服务业园区", "高效农业园区", "加工贸易园区")
    }
    assert weights == {
        "高新技术产业开发区": {"leading_industry_share_pct", "high_tech_share_pct"},
        "现代服务业园区": {"leading_industry_share_pct", "producer_services_share_pct"},
        "高效农业园区": {"leading_industry_share_pct", "food_share_pct"},
        "加工贸易园区": {"leading_industry_share_pct"},
    }
    kind = ParkClass("市级", "工业园区")
    assert [load_rulebook(KEY, year).dimension_weight("quality", kind) for year in YEARS] == [40, 40, 40, 45]
    assert [load_rulebook(KEY, year).parameters["slow_growth_gap_pp"] for year in YEARS] == [3, 3, 3, 2]


# Figures of the workbooks 2013 (and 2012) of 星桥现代服务业园区; 1 亩 = 10000/15 平方米.
WORKED = {
    ("06", 2013, "revenue_100m_cny"): 1_212_394.40 / 10_000,
    ("06", 2013, "revenue_growth_pct"): (1_212_394.40 / 992_803.66 - 1) * 100,
    ("06", 2013, "leading_industry_share_pct"): 100 * (506_007.57 + 283_349.02) / 1_212_394.40,
    ("06", 2013, "producer_services_share_pct"): 100 * (506_007.57 + 283_349.02 + 127_117.68) / 1_212_394.40,
    ("06", 2013, "plot_ratio"): 3_701_521.07 * 15 / (4_082.56 * 10_000),
    ("06", 2013, "investment_per_mu"): 579_722.47 / 4_082.56,
    ("06", 2013, "energy_intensity_change_pct"): ((61_832.11 / 206_107.05) / (51_371.63 / 166_791.01) - 1) * 100,
    ("06", 2013, "college_share_pct"): 100 * 6_418 / 17_829,
    ("06", 2013, "senior_talents_per_10k"): 10_000 * 64 / 17_829,
    ("06", 2013, "large_projects_count"): 1,
    # parcel TB-2007-017, 320 亩, idle since 15 September 2009: two years are over in 2011; taken back in May 2013
    ("03", 2010, "idle_over_two_years_mu"): 0,
    ("03", 2011, "idle_over_two_years_mu"): 320,
    ("03", 2012, "idle_over_two_years_mu"): 320,
    ("03", 2013, "idle_over_two_years_mu"): 0,
    # three of five plans approved by the end of 2011, four a year later
    ("07", 2011, "plans_approved_pct"): 60,
    ("07", 2012, "plans_approved_pct"): 80,
    ("04", 2013, "high_tech_share_pct"): 100 * 202_241.51 / 1_488_456.39,
}


@pytest.mark.parametrize(("park", "year", "indicator"), WORKED)
def test_indicators_worked_by_hand(published: Tables, park: str, year: int, indicator: str) -> None:
    found = row(published["indicators"], park_code=f"HN4113-{park}", year=year, indicator=indicator)
    assert found["value"] == pytest.approx(WORKED[park, year, indicator], rel=1e-9)


def test_a_total_worked_by_hand(published: Tables) -> None:
    """星桥 in 2013: a service park among five 市级 ones, the cancelled 金栎 not counted."""
    revenue_points = 60 + 40 * (121.23944 - 66.2981) / (148.8456 - 66.2981)
    growth = (1_212_394.40 / 992_803.66 - 1) * 100
    investment_growth = (188_584.24 / 155_522.82 - 1) * 100
    economy = 0.3 * revenue_points + 0.5 * growth / 30 * 100 + 0.2 * (investment_growth + 10) / 40 * 100
    taxes = 100 * (47_283.38 / 6_185.69) / (65_492.08 / 8_362.11)
    contribution = 0.6 * taxes + 0.4 * 100
    opening = 0.6 * 100 * (82_977.07 / 188_584.24) / 0.6 + 0.4 * 50
    structure = 0.6 * (65.10724 - 30) / 50 * 100 + 0.4 * 100
    innovation = 0.7 * 0.7 / 2 * 100 + 0.3 * 80
    intensity = 0.5 * 100 + 0.3 * (141.99974 - 60) / 140 * 100 + 0.2 * 100
    environment = 0.5 * 100 + 0.3 * (6 + 2.597408) / 12 * 100 + 0.2 * 22 / 40 * 100
    talent = 0.6 * (35.99753 - 5) / 35 * 100 + 0.4 * 35.89657 / 60 * 100
    management = 0.5 * 100 + 0.5 * 84
    total = (
        0.35 * (0.5 * economy + 0.25 * contribution + 0.25 * opening)
        + 0.45 * (0.25 * structure + 0.2 * innovation + 0.3 * intensity + 0.25 * environment)
        + 0.2 * (0.5 * talent + 0.5 * management)
    )
    found = row(published["scores"], park_code="HN4113-06", year=2013, node="total")
    assert found["score"] == pytest.approx(total, abs=1e-3)
    assert round(total, 2) == 79.57


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2010, {("01", "reward"), ("04", "reward"), ("07", "warning")}),
        (2011, {
            ("01", "reward"), ("04", "reward"), ("03", "idle_land"), ("05", "warning"), ("07", "released"),
            ("08", "expansion"), ("09", "refile"), ("10", "promotion_city"),
        }),
        (2012, {
            ("01", "reward"), ("04", "reward"), ("04", "promotion_provincial"), ("03", "idle_land"),
            ("05", "cancellation"), ("06", "accident"),
        }),
        (2013, {
            ("01", "reward"), ("02", "reward"), ("04", "reward"), ("04", "promotion_provincial"), ("05", "idle_land"),
            ("07", "warning"), ("08", "reward"),
        }),
    ],
)  # fmt: skip
def test_proposals_of_each_year(published: Tables, year: int, expected: set[tuple[str, str]]) -> None:
    assert proposals(published, year) == expected


def test_two_years_near_the_bottom_and_slow_end_the_qualification(published: Tables) -> None:
    assert statuses(published, "05") == ["正常", "警示", "取消资格", "取消资格"]
    proposal = row(published["proposals"], park_code="HN4113-05", year=2012, rule="cancellation")
    assert "停止享受：增量土地指标优先、环境容量配置优先、政府资金优先" in str(proposal["action"])
    assert proposal["clause"] == "（二十八）；（二十九）"
    assert published["ranking"].filter(pl.col("park_code") == "HN4113-05", pl.col("year") == 2013).is_empty()
    assert "已取消资格" in str(row(published["parks"], park_code="HN4113-05", year=2013)["note"])
    assert outcome(published, "05", 2012, "warning") == "被上位规则取代"


def test_one_bad_year_is_a_warning_and_a_better_one_ends_it(published: Tables) -> None:
    assert statuses(published, "07") == ["警示", "正常", "正常", "警示"]


def test_promotion_changes_the_group(published: Tables) -> None:
    groups = [
        row(published["ranking"].filter(pl.col("group") != "全部集聚区"), park_code="HN4113-10", year=year)["group"]
        for year in YEARS
    ]
    assert groups == ["县级", "县级", "市级", "市级"]
    assert statuses(published, "10") == ["正常", "晋级候选", "正常", "正常"]
    assert statuses(published, "04") == ["正常", "正常", "晋级候选", "晋级候选"]


def test_only_one_park_a_year_is_recommended_to_the_province(published: Tables) -> None:
    assert outcome(published, "08", 2013, "promotion_provincial") == "名额已满"


def test_falsified_data_hold_the_grade_down_and_leave_the_rank(published: Tables) -> None:
    found = row(published["ranking"].filter(pl.col("group") == "市级"), park_code="HN4113-10", year=2013)
    assert (found["grade"], found["rank"]) == ("合格", 4)
    assert float(str(found["score"])) >= 65


def test_an_accident_takes_points_and_the_reward(published: Tables) -> None:
    deduction = row(published["scores"], park_code="HN4113-02", year=2012, node="accident_deduction")
    assert deduction["points"] == -2
    assert ("02", "reward") not in proposals(published, 2012)


def test_region_targets(published: Tables) -> None:
    found = {
        (code, year): attained
        for code, year, attained in published["region_targets"].select("indicator", "year", "attained").rows()
    }
    assert [found["parks_above_30bn_count", year] for year in YEARS] == [False, None, False, True]
    assert [found["parks_above_10bn_count", year] for year in YEARS] == [False, None, False, False]
    assert found["parks_count", 2013] is False
    counts = published["region_targets"].filter(pl.col("indicator") == "parks_above_10bn_count").sort("year")
    assert counts["value"].to_list() == [3, 3, 4, 6]


def test_findings_are_the_planted_ones(published: Tables) -> None:
    found = without_ledgers(published["findings"]).filter(pl.col("check_id") != "localised")
    assert set(found.select("year", "check_id", "severity", "park_code").rows()) == {
        (2011, "college_within_employees", "错误", "HN4113-09"),
        (2011, "filed_late", "提示", "HN4113-06"),
        (2012, "corrected", "提示", "HN4113-08"),
    }
    corrected = row(published["indicators"], park_code="HN4113-08", year=2012, indicator="rd_share_pct")
    assert corrected["value"] == pytest.approx(2.08, abs=0.001)


def test_ledgers_are_held_against_what_the_park_filed(published: Tables) -> None:
    ledgers_add_up(published, OF_NANYANG)
