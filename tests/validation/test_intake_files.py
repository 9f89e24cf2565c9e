"""Files as a whole: which are read, which refused, and that one bad file stops no other."""

import io
import shutil
import struct
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.validation.filed_folder import (
    BUREAU,
    FIRST,
    FORM_SET,
    ITEMS_2025,
    SECOND,
    YOUNG,
    correction,
    file_name,
    rewrite,
    sheet_parts,
    write_bureau,
    write_clean_folder,
    write_park,
)
from validation.checks import load_checks
from validation.intake import take_in
from validation.problems import DataRefused
from validation.template import Content, write_workbook

CHECKS = load_checks(FORM_SET)
TARGET = file_name(FIRST, 2025)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return write_clean_folder(tmp_path_factory.mktemp("clean"))


@pytest.fixture
def data(clean, tmp_path):
    return Path(shutil.copytree(clean, tmp_path / "data"))


def taken(data, **options):
    return take_in(data, FORM_SET, CHECKS, **{"first_year": 2024, "year": 2025, "deadline": (4, 30)} | options)


def told(statistics):
    return {(row["check_id"], row["severity"], row["source_file"]) for row in statistics.findings.iter_rows(named=True)}


def refused(statistics):
    return list(statistics.refused.select("park_code", "year").iter_rows())


