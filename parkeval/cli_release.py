"""The command that writes what may be given out: release."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from parkeval.arguments import AS_JSON, EXISTING, HOME, OF_SCHEME, YEAR_OR_LAST, published, run_of
from parkeval.front import ChineseCommand, print_json


@click.command(cls=ChineseCommand, help="另写一份可以公布的数据：依保密规则略去能推断单个企业的数。")
@HOME
@OF_SCHEME
@YEAR_OR_LAST
@click.option("--policy", type=EXISTING, metavar="FILE", help="保密规则，缺省为随程序的规则")
@click.option("--to", "target", type=EXISTING, metavar="DIR", help="另抄一份到这个文件夹")
@AS_JSON
def release(
    home: Path, scheme_key: str | None, year: int | None, policy: Path | None, target: Path | None, as_json: bool
) -> None:
    """What may be given out."""
    from parkeval.home import Home
    from parkeval.release.writing import release as write

    place = Home(home)
    scheme, chosen = run_of(published(place), year, scheme_key)
    done = write(place, scheme, chosen, policy, target)
    made = done.release
    for problem in made.problems:
        print(f"  {problem}", file=sys.stderr)
    if as_json:
        told = {"folder": str(done.folder), "figures": made.figures, "closed": made.closed, "repeated": done.repeated}
        print_json({**told, "problems": [str(problem) for problem in made.problems]})
        return
    print(f"{'与上次公布相同' if done.repeated else '公布数据'}：{done.folder}")
    print(f"统计数据和合计 {made.figures} 个，其中不公布 {made.closed} 个；不能保护的 {len(made.problems)} 个")
