"""Data quality worked out by hand on small cases, and its names in formulas and rules."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from metrics.compute import parse_catalogue
from metrics.panel import build_panel
from scoring.loading import load_rulebook
from scoring.schema import result_tables
from tests.validation.filed_folder import (
    FIRST,
    FORM_SET,
    SECOND,
    correction,
    write_bureau,
    write_clean_folder,
    write_park,
)
from tests.validation.test_asked import limited
from tests.wayback.taken_in import taken_in
from validation.expression import Name, parse, unknown_names
from validation.quality import QUALITY, QUALITY_LABELS, data_quality
from validation.registry import register

REQUIRED_ITEMS = sum(item.required for form in FORM_SET.workbook("park").forms for item in form.items)
CELLS = REQUIRED_ITEMS + 2 * 5 + 1 * 2
"""Two lines of 分行业 with five columns, one of 领军人才 with two."""


def quality(folder, years=(2024, 2025), form_set=FORM_SET):
    one = taken_in(folder)
    frame = data_quality(
        register(one.records), one.items, one.records, one.filings, one.findings, one.filed_findings, form_set, years
    )
    assert frame.schema == QUALITY
    return {(row["park_code"], row["year"]): row for row in frame.to_dicts()}


def figures(row):
    return tuple(row[name] for name in ("filled_cells", "late_days", "errors_count", "verify_count", "notes_count", "corrections_count", "unexplained_count"))  # fmt: skip


def test_a_faultless_filing(tmp_path):
    told = quality(write_clean_folder(tmp_path))
    assert set(told) == {(park, year) for park in (FIRST, SECOND) for year in (2024, 2025)}
    row = told[FIRST, 2025]
    assert (row["required_cells"], row["completeness_pct"]) == (CELLS, 100.0)
    assert figures(row) == (CELLS, 0, 0, 0, 0, 0, 0)


def test_empty_required_cells_findings_and_lateness(tmp_path):
    folder = write_clean_folder(tmp_path)
    write_park(folder, FIRST, 2025, {
        "prepared_by": None, "imports_10k_cny": None, "employees_persons": 30000, "filed_on": date(2026, 5, 12),
    })  # fmt: skip
    row = quality(folder)[FIRST, 2025]
    # 错误: two required cells empty; 核实: employees up, without explanation; 提示: late.
    assert figures(row) == (CELLS - 2, 12, 2, 1, 1, 0, 1)
    assert row["completeness_pct"] == pytest.approx(100 * (CELLS - 2) / CELLS)


def test_what_a_park_is_not_asked_for_is_not_missing(tmp_path):
    folder = write_clean_folder(tmp_path)
    write_park(folder, FIRST, 2025, {"idle_land_mu": None})
    asked = limited(levels=("州级",))
    assert quality(folder, form_set=asked)[FIRST, 2025]["completeness_pct"] == pytest.approx(100 * (CELLS - 1) / CELLS)
    for spared in (limited(levels=("省级",)), limited(types=("产业集聚区",))):
        row = quality(folder, form_set=spared)[FIRST, 2025]
        assert (row["required_cells"], row["filled_cells"], row["completeness_pct"]) == (CELLS - 1, CELLS - 1, 100.0)


def test_counts_are_those_before_correction(tmp_path):
    folder = write_clean_folder(tmp_path)
    write_park(folder, FIRST, 2025, {"employees_persons": 30000, "planned_land_mu": 6000})
    write_bureau(folder, [correction("employees_persons", 30000, 8700), correction("planned_land_mu", 6000, 12000)])
    statistics = taken_in(folder)
    assert set(statistics.findings["check_id"]) == {"corrected"} and statistics.refused.is_empty()
    assert figures(quality(folder)[FIRST, 2025]) == (CELLS, 0, 1, 1, 0, 2, 0)
    assert figures(quality(folder)[SECOND, 2025]) == (CELLS, 0, 0, 0, 0, 0, 0)


def test_a_mistake_of_the_bureaus_register_is_not_the_parks(tmp_path):
    folder = write_clean_folder(tmp_path)
    write_bureau(folder, [correction("employees_persons", 1, 2)])
    assert taken_in(folder).refused.height == 1
    assert figures(quality(folder)[FIRST, 2025]) == (CELLS, 0, 0, 0, 0, 0, 0)


def test_an_explained_finding_is_not_unexplained(tmp_path):
    folder = write_clean_folder(tmp_path)
    write_park(folder, FIRST, 2025, {"employees_persons": 30000, "explanation": "新厂投产"})
    assert figures(quality(folder)[FIRST, 2025]) == (CELLS, 0, 0, 1, 0, 0, 0)


def test_a_park_that_did_not_file(tmp_path):
    folder = write_clean_folder(tmp_path)
    (folder / f"2025/{SECOND}.xlsx").unlink()
    row = quality(folder)[SECOND, 2025]
    assert (row["required_cells"], row["completeness_pct"]) == (0, 0.0)
    assert figures(row) == (0, None, 1, 0, 0, 0, 0)


def test_the_published_table_has_these_columns():
    published = result_tables()["data_quality"]
    assert published.view == "数据质量"
    assert set(QUALITY) <= set(published.schema)
    assert set(QUALITY_LABELS) < set(QUALITY)


def test_formulas_and_rules_may_use_the_figures():
    book = load_rulebook("xishuangbanna-2023", 2025)
    assert book.rule_vocabulary(Name("quality", "errors_count")) == "更正前错误数"
    assert (
        list(unknown_names(parse("quality.errors_count > 3 OR quality.late_days > 0", "规则"), book.rule_names)) == []
    )
    assert list(unknown_names(parse("quality.nothing > 3", "规则"), book.rule_names)) != []
    own = book.catalogue.indicators[0].model_copy(
        update={"code": "filing_quality", "formula": "quality.completeness_pct - 10 * quality.errors_count"}
    )
    catalogue = book.catalogue.model_copy(update={"indicators": (*book.catalogue.indicators, own)})
    assert ("park", "filing_quality") in parse_catalogue(
        catalogue, replace(book.vocabulary, catalogue=catalogue), "指标"
    )


def test_the_panel_has_them_for_parks_that_are_refused_too(tmp_path):
    folder = write_clean_folder(tmp_path)
    write_park(folder, FIRST, 2025, {"planned_land_mu": 6000})
    one = taken_in(folder)
    told = data_quality(
        register(one.records), one.items, one.records, one.filings, one.findings, one.filed_findings, FORM_SET, [2025]
    )
    panel = build_panel(one.items, one.records, one.refused, FORM_SET, 2024, 2025, told).parks
    row = panel.filter(pl.col("park_code") == FIRST, pl.col("year") == 2025).row(0, named=True)
    assert (row["quality.errors_count"], row["quality.completeness_pct"], row["quality.late_days"]) == (1.0, 100.0, 0.0)
    before = panel.filter(pl.col("park_code") == FIRST, pl.col("year") == 2024).row(0, named=True)
    assert before["quality.errors_count"] is None and before["quality.errors_count#reason"] == "没有数据质量记录"
