"""`simulate`: a published year evaluated again in memory under other figures, weights, targets, parameters or rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import Field

from parkeval.effects import effects
from parkeval.errors import UsageFault
from parkeval.kept import Kept
from parkeval.store import Tables
from scoring.evaluation import judge, published_tables
from scoring.faults import faults
from scoring.goals import WORDS, Goal
from scoring.least_change import Reverse, least_change
from scoring.loading import load_rulebook
from scoring.rulebook import Rulebook
from scoring.what_if import (
    Place,
    RuleChanges,
    computed_weights,
    in_codes,
    unknown_codes,
    with_indicators,
    with_items,
    with_rules,
)
from validation.definition import Definition, load
from validation.problems import DefinitionRefused, Problem

ParkOf = Callable[[str], str]
"""The code of a park named by code, name or part of the name."""


class Assumed(Definition):
    """One assumed figure of a park: `value`, or the present one times `factor`."""

    park: str
    code: str
    year: int | None = None
    value: float | None = None
    factor: float | None = None


class Assumptions(Definition):
    """A file of assumptions: figures, weights, targets, parameters; `scheme` is another scheme's name or path."""

    title: str = ""
    scheme: str = ""
    figures: tuple[Assumed, ...] = ()
    weights: dict[str, float | dict[str, float]] = Field(default_factory=dict)
    targets: dict[str, float | dict[str, float]] = Field(default_factory=dict)
    parameters: dict[str, float] = Field(default_factory=dict)


@dataclass(frozen=True)
class Changes:
    """Assumptions resolved against a run: filed figures, indicator values, rules."""

    items: Mapping[Place, Decimal] = field(default_factory=dict)
    indicators: Mapping[Place, float] = field(default_factory=dict)
    rules: RuleChanges = field(default_factory=RuleChanges)
    scheme: str = ""


@dataclass(frozen=True)
class Simulation:
    """The run as published and as it would be; `effects`: see parkeval.effects."""

    before: Tables
    after: Tables
    effects: pl.DataFrame


def simulate(kept: Kept, changes: Changes) -> Simulation:
    """Evaluate the run's year again under `changes`. Nothing is read from or written to HOME.

    Raises DefinitionRefused where the changed rules contradict themselves (weights that do not add up) or another
    scheme does not fit the figures.
    """
    book = changed_book(kept.book, changes)
    trusted = with_items(kept.trusted, changes.items) if changes.items else kept.trusted
    basis = kept.basis(book, trusted)
    if changes.indicators:
        basis = replace(basis, computed=with_indicators(basis.computed, changes.indicators))
    after = published_tables(judge(basis, book), basis.filings, book)
    before = {name: kept.tables[name] for name in after}
    return Simulation(before, after, effects(before, after))


def changed_book(given: Rulebook, changes: Changes) -> Rulebook:
    """The rulebook `given` with other rules, or another scheme's for the same year.

    Raises UsageFault for codes it does not have, DefinitionRefused for rules that contradict themselves and for a
    scheme that rests on other forms.
    """
    book = given
    if changes.scheme:
        book = load_rulebook(changes.scheme, given.year)
        known, wanted = set(given.form_set.items()), set(book.form_set.items())
        if book.form_set.key != given.form_set.key and not wanted <= known:
            missing = "、".join(sorted(wanted - known)[:6])
            told = f"用的是报表 {book.form_set.key}，没有报送 {missing} 等"
            raise DefinitionRefused([Problem(changes.scheme, told, f"报表 {given.form_set.key}", "选用同一报表的办法")])
    if not changes.rules:
        return book
    rules = in_codes(book, changes.rules)
    problems = [
        Problem(code, f"没有这个{kind}", "、".join(known), "改用其中的中文名称，或代码（见 schemes show）")
        for kind, code, known in unknown_codes(book, rules)
    ]
    problems += [
        Problem(code, "权重由数据计算，不能直接改", "给定的权重", "改另一项权重")
        for code in computed_weights(book, rules)
    ]
    if problems:
        raise UsageFault(problems)
    changed = with_rules(book, rules)
    found = list(faults(changed))
    if found:
        raise DefinitionRefused(found)
    return changed


