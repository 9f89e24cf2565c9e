"""The command line: every command of the contract, thin over the stages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from parkeval import __version__
from parkeval.arguments import (
    AS_JSON,
    EXISTING,
    OFFICE,
    SCHEME,
    YEAR,
    ledger_files,
    ledger_options,
)
from parkeval.cli_authority import decide, object_command
from parkeval.cli_backtest import backtest
from parkeval.cli_distribution import dispatches, distribute, receipt
from parkeval.cli_release import release
from parkeval.cli_results import compare, explain, report, sql
from parkeval.cli_robustness import robustness as robustness_command
from parkeval.cli_simulate import simulate
from parkeval.cli_verify import verify
from parkeval.front import ChineseGroup, end_on_sigterm, print_json, progress_line, run_command

if TYPE_CHECKING:
    from validation.resubmission import Comparison
    from validation.statistics import Statistics


@click.group(cls=ChineseGroup, help="产业园区年度评价：审核、指标、得分、排名、奖优汰劣建议和报告。")
@click.version_option(__version__, message="parkeval %(version)s", help="显示版本")
def cli() -> None:
    """The group of all commands."""


@cli.command(help="用示例数据（虚构）运行 2021—2025 年的年度评价，并说明看哪些文件。")
@click.option(
    "--to", "home", type=EXISTING, default=Path("parkeval-demo"), metavar="HOME", help="评价目录，缺省 parkeval-demo"
)
@click.option("--workers", type=click.IntRange(1, 64), metavar="N", default=2, help="生成报告的进程数，缺省 2")
def demo(home: Path, workers: int) -> None:
    """The whole yearly batch on the sample data."""
    from parkeval.demonstration import run_demo

    run_demo(home, workers, progress_line())


@cli.group(help="评价办法：列出、显示、检查。")
def schemes() -> None:
    """Commands about schemes."""


@schemes.command("list", help="列出内置的评价办法。")
@AS_JSON
def schemes_list(as_json: bool) -> None:
    """The product's schemes."""
    from scoring.loading import load_scheme, scheme_keys

    rows = [load_scheme(key) for key in scheme_keys()]
    if as_json:
        print_json(
            [{"key": row.key, "title": row.title, "document": row.document, "region": row.region} for row in rows]
        )
        return
    for row in rows:
        print(f"{row.key}  {row.title}  依据：{row.document}")


@schemes.command("show", help="显示一个评价办法的全文：参数、权重、指标、目标、规则及条款。")
@click.argument("key")
@click.option("--year", type=click.IntRange(1990, 2200), metavar="Y", help="统计年度，缺省为目标年")
@AS_JSON
def schemes_show(key: str, year: int | None, as_json: bool) -> None:
    """One scheme in full."""
    from parkeval.scheme_text import scheme_text
    from scoring.described import describe_definitions
    from scoring.loading import load_rulebook, load_scheme

    book = load_rulebook(key, year or load_scheme(key).target_year)
    if as_json:
        print_json(describe_definitions(book).to_dicts())
    else:
        print(scheme_text(book), end="")


@schemes.command("check", help="检查评价办法、指标和报表定义，一次列出全部问题。")
@click.argument("path")
@click.option("--year", type=click.IntRange(1990, 2200), metavar="Y", help="统计年度，缺省为起用年至目标年各年")
def schemes_check(path: str, year: int | None) -> None:
    """Problems of a definition."""
    from scoring.examination import examine
    from validation.problems import DefinitionRefused

    found = examine(path, year)
    if found.problems:
        raise DefinitionRefused(found.problems)
    more = f"；提示 {len(found.warnings)} 条" if found.warnings else ""
    print(f"{found.scheme.title}：{found.years[0]}—{found.years[-1]} 年定义没有问题{more}")
    for warning in found.warnings:
        print(f"  {warning}")


