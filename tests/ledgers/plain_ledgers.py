"""Ledgers for tests: rows as a bureau would have them, and the figures computed row by row in plain Python."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from validation.forms import CATALOGUE, load_form_set
from validation.identifiers import credit_code_check_sign
from validation.ledgers.definition import Figure, Ledgers
from validation.ledgers.files import Taken, take_records
from validation.ledgers.loading import ledger_files, load_ledgers

FORM_SET = load_form_set("park-annual")
Row = dict[str, Any]


@cache
def definition() -> Ledgers:
    """The product's own definition."""
    return load_ledgers(FORM_SET, ledger_files(CATALOGUE, FORM_SET.key))


def with_figures(*figures: Figure) -> Ledgers:
    """The product's ledgers with these figures alone."""
    return replace(definition(), figures=figures)


def credit_code(number: int) -> str:
    """A well-formed credit code of its own for every number."""
    body = f"91532822MA{number:07d}"
    return body + credit_code_check_sign(body)


def row(number: int, park: str, year: int, revenue: float, **others: Any) -> Row:
    """One enterprise with everything that must be filled in."""
    return {
        "park_code": park, "credit_code": credit_code(number), "year": year, "name": f"企业{number}", "industry": "2911",
        "leading_industry": None, "above_scale": "是", "high_tech": "否", "revenue_10k_cny": revenue, **others,
    }  # fmt: skip


def project(number: int, park: str, year: int, planned: float, **others: Any) -> Row:
    """One project with everything that must be filled in."""
    return {
        "park_code": park, "project_code": f"2024-532822-{number:03d}", "year": year, "name": f"项目{number}", "kind": "新建",
        "state": "在建", "planned_investment_10k_cny": planned, **others,
    }  # fmt: skip


def parcel(number: int, park: str, year: int, area: float, **others: Any) -> Row:
    """One parcel with everything that must be filled in."""
    return {
        "park_code": park, "parcel_code": f"532822GB{number:05d}", "year": year, "area_mu": area, "land_use": "工业", "state": "已建成",
        **others,
    }  # fmt: skip


KINDS: dict[str, Any] = {
    "year": pl.Int64, "month": pl.Int64, "revenue_10k_cny": pl.Float64, "land_mu": pl.Float64, "taxes_10k_cny": pl.Float64,
    "output_10k_cny": pl.Float64, "value_added_10k_cny": pl.Float64, "employees_persons": pl.Int32,
    "planned_investment_10k_cny": pl.Float64, "investment_year_10k_cny": pl.Float64, "investment_total_10k_cny": pl.Float64,
    "signed_on": pl.Date, "started_on": pl.Date, "production_on": pl.Datetime, "area_mu": pl.Float64, "footprint_m2": pl.Float64,
    "floor_area_m2": pl.Float64, "agreed_start_on": pl.Date, "owner_credit_code": pl.String,
}  # fmt: skip


def write(path: Path, rows: list[Row]) -> Path:
    """`rows` as Parquet, absent cells empty."""
    names = list(dict.fromkeys(name for one in rows for name in one))
    frame = pl.DataFrame({name: [one.get(name) for one in rows] for name in names}, schema_overrides={
        name: kind for name, kind in KINDS.items() if name in names
    })  # fmt: skip
    frame.write_parquet(path)
    return path


def taken(folder: Path, *ledgers: list[Row]) -> Taken:
    """The rows of each ledger taken in from a Parquet file below `folder`."""
    paths = [write(folder / f"台账{number}.parquet", rows) for number, rows in enumerate(ledgers)]
    return take_records(paths, definition(), folder)


def invented(seed: int, parks: int = 5, enterprises: int = 150) -> list[Row]:
    """Two years of enterprises of several parks: some move, some come and go, some lack figures, some stand in two parks."""
    chance = random.Random(seed)
    rows = []
    for year in (2024, 2025):
        for number in range(enterprises):
            if chance.random() < 0.15:
                continue
            revenue = round(chance.uniform(0, 9e5), 2)
            park = chance.randrange(parks) if chance.random() < 0.05 else number % parks
            rows.append(
                row(
                    number, f"P{park}", year, revenue if chance.random() > 0.01 else None,  # type: ignore[arg-type]
                    land_mu=round(chance.uniform(-5, 60), 1), taxes_10k_cny=round(revenue * 0.031, 6),
                    above_scale=chance.choice("是否"), leading_industry=chance.choice([None, "橡胶"]), employees_persons=chance.randrange(900),
                )
            )  # fmt: skip
    return rows


def invented_projects(seed: int, parks: int = 5, projects: int = 60) -> list[Row]:
    """Two years of projects: each goes on from one year to the next, some are lost, some lack figures."""
    chance = random.Random(seed)
    rows = []
    for year in (2024, 2025):
        for number in range(projects):
            if chance.random() < 0.1:
                continue
            planned = round(chance.uniform(100, 9e4), 2)
            rows.append(
                project(
                    number, f"P{number % parks}", year, planned, kind=chance.choice(["新建", "技改"]),
                    state=chance.choice(["签约", "在建", "投产", "停建"]), investment_year_10k_cny=round(planned * 0.31, 6),
                    investment_total_10k_cny=round(planned * 0.7, 6) if chance.random() > 0.05 else None,
                    signed_on=date(2023 + chance.randrange(3), 2, 28), started_on=date(2025, 12, 31) if chance.random() > 0.3 else None,
                    production_on=datetime(2024 + chance.randrange(2), 1, 1), land_mu=chance.choice([0.0, 12.5, None]),
                )
            )  # fmt: skip
    return rows


def invented_parcels(seed: int, parks: int = 4, parcels: int = 80) -> list[Row]:
    """Parcels of two years, in fewer parks than there are enterprises."""
    chance = random.Random(seed)
    rows = []
    for year in (2024, 2025):
        for number in range(parcels):
            area = round(chance.uniform(1, 200), 3)
            state = chance.choice(["批而未供", "供而未用", "在建", "已建成", "低效", "闲置"])
            rows.append(
                parcel(
                    number, f"P{number % parks}", year, area, state=state, land_use=chance.choice(["工业", "仓储", "商服"]),
                    footprint_m2=round(area * 300, 2), floor_area_m2=round(area * 700, 2) if chance.random() > 0.02 else None,
                    owner_credit_code=credit_code(number), agreed_start_on=date(2024, 6, 1),
                )
            )  # fmt: skip
    return rows


def total(values: list[float]) -> Fraction:
    """The exact sum of figures as they are written."""
    return sum((Fraction(str(value)) for value in values), Fraction())
