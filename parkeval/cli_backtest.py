"""The command backtest: past years under other rules."""

from __future__ import annotations

from pathlib import Path

import click

from parkeval.arguments import AS_JSON, EXISTING, HOME, OF_SCHEME, published, run_of
from parkeval.front import ChineseCommand, print_json, progress_line


@click.command(
    cls=ChineseCommand,
    help="回溯：把以前各年按现行和拟议的办法各评一遍，看谁受益、谁受损，哪些等次和建议会变。不动已发布的结果。",
)
@HOME
@OF_SCHEME
@click.option("--with", "other", metavar="KEY", help="拟议的办法：名称，或办法文件的路径")
@click.option(
    "--weight", "weights", multiple=True, metavar="C=V", help="一级指标或指标的权重（百分数）；其余按原比例调整"
)
@click.option("--target", "targets", multiple=True, metavar="C=V", help="指标的目标值")
@click.option("--parameter", "parameters", multiple=True, metavar="C=V", help="办法的参数")
@click.option("--changes", type=EXISTING, metavar="FILE", help="写在 TOML 文件里的改动")
@click.option("--years", metavar="Y1-Y2", help="哪些年度，缺省为全部已发布的年度")
@click.option("--robustness/--no-robustness", default=False, help="是否给出位次区间和等次、建议的概率（较慢）")
@click.option("--plan", type=EXISTING, metavar="FILE", help="稳健性检验方案（TOML），缺省为内置方案")
@click.option("--output", type=EXISTING, metavar="FILE", help="写成工作簿（xlsx），概况、园区、等次、建议各一页")
@AS_JSON
def backtest(
    home: Path,
    scheme_key: str | None,
    other: str | None,
    weights: tuple[str, ...],
    targets: tuple[str, ...],
    parameters: tuple[str, ...],
    changes: Path | None,
    years: str | None,
    robustness: bool,
    plan: Path | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Past years under other rules."""
    from parkeval import backtest as past
    from parkeval.backtest_text import backtest_data, backtest_text, in_words
    from parkeval.errors import UsageFault
    from parkeval.home import Home
    from parkeval.kept import kept_run
    from parkeval.printing import format_of, write_workbook
    from parkeval.simulation import resolved
    from scoring.robustness.plan import PLAN, load_plan
    from validation.problems import Problem

    rules = {"weights": weights, "targets": targets, "parameters": parameters}
    if output is not None and format_of(output, None) != "xlsx":
        raise UsageFault([Problem("--output", str(output), "以 .xlsx 结尾的文件名", "改文件后缀，或用 --json")])
    place = Home(home)
    tables = published(place)
    scheme, _ = run_of(tables, None, scheme_key)
    wanted = past.years_of(tables, scheme, years)
    kept = kept_run(place, tables, scheme, wanted[-1])
    asked = resolved(kept, lambda text: text, (), rules, changes, other)
    if asked.items or asked.indicators or not (asked.scheme or asked.rules):
        told = "--with、--weight、--target、--parameter 或 --changes 中的规则"
        raise UsageFault([Problem("backtest", "没有写拟议的规则，或写了数据的改动", told, "改数据用 simulate")])
    chances = load_plan(plan or PLAN) if robustness or plan else None
    found = past.backtest(place, tables, scheme, wanted, asked, chances, progress_line())
    if output is not None:
        write_workbook(in_words(found), output)
    elif as_json:
        print_json(backtest_data(found))
    else:
        print(backtest_text(found), end="")