@cli.command(help="生成空白的报送工作簿（有下拉、单位和提示）。")
@SCHEME
@YEAR
@click.option("--to", "folder", type=EXISTING, required=True, metavar="DIR", help="放到哪个文件夹")
@click.option("--register", "register_file", type=EXISTING, metavar="FILE", help="含园区名录的州级汇总工作簿：每园一份")
def template(scheme: str, year: int, folder: Path, register_file: Path | None) -> None:
    """Blank collection workbooks."""
    from dataclasses import replace

    from parkeval.registered import registered_parks
    from scoring.loading import load_rulebook, load_scheme
    from validation.template import file_name, write_templates

    # Figures of the base year are collected before there is anything to evaluate.
    book = replace(load_rulebook(scheme, max(year, load_scheme(scheme).first_year)), year=year)
    parks = registered_parks(register_file, book) if register_file else []
    written = write_templates(folder, book.form_set, parks, year)
    for path in (*written, *(write_templates(folder, book.ledgers.form_set, [], year) if book.ledgers.ledgers else ())):
        print(path)
    if not parks:
        by = {workbook.filed_by: file_name(workbook.label, str(year)) for workbook in book.form_set.workbooks}
        blank, bureau = by["park"], by["bureau"]
        print(
            f"提示：{blank} 里没有园区代码，只供查看，填报后不能采用。先填好 {bureau} 的园区名录，"
            f"再加上 --register {bureau} 运行一次，为每个园区各生成一份。",
            file=sys.stderr,
        )


@cli.command(help="只审核：问题显示在屏幕上，并写成工作簿、标注副本和给园区的审核意见。")
@click.argument("data", type=EXISTING, nargs=-1, required=True)
@SCHEME
@YEAR
@click.option("--home", type=EXISTING, metavar="HOME", help="评价目录：与其中已发布的以前年度核对")
@click.option(
    "--against", type=EXISTING, metavar="OLD", help="与以前的报送（文件夹或文件）比较：改了什么，哪些问题已解决"
)
@click.option(
    "--to", "folder", type=EXISTING, metavar="DIR", help="审核问题工作簿、退回园区的副本和审核意见放到哪个文件夹"
)
@ledger_options
@OFFICE
@click.option("--letters/--no-letters", default=True, help="是否生成给园区的审核意见（PDF）")
@click.option("--workers", type=click.IntRange(1, 64), metavar="N", default=2, help="生成审核意见的进程数，缺省 2")
@AS_JSON
def check(
    data: tuple[Path, ...],
    scheme: str,
    year: int,
    home: Path | None,
    against: Path | None,
    folder: Path | None,
    office: Path | None,
    letters: bool,
    workers: int,
    as_json: bool,
    **given: Any,
) -> None:
    """Validation alone."""
    from parkeval.against import validate_against
    from parkeval.batch import prepare, validate
    from parkeval.home import Home
    from parkeval.publishing import findings_of_year
    from parkeval.returning import write_check
    from parkeval.store import empty_tables, read_or_empty
    from parkeval.summary import earlier_gaps

    prepared = prepare(scheme, year)
    ledgers = ledger_files(**given)
    if against is None:
        published = read_or_empty(Home(home).published()) if home else empty_tables()
        whole = validate(data, prepared, published, progress_line(), ledgers)
        statistics, comparison = findings_of_year(whole, year), None
        _print_findings(statistics, as_json)
        print("".join(earlier_gaps(whole.refused, year)), end="", file=sys.stderr)
    else:
        both = validate_against(data, against, prepared, ledgers)
        statistics, comparison = both.statistics, both.comparison
        _print_comparison(comparison, as_json)
    if folder is not None:
        sent = write_check(
            folder,
            statistics,
            prepared.book,
            prepared.checks,
            comparison=comparison,
            letters=letters,
            workers=workers,
            office=office or (Home(home).office if home else None),
        )
        print("\n".join(sent.lines()), file=sys.stderr)
    if statistics.refused.height:
        sys.stdout.flush()
        raise SystemExit(4)


