"""Ledgers for tests: rows as a bureau would have them, and the figures computed row by row in plain Python."""

from __future__ import annotations

import random
from dataclasses import replace
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


KINDS: dict[str, Any] = {
    "year": pl.Int64, "month": pl.Int64, "revenue_10k_cny": pl.Float64, "land_mu": pl.Float64, "taxes_10k_cny": pl.Float64,
    "output_10k_cny": pl.Float64, "value_added_10k_cny": pl.Float64, "employees_persons": pl.Int32,
}  # fmt: skip


def write(path: Path, rows: list[Row]) -> Path:
    """`rows` as Parquet, absent cells empty."""
    names = list(dict.fromkeys(name for one in rows for name in one))
    frame = pl.DataFrame({name: [one.get(name) for one in rows] for name in names}, schema_overrides={
        name: kind for name, kind in KINDS.items() if name in names
    })  # fmt: skip
    frame.write_parquet(path)
    return path


def taken(folder: Path, rows: list[Row]) -> Taken:
    """`rows` taken in from a Parquet file below `folder`."""
    return take_records([write(folder / "企业.parquet", rows)], definition(), folder)


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


def total(values: list[float]) -> Fraction:
    """The exact sum of figures as they are written."""
    return sum((Fraction(str(value)) for value in values), Fraction())
