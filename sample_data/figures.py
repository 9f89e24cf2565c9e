"""The true figures of a park and year, worked out from its profile; every figure is what a faultless filing shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from sample_data import scatter
from sample_data.parks import PARKS
from sample_data.profile import Profile, at
from sample_data.scatter import apportioned, money

SEED = 20230406

_OUTPUT_TO_REVENUE = {
    "橡胶": 0.865, "普洱茶": 0.83, "热带水果": 0.845, "肉制品": 0.875, "制糖": 0.875, "数字经济": 0.57,
    "生物医药（傣医药）": 0.83, "口岸经济": 0.275, "文旅康养": 0.26, "建材": 0.875, "电力热力": 0.89,
    "木材加工": 0.855, "其他": 0.78,
}  # fmt: skip
_VALUE_ADDED_TO_OUTPUT = {
    "橡胶": 0.23, "普洱茶": 0.285, "热带水果": 0.24, "肉制品": 0.21, "制糖": 0.22, "数字经济": 0.295,
    "生物医药（傣医药）": 0.29, "口岸经济": 0.26, "文旅康养": 0.29, "建材": 0.25, "电力热力": 0.27,
    "木材加工": 0.22, "其他": 0.23,
}  # fmt: skip
_ENERGY_WEIGHT = {"建材": 4.0, "电力热力": 5.0, "制糖": 2.2, "橡胶": 1.5, "木材加工": 1.3, "肉制品": 1.0,
                  "数字经济": 0.5, "口岸经济": 0.3, "文旅康养": 0.3}  # fmt: skip
_PRICES_TO_2020 = {2019: 0.996, 2020: 1.0, 2021: 1.014, 2022: 1.033, 2023: 1.041, 2024: 1.048, 2025: 1.057}


@dataclass(frozen=True)
class Figures:
    """One park, one year: `items` by item code, `industries` and `talents` as rows of their table forms."""

    items: Mapping[str, Decimal | int]
    industries: Sequence[Mapping[str, str | Decimal]]
    talents: Sequence[Mapping[str, str | int]]


def wobble(profile: Profile, year: int, what: str, spread: float) -> float:
    """The scatter of this region's figures; see scatter.wobble."""
    return scatter.wobble(SEED, profile.code, year, what, spread)


@cache
def figures(code: str, year: int) -> Figures:
    """The true figures of park `code` in `year`, from the year before its first report on.

    Money in 万元 and areas in 亩 with two decimals; the industries add up exactly to the park's revenue, output,
    value added and energy.
    """
    profile = next(park for park in PARKS if park.code == code)
    revenue = _revenue(profile, year)
    rows = _industries(profile, year, revenue)
    output, value_added = _total(rows, "output_10k_cny"), _total(rows, "value_added_10k_cny")
    comparable = money(float(value_added) / _PRICES_TO_2020[year])
    energy = money(float(comparable) * _compounded(profile, profile.energy_base, profile.energy_growth, year))
    items: dict[str, Decimal | int] = {
        "industrial_output_10k_cny": output,
        "industrial_value_added_10k_cny": value_added,
        "industrial_value_added_2020_prices_10k_cny": comparable,
        "revenue_10k_cny": revenue,
        "industrial_energy_tce": energy,
        **_land(profile, year, revenue),
        **_enterprises(profile, year),
        **_benefit(profile, year, revenue, output),
        **_innovation(profile, year, revenue),
        **_waters_and_wastes(profile, year, comparable, output),
        **_trade(profile, year),
    }
    shares = [float(row["output_10k_cny"]) * _ENERGY_WEIGHT.get(str(row["industry"]), 0.7) for row in rows]
    energies = apportioned(energy, shares)
    industries = [row | {"energy_tce": part} for row, part in zip(rows, energies, strict=True)]
    talents: list[Mapping[str, str | int]] = [
        {"industry": industry, "talents_persons": int(at(counts, year))}
        for industry, counts in profile.talents.items()
        if at(counts, year)
    ]
    return Figures(items, industries, talents)


def _total(rows: Sequence[Mapping[str, str | Decimal]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows), Decimal(0))


def _compounded(profile: Profile, base: float, growth: Sequence[float], year: int) -> float:
    """`base` of the year before the first report, grown by the yearly percentages up to `year`."""
    for rate in growth[: year - profile.first_year + 1]:
        base *= 1 + rate / 100
    return base


def _revenue(profile: Profile, year: int) -> Decimal:
    return money(
        _compounded(profile, profile.revenue_base, profile.revenue_growth, year)
        * wobble(profile, year, "revenue", 0.001)
    )