@cli.command(help="年度评价：审核、计算、排名、建议、发布到 HOME，并生成报告。")
@click.argument("data", type=EXISTING, nargs=-1, required=True)
@SCHEME
@YEAR
@click.option("--to", "home", type=EXISTING, required=True, metavar="HOME", help="评价目录，逐年沿用")
@click.option("--dry-run", is_flag=True, help="试算：不发布，只显示结果和与已发布结果的差别")
@ledger_options
@click.option("--analyst", metavar="NAME", help="分析人员，记入批次；办理异议的须是另一人")
@click.option("--allow-gaps", is_flag=True, help="以前年度缺数据也评价（有关增速为空，计零分）")
@click.option("--robustness/--no-robustness", default=True, help="是否检验排名和处理建议有多可靠")
@click.option("--plan", type=EXISTING, metavar="FILE", help="稳健性检验方案（TOML），缺省为内置方案")
@click.option("--reports/--no-reports", default=True, help="是否生成报告（PDF、网页、工作簿）")
@OFFICE
@click.option("--workers", type=click.IntRange(1, 64), metavar="N", default=2, help="生成报告的进程数，缺省 2")
@AS_JSON
def evaluate(
    data: tuple[Path, ...],
    scheme: str,
    year: int,
    home: Path,
    dry_run: bool,
    analyst: str | None,
    allow_gaps: bool,
    robustness: bool,
    plan: Path | None,
    reports: bool,
    office: Path | None,
    workers: int,
    as_json: bool,
    **given: Any,
) -> None:
    """The yearly batch."""
    from parkeval import batch
    from parkeval.home import Home
    from parkeval.summary import outcome_data, outcome_text, trial_data, trial_text
    from scoring.robustness.plan import PLAN

    records = ledger_files(**given)
    if dry_run:
        trial = batch.try_out(data, scheme, year, Home(home), progress_line(), records)
        if as_json:
            print_json(trial_data(trial))
        else:
            print(trial_text(trial), end="")
        return
    outcome = batch.evaluate(
        data,
        scheme,
        year,
        Home(home),
        reports=reports,
        workers=workers,
        progress=progress_line(),
        allow_gaps=allow_gaps,
        plan_file=(plan or PLAN) if robustness else None,
        office=office,
        analyst=analyst,
        ledgers=records,
    )
    if as_json:
        print_json(outcome_data(outcome))
    else:
        print(outcome_text(outcome, home), end="")


@cli.command(help="检查本机是否具备所需的软件、字体和空间。")
@AS_JSON
def doctor(as_json: bool) -> None:
    """The machine has what is needed."""
    from dataclasses import asdict

    from parkeval.doctor import diagnose

    checks = diagnose()
    if as_json:
        print_json([asdict(item) for item in checks])
    else:
        for item in checks:
            print(
                f"{'正常' if item.ok else '缺少'}  {item.name}：{item.found}{'' if item.ok else '；处理：' + item.cure}"
            )
    if not all(item.ok for item in checks):
        sys.stdout.flush()
        raise SystemExit(3)


for command in (
    report, explain, sql, compare, simulate, backtest, robustness_command, decide, object_command,
    distribute, dispatches, receipt, release, verify,
):  # fmt: skip
    cli.add_command(command)


def main() -> NoReturn:
    """Entry point; exits with a status of the contract."""
    end_on_sigterm()
    try:
        status = run_command(cli)
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 1
    sys.exit(status)


def _print_comparison(comparison: Comparison, as_json: bool) -> None:
    from parkeval.against import comparison_counts, comparison_text

    if as_json:
        print_json({"changes": comparison.changes.to_dicts(), "findings": comparison.findings.to_dicts()})
        return
    print(comparison_text(comparison), end="")
    print(comparison_counts(comparison), file=sys.stderr)


def _print_findings(statistics: Statistics, as_json: bool) -> None:
    from parkeval.printing import as_text

    shown = statistics.findings.select(
        "severity", "year", "park_code", "message", "value", "expected", "cure", "source_file", "sheet", "cell"
    )
    if as_json:
        print(as_text(shown, "json"), end="")
        return
    names = ["严重程度", "年度", "园区代码", "问题", "所填", "应为", "处理", "文件", "工作表", "单元格"]
    print(as_text(shown.rename(dict(zip(shown.columns, names, strict=True))), "table"), end="")
    counts = dict(statistics.findings.group_by("severity").len().rows())
    said = "，".join(f"{severity} {counts.get(severity, 0)} 处" for severity in ("错误", "核实", "提示"))
    print(f"{said}；{statistics.refused.height} 个园区年度须更正后才能评价", file=sys.stderr)
