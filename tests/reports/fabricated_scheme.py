"""Parks, indicators and items of the fabricated scheme; all of it is invented."""

from __future__ import annotations

from dataclasses import dataclass

DOCUMENT = "西双版纳州“十四五”产业园区发展实施方案"
NOTICE = "示例数据，全部虚构"


@dataclass(frozen=True)
class Park:
    code: str
    name: str
    level: str
    park_type: str
    region: str
    industries: str
    approved: int
    strength: float


PARKS = (
    Park("YN5328-01", "勐海产业园区", "省级", "产业园区", "勐海县", "普洱茶、制糖", 2006, 0.92),
    Park(
        "YN5328-02",
        "云南勐腊（磨憨）重点开发开放试验区",
        "国家级",
        "开发开放试验区",
        "勐腊县",
        "口岸经济、橡胶",
        2015,
        0.88,
    ),
    Park(
        "YN5328-03",
        "西双版纳工业和信息化产业集聚区",
        "省级",
        "产业集聚区",
        "景洪市",
        "生物医药（傣医药）、数字经济",
        2010,
        0.81,
    ),
    Park("YN5328-04", "景洪江北橡胶加工园", "州级", "产业园区", "景洪市", "橡胶", 2012, 0.76),
    Park("YN5328-05", "勐腊勐捧热带水果产业园", "州级", "产业园区", "勐腊县", "热带水果、制糖", 2014, 0.7),
    Park("YN5328-06", "勐海布朗山普洱茶产业园", "州级", "产业园区", "勐海县", "普洱茶", 2013, 0.84),
    Park("YN5328-07", "景洪嘎洒文旅康养产业园", "州级", "产业园区", "景洪市", "文旅康养", 2016, 0.66),
    Park("YN5328-08", "勐仑生物医药产业园", "省级", "产业园区", "勐腊县", "生物医药（傣医药）", 2011, 0.78),
    Park("YN5328-09", "大渡岗茶叶加工园", "州级", "产业园区", "景洪市", "普洱茶", 2009, 0.45),
    Park("YN5328-10", "关累港口岸物流园", "州级", "产业园区", "勐腊县", "口岸经济", 2017, 0.58),
    Park("YN5328-11", "勐遮绿色食品园", "省级", "产业园区", "勐海县", "制糖、肉制品", 2008, 0.73),
    Park("YN5328-12", "普文数字经济新区", "州级", "产业集聚区", "景洪市", "数字经济", 2024, 0.5),
)
STARTUP, REFUSED = "YN5328-12", "YN5328-10"


@dataclass(frozen=True)
class Indicator:
    code: str
    label: str
    unit: str
    decimals: int
    direction: str
    dimension: str
    weight: float
    benchmark: float
    formula: str
    clause: str


