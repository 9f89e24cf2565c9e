"""The tables of a release, from the published tables, the rulebook and the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from parkeval.release.cells import protect
from parkeval.release.inputs import about_enterprises, inputs_of, of_enterprises
from parkeval.release.outcomes import decided, region_results
from parkeval.release.points import open_points
from parkeval.release.policy import Policy
from parkeval.release.primary import behind_items
from parkeval.store import Tables
from scoring.rulebook import Rulebook
from scoring.schema import ResultTable, tables_of
from validation.forms import FormField
from validation.problems import Problem

SCHEMA_FILE = Path(__file__).parent / "schema.toml"


@dataclass(frozen=True)
class Release:
    """Tables by name, how many figures are closed, and what cannot be protected."""

    tables: Tables
    closed: int
    figures: int
    problems: tuple[Problem, ...]


@cache
def release_tables() -> dict[str, ResultTable]:
    """The tables of a release by name."""
    return tables_of(SCHEMA_FILE)


def release_of(tables: Mapping[str, pl.DataFrame], book: Rulebook, policy: Policy, earlier: pl.DataFrame) -> Release:
    """What may be given out of the year of `book`; earlier: year, place, item, value as `cells.protect` takes them."""
    year, own = book.year, pl.col("scheme") == book.scheme.key
    parks = tables["parks"].filter(own & (pl.col("year") == year))
    fields: dict[str, FormField] = {code: item for code, item in book.form_set.items().items() if item.numeric}
    statistics = tables["statistics"].filter(
        own & (pl.col("year") <= year) & pl.col("value").is_not_null() & pl.col("item").is_in(list(fields))
    )
    areas = dict(
        tables["parks"].filter(own & (pl.col("year") <= year)).sort("year").select("park_code", "region").rows()
    )
    behind = behind_items(tables["ledger_figures"].filter(own & (pl.col("year") <= year)))
    protected = protect(statistics, areas, fields, earlier, policy, behind)
    closed = closed_indicators(protected.parks, book, fields)
    names = dict(tables["parks"].filter(own).sort("year").select("park_code", "name").rows())
    made = {
        "公布说明": _about(tables["runs"].filter(own & (pl.col("year") == year)), policy),
        "园区": parks.select(园区代码="park_code", 园区名称="name", 级别="level", 类型="park_type", 所在县市="region", 主导产业="leading_industries"),
        "园区数据": _figures(protected.parks, "park_code", fields).rename({"place": "园区代码"}),
        "汇总数据": _figures(protected.totals, "area", fields).rename({"place": "范围"}),
        "评价指标": _indicators(tables["indicators"].filter(own & (pl.col("year") == year)), closed),
        "得分": _scores(tables["scores"].filter(own & (pl.col("year") == year)), closed, policy),
        "排名": tables["ranking"].filter(own & (pl.col("year") == year)).select(
            分组="group", 位次="rank", 园区代码="park_code", 得分="score", 等次="grade", 位次变化="rank_change"
        ),
        "全区目标": region_results(tables, book, protected, closed),
        "处理决定": decided(tables, book),
    }  # fmt: skip
    whole = {name: _named(made[name], table, names) for name, table in release_tables().items()}
    closed_figures = sum(frame.filter(~pl.col("open")).height for frame in (protected.parks, protected.totals))
    return Release(whole, closed_figures, protected.parks.height + protected.totals.height, protected.problems)


def closed_indicators(
    parks: pl.DataFrame, book: Rulebook, fields: Mapping[str, FormField]
) -> dict[str, frozenset[str]]:
    """Per park the indicators that rest on a closed figure of any year, or on a sub-table or a ledger about enterprises."""
    closed: dict[str, set[str]] = {}
    for code, item in parks.filter(~pl.col("open")).select("park_code", "item").unique().rows():
        closed.setdefault(code, set()).add(item)
    needed, always = {}, set()
    for code in book.catalogue.park_indicators():
        items, tables, figures = inputs_of(code, book)
        needed[code] = items & fields.keys()
        if any(about_enterprises(book, table) for table in tables) or any(of_enterprises(book, one) for one in figures):
            always.add(code)
    return {
        park: frozenset(always | {code for code, items in needed.items() if items & closed.get(park, set())})
        for park in parks["park_code"].unique(maintain_order=True)
    }


def _figures(frame: pl.DataFrame, place: str, fields: Mapping[str, FormField]) -> pl.DataFrame:
    labels = {code: field.label for code, field in fields.items()}
    units = {code: field.unit for code, field in fields.items()}
    return frame.select(
        pl.col("year").alias("统计年度"),
        pl.col(place).alias("place"),
        pl.col("item").alias("统计指标代码"),
        pl.col("item").replace_strict(labels, return_dtype=pl.String).alias("统计指标"),
        pl.when("open").then(pl.col("value").round(6)).alias("数值"),
        pl.col("item").replace_strict(units, return_dtype=pl.String).alias("计量单位"),
        pl.col("open").alias("公布"),
    )


def _indicators(indicators: pl.DataFrame, closed: Mapping[str, frozenset[str]]) -> pl.DataFrame:
    open_ones = [
        code not in closed.get(park, frozenset()) for park, code in indicators.select("park_code", "indicator").rows()
    ]
    return indicators.select(
        pl.col("park_code").alias("园区代码"),
        pl.col("indicator").alias("评价指标代码"),
        pl.col("label").alias("评价指标"),
        pl.when(pl.Series(open_ones, dtype=pl.Boolean)).then("value").alias("指标值"),
        pl.col("unit").alias("计量单位"),
        pl.Series("公布", open_ones, dtype=pl.Boolean),
    )


def _scores(scores: pl.DataFrame, closed: Mapping[str, frozenset[str]], policy: Policy) -> pl.DataFrame:
    parts = [
        own.with_columns(open_points(own, closed.get(str(park), frozenset()), policy))
        for (park,), own in scores.sort("park_code", "position").group_by("park_code", maintain_order=True)
    ]
    together = pl.concat(parts) if parts else scores.with_columns(pl.lit(True).alias("open"))
    return together.select(
        pl.col("park_code").alias("园区代码"), pl.col("position").alias("次序"), pl.col("node").alias("节点"),
        pl.col("parent").alias("上级节点"), pl.col("label").alias("名称"), pl.when("open").then("points").alias("得分"),
        pl.col("full_points").alias("满分"), pl.col("open").alias("公布"),
    )  # fmt: skip


def _about(runs: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    run = runs.row(0, named=True)
    rows = [
        ("评价办法", run["scheme_title"]), ("统计年度", str(run["year"])), ("地区", run["region"]), ("评价机关", run["office"]),
        ("评价批次", run["run_id"]), ("数据说明", run["notice"]),
        *((f"保密规则 {name}", f"{rule['value']}{rule['unit']}：{rule['reason']}") for name, rule in policy.model_dump().items()),
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=["项目", "内容"], orient="row")


def _named(frame: pl.DataFrame, table: ResultTable, names: Mapping[str, str]) -> pl.DataFrame:
    if "园区名称" in table.schema and "园区名称" not in frame.columns:
        frame = frame.with_columns(
            pl.col("园区代码").replace_strict(names, default=None, return_dtype=pl.String).alias("园区名称")
        )
    return table.conform(frame)
