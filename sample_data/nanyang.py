"""The region nanyang: workbooks of ten invented 产业集聚区 and the bureau for 2009–2013, with their planted stories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache

from sample_data import NOTICE, scatter
from sample_data.course import Course
from sample_data.nanyang_parks import PARKS, YEARS
from sample_data.region import Filed, Region
from sample_data.scatter import apportioned, filing_day, money
from validation.template import Content, Value, file_name

SEED = 20090704
SQUARE_METRES_PER_MU = 10000 / 15

CORRECTED = ("HN4113-08", 2012, "rd_expenditure_10k_cny")
UNCORRECTED = ("HN4113-09", 2011, "college_employees_persons")
FILED_LATE = {("HN4113-06", 2011): date(2012, 5, 9)}

_PARCELS: Mapping[str, Sequence[tuple[str, int, date, date | None]]] = {
    "HN4113-03": (("TB-2007-017", 320, date(2009, 9, 15), date(2013, 5, 20)),),
    "HN4113-05": (("NZ-2008-004", 145, date(2011, 11, 8), None),),
    "HN4113-07": (("XY-2010-011", 60, date(2012, 3, 2), date(2013, 8, 6)),),
}
_PROJECTS: tuple[tuple[str, str, str, int, date | None], ...] = (
    ("HN4113-01", "光电器件基地（示例）", "基地型", 168000, date(2009, 10, 12)),
    ("HN4113-01", "新能源装备总装（示例）", "龙头型", 132000, date(2011, 4, 18)),
    ("HN4113-02", "重型装备制造（示例）", "龙头型", 154000, date(2010, 3, 22)),
    ("HN4113-02", "原料药基地（示例）", "基地型", 61000, date(2012, 9, 5)),
    ("HN4113-03", "碱硝联合化工（示例）", "基地型", 96000, date(2010, 6, 30)),
    ("HN4113-04", "果蔬食品深加工（示例）", "龙头型", 58000, date(2010, 5, 14)),
    ("HN4113-04", "纺织服装产业基地（示例）", "基地型", 83000, date(2012, 2, 27)),
    ("HN4113-05", "水泥粉磨站（示例）", "其他", 52000, date(2009, 8, 20)),
    ("HN4113-06", "区域物流枢纽（示例）", "基地型", 74000, date(2011, 7, 11)),
    ("HN4113-07", "出口服装加工（示例）", "基地型", 43000, date(2011, 3, 16)),
    ("HN4113-08", "生物制品孵化基地（示例）", "基地型", 56000, date(2011, 10, 24)),
    ("HN4113-10", "风电塔筒制造（示例）", "龙头型", 67000, date(2012, 4, 9)),
)
_PLANS = ("产业发展规划", "总体规划", "土地利用规划", "控制性详细规划", "规划环评")
_APPROVED: Mapping[str, Sequence[date | None]] = {
    "HN4113-05": (date(2009, 12, 10), date(2010, 6, 4), date(2011, 3, 8), None, None),
    "HN4113-07": (date(2009, 11, 5), date(2010, 8, 18), date(2011, 5, 26), date(2012, 9, 13), None),
    "HN4113-09": (date(2010, 3, 19), date(2011, 4, 22), date(2012, 6, 14), date(2013, 10, 17), date(2013, 11, 21)),
}
_USUALLY_APPROVED = (
    date(2009, 9, 28), date(2009, 12, 21), date(2010, 4, 16), date(2010, 10, 26), date(2011, 5, 12),
)  # fmt: skip
_EVENTS = (
    ("HN4113-02", date(2012, 7, 3), "安全生产事故", "一般", "吊装作业事故，1 人受伤", "示例事故通报〔2012〕8 号"),
    ("HN4113-06", date(2012, 11, 14), "安全生产事故", "较大", "仓储火灾，3 人死亡", "示例调查报告〔2012〕3 号"),
    ("HN4113-10", date(2013, 9, 10), "统计数据失实", "一般", "虚报企业产值，执法检查查实", "示例统计执法〔2013〕5 号"),
    ("HN4113-08", date(2011, 6, 22), "擅自扩区移位", "一般", "在批准范围外安排项目用地", "示例规划督察〔2011〕2 号"),
)
_PARKS_SHARE_OF_VALUE_ADDED = {2009: "24.60", 2010: "26.10", 2011: "28.05", 2012: "30.20", 2013: "32.70"}


@dataclass(frozen=True)
class Figures:
    """One park, one year: `items` by item code, `industries` as rows of their form."""

    items: Mapping[str, Decimal | int]
    industries: Sequence[Mapping[str, Value]]


@cache
def figures(code: str, year: int) -> Figures:
    """The true figures of park `code` in `year`, from the year before the first report on."""
    park = next(park for park in PARKS if park.code == code)
    revenue = money(park.revenue_in(year) * _wobble(park, year, "revenue", 0.002))
    leading = money(float(revenue) * park.ratio("leading_share", year) / 100 * _wobble(park, year, "leading", 0.004))
    rows: list[Mapping[str, Value]] = []
    for total, own in ((leading, True), (revenue - leading, False)):
        group = [name for name in park.mix if (name in park.leading) == own]
        weights = [park.mix[name] * _wobble(park, year, name, 0.02) for name in group]
        rows += [
            {"industry": name, "revenue_10k_cny": part}
            for name, part in zip(group, apportioned(total, weights), strict=True)
        ]
    items = {"revenue_10k_cny": revenue, **_land(park, year, revenue), **_economy(park, year, revenue)}
    return Figures(items, rows)


def _wobble(park: Course, year: int, what: str, spread: float) -> float:
    return scatter.wobble(SEED, park.code, year, what, spread)


def _land(park: Course, year: int, revenue: Decimal) -> dict[str, Decimal | int]:
    developed = money(float(revenue) / park.ratio("per_mu", year))
    enterprise = money(float(developed) * park.ratio("land_share", year) / 100)
    floor = float(enterprise) * SQUARE_METRES_PER_MU * park.ratio("plot_ratio", year)
    return {
        "planned_land_mu": Decimal(round(park.revenue_in(YEARS[-1]) / park.ratio("per_mu", YEARS[-1]) * 1.4)),
        "developed_land_mu": developed,
        "enterprise_land_mu": enterprise,
        "floor_area_m2": money(floor),
        "green_area_mu": money(float(enterprise) * park.ratio("green", year) / 100),
        "office_living_land_mu": money(float(enterprise) * park.ratio("office", year) / 100),
        "standard_factory_m2": money(floor * 0.08 * _wobble(park, 0, "factory", 0.4)),
    }


def _economy(park: Course, year: int, revenue: Decimal) -> dict[str, Decimal | int]:
    total = float(revenue)
    value_added = money(total * park.ratio("value_added_rate", year) / 100)
    investment = money(total * park.ratio("investment_rate", year) / 100 * _wobble(park, year, "investment", 0.04))
    enterprise_land = total / park.ratio("per_mu", year) * park.ratio("land_share", year) / 100
    employees = round(total / park.ratio("per_person", year))
    outside = money(float(investment) * park.ratio("outside", year) / 100)
    water = round(float(value_added) * park.ratio("water", year))
    discharged = round(water * 0.42)
    return {
        "industrial_value_added_10k_cny": value_added,
        "fixed_investment_10k_cny": investment,
        "cumulative_investment_10k_cny": money(enterprise_land * park.ratio("investment_per_mu", year)),
        "taxes_10k_cny": money(total * park.ratio("tax_rate", year) / 100),
        "employees_persons": employees,
        "college_employees_persons": round(employees * park.ratio("college", year) / 100),
        "senior_talents_persons": round(employees * park.ratio("talents", year) / 10000),
        "rd_expenditure_10k_cny": money(total * park.ratio("rd", year) / 100),
        "provincial_platforms_count": round(park.ratio("provincial_platforms", year)),
        "city_platforms_count": round(park.ratio("city_platforms", year)),
        "outside_capital_10k_cny": outside,
        "foreign_capital_10k_cny": money(float(outside) * park.ratio("foreign", year) / 100),
        "exports_10k_cny": money(total * park.ratio("exports", year) / 100),
        "energy_tce": money(float(value_added) * park.ratio("energy", year)),
        "water_used_m3": water,
        "water_reused_m3": round(water * park.ratio("reuse", year) / 100),
        "wastewater_discharged_m3": discharged,
        "wastewater_compliant_m3": round(discharged * park.ratio("compliant", year) / 100),
    }


def as_filed(code: str, year: int) -> Figures:
    """The figures in column 本年 as the park filed them: two of them with a misplaced decimal point."""
    true = figures(code, year)
    for park, of_year, item in (CORRECTED, UNCORRECTED):
        if (park, of_year) == (code, year):
            true = replace(true, items={**true.items, item: true.items[item] * 10})
    return true


def _filing(park: Course, year: int) -> Content:
    filed = as_filed(park.code, year)
    parcels = [
        {"parcel": parcel, "area_mu": area, "idle_since": since, "recovered_on": recovered}
        for parcel, area, since, recovered in _PARCELS.get(park.code, ())
        if since.year <= year and (recovered is None or recovered.year >= year)
    ]
    known = [row | {"recovered_on": _by(row["recovered_on"], year)} for row in parcels]
    signed: dict[str, Value] = {
        "filed_on": FILED_LATE.get((park.code, year)) or filing_day(SEED, park.code, year),
        "prepared_by": "示例填表人",
        "statistics_head": "示例统计负责人",
        "unit_head": "示例单位负责人",
    }
    return Content(
        park_code=park.code,
        park_name=park.name,
        year=year,
        notice=NOTICE,
        items={**signed, **filed.items},
        last_year_items=dict(figures(park.code, year - 1).items),
        records={"industries": filed.industries, "idle_parcels": known},
    )


def _by(day: Value, year: int) -> Value:
    """`day` as known at the end of `year`."""
    return day if isinstance(day, date) and day.year <= year else None


def _bureau() -> Content:
    code, year, item = CORRECTED
    correction: dict[str, Value] = {
        "park_code": code, "year": year, "item": item, "filed_value": as_filed(code, year).items[item],
        "corrected_value": figures(code, year).items[item], "reason": "填报时小数点错位，多填一位",
        "source": "集聚区更正函（示例〔2013〕6 号）", "approved_by": "示例审核员",
    }  # fmt: skip
    records: dict[str, Sequence[Mapping[str, Value]]] = {
        "parks": [row for park in PARKS for row in _registrations(park)],
        "region_totals": [{"year": year, "industrial_value_added_10k_cny": _city_total(year)} for year in YEARS],
        "projects": _rows(("park_code", "project", "kind", "investment_10k_cny", "started_on"), _PROJECTS),
        "plans": [
            {"park_code": park.code, "plan": plan, "approved_on": day}
            for park in PARKS
            for plan, day in zip(_PLANS, _APPROVED.get(park.code, _USUALLY_APPROVED), strict=True)
            if day
        ],
        "reviews": [
            {
                "park_code": park.code,
                "year": year,
                "service_score": round(park.ratio("service", year)),
                "judged_by": "领导小组办公室",
                "judged_on": date(year + 1, 4, 20),
            }
            for park in PARKS
            for year in YEARS[1:]
        ],
        "events": _rows(("park_code", "occurred_on", "kind", "severity", "description", "evidence"), _EVENTS),
        "corrections": [correction],
    }
    return Content(notice=NOTICE, records=records)


def _registrations(park: Course) -> Iterator[Mapping[str, Value]]:
    for from_year, level in park.levels.items():
        yield {
            "park_code": park.code, "from_year": from_year, "name": park.name, "level": level,
            "park_type": park.park_type, "region_code": park.region_code, "region": park.region,
            "approved_year": park.approved_year, "leading_industries": park.leading,
        }  # fmt: skip


def _city_total(year: int) -> Decimal:
    parks = sum(
        (Decimal(figures(park.code, year).items["industrial_value_added_10k_cny"]) for park in PARKS), Decimal(0)
    )
    return money(100 * float(parks) / float(_PARKS_SHARE_OF_VALUE_ADDED[year]))


def _rows(columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> list[Mapping[str, Value]]:
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _workbooks() -> Iterator[Filed]:
    yield file_name("市级汇总"), "bureau", _bureau()
    for park in PARKS:
        for year in YEARS:
            yield f"{year}/{file_name(park.code, park.name)}", "park", _filing(park, year)


NANYANG = Region("nanyang", "cluster-annual", _workbooks)
