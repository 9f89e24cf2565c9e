"""Tables that parks make themselves, one case per peculiarity, as written down in own_tables.toml."""

import tomllib
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tests.validation.filed_folder import FIRST, FORM_SET
from tests.validation.own_table_files import write_file
from validation.conform import conform
from validation.findings import gather
from validation.reading import read

CASES = tomllib.loads((Path(__file__).parent / "own_tables.toml").read_text(encoding="utf-8"))["cases"]
NOT_THE_POINT = ["field_missing", "form_missing", "required_missing", "own_table"]


def read_one(path):
    reading = read(path, FORM_SET)
    conformed = conform(reading, reading.filings, FORM_SET)
    findings = gather([reading.findings, conformed.findings]).filter(~pl.col("check_id").is_in(NOT_THE_POINT))
    return reading, conformed, findings


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_own_table(case, tmp_path):
    path = tmp_path / case.get("file", "自制表.xlsx")
    write_file(path, case)

    reading, conformed, findings = read_one(path)

    park = case.get("park", FIRST)
    assert reading.filings.select("park_code", "year").rows() == ([(park, 2025)] if park else [])
    if not case.get("file_name"):
        findings = findings.filter(pl.col("check_id") != "filing_guessed")
    _check_findings(findings.to_dicts(), case["expect"], path.name)
    items = {row["item"]: row for row in conformed.items.iter_rows(named=True)}
    for name, column in (("values", "value"), ("last", "last_year_value")):
        for item, text in case.get(name, {}).items():
            assert items[item][column] == (Decimal(text) if text else None), item
    for name, column in (("texts", "text"), ("cells", "cell")):
        for item, text in case.get(name, {}).items():
            assert items[item][column] == text, item
    for place, text in case.get("records", {}).items():
        assert _record(conformed.records, *place.split("/")) == (Decimal(text) if text else None), place


def _check_findings(found, expected, name):
    assert [row["check_id"] for row in found] == [row["check_id"] for row in expected], found
    for row, wanted in zip(found, expected, strict=True):
        wanted = dict(wanted)
        assert wanted.pop("said") in row["message"]
        assert row == row | wanted
        assert row["source_file"] == name
        assert row["expected"] and row["cure"]


def _record(records, form, key, column):
    rows = records.filter(pl.col("form") == form)
    numbers = rows.filter(pl.col("text") == key)["record"].to_list()
    values = rows.filter(pl.col("record").is_in(numbers), pl.col("item") == column)["value"].to_list()
    return values[0] if values else None
