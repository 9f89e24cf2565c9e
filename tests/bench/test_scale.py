"""The measurement of scale in small: the product's figures are those of the SQL written by hand, value by value."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from bench.scale import hand_written
from bench.scale.generate import write_records
from bench.scale.tasks import definition
from validation.ledgers.engines import Engine
from validation.ledgers.figures import park_figures
from validation.ledgers.files import parquet_records


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("records")
    write_records(target, 40_000, (2024, 2025), part_rows=15_000)
    return target


@pytest.mark.parametrize(("pairs", "statement"), [(False, hand_written.YEAR), (True, hand_written.PAIRS)])
def test_figures_are_those_of_the_sql_written_by_hand(folder: Path, pairs: bool, statement: str) -> None:
    paths = sorted(folder.glob("*.parquet"))
    assert len(paths) == 4
    made = definition(pairs=pairs)
    figures = park_figures({"enterprises": parquet_records(paths, made.ledger("enterprises"))}, made, 2025, Engine())
    with duckdb.connect() as connection:
        rows = connection.execute(statement, {"files": [str(path) for path in paths], "year": 2025}).fetchall()
    codes = [figure.code for figure in made.figures][1 if pairs else 0 :]
    by_hand = {(row[0], code): value for row in rows for code, value in zip(codes, row[1:], strict=True)}
    compared = 0
    for park, code, value in figures.select("park_code", "figure", "value").iter_rows():
        if (park, code) in by_hand and value is not None:
            assert value == pytest.approx(float(by_hand[park, code]), rel=1e-9, abs=1e-6), (park, code)
            compared += 1
    assert compared > 0.9 * len(codes) * figures["park_code"].n_unique()
