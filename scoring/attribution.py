"""Why scores and places moved between two evaluations: a park's own data, the other parks' data, or the rule.

The parts are Shapley values of the three factors: each factor's effect averaged over all orders in which the factors can
change. No order is privileged, and the parts add up to the whole (Shapley 1953; for indices: Shorrocks 2013).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import polars as pl

from scoring.evaluation import Basis, Placed, place
from scoring.rulebook import Rulebook
from scoring.scheme import TOTAL

OWN, PEERS, RULE = "own", "peers", "rule"
FACTORS = (OWN, PEERS, RULE)
SCHEMA = {
    "park_code": pl.String(), **{f"score_{name}": pl.Float64() for name in FACTORS},
    **{f"rank_{name}": pl.Float64() for name in FACTORS},
}  # fmt: skip

Corner = tuple[bool, bool, bool]
"""Whether own data, other parks' data and rule are those of afterwards."""


@dataclass(frozen=True)
class Side:
    """One of the two evaluations."""

    basis: Basis
    book: Rulebook


def attribute(before: Side, after: Side, parks: Sequence[str]) -> pl.DataFrame:
    """SCHEMA, one row per park of `parks` that is ranked on both sides, sorted by code.

    score_*: points of the change of the total; rank_*: places in the ranking of all parks, positive upwards. The three
    add up to the change. The rule of a year is its weights, targets, parameters and what the pace asks of the year.
    """
    sides = (before, after)
    rows = []
    common = {
        corner: place(_mixed(sides, "", corner), sides[corner[2]].book) for corner in _CORNERS if corner[0] == corner[1]
    }
    for park in sorted(parks):
        worth: dict[Corner, tuple[float, float] | None] = {}
        for corner in _CORNERS:
            book = sides[corner[2]].book
            placed = common[corner] if corner in common else place(_mixed(sides, park, corner), book)
            worth[corner] = _standing(placed, book, park)
        if any(value is None for value in worth.values()):
            continue
        score = shapley(lambda corner, worth=worth: _known(worth[corner])[0])  # type: ignore[misc]
        rank = shapley(lambda corner, worth=worth: -_known(worth[corner])[1])  # type: ignore[misc]
        own = {f"score_{name}": value for name, value in score.items()} | {
            f"rank_{name}": value for name, value in rank.items()
        }
        rows.append({"park_code": park, **own})
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


_CORNERS: tuple[Corner, ...] = tuple(
    (own, peers, rule) for own in (False, True) for peers in (False, True) for rule in (False, True)
)


def shapley(worth: Callable[[Corner], float]) -> dict[str, float]:
    """Each factor's effect, averaged over the six orders in which the three can change."""
    parts = dict.fromkeys(FACTORS, 0.0)
    orders = list(permutations(range(3)))
    for order in orders:
        now = [False, False, False]
        for factor in order:
            start = worth((now[0], now[1], now[2]))
            now[factor] = True
            parts[FACTORS[factor]] += (worth((now[0], now[1], now[2])) - start) / len(orders)
    return parts


def _known(value: tuple[float, float] | None) -> tuple[float, float]:
    assert value is not None
    return value


def _mixed(sides: tuple[Side, Side], park: str, corner: Corner) -> Basis:
    """The basis of the side whose rule holds, with the rows of this and last year of those parks whose data are the other side's."""
    own, peers, rule = corner
    here, there = sides[rule], sides[not rule]
    if own == rule and peers == rule:
        return here.basis
    chosen = pl.lit(True)
    if own == rule:
        chosen = pl.col("park_code") != park
    elif peers == rule:
        chosen = pl.col("park_code") == park
    return replace(here.basis, computed=replace(here.basis.computed, wide=_with_rows(here, there, chosen)))


def _with_rows(here: Side, there: Side, chosen: pl.Expr) -> pl.DataFrame:
    wide, other = here.basis.computed.wide, there.basis.computed.wide
    shift = here.book.year - there.book.year
    recent = pl.col("year").is_in([here.book.year, here.book.year - 1])
    moved = other.with_columns((pl.col("year") + shift).cast(wide.schema["year"])).filter(recent & chosen)
    constants = [name for name in wide.columns if name.startswith(("param.", "calendar."))]
    given = wide.select("park_code", "year", *constants)
    columns = [name for name in wide.columns if name in other.columns and name not in constants]
    moved = moved.select(columns).join(given, on=["park_code", "year"], how="left", maintain_order="left")
    kept = wide.filter(~(recent & chosen))
    return pl.concat([kept, moved], how="diagonal_relaxed").select(wide.columns).sort("park_code", "year")


def _standing(placed: Placed, book: Rulebook, park: str) -> tuple[float, float] | None:
    totals = placed.scores.filter((pl.col("park_code") == park) & (pl.col("node") == TOTAL))["normalised"]
    ranks = placed.ranking.filter((pl.col("park_code") == park) & (pl.col("group") == book.scheme.ranking.overall))[
        "rank"
    ]
    if totals.is_empty() or ranks.is_empty() or totals[0] is None:
        return None
    return float(totals[0]), float(ranks[0])


def overtakings(before: Mapping[str, int], after: Mapping[str, int], names: Mapping[str, str]) -> pl.DataFrame:
    """park_code, passed, passed_by: whom a park overtook and who overtook it, by name; places by park code."""
    both = sorted(set(before) & set(after))
    rows = []
    for park in both:
        passed = [one for one in both if before[one] < before[park] and after[one] > after[park]]
        passed_by = [one for one in both if before[one] > before[park] and after[one] < after[park]]
        rows.append(
            {"park_code": park, "passed": "、".join(names[one] for one in passed),
             "passed_by": "、".join(names[one] for one in passed_by)}
        )  # fmt: skip
    return pl.DataFrame(rows, schema={"park_code": pl.String, "passed": pl.String, "passed_by": pl.String})
