"""Dynamic management (奖优汰劣): rules over facts of the year, what is proposed and which status follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

import polars as pl
import polars.selectors as cs
from sqlglot import exp

from metrics.panel import ABSENT
from scoring.facts import NORMAL
from scoring.rule_names import FACTS
from scoring.rulebook import Rulebook
from scoring.schema import result_tables
from scoring.scheme import Rule
from validation.expression import Expression, Name
from validation.expression.compile import Compiled, compile_expression
from validation.expression.parse import name_of
from validation.expression.reading import describe, negated, number_text, plain, worked

TRIGGERED, NOT_TRIGGERED, UNDETERMINED, SUPERSEDED, FULL = "触发", "未触发", "无法判定", "被上位规则取代", "名额已满"
PENDING = "待决定"


SEPARATE = "#separate"
"""Column of facts that keeps many evaluations apart in one frame; without it all rows are one evaluation."""


def judge_rules(facts: pl.DataFrame, book: Rulebook, *, told: bool = True) -> pl.DataFrame:
    """Table `rule_checks` without scheme and year: every rule against every park of the levels and types it is for.

    Without `told` the columns that explain the outcome stay empty, which is what many evaluations at once need.
    """
    judged = [_judge(facts, rule, book, told) for rule in book.scheme.rules]
    checks = pl.concat(judged) if judged else result_tables()["rule_checks"].empty()
    checks = checks.with_columns(pl.lit(None, pl.Int32).alias("candidate_place"))
    for rule in _winners_first(book.scheme.rules):
        if rule.placed:
            checks = _placed(checks, facts, rule, book, told)
        if rule.supersedes:
            checks = _stepped_back(checks, rule)
    return checks


def _winners_first(rules: Sequence[Rule]) -> list[Rule]:
    """The rules with every one after those that it steps back for; in the order of the scheme where they form a ring."""
    above: dict[str, set[str]] = {rule.code: set() for rule in rules}
    for rule in rules:
        for loser in rule.supersedes:
            above[loser].add(rule.code)
    try:
        order = list(TopologicalSorter(above).static_order())
    except CycleError:
        return list(rules)
    return sorted(rules, key=lambda rule: order.index(rule.code))


def _stepped_back(checks: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """The rules that `rule` supersedes step back where it holds, even if it steps back itself; not where its quota is full."""
    held = (pl.col("rule") == rule.code) & pl.col("outcome").is_in([TRIGGERED, SUPERSEDED])
    winners = checks.filter(held)["park_code"].implode()
    lost = pl.col("rule").is_in(list(rule.supersedes)) & (pl.col("outcome") == TRIGGERED)
    lost &= pl.col("park_code").is_in(winners)
    return checks.with_columns(pl.when(lost).then(pl.lit(SUPERSEDED)).otherwise("outcome").alias("outcome"))


def _placed(checks: pl.DataFrame, facts: pl.DataFrame, rule: Rule, book: Rulebook, told: bool) -> pl.DataFrame:
    """The triggered placed among themselves by the rule's order, which the evidence then tells.

    With a quota only the best stay triggered; those who tie at the end all stay, those without the figure do not.
    """
    order = book.orders[rule.code]
    value = compile_expression(order, _columns(order), book.rule_vocabulary).value.cast(pl.Float64)
    said = _order_told(facts, order, book) if told else pl.lit(None, pl.String)
    figures = facts.select(
        "park_code", "group", cs.by_name(SEPARATE, require_all=False), value.alias("#order"), said.alias("#said")
    )
    mine = (pl.col("rule") == rule.code) & (pl.col("outcome") == TRIGGERED)
    own = checks.filter(mine).select("park_code").join(figures, on="park_code", how="left", maintain_order="left")
    together = "group" if rule.quota_scope == "group" else SEPARATE if SEPARATE in facts.columns else None
    place = pl.col("#order").rank("min", descending=True).cast(pl.Int32)
    place = place.over(together) if together else place
    joined = checks.join(
        own.select("park_code", place.alias("#place"), "#said"), on="park_code", how="left", maintain_order="left"
    )
    limit = _quota(facts, rule)
    full = mine & (pl.lit(False) if limit is None else (pl.col("#place") > limit).fill_null(True))
    with_place = pl.format("{}；候选次序第 {} 位（{}）", "evidence", "#place", "#said")
    return joined.with_columns(
        pl.when(full).then(pl.lit(FULL)).otherwise("outcome").alias("outcome"),
        pl.when(mine).then("#place").otherwise("candidate_place").alias("candidate_place"),
        pl.when(mine).then(pl.coalesce(with_place, "evidence")).otherwise("evidence").alias("evidence"),
    ).drop("#place", "#said")


def _order_told(facts: pl.DataFrame, order: Expression, book: Rulebook) -> pl.Expr:
    """By what the candidates are placed, with the figures."""
    lowest, columns = isinstance(order.tree, exp.Neg), _columns(order)
    tree = order.tree.this if lowest else order.tree
    said = worked(tree, book.rule_vocabulary, lambda name: _with_unit(facts, columns[name], name, book), labelled=True)
    return pl.format("按{}，由{}", said, pl.lit("低到高" if lowest else "高到低"))


def _quota(facts: pl.DataFrame, rule: Rule) -> int | None:
    """How many may be proposed; None where the rule sets no limit."""
    if rule.quota_fact:
        return max(facts[rule.quota_fact].drop_nulls().cast(pl.Int64).to_list(), default=0)
    return rule.quota or None


def propose(checks: pl.DataFrame, facts: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """Table `proposals` without scheme and year: the triggered rules as proposals for the authority to decide."""
    rules = {rule.code: rule for rule in book.scheme.rules}
    shown = _shown_facts(facts, book)
    triggered = checks.filter(pl.col("outcome") == TRIGGERED)
    rows = []
    for row in triggered.iter_rows(named=True):
        rule = rules[row["rule"]]
        due = book.scheme.calendar.on("rectification_due", book.year) if rule.due else None
        rows.append(
            {
                "park_code": row["park_code"],
                "rule": rule.code,
                "label": rule.label,
                "kind": rule.kind,
                "action": _action(rule, shown[row["park_code"]]),
                "condition": row["condition"],
                "evidence": row["evidence"],
                "candidate_place": row["candidate_place"],
                "counterfactual": _counterfactual(book.conditions[rule.code], book, shown[row["park_code"]]),
                "clause": book.rule_clause(rule),
                "basis": f"统计部门选择：{rule.reason}" if rule.reason else "文件规定",
                "due_date": due,
                "status": PENDING,
                "park_status": rule.status or None,
            }
        )
    schema = dict.fromkeys(("park_code", "rule", "label", "kind", "action", "condition", "evidence", "counterfactual", "clause", "basis"), pl.String) | {"candidate_place": pl.Int32, "due_date": pl.Date, "status": pl.String, "park_status": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _action(rule: Rule, figures: Mapping[str, str | None]) -> str:
    """The action with the amount of the park's place and the benefits that stop, where the rule says so."""
    text = rule.action
    place = figures.get("rank")
    if rule.amounts_10k_cny and place and place.isdigit() and int(place) <= len(rule.amounts_10k_cny):
        text += f"奖励 {plain(rule.amounts_10k_cny[int(place) - 1])} 万元。"
    if rule.benefits:
        text += f"停止享受：{'、'.join(rule.benefits)}。"
    return text


