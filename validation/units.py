"""Units of measurement as they stand in tables, and exact conversion between units of one kind."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

_TABLE: dict[str, dict[str, Fraction]] = {
    "money": {
        "元": Fraction(1), "人民币元": Fraction(1), "百元": Fraction(100), "千元": Fraction(1000), "万元": Fraction(10**4),
        "人民币万元": Fraction(10**4), "百万元": Fraction(10**6), "千万元": Fraction(10**7), "亿元": Fraction(10**8),
    },
    "area": {
        "平方米": Fraction(1), "m2": Fraction(1), "m²": Fraction(1), "㎡": Fraction(1), "万平方米": Fraction(10**4),
        "公顷": Fraction(10**4), "hm2": Fraction(10**4), "平方公里": Fraction(10**6), "平方千米": Fraction(10**6),
        "km2": Fraction(10**6), "km²": Fraction(10**6), "亩": Fraction(2000, 3), "万亩": Fraction(2000 * 10**4, 3),
    },
    "mass": {
        "千克": Fraction(1, 1000), "公斤": Fraction(1, 1000), "吨": Fraction(1), "t": Fraction(1), "千吨": Fraction(1000),
        "万吨": Fraction(10**4),
    },
    "energy": {
        "千克标准煤": Fraction(1, 1000), "吨标准煤": Fraction(1), "吨标煤": Fraction(1), "tce": Fraction(1),
        "万吨标准煤": Fraction(10**4), "万吨标煤": Fraction(10**4),
    },
    "volume": {
        "立方米": Fraction(1), "m3": Fraction(1), "m³": Fraction(1), "方": Fraction(1), "万立方米": Fraction(10**4),
        "亿立方米": Fraction(10**8),
    },
    "electricity": {
        "千瓦时": Fraction(1), "度": Fraction(1), "kwh": Fraction(1), "万千瓦时": Fraction(10**4), "万度": Fraction(10**4),
        "亿千瓦时": Fraction(10**8),
    },
    "count": {
        "个": Fraction(1), "户": Fraction(1), "家": Fraction(1), "人": Fraction(1), "项": Fraction(1), "件": Fraction(1),
        "台": Fraction(1), "套": Fraction(1), "名": Fraction(1), "起": Fraction(1), "万人": Fraction(10**4),
        "万户": Fraction(10**4), "人次": Fraction(1), "个数": Fraction(1),
    },
    "share": {"%": Fraction(1), "百分比": Fraction(1), "百分点": Fraction(1), "‰": Fraction(1, 10)},
    "dollars": {"美元": Fraction(1), "千美元": Fraction(1000), "万美元": Fraction(10**4), "亿美元": Fraction(10**8)},
}  # fmt: skip
"""Kind of quantity, unit, how many of the kind's first unit it is. 1 亩 = 2000/3 平方米, 15 亩 = 1 公顷."""

_KNOWN = {unit: (kind, size) for kind, units in _TABLE.items() for unit, size in units.items()}
_WIDTHS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}

PERCENT = "%"


def unit_in(text: str) -> str | None:
    """The unit that `text` is, as a whole and in its usual spelling; None when it is something else."""
    plain = "".join(text.translate(_WIDTHS).split())
    if plain in _KNOWN:
        return plain
    return plain.lower() if plain.lower() in _KNOWN else None


def kind_of(unit: str) -> str | None:
    """What `unit` measures (money, area, …), None for a unit that is not known."""
    return _KNOWN[unit][0] if unit in _KNOWN else None


def ratio(unit: str, to: str) -> Fraction | None:
    """How many `to` one `unit` is, exactly; None when they do not measure the same or one is not known."""
    if unit == to:
        return Fraction(1)
    if unit not in _KNOWN or to not in _KNOWN or _KNOWN[unit][0] != _KNOWN[to][0]:
        return None
    return _KNOWN[unit][1] / _KNOWN[to][1]


def converted(value: Decimal, factor: Fraction) -> Fraction:
    """`value` times `factor`, exactly."""
    return Fraction(value) * factor


def with_unit(text: str, unit: str) -> str:
    """A figure with its unit: the sign of percent right behind it, a word after a gap."""
    return f"{text}{unit}" if unit in ("", "%", "‰") else f"{text} {unit}"
