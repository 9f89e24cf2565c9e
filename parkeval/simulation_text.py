"""What `simulate` tells: who moves, and what it takes to reach a goal."""

from __future__ import annotations

import math

from parkeval.effects import moved
from parkeval.effects_text import moved_table
from parkeval.simulation import Simulation
from parkeval.terminal import fitted_table
from report_templates.formatting import figure, number
from scoring.goals import Standing
from scoring.least_change import Lever, Reverse
from scoring.precision import SCORE_DECIMALS
from scoring.rulebook import Rulebook

MEASURE = "费力程度：改动占本年各园区该指标最好值与最差值之差的百分比；几项之和为各项相加"


def simulation_text(simulation: Simulation) -> str:
    """The parks that move, as a table."""
    changed = moved(simulation.effects)
    head = f"推演，没有发布；变动的园区 {changed.height} 个\n"
    return head + (moved_table(changed) if changed.height else "没有园区变动\n")


def reverse_text(name: str, found: Reverse, book: Rulebook) -> str:
    """The smallest changes that reach the goal, each indicator by itself and several together."""
    goal = found.goal.text(book)
    if found.before.reached:
        return f"{name}：{goal}，现在已经如此（{_stands(found.before)}）\n"
    lines = [f"{name}：要{goal}；现在 {_stands(found.before)}\n\n"]
    reached = [(lever, answer) for lever, answer in found.single if answer.changes]
    rows = [
        [
            lever.label,
            *_move(lever, answer.changes[0].value),
            figure(round(answer.effort_pct, 1)),
            _stands(answer.after),
        ]
        for lever, answer in sorted(reached, key=lambda pair: pair[1].effort_pct)
    ]
    names = ["只改这一项", "现值", "至少到", "单位", "费力%", "改后"]
    lines.append(fitted_table(names, rows) if rows else "没有一项单独改到可行范围的尽头就能达到\n")
    short = [(lever, answer) for lever, answer in found.single if not answer.changes]
    if short:
        lines.append("\n单独改到尽头也不够的：\n")
        names = ["指标", "现值", "尽头", "单位", "到尽头时"]
        lines.append(
            fitted_table(
                names, [[lever.label, *_move(lever, lever.end), _stands(answer.after)] for lever, answer in short]
            )
        )
    lines.append(_together(found))
    lines.append(
        f"\n{MEASURE}。\n尽头：本年各园区最好值、本园区满分值、目标值中最远者，占比不超过 100；可用 --limit 改。\n"
    )
    lines.append(f"其他园区和其余指标不变；由评价程序逐一复算 {found.evaluations} 次得出。\n")
    return "".join(lines)


def _together(found: Reverse) -> str:
    if found.together is None:
        return ""
    if not found.together.changes:
        return f"\n各项一起改到尽头也达不到（{_stands(found.together.after)}）\n"
    rows = [
        [change.lever.label, *_move(change.lever, change.value), figure(round(change.effort_pct, 1))]
        for change in found.together.changes
    ]
    head = f"\n几项一起改，费力最少的（合计 {figure(round(found.together.effort_pct, 1))}，改后 {_stands(found.together.after)}）：\n"
    return head + fitted_table(["指标", "现值", "至少到", "单位", "费力%"], rows)


def _move(lever: Lever, value: float) -> list[str]:
    """The indicator's decimals; a bound between two of its steps, which rounding would move, as it is."""
    places = max(0, -math.floor(math.log10(lever.step)))
    told = number(value, places) if abs(round(value, places) - value) < 1e-9 else figure(value)
    return [number(lever.current, places), told, lever.unit]


def _stands(now: Standing) -> str:
    place = f"第 {now.rank} 位" if now.rank is not None else "不排名"
    return f"{number(now.score, SCORE_DECIMALS)} 分，{place}，{now.grade or '不评等次'}"
