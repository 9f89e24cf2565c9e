"""The result book: every published figure as a number, nothing that calculates or links, form for print."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from report_templates import result_book
from report_templates.book_evidence import filed
from report_templates.published import Published, published
from report_templates.result_book import write_book
from tests.reports import fabricated, fabricated_scheme

SHEETS = ["说明", "综合排名", "一级指标得分", "指标明细", "目标完成", "地区目标", "处理建议", "规则判定", "审核问题", "数据更正",
          "数据质量", "指标与权重", "参数与规则", "填报数据", "数据字典"]  # fmt: skip
HOSTILE = "=cmd|'/c calc'!A1<img src=x>\x00\x1b_x0041_@SUM(A1)http://example.invalid/"


@pytest.fixture(scope="module")
def path(results: Published, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("book") / "评价结果.xlsx"
    assert write_book(results, made) == len(SHEETS)
    return made


@pytest.fixture(scope="module")
def book(path: Path) -> Workbook:
    return load_workbook(path)


def records(book: Workbook, sheet: str) -> list[dict[str, Any]]:
    heads, *rows = list(book[sheet].iter_rows(min_row=3, values_only=True))
    return [dict(zip(heads, row, strict=True)) for row in rows]


def rows(tables: dict[str, pl.DataFrame], table: str) -> list[dict[str, Any]]:
    return tables[table].filter(pl.col("year") == 2025).to_dicts()


def same(left: object, right: float | Decimal | None) -> bool:
    if right is None:
        return left is None
    return isinstance(left, int | float) and left == pytest.approx(float(right), rel=1e-14, abs=1e-300)


def test_sheets_stand_in_the_order_in_which_they_are_read(book: Workbook) -> None:
    assert book.sheetnames == SHEETS


def test_every_rank_and_total_is_a_number_of_the_results(book: Workbook, tables: dict[str, pl.DataFrame]) -> None:
    written = {(row["分组"], row["园区代码"]): row for row in records(book, "综合排名")}
    for row in rows(tables, "ranking"):
        if row["rank"] is None:
            continue
        found = written.pop((row["group"], row["park_code"]))
        assert (found["位次"], found["上年位次"], found["位次变化（位）"]) == (
            row["rank"], row["previous_rank"], row["rank_change"])  # fmt: skip
        assert same(found["总分（分）"], row["score"])
        assert found["等次"] == row["grade"]
    listed = {code for _, code in written}
    assert listed == {park.code for park in fabricated_scheme.PARKS} - {
        row["park_code"] for row in rows(tables, "ranking") if row["rank"] is not None
    }


def test_every_indicator_and_score_is_a_number_of_the_results(book: Workbook, tables: dict[str, pl.DataFrame]) -> None:
    written = {(row["园区代码"], row["评价指标代码"]): row for row in records(book, "指标明细")}
    assert len(written) == len(rows(tables, "indicators"))
    for row in rows(tables, "indicators"):
        found = written[row["park_code"], row["indicator"]]
        pairs = (("本年值", "value"), ("上年值", "previous_value"), ("组内均值", "group_mean"))
        assert all(same(found[head], row[name]) for head, name in pairs), row
        assert found["计量单位"] == row["unit"]
    scores = rows(tables, "scores")
    for row in (row for row in scores if row["kind"] == "indicator"):
        found = written[row["park_code"], row["node"]]
        pairs = (
            ("得分（分）", "points"),
            ("满分（分）", "full_points"),
            ("百分制得分（分）", "normalised"),
            ("权重（%）", "weight"),
        )
        assert all(same(found[head], row[name]) for head, name in pairs), row
        assert (found["计分算式"] or "") == (row["worked"] or "")
    above = records(book, "一级指标得分")
    points = sorted((row["园区代码"], row["得分（分）"]) for row in above)
    expected = sorted((row["park_code"], row["points"]) for row in scores if row["kind"] in ("dimension", "total"))
    assert len(points) == len(expected)
    assert all(a[0] == b[0] and same(a[1], b[1]) for a, b in zip(points, expected, strict=True))


def test_targets_proposals_findings_and_filed_figures_are_there(
    book: Workbook, tables: dict[str, pl.DataFrame]
) -> None:
    targets = {(row["园区代码"], row["目标"]): row for row in records(book, "目标完成")}
    for row in rows(tables, "targets"):
        found = targets[row["park_code"], row["label"]]
        pairs = (("本年值", "value"), ("目标值", "target_value"), ("完成率（%）", "attainment_pct"), ("进度值", "pace_value"),
                 ("基期值", "base_value"), ("预计值", "projected_value"))  # fmt: skip
        assert all(same(found[head], row[name]) for head, name in pairs), row
    region = records(book, "地区目标")
    for row, found in zip(rows(tables, "region_targets"), region, strict=True):
        assert same(found["本年值"], row["value"]) or row["label"] != found["目标"]
    assert {(row["园区代码"], row["规则"], row["建议"]) for row in records(book, "处理建议")} == {
        (row["park_code"], row["label"], row["action"]) for row in rows(tables, "proposals")
    }
    assert len(records(book, "审核问题")) == len(rows(tables, "findings"))
    assert len(records(book, "规则判定")) == max(len(rows(tables, "rule_checks")), 1)
    statistics = {(row["园区代码"], row["统计指标代码"]): row for row in records(book, "填报数据")}
    for row in rows(tables, "statistics"):
        assert same(statistics[row["park_code"], row["item"]]["数值"], row["value"])
    corrected = [row for row in rows(tables, "statistics") if row["corrected"]]
    assert [row["统计指标代码"] for row in records(book, "数据更正") if row["统计指标代码"]] == [
        row["item"] for row in corrected
    ]


def test_every_column_is_explained(book: Workbook) -> None:
    explained = [(row["工作表"], row["列"]) for row in records(book, "数据字典")]
    heads = [(sheet, re.sub(r"（[^）]*）$", "", str(cell.value))) for sheet in SHEETS[1:-1] for cell in book[sheet][3]]
    assert explained == heads
    assert all(row["结果库的视图和列"] for row in records(book, "数据字典"))


def test_nothing_calculates_or_links_and_pages_are_set(path: Path, book: Workbook, results: Published) -> None:
    for sheet in book.worksheets:
        assert not any(cell.data_type == "f" or cell.hyperlink for row in sheet.iter_rows() for cell in row)
        assert sheet.freeze_panes is not None and sheet.auto_filter.ref
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.print_title_rows == "$3:$3"
        assert results.run["run_id"] in str(sheet.oddFooter.left.text)
        assert results.run["results_sha256"][:16] in str(sheet.oddFooter.left.text)
        assert "第 &P 页，共 &N 页".replace("&", "") in str(sheet.oddFooter.right.text).replace("&[Page]", "P").replace("&[Pages]", "N").replace("&", "")  # fmt: skip
    with zipfile.ZipFile(path) as parts:
        assert not [name for name in parts.namelist() if "rels" in name and b"External" in parts.read(name)]


def test_the_same_results_give_the_same_bytes(path: Path, results: Published, tmp_path: Path) -> None:
    write_book(results, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == path.read_bytes()


def test_hostile_names_stay_text(changed: Callable[..., Any], tmp_path: Path) -> None:
    tables = changed("parks", lambda row: row | {"name": HOSTILE, "note": HOSTILE})
    tables["runs"] = tables["runs"].with_columns(pl.lit("&D&A&&").alias("run_id"))
    write_book(published(tables, fabricated.SCHEME, 2025), tmp_path / "book.xlsx")
    written = load_workbook(tmp_path / "book.xlsx")
    said = {row["园区"] for row in records(written, "综合排名")}
    # A spreadsheet reads _x005F_ as an underscore, openpyxl leaves it as it is.
    assert said == {"=cmd|'/c calc'!A1<img src=x> _x005F_x0041_@SUM(A1)http://example.invalid/"}
    assert not any(cell.data_type == "f" or cell.hyperlink for sheet in written for row in sheet.iter_rows() for cell in row)  # fmt: skip
    with zipfile.ZipFile(tmp_path / "book.xlsx") as parts:
        assert b"&amp;&amp;D&amp;&amp;A&amp;&amp;&amp;&amp;" in parts.read("xl/worksheets/sheet1.xml")


def test_a_sheet_that_is_full_goes_on_in_another(
    results: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_book, "SHEET_ROWS", 100)
    write_book(results, tmp_path / "book.xlsx")
    written = load_workbook(tmp_path / "book.xlsx")
    parts = [name for name in written.sheetnames if name.startswith("填报数据")]
    assert parts[:2] == ["填报数据", "填报数据2"]
    assert sum(len(records(written, name)) for name in parts) == len(results.rows("statistics"))


@pytest.mark.parametrize(
    ("value", "shown"),
    [("1234.500000", 1), ("7.000000", 0), ("0.000001", 6), ("0.000000", 0), ("-12000.000000", 0)],
)
def test_a_filed_figure_keeps_its_places(value: str, shown: int) -> None:
    assert filed(Decimal(value)) == (Decimal(value), shown)


def test_a_filed_figure_with_more_digits_than_a_spreadsheet_keeps_is_text() -> None:
    assert filed(Decimal("1234567890123.456789")) == "1234567890123.456789"
    assert filed(None) is None
