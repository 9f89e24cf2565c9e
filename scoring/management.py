"""Dynamic management (奖优汰劣): rules over facts of the year, what is proposed and which status follows."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

import polars as pl
import polars.selectors as cs

from metrics.panel import ABSENT
from scoring.facts import NORMAL
from scoring.rule_evidence import columns_of, counterfactual, evidence, order_told
from scoring.rule_names import FACTS
from scoring.rule_words import condition_text
from scoring.rulebook import Rulebook
from scoring.schema import result_tables
from scoring.scheme import Rule
from validation.expression.compile import Compiled, compile_expression
from validation.expression.reading import plain

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
    told = pl.format("{}。改按“{}”提出建议", "evidence", pl.lit(rule.label))
    return checks.with_columns(
        pl.when(lost).then(pl.lit(SUPERSEDED)).otherwise("outcome").alias("outcome"),
        pl.when(lost).then(pl.coalesce(told, "evidence")).otherwise("evidence").alias("evidence"),
    )


def _placed(checks: pl.DataFrame, facts: pl.DataFrame, rule: Rule, book: Rulebook, told: bool) -> pl.DataFrame:
    """The triggered placed among themselves by the rule's order, which the evidence then tells.

    With a quota only the best stay triggered; those who tie at the end all stay, those without the figure do not.
    """
    order = book.orders[rule.code]
    value = compile_expression(order, columns_of(order), book.rule_vocabulary).value.cast(pl.Float64)
    said = order_told(facts, order, book) if told else pl.lit(None, pl.String)
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
    with_place = pl.format("{}。候选次序第 {} 位（{}）", "evidence", "#place", "#said")
    return joined.with_columns(
        pl.when(full).then(pl.lit(FULL)).otherwise("outcome").alias("outcome"),
        pl.when(mine).then("#place").otherwise("candidate_place").alias("candidate_place"),
        pl.when(mine).then(pl.coalesce(with_place, "evidence")).otherwise("evidence").alias("evidence"),
    ).drop("#place", "#said")


def _quota(facts: pl.DataFrame, rule: Rule) -> int | None:
    """How many may be proposed; None where the rule sets no limit."""
    if rule.quota_fact:
        return max(facts[rule.quota_fact].drop_nulls().cast(pl.Int64).to_list(), default=0)
    return rule.quota or None


def propose(checks: pl.DataFrame, facts: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """Table `proposals` without scheme and year: the triggered rules as proposals for the authority to decide."""
    rules = {rule.code: rule for rule in book.scheme.rules}
    triggered = checks.filter(pl.col("outcome") == TRIGGERED)
    otherwise = _otherwise(facts, triggered, book)
    places = dict(facts.select("park_code", "rank").iter_rows())
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
                "action": _action(rule, places[row["park_code"]]),
                "condition": row["condition"],
                "evidence": row["evidence"],
                "candidate_place": row["candidate_place"],
                "counterfactual": otherwise[row["park_code"], rule.code],
                "clause": book.rule_clause(rule),
                "basis": f"统计部门选择：{rule.reason}" if rule.reason else "文件规定",
                "due_date": due,
                "status": PENDING,
                "park_status": rule.status or None,
            }
        )
    schema = dict.fromkeys(("park_code", "rule", "label", "kind", "action", "condition", "evidence", "counterfactual", "clause", "basis"), pl.String) | {"candidate_place": pl.Int32, "due_date": pl.Date, "status": pl.String, "park_status": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _otherwise(facts: pl.DataFrame, triggered: pl.DataFrame, book: Rulebook) -> dict[tuple[str, str], str]:
    """By park and rule: what would have had to be different."""
    found: dict[tuple[str, str], str] = {}
    for (code,), own in triggered.group_by(["rule"], maintain_order=True):
        rows = facts.filter(pl.col("park_code").is_in(own["park_code"].implode()))
        texts = counterfactual(rows, book.conditions[str(code)], book)
        found |= {(park, str(code)): text for park, text in zip(rows["park_code"], texts, strict=True)}
    return found


def _action(rule: Rule, place: int | None) -> str:
    """The action with the amount of the park's place and the benefits that stop, where the rule says so."""
    text = rule.action
    if rule.amounts_10k_cny and place and place <= len(rule.amounts_10k_cny):
        text += f"奖励 {plain(rule.amounts_10k_cny[place - 1])} 万元。"
    if rule.benefits:
        text += f"停止享受：{'、'.join(rule.benefits)}。"
    return text


STATUS_ORDER = {"sanction": 0, "release": 1, "promotion": 2, "reward": 3, "priority": 4}
"""Which of several proposals sets the status: those of the kind that stands first."""


def follow_status(facts: pl.DataFrame, proposals: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """park_code, status_before, status: the status after this year's proposals, or the one carried over.

    When several proposals set a status the rule that stands first in the scheme among sanctions decides, then
    releases, then promotions; a status that lapses falls back to 正常.
    """
    ranks = {rule.code: STATUS_ORDER[rule.kind] * 1000 + place for place, rule in enumerate(book.scheme.rules)}
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


def _judge(facts: pl.DataFrame, rule: Rule, book: Rulebook, told: bool) -> pl.DataFrame:
    expression = book.conditions[rule.code]
    columns = columns_of(expression)
    reasons = {name: f"{column}#reason" for name, column in columns.items() if f"{column}#reason" in facts.columns}
    reasons |= {name: ABSENT for name in columns if name not in reasons and not name.space and name.name not in FACTS}
    label = book.rule_vocabulary
    compiled: Compiled = compile_expression(expression, columns, label, reasons)
    outcome = (
        pl.when(compiled.value.is_null())
        .then(pl.lit(UNDETERMINED))
        .when(compiled.value)
        .then(pl.lit(TRIGGERED))
        .otherwise(pl.lit(NOT_TRIGGERED))
    )
    rows = facts.filter(pl.col("level").is_in(list(rule.levels))) if rule.levels else facts
    rows = rows.filter(pl.col("park_type").is_in(list(rule.types))) if rule.types else rows
    figures = evidence(rows, expression, rule.evidence, book) if told else pl.lit(None, pl.String)
    why = pl.when(compiled.value.is_null()).then(pl.format("{}（{}）", figures, compiled.reason)).otherwise(figures)
    return rows.select(
        "park_code",
        pl.lit(rule.code).alias("rule"),
        pl.lit(rule.label).alias("label"),
        outcome.alias("outcome"),
        pl.lit(condition_text(expression, book)).alias("condition"),
        why.alias("evidence"),
    )
