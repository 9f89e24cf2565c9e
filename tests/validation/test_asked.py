"""Items that only parks of some level or type fill in."""

import openpyxl
import polars as pl
import pytest

from tests.validation.filed_folder import FIRST, FORM_SET, file_name, set_cells, write_clean_folder
from validation.conform import conform
from validation.forms import FormSet
from validation.reading import read
from validation.template import NOT_ASKED, write_templates

ITEM = "idle_land_mu"


def limited(**limits):
    """The form set with `ITEM` asked of some parks only."""
    content = FORM_SET.model_dump()
    for workbook in content["workbooks"]:
        for form in workbook["forms"]:
            for item in form["items"]:
                item.update(limits if item["code"] == ITEM else {})
    return FormSet.model_validate(content)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Parks of level 州级, type 产业园区; the first one left the item empty in 2025."""
    folder = write_clean_folder(tmp_path_factory.mktemp("data"))
    set_cells(folder / file_name(FIRST, 2025), {("土地", "D7"): ""})
    return folder


def told(folder, form_set):
    reading = read(folder, form_set)
    findings = conform(reading, reading.filings, form_set).findings.filter(pl.col("item") == ITEM)
    return sorted(findings.select("check_id", "source_file").rows())


def test_required_where_it_is_asked(folder):
    wanted = [("required_missing", file_name(FIRST, 2025))]
    assert told(folder, FORM_SET) == wanted
    assert told(folder, limited(levels=("州级", "省级"))) == wanted
    assert told(folder, limited(types=("产业园区",))) == wanted


@pytest.mark.parametrize("limits", [{"levels": ("省级",)}, {"types": ("产业集聚区",)}])
def test_not_required_elsewhere_and_told_when_filed_all_the_same(limits, folder):
    findings = told(folder, limited(**limits))
    assert file_name(FIRST, 2025) not in [name for _, name in findings]
    assert {check_id for check_id, _ in findings} == {"not_asked"}
    assert len(findings) == 3


def test_template_locks_what_is_not_asked(tmp_path):
    parks = [
        ("YN5328-01", "甲园", "州级", "产业园区"),
        ("YN5328-02", "乙园", "省级", "产业园区"),
        ("YN5328-03", "丙园"),
    ]
    paths = write_templates(tmp_path, limited(levels=("省级",)), parks, 2025)
    locked = {}
    for path in paths[:3]:
        sheet = openpyxl.load_workbook(path)["土地"]
        row = next(row for row in range(1, 20) if sheet.cell(row, 1).value == ITEM)
        locked[path.name[:9]] = (
            sheet.cell(row, 4).protection.locked,
            sheet.cell(row, 5).protection.locked,
            sheet.cell(row, 6).value,
        )
    assert locked["YN5328-01"] == (True, True, NOT_ASKED)
    assert locked["YN5328-02"][:2] == locked["YN5328-03"][:2] == (False, False)
