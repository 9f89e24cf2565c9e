"""What an indicator of a park rests on: items, sub-tables and figures of ledgers, through other indicators too."""

from __future__ import annotations

from metrics.ledgers import figures_in
from scoring.rulebook import Rulebook
from validation.expression.parse import name_of
from validation.forms import NO_ENTERPRISE
from validation.ledgers.definition import LAST, PAIRS


def inputs_of(code: str, book: Rulebook) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Names, sub-tables and figures of ledgers that an indicator rests on, through other indicators too."""
    indicators = book.catalogue.park_indicators()
    waiting, seen, names, tables, figures = [code], set(), set(), set(), set()
    while waiting:
        expression = indicators[waiting.pop()].expression("")
        figures.update(figures_in([expression]))
        for aggregate in expression.aggregates:
            tables.add(aggregate.table)
        for name in {name.name for name in expression.names} | {
            name.name for aggregate in expression.aggregates for name in aggregate.names
        }:
            names.add(name)
            if name in indicators and name not in seen:
                seen.add(name)
                waiting.append(name)
    return frozenset(names), frozenset(tables), frozenset(figures)


def about_enterprises(book: Rulebook, table: str) -> bool:
    """Whether a sub-table holds figures that may be those of single enterprises."""
    form = book.form_set.tables().get(table)
    return form is None or any(column.numeric and column.contributors != NO_ENTERPRISE for column in form.columns)


def of_enterprises(book: Rulebook, code: str) -> bool:
    """Whether a figure of ledgers reads a column that an enterprise's data could be inferred from."""
    figure = book.ledgers.figure(code)
    if figure is None:
        return True
    free = {
        (ledger.code, column.code)
        for ledger in book.ledgers.ledgers
        for column in ledger.columns
        if column.contributors == NO_ENTERPRISE
    }
    names = [name_of(column) for column in figure.expression.columns]
    return any((name.space.removeprefix(PAIRS), name.name.removeprefix(LAST)) not in free for name in names)
