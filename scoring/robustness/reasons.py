"""Why a proposal is not made in some draws: which of its conditions fails, or which rule takes its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scoring.management import FULL, SUPERSEDED, TRIGGERED
from scoring.rule_evidence import columns_of
from scoring.rule_words import RuleWords, parts_of, simplified
from scoring.rulebook import APART, Rulebook
from validation.expression import Expression
from validation.expression.compile import compile_value

FAILED, UNKNOWN, REPLACED, NO_PLACE = "条件不成立", "无法判定", "改提其他建议", "名额已满"

Truth = NDArray[np.bool_]
Pair = tuple[str, str]

CONDITIONS = pl.DataFrame(
    schema={
        "park_code": pl.String, "rule": pl.String, "position": pl.Int32, "kind": pl.String, "reason": pl.String,
        "probability": pl.Float64,
    }
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Reason:
    """Why a proposal is not made: its kind and the condition or the other rule in words; in the order of the condition."""

    position: int
    kind: str
    said: str


def reasons_of(
    facts: pl.DataFrame, checks: pl.DataFrame, pairs: Iterable[Pair], draws: int, book: Rulebook
) -> dict[Pair, dict[Reason, Truth]]:
    """For every pair of park and rule the draws in which it is not triggered, by reason; a draw may have several reasons.

    facts, checks: of many draws in one frame, the number of the draw behind the code of the park (`APART`); checks with the
    outcome of every rule.
    """
    parks: dict[str, list[str]] = {}
    for park, rule in pairs:
        parks.setdefault(rule, []).append(park)
    everyone = sorted({park for own in parks.values() for park in own})
    facts, checks = _of_parks(facts, everyone), _of_parks(checks, everyone)
    outcomes = {
        (park, rule): _by_draw(own, draws)
        for (park, rule), own in checks.group_by(["#park", "rule"], maintain_order=True)
    }
    found: dict[Pair, dict[Reason, Truth]] = {}
    for rule, own in parks.items():
        values = _parts(facts.filter(pl.col("#park").is_in(own)), book.conditions[rule], book)
        for park in own:
            found[park, rule] = _reasons(park, rule, values[park], outcomes, book, draws)
    return found


def _of_parks(frame: pl.DataFrame, parks: list[str]) -> pl.DataFrame:
    split = pl.col("park_code").str.split(APART)
    named = frame.with_columns(split.list.first().alias("#park"), split.list.last().cast(pl.Int64).alias("#draw"))
    return named.filter(pl.col("#park").is_in(parks))


def _by_draw(own: pl.DataFrame, draws: int) -> NDArray[Any]:
    outcome = np.full(draws, "", dtype=object)
    outcome[own["#draw"].to_numpy()] = own["outcome"].to_numpy()
    return outcome


def _parts(facts: pl.DataFrame, condition: Expression, book: Rulebook) -> Mapping[str, list[tuple[str, pl.DataFrame]]]:
    """By park: what each part of the condition says, and its truth by draw."""
    joint, parts = parts_of(simplified(condition.tree))
    # One part of several of which any would do explains nothing by itself: they fail together.
    parts = parts if joint == "all" else (simplified(condition.tree),)
    words, columns = RuleWords(book), columns_of(condition)
    values = facts.select(
        "#park",
        "#draw",
        *(
            compile_value(part, columns, book.rule_vocabulary).cast(pl.Boolean).alias(str(place))
            for place, part in enumerate(parts)
        ),
    )  # fmt: skip
    return {
        str(park): [
            (words.part(part), own.select("#draw", pl.col(str(place)).alias("value")))
            for place, part in enumerate(parts)
        ]
        for (park,), own in values.group_by(["#park"], maintain_order=True)
    }


def _reasons(
    park: str,
    rule: str,
    parts: list[tuple[str, pl.DataFrame]],
    outcomes: Mapping[Pair, NDArray[Any]],
    book: Rulebook,
    draws: int,
) -> dict[Reason, Truth]:
    own = outcomes[park, rule]
    found: dict[Reason, Truth] = {}
    for place, (said, value) in enumerate(parts):
        for kind, chosen in ((FAILED, ~pl.col("value")), (UNKNOWN, pl.col("value").is_null())):
            truth = np.zeros(draws, dtype=bool)
            truth[value["#draw"].to_numpy()] = value.select(chosen.fill_null(False))["value"].to_numpy()
            found[Reason(place, kind, said)] = truth & (own != TRIGGERED)
    found[Reason(len(parts), NO_PLACE, "")] = own == FULL
    left = own == SUPERSEDED
    for code, label in _winners(rule, book):
        taken = left & (outcomes.get((park, code), np.full(draws, "", dtype=object)) == TRIGGERED)
        found[Reason(len(parts) + 1, REPLACED, label)] = taken
        left = left & ~taken
    return found


def _winners(rule: str, book: Rulebook) -> list[tuple[str, str]]:
    """Code and label of the rules for which `rule` steps back, and of those for which they do, in the scheme's order."""
    above, asked = {rule}, [rule]
    while asked:
        loser = asked.pop()
        more = [one.code for one in book.scheme.rules if loser in one.supersedes and one.code not in above]
        above.update(more)
        asked += more
    return [(one.code, one.label) for one in book.scheme.rules if one.code in above and one.code != rule]


def conditions_table(reasons: Mapping[Pair, Mapping[Reason, Truth]]) -> pl.DataFrame:
    """Table `robustness_conditions` without scheme and year: reasons that ever occur, with their share of the draws."""
    rows = []
    for (park, rule), own in sorted(reasons.items()):
        told = [(reason, float(truth.mean())) for reason, truth in sorted(own.items()) if truth.any()]
        rows += [
            (park, rule, place, reason.kind, reason.said or None, share)
            for place, (reason, share) in enumerate(told, start=1)
        ]
    return pl.DataFrame(rows, schema=CONDITIONS.schema, orient="row")


def sentence(reasons: Mapping[Reason, Truth], held: Truth) -> str:
    """What becomes of the draws without the proposal, counted, the most frequent reason first; empty where there are none."""
    counted = sorted(((int(truth.sum()), reason) for reason, truth in reasons.items() if truth.any()), key=_first)
    if held.all() or not counted:
        return ""
    missing = int((~held).sum())
    several = sum(count for count, _ in counted) > missing
    note = "；同一次模拟中可能有几项" if several else ""
    return f"其余 {missing} 次没有提出：{'，'.join(f'{count} 次{_said(reason)}' for count, reason in counted)}{note}"


def _first(told: tuple[int, Reason]) -> tuple[int, Reason]:
    return -told[0], told[1]


def _said(reason: Reason) -> str:
    words = {
        FAILED: f"“{reason.said}”不成立",
        UNKNOWN: f"“{reason.said}”无法判定",
        REPLACED: f"改提“{reason.said}”",
        NO_PLACE: "名额已满",
    }
    return words[reason.kind]
