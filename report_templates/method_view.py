"""The method annex: weights, formulas in words, scoring methods, and who settled each parameter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from report_templates.formatting import NULL, chinese_date, number, or_dash, plain
from report_templates.hierarchy import TOTAL, Hierarchy, all_rows
from report_templates.indicator_lines import weight_decimals
from report_templates.published import Published, Row
from report_templates.weak_points import cure
from validation.units import with_unit

FORMULA_CHARACTERS = 400
# Definitions of the scheme that the reports print elsewhere.
_PRINTED_ELSEWHERE = frozenset({"document", "base_year", "target_year"})


@dataclass(frozen=True)
class NodeLine:
    """One indicator: weight inside its dimension, formula in words and as defined, clause.

    `choice` is the bureau's own choice inside the formula or the weight, with its reason. The sums are the formulas with a
    park's figures in them, `next_step` what would earn more; all are empty in the bulletin.
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
    next_step: str = ""


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
class AdjustmentRule:
    """One deduction, bonus, veto or exemption: its effect, when, and clause or reason."""

    label: str
    effect: str
    reading: str
    source: str


@dataclass(frozen=True)
class Method:
    """What the annex shows; `watched` are indicators that are computed and not scored.

    `weights_chosen` says that no weight comes from the document; `combination` is how the total is made of the
    dimensions where it is not their weighted sum, `adjustments` what comes after the hierarchy.
    """

    combination: str
    adjustments: tuple[AdjustmentRule, ...]
    dimensions: tuple[DimensionWeight, ...]
    watched: tuple[NodeLine, ...]
    parameters: tuple[ParameterLine, ...]
    weights_chosen: bool


def park_method(results: Published, scores: Sequence[Row], indicators: Iterable[Row]) -> Method:
    """The annex of a park report: the weights of the park's level or type, and its sums."""
    formulas, reasons = _defined(results, "indicator"), _defined(results, "dimension")
    rows = {row["indicator"]: row for row in indicators}
    sums = {code: plain(row["worked"], 240) for code, row in rows.items()}
    system = Hierarchy(scores)
    dimensions = []
    for dimension in (row for row in scores if row["kind"] in ("dimension", "total")):
        members = [row for row in scores if row["parent"] == dimension["node"] and row["kind"] == "indicator"]
        if dimension["kind"] == "total" and not members:
            continue
        lines = tuple(_park_node(row, formulas.get(row["node"], {}), rows.get(row["node"], {})) for row in members)
        weight = number(dimension["weight"], weight_decimals(dimension["weight"]))
        reason = plain(reasons.get(dimension["node"], {}).get("reason"), 120)
        dimensions.append(_dimension(dimension, system, weight, reason, lines))
    scored = {row["node"] for row in scores}
    watched = [_watched(row, sums.get(code, "")) for code, row in formulas.items() if code not in scored]
    return _method(results, dimensions, watched, scores)


def scheme_method(results: Published) -> Method:
    """The annex of the bulletin: the scheme as defined, with the reasons of its weights."""
    formulas, nodes = _defined(results, "indicator"), _defined(results, "node")
    scores = results.rows("scores")
    parents = {row["node"]: row["parent"] for row in scores if row["kind"] == "indicator"}
    examples = {row["node"]: row for row in scores if row["kind"] == "dimension"}
    system = all_rows(scores)
    dimensions = []
    direct = [row for node, row in nodes.items() if parents.get(node) == TOTAL]
    if direct:
        lines = tuple(_scheme_node(row, formulas.get(row["code"], {})) for row in direct)
        dimensions.append(DimensionWeight(_DIRECT, "100", "", lines))
    for code, dimension in sorted(_defined(results, "dimension").items(), key=lambda item: _place(examples, item[0])):
        members = [row for node, row in nodes.items() if parents.get(node) == code]
        lines = tuple(_scheme_node(row, formulas.get(row["code"], {})) for row in members)
        example = examples.get(code, {"node": code, "label": dimension["label"], "kind": "dimension"})
        weight, by_class = _weight(dimension)
        reason = "；".join(part for part in (by_class, plain(dimension["reason"], 120)) if part)
        dimensions.append(_dimension(example, system, weight, reason, lines))
    watched = [_watched(row, "") for code, row in formulas.items() if code not in nodes]
    return _method(results, dimensions, watched, scores)


_DIRECT = "直接计入总分的指标"


def _place(examples: Mapping[str, Row], code: str) -> int:
    return int(examples[code]["position"]) if code in examples else len(examples) + 10_000


