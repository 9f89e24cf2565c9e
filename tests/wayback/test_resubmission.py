"""Two submissions of one park and year: which counts, and what changed between them."""

from datetime import date

import polars as pl
import pytest
from openpyxl import load_workbook

from tests.validation.filed_folder import (
    BUREAU,
    FIRST,
    FORM_SET,
    ITEMS_2025,
    SECOND,
    file_name,
    write_clean_folder,
    write_park,
)
from tests.wayback.taken_in import change, taken_in
from validation.comparison_workbook import write_comparison
from validation.resubmission import NEW, REMAINING, SETTLED, compare_submissions, completed

NAME = file_name(FIRST, 2025)
APRIL, MAY = date(2026, 4, 15), date(2026, 5, 20)


def refiled(tmp_path, first, second, **changes):
    """A clean folder in which FIRST filed 2025 twice, on the dates given; the second time with `changes`."""
    folder = write_clean_folder(tmp_path / "data")
    write_park(folder, FIRST, 2025, {"filed_on": first})
    write_park(folder / "补报", FIRST, 2025, {"filed_on": second, **changes})
    return folder


def value(statistics, item, park_code=FIRST):
    rows = statistics.items.filter(pl.col("park_code") == park_code, pl.col("year") == 2025, pl.col("item") == item)
    return rows["value"].item(), rows["source_file"].item()


@pytest.mark.parametrize(("first", "second", "counts"), [(APRIL, MAY, f"补报/{NAME}"), (MAY, APRIL, NAME)])
def test_the_later_filing_date_counts(tmp_path, first, second, counts):
    statistics = taken_in(refiled(tmp_path, first, second, profit_10k_cny=52000))
    (note,) = statistics.findings.to_dicts()
    assert (note["check_id"], note["severity"], note["source_file"]) == ("resubmitted", "提示", counts)
    other = NAME if counts != NAME else f"补报/{NAME}"
    assert note["message"] == f"重新报送：采用 {counts}（报送日期 2026-05-20），不采用 {other}（报送日期 2026-04-15）"
    assert value(statistics, "profit_10k_cny") == (52000 if counts.startswith("补报") else 51000, counts)
    used = statistics.files.filter(pl.col("park_code") == FIRST, pl.col("year") == 2025, "used")
    assert used["source_file"].to_list() == [counts]


def test_a_correction_sent_in_after_the_deadline_is_not_late_when_the_first_filing_was_in_time(tmp_path):
    statistics = taken_in(refiled(tmp_path, APRIL, MAY, profit_10k_cny=52000))
    row = statistics.filings.filter(pl.col("park_code") == FIRST, pl.col("year") == 2025).row(0, named=True)
    assert (row["filed_on"], row["late_days"]) == (MAY, 0)


@pytest.mark.parametrize(("first", "second"), [(APRIL, APRIL), (None, MAY), (None, None)])
def test_equal_or_missing_dates_settle_nothing(tmp_path, first, second):
    statistics = taken_in(refiled(tmp_path, first, second, profit_10k_cny=52000))
    (error,) = statistics.findings.filter(pl.col("check_id") == "duplicate_filing").to_dicts()
    assert error["severity"] == "错误"
    assert NAME in error["message"] and f"补报/{NAME}" in error["message"]
    assert statistics.refused.select("park_code", "year").rows() == [(FIRST, 2025)]


def test_of_three_files_the_latest_counts_unless_two_are_latest(tmp_path):
    folder = refiled(tmp_path, APRIL, MAY, profit_10k_cny=52000)
    write_park(folder / "又报", FIRST, 2025, {"filed_on": date(2026, 5, 25), "profit_10k_cny": 53000})
    assert value(taken_in(folder), "profit_10k_cny") == (53000, f"又报/{NAME}")
    write_park(folder / "又报", FIRST, 2025, {"filed_on": MAY, "profit_10k_cny": 53000})
    assert taken_in(folder).refused.height == 1


# ---- before and after -----------------------------------------------------------------------------------


@pytest.fixture
def both(tmp_path):
    """Before: land wrong (错误), employees and exports up (核实). After: land mended, exports as before, taxes now up."""
    before, after = write_clean_folder(tmp_path / "before"), write_clean_folder(tmp_path / "after")
    write_park(before, FIRST, 2025, {"planned_land_mu": 6000, "employees_persons": 30000})
    write_park(after, FIRST, 2025, {"employees_persons": 31000, "taxes_10k_cny": 90000})
    return before, after


