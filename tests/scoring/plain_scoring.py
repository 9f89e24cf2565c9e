"""Scoring written a second time, in plain Python over dictionaries, to compare the engine with; and random schemes for it.

Nothing of `scoring` is used here. Only figures of one year, no history, two levels as groups, parks that are all ranked or
left out by name.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from statistics import mean, stdev
from typing import Any

from tests.scoring.small_parks import MISSING, NAMES

Values = Mapping[str, float | None]


def random_case(chance: random.Random) -> dict[str, Any]:
    """A small scheme with its data, as small_parks reads it."""
    parks = list(NAMES[: chance.randint(1, 9)])
    leaves = [f"x{number}" for number in range(chance.randint(1, 7))]
    dimensions = _tree(chance)
    childless = [one["code"] for one in dimensions if not any(other["parent"] == one["code"] for other in dimensions)]
    leaves += [f"y{number}" for number in range(max(len(childless) - len(leaves), 0))]
    nodes = []
    for place, leaf in enumerate(leaves):
        parent = childless[place] if place < len(childless) else chance.choice(dimensions)["code"]
        nodes.append({"dimension": parent, "indicator": leaf, "points": _points(chance)})
    total: dict[str, Any] = {"combine": _combination(chance)}
    for parent in [*dimensions, total]:
        code = parent.get("code", "")
        children = [one for one in dimensions if one["parent"] == code] + [
            one for one in nodes if one["dimension"] == code
        ]
        kind = chance.choice(["given", "given", "relative", "equal", "entropy"])
        shares: list[float] = [chance.randint(1, 9) for _ in children]
        if kind == "given":
            shares = _adding_to_100(shares)
        for child, share in zip(children, shares, strict=True):
            child["weights"] = share
        if kind == "relative":
            parent["relative"] = True
        if kind in ("equal", "entropy"):
            parent["weighting"] = {"method": kind}
    figures = {leaf: _figures(chance, len(parks)) for leaf in leaves}
    return {
        "figures": figures,
        "levels": [chance.choice(["州级", "省级"]) for _ in parks],
        "unranked": [park for park in parks if chance.random() < 0.12],
        "indicators": [{"code": leaf, "direction": chance.choice(["higher", "higher", "lower"])} for leaf in leaves],
        "scheme": {
            "dimensions": dimensions,
            "nodes": nodes,
            "total": total,
            "ranking": {
                "missing": chance.choice(["zero", "group_mean", "rescale", "refuse"]),
                "minimum_available_pct": chance.choice([0, 0, 40, 60]),
            },
        },
    }


def _tree(chance: random.Random) -> list[dict[str, Any]]:
    dimensions: list[dict[str, Any]] = []
    for number in range(chance.randint(1, 5)):
        parent = chance.choice(["", *(one["code"] for one in dimensions)]) if number else ""
        dimensions.append({"code": f"d{number}", "parent": parent, "combine": _combination(chance)})
    return dimensions


def _adding_to_100(shares: list[float]) -> list[float]:
    given = [round(100 * share / sum(shares), 2) for share in shares]
    return [*given[:-1], 100 - math.fsum(given[:-1])]


def _combination(chance: random.Random) -> dict[str, Any]:
    method = chance.choice(["arithmetic"] * 5 + ["geometric", "harmonic", "power", "mazziotta_pareto", "topsis"])
    more: dict[str, dict[str, Any]] = {
        "power": {"power": chance.choice([-2, -1, 0.5, 2, 3])},
        "mazziotta_pareto": {"penalty": chance.choice(["minus", "plus"])},
        "topsis": {"scope": chance.choice(["group", "all"]), "when_equal": 70},
    }
    return {"method": method, **more.get(method, {})}


def _points(chance: random.Random) -> dict[str, Any]:
    scope = chance.choice(["group", "all"])
    low = chance.randint(-20, 40)
    return chance.choice(
        [
            {"method": "ratio", "benchmark": chance.choice([50, 80, 0, -3, "group_mean", "group_max", "group_median"])},
            {"method": "goalposts", "zero_at": low, "full_at": low + chance.choice([-30, 1, 60])},
            {"method": "min_max", "scope": scope, "base_points": chance.choice([0, 20, 60]), "when_equal": 50},
            {"method": "min_max", "low": low, "high": low + 30},
            {"method": "z_score", "scope": scope},
            {"method": "rank_points", "scope": scope, "step": chance.choice([5, 30]), "minimum": 10},
            {"method": "rank_points", "table": [100, 70, 20]},
            {"method": "percentile", "scope": scope, "when_alone": 60},
            {"method": "efficacy", "unacceptable": low, "satisfactory": low + chance.choice([-40, 40])},
            {"method": "over_target", "threshold": low, "unit": 7, "per_unit": 12, "start": 10},
            {"method": "bands", "bands": [{"bound": 20, "points": 40}, {"bound": 60, "points": 90}]},
            {"method": "pass_fail", "benchmark": 33},
            {"method": "judged", "scale": 80},
            {"method": "reference_distance", "reference": 30, "scope": scope},
        ]
    )


def _figures(chance: random.Random, count: int) -> list[Any]:
    kind = chance.choice(["plain", "plain", "tied", "equal", "wild", "sparse"])
    made: Callable[[], Any] = {
        "plain": lambda: round(chance.uniform(0, 100), 3),
        "tied": lambda: chance.choice([10, 20, 90]),
        "equal": lambda: 0.1,
        "wild": lambda: round(chance.choice([-1, 1]) * 10 ** chance.uniform(-4, 8), 6),
        "sparse": lambda: MISSING if chance.random() < 0.4 else chance.randint(-10, 110),
    }[kind]
    return [MISSING if chance.random() < 0.05 else made() for _ in range(count)]


class Reference:
    """The totals of a case, recomputed."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        self.scheme = case["scheme"]
        self.parks = list(NAMES[: len(case["levels"])])
        self.group = dict(zip(self.parks, case["levels"], strict=True))
        self.ranked = {park: park not in case["unranked"] for park in self.parks}
        self.lower = {one["code"] for one in case["indicators"] if one["direction"] == "lower"}
        self.figures = {
            code: {park: None if value == MISSING else value for park, value in zip(self.parks, values, strict=True)}
            for code, values in case["figures"].items()
        }
        self.missing = self.scheme["ranking"]["missing"]

    def totals(self) -> dict[str, float | None]:
        return self._node({"code": "", **self.scheme["total"]})

    def _node(self, parent: Mapping[str, Any]) -> dict[str, float | None]:
        children: dict[str, dict[str, float | None]] = {}
        given: dict[str, float] = {}
        for node in self.scheme["nodes"]:
            if node["dimension"] == parent["code"]:
                children[node["indicator"]] = self._substituted(self.leaf(node))
                given[node["indicator"]] = node["weights"]
        for dimension in self.scheme["dimensions"]:
            if dimension["parent"] == parent["code"]:
                children[dimension["code"]] = self._node(dimension)
                given[dimension["code"]] = dimension["weights"]
        weights = self._weights(parent, given, children)
        rows = {
            park: self._kept(weights, {code: values[park] for code, values in children.items()}) for park in self.parks
        }
        combined = self._combined(parent["combine"], rows)
        return {park: None if value is None else round(value, 10) for park, value in combined.items()}

    def _weights(
        self, parent: Mapping[str, Any], given: Mapping[str, float], children: Mapping[str, Values]
    ) -> dict[str, float]:
        method = parent.get("weighting", {}).get("method")
        raw = dict(given) if method is None else dict.fromkeys(given, 1.0)
        if method == "entropy":
            for code, values in children.items():
                seen = [
                    max(value, 0.0) for park in self.parks if self.ranked[park] and (value := values[park]) is not None
                ]
                total = sum(seen)
                shares = [value / total for value in seen if value > 0] if total > 0 else []
                differs = (
                    1 + sum(p * math.log(p) for p in shares) / math.log(len(seen)) if shares and len(seen) > 1 else 0
                )
                raw[code] = differs if differs > 1e-12 else 0.0
            if not any(raw.values()):
                raw = dict.fromkeys(given, 1.0)
        whole = sum(raw.values())
        return {code: 100 * value / whole for code, value in raw.items()}

    def _kept(self, weights: Mapping[str, float], values: Values) -> list[tuple[str, float, float]] | None:
        """Children with their final weights, or None where there is no score."""
        known = {code: value for code, value in values.items() if value is not None}
        there = sum(weights[code] for code in known)
        if self.missing == "rescale":
            if there <= 0 or there < self.scheme["ranking"]["minimum_available_pct"] - 1e-12:
                return None
            return [(code, value, weights[code] * 100 / there) for code, value in known.items() if weights[code] > 0]
        if len(known) < len(values):
            return None
        return [(code, value, weights[code]) for code, value in known.items() if weights[code] > 0]

    def _combined(
        self, combine: Mapping[str, Any], rows: Mapping[str, list[tuple[str, float, float]] | None]
    ) -> dict[str, float | None]:
        if combine["method"] == "topsis":
            return self._topsis(combine, rows)
        return {park: None if row is None else _mean(combine, row) for park, row in rows.items()}

    def _topsis(
        self, combine: Mapping[str, Any], rows: Mapping[str, list[tuple[str, float, float]] | None]
    ) -> dict[str, float | None]:
        def bounds(code: str, park: str) -> list[float]:
            return [
                x * w
                for other, row in rows.items()
                if row and self.ranked[other] and (combine["scope"] == "all" or self.group[other] == self.group[park])
                for own, x, w in row
                if own == code
            ]

        result: dict[str, float | None] = {}
        for park, row in rows.items():
            if row is None:
                result[park] = None
                continue
            seen = [(x * w, values) for code, x, w in row if (values := bounds(code, park))]
            best = math.sqrt(sum((value - max(values)) ** 2 for value, values in seen))
            worst = math.sqrt(sum((value - min(values)) ** 2 for value, values in seen))
            result[park] = 100 * worst / (best + worst) if best + worst > 0 else combine["when_equal"]
        return result

    def _substituted(self, points: dict[str, float | None]) -> dict[str, float | None]:
        if self.missing == "zero":
            return {park: value or 0.0 for park, value in points.items()}
        if self.missing == "group_mean":
            filled = dict(points)
            for park in self.parks:
                known = [
                    value for other in self.parks if self._beside(other, park) and (value := points[other]) is not None
                ]
                if points[park] is None and known:
                    filled[park] = mean(known)
            return filled
        return points

    def _beside(self, other: str, park: str, scope: str = "group") -> bool:
        return self.ranked[other] and (scope == "all" or self.group[other] == self.group[park])

    def leaf(self, node: Mapping[str, Any]) -> dict[str, float | None]:
        """Points of one indicator by park."""
        values = self.figures[node["indicator"]]
        how, sign = node["points"], -1 if node["indicator"] in self.lower else 1
        result: dict[str, float | None] = {}
        for park, value in values.items():
            scope = how.get("scope", "group")
            known = [
                one for other in self.parks if self._beside(other, park, scope) and (one := values[other]) is not None
            ]
            points = None if value is None else _scored(how, sign, value, known, self.ranked[park])
            result[park] = None if points is None else round(points, 10)
        return result


