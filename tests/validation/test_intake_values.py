"""One cell at a time: what the reader shows and what the definitions make of it."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validation.forms import Item
from validation.reading import number_text, shown
from validation.values import typed


def field(kind, **more):
    return Item(code="x", label="某项", type=kind, **more)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3.0, ("3", "number")),
        (0.1, ("0.1", "number")),
        (1e-7, ("0.0000001", "number")),
        (1e21, ("1000000000000000000000", "number")),
        (-2.50, ("-2.5", "number")),
        (float("inf"), ("inf", "error")),
        (True, ("是", "boolean")),
        (date(2026, 4, 1), ("2026-04-01", "date")),
        (datetime(2026, 4, 1, 8, 30), ("2026-04-01", "date")),
        ("  ", (None, "empty")),
        (" 甲 ", (" 甲 ", "text")),
    ],
)
def test_cell_as_text_and_kind(value, expected):
    assert shown(value) == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_number_text_reads_back_as_the_same_number(value):
    text, kind = number_text(value)
    assert (float(text), kind) == (value, "number")
    assert "e" not in text.lower()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,234,567.5", "1234567.5"),
        ("１２３４", "1234"),
        ("－５", "-5"),
        ("−5", "-5"),
        ("+7", "7"),
        (" 1 234 ", "1234"),
        ("0.1234565", "0.123457"),
    ],
)
def test_text_that_is_a_number(text, expected):
    value = typed(text, "text", field("number"))
    assert value.number == Decimal(expected)
    assert value.remark and value.remark.severity == "提示"


@pytest.mark.parametrize(
    "text",
    ["12%", "1.2.3", "1e5", "１２，３４", "(12)", "12 34", "约5", "5-6", "٣", "½", "1，234亩", "1234567890123456"],
)
def test_text_that_is_no_number(text):
    value = typed(text, "text", field("number"))
    assert value.number is None
    assert value.remark and value.remark.severity == "错误"


@pytest.mark.parametrize("mark", ["—", "——", "–", "-", "－", "…", "……", "/", "／", "无", "空白", " 无 "])
@pytest.mark.parametrize("kind", ["number", "count", "text", "date"])
def test_missing_marks_are_empty(mark, kind):
    value = typed(mark, "text", field(kind))
    assert (value.number, value.text, value.remark) == (None, None, None)


@pytest.mark.parametrize("text", ["2026-4-1", "2026/04/01", "2026.4.1", "2026年4月1日", "20260401"])
def test_dates(text):
    assert typed(text, "text", field("date")).text == "2026-04-01"


@pytest.mark.parametrize(
    ("kind", "text", "cell"),
    [
        ("date", "2026", "number"),
        ("number", "2026-04-01", "date"),
        ("number", "是", "boolean"),
        ("year", "20", "number"),
    ],
)
def test_wrong_kind_of_cell(kind, text, cell):
    remark = typed(text, cell, field(kind)).remark
    assert remark and remark.severity == "错误"


def test_list_keeps_its_order_and_loses_repetitions():
    of = field("list", choices=("普洱茶", "制糖", "生物医药（傣医药）"))
    assert typed("制糖，普洱茶、制糖;生物医药(傣医药)", "text", of).text == "制糖、普洱茶、生物医药（傣医药）"
    assert typed("制糖、茶", "text", of).remark.check_id == "choice_unknown"


@pytest.mark.parametrize(
    ("form", "text", "kind", "check_id", "taken"),
    [
        ("division_code", "32822", "number", "code_zeros_lost", "032822"),
        ("division_code", "032822", "text", None, "032822"),
        ("division_code", "532822", "number", None, "532822"),
        ("credit_code", "915301000000000000", "number", "code_digits_lost", None),
        ("credit_code", "9.1530112345E+17", "text", "code_digits_lost", None),
        (None, "5328", "number", None, "5328"),
    ],
)
def test_codes_that_a_spreadsheet_took_for_numbers(form, text, kind, check_id, taken):
    value = typed(text, kind, field("code", format=form))
    assert (value.remark.check_id if value.remark else None, value.text) == (check_id, taken)
    if taken and check_id:
        assert taken in value.remark.cure


@pytest.mark.parametrize(
    ("text", "kind", "unit", "note", "number", "check_id"),
    [
        ("2.1", "number", None, None, "2.1", None),
        ("2.1%", "text", None, None, "2.1", "number_converted"),
        ("２．１％", "text", None, None, "2.1", "number_converted"),
        ("0.021", "number", None, "percent", "2.1", "unit_converted"),
        ("0.021", "number", None, "unit_assumed", "0.021", "percent_guessed"),
        ("2.1", "number", None, "unit_assumed", "2.1", "unit_assumed"),
        ("21", "number", "‰", None, "2.1", "unit_converted"),
    ],
)
def test_percentages(text, kind, unit, note, number, check_id):
    value = typed(text, kind, field("number", unit="%"), unit, note)
    assert value.number == Decimal(number)
    assert (value.remark.check_id if value.remark else None) == check_id


def test_guessed_percentage_names_both_readings():
    remark = typed("0.021", "number", field("number", unit="%"), note="unit_assumed").remark
    assert remark.severity == "核实"
    assert "0.021%" in remark.message and "2.1%" in remark.message
