"""The region chengdu: workbooks of nine invented zones and the bureau for 2017–2020, with their planted stories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache

from sample_data import NOTICE, scatter
from sample_data.chengdu_zones import FIRST_YEAR, YEARS, ZONES, Zone
from sample_data.course import Course
from sample_data.region import Filed, Region
from sample_data.scatter import apportioned, filing_day, money
from validation.template import Content, Value, file_name

SEED = 20180111
SQUARE_METRES = 10000

UNCORRECTED = ("SC5101-07", 2020, "leading_industry_enterprises_count")
CORRECTED = ("SC5101-03", 2018, "patent_pledge_loans_10k_cny")
FILED_LATE = {("SC5101-08", 2019): date(2020, 5, 18)}

_MILESTONES = ("总体规划", "控制性详细规划", "项目准入目录", "新型人才工作站")
_CITY_MILESTONES = (
    ("产业园区设计规划导则", date(2018, 1, 29)),
    ("人才信息库", date(2018, 7, 16)),
    ("指标体系", date(2018, 9, 30)),
    ("政策体系", date(2018, 11, 16)),
    ("统计体系", date(2018, 12, 20)),
    ("考核体系", date(2019, 2, 26)),
)
_MODEL_ZONES = (("SC5101-01", date(2019, 8, 20)), ("SC5101-03", date(2019, 8, 20)))
_EVENTS = (
    ("SC5101-06", date(2019, 7, 9), "安全生产事故", "较大", "生产车间火灾，3 人死亡", "示例调查报告〔2019〕6 号"),
)
_SHARE_OF_TAXES = {2017: "9.10", 2018: "9.62", 2019: "9.95", 2020: "10.30"}
_KINDS = ("标准厂房", "专业楼宇", "甲级写字楼", "其他商业办公楼宇")


@dataclass(frozen=True)
class Figures:
    """One zone, one year: `items` by item code, the tables of its workbook by form code."""

    items: Mapping[str, Decimal | int]
    records: Mapping[str, Sequence[Mapping[str, Value]]]


@cache
def figures(code: str, year: int) -> Figures:
    """The true figures of zone `code` in `year`, from the year before the first report on."""
    zone = next(zone for zone in ZONES if zone.course.code == code)
    park = zone.course
    revenue = money(park.revenue_in(year) * _wobble(park, year, "revenue", 0.002))
    developed = money(
        park.revenue_in(YEARS[-1]) / park.ratio("per_mu", YEARS[-1]) * (0.88 + 0.03 * (year - FIRST_YEAR))
    )
    first, growth = zone.enterprises
    enterprises = round(first * growth ** (year - FIRST_YEAR))
    others = round(first * growth ** (year - 1 - FIRST_YEAR) * (1 - park.ratio("leading_firms", year) / 100))
    step = max(year - FIRST_YEAR, 0)
    items: dict[str, Decimal | int] = {
        "revenue_10k_cny": revenue,
        "taxes_10k_cny": money(float(revenue) * park.ratio("tax_rate", year) / 100),
        "employees_persons": round(float(revenue) / park.ratio("per_person", year)),
        "developed_land_mu": developed,
        "enterprises_count": enterprises,
        "leading_industry_enterprises_count": round(enterprises * park.ratio("leading_firms", year) / 100),
        "moved_out_enterprises_count": round(others * park.ratio("moved_out", year) / 100),
        "new_economy_enterprises_added": zone.added[step],
        "unicorn_enterprises": zone.unicorns[step],
        "patent_pledge_loans_10k_cny": money(zone.pledged[step] * 10000 * _wobble(park, year, "pledge", 0.01)),
    }
    tables = {
        "industries": _industries(park, year, revenue),
        "buildings": _buildings(zone, year),
        "vacant_parcels": _parcels(zone, year),
    }
    return Figures(items, tables)


def _wobble(park: Course, year: int, what: str, spread: float) -> float:
    return scatter.wobble(SEED, park.code, year, what, spread)


def _industries(park: Course, year: int, revenue: Decimal) -> list[Mapping[str, Value]]:
    leading = money(float(revenue) * park.ratio("leading_share", year) / 100)
    rows: list[Mapping[str, Value]] = []
    for total, own in ((leading, True), (revenue - leading, False)):
        group = [name for name in park.mix if (name in park.leading) == own]
        weights = [park.mix[name] * _wobble(park, year, name, 0.02) for name in group]
        parts = apportioned(total, weights)
        rows += [{"industry": name, "revenue_10k_cny": part} for name, part in zip(group, parts, strict=True)]
    return rows


def _buildings(zone: Zone, year: int) -> list[Mapping[str, Value]]:
    """All buildings completed by the end of `year`, one per kind and year of completion."""
    park = zone.course
    rows: list[Mapping[str, Value]] = []
    for kind, areas in zip(_KINDS, (zone.factories, zone.specialised, zone.grade_a, zone.other), strict=True):
        for built, area in zip(YEARS, areas, strict=True):
            if not area or built > year:
                continue
            floor = round(area * SQUARE_METRES * _wobble(park, built, kind, 0.01))
            row: dict[str, Value] = {
                "building": f"{park.code[-2:]}-{built}-{_KINDS.index(kind) + 1}",
                "kind": kind,
                "floor_area_m2": floor,
                "completed_on": date(built, 3 + int(park.code[-1]) % 8, 12),
            }
            if kind != "标准厂房":
                rate = park.ratio("occupancy", year) * (0.6 if built == year else 1)
                row["held_area_m2"] = round(floor * park.ratio("held", built) / 100)
                row["occupied_area_m2"] = round(floor * rate / 100 * _wobble(park, year, f"{kind}{built}", 0.01))
            if kind == "甲级写字楼":
                row["graded_on"] = date(built, 11, 20)
            rows.append(row)
    return rows


def _parcels(zone: Zone, year: int) -> list[Mapping[str, Value]]:
    """Parcels on the list of `year`: listed by its end and not yet gone before it."""
    return [
        {
            "parcel": parcel, "kind": kind, "area_mu": area,
            "assessed_on": assessed if assessed and assessed.year <= year else None,
            "exited_on": exited if exited and exited.year <= year else None,
        }
        for parcel, kind, area, since, assessed, exited in zone.parcels
        if since.year <= year and (exited is None or exited.year >= year)
    ]  # fmt: skip


def as_filed(code: str, year: int) -> Figures:
    """The figures as the zone filed them: two of them with a misplaced decimal point."""
    true = figures(code, year)
    for park, of_year, item in (CORRECTED, UNCORRECTED):
        if (park, of_year) == (code, year):
            true = replace(true, items={**true.items, item: true.items[item] * 10})
    return true


def _filing(park: Course, year: int) -> Content:
    filed = as_filed(park.code, year)
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
        records=filed.records,
    )


def _bureau() -> Content:
    code, year, item = CORRECTED
    correction: dict[str, Value] = {
        "park_code": code, "year": year, "item": item, "filed_value": as_filed(code, year).items[item],
        "corrected_value": figures(code, year).items[item], "reason": "填报时小数点错位，多填一位",
        "source": "更正函（示例〔2019〕4 号）", "approved_by": "示例审核员",
    }  # fmt: skip
    records: dict[str, Sequence[Mapping[str, Value]]] = {
        "parks": [row for zone in ZONES for row in _registrations(zone.course)],
        "region_totals": [{"year": year, "taxes_10k_cny": _city_taxes(year)} for year in YEARS],
        "milestones": [
            {"park_code": zone.course.code, "milestone": milestone, "done_on": day}
            for zone in ZONES
            for milestone, day in zip(_MILESTONES, zone.done, strict=True)
        ],
        "agreements": [
            {"park_code": zone.course.code, "partner": partner, "partner_kind": kind, "signed_on": day}
            for zone in ZONES
            for partner, kind, day in zone.agreements
        ],
        "city_milestones": _rows(("milestone", "done_on"), _CITY_MILESTONES),
        "model_zones": _rows(("park_code", "recognised_on"), _MODEL_ZONES),
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


def _city_taxes(year: int) -> Decimal:
    zones = sum((Decimal(figures(zone.course.code, year).items["taxes_10k_cny"]) for zone in ZONES), Decimal(0))
    return money(100 * float(zones) / float(_SHARE_OF_TAXES[year]))


def _rows(columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> list[Mapping[str, Value]]:
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _workbooks() -> Iterator[Filed]:
    yield file_name("市级汇总"), "bureau", _bureau()
    for zone in ZONES:
        for year in YEARS:
            yield f"{year}/{file_name(zone.course.code, zone.course.name)}", "park", _filing(zone.course, year)


CHENGDU = Region("chengdu", "zone-annual", _workbooks)
