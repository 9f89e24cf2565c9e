"""The tables of clauses against the definitions and the documents."""

import pytest

from parkeval.demonstration import SCHEME
from scoring.loading import load_rulebook, load_scheme
from scoring.rulebook import Rulebook
from scoring.scheme import ParkClass
from tests.docs.pages import codes, page, sections, table_rows


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook(SCHEME, 2025)


CLAUSES: dict[str, tuple[str, ...]] = {
    "工业总产值占全州比重提高": (
        "output_share_pct", "output_share_change_pp", "output_share_contribution_pct", "parks_output_share_pct",
        "parks_output_share_change_pp", "output_share_rise_pp",
    ),
    "营业收入年均增长": ("revenue_cagr_pct", "parks_revenue_cagr_pct"),
    "营业收入超 100 亿元园区": ("parks_above_10bn_count", "large_park_revenue_10k_cny"),
    "工业企业数量翻番": ("industrial_enterprises_multiple", "region_industrial_enterprises_multiple"),
    "州级以上龙头企业数量翻番": ("leading_enterprises_multiple", "region_leading_enterprises_multiple"),
    "主导产业营业收入占比": ("leading_industry_share_pct", "share_reminder"),
    "亩均营业收入": ("revenue_per_mu",),
    "高新技术企业数量翻番": ("high_tech_enterprises_multiple", "region_high_tech_enterprises_multiple"),
    "工程研究中心": ("research_centres_count", "region_research_centres_count", "research_centre_coverage_pct"),
    "研发经费占营业收入": ("rd_share_pct",),
    "研发经费年均增长": ("rd_cagr_pct",),
    "能耗逐年下降": ("energy_intensity_tce_per_10k_cny", "energy_intensity_change_pct"),
    "水耗逐年下降": ("water_intensity_m3_per_10k_cny", "water_intensity_change_pct"),
    "污水集中收集处理率": ("sewage_treatment_pct",),
    "固体废物综合处置率": ("solid_waste_disposal_pct",),
    "进出口总额年均增长": ("trade_10k_cny", "trade_cagr_pct"),
    "领军人才": ("leading_talents_persons", "key_industry_talents_persons", "key_industries"),
    "5 亿元以上落地项目": ("major_projects_count", "key_chain_projects_count", "major_project_10k_cny"),
    "安全生产责任": ("accident", "serious_accidents_count", "accidents_count"),
    "定期评价，动态管理": (
        "park-annual", "falsified_data_count", "revenue_growth_pct", "reward", "reward_national", "priority",
        "promotion_provincial", "promotion_national", "criticism", "rectification_continued", "exit", "exit_pending",
        "refile", "rectified",
    ),
    "项目准入": ("substandard_admitted_count", "unreviewed_admitted_count", "admission"),
}  # fmt: skip
"""What each clause of the document asks for, by words of its row in the table, and the definitions that implement it."""

TARGETS = {
    "revenue_cagr_pct": 15, "industrial_enterprises_multiple": 2, "leading_enterprises_multiple": 2,
    "leading_industry_share_pct": 60, "high_tech_enterprises_multiple": 2, "research_centres_count": 1,
    "rd_share_pct": 2, "rd_cagr_pct": 15, "energy_intensity_change_pct": 0, "water_intensity_change_pct": 0,
    "sewage_treatment_pct": 100, "solid_waste_disposal_pct": 100,
}  # fmt: skip
REGION_TARGETS = {
    "parks_output_share_change_pp": 10, "parks_revenue_cagr_pct": 15, "parks_above_10bn_count": 1,
    "region_industrial_enterprises_multiple": 2, "region_leading_enterprises_multiple": 2,
    "region_high_tech_enterprises_multiple": 2, "region_research_centres_count": 5, "research_centre_coverage_pct": 100,
    "key_industry_talents_persons": 3, "key_chain_projects_count": 1,
}  # fmt: skip


