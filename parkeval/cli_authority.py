"""Commands of the authority: decide, object."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from parkeval.arguments import (
    AS_JSON,
    EXISTING,
    HOME,
    OF_SCHEME,
    YEAR_OR_LAST,
    decimal,
    optionally_signed,
    park_code,
    published,
    required_signature,
    run_of,
    signature,
    signed_options,
)
from parkeval.front import ChineseCommand, print_json, progress_line

if TYPE_CHECKING:
    from parkeval.authority import Ruling
    from parkeval.home import Home
    from parkeval.store import Tables


@click.command(cls=ChineseCommand, help="登记对处理建议的决定（采纳、减轻、不采纳），或整改结果（有效、无效）。")
@HOME
@click.argument("park")
@click.argument("rule", required=False)
@OF_SCHEME
@YEAR_OR_LAST
@click.option("--outcome", type=click.Choice(["采纳", "减轻", "不采纳"]), help="对建议的决定")
@click.option("--status", metavar="TEXT", help="减轻时决定的园区状态")
@click.option("--rectification", type=click.Choice(["有效", "无效"]), help="整改结果，代替对建议的决定")
@signed_options
@AS_JSON
def decide(
    home: Path,
    park: str,
    rule: str | None,
    scheme_key: str | None,
    year: int | None,
    outcome: str | None,
    status: str | None,
    rectification: str | None,
    as_json: bool,
    **signed: Any,
) -> None:
    """What the authority decided."""
    from parkeval import authority
    from parkeval.errors import UsageFault
    from parkeval.home import Home
    from validation.problems import Problem

    place = Home(home)
    tables = published(place)
    scheme, chosen = run_of(tables, year, scheme_key)
    who = {"scheme": scheme, "year": chosen, "park_code": park_code(tables, scheme, chosen, park)}
    if rectification and not (rule or outcome):
        entry = authority.record_rectification(place, who, rectification, signature(**signed))
    elif rule and outcome and not rectification:
        entry = authority.decide(place, who, rule, outcome, status, signature(**signed))
    else:
        raise UsageFault(
            [
                Problem(
                    "decide",
                    "参数不全或相互矛盾",
                    "规则代码和 --outcome，或只写 --rectification",
                    "见 ./run decide --help",
                )
            ]
        )
    if as_json:
        print_json(entry)
    else:
        print(f"已登记第 {entry['number']} 号；下一年度评价以此为准")


@click.command(
    "object",
    cls=ChineseCommand,
    help="异议：登记（园区、指标、主张的数值、经办人），办理（成立、部分成立、不成立），或列出；成立的重新评价该年度并列出变动的园区。",
)
@HOME
@click.argument("park", required=False)
@OF_SCHEME
@YEAR_OR_LAST
@click.option("--item", metavar="CODE", help="有异议的统计指标代码")
@click.option("--claimed", metavar="VALUE", help="主张的数值，单位与报表相同")
@click.option("--handler", metavar="NAME", help="经办人，不是原分析人员")
@click.option("--evidence", type=EXISTING, metavar="FILE", help="证明材料，复制到评价目录并记下摘要")
@click.option("--within", type=click.IntRange(1, 250), metavar="N", help="几个工作日内办结，缺省按 handling.toml")
@click.option("--case", type=click.IntRange(1), metavar="N", help="办理第 N 号异议")
@click.option("--outcome", type=click.Choice(["成立", "部分成立", "不成立"]), help="异议办理结果")
@click.option("--decided", metavar="VALUE", help="部分成立时认定的数值")
@click.option("--list", "listed", is_flag=True, help="列出全部异议及办理情况")
@click.option("--overdue", is_flag=True, help="只列出逾期的异议")
@click.option("--reports/--no-reports", default=True, help="重新评价时是否生成报告")
@click.option("--workers", type=click.IntRange(1, 64), metavar="N", default=2, help="进程数，缺省 2")
@optionally_signed
@AS_JSON
def object_command(
    home: Path,
    park: str | None,
    scheme_key: str | None,
    year: int | None,
    item: str | None,
    claimed: str | None,
    handler: str | None,
    evidence: Path | None,
    within: int | None,
    case: int | None,
    outcome: str | None,
    decided: str | None,
    listed: bool,
    overdue: bool,
    reports: bool,
    workers: int,
    as_json: bool,
    **signed: Any,
) -> None:
    """An objection and its outcome."""
    from parkeval import authority
    from parkeval.errors import UsageFault
    from parkeval.home import Home
    from validation.problems import Problem

    place = Home(home)
    registers, rules = bool(item or claimed or handler or evidence or within), bool(case or outcome or decided)
    if (listed or overdue) and not (park or registers or rules):
        _list_cases(place, signed["recorded_on"], overdue, as_json)
    elif case and outcome and not (park or registers or listed or overdue):
        ruling = authority.rule_on(
            place,
            case,
            outcome,
            required_signature(**signed),
            decided=decimal(decided, "--decided") if decided else None,
            workers=workers,
            reports=reports,
            progress=progress_line(),
        )
        _tell_ruling(ruling, case, outcome, as_json)
    elif park and item and claimed and handler and not (rules or listed or overdue):
        tables = published(place)
        scheme, chosen = run_of(tables, year, scheme_key)
        who = {"scheme": scheme, "year": chosen, "park_code": park_code(tables, scheme, chosen, park)}
        claim = authority.Claim(item, decimal(claimed), handler, within, evidence)
        entry = authority.object_to(place, who, claim, required_signature(**signed))
        if as_json:
            print_json(entry)
        else:
            print(
                f"异议已登记，第 {entry['number']} 号，经办人 {handler}，{entry['due_on']} 前办结；"
                f"办理：./run object {home} --case {entry['number']} --outcome 成立、部分成立 或 不成立"
            )
            last = _last_day(tables, scheme, chosen)
            if last and str(entry["recorded_on"]) > last:
                print(
                    f"注意：已过异议截止日期 {last}（{chosen} 年度）；是否受理由主管部门决定，收到在前的用 --on 写收到日期"
                )
    else:
        told = "登记：园区、--item、--claimed 和 --handler；办理：--case 和 --outcome；列出：--list 或 --overdue"
        raise UsageFault([Problem("object", "参数不全或相互矛盾", told, "见 ./run object --help")])


def _last_day(tables: Tables, scheme: str, year: int) -> str | None:
    """The last day for objections to the results of `year`, as the papers print it; null where the scheme names none."""
    from parkeval.store import of_run

    own = (row for row in of_run(tables, scheme, year)["definitions"].iter_rows(named=True))
    return next((row["value"] for row in own if row["code"] == "objections_due"), None)


def _tell_ruling(ruling: Ruling, case: int, outcome: str, as_json: bool) -> None:
    from parkeval.effects import in_words
    from parkeval.printing import as_text

    if as_json:
        moved = ruling.moved.to_dicts() if ruling.moved is not None else []
        print_json({"entry": ruling.entry, "run_id": ruling.outcome.run_id if ruling.outcome else None, "moved": moved})
        return
    print(f"已登记第 {ruling.entry['number']} 号：异议第 {case} 号{outcome}")
    if ruling.outcome is None or ruling.moved is None:
        return
    print(f"重新评价的批次 {ruling.outcome.run_id}；变动的园区 {ruling.moved.height} 个")
    print(ruling.outcome.tables["runs"]["correction_notice"][0] or "没有更正")
    print(as_text(in_words(ruling.moved), "table") if ruling.moved.height else "没有园区变动\n", end="")
    if ruling.outcome.stale_years:
        years = "、".join(str(one) for one in ruling.outcome.stale_years)
        print(f"注意：{years} 年的结果以本年原结果为上年，须依次重新运行")


def _list_cases(home: Home, on: Any, overdue: bool, as_json: bool) -> None:
    """Objections with their state on a day (today where none is given)."""
    from datetime import date

    import polars as pl

    from parkeval.authority import open_cases
    from parkeval.printing import as_text

    found = open_cases(home, on.date() if on else date.today())
    if overdue:
        found = found.filter(pl.col("state") == "逾期")
    if as_json:
        print(as_text(found, "json"), end="")
        return
    names = {
        "number": "登记号", "recorded_on": "登记日期", "year": "年度", "park_code": "园区代码", "park_name": "园区", "item": "指标",
        "filed_value": "原数值", "claimed_value": "主张数值", "decided_value": "认定数值", "handler": "经办人",
        "due_on": "办理期限", "state": "状态", "late_days": "逾期工作日",
    }  # fmt: skip
    shown = found.select(*names).rename(names)
    print(as_text(shown, "table") if shown.height else "没有逾期的异议\n" if overdue else "没有异议\n", end="")
