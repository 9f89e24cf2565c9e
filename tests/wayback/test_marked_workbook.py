"""Marked-up copies: what is coloured and said where, that nothing else changes, and that they can be read again."""

import io
import shutil
import zipfile

import polars as pl
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment

from tests.validation.filed_folder import (
    BUREAU,
    FIRST,
    FORM_SET,
    correction,
    file_name,
    write_bureau,
    write_clean_folder,
    write_park,
)
from tests.wayback.taken_in import CHECKS, RULES, change, found, taken_in
from validation.findings import Finding, to_frame
from validation.marked_workbook import FILLS, LARGEST_BYTES, SHEET, Heading, NotMarked, mark_workbook, places_of
from validation.reading import read
from validation.way_back import findings_of_file, write_marked_copies

NAME = file_name(FIRST, 2025)
RED, AMBER, BLUE = FILLS["错误"], FILLS["核实"], FILLS["提示"]
WRONG = {"planned_land_mu": 6000, "employees_persons": 30000}
"""Planned land below the 6500 mu developed (错误, cells D5 and D4 of 土地); employees 8600 to 30000 (核实, D6 of 效益与企业)."""


@pytest.fixture(scope="module")
def returned(tmp_path_factory):
    """Folder as filed, its statistics, and the marked-up copy of the one wrong workbook."""
    folder = write_clean_folder(tmp_path_factory.mktemp("filed"))
    write_park(folder, FIRST, 2025, WRONG)
    statistics = taken_in(folder)
    target = tmp_path_factory.mktemp("returned")
    done = write_marked_copies(target, statistics, statistics.findings, RULES, "示例数据，全部虚构")
    assert [path.relative_to(target).as_posix() for path in done.copies] == [f"退回园区/{NAME}"]
    assert done.unmarked == ()
    return folder, statistics, done.copies[0]


def fill(cell):
    return cell.fill.fgColor.rgb if cell.fill.fill_type == "solid" else None


def test_wrong_cells_are_coloured_by_severity_and_say_why(returned):
    _, statistics, copy = returned
    assert set(found(statistics)) == {
        ("developed_land_within_planned", "developed_land_mu"),
        ("growth", "employees_persons"),
    } | {key for key in found(statistics) if key[0] == "localised"}
    book = load_workbook(copy)
    assert fill(book["土地"]["D4"]) == RED and fill(book["土地"]["D5"]) == RED
    assert fill(book["效益与企业"]["D6"]) == AMBER
    assert fill(book["土地"]["D7"]) not in (RED, AMBER, BLUE)
    said = book["土地"]["D5"].comment.text
    assert said.startswith(
        "【错误】已开发面积 6500 亩大于规划面积 6000 亩\n规则：已开发面积不大于规划面积（developed_land_within_planned）"
    )
    assert "所填：6500" in said and "应为：不大于 6000" in said and "处理：核对两项面积和计量单位" in said
    assert book["效益与企业"]["D6"].comment.text.startswith("【核实】“期末从业人员”本年 30000 人")
    assert book["土地"]["D7"].comment is None


def test_everything_else_of_the_workbook_stays(returned):
    folder, _, copy = returned
    filed, marked = load_workbook(folder / NAME), load_workbook(copy)
    assert marked.sheetnames == [SHEET, *filed.sheetnames]
    assert marked.active.title == SHEET
    for sheet in filed:
        other = marked[sheet.title]
        assert [[cell.value for cell in row] for row in sheet] == [[cell.value for cell in row] for row in other]
        assert other.sheet_state == sheet.sheet_state
        assert other.protection.sheet == sheet.protection.sheet
        assert {str(rule.sqref): rule.formula1 for rule in other.data_validations.dataValidation} == {
            str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation
        }
        assert all(
            (cell.protection.locked, cell.number_format)
            == (other[cell.coordinate].protection.locked, other[cell.coordinate].number_format)
            for row in sheet
            for cell in row
        )
    assert marked["_parkeval"].sheet_state == "veryHidden"


