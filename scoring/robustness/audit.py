"""Statistical audit of an index as the Joint Research Centre does it: what stands out, in plain words.

OECD & JRC, Handbook on Constructing Composite Indicators (2008), steps 4 and 7; Paruolo, Saisana & Saltelli, Ratings
and rankings: voodoo or science? (J. R. Stat. Soc. A 176, 2013); Becker et al., COINr (2022).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from scoring.evaluation import Evaluated
from scoring.robustness.audit_measures import Correlation, correlation
from scoring.robustness.audited_figures import (
    COMPONENTS,
    CORRELATIONS,
    NODES,
    Audited,
    audited,
    component_table,
    correlation_table,
    node_table,
)
from scoring.robustness.plan import Plan
from scoring.rulebook import Rulebook
from scoring.scheme import TOTAL
from scoring.treatment import kurtosis, skewness
from validation.rounding import round_half_up

KINDS = {
    "few": "园区太少",
    "weight": "名实不符",
    "redundant": "重复",
    "contrary": "互相抵消",
    "weak": "与所属方面无关",
    "alpha": "步调不一",
    "component": "不止一件事",
    "flat": "分不出高下",
    "missing": "缺数",
    "outlier": "极端值",
}
"""Kinds of findings in the order in which they are told."""

COUNTED = frozenset({"few", "flat", "missing", "outlier"})
"""What is counted, not estimated: chance has no part in it."""

NOTICE, UNKNOWN = "注意", "无法判断"

AUDIT = pl.DataFrame(
    schema={
        "position": pl.Int32, "kind": pl.String, "kind_label": pl.String, "verdict": pl.String, "node": pl.String,
        "label": pl.String, "other": pl.String, "other_label": pl.String, "figure": pl.Float64, "low": pl.Float64,
        "high": pl.Float64, "threshold": pl.Float64, "parks": pl.Int32, "reliable": pl.Boolean,
        "sentence": pl.String, "advice": pl.String,
    }
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing that stands out; figure with its interval, and the limit it has passed."""

    kind: str
    node: str
    sentence: str
    advice: str
    parks: int
    figure: float | None = None
    threshold: float | None = None
    other: str = ""
    low: float | None = None
    high: float | None = None
    verdict: str = NOTICE


def audit(evaluated: Evaluated, book: Rulebook, plan: Plan) -> dict[str, pl.DataFrame]:
    """Tables `audit` (what stands out), `audit_nodes`, `audit_correlations` and `audit_components`, without scheme and
    year. Over the ranked parks of all groups together; empty where none is ranked."""
    figures = audited(evaluated, book, plan)
    if not figures.parks:
        return {
            "audit": AUDIT,
            "audit_nodes": NODES,
            "audit_correlations": CORRELATIONS,
            "audit_components": COMPONENTS,
        }
    names = dict(
        evaluated.computed.wide.filter(pl.col("year") == book.year).select("park_code", "name").iter_rows()
    )  # fmt: skip
    treated = {node.indicator for node in book.scheme.nodes if node.treatment is not None}
    nodes = node_table(figures)
    return {
        "audit": _table(figures, list(_findings(figures, nodes, names, treated))),
        "audit_nodes": nodes,
        "audit_correlations": correlation_table(figures),
        "audit_components": component_table(figures),
    }


def _table(figures: Audited, findings: list[Finding]) -> pl.DataFrame:
    order = list(KINDS)
    rows = []
    for position, one in enumerate(sorted(findings, key=lambda item: order.index(item.kind)), 1):
        reliable = one.parks >= figures.limits.reliable_parks
        doubt = "" if reliable or one.kind in COUNTED else f"只有 {one.parks} 个园区，这可能出于偶然，仅供参考。"
        rows.append(
            (position, one.kind, KINDS[one.kind], one.verdict, one.node, figures.labels[one.node], one.other,
             figures.labels.get(one.other), one.figure, one.low, one.high, one.threshold, one.parks, reliable,
             one.sentence + doubt, one.advice)
        )  # fmt: skip
    return pl.DataFrame(rows, schema=AUDIT.schema, orient="row")


def _findings(figures: Audited, nodes: pl.DataFrame, names: dict[str, str], treated: set[str]) -> Iterator[Finding]:
    few = _few(figures)
    if few is not None:
        yield few
    if figures.parks < figures.limits.minimum_parks:
        return
    flat = set()
    for row in nodes.filter(pl.col("kind") == "indicator").iter_rows(named=True):
        for one in (*_gaps(figures, row), *_flat(figures, row)):
            flat |= {one.node} if one.kind == "flat" else set()
            yield one
        if row["node"] not in treated and row["node"] not in flat:
            yield from _outliers(figures, row, names)
    yield from _pairs(figures, flat)
    yield from _weak(figures, flat)
    yield from _weights(figures, flat)
    for row in nodes.filter(pl.col("kind") != "indicator").iter_rows(named=True):
        yield from _dimension(figures, row)


