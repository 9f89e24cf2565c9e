"""Several files of one park and year: taken together where each gives other forms, a finding where a form is given twice."""

import shutil
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from tests.validation.filed_folder import FIRST, FORM_SET, file_name, write_clean_folder
from validation.checks import load_checks
from validation.intake import take_in

CHECKS = load_checks(FORM_SET)
TARGET = file_name(FIRST, 2025)
HIDDEN = {"_parkeval", "_choices"}
PEOPLE = "领军人才"


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return write_clean_folder(tmp_path_factory.mktemp("clean"))


@pytest.fixture
def data(clean, tmp_path):
    return Path(shutil.copytree(clean, tmp_path / "data"))


def taken(data):
    return take_in(data, FORM_SET, CHECKS, first_year=2024, year=2025, deadline=(4, 30))


def split(data, *, part=(PEOPLE,), shared=()):
    """Move the sheets `part` of the target (and copy `shared`) to a file of their own."""
    other = data / "补充" / "领军人才.xlsx"
    other.parent.mkdir()
    for path, keep in ((other, lambda name: name in (*part, *shared)), (data / TARGET, lambda name: name not in part)):
        book = openpyxl.load_workbook(data / TARGET)
        for name in book.sheetnames:
            if not keep(name) and name not in HIDDEN:
                del book[name]
        book.save(path)
    return other


def figures(frame):
    return frame.drop("source_file", "sheet", "cell", "record", strict=False)


def test_files_that_complement_each_other_are_one_filing(data, clean):
    whole = taken(clean)
    other = split(data)
    name = other.relative_to(data).as_posix()
    statistics = taken(data)
    assert statistics.refused.is_empty()
    (merged,) = statistics.findings.to_dicts()
    assert (merged["check_id"], merged["severity"], merged["park_code"]) == ("filing_merged", "提示", FIRST)
    assert f"{name}（{PEOPLE}）" in merged["message"] and f"{TARGET}（封面、土地" in merged["message"]
    for one, expected in ((statistics.items, whole.items), (statistics.records, whole.records)):
        assert figures(one).equals(figures(expected))
    own = statistics.records.filter(pl.col("park_code") == FIRST, pl.col("year") == 2025)
    assert dict(own.select("form", "source_file").unique().rows()) == {"industries": TARGET, "talents": name}
    assert set(statistics.files.filter("used")["source_file"]) >= {TARGET, name}
    filings = statistics.filings.filter(pl.col("park_code") == FIRST, pl.col("year") == 2025)
    assert filings.select("source_file", "late_days").rows() == [(TARGET, 0)]


def test_an_empty_form_is_not_given(data, clean):
    whole = taken(clean)
    shutil.copy(data / TARGET, data / "全.xlsx")
    split(data)
    (data / TARGET).unlink()
    book = openpyxl.load_workbook(data / "全.xlsx")
    for row in book[PEOPLE].iter_rows(min_row=4):
        for cell in row:
            if cell.column > 1 and not cell.protection.locked:
                cell.value = None
    book.save(data / TARGET)
    (data / "全.xlsx").unlink()
    statistics = taken(data)
    assert statistics.findings["check_id"].to_list() == ["filing_merged"]
    assert figures(statistics.records).equals(figures(whole.records))


def test_a_mistake_in_a_part_is_told_in_its_file(data):
    other = split(data, part=("土地",))
    book = openpyxl.load_workbook(other)
    book["土地"]["D7"] = -5
    book.save(other)
    finding = next(row for row in taken(data).findings.to_dicts() if row["severity"] == "错误")
    assert (finding["source_file"], finding["sheet"], finding["cell"]) == ("补充/领军人才.xlsx", "土地", "D7")


def test_a_form_given_twice_is_a_finding_as_ever(data):
    split(data, shared=("封面",))
    statistics = taken(data)
    assert "duplicate_filing" in statistics.findings["check_id"].to_list()
    assert "filing_merged" not in statistics.findings["check_id"].to_list()
    assert statistics.refused.select("park_code", "year").rows() == [(FIRST, 2025)]


def test_a_form_missing_from_all_files_is_told_once(data):
    other = split(data, part=(PEOPLE, "绿色"))
    book = openpyxl.load_workbook(other)
    del book["绿色"]
    book.save(other)
    missing = [row for row in taken(data).findings.to_dicts() if row["check_id"] == "form_missing"]
    assert [(row["sheet"], row["source_file"]) for row in missing] == [("绿色", TARGET)]
