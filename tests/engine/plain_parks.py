"""Parks that reach every target exactly, as trusted statistics, and the few figures in which a case makes them differ.

Of such a park in year t after 2020: revenue 320,000 万元 × 1.15^t, per mu what its level asks for; enterprises of all kinds
10 × (1 + t/5); R&D 2 % of revenue; intensities fall by 3 % a year; all sewage and waste treated; output such that all parks
together rise by 2 percentage points of the region a year. So it scores 100, and a case takes points away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

import polars as pl

from scoring.evaluation import Trusted
from validation.forms import load_form_set
from validation.statistics import FILINGS, ITEMS, RECORDS, REFUSED

FORM_SET = load_form_set("park-annual")
PER_MU = {"国家级": 600, "省级": 400, "州级": 300}
MICRO = Decimal("0.000001")


@dataclass(frozen=True)
class Park:
    """`figures` hold in every year, `years` in one; None is a figure left empty. `per_mu` sets the land."""

    name: str
    level: str = "州级"
    approved_year: int = 2010
    figures: Mapping[str, Any] = field(default_factory=dict)
    years: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    industries: Mapping[str, float] = field(default_factory=lambda: {"普洱茶": 100})
    leading: str = "普洱茶"
    refused: Sequence[int] = ()
    late_days: Mapping[int, int] = field(default_factory=dict)
    talents: int = 3
    projects: int = 2
    investment: float = 60000
    events: Sequence[Mapping[str, Any]] = ()
    level_from: Mapping[int, str] = field(default_factory=dict)


def figures_of(park: Park, year: int) -> dict[str, Decimal | None]:
    """The items of one park and year."""
    since = year - 2020
    revenue = Decimal(320000) * Decimal("1.15") ** since
    grown, falling = 10 * (1 + Decimal(since) / 5), Decimal("0.97") ** since
    made: dict[str, Any] = {
        "planned_land_mu": 20000, "developed_land_mu": 10000, "idle_land_mu": 0,
        "industrial_output_10k_cny": 1000 * (1 + Decimal(since) / 20),
        "industrial_value_added_10k_cny": 300, "industrial_value_added_2020_prices_10k_cny": 100000,
        "revenue_10k_cny": revenue, "fixed_investment_10k_cny": 1000, "taxes_10k_cny": 100, "profit_10k_cny": 100,
        "employees_persons": 1000, "industrial_enterprises_count": grown, "enterprises_above_scale_count": 5,
        "leading_enterprises_count": grown, "high_tech_enterprises_count": grown,
        "rd_expenditure_10k_cny": 3200 * Decimal("1.15") ** since,
        "national_research_centres_count": 0, "provincial_research_centres_count": 1,
        "industrial_energy_tce": 100000 * falling, "industrial_water_m3": 1000000 * falling,
        "sewage_produced_m3": 1000, "sewage_treated_m3": 1000, "solid_waste_produced_t": 1000,
        "solid_waste_disposed_t": 1000, "imports_10k_cny": 500 * Decimal("1.15") ** since,
        "exports_10k_cny": 500 * Decimal("1.15") ** since,
    }  # fmt: skip
    changed = {**park.figures, **park.years.get(year, {})}
    level = next((park.level_from[one] for one in sorted(park.level_from, reverse=True) if one <= year), park.level)
    per_mu = Decimal(str(changed.pop("per_mu", PER_MU[level])))
    made |= changed
    total = made["revenue_10k_cny"]
    made.setdefault("revenue_above_scale_10k_cny", total)
    made.setdefault("rd_expenditure_above_scale_10k_cny", None if total is None else Decimal(str(total)) / 50)
    if "developed_industrial_land_mu" not in made:
        land = None if total is None else (Decimal(str(total)) / per_mu).quantize(MICRO, ROUND_DOWN)
        made["developed_industrial_land_mu"] = land
    return {code: None if value is None else Decimal(str(value)).quantize(MICRO) for code, value in made.items()}


def trusted(parks: Sequence[Park], year: int, outputs: Mapping[int, float] | None = None) -> Trusted:
    """What these parks filed for 2020 to `year`; `outputs` replaces the region's output of some years."""
    items, records, filings, refused = [], [], [], []
    for place, park in enumerate(parks):
        code = code_of(place)
        records += _register(park, code, place)
        records += _bureau(park, code, place)
        for one in range(max(2020, park.approved_year), year + 1):
            filed = figures_of(park, one)
            items += [_item(code, one, item, filed.get(item)) for item, form in _numeric().items()]
            records += _sub_tables(park, code, one, filed)
            late = park.late_days.get(one, 0)
            filings.append({"source_file": code, "workbook": "park", "park_code": code, "year": one,
                            "filed_on": date(one + 1, 4, 30) + timedelta(days=late), "late_days": late})  # fmt: skip
            if one in park.refused:
                refused.append({"park_code": code, "year": one, "reason": "1 处错误未更正"})
    base = sum(1000 for park in parks if park.approved_year <= 2020)
    for one in range(2020, year + 1):
        output = (outputs or {}).get(one, base / 0.4)
        records += _record("region_totals", None, None, one, {"year": one, "industrial_output_10k_cny": output})
    frame = pl.DataFrame(items, schema=ITEMS, orient="row")
    return Trusted(
        frame,
        pl.DataFrame(records, schema=RECORDS, orient="row"),
        pl.DataFrame([{name: row.get(name) for name in FILINGS} for row in filings], schema=FILINGS, orient="row"),
        pl.DataFrame(refused, schema=REFUSED, orient="row"),
    )


