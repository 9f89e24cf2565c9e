"""What a park wants to reach: a grade, a place, a score, or to be free of a rule; and whether it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from scoring.evaluation import Evaluated, Placed
from scoring.management import TRIGGERED
from scoring.rulebook import Rulebook

Kind = Literal["grade", "rank", "score", "bottom", "without", "with"]
WORDS: dict[str, Kind] = {"等次": "grade", "位次": "rank", "得分": "score", "脱离": "without", "触发": "with"}


@dataclass(frozen=True)
class Goal:
    """`value`: the label of a grade, a place in the group, a score, the code of a rule; nothing for `bottom`."""

    kind: Kind
    value: str = ""

    @property
    def about_rules(self) -> bool:
        """Whether it asks about a rule, so that rules have to be judged."""
        return self.kind in ("without", "with")

    def text(self, book: Rulebook) -> str:
        """The goal in Chinese."""
        labels = {rule.code: rule.label for rule in book.scheme.rules}
        return {
            "grade": f"等次达到{self.value}",
            "rank": f"组内位次达到第 {self.value} 位",
            "score": f"得分达到 {self.value}",
            "bottom": "脱离组内靠后",
            "without": f"不再触发“{labels.get(self.value, self.value)}”",
            "with": f"触发“{labels.get(self.value, self.value)}”",
        }[self.kind]


@dataclass(frozen=True)
class Standing:
    """Where a park stands in its own group: what goals are about. `margin`: by how much its score passes what the goal
    asks (negative: falls short), null where the goal is not one of score."""

    score: float | None
    rank: int | None
    grade: str | None
    bottom: bool | None
    triggered: frozenset[str]
    reached: bool
    margin: float | None


def standing(placed: Placed, park_code: str, goal: Goal, book: Rulebook) -> Standing:
    """The standing of a park and whether it has reached `goal`; a goal about a rule takes parks that were judged."""
    park = placed.computed.wide.filter((pl.col("park_code") == park_code) & (pl.col("year") == book.year))
    group = placed.ranking.filter(pl.col("group") == park["group"][0])
    own = group.filter(pl.col("park_code") == park_code)
    row = own.row(0, named=True) if own.height else dict.fromkeys(group.columns)
    triggered = frozenset(_held(placed.checks, park_code) if isinstance(placed, Evaluated) else ())
    others = group.filter(pl.col("park_code") != park_code)["score"].sort(descending=True).to_list()
    found = Standing(row["score"], row["rank"], row["grade"], row["bottom"], triggered, False, None)
    asked = _score_asked(goal, others, row["group_parks"], book)
    margin = None if asked is None or found.score is None else found.score - asked
    return Standing(
        found.score, found.rank, found.grade, found.bottom, found.triggered, _reached(found, goal, book), margin
    )


def _held(checks: pl.DataFrame, park_code: str) -> list[str]:
    own = (pl.col("park_code") == park_code) & (pl.col("outcome") == TRIGGERED)
    return checks.filter(own)["rule"].to_list()


def _reached(now: Standing, goal: Goal, book: Rulebook) -> bool:
    if goal.about_rules:
        return (goal.value in now.triggered) == (goal.kind == "with")
    if now.score is None:
        return False
    if goal.kind == "grade":
        order = [grade.label for grade in book.scheme.grades]
        return now.grade in order and order.index(now.grade) <= order.index(goal.value)
    if goal.kind == "rank":
        return now.rank is not None and now.rank <= int(goal.value)
    if goal.kind == "score":
        return now.score >= float(goal.value)
    return now.bottom is False


def _score_asked(goal: Goal, others: list[float], group_parks: int | None, book: Rulebook) -> float | None:
    """The score that the goal asks for as things stand; null where it asks for something else, or for nothing."""
    if goal.kind == "score":
        return float(goal.value)
    place = int(goal.value) if goal.kind == "rank" else None
    if goal.kind == "grade":
        grade = next(item for item in book.scheme.grades if item.label == goal.value)
        if grade.minimum is not None:
            return grade.minimum
        place = int((group_parks or 0) * (grade.top_share_pct or 0) / 100 + 1e-9)
    if place is None or not 1 <= place <= len(others):
        return None
    return others[place - 1]
