"""Two hundred rules on eighty items of park-years: as definitions, and the same written by hand in polars."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from bench.validation.tables import GROUPS
from validation.checks import Check, Parameter
from validation.confront import TableRule
from validation.forms import Column, Form
from validation.table_rules import check_rules, form_rules

KEYS = ("park_code", "year")
PARTS = ("total", "part", "rest", "last")
MOST = 1e9
SUM_SHARE, LOW, HIGH, SHARE = 0.001, 0.5, 1.8, 0.9


def form() -> Form:
    """Eighty figures, one in four required."""
    columns = [
        Column(
            code=f"{part}_{group}",
            label=f"{part}_{group}",
            type="number",
            required=part == "total",
            minimum=0,
            maximum=MOST,
        )
        for group in range(1, GROUPS + 1)
        for part in PARTS
    ]
    return Form(code="items", sheet="指标", title="指标", kind="table", columns=tuple(columns))


def checks() -> list[Check]:
    """Five checks per group of items."""
    return [
        Check(
            id=f"{check_id}_{group}", label="规则", expression=expression.replace("#", str(group)), severity=severity,
            items=(f"total_{group}",), message=message.replace("#", str(group)), expected="成立", cure="核对", reason="测算用规则",
        )
        for group in range(1, GROUPS + 1)
        for check_id, expression, severity, message in (
            ("sum", "ABS(part_# + rest_# - total_#) <= GREATEST(1, param.sum_share * total_#)", "错误", "分项 «part_# + rest_#»，合计 «total_#»"),
            ("part", "part_# <= total_#", "错误", "«part_#» 大于 «total_#»"),
            ("rest", "rest_# <= total_#", "错误", "«rest_#» 大于 «total_#»"),
            ("change", "total_# / last_# BETWEEN param.low AND param.high", "核实", "为上年的 «total_# / last_#» 倍"),
            ("share", "CASE WHEN total_# > 0 THEN part_# / total_# <= param.share END", "核实", "占 «part_# / total_#»"),
        )
    ]  # fmt: skip


def defined() -> list[TableRule]:
    """All rules from their definitions."""
    values = {"sum_share": SUM_SHARE, "low": LOW, "high": HIGH, "share": SHARE}
    parameters = {name: Parameter(value=value, reason="测算") for name, value in values.items()}
    return [*form_rules(form()), *check_rules(form(), checks(), parameters, "测算")]


def by_hand() -> Iterator[TableRule]:
    """The same rules in the same order, as an analyst would write them."""
    for group in range(1, GROUPS + 1):
        for kind in PARTS:
            own = pl.col(f"{kind}_{group}")
            if kind == "total":
                yield TableRule("required_missing", f"{kind}_{group}", own.is_not_null(), "错误", pl.lit("没有填"))
            told = pl.format("{} 超出范围", own)
            yield TableRule("out_of_bounds", f"{kind}_{group}", (own >= 0) & (own <= MOST), "错误", told)
    for group in range(1, GROUPS + 1):
        total, part, rest, last = (pl.col(f"{name}_{group}") for name in PARTS)
        item = f"total_{group}"
        adds = (part + rest - total).abs() <= pl.max_horizontal(pl.lit(1.0), SUM_SHARE * total)
        yield TableRule(f"sum_{group}", item, adds, "错误", pl.format("分项 {}，合计 {}", part + rest, total))
        yield TableRule(f"part_{group}", item, part <= total, "错误", pl.format("{} 大于 {}", part, total))
        yield TableRule(f"rest_{group}", item, rest <= total, "错误", pl.format("{} 大于 {}", rest, total))
        change = pl.when(last != 0).then(total / last)
        holds = (change >= LOW) & (change <= HIGH)
        yield TableRule(f"change_{group}", item, holds, "核实", pl.format("为上年的 {} 倍", change))
        share = pl.when(total != 0).then(part / total)
        most = pl.when(total > 0).then(share <= SHARE)
        yield TableRule(f"share_{group}", item, most, "核实", pl.format("占 {}", share))
