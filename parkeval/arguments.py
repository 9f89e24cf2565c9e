"""Options and arguments that commands share, and what they stand for in a HOME."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from decimal import Decimal

    from parkeval.authority import Signed
    from parkeval.home import Home
    from parkeval.ledgers import LedgerFiles
    from parkeval.store import Tables

EXISTING = click.Path(exists=False, path_type=Path)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="结果以 JSON 输出")
SCHEME = click.option("--scheme", "scheme", required=True, metavar="KEY", help="评价办法的名称，或办法文件的路径")
YEAR = click.option("--year", type=click.IntRange(1990, 2200), required=True, metavar="Y", help="统计年度")
YEAR_OR_LAST = click.option("--year", type=click.IntRange(1990, 2200), metavar="Y", help="统计年度，缺省为最近一年")
OF_SCHEME = click.option("--scheme", "scheme_key", metavar="KEY", help="评价办法；HOME 中只有一个办法时不必写")
OFFICE = click.option(
    "--office", type=EXISTING, metavar="DIR", help="单位的模板和设置文件夹，缺省为 HOME/office（有的话）"
)
HOME = click.argument("home", type=EXISTING, metavar="HOME")
LEDGER = click.option(
    "--ledger",
    multiple=True,
    metavar="FILES",
    help="台账文件或文件夹，可多次，用 spark 时也可以是 HDFS、S3 等集群上的位置；缺省为 DATA 中的“台账”文件夹",
)
LEDGER_YEAR = click.option(
    "--ledger-year",
    "ledger_years",
    multiple=True,
    metavar="[NAME=]Y",
    help="没有“统计年度”列的台账是哪一年；NAME 为文件或文件夹名，可多次",
)
LEDGER_MONTH = click.option(
    "--ledger-month",
    "ledger_months",
    multiple=True,
    metavar="[NAME=]M",
    help="没有“月份”列的台账是 1 月至哪个月的累计数；NAME 同上，可多次",
)
ENGINE = click.option(
    "--engine",
    type=click.Choice(["duckdb", "polars", "spark"]),
    default="duckdb",
    help="汇总台账的计算引擎，缺省 duckdb",
)
SPARK_MASTER = click.option("--spark-master", default="local[*]", metavar="URL", help="Spark 的主节点，缺省在本机运行")
MEMORY = click.option(
    "--memory", default="2GB", metavar="SIZE", help="duckdb 汇总时最多用的内存，超出的写临时文件，缺省 2GB"
)

SIGNED = [
    click.option("--by", "decided_by", required=True, metavar="NAME", help="决定或登记人"),
    click.option("--reason", required=True, metavar="TEXT", help="理由"),
    click.option("--document", metavar="TEXT", help="文号或依据"),
    click.option("--on", "recorded_on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="日期，缺省为今天"),
]


LEDGER_OPTIONS = [LEDGER, LEDGER_YEAR, LEDGER_MONTH, ENGINE, SPARK_MASTER, MEMORY]


def ledger_options(command: Any) -> Any:
    """The options of every command that takes ledgers; what they give is for `ledger_files`."""
    for option in reversed(LEDGER_OPTIONS):
        command = option(command)
    return command


def ledger_files(
    ledger: tuple[str, ...],
    ledger_years: tuple[str, ...],
    ledger_months: tuple[str, ...],
    engine: str,
    spark_master: str,
    memory: str,
) -> LedgerFiles:
    """Ledgers (paths, and for Spark URIs), what was told of them and the engine as asked for; raises UsageFault for a size, year or month that
    is none, and for a place that the engine does not reach."""
    import re

    from parkeval.errors import UsageFault
    from parkeval.ledgers import LedgerFiles
    from validation.ledgers.engines import ENGINES, Engine
    from validation.ledgers.found import Told
    from validation.problems import Problem

    if not re.fullmatch(r"[1-9][0-9]*(\.[0-9]+)? ?[MGT]B", memory):
        raise UsageFault([Problem("--memory", memory, "大小，如 2GB、800MB", "改正大小")])
    name = next(one for one in ENGINES if one == engine)
    told = Told(
        _by_name(ledger_years, "--ledger-year", 1990, 2200, "年份，如 2025 或 上年.xlsx=2024"),
        _by_name(ledger_months, "--ledger-month", 1, 12, "月份，如 6 或 直报.csv=6"),
    )
    return LedgerFiles(_places(ledger, engine), Engine(name, memory, None, spark_master), told)


def _places(texts: tuple[str, ...], engine: str) -> tuple[Path | str, ...]:
    """URIs as they are, paths as paths; file: is a path wherever Spark is not asked to read it."""
    from urllib.parse import unquote, urlsplit

    from parkeval.errors import UsageFault
    from validation.ledgers.cluster_files import is_uri
    from validation.problems import Problem

    def place(text: str) -> Path | str:
        if not is_uri(text):
            return Path(text)
        local = engine != "spark" and text.lower().startswith("file:")
        return Path(unquote(urlsplit(text).path)) if local else text

    places = tuple(place(text) for text in texts)
    far = [one for one in places if isinstance(one, str)]
    if far and engine != "spark":
        cure = "加上 --engine spark 和 --spark-master；或取到本机，写本机的路径"
        raise UsageFault(Problem(f"--ledger {one}", f"引擎 {engine} 只读本机的文件", "本机的路径", cure) for one in far)
    return places


def _by_name(texts: tuple[str, ...], option: str, least: int, most: int, expected: str) -> dict[str, int]:
    """Values by the name of a file or folder, "" where none is written: `2025`, `上年.xlsx=2024`."""
    from parkeval.errors import UsageFault
    from validation.problems import Problem

    found: dict[str, int] = {}
    for text in texts:
        name, _, value = text.rpartition("=")
        if not (value.isdecimal() and len(value) < 5 and least <= int(value) <= most) or name in found:
            raise UsageFault([Problem(option, text, expected, "改正写法；同一名称只写一次")])
        found[name.replace("\\", "/").rstrip("/")] = int(value)
    return found


def signed_options(command: Any) -> Any:
    """The options of everything that somebody signs."""
    for option in reversed(SIGNED):
        command = option(command)
    return command


def optionally_signed(command: Any) -> Any:
    """The same options for a command that is not always signed; `required_signature` asks for them."""
    for option in (
        click.option("--on", "recorded_on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="日期，缺省为今天"),
        click.option("--document", metavar="TEXT", help="文号或依据"),
        click.option("--reason", metavar="TEXT", help="理由"),
        click.option("--by", "decided_by", metavar="NAME", help="决定或登记人"),
    ):
        command = option(command)
    return command


def required_signature(decided_by: str | None, reason: str | None, document: str | None, recorded_on: Any) -> Signed:
    """`signature` where the options were not required; raises UsageFault for those that are missing."""
    from parkeval.errors import UsageFault
    from validation.problems import Problem

    given = {"--by": decided_by, "--reason": reason}
    missing = [
        Problem(name, "缺少", "登记和办理异议都要写", f"加上 {name}") for name, value in given.items() if not value
    ]
    if missing:
        raise UsageFault(missing)
    return signature(str(decided_by), str(reason), document, recorded_on)


def signature(decided_by: str, reason: str, document: str | None, recorded_on: Any) -> Signed:
    """Who recorded something; without a date, today."""
    from datetime import date

    from parkeval.authority import Signed

    return Signed(decided_by, recorded_on.date() if recorded_on else date.today(), reason, document)


def decimal(text: str, option: str = "--claimed") -> Decimal:
    """An exact number; raises UsageFault for anything else."""
    from decimal import Decimal, InvalidOperation

    from parkeval.errors import UsageFault
    from validation.problems import Problem

    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) >= Decimal(10) ** 22:
        raise UsageFault([Problem(option, text, "一个数", "改正数值")])
    return value


def published(home: Home) -> Tables:
    """All published tables of HOME."""
    from parkeval.store import read_results

    return read_results(home.published())


def run_of(tables: Tables, year: int | None, scheme_key: str | None = None) -> tuple[str, int]:
    """Scheme and year of the run asked for: of `year`, or the latest; of `scheme_key` where there are several."""
    from parkeval.errors import UsageFault
    from validation.problems import Problem

    runs: list[dict[str, Any]] = tables["runs"].sort("year", "scheme").to_dicts()
    schemes = sorted({run["scheme"] for run in runs})
    choices = "、".join(schemes)
    if scheme_key is None and len(schemes) > 1:
        said = f"评价目录里有 {len(schemes)} 个评价办法的结果，没有说用哪一个"
        raise UsageFault([Problem("--scheme", said, choices, f"加上 --scheme，如 --scheme {schemes[0]}")])
    if scheme_key is not None and scheme_key not in schemes:
        raise UsageFault([Problem(f"--scheme {scheme_key}", "没有这个办法的已发布结果", choices, "改为其中之一")])
    runs = [run for run in runs if scheme_key in (None, run["scheme"])]
    chosen = [run for run in runs if year is None or run["year"] == year]
    if not chosen:
        known = "、".join(str(run["year"]) for run in runs) or "无"
        raise UsageFault([Problem("--year", f"没有 {year} 年的已发布结果", f"已发布的年度：{known}", "改统计年度")])
    return chosen[-1]["scheme"], chosen[-1]["year"]


def park_code(tables: Tables, scheme: str, year: int, text: str) -> str:
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