def code_of(place: int) -> str:
    """Code of the park at `place` (from 0)."""
    return f"P{place + 1:02d}"


def _numeric() -> dict[str, str]:
    return {code: code for code, item in FORM_SET.items().items() if item.numeric}


def _item(code: str, year: int, item: str, value: Decimal | None) -> dict[str, Any]:
    return dict.fromkeys(ITEMS) | {
        "park_code": code, "year": year, "item": item, "value": value, "source_file": f"{year}/{code}.xlsx",
        "sheet": "表", "cell": "D4", "corrected": False,
    }  # fmt: skip


def _record(form: str, code: str | None, year: int | None, row: int, cells: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for item, value in cells.items():
        number = isinstance(value, int | float | Decimal)
        rows.append(
            {
                "form": form, "year": year, "park_code": code, "record": row, "item": item,
                "value": Decimal(str(value)).quantize(MICRO) if number else None,
                "text": None if value is None else str(value), "source_file": code if year else "州级汇总.xlsx",
                "sheet": form, "cell": f"B{row}", "corrected": False,
            }
        )  # fmt: skip
    return rows


def _register(park: Park, code: str, place: int) -> list[dict[str, Any]]:
    rows = []
    for step, (from_year, level) in enumerate({2020: park.level, **park.level_from}.items()):
        cells = {
            "park_code": code, "from_year": from_year, "name": park.name, "level": level, "park_type": "产业园区",
            "region_code": "532822", "region": "勐海县", "approved_year": park.approved_year,
            "leading_industries": park.leading,
        }  # fmt: skip
        rows += _record("parks", code, None, 100 * place + step + 5, cells)
    return rows


def _bureau(park: Park, code: str, place: int) -> list[dict[str, Any]]:
    rows = []
    for number in range(park.projects):
        cells = {
            "park_code": code, "project": f"项目{number}", "chain": "普洱茶", "investment_10k_cny": park.investment,
            "signed_on": "2019-01-01", "landed_on": "2020-01-01",
        }  # fmt: skip
        rows += _record("projects", code, None, 100 * place + number + 5, cells)
    for number, event in enumerate(park.events):
        cells = {
            "park_code": code,
            "kind": "安全生产事故",
            "severity": "一般",
            "description": "-",
            "evidence": "-",
            **event,
        }
        rows += _record("events", code, None, 100 * place + number + 5, cells)
    return rows


def _sub_tables(park: Park, code: str, year: int, filed: Mapping[str, Decimal | None]) -> list[dict[str, Any]]:
    rows = []
    total = filed["revenue_10k_cny"]
    for number, (industry, share) in enumerate(park.industries.items()):
        revenue = None if total is None else total * Decimal(str(share)) / 100
        cells = {
            "industry": industry,
            "revenue_10k_cny": revenue,
            "output_10k_cny": 1,
            "value_added_10k_cny": 1,
            "energy_tce": 1,
        }
        rows += _record("industries", code, year, number + 5, cells)
    if park.talents:
        rows += _record("talents", code, year, 5, {"industry": "普洱茶", "talents_persons": park.talents})
    return rows
