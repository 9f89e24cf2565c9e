"""Grades, places near the bottom and proposals of many draws: by the very functions that judge the published ranking."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from metrics.panel import ABSENT
from scoring.adjustments import grade_caps
from scoring.evaluation import Evaluated
from scoring.facts import build_facts
from scoring.management import SEPARATE, TRIGGERED, judge_rules
from scoring.ranking import judged
from scoring.robustness.draws import Draws
from scoring.robustness.ranks import rank_draws
from scoring.robustness.reasons import Reason, reasons_of
from scoring.robustness.simulation import Progress, Simulation
from scoring.robustness.structure import Floats
from scoring.rulebook import APART, Rulebook
from scoring.targets import park_targets

ROWS = 400_000
"""Parks × draws × years that are judged at a time."""

Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Judged:
    """What became of every park in every draw.

    grades: D × P, place in the scheme's order of grades, −1 without one; bottom: D × P; rules: (park, rule) and the
    draws in which it was triggered, in the order of parks and rules; only those that ever were. reasons: for every
    published proposal the draws in which it was not made, by reason.
    """

    grades: NDArray[np.int64]
    bottom: Truth
    rules: dict[tuple[str, str], Truth]
    reasons: dict[tuple[str, str], dict[Reason, Truth]]


def judge_draws(
    simulation: Simulation, evaluated: Evaluated, filings: pl.DataFrame, draws: Draws, totals: Floats,
    progress: Progress = lambda done, total: None,
) -> Judged:  # fmt: skip
    """Judge the draws with the given totals (D × P). filings: park_code, year, filed_on, late_days."""
    parks = simulation.structure.parks
    grades = np.full(totals.shape, -1, dtype=np.int64)
    bottom = np.zeros(totals.shape, dtype=bool)
    rules: dict[tuple[str, str], Truth] = {}
    reasons: dict[tuple[str, str], dict[Reason, Truth]] = {}
    years = evaluated.computed.wide["year"].n_unique()
    size = max(ROWS // max(years * len(parks), 1), 1)
    stack = _Stack(simulation, evaluated, filings)
    for first in range(0, len(draws), size):
        which = np.arange(first, min(first + size, len(draws)))
        ranking, checks, why = stack.judge(draws.part(which), totals[which])
        number = np.array([int(code.split(APART)[1]) for code in ranking["park_code"]], dtype=np.int64) + first
        row = {code: place for place, code in enumerate(parks)}
        place = np.array([row[code.split(APART)[0]] for code in ranking["park_code"]], dtype=np.int64)
        order = {grade.label: place for place, grade in enumerate(simulation.book.scheme.grades)}
        grades[number, place] = [order.get(grade, -1) for grade in ranking["grade"]]
        bottom[number, place] = ranking["bottom"].fill_null(False).to_numpy()
        for code, rule in checks.iter_rows():
            park, draw = code.split(APART)
            rules.setdefault((park, rule), np.zeros(len(draws), dtype=bool))[int(draw) + first] = True
        for pair, own in why.items():
            for reason, truth in own.items():
                known = reasons.setdefault(pair, {}).setdefault(reason, np.zeros(len(draws), dtype=bool))
                known[which] = truth
        progress(int(which[-1]) + 1, len(draws))
    return Judged(grades, bottom, dict(sorted(rules.items())), reasons)


class _Stack:
    """The frames of one evaluation, many times over: codes and groups carry the number of the draw."""

    def __init__(self, simulation: Simulation, evaluated: Evaluated, filings: pl.DataFrame) -> None:
        self.simulation, self.evaluated, self.filings = simulation, evaluated, filings
        self.book: Rulebook = simulation.book
        self.wide = _needed(evaluated.computed.wide, self.book)
        self.targets = evaluated.targets
        self.vacant = evaluated.facts["vacant_places"].first() if evaluated.facts.height else None
        self.base = evaluated.ranking.select("group", "park_code", "group_size", "group_parks")
        triggered = evaluated.checks.filter(pl.col("outcome") == TRIGGERED)
        self.proposed = list(triggered.select("park_code", "rule").iter_rows())
        self.caps = grade_caps(evaluated.computed.wide, self.book)

    def judge(
        self, draws: Draws, totals: Floats
    ) -> tuple[pl.DataFrame, pl.DataFrame, dict[tuple[str, str], dict[Reason, Truth]]]:
        """The own-group rows of the stacked table `ranking`; park_code, rule of what was triggered; and why what was
        published was not."""
        numbers = pl.DataFrame({"#draw": [str(number) for number in range(len(draws))]})
        previous = {name: _many(frame, numbers) for name, frame in self.evaluated.previous.items()}
        ranking = judged(self._ranks(totals), previous["ranking"], _many(self.caps, numbers), self.book)
        own = ranking.filter(self.book.own_group)
        if not self.book.scheme.rules:
            return own, pl.DataFrame(schema={"park_code": pl.String, "rule": pl.String}), {}
        wide, targets = self._figures(draws, numbers)
        facts = build_facts(wide, ranking, targets, _many(self.filings, numbers), previous, self.book)
        facts = facts.with_columns(
            pl.col("park_code").str.split(APART).list.last().alias(SEPARATE),
            pl.lit(self.vacant, pl.Int32).alias("vacant_places"),
        )
        checks = judge_rules(facts, self.book, told=False)
        why = reasons_of(facts, checks, self.proposed, len(draws), self.book)
        return own, checks.filter(pl.col("outcome") == TRIGGERED).select("park_code", "rule"), why

    def _ranks(self, totals: Floats) -> pl.DataFrame:
        """group, park_code, score, rank, group_size, group_parks, tied of every draw."""
        frames = []
        tolerance = self.book.scheme.ranking.tie_tolerance
        for name, members, _ in self.simulation.places():
            own = totals[:, members]
            ranks = rank_draws(own, tolerance)
            codes = [self.simulation.structure.parks[member] for member in members]
            numbers = [str(number) for number in range(len(totals))]
            frames.append(
                pl.DataFrame(
                    {
                        "#code": codes * len(numbers),
                        "#draw": [number for number in numbers for _ in codes],
                        "score": own.ravel(),
                        "rank": ranks.astype(np.int32).ravel(),
                    }
                ).with_columns(pl.lit(name).alias("#group"))
            )
        together = pl.concat(frames).join(
            self.base.rename({"group": "#group", "park_code": "#code"}), on=["#group", "#code"], maintain_order="left"
        )
        named = together.select(
            pl.concat_str("#group", "#draw", separator=APART).alias("group"),
            pl.concat_str("#code", "#draw", separator=APART).alias("park_code"),
            pl.col("score").fill_nan(None), "rank", "group_size", "group_parks",
        )  # fmt: skip
        return named.with_columns((pl.len().over("group", "rank") > 1).alias("tied"))

    def _figures(self, draws: Draws, numbers: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The park rows and the targets of every draw, with the errors of its data set in the indicators."""
        noise = self.simulation.noise
        wide = _many(self.wide, numbers)
        if noise is None:
            return wide, _many(self.targets, numbers)
        codes = self.simulation.leaves.evaluated
        moved = pl.DataFrame(
            {
                "park_code": [f"{code}{APART}{number}" for number in numbers["#draw"] for code in codes],
                "year": pl.Series([self.book.year] * (len(codes) * numbers.height), dtype=pl.Int32),
                **{f"#{code}": own[draws.data].ravel() for code, own in noise.items() if code in self.wide.columns},
            }
        )
        errors = [code for code in noise if code in self.wide.columns]
        wide = wide.join(moved, on=["park_code", "year"], how="left", maintain_order="left").with_columns(
            (pl.col(code) + pl.col(f"#{code}").fill_null(0.0)).alias(code) for code in errors
        )
        wide = wide.drop(f"#{code}" for code in errors)
        return wide, park_targets(replace(self.evaluated.computed, wide=wide), self.book)


def _many(frame: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """`frame` once for every draw, with the draw in its codes and groups."""
    named = [name for name in ("park_code", "group") if name in frame.columns]
    stacked = numbers.join(frame, how="cross", maintain_order="left")
    return stacked.with_columns(pl.concat_str(name, "#draw", separator=APART) for name in named).drop("#draw")


def _needed(wide: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """The park rows with the register and what rules and targets can ask of them; other figures are left out."""
    names = {name for condition in book.conditions.values() for name in condition.names}
    asked = {name.name for name in names} | {str(name) for name in names}
    asked |= {target.indicator for target in book.scheme.targets}
    asked |= {rule.order_by.lstrip("-") for rule in book.scheme.rules}
    numeric = {code for code, item in book.form_set.items().items() if item.numeric}
    figures = set(book.catalogue.park_indicators()) | numeric

    def kept(column: str) -> bool:
        name = column.split("#", maxsplit=1)[0]
        figure = name in figures or not name.isidentifier()
        return column == ABSENT or name in asked or not figure

    return wide.select(column for column in wide.columns if kept(column))
