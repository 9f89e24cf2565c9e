"""The text of one cell as a typed value: number, count, year, date, choice, list, code or text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

from validation.finding import ERROR, NOTE, VERIFY, Severity
from validation.forms import FormField
from validation.marks import YES_NO, YES_NO_MARKS, digits_in, missing_mark, normal
from validation.units import PERCENT, ratio

DECIMALS = 6
LARGEST = Decimal(10) ** 15
_STEP = Decimal(1).scaleb(-DECIMALS)
_NOISE = Fraction(1, 10**9)
"""A binary fraction shows up as digits beyond this share of the value; more than that was typed in."""

_DATE = re.compile(r"([0-9]{4})(?:[-/.年])([0-9]{1,2})(?:[-/.月])([0-9]{1,2})日?")
_COMPACT_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_LIST_SIGNS = re.compile(r"[、,;]")
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_SERIAL_FROM, _SERIAL_TO = 18264, 73050
"""Serial numbers of spreadsheet dates from 1950-01-01 to 2099-12-31; serial 1 is 1900-01-01 with the 29th of February counted."""
_SERIAL_START = date(1899, 12, 30)
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+?[0-9]{1,2}")
_CODE_LENGTHS = {"credit_code": 18, "division_code": 6, "industry_code": 4}
_DOUBLE_DIGITS = 15
"""A spreadsheet keeps 15 digits of a number."""


@dataclass(frozen=True)
class Remark:
    """Why a cell was not taken as it stands."""

    check_id: str
    severity: Severity
    message: str
    expected: str
    cure: str


@dataclass(frozen=True)
class Value:
    """The typed content of a cell: `number` for numeric types, `text` for the others, both for years; None is empty.

    `remark` is the one that matters most, `more` are further ones.
    """

    number: Decimal | None = None
    text: str | None = None
    remark: Remark | None = None
    more: tuple[Remark, ...] = ()

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """All remarks."""
        return (() if self.remark is None else (self.remark,)) + self.more


def typed(text: str | None, kind: str, field: FormField, unit: str | None = None, note: str | None = None) -> Value:
    """The value of a cell with `text` of `kind` (see validation.reading) for `field`; what does not fit is null with a remark.

    `unit` is the unit the file tells when it is not the field's, `note` what is to be told of the cell (see
    validation.file_contents.Note). Conversion to the field's unit is exact, rounded half up to `DECIMALS` at the end.
    """
    if text is None or kind == "empty":
        return Value()
    if kind == "error":
        what = (
            f"“{field.label}”单元格是 {text}" if text.startswith("#") else f"“{field.label}”单元格{text.strip('（）')}"
        )
        return Value(remark=Remark("cell_error", ERROR, what, _expected(field), "改填数值，不要保留出错或未计算的公式"))
    if kind == "text" and missing_mark(text):
        return Value()
    if field.numeric:
        value = _measured(text, kind, field, unit, note)
    else:
        value = _READERS[field.type](text, kind, field)
    if note == "formula" and (value.number is not None or value.text is not None):
        remark = Remark(
            "formula_value", NOTE, f"“{field.label}”是公式，按保存的结果 {text.strip():.40} 采用", "数值", "改填数值"
        )
        return _with(value, remark)
    return value


def _with(value: Value, remark: Remark) -> Value:
    if value.remark is None:
        return replace(value, remark=remark)
    return replace(value, more=(*value.more, remark))


def _measured(text: str, kind: str, field: FormField, unit: str | None, note: str | None) -> Value:
    """A number in the field's unit."""
    factor = Fraction(1)
    if field.unit == PERCENT and kind == "text" and normal(text).endswith("%"):
        text = normal(text).removesuffix("%")
    elif note == "percent" and field.unit == PERCENT:
        factor = Fraction(100)
    elif unit is not None:
        told = ratio(unit, field.unit)
        if told is None:
            return _unfit(
                field,
                "unit_unknown",
                f"“{field.label}”的计量单位“{unit:.20}”不能换算为“{field.unit}”",
                f"按{field.unit}填报",
            )
        factor = told
    value = _number(text, kind, field, factor)
    if value.number is None:
        return value
    if factor != 1:
        how = "百分数格式的小数" if note == "percent" else f"“{unit}”"
        converted = f"“{field.label}”由{how}换算为“{field.unit}”：{text.strip():.40} 按 {_shortest(value.number)} 采用"
        return _with(value, Remark("unit_converted", NOTE, converted, field.unit, f"核对；以后按{field.unit}填报"))
    if note == "percent":
        percent = f"“{field.label}”的单元格是百分数格式（显示 {_shortest(value.number * 100)}%），按 {_shortest(value.number)} {field.unit}采用"
        return _with(value, Remark("percent_format", VERIFY, percent, _expected(field), "核对数值，改为数字格式"))
    if note == "unit_assumed":
        return _with(value, _assumed(value.number, field))
    return value


