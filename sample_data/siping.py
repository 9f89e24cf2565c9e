"""Ten invented development zones of 四平 for 2017–2020, filed with `development-zone-annual`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from sample_data import NOTICE
from sample_data.region import Filed, Region
from sample_data.scatter import apportioned, filing_day, money, wobble
from sample_data.siping_registers import registers
from validation.template import Content, Value, file_name

SEED = 20180059
YEARS = range(2017, 2021)
"""Statistics years that are filed; every series below starts the year before, for column 上年."""

Series = tuple[float, ...]

OUTPUT_TO_REVENUE = {
    "装备制造": 0.9, "农产品加工": 0.87, "能源": 0.92, "旅游": 0.2, "光电信息": 0.88, "现代物流": 0.25,
    "医药健康": 0.85, "建筑": 0.35, "建材": 0.9, "化工": 0.93, "其他": 0.7,
}  # fmt: skip


@dataclass(frozen=True)
class Zone:
    """A zone. Revenue in 万元 of the year before the first filing, growth in percent a year from then on; the other
    series are states from 2016 to 2020: concentration and treated sewage in percent, taxes per hectare in 万元, land
    in hectares, outlets as (monitored, of all).
    """

    code: str
    name: str
    level: str
    park_type: str
    region_code: str
    region: str
    approved_year: int
    leading: tuple[str, ...]
    mix: Mapping[str, float]
    revenue_base: float
    growth: Series
    concentration: Series
    taxes_per_ha: float
    industrial_land: Series
    idle: Series
    disposed: Series
    sewage: Series
    monitored: tuple[int, ...]
    outlets: int

    @property
    def first_year(self) -> int:
        return max(YEARS[0], self.approved_year)


ZONES: tuple[Zone, ...] = (
    Zone(
        "JL2203-01", "北泽经济技术开发区（虚构）", "国家级", "开发区", "220302", "铁西区", 2010,
        ("装备制造", "光电信息", "现代物流"),
        {"装备制造": 62, "光电信息": 28, "现代物流": 10, "建材": 40, "化工": 25, "其他": 35},
        1486000, (6.2, 11.4, 12.6, 13.1), (71.2, 72.1, 73.0, 74.6, 75.9), 152,
        (402, 408, 417, 426, 436), (4.6, 4.1, 2.8, 1.6, 0.9), (1.0, 2.0, 2.6, 2.2, 1.5),
        (100, 100, 100, 100, 100), (24, 24, 25, 26, 26), 26,
    ),
    Zone(
        "JL2203-02", "云杉经济技术开发区（虚构）", "国家级", "开发区", "220303", "铁东区", 2013,
        ("农产品加工", "医药健康", "能源"),
        {"农产品加工": 55, "医药健康": 30, "能源": 15, "建材": 45, "建筑": 20, "其他": 35},
        968000, (4.8, 6.9, 8.4, 9.6), (64.8, 65.6, 66.9, 69.2, 71.8), 118,
        (318, 322, 326, 339, 348), (7.9, 7.2, 6.4, 4.9, 3.2), (0.6, 1.1, 1.4, 2.1, 2.4),
        (97.2, 98.0, 98.8, 99.6, 100), (15, 16, 17, 18, 18), 18,
    ),
    Zone(
        "JL2203-03", "白桦工业集中区（虚构）", "省级", "工业集中区", "220381", "公主岭市", 2006,
        ("装备制造", "农产品加工"),
        {"装备制造": 70, "农产品加工": 30, "建材": 50, "其他": 50},
        512000, (7.1, 12.2, 13.4, 14.2), (70.4, 71.3, 72.6, 73.8, 75.1), 141,
        (161, 164, 169, 175, 182), (2.1, 1.8, 1.2, 0.6, 0), (0.8, 1.0, 1.1, 1.0, 0.6),
        (100, 100, 100, 100, 100), (11, 11, 12, 12, 12), 12,
    ),
    Zone(
        "JL2203-04", "青禾经济开发区（虚构）", "省级", "开发区", "220322", "梨树县", 2005,
        ("农产品加工",),
        {"农产品加工": 100, "建材": 45, "现代物流": 20, "其他": 35},
        286000, (3.9, 6.4, 7.2, 9.8), (52.0, 52.8, 53.9, 55.2, 57.4), 76,
        (142, 145, 147, 149, 156), (9.4, 11.6, 12.8, 11.9, 4.2), (0.3, 0.4, 0.5, 1.6, 8.1),
        (97.4, 98.2, 98.9, 100, 100), (7, 8, 9, 9, 9), 9,
    ),
    Zone(
        "JL2203-05", "柳林工业集中区（虚构）", "省级", "工业集中区", "220323", "伊通满族自治县", 2008,
        ("医药健康", "建材"),
        {"医药健康": 64, "建材": 36, "旅游": 15, "其他": 85},
        241000, (5.2, 8.1, 8.8, 10.1), (46.1, 46.8, 47.7, 48.9, 50.3), 92,
        (98, 100, 103, 106, 110), (3.4, 3.1, 2.7, 2.2, 1.8), (0.5, 0.6, 0.7, 0.8, 0.7),
        (88.0, 89.6, 91.2, 93.4, 100), (4, 5, 6, 7, 8), 8,
    ),
    Zone(
        "JL2203-06", "松岗经济开发区（虚构）", "省级", "开发区", "220382", "双辽市", 2009,
        ("能源", "建材"),
        {"能源": 58, "建材": 42, "农产品加工": 55, "其他": 45},
        334000, (5.9, 9.2, 9.9, 10.8), (58.4, 59.1, 60.2, 61.3, 62.6), 104,
        (131, 133, 137, 140, 144), (2.6, 2.4, 2.0, 1.5, 1.1), (0.6, 0.7, 0.9, 1.0, 0.9),
        (98.4, 99.0, 99.6, 100, 100), (8, 9, 10, 10, 10), 10,
    ),
    Zone(
        "JL2203-07", "长坡工业集中区（虚构）", "省级", "工业集中区", "220322", "梨树县", 2011,
        ("化工",),
        {"化工": 100, "建材": 60, "其他": 40},
        168000, (1.9, 1.2, 0.8, 1.6), (36.2, 35.8, 35.1, 34.6, 36.8), 51,
        (88, 89, 90, 91, 92), (3.9, 4.1, 4.3, 4.4, 4.0), (0.1, 0.1, 0.2, 0.2, 0.7),
        (95.2, 95.4, 95.6, 95.9, 96.4), (4, 4, 5, 5, 6), 8,
    ),
    Zone(
        "JL2203-08", "新泉产业园区（虚构）", "其他", "产业园区", "220303", "铁东区", 2018,
        ("光电信息",),
        {"光电信息": 100, "现代物流": 40, "其他": 60},
        42000, (38.0, 24.0, 16.5), (55.0, 58.0, 60.4, 62.2), 64,
        (18, 22, 27, 31), (0, 0, 0, 0), (0, 0, 0, 0),
        (96.0, 96.4, 100, 100), (2, 2, 4, 4), 4,
    ),
    Zone(
        "JL2203-09", "芦河产业园区（虚构）", "其他", "产业园区", "220382", "双辽市", 2012,
        ("农产品加工", "建材"),
        {"农产品加工": 66, "建材": 34, "其他": 100},
        127000, (6.4, 10.3, 11.2, 12.4), (44.2, 45.1, 46.3, 47.2, 48.6), 88,
        (52, 53, 55, 57, 62), (1.3, 1.1, 0.8, 0.4, 0), (0.4, 0.5, 0.5, 0.6, 0.4),
        (99.0, 100, 100, 100, 100), (5, 5, 5, 5, 5), 5,
    ),
    Zone(
        "JL2203-10", "金梁产业园区（虚构）", "其他", "产业园区", "220302", "铁西区", 2009,
        ("建筑",),
        {"建筑": 100, "建材": 65, "其他": 35},
        94000, (3.2, 4.6, 4.1, 6.3), (38.6, 38.9, 39.4, 39.8, 40.6), 58,
        (47, 48, 48, 49, 50), (1.9, 1.9, 1.8, 1.7, 1.4), (0.1, 0.2, 0.2, 0.2, 0.4),
        (96.8, 97.4, 98.0, 98.6, 99.1), (3, 3, 3, 4, 4), 4,
    ),
)  # fmt: skip

CORRECTED_TYPO = ("JL2203-10", 2018, "taxes_10k_cny")
UNCORRECTED_ERROR = ("JL2203-06", 2019, "monitored_outlets_count")
FILED_LATE = {("JL2203-02", 2018): date(2019, 5, 10)}
EXPLANATIONS = {("JL2203-07", 2018): "主导产业化工企业搬迁改造，营业收入增速回落。"}


@dataclass(frozen=True)
class Figures:
    """The true figures of one zone and year: `items` by code, `industries` as rows of their table."""

    items: Mapping[str, Decimal | int]
    industries: tuple[Mapping[str, Value], ...]


def _at(zone: Zone, series: tuple[float, ...], year: int) -> float:
    return series[year - zone.first_year + 1]


@cache
def figures(code: str, year: int) -> Figures:
    """The true figures of zone `code`, from the year before its first filing on; industries add up exactly."""
    zone = next(zone for zone in ZONES if zone.code == code)
    revenue = zone.revenue_base
    for rate in zone.growth[: year - zone.first_year + 1]:
        revenue *= 1 + rate / 100
    total = money(revenue * wobble(SEED, code, year, "revenue", 0.001))
    industries = _industries(zone, year, total)
    land = _at(zone, zone.industrial_land, year)
    sewage = round(float(total) * 2.1 * wobble(SEED, code, year, "sewage", 0.02))
    taxes = land * zone.taxes_per_ha * 1.03 ** (year - 2017) * wobble(SEED, code, year, "taxes", 0.01)
    items: dict[str, Decimal | int] = {
        "planned_land_ha": money(zone.industrial_land[-1] * 2.4),
        "supplied_land_ha": money(land * 1.52),
        "industrial_land_ha": money(land),
        "idle_land_ha": money(_at(zone, zone.idle, year)),
        "idle_disposed_ha": money(_at(zone, zone.disposed, year)),
        "revenue_10k_cny": total,
        "industrial_output_10k_cny": sum((Decimal(str(row["output_10k_cny"])) for row in industries), Decimal(0)),
        "taxes_10k_cny": money(taxes),
        "fixed_investment_10k_cny": money(float(total) * 0.12 * wobble(SEED, code, year, "investment", 0.06)),
        "employees_persons": round(float(total) / 92 * wobble(SEED, code, year, "employees", 0.01)),
        "sewage_produced_m3": sewage,
        "sewage_treated_m3": round(sewage * _at(zone, zone.sewage, year) / 100),
        "outlets_count": zone.outlets,
        "monitored_outlets_count": int(_at(zone, zone.monitored, year)),
    }
    return Figures(items, industries)


def _industries(zone: Zone, year: int, revenue: Decimal) -> tuple[Mapping[str, Value], ...]:
    leading = money(float(revenue) * _at(zone, zone.concentration, year) / 100)
    made: list[Mapping[str, Value]] = []
    for inside, total in ((True, leading), (False, revenue - leading)):
        names = [name for name in zone.mix if (name in zone.leading) == inside]
        weights = [zone.mix[name] * wobble(SEED, zone.code, year, name, 0.02) for name in names]
        for name, part in zip(names, apportioned(total, weights), strict=True):
            output = money(
                float(part) * OUTPUT_TO_REVENUE[name] * wobble(SEED, zone.code, year, f"{name}/output", 0.01)
            )
            made.append({"industry": name, "revenue_10k_cny": part, "output_10k_cny": output})
    return tuple(made)


def as_filed(code: str, year: int) -> Mapping[str, Decimal | int]:
    """Column 本年 as the zone filed it: one figure ten times too high, one more monitored outlet than there are."""
    items = dict(figures(code, year).items)
    if (code, year) == CORRECTED_TYPO[:2]:
        items[CORRECTED_TYPO[2]] *= 10
    if (code, year) == UNCORRECTED_ERROR[:2]:
        items[UNCORRECTED_ERROR[2]] = int(items["outlets_count"]) + 3
    return items


def _corrections() -> list[Mapping[str, Value]]:
    code, year, item = CORRECTED_TYPO
    row: dict[str, Value] = {
        "park_code": code, "year": year, "item": item, "filed_value": as_filed(code, year)[item],
        "corrected_value": figures(code, year).items[item], "reason": "填报时小数点错位，多填一位",
        "source": "开发区更正函（示例〔2019〕5 号）", "approved_by": "示例审核员",
    }  # fmt: skip
    return [row]


def _register_of_zones() -> list[Mapping[str, Value]]:
    return [
        {
            "park_code": zone.code, "from_year": zone.first_year, "name": zone.name, "level": zone.level,
            "park_type": zone.park_type, "region_code": zone.region_code, "region": zone.region,
            "approved_year": zone.approved_year, "leading_industries": zone.leading,
        }
        for zone in ZONES
    ]  # fmt: skip


def _region_totals() -> list[Mapping[str, Value]]:
    shares = {2017: 0.382, 2018: 0.391, 2019: 0.402, 2020: 0.414}
    parks = {
        year: sum(
            float(figures(zone.code, year).items["industrial_output_10k_cny"])
            for zone in ZONES
            if year >= zone.first_year
        )
        for year in YEARS
    }
    return [{"year": year, "industrial_output_10k_cny": money(parks[year] / shares[year])} for year in YEARS]


def filing(zone: Zone, year: int) -> Content:
    """The workbook of one zone and year as filed, planted mistakes included."""
    return Content(
        park_code=zone.code,
        park_name=zone.name,
        year=year,
        notice=NOTICE,
        items={
            "filed_on": FILED_LATE.get((zone.code, year)) or filing_day(SEED, zone.code, year),
            "prepared_by": "示例填表人",
            "statistics_head": "示例统计负责人",
            "unit_head": "示例单位负责人",
            "explanation": EXPLANATIONS.get((zone.code, year)),
            **as_filed(zone.code, year),
        },
        last_year_items=dict(figures(zone.code, year - 1).items),
        records={"industries": figures(zone.code, year).industries},
    )


def _workbooks() -> Iterator[Filed]:
    own = {"parks": _register_of_zones(), "region_totals": _region_totals(), "corrections": _corrections()}
    yield file_name("市级汇总"), "bureau", Content(notice=NOTICE, records={**registers(), **own})
    for zone in ZONES:
        for year in range(zone.first_year, YEARS[-1] + 1):
            yield f"{year}/{file_name(zone.code, zone.name)}", "park", filing(zone, year)


SIPING = Region("siping", "development-zone-annual", _workbooks)