DIMENSIONS = (
    ("scale", "经济规模", 25.0),
    ("quality", "质量效益", 25.0),
    ("innovation", "创新能力", 20.0),
    ("green", "绿色发展", 20.0),
    ("opening", "开放招商", 10.0),
)
INDICATORS = tuple(
    Indicator(*row)
    for row in (
        ("output_share_contribution_pct", "对全州比重提升目标的贡献完成率", "%", 1, "higher", "scale", 30.0, 100.0,
         "100 * output_share_change_pp / (param.output_share_rise_pp * calendar.years_since_base / calendar.years_to_target * base.output_share_pct / base.region.parks_output_share_pct)", "一（三）经济规模"),
        ("revenue_cagr_pct", "营业收入年均增长", "%", 1, "higher", "scale", 40.0, 15.0,
         "CAGR_PCT(revenue_10k_cny, base.revenue_10k_cny, calendar.years_since_base)", "一（三）经济规模"),
        ("industrial_enterprises_multiple", "工业企业数量与基期之比", "倍", 2, "higher", "scale", 15.0, 2.0,
         "industrial_enterprises_count / GREATEST(base.industrial_enterprises_count, param.zero_base_count)", "一（三）经济规模"),
        ("leading_enterprises_multiple", "州级以上龙头企业数量与基期之比", "倍", 2, "higher", "scale", 15.0, 2.0,
         "leading_enterprises_count / GREATEST(base.leading_enterprises_count, param.zero_base_count)", "一（三）经济规模"),
        ("leading_industry_share_pct", "主导产业营业收入占比", "%", 1, "higher", "quality", 40.0, 60.0,
         "100 * SUM(industries.revenue_10k_cny) FILTER (WHERE LIST_CONTAINS(park.leading_industries, industries.industry)) / revenue_10k_cny", "一（三）质量效益"),
        ("revenue_per_mu", "亩均营业收入", "万元/亩", 1, "higher", "quality", 60.0, 400.0,
         "revenue_10k_cny / developed_industrial_land_mu", "一（三）质量效益"),
        ("high_tech_enterprises_multiple", "高新技术企业数量与基期之比", "倍", 2, "higher", "innovation", 25.0, 2.0,
         "high_tech_enterprises_count / GREATEST(base.high_tech_enterprises_count, param.zero_base_count)", "一（三）创新能力"),
        ("research_centres_count", "国家级和省级工程研究中心", "个", 0, "higher", "innovation", 20.0, 1.0,
         "national_research_centres_count + provincial_research_centres_count", "一（三）创新能力；三（三）1"),
        ("rd_share_pct", "规上工业企业研发经费占营业收入比重", "%", 2, "higher", "innovation", 30.0, 2.0,
         "100 * rd_expenditure_above_scale_10k_cny / revenue_above_scale_10k_cny", "一（三）创新能力"),
        ("rd_cagr_pct", "园区研发经费支出年均增长", "%", 1, "higher", "innovation", 25.0, 15.0,
         "CAGR_PCT(rd_expenditure_10k_cny, base.rd_expenditure_10k_cny, calendar.years_since_base)", "一（三）创新能力"),
        ("energy_intensity_change_pct", "万元工业增加值能耗比上年变化", "%", 1, "lower", "green", 30.0, -3.0,
         "GROWTH_PCT(energy_intensity_tce_per_10k_cny, prev.energy_intensity_tce_per_10k_cny)", "一（三）绿色发展"),
        ("water_intensity_change_pct", "万元工业增加值水耗比上年变化", "%", 1, "lower", "green", 30.0, -3.0,
         "GROWTH_PCT(water_intensity_m3_per_10k_cny, prev.water_intensity_m3_per_10k_cny)", "一（三）绿色发展"),
        ("sewage_treatment_pct", "污水集中收集处理率", "%", 1, "higher", "green", 20.0, 100.0,
         "100 * sewage_treated_m3 / sewage_produced_m3", "一（三）绿色发展；三（四）5"),
        ("solid_waste_disposal_pct", "固体废物综合处置率", "%", 1, "higher", "green", 20.0, 100.0,
         "100 * solid_waste_disposed_t / solid_waste_produced_t", "一（三）绿色发展；三（四）2"),
        ("trade_cagr_pct", "进出口总额年均增长", "%", 1, "higher", "opening", 50.0, 15.0,
         "CAGR_PCT(trade_10k_cny, base.trade_10k_cny, calendar.years_since_base)", "一（三）开放水平"),
        ("major_projects_count", "落地的 5 亿元以上重大产业项目", "个", 0, "higher", "opening", 50.0, 2.0,
         "COUNT(projects.project) FILTER (WHERE projects.investment_10k_cny > param.major_project_10k_cny)", "三（六）3"),
        ("output_share_pct", "工业总产值占全州比重", "%", 1, "higher", "", 0.0, 0.0,
         "100 * industrial_output_10k_cny / region.industrial_output_10k_cny", "一（三）经济规模"),
        ("energy_intensity_tce_per_10k_cny", "万元工业增加值能耗", "吨标准煤/万元", 4, "lower", "", 0.0, 0.0,
         "industrial_energy_tce / industrial_value_added_2020_prices_10k_cny", "一（三）绿色发展"),
        ("trade_10k_cny", "进出口总额", "万元", 1, "higher", "", 0.0, 0.0,
         "imports_10k_cny + exports_10k_cny", "一（三）开放水平"),
        ("serious_accidents_count", "较大以上安全生产事故和突发环境事件", "起", 0, "lower", "", 0.0, 0.0,
         "COUNT(events.kind) FILTER (WHERE events.severity <> '一般')", "三（四）6"),
    )
)  # fmt: skip
READINGS = {
    "revenue_per_mu": "营业收入 ÷ 已开发工业用地面积",
    "trade_10k_cny": "进口总额 + 出口总额",
    "sewage_treatment_pct": "100 × 污水集中收集处理量 ÷ 污水产生量（不含特殊污染物的污水）",
}
SCORED = tuple(indicator for indicator in INDICATORS if indicator.dimension)
ITEMS = (
    ("planned_land_mu", "规划面积", "亩", 9000.0),
    ("developed_land_mu", "已开发面积", "亩", 5200.0),
    ("developed_industrial_land_mu", "已开发工业用地面积", "亩", 3600.0),
    ("industrial_output_10k_cny", "工业总产值", "万元", 860000.0),
    ("industrial_value_added_10k_cny", "工业增加值（当年价格）", "万元", 215000.0),
    ("industrial_value_added_2020_prices_10k_cny", "工业增加值（2020 年价格）", "万元", 208000.0),
    ("revenue_10k_cny", "营业收入", "万元", 950000.0),
    ("revenue_above_scale_10k_cny", "规模以上工业企业营业收入", "万元", 820000.0),
    ("taxes_10k_cny", "税收总额", "万元", 42000.0),
    ("employees_persons", "期末从业人员", "人", 8600.0),
    ("industrial_enterprises_count", "工业企业数量", "户", 120.0),
    ("leading_enterprises_count", "州级以上龙头企业数量", "户", 9.0),
    ("high_tech_enterprises_count", "高新技术企业数量", "户", 6.0),
    ("rd_expenditure_10k_cny", "园区研发经费支出", "万元", 19500.0),
    ("rd_expenditure_above_scale_10k_cny", "规模以上工业企业研发经费支出", "万元", 17200.0),
    ("national_research_centres_count", "国家级工程研究中心数量", "个", 0.0),
    ("provincial_research_centres_count", "省级工程研究中心数量", "个", 1.0),
    ("industrial_energy_tce", "工业能源消费量", "吨标准煤", 96000.0),
    ("industrial_water_m3", "工业取水量", "立方米", 3600000.0),
    ("sewage_produced_m3", "污水产生量（不含特殊污染物的污水）", "立方米", 2100000.0),
    ("sewage_treated_m3", "污水集中收集处理量", "立方米", 2050000.0),
    ("solid_waste_produced_t", "一般工业固体废物产生量", "吨", 42000.0),
    ("solid_waste_disposed_t", "一般工业固体废物综合利用和处置量", "吨", 41500.0),
    ("imports_10k_cny", "进口总额", "万元", 56000.0),
    ("exports_10k_cny", "出口总额", "万元", 78000.0),
)
