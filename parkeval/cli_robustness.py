"""The command robustness: how sure the ranking and each proposal are."""

from __future__ import annotations

from pathlib import Path

import click

from parkeval.arguments import AS_JSON, EXISTING, HOME, OF_SCHEME, YEAR_OR_LAST, park_code, published, run_of
from parkeval.front import ChineseCommand, print_json, progress_line


@click.command(
    cls=ChineseCommand,
    help="排名和处理建议有多可靠：位次区间、各等次和各建议的概率、位次取决于什么。写了次数、种子或方案的为试算，不发布。",
)
@HOME
@OF_SCHEME
@YEAR_OR_LAST
@click.option("--park", metavar="CODE", help="只看一个园区（代码或名称），说得更细")
@click.option("--draws", type=click.IntRange(100, 1_000_000), metavar="N", help="模拟次数")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="随机数种子")
@click.option("--plan", type=EXISTING, metavar="FILE", help="稳健性检验方案（TOML）")
@click.option("--output", type=EXISTING, metavar="FILE", help="把各园区的位次区间写到文件（csv、json、parquet、xlsx）")
@AS_JSON
def robustness(
    home: Path,
    scheme_key: str | None,
    year: int | None,
    park: str | None,
    draws: int | None,
    seed: int | None,
    plan: Path | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """How sure the ranking is."""
    from parkeval.home import Home
    from parkeval.printing import format_of, write_file
    from parkeval.robustness import interval_table, plan_of, published_or_tried, robustness_data, robustness_text

    kind = format_of(output, "json" if as_json and output is None else None)
    place = Home(home)
    tables = published(place)
    scheme, of_year = run_of(tables, year, scheme_key)
    code = park_code(tables, scheme, of_year, park) if park else None
    found = published_or_tried(place, tables, scheme, of_year, plan_of(plan, draws, seed), progress_line())
    if output is not None:
        write_file(interval_table(found), output, kind)
    elif as_json:
        print_json(robustness_data(found, code))
    else:
        print(robustness_text(found, code), end="")
