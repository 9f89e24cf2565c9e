"""How sure the ranking and each proposal are (OECD & JRC, Handbook on Constructing Composite Indicators, 2008, step 7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np
import polars as pl

from scoring.evaluation import Evaluated
from scoring.management import TRIGGERED
from scoring.precision import percent_text
from scoring.robustness.draws import FACTORS, Draws, draws_of, generator
from scoring.robustness.judgement import Judged, Truth, judge_draws
from scoring.robustness.plan import Alternative, Plan
from scoring.robustness.ranks import rank_draws
from scoring.robustness.reasons import CONDITIONS, conditions_table, sentence
from scoring.robustness.sensitivity import SENSITIVITY, sensitivity
from scoring.robustness.simulation import Simulation, simulation_of
from scoring.robustness.structure import Floats, Integers
from scoring.rulebook import Rulebook

ROBUST, FRAGILE, SINGLE, RARE = "稳健", "不稳", "取决于单项选择", "另有可能"

BLOCK = 500
"""Draws that are ranked at a time."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Ranks:
    """Ranks of the parks of one group in every draw: positions of the parks, D × those; own: the published ranks."""

    group: str
    members: Integers
    ranks: Integers
    own: Integers


def robustness(
    evaluated: Evaluated, filings: pl.DataFrame, book: Rulebook, plan: Plan, progress: Progress = lambda *_: None
) -> dict[str, pl.DataFrame]:
    """Tables `robustness`, `robustness_grades`, `robustness_rules`, `robustness_conditions` and `sensitivity`, without scheme and year.

    Reproducible for a seed, whatever the number of cores. Empty tables where no park is ranked.
    """
    simulation = simulation_of(evaluated, book, plan)
    count = len(simulation.structure.parks)
    uniforms = generator(plan, 3).random((plan.draws, len(FACTORS)))
    # Each draw has weights of its own; only the sensitivity indices have to find a set of weights by number.
    draws = draws_of(uniforms, plan, len(simulation.structure.leaves), simulation.weight_sets)
    draws = Draws(**{**{name: getattr(draws, name) for name in FACTORS}, "weights": np.arange(plan.draws)})
    totals = simulation.totals(draws, lambda done, total: progress("稳健性模拟", done, total))
    placed = [_ranked(simulation, totals, group, members) for group, members, _ in simulation.places()]
    first = np.arange(min(plan.judged_draws, plan.draws))
    judged = judge_draws(
        simulation, evaluated, filings, draws.part(first), totals[first],
        lambda done, total: progress("稳健性判定", done, total),
    )  # fmt: skip
    if not count:
        return {
            "robustness": _EMPTY,
            "robustness_grades": _GRADES,
            "robustness_rules": _RULES,
            "robustness_conditions": CONDITIONS,
            "sensitivity": SENSITIVITY,
        }
    return {
        "robustness": _intervals(simulation, totals, placed, judged, plan),
        "robustness_grades": _grades(simulation, judged, evaluated, book),
        "robustness_rules": _rules(simulation, judged, evaluated, draws.part(first), plan),
        "robustness_conditions": conditions_table(judged.reasons),
        "sensitivity": sensitivity(simulation, plan),
    }


def _ranked(simulation: Simulation, totals: Floats, group: str, members: Integers) -> Ranks:
    tolerance = simulation.book.scheme.ranking.tie_tolerance
    kind = np.int16 if members.size < 2**15 else np.int32
    ranks = np.empty((len(totals), members.size), dtype=kind)
    for start in range(0, len(totals), BLOCK):
        ranks[start : start + BLOCK] = rank_draws(totals[start : start + BLOCK, members], tolerance)
    return Ranks(group, members, ranks, rank_draws(simulation.own()[None, members], tolerance)[0])


def quantile(ordered: Floats | Integers, share: float) -> Floats | Integers:
    """The smallest value that at least `share` of the sorted rows do not exceed: always a value that occurred."""
    return np.asarray(ordered[max(ceil(share * len(ordered)) - 1, 0)])


def _intervals(simulation: Simulation, totals: Floats, placed: list[Ranks], judged: Judged, plan: Plan) -> pl.DataFrame:
    parks = simulation.structure.parks
    rows: list[dict[str, object]] = [{} for _ in parks]
    everyone = placed[-1]
    for one in placed if len(placed) == 1 else placed[:-1]:
        ordered = np.sort(one.ranks, axis=0)
        same = (one.ranks == one.own).mean(axis=0)
        low, middle, high = (quantile(ordered, share) for share in (0.05, 0.5, 0.95))
        for number, member in enumerate(one.members):
            rows[member] |= {
                "group": one.group, "rank": int(one.own[number]), "rank_p05": int(low[number]),
                "rank_median": int(middle[number]), "rank_p95": int(high[number]),
                "same_rank_pct": 100 * float(same[number]), "group_size": int(one.members.size),
            }  # fmt: skip
    ordered = np.sort(everyone.ranks, axis=0)
    scores = np.sort(np.where(np.isnan(totals), -1.0, totals), axis=0)
    for number in range(len(parks)):
        rows[number] |= {
            "park_code": parks[number], "overall_rank": int(everyone.own[number]),
            "overall_rank_p05": int(quantile(ordered, 0.05)[number]),
            "overall_rank_median": int(quantile(ordered, 0.5)[number]),
            "overall_rank_p95": int(quantile(ordered, 0.95)[number]),
            "score_p05": _known(quantile(scores, 0.05)[number]), "score_p95": _known(quantile(scores, 0.95)[number]),
            "bottom_probability": float(judged.bottom[:, number].mean()), "draws": plan.draws,
        }  # fmt: skip
        rows[number]["statement"] = _statement(rows[number])
    return pl.DataFrame(rows, schema=_EMPTY.schema)


