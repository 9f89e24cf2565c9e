"""What travels inside a PDF and lasts: attachments, verification code, metadata, tags, by another library than the one that wrote it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import polars as pl
import pypdfium2
import pytest

from report_templates.enclosures import document_data, verification_code
from report_templates.printing import Report
from report_templates.published import Published
from report_templates.render import render_reports
from tests.reports import fabricated, fabricated_scheme

PARK = "YN5328-07"


@pytest.fixture(scope="module")
def report(tables: dict[str, pl.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("archive")
    found = render_reports(tables, fabricated.SCHEME, 2025, folder, parks=[PARK], bulletin=False, workers=1)
    return next(it for it in found if it.kind == "园区绩效评价报告")


@pytest.fixture
def document(report: Report) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(report.path) as opened:
        yield opened


def attached(document: pikepdf.Pdf) -> dict[str, bytes]:
    return {name: spec.get_file().read_bytes() for name, spec in document.attachments.items()}


def test_structure_is_sound(document: pikepdf.Pdf) -> None:
    assert document.check_pdf_syntax() == [] if hasattr(document, "check_pdf_syntax") else document.check() == []


def test_every_font_is_embedded_as_a_subset_and_comes_with_the_product(document: pikepdf.Pdf) -> None:
    fonts = [it for it in document.objects if isinstance(it, pikepdf.Dictionary) and it.get("/Type") == "/Font"]
    below = [font.DescendantFonts[0] for font in fonts if "/DescendantFonts" in font]
    assert below
    for font in below:
        assert re.match(r"/[A-Z]{6}\+Parkeval-(Song|Hei|Fang|Kai)", str(font.BaseFont))
        assert "/FontFile2" in font.FontDescriptor


def test_the_verification_code_on_each_page_is_the_digest_of_the_data_inside(
    report: Report, document: pikepdf.Pdf, results: Published
) -> None:
    data = attached(document)["data.json"]
    digits = hashlib.sha256(data).hexdigest()[:16].upper()
    code = f"{digits[:4]}-{digits[4:8]}-{digits[8:12]}-{digits[12:]}"
    with pypdfium2.PdfDocument(report.path) as pages:
        for page in pages:
            assert f"核验码{code}" in re.sub(r"\s+", "", page.get_textpage().get_text_range())
    assert verification_code(document_data(results, PARK)) == code


def test_the_data_inside_are_the_parks_own_published_rows(
    document: pikepdf.Pdf, tables: dict[str, pl.DataFrame]
) -> None:
    content = json.loads(attached(document)["data.json"])
    assert (content["park_code"], content["year"], content["scheme"]) == (PARK, 2025, fabricated.SCHEME)
    own = (pl.col("park_code") == PARK) & (pl.col("year") == 2025)
    for name, rows in content["tables"].items():
        if name not in ("data_quality",):
            assert len(rows) == tables[name].filter(own).height
        assert {row["park_code"] for row in rows} <= {PARK}
    values = {row["indicator"]: row["value"] for row in content["tables"]["indicators"]}
    assert values == dict(tables["indicators"].filter(own).select("indicator", "value").iter_rows())


def test_sheets_inside_open_and_hold_the_same_figures(document: pikepdf.Pdf, tables: dict[str, pl.DataFrame]) -> None:
    files = attached(document)
    assert sorted(files) == ["data.json", "indicators.csv", "rule_checks.csv", "statistics.csv"]
    rows = list(csv.DictReader(io.StringIO(files["indicators.csv"].decode("utf-8-sig"))))
    own = tables["indicators"].filter(pl.col("park_code") == PARK, pl.col("year") == 2025)
    assert [row["indicator"] for row in rows] != []
    assert sorted(float(row["value"]) for row in rows if row["value"]) == sorted(own["value"].drop_nulls().to_list())
    for spec in document.attachments.values():
        assert spec.relationship == pikepdf.Name.Data
        assert str(spec.obj.EF.F.Params.ModDate) == "D:20260901000000Z"


def test_metadata_tags_and_language(document: pikepdf.Pdf) -> None:
    with document.open_metadata() as metadata:
        assert metadata["pdfaid:part"] == "3"
        assert metadata["pdfaid:conformance"] == "A"
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == str(document.docinfo.Title)
    root = document.Root
    assert root.MarkInfo.Marked
    assert str(root.Lang) == "zh-CN"
    assert root.ViewerPreferences.DisplayDocTitle
    assert "园区绩效评价报告" in str(document.docinfo.Keywords)
    assert len(document.open_outline().root) >= 1


def test_a_formula_among_the_data_stays_text_in_the_sheet(changed: object, tmp_path: Path) -> None:
    tables = changed("rule_checks", lambda row: row | {"evidence": "=cmd|'/c calc'!A1"})  # type: ignore[operator]
    found = render_reports(
        tables, fabricated.SCHEME, 2025, tmp_path, parks=[fabricated_scheme.REFUSED], bulletin=False, workers=1
    )
    for report in found:
        with pikepdf.open(report.path) as opened:
            files = attached(opened)
            rows = list(csv.DictReader(io.StringIO(files.get("rule_checks.csv", b"").decode("utf-8-sig"))))
            assert all(row["evidence"].startswith("'=cmd") for row in rows)
