"""What errors of the filed figures do to the indicators: first-order propagation (JCGM 100:2008, 5.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from metrics.compute import parse_catalogue
from scoring.evaluation import Evaluated, indicators_of
from scoring.robustness.plan import DataErrors
from scoring.robustness.structure import Floats
from scoring.rulebook import Rulebook

STEP = 1e-4
"""Relative step of the numerical derivative: small against any error, large against twelve significant digits."""

DECIMALS = 6
"""The most decimals a filed figure keeps."""


@dataclass(frozen=True)
class Propagation:
    """How the indicators of each evaluated park follow the items it filed.

    parks: codes of the evaluated parks, in order; items: codes; deviation: parks × items, standard deviation of the
    filed figure in its unit (0 where nothing was filed); slopes: by indicator, the positions of the items it rests on
    and parks × those, change of the indicator for a unit of the item.
    """

    parks: tuple[str, ...]
    items: tuple[str, ...]
    deviation: Floats
    slopes: Mapping[str, tuple[list[int], Floats]]

    def noise(self, replicas: int, generator: np.random.Generator) -> dict[str, Floats]:
        """By indicator, replicas × parks errors; the same error of an item in all indicators that rest on it."""
        errors = generator.standard_normal((replicas, len(self.parks), len(self.items))) * self.deviation
        return {code: np.einsum("kpi,pi->kp", errors[:, :, own], slope) for code, (own, slope) in self.slopes.items()}


def propagation(evaluated: Evaluated, book: Rulebook, errors: DataErrors) -> Propagation:
    """How errors of this year's items reach the indicators that are scored or asked for.

    Figures of earlier years, of sub-tables and of the region are taken as they are. Raises DefinitionRefused only for
    formulas that evaluation has refused already.
    """
    now = _of_year(evaluated.computed.wide, book)
    items = _items_of(book)
    used = sorted(set().union(*items.values())) if items else []
    place = {code: number for number, code in enumerate(used)}
    steps = {code: _steps(now, code) for code in used}
    slopes = {
        code: (sorted(place[item] for item in own), np.zeros((now.height, len(own)))) for code, own in items.items()
    }
    for together in _independent(used, items):
        moved = _indicators_after(evaluated, book, {code: steps[code] for code in together})
        for indicator, own in items.items():
            for item in own & together:
                change = (moved[indicator] - now[indicator].cast(pl.Float64).to_numpy()) / steps[item]
                own_items, slope = slopes[indicator]
                slope[:, own_items.index(place[item])] = np.nan_to_num(change)
    deviation = (
        np.stack([_deviation(now, code, book, errors) for code in used], axis=1) if used else np.zeros((now.height, 0))
    )
    return Propagation(tuple(now["park_code"]), tuple(used), deviation, slopes)


def _of_year(wide: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    return wide.filter((pl.col("year") == book.year) & pl.col("#absent").is_null()).sort("park_code")


def _items_of(book: Rulebook) -> dict[str, set[str]]:
    """The numeric items of the year that each indicator that decides anything rests on, directly or through other indicators."""
    parsed = parse_catalogue(book.catalogue, book.vocabulary, book.files[1].name)
    own = {
        code: {name.name for name in parsed["park", code].names if not name.space}
        for kind, code in parsed
        if kind == "park"
    }
    items = {code for code, item in book.form_set.items().items() if item.numeric}

    def below(code: str) -> set[str]:
        return {item for name in own.get(code, set()) for item in ({name} if name in items else below(name))}

    return {code: below(code) for code in _asked(book)}


def _asked(book: Rulebook) -> list[str]:
    """The indicators that are scored, or that targets and rules ask for."""
    known = book.catalogue.park_indicators()
    names = {name.name for condition in book.conditions.values() for name in condition.names}
    names |= {node.indicator for node in book.scheme.nodes} | {target.indicator for target in book.scheme.targets}
    return sorted(names & set(known))


def _independent(used: Sequence[str], items: Mapping[str, set[str]]) -> list[set[str]]:
    """Items in sets of which no indicator rests on two, so that all of a set can be moved at once."""
    rivals = {item: set().union(*(own for own in items.values() if item in own)) for item in used}
    sets: list[set[str]] = []
    for item in sorted(used, key=lambda code: (-len(rivals[code]), code)):
        home = next((one for one in sets if not one & rivals[item]), None)
        if home is None:
            sets.append({item})
        else:
            home.add(item)
    return sets


def _steps(now: pl.DataFrame, code: str) -> Floats:
    figures = np.abs(np.nan_to_num(now[code].cast(pl.Float64).to_numpy()))
    return np.asarray(STEP * np.where(figures > 0, figures, 1.0))


def _indicators_after(evaluated: Evaluated, book: Rulebook, steps: Mapping[str, Floats]) -> dict[str, Floats]:
    """The indicators of the year with each of the items moved by its step."""
    parks = _of_year(evaluated.computed.wide, book)["park_code"]
    moves = pl.DataFrame(
        {"park_code": parks, "year": [book.year] * len(parks)} | {f"#{code}": step for code, step in steps.items()}
    )
    moved = evaluated.panel.parks.join(
        moves.with_columns(pl.col("year").cast(pl.Int32)), on=["park_code", "year"], how="left", maintain_order="left"
    ).with_columns((pl.col(code) + pl.col(f"#{code}").fill_null(0.0)).alias(code) for code in steps)
    panel = replace(evaluated.panel, parks=moved.drop(f"#{code}" for code in steps))
    now = _of_year(indicators_of(panel, book).wide, book)
    return {code: now[code].cast(pl.Float64).to_numpy() for code in _asked(book)}


def _deviation(now: pl.DataFrame, code: str, book: Rulebook, errors: DataErrors) -> Floats:
    item = book.form_set.items()[code]
    figures = np.nan_to_num(now[code].cast(pl.Float64).to_numpy())
    relative = errors.relative_error_pct.get(item.source_kind, 0.0) / 100 * np.abs(figures)
    if not errors.rounding or item.type == "count":
        return np.asarray(relative)
    # A rounded figure is uniform within half its last digit: standard deviation half ÷ √3.
    half = 0.5 * 10.0 ** -_decimals(figures)
    return np.asarray(np.hypot(relative, np.where(figures != 0, half / np.sqrt(3), 0.0)))


def _decimals(figures: Floats) -> Floats:
    """How many decimals each figure shows."""
    shown = np.full(figures.shape, float(DECIMALS))
    for digits in range(DECIMALS - 1, -1, -1):
        shown = np.where(np.abs(figures - np.round(figures, digits)) < 10.0 ** -(DECIMALS + 1), float(digits), shown)
    return shown
