"""What a batch tells at its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from parkeval.batch import Outcome, Trial
from parkeval.effects import effects, in_words, moved
from parkeval.effects_text import moved_table
from parkeval.home import RESULTS
from parkeval.printing import text_table
from parkeval.terminal import fitted_table
from scoring.precision import SCORE_DECIMALS
from validation.rounding import round_half_up

MOST_LACKING = 20
"""Lines about lacking figures on the terminal; the whole list stands in the published scores."""


def outcome_data(outcome: Outcome) -> dict[str, Any]:
    """The outcome as plain data for scripts."""
    return {
        "run_id": outcome.run_id,
        "folder": str(outcome.folder),
        "repeated": outcome.repeated,
        "evaluated": int(outcome.tables["parks"]["evaluated"].sum()),
        "refused": int((~outcome.tables["parks"]["evaluated"]).sum()),
        "findings": dict(outcome.tables["findings"].group_by("severity").len().sort("severity").rows()),
        "proposals": outcome.tables["proposals"].select("park_code", "rule", "action").to_dicts(),
        "report_problems": [str(problem) for problem in outcome.report_problems],
        "later_years_to_run_again": list(outcome.stale_years),
    }


def outcome_text(outcome: Outcome, home: Path) -> str:
    """The outcome for the analyst: ranking, counts, proposals, and what to look at."""
    tables = outcome.tables
    names = dict(tables["parks"].select("park_code", "name").rows())
    year = tables["runs"]["year"][0]
    lines = [f"{year} 年评价批次 {outcome.run_id}{'（与已发布的相同，没有重做）' if outcome.repeated else ' 已发布'}\n"]
    lines.append(_ranking(tables["ranking"], tables["parks"], names))
    for row in tables["parks"].filter(~pl.col("ranked")).iter_rows(named=True):
        lines.append(f"不排名：{row['name']}：{row['note']}\n")
    lines += _lacking(tables["scores"], names)
    lines += _unread(tables["findings"].filter(pl.col("year") == year))
    counts = dict(tables["findings"].group_by("severity").len().rows())
    said = "，".join(f"{severity} {counts.get(severity, 0)}" for severity in ("错误", "核实", "提示"))
    lines.append(f"审核问题：{said}；处理建议 {tables['proposals'].height} 条\n")
    lines += [f"报告问题：{problem}\n" for problem in outcome.report_problems]
    if outcome.stale_years:
        years = "、".join(str(one) for one in outcome.stale_years)
        lines.append(f"注意：{years} 年的结果以本年原结果为上年，须依次重新运行\n")
    lines.append(f"结果库：{home / RESULTS}\n本批次：{outcome.folder}\n")
    return "".join(lines)


def trial_data(trial: Trial) -> dict[str, Any]:
    """A trial as plain data for scripts."""
    return {
        "ranking": trial.tables["ranking"].select("group", "park_code", "rank", "score", "grade").to_dicts(),
        "proposals": trial.tables["proposals"].select("park_code", "rule", "action", "park_status").to_dicts(),
        "moved": in_words(_moved(trial)).to_dicts(),
    }


def trial_text(trial: Trial) -> str:
    """A trial for the policy officer: the ranking, who would be rewarded, warned or removed, and what differs."""
    tables = trial.tables
    names = dict(tables["parks"].select("park_code", "name").rows())
    lines = [
        "试算，没有发布\n",
        _ranking(tables["ranking"], tables["parks"], names),
        *_lacking(tables["scores"], names),
    ]
    rows = [
        [names[row["park_code"]], row["label"], row["park_status"] or "—", row["action"]]
        for row in tables["proposals"].iter_rows(named=True)
    ]
    lines += ["\n处理建议\n", fitted_table(["园区", "规则", "采纳后的园区状态", "建议"], rows) if rows else "没有\n"]
    if trial.published["ranking"].height:
        changed = _moved(trial)
        lines += ["\n与已发布结果的差别\n", moved_table(changed) if changed.height else "没有园区变动\n"]
    return "".join(lines)


def earlier_gaps(refused: pl.DataFrame, year: int) -> list[str]:
    """Years before `year` without usable figures of a park: what `year` is compared with, so neither checked nor scored."""
    before = refused.filter(pl.col("year") < year).sort("year", "park_code").group_by("year", maintain_order=True).all()
    lines = []
    for of_year, codes, reasons in before.select("year", "park_code", "reason").iter_rows():
        named = "、".join(f"{code}（{reason}）" for code, reason in zip(codes[:5], reasons[:5], strict=True))
        more = f" 等 {len(codes)} 个园区" if len(codes) > 5 else ""
        lines.append(
            f"注意：{of_year} 年没有可用的数据：{named}{more}；与该年比较的规则没有审核，评价时有关指标按缺数处理\n"
        )
    return lines


def _lacking(scores: pl.DataFrame, names: dict[str, str]) -> list[str]:
    """Evaluated parks that lose points for want of figures, by the reason: a lost workbook of an earlier year shows here."""
    without = scores.filter(pl.col("kind") == "indicator", pl.col("value").is_null(), pl.col("note").is_not_null())
    counted = without.group_by("park_code", "note").agg(pl.len().alias("count"), pl.col("full_points").sum())
    rows = list(counted.sort("park_code", "note").iter_rows(named=True))
    lines = [
        f"注意：{names[row['park_code']]}：{row['count']} 项计分指标（共 {round_half_up(row['full_points'], SCORE_DECIMALS)} 分）{row['note']}\n"
        for row in rows[:MOST_LACKING]
    ]
    rest = len(rows) - MOST_LACKING
    return [*lines, f"注意：另有 {rest} 条缺数的，见结果表 scores 的 note 列\n"] if rest > 0 else lines


def _unread(findings: pl.DataFrame) -> list[str]:
    """Files of DATA that nobody has looked into."""
    not_read = findings.filter(check_id="file_not_read").select(pl.format("{}：{}", "source_file", "message"))
    passed_over = findings.filter(check_id="file_passed_over").select("message")
    return [f"注意：{said}\n" for frame in (not_read, passed_over) for (said,) in frame.iter_rows()]


def _moved(trial: Trial) -> pl.DataFrame:
    return moved(effects(trial.published, trial.tables))


def _ranking(ranking: pl.DataFrame, parks: pl.DataFrame, names: dict[str, str]) -> str:
    if ranking.is_empty():
        return "没有可以排名的园区\n"
    together = _overall_group(ranking, parks)
    overall = ranking.filter(pl.col("group") == together).sort("rank", "park_code")
    within = {row["park_code"]: row for row in overall.iter_rows(named=True)}
    within |= {row["park_code"]: row for row in ranking.filter(pl.col("group") != together).iter_rows(named=True)}
    rows = [
        [
            str(row["rank"]),
            names[row["park_code"]],
            within[row["park_code"]]["group"],
            f"{within[row['park_code']]['rank']}/{within[row['park_code']]['group_size']}",
            str(round_half_up(row["score"], SCORE_DECIMALS)),
            row["grade"],
            _change(row["rank_change"]),
        ]
        for row in overall.iter_rows(named=True)
    ]
    return text_table(["位次", "园区", "级别", "组内", "得分", "等次", "变化"], rows)


def _overall_group(ranking: pl.DataFrame, parks: pl.DataFrame) -> str:
    """The group of all parks: the largest; where one group of parks holds them all, the one that no level or type names."""
    size = ranking["group_size"].max()
    largest: list[str] = ranking.filter(pl.col("group_size") == size)["group"].unique().sort().to_list()
    own = {*parks["level"], *parks["park_type"]}
    return next((group for group in largest if not own.intersection(group.split("·"))), largest[0])


def _change(change: int | None) -> str:
    if change is None:
        return "—"
    return "不变" if change == 0 else f"升 {change}" if change > 0 else f"降 {-change}"
