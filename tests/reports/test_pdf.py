"""The PDFs themselves: figures, fonts, bytes, hostile data."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pypdfium2
import pypdfium2.raw
import pytest

from report_templates.letter_view import LetterContext, letter_view
from report_templates.papers import papers
from report_templates.printing import Job, Report, workshop
from report_templates.published import Published
from report_templates.render import render_reports
from tests.reports import fabricated, fabricated_scheme, tags

PARK = "YN5328-07"
CONTEXT = LetterContext(2025, "某州", "某州统计局", "某办法", "年报", date(2026, 7, 1), date(2026, 9, 1), "", "0.1", {})
FINDING = {
    "severity": "错误", "check_id": "r", "label": "营业收入", "item": "revenue", "message": "应为数字", "value": "约 3 亿",
    "expected": "数字", "cure": "改", "sheet": "表", "cell": "C7", "explanation": None, "source_file": "甲.xlsx",
}  # fmt: skip
HOSTILE = '<img src="file:///etc/passwd">{{7*7}}</script>' + "\x00\x1b=cmd|'/c'!A1" + "../../x超长名称的园区" * 3


def text_of(path: Path) -> str:
    """All text of a PDF without white space."""
    with pypdfium2.PdfDocument(path) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return re.sub(r"\s+", "", "".join(pages))


@pytest.fixture(scope="module")
def reports(tables: dict[str, pl.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> list[Report]:
    folder = tmp_path_factory.mktemp("reports")
    return render_reports(tables, fabricated.SCHEME, 2025, folder, parks=[PARK], workers=1)


def language_of(document: pypdfium2.PdfDocument) -> str:
    size = pypdfium2.raw.FPDFCatalog_GetLanguage(document, None, 0)
    buffer = (ctypes.c_ushort * (size // 2))()
    pypdfium2.raw.FPDFCatalog_GetLanguage(document, buffer, size)
    return bytes(buffer).decode("utf-16-le").rstrip("\0")


def rows(tables: dict[str, pl.DataFrame], table: str, park_code: str) -> list[dict[str, Any]]:
    return tables[table].filter(pl.col("park_code") == park_code, pl.col("year") == 2025).to_dicts()


def figure(value: float | None, decimals: int) -> str:
    if value is None:
        return "—"
    return f"{Decimal(str(value)).quantize(Decimal(10) ** -decimals, ROUND_HALF_UP):,f}"


def test_reports_have_names_kinds_and_pages_and_no_complaint(reports: list[Report]) -> None:
    assert [report.path.name for report in reports] == [
        "YN5328-07-景洪嘎洒文旅康养产业园-2025-园区绩效评价报告.pdf",
        "西双版纳傣族自治州-2025-园区评价通报.pdf",
        "西双版纳傣族自治州-2025-评价办法说明.pdf",
        "西双版纳傣族自治州-2025-领导参阅.pdf",
    ]
    assert [report.problems for report in reports] == [()] * 4
    assert all(2 <= report.pages <= 10 for report in reports[:3])
    assert reports[3].pages == 1
    assert not list(reports[0].path.parent.glob(".*"))


def test_the_report_holds_every_figure_of_its_park(reports: list[Report], tables: dict[str, pl.DataFrame]) -> None:
    text = text_of(reports[0].path)
    decimals = {indicator.code: indicator.decimals for indicator in fabricated_scheme.INDICATORS}
    expected = []
    for row in rows(tables, "indicators", PARK):
        places = decimals[row["indicator"]]
        expected += [figure(row[column], places) for column in ("value", "previous_value", "group_mean")]
    for row in rows(tables, "targets", PARK):
        places = decimals[row["indicator"]]
        columns = ("value", "target_value", "base_value", "pace_value", "projected_value")
        expected += [figure(row[column], places) for column in columns] + [figure(row["attainment_pct"], 1)]
    for row in rows(tables, "scores", PARK):
        expected += [figure(row["points"], 2)]
        expected += [figure(row["full_points"], 2)] if row["kind"] != "total" else []
        expected += [figure(row["normalised"], 2)] if row["kind"] == "dimension" else []
        expected += [row["worked"].replace(" ", "")] if row["kind"] == "indicator" and row["worked"] else []
    for row in rows(tables, "ranking", PARK):
        expected += [figure(row["score"], 2), f"第{row['rank']}位", f"共{row['group_size']}个"]
    expected += [figure(row["value"], 1).removesuffix(".0") for row in rows(tables, "statistics", PARK)]
    missing = sorted({text_part for text_part in expected if text_part not in text})
    assert missing == []


def test_every_page_names_the_run_its_digest_and_the_notice(
    reports: list[Report], tables: dict[str, pl.DataFrame]
) -> None:
    run = tables["runs"].filter(pl.col("year") == 2025).row(0, named=True)
    for report in reports:
        with pypdfium2.PdfDocument(report.path) as document:
            assert len(document) == report.pages
            for number, page in enumerate(document, 1):
                text = re.sub(r"\s+", "", page.get_textpage().get_text_range())
                assert f"批次{run['run_id']}结果摘要{run['results_sha256'][:12]}" in text
                assert f"第{number}页共{report.pages}页" in text
                assert fabricated_scheme.NOTICE in text


def test_metadata_language_and_bookmarks(reports: list[Report]) -> None:
    with pypdfium2.PdfDocument(reports[0].path) as document:
        metadata = document.get_metadata_dict()
        bookmarks = [bookmark.get_title() for bookmark in document.get_toc()]
        tagged = pypdfium2.raw.FPDFCatalog_IsTagged(document)
        language = language_of(document)
    assert metadata["Title"] == "景洪嘎洒文旅康养产业园 2025 年度园区绩效评价报告"
    assert metadata["Author"] == "西双版纳傣族自治州"
    assert metadata["CreationDate"].startswith("D:20260901")
    assert {"一、各方面得分", "二、评价指标", "附件 1　规则判定一览"} <= set(bookmarks)
    assert tagged
    assert language == "zh-CN"


def test_the_tags_of_each_kind_of_paper_are_sound(reports: list[Report], results: Published, tmp_path: Path) -> None:
    shop = workshop(None)
    wanted = [paper for code in ("YN5328-09", "YN5328-01") for paper in papers(results, [code], tmp_path, region=False)]
    more = [Job(it.path, it.kind, "", it.template, it.view()) for it in wanted if it.kind != "园区绩效评价报告"]
    letter = letter_view(CONTEXT, PARK, "甲园区", {"source_file": "甲.xlsx", "filed_on": date(2026, 4, 1)}, [FINDING])
    more.append(Job(tmp_path / "letter.pdf", "数据审核意见", PARK, "letter.html.j2", letter))
    made = [*reports, *map(shop.make, more)]
    assert len({report.kind for report in made}) == 7
    assert {report.kind: tags.faults(report.path) for report in made} == {report.kind: [] for report in made}


def test_all_fonts_are_embedded(reports: list[Report]) -> None:
    raw = pypdfium2.raw
    for report in reports:
        with pypdfium2.PdfDocument(report.path) as document:
            for page in document:
                for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
                    assert raw.FPDFFont_GetIsEmbedded(raw.FPDFTextObj_GetFont(item)) == 1


def test_workers_write_the_same_bytes(reports: list[Report], tables: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    again = render_reports(
        tables, fabricated.SCHEME, 2025, tmp_path, parks=[PARK], workers=2, progress=lambda *at: seen.append(at)
    )
    assert [report.path.read_bytes() for report in again] == [report.path.read_bytes() for report in reports]
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_hostile_names_print_as_plain_text_and_load_nothing(changed: Callable[..., Any], tmp_path: Path) -> None:
    tables = changed("parks", lambda row: row | {"name": HOSTILE, "leading_industries": "<b>a</b>{{1/0}}"})
    (report,) = render_reports(
        tables, fabricated.SCHEME, 2025, tmp_path, parks=[fabricated_scheme.REFUSED], bulletin=False, workers=1
    )
    assert report.problems == ()
    assert report.path.parent == tmp_path
    assert len(report.path.name.encode()) < 255
    text = text_of(report.path)
    assert '<imgsrc="file:///etc/passwd">{{7*7}}</script>' in text
    assert "<b>a</b>{{1/0}}" in text


def test_a_report_with_a_box_is_refused_naming_character_and_place(changed: Callable[..., Any], tmp_path: Path) -> None:
    tables = changed("parks", lambda row: row | {"name": "园区𓀀"})
    (report,) = render_reports(
        tables, fabricated.SCHEME, 2025, tmp_path, parks=[fabricated_scheme.REFUSED], bulletin=False, workers=1
    )
    assert report.pages == 0
    (said,) = report.problems
    assert said.startswith("没有字体能印出字符 𓀀（U+13000）：第 1 页“园区𓀀”；")
    assert not list(tmp_path.glob("*.pdf"))


def test_rare_characters_of_place_names_and_units_are_printed(changed: Callable[..., Any], tmp_path: Path) -> None:
    tables = changed("parks", lambda row: row | {"name": "䶮㭎𬭊㎡㘭园区"})
    (report,) = render_reports(
        tables, fabricated.SCHEME, 2025, tmp_path, parks=[fabricated_scheme.REFUSED], bulletin=False, workers=1
    )
    assert report.problems == ()
    assert "䶮㭎𬭊㎡㘭园区" in text_of(report.path)


def test_a_report_that_fails_does_not_stop_the_others(tables: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    (tmp_path / "YN5328-12-普文数字经济新区-2025-园区绩效评价报告.pdf").mkdir()
    found = render_reports(
        tables, fabricated.SCHEME, 2025, tmp_path, parks=["YN-0", "YN5328-12", "YN5328-10"], bulletin=False, workers=1
    )
    assert [(report.park_code, report.pages > 0) for report in found] == [
        ("YN-0", False),
        ("YN5328-12", False),
        ("YN5328-10", True),
    ]
    assert found[0].problems == ("2025 年度名录中没有园区 YN-0",)
    assert found[1].problems[0].startswith("无法写入报告文件")
    assert not list(tmp_path.glob(".*"))