def _few(figures: Audited) -> Finding | None:
    limits, count = figures.limits, figures.parks
    if count >= limits.reliable_parks:
        return None
    if count < limits.minimum_parks:
        said = f"参加排名的园区只有 {count} 个，不足 {limits.minimum_parks} 个，不作统计审计。"
        return Finding("few", TOTAL, said, "由专家逐项审议指标和权重。", count, count, limits.minimum_parks,
                       verdict=UNKNOWN)  # fmt: skip
    half = _example(count, limits.confidence_pct)
    assert half.low is not None and half.high is not None  # there are enough parks for an interval
    pairs = len(list(combinations(figures.comparable(figures.leaves), 2)))
    chance = pairs * (100 - limits.confidence_pct) / 200
    said = (
        f"参加排名的园区只有 {count} 个，下面的数字误差很大：算出相关系数 0.5 时，实际可能在 {round_half_up(half.low, 1)} 到 {round_half_up(half.high, 1)} 之间；"
        f"逐对比较 {pairs} 对指标，即使毫无关系，偶然也会有约 {round_half_up(chance, 0)} 对看似相反。"
    )
    return Finding("few", TOTAL, said, "只作线索：与专家意见和往年结果对照，连续几年都这样再改。", count, count,
                   limits.reliable_parks)  # fmt: skip


def _example(count: int, confidence_pct: float) -> Correlation:
    """The interval of a coefficient of a half among so many parks."""
    one = np.resize([1.0, -1.0], count)
    one -= one.mean()
    other = np.arange(count, dtype=np.float64)
    other -= other.mean()
    other -= (other @ one) / (one @ one) * one
    one, other = one / np.sqrt(one @ one), other / np.sqrt(other @ other)
    return correlation(one, 0.5 * one + np.sqrt(0.75) * other, 4, confidence_pct)


def _gaps(figures: Audited, row: dict[str, object]) -> Iterator[Finding]:
    share, limit = row["missing_pct"], figures.limits.missing_pct
    if isinstance(share, float) and share >= limit:
        filled = f"，其中 {row['imputed']} 个按缺数规则代入得分" if row["imputed"] else ""
        said = f"“{row['label']}”有 {round_half_up(share, 0)}% 的园区（{row['missing']} 个）没有得分{filled}。"
        advice = "查明是没有报还是算不出；短期补不齐的，改用报得齐的指标或先不计分。"
        yield Finding("missing", str(row["node"]), said, advice, figures.parks, share, limit)


def _flat(figures: Audited, row: dict[str, object]) -> Iterator[Finding]:
    share, limit = row["same_pct"], figures.limits.flat_pct
    if isinstance(share, float) and share >= limit:
        weight = figures.nominal[str(row["node"])]
        said = f"“{row['label']}”有 {round_half_up(share, 0)}% 的园区得分相同，权重 {weight_text(weight)}% 几乎分不出高下。"
        advice = "提高满分标准、改用分档更细的计分方法，或把权重让给别的指标；作为底线要求的可以保留。"
        yield Finding("flat", str(row["node"]), said, advice, figures.parks, share, limit)


def weight_text(weight: float) -> str:
    """A weight in percent with one decimal where it needs one."""
    return f"{round_half_up(weight, 1).normalize():f}"


def _outliers(figures: Audited, row: dict[str, object], names: dict[str, str]) -> Iterator[Finding]:
    """Values with outliers that also pull the points apart: a formula with fixed goalposts may not mind."""
    limits, node = figures.limits, str(row["node"])

    def beyond(skew: float, kurt: float) -> bool:
        return abs(skew) > limits.skewness and kurt > limits.kurtosis

    skew, kurt = row["skewness"], row["kurtosis"]
    points = [float(value) for value in figures.scores[node] if not np.isnan(value)]
    if not isinstance(skew, float) or not isinstance(kurt, float) or not beyond(skew, kurt):
        return
    if not beyond(skewness(points), kurtosis(points)):
        return
    values = figures.values[node]
    far = int(np.nanargmax(np.abs(values - np.nanmedian(values))))
    park = figures.structure.parks[far]
    said = (
        f"“{row['label']}”被个别园区拉长了标尺（最突出的是{names.get(park, park)}），其余园区的得分挤在一起"
        f"（偏度 {round_half_up(skew, 1)}，峰度 {round_half_up(kurt, 1)}）。"
    )
    advice = "先核对这个数；属实的，给该指标加极端值处理（treatment），或改用名次、分档计分。"
    yield Finding("outlier", node, said, advice, figures.parks, skew, limits.skewness)