OTHER_CLAUSES: dict[str, dict[str, tuple[str, ...]]] = {
    "siping": {
        "主导产业 3 个": ("leading_industries_count", "leading_industries_upper_count"),
        "重点发展领域不超过": ("key_fields_count",),
        "产业集中度": ("industry_concentration_pct", "national_concentration_pct", "provincial_concentration_pct"),
        "项目平均投资强度": (
            "average_investment_intensity_10k_cny_per_ha", "national_intensity_10k_cny_per_ha", "land_floor_share_pct",
        ),
        "建筑密度": ("building_density_pct", "density_floor_pct", "substandard_projects_count"),
        "绿地率": ("green_share_pct", "green_ceiling_pct", "substandard_projects_count"),
        "行政办公、生活服务设施用地": ("office_land_share_pct", "office_ceiling_pct", "substandard_projects_count"),
        "污水集中处理": (
            "sewage_treatment_pct", "monitored_outlets_pct", "facilities_overdue_count", "facilities_late_count",
            "sewage_coverage_pct", "region_facilities_overdue_count", "sewage_floor_pct", "environment_events_count",
            "accidents_count",
        ),
        "闲置土地": (
            "idle_land_pct", "idle_disposal_pct", "hoarded_projects_count", "region_hoarded_projects_count",
            "hoarding_years", "idle_limit_pct", "priority_land",
        ),
        "动态管理，奖优": (
            "revenue_growth_pct", "taxes_10k_cny_per_ha", "falsified_data_count", "parks_output_share_pct",
            "reward_score", "priority_score", "reward_fund", "priority_land", "promotion_national",
            "promotion_provincial",
        ),
        "动态管理，汰劣": (
            "land_inefficient", "environment_failed", "lagging", "lagging_years", "release_score", "refile", "rectified",
            "development-zone-annual", "minimum_group", "bottom_share_pct", "startup_years",
        ),
    },
    "menghai-2018": {
        "主导产业集中度": (
            "leading_revenue_10k_cny", "leading_industry_share_pct", "leading_share_rise_pp", "county_leading_share_pct",
            "county_leading_share_rise_pp",
        ),
        "战略性新兴产业": (
            "emerging_cagr_pct", "emerging_share_pct", "emerging_share_of_gdp_pct", "county_emerging_cagr_pct",
        ),
        "研究与试验发展经费": ("rd_share_pct", "rd_share_of_gdp_pct"),
        "能耗逐年明显下降": (
            "energy_intensity_tce_per_10k_cny", "energy_intensity_change_pct", "county_energy_intensity_tce_per_10k_cny",
            "county_energy_intensity_change_pct", "marked_fall_pct", "energy_reminder",
        ),
        "规模以上固定资产投资": ("investment_cagr_pct", "county_investment_cagr_pct"),
        "六大生态经济产业": (
            "eco_share_pct", "eco_mean_share_of_gdp_pct", "eco_industry_share_of_gdp_pct", "eco_industries_count",
            "eco_industries",
        ),
        "不准入园": (
            "substandard_admitted_count", "refused_projects_count", "county_substandard_admitted_count",
            "admission_violation",
        ),
        "保障措施": (
            "violations_count", "falsified_data_count", "county-park-annual", "praise", "priority_funds",
            "priority_land", "demonstration", "admission_violation", "progress_reminder", "lagging", "refile",
            "rectified", "praise_score", "priority_score", "release_score", "minimum_group", "bottom_share_pct",
            "startup_years",
        ),
    },
    "nanyang-2009": {
        "省、市、县三级绩效考核，以发展水平、质量、条件为主要内容，年度考核排队": (
            "bottom_share_pct", "minimum_group", "startup_years", "cluster-annual", "refile",
        ),
        "按类型分别制定指标体系，标准动态调整": (
            "high_tech_share_pct", "producer_services_share_pct", "food_share_pct", "export_share_pct",
            "slow_growth_gap_pp", "city_scale_10k_cny",
        ),
        "速度快、质量高、集约突出、生态良好的奖励，土地指标、环境容量、政府资金优先": (
            "revenue_growth_pct", "revenue_per_mu", "wastewater_compliance_pct", "energy_intensity_change_pct",
            "reward", "reward_score",
        ),
        "速度慢、连续两年靠后的取消资格，停止待遇": (
            "two_year_growth_pct", "cancellation", "warning", "released", "slow_growth_gap_pp", "bottom_share_pct",
            "release_score",
        ),
        "经济实力；统一考核，结果与领导班子评价挂钩": (
            "revenue_100m_cny", "revenue_growth_pct", "investment_growth_pct", "falsified_data_count",
            "parks_revenue_10k_cny", "parks_value_added_share_pct", "reward", "cancellation",
        ),
        "产业结构": (
            "leading_industry_share_pct", "high_tech_share_pct", "producer_services_share_pct", "food_share_pct",
        ),
        "人才状况": ("college_share_pct", "senior_talents_per_10k"),
        "科技创新": ("rd_share_pct", "innovation_platforms_count"),
        "开放水平，引进龙头型、基地型大项目": (
            "outside_capital_share_pct", "foreign_capital_growth_pct", "export_share_pct", "large_projects_count",
            "large_project_10k_cny",
        ),
        "集约程度：提高单位产出和容积率，明确绿地率和办公生活用地比例": (
            "revenue_per_mu", "revenue_per_mu_growth_pct", "investment_per_mu", "plot_ratio", "plot_ratio_change",
            "green_share_pct", "office_living_share_pct",
        ),
        "环境保护：稳定达标排放，中水回用，降低消耗；事故": (
            "wastewater_compliance_pct", "energy_intensity_tce_per_10k_cny", "energy_intensity_change_pct",
            "water_reuse_pct", "serious_accidents_count", "accidents_count", "accident",
        ),
        "社会贡献": ("taxes_per_mu", "employment_growth_pct"),
        "管理效能：规划编制和批准，服务；严禁扩区移位": (
            "plans_approved_pct", "service_score", "expansions_count", "expansion", "plans_required",
        ),
        "晋级：达到规模的确定为市级，市级符合省级标准的推荐为省级": (
            "revenue_100m_cny", "revenue_growth_pct", "promotion_city", "promotion_provincial", "city_scale_10k_cny",
            "provincial_scale_10k_cny", "promotion_score",
        ),
        "闲置两年以上的土地收回": ("idle_over_two_years_mu", "idle_land", "idle_years"),
        "2013 年 300 亿元以上 2—3 个、100 亿元以上 8—10 个，共 20 个左右": (
            "parks_above_30bn_count", "parks_above_10bn_count", "parks_count", "giant_park_10k_cny",
            "large_park_10k_cny",
        ),
    },
    "chengdu-2018": {
        "2018 年底形成指标、政策、统计、考核四个体系": (
            "revenue_growth_pct", "serious_accidents_count", "falsified_data_count", "systems_done_count",
            "parks_taxes_share_pct", "zone-annual", "priority", "refile", "bottom_share_pct", "minimum_group",
            "startup_years",
        ),
        "2018 年底打造 11 个高质量示范": ("model_zone_count", "model_zones_count", "model_zone", "model_score"),
        "提高主导产业集聚度，疏解非主导产业企业": (
            "leading_industry_share_pct", "leading_industry_share_change_pp", "leading_enterprise_share_pct",
            "moved_out_share_pct", "leading_share_risen_coverage_pct", "relocation",
        ),
        "评估监督和退出机制": (
            "vacant_land_share_pct", "vacant_assessed_pct", "vacant_exited_pct", "vacant_land",
            "vacant_land_limit_pct",
        ),
        "总体规划 2018 年 6 月底前完成": (
            "master_plan_on_time_count", "master_plan_done_count", "master_plan_days_late",
            "master_plan_coverage_pct",
        ),
        "控制性详细规划 2018 年 12 月底前完成": (
            "detailed_plan_on_time_count", "detailed_plan_done_count", "detailed_plan_days_late",
            "detailed_plan_coverage_pct",
        ),
        "设计规划导则 2018 年 1 月底前、各区准入目录 6 月底前": (
            "access_list_on_time_count", "access_list_done_count", "access_list_days_late", "guideline_on_time_count",
            "access_list_coverage_pct",
        ),
        "与高校、科研院所的协议 2018 年 3 月底前": (
            "university_agreements_on_time_count", "university_agreements_count", "university_agreement_coverage_pct",
        ),
        "与央企、省企的协议 2018 年 12 月底前": (
            "enterprise_agreements_on_time_count", "enterprise_agreements_count", "enterprise_agreement_coverage_pct",
        ),
        "节点任务合计和逾期": (
            "milestones_on_time_pct", "milestones_done_pct", "overdue_milestones_count", "overdue",
            "milestones_required",
        ),
        "2018 年新增新经济企业 5000 家、独角兽企业 2 家": (
            "new_economy_added_count", "unicorns_count", "city_new_economy_added_count", "city_unicorns_count",
        ),
        "新型人才工作站 2018 年底全覆盖，人才信息库 6 月底前": (
            "workstation_on_time_count", "workstation_done_count", "workstation_days_late",
            "workstation_coverage_pct", "talent_database_on_time_count",
        ),
        "2018 年专利质押融资 7.5 亿元": ("patent_pledge_100m_cny", "city_patent_pledge_100m_cny"),
        "2018 年标准厂房 500、专业楼宇 200、甲级和超甲级写字楼 50 万平方米": (
            "factory_added_10k_m2", "specialised_added_10k_m2", "grade_a_recognised_10k_m2",
            "city_factory_added_10k_m2", "city_specialised_added_10k_m2", "city_grade_a_recognised_10k_m2",
        ),
        "新增商业办公楼宇持有比例 50%，存量楼宇平均入驻率 70%": (
            "new_building_held_pct", "stock_occupancy_pct", "city_new_building_held_pct", "city_stock_occupancy_pct",
            "occupancy", "occupancy_years",
        ),
        "定期督导调研": ("supervision", "rectification", "released", "supervision_years", "release_score"),
    },
}  # fmt: skip
"""The same for the other documents: the section of the table that has the scheme's key as its heading."""


