"""How many enterprises are behind a sum and how much the largest has: by hand, by every engine, and only where the ledger is evidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledgers.plain_ledgers import FORM_SET, definition, row, taken
from tests.ledgers.test_reconcile import PARKS, added_up, filed
from validation.ledgers.contributions import contributions
from validation.ledgers.engines import Engine
from validation.ledgers.reconcile import reconcile

ROWS = [
    # P1: 60, 30 and 10 of 100; taxes of two, one of them a refund: 8 and -2, the largest 8 of 6; scale without the third.
    row(1, "P1", 2025, 6000.0, taxes_10k_cny=8.0),
    row(2, "P1", 2025, 3000.0, taxes_10k_cny=-2.0),
    row(3, "P1", 2025, 1000.0, taxes_10k_cny=0.0, above_scale="否"),
    # P2: one enterprise with everything, one with nothing.
    row(4, "P2", 2025, 5000.0),
    row(5, "P2", 2025, 0.0, above_scale="否"),
    # P3: twenty alike.
    *(row(10 + number, "P3", 2025, 2000.0) for number in range(20)),
]
EXPECTED = {
    ("P1", "revenue_10k_cny"): (3, 60), ("P1", "revenue_above_scale_10k_cny"): (2, 70), ("P1", "taxes_10k_cny"): (2, 100),
    ("P2", "revenue_10k_cny"): (1, 100), ("P3", "revenue_10k_cny"): (20, 50),
}  # fmt: skip


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_counts_and_shares_are_those_counted_by_hand(tmp_path: Path, engine: str) -> None:
    """6000 of 9000 is 66.7 %, told as 70; a share below 50 is told as 50; parts below zero count by their size."""
    found = contributions(taken(tmp_path, ROWS).records, definition(), 2025, Engine(engine))  # type: ignore[arg-type]
    rows = {(park, figure): (count, share) for park, figure, count, share in found.iter_rows()}
    assert {key: rows[key] for key in EXPECTED} == EXPECTED
    assert not any(figure in ("hhi", "cr4_pct", "employees_persons_count") for _, figure in rows)


def test_only_a_figure_that_stands_has_them(tmp_path: Path) -> None:
    """P1 filed what its enterprises add up to; P2 a tenth more; a row of P3 is wrong."""
    bottom = added_up(tmp_path, [*ROWS, row(99, "P3", 2025, 100.0, industry="9999")])
    items = filed(P1_revenue_10k_cny=10000, P2_revenue_10k_cny=5500, P3_revenue_10k_cny=40100, P1_taxes_10k_cny=None)
    compared = reconcile(bottom, items, PARKS, definition(), FORM_SET, 2025).compared
    told = compared.filter(item="revenue_10k_cny").select("park_code", "contributors", "largest_share_pct").rows()
    assert told == [("P1", 3, 60), ("P2", None, None), ("P3", None, None)]
    assert compared.filter(item="taxes_10k_cny")["contributors"].null_count() == 3