def test_first_sheet_lists_all_findings_with_links_and_room_for_an_explanation(returned):
    _, statistics, copy = returned
    sheet = load_workbook(copy)[SHEET]
    assert sheet["B1"].value == f"审核意见：{FIRST}园区（{FIRST}）2025 年度"
    assert "示例数据，全部虚构" in sheet["B2"].value
    assert sheet["A3"].value == "form:#findings" and sheet.column_dimensions["A"].hidden
    assert [cell.value for cell in sheet[4]][1:4] == ["严重程度", "统计指标", "问题"]
    first = dict(zip([cell.value for cell in sheet[3]], sheet[5], strict=True))
    assert first["severity"].value == "错误"
    assert first["place"].value == "土地!D5、D4"
    assert first["place"].hyperlink.location == "'土地'!D5" and first["place"].hyperlink.target is None
    assert first["explanation"].value is None and not first["explanation"].protection.locked
    assert first["message"].protection.locked and sheet.protection.sheet
    assert sheet.max_row == 4 + statistics.findings.height


def test_findings_without_a_cell_and_bureau_corrections_are_listed_too():
    findings = to_frame(
        [
            Finding("corrected", "提示", "已更正", year=2025, park_code=FIRST, source_file=BUREAU, sheet="更正登记", cell="D5"),
            Finding("duplicate_filing", "错误", "有 2 个文件", year=2025, park_code=FIRST, source_file=NAME),
            Finding("correction_mismatch", "错误", "更正与申报不符", year=2025, park_code=FIRST, source_file=BUREAU),
            Finding("growth", "核实", "别的年度", year=2024, park_code=FIRST, source_file=file_name(FIRST, 2024)),
        ]
    )  # fmt: skip
    own = findings_of_file(findings, NAME, FIRST, 2025)
    assert own["check_id"].to_list() == ["corrected", "duplicate_filing"]
    assert findings_of_file(findings, BUREAU, None, None)["check_id"].to_list() == ["corrected", "correction_mismatch"]


def test_same_filing_same_bytes(returned, tmp_path):
    _, statistics, copy = returned
    again = write_marked_copies(tmp_path, statistics, statistics.findings, RULES, "示例数据，全部虚构")
    assert again.copies[0].read_bytes() == copy.read_bytes()
    with zipfile.ZipFile(copy) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


HOSTILE = (
    '=HYPERLINK("http://evil.example","点此")',
    "+1+1",
    "@SUM(A1)",
    "https://evil.example/x",
    "甲\x00\x0b乙",
    "长" * 50_000,
)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_data_is_never_a_formula_or_a_link(returned, text):
    folder, _, _ = returned
    finding = Finding("growth", "核实", text, text, text, text, 2025, FIRST, "x", text, NAME, "土地", "D4", text)
    marked = mark_workbook(
        (folder / NAME).read_bytes(), NAME, to_frame([finding]), {"growth": text}, Heading(text, [text])
    )
    with zipfile.ZipFile(io.BytesIO(marked)) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/")]
        assert not any("<f>" in xml for xml in sheets)
        assert not any("evil" in archive.read(name).decode() for name in archive.namelist() if name.endswith(".rels"))
    line = load_workbook(io.BytesIO(marked))[SHEET][5]
    assert all(
        cell.data_type in ("s", "n") and not isinstance(cell.value, float) for cell in line if cell.value is not None
    )


