"""Units in formulas and conditions of a scheme: what is added, compared or declared that does not go together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from metrics.units import YEARS, UnitOf, unit_problems, units_of_parks, units_of_region
from validation.expression import Expression, Name, parse
from validation.problems import DefinitionRefused, Problem

if TYPE_CHECKING:
    from scoring.rulebook import Rulebook

_FACTS = {"late_days": "天", "bottom_years": YEARS, "region_exit_years": YEARS}
_YEARS_OF = ("missed_years", "last")


def unit_faults(book: Rulebook) -> Iterator[Problem]:
    """A problem for every formula, condition and exemption of `book` that mixes units or contradicts its declared unit.

    Texts that are no expressions are left to other checks.
    """
    parameters = {parameter.code: parameter.unit for parameter in book.scheme.parameters}
    parks = units_of_parks(book.form_set, book.catalogue, parameters, book.ledgers.units)
    region = units_of_region(book.form_set, book.catalogue, parameters)
    place = book.files[1].name
    for indicator in book.catalogue.indicators:
        yield from _problems(lambda one=indicator: one.expression(place), parks, indicator.unit)  # type: ignore[misc]
    for indicator in book.catalogue.region_indicators:
        yield from _problems(lambda one=indicator: one.expression(place), region, indicator.unit)  # type: ignore[misc]
    rules = units_of_rules(book)
    for key, text in conditions_of(book):
        yield from _problems(lambda text=text, key=key: parse(text, f"{book.place} 的 {key}"), rules, "")  # type: ignore[misc]


def conditions_of(book: Rulebook) -> Iterator[tuple[str, str]]:
    """Key and text of every condition and points formula of the scheme."""
    for rule in book.scheme.rules:
        yield f"rules.{rule.code}.when", rule.when
        if rule.placed:
            yield f"rules.{rule.code}.order_by", rule.order
    for exemption in book.scheme.exemptions:
        yield f"exemptions.{exemption.code}.when", exemption.when
    for item in book.scheme.adjustments:
        for name, text in (("when", item.when), ("points", item.points)):
            if text:
                yield f"adjustments.{item.code}.{name}", text


def units_of_rules(book: Rulebook) -> UnitOf:
    """The units of the names that conditions use: those of indicators in all their spaces, days and years of facts."""
    indicators = {code: indicator.unit for code, indicator in book.catalogue.park_indicators().items()}
    parameters = {parameter.code: parameter.unit for parameter in book.scheme.parameters}

    def unit_of(name: Name) -> str | None:
        if name.space == "param":
            return parameters.get(name.name)
        if name.space.startswith(_YEARS_OF):
            return YEARS
        if name.space in ("", "prev", "group", "target"):
            return _FACTS.get(name.name) or indicators.get(name.name)
        return None

    return unit_of


def _problems(read: Callable[[], Expression], unit_of: UnitOf, declared: str) -> Iterator[Problem]:
    try:
        yield from unit_problems(read(), unit_of, declared)
    except DefinitionRefused:
        return
