"""From the code at the foot of a report back to what was published, also after the run has been replaced."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from parkeval import codes
from parkeval.codes import Certified, certified_by
from parkeval.home import Home
from report_templates.enclosures import document_data, verification_code
from report_templates.published import published
from tests.reports import fabricated

PARK = "YN5328-07"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with nothing but results; how they are read from disk is another test's matter."""
    tables = fabricated.results()
    (tmp_path / "results.duckdb").touch()
    monkeypatch.setattr(codes, "read_results", lambda path: tables)
    return Home(tmp_path)


def code_of(park_code: str) -> str:
    return verification_code(document_data(published(fabricated.results(), fabricated.SCHEME, 2025), park_code))


def test_a_code_leads_to_its_park_or_to_all(home: Home) -> None:
    found = certified_by(home, code_of(PARK))
    assert found is not None
    assert (found.year, found.park_code, found.in_force) == (2025, PARK, True)
    assert f"（{PARK}）" in found.words()
    assert certified_by(home, code_of(PARK).lower().replace("-", " ")) == found
    whole = certified_by(home, code_of(""))
    assert whole is not None
    assert whole.park_code == ""


def test_a_code_of_other_figures_is_nobodys(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    code = code_of(PARK)
    tables = fabricated.results()
    values = pl.when(pl.col("park_code") == PARK).then(pl.col("value") + 1).otherwise(pl.col("value"))
    monkeypatch.setattr(
        codes, "read_results", lambda path: tables | {"indicators": tables["indicators"].with_columns(values)}
    )
    assert certified_by(home, code) is None
    assert "不相符" in codes.unknown(code).found


def test_a_code_of_a_replaced_run_is_known_and_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    code, tables = code_of(PARK), fabricated.results()
    run = tables["runs"].filter(pl.col("year") == 2025)
    kept = home.runs / "2025" / run["run_id"].item() / "tables"
    kept.mkdir(parents=True)
    for name, frame in tables.items():
        (run if name == "runs" else frame).write_parquet(kept / f"{name}.parquet")
    later = tables["runs"].with_columns(pl.lit("2025-later").alias("run_id"))
    monkeypatch.setattr(codes, "read_results", lambda path: tables | {"runs": later})
    found = certified_by(home, code)
    assert found == Certified(run["run_id"].item(), 2025, PARK, "景洪嘎洒文旅康养产业园", False)
    assert "已被后来的批次替代" in found.words()
    shutil.rmtree(home.runs)
    assert certified_by(home, code) is None
