"""What if: other figures, other indicator values, other weights, targets and parameters, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

import polars as pl

from metrics.compute import Computed
from scoring.dated import Dated, ParkClass, in_force
from scoring.evaluation import Trusted
from scoring.rulebook import Rulebook
from scoring.scheme import Dimension, Node

Place = tuple[str, int, str]
"""A park code, a year and the code of an item or indicator."""

Values = Mapping[str, float] | float
"""One value for all parks, or one by level or by type."""

ASSUMED = "推演"

_V = TypeVar("_V")


@dataclass(frozen=True)
class RuleChanges:
    """Weights of nodes, targets and parameters by code, in place of those in force."""

    weights: Mapping[str, Values] = field(default_factory=dict)
    targets: Mapping[str, Values] = field(default_factory=dict)
    parameters: Mapping[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.weights or self.targets or self.parameters)


def with_items(trusted: Trusted, changes: Mapping[Place, Decimal]) -> Trusted:
    """`trusted` with other filed figures; a figure that was not filed is added. Refused park-years stay refused."""
    rows = [
        {"park_code": park, "year": year, "item": item, "value": value, "source_file": ASSUMED}
        for (park, year, item), value in sorted(changes.items())
    ]
    given = pl.DataFrame(rows, schema={name: trusted.items.schema[name] for name in _GIVEN})
    kept = trusted.items.join(given, on=["park_code", "year", "item"], how="anti", maintain_order="left")
    return replace(trusted, items=pl.concat([kept, given], how="diagonal"))


_GIVEN = ("park_code", "year", "item", "value", "source_file")


def with_indicators(computed: Computed, changes: Mapping[Place, float]) -> Computed:
    """`computed` with other indicator values of park-years; nothing that rests on them is computed anew."""
    wide = computed.wide
    for (park, year, code), value in changes.items():
        here = (pl.col("park_code") == park) & (pl.col("year") == year)
        wide = wide.with_columns(
            pl.when(here).then(pl.lit(value)).otherwise(code).alias(code),
            pl.when(here).then(None).otherwise(f"{code}#reason").alias(f"{code}#reason"),
        )
    rows = [
        {"park_code": park, "year": year, "indicator": code, "value": value, "worked": ASSUMED}
        for (park, year, code), value in changes.items()
    ]
    given = pl.DataFrame(rows, schema={name: computed.parks.schema[name] for name in _ASSUMED})
    kept = computed.parks.join(given, on=["park_code", "year", "indicator"], how="anti", maintain_order="left")
    return replace(computed, wide=wide, parks=pl.concat([kept, given], how="diagonal"))


_ASSUMED = ("park_code", "year", "indicator", "value", "worked")


def with_rules(book: Rulebook, changes: RuleChanges) -> Rulebook:
    """`book` with other weights, targets and parameters from its year on.

    The weights that are not given share what the given ones leave of 100, in their old proportions, for each level
    and type apart; where nothing is left to share they stay as they are, and loading would say so.
    """
    scheme = book.scheme
    dimensions, nodes = list(scheme.dimensions), list(scheme.nodes)
    for parent in dict.fromkeys(["", *(item.code for item in scheme.dimensions)]):
        own_dimensions = [item for item in dimensions if item.parent == parent]
        own_nodes = [item for item in nodes if item.dimension == parent]
        given = {code: changes.weights[code] for code in _codes(own_dimensions, own_nodes) if code in changes.weights}
        if given:
            relative = next((item.relative for item in dimensions if item.code == parent), scheme.total.relative)
            weights = _shared_out(book, own_dimensions, own_nodes, given, relative=relative)
            dimensions = [
                item.model_copy(update={"weights": weights[item.code]}) if item in own_dimensions else item
                for item in dimensions
            ]
            nodes = [
                item.model_copy(update={"weights": weights[item.indicator]}) if item in own_nodes else item
                for item in nodes
            ]
    targets = [
        item.model_copy(update={"values": (_dated(book, changes.targets[item.indicator]),)})
        if item.indicator in changes.targets
        else item
        for item in scheme.targets
    ]
    parameters = [
        item.model_copy(update={"values": (_dated(book, changes.parameters[item.code]),)})
        if item.code in changes.parameters
        else item
        for item in scheme.parameters
    ]
    changed = scheme.model_copy(
        update={
            "dimensions": tuple(dimensions), "nodes": tuple(nodes), "targets": tuple(targets),
            "parameters": tuple(parameters),
        }
    )  # fmt: skip
    return Rulebook(changed, book.catalogue, book.form_set, book.year, book.files, book.ledgers)


def in_codes(book: Rulebook, changes: RuleChanges) -> RuleChanges:
    """`changes` with the Chinese names that an officer may have written replaced by the codes of the scheme."""
    codes = {kind: {label: code for code, label in known.items()} for kind, known in _labels(book).items()}

    def spelled(kind: str, given: Mapping[str, _V]) -> dict[str, _V]:
        return {codes[kind].get(name, name): value for name, value in given.items()}

    return RuleChanges(
        spelled("权重", changes.weights), spelled("目标", changes.targets), spelled("参数", changes.parameters)
    )


def unknown_codes(book: Rulebook, changes: RuleChanges) -> list[tuple[str, str, list[str]]]:
    """What of `changes` the scheme does not have: kind, code, the names it knows."""
    known = _labels(book)
    given: dict[str, Iterable[str]] = {
        "权重": changes.weights, "目标": changes.targets, "参数": changes.parameters
    }  # fmt: skip
    return [
        (kind, code, list(known[kind].values()))
        for kind, codes in given.items()
        for code in codes
        if code not in known[kind]
    ]


def _labels(book: Rulebook) -> dict[str, dict[str, str]]:
    """Codes and Chinese names of what can be changed, by kind."""
    scheme, indicators = book.scheme, book.catalogue.park_indicators()

    def named(codes: Iterable[str]) -> dict[str, str]:
        return {code: indicators[code].label if code in indicators else code for code in codes}

    return {
        "权重": {item.code: item.label for item in scheme.dimensions} | named(item.indicator for item in scheme.nodes),
        "目标": named(item.indicator for item in scheme.targets),
        "参数": {item.code: item.label for item in scheme.parameters},
    }


def computed_weights(book: Rulebook, changes: RuleChanges) -> list[str]:
    """Codes of `changes` whose weights the scheme computes from the data, so that they cannot be given."""
    scheme = book.scheme
    parents = {item.code for item in scheme.dimensions if item.weighting} | ({""} if scheme.total.weighting else set())
    children = [(item.code, item.parent) for item in scheme.dimensions]
    children += [(item.indicator, item.dimension) for item in scheme.nodes]
    return [code for code, parent in children if parent in parents and code in changes.weights]


def _codes(dimensions: Sequence[Dimension], nodes: Sequence[Node]) -> list[str]:
    return [*(item.code for item in dimensions), *(item.indicator for item in nodes)]


def _dated(book: Rulebook, value: Values) -> Dated:
    if not isinstance(value, Mapping):
        return Dated(from_year=book.year, value=value)
    by_level = set(value) <= set(book.scheme.levels)
    return Dated(from_year=book.year, **{"by_level" if by_level else "by_type": dict(value)})


def _shared_out(
    book: Rulebook,
    dimensions: Sequence[Dimension],
    nodes: Sequence[Node],
    given: Mapping[str, Values],
    *,
    relative: bool,
) -> dict[str, tuple[Dated, ...]]:
    """The weights of the children of one parent by code, the given ones set and the others scaled (multipliers are not)."""
    own = {item.code: item.weights for item in dimensions} | {item.indicator: item.weights for item in nodes}
    found: dict[str, dict[ParkClass, float]] = {code: {} for code in own}
    for kind in book.scheme.classes:
        before = {code: (dated.at(kind) or 0.0) if (dated := in_force(values, book.year)) else 0.0
                  for code, values in own.items()}  # fmt: skip
        set_now = {code: _dated(book, value).at(kind) for code, value in given.items()}
        fixed = {code: value for code, value in set_now.items() if value is not None and sum(before.values()) > 0}
        rest = sum(weight for code, weight in before.items() if code not in fixed)
        left = 100 - sum(fixed.values())
        for code, weight in before.items():
            scaled = weight * left / rest if fixed and rest and not relative else weight
            found[code][kind] = fixed.get(code, scaled)
    return {code: (_by_class(book, weights),) for code, weights in found.items()}


def _by_class(book: Rulebook, weights: Mapping[ParkClass, float]) -> Dated:
    """One dated value: the same for all, by level or by type, whichever tells them apart."""
    if len(set(weights.values())) == 1:
        return Dated(from_year=book.year, value=next(iter(weights.values())))
    by_level = {kind.level: weight for kind, weight in weights.items()}
    if all(by_level[kind.level] == weight for kind, weight in weights.items()):
        return Dated(from_year=book.year, by_level=by_level)
    return Dated(from_year=book.year, by_type={kind.park_type: weight for kind, weight in weights.items()})
