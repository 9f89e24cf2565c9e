"""What holds for any figure: spellings and units come back exactly, mistakes are told at their cell, clean data is silent."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.validation.filed_folder import (
    FIRST,
    FORM_SET,
    ITEMS_2025,
    file_name,
    places,
    set_cells,
    write_bureau,
    write_park,
)
from validation.conform import conform
from validation.findings import gather
from validation.forms import Item
from validation.reading import read
from validation.units import ratio
from validation.values import typed

FIGURES = st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False, allow_infinity=False)
FULL_WIDTH = str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")
UNITS = {
    "万元": ["元", "千元", "万元", "百万元", "亿元"],
    "亩": ["平方米", "亩", "公顷", "平方公里", "万亩"],
    "立方米": ["立方米", "万立方米"],
    "吨": ["吨", "万吨", "千克"],
    "吨标准煤": ["吨标准煤", "万吨标准煤"],
    "人": ["人", "万人"],
}
SIZES = {
    "元": 1, "千元": 1000, "万元": 10_000, "百万元": 1_000_000, "亿元": 100_000_000, "平方米": 3, "亩": 2000, "公顷": 30_000,
    "平方公里": 3_000_000, "万亩": 20_000_000, "立方米": 1, "万立方米": 10_000, "吨": 1000, "万吨": 10_000_000, "千克": 1,
    "吨标准煤": 1, "万吨标准煤": 10_000, "人": 1, "万人": 10_000,
}  # fmt: skip
"""How many of a small common measure each unit is, by hand; areas in thirds of a square metre."""


def field(unit):
    return Item(code="x", label="某项", type="number", unit=unit)


def spellings(figure):
    plain = f"{figure:f}"
    grouped = f"{figure:,f}"
    return [
        plain,
        grouped,
        grouped.replace(",", " "),
        plain.translate(FULL_WIDTH),
        grouped.translate(FULL_WIDTH),
        f" {plain}　",
    ]


@given(FIGURES, st.data())
def test_every_spelling_is_the_same_number(figure, data):
    written = data.draw(st.sampled_from(spellings(figure)))
    assert typed(written, "text", field("万元")).number == figure


@given(FIGURES, st.sampled_from([(to, unit) for to, units in UNITS.items() for unit in units]), st.data())
def test_every_unit_is_converted_exactly(figure, units, data):
    to, unit = units
    written = data.draw(st.sampled_from(spellings(figure)))
    value = typed(written, "text", field(to), unit)
    exact = Fraction(figure) * SIZES[unit] / SIZES[to]
    wanted = (Decimal(exact.numerator * 10**30) / Decimal(exact.denominator)).scaleb(-30)
    assert abs(value.number - wanted.quantize(Decimal("0.000001"), ROUND_HALF_UP)) <= Decimal("0.000001")
    assert abs(Fraction(value.number) - exact) <= Fraction(1, 2 * 10**6)
    told = {remark.check_id for remark in value.remarks}
    assert ("unit_converted" in told) == (unit != to)


@pytest.mark.parametrize(("unit", "to"), [(unit, to) for to, units in UNITS.items() for unit in units])
def test_there_and_back_is_one(unit, to):
    assert ratio(unit, to) * ratio(to, unit) == 1


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean")
    write_park(folder, FIRST, 2025)
    write_bureau(folder)
    path = folder / file_name(FIRST, 2025)
    return path, path.read_bytes(), places(folder, file_name(FIRST, 2025))


MISTAKES = {
    "words": ("约9万", "not_a_number"),
    "unit in the cell": ("12万元", "not_a_number"),
    "separators in the wrong place": ("1,23", "not_a_number"),
    "two points": ("1.2.3", "not_a_number"),
    "superscript": ("12²", "not_a_number"),
    "error": ({"error": "#REF!"}, "cell_error"),
    "never calculated": ({"formula": "1+1"}, "cell_error"),
    "too large": (1e15, "number_too_large"),
    "seven places": (0.1234567, "number_rounded"),
    "text": ("１２３", "number_converted"),
    "left out": ("", "required_missing"),
    "missing mark": ("…", "required_missing"),
}


def judged(path):
    reading = read(path, FORM_SET)
    conformed = conform(reading, reading.filings, FORM_SET)
    return conformed, gather([reading.findings, conformed.findings])


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(ITEMS_2025)), st.sampled_from(sorted(MISTAKES)))
def test_a_mistake_is_told_at_its_cell(clean, item, mistake):
    path, content, cells = clean
    form = next(form.code for form in FORM_SET.forms() if any(one.code == item for one in form.items))
    sheet, cell = cells[form, item, "this", 0]
    to, check_id = MISTAKES[mistake]
    path.write_bytes(content)
    set_cells(path, {(sheet, cell): to})
    found = judged(path)[1].filter(pl.col("check_id") == check_id).select("item", "sheet", "cell").rows()
    assert found == [(item, sheet, cell)]


@settings(max_examples=15, deadline=None)
@given(
    st.fixed_dictionaries({code: st.integers(0, 10**9) for code in ITEMS_2025 if code.endswith(("_cny", "_mu", "_m3"))})
)
def test_clean_figures_come_back_without_a_finding(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("figures")
    figures = {code: value / 100 for code, value in values.items()}
    write_park(folder, FIRST, 2025, figures)
    conformed, findings = judged(folder / file_name(FIRST, 2025))
    assert findings.is_empty(), findings.to_dicts()
    read_back = dict(conformed.items.select("item", "value").iter_rows())
    assert {code: read_back[code] for code in values} == {code: Decimal(value) / 100 for code, value in values.items()}
