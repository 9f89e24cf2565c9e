"""Ledgers and their figures read from their definitions, checked against each other and against a form set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from validation.definition import load
from validation.expression import Name, parse, unknown_names
from validation.expression.sql import not_everywhere, not_everywhere_in
from validation.forms import CATALOGUE, FormSet
from validation.ledgers.definition import FILE, FOLDER, Figure, FormFigures, Ledger, Ledgers, Link
from validation.problems import DefinitionRefused, Problem
from validation.table_rules import check_rules


def ledger_files(forms_folder: Path, key: str, *, shared: bool = True) -> list[Path]:
    """The definitions of ledgers for the form set `key` in `forms_folder`: one file per ledger, in the order of their names, then the form
    set's figures where it has any. With `shared` those of the product's catalogue that the folder does not bring itself."""
    places = [*([CATALOGUE] if shared else []), forms_folder]
    found = {path.name: path for place in places for path in sorted((place / FOLDER).glob("*.toml"))}
    figures = forms_folder / key / FILE
    return [*(found[name] for name in sorted(found)), *([figures] if figures.is_file() else [])]


def load_ledgers(form_set: FormSet, files: Sequence[Path]) -> Ledgers:
    """Load the definitions in `files` (of `ledger_files`) for `form_set`.

    Raises DefinitionRefused with every unknown name, every broken check, every part of a formula that the engines do not share, and every
    item that is not of the form set or in another unit.
    """
    problems: list[Problem] = []
    ledgers: list[Ledger] = []
    own: list[tuple[Figure, str]] = []
    for path in files:
        try:
            if path.name == FILE:
                own = [(figure, str(path)) for figure in load(path, FormFigures).figures]
            else:
                ledgers.append(_ledger(path))
        except DefinitionRefused as refused:
            problems.extend(refused.problems)
    replaced = {figure.code for figure, _ in own}
    places = {path.stem: str(path) for path in files}
    listed = [(figure, places[ledger.code]) for ledger in ledgers for figure in ledger.figures]
    figures = [*own, *((figure, place) for figure, place in listed if figure.code not in replaced)]
    loaded = Ledgers(tuple(ledgers), tuple(figure for figure, _ in figures))
    if not problems:
        problems += [*_repeated(figures), *_all_faults(loaded, figures, form_set, places)]
    if problems:
        raise DefinitionRefused(problems)
    return loaded


def _ledger(path: Path) -> Ledger:
    loaded = load(path, Ledger)
    if loaded.code != path.stem:
        raise DefinitionRefused(
            [Problem(str(path), f"代码是 {loaded.code}", f"与文件名相同的 {path.stem}", "改 code 或文件名")]
        )
    check_rules(loaded.form, loaded.checks, loaded.parameters, str(path))
    return loaded


def _repeated(figures: Sequence[tuple[Figure, str]]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for figure, place in figures:
        if figure.code in seen:
            told = f"汇总指标 {figure.code} 在 {seen[figure.code]} 中已有"
            yield Problem(place, told, "代码各不相同", "改其中一个的代码")
        seen[figure.code] = place


def _all_faults(
    loaded: Ledgers, figures: Sequence[tuple[Figure, str]], form_set: FormSet, places: Mapping[str, str]
) -> Iterator[Problem]:
    for figure, place in figures:
        yield from _faults(figure, loaded, form_set, f"{place} 的 {figure.code}")
    for ledger in loaded.ledgers:
        for link in ledger.links:
            yield from _link_faults(link, ledger, loaded, f"{places[ledger.code]} 的 {link.id}")


def _faults(figure: Figure, loaded: Ledgers, form_set: FormSet, place: str) -> Iterator[Problem]:
    try:
        expression = parse(figure.formula, f"{place}.formula")
    except DefinitionRefused as refused:
        yield from refused.problems
        return
    yield from unknown_names(expression, loaded.labels)
    if expression.names or not expression.aggregates:
        names = "、".join(str(name) for name in sorted(expression.names)) or figure.formula
        yield Problem(f"{place}.formula", f"{names} 不在汇总函数里", "SUM、COUNT 等汇总", "改正公式")
    for one in expression.aggregates:
        yield from not_everywhere(one, f"{place}.formula")
    item = form_set.items().get(figure.item)
    if figure.item and (item is None or not item.numeric):
        yield Problem(f"{place}.item", f"没有数值指标 {figure.item}", "报表中的指标代码", "改正 item")
    elif item is not None and item.unit != figure.unit:
        yield Problem(f"{place}.unit", f"单位是“{figure.unit}”", f"与指标相同的“{item.unit}”", "改正单位")


def _link_faults(link: Link, ledger: Ledger, loaded: Ledgers, place: str) -> Iterator[Problem]:
    columns = {Name("", column.code): column.label for column in ledger.columns}
    if Name("", link.column) not in columns:
        yield Problem(f"{place}.column", f"没有列 {link.column}", f"{ledger.title}的列", "改正 column")
    if link.to not in [one.code for one in loaded.ledgers]:
        known = "、".join(one.code for one in loaded.ledgers)
        yield Problem(f"{place}.to", f"没有台账 {link.to}", known, "改正 to")
    if not link.only:
        return
    try:
        expression = parse(link.only, f"{place}.only")
    except DefinitionRefused as refused:
        yield from refused.problems
        return
    yield from unknown_names(expression, columns)
    yield from not_everywhere_in(expression.tree, f"{place}.only")
