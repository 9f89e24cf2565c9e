"""Seven invented industrial parks of 勐海县 for 2017–2020, filed with `county-park-annual`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from sample_data import NOTICE
from sample_data.region import Filed, Region
from sample_data.scatter import apportioned, filing_day, money, wobble
from validation.template import Content, Value, file_name

SEED = 20180104
YEARS = range(2017, 2021)
"""Statistics years that are filed; states below start the year before, growth in the first year."""

Series = tuple[float, ...]

ECO_INDUSTRY = {
    "茶叶": "特色生物", "制糖": "加工制造", "果蔬和肉制品": "加工制造", "生物制品": "特色生物", "旅游文化": "旅游文化",
    "康养服务": "健康养生", "物流和信息服务": "信息及现代服务", "水电和光伏": "清洁能源", "建材": "不属于", "其他": "不属于",
}  # fmt: skip
VALUE_ADDED_RATE = {
    "茶叶": 0.34, "制糖": 0.27, "果蔬和肉制品": 0.25, "生物制品": 0.36, "旅游文化": 0.42, "康养服务": 0.45,
    "物流和信息服务": 0.4, "水电和光伏": 0.52, "建材": 0.28, "其他": 0.3,
}  # fmt: skip
SERVICES = ("旅游文化", "康养服务", "物流和信息服务")
PRICES_TO_2015 = {2016: 1.008, 2017: 1.031, 2018: 1.052, 2019: 1.064, 2020: 1.071}


@dataclass(frozen=True)
class Park:
    """A park. Revenue, investment (万元) and energy (吨标准煤 for 1 万元) are those of the year before the first filing and
    move by the yearly percentages; shares are states in percent: leading industries in revenue, emerging industries in
    value added at the start and their growth, R&D in value added.
    """

    code: str
    name: str
    park_type: str
    approved_year: int
    leading: tuple[str, ...]
    mix: Mapping[str, float]
    revenue_base: float
    growth: Series
    leading_share: Series
    emerging_share: float
    emerging_growth: Series
    rd_share: Series
    energy_base: float
    energy_change: Series
    investment_base: float
    investment_growth: Series

    @property
    def first_year(self) -> int:
        return max(YEARS[0], self.approved_year)


PARKS: tuple[Park, ...] = (
    Park(
        "YN532822-01", "茶源片区（虚构）", "产业片区", 2008, ("茶叶", "生物制品"),
        {"茶叶": 74, "生物制品": 26, "旅游文化": 30, "物流和信息服务": 25, "其他": 45},
        168000, (11.2, 13.4, 13.1, 12.8), (62.1, 63.0, 64.9, 66.9, 68.8), 22, (11.4, 16.2, 15.8, 15.1),
        (1.12, 1.18, 1.26, 1.35, 1.47), 0.218, (-2.1, -3.4, -3.1, -3.3), 21800, (22.4, 27.2, 27.8, 26.9),
    ),
    Park(
        "YN532822-02", "澜景片区（虚构）", "产业片区", 2010, ("旅游文化", "康养服务"),
        {"旅游文化": 63, "康养服务": 37, "茶叶": 48, "其他": 52},
        96400, (9.8, 10.6, 11.2, 10.4), (57.4, 58.1, 59.3, 60.6, 62.0), 18, (9.2, 9.8, 10.4, 10.1),
        (0.74, 0.79, 0.86, 0.94, 1.02), 0.142, (-1.2, -1.6, -1.8, -1.5), 14600, (14.2, 17.8, 18.4, 18.1),
    ),
    Park(
        "YN532822-03", "甘露片区（虚构）", "产业片区", 2009, ("制糖", "果蔬和肉制品"),
        {"制糖": 58, "果蔬和肉制品": 42, "建材": 55, "其他": 45},
        124500, (7.9, 9.6, 9.9, 10.8), (68.2, 69.0, 70.1, 71.3, 72.6), 12, (7.8, 9.1, 9.6, 9.9),
        (0.58, 0.63, 0.71, 0.82, 0.95), 0.412, (-1.4, -2.2, -1.9, -2.6), 18200, (19.6, 25.8, 25.4, 26.3),
    ),
    Park(
        "YN532822-04", "云麓工业集中区（虚构）", "工业集中区", 2011, ("建材",),
        {"建材": 100, "水电和光伏": 35, "其他": 65},
        71200, (4.1, 5.2, 1.8, 1.2), (51.6, 52.0, 53.2, 52.4, 51.1), 8, (3.2, 6.1, 2.2, 1.4),
        (0.36, 0.38, 0.41, 0.37, 0.33), 0.684, (-0.8, -1.1, -0.6, 0.9), 11900, (8.4, 12.6, 4.8, 2.1),
    ),
    Park(
        "YN532822-05", "永泰片区（虚构）", "产业片区", 2013, ("物流和信息服务", "果蔬和肉制品"),
        {"物流和信息服务": 57, "果蔬和肉制品": 43, "旅游文化": 44, "其他": 56},
        83700, (10.4, 12.8, 12.2, 13.6), (55.2, 56.1, 57.6, 59.0, 60.9), 20, (10.6, 12.4, 12.9, 13.8),
        (0.81, 0.84, 0.91, 0.98, 1.07), 0.176, (-1.1, 1.2, 0.8, -3.6), 13100, (20.8, 26.4, 27.1, 26.6),
    ),
    Park(
        "YN532822-06", "日升工业集中区（虚构）", "工业集中区", 2012, ("水电和光伏", "茶叶"),
        {"水电和光伏": 52, "茶叶": 48, "建材": 38, "其他": 62},
        66300, (6.8, 8.2, 8.8, 9.4), (59.6, 60.2, 61.0, 62.4, 64.0), 25, (8.1, 8.9, 9.6, 10.2),
        (0.52, 0.57, 0.62, 0.7, 0.79), 0.264, (-0.9, -1.4, -2.1, -1.8), 10400, (16.2, 21.2, 23.6, 24.4),
    ),
    Park(
        "YN532822-07", "福坪片区（虚构）", "产业片区", 2019, ("康养服务", "茶叶"),
        {"康养服务": 61, "茶叶": 39, "旅游文化": 58, "其他": 42},
        15200, (42.0, 26.4), (54.0, 56.2, 58.4), 15, (18.0, 19.6), (0.6, 0.72, 0.88), 0.131, (-1.0, -2.4),
        6200, (48.0, 31.0),
    ),
)  # fmt: skip

CORRECTED_TYPO = ("YN532822-02", 2019, "rd_expenditure_10k_cny")
NOT_FILED = {("YN532822-06", 2018)}
FILED_LATE = {("YN532822-03", 2018): date(2019, 5, 8)}
MISCOPIED = ("YN532822-05", 2020, "rd_expenditure_10k_cny")
EXPLANATIONS = {("YN532822-05", 2020): "上年研究与试验发展经费填报时误抄为初步数，以上年年报为准。"}


@dataclass(frozen=True)
class Figures:
    """The true figures of one park and year: `items` by code, `industries` as rows of their table."""

    items: Mapping[str, Decimal]
    industries: tuple[Mapping[str, Value], ...]


def _grown(park: Park, base: float, growth: Series, year: int) -> float:
    for rate in growth[: year - park.first_year + 1]:
        base *= 1 + rate / 100
    return base


@cache
def figures(code: str, year: int) -> Figures:
    """The true figures of park `code`, from the year before its first filing on; industries add up exactly."""
    park = next(park for park in PARKS if park.code == code)
    state = year - park.first_year + 1
    revenue = money(_grown(park, park.revenue_base, park.growth, year) * wobble(SEED, code, year, "revenue", 0.001))
    industries = _industries(park, year, revenue, park.leading_share[state])
    added = sum((Decimal(str(row["value_added_10k_cny"])) for row in industries), Decimal(0))
    industrial = sum(
        (Decimal(str(row["value_added_10k_cny"])) for row in industries if row["industry"] not in SERVICES), Decimal(0)
    )
    comparable = money(float(industrial) / PRICES_TO_2015[year])
    first = figures(code, park.first_year - 1).items["value_added_10k_cny"] if state else added
    emerging = float(first) * park.emerging_share / 100
    investment = _grown(park, park.investment_base, park.investment_growth, year)
    developed = money(float(revenue) / 62 * 1.02 ** (2017 - year))
    items = {
        "planned_land_mu": money(park.revenue_base / 62 * 2.6),
        "developed_land_mu": developed,
        "revenue_10k_cny": revenue,
        "value_added_10k_cny": added,
        "industrial_value_added_10k_cny": industrial,
        "industrial_value_added_2015_prices_10k_cny": comparable,
        "emerging_value_added_10k_cny": money(_grown(park, emerging, park.emerging_growth, year)),
        "fixed_investment_above_scale_10k_cny": money(investment),
        "rd_expenditure_10k_cny": money(float(added) * park.rd_share[state] / 100),
        "industrial_energy_tce": money(float(comparable) * _grown(park, park.energy_base, park.energy_change, year)),
    }
    return Figures(items, industries)


def _industries(park: Park, year: int, revenue: Decimal, share: float) -> tuple[Mapping[str, Value], ...]:
    leading = money(float(revenue) * share / 100)
    made: list[Mapping[str, Value]] = []
    for inside, total in ((True, leading), (False, revenue - leading)):
        names = [name for name in park.mix if (name in park.leading) == inside]
        weights = [park.mix[name] * wobble(SEED, park.code, year, name, 0.02) for name in names]
        for name, part in zip(names, apportioned(total, weights), strict=True):
            added = money(float(part) * VALUE_ADDED_RATE[name] * wobble(SEED, park.code, year, f"{name}/added", 0.005))
            made.append(
                {
                    "industry": name, "eco_industry": ECO_INDUSTRY[name], "revenue_10k_cny": part,
                    "value_added_10k_cny": added,
                }
            )  # fmt: skip
    return tuple(made)


def as_filed(code: str, year: int) -> dict[str, Decimal]:
    """Column 本年 as the park filed it: one figure ten times too high."""
    items = dict(figures(code, year).items)
    if (code, year) == CORRECTED_TYPO[:2]:
        items[CORRECTED_TYPO[2]] *= 10
    return items


def filing(park: Park, year: int) -> Content:
    """The workbook of one park and year as filed, planted mistakes included."""
    last_year: dict[str, Value] = dict(figures(park.code, year - 1).items)
    if (park.code, year) == MISCOPIED[:2]:
        last_year[MISCOPIED[2]] = figures(park.code, year - 1).items[MISCOPIED[2]] + Decimal("12.50")
    return Content(
        park_code=park.code,
        park_name=park.name,
        year=year,
        notice=NOTICE,
        items={
            "filed_on": FILED_LATE.get((park.code, year)) or filing_day(SEED, park.code, year),
            "prepared_by": "示例填表人",
            "statistics_head": "示例统计负责人",
            "unit_head": "示例单位负责人",
            "explanation": EXPLANATIONS.get((park.code, year)),
            **as_filed(park.code, year),
        },
        last_year_items=last_year,
        records={"industries": figures(park.code, year).industries},
    )


_TOTALS: tuple[tuple[int, ...], ...] = (
    (2017, 982000, 235680, 6088, 512000, 268400, 129906),
    (2018, 1071000, 278460, 7604, 630272, 291200, 137446),
    (2019, 1169000, 327320, 9469, 805280, 316400, 149897),
    (2020, 1262000, 381124, 11232, 1020928, 341700, 155815),
)
_TOTAL_COLUMNS = (
    "year", "gdp_10k_cny", "emerging_value_added_10k_cny", "rd_expenditure_10k_cny",
    "fixed_investment_above_scale_10k_cny", "industrial_value_added_2015_prices_10k_cny", "industrial_energy_tce",
)  # fmt: skip

_ECO_SHARES: Mapping[str, Series] = {
    "特色生物": (22.4, 23.1, 23.8, 24.6), "旅游文化": (12.2, 12.8, 13.4, 13.9), "加工制造": (17.1, 17.4, 17.8, 18.2),
    "健康养生": (6.6, 7.1, 7.5, 8.0), "信息及现代服务": (13.2, 13.6, 14.1, 14.7), "清洁能源": (7.9, 8.2, 8.4, 8.8),
}  # fmt: skip
"""Each industry in percent of GDP."""

_ADMISSION_COLUMNS = (
    "park_code", "project", "reviewed_on", "admitted_on", "investment_intensity_10k_cny_per_ha",
    "required_intensity_10k_cny_per_ha", "plot_ratio", "required_plot_ratio", "building_density_pct",
    "required_density_pct", "energy_tce_per_10k_cny", "energy_limit_tce_per_10k_cny",
)  # fmt: skip
_ADMISSIONS: tuple[tuple[Value, ...], ...] = (
    ("YN532822-01", "普洱茶精深加工（示例）", date(2018, 3, 14), date(2018, 4, 9), 1820, 1250, 1.2, 1.0, 42, 30, 0.21, 0.4),
    ("YN532822-01", "茶多酚提取（示例）", date(2019, 6, 20), date(2019, 7, 16), 2140, 1450, 1.1, 0.8, 40, 30, 0.28, 0.5),
    ("YN532822-02", "雨林康养中心（示例）", date(2019, 4, 11), date(2019, 5, 13), 1560, 1250, 1.0, 0.8, 34, 30, 0.12, 0.3),
    ("YN532822-03", "果蔬冷链加工（示例）", date(2018, 5, 22), date(2018, 6, 19), 1380, 1250, 0.9, 0.8, 36, 30, 0.31, 0.5),
    ("YN532822-03", "蔗渣制板（示例）", date(2019, 8, 15), date(2019, 9, 10), 1120, 1250, 0.7, 0.8, 33, 30, 0.72, 0.6),
    ("YN532822-03", "肉制品加工（示例）", date(2020, 5, 19), date(2020, 6, 16), 1410, 1250, 1.0, 0.8, 38, 30, 0.36, 0.5),
    ("YN532822-04", "加气混凝土（示例）", date(2018, 9, 18), date(2018, 10, 17), 1290, 1250, 0.8, 0.7, 31, 30, 0.58, 0.6),
    ("YN532822-04", "石灰窑扩建（示例）", date(2019, 10, 24), None, 860, 1250, 0.5, 0.7, 28, 30, 1.35, 0.6),
    ("YN532822-05", "边贸仓储分拨（示例）", date(2018, 7, 12), date(2018, 8, 14), 1340, 1250, 1.1, 1.0, 45, 30, 0.09, 0.3),
    ("YN532822-06", "茶园光伏（示例）", date(2020, 3, 17), date(2020, 4, 21), 1680, 1250, 0.8, 0.7, 32, 30, 0.1, 0.3),
    ("YN532822-07", "傣家康养度假（示例）", date(2019, 11, 5), date(2019, 12, 3), 1450, 1250, 0.9, 0.8, 33, 30, 0.11, 0.3),
)  # fmt: skip
"""蔗渣制板 of 03 was admitted below three requirements and above the energy limit; 石灰窑 of 04 was not admitted."""

_EVENT_COLUMNS = ("park_code", "occurred_on", "kind", "severity", "description", "evidence")
_EVENTS: tuple[tuple[Value, ...], ...] = (
    ("YN532822-07", date(2020, 6, 10), "违规招商", "一般", "签约时承诺超出权限的优惠条件", "示例督查通报〔2020〕3 号"),
)


def _rows(columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> list[Mapping[str, Value]]:
    return [dict(zip(columns, row, strict=True)) for row in rows]


def bureau_content() -> Content:
    """The content of the bureau workbook for all years."""
    gdp = {row[0]: row[1] for row in _TOTALS}
    code, year, item = CORRECTED_TYPO
    correction: dict[str, Value] = {
        "park_code": code, "year": year, "item": item, "filed_value": as_filed(code, year)[item],
        "corrected_value": figures(code, year).items[item], "reason": "填报时小数点错位，多填一位",
        "source": "园区更正函（示例〔2020〕4 号）", "approved_by": "示例审核员",
    }  # fmt: skip
    return Content(
        notice=NOTICE,
        records={
            "parks": [
                {
                    "park_code": park.code, "from_year": park.first_year, "name": park.name, "level": "工业园区",
                    "park_type": park.park_type, "region_code": "532822", "region": "勐海县",
                    "approved_year": park.approved_year, "leading_industries": park.leading,
                }
                for park in PARKS
            ],
            "region_totals": _rows(_TOTAL_COLUMNS, _TOTALS),
            "eco_industries": [
                {"year": year, "industry": name, "value_added_10k_cny": money(gdp[year] * shares[year - YEARS[0]] / 100)}
                for year in YEARS
                for name, shares in _ECO_SHARES.items()
            ],
            "admissions": _rows(_ADMISSION_COLUMNS, _ADMISSIONS),
            "events": _rows(_EVENT_COLUMNS, _EVENTS),
            "corrections": [correction],
        },
    )  # fmt: skip


def _workbooks() -> Iterator[Filed]:
    yield file_name("县级汇总"), "bureau", bureau_content()
    for park in PARKS:
        for year in range(park.first_year, YEARS[-1] + 1):
            if (park.code, year) not in NOT_FILED:
                yield f"{year}/{file_name(park.code, park.name)}", "park", filing(park, year)


MENGHAI = Region("menghai", "county-park-annual", _workbooks)
