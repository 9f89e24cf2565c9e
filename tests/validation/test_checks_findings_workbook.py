"""The workbook of findings: counts, order, and nothing in it but text and counts."""

import zipfile

import polars as pl
from openpyxl import load_workbook

from validation.findings import Finding, to_frame
from validation.findings_workbook import write_findings

PARKS = pl.DataFrame({"park_code": ["B", "A"], "name": ["乙园区", "甲园区"], "evaluated": [False, True]})
FINDINGS = to_frame(
    [
        Finding(
            "growth", "核实", "增长过快", "=1+1", "说明", "核对", 2025, "A", "x", "营业收入", "a.xlsx", "规模", "D7"
        ),
        Finding("not_a_number", "错误", "应填数字", "http://a.cn", "数字", "改正", 2025, "B", source_file="b.xlsx"),
        Finding("corrected", "提示", "已更正", year=2025, park_code="A"),
        Finding("file_unreadable", "错误", "文件未采用", year=2025, source_file="c.xlsx"),
    ]
)


def sheets(path):
    book = load_workbook(path)
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}, book


def test_counts_per_park_and_all_findings_in_order(tmp_path):
    path = tmp_path / "审核问题.xlsx"
    write_findings(path, FINDINGS, PARKS, "2025 年审核问题", "示例数据，全部虚构")
    rows, book = sheets(path)
    assert rows["汇总"][0][0] == "2025 年审核问题"
    assert rows["汇总"][1][0] == "示例数据，全部虚构"
    assert rows["汇总"][2] == ["园区代码", "园区名称", "错误", "核实", "提示", "是否评价"]
    assert rows["汇总"][3:] == [
        ["A", "甲园区", 0, 1, 1, "评价"],
        ["B", "乙园区", 1, 0, 0, "不评价"],
        ["（未识别园区）", None, 1, 0, 0, None],
    ]
    detail = rows["审核问题"]
    assert [row[0] for row in detail[3:]] == ["错误", "错误", "核实", "提示"]
    assert [row[2] for row in detail[3:]] == ["B", None, "A", "A"]
    assert detail[5][detail[2].index("所填")] == "=1+1"
    assert book["审核问题"].freeze_panes == "A4"
    assert book["审核问题"].auto_filter.ref == "A3:N7"


def test_text_stays_text_and_bytes_repeat(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_findings(tmp_path / name, FINDINGS, PARKS, "审核问题", "")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        xml = archive.read("xl/worksheets/sheet2.xml").decode()
        assert "<f>" not in xml and "hyperlink" not in xml
        assert not [name for name in archive.namelist() if "sheet2.xml.rels" in name]
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx"]


def test_no_findings(tmp_path):
    write_findings(tmp_path / "a.xlsx", to_frame([]), PARKS.drop("evaluated"), "审核问题", "")
    rows, _ = sheets(tmp_path / "a.xlsx")
    assert [row[2:5] for row in rows["汇总"][3:]] == [[0, 0, 0], [0, 0, 0]]
    assert len(rows["审核问题"]) == 3