def _assumed(number: Decimal, field: FormField) -> Remark:
    if field.unit == PERCENT and 0 < abs(number) <= 1:
        readings = f"按 {_shortest(number)}% 采用；如是小数，则为 {_shortest(number * 100)}%"
        return Remark(
            "percent_guessed",
            VERIFY,
            f"“{field.label}”没有写计量单位：{readings}",
            _expected(field),
            "写明是百分数还是小数",
        )
    return Remark(
        "unit_assumed", VERIFY, f"“{field.label}”没有写计量单位，按“{field.unit}”采用", field.unit, "在表中写明计量单位"
    )


def _number(text: str, kind: str, field: FormField, factor: Fraction = Fraction(1)) -> Value:
    plain = digits_in(text, kind)
    if plain is None:
        return _unfit(
            field,
            "not_a_number",
            f"“{field.label}”应填数字，填的是“{text.strip():.40}”",
            "只填数字，单位和说明不要写在单元格里",
        )
    exact = Fraction(plain) * factor
    if abs(exact) >= LARGEST:
        return _unfit(field, "number_too_large", f"“{field.label}”的数值过大", "核对数值和计量单位")
    rounded = _rounded(exact)
    remark = None
    if rounded != exact and abs(exact - Fraction(rounded)) > _NOISE * abs(exact):
        remark = Remark(
            "number_rounded",
            NOTE,
            f"“{field.label}”多于 {DECIMALS} 位小数，按 {_shortest(rounded)} 采用",
            f"不超过 {DECIMALS} 位小数",
            "无需处理",
        )
    if kind == "text":
        remark = Remark(
            "number_converted", NOTE, f"“{field.label}”是文本，按数字 {_shortest(rounded)} 采用", "数字", "改为数字格式"
        )
    return Value(rounded, remark=remark)


def _rounded(exact: Fraction) -> Decimal:
    """`exact` to `DECIMALS` places, half away from zero."""
    scaled = abs(exact) * 10**DECIMALS
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    whole += 2 * rest >= scaled.denominator
    return Decimal(whole if exact >= 0 else -whole).scaleb(-DECIMALS)


def _year(text: str, kind: str, field: FormField) -> Value:
    plain = digits_in(text.strip().removesuffix("度").removesuffix("年"), kind)
    number = Decimal(plain) if plain else Decimal(0)
    if number != number.to_integral_value() or not _FIRST_YEAR <= number <= _LAST_YEAR:
        return _unfit(field, "year_invalid", f"“{field.label}”不是年份，填的是“{text.strip():.40}”", "填四位年份")
    return Value(number.quantize(_STEP), str(int(number)))


