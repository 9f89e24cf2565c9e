"""The reverse question: which smallest change of an indicator, or of several, brings a park to a goal.

Every candidate is judged by the engine itself (`scoring.evaluation.judge`): search decides where to look, never what
follows. Effort is the change as a share of the distance between the best and the worst park of the year.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from metrics.panel import ABSENT
from scoring.evaluation import Basis, Placed, judge, place
from scoring.goals import Goal, Standing, standing
from scoring.reachable import share_limits
from scoring.rulebook import Rulebook
from scoring.what_if import with_indicators

LOOKS = 4
"""Where the far end of a range does not reach the goal and costs points, this many points within are looked at: scores
that compare parks with each other need not rise all the way."""

COARSE = 0.05
"""A lever one step of which is more than this share of the distance between parks counts as one of whole steps."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Lever:
    """An indicator that may change: from `current` to `end` at most (the better way), by steps of `step`.

    `span`: the distance between the best and the worst park of the year, in which effort is measured.
    """

    code: str
    label: str
    unit: str
    current: float
    end: float
    step: float
    span: float
    limit: str

    @property
    def steps(self) -> int:
        """How many steps there are up to the end, the last one perhaps a shorter one."""
        return max(math.ceil(abs(self.end - self._first) / self.step - 1e-9) + 1, 1)

    @property
    def _first(self) -> float:
        """The first value on the grid of printed decimals beyond the current one."""
        sign = 1 if self.end > self.current else -1
        grid = math.floor(sign * self.current / self.step + 1e-9) + 1
        first = sign * grid * self.step
        return first if abs(first - self.current) < abs(self.end - self.current) else self.end

    def value(self, step: int) -> float:
        """The value after `step` steps; 0 is the current one."""
        if step <= 0:
            return self.current
        sign = 1 if self.end > self.current else -1
        value = round(self._first + sign * (step - 1) * self.step, 9)
        return self.end if (value - self.end) * sign > 0 or step >= self.steps else value

    def effort_pct(self, value: float) -> float:
        """The change to `value` in percent of the distance between the best and the worst park."""
        return 100 * abs(value - self.current) / self.span


@dataclass(frozen=True)
class Change:
    """One indicator moved from its current value to `value`."""

    lever: Lever
    value: float

    @property
    def effort_pct(self) -> float:
        return self.lever.effort_pct(self.value)


@dataclass(frozen=True)
class Answer:
    """Changes that reach the goal, and where the park then stands; without changes the goal cannot be reached so, and
    `after` is where the park stands at the end of the range."""

    changes: tuple[Change, ...]
    after: Standing

    @property
    def effort_pct(self) -> float:
        return sum(change.effort_pct for change in self.changes)


@dataclass(frozen=True)
class Reverse:
    """The question for one park. `single` holds the answer for each lever by itself."""

    goal: Goal
    before: Standing
    single: tuple[tuple[Lever, Answer], ...]
    together: Answer | None
    evaluations: int


class Trials:
    """Judges the park with some indicators moved; the same trial is not made twice."""

    def __init__(self, basis: Basis, book: Rulebook, park_code: str, goal: Goal) -> None:
        self._basis, self._book, self._park, self._goal = basis, book, park_code, goal
        self._known: dict[tuple[tuple[str, float], ...], Standing] = {}

    @property
    def made(self) -> int:
        return len(self._known)

    def __call__(self, values: Mapping[str, float]) -> Standing:
        key = tuple(sorted(values.items()))
        if key not in self._known:
            places = {(self._park, self._book.year, code): value for code, value in key}
            computed = with_indicators(self._basis.computed, places)
            basis = replace(self._basis, computed=computed)
            placed = judge(basis, self._book) if self._goal.about_rules else place(basis, self._book)
            self._known[key] = standing(placed, self._park, self._goal, self._book)
        return self._known[key]


def least_change(
    basis: Basis,
    book: Rulebook,
    park_code: str,
    goal: Goal,
    limits: Mapping[str, float] | None = None,
    *,
    together: bool = True,
    progress: Progress = lambda done, total: None,
) -> Reverse:
    """The smallest changes of the park's indicators of the year of `book` that reach `goal`.

    Each lever by itself: the first value on the grid of its printed decimals that reaches the goal, found by
    bisection. Several together: from all levers at their ends, each is taken back as far as the goal allows, the ones
    that give the least points for their effort first; none of what remains can be taken back alone. limits: how far
    single indicators may go, in place of the best value any park has, the full mark and the target.
    """
    trials = Trials(basis, book, park_code, goal)
    before = trials({})
    levers = levers_of(place(basis, book), book, park_code, goal, limits or {})
    if before.reached:
        return Reverse(goal, before, (), None, trials.made)
    single = []
    for done, lever in enumerate(levers, start=1):
        single.append((lever, _single(lever, trials, before)))
        progress(done, len(levers) + 1)
    found = _together(levers, trials) if together and levers else None
    if found is not None:
        found = min(
            [found, *(one for _, one in single if one.changes and found.changes)], key=lambda one: one.effort_pct
        )
    progress(len(levers) + 1, len(levers) + 1)
    return Reverse(goal, before, tuple(single), found, trials.made)


