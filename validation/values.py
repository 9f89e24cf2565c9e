"""The text of one cell as a typed value: number, count, year, date, choice, list, code or text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from validation.findings import ERROR, NOTE, Severity
from validation.forms import FormField

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x2212: 0x2D}
# Not NFKC, which would read 10² as 102.


def _normal(text: str) -> str:
    return "".join(text.translate(_FULL_WIDTH).split())


MISSING_MARKS = frozenset(
    _normal(mark) for mark in ("—", "——", "–", "-", "--", "…", "……", "...", "/", "\\", "无", "空白", "(空白)")
)
"""What clerks write for "nothing to report"; such a cell counts as empty. Full-width forms are the same marks."""

DECIMALS = 6
LARGEST = Decimal(10) ** 15
_STEP = Decimal(1).scaleb(-DECIMALS)
_NOISE = Decimal("1e-9")
"""A binary fraction shows up as digits beyond this share of the value; more than that was typed in."""

_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
_DATE = re.compile(r"([0-9]{4})(?:[-/.年])([0-9]{1,2})(?:[-/.月])([0-9]{1,2})日?")
_COMPACT_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_LIST_SIGNS = re.compile(r"[、,;]")
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


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
    """The typed content of a cell: `number` for numeric types, `text` for the others, both for years; None is empty."""

    number: Decimal | None = None
    text: str | None = None
    remark: Remark | None = None


def typed(text: str | None, kind: str, field: FormField) -> Value:
    """The value of a cell with `text` of `kind` (see validation.reading) for `field`; what does not fit is null with a remark."""
    if text is None or kind == "empty":
        return Value()
    if kind == "error":
        what = (
            f"“{field.label}”单元格是 {text}" if text.startswith("#") else f"“{field.label}”单元格{text.strip('（）')}"
        )
        return Value(remark=Remark("cell_error", ERROR, what, _expected(field), "改填数值，不要保留出错或未计算的公式"))
    if kind == "text" and _normal(text) in MISSING_MARKS:
        return Value()
    return _READERS[field.type](text, kind, field)


def missing_mark(text: str) -> bool:
    """Whether `text` only says that there is nothing to report."""
    return _normal(text) in MISSING_MARKS


def _number(text: str, kind: str, field: FormField) -> Value:
    plain = _digits(text, kind)
    if plain is None:
        return _unfit(
            field,
            "not_a_number",
            f"“{field.label}”应填数字，填的是“{text.strip():.40}”",
            "只填数字，单位和说明不要写在单元格里",
        )
    exact = Decimal(plain)
    if abs(exact) >= LARGEST:
        return _unfit(field, "number_too_large", f"“{field.label}”的数值过大", "核对数值和计量单位")
    rounded = exact.quantize(_STEP, ROUND_HALF_UP)
    remark = None
    if rounded != exact and abs(exact - rounded) > _NOISE * abs(exact):
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


def _year(text: str, kind: str, field: FormField) -> Value:
    plain = _digits(text.strip().removesuffix("年"), kind)
    number = Decimal(plain) if plain else Decimal(0)
    if number != number.to_integral_value() or not _FIRST_YEAR <= number <= _LAST_YEAR:
        return _unfit(field, "year_invalid", f"“{field.label}”不是年份，填的是“{text.strip():.40}”", "填四位年份")
    return Value(number.quantize(_STEP), str(int(number)))


def _date(text: str, kind: str, field: FormField) -> Value:
    plain = _normal(text)
    found = (_DATE.fullmatch(plain) or _COMPACT_DATE.fullmatch(plain)) if kind in ("date", "text") else None
    try:
        day = date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        day = None
    if day is None:
        return _unfit(field, "date_invalid", f"“{field.label}”不是日期，填的是“{text.strip():.40}”", "填 年-月-日")
    remark = None
    if kind == "text" and plain != day.isoformat():
        remark = Remark("date_converted", NOTE, f"“{field.label}”是文本，按 {day} 采用", "年-月-日", "改为日期格式")
    return Value(text=day.isoformat(), remark=remark)


def _text(text: str, kind: str, field: FormField) -> Value:
    return Value(text=text.strip())


def _choice(text: str, kind: str, field: FormField) -> Value:
    chosen = {_normal(choice): choice for choice in field.choices}.get(_normal(text))
    if chosen is None:
        return _unfit(field, "choice_unknown", f"“{field.label}”填的“{text.strip():.40}”不在选项中", "从下拉列表中选择")
    return Value(text=chosen)


def _list(text: str, kind: str, field: FormField) -> Value:
    choices = {_normal(choice): choice for choice in field.choices}
    parts = [part for part in _LIST_SIGNS.split(_normal(text)) if part]
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
    "code": _text,
    "choice": _choice,
    "list": _list,
}


def _digits(text: str, kind: str) -> str | None:
    """The number written in `text` without separators, or None."""
    if kind not in ("number", "text"):
        return None
    plain = ",".join(text.translate(_FULL_WIDTH).split())
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    return plain if _PLAIN.fullmatch(plain) else None


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
