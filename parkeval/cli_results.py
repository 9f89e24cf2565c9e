"""Commands over published results: report, explain, sql, compare."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from parkeval.arguments import (
    AS_JSON,
    EXISTING,
    HOME,
    OF_SCHEME,
    OFFICE,
    YEAR_OR_LAST,
    park_code,
    published,
    run_of,
)
from parkeval.front import ChineseCommand, print_json, progress_line

if TYPE_CHECKING:
    from parkeval.home import Home
    from parkeval.store import Tables
    from report_templates.printing import Report


@click.command(cls=ChineseCommand, help="由已发布的结果再次生成报告。")
@HOME
@OF_SCHEME
@YEAR_OR_LAST
@click.option("--park", "parks", multiple=True, metavar="CODE", help="只要这些园区（代码或名称），可写多次")
@click.option("--to", "folder", type=EXISTING, metavar="DIR", help="放到哪个文件夹，缺省为 HOME/reports/年度")
@click.option("--pdf/--no-pdf", default=True, help="是否生成评价通报和园区报告（PDF）")
@click.option("--page/--no-page", default=True, help="是否生成评价结果网页；只要几个园区时不生成")
@click.option("--book/--no-book", default=True, help="是否生成评价结果工作簿；只要几个园区时不生成")
@OFFICE
@click.option("--workers", type=click.IntRange(1, 64), metavar="N", default=2, help="进程数，缺省 2")
def report(
    home: Path,
    scheme_key: str | None,
    year: int | None,
    parks: tuple[str, ...],
    folder: Path | None,
    pdf: bool,
    page: bool,
    book: bool,
    office: Path | None,
    workers: int,
) -> None:
    """Reports again from published results."""
    from parkeval.errors import UsageFault
    from parkeval.home import Home
    from parkeval.reprinting import print_into, render_again
    from validation.problems import Problem

    if not pdf and (parks or not (page or book)):
        said = "--park 只生成 PDF" if parks else "--no-pdf --no-page --no-book"
        raise UsageFault([Problem("report", f"没有要生成的（{said}）", "至少一种报告", "去掉 --no-pdf 或其他选项")])
    place = Home(home)
    tables = published(place)
    scheme, chosen = run_of(tables, year, scheme_key)
    codes = [park_code(tables, scheme, chosen, park) for park in parks] or None

    looks = office or place.office

    def make(target: Path) -> list[Report]:
        return render_again(
            tables, scheme, chosen, target, codes, workers, progress_line(), looks,
            pdf=pdf, page=page, book=book, keep_unchanged=True,
        )  # fmt: skip

    failed = False
    made = make(folder) if folder else print_into(place, chosen, scheme, make)
    for done in made:
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


@click.command(cls=ChineseCommand, help="对已发布的结果运行只读 SQL 或现成的问题；SQL 写成 - 时从标准输入读。")
@HOME
@click.argument("statement", required=False, metavar="[SQL]")
@click.option("--file", "script", type=EXISTING, metavar="FILE", help="从文件读 SQL")
@click.option("--question", "key", metavar="KEY", help="现成的问题；问题和参数用 --questions 列出")
@click.option("--set", "pairs", multiple=True, metavar="NAME=VALUE", help="问题或语句中 $NAME 的值，可写多次")
@click.option("--questions", "list_questions", is_flag=True, help="列出现成的问题")
@click.option("--tables", "list_tables", is_flag=True, help="列出表、视图和列的含义和单位")
@click.option("--format", "kind", metavar="FORMAT", help="table、csv、json、parquet、xlsx")
@click.option("--output", type=EXISTING, metavar="FILE", help="写到文件；xlsx 另有一页数据字典")
@click.option("--dictionary", is_flag=True, help="与 --output 同用：另写一份 CSV 的数据字典")
@click.option(
    "--timeout", "timeout_s", type=click.FloatRange(0.1, 3600), metavar="S", default=60.0, help="最多几秒，缺省 60"
)
@click.option(
    "--memory", "memory_mb", type=click.IntRange(64, 1_000_000), metavar="MB", default=1024, help="最多几 MB，缺省 1024"
)
@click.option(
    "--max-rows", type=click.IntRange(1, 100_000_000), metavar="N", default=1_000_000, help="最多几行，缺省 1000000"
)
@AS_JSON
def sql(
    home: Path, statement: str | None, script: Path | None, key: str | None, pairs: tuple[str, ...],
    list_questions: bool, list_tables: bool, kind: str | None, output: Path | None, dictionary: bool,
    timeout_s: float, memory_mb: int, max_rows: int, as_json: bool,
) -> None:  # fmt: skip
    """Safe read-only SQL."""
    from parkeval.dictionary import catalogue
    from parkeval.dictionary import dictionary as meanings
    from parkeval.home import Home
    from parkeval.printing import as_text, format_of, write_file
    from parkeval.query import run_sql
    from parkeval.query_process import Limits
    from parkeval.questions import book

    chosen = format_of(output, "json" if as_json else kind)
    if list_questions or list_tables:
        frame, text = (book() if list_questions else catalogue()), ""
    else:
        text, values = _asked(Home(home), statement, script, key, pairs)
        limits = Limits(seconds=timeout_s, memory_mb=memory_mb, rows=max_rows)
        frame = run_sql(Home(home).published(), text, limits, values)
    if output is None:
        print(as_text(frame, chosen), end="")
        return
    told = meanings(frame, text)
    write_file(frame, output, chosen, told)
    print(f"{frame.height} 行写入 {output}", file=sys.stderr)
    if dictionary:
        beside = output.with_name(f"{output.stem}-数据字典.csv")
        write_file(told, beside, "csv")
        print(f"数据字典写入 {beside}", file=sys.stderr)


def _asked(
    home: Home, statement: str | None, script: Path | None, key: str | None, pairs: tuple[str, ...]
) -> tuple[str, dict[str, Any]]:
    """SQL and the values of its parameters: given as an argument, in a file, on stdin or by the key of a question."""
    from parkeval.errors import UsageFault
    from parkeval.questions import question, settings
    from validation.problems import Problem

    given = [each for each in (statement, script, key) if each is not None]
    if len(given) != 1:
        said = "没有写 SQL" if not given else "SQL、--file、--question 写了几种"
        raise UsageFault(
            [Problem("sql", said, "SQL、--file 或 --question 之一", "如 sql HOME --questions 看现成的问题")]
        )
    if key is not None:
        asked = question(key)
        return asked.sql, asked.values(published(home), settings(pairs))
    if script is not None:
        try:
            return script.read_text(encoding="utf-8-sig"), dict(settings(pairs))
        except UnicodeDecodeError:
            raise UsageFault([Problem(str(script), "不是 UTF-8 文字", "UTF-8 的 SQL 文件", "另存为 UTF-8")]) from None
    return (sys.stdin.read() if statement == "-" else str(statement)), dict(settings(pairs))


@click.command(
    cls=ChineseCommand, help="两个统计年度、两个批次或两个办法之间谁升谁降，因为哪一部分得分；--why 分清是谁的原因。"
)
@HOME
@OF_SCHEME
@click.argument("before", metavar="Y1")
@click.argument("after", metavar="Y2")
@click.option("--other-scheme", metavar="KEY", help="Y2 一方的评价办法，缺省与 Y1 相同")
@click.option("--why", is_flag=True, help="得分和位次的变化分为本园区数据、其他园区数据、办法三部分，并列出谁超过了谁")
@click.option("--format", "kind", metavar="FORMAT", help="table、csv、json、parquet、xlsx")
@click.option("--output", type=EXISTING, metavar="FILE", help="写到文件")
@AS_JSON
def compare(
    home: Path,
    scheme_key: str | None,
    before: str,
    after: str,
    other_scheme: str | None,
    why: bool,
    kind: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """What moved between two years, two runs or two schemes."""
    from parkeval.comparison import compare_tables, in_words, with_reasons
    from parkeval.comparison_text import comparison_text
    from parkeval.home import Home
    from parkeval.kept import kept_run, published_run
    from parkeval.printing import as_text, format_of, write_file

    chosen = format_of(output, "json" if as_json else kind)
    place = Home(home)
    tables = published(place)
    sides = [_side_of(tables, before, scheme_key), _side_of(tables, after, other_scheme or scheme_key)]
    if why:
        kept = [kept_run(place, tables, *side) for side in sides]
        frame = with_reasons(compare_tables(kept[0].tables, kept[1].tables), kept[0], kept[1])
    else:
        frame = compare_tables(*(published_run(place, tables, *side) for side in sides))
    named = (f"{before} ", f"{after} " if before != after else f"{after} {other_scheme} ")
    if output is not None:
        write_file(in_words(frame, *named), output, chosen)
    elif chosen == "table":
        print(comparison_text(frame, *named), end="")
    else:
        print(as_text(in_words(frame, *named), chosen), end="")


def _side_of(tables: Tables, text: str, scheme_key: str | None) -> tuple[str, int, str | None]:
    """Scheme, year and run id (where a run is named) of one side: a year, or a run of `HOME/runs`."""
    from parkeval.errors import UsageFault
    from validation.problems import Problem

    year, _, rest = text.partition("-")
    if not (year.isdigit() and len(year) == 4):
        raise UsageFault([Problem(text, "不是统计年度，也不是批次编号", "如 2025，或 runs 下的批次编号", "改正")])
    scheme, chosen = run_of(tables, int(year), scheme_key)
    return scheme, chosen, text if rest else None
