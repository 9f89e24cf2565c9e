"""The method annex: weights, formulas in words, scoring methods, and who settled each parameter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from report_templates.formatting import number, or_dash, plain
from report_templates.indicator_lines import weight_decimals
from report_templates.published import Published, Row

FORMULA_CHARACTERS = 400
# Definitions of the scheme that the reports print elsewhere.
_PRINTED_ELSEWHERE = frozenset({"document", "base_year", "target_year"})


@dataclass(frozen=True)
class NodeLine:
    """One indicator: weight inside its dimension, formula in words and as defined, clause.

    `choice` is the bureau's own choice inside the formula or the weight, with its reason. The sums are the formulas with a
    park's figures in them; they are empty in the bulletin.
    """

    label: str
    weight: str
    method: str
    reading: str
    formula: str
    choice: str
    clause: str
    indicator_sum: str
    score_sum: str


@dataclass(frozen=True)
class DimensionWeight:
    """One dimension with its weight, the reason for it, and its indicators."""

    label: str
    weight: str
    reason: str
    nodes: tuple[NodeLine, ...]


@dataclass(frozen=True)
class ParameterLine:
    """One parameter; `source` is the clause of the document, or the reason of the bureau's choice."""

    label: str
    value: str
    bureau_choice: bool
    source: str


@dataclass(frozen=True)
class Method:
    """What the annex shows; `watched` are indicators that are computed and not scored.

    `weights_chosen` says that no weight comes from the document.
    """

    dimensions: tuple[DimensionWeight, ...]
    watched: tuple[NodeLine, ...]
    parameters: tuple[ParameterLine, ...]
    weights_chosen: bool


def park_method(results: Published, scores: Sequence[Row], indicators: Iterable[Row]) -> Method:
    """The annex of a park report: the weights of the park's level, and its sums."""
    formulas, reasons = _defined(results, "indicator"), _defined(results, "dimension")
    sums = {row["indicator"]: plain(row["worked"], 240) for row in indicators}
    dimensions = []
    for dimension in (row for row in scores if row["kind"] == "dimension"):
        members = [row for row in scores if row["parent"] == dimension["node"]]
        lines = tuple(_park_node(row, formulas.get(row["node"], {}), sums.get(row["node"], "")) for row in members)
        weight = number(dimension["weight"], weight_decimals(dimension["weight"]))
        reason = plain(reasons.get(dimension["node"], {}).get("reason"), 120)
        dimensions.append(DimensionWeight(plain(dimension["label"], 20), weight, reason, lines))
    scored = {row["node"] for row in scores}
    watched = [_watched(row, sums.get(code, "")) for code, row in formulas.items() if code not in scored]
    return Method(tuple(dimensions), tuple(watched), _parameters(results), _weights_chosen(results))


def scheme_method(results: Published) -> Method:
    """The annex of the bulletin: the scheme as defined, with the reasons of its weights."""
    formulas, nodes = _defined(results, "indicator"), _defined(results, "node")
    parents = {row["node"]: row["parent"] for row in results.rows("scores") if row["kind"] == "indicator"}
    dimensions = []
    for code, dimension in _defined(results, "dimension").items():
        members = [row for node, row in nodes.items() if parents.get(node) == code]
        lines = tuple(_scheme_node(row, formulas.get(row["code"], {})) for row in members)
        reason = plain(dimension["reason"], 120)
        dimensions.append(
            DimensionWeight(plain(dimension["label"], 20), or_dash(dimension["value"], 40), reason, lines)
        )
    watched = [_watched(row, "") for code, row in formulas.items() if code not in nodes]
    return Method(tuple(dimensions), tuple(watched), _parameters(results), _weights_chosen(results))


def _weights_chosen(results: Published) -> bool:
    return all(row["bureau_choice"] for row in results.rows("definitions") if row["kind"] in ("dimension", "node"))


def _defined(results: Published, kind: str) -> dict[str, Row]:
    return {row["code"]: row for row in results.rows("definitions") if row["kind"] == kind}


def _park_node(score: Row, definition: Mapping[str, object], indicator_sum: str) -> NodeLine:
    return NodeLine(
        label=plain(score["label"], 40),
        weight=number(score["weight"], weight_decimals(score["weight"])),
        method=plain(score["method"], 160),
        reading=_reading(definition),
        formula=plain(definition.get("formula"), FORMULA_CHARACTERS),
        choice=_choice(definition),
        clause=or_dash(definition.get("clause"), 60),
        indicator_sum=indicator_sum,
        score_sum=plain(score["worked"], 200),
    )


def _scheme_node(node: Row, definition: Mapping[str, object]) -> NodeLine:
    return NodeLine(
        label=plain(node["label"], 40),
        weight=or_dash(node["value"], 60),
        method="；".join(
            part for part in (plain(node["formula"], 160), plain(node["reason"], 160).rstrip("。")) if part
        ),
        reading=_reading(definition),
        formula=plain(definition.get("formula"), FORMULA_CHARACTERS),
        choice=_choice(definition),
        clause=or_dash(definition.get("clause"), 60),
        indicator_sum="",
        score_sum="",
    )


def _watched(definition: Row, indicator_sum: str) -> NodeLine:
    return NodeLine(
        label=plain(definition["label"], 40),
        weight="",
        method="",
        reading=_reading(definition),
        formula=plain(definition["formula"], FORMULA_CHARACTERS),
        choice=_choice(definition),
        clause=or_dash(definition["clause"], 60),
        indicator_sum=indicator_sum,
        score_sum="",
    )


def _reading(definition: Mapping[str, object]) -> str:
    """The formula in words; where the definitions hold none, the formula itself."""
    return plain(definition.get("value"), FORMULA_CHARACTERS) or plain(definition.get("formula"), FORMULA_CHARACTERS)


def _choice(definition: Mapping[str, object]) -> str:
    return plain(definition.get("reason"), 160) if definition.get("bureau_choice") else ""


def _parameters(results: Published) -> tuple[ParameterLine, ...]:
    """Parameters, then what the scheme settles beside them (dates, grades, ranking)."""
    rows = [*_defined(results, "parameter").values(), *_defined(results, "scheme").values()]
    return tuple(_parameter(row) for row in rows if row["code"] not in _PRINTED_ELSEWHERE)


def _parameter(row: Row) -> ParameterLine:
    clause, reason = plain(row["clause"], 80), plain(row["reason"], 240)
    chosen = bool(row["bureau_choice"])
    said = (reason or "未写明理由") if chosen else f"条款 {clause}" if clause else reason or "文件规定"
    value = f"{or_dash(row['value'], 120)} {plain(row['unit'])}".strip()
    return ParameterLine(plain(row["label"], 40), value, chosen, said)