def _dimension(
    row: Mapping[str, object], system: Hierarchy, weight: str, reason: str, lines: tuple[NodeLine, ...]
) -> DimensionWeight:
    label = _DIRECT if row["kind"] == "total" else system.path(str(row["node"])) or plain(row["label"], 20)
    combined = _combination(row)
    said = "；".join(part for part in (f"合成：{combined}" if combined else "", reason.rstrip("。")) if part)
    return DimensionWeight(label, weight, said if combined else reason, lines)


def _combination(row: Mapping[str, object]) -> str:
    """How children are combined, where it is not by given weights and sums."""
    method = plain(row.get("method"), 160)
    return "" if method == "加权算术平均" else method


def _method(
    results: Published, dimensions: Iterable[DimensionWeight], watched: Iterable[NodeLine], scores: Iterable[Row]
) -> Method:
    total: Mapping[str, object] = next((row for row in scores if row["kind"] == "total"), {})
    return Method(
        _combination(total),
        _adjustments(results),
        tuple(dimensions),
        tuple(watched),
        _parameters(results),
        _weights_chosen(results),
    )


def _adjustments(results: Published) -> tuple[AdjustmentRule, ...]:
    """Deductions, bonuses and vetoes, then exemptions from the ranking."""
    rows = [*_defined(results, "adjustment").values(), *_defined(results, "exemption").values()]
    return tuple(
        AdjustmentRule(
            plain(row["label"], 40), or_dash(row["value"], 60), or_dash(row["formula"], 1500), source_of(row) or NULL
        )
        for row in rows
    )


def _weights_chosen(results: Published) -> bool:
    return all(row["bureau_choice"] for row in results.rows("definitions") if row["kind"] in ("dimension", "node"))


def _defined(results: Published, kind: str) -> dict[str, Row]:
    return {row["code"]: row for row in results.rows("definitions") if row["kind"] == kind}


def _park_node(score: Row, definition: Mapping[str, object], indicator: Row) -> NodeLine:
    return NodeLine(
        label=plain(score["label"], 40),
        weight=number(score["weight"], weight_decimals(score["weight"])),
        method=plain(score["method"], 160),
        reading=_reading(definition),
        formula=plain(definition.get("formula"), FORMULA_CHARACTERS),
        choice=_choice(definition),
        clause=or_dash(definition.get("clause"), 60),
        indicator_sum=plain(indicator.get("worked"), 240),
        score_sum=plain(score["worked"], 200),
        next_step=cure(score, indicator) if score.get("next_note") and indicator else "",
    )


def _scheme_node(node: Row, definition: Mapping[str, object]) -> NodeLine:
    weight, by_class = _weight(node)
    return NodeLine(
        label=plain(node["label"], 40),
        weight=weight,
        method="；".join(
            part for part in (by_class, plain(node["formula"], 160), plain(node["reason"], 160).rstrip("。")) if part
        ),
        reading=_reading(definition),
        formula=plain(definition.get("formula"), FORMULA_CHARACTERS),
        choice=_choice(definition),
        clause=or_dash(definition.get("clause"), 60),
        indicator_sum="",
        score_sum="",
    )


# The longest weight that the narrow column holds; what is longer differs by many levels or types.
_NARROW = 20


def _weight(definition: Row) -> tuple[str, str]:
    """The weight for its column, and the sentence beside it where it differs by level or type at length."""
    text = plain(definition["value"])
    if len(text) <= _NARROW:
        return text or NULL, ""
    classes: dict[str, list[str]] = {}
    for part in text.split("，"):
        name, _, weight = part.rpartition(" ")
        classes.setdefault(weight, []).append(name)
    return "分类", "权重：" + "，".join(f"{'、'.join(names)} {weight}" for weight, names in classes.items())


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
    chosen, said = bool(row["bureau_choice"]), source_of(row)
    value = with_unit(_printed(or_dash(row["value"], 120)), plain(row["unit"]))
    return ParameterLine(plain(row["label"], 40), value, chosen, said)


def _printed(value: str) -> str:
    """A value of the definitions as the rest of a report prints it: separators between thousands, dates in Chinese."""
    if re.fullmatch(r"-?\d{5,}(\.\d+)?", value):
        return format(Decimal(value), ",f")
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return chinese_date(date.fromisoformat(value))
    return value


def source_of(row: Row) -> str:
    """The clause of the document, or the reason of the bureau's choice."""
    clause, reason = plain(row["clause"], 80), plain(row["reason"], 240)
    if row["bureau_choice"]:
        return reason or "未写明理由"
    return f"条款 {clause}" if clause else reason or "文件规定"