def _industries(profile: Profile, year: int, revenue: Decimal) -> list[dict[str, str | Decimal]]:
    leading = [industry for industry in profile.mix if industry in profile.leading]
    others = [industry for industry in profile.mix if industry not in profile.leading]
    leading_share = at(profile.leading_share, year) / 100 * wobble(profile, year, "leading share", 0.005)
    leading_revenue = money(float(revenue) * leading_share)
    rows: list[dict[str, str | Decimal]] = []
    for group, total in ((leading, leading_revenue), (others, revenue - leading_revenue)):
        weights = [profile.mix[name] * wobble(profile, year, f"revenue/{name}", 0.02) for name in group]
        for name, part in zip(group, apportioned(total, weights), strict=True):
            output = money(float(part) * _OUTPUT_TO_REVENUE[name] * wobble(profile, year, f"output/{name}", 0.008))
            value_added = money(
                float(output) * _VALUE_ADDED_TO_OUTPUT[name] * wobble(profile, year, f"value added/{name}", 0.01)
            )
            rows.append(
                {
                    "industry": name,
                    "revenue_10k_cny": part,
                    "output_10k_cny": output,
                    "value_added_10k_cny": value_added,
                }
            )
    return rows


def _land(profile: Profile, year: int, revenue: Decimal) -> dict[str, Decimal]:
    industrial = money(
        float(revenue) / at(profile.revenue_per_mu, year) * wobble(profile, year, "industrial land", 0.002)
    )
    share = 0.66 * wobble(profile, 0, "land", 0.06)
    developed = money(float(industrial) / share)
    last = float(_revenue(profile, profile.years[-1])) / at(profile.revenue_per_mu, profile.years[-1])
    planned = Decimal(round(last / share * 1.42 * wobble(profile, 0, "planned", 0.08)))
    idle = float(developed) * 0.018 * wobble(profile, year, "idle", 0.1)
    return {
        "planned_land_mu": planned,
        "developed_land_mu": developed,
        "developed_industrial_land_mu": industrial,
        "idle_land_mu": money(idle),
    }


def _enterprises(profile: Profile, year: int) -> dict[str, int]:
    return {
        "industrial_enterprises_count": int(at(profile.enterprises, year)),
        "enterprises_above_scale_count": int(at(profile.above_scale, year)),
        "leading_enterprises_count": int(at(profile.leading_enterprises, year)),
        "high_tech_enterprises_count": int(at(profile.high_tech, year)),
        "national_research_centres_count": int(at(profile.national_centres, year)),
        "provincial_research_centres_count": int(at(profile.provincial_centres, year)),
    }


def _benefit(profile: Profile, year: int, revenue: Decimal, output: Decimal) -> dict[str, Decimal | int]:
    taxes = float(output) * 0.052 * wobble(profile, 0, "taxes", 0.2) * wobble(profile, year, "taxes", 0.03)
    taxes *= at(profile.tax_yield, year)
    profit = float(revenue) * 0.058 * wobble(profile, 0, "profit", 0.2) * wobble(profile, year, "profit", 0.06)
    investment = (
        float(revenue) * 0.11 * wobble(profile, 0, "investment", 0.2) * wobble(profile, year, "investment", 0.07)
    )
    productivity = 56 * wobble(profile, 0, "productivity", 0.1) * 1.065 ** (year - 2020)
    workforce = at(profile.workforce, year) * wobble(profile, year, "employees", 0.012)
    return {
        "taxes_10k_cny": money(taxes),
        "profit_10k_cny": money(profit),
        "fixed_investment_10k_cny": money(investment),
        "employees_persons": round(float(output) / productivity * workforce),
    }


def _innovation(profile: Profile, year: int, revenue: Decimal) -> dict[str, Decimal]:
    share = 0.86 * wobble(profile, 0, "above scale", 0.04) * wobble(profile, year, "above scale", 0.006)
    above_scale = money(float(revenue) * share)
    expenditure = money(float(above_scale) * at(profile.rd_share, year) / 100 * wobble(profile, year, "rd", 0.002))
    park = money(float(expenditure) * (1.11 + 0.03 * (wobble(profile, year, "park rd", 1.0) - 1)))
    return {
        "revenue_above_scale_10k_cny": above_scale,
        "rd_expenditure_above_scale_10k_cny": expenditure,
        "rd_expenditure_10k_cny": park,
    }


def _waters_and_wastes(profile: Profile, year: int, value_added: Decimal, output: Decimal) -> dict[str, Decimal | int]:
    water = round(float(value_added) * _compounded(profile, profile.water_base, profile.water_growth, year))
    sewage = round(water * 0.58 * wobble(profile, year, "sewage", 0.02))
    waste = money(float(output) * 0.048 * wobble(profile, 0, "waste", 0.3) * wobble(profile, year, "waste", 0.03))
    return {
        "industrial_water_m3": water,
        "sewage_produced_m3": sewage,
        "sewage_treated_m3": round(sewage * at(profile.sewage_treated, year) / 100),
        "solid_waste_produced_t": waste,
        "solid_waste_disposed_t": money(float(waste) * at(profile.waste_disposed, year) / 100),
    }


def _trade(profile: Profile, year: int) -> dict[str, Decimal]:
    parts = zip(("imports_10k_cny", "exports_10k_cny"), profile.trade_base, strict=True)
    return {
        code: money(
            _compounded(profile, base, profile.trade_growth, year) * wobble(profile, year, code, 0.012 if base else 0)
        )
        for code, base in parts
    }