def test_places_in_other_workbooks_or_beyond_the_sheet_are_not_marked(returned):
    folder, _, _ = returned
    lines = [
        ("无此表", "D4"),
        ("土地", "XFD1048576"),
        ("土地", "ZZ9"),
        ("土地", "=1"),
        ("土地", "D4、规模!D5、无此表!D6"),
    ]
    findings = to_frame(Finding("growth", "核实", f"问题{at}", year=2025, park_code=FIRST, source_file=NAME, sheet=sheet, cell=cell)
                        for at, (sheet, cell) in enumerate(lines))  # fmt: skip
    book = load_workbook(
        io.BytesIO(mark_workbook((folder / NAME).read_bytes(), NAME, findings, {}, Heading("审核意见")))
    )
    coloured = {
        (sheet.title, cell.coordinate)
        for sheet in book.worksheets[1:]
        for row in sheet
        for cell in row
        if fill(cell) == AMBER
    }
    assert coloured == {("土地", "D4"), ("规模", "D5")}
    assert book[SHEET].max_row == 4 + len(lines)


def test_places_are_read_from_the_words_of_a_finding():
    assert list(places_of("规模", "D5、D4、土地!D6")) == [("规模", "D5"), ("规模", "D4"), ("土地", "D6")]
    assert list(places_of("规模", None)) == [] == list(places_of(None, "D4"))


def test_what_is_not_a_workbook_or_too_large_is_not_marked():
    other = io.BytesIO()
    Workbook().save(other)
    for content, said in (
        (b"PK nothing", "不是 .xlsx 工作簿"),
        (_padded(), "工作簿过大"),
        (other.getvalue(), "不是收集模板的工作簿"),
    ):
        with pytest.raises(NotMarked, match=said):
            mark_workbook(content, "a.xlsx", to_frame([]), {}, Heading("审核意见"))


def _padded():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", b" " * (LARGEST_BYTES + 1))
    return buffer.getvalue()


def test_files_that_are_no_workbooks_of_the_product_or_have_changed_get_no_copy(tmp_path):
    folder = write_clean_folder(tmp_path / "filed")
    write_park(folder, FIRST, 2025, WRONG)
    (folder / "笔记.xlsx").write_bytes(b"nothing")
    statistics = taken_in(folder)
    (folder / NAME).write_bytes((folder / NAME).read_bytes() + b" ")
    done = write_marked_copies(tmp_path / "out", statistics, statistics.findings, RULES)
    assert done.copies == ()
    assert dict(done.unmarked) == {NAME: "读取后文件又有改动", "笔记.xlsx": "不是收集模板的 .xlsx 工作簿"}


# ---- sent back ------------------------------------------------------------------------------------------


def answer(path, said):
    """Write `said` (by check id) into the column 情况说明 of the marked-up copy."""
    sheet = load_workbook(path)[SHEET]
    codes = [cell.value for cell in sheet[3]]
    column, check = sheet.cell(1, codes.index("explanation") + 1).column_letter, codes.index("check_id")
    lines = {sheet.cell(row, check + 1).value: row for row in range(5, sheet.max_row + 1)}
    change(path, {(SHEET, f"{column}{lines[check_id]}"): text for check_id, text in said.items()})


def sent_back(returned, tmp_path, said, cells):
    folder, _, copy = returned
    data = tmp_path / "again"
    shutil.copytree(folder, data)
    shutil.copyfile(copy, data / NAME)
    answer(data / NAME, said)
    change(data / NAME, cells)
    return data


def test_a_marked_copy_sent_back_is_read_and_its_answers_stand_beside_the_findings(returned, tmp_path):
    said = {"growth": "新建两个项目，新增从业人员二万余人", "developed_land_within_planned": "土地已收回"}
    data = sent_back(returned, tmp_path, said, {})
    statistics = taken_in(data)
    before = found(returned[1])
    after = found(statistics)
    assert set(before) == set(after)
    assert after["growth", "employees_persons"]["explanation"] == said["growth"]
    assert (
        after["developed_land_within_planned", "developed_land_mu"]["explanation"]
        == said["developed_land_within_planned"]
    )
    assert statistics.refused["park_code"].to_list() == [FIRST]


