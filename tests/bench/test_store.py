"""The measurement of the store in small: both ways of asking answer alike, and the multiplied results are whole."""

from pathlib import Path

import pytest

from bench.store import main as bench_store
from bench.store.large import multiplied, sample_tables
from parkeval.store import read_results, write_results


def test_store_in_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = multiplied(sample_tables(tmp_path), parks=20, years=2)
    assert tables["parks"].height == 44
    assert tables["scores"].select("year", "park_code", "node").is_duplicated().sum() == 0
    write_results(tmp_path / "large.duckdb", tables)
    assert read_results(tmp_path / "large.duckdb")["ranking"].equals(tables["ranking"])
    few = {key: one for key, one in bench_store.questions().items() if key in ("ranking", "growth")}
    monkeypatch.setattr(bench_store, "questions", lambda: few)
    safe, plain = bench_store._questions(tmp_path / "large.duckdb", tables)
    assert safe > 0 and plain > 0