def levers_of(
    placed: Placed, book: Rulebook, park_code: str, goal: Goal, limits: Mapping[str, float]
) -> tuple[Lever, ...]:
    """The indicators that may change: those scored for the park, and those that rules of the goal ask about."""
    wide = placed.computed.wide.filter(pl.col("year") == book.year)
    own = wide.filter(pl.col("park_code") == park_code).row(0, named=True)
    scored = placed.scores.filter((pl.col("park_code") == park_code) & (pl.col("kind") == "indicator"))
    marks = dict(scored.select("node", "benchmark").iter_rows())
    targets = placed.targets.filter(pl.col("park_code") == park_code)
    asked = dict(targets.select("indicator", "target_value").iter_rows())
    codes = dict.fromkeys([*scored.sort("position")["node"], *_asked_by_rules(book, goal)])
    found = []
    for code in codes:
        peers = wide.filter(pl.col(ABSENT).is_null())[code].drop_nulls().to_list()
        if own[code] is not None and peers:
            marked = [value for value in (marks.get(code), asked.get(code)) if value is not None]
            found.append(_lever(code, own[code], peers, marked, book, limits.get(code)))
    return tuple(lever for lever in found if lever is not None)


def _asked_by_rules(book: Rulebook, goal: Goal) -> list[str]:
    if not goal.about_rules:
        return []
    known = book.catalogue.park_indicators()
    return sorted({name.name for name in book.conditions[goal.value].names if not name.space and name.name in known})


def _lever(
    code: str, current: float, peers: list[float], marked: Iterable[float], book: Rulebook, limit: float | None
) -> Lever | None:
    indicator = book.catalogue.park_indicators()[code]
    best = max if indicator.direction == "higher" else min
    low, high = share_limits(book).get(code, (0.0 if indicator.kind == "count" else -math.inf, math.inf))
    end = limit if limit is not None else min(max(best([*peers, *marked]), low), high)
    better = end > current if indicator.direction == "higher" else end < current
    if end == current or not (better or limit is not None):
        return None
    span = max(peers) - min(peers)
    step = 1.0 if indicator.kind == "count" else 10.0**-indicator.decimals
    told = "所给的界限" if limit is not None else "各园区最好值、满分值、目标值中最远者"
    return Lever(code, indicator.label, indicator.unit, current, end, step, span or abs(end - current) or 1.0, told)


def _single(lever: Lever, trials: Trials, before: Standing) -> Answer:
    def at(step: int) -> Standing:
        return trials({lever.code: lever.value(step)})

    far = at(lever.steps)
    low, high = 0, lever.steps
    if not far.reached:
        if before.score is None or far.score is None or far.score >= before.score:
            return Answer((), far)
        looks = sorted({round(lever.steps * look / (LOOKS + 1)) for look in range(1, LOOKS + 1)} - {0, lever.steps})
        inside = next((step for step in looks if at(step).reached), None)
        if inside is None:
            return Answer((), far)
        low, high = max((step for step in looks if step < inside), default=0), inside
    step = first_reached(at, before if low == 0 else at(low), low, high)
    return Answer((Change(lever, lever.value(step)),), at(step))


def first_reached(at: Callable[[int], Standing], below: Standing, low: int, high: int) -> int:
    """The first step after `low` that reaches the goal, `high` being one that does: by interpolation where the goal is
    one of score, else by bisection."""
    above = at(high)
    while high - low > 1:
        guess = (low + high) // 2
        if below.margin is not None and above.margin is not None and above.margin > below.margin:
            share = -below.margin / (above.margin - below.margin)
            guess = min(max(low + math.ceil(share * (high - low) - 1e-9), low + 1), high - 1)
        tried = at(guess)
        if tried.reached:
            high, above = guess, tried
        else:
            low, below = guess, tried
    return high


def _together(levers: Sequence[Lever], trials: Trials) -> Answer:
    """The least effort of several: as `_taken_back` finds it with all levers, and without each one of them that moves by
    whole steps only (it may go further than the goal needs)."""
    best = _taken_back(levers, trials)
    coarse = [change.lever for change in best.changes if change.lever.step > COARSE * change.lever.span]
    for lever in coarse:
        other = _taken_back([one for one in levers if one != lever], trials)
        if other.changes and other.effort_pct < best.effort_pct:
            best = other
    return best


def _taken_back(levers: Sequence[Lever], trials: Trials) -> Answer:
    """All levers at their ends, then each taken back as far as the goal allows, the least efficient first."""
    steps = {lever.code: lever.steps for lever in levers}

    def judged(changed: Mapping[str, int]) -> Standing:
        return trials({lever.code: lever.value(changed[lever.code]) for lever in levers if changed[lever.code]})

    after = judged(steps)
    if not after.reached:
        return Answer((), after)
    for lever in sorted(levers, key=lambda one: (_efficiency(one, trials), one.code)):
        below = judged(steps | {lever.code: 0})
        steps[lever.code] = 0 if below.reached else _least_of(lever, steps, judged, below)
    changes = tuple(Change(lever, lever.value(steps[lever.code])) for lever in levers if steps[lever.code])
    return Answer(changes, judged(steps))


def _least_of(
    lever: Lever, steps: Mapping[str, int], judged: Callable[[Mapping[str, int]], Standing], below: Standing
) -> int:
    """How few steps of one lever do, all others staying where they are."""
    return first_reached(lambda step: judged({**steps, lever.code: step}), below, 0, steps[lever.code])


def _efficiency(lever: Lever, trials: Trials) -> float:
    """Points of the total for each percent of effort, over the part of the way that still gives points; a lever that
    gives none, but may be asked for by a rule, comes last to be taken back."""
    start, end = trials({}).score, trials({lever.code: lever.end}).score
    if start is None or end is None or end - start <= 0:
        return math.inf
    low, high = 0, lever.steps
    while high - low > 1:
        middle = (low + high) // 2
        score = trials({lever.code: lever.value(middle)}).score
        low, high = (low, middle) if score is not None and score >= end - 1e-9 else (middle, high)
    return (end - start) / lever.effort_pct(lever.value(high))
