"""The committed sample workbooks: made by the generator, labelled, exact in their sums, with every story in place."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from sample_data import NOTICE
from sample_data.generate import FOLDER, generate
from validation.checks import load_checks
from validation.forms import load_form_set
from validation.intake import take_in

FORM_SET = load_form_set("park-annual")
NUMERIC = {code for code, item in FORM_SET.items().items() if item.numeric}
PROVINCIAL = ("02", "04", "05", "06", "11")
PREFECTURAL = ("03", "07", "08", "09", "10", "12")
IN_CNY = ("YN5328-10", 2024)
PLANTED_FIGURES = {
    ("YN5328-04", 2023, "rd_expenditure_10k_cny"),
    ("YN5328-11", 2022, "industrial_value_added_10k_cny"),
}
PLANTED_GROWTH = {("YN5328-07", 2022, "employees_persons"), ("YN5328-11", 2024, "taxes_10k_cny")}

Sheets = dict[str, list[list[Any]]]


@cache
def sheets(path: Path) -> Sheets:
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def exact(value: Any) -> Any:
    return Decimal(repr(value)) if isinstance(value, float) else value


@cache
def filed(code: str, year: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Columns 本年 and 上年 of the workbook of park and year, as filed."""
    (path,) = (FOLDER / str(year)).glob(f"YN5328-{code[-2:]}-*.xlsx")
    rows = [row for grid in sheets(path).values() for row in grid if len(row) > 4 and row[0] in FORM_SET.items()]
    return {row[0]: exact(row[3]) for row in rows}, {row[0]: exact(row[4]) for row in rows}


def records(path: Path, form: str) -> list[dict[str, Any]]:
    sheet = FORM_SET.tables()[form].sheet
    _, _, codes, _, *rows = sheets(path)[sheet]
    return [{code: exact(cell) for code, cell in zip(codes[1:], row[1:], strict=True)} for row in rows if any(row[1:])]


def industries(code: str, year: int) -> list[dict[str, Any]]:
    (path,) = (FOLDER / str(year)).glob(f"YN5328-{code[-2:]}-*.xlsx")
    return records(path, "industries")


def bureau(form: str) -> list[dict[str, Any]]:
    return records(FOLDER / "州级汇总.xlsx", form)


def true(code: str, year: int) -> dict[str, Any]:
    """Figures as a reader who applies 更正登记 by hand sees them; the uncorrected error is divided by ten."""
    items = dict(filed(code, year)[0])
    for park, planted_year, item in PLANTED_FIGURES:
        if (park[-2:], planted_year) == (code[-2:], year):
            items[item] /= 10
    if (f"YN5328-{code[-2:]}", year) == IN_CNY:
        items |= {item: value / 10000 for item, value in items.items() if item.endswith("_10k_cny")}
    return items


def filings() -> Iterator[tuple[str, int]]:
    for path in sorted(FOLDER.glob("*/*.xlsx")):
        yield path.name[7:9], int(path.parent.name)


def growth_pct(code: str, year: int, item: str = "revenue_10k_cny") -> float:
    return float(true(code, year)[item] / true(code, year - 1)[item] * 100 - 100)


def ratio(code: str, year: int, upper: str, lower: str) -> float:
    items = true(code, year)
    return float(items[upper] / items[lower])


# ---- the files ------------------------------------------------------------------------------------------


def test_the_generator_makes_exactly_the_committed_workbooks(tmp_path: Path) -> None:
    made = generate(tmp_path)
    names = [path.relative_to(tmp_path).as_posix() for path in made]
    assert names == sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.xlsx"))
    for path in made:
        assert sheets(path) == sheets(FOLDER / path.relative_to(tmp_path)), path.name


def test_twelve_parks_file_for_six_years_and_one_joins_in_2023() -> None:
    years = Counter(code for code, _ in filings())
    assert years == {f"{number:02}": 6 for number in range(1, 12)} | {"12": 3}
    assert [year for code, year in filings() if code == "12"] == [2023, 2024, 2025]
    levels = Counter(row["level"] for row in bureau("parks"))
    assert levels == {"国家级": 1, "省级": 5, "州级": 6}
    assert {row["park_code"][-2:] for row in bureau("parks") if row["level"] == "省级"} == set(PROVINCIAL)
    assert {row["park_code"][-2:] for row in bureau("parks") if row["level"] == "州级"} == set(PREFECTURAL)


