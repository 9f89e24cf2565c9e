"""What the authority does with proposals: decide, record results of rectification, take and settle objections."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from parkeval import log, register
from parkeval.batch import Outcome, Prepared, Progress, evaluate, prepare_again, validate
from parkeval.commit import commit
from parkeval.effects import effects, moved
from parkeval.errors import DiskFault, UsageFault, disk_reason
from parkeval.home import RESULTS, Home, writing
from parkeval.objections import cases
from parkeval.store import Tables, of_run, read_results, write_results
from parkeval.working_days import days_late, due_on, handling
from report_templates.formatting import file_name
from scoring.schema import result_tables
from validation.digest import file_sha256
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
        run = tables["runs"].filter(_of(park)).row(0, named=True)
        known_status = [item.label for item in prepare_again(home, run).book.scheme.statuses]
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


@dataclass(frozen=True)
class Claim:
    """What a park claims: the figure of an item, who handles it within how many working days (the bureau's rule where
    not given), and the paper it rests on."""

    item: str
    value: Decimal
    handler: str
    within: int | None = None
    evidence: Path | None = None


def object_to(home: Home, park: Mapping[str, Any], claim: Claim, signed: Signed) -> dict[str, Any]:
    """Register an objection to a filed figure, keep its evidence in HOME and set the day until which it is handled.

    Raises UsageFault for an item without a published figure, a handler who made the evaluation, an unreadable paper;
    DefinitionRefused where the holidays of a year are not known.
    """
    item, claimed = claim.item, claim.value
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
    _refuse_analyst(tables, park, claim.handler)
    days = claim.within or handling(home).working_days
    entry = {
        "kind": "objection", "item": item, "filed_value": filed, "claimed_value": claimed, "handler": claim.handler,
        "due_on": due_on(home, signed.recorded_on, days).isoformat(), **_paper(claim.evidence),
    }  # fmt: skip
    return _record(home, tables, park, entry, signed, claim.evidence)


def _refuse_analyst(tables: Tables, park: Mapping[str, Any], handler: str) -> None:
    """Raise UsageFault for a handler who ran the evaluation (回避)."""
    runs = tables["runs"].filter(_of(park))
    analyst = runs["analyst"][0] if runs.height else None
    if analyst is not None and analyst.strip() == handler.strip():
        raise UsageFault(
            [Problem("--handler", f"{handler} 是本年度的分析人员", "另一人", "异议由原分析人员以外的人办理")]
        )


def _paper(path: Path | None) -> dict[str, Any]:
    """Name and digest of the evidence; raises UsageFault where it cannot be read."""
    if path is None:
        return {}
    try:
        sha = file_sha256(path)
    except OSError as error:
        raise UsageFault([Problem(str(path), disk_reason(error), "可读的文件", "检查 --evidence")]) from None
    return {"evidence_sha256": sha, "evidence_file": f"{sha[:12]}-{file_name([path.stem])}{path.suffix.lower()[:10]}"}


def open_cases(home: Home, on: date) -> pl.DataFrame:
    """All objections with their state on the day `on` (parkeval.objections.cases), and the name of the park then as `park_name`."""
    tables = read_results(home.published())
    found = cases(tables["decisions"], on, lambda due: days_late(home, due, on))
    names = tables["parks"].select("scheme", "year", "park_code", pl.col("name").alias("park_name"))
    return found.join(names, on=["scheme", "year", "park_code"], how="left", maintain_order="left")


@dataclass(frozen=True)
class Ruling:
    """The outcome of an objection: the entry, and when it was upheld the new run with the parks that moved."""

    entry: dict[str, Any]
    outcome: Outcome | None
    moved: pl.DataFrame | None


def rule_on(
    home: Home,
    case: int,
    result: str,
    signed: Signed,
    *,
    decided: Decimal | None = None,
    workers: int,
    reports: bool,
    progress: Progress,
) -> Ruling:
    """Settle an objection: 成立 takes the claimed figure, 部分成立 the `decided` one, 不成立 leaves the filed one. An upheld
    one evaluates the year again from the inputs as received, by the definitions of then.

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
    _refuse_analyst(tables, own, signed.decided_by)
    upheld = result in register.UPHELD
    value = _decided_value(own, result, decided)
    ruling = {"kind": "ruling", "case_number": case, "outcome": result, "decided_value": value}
    prepared = prepare_again(home, run)
    if upheld:
        _refuse_new_errors(tables, own, inputs, ruling, signed, prepared)
    entry = _record(home, tables, own, ruling, signed)
    if not upheld:
        return Ruling(entry, None, None)
    before = of_run(tables, own["scheme"], own["year"])
    outcome = evaluate(
        [inputs],
        own["scheme"],
        own["year"],
        home,
        reports=reports,
        workers=workers,
        progress=progress,
        prepared=prepared,
    )
    return Ruling(entry, outcome, moved(effects(before, outcome.tables)))


def _decided_value(case: Mapping[str, Any], result: str, decided: Decimal | None) -> Decimal | None:
    """The figure that counts after the ruling; raises UsageFault where outcome and figure do not go together."""
    if result == "部分成立":
        if decided is None or decided in (case["filed_value"], case["claimed_value"]):
            told = "没有写认定的数值，或与原数值、主张数值相同"
            raise UsageFault(
                [Problem("--decided", told, "与两者都不同的认定数值", "部分成立时写 --decided；否则用成立或不成立")]
            )
        return decided
    if decided is not None:
        raise UsageFault([Problem("--decided", str(decided), "只在部分成立时写", "去掉 --decided")])
    return case["claimed_value"] if result == "成立" else None


def _refuse_new_errors(
    tables: Tables,
    case: Mapping[str, Any],
    inputs: Path,
    ruling: Mapping[str, Any],
    signed: Signed,
    prepared: Prepared,
) -> None:
    """Raise UsageFault when the claimed figure would break rules that the park's data kept before.

    A total that is corrected alone no longer equals its parts: upholding such an objection would throw the park out
    of the evaluation instead of helping it.
    """
    number = tables["decisions"].height + 1
    row = pl.DataFrame([{**ruling, "number": number, "decided_by": signed.decided_by, "scheme": case["scheme"],
                         "year": case["year"], "park_code": case["park_code"]}])  # fmt: skip
    together = pl.concat([tables["decisions"], result_tables()["decisions"].conform(row)])
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
    home: Home,
    tables: Tables,
    park: Mapping[str, Any],
    entry: Mapping[str, Any],
    signed: Signed,
    paper: Path | None = None,
) -> dict[str, Any]:
    """Append to the register and publish it in the results file."""
    run = tables["runs"].filter(_of(park))
    with writing(home) as staging:
        papers = []
        if paper is not None:
            kept = register.evidence_folder(home) / str(entry["evidence_file"])
            papers = [(_stage(staging, paper, str(entry["evidence_sha256"])), kept)]
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
        commit(home.folder, staging, [*papers, *((staging / name, home.folder / name) for name in names)])
    return recorded


def _stage(staging: Path, paper: Path, sha256: str) -> Path:
    """The evidence copied into the staging folder; raises DiskFault where it cannot be read or changes meanwhile."""
    staged = staging / "paper"
    try:
        shutil.copyfile(paper, staged)
        if file_sha256(staged) != sha256:
            raise OSError(0, "读取后文件又有改动", str(paper))
    except OSError as error:
        raise DiskFault([Problem(str(paper), disk_reason(error), "可读，评价目录可写", "检查权限和磁盘空间")]) from None
    return staged