def resolved(
    kept: Kept,
    park_of: ParkOf,
    given: Sequence[str],
    rules: Mapping[str, Sequence[str]],
    file: Path | None,
    scheme: str | None,
) -> Changes:
    """Assumptions from the command line (`PARK.CODE=VALUE`; `CODE=VALUE` for `weights`, `targets`, `parameters`) and from a
    file, the command line last. Raises UsageFault with all that cannot be understood, DefinitionRefused for the file.
    """
    assumed = load(file, Assumptions) if file is not None else Assumptions()
    problems: list[Problem] = []
    figures = [*assumed.figures, *_read(given, problems)]
    numbers = {name: dict(_pairs(f"--{name[:-1]}", pairs, problems)) for name, pairs in rules.items()}
    items: dict[Place, Decimal] = {}
    indicators: dict[Place, float] = {}
    for one in figures:
        try:
            _place(one, kept, park_of, items, indicators)
        except UsageFault as fault:
            problems.extend(fault.problems)
    if problems:
        raise UsageFault(problems)
    merged = RuleChanges(
        {**assumed.weights, **numbers.get("weights", {})},
        {**assumed.targets, **numbers.get("targets", {})},
        {**assumed.parameters, **numbers.get("parameters", {})},
    )
    return Changes(items, indicators, merged, scheme or assumed.scheme)


def _read(given: Iterable[str], problems: list[Problem]) -> list[Assumed]:
    found = []
    for text in given:
        left, equals, right = text.partition("=")
        park, dot, code = left.rpartition(".")
        value = _number(right.removeprefix("*"))
        if not (equals and dot and park and code) or value is None:
            problems.append(Problem("--set", text, "园区.指标=数值，或 园区.指标=*倍数", "改正"))
            continue
        amount = {"factor": float(value)} if right.startswith("*") else {"value": float(value)}
        found.append(Assumed(park=park, code=code, **amount))
    return found


def _pairs(option: str, pairs: Iterable[str], problems: list[Problem]) -> list[tuple[str, float]]:
    found = []
    for text in pairs:
        code, _, right = text.partition("=")
        value = _number(right)
        if not code or value is None:
            problems.append(Problem(option, text, "代码=数值", "改正"))
        else:
            found.append((code, float(value)))
    return found


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < Decimal(10) ** 22 else None


def _place(
    one: Assumed, kept: Kept, park_of: ParkOf, items: dict[Place, Decimal], indicators: dict[Place, float]
) -> None:
    """Put an assumed figure among the filed figures or the indicators it names; raises UsageFault."""
    year = one.year or kept.book.year
    place = (park_of(one.park), year, _code(one.code, kept))
    filed = place[2] in kept.book.form_set.items()
    if (one.value is None) == (one.factor is None):
        raise UsageFault([Problem(one.code, "value 与 factor 必须且只能写一个", "一个数", "改正")])
    known = kept.trusted.items if filed else kept.tables["indicators"]
    column = "item" if filed else "indicator"
    rows = known.filter((pl.col("park_code") == place[0]) & (pl.col("year") == year) & (pl.col(column) == place[2]))
    now = rows["value"][0] if rows.height else None
    if not filed and (not rows.height or year != kept.book.year):
        raise UsageFault(
            [
                Problem(
                    f"{one.park}.{one.code}",
                    f"{year} 年没有这个指标",
                    f"{kept.book.year} 年的指标",
                    "改年度或改用统计指标",
                )
            ]
        )
    if one.factor is not None and now is None:
        raise UsageFault([Problem(f"{one.park}.{one.code}", "没有原数值，不能用倍数", "数值", "写出数值")])
    value = Decimal(str(one.value)) if one.factor is None else Decimal(str(now)) * Decimal(str(one.factor))
    if filed:
        items[place] = _admissible(place[2], value, kept)
    else:
        indicators[place] = float(value)


def _admissible(code: str, value: Decimal, kept: Kept) -> Decimal:
    """A filed figure within the bounds that the form gives it; raises UsageFault outside."""
    item = kept.book.form_set.items()[code]
    low = 0 if item.type == "count" and item.minimum is None else item.minimum
    outside = (low is not None and value < Decimal(str(low))) or (
        item.maximum is not None and value > Decimal(str(item.maximum))
    )
    if not item.numeric or outside:
        bounds = _bounds_text(low, item.maximum) if item.numeric else "数值类指标"
        raise UsageFault([Problem(code, str(value), bounds, "改正数值")])
    return value


def _bounds_text(low: float | None, high: float | None) -> str:
    parts = [f"不小于 {low:g}"] if low is not None else []
    return "，".join(parts + ([f"不大于 {high:g}"] if high is not None else []))


def _code(text: str, kept: Kept) -> str:
    """The code of a filed figure or an indicator, given by code or Chinese name."""
    items, indicators = kept.book.form_set.items(), kept.book.catalogue.park_indicators()
    labels = {item.label: code for code, item in items.items()} | {
        item.label: code for code, item in indicators.items()
    }
    code = text if text in items or text in indicators else labels.get(text)
    if code is None:
        raise UsageFault(
            [
                Problem(
                    text,
                    "没有这个统计指标或评价指标",
                    "、".join([*indicators, *(code for code, item in items.items() if item.numeric)]),
                    "改用其中的代码或中文名称",
                )
            ]
        )
    return code