def test_every_visible_sheet_and_every_cover_says_that_the_data_are_invented() -> None:
    for path in FOLDER.rglob("*.xlsx"):
        assert path.stat().st_size < (40_000 if path.parent == FOLDER else 28_000)
        book = CalamineWorkbook.from_path(str(path))
        visible = [sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
        assert len(visible) in (7, 9)
        assert all(NOTICE in sheets(path)[name][1][1] for name in visible), path.name
    assert all(filed(code, year)[0]["data_notice"] == NOTICE for code, year in filings())


def test_every_park_that_is_not_named_in_the_document_is_called_invented() -> None:
    named = {row["park_code"][-2:]: row["name"] for row in bureau("parks")}
    assert all(("（虚构）" in name) is (int(code) > 3) for code, name in named.items())


# ---- the figures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "year"), list(filings()))
def test_industries_add_up_exactly(code: str, year: int) -> None:
    items, _ = filed(code, year)
    pairs = {
        "revenue_10k_cny": "revenue_10k_cny",
        "output_10k_cny": "industrial_output_10k_cny",
        "value_added_10k_cny": "industrial_value_added_10k_cny",
        "energy_tce": "industrial_energy_tce",
    }
    for column, item in pairs.items():
        total = sum(row[column] for row in industries(code, year))
        planted = (f"YN5328-{code}", year, item) in PLANTED_FIGURES
        assert (total == items[item]) is not planted, item


@pytest.mark.parametrize(("code", "year"), list(filings()))
def test_figures_are_complete_and_fit_together(code: str, year: int) -> None:
    items, last = true(code, year), filed(code, year)[1]
    assert all(isinstance(items[item], Decimal) and isinstance(last[item], Decimal) for item in NUMERIC)
    assert all(items[item] == round(items[item], 2) for item in NUMERIC)
    at_most = [
        ("industrial_value_added_10k_cny", "industrial_output_10k_cny"),
        ("industrial_value_added_2020_prices_10k_cny", "industrial_value_added_10k_cny"),
        ("revenue_above_scale_10k_cny", "revenue_10k_cny"),
        ("rd_expenditure_above_scale_10k_cny", "rd_expenditure_10k_cny"),
        ("sewage_treated_m3", "sewage_produced_m3"),
        ("solid_waste_disposed_t", "solid_waste_produced_t"),
        ("developed_industrial_land_mu", "developed_land_mu"),
        ("developed_land_mu", "planned_land_mu"),
        ("enterprises_above_scale_count", "industrial_enterprises_count"),
        ("high_tech_enterprises_count", "industrial_enterprises_count"),
    ]
    assert all(items[part] <= items[whole] for part, whole in at_most)
    assert 0.2 < ratio(code, year, "industrial_value_added_10k_cny", "industrial_output_10k_cny") < 0.3
    assert 0.03 < ratio(code, year, "taxes_10k_cny", "industrial_output_10k_cny") < 0.09
    rd_share = ratio(code, year, "rd_expenditure_above_scale_10k_cny", "revenue_above_scale_10k_cny")
    assert 0.012 <= rd_share <= 0.026 or (code, year) == ("12", 2023)


@pytest.mark.parametrize(("code", "year"), [(code, year) for code, year in filings() if year > 2020])
def test_last_year_is_what_was_reported_last_year_and_growth_is_moderate(code: str, year: int) -> None:
    items, last = true(code, year), filed(code, year)[1]
    if (code, year) != ("12", 2023):
        differing = [item for item in NUMERIC if last[item] != true(code, year - 1)[item]]
        assert differing == (["fixed_investment_10k_cny"] if (code, year) == ("06", 2023) else [])
    for item in NUMERIC:
        if last[item] and (f"YN5328-{code}", year, item) not in PLANTED_GROWTH:
            assert -40 < items[item] / last[item] * 100 - 100 < 80, item


def test_parks_grow_from_two_fifths_to_half_of_the_output_of_the_prefecture() -> None:
    region = {int(row["year"]): row["industrial_output_10k_cny"] for row in bureau("region_totals")}
    assert list(region) == list(range(2020, 2026))
    assert all(earlier < later for earlier, later in pairwise(region.values()))
    assert region[2020] > 2_400_000 and region[2025] < 3_900_000
    shares = [
        float(100 * sum(true(code, one)["industrial_output_10k_cny"] for code, one in filings() if one == year) / total)
        for year, total in region.items()
    ]
    assert shares == pytest.approx([40.12, 42.06, 44.31, 46.27, 48.35, 50.44], abs=0.001)


def test_all_but_one_file_between_the_end_of_march_and_the_deadline() -> None:
    late = []
    for code, year in filings():
        day = filed(code, year)[0]["filed_on"]
        if day > date(year + 1, 4, 30):
            late.append((code, year, day))
        else:
            assert date(year + 1, 3, 28) <= day <= date(year + 1, 4, 28)
    assert late == [("09", 2024, date(2025, 5, 12))]


# ---- the stories ----------------------------------------------------------------------------------------


def test_one_park_alone_passes_ten_billion_and_only_in_2025() -> None:
    large = [(code, year) for code, year in filings() if true(code, year)["revenue_10k_cny"] > 1_000_000]
    assert large == [("01", 2025)]


def test_park_05_falls_behind_in_2023_and_2024() -> None:
    assert growth_pct("05", 2021) > 14
    for year in (2023, 2024):
        assert growth_pct("05", year) < 3
        assert min(growth_pct(code, year) for code in PROVINCIAL if code != "05") > 12
    assert growth_pct("05", 2025) > 16
    assert ratio("05", 2024, "sewage_treated_m3", "sewage_produced_m3") == pytest.approx(0.952, abs=0.001)


def test_park_08_stalls_in_2023_and_leaps_in_2024() -> None:
    assert growth_pct("08", 2023) == pytest.approx(3.1, abs=0.3)
    assert growth_pct("08", 2024) == pytest.approx(38.6, abs=0.3)
    counts = [true("08", year)["industrial_enterprises_count"] for year in (2023, 2024, 2025)]
    assert counts == [23, 33, 43]


@pytest.mark.parametrize("year", range(2020, 2026))
def test_park_06_alone_misses_the_share_of_leading_industries(year: int) -> None:
    leading = {row["park_code"][-2:]: row["leading_industries"].split("、") for row in bureau("parks")}
    for code, one in filings():
        if one == year:
            rows = industries(code, year)
            part = sum(row["revenue_10k_cny"] for row in rows if row["industry"] in leading[code])
            share = part / filed(code, year)[0]["revenue_10k_cny"]
            assert (share < Decimal("0.6")) is (code == "06"), (code, share)


def test_park_07_has_a_serious_accident_in_2023() -> None:
    serious = [row for row in bureau("events") if row["severity"] != "一般"]
    assert [(row["park_code"], row["occurred_on"].year, row["kind"], row["severity"]) for row in serious] == [
        ("YN5328-07", 2023, "安全生产事故", "较大")
    ]


def test_park_10_files_2024_in_yuan_and_the_register_repairs_it() -> None:
    items, last = filed("10", 2024)
    money = [item for item in NUMERIC if item.endswith("_10k_cny")]
    assert len(money) == 12
    assert all(5_000 < items[item] / last[item] < 15_000 for item in money if last[item])
    assert items["employees_persons"] / last["employees_persons"] < 1.5
    (row,) = [row for row in bureau("corrections") if row["park_code"] == "YN5328-10"]
    assert (row["year"], row["item"]) == (2024, "*_10k_cny")
    assert row["filed_value"] == items["revenue_10k_cny"] == 618_292_900
    assert row["corrected_value"] == filed("10", 2025)[1]["revenue_10k_cny"] == Decimal("61829.29")


def test_park_04_mistypes_one_figure_in_2023_and_the_register_repairs_it() -> None:
    (row,) = [row for row in bureau("corrections") if row["park_code"] == "YN5328-04"]
    assert (row["year"], row["item"]) == (2023, "rd_expenditure_10k_cny")
    assert row["filed_value"] == filed("04", 2023)[0]["rd_expenditure_10k_cny"] == 10 * row["corrected_value"]
    assert row["corrected_value"] == filed("04", 2024)[1]["rd_expenditure_10k_cny"]


def test_park_11_files_more_value_added_than_output_in_2022() -> None:
    wrong = [
        (code, year)
        for code, year in filings()
        if filed(code, year)[0]["industrial_value_added_10k_cny"] > filed(code, year)[0]["industrial_output_10k_cny"]
    ]
    assert wrong == [("11", 2022)]
    assert not [row for row in bureau("corrections") if row["park_code"] == "YN5328-11"]


def test_soft_mistakes_are_explained_once() -> None:
    assert filed("07", 2022)[0]["employees_persons"] == 1843
    assert filed("07", 2022)[1]["employees_persons"] == 594
    assert "劳务派遣" in filed("07", 2022)[0]["explanation"]
    difference = filed("06", 2023)[1]["fixed_investment_10k_cny"] - filed("06", 2022)[0]["fixed_investment_10k_cny"]
    assert difference == 1800
    assert not filed("06", 2023)[0]["explanation"]
    assert growth_pct("11", 2024, "taxes_10k_cny") > 100
    assert not filed("11", 2024)[0]["explanation"]


def test_park_03_stands_above_the_provincial_threshold_from_2024() -> None:
    per_mu = [ratio("03", year, "revenue_10k_cny", "developed_industrial_land_mu") for year in range(2022, 2026)]
    assert per_mu[:2] == pytest.approx([347, 386], abs=1.5)
    assert per_mu[2:] == pytest.approx([432, 474], abs=1.5)
    for code in ("07", "08", "09", "10"):
        assert ratio(code, 2025, "revenue_10k_cny", "developed_industrial_land_mu") < 360


def test_park_04_reaches_every_target_in_2025() -> None:
    now, base = true("04", 2025), true("04", 2020)
    for item in ("industrial_enterprises_count", "leading_enterprises_count", "high_tech_enterprises_count"):
        assert now[item] >= 2 * base[item]
    for item in ("revenue_10k_cny", "rd_expenditure_10k_cny"):
        assert now[item] >= base[item] * Decimal("1.15") ** 5
    assert ratio("04", 2025, "revenue_10k_cny", "developed_industrial_land_mu") > 480
    assert ratio("04", 2025, "rd_expenditure_above_scale_10k_cny", "revenue_above_scale_10k_cny") > 0.025


def test_two_key_chains_have_no_landed_project_of_more_than_500_million() -> None:
    landed = {
        row["chain"] for row in bureau("projects") if row["investment_10k_cny"] > 50_000 and row["landed_on"] != ""
    }
    chains = next(column for column in FORM_SET.tables()["projects"].columns if column.code == "chain").choices
    assert set(chains) - landed == {"数字经济", "文旅康养"}


def test_one_landed_project_is_below_the_standard_of_its_park() -> None:
    below = [
        (
            row["park_code"][-2:],
            row["landed_on"].year,
            row["output_10k_cny_per_mu"],
            row["required_output_10k_cny_per_mu"],
        )
        for row in bureau("projects")
        if row["environment_review"] and row["output_10k_cny_per_mu"] < row["required_output_10k_cny_per_mu"]
    ]
    assert below == [("02", 2025, 285, 400)]


def test_validation_finds_the_planted_mistakes_and_nothing_else() -> None:
    statistics = take_in(FOLDER, FORM_SET, load_checks(FORM_SET), first_year=2020, year=2025, deadline=(4, 30))
    found = statistics.findings.select("park_code", "year", "check_id", "item", "severity").rows()
    assert sorted((park[-2:], *rest) for park, *rest in found) == [
        ("04", 2023, "corrected", "rd_expenditure_10k_cny", "提示"),
        ("06", 2023, "last_year_differs", "fixed_investment_10k_cny", "核实"),
        ("07", 2022, "growth", "employees_persons", "核实"),
        ("09", 2024, "filed_late", "filed_on", "提示"),
        ("10", 2024, "corrected", "*_10k_cny", "提示"),
        ("11", 2022, "industries_value_added_sum", "industrial_value_added_10k_cny", "错误"),
        ("11", 2022, "localised", "industrial_value_added_10k_cny", "提示"),
        ("11", 2022, "unit_factor", "industrial_value_added_10k_cny", "核实"),
        ("11", 2022, "value_added_within_output", "industrial_value_added_10k_cny", "错误"),
        ("11", 2024, "growth", "taxes_10k_cny", "核实"),
    ]
    assert statistics.refused.select("park_code", "year").rows() == [("YN5328-11", 2022)]
    (taxes,) = statistics.findings.filter(pl.col("item") == "taxes_10k_cny")["explanation"]
    assert taxes.endswith("（示例园区管委会 2025-05-20 说明，示例审核员批准，有效期至 2025-12-31）")
    assert statistics.filings.filter(pl.col("late_days") > 0).select("park_code", "late_days").rows() == [
        ("YN5328-09", 12)
    ]
