"""The method annex: weights, formulas in words, scoring methods, and who settled each parameter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from report_templates.formatting import number, or_dash, plain
from report_templates.indicator_lines import SCORE_DECIMALS, weight_decimals
from report_templates.published import Published, Row

if TYPE_CHECKING:
    from validation.expression import Name

FORMULA_CHARACTERS = 400


@dataclass(frozen=True)
class NodeLine:
    """One indicator of the scheme: weight inside its dimension, points in the total, method, formula, clause.

    `indicator_sum` and `score_sum` are the formulas with a park's figures in them; empty in the bulletin.
    """

    label: str
    weight: str
    full_points: str
    method: str
    formula: str
    reading: str
    clause: str
    indicator_sum: str = ""
    score_sum: str = ""


@dataclass(frozen=True)
class DimensionWeight:
    """One dimension with its weight, the reason for it, and its indicators."""

    label: str
    weight: str
    reason: str
    nodes: tuple[NodeLine, ...]


@dataclass(frozen=True)
class ParameterLine:
    """One parameter; `source` is the clause of the document, or 统计部门选择 with its reason."""

    label: str
    value: str
    bureau_choice: bool
    source: str


@dataclass(frozen=True)
class Method:
    """What the annex shows; `watched` are indicators that are computed and not scored."""

    dimensions: tuple[DimensionWeight, ...]
    watched: tuple[NodeLine, ...]
    parameters: tuple[ParameterLine, ...]


def method_of(results: Published, scores: Sequence[Row], indicators: Iterable[Row] | None = None) -> Method:
    """The annex from the definitions of the run and the score rows of one park.

    `scores` may be empty (a park that is not evaluated): then the weights are left out. With the park's `indicators`
    the sums and the scoring methods are shown too; the bulletin goes without, for they hold bounds of one level.
    """
    sums = None if indicators is None else {row["indicator"]: row["worked"] for row in indicators}
    defined = {kind: {row["code"]: row for row in rows} for kind, rows in _by_kind(results.rows("definitions")).items()}
    read = reader(results.rows("definitions"))
    formulas = defined.get("indicator", {})
    scored = {row["node"] for row in scores if row["kind"] == "indicator"}
    dimensions = []
    for dimension in (row for row in scores if row["kind"] == "dimension"):
        members = [row for row in scores if row["parent"] == dimension["node"] and row["kind"] == "indicator"]
        definition = defined.get("dimension", {}).get(dimension["node"], {})
        dimensions.append(
            DimensionWeight(
                label=plain(dimension["label"], 20),
                weight=number(dimension["weight"], weight_decimals(dimension["weight"])),
                reason=plain(definition.get("reason"), 120),
                nodes=tuple(_node(row, formulas.get(row["node"], {}), read, sums) for row in members),
            )
        )
    watched = [row for code, row in formulas.items() if code not in scored]
    return Method(
        tuple(dimensions),
        tuple(_watched(row, read, sums) for row in watched) if scores else (),
        tuple(_parameter(row) for row in defined.get("parameter", {}).values()),
    )


def _by_kind(rows: Iterable[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["kind"], []).append(row)
    return grouped


def _node(score: Row, definition: Row, read: Callable[[str], str], sums: Mapping[str, str] | None) -> NodeLine:
    formula = plain(definition.get("formula"), FORMULA_CHARACTERS)
    return NodeLine(
        label=plain(score["label"], 40),
        weight=number(score["weight"], weight_decimals(score["weight"])),
        full_points=number(score["full_points"], SCORE_DECIMALS),
        method="" if sums is None else plain(score["method"], 160),
        formula=formula,
        reading=read(formula),
        clause=or_dash(definition.get("clause"), 60),
        indicator_sum="" if sums is None else plain(sums.get(score["node"]), 240),
        score_sum="" if sums is None else plain(score["worked"], 200),
    )


def _watched(definition: Row, read: Callable[[str], str], sums: Mapping[str, str] | None) -> NodeLine:
    formula = plain(definition["formula"], FORMULA_CHARACTERS)
    return NodeLine(
        label=plain(definition["label"], 40),
        weight="",
        full_points="",
        method="",
        formula=formula,
        reading=read(formula),
        clause=or_dash(definition["clause"], 60),
        indicator_sum="" if sums is None else plain(sums.get(definition["code"]), 240),
    )


def _parameter(row: Row) -> ParameterLine:
    unit = plain(row["unit"])
    clause, reason = plain(row["clause"], 80), plain(row["reason"], 200)
    chosen = bool(row["bureau_choice"])
    said = (reason or "未写明理由") if chosen else (clause or reason or "文件规定")
    return ParameterLine(plain(row["label"], 40), f"{or_dash(row['value'], 80)} {unit}".strip(), chosen, said)


def reader(definitions: Iterable[Row]) -> Callable[[str], str]:
    """A function that reads a formula in Chinese with the labels of the run's definitions; a formula that is not in
    the expression language is given back as it is."""
    labels = {row["code"]: plain(row["label"], 40) for row in definitions if row["kind"] in _NAMED}

    @cache
    def read(formula: str) -> str:
        from validation.expression.parse import parse
        from validation.expression.reading import describe
        from validation.problems import DefinitionRefused

        if not formula:
            return ""
        try:
            return plain(describe(parse(formula, "").tree, lambda name: _label(name, labels)), FORMULA_CHARACTERS)
        except DefinitionRefused:
            return formula

    return read


_NAMED = ("region_indicator", "parameter", "item", "indicator")


def _label(name: Name, labels: Mapping[str, str]) -> str:
    from metrics.vocabulary import CALENDAR, PARK, PREFIXES

    if name.space == "calendar":
        return CALENDAR.get(name.name, str(name))
    if name.space == "park":
        return PARK.get(name.name, str(name))
    prefix, _, rest = name.space.partition(".")
    words = PREFIXES.get(prefix, "") + ("全地区" if "region" in (prefix, rest) else "")
    label = labels.get(str(name), labels.get(name.name, name.name))
    return words + label