def _pairs(figures: Audited, flat: set[str]) -> Iterator[Finding]:
    """Pairs of indicators of which it holds without any one of the parks too: a single park far off makes any two look
    alike. Indicators that hardly differ between parks are left out."""
    limits = figures.limits
    for one, other in combinations([leaf for leaf in figures.leaves if leaf not in flat], 2):
        pair = figures.of(one, other)
        if pair.r is None or pair.high is None:
            continue
        a, b = figures.labels[one], figures.labels[other]
        if pair.r > limits.redundant_r and figures.without_each(one, other).min() > limits.redundant_r:
            said = f"“{a}”和“{b}”几乎同升同降（相关系数 {round_half_up(pair.r, 2)}），等于把同一件事计了两次。"
            advice = "去掉一项或合成一项；都要保留的，把两项权重合起来看是否过大。"
            yield _of_pair("redundant", one, other, pair, limits.redundant_r, said, advice)
        elif pair.r <= limits.contrary_r and pair.high < 0 and figures.without_each(one, other).max() < 0:
            said = f"“{a}”得分高的园区，“{b}”得分多半低（相关系数 {round_half_up(pair.r, 2)}），两项互相抵消。"
            advice = "先查方向是否写反；确实此消彼长的，想清楚鼓励哪一头，或分别评价。"
            yield _of_pair("contrary", one, other, pair, limits.contrary_r, said, advice)


def _of_pair(
    kind: str, one: str, other: str, pair: Correlation, limit: float, sentence: str, advice: str
) -> Finding:  # fmt: skip
    return Finding(kind, one, sentence, advice, pair.parks, pair.r, limit, other, pair.low, pair.high)


def _weak(figures: Audited, flat: set[str]) -> Iterator[Finding]:
    for node in figures.leaves:
        parent = figures.parents[node]
        if len(figures.children(parent)) < 2 or node in flat:
            continue
        pair = figures.of(node, parent)
        if pair.r is not None and pair.r < figures.limits.weak_r:
            said = (
                f"“{figures.labels[node]}”与所属的“{figures.labels[parent]}”得分几乎没有同向关系"
                f"（相关系数 {round_half_up(pair.r, 2)}），放在这里起的作用很小或相反。"
            )
            advice = "看它是否放错了方面，或方向、计分方法是否合适；单独有政策意义的可以保留并说明。"
            yield _of_pair("weak", node, parent, pair, figures.limits.weak_r, said, advice)


def _weights(figures: Audited, flat: set[str]) -> Iterator[Finding]:
    """Effective shares beyond the ratio whose interval does not hold the nominal share either."""
    limit = figures.limits.weight_ratio
    for node, (nominal, share, low, high) in figures.effective.items():
        more = share > limit * nominal and low > nominal
        less = share < nominal / limit and high < nominal
        if not (more or less) or nominal <= 0 or node in flat:
            continue
        said = (
            f"“{figures.labels[node]}”名义权重 {weight_text(nominal)}%，实际左右总分差别的份额约 {round_half_up(share, 0)}%"
            f"（{round_half_up(low, 0)}%—{round_half_up(high, 0)}%），{'大大超过' if more else '远低于'}它的名义。"
        )
        advice = (
            "园区间差距大的指标实际作用大；想让它少起作用，应缩小得分差距，而不只是降权重。"
            if more
            else "各园区得分太接近或与总分无关；想让它起作用，应拉开得分差距，而不只是加权重。"
        )
        yield Finding("weight", node, said, advice, figures.parks, share, nominal, low=low, high=high)


def _dimension(figures: Audited, row: dict[str, object]) -> Iterator[Finding]:
    limits, node, count = figures.limits, str(row["node"]), row["complete_parks"]
    parks = count if isinstance(count, int) else 0
    number = len(figures.children(node))
    alpha, first = row["alpha"], row["first_component_pct"]
    if isinstance(alpha, float) and alpha < limits.alpha:
        said = (
            f"“{row['label']}”下面 {number} 项得分步调不一（一致性系数 {round_half_up(alpha, 2)}，通常要求 {limits.alpha:g} 以上），"
            "合成的得分不代表一个共同的水平。"
        )
        advice = "本来就是几件事的（如既管规模又管安全），可以这样，但不宜用这一得分单独下结论；否则重新归类。"
        yield Finding("alpha", node, said, advice, parks, alpha, limits.alpha)
    if isinstance(first, float) and first < limits.first_component_pct:
        said = f"“{row['label']}”下面 {number} 项量的不止一件事：最主要的一个共同因素只说明差别的 {round_half_up(first, 0)}%。"
        advice = "按含义拆成几个方面，或说明为何放在一起。"
        yield Finding("component", node, said, advice, parks, first, limits.first_component_pct)
