"""The command simulate: what if, and what it takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from parkeval.arguments import AS_JSON, EXISTING, HOME, OF_SCHEME, YEAR_OR_LAST, park_code, published, run_of
from parkeval.front import ChineseCommand, print_json, progress_line

if TYPE_CHECKING:
    from parkeval.kept import Kept


@click.command(
    cls=ChineseCommand,
    short_help="推演：如果改了会怎样，要改多少才能达到目标。",
    help="推演：改数据、权重、目标、参数或换一个办法，看得分、位次、等次和建议怎样变；或问一个园区怎样改才能达到目标。不动已发布的结果。",
)
@HOME
@OF_SCHEME
@YEAR_OR_LAST
@click.option(
    "--set", "figures", multiple=True, metavar="P.I=V", help="园区.指标=数值，或 =*倍数；统计指标或评价指标，可写多次"
)
@click.option(
    "--weight", "weights", multiple=True, metavar="C=V", help="一级指标或指标的权重（百分数）；其余按原比例调整"
)
@click.option("--target", "targets", multiple=True, metavar="C=V", help="指标的目标值")
@click.option("--parameter", "parameters", multiple=True, metavar="C=V", help="办法的参数")
@click.option("--changes", type=EXISTING, metavar="FILE", help="写在 TOML 文件里的改动")
@click.option("--with", "other", metavar="KEY", help="换用的办法：名称，或办法文件的路径")
@click.option("--park", metavar="CODE", help="反问：这个园区怎样改才能达到 --goal")
@click.option(
    "--goal",
    metavar="TEXT",
    help="等次:良好、位次:3、得分:85、脱离:靠后、脱离:规则、触发:规则；缺省为脱离处理建议或上升一等",
)
@click.option("--limit", "limits", multiple=True, metavar="C=V", help="反问时指标最多改到多少")
@click.option("--single", is_flag=True, help="反问时只问各项单独改，不问几项一起")
@click.option("--format", "kind", metavar="FORMAT", help="table、csv、json、parquet、xlsx")
@click.option("--output", type=EXISTING, metavar="FILE", help="把各园区的前后对照写到文件")
@AS_JSON
def simulate(
    home: Path,
    scheme_key: str | None,
    year: int | None,
    figures: tuple[str, ...],
    weights: tuple[str, ...],
    targets: tuple[str, ...],
    parameters: tuple[str, ...],
    changes: Path | None,
    other: str | None,
    park: str | None,
    goal: str | None,
    limits: tuple[str, ...],
    single: bool,
    kind: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """What if."""
    from parkeval import simulation
    from parkeval.effects import in_words
    from parkeval.errors import UsageFault
    from parkeval.home import Home
    from parkeval.kept import kept_run
    from parkeval.printing import as_text, format_of, write_file
    from parkeval.simulation_text import simulation_text
    from validation.problems import Problem

    rules = {"weights": weights, "targets": targets, "parameters": parameters}
    assumed = bool(figures or changes or other or any(rules.values()))
    if assumed == bool(park) or ((goal or limits or single) and not park):
        told = "一类：--set、--weight、--target、--parameter、--changes、--with；另一类：--park 和 --goal、--limit、--single"
        raise UsageFault([Problem("simulate", "参数不全，或两类问题写在一起", told, "见 ./run simulate --help")])
    chosen = format_of(output, "json" if as_json else kind)
    place = Home(home)
    tables = published(place)
    scheme, of_year = run_of(tables, year, scheme_key)
    kept = kept_run(place, tables, scheme, of_year)
    if park:
        _ask(kept, park_code(tables, scheme, of_year, park), goal, simulation.limits_of(limits), single, as_json)
        return
    asked = simulation.resolved(
        kept, lambda text: park_code(tables, scheme, of_year, text), figures, rules, changes, other
    )  # fmt: skip
    found = simulation.simulate(kept, asked)
    if output is not None:
        write_file(in_words(found.effects), output, chosen)
    elif chosen == "json":
        print_json(found.effects.to_dicts())
    else:
        print(simulation_text(found) if chosen == "table" else as_text(in_words(found.effects), chosen), end="")


def _ask(kept: Kept, park: str, goal: str | None, limits: dict[str, float], single: bool, as_json: bool) -> None:
    from parkeval.errors import UsageFault
    from parkeval.simulation import default_goals, goal_of, reverse, reverse_data
    from parkeval.simulation_text import reverse_text
    from validation.problems import Problem

    goals = [goal_of(goal, kept.book)] if goal else default_goals(kept, park)
    if not goals:
        raise UsageFault([Problem("--goal", "没有写，而该园区已是组内第一或不排名", "写明目标", "加上 --goal")])
    name = dict(kept.tables["parks"].select("park_code", "name").iter_rows())[park]
    line = progress_line()
    answers = []
    for one in goals:
        found = reverse(
            kept, park, one, limits, together=not single, progress=lambda done, total: line("推演", done, total)
        )
        answers.append(found)
        if not as_json:
            print(reverse_text(name, found, kept.book), end="")
    if as_json:
        print_json([reverse_data(found, kept.book) for found in answers])
