"""The figures that a statistical audit of the index rests on: of each node, each pair of nodes, each component."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scoring.evaluation import Evaluated
from scoring.robustness.audit_measures import (
    SAME,
    Correlation,
    complete,
    correlation,
    correlation_ratio,
    cronbach_alpha,
    eigenvalues,
    shares,
    squared_correlations,
    without_each,
)
from scoring.robustness.draws import generator
from scoring.robustness.plan import AuditLimits, Plan
from scoring.robustness.structure import Floats, Structure, node_matrix, structure_of
from scoring.rulebook import Rulebook
from scoring.scheme import TOTAL
from scoring.treatment import kurtosis, skewness

SIBLINGS, ACROSS, PARENT, WHOLE = "siblings", "across", "parent", "total"
"""How two nodes stand to each other."""


@dataclass(frozen=True)
class Audited:
    """The ranked parks' points in percent, NaN where a park has none, before anything is put in for a missing one.

    scores: by node (indicators, inner nodes, the total before deductions and bonuses); filled: by indicator, whether
    something was put in; values: by indicator; nominal: by node, the mean weight in the total in percent.
    """

    structure: Structure
    parents: dict[str, str]
    labels: dict[str, str]
    scores: dict[str, Floats]
    filled: dict[str, NDArray[np.bool_]]
    values: dict[str, Floats]
    nominal: dict[str, float]
    limits: AuditLimits
    seed: np.random.Generator

    @property
    def parks(self) -> int:
        """How many parks are ranked."""
        return len(self.structure.parks)

    def children(self, node: str) -> list[str]:
        """The nodes right under `node`, in the scheme's order."""
        return [code for code, parent in self.parents.items() if parent == node]

    @property
    def inner(self) -> list[str]:
        """The nodes that have others below, the total first."""
        return [node for node in self.scores if self.children(node)]

    @property
    def leaves(self) -> list[str]:
        """The indicators that count."""
        return list(self.values)

    @cached_property
    def correlations(self) -> dict[tuple[str, str], tuple[str, Correlation]]:
        """Pairs of indicators, of siblings, of nodes with their parent and with the total."""
        found: dict[tuple[str, str], tuple[str, Correlation]] = {}
        nodes = [node for node in self.scores if node != TOTAL]
        for place, one in enumerate(nodes):
            for other in nodes[place + 1 :]:
                siblings = self.parents[one] == self.parents[other]
                if siblings or (one in self.values and other in self.values):
                    found[one, other] = (SIBLINGS if siblings else ACROSS, self._pair(one, other))
            found[one, TOTAL] = (WHOLE, self._pair(one, TOTAL))
            if self.parents[one] != TOTAL:
                found[one, self.parents[one]] = (PARENT, self._pair(one, self.parents[one]))
        return found

    def _pair(self, one: str, other: str) -> Correlation:
        limits = self.limits
        return correlation(self.scores[one], self.scores[other], limits.minimum_parks, limits.confidence_pct)

    def of(self, one: str, other: str) -> Correlation:
        """The correlation of a pair in either order."""
        return (self.correlations.get((one, other)) or self.correlations[other, one])[1]

    def without_each(self, one: str, other: str) -> Floats:
        """The correlation of a pair without each of the parks in turn."""
        return without_each(self.scores[one], self.scores[other])

    def comparable(self, nodes: list[str]) -> list[str]:
        """Those of `nodes` that enough parks have points for."""
        fewest = self.limits.minimum_parks
        return [node for node in nodes if int((~np.isnan(self.scores[node])).sum()) >= fewest]

    def table(self, node: str) -> Floats:
        """Parks × comparable children of `node`: the parks that have them all."""
        children = self.comparable(self.children(node))
        return complete(np.column_stack([np.empty((self.parks, 0)), *(self.scores[child] for child in children)]))

    @cached_property
    def effective(self) -> dict[str, tuple[float, float, float, float]]:
        """By node the nominal and the effective share of the total in percent, with the interval of the latter.

        Shares of r² with the total among the indicators, and among the nodes right under the total (Paruolo, Saisana
        & Saltelli 2013, with the linear measure); the interval by resampling the parks.
        """
        found: dict[str, tuple[float, float, float, float]] = {}
        top = [node for node in self.children(TOTAL) if node not in self.values]
        for nodes in (self.comparable(top), self.comparable(self.leaves)):
            if len(nodes) > 1:
                found |= self._shares(nodes)
        return found

    def _shares(self, nodes: list[str]) -> dict[str, tuple[float, float, float, float]]:
        scores = np.column_stack([self.scores[node] for node in nodes])
        once = np.ones((1, self.parks))
        drawn = self.seed.multinomial(self.parks, once[0] / self.parks, self.limits.resamples).astype(np.float64)
        own = shares(squared_correlations(scores, self.scores[TOTAL], once))[0]
        if own.sum() <= 0:
            return {}
        resampled = shares(squared_correlations(scores, self.scores[TOTAL], drawn))
        tail = 0.5 - self.limits.confidence_pct / 200
        low, high = np.quantile(resampled, (tail, 1 - tail), axis=0)
        nominal = np.array([self.nominal[node] for node in nodes])
        nominal = 100 * nominal / nominal.sum()
        return {
            node: (float(nominal[place]), float(own[place]), float(low[place]), float(high[place]))
            for place, node in enumerate(nodes)
        }


