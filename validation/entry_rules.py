"""What an entry cell of a collection workbook accepts, and what it says to the clerk who fills it in."""

from __future__ import annotations

from datetime import date
from typing import Any

from validation.forms import FormField, Item

LIST_SEPARATOR = "、"
_TITLE_LIMIT, _MESSAGE_LIMIT, _TEXT_LIMIT = 32, 255, 2000
_EARLIEST, _LATEST = date(1949, 10, 1), date(2100, 12, 31)
_FIRST_YEAR, _LAST_YEAR = 1949, 2100
_LARGEST = 1e15


def entry_rule(entry: FormField, choices: str = "") -> dict[str, Any]:
    """XlsxWriter's data validation of `entry`; `choices` refers to the cells of its drop-down list."""
    rule: dict[str, Any]
    said = "请按要求填写"
    low, high = entry.minimum, entry.maximum
    match entry.type:
        case "number" | "count":
            rule = {"validate": "integer" if entry.type == "count" else "decimal"}
            low = (0.0 if entry.type == "count" else -_LARGEST) if low is None else low
            rule |= {"criteria": "between", "minimum": low, "maximum": _LARGEST if high is None else high}
            said = f"应填{'整数' if entry.type == 'count' else '数字'}{_range_text(entry)}，不要填文字或单位"
        case "year":
            rule = {"validate": "integer", "criteria": "between", "minimum": _FIRST_YEAR, "maximum": _LAST_YEAR}
            said = "应填四位年份，如 2025"
        case "date":
            rule = {"validate": "date", "criteria": "between", "minimum": _EARLIEST, "maximum": _LATEST}
            said = "应填日期，如 2026-04-15"
        case "choice":
            rule = {"validate": "list", "source": choices}
            said = "请从下拉列表中选择"
        case "list":
            # Excel can offer one choice only; several are typed, so the list helps and does not stop.
            rule = {"validate": "list", "source": choices, "show_error": False}
        case _:
            rule = {"validate": "length", "criteria": "<=", "value": _TEXT_LIMIT}
            said = f"不超过 {_TEXT_LIMIT} 个字"
    return rule | {
        "ignore_blank": True,
        "input_title": _clip(entry.label, _TITLE_LIMIT),
        "input_message": _clip(_input_message(entry), _MESSAGE_LIMIT),
        "error_title": "填写有误",
        "error_message": _clip(f"{entry.label}：{said}。", _MESSAGE_LIMIT),
    }


def _range_text(entry: FormField) -> str:
    low, high = entry.minimum, entry.maximum
    if entry.type == "count" and low is None:
        low = 0
    if low is not None and high is not None:
        return f"（{low:g}—{high:g}）"
    if low is not None:
        return f"（不小于 {low:g}）"
    return f"（不大于 {high:g}）" if high is not None else ""


def help_text(item: Item) -> str:
    """The line printed beside an item: whether it may stay empty, what it covers, an example."""
    parts = [] if item.required else ["可不填"]
    parts += [item.hint] if item.hint else []
    parts += [f"例：{item.example}"] if item.example else []
    return "；".join(parts)


def _input_message(entry: FormField) -> str:
    lines = [f"单位：{entry.unit}"] if entry.unit else []
    lines += [entry.hint] if entry.hint else []
    lines += [f"可多项，用“{LIST_SEPARATOR}”分隔：{LIST_SEPARATOR.join(entry.choices)}"] if entry.type == "list" else []
    lines += [f"例：{entry.example}"] if entry.example else []
    lines += [f"来源：{entry.source_kind}"]
    lines += [] if entry.required else ["可不填"]
    return "\n".join(lines)


def _clip(text: str, limit: int) -> str:
    """Excel counts UTF-16 units and refuses the whole file when a message is too long."""
    while len(text.encode("utf-16-le")) // 2 > limit:
        text = text[:-1]
    return text
