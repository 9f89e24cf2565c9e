"""The evaluation system of any depth for print: paths, what adds up to the total, what does not add up.

Reads rows of `scores` only; deductions and bonuses (kind `adjustment`) stand beside the hierarchy, under the total.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from report_templates.formatting import NULL, number, plain
from report_templates.published import Row
from scoring.precision import SCORE_DECIMALS

TOTAL = "total"
ADJUSTMENT = "adjustment"
JOINT = " › "
_LABEL_CHARACTERS = 20
# What is less is rounding, not a cap.
_NOTHING = 0.005


class Hierarchy:
    """Nodes of the evaluation system, of one park or of several together."""

    def __init__(self, scores: Iterable[Row]) -> None:
        self._rows: dict[str, Row] = {}
        for row in scores:
            if row["kind"] != ADJUSTMENT:
                self._rows.setdefault(row["node"], row)

    @property
    def top(self) -> tuple[str, ...]:
        """The nodes directly under the total, in the order of the scheme."""
        rows = [row for row in self._rows.values() if row["parent"] == TOTAL]
        return tuple(row["node"] for row in sorted(rows, key=lambda row: row.get("position") or 0))

    @property
    def nested(self) -> bool:
        """Whether any dimension stands inside another one."""
        return any(row["kind"] == "dimension" and self.depth(code) > 0 for code, row in self._rows.items())

    def label(self, node: str) -> str:
        """The node's name; empty for a node that does not exist."""
        row = self._rows.get(node)
        return plain(row["label"], _LABEL_CHARACTERS) if row else ""

    def depth(self, node: str) -> int:
        """How many dimensions stand above the node."""
        return max(len(self._line(node)) - 1, 0)

    def path(self, node: str) -> str:
        """The names from the top down to the node: 发展质量 › 集约程度. Empty for the total."""
        return JOINT.join(self.label(code) for code in self._line(node))

    def share(self, node: str) -> float:
        """The product of the weights down to the node, in points of 100; equals full_points where scores add up."""
        full = 100.0
        for code in self._line(node):
            full *= (self._rows[code]["weight"] or 0.0) / 100
        return full

    def not_additive(self) -> tuple[str, ...]:
        """The nodes whose score is not the sum of their children's, each with its method."""
        found = dict.fromkeys(row["parent"] for row in self._rows.values() if row.get("score", 0.0) is None)
        rows = [self._rows[parent] for parent in found if parent in self._rows]
        return tuple(f"{plain(row['label'], _LABEL_CHARACTERS)}（{_method(row)}）" for row in rows)

    def _line(self, node: str) -> list[str]:
        line: list[str] = []
        while node in self._rows and node != TOTAL and node not in line:
            line.insert(0, node)
            node = self._rows[node]["parent"]
        return line


def _method(row: Row) -> str:
    return plain(row.get("method"), 60).split("，权重：", 1)[0] or "不相加"


@dataclass(frozen=True)
class SumLine:
    """One line between the dimensions and the total: points before, a deduction or bonus, what a cap took away."""

    label: str
    rule: str
    points: str
    note: str


def sum_lines(scores: Sequence[Row], rules: Mapping[str, Row]) -> tuple[SumLine, ...]:
    """Lines that lead from the dimensions to the total, none in a scheme without deductions and bonuses.

    `rules` are the definitions of kind `adjustment` by code. Adjustments of 0 points stand in one line together.
    Where the caps of the scheme (bonus cap, total not below 0) change the sum, the difference is a line of its own.
    """
    adjustments = [row for row in scores if row["kind"] == ADJUSTMENT]
    if not adjustments:
        return ()
    parts = [row["points"] for row in scores if row["parent"] == TOTAL and row["kind"] != ADJUSTMENT]
    total = next((row["points"] for row in scores if row["kind"] == "total"), None)
    given = sum(row["points"] or 0.0 for row in adjustments)
    before = None if None in parts else sum(parts)
    lines = [SumLine("加减分前合计", "", number(before, SCORE_DECIMALS), "")] if before is not None else []
    counted = [row for row in adjustments if abs(row["points"] or 0.0) >= _NOTHING or row["note"]]
    lines += [_adjustment(row, rules.get(row["node"])) for row in counted]
    idle = [plain(row["label"], 30) for row in adjustments if row not in counted]
    if idle:
        lines.append(SumLine("其余加减分" if counted else "加减分", f"未发生：{'、'.join(idle)}", "0.00", ""))
    if before is not None and total is not None and abs(total - before - given) >= _NOTHING:
        rest = number(total - before - given, SCORE_DECIMALS, signed=True)
        lines.append(SumLine("限额调整", "加分合计有上限，总分不低于零", rest, ""))
    return tuple(lines)


def _adjustment(row: Row, rule: Row | None) -> SumLine:
    said = plain(row["method"], 120)
    if rule is not None:
        said = "：".join(part for part in (plain(rule["value"], 60), plain(rule["formula"], 120)) if part)
    points = NULL if row["points"] is None else number(row["points"], SCORE_DECIMALS, signed=True)
    return SumLine(plain(row["label"], 40), said, points, plain(row["note"], 160))


def all_rows(scores: Iterable[Row]) -> Hierarchy:
    """The system of several parks: what any of them has, in the order of the scheme."""
    return Hierarchy(sorted(scores, key=lambda row: row.get("position") or 0))
