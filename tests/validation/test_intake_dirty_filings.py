"""Dirty filings, one case per mistake, as written down in dirty_filings.toml."""

import shutil
import tomllib
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tests.validation.filed_folder import FIRST, FORM_SET, file_name, places, set_cells, write_clean_folder
from validation.checks import load_checks
from validation.intake import take_in

CASES = tomllib.loads((Path(__file__).parent / "dirty_filings.toml").read_text(encoding="utf-8"))["cases"]
CHECKS = load_checks(FORM_SET)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    folder = write_clean_folder(tmp_path_factory.mktemp("clean"))
    return folder, places(folder, file_name(FIRST, 2025))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_dirty_filing(case, clean, tmp_path):
    folder, cells = clean
    data = tmp_path / "data"
    shutil.copytree(folder, data)
    wanted = {
        cells[change["form"], change["field"], change.get("period", "this"), change.get("record", 0)]: change["to"]
        for change in case.get("set", [])
    }
    set_cells(data / file_name(FIRST, 2025), wanted)

    statistics = take_in(data, FORM_SET, CHECKS, first_year=2024, year=2025, deadline=(4, 30))

    found = statistics.findings.to_dicts()
    assert [finding["check_id"] for finding in found] == [expected["check_id"] for expected in case["expect"]], found
    for finding, expected in zip(found, case["expect"], strict=True):
        said = expected.pop("said")
        assert said in finding["message"]
        assert finding == finding | expected
        assert (finding["year"], finding["park_code"]) == (2025, FIRST)
        assert (finding["source_file"], finding["cell"] is not None) == (file_name(FIRST, 2025), True)
        assert finding["expected"] and finding["cure"]
        changed = [cell for _, cell in wanted]
        assert any(cell in finding["cell"].split("、") for cell in changed) or finding["check_id"] in (
            "industries_energy_sum",
            "record_twice",
        )
    refused = list(statistics.refused.select("park_code", "year").iter_rows())
    assert refused == ([(FIRST, 2025)] if case["refused"] else [])
    for item, text in case.get("values", {}).items():
        row = statistics.items.filter(pl.col("park_code") == FIRST, pl.col("year") == 2025, pl.col("item") == item)
        assert row["value"].item() == Decimal(text)
