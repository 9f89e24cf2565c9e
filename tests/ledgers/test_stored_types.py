"""Figures do not depend on the engine, however figures are stored: float, decimals of any width, integers, with what is no number among them."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledgers.plain_ledgers import row, with_figures
from validation.ledgers.definition import Figure
from validation.ledgers.engines import Engine
from validation.ledgers.figures import park_figures
from validation.ledgers.files import parquet_records

FORMULAS = (
    "SUM(enterprises.revenue_10k_cny)", "AVG(enterprises.revenue_10k_cny)", "MAX(enterprises.revenue_10k_cny - enterprises.taxes_10k_cny)",
    "SUM(enterprises.revenue_10k_cny * enterprises.revenue_10k_cny)", "SUM(enterprises.taxes_10k_cny / enterprises.revenue_10k_cny)",
    "MEDIAN(enterprises.revenue_10k_cny)", "TOP_SUM(enterprises.revenue_10k_cny, 2)", "COUNT(enterprises.revenue_10k_cny)",
    "MIN(enterprises.taxes_10k_cny / enterprises.revenue_10k_cny)", "SUM(ABS(enterprises.taxes_10k_cny))",
    "SUM(enterprises.revenue_10k_cny) FILTER (WHERE enterprises.taxes_10k_cny / enterprises.revenue_10k_cny > 0.3)",
)  # fmt: skip
FLOATS = st.one_of(
    st.floats(allow_subnormal=False),
    st.sampled_from([float("nan"), float("inf"), 1e12, 999999999999.9999996, 1.2345675, 0.7870005, -0.0287165, 0.5e-6]),
    st.integers(-(10**9), 10**9).map(lambda number: (number * 10 + 5) / 1e7),
)
WIDE = st.decimals(-(10**13), 10**13, places=18, allow_nan=False)
KINDS: tuple[tuple[pl.DataType, st.SearchStrategy[object]], ...] = (
    (pl.Float64(), FLOATS),
    (pl.Float32(), st.floats(width=32, allow_subnormal=False)),
    (pl.Decimal(38, 18), WIDE),
    (pl.Decimal(14, 2), st.decimals(-(10**11), 10**11, places=2, allow_nan=False)),
    (pl.Int64(), st.integers(-(2**63), 2**63 - 1)),
)


@st.composite
def columns(draw: st.DrawFn) -> tuple[pl.DataType, list[object]]:
    kind, values = draw(st.sampled_from(KINDS))
    return kind, draw(st.lists(st.none() | values, min_size=5, max_size=5))


@settings(deadline=None, max_examples=15)
@given(
    revenue=columns(), taxes=columns(), parks=st.lists(st.sampled_from(["P1", "P2", "", None]), min_size=5, max_size=5)
)
def test_engines_agree_on_any_stored_column(
    tmp_path_factory: pytest.TempPathFactory,
    revenue: tuple[pl.DataType, list[object]],
    taxes: tuple[pl.DataType, list[object]],
    parks: list[str | None],
) -> None:
    made = with_figures(
        *(Figure(code=f"f{at}", label="x", formula=text, clause="c", reason="r") for at, text in enumerate(FORMULAS))
    )
    frame = pl.DataFrame([row(number, "P1", 2025, 0.0) for number in range(5)]).with_columns(
        pl.Series("park_code", parks, pl.String),
        pl.Series("revenue_10k_cny", revenue[1], revenue[0]),
        pl.Series("taxes_10k_cny", taxes[1], taxes[0]),
        pl.col("leading_industry").cast(pl.String),
    )
    path = tmp_path_factory.mktemp("types") / "a.parquet"
    frame.write_parquet(path)
    records = {"enterprises": parquet_records([path], made.ledger("enterprises"))}
    by_duckdb, by_polars = (park_figures(records, made, 2025, Engine(name)) for name in ("duckdb", "polars"))
    assert by_polars.equals(by_duckdb)


def test_sums_are_those_of_the_figures_as_written(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = with_figures(Figure(code="f", label="x", formula=FORMULAS[0], clause="c", reason="r"))
    values = [Decimal("0.1234565"), Decimal("-7.000000499999"), Decimal("999999999999.999999")]
    frame = pl.DataFrame([row(number, "P1", 2025, 0.0) for number in range(3)]).with_columns(
        pl.Series("revenue_10k_cny", values, pl.Decimal(38, 12)), pl.col("leading_industry").cast(pl.String)
    )
    path = tmp_path_factory.mktemp("types") / "a.parquet"
    frame.write_parquet(path)
    records = {"enterprises": parquet_records([path], made.ledger("enterprises"))}
    for name in ("duckdb", "polars"):
        total = park_figures(records, made, 2025, Engine(name))["value"].item()  # type: ignore[arg-type]
        assert total == float(round(Decimal("999999999993.123456"), 0))
