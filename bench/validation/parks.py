"""Generated park statistics of two years, and unit mistakes planted in the second: which of them the shipped rules find."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from math import exp

import polars as pl

from validation.check_frame import build
from validation.checking import Places, run_checks
from validation.checks import Checks, load_checks
from validation.findings import to_frame
from validation.forms import FormSet, load_form_set
from validation.statistics import FILINGS, ITEMS, RECORDS

FACTORS = (Decimal(10_000), Decimal("0.0001"), Decimal(100_000_000), Decimal(100))
YEARS = (2024, 2025)
UNIT_CHECKS = ("unit_factor", "money_in")
UNIT_ITEMS = ("*_10k_cny", "*_mu", "*_tce", "*_m3", "*_t")
PLANTED_SHARE, WHOLE_SHARE = 0.25, 0.02
"""Share of parks with one wrong figure, and of parks whose amounts are all in 元."""

Figures = dict[str, float]


@dataclass(frozen=True)
class UnitMistakes:
    """Mistakes planted and found, parks, false alarms; some of what was missed (park, item, factor) and falsely told (park, item)."""

    planted: int
    found: int
    parks: int
    false_alarms: int
    missed: tuple[tuple[str, str, str], ...]
    alarmed: tuple[tuple[str, str], ...]

    @property
    def recall(self) -> float:
        return self.found / self.planted

    @property
    def false_alarms_per_1000(self) -> float:
        return 1000 * self.false_alarms / self.parks


def unit_mistakes(parks: int, seed: int) -> UnitMistakes:
    """Plant mistakes by the factors `FACTORS` in `parks` generated parks and look for them with the shipped rules."""
    chance = random.Random(seed)
    form_set = load_form_set("park-annual")
    checks = load_checks(form_set)
    years: dict[tuple[str, int], Mapping[str, Decimal]] = {}
    wrong: dict[tuple[str, str], Decimal] = {}
    for number in range(parks):
        park_code = f"YN{number:06d}"
        before = _first_year(chance)
        now = _exact(_next_year(before, chance))
        years[park_code, YEARS[0]] = _exact(before)
        factors = _planted(years[park_code, YEARS[0]], now, chance)
        wrong |= {(park_code, item): factor for item, factor in factors.items()}
        years[park_code, YEARS[1]] = {item: value * factors.get(item, Decimal(1)) for item, value in now.items()}
    told = _told(years, form_set, checks)
    alarms = told.filter(pl.col("check_id").str.contains("^" + "|^".join(UNIT_CHECKS)))
    found = set(alarms.select("park_code", "item").iter_rows())
    # A workbook in 元 is one finding at its first amount.
    whole = set(alarms.filter(pl.col("check_id").str.starts_with("money_in"))["park_code"])
    met = {key for key in wrong if key in found or (key[0] in whole and key[1].endswith("_10k_cny"))}
    missed = [(park, item, str(factor)) for (park, item), factor in wrong.items() if (park, item) not in met]
    alarmed = sorted(found - wrong.keys())
    return UnitMistakes(len(wrong), len(met), parks, len(alarmed), tuple(missed[:5]), tuple(alarmed[:5]))


def _first_year(chance: random.Random) -> Figures:
    """A park between five million and fifty billion yuan of revenue."""
    revenue = exp(chance.uniform(6.2, 15.4))
    output = revenue * chance.uniform(0.8, 1.0)
    added = output * chance.uniform(0.15, 0.35)
    land = 20 + revenue / chance.uniform(80, 700)
    research = revenue * chance.uniform(0.005, 0.03)
    water = added * chance.uniform(5, 60)
    sewage = water * chance.uniform(0.4, 0.8)
    waste = output * chance.uniform(0.005, 0.2)
    enterprises = max(3, round(revenue / chance.uniform(3000, 30000)))
    above = round(enterprises * chance.uniform(0.2, 0.9))
    trades = chance.random() < 0.7
    return {
        "planned_land_mu": land * chance.uniform(1.5, 4), "developed_land_mu": land * 1.2,
        "developed_industrial_land_mu": land, "idle_land_mu": land * chance.uniform(0, 0.1),
        "industrial_output_10k_cny": output, "industrial_value_added_10k_cny": added,
        "industrial_value_added_2020_prices_10k_cny": added * 0.96, "revenue_10k_cny": revenue,
        "revenue_above_scale_10k_cny": revenue * chance.uniform(0.6, 0.95),
        "fixed_investment_10k_cny": revenue * exp(chance.gauss(-2.5, 0.7)), "taxes_10k_cny": added * chance.uniform(0.08, 0.3),
        "profit_10k_cny": revenue * chance.uniform(-0.02, 0.1), "employees_persons": max(5, round(revenue / chance.uniform(50, 200))),
        "industrial_enterprises_count": enterprises, "enterprises_above_scale_count": above,
        "leading_enterprises_count": round(above * 0.3), "high_tech_enterprises_count": round(above * 0.2),
        "rd_expenditure_10k_cny": research, "rd_expenditure_above_scale_10k_cny": research * chance.uniform(0.7, 0.98),
        "national_research_centres_count": 0, "provincial_research_centres_count": chance.choice((0, 0, 1, 2)),
        "industrial_energy_tce": added * chance.uniform(0.1, 1.2), "industrial_water_m3": water, "sewage_produced_m3": sewage,
        "sewage_treated_m3": sewage * chance.uniform(0.9, 1), "solid_waste_produced_t": waste,
        "solid_waste_disposed_t": waste * chance.uniform(0.8, 1),
        "imports_10k_cny": revenue * chance.uniform(0.001, 0.2) if trades else 0,
        "exports_10k_cny": revenue * chance.uniform(0.001, 0.3) if trades else 0,
    }  # fmt: skip


_LUMPY = {"fixed_investment_10k_cny": 0.7, "imports_10k_cny": 0.5, "exports_10k_cny": 0.5, "idle_land_mu": 0.4}
"""Standard deviation of the yearly change, in logarithms, of what comes and goes with single projects and orders."""


def _next_year(before: Figures, chance: random.Random) -> Figures:
    """Everything grows together, each figure with a change of its own; two in a hundred parks more than double or halve."""
    common = chance.gauss(0.08, 0.08) + (
        chance.choice((-1, 1)) * chance.uniform(0.7, 1.2) if chance.random() < 0.02 else 0
    )
    now: Figures = {}
    for item, value in before.items():
        if item.endswith("_mu") and item != "idle_land_mu":
            now[item] = value * (1 + max(common, 0) * 0.3)
        elif item.endswith("_count"):
            now[item] = value
        else:
            now[item] = value * exp(common + chance.gauss(0, _LUMPY.get(item, 0.04)))
    now["employees_persons"] = max(5, round(now["employees_persons"]))
    return now


def _exact(figures: Figures) -> dict[str, Decimal]:
    return {item: Decimal(f"{value:.2f}") for item, value in figures.items()}


def _planted(before: Mapping[str, Decimal], now: Mapping[str, Decimal], chance: random.Random) -> dict[str, Decimal]:
    fate = chance.random()
    if fate < WHOLE_SHARE:
        return {
            item: FACTORS[0] for item, value in now.items() if item.endswith("_10k_cny") and value > 0 < before[item]
        }
    if fate > WHOLE_SHARE + PLANTED_SHARE:
        return {}
    able = [
        item
        for item, value in now.items()
        if any(fnmatchcase(item, one) for one in UNIT_ITEMS) and value > 0 and before[item] > 0
    ]
    return {chance.choice(able): chance.choice(FACTORS)}


_SPLIT = {
    "revenue_10k_cny": "revenue_10k_cny",
    "output_10k_cny": "industrial_output_10k_cny",
    "value_added_10k_cny": "industrial_value_added_10k_cny",
    "energy_tce": "industrial_energy_tce",
}


def _told(years: Mapping[tuple[str, int], Mapping[str, Decimal]], form_set: FormSet, checks: Checks) -> pl.DataFrame:
    """Findings of the rules on the second year; one industry per park, register with three levels."""
    rows, records = [], []
    for (park_code, year), figures in years.items():
        source = f"{park_code}-{year}"
        before = years.get((park_code, year - 1), {})
        rows += [
            {"park_code": park_code, "year": year, "item": item, "value": value, "last_year_value": before.get(item)}
            for item, value in figures.items()
        ]
        cell = {"form": "industries", "park_code": park_code, "year": year, "record": 5, "source_file": source}
        records.append(cell | {"item": "industry", "text": "其他"})
        records += [cell | {"item": column, "value": figures[item]} for column, item in _SPLIT.items()]
    for number, park_code in enumerate(dict.fromkeys(park_code for park_code, _ in years)):
        line = {"form": "parks", "park_code": park_code, "record": number, "source_file": "州级汇总"}
        level = ("国家级", "省级", "州级")[number % 3]
        records += [
            line | {"item": item, "text": text}
            for item, text in (("park_code", park_code), ("from_year", "2020"), ("level", level), ("name", park_code))
        ]
    items = pl.DataFrame(rows, schema=ITEMS)
    table = pl.DataFrame(records, schema=RECORDS)
    filings = pl.DataFrame(schema=FILINGS)
    nobody = pl.DataFrame(schema={"park_code": pl.String, "year": pl.Int32})
    frame = build(items, table, filings, nobody, form_set, checks)
    cells = items.select("park_code", "year", "item", pl.lit(None, pl.String).alias("cell"))
    return to_frame(run_checks(frame, checks, Places(items, cells), [YEARS[1]], []))
