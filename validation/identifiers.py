"""Identifiers with a structure: 统一社会信用代码 (GB 32100-2015), 行政区划代码 (GB/T 2260) and 行业小类代码 (GB/T 4754-2017)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import polars as pl

from validation.findings import ERROR, Finding
from validation.forms import Format, FormSet

CREDIT_CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 signs of a credit code; a sign counts as its place in this text. I, O, S, V and Z are not used."""
_LENGTH = 18
_WEIGHTS = tuple(pow(3, at, 31) for at in range(_LENGTH - 1))
_AUTHORITIES = "123456789ANY"
"""First sign: who keeps the register (GB 32100-2015 table 1 and its amendments). Zero is not among them, so zeros are no code."""
_CREDIT_CODE = re.compile(f"[{_AUTHORITIES}][{CREDIT_CODE_SIGNS}][0-9]{{6}}[{CREDIT_CODE_SIGNS}]{{10}}")

_BYTES = 128
_WEIGHED = pl.Series(
    [max(CREDIT_CODE_SIGNS.find(chr(byte)), 0) * weight for weight in (*_WEIGHTS, 1) for byte in range(_BYTES)],
    dtype=pl.Int32,
)
"""Place of a sign times the weight of its position, by position and byte; with weight 1 the check sign makes the sum a multiple of 31."""

PROVINCES: dict[str, str] = {
    "11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古", "21": "辽宁", "22": "吉林", "23": "黑龙江",
    "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽", "35": "福建", "36": "江西", "37": "山东", "41": "河南",
    "42": "湖北", "43": "湖南", "44": "广东", "45": "广西", "46": "海南", "50": "重庆", "51": "四川", "52": "贵州",
    "53": "云南", "54": "西藏", "61": "陕西", "62": "甘肃", "63": "青海", "64": "宁夏", "65": "新疆", "71": "台湾",
    "81": "香港", "82": "澳门",
}  # fmt: skip
"""First two digits of a division code."""
_DIVISION_CODE = f"^({'|'.join(PROVINCES)})(0000|(0[1-9]|[1-6][0-9]|70|90)[0-9]{{2}})$"
"""Province; then a prefecture 01–70, or 90 for counties under the province itself, with a county; nothing below no prefecture."""

_INDUSTRY_CODE = "^(0[1-9]|[1-8][0-9]|9[0-7])[0-9]{2}$"
"""Two digits of the division (大类 01 to 97), then group and class; GB/T 4754 writes 0 where a group has no classes."""

LABELS: dict[Format, str] = {
    "credit_code": "统一社会信用代码",
    "division_code": "行政区划代码",
    "industry_code": "国民经济行业小类代码",
}
_CURES: dict[Format, str] = {
    "credit_code": "按营业执照抄录 18 位代码，注意数字 0、1、2 与字母 O、I、Z",
    "division_code": "按《中华人民共和国行政区划代码》填 6 位数字",
    "industry_code": "按《国民经济行业分类》（GB/T 4754—2017）填 4 位数字的行业小类代码",
}


def credit_code_check_sign(body: str) -> str:
    """The last sign that belongs to the first 17: (31 − sum mod 31) mod 31 with weights 3^(i−1) mod 31; KeyError for other signs."""
    places = {sign: place for place, sign in enumerate(CREDIT_CODE_SIGNS)}
    total = sum(places[sign] * weight for sign, weight in zip(body, _WEIGHTS, strict=True))
    return CREDIT_CODE_SIGNS[-total % 31]


def is_credit_code(text: str) -> bool:
    """Whether `text` is a well-formed credit code: 18 capital signs, digits for the division, a register, the check sign."""
    return bool(_CREDIT_CODE.fullmatch(text)) and credit_code_check_sign(text[:-1]) == text[-1]


def is_division_code(text: str) -> bool:
    """Whether `text` has the form of a division code with an existing province; whether the county exists is not known here."""
    return bool(re.fullmatch(_DIVISION_CODE, text)) and text.isascii()


def credit_codes(column: pl.Expr) -> pl.Expr:
    """`is_credit_code` for a text column; null stays null."""
    shaped = column.str.contains(f"^{_CREDIT_CODE.pattern}$") & (column.str.len_bytes() == _LENGTH)
    # Where the shape is wrong the sum is not looked at; zeros keep the bytes at the length the arithmetic needs.
    padded = pl.when(shaped).then(column).otherwise(pl.lit("0" * _LENGTH)).cast(pl.Binary)
    signs = padded.bin.reinterpret(dtype=pl.Array(pl.UInt8, _LENGTH), endianness="little").explode().cast(pl.UInt32)
    # One long column of signs, looked up with their weight and added up per code: a column per sign would be eighteen times the work.
    at = pl.int_range(0, signs.len(), dtype=pl.UInt32) % _LENGTH
    total = pl.lit(_WEIGHED).gather(signs + at * _BYTES).reshape((-1, _LENGTH)).arr.sum()
    return pl.when(column.is_not_null()).then(shaped & (total % 31 == 0))


def division_codes(column: pl.Expr) -> pl.Expr:
    """`is_division_code` for a text column; null stays null."""
    return column.str.contains(_DIVISION_CODE)


def industry_codes(column: pl.Expr) -> pl.Expr:
    """Whether a text is a 行业小类代码 of an existing division (GB/T 4754-2017); null stays null."""
    return column.str.contains(_INDUSTRY_CODE)


_COLUMNS: dict[Format, Callable[[pl.Expr], pl.Expr]] = {
    "credit_code": credit_codes,
    "division_code": division_codes,
    "industry_code": industry_codes,
}


def well_formed(column: pl.Expr, form: Format) -> pl.Expr:
    """Whether the texts of `column` are identifiers of the kind `form`; null stays null."""
    return _COLUMNS[form](column)


def misformed(items: pl.DataFrame, records: pl.DataFrame, form_set: FormSet) -> Iterator[Finding]:
    """A 错误 for every code of `items` and `records` (validation.statistics.ITEMS, RECORDS) that its field's `format` does not allow."""
    for form in form_set.forms():
        for field in form.fields:
            if field.format is None:
                continue
            cells = records.filter(pl.col("form") == form.code) if form.kind == "table" else items
            own = pl.col("item") == field.code
            for row in cells.filter(own, ~well_formed(pl.col("text"), field.format)).iter_rows(named=True):
                label = LABELS[field.format]
                yield Finding(
                    f"{field.format}_invalid", ERROR, f"“{field.label}”填的“{row['text']:.40}”不是{label}", row["text"],
                    f"合乎国家标准的{label}", _CURES[field.format], row["year"], row["park_code"], field.code, field.label,
                    row["source_file"], row["sheet"], row["cell"],
                )  # fmt: skip