def _scored(how: Mapping[str, Any], sign: int, x: float, known: list[float], ranked: bool) -> float | None:
    """Points of the value x beside the `known` values of the ranked parks."""
    method = how["method"]
    if method == "ratio":
        named: Any = {"group_mean": mean, "group_max": max, "group_median": _median}.get(how["benchmark"])
        if named and not known:
            return None
        bench = named(known) if named else how["benchmark"]
        if bench <= 0 or (sign < 0 and x <= 0):
            return None
        return _limit(100 * x / bench if sign > 0 else 100 * bench / x)
    if method == "goalposts":
        return _limit(100 * (x - how["zero_at"]) / (how["full_at"] - how["zero_at"]))
    if method == "min_max":
        if "low" not in how and not known:
            return None
        low, high = how.get("low", min(known, default=0)), how.get("high", max(known, default=0))
        if low == high:
            return float(how.get("when_equal", 100))
        share = min(max((x - low) / (high - low), 0), 1)
        base = how.get("base_points", 0)
        return float(base + (100 - base) * (share if sign > 0 else 1 - share))
    if method == "z_score":
        deviation = stdev(known) if known and max(known) > min(known) else 0
        z = sign * (x - mean(known)) / deviation if deviation > 0 else 0
        return 50 * (1 + math.erf(z / math.sqrt(2)))
    if method in ("rank_points", "percentile"):
        if not ranked:
            return None
        better = sum(sign * other > sign * x for other in known)
        if method == "percentile":
            worse = sum(sign * other < sign * x for other in known)
            return 100 * (worse + (len(known) - 1 - worse - better) / 2) / (len(known) - 1) if len(known) > 1 else 60
        if "step" in how:
            return float(min(max(100 - how["step"] * better, how["minimum"]), 100))
        return float(how["table"][min(better, len(how["table"]) - 1)])
    if method == "efficacy":
        power = (x - how["unacceptable"]) / (how["satisfactory"] - how["unacceptable"])
        return _limit(60 * (100 / 60) ** min(power, 10))
    if method == "over_target":
        above = sign * (x - how["threshold"]) / how["unit"]
        return _limit(how["start"] + how["per_unit"] * math.floor(above + 1e-9)) if above >= 0 else 0.0
    if method == "bands":
        reached = [one["points"] for one in how["bands"] if sign * x >= sign * one["bound"]]
        return float(max(reached) if sign > 0 else reached[0] if reached else 0) if reached else 0.0
    if method == "pass_fail":
        return 100.0 if sign * x >= sign * how["benchmark"] else 0.0
    if method == "judged":
        return _limit(100 * x / how["scale"])
    largest = max((abs(other - how["reference"]) for other in known), default=0)
    return _limit(100 * (1 - abs(x - how["reference"]) / largest)) if largest > 0 else 100.0


def _median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _limit(points: float) -> float:
    return min(max(points, 0.0), 100.0)


def _mean(combine: Mapping[str, Any], row: list[tuple[str, float, float]]) -> float:
    method = combine["method"]
    plain = sum(x * w for _, x, w in row) / 100
    if method == "arithmetic":
        return plain
    if method == "mazziotta_pareto":
        spread = sum((x - plain) ** 2 * w for _, x, w in row) / 100
        return plain + (-1 if combine["penalty"] == "minus" else 1) * spread / plain if plain > 0 else 0.0
    power = {"geometric": 0.0, "harmonic": -1.0}.get(method) if method != "power" else combine["power"]
    assert power is not None
    if any(x <= 0 for _, x, _ in row) and power <= 0:
        return 0.0
    if power == 0:
        return math.exp(sum(w * math.log(x) for _, x, w in row) / 100)
    return float((sum(w * max(x, 0) ** power for _, x, w in row) / 100) ** (1 / power))