def zipped(parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def edited(path, change, part="xl/worksheets/sheet2.xml"):
    rewrite(path, lambda name, text: change(text) if name == part else text)


def far_cell(path):
    edited(path, lambda text: text.replace("</row>", '<c r="XFD1048576"><v>1</v></c></row>', 1))


def far_row(path):
    edited(path, lambda text: text.replace("</sheetData>", '<row r="20001"><c r="A20001"/></row></sheetData>'))


def far_column_without_reference(path):
    edited(path, lambda text: text.replace("</row>", "<c/>" * 301 + "</row>", 1))


def doctype(path):
    edited(path, lambda text: text.replace("<worksheet", '<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1))


def broken_xml(path):
    edited(path, lambda text: text.replace("</sheetData>", "", 1))


def bomb(path):
    rewrite(path, lambda _, text: text, **{"xl/media/image1.png": bytes(30_000_000)})


def many_parts(path):
    rewrite(path, lambda _, text: text, **{f"xl/media/image{number}.png": b"" for number in range(1001)})


def macro(path):
    rewrite(path, lambda _, text: text, **{"xl/vbaProject.bin": b"x"})


def sheet_hidden_in_another_part(path):
    edited(path, lambda text: text.replace("worksheets/sheet2.xml", "media/sheet2.png"), "xl/_rels/workbook.xml.rels")


def long_texts(path):
    """One long shared text in many cells: small as a file, large once laid out."""
    edited(path, lambda text: text.replace("</si>", f"<t>{'长' * 200_000}</t></si>", 1), "xl/sharedStrings.xml")
    edited(path, lambda text: text.replace("</row>", '<c t="s"><v>0</v></c>' * 150 + "</row>"))


def wide_sheets(path):
    part = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="20000"><c r="KN20000"/></row></sheetData></worksheet>'
    rewrite(path, lambda _, text: text, **{f"xl/worksheets/more{number}.xml": part.encode() for number in range(3)})


def lying_size(path):
    """Declares fewer bytes than the part inflates to, which readers that trust the stream would not notice."""
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        part = archive.getinfo("xl/worksheets/sheet2.xml")
    entry = content.index(b"PK\x01\x02")
    while content[entry + 46 : entry + 46 + len(part.filename)] != part.filename.encode():
        entry = content.index(b"PK\x01\x02", entry + 4)
    path.write_bytes(content[: entry + 24] + struct.pack("<I", 10) + content[entry + 28 :])


def truncated(path):
    path.write_bytes(path.read_bytes()[:3000])


def flipped(path):
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("xl/worksheets/sheet2.xml").header_offset + 200
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(bytes(content))


UNREADABLE = {
    "empty file": (lambda path: path.write_bytes(b""), "0 字节"),
    "no workbook": (lambda path: path.write_bytes(b"PK\x05\x06 not a workbook"), "不是工作簿"),
    "text file": (lambda path: path.write_text("园区,2025\n"), "不是工作簿"),
    "zip of something else": (lambda path: path.write_bytes(zipped({"a.txt": b"a"})), "没有工作簿"),
    "old or encrypted": (lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99), "密码"),
    "too large": (lambda path: path.write_bytes(path.read_bytes() + bytes(20 * 1024 * 1024)), "20 MB"),
    "far cell": (far_cell, "1048576"),
    "far row": (far_row, "20001"),
    "far column without a reference": (far_column_without_reference, "301 列"),
    "doctype": (doctype, "DOCTYPE"),
    "broken xml": (broken_xml, "不是合法的 XML"),
    "zip bomb": (bomb, "压缩比"),
    "many parts": (many_parts, "个部分"),
    "macro": (macro, "宏"),
    "sheet in another part": (sheet_hidden_in_another_part, "工作表存放在"),
    "long texts": (long_texts, "文字过长"),
    "wide sheets": (wide_sheets, "各表合计占"),
    "lying size": (lying_size, "校验和"),
    "truncated": (truncated, "损坏"),
    "flipped byte": (flipped, "xl/worksheets/sheet2.xml"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_a_finding_and_stops_no_other(name, data):
    spoil, said = UNREADABLE[name]
    spoil(data / TARGET)

    statistics = taken(data)

    assert told(statistics) == {("file_unreadable", "错误", TARGET), ("not_used", "错误", None)}
    finding = statistics.findings.filter(pl.col("check_id") == "file_unreadable").to_dicts()[0]
    assert said in finding["message"] and finding["expected"] and finding["cure"]
    assert (finding["year"], finding["park_code"]) == (2025, None)
    assert refused(statistics) == [(FIRST, 2025)]
    assert statistics.refused["reason"].to_list() == ["报送的文件未能采用"]
    assert statistics.files.filter(~pl.col("used"))["source_file"].to_list() == [TARGET]


def test_workbook_that_is_no_template(data):
    shutil.copy(data / BUREAU, data / "别的.xlsx")
    edited(data / "别的.xlsx", lambda text: text.replace('"_parkeval"', '"别名"'), "xl/workbook.xml")
    assert told(taken(data)) == {("several_parks", "错误", "别的.xlsx")}


def test_workbook_of_another_version(data):
    rewrite(data / TARGET, lambda _, text: text.replace("2023.1", "2019.9"))
    assert told(taken(data)) == {("template_version", "错误", TARGET), ("not_used", "错误", None)}


def test_missing_sheet_is_one_finding(data):
    sheet = sheet_parts(data / TARGET)["绿色"]
    rewrite(data / TARGET, lambda name, text: _without_rows(text) if name == sheet else text)

    statistics = taken(data)

    assert told(statistics) == {("form_missing", "错误", TARGET)}
    assert "绿色" in statistics.findings["message"][0]
    assert refused(statistics) == [(FIRST, 2025)]
    assert statistics.items.filter(pl.col("park_code") == FIRST, pl.col("year") == 2025).height == len(FORM_SET.items())


def _without_rows(xml):
    head, rest = xml.split("<sheetData>")
    return f"{head}<sheetData/>{rest.split('</sheetData>')[1]}"


def test_deleted_row_names_the_item(data):
    sheet = sheet_parts(data / TARGET)["规模"]
    rewrite(data / TARGET, lambda name, text: _without_row(text, 8) if name == sheet else text)
    findings = taken(data).findings.to_dicts()
    assert [(row["check_id"], row["item"], row["sheet"]) for row in findings] == [
        ("field_missing", "revenue_above_scale_10k_cny", "规模")
    ]


def _without_row(xml, number):
    before, after = xml.split(f'<row r="{number}"')
    return before + after.split("</row>", 1)[1]


def test_unknown_park_is_not_used(data):
    write_park(data, "YN5328-99", 2025)
    statistics = taken(data)
    assert told(statistics) == {("unknown_park", "错误", file_name("YN5328-99", 2025))}
    assert refused(statistics) == []
    assert "YN5328-99" not in statistics.items["park_code"].to_list()


def test_code_whose_zeros_a_spreadsheet_ate_is_recognised_in_the_cure(data):
    parks = [
        {
            "park_code": code, "from_year": 2020, "name": "园区", "level": "州级", "park_type": "产业园区", "region_code": "532822",
            "region": "勐海县", "approved_year": 2006, "leading_industries": ("普洱茶",),
        }
        for code in (FIRST, SECOND, "00532801")
    ]  # fmt: skip
    write_bureau(data, parks=parks)
    (data / "自制.csv").write_text("园区代码,532801\n统计年度,2025\n税收总额（万元）,1\n", encoding="utf-8")
    finding = taken(data).findings.filter(pl.col("check_id") == "unknown_park").to_dicts()[0]
    assert "疑为 00532801（前面的 0 丢失）" in finding["cure"]


def test_two_different_files_for_one_park_and_year(data):
    write_park(data / "补报", FIRST, 2025, {"profit_10k_cny": 1})
    statistics = taken(data)
    finding = statistics.findings.to_dicts()[0]
    assert finding["check_id"] == "duplicate_filing"
    assert TARGET in finding["message"] and f"补报/{TARGET}" in finding["message"]
    assert refused(statistics) == [(FIRST, 2025)]


def test_two_identical_files_are_one(data):
    (data / "再报").mkdir()
    shutil.copy(data / TARGET, data / "再报" / "同一份.xlsx")
    statistics = taken(data)
    assert told(statistics) == {("duplicate_identical", "提示", "再报/同一份.xlsx")}
    assert refused(statistics) == []


def test_other_files_in_the_folder(data):
    for name in (
        "README.md",
        "说明.pdf",
        "~$打开的.xlsx",
        ".隐藏.xlsx",
        "Thumbs.db",
        "附件.DOCX",
        "附件2.docx",
        "台账",
    ):
        (data / name).write_bytes(b"x")
    (data / "数据.et").write_bytes(b"x")
    statistics = taken(data)
    assert told(statistics) == {
        ("file_not_read", "错误", "数据.et"),
        ("file_passed_over", "提示", "说明.pdf"),
        ("file_passed_over", "提示", "附件.DOCX"),
        ("file_passed_over", "提示", "台账"),
    }
    said = statistics.findings.filter(check_id="file_passed_over")["message"].to_list()
    assert sorted(said) == [
        "1 个 .pdf 文件没有读取：说明.pdf",
        "1 个没有后缀的文件没有读取：台账",
        "2 个 .docx 文件没有读取：附件.DOCX、附件2.docx",
    ]
    assert refused(statistics) == []


def test_park_without_a_filing_and_park_approved_later(data):
    (data / file_name(SECOND, 2025)).unlink()
    statistics = taken(data)
    assert [(row["check_id"], row["park_code"]) for row in statistics.findings.to_dicts()] == [("not_filed", SECOND)]
    assert refused(statistics) == [(SECOND, 2025)]
    assert (YOUNG, 2026) in refused(taken(data, year=2026))


def test_without_bureau_workbook(data):
    (data / BUREAU).unlink()
    with pytest.raises(DataRefused, match="没有可用的州级汇总工作簿"):
        taken(data)


def test_damaged_bureau_workbook_is_named(data):
    (data / BUREAU).write_bytes(b"x")
    with pytest.raises(DataRefused, match=BUREAU):
        taken(data)


def test_bureau_workbook_without_parks(data):
    write_bureau(data, parks=[])
    with pytest.raises(DataRefused, match="没有园区"):
        taken(data)


def test_two_bureau_workbooks(data):
    write_bureau(data / "旧", parks=[])
    with pytest.raises(DataRefused, match=f"{BUREAU}.*有多个不同的州级汇总工作簿"):
        taken(data)


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_nothing_to_read(name, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataRefused, match="没有"):
        taken(tmp_path / name)


def test_row_of_the_bureau_with_an_error_blocks_its_park(data):
    write_bureau(data, events=[{"park_code": SECOND, "kind": "安全生产事故", "severity": "一般"}])
    statistics = taken(data)
    assert {row["check_id"] for row in statistics.findings.to_dicts()} == {"required_missing"}
    assert set(statistics.findings["park_code"]) == {SECOND}
    assert refused(statistics) == [(SECOND, 2025)]


def test_event_of_a_park_nobody_knows_is_told(data):
    event = {
        "park_code": "YN5328-20", "occurred_on": date(2025, 3, 1), "kind": "安全生产事故", "severity": "一般",
        "description": "说明", "evidence": "文号",
    }  # fmt: skip
    write_bureau(data, events=[event])
    statistics = taken(data)
    assert [(row["check_id"], row["park_code"], row["value"]) for row in statistics.findings.to_dicts()] == [
        ("unknown_park_in_table", None, "YN5328-20")
    ]
    assert refused(statistics) == []


def test_correction_is_applied_and_told(data):
    write_park(data, FIRST, 2025, {"idle_land_mu": -120})
    write_bureau(data, [correction("idle_land_mu", -120, 120.5)])
    statistics = taken(data)
    assert [row["check_id"] for row in statistics.findings.to_dicts()] == ["corrected"]
    row = statistics.items.filter(pl.col("corrected")).to_dicts()
    assert [(one["item"], one["value"], one["filed_value"], one["correction_reason"]) for one in row] == [
        ("idle_land_mu", Decimal("120.5"), Decimal(-120), "填报笔误")
    ]


def test_correction_of_a_table_cell(data):
    energy = ITEMS_2025["industrial_energy_tce"]
    write_bureau(data, [correction("industries/制糖/energy_tce", energy // 4, energy // 4 + 500)])
    statistics = taken(data)
    assert {row["check_id"] for row in statistics.findings.to_dicts()} == {
        "corrected",
        "industries_energy_sum",
        "localised",
    }
    assert statistics.records.filter(pl.col("corrected"))["value"].to_list() == [Decimal(energy // 4 + 500)]


@pytest.mark.parametrize(
    ("entry", "check_id"),
    [
        (correction("taxes_10k_cny", 45001, 46000), "correction_mismatch"),
        (correction("taxes_cny", 45000, 46000), "correction_unknown"),
        (correction("industries/橡胶/energy_tce", 1, 2), "correction_unknown"),
        (correction("industries/制糖/energy", 1, 2), "correction_unknown"),
        (correction("*_mu", 1, 2), "correction_unknown"),
        (correction("*_10k_cny", 1, 2), "correction_mismatch"),
    ],
)
def test_correction_that_does_not_match_changes_nothing(entry, check_id, data):
    write_bureau(data, [entry])
    statistics = taken(data)
    assert [(row["check_id"], row["severity"]) for row in statistics.findings.to_dicts()] == [(check_id, "错误")]
    assert refused(statistics) == [(FIRST, 2025)]
    assert not statistics.items["corrected"].any()


def in_cny(data, factor=10000):
    """The whole workbook of 2025 filed in 元, or in another unit."""
    money = {code: round(value * factor, 6) for code, value in ITEMS_2025.items() if code.endswith("_10k_cny")}
    write_park(data, FIRST, 2025, money)
    sheet = sheet_parts(data / TARGET)["分行业"]
    columns = ("C", "D", "E")

    def scaled(name, text):
        if name == sheet:
            for column in columns:
                for row in (5, 6):
                    head, value, rest = _split_value(text, f"{column}{row}")
                    text = f"{head}{round(int(value) * factor, 6)}{rest}"
        return text

    rewrite(data / TARGET, scaled)


def _split_value(xml, cell):
    start = xml.index("<v>", xml.index(f'<c r="{cell}"')) + 3
    end = xml.index("</v>", start)
    return xml[:start], xml[start:end], xml[end:]


def test_cny_for_10k_cny_is_one_finding_with_its_cells(data):
    in_cny(data)
    statistics = taken(data)
    findings = statistics.findings.filter(pl.col("park_code") == FIRST).to_dicts()
    assert [(row["check_id"], row["severity"]) for row in findings] == [("money_in_cny", "错误")]
    assert "除以 10000" in findings[0]["cure"]
    assert len(findings[0]["cell"].split("、")) == 12
    assert {"D4", "效益与企业!D4", "开放!D5"} <= set(findings[0]["cell"].split("、"))
    assert refused(statistics) == [(FIRST, 2025)]


def test_100m_cny_for_10k_cny_brings_no_ratio_that_the_unit_explains(data):
    in_cny(data, 1 / 10000)
    findings = taken(data).findings.filter(pl.col("park_code") == FIRST, pl.col("severity") != "提示").to_dicts()
    assert [(row["check_id"], row["severity"]) for row in findings] == [("money_in_100m_cny", "错误")]
    assert "乘以 10000" in findings[0]["cure"]


def test_cny_for_10k_cny_without_last_years_report(data):
    in_cny(data)
    statistics = taken(data, first_year=2025)
    assert [row["check_id"] for row in statistics.findings.to_dicts()] == ["money_in_cny_by_column"]


def test_cny_for_10k_cny_corrected_at_once(data):
    in_cny(data)
    write_bureau(data, [correction("*_10k_cny", ITEMS_2025["revenue_10k_cny"] * 10000, ITEMS_2025["revenue_10k_cny"])])
    statistics = taken(data)
    assert [row["check_id"] for row in statistics.findings.to_dicts()] == ["corrected"]
    own = statistics.items.filter(pl.col("park_code") == FIRST, pl.col("year") == 2025)
    values = dict(own.filter(pl.col("value").is_not_null()).select("item", "value").iter_rows())
    assert {code: values[code] for code in ITEMS_2025} == {
        code: Decimal(str(value)) for code, value in ITEMS_2025.items()
    }
    assert own["corrected"].sum() == 12


def test_year_after_a_refused_year_is_not_compared_with_it(data):
    write_park(data, FIRST, 2024, {"industrial_value_added_10k_cny": 2150000})
    statistics = taken(data)
    assert refused(statistics) == [(FIRST, 2024)]
    assert set(statistics.findings["year"]) == {2024}


def test_history_stands_for_earlier_years(data):
    past = taken(data, year=2024)
    shutil.rmtree(data / "2024")
    statistics = taken(data, history=past)
    assert told(statistics) == set()
    assert statistics.items["year"].unique().sort().to_list() == [2024, 2025]
    write_park(data, FIRST, 2025, {"employees_persons": 20000})
    assert {row["check_id"] for row in taken(data, history=past).findings.to_dicts()} == {"growth"}


def test_years_in_history_are_not_read_again(data):
    past = taken(data, year=2024)
    write_park(data, FIRST, 2024, {"industrial_value_added_10k_cny": 2150000})
    statistics = taken(data, history=past)
    assert told(statistics) == set()
    assert statistics.files.filter(~pl.col("used"))["source_file"].to_list() == [
        file_name(code, 2024) for code in (FIRST, SECOND)
    ]


def test_same_result_for_folder_files_and_order(data):
    whole = taken(data)
    files = [data / BUREAU, data / "2025", data / "2024"]
    for other in (taken(data), taken(files), taken(files[::-1])):
        for name in ("items", "records"):
            columns = [column for column in getattr(whole, name).columns if column != "source_file"]
            assert_frame_equal(getattr(whole, name).select(columns), getattr(other, name).select(columns))


def test_statistics_have_one_row_per_item_and_their_types(data):
    statistics = taken(data)
    assert statistics.items.height == 4 * len(FORM_SET.items())
    assert statistics.items.schema["value"] == pl.Decimal(28, 6)
    assert statistics.filings["late_days"].to_list() == [None, 0, 0, 0, 0]
    assert statistics.records["form"].unique().sort().to_list() == [
        "industries", "parks", "projects", "region_totals", "talents",
    ]  # fmt: skip


def test_values_come_back_as_the_template_wrote_them(data):
    own = taken(data).items.filter(pl.col("park_code") == FIRST, pl.col("year") == 2025)
    values = dict(own.filter(pl.col("value").is_not_null()).select("item", "value").iter_rows())
    assert values == {code: Decimal(str(value)) for code, value in ITEMS_2025.items()} | {
        "statistics_year": Decimal(2025)
    }
    texts = dict(own.filter(pl.col("text").is_not_null()).select("item", "text").iter_rows())
    assert texts["filed_on"] == "2026-04-15"
    assert texts["park_code"] == FIRST


def test_blank_template_says_what_is_missing(data):
    write_workbook(data / TARGET, FORM_SET, "park", Content(FIRST, "园区", 2025))
    statistics = taken(data)
    required = [item.code for item in FORM_SET.items().values() if item.required]
    own = statistics.findings.filter(pl.col("check_id") == "required_missing")
    filled = set(own["item"])
    assert filled <= set(required)
    assert "revenue_10k_cny" in filled and "unit_head" in filled
    assert refused(statistics) == [(FIRST, 2025)]