def follow_status(facts: pl.DataFrame, proposals: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """park_code, status_before, status: the status after this year's proposals, or the one carried over.

    When several proposals set a status the rule that stands first in the scheme among sanctions decides, then
    releases, then promotions; a status that lapses falls back to 正常.
    """
    order = {"sanction": 0, "release": 1, "promotion": 2, "reward": 3, "priority": 4}
    ranks = {rule.code: order[rule.kind] * 1000 + place for place, rule in enumerate(book.scheme.rules)}
    setting = (
        proposals.filter(pl.col("park_status").is_not_null())
        .with_columns(pl.col("rule").replace_strict(ranks, return_dtype=pl.Int32).alias("place"))
        .sort("park_code", "place")
        .unique("park_code", keep="first", maintain_order=True)
        .select("park_code", "park_status")
    )
    lapsing = [status.label for status in book.scheme.statuses if status.lapses]
    carried = pl.when(pl.col("status_before").is_in(lapsing)).then(pl.lit(NORMAL)).otherwise(pl.col("status_before"))
    joined = facts.select("park_code", "status_before").join(setting, on="park_code", how="left", maintain_order="left")
    return joined.select("park_code", "status_before", pl.coalesce("park_status", carried).alias("status"))


def _columns(expression: Expression) -> dict[Name, str]:
    return {name: name.name if name.space == "park" else str(name) for name in expression.names}


def _judge(facts: pl.DataFrame, rule: Rule, book: Rulebook, told: bool) -> pl.DataFrame:
    expression = book.conditions[rule.code]
    columns = _columns(expression)
    reasons = {name: f"{column}#reason" for name, column in columns.items() if f"{column}#reason" in facts.columns}
    reasons |= {name: ABSENT for name in columns if name not in reasons and not name.space and name.name not in FACTS}
    label = book.rule_vocabulary
    compiled: Compiled = compile_expression(expression, columns, label, reasons)
    figures = _evidence(facts, rule, columns, book) if told else pl.lit(None, pl.String)
    outcome = (
        pl.when(compiled.value.is_null())
        .then(pl.lit(UNDETERMINED))
        .when(compiled.value)
        .then(pl.lit(TRIGGERED))
        .otherwise(pl.lit(NOT_TRIGGERED))
    )
    rows = facts.filter(pl.col("level").is_in(list(rule.levels))) if rule.levels else facts
    rows = rows.filter(pl.col("park_type").is_in(list(rule.types))) if rule.types else rows
    why = pl.when(compiled.value.is_null()).then(pl.format("{}（{}）", figures, compiled.reason)).otherwise(figures)
    return rows.select(
        "park_code",
        pl.lit(rule.code).alias("rule"),
        pl.lit(rule.label).alias("label"),
        outcome.alias("outcome"),
        pl.lit(condition_text(expression, book)).alias("condition"),
        why.alias("evidence"),
    )


def _evidence(facts: pl.DataFrame, rule: Rule, columns: Mapping[Name, str], book: Rulebook) -> pl.Expr:
    """The condition with its figures, and the further facts that the rule shows."""
    label = book.rule_vocabulary
    tree = book.conditions[rule.code].tree
    figures = worked(tree, label, lambda name: _with_unit(facts, columns[name], name, book), labelled=True)
    if rule.evidence:
        extra = [_with_unit(facts, code, Name("", code), book) for code in rule.evidence]
        said = [pl.format("{} {}", pl.lit(label(Name("", code))), pl.coalesce(one, pl.lit("缺")))
                for code, one in zip(rule.evidence, extra, strict=True)]  # fmt: skip
        figures = pl.concat_str([figures, pl.concat_str(said, separator="，")], separator="；")
    return figures


def condition_text(expression: Expression, book: Rulebook) -> str:
    """The condition as a Chinese sentence, with the values of parameters in it."""
    units = {parameter.code: parameter.unit for parameter in book.scheme.parameters}

    def label(name: Name) -> str:
        said = book.rule_vocabulary(name)
        if name.space == "param" and name.name in book.parameters:
            unit = units[name.name]
            return f"{said}（{plain(book.parameters[name.name])}{unit if unit == '%' else f' {unit}'.rstrip()}）"
        return said

    return describe(expression.tree, label)


def _figure(facts: pl.DataFrame, column: str) -> pl.Expr:
    kind = facts[column].dtype
    if kind == pl.Boolean:
        return pl.when(pl.col(column)).then(pl.lit("是")).when(~pl.col(column)).then(pl.lit("否"))
    if kind.is_numeric():
        return number_text(pl.col(column).round(4))
    return pl.col(column).cast(pl.String)


def _with_unit(facts: pl.DataFrame, column: str, name: Name, book: Rulebook) -> pl.Expr:
    units = {code: item.unit for code, item in book.catalogue.park_indicators().items()}
    units |= {parameter.code: parameter.unit for parameter in book.scheme.parameters}
    unit = units.get(name.name, "")
    figure = _figure(facts, column)
    counted = name.space in ("place", "missed", "missed_years")
    if not unit or counted or name.name in FACTS or facts[column].dtype == pl.Boolean:
        return figure
    return pl.format("{}{}", figure, pl.lit(unit if unit == "%" else f" {unit}"))


def _shown_facts(facts: pl.DataFrame, book: Rulebook) -> dict[str, dict[str, str | None]]:
    names = {_fact(name) for name in book.asked}
    names |= {"score", "safe_score", "rank"}
    shown = facts.select("park_code", *(_figure(facts, name).alias(name) for name in sorted(names)))
    return {row["park_code"]: row for row in shown.iter_rows(named=True)}


def _counterfactual(expression: Expression, book: Rulebook, figures: Mapping[str, str | None]) -> str:
    """What would have had to be different: each part of the condition turned round, with the figure it has."""
    if isinstance(expression.tree, exp.And):
        parts = [part for part in expression.tree.flatten() if not isinstance(part, exp.And)]
        return "下列任何一项成立，本建议即不提出：" + "；".join(_contrary(part, book, figures) for part in parts)
    return f"如果{_contrary(expression.tree, book, figures)}，本建议即不提出"


def _contrary(part: exp.Expr, book: Rulebook, figures: Mapping[str, str | None]) -> str:
    if isinstance(part, exp.Column) and str(part) == "bottom":
        safe, own = figures.get("safe_score") or "缺", figures.get("score") or "缺"
        return f"得分不低于 {safe}（靠后界线之上的最低得分；实为 {own}）"
    inner = part.this if isinstance(part, exp.Not) else part
    if isinstance(inner, exp.Column):
        wanted, actually = ("是", "否") if isinstance(part, exp.Not) else ("否", "是")
        return f"{book.rule_vocabulary(name_of(inner))}为{wanted}（实为{actually}）"
    names = sorted({name_of(column) for column in part.find_all(exp.Column)})
    facts = [name for name in names if name.space not in ("param", "target", "group")]
    actual = "，".join(f"{book.rule_vocabulary(name)}实为 {figures.get(_fact(name)) or '缺'}" for name in facts)
    bounds = [name for name in names if name.space in ("param", "target", "group")]
    against = "".join(f"，{book.rule_vocabulary(name)}为 {figures.get(_fact(name)) or '缺'}" for name in bounds)
    return f"{describe(negated(part), book.rule_vocabulary)}（{actual}{against}）".replace("（，", "（")


def _fact(name: Name) -> str:
    return name.name if name.space == "park" else str(name)
