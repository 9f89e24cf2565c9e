"""`robustness`: how sure a published ranking is, as published or tried out with another plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from parkeval.home import Home
from parkeval.kept import kept_run
from parkeval.store import Tables, of_run
from parkeval.terminal import fitted_table, terminal_columns, wrapped
from report_templates.formatting import number
from scoring.evaluation import evaluate_stages, finish
from scoring.robustness.plan import PLAN, Plan, load_plan
from validation.rounding import round_half_up

AUDIT_LINES = 4
"""Findings of one kind that the terminal tells."""

NAMES = ("robustness", "robustness_grades", "robustness_rules", "robustness_conditions", "sensitivity", "audit")


@dataclass(frozen=True)
class Robustness:
    """The tables of the test for one year with the names of the parks; `published`: not tried out just now."""

    tables: Tables
    names: dict[str, str]
    published: bool


def published_or_tried(
    home: Home,
    tables: Tables,
    scheme: str,
    year: int,
    plan: Plan | None,
    progress: Callable[[str, int, int], None],
) -> Robustness:
    """What was published for the year; with a `plan`, or where nothing was, the test done now on the kept run.

    Nothing of a test done now is kept. Raises UsageFault for a run that HOME does not hold.
    """
    own = of_run(tables, scheme, year)
    names = dict(own["parks"].select("park_code", "name").iter_rows())
    if plan is None and own["robustness"].height:
        return Robustness({name: own[name] for name in NAMES}, names, True)
    from scoring.robustness.audit import audit
    from scoring.robustness.uncertainty import robustness

    kept = kept_run(home, tables, scheme, year)
    stages = evaluate_stages(kept.trusted, kept.book, kept.history)
    chosen = plan or load_plan()
    found = robustness(stages, kept.trusted.filings, kept.book, chosen, progress) | audit(stages, kept.book, chosen)
    return Robustness({name: finish(name, found[name], kept.book) for name in NAMES}, names, False)


def plan_of(file: Path | None, draws: int | None, seed: int | None) -> Plan | None:
    """The plan asked for; None where neither a file nor a number was given."""
    if file is None and draws is None and seed is None:
        return None
    plan = load_plan(file or PLAN)
    given = {"draws": draws, "seed": seed}
    return Plan.model_validate(plan.model_dump() | {name: value for name, value in given.items() if value is not None})


def interval_table(found: Robustness) -> pl.DataFrame:
    """One row per park with Chinese heads, groups and published places in order."""
    rows = found.tables["robustness"].sort("group", "rank", "park_code")
    return rows.select(
        pl.col("park_code").alias("园区代码"),
        pl.col("park_code").replace_strict(found.names, default=None, return_dtype=pl.String).alias("园区"),
        pl.col("group").alias("分组"),
        pl.col("rank").alias("位次"),
        pl.format("{}—{}", "rank_p05", "rank_p95").alias("位次区间（90%）"),
        pl.col("rank_median").alias("位次中位数"),
        pl.col("same_rank_pct").round(1).alias("位次不变%"),
        (100 * pl.col("bottom_probability")).round(1).alias("靠后%"),
        pl.col("statement").alias("结论"),
    )


def robustness_text(found: Robustness, park: str | None = None) -> str:
    """The places with their intervals and every proposal with its probability; of one park all that is known."""
    head = "" if found.published else "试算，没有发布\n"
    if found.tables["robustness"].is_empty():
        return f"{head}没有排名的园区\n"
    if park is not None:
        return head + _park_text(found, park)
    lines = [head, _intervals(found)]
    proposed = found.tables["robustness_rules"].filter(pl.col("proposed")).sort("probability", "park_code", "rule")
    rows = [
        [found.names.get(row["park_code"], row["park_code"]), row["label"], row["verdict"], row["note"]]
        for row in proposed.iter_rows(named=True)
    ]
    if rows:
        lines += ["\n处理建议，最没有把握的在前：\n", fitted_table(["园区", "规则", "稳健性", "说明"], rows)]
    lines += _audit_lines(found)
    draws = found.tables["robustness"]["draws"][0]
    return "".join([*lines, f"\n{draws} 次模拟；怎样检验、怎样读，见 docs/稳健性.md\n"])


def _intervals(found: Robustness) -> str:
    """The places with their ranges, as far as a terminal holds them."""
    rows = [
        [
            found.names.get(row["park_code"], row["park_code"]),
            row["group"],
            str(row["rank"]),
            "组内只有一个" if row["group_size"] == 1 else f"{row['rank_p05']}—{row['rank_p95']}",
            str(row["rank_median"]),
            number(row["same_rank_pct"], 1),
            number(100 * row["bottom_probability"], 1),
        ]
        for row in found.tables["robustness"].sort("group", "rank", "park_code").iter_rows(named=True)
    ]
    return fitted_table(["园区", "分组", "位次", "十次有九次在", "中位", "位次不变%", "靠后%"], rows)


def _audit_lines(found: Robustness) -> Iterator[str]:
    """What the statistical audit of the index found, by kind, with what to do; a sentence each."""
    rows = found.tables["audit"].sort("position").to_dicts()
    if not rows:
        return
    yield "\n指标体系的统计审计（给定权重的人看，不改变得分和位次）\n"
    told = [row for row in rows if row["kind"] != "few"]
    for row in (row for row in rows if row["kind"] == "few"):
        yield from _paragraph(f"注意：{row['sentence']}{row['advice']}")
    for label in dict.fromkeys(row["kind_label"] for row in told):
        own = [row for row in told if row["kind_label"] == label]
        yield f"{label}（{len(own)} 条）\n"
        for row in own[:AUDIT_LINES]:
            yield from _paragraph(f"- {row['sentence']}")
        for advice in dict.fromkeys(row["advice"] for row in own[:AUDIT_LINES]):
            yield from _paragraph(f"怎么办：{advice}")
        if len(own) > AUDIT_LINES:
            yield f"  另有 {len(own) - AUDIT_LINES} 条\n"
    if not told:
        yield "没有发现\n"
    yield '全部发现和数字：./run sql 评价目录 "SELECT * FROM 指标体系审计"\n'


def _paragraph(text: str) -> Iterator[str]:
    first, *more = wrapped(text, terminal_columns() - 4)
    yield f"  {first}\n"
    yield from (f"    {line}\n" for line in more)


def _park_text(found: Robustness, park: str) -> str:
    own = _of_park(found, park)
    name = found.names.get(park, park)
    if own["robustness"].is_empty():
        return f"{name}没有位次，不做稳健性检验\n"
    row = own["robustness"].row(0, named=True)
    lines = [
        f"{name}：{row['group']}第 {row['rank']} 位，共 {row['group_size']} 个；{row['statement']}\n",
        f"全部园区第 {row['overall_rank']} 位，十次有九次在第 {row['overall_rank_p05']} 至第 {row['overall_rank_p95']} 位之间\n",
    ]
    grades = own["robustness_grades"].sort("probability", descending=True)
    told = [f"{grade} {number(100 * share, 1)}%{'（公布）' if public else ''}"
            for grade, share, public in grades.select("grade", "probability", "published").iter_rows()]  # fmt: skip
    lines.append("等次：" + "，".join(told) + "\n")
    if own["sensitivity"].height:
        lines.append(own["sensitivity"]["statement"][0] + "\n")
        rows = [
            [one["label"], *(_percent(one[column]) for column in ("first_order", "total", "total_low", "total_high"))]
            for one in own["sensitivity"].sort("total", descending=True, nulls_last=True).iter_rows(named=True)
        ]
        lines.append(fitted_table(["位次的变动来自", "单独%", "连同交互%", "下限%", "上限%"], rows))
    rules = own["robustness_rules"].sort("proposed", "probability", descending=True)
    rows = [
        [
            rule["label"],
            "是" if rule["proposed"] else "否",
            number(100 * rule["probability"], 1),
            rule["verdict"],
            rule["note"],
        ]
        for rule in rules.iter_rows(named=True)
    ]
    if rows:
        lines += ["\n", fitted_table(["规则", "已提出", "概率%", "稳健性", "说明"], rows)]
    return "".join(lines)


def _percent(share: float | None) -> str:
    return "" if share is None else str(round_half_up(100 * share, 0))


def robustness_data(found: Robustness, park: str | None = None) -> dict[str, Any]:
    """The tables as data, of one park alone where asked for."""
    tables = found.tables if park is None else _of_park(found, park)
    return {"published": found.published} | {
        name: table.drop("scheme", "year").to_dicts() for name, table in tables.items()
    }


def _of_park(found: Robustness, park: str) -> Tables:
    """The rows of one park; what is about the index as a whole is left out."""
    own = {name: table for name, table in found.tables.items() if "park_code" in table.columns}
    return {name: table.filter(pl.col("park_code") == park) for name, table in own.items()}