def _date(text: str, kind: str, field: FormField) -> Value:
    plain = normal(text)
    found = (_DATE.fullmatch(plain) or _COMPACT_DATE.fullmatch(plain)) if kind in ("date", "text", "number") else None
    day = None
    try:
        if found:
            day = date(*(int(part) for part in found.groups()))
        elif kind in ("number", "text") and plain.isdecimal() and _SERIAL_FROM <= int(plain[:9]) <= _SERIAL_TO:
            day = _SERIAL_START + timedelta(days=int(plain))
    except ValueError:
        day = None
    if day is None:
        return _unfit(field, "date_invalid", f"“{field.label}”不是日期，填的是“{text.strip():.40}”", "填 年-月-日")
    remark = None
    if kind == "number":
        how = "日期" if found else "日期序列号"
        remark = Remark(
            "date_converted", NOTE, f"“{field.label}”是数字 {plain}，作为{how}按 {day} 采用", "年-月-日", "改为日期格式"
        )
    elif kind == "text" and plain != day.isoformat():
        remark = Remark("date_converted", NOTE, f"“{field.label}”是文本，按 {day} 采用", "年-月-日", "改为日期格式")
    return Value(text=day.isoformat(), remark=remark)


def _text(text: str, kind: str, field: FormField) -> Value:
    return Value(text=text.strip())


def _code(text: str, kind: str, field: FormField) -> Value:
    """A code as it stands; what a spreadsheet did to it as a number is told, with the repair where there is one."""
    code = text.strip()
    if _SCIENTIFIC.fullmatch(code) or (kind == "number" and len(code) > _DOUBLE_DIGITS):
        return _unfit(
            field,
            "code_digits_lost",
            f"“{field.label}”被存成数字 {code:.40}，后面的位数已经丢失",
            "单元格改为文本格式后重新填写",
        )
    length = _CODE_LENGTHS.get(field.format or "")
    if kind == "number" and length and code.isdecimal() and len(code) < length:
        repaired = code.zfill(length)
        remark = Remark(
            "code_zeros_lost", VERIFY, f"“{field.label}”被存成数字 {code}，前面的 0 已经丢失，按 {repaired} 采用", f"{length} 位代码",
            f"核对；单元格改为文本格式，填 {repaired}",
        )  # fmt: skip
        return Value(text=repaired, remark=remark)
    return Value(text=code)


@cache
def _choices(choices: tuple[str, ...]) -> dict[str, str]:
    return {normal(choice): choice for choice in choices}


def _choice(text: str, kind: str, field: FormField) -> Value:
    plain = normal(text)
    chosen = _choices(field.choices).get(plain)
    if chosen is None and field.choices == YES_NO and plain.upper() in YES_NO_MARKS:
        meant = YES_NO_MARKS[plain.upper()]
        told = f"“{field.label}”填的“{plain:.10}”按“{meant}”采用"
        return Value(
            text=meant, remark=Remark("choice_converted", NOTE, told, _expected(field), "无需处理；以后填是或否")
        )
    if chosen is None:
        return _unfit(field, "choice_unknown", f"“{field.label}”填的“{text.strip():.40}”不在选项中", "从下拉列表中选择")
    return Value(text=chosen)


def _list(text: str, kind: str, field: FormField) -> Value:
    choices = _choices(field.choices)
    parts = [part for part in _LIST_SIGNS.split(normal(text)) if part]
    unknown = [part for part in parts if part not in choices]
    if unknown:
        return _unfit(
            field,
            "choice_unknown",
            f"“{field.label}”中的“{'、'.join(unknown):.60}”不在选项中",
            "按选项填写，用顿号分隔",
        )
    return Value(text="、".join(dict.fromkeys(choices[part] for part in parts)))


_READERS: dict[str, Callable[[str, str, FormField], Value]] = {
    "number": _number,
    "count": _number,
    "year": _year,
    "date": _date,
    "text": _text,
    "code": _code,
    "choice": _choice,
    "list": _list,
}


def _unfit(field: FormField, check_id: str, message: str, cure: str) -> Value:
    return Value(remark=Remark(check_id, ERROR, message, _expected(field), cure))


def _expected(field: FormField) -> str:
    if field.choices:
        return f"{'、'.join(field.choices)}（之一）" if field.type == "choice" else f"{'、'.join(field.choices)}"
    words = {"number": "数字", "count": "不小于 0 的整数", "year": "四位年份", "date": "年-月-日"}
    unit = f"（{field.unit}）" if field.unit else ""
    return words.get(field.type, "文字") + unit


def _shortest(number: Decimal) -> str:
    return format(number.normalize(), "f")