def audited(evaluated: Evaluated, book: Rulebook, plan: Plan) -> Audited:
    """The figures of an evaluated year for the audit."""
    structure = structure_of(evaluated, book)
    inner = [parent.code for parent in structure.parents]
    leaf_weights, parent_weights = structure.leaf_weights, structure.parent_weights
    raw = _where(leaf_weights, node_matrix(evaluated.hierarchy, structure.parks, structure.leaves, "raw"))
    final = _where(leaf_weights, node_matrix(evaluated.hierarchy, structure.parks, structure.leaves, "normalised"))
    value = _where(leaf_weights, node_matrix(evaluated.hierarchy, structure.parks, structure.leaves, "value"))
    above = _where(parent_weights, node_matrix(evaluated.hierarchy, structure.parks, inner, "normalised"))
    indicators = book.catalogue.park_indicators()
    order = [TOTAL, *(item.code for item in book.scheme.dimensions), *structure.leaves]
    columns = {code: above[:, place] for place, code in enumerate(inner)}
    columns |= {code: raw[:, place] for place, code in enumerate(structure.leaves)}
    labels = {item.code: item.label for item in book.scheme.dimensions} | {TOTAL: "总分"}
    parents = {item.code: item.parent or TOTAL for item in book.scheme.dimensions}
    return Audited(
        structure,
        parents | {node.indicator: node.dimension or TOTAL for node in book.scheme.nodes},
        labels | {code: indicators[code].label for code in structure.leaves},
        {code: columns[code] for code in order},
        {code: np.isnan(raw[:, place]) & ~np.isnan(final[:, place]) for place, code in enumerate(structure.leaves)},
        {code: value[:, place] for place, code in enumerate(structure.leaves)},
        _nominal(structure),
        plan.audit,
        generator(plan, 5),
    )  # fmt: skip


def _where(weights: Floats, matrix: Floats) -> Floats:
    return np.where(weights > 0, matrix, np.nan)


def _nominal(structure: Structure) -> dict[str, float]:
    """The weight of each node in the total in percent: the product of the weights on the way down, the mean of the
    parks that have the node."""
    whole = np.zeros_like(structure.parent_weights)
    whole[:, -1] = 100.0
    leaves = np.zeros_like(structure.leaf_weights)
    for place in range(len(structure.parents) - 1, -1, -1):
        parent, own = structure.parents[place], whole[:, [place]]
        whole[:, parent.inner] = own * structure.parent_weights[:, parent.inner] / 100
        leaves[:, parent.leaves] = own * structure.leaf_weights[:, parent.leaves] / 100
    found = {parent.code: _mean(whole[:, place]) for place, parent in enumerate(structure.parents)}
    return found | {code: _mean(leaves[:, place]) for place, code in enumerate(structure.leaves)}


def _mean(weights: Floats) -> float:
    own = weights[weights > 0]
    return float(own.mean()) if own.size else 0.0


NODES = pl.DataFrame(
    schema={
        "position": pl.Int32, "node": pl.String, "parent": pl.String, "kind": pl.String, "label": pl.String,
        "parks": pl.Int32, "missing": pl.Int32, "missing_pct": pl.Float64, "imputed": pl.Int32,
        "mean_points": pl.Float64, "spread_points": pl.Float64, "same_pct": pl.Float64, "skewness": pl.Float64,
        "kurtosis": pl.Float64, "r_parent": pl.Float64, "r_total": pl.Float64, "nominal_pct": pl.Float64,
        "effective_pct": pl.Float64, "effective_low": pl.Float64, "effective_high": pl.Float64,
        "correlation_ratio": pl.Float64, "alpha": pl.Float64, "complete_parks": pl.Int32,
        "first_component_pct": pl.Float64, "components": pl.Int32, "reason": pl.String,
    }
)  # fmt: skip


def node_table(figures: Audited) -> pl.DataFrame:
    """Table `audit_nodes` without scheme and year: one row per node; what cannot be computed is null with `reason`."""
    rows = [_node(figures, node, place) for place, node in enumerate(figures.scores)]
    return pl.DataFrame(rows, schema=NODES.schema)


