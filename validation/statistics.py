"""The filed statistics after validation, as the other stages take them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from validation.findings import SCHEMA

if TYPE_CHECKING:
    from validation.ledgers.bottom_up import BottomUp

MONEY = pl.Decimal(28, 6)

ITEMS: dict[str, pl.DataType] = {
    "park_code": pl.String(),
    "year": pl.Int32(),
    "item": pl.String(),
    "value": MONEY,
    "text": pl.String(),
    "last_year_value": MONEY,
    "source_file": pl.String(),
    "sheet": pl.String(),
    "cell": pl.String(),
    "corrected": pl.Boolean(),
    "filed_value": MONEY,
    "correction_reason": pl.String(),
}

RECORDS: dict[str, pl.DataType] = {
    "form": pl.String(),
    "year": pl.Int32(),
    "park_code": pl.String(),
    "record": pl.Int32(),
    "item": pl.String(),
    "value": MONEY,
    "text": pl.String(),
    "source_file": pl.String(),
    "sheet": pl.String(),
    "cell": pl.String(),
    "corrected": pl.Boolean(),
}

FILED_WORKBOOKS: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "workbook": pl.String(),
    "version": pl.String(),
    "park_code": pl.String(),
    "year": pl.Int32(),
    "sha256": pl.String(),
}
"""A workbook as it was found."""

FILINGS: dict[str, pl.DataType] = {**FILED_WORKBOOKS, "filed_on": pl.Date(), "late_days": pl.Int32()}
"""A workbook, and when it was filed."""

FILES: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "path": pl.String(),
    "sha256": pl.String(),
    "workbook": pl.String(),
    "park_code": pl.String(),
    "year": pl.Int32(),
    "used": pl.Boolean(),
}

REFUSED: dict[str, pl.DataType] = {
    "park_code": pl.String(),
    "year": pl.Int32(),
    "reason": pl.String(),
}


@dataclass(frozen=True)
class Statistics:
    """What parks and the bureau filed, typed, corrected and checked.

    items: one row per park, year and item of the form set (`ITEMS`), value and text null where nothing was filed; value is the
    corrected figure, last_year_value the one filed in the 上年 column. records: one row per cell of a table form (`RECORDS`);
    year is null for tables without a year of their own, park_code null for the whole region. filings: one row per workbook used
    (`FILINGS`), late_days counted from the deadline, null without a filing date. findings: see `validation.findings`. refused: park-years
    with a 错误 (`REFUSED`), whose items and records stay visible here and are not to be evaluated. files: every file received (`FILES`).
    filed_findings: the findings of the years taken in as they would stand without corrections (validation.as_filed).
    ledger_figures: what ledgers add up to, by park (validation.ledgers.reconcile.COMPARED); without columns where nothing was given;
    ledgers: all that is known from them.
    """

    items: pl.DataFrame
    records: pl.DataFrame
    filings: pl.DataFrame
    findings: pl.DataFrame
    refused: pl.DataFrame
    files: pl.DataFrame
    filed_findings: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMA))
    ledger_figures: pl.DataFrame = field(default_factory=pl.DataFrame)
    ledgers: BottomUp | None = None