def test_what_changed_item_by_item(both):
    before, after = (taken_in(folder) for folder in both)
    changes = compare_submissions(before, after, FORM_SET).changes
    assert changes.select("park_code", "year", "item", "label", "unit", "before", "after").rows() == [
        (FIRST, 2025, "planned_land_mu", "规划面积", "亩", "6000", "12000"),
        (FIRST, 2025, "taxes_10k_cny", "税收总额", "万元", "45000", "90000"),
        (FIRST, 2025, "employees_persons", "期末从业人员", "人", "30000", "31000"),
    ]


def test_findings_settled_new_and_remaining(both):
    before, after = (taken_in(folder) for folder in both)
    findings = compare_submissions(before, after, FORM_SET).findings.filter(pl.col("severity") != "提示")
    columns = ("outcome", "check_id", "item", "value_before", "value_after")
    assert findings.select(columns).rows() == [
        (SETTLED, "developed_land_within_planned", "developed_land_mu", "6500", None),
        (NEW, "growth", "taxes_10k_cny", None, "变动 114.3%"),
        (REMAINING, "growth", "employees_persons", "变动 248.8%", "变动 260.5%"),
    ]


def test_the_same_filing_has_no_change_and_all_findings_remain(both):
    statistics = taken_in(both[0])
    same = compare_submissions(statistics, statistics, FORM_SET)
    assert same.changes.is_empty()
    assert set(same.findings["outcome"]) == {REMAINING}


def test_lines_of_a_table_and_last_years_column_are_compared_too(tmp_path):
    before, after = write_clean_folder(tmp_path / "before"), write_clean_folder(tmp_path / "after")
    change(after / NAME, {("分行业", "B6"): "橡胶", ("规模", "E4"): 861000, ("封面", "D7"): MAY})
    changes = compare_submissions(taken_in(before), taken_in(after), FORM_SET).changes
    told = {(row["item"], row["record"]): (row["before"], row["after"]) for row in changes.to_dicts()}
    quarter = str(ITEMS_2025["revenue_10k_cny"] // 4)
    assert told["filed_on", ""] == ("2026-04-15", "2026-05-20")
    assert told["industrial_output_10k_cny（上年）", ""] == ("860000", "861000")
    assert told["revenue_10k_cny", "制糖"] == (quarter, None) and told["revenue_10k_cny", "橡胶"] == (None, quarter)
    assert len(told) == 2 + 2 * 5


def test_a_single_workbook_is_completed_from_the_folder_it_belongs_to(both):
    before, after = both
    alone = completed([after / NAME], [before], FORM_SET)
    assert alone.park_years is not None and alone.park_years.rows() == [(FIRST, 2025)]
    assert sorted(path.relative_to(before).as_posix() for path in alone.paths[1:]) == sorted(
        [file_name(FIRST, 2024), file_name(SECOND, 2024), file_name(SECOND, 2025), BUREAU]
    )
    assert completed([before], [after / NAME], FORM_SET).park_years is None
    one = compare_submissions(taken_in(before), taken_in(list(alone.paths)), FORM_SET, alone.park_years)
    all_parks = compare_submissions(taken_in(before), taken_in(after), FORM_SET)
    assert one.changes.equals(all_parks.changes)


def test_the_comparison_as_a_workbook(both, tmp_path):
    before, after = (taken_in(folder) for folder in both)
    parks = pl.DataFrame({"park_code": [FIRST], "name": ["=甲园区"]})
    comparison = compare_submissions(before, after, FORM_SET)
    for name in ("a.xlsx", "b.xlsx"):
        write_comparison(tmp_path / name, comparison, parks, "前后对比", "示例数据")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    book = load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["改动", "问题变化"]
    assert [cell.value for cell in book["改动"][4]][:8] == [
        "2025",
        FIRST,
        "=甲园区",
        "规划面积",
        None,
        "亩",
        "6000",
        "12000",
    ]
    assert book["改动"]["C4"].data_type == "s"
    assert book["问题变化"]["A4"].value == SETTLED
