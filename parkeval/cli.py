"""The command line: every command of the contract, thin over the stages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from parkeval import __version__
from parkeval.front import ChineseGroup, end_on_sigterm, print_json, progress_line, run_command

if TYPE_CHECKING:
    from decimal import Decimal

    from parkeval.authority import Signed
    from parkeval.home import Home
    from parkeval.store import Tables
    from validation.resubmission import Comparison
    from validation.statistics import Statistics

EXISTING = click.Path(exists=False, path_type=Path)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="结果以 JSON 输出")
SCHEME = click.option("--scheme", "scheme", required=True, metavar="KEY", help="评价办法的名称，或办法文件的路径")
YEAR = click.option("--year", type=click.IntRange(1990, 2200), required=True, metavar="Y", help="统计年度")
YEAR_OR_LAST = click.option("--year", type=click.IntRange(1990, 2200), metavar="Y", help="统计年度，缺省为最近一年")
OF_SCHEME = click.option("--scheme", "scheme_key", metavar="KEY", help="评价办法；HOME 中只有一个办法时不必写")
HOME = click.argument("home", type=EXISTING, metavar="HOME")


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
    from scoring.scheme import load_scheme, scheme_keys

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
    from scoring.rulebook import load_rulebook
    from scoring.scheme import load_scheme

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

    from parkeval.batch import registered_parks
    from scoring.rulebook import load_rulebook
    from scoring.scheme import load_scheme
    from validation.template import write_templates

    # Figures of the base year are collected before there is anything to evaluate.
    book = replace(load_rulebook(scheme, max(year, load_scheme(scheme).first_year)), year=year)
    parks = registered_parks(register_file, book) if register_file else []
    for path in write_templates(folder, book.form_set, parks, year):
        print(path)


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
    letters: bool,
    workers: int,
    as_json: bool,
) -> None:
    """Validation alone."""
    from parkeval.against import validate_against
    from parkeval.batch import prepare, validate
    from parkeval.home import Home
    from parkeval.publishing import findings_of_year
    from parkeval.returning import write_check
    from parkeval.store import empty_tables, read_or_empty

    prepared = prepare(scheme, year)
    if against is None:
        published = read_or_empty(Home(home).published()) if home else empty_tables()
        statistics, comparison = findings_of_year(validate(data, prepared, published), year), None
        _print_findings(statistics, as_json)
    else:
        both = validate_against(data, against, prepared)
        statistics, comparison = both.statistics, both.comparison
        _print_comparison(comparison, as_json)
    if folder is not None:
        sent = write_check(
            folder, statistics, prepared.book, prepared.checks, comparison=comparison, letters=letters, workers=workers
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
@click.option("--allow-gaps", is_flag=True, help="以前年度缺数据也评价（有关增速为空，计零分）")
@click.option("--reports/--no-reports", default=True, help="是否生成 PDF 报告")
@click.option("--workers", type=click.IntRange(1, 64), metavar="N", default=2, help="生成报告的进程数，缺省 2")
@AS_JSON
def evaluate(
    data: tuple[Path, ...],
    scheme: str,
    year: int,
    home: Path,
    dry_run: bool,
    allow_gaps: bool,
    reports: bool,
    workers: int,
    as_json: bool,
) -> None:
    """The yearly batch."""
    from parkeval import batch
    from parkeval.home import Home
    from parkeval.summary import outcome_data, outcome_text, trial_data, trial_text

    if dry_run:
        trial = batch.try_out(data, scheme, year, Home(home), progress_line())
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
    )
    if as_json:
        print_json(outcome_data(outcome))
    else:
        print(outcome_text(outcome, home), end="")


@cli.command(help="由已发布的结果再次生成报告。")
@HOME
@OF_SCHEME
@YEAR_OR_LAST
@click.option("--park", "parks", multiple=True, metavar="CODE", help="只要这些园区（代码或名称），可写多次")
@click.option("--to", "folder", type=EXISTING, metavar="DIR", help="放到哪个文件夹，缺省为 HOME/reports/年度")
@click.option("--workers", type=click.IntRange(1, 64), metavar="N", default=2, help="进程数，缺省 2")
def report(
    home: Path, scheme_key: str | None, year: int | None, parks: tuple[str, ...], folder: Path | None, workers: int
) -> None:
    """Reports again from published results."""
    from parkeval.batch import render_again
    from parkeval.home import Home

    place = Home(home)
    tables = _published(place)
    scheme, chosen = _run_of(tables, year, scheme_key)
    codes = [_park_code(tables, scheme, chosen, park) for park in parks] or None
    target = folder or place.folder / "reports" / str(chosen)
    failed = False
    for done in render_again(tables, scheme, chosen, target, codes, workers, progress_line()):
        print(done.path if done.pages else f"未生成：{done.path}")
        failed = failed or not done.pages
        for problem in done.problems:
            print(f"  {problem}", file=sys.stderr)
    if failed:
        raise SystemExit(1)


@cli.command(help="说明得分、指标或处理建议从何而来，直到文件和单元格。")
@HOME
@click.argument("park")
@click.argument("subject", required=False, metavar="[INDICATOR]")
@OF_SCHEME
@YEAR_OR_LAST
@AS_JSON
def explain(
    home: Path, scheme_key: str | None, park: str, subject: str | None, year: int | None, as_json: bool
) -> None:
    """The worked sum behind a figure."""
    from parkeval.explain import Explainer
    from parkeval.home import Home

    tables = _published(Home(home))
    scheme, chosen = _run_of(tables, year, scheme_key)
    code = _park_code(tables, scheme, chosen, park)
    step = Explainer(tables, scheme, chosen, code).explain(subject)
    if as_json:
        print_json(step.as_data())
    else:
        print("\n".join(step.lines()))


@cli.command(help="对已发布的结果运行只读 SQL；SQL 写成 - 时从标准输入读。")
@HOME
@click.argument("statement", metavar="SQL")
@click.option("--format", "kind", metavar="FORMAT", help="table、csv、json、parquet、xlsx")
@click.option("--output", type=EXISTING, metavar="FILE", help="写到文件")
@click.option(
    "--timeout", "timeout_s", type=click.FloatRange(0.1, 3600), metavar="S", default=60.0, help="最多几秒，缺省 60"
)
@AS_JSON
def sql(home: Path, statement: str, kind: str | None, output: Path | None, timeout_s: float, as_json: bool) -> None:
    """Safe read-only SQL."""
    from parkeval.home import Home
    from parkeval.printing import as_text, format_of, write_file
    from parkeval.query import run_sql

    chosen = format_of(output, "json" if as_json else kind)
    text = sys.stdin.read() if statement == "-" else statement
    frame = run_sql(Home(home).published(), text, timeout_s)
    if output is not None:
        write_file(frame, output, chosen)
        print(f"{frame.height} 行写入 {output}", file=sys.stderr)
    else:
        print(as_text(frame, chosen), end="")


@cli.command(help="两个统计年度之间谁升谁降，因为哪一部分得分。")
@HOME
@OF_SCHEME
@click.argument("before", type=click.IntRange(1990, 2200), metavar="Y1")
@click.argument("after", type=click.IntRange(1990, 2200), metavar="Y2")
@click.option("--format", "kind", metavar="FORMAT", help="table、csv、json、parquet、xlsx")
@click.option("--output", type=EXISTING, metavar="FILE", help="写到文件")
@AS_JSON
def compare(
    home: Path, scheme_key: str | None, before: int, after: int, kind: str | None, output: Path | None, as_json: bool
) -> None:
    """What moved between two years."""
    from parkeval.comparison import compare_years, in_words
    from parkeval.home import Home
    from parkeval.printing import as_text, format_of, write_file

    chosen = format_of(output, "json" if as_json else kind)
    tables = _published(Home(home))
    scheme, _ = _run_of(tables, before, scheme_key)
    _run_of(tables, after, scheme_key)
    frame = in_words(compare_years(tables, scheme, before, after), f"{before} ", f"{after} ")
    if output is not None:
        write_file(frame, output, chosen)
    else:
        print(as_text(frame, chosen), end="")


SIGNED = [
    click.option("--by", "decided_by", required=True, metavar="NAME", help="决定或登记人"),
    click.option("--reason", required=True, metavar="TEXT", help="理由"),
    click.option("--document", metavar="TEXT", help="文号或依据"),
    click.option("--on", "recorded_on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="日期，缺省为今天"),
]


def _signed_options(command: Any) -> Any:
    for option in reversed(SIGNED):
        command = option(command)
    return command


@cli.command(help="登记对处理建议的决定（采纳、减轻、不采纳），或整改结果（有效、无效）。")
@HOME
@click.argument("park")
@click.argument("rule", required=False)
@OF_SCHEME
@YEAR_OR_LAST
@click.option("--outcome", type=click.Choice(["采纳", "减轻", "不采纳"]), help="对建议的决定")
@click.option("--status", metavar="TEXT", help="减轻时决定的园区状态")
@click.option("--rectification", type=click.Choice(["有效", "无效"]), help="整改结果，代替对建议的决定")
@_signed_options
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
    tables = _published(place)
    scheme, chosen = _run_of(tables, year, scheme_key)
    who = {"scheme": scheme, "year": chosen, "park_code": _park_code(tables, scheme, chosen, park)}
    if rectification and not (rule or outcome):
        entry = authority.record_rectification(place, who, rectification, _signed(**signed))
    elif rule and outcome and not rectification:
        entry = authority.decide(place, who, rule, outcome, status, _signed(**signed))
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


@cli.command("object", help="登记异议（指标和主张的数值），或处理异议；成立的重新评价该年度并列出变动的园区。")
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
@_signed_options
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
            _signed(**signed),
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
        tables = _published(place)
        scheme, chosen = _run_of(tables, year, scheme_key)
        who = {"scheme": scheme, "year": chosen, "park_code": _park_code(tables, scheme, chosen, park)}
        entry = authority.object_to(place, who, item, _decimal(claimed), _signed(**signed))
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


@cli.command(help="核验：已发布的结果、证据和报告没有被改动。")
@HOME
@AS_JSON
def verify(home: Path, as_json: bool) -> None:
    """Nothing was altered."""
    from parkeval import evidence
    from parkeval.errors import VerificationFailed
    from parkeval.home import Home

    problems = evidence.verify(Home(home))
    if as_json:
        print_json({"ok": not problems, "problems": [str(problem) for problem in problems]})
    if problems:
        raise VerificationFailed(problems)
    if not as_json:
        print("核验通过：结果库、各批次的输入、定义、表和报告与发布时一致")


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


def main() -> NoReturn:
    """Entry point; exits with a status of the contract."""
    end_on_sigterm()
    try:
        status = run_command(cli)
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 1
    sys.exit(status)


def _signed(decided_by: str, reason: str, document: str | None, recorded_on: Any) -> Signed:
    from datetime import date

    from parkeval.authority import Signed

    return Signed(decided_by, recorded_on.date() if recorded_on else date.today(), reason, document)


def _decimal(text: str) -> Decimal:
    from decimal import Decimal, InvalidOperation

    from parkeval.errors import UsageFault
    from validation.problems import Problem

    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) >= Decimal(10) ** 22:
        raise UsageFault([Problem("--claimed", text, "一个数", "改正数值")])
    return value


def _published(home: Home) -> Tables:
    from parkeval.store import read_results

    return read_results(home.published())


def _run_of(tables: Tables, year: int | None, scheme_key: str | None = None) -> tuple[str, int]:
    """Scheme and year of the run asked for: of `year`, or the latest; of `scheme_key` where there are several."""
    from parkeval.errors import UsageFault
    from validation.problems import Problem

    runs: list[dict[str, Any]] = tables["runs"].sort("year", "scheme").to_dicts()
    runs = [run for run in runs if scheme_key in (None, run["scheme"])]
    schemes = sorted({run["scheme"] for run in runs})
    if len(schemes) > 1:
        raise UsageFault([Problem("--scheme", "有几个评价办法的结果", "、".join(schemes), "加上 --scheme")])
    chosen = [run for run in runs if year is None or run["year"] == year]
    if not chosen:
        known = "、".join(str(run["year"]) for run in runs) or "无"
        raise UsageFault([Problem("--year", f"没有 {year} 年的已发布结果", f"已发布的年度：{known}", "改统计年度")])
    return chosen[-1]["scheme"], chosen[-1]["year"]


def _park_code(tables: Tables, scheme: str, year: int, text: str) -> str:
    """The code of the park that `text` names by code, name, or a part of the name that only one has."""
    from parkeval.errors import UsageFault
    from validation.problems import Problem

    rows = [row for row in tables["parks"].to_dicts() if row["scheme"] == scheme and row["year"] == year]
    exact = [row for row in rows if text in (row["park_code"], row["name"])]
    found = exact or [row for row in rows if text and text in row["name"]]
    if len(found) != 1:
        known = "、".join(f"{row['park_code']} {row['name']}" for row in (found or rows))
        said = "有几个园区相符" if found else f"{year} 年没有这个园区"
        raise UsageFault([Problem(text, said, known, "写园区代码或完整名称")])
    return str(found[0]["park_code"])


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
