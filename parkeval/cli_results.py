"""Commands over published results: report, explain, sql, compare, verify."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from parkeval.arguments import (
    AS_JSON,
    EXISTING,
    HOME,
    OF_SCHEME,
    YEAR_OR_LAST,
    park_code,
    published,
    run_of,
)
from parkeval.front import ChineseCommand, print_json, progress_line


@click.command(cls=ChineseCommand, help="由已发布的结果再次生成报告。")
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
    tables = published(place)
    scheme, chosen = run_of(tables, year, scheme_key)
    codes = [park_code(tables, scheme, chosen, park) for park in parks] or None
    target = folder or place.folder / "reports" / str(chosen)
    failed = False
    for done in render_again(tables, scheme, chosen, target, codes, workers, progress_line()):
        print(done.path if done.pages else f"未生成：{done.path}")
        failed = failed or not done.pages
        for problem in done.problems:
            print(f"  {problem}", file=sys.stderr)
    if failed:
        raise SystemExit(1)


@click.command(cls=ChineseCommand, help="说明得分、指标或处理建议从何而来，直到文件和单元格。")
@HOME
@click.argument("park")
@click.argument("subject", required=False, metavar="[INDICATOR]")
@click.option("--full", is_flag=True, help="全部说明：各项指标直到单元格、各条规则、数据质量")
@OF_SCHEME
@YEAR_OR_LAST
@AS_JSON
def explain(
    home: Path, scheme_key: str | None, park: str, subject: str | None, full: bool, year: int | None, as_json: bool
) -> None:
    """The worked sum behind a figure."""
    from parkeval.explain import explain as explanation
    from parkeval.home import Home

    tables = published(Home(home))
    scheme, chosen = run_of(tables, year, scheme_key)
    code = park_code(tables, scheme, chosen, park)
    step = explanation(tables, scheme, chosen, code, subject, full=full)
    if as_json:
        print_json(step.as_data())
    else:
        print("\n".join(step.lines()))


@click.command(cls=ChineseCommand, help="对已发布的结果运行只读 SQL；SQL 写成 - 时从标准输入读。")
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


@click.command(cls=ChineseCommand, help="两个统计年度之间谁升谁降，因为哪一部分得分。")
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
    tables = published(Home(home))
    scheme, _ = run_of(tables, before, scheme_key)
    run_of(tables, after, scheme_key)
    frame = in_words(compare_years(tables, scheme, before, after), f"{before} ", f"{after} ")
    if output is not None:
        write_file(frame, output, chosen)
    else:
        print(as_text(frame, chosen), end="")


@click.command(cls=ChineseCommand, help="核验：已发布的结果、证据和报告没有被改动。")
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