def goal_of(text: str, book: Rulebook) -> Goal:
    """A goal as it is written on the command line: 等次:良好, 位次:3, 得分:85, 脱离:规则, 脱离:靠后, 触发:规则.

    Raises UsageFault for anything else.
    """
    word, _, value = text.replace("：", ":").partition(":")
    labels = [grade.label for grade in book.scheme.grades]
    rules = {rule.code: rule.code for rule in book.scheme.rules} | {rule.label: rule.code for rule in book.scheme.rules}
    kind = WORDS.get(word)
    if word == "脱离" and value == "靠后":
        return Goal("bottom")
    if kind == "grade" and value in labels:
        return Goal(kind, value)
    if kind == "rank" and value.isdigit() and int(value) > 0:
        return Goal(kind, str(int(value)))
    if kind == "score" and _number(value) is not None:
        return Goal(kind, value)
    if kind in ("without", "with") and value in rules:
        return Goal(kind, rules[value])
    known = f"等次:{'、'.join(labels)}；位次:名次；得分:分数；脱离:靠后；脱离或触发:{'、'.join(rule.code for rule in book.scheme.rules)}"
    raise UsageFault([Problem("--goal", text, known, "改正目标")])


def default_goals(kept: Kept, park_code: str) -> list[Goal]:
    """What a park is asked about when no goal is given: the sanctions proposed for it, else the next grade, else the
    next place; none for the best park of its group."""
    proposals = kept.tables["proposals"].filter((pl.col("park_code") == park_code) & (pl.col("kind") == "sanction"))
    if proposals.height:
        return [Goal("without", rule) for rule in proposals["rule"]]
    group = kept.tables["parks"].filter(pl.col("park_code") == park_code)["group"][0]
    rows = kept.tables["ranking"].filter((pl.col("park_code") == park_code) & (pl.col("group") == group))
    if rows.is_empty():
        return []
    labels = [grade.label for grade in kept.book.scheme.grades]
    grade, rank = rows["grade"][0], rows["rank"][0]
    if grade in labels[1:]:
        return [Goal("grade", labels[labels.index(grade) - 1])]
    return [Goal("rank", str(rank - 1))] if rank > 1 else []


def reverse(
    kept: Kept,
    park_code: str,
    goal: Goal,
    limits: Mapping[str, float],
    *,
    together: bool,
    progress: Callable[[int, int], None],
) -> Reverse:
    """The reverse question for a park of the run; raises UsageFault for a park without data and unknown limits."""
    park = kept.tables["parks"].filter(pl.col("park_code") == park_code).row(0, named=True)
    if not park["evaluated"]:
        raise UsageFault([Problem(park["name"], f"未评价：{park['note']}", "已评价的园区", "先补报或更正数据")])
    known = kept.book.catalogue.park_indicators()
    unknown = [code for code in limits if code not in known]
    if unknown:
        raise UsageFault([Problem("--limit", code, "、".join(known), "改正代码") for code in unknown])
    return least_change(kept.basis(), kept.book, park_code, goal, limits, together=together, progress=progress)


def limits_of(given: Sequence[str]) -> dict[str, float]:
    """`CODE=VALUE` of the command line; raises UsageFault."""
    problems: list[Problem] = []
    found = dict(_pairs("--limit", given, problems))
    if problems:
        raise UsageFault(problems)
    return found


def reverse_data(found: Reverse, book: Rulebook) -> dict[str, Any]:
    """The answer as plain data for scripts."""
    return {
        "goal": found.goal.text(book),
        "reached_already": found.before.reached,
        "score": found.before.score,
        "evaluations": found.evaluations,
        "single": [
            {"indicator": lever.code, "current": lever.current, "range_end": lever.end,
             "value": answer.changes[0].value if answer.changes else None,
             "effort_pct": answer.effort_pct if answer.changes else None,
             "score_after": answer.after.score, "rank_after": answer.after.rank, "grade_after": answer.after.grade}
            for lever, answer in found.single
        ],
        "together": None if found.together is None else {
            "changes": [{"indicator": change.lever.code, "current": change.lever.current, "value": change.value,
                         "effort_pct": change.effort_pct} for change in found.together.changes],
            "effort_pct": found.together.effort_pct if found.together.changes else None,
            "score_after": found.together.after.score, "rank_after": found.together.after.rank,
            "grade_after": found.together.after.grade,
        },
    }  # fmt: skip
