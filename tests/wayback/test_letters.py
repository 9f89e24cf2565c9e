"""Letters to parks: what they say for a park with, without, and without any filing; one of them as a PDF."""

from datetime import date

import pypdfium2
import pytest

from report_templates.letter_view import LISTED, LetterContext, letter_view
from report_templates.pages import letter_html
from report_templates.render import render_letters

CONTEXT = LetterContext(
    2025, "某州", "某州统计局", "某州评价办法", "园区统计年报", date(2026, 5, 31), date(2026, 6, 30), "示例数据", "1.0",
    {"growth": "比上年增长幅度"},
)  # fmt: skip
FILING = {"source_file": "2025/甲园区.xlsx", "filed_on": date(2026, 4, 15)}


def finding(severity, **changed):
    return {
        "severity": severity, "check_id": "growth", "label": "营业收入", "message": "增长过快", "value": "900", "expected": "不大于 500",
        "cure": "核对数值", "sheet": "规模", "cell": "D7", "explanation": None, **changed,
    }  # fmt: skip


def letter(*findings, filing=FILING):
    return letter_view(CONTEXT, "P01", "甲园区", filing, findings)


def test_findings_gravest_first_with_place_rule_expected_and_cure():
    view = letter(finding("提示"), finding("核实", explanation="已核实"), finding("错误", sheet=None, cell=None))
    assert view.counts == (("错误", 1), ("核实", 1), ("提示", 1))
    assert [group.severity for group in view.groups] == ["错误", "核实", "提示"]
    assert view.groups[0].lines[0].place == "—"
    line = view.groups[1].lines[0]
    assert (line.place, line.rule, line.found, line.expected, line.cure) == (
        "规模!D7", "比上年增长幅度", "900", "不大于 500", "核对数值",
    )  # fmt: skip
    html = letter_html(view)
    assert "请于 <strong>2026年5月31日</strong> 前（含当日）" in html and "评价日期为 2026年6月30日" in html
    assert "甲园区.xlsx，报送日期 2026年4月15日" in html and "已有说明：已核实" in html
    assert "有错误 1 处，核实 1 处，提示 1 处。" in html and "错误类问题不能以说明代替更正" in html


def test_a_park_without_findings_gets_one_paragraph():
    html = letter_html(letter())
    assert "没有发现问题，不需要退回更正或说明。" in html
    assert "<table" not in html and "<h2>" not in html


def test_notes_alone_ask_for_nothing():
    view = letter(finding("提示"))
    assert not view.must_return
    assert "不要求退回" in letter_html(view)


def test_a_park_that_did_not_file_is_asked_to():
    html = letter_html(letter(finding("错误", check_id="not_filed", sheet=None, cell=None), filing=None))
    assert "没有收到你单位 2025 年度园区统计年报的有效报送" in html and "用收集模板填报并报送某州统计局" in html
    assert "标色的单元格" not in html


def test_long_lists_are_cut_and_data_are_escaped():
    view = letter(*(finding("核实", message="<b>甲</b>") for _ in range(LISTED + 3)))
    assert (len(view.groups[0].lines), view.groups[0].omitted, view.groups[0].count) == (LISTED, 3, LISTED + 3)
    html = letter_html(view)
    assert "<b>甲</b>" not in html and "&lt;b&gt;甲" in html
    assert "另有 3 处，见退回工作簿的“审核意见”页" in html


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("letters")
    return render_letters(
        [letter(finding("错误"), finding("核实")), letter_view(CONTEXT, "P02", "乙/园区", FILING, [])],
        folder,
        workers=1,
    )


def test_letters_are_printed_with_safe_names_and_without_complaint(printed):
    assert [report.path.name for report in printed] == [
        "P01-甲园区-2025-数据审核意见.pdf",
        "P02-乙_园区-2025-数据审核意见.pdf",
    ]
    assert all(report.pages == 1 and report.problems == () for report in printed)
    document = pypdfium2.PdfDocument(printed[0].path)
    text = document[0].get_textpage().get_text_range()
    document.close()
    for said in ("数据审核意见", "规模!D7", "示例数据", "某州统计局"):
        assert said in text


def test_the_same_letter_has_the_same_bytes(printed, tmp_path):
    (again,) = render_letters([letter(finding("错误"), finding("核实"))], tmp_path, workers=1)
    assert again.path.read_bytes() == printed[0].path.read_bytes()
