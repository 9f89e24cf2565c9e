"""The definitions of a scheme examined before it is enacted: every file, every year, everything wrong at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from metrics.units import unit_problems
from scoring.dated import Dated
from scoring.faults import faults
from scoring.loading import load_scheme, read_rulebook
from scoring.rulebook import Rulebook
from scoring.scheme import Scheme
from scoring.soundness import contradictions, over_years, unused
from validation.checks import FILED_LAST, PREVIOUS, Checks, load_checks
from validation.expression import Name
from validation.ledgers.definition import LAST, PAIRS
from validation.problems import DefinitionRefused, Problem
from validation.rule_health import check_rules

_LATEST = 2200
"""No year after this is asked for one by one, whatever a slip of the pen makes of a target year."""


@dataclass(frozen=True)
class Examination:
    """What was found: `warnings` are no mistakes. `years` are those for which the scheme was examined."""

    scheme: Scheme
    years: tuple[int, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def examine(key: str, year: int | None = None) -> Examination:
    """Examine the scheme `key` with its indicators, forms and checks for `year`, or for every year from its first to its target
    year and the later ones from which a figure changes.

    Raises DefinitionRefused where a file cannot be read as what it should be; all else is told as problems.
    """
    scheme = load_scheme(key)
    years = (year,) if year is not None else years_of(scheme)
    first = read_rulebook(key, years[0])
    books = [first, *(replace(first, year=one) for one in years[1:])]
    found = [(book.year, problem) for book in books for problem in (*faults(book), *contradictions(book))]
    problems = [*over_years(found), *_check_problems(first)]
    return Examination(scheme, years, tuple(sorted(set(problems))), tuple(unused(first)))


def years_of(scheme: Scheme) -> tuple[int, ...]:
    """The years from the first to the target year, and the later ones from which a figure of the scheme changes."""
    parts = (scheme.parameters, scheme.targets, scheme.region_targets)
    dated: list[Dated] = [value for group in parts for part in group for value in part.values]
    dated += [weight for node in scheme.nodes for weight in node.weights]
    for node in scheme.nodes:
        for name in node.points.dated():
            dated += getattr(node.points, name)
    dated += [weight for dimension in scheme.dimensions for weight in dimension.weights]
    last = max(scheme.first_year, min(scheme.target_year, _LATEST))
    ends = [target.to_year for target in (*scheme.targets, *scheme.region_targets) if target.to_year is not None]
    years = {
        *(year + 1 for year in ends if year >= last),
        *range(scheme.first_year, last + 1),
        *(item.from_year for item in dated if item.from_year > last),
    }
    return tuple(sorted(years))


def _check_problems(book: Rulebook) -> Iterator[Problem]:
    """Problems of the ledgers' units; of the checks: of the file, of their units, and of the rules together."""
    yield from _ledger_units(book)
    try:
        checks = load_checks(book.form_set, book.forms_folder)
    except DefinitionRefused as refused:
        yield from refused.problems
        return
    yield from _check_units(checks, book)
    yield from check_rules(checks, book.form_set)


def _ledger_units(book: Rulebook) -> Iterator[Problem]:
    columns = {
        Name(f"{space}{ledger.code}", f"{before}{column.code}"): column.unit
        for ledger in book.ledgers.ledgers
        for column in ledger.columns
        if column.numeric
        for space, before in (("", ""), (PAIRS, ""), (PAIRS, LAST))
    }
    for figure in book.ledgers.figures:
        yield from unit_problems(figure.expression, columns.get, figure.unit)


def _check_units(checks: Checks, book: Rulebook) -> Iterator[Problem]:
    items = {code: item.unit for code, item in book.form_set.items().items() if item.numeric}
    columns = {
        Name(form.code, column.code): column.unit
        for form in book.form_set.tables().values()
        for column in form.columns
        if column.numeric
    }

    def unit_of(name: Name) -> str | None:
        return items.get(name.name) if name.space in ("", PREVIOUS, FILED_LAST) else columns.get(name)

    for rule in checks.rules:
        for expression in rule.expressions:
            yield from unit_problems(expression, unit_of)
