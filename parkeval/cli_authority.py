"""Commands of the authority: decide, object."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from parkeval.arguments import (
    AS_JSON,
    HOME,
    OF_SCHEME,
    YEAR_OR_LAST,
    decimal,
    park_code,
    published,
    run_of,
    signature,
    signed_options,
)
from parkeval.front import ChineseCommand, print_json, progress_line


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
    help="登记异议（指标和主张的数值），或处理异议；成立的重新评价该年度并列出变动的园区。",
)
@HOME
@click.argument("park", required=False)
@OF_SCHEME
@YEAR_OR_LAST
@click.option("--item", metavar="CODE", help="有异议的统计指标代码")
@click.option("--claimed", metavar="VALUE", help="主张的数值，单位与报表相同")
@click.option("--case", type=click.IntRange(1), metavar="N", help="处理第 N 号异议")
@click.option("--outcome", type=click.Choice(["成立", "不成立"]), help="异议处理结果")
@click.option("--reports/--no-reports", default=True, help="重新评价时是否生成报告")
@click.option("--workers", type=click.IntRange(1, 64), metavar="N", default=2, help="进程数，缺省 2")
@signed_options
@AS_JSON
def object_command(
    home: Path,
    park: str | None,
    scheme_key: str | None,
    year: int | None,
    item: str | None,
    claimed: str | None,
    case: int | None,
    outcome: str | None,
    reports: bool,
    workers: int,
    as_json: bool,
    **signed: Any,
) -> None:
    """An objection and its outcome."""
    from parkeval import authority
    from parkeval.comparison import in_words
    from parkeval.errors import UsageFault
    from parkeval.home import Home
    from parkeval.printing import as_text
    from validation.problems import Problem

    place = Home(home)
    if case and outcome and not (park or item or claimed):
        ruling = authority.rule_on(
            place,
            case,
            outcome == "成立",
            signature(**signed),
            workers=workers,
            reports=reports,
            progress=progress_line(),
        )
        if as_json:
            moved = ruling.moved.to_dicts() if ruling.moved is not None else []
            print_json(
                {"entry": ruling.entry, "run_id": ruling.outcome.run_id if ruling.outcome else None, "moved": moved}
            )
            return
        print(f"已登记第 {ruling.entry['number']} 号：异议第 {case} 号{outcome}")
        if ruling.outcome is not None and ruling.moved is not None:
            print(f"重新评价的批次 {ruling.outcome.run_id}；得分或位次变动的园区 {ruling.moved.height} 个")
            print(
                as_text(in_words(ruling.moved, "原", "新"), "table") if ruling.moved.height else "没有园区变动\n",
                end="",
            )
    elif park and item and claimed and not (case or outcome):
        tables = published(place)
        scheme, chosen = run_of(tables, year, scheme_key)
        who = {"scheme": scheme, "year": chosen, "park_code": park_code(tables, scheme, chosen, park)}
        entry = authority.object_to(place, who, item, decimal(claimed), signature(**signed))
        if as_json:
            print_json(entry)
        else:
            print(
                f"异议已登记，第 {entry['number']} 号；处理：./run object {home} --case {entry['number']} --outcome 成立 或 不成立"
            )
    else:
        raise UsageFault(
            [
                Problem(
                    "object",
                    "参数不全或相互矛盾",
                    "园区、--item 和 --claimed；或 --case 和 --outcome",
                    "见 ./run object --help",
                )
            ]
        )