def _node(figures: Audited, node: str, position: int) -> dict[str, object]:
    own = figures.scores[node]
    leaf = node in figures.values
    system = figures.structure.leaf_weights[:, figures.structure.leaves.index(node)] > 0 if leaf else ~np.isnan(own)
    known = own[~np.isnan(own)]
    missing = int(system.sum()) - known.size
    row: dict[str, object] = {
        "position": position, "node": node, "parent": figures.parents.get(node), "label": figures.labels[node],
        "kind": "indicator" if leaf else TOTAL if node == TOTAL else "dimension", "parks": int(system.sum()),
        "missing": missing if leaf else None,
        "missing_pct": 100 * missing / int(system.sum()) if leaf and system.any() else None,
        "imputed": int(figures.filled[node].sum()) if leaf else None,
        "mean_points": float(known.mean()) if known.size else None,
        "spread_points": float(known.std(ddof=1)) if known.size > 1 else None,
    }  # fmt: skip
    if figures.parks < figures.limits.minimum_parks:
        said = f"排名的园区只有 {figures.parks} 个，不足 {figures.limits.minimum_parks} 个"
        return row | {"reason": said}
    return row | _distribution(figures, node, known) | _relations(figures, node) | _together(figures, node)


def _distribution(figures: Audited, node: str, known: Floats) -> dict[str, object]:
    if node not in figures.values:
        return {}
    values = [float(value) for value in figures.values[node] if not np.isnan(value)]
    enough = len(values) >= figures.limits.minimum_parks and max(values) - min(values) > 0
    return {
        "same_pct": 100 * most_equal(known) / known.size if known.size >= figures.limits.minimum_parks else None,
        "skewness": skewness(values) if enough else None,
        "kurtosis": kurtosis(values) if enough else None,
    }


def most_equal(points: Floats) -> int:
    """How many parks share the most frequent score."""
    if not points.size:
        return 0
    ordered = np.sort(points)
    starts = np.flatnonzero(np.concatenate([[True], np.diff(ordered) > SAME]))
    return int(np.diff(np.append(starts, ordered.size)).max())


def _relations(figures: Audited, node: str) -> dict[str, object]:
    if node == TOTAL:
        return {}
    with_parent, with_total = figures.of(node, figures.parents[node]), figures.of(node, TOTAL)
    nominal, share, low, high = figures.effective.get(node, (None, None, None, None))
    return {
        "r_parent": with_parent.r, "r_total": with_total.r, "nominal_pct": nominal, "effective_pct": share,
        "effective_low": low, "effective_high": high,
        "correlation_ratio": correlation_ratio(figures.scores[node], figures.scores[TOTAL], figures.limits.ratio_parks),
        "reason": with_total.reason or None,
    }  # fmt: skip


def _together(figures: Audited, node: str) -> dict[str, object]:
    """Cronbach's alpha and principal components of what is right under an inner node."""
    children = figures.children(node)
    if not children:
        return {}
    table = figures.table(node)
    if table.shape[1] < 2 or len(table) < figures.limits.minimum_parks:
        said = f"各项得分齐全的园区只有 {len(table)} 个"
        if table.shape[1] < 2:
            said = "下面只有一项" if len(children) < 2 else "下面有足够园区可比的不到两项"
        return {"complete_parks": len(table), "reason": said}
    values, alpha = eigenvalues(table), cronbach_alpha(table)
    return {
        "complete_parks": len(table), "alpha": alpha,
        "first_component_pct": 100 * values[0] / sum(values) if values else None,
        "components": sum(1 for value in values if value > 1 + SAME) if values else None,
        "reason": None if values and alpha is not None else "各园区得分相同的项太多",
    }  # fmt: skip


CORRELATIONS = pl.DataFrame(
    schema={
        "node": pl.String, "other": pl.String, "label": pl.String, "other_label": pl.String, "relation": pl.String,
        "r": pl.Float64, "r_low": pl.Float64, "r_high": pl.Float64, "parks": pl.Int32, "reason": pl.String,
    }
)  # fmt: skip


def correlation_table(figures: Audited) -> pl.DataFrame:
    """Table `audit_correlations` without scheme and year: one row per pair."""
    rows = [
        (one, other, figures.labels[one], figures.labels[other], relation,
         pair.r, pair.low, pair.high, pair.parks, pair.reason or None)
        for (one, other), (relation, pair) in figures.correlations.items()
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=CORRELATIONS.schema, orient="row")


COMPONENTS = pl.DataFrame(
    schema={"node": pl.String, "component": pl.Int32, "eigenvalue": pl.Float64, "share_pct": pl.Float64}
)


def component_table(figures: Audited) -> pl.DataFrame:
    """Table `audit_components` without scheme and year: one row per inner node and principal component."""
    rows = []
    for node in figures.inner:
        table = figures.table(node)
        values = eigenvalues(table) if len(table) >= figures.limits.minimum_parks else []
        rows += [(node, place, value, 100 * value / sum(values)) for place, value in enumerate(values, 1)]
    return pl.DataFrame(rows, schema=COMPONENTS.schema, orient="row")
