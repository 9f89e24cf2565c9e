"""What `backtest` tells: per year who gains and who loses, which grades and proposals turn."""

from __future__ import annotations

from typing import Any

import polars as pl

from parkeval.backtest import PRESENT, PROPOSED, Backtest
from parkeval.effects import SAME
from parkeval.printing import as_text

YEARS = {
    "year": "年度", "parks": "园区", "rank_up": "位次升", "rank_down": "位次降", "grade_up": "等次升",
    "grade_down": "等次降", "proposals_new": "新增建议", "proposals_gone": "取消建议", "status_changed": "状态变动",
}  # fmt: skip
PARKS = {
    "year": "年度", "park_code": "园区代码", "name": "园区", "group": "分组", "score_before": f"{PRESENT}得分",
    "score_after": f"{PROPOSED}得分", "score_change": "得分变化", "rank_before": f"{PRESENT}位次",
    "rank_after": f"{PROPOSED}位次", "rank_change": "位次变化", "rank_p05_before": f"{PRESENT}位次 5%",
    "rank_p95_before": f"{PRESENT}位次 95%", "rank_p05_after": f"{PROPOSED}位次 5%",
    "rank_p95_after": f"{PROPOSED}位次 95%", "grade_before": f"{PRESENT}等次", "grade_after": f"{PROPOSED}等次",
    "proposals_before": f"{PRESENT}建议", "proposals_after": f"{PROPOSED}建议", "status_before": f"{PRESENT}状态",
    "status_after": f"{PROPOSED}状态",
}  # fmt: skip
CHANCES = {"probability_before": f"{PRESENT}下概率%", "probability_after": f"{PROPOSED}下概率%"}
GRADES = {
    "year": "年度", "park_code": "园区代码", "name": "园区", "grade_before": f"{PRESENT}等次",
    "grade_after": f"{PROPOSED}等次",
}  # fmt: skip
PROPOSALS = {"year": "年度", "park_code": "园区代码", "name": "园区", "label": "规则", "turn": "变化"}


def in_words(found: Backtest) -> dict[str, pl.DataFrame]:
    """The tables of a backtest under Chinese names, with Chinese columns: sheets of its workbook."""
    said = pl.when("proposed_after").then(pl.lit("新提出")).otherwise(pl.lit("不再提出")).alias("turn")
    return {
        "概况": _named(found.years, YEARS),
        "园区": _named(found.parks, PARKS),
        "等次变动": _chances(found.grades, GRADES),
        "建议变动": _chances(found.proposals.with_columns(said), PROPOSALS),
    }


def backtest_text(found: Backtest) -> str:
    """Counts by year, then the parks that move, the grades and the proposals that turn."""
    shown = in_words(found)
    gone = pl.col("score_before").is_null() != pl.col("score_after").is_null()
    shifted = gone | (pl.col("score_change").abs() > SAME).fill_null(False)
    changed = found.parks.filter(shifted | pl.col("rank_before").ne_missing(pl.col("rank_after")))
    brief = ("year", "name", "score_before", "score_after", "score_change", "rank_before", "rank_after", "rank_change")
    spans = [name for name in changed.columns if name.startswith("rank_p")]
    parts = [
        "回溯，没有发布：同样的数据按现行和拟议办法各评一遍，各自逐年承接\n",
        as_text(shown["概况"], "table"),
        _part("得分或位次变动的园区", _named(changed.select(*brief, *spans), PARKS)),
        _part("等次变动", shown["等次变动"].drop("园区代码")),
        _part("建议变动", shown["建议变动"].drop("园区代码")),
    ]
    other = found.years.filter(~pl.col("as_published"))["year"].to_list()
    if other:
        years = "、".join(str(year) for year in other)
        parts.append(
            f"\n{years} 年按现行办法重算的结果与当年公布的不同：当年用的是另一版办法，或公布后另有决定；本表比较的是重算的结果。\n"
        )
    return "".join(parts)


def backtest_data(found: Backtest) -> dict[str, Any]:
    """The answer as plain data for scripts; probabilities are between 0 and 1, null where they were not asked for."""
    return {name: getattr(found, name).to_dicts() for name in ("years", "parks", "grades", "proposals")}


def _part(title: str, table: pl.DataFrame) -> str:
    return f"\n{title}（{table.height}）\n{as_text(table, 'table') if table.height else '没有' + chr(10)}"


def _chances(table: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    """Probabilities in percent, where there are any."""
    shown = {name: word for name, word in CHANCES.items() if table[name].null_count() < table.height}
    return _named(table.with_columns((pl.col(*CHANCES) * 100).round(1)), names | shown)


def _named(table: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    return table.select(pl.col(name).alias(word) for name, word in names.items() if name in table.columns)