def _known(score: float) -> float | None:
    """A score; null where the park had none in so many draws."""
    return None if score < 0 else float(score)


def _statement(row: dict[str, object]) -> str:
    """One sentence for a reader without statistics."""
    low, high, size = row["rank_p05"], row["rank_p95"], row["group_size"]
    if size == 1:
        return "组内只有一个园区，位次不受影响"
    if low == high == row["rank"]:
        return f"换用其他合理的做法，十次有九次以上仍是组内第 {low} 位"
    if low == high:
        return f"换用其他合理的做法，多半是组内第 {low} 位，与公布的第 {row['rank']} 位不同"
    return f"换用其他合理的做法，十次有九次在组内第 {low} 至第 {high} 位之间"


def _grades(simulation: Simulation, judged: Judged, evaluated: Evaluated, book: Rulebook) -> pl.DataFrame:
    labels = [grade.label for grade in book.scheme.grades]
    own = dict(evaluated.ranking.filter(book.own_group).select("park_code", "grade").iter_rows())
    rows = []
    for number, park in enumerate(simulation.structure.parks):
        for place, label in [*enumerate(labels), (-1, "无等次")]:
            share = float((judged.grades[:, number] == place).mean())
            if share > 0 or own.get(park) == label:
                rows.append((park, label, share, own.get(park) == label))
    return pl.DataFrame(rows, schema=_GRADES.schema, orient="row")


def _rules(simulation: Simulation, judged: Judged, evaluated: Evaluated, draws: Draws, plan: Plan) -> pl.DataFrame:
    triggered = set(evaluated.checks.filter(pl.col("outcome") == TRIGGERED).select("park_code", "rule").iter_rows())
    labels = {rule.code: rule.label for rule in simulation.book.scheme.rules}
    never = np.zeros(len(draws), dtype=bool)
    rows = []
    for park, rule in sorted(triggered | set(judged.rules)):
        held = judged.rules.get((park, rule), never)
        proposed = (park, rule) in triggered
        verdict, note = _verdict(simulation, held, proposed, draws, plan)
        why = sentence(judged.reasons.get((park, rule), {}), held) if proposed else ""
        note = f"{note}；{why}" if why else note
        rows.append((park, rule, labels[rule], proposed, float(held.mean()), verdict, note))
    return pl.DataFrame(rows, schema=_RULES.schema, orient="row")


def _verdict(simulation: Simulation, held: Truth, proposed: bool, draws: Draws, plan: Plan) -> tuple[str, str]:
    """Whether a proposal is robust, fragile or rests on one choice, and the sentence that says so."""
    share = 100 * float(held.mean())
    said = f"{len(held)} 次模拟中有 {int(held.sum())} 次提出（{percent_text(share / 100)}）"
    if not proposed:
        return RARE, f"{said}；按办法没有提出"
    if share >= plan.robust_pct:
        return ROBUST, said
    for label, own, other in _single_choices(simulation, held, draws, plan):
        if own >= plan.robust_pct and other < plan.fragile_pct:
            return SINGLE, f"{said}；{label}时 {percent_text(own / 100)}，改用其他做法时 {percent_text(other / 100)}"
    return FRAGILE, said


def _single_choices(simulation: Simulation, held: Truth, draws: Draws, plan: Plan) -> list[tuple[str, float, float]]:
    """For each choice: what it says, and the share of draws with the proposal under it and under the others."""
    told: list[tuple[str, float, float]] = []
    choices: list[tuple[Integers, tuple[Alternative, ...]]] = [
        (draws.normalisation, plan.normalisation), (draws.aggregation, plan.aggregation), (draws.missing, plan.missing),
    ]  # fmt: skip
    for drawn, alternatives in choices:
        for number, alternative in enumerate(alternatives):
            if alternative.key == "own":
                told += _compared(f"用{alternative.label}", held, drawn == number)
    indicators = simulation.book.catalogue.park_indicators()
    for leaf, code in enumerate(simulation.structure.leaves):
        told += _compared(f"计入“{indicators[code].label}”", held, draws.leave_out != leaf)
    return told


def _compared(label: str, held: Truth, own: Truth) -> list[tuple[str, float, float]]:
    if not own.any() or own.all():
        return []
    return [(label, 100 * float(held[own].mean()), 100 * float(held[~own].mean()))]


_EMPTY = pl.DataFrame(
    schema={
        "park_code": pl.String, "group": pl.String, "group_size": pl.Int32, "rank": pl.Int32, "rank_median": pl.Int32,
        "rank_p05": pl.Int32, "rank_p95": pl.Int32, "same_rank_pct": pl.Float64, "overall_rank": pl.Int32,
        "overall_rank_median": pl.Int32, "overall_rank_p05": pl.Int32, "overall_rank_p95": pl.Int32,
        "score_p05": pl.Float64, "score_p95": pl.Float64, "bottom_probability": pl.Float64, "draws": pl.Int32,
        "statement": pl.String,
    }
)  # fmt: skip
_GRADES = pl.DataFrame(
    schema={"park_code": pl.String, "grade": pl.String, "probability": pl.Float64, "published": pl.Boolean}
)
_RULES = pl.DataFrame(
    schema={
        "park_code": pl.String, "rule": pl.String, "label": pl.String, "proposed": pl.Boolean, "probability": pl.Float64,
        "verdict": pl.String, "note": pl.String,
    }
)  # fmt: skip
