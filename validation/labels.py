"""Labels of a park's own table: which item or column a head means, and which unit or period stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from validation.reading_plan import FieldPlan, FormPlan
from validation.units import unit_in

_WIDTHS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_ORDINAL = re.compile(
    r"^(?:\([一二三四五六七八九十]+\)[、.:]?|[一二三四五六七八九十]+[、.:]|\(?[0-9]{1,2}\)|[0-9]{1,2}(?:[、.](?![0-9])|[.][0-9]{1,2}[、.]?(?![0-9])))+"
)
_LEADING = re.compile(r"^(?:其中|[#*★])[:、]?")
_BRACKET = re.compile(r"\(([^()]*)\)")
_PARTS = re.compile(r"[,、;/:]")
_TRAILING = re.compile(r"[:*]+$")
_AFTER = re.compile(r"^(.+?)[,/:_\-]([^,/:_\-]+)$")
_YEAR_HEAD = re.compile(r"(?:.*?)((?:19|20)[0-9]{2})年?(?:度)?(?:数|实际|实绩|数据|累计|全年|1-12月)*$")
_THIS = frozenset(
    [
        "本年",
        "本年数",
        "本年度",
        "本期",
        "本期数",
        "本年实际",
        "本年累计",
        "本年实绩",
        "今年",
        "当年",
        "报告期",
        "报告年",
        "数值",
        "数量",
        "数据",
        "指标值",
        "本期金额",
        "期末",
        "期末数",
        "实际完成",
    ]
)
_LAST = frozenset(
    [
        "上年",
        "上年数",
        "上年度",
        "上期",
        "上期数",
        "上年同期",
        "上年实际",
        "上年累计",
        "上年实绩",
        "去年",
        "去年同期",
        "上年同期数",
        "基期",
        "上期金额",
        "年初",
        "期初数",
    ]
)
_LABEL_HEADS = frozenset(["指标", "指标名称", "指标名", "项目", "名称", "项目名称", "统计指标", "内容"])
_UNIT_HEADS = frozenset(["单位", "计量单位", "计量"])
TOTALS = frozenset(["合计", "总计", "共计", "小计", "总和", "全区合计", "园区合计", "合计数"])
"""How rows of totals are labelled."""


def plain(text: str) -> str:
    """`text` in half-width signs without spaces: labels that look the same are the same."""
    return "".join(text.translate(_WIDTHS).split())


def is_total(text: str) -> bool:
    """Whether `text` is the label of a row of totals."""
    return len(text) < 12 and _TRAILING.sub("", plain(text)) in TOTALS


@dataclass(frozen=True)
class Target:
    """An item or column of a form that a label may mean."""

    form: FormPlan
    field: FieldPlan


@dataclass(frozen=True)
class Head:
    """What a cell says as a head: the targets its label fits, the unit, the period (`this`, `last`, a year) and its role.

    `role` is `label`, `unit` or `total` for cells that only say what stands beside or below them.
    """

    text: str
    targets: tuple[Target, ...] = ()
    unit: str | None = None
    period: str | None = None
    role: str | None = None


class LabelBook:
    """The labels and aliases of all forms a park files."""

    def __init__(self, forms: Iterable[FormPlan]) -> None:
        self._targets: dict[str, list[Target]] = {}
        self._labels: dict[str, str] = {}
        for form in forms:
            for field in form.fields:
                for label in (field.label, *field.aliases):
                    key = _core(plain(label))
                    known = self._targets.setdefault(key, [])
                    if not any(target.field is field for target in known):
                        known.append(Target(form, field))
                    self._labels.setdefault(key, field.label)
        self._read: dict[str, Head] = {}
        self._of_items = any(target.form.items for known in self._targets.values() for target in known)

    def head(self, text: str) -> Head:
        """What `text` says; a head without targets, unit, period and role says nothing the forms know."""
        known = self._read.get(text)
        if known is None:
            known = self._read[text] = self._understood(text)
        return known

    def nearest(self, text: str) -> str | None:
        """The label most like `text`, for a suggestion; None when none is alike."""
        found = get_close_matches(_core(plain(text)), self._labels, n=1, cutoff=0.6)
        return self._labels[found[0]] if found else None

    def _understood(self, text: str) -> Head:
        whole = plain(text)
        if len(whole) > 60:
            return Head(text)
        bare = _TRAILING.sub("", whole)
        unit = unit_in(bare)
        if unit:
            return Head(text, unit=unit)
        if bare in TOTALS:
            return Head(text, role="total")
        if bare in _UNIT_HEADS:
            return Head(text, role="unit")
        if whole.startswith(("单位:", "计量单位:", "金额单位:")):
            units = [found for part in _PARTS.split(whole.partition(":")[2]) if (found := unit_in(part))]
            return Head(text, unit=units[0] if len(units) == 1 else None, role="unit")
        period = _period(bare)
        if bare in _LABEL_HEADS and self._of_items:
            return Head(text, role="label")
        core = _core(bare)
        targets = tuple(self._targets.get(core, ()))
        if targets or period:
            return Head(text, targets, None, None if targets else period)
        return self._with_unit(text, core)

    def _with_unit(self, text: str, core: str) -> Head:
        """A label with its unit, and perhaps its period, in brackets or after a sign."""
        unit = period = None
        rest = core
        for inside in _BRACKET.findall(core):
            parts = _PARTS.split(inside)
            units = [unit_in(part) for part in parts]
            periods = [_period(part) for part in parts]
            if any(units) or any(periods):
                unit = next((one for one in units if one), unit)
                period = next((one for one in periods if one), period)
                left = [part for part, one, when in zip(parts, units, periods, strict=True) if not (one or when)]
                rest = rest.replace(f"({inside})", f"({','.join(left)})" if left else "", 1)
        after = _AFTER.match(rest)
        if after and unit is None and (found := unit_in(after[2])):
            rest, unit = after[1], found
        for split in range(2, len(rest)) if not self._targets.get(rest) else ():
            # 2025年营业收入, 上年营业收入, 营业收入本年
            front, back = rest[:split], rest[split:]
            if unit is None and front in self._targets and (found := unit_in(back)):
                unit, rest = found, front
            elif _period(front) and back in self._targets:
                period, rest = _period(front), back
            elif _period(back) and front in self._targets:
                period, rest = _period(back), front
        targets = tuple(self._targets.get(rest, ()))
        if not targets and (when := _period(rest)):
            period = when
        return Head(text, targets, unit, period)


def _core(text: str) -> str:
    """A label without its ordinal, “其中” and trailing signs."""
    core = _TRAILING.sub("", text)
    for _ in range(2):
        core = _LEADING.sub("", _ORDINAL.sub("", core) or core) or core
    return core


def _period(text: str) -> str | None:
    if text in _THIS:
        return "this"
    if text in _LAST:
        return "last"
    year = _YEAR_HEAD.fullmatch(text)
    return year[1] if year and len(text) <= 12 and text[:4] == year[1] else None