def clause_rows(key: str) -> list[list[str]]:
    """The rows of one scheme in the table of clauses: above the first heading of the second level, or below its own."""
    text = page("条款对照.md")
    return table_rows(text.split("\n## ")[0] if key == SCHEME else sections(text)[key])


@pytest.mark.parametrize("key", OTHER_CLAUSES)
def test_clauses_of_the_other_documents_have_their_definitions(key: str) -> None:
    clauses, rows = OTHER_CLAUSES[key], clause_rows(key)
    known = defined(load_rulebook(key, load_scheme(key).first_year))
    for words, definitions in clauses.items():
        (row,) = [row for row in rows if words in row[1]]
        assert set(definitions) <= codes(" ".join(row)), words
    named = {code for row in rows for code in codes(" ".join(row))}
    assert len(rows) == len(clauses)
    assert named == {code for definitions in clauses.values() for code in definitions}
    assert named <= known
    assert {code for code in known if code not in named} == set()


def defined(book: Rulebook) -> set[str]:
    scheme = book.scheme
    names = {item.code for item in (*scheme.parameters, *scheme.rules, *scheme.lists)}
    return names | {*book.catalogue.park_indicators(), *book.catalogue.of_region(), book.form_set.key}


@pytest.mark.parametrize("words", CLAUSES)
def test_every_clause_has_its_definitions(words: str, book: Rulebook) -> None:
    rows = [row for row in clause_rows(SCHEME) if words in row[1]]
    assert len(rows) == 1
    assert set(CLAUSES[words]) <= defined(book)
    assert set(CLAUSES[words]) - {"key_industries"} <= codes(" ".join(rows[0]))
    assert ("未实现" in rows[0][-1]) == (not CLAUSES[words])


def test_the_table_of_clauses_names_nothing_that_is_not_defined(book: Rulebook) -> None:
    rows = clause_rows(SCHEME)
    assert len(rows) == len(CLAUSES)
    assert {code for row in rows for code in codes(" ".join(row))} <= defined(book)


def test_target_values_are_those_of_the_document(book: Rulebook) -> None:
    targets = book.targets()
    kinds = {level: ParkClass(level, "") for level in ("国家级", "省级", "州级")}
    assert {code: book.target_value(targets[code], kinds["省级"]) for code in TARGETS} == TARGETS
    per_mu = [book.target_value(targets["revenue_per_mu"], kind) for kind in kinds.values()]
    assert per_mu == [600, 400, 300]
    trade = [book.target_value(targets["trade_cagr_pct"], kind) for kind in kinds.values()]
    assert trade == [15, None, None]
    whole = ParkClass("", "")
    assert {
        target.indicator: book.target_value(target, whole) for target in book.scheme.region_targets
    } == REGION_TARGETS