def test_a_settled_finding_takes_its_answer_with_it(returned, tmp_path):
    data = sent_back(
        returned, tmp_path, {"growth": "属实", "developed_land_within_planned": "已改"}, {("土地", "D4"): 12000}
    )
    statistics = taken_in(data)
    assert set(found(statistics)) == {("growth", "employees_persons")}
    assert found(statistics)["growth", "employees_persons"]["explanation"] == "属实"
    assert statistics.refused.is_empty()


def test_an_answer_counts_for_the_own_park_and_year_alone(returned, tmp_path):
    data = sent_back(returned, tmp_path, {"growth": "属实"}, {})
    book = load_workbook(data / NAME)
    sheet = book[SHEET]
    codes = [cell.value for cell in sheet[3]]
    for row in range(5, sheet.max_row + 1):
        sheet.cell(row, codes.index("park_code") + 1).value = "YN5328-02"
    book.save(data / NAME)
    assert read(data, FORM_SET).answers["park_code"].to_list() == ["YN5328-02"]
    assert found(taken_in(data))["growth", "employees_persons"]["explanation"] is None


def test_the_second_round_takes_off_the_marks_of_the_first_and_keeps_the_answers(returned, tmp_path):
    folder, _, _ = returned
    data = sent_back(returned, tmp_path, {"growth": "属实"}, {("土地", "D4"): 12000})
    statistics = taken_in(data)
    done = write_marked_copies(tmp_path / "out", statistics, statistics.findings, RULES)
    book, filed = load_workbook(done.copies[0]), load_workbook(folder / NAME)
    assert book.sheetnames == [SHEET, *filed.sheetnames]
    for cell in ("D5", "D4"):
        assert fill(book["土地"][cell]) == fill(filed["土地"][cell]) and book["土地"][cell].comment is None
    assert fill(book["效益与企业"]["D6"]) == AMBER
    line = dict(zip([cell.value for cell in book[SHEET][3]], book[SHEET][5], strict=True))
    assert (line["check_id"].value, line["explanation"].value, line["told"].value) == ("growth", "属实", None)


def test_a_correction_of_the_bureau_stands_in_the_copy_of_the_park(tmp_path):
    folder = write_clean_folder(tmp_path / "filed")
    write_bureau(folder, [correction("profit_10k_cny", 51000, 51500)])
    statistics = taken_in(folder)
    assert set(found(statistics)) == {("corrected", "profit_10k_cny")}
    done = write_marked_copies(tmp_path / "out", statistics, statistics.findings, RULES)
    (copy,) = done.copies
    assert fill(load_workbook(copy)["效益与企业"]["D5"]) == BLUE


def test_the_sheet_of_findings_is_no_form(returned):
    _, _, copy = returned
    reading = read([copy, returned[0] / BUREAU], FORM_SET)
    assert reading.findings.is_empty() and reading.answers.is_empty()
    assert CHECKS.rules and "#findings" not in reading.layout["form"].to_list()
    assert reading.filed.filter(pl.col("sheet") == SHEET).is_empty()


def test_a_comment_of_the_clerks_own_stays_and_our_own_do_not_pile_up(returned, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(returned[0], data)
    path = data / NAME
    for number in range(2):
        book = load_workbook(path)
        for sheet in book:
            for row in sheet:
                for cell in row:
                    if cell.comment is not None:
                        cell.comment = Comment(cell.comment.text, " ")  # as LibreOffice leaves it
        if not number:
            book["土地"]["D5"].comment = Comment("含二期用地", "填表人")
        book.save(path)
        statistics = taken_in(data)
        done = write_marked_copies(tmp_path / str(number), statistics, statistics.findings, RULES)
        shutil.copyfile(done.copies[0], path)
    sheet = load_workbook(path)["土地"]
    assert sheet["D5"].comment.text.count("【错误】") == 1 and sheet["D5"].comment.text.endswith(
        "\n\n原批注：含二期用地"
    )
    assert sheet["D4"].comment.text.count("【错误】") == 1 and "原批注" not in sheet["D4"].comment.text
