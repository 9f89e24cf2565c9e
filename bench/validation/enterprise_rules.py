"""One hundred rules on enterprise rows: as definitions, and the same written by hand in polars."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from bench.validation.tables import SIZES, TRADES
from validation.checks import Check, Parameter
from validation.confront import TableRule
from validation.forms import Column, Form
from validation.identifiers import well_formed
from validation.table_rules import check_rules, form_rules

KEYS = ("credit_code",)
FIGURES = (
    "revenue", "main_revenue", "other_revenue", "main_cost", "other_cost", "cost", "surcharges", "sales_expense",
    "admin_expense", "rd_expense", "finance_expense", "operating_profit", "other_income", "other_expense", "total_profit",
    "income_tax", "net_profit", "output", "sales_output", "export_output", "value_added", "assets", "current_assets",
    "fixed_assets", "inventory", "receivables", "liabilities", "current_liabilities", "equity", "employees", "wages",
    "electricity", "energy", "water", "vat", "taxes",
)  # fmt: skip
REQUIRED = ("revenue", "cost", "output", "assets", "liabilities", "employees", "total_profit", "taxes", "value_added")
NEGATIVE = ("finance_expense", "operating_profit", "total_profit", "net_profit", "equity", "other_revenue")
MOST = 1e10

SUMS = (
    ("revenue", ("main_revenue", "other_revenue"), ()),
    ("cost", ("main_cost", "other_cost"), ()),
    (
        "operating_profit",
        ("revenue",),
        ("cost", "surcharges", "sales_expense", "admin_expense", "rd_expense", "finance_expense"),
    ),
    ("total_profit", ("operating_profit", "other_income"), ("other_expense",)),
    ("net_profit", ("total_profit",), ("income_tax",)),
    ("equity", ("assets",), ("liabilities",)),
    ("taxes", ("vat", "surcharges", "income_tax"), ()),
)
WITHIN = (
    ("main_revenue", "revenue"), ("export_output", "sales_output"), ("value_added", "output"),
    ("current_assets", "assets"), ("fixed_assets", "assets"), ("inventory", "current_assets"),
    ("receivables", "current_assets"), ("current_liabilities", "liabilities"), ("rd_expense", "revenue"),
    ("sales_expense", "revenue"), ("admin_expense", "revenue"), ("main_cost", "main_revenue"),
    ("electricity", "energy"), ("vat", "revenue"), ("income_tax", "taxes"), ("surcharges", "taxes"),
    ("income_tax", "revenue"), ("liabilities", "assets"), ("other_income", "revenue"),
)  # fmt: skip
RATIOS = (
    ("value_added", "output", 0.1, 0.6), ("taxes", "revenue", 0.005, 0.5), ("wages", "employees", 3, 60),
    ("revenue", "employees", 5, 5000), ("assets", "revenue", 0.1, 20), ("energy", "output", 0.001, 5),
    ("water", "output", 0.01, 50), ("liabilities", "assets", 0.05, 1.2), ("main_cost", "main_revenue", 0.3, 1.1),
    ("electricity", "output", 0.001, 3), ("sales_output", "output", 0.5, 1.5), ("rd_expense", "revenue", 0, 0.3),
    ("vat", "revenue", 0, 0.2), ("inventory", "assets", 0.001, 0.9), ("receivables", "revenue", 0.001, 3),
    ("wages", "revenue", 0.001, 2), ("value_added", "employees", 0.5, 3000),
)  # fmt: skip
PAID = (
    ("employees", "wages"), ("output", "electricity"), ("revenue", "vat"), ("output", "energy"), ("revenue", "cost"),
    ("total_profit", "income_tax"), ("export_output", "sales_output"),
)  # fmt: skip
SUM_SHARE = 0.001


def form() -> Form:
    """The enterprise table: 40 columns."""
    texts = [
        Column(
            code="credit_code", label="统一社会信用代码", type="code", format="credit_code", required=False, key=True
        ),
        Column(code="division", label="行政区划代码", type="code", format="division_code", required=False),
        Column(code="trade", label="行业", type="choice", choices=TRADES, required=False),
        Column(code="size", label="规模", type="choice", choices=SIZES, required=False),
    ]
    figures = [
        Column(
            code=name,
            label=name,
            type="count" if name == "employees" else "number",
            required=name in REQUIRED,
            minimum=-MOST if name in NEGATIVE else 0,
            maximum=MOST,
        )
        for name in FIGURES
    ]
    return Form(code="enterprises", sheet="企业", title="企业", kind="table", columns=(*texts, *figures))


def _check(check_id: str, item: str, expression: str, message: str, *, verify: bool) -> Check:
    return Check(
        id=check_id, label="规则", expression=expression, severity="核实" if verify else "错误", items=(item,),
        message=message, expected="成立", cure="核对", reason="测算用规则",
    )  # fmt: skip


def checks() -> list[Check]:
    """The fifty checks beside those the form stands for."""
    made: list[Check] = []
    for whole, plus, minus in SUMS:
        parts = " + ".join(plus) + "".join(f" - {name}" for name in minus)
        expression = f"ABS({parts} - {whole}) <= GREATEST(1, param.sum_share * ABS({whole}))"
        made.append(_check(f"sum_{whole}", whole, expression, f"分项合计 «{parts}»，合计 «{whole}»", verify=False))
    for part, whole in WITHIN:
        name = f"{part}_within_{whole}"
        made.append(_check(name, part, f"{part} <= {whole} + 1", f"«{part}» 大于 «{whole}»", verify=False))
    for above, below, low, high in RATIOS:
        said = f"比值为 «{above} / {below}»"
        made.append(
            _check(f"{above}_per_{below}", above, f"{above} / {below} BETWEEN {low} AND {high}", said, verify=True)
        )
    for base, due in PAID:
        expression = f"CASE WHEN {base} > 0 THEN {due} > 0 END"
        made.append(_check(f"{due}_with_{base}", due, expression, f"有 «{base}»，没有 «{due}»", verify=True))
    return made


def defined() -> list[TableRule]:
    """All rules from their definitions."""
    share = {"sum_share": Parameter(value=SUM_SHARE, reason="分项取整")}
    return [*form_rules(form()), *check_rules(form(), checks(), share, "测算")]


def by_hand() -> Iterator[TableRule]:
    """The same rules in the same order, as an analyst would write them."""
    code = pl.col("credit_code")
    yield TableRule(
        "credit_code_invalid", "credit_code", well_formed(code, "credit_code"), "错误", pl.format("{} 不是代码", code)
    )
    division = pl.col("division")
    valid = well_formed(division, "division_code")
    yield TableRule("division_code_invalid", "division", valid, "错误", pl.format("{} 不是代码", division))
    for name, choices in (("trade", TRADES), ("size", SIZES)):
        told = pl.format("{} 不在选项中", pl.col(name))
        yield TableRule("choice_unknown", name, pl.col(name).is_in(list(choices)), "错误", told)
    for name in FIGURES:
        own = pl.col(name)
        if name in REQUIRED:
            yield TableRule("required_missing", name, own.is_not_null(), "错误", pl.lit("没有填"))
        low = -MOST if name in NEGATIVE else 0.0
        yield TableRule("out_of_bounds", name, (own >= low) & (own <= MOST), "错误", pl.format("{} 超出范围", own))
        if name == "employees":
            yield TableRule("count_fraction", name, own % 1 == 0, "错误", pl.format("{} 不是整数", own))
    for whole, plus, minus in SUMS:
        parts = pl.col(plus[0])
        for name in plus[1:]:
            parts = parts + pl.col(name)
        for name in minus:
            parts = parts - pl.col(name)
        least = pl.max_horizontal(pl.lit(1.0), SUM_SHARE * pl.col(whole).abs())
        holds = (parts - pl.col(whole)).abs() <= least
        yield TableRule(f"sum_{whole}", whole, holds, "错误", pl.format("分项合计 {}，合计 {}", parts, pl.col(whole)))
    for part, whole in WITHIN:
        told = pl.format("{} 大于 {}", pl.col(part), pl.col(whole))
        yield TableRule(f"{part}_within_{whole}", part, pl.col(part) <= pl.col(whole) + 1, "错误", told)
    for above, below, low, high in RATIOS:
        ratio = pl.when(pl.col(below) != 0).then(pl.col(above) / pl.col(below))
        holds = (ratio >= low) & (ratio <= high)
        yield TableRule(f"{above}_per_{below}", above, holds, "核实", pl.format("比值为 {}", ratio))
    for base, due in PAID:
        holds = pl.when(pl.col(base) > 0).then(pl.col(due) > 0)
        told = pl.format("有 {}，没有 {}", pl.col(base), pl.col(due))
        yield TableRule(f"{due}_with_{base}", due, holds, "核实", told)
