"""Fabricated results and their plain rows, made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
import pytest

from report_templates.published import Published, published
from tests.reports import fabricated

Change = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]


@pytest.fixture(scope="session")
def tables() -> dict[str, pl.DataFrame]:
    """All published tables of the fabricated evaluation."""
    return fabricated.results()


@pytest.fixture(scope="session")
def results(tables: dict[str, pl.DataFrame]) -> Published:
    """The year 2025 as plain rows."""
    return published(tables, fabricated.SCHEME, 2025)


@pytest.fixture(scope="session")
def changed(tables: dict[str, pl.DataFrame]) -> Callable[[str, Change], dict[str, pl.DataFrame]]:
    """The tables with rows of one of them changed; a change to None removes the row."""

    def change(table: str, rule: Change) -> dict[str, pl.DataFrame]:
        rows = [dict(row) for row in map(rule, tables[table].to_dicts()) if row is not None]
        return tables | {table: fabricated.frame(table, rows)}

    return change
