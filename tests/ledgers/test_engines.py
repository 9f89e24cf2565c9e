"""Figures from enterprises: the same by every engine, and the same as counted row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledgers.plain_ledgers import (
    definition,
    invented,
    invented_parcels,
    invented_projects,
    row,
    taken,
    total,
    with_figures,
    write,
)
from validation.ledgers.definition import Figure
from validation.ledgers.engines import Engine
from validation.ledgers.figures import park_figures
from validation.ledgers.files import take_records
from validation.ledgers.records import Records
from validation.problems import EngineMissing

Given = Mapping[str, Records]


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Given:
    return taken(tmp_path_factory.mktemp("records"), invented(7), invented_projects(7), invented_parcels(7)).records


@pytest.fixture(scope="module")
def by_duckdb(records: Given) -> pl.DataFrame:
    return park_figures(records, definition(), 2025, Engine("duckdb"))


def value_of(figures: pl.DataFrame, park: str, code: str) -> float | None:
    return figures.filter(park_code=park, figure=code)["value"].item()


def test_polars_and_duckdb_give_the_same_value_by_value(records: Given, by_duckdb: pl.DataFrame) -> None:
    figures = definition().figures
    assert [len(by_duckdb.filter(figure=one.code)) for one in figures] == [
        4 if one.ledgers == ("parcels",) else 5 for one in figures
    ]
    assert park_figures(records, definition(), 2025, Engine("polars")).equals(by_duckdb)


def test_figures_are_those_counted_row_by_row(by_duckdb: pl.DataFrame) -> None:
    rows = invented(7)
    for park in ("P0", "P1", "P2", "P3", "P4"):
        now = [one for one in rows if one["park_code"] == park and one["year"] == 2025]
        last = {one["credit_code"]: one for one in rows if one["park_code"] == park and one["year"] == 2024}
        there = {one["credit_code"] for one in now}
        revenues = [one["revenue_10k_cny"] for one in now]
        assert value_of(by_duckdb, park, "taxes_10k_cny") == float(total([one["taxes_10k_cny"] for one in now]))
        assert value_of(by_duckdb, park, "entered_count") == len(there - last.keys())
        assert value_of(by_duckdb, park, "left_count") == len(last.keys() - there)
        if None in revenues:
            reason = by_duckdb.filter(park_code=park, figure="revenue_10k_cny")["reason"].item()
            assert reason == f"“合计[企业营业收入]”有 {revenues.count(None)} 条记录缺数"
            continue
        whole = total(revenues)
        largest = sorted(revenues, reverse=True)[:4]
        assert value_of(by_duckdb, park, "revenue_10k_cny") == float(whole)
        assert value_of(by_duckdb, park, "cr4_pct") == pytest.approx(float(100 * total(largest) / whole), rel=1e-11)
        squares = sum((total([one]) / whole) ** 2 for one in revenues)
        assert value_of(by_duckdb, park, "hhi") == pytest.approx(float(10000 * squares), rel=1e-9)
        assert value_of(by_duckdb, park, "revenue_median_10k_cny") == pytest.approx(median(revenues), rel=1e-11)


def test_growth_of_the_same_enterprises_leaves_out_who_came_and_went(tmp_path: Path) -> None:
    rows = [
        row(1, "P1", 2024, 100.0), row(1, "P1", 2025, 110.0), row(2, "P1", 2024, 300.0), row(2, "P1", 2025, 330.0),
        row(3, "P1", 2024, 999.0), row(4, "P1", 2025, 5.0), row(5, "P2", 2024, 7.0), row(5, "P1", 2025, 70.0),
    ]  # fmt: skip
    figures = park_figures(taken(tmp_path, rows).records, definition(), 2025, Engine())
    assert value_of(figures, "P1", "same_enterprises_growth_pct") == 10
    assert value_of(figures, "P1", "entered_count") == 2
    assert value_of(figures, "P1", "left_count") == 1
    assert value_of(figures, "P1", "top_gains_10k_cny") == 40


def test_only_the_closing_month_counts_for_the_year(tmp_path: Path) -> None:
    rows = [row(1, "P1", 2025, 60.0, month=6), row(1, "P1", 2025, 130.0, month=12), row(2, "P1", 2025, 7.0, month=None)]
    for engine in ("duckdb", "polars"):
        figures = park_figures(taken(tmp_path, rows).records, definition(), 2025, Engine(engine))
        assert value_of(figures, "P1", "revenue_10k_cny") == 137


def test_parts_of_other_types_and_units_add_up(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", [row(1, "P1", 2025, 1.25)])
    pl.DataFrame([row(2, "P1", 2025, 3.0)]).rename({"revenue_10k_cny": "营业收入（千元）"}).cast(
        {"营业收入（千元）": pl.Decimal(12, 2), "leading_industry": pl.String}
    ).write_parquet(tmp_path / "b.parquet")
    records = take_records([tmp_path / "a.parquet", tmp_path / "b.parquet"], definition(), tmp_path).records
    for engine in ("duckdb", "polars"):
        assert value_of(park_figures(records, definition(), 2025, Engine(engine)), "P1", "revenue_10k_cny") == 1.55


EXPRESSIONS = st.sampled_from(
    [
        "AVG(enterprises.taxes_10k_cny)", "MIN(enterprises.land_mu)", "MAX(enterprises.revenue_10k_cny - enterprises.taxes_10k_cny)",
        "SUM(enterprises.taxes_10k_cny / enterprises.revenue_10k_cny)", "COUNT(enterprises.leading_industry)",
        "COALESCE(SUM(enterprises.land_mu) FILTER (WHERE enterprises.land_mu > 59), 0)",
        "SUM(enterprises.revenue_10k_cny) FILTER (WHERE enterprises.taxes_10k_cny / enterprises.revenue_10k_cny > 0.031)",
        "QUANTILE_CONT(enterprises.land_mu, 0.25) FILTER (WHERE enterprises.industry BETWEEN '1300' AND '4399')",
        "TOP_SUM(enterprises.land_mu, 3) FILTER (WHERE enterprises.leading_industry IN ('橡胶'))",
        "COUNT(DISTINCT enterprises.credit_code) FILTER (WHERE enterprises.above_scale = '是' OR enterprises.land_mu < 0)",
    ]
)  # fmt: skip


@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 99), formula=EXPRESSIONS)
def test_any_formula_is_computed_alike(tmp_path_factory: pytest.TempPathFactory, seed: int, formula: str) -> None:
    made = taken(tmp_path_factory.mktemp("any"), invented(seed, 3, 40)).records
    figure = Figure(code="x", label="x", formula=formula, clause="c", reason="r")
    by_engine = [park_figures(made, with_figures(figure), 2025, Engine(name)) for name in ("polars", "duckdb")]
    assert by_engine[0].equals(by_engine[1])


def test_a_spark_that_cannot_start_is_told(records: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    with pytest.raises(EngineMissing, match="没有安装 pyspark"):
        park_figures(records, definition(), 2025, Engine("spark"))


def test_memory_that_does_not_last_is_used_for_a_part_of_the_parks_at_a_time(
    records: Given, by_duckdb: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    from validation.ledgers import engines

    asked: list[str] = []
    whole = engines.run

    def short_of_memory(records: Sequence[Records], statement: str, engine: Engine) -> list[tuple[object, ...]]:
        asked.append(statement)
        if "hash" not in statement:
            raise duckdb.OutOfMemoryException("Out of Memory Error")
        return whole(records, statement, engine)

    monkeypatch.setattr(engines, "run", short_of_memory)
    assert park_figures(records, definition(), 2025, Engine("duckdb")).equals(by_duckdb)
    assert len(asked) == 20
    monkeypatch.setattr(engines, "MOST_SHARES", 1)
    with pytest.raises(MemoryError):
        park_figures(records, definition(), 2025, Engine("duckdb"))
