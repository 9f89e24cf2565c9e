"""What the authority does with proposals: decide, record results of rectification, take and settle objections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from parkeval import log, register
from parkeval.batch import KEPT_PLAN, Outcome, Progress, evaluate, prepare, validate
from parkeval.commit import commit
from parkeval.comparison import compare_tables
from parkeval.errors import UsageFault
from parkeval.home import RESULTS, Home, writing
from parkeval.objections import moved_parks
from parkeval.store import Tables, of_run, read_results, write_results
from scoring.loading import load_rulebook
from scoring.schema import result_tables
from validation.problems import Problem


@dataclass(frozen=True)
class Signed:
    """Who recorded something, when, why and on which paper."""

    decided_by: str
    recorded_on: date
    reason: str
    document: str | None = None


def decide(
    home: Home, park: Mapping[str, Any], rule: str, outcome: str, status: str | None, signed: Signed
) -> dict[str, Any]:
    """Record what was decided on a proposal; raises UsageFault for a proposal that was not made."""
    tables = read_results(home.published())
    own = tables["proposals"].filter(_of(park) & (pl.col("park_code") == park["park_code"]))
    if rule not in own["rule"].to_list():
        known = "、".join(own["rule"].to_list()) or "没有处理建议"
        raise UsageFault([Problem(rule, "没有对这个园区提出这条建议", known, "写其中一条规则的代码")])
    if outcome == "减轻":
        known_status = [item.label for item in load_rulebook(park["scheme"], park["year"]).scheme.statuses]
        if status not in known_status:
            raise UsageFault(
                [Problem("--status", f"{status or '没有写'}", "、".join(known_status), "减轻时写明决定的状态")]
            )
    entry = {"kind": "decision", "rule": rule, "outcome": outcome, "park_status": status}
    return _record(home, tables, park, entry, signed)


def record_rectification(home: Home, park: Mapping[str, Any], outcome: str, signed: Signed) -> dict[str, Any]:
    """Record whether the rectification ordered for the year was effective."""
    tables = read_results(home.published())
    return _record(home, tables, park, {"kind": "rectification", "outcome": outcome}, signed)


def object_to(home: Home, park: Mapping[str, Any], item: str, claimed: Decimal, signed: Signed) -> dict[str, Any]:
    """Register an objection to a filed figure; raises UsageFault for an item without a published figure."""
    tables = read_results(home.published())
    figures = tables["statistics"].filter(
        _of(park)
        & (pl.col("park_code") == park["park_code"])
        & (pl.col("item") == item)
        & pl.col("value").is_not_null()
    )
    if figures.is_empty():
        raise UsageFault([Problem(item, "该园区该年没有这个统计指标的数值", "统计指标代码", "用 sql 查“统计数据”")])
    row = figures.row(0, named=True)
    filed = row["filed_value"] if row["corrected"] and row["filed_value"] is not None else row["value"]
    entry = {"kind": "objection", "item": item, "filed_value": filed, "claimed_value": claimed}
    return _record(home, tables, park, entry, signed)


@dataclass(frozen=True)
class Ruling:
    """The outcome of an objection: the entry, and when it was upheld the new run with the parks that moved."""

    entry: dict[str, Any]
    outcome: Outcome | None
    moved: pl.DataFrame | None


def rule_on(
    home: Home, case: int, upheld: bool, signed: Signed, *, workers: int, reports: bool, progress: Progress
) -> Ruling:
    """Settle an objection; an upheld one evaluates the year again from the inputs as received.

    The new run names the one it replaces, whose folder stays as evidence. Raises UsageFault for a case that is not
    registered or settled already.
    """
    tables = read_results(home.published())
    cases = tables["decisions"].filter((pl.col("kind") == "objection") & (pl.col("number") == case))
    settled = tables["decisions"].filter((pl.col("kind") == "ruling") & (pl.col("case_number") == case))
    if cases.is_empty() or settled.height:
        open_cases = _open_cases(tables["decisions"])
        said = "已经处理" if settled.height else "没有登记"
        raise UsageFault([Problem(f"异议第 {case} 号", said, f"未处理的异议：{open_cases}", "改登记号")])
    own = cases.row(0, named=True)
    run = tables["runs"].filter(_of(own)).row(0, named=True)
    inputs = home.run_folder(run["year"], run["run_id"]) / "inputs"
    ruling = {"kind": "ruling", "case_number": case, "outcome": "成立" if upheld else "不成立"}
    if upheld:
        _refuse_new_errors(tables, own, inputs, ruling, signed)
    entry = _record(home, tables, own, ruling, signed)
    if not upheld:
        return Ruling(entry, None, None)
    before = of_run(tables, own["scheme"], own["year"])
    plan = inputs.parent / "definitions" / KEPT_PLAN
    outcome = evaluate(
        [inputs], own["scheme"], own["year"], home, reports=reports, workers=workers, progress=progress,
        plan_file=plan if plan.is_file() else None,
    )  # fmt: skip
    return Ruling(entry, outcome, moved_parks(compare_tables(before, outcome.tables)))


def _refuse_new_errors(
    tables: Tables, case: Mapping[str, Any], inputs: Path, ruling: Mapping[str, Any], signed: Signed
) -> None:
    """Raise UsageFault when the claimed figure would break rules that the park's data kept before.

    A total that is corrected alone no longer equals its parts: upholding such an objection would throw the park out
    of the evaluation instead of helping it.
    """
    number = tables["decisions"].height + 1
    row = pl.DataFrame([{**ruling, "number": number, "decided_by": signed.decided_by, "scheme": case["scheme"],
                         "year": case["year"], "park_code": case["park_code"]}])  # fmt: skip
    together = pl.concat([tables["decisions"], result_tables()["decisions"].conform(row)])
    prepared = prepare(str(case["scheme"]), int(case["year"]))
    own = (pl.col("park_code") == case["park_code"]) & (pl.col("year") == case["year"]) & (pl.col("severity") == "错误")
    known = tables["findings"].filter(_of(case) & own)["message"].to_list()
    after = validate([inputs], prepared, tables | {"decisions": together}).findings.filter(own)
    problems = [
        Problem(
            f"异议第 {case['number']} 号的主张数值", row["message"], row["expected"] or "符合审核规则",
            "异议成立前先由园区对有关指标一并提出，使数据前后一致",
        )
        for row in after.iter_rows(named=True)
        if row["message"] not in known
    ]  # fmt: skip
    if problems:
        raise UsageFault(problems)


def _open_cases(decisions: pl.DataFrame) -> str:
    settled = decisions.filter(pl.col("kind") == "ruling")["case_number"].implode()
    waiting = decisions.filter((pl.col("kind") == "objection") & ~pl.col("number").is_in(settled))["number"]
    return "、".join(str(number) for number in waiting) or "无"


def _of(park: Mapping[str, Any]) -> pl.Expr:
    return (pl.col("scheme") == str(park["scheme"])) & (pl.col("year") == int(park["year"]))


def _record(
    home: Home, tables: Tables, park: Mapping[str, Any], entry: Mapping[str, Any], signed: Signed
) -> dict[str, Any]:
    """Append to the register and publish it in the results file."""
    run = tables["runs"].filter(_of(park))
    with writing(home) as staging:
        recorded = register.append(
            home,
            staging,
            {
                **entry,
                "scheme": park["scheme"],
                "year": park["year"],
                "park_code": park["park_code"],
                "recorded_on": signed.recorded_on.isoformat(),
                "decided_by": signed.decided_by,
                "reason": signed.reason,
                "document": signed.document,
                "run_id": run["run_id"][0] if run.height else None,
            },
        )
        new = {"decisions": register.as_table(staging / register.REGISTER), "log": log.as_table(staging / log.LOG)}
        write_results(staging / RESULTS, tables | new)
        names = (register.REGISTER, log.LOG, RESULTS)
        commit(home.folder, staging, [(staging / name, home.folder / name) for name in names])
    return recorded
