"""The definitions in force as a table, so that reports and SQL show the method with the results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import polars as pl
from sqlglot import exp

from scoring.dated import Dated, in_force
from scoring.facts import NORMAL
from scoring.rule_words import RuleWords, condition_text
from scoring.rulebook import Rulebook
from scoring.scheme import Adjustment, Rule, Target
from scoring.scores import method_text
from validation.expression import Name
from validation.expression.reading import describe, plain

Row = dict[str, Any]

LAPSES = "一年后没有再次提出的回到正常"
"""What table `definitions` says of a status that falls back by itself."""

HEADS = {
    "scheme": "总则",
    "parameter": "参数",
    "dimension": "一级指标和权重",
    "indicator": "评价指标",
    "region_indicator": "地区指标",
    "node": "计分办法和权重",
    "target": "园区目标",
    "region_target": "地区目标",
    "adjustment": "加分、扣分和一票否决",
    "exemption": "豁免",
    "status": "园区状态",
    "rule": "动态管理规则",
}
"""Kinds of definitions that a reader is shown, in this order, with their heads."""


def describe_definitions(book: Rulebook) -> pl.DataFrame:
    """Table `definitions` without scheme and year: one row per definition in force in the year of `book`."""
    rows: list[Row] = []
    for kind, group in (
        ("scheme", _scheme_rows(book)),
        ("parameter", _parameter_rows(book)),
        ("dimension", _dimension_rows(book)),
        ("indicator", _indicator_rows(book, "park")),
        ("region_indicator", _indicator_rows(book, "region")),
        ("node", _node_rows(book)),
        ("target", _target_rows(book, book.scheme.targets, "park")),
        ("region_target", _target_rows(book, book.scheme.region_targets, "region")),
        ("adjustment", _adjustment_rows(book)),
        ("exemption", _exemption_rows(book)),
        ("status", _status_rows(book)),
        ("rule", _rule_rows(book)),
        ("item", _item_rows(book)),
    ):
        rows += [{"kind": kind, "position": position, **row} for position, row in enumerate(group, start=1)]
    schema = {
        "kind": pl.String, "position": pl.Int32, "code": pl.String, "label": pl.String, "value": pl.String,
        "unit": pl.String, "formula": pl.String, "clause": pl.String, "bureau_choice": pl.Boolean, "reason": pl.String,
        "effect": pl.String,
        "rule_kind": pl.String,
    }  # fmt: skip
    return pl.DataFrame([_filled(row, schema) for row in rows], schema=schema, orient="row")


def _day(day: date) -> str:
    """As GB/T 9704 writes dates."""
    return f"{day.year}年{day.month}月{day.day}日"


def _filled(row: Row, schema: Iterable[str]) -> Row:
    return {name: row.get(name) for name in schema}


def _dated(values: tuple[Dated, ...], year: int) -> str:
    dated = in_force(values, year)
    if dated is None:
        return ""
    return dated.text()


def _grouping_text(book: Rulebook) -> str:
    ranking = book.scheme.ranking
    words = {name.name: label for name, label in book.vocabulary.labels.items() if name.space == "park"}
    if not ranking.group_by:
        return f"不分组，全部园区一起排名（{ranking.overall}）"
    return f"按{'和'.join(words[name] for name in ranking.group_by)}分组排名，另排全部园区（{ranking.overall}）"


def _scheme_rows(book: Rulebook) -> Iterator[Row]:
    scheme, calendar = book.scheme, book.scheme.calendar
    yield {"code": "document", "label": "依据文件", "value": scheme.document}
    yield {"code": "base_year", "label": "基期年", "value": str(scheme.base_year), "clause": scheme.horizon_clause}
    yield {"code": "target_year", "label": "目标年", "value": str(scheme.target_year), "clause": scheme.horizon_clause}
    for code, label in (
        ("filing_deadline", "年报截止日期"),
        ("decision_date", "评价日期"),
        ("rectification_due", "整改期限"),
    ):
        yield {
            "code": code,
            "label": label,
            "value": calendar.on(code, book.year).isoformat(),  # type: ignore[arg-type]
            "bureau_choice": True,
            "reason": calendar.reason,
        }
    if calendar.objections_due:
        yield {
            "code": "objections_due", "label": "异议截止日期",
            "value": calendar.on("objections_due", book.year).isoformat(),
            "bureau_choice": True, "reason": calendar.reason,
        }  # fmt: skip
    yield {
        "code": "ranking", "label": "排名办法", "value": _grouping_text(book),
        "bureau_choice": True, "reason": scheme.ranking.reason,
    }  # fmt: skip
    own = scheme.history
    if own.clause or own.reason:
        yield {
            "code": "history", "label": "没有位次的年度", "value": own.text(), "clause": own.clause or None,
            "bureau_choice": not own.clause, "reason": own.reason or None,
        }  # fmt: skip
    grades = "，".join(grade.text() for grade in book.scheme.grades)
    yield {
        "code": "grades",
        "label": "等次界线",
        "value": grades,
        "clause": scheme.grades_clause or None,
        "bureau_choice": not scheme.grades_clause,
        "reason": scheme.grades_reason or None,
    }
    for item in scheme.lists:
        yield {"code": item.code, "label": item.label, "value": "、".join(item.members), "clause": item.clause}


def _parameter_rows(book: Rulebook) -> Iterator[Row]:
    for item in book.scheme.parameters:
        yield {
            "code": item.code, "label": item.label, "value": _dated(item.values, book.year), "unit": item.unit,
            "clause": item.clause or None, "bureau_choice": item.bureau_choice, "reason": item.reason or None,
        }  # fmt: skip


def _dimension_rows(book: Rulebook) -> Iterator[Row]:
    for item in book.scheme.dimensions:
        yield {
            "code": item.code, "label": item.label, "value": _dated(item.weights, book.year), "unit": "%",
            "bureau_choice": True, "reason": item.reason,
        }  # fmt: skip


def _indicator_rows(book: Rulebook, kind: str) -> Iterator[Row]:
    items = book.catalogue.indicators if kind == "park" else book.catalogue.region_indicators
    for item in items:
        yield {
            "code": item.code, "label": item.label, "value": book.readings[kind, item.code], "unit": item.unit,
            "formula": item.formula, "clause": item.clause, "bureau_choice": bool(item.note), "reason": item.note or None,
        }  # fmt: skip


def _node_rows(book: Rulebook) -> Iterator[Row]:
    indicators = book.catalogue.park_indicators()
    for item in book.scheme.nodes:
        yield {
            "code": item.indicator, "label": indicators[item.indicator].label, "value": _dated(item.weights, book.year),
            "unit": "%", "formula": method_text(item, indicators[item.indicator].direction, book.year),
            "clause": indicators[item.indicator].clause, "bureau_choice": True, "reason": item.reason,
        }  # fmt: skip


def _target_rows(book: Rulebook, targets: tuple[Target, ...], kind: str) -> Iterator[Row]:
    words = {"linear": "中间年度按基期值至目标值的直线进度", "constant": "各年度均按目标值", "none": "目标年前不设进度",
             "every_year": "自基期次年起逐年达到"}  # fmt: skip
    labels = book.catalogue.park_indicators() if kind == "park" else book.catalogue.of_region()
    signs = {">=": "≥", ">": "＞", "<=": "≤", "<": "＜"}
    for item in (target for target in targets if not target.ended(book.year)):
        tolerance = f"，容差 {plain(item.tolerance)}" if item.tolerance else ""
        until = f"，适用到 {item.to_year} 年" if item.to_year is not None else ""
        yield {
            "code": item.indicator, "label": labels[item.indicator].label,
            "value": f"{signs[item.operator]} {_dated(item.values, book.year)}{tolerance}（{item.due_year} 年{until}）",
            "unit": labels[item.indicator].unit, "formula": words[item.path], "clause": item.clause,
            "bureau_choice": bool(item.tolerance), "reason": item.tolerance_reason or None,
        }  # fmt: skip


def _adjustment_rows(book: Rulebook) -> Iterator[Row]:
    words = {"deduction": "扣分", "bonus": "加分", "veto": "一票否决"}
    for item in book.scheme.adjustments:
        effect = f"，等次最高为{item.grade_at_most}" if item.grade_at_most else "，本年度不排名"
        limit = f"，最多 {plain(item.cap)} 分" if item.cap is not None else ""
        yield {
            "code": item.code, "label": item.label,
            "value": words[item.kind] + (effect if item.kind == "veto" else limit),
            "formula": _adjustment_formula(item, book), "clause": item.clause or None,
            "bureau_choice": item.bureau_choice, "reason": item.reason or None,
        }  # fmt: skip


def _adjustment_formula(item: Adjustment, book: Rulebook) -> str:
    """The points as a formula, or the condition of a veto as a sentence."""
    tree = book.adjustments[item.code].tree
    return RuleWords(book, book.vocabulary).sentence(tree) if item.when else describe(tree, book.vocabulary)


def _exemption_rows(book: Rulebook) -> Iterator[Row]:
    for item in book.scheme.exemptions:
        yield {
            "code": item.code, "label": item.label, "value": "评价而不排名",
            "formula": RuleWords(book, book.vocabulary).sentence(book.exemptions[item.code].tree), "clause": item.clause or None,
            "bureau_choice": item.bureau_choice, "reason": item.reason or None,
        }  # fmt: skip


def _rule_rows(book: Rulebook) -> Iterator[Row]:
    for item in book.scheme.rules:
        yield {
            "code": item.code, "label": item.label, "value": item.action, "formula": condition_text(
                book.conditions[item.code], book
            ), "clause": book.rule_clause(item), "bureau_choice": bool(item.reason), "reason": item.reason or None,
            "effect": "；".join(_effects(item, book)) or None,
            "rule_kind": item.kind,
        }  # fmt: skip


def _effects(rule: Rule, book: Rulebook) -> Iterator[str]:
    """Whom a rule is for and what follows from it beside the action."""
    if rule.levels or rule.types:
        yield f"只用于{'、'.join((*rule.levels, *rule.types))}"
    if rule.placed:
        order, lowest = book.orders[rule.code].tree, rule.order.startswith("-")
        said = RuleWords(book).operand(order.this if isinstance(order, exp.Neg) else order)
        circle = "各组" if rule.quota_scope == "group" else "全部园区"
        limit = f"取前 {rule.quota} 个" if rule.quota else "不限名额"
        if rule.quota_fact:
            limit = f"名额为{book.rule_vocabulary(Name('', rule.quota_fact))}"
        yield f"候选园区{circle}按{said}由{'低到高' if lowest else '高到低'}排次序，{limit}"
    if rule.amounts_10k_cny:
        yield f"按组内位次奖励 {'、'.join(plain(amount) for amount in rule.amounts_10k_cny)} 万元"
    if rule.benefits:
        yield f"停止享受：{'、'.join(rule.benefits)}"
    if rule.due:
        yield f"整改期限 {_day(book.scheme.calendar.on('rectification_due', book.year))}"
    if rule.status:
        yield f"采纳后园区状态：{rule.status}"
    if rule.supersedes:
        labels = {other.code: other.label for other in book.scheme.rules}
        yield f"触发时让位的规则：{'、'.join(labels[code] for code in rule.supersedes)}"


def _status_rows(book: Rulebook) -> Iterator[Row]:
    for item in book.scheme.statuses:
        lapses = "没有决定时的状态" if item.label == NORMAL else LAPSES if item.lapses else "保持到另有决定"
        yield {"code": item.label, "label": item.label, "value": "不再排名" if item.terminal else lapses}


def _item_rows(book: Rulebook) -> Iterator[Row]:
    for form in book.form_set.forms():
        for item in form.items:
            yield {"code": item.code, "label": item.label, "value": form.sheet, "unit": item.unit, "reason": item.hint}
