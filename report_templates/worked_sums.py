"""The worked sum behind a score, a rank or a proposal, down to file and cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from report_templates.explanation import Step, said_once
from report_templates.figure_sources import Sources
from report_templates.formatting import NULL, difference, figure, number, rank_change
from report_templates.indicator_lines import decimals_in, telling_decimals
from report_templates.pace_lines import actual_change, required_change
from report_templates.veto_text import veto_text
from report_templates.weak_points import cure
from scoring.precision import SCORE_DECIMALS, decimals_of_mean
from validation.units import with_unit

Row = Mapping[str, Any]
SIGNS = {">=": "≥", ">": "＞", "<=": "≤", "<": "＜"}


@dataclass(frozen=True)
class WorkedSums:
    """Explanations of one park in one year, from the published tables."""

    sources: Sources

    def everything(self) -> Step:
        """The whole of it for the annex of a report: ranks, total, every indicator down to its cells, every rule that
        was examined, the quality of the data, all filed figures; each statement once."""
        park = self.sources.park
        watched = [row for row in self.sources.rows("indicators") if not self._node(row["indicator"])]
        parts = [*self.summary(deep=True).parts]
        parts += [Step("监测指标（不计分）", tuple(self._indicator(row) for row in watched))] if watched else []
        left = [row for row in self.sources.rows("rule_checks") if row["outcome"] != "触发" or not park["evaluated"]]
        rules = [self._rule(row) for row in left]
        parts += [Step("其他规则", tuple(rules))] if rules else []
        parts.append(self.sources.quality(self.sources.year))
        filed = tuple(self.sources.cell(row) for row in self.sources.rows("statistics"))
        parts += [Step("报送的数据", filed)] if filed else []
        return said_once(Step(f"{park['name']} {self.sources.year} 年结果说明", tuple(parts)))

    def about(self, subject: str) -> Step | None:
        """A dimension, an indicator, a rule, a filed figure, a parameter or a figure of the region, by code or by
        Chinese name; None where the park has nothing of that name."""
        for node in self.sources.rows("scores"):
            if subject in (node["node"], node["label"]) and node["kind"] != "indicator":
                return said_once(self._scored(node, deep=True))
        for row in self.sources.rows("indicators"):
            if subject in (row["indicator"], row["label"]):
                return said_once(self._indicator(row))
        for row in self.sources.rows("rule_checks"):
            if subject in (row["rule"], row["label"]):
                return said_once(self._rule(row))
        for row in self.sources.rows("statistics"):
            if subject in (row["item"], row["label"]):
                return self.sources.cell(row)
        for row in self.sources.shared("definitions"):
            if row["kind"] == "parameter" and subject in (row["code"], row["label"]):
                return self.sources.parameter(row["code"])
        for row in self.sources.shared("region_targets"):
            if row["year"] == self.sources.year and subject in (row["indicator"], row["label"]):
                return self.sources.region(row["indicator"], self.sources.year)
        return self.sources.quality(self.sources.year) if subject == "数据质量" else None

    def subjects(self) -> list[str]:
        """The codes that `about` knows: dimensions, indicators, rules, filed figures."""
        nodes = [row["node"] for row in self.sources.rows("scores") if row["kind"] != "indicator"]
        named = (("indicators", "indicator"), ("rule_checks", "rule"), ("statistics", "item"))
        return nodes + [row[code] for table, code in named for row in self.sources.rows(table)]

    def summary(self, *, deep: bool = False) -> Step:
        """Ranks, total and proposals; `deep` follows every indicator down to its cells."""
        park = self.sources.park
        if not park["evaluated"]:
            return Step(f"{park['name']} {self.sources.year} 年未评价：{park['note']}")
        own = [row for row in self._rankings(self.sources.year) if row["park_code"] == self.sources.park_code]
        ranks = [self._rank(row) for row in own] or [Step(f"不排名：{park['note']}")]
        total = next(row for row in self.sources.rows("scores") if row["kind"] == "total")
        proposals = [self._rule(row) for row in self.sources.rows("rule_checks") if row["outcome"] == "触发"]
        head = f"{park['name']}（{park['level']}）{self.sources.year} 年"
        return Step(head, (*ranks, self._scored(total, deep=deep), *proposals), key="park")

    def told(self) -> Step:
        """`summary`, each statement once."""
        return said_once(self.summary())

    def _rank(self, row: Row) -> Step:
        """A place in a group: who stands just above and below and by how much, and who shares it."""
        group = [other for other in self._rankings(self.sources.year) if other["group"] == row["group"]]
        others = [other for other in group if other["park_code"] != row["park_code"]]
        tied = [other for other in others if other["rank"] == row["rank"]]
        above = [other for other in others if other["rank"] < row["rank"]]
        below = [other for other in others if other["rank"] > row["rank"]]
        parts = [Step(f"与 {'、'.join(self.sources.name_of(one['park_code']) for one in tied)} 并列")] if tied else []
        if above:
            last = max(one["rank"] for one in above)
            parts += [self._neighbour(one, row, "前一位") for one in above if one["rank"] == last]
        if below:
            first = min(one["rank"] for one in below)
            parts += [self._neighbour(one, row, "后一位") for one in below if one["rank"] == first]
        parts.append(Step("历年", tuple(self._past(row["group"]))))
        bottom = "组内靠后" if row["bottom"] else "组太小，不认定靠后" if row["bottom"] is None else "不在靠后之列"
        years = f"（连续 {row['bottom_years']} 年）" if row["bottom_years"] else ""
        text = f"位次：{row['group']}第 {row['rank']} 位，共 {row['group_size']} 个，总分 {_score(row['score'])}，等次 {row['grade'] or NULL}，{bottom}{years}"
        parts = [*([Step(veto_text(row))] if veto_text(row) else []), *parts]
        return Step(text, tuple(parts), key=f"rank:{row['group']}")

    def _rankings(self, year: int) -> list[dict[str, Any]]:
        return [row for row in self.sources.shared("rankings") if row["year"] == year]

    def _past(self, group: str) -> Iterator[Step]:
        """The park's places in a group year by year, with the group's mean score."""
        rows = [row for row in self.sources.shared("rankings") if row["group"] == group]
        before: Row | None = None
        for row in (row for row in rows if row["park_code"] == self.sources.park_code):
            scores = [other["score"] for other in rows if other["year"] == row["year"]]
            change = (
                f"，总分比 {before['year']} 年 {difference(row['score'], before['score'], SCORE_DECIMALS)}"
                if before
                else ""
            )
            moved = f"，位次{rank_change(row['rank_change'])}" if row["rank_change"] else ""
            yield Step(
                f"{row['year']} 年：第 {row['rank']} 位，共 {row['group_size']} 个，总分 {_score(row['score'])}，"
                f"等次 {row['grade'] or NULL}，组内平均总分 {_score(sum(scores) / len(scores))}{change}{moved}"
            )
            before = row

    def _neighbour(self, other: Row, row: Row, said: str) -> Step:
        gap = other["score"] - row["score"]
        word = "高" if gap > 0 else "低"
        name = self.sources.name_of(other["park_code"])
        if not abs(gap) > 0:
            return Step(f"{said}：{name} {_score(other['score'])} 分，总分相同，按办法的并列规定排定")
        # Totals that look the same in print are told apart by all that is needed of the difference.
        size = difference(other["score"], row["score"], SCORE_DECIMALS).lstrip("+-")
        size = f"{abs(gap):.2g}" if float(size) == 0 else size
        return Step(f"{said}：{name} {_score(other['score'])} 分，{word} {size} 分")

    def _decimals(self, indicator: str) -> int:
        """Those of the line in the park's report: the indicator's own, more where its target asks for them."""
        own = next((row for row in self.sources.rows("indicators") if row["indicator"] == indicator), {})
        target = next((row for row in self.sources.rows("targets") if row["indicator"] == indicator), None)
        return telling_decimals(target, decimals_in(own))

    def _value(self, node: Row) -> str:
        """The value of an indicator with its own decimals."""
        return number(node["value"], self._decimals(node["node"]))

    def _node(self, code: str) -> Row | None:
        return next((row for row in self.sources.rows("scores") if row["node"] == code), None)

    def _scored(self, node: Row, *, deep: bool) -> Step:
        """A node of the hierarchy: its points, how they come about, and the nodes below it."""
        if node["kind"] == "indicator":
            return self._leaf(node, deep=deep)
        children = [row for row in self.sources.rows("scores") if row["parent"] == node["node"]]
        if node["kind"] == "adjustment":
            head = f"{node['label']}：{_score(node['points'])} 分"
        else:
            head = f"{node['label']}：{_score(node['normalised'])} 分"
        if node["kind"] == "dimension":
            head += f"，权重 {figure(node['weight'])}%，折入上级 {_score(node['score'])}，总分中 {_points(node)}"
        note = f"（{node['note']}）" if node["note"] else ""
        parts = [Step(f"计算：{node['worked']}（{node['method']}）"), *self._compared(node)]
        parts += [self._scored(row, deep=deep) for row in children]
        return Step(head + note, tuple(parts), key=f"node:{node['node']}", brief=head)

    def _leaf(self, node: Row, *, deep: bool) -> Step:
        note = f"（{node['note']}）" if node["note"] else ""
        head = (
            f"{node['label']}：指标值 {self._value(node)}，{_score(node['normalised'])} 分，"
            f"权重 {figure(node['weight'])}%，折入总分 {_points(node)}{note}"
        )
        if not deep:
            return Step(head, key=f"node:{node['node']}")
        row = next(row for row in self.sources.rows("indicators") if row["indicator"] == node["node"])
        return Step(
            head, (*self._points_of(node), *self._facts_of(row)), key=f"indicator:{node['node']}@{self.sources.year}"
        )

    def _indicator(self, row: Row) -> Step:
        """An indicator: its score, its formula with the figures, and where each figure comes from."""
        node = self._node(row["indicator"])
        value = (
            with_unit(number(row["value"], self._decimals(row["indicator"])), row["unit"])
            if row["value"] is not None
            else f"空，{row['reason']}"
        )
        scored = []
        if node:
            said = f"，权重 {figure(node['weight'])}%，折入总分 {_points(node)}"
            note = f"（{node['note']}）" if node["note"] else ""
            scored.append(Step(f"得分：{_score(node['normalised'])}{said}{note}", tuple(self._points_of(node))))
        head = f"{row['label']}（{row['indicator']}）{self.sources.year} 年：{value}"
        parts = (*scored, *self._facts_of(row))
        return Step(head, parts, key=f"indicator:{row['indicator']}@{self.sources.year}")

    def _points_of(self, node: Row) -> Iterator[Step]:
        """How an indicator became points: method with its parameters, worked sum, benchmark, what was lost."""
        yield Step(f"计分：{node['method']}")
        yield Step(f"计算：{node['worked']}" if node["worked"] else "计算：没有可以计分的数值")
        if node["benchmark"] is not None:
            places = self._decimals(node["node"])
            gap = difference(node["value"], node["benchmark"], places)
            apart = f"，指标值与基准值相差 {gap}" if node["value"] is not None else ""
            yield Step(f"基准值：{number(node['benchmark'], places)}{apart}")
        if node["points"] is not None and node["full_points"] is not None and node["points"] < node["full_points"]:
            yield Step(f"失分：{difference(node['full_points'], node['points'], SCORE_DECIMALS).lstrip('+')}")
        if node.get("next_value") is not None and node["value"] is not None:
            indicator = next(row for row in self.sources.rows("indicators") if row["indicator"] == node["node"])
            yield Step(f"怎样增分：{cure(node, indicator)}")
        yield from self._compared(node)

    def _compared(self, node: Row) -> Iterator[Step]:
        """The scores of the park's group on the node, the park's own among them."""
        group = _group(self.sources.park)
        codes = {row["park_code"] for row in self.sources.shared("parks") if _group(row) == group}
        rows = [
            row for row in self.sources.shared("scores")
            if row["node"] == node["node"] and row["park_code"] in codes and row["normalised"] is not None
        ]  # fmt: skip
        if node["kind"] == "adjustment" or len(rows) < 2 or node["normalised"] is None:
            return
        mean, best = sum(row["normalised"] for row in rows) / len(rows), max(row["normalised"] for row in rows)
        lead = node["normalised"] - mean
        apart = difference(node["normalised"], mean, SCORE_DECIMALS)
        text = f"组内（{group}，{len(rows)} 个，含本园区）平均 {_score(mean)} 分，最高 {_score(best)} 分，本园区与平均相差 {apart}"
        if node["full_points"] is not None and node["kind"] == "indicator":
            text += f"，折入总分 {number(lead * node['full_points'] / 100, SCORE_DECIMALS, signed=True)}"
        yield Step(text)

    def _facts_of(self, row: Row) -> Iterator[Step]:
        """Last year's value, the group's mean, the target, the formula and the source of its figures."""
        places = self._decimals(row["indicator"])
        before = [f"上年值 {number(row['previous_value'], places)}"] if row["previous_value"] is not None else []
        mean = number(row["group_mean"], decimals_of_mean(places))
        peers = [one for one in self.sources.shared("parks") if _group(one) == _group(self.sources.park)]
        before += [f"组内均值 {mean}"] if row["group_mean"] is not None and len(peers) > 1 else []
        if before:
            yield Step("，".join(before))
        known = [one for one in self.sources.every("indicators") if one["indicator"] == row["indicator"]]
        past = [f"{one['year']} 年 {number(one['value'], places)}" for one in known if one["year"] < self.sources.year]
        if past:
            yield Step(f"历年：{'，'.join(past)}")
        target = next((item for item in self.sources.rows("targets") if item["indicator"] == row["indicator"]), None)
        if target:
            yield self._target(target)
        yield self.sources.formula(row, self.sources.year)

    def _target(self, target: Row) -> Step:
        places = self._decimals(target["indicator"])
        told = [
            ("完成率", "attainment_pct", 1, "%"),
            ("基期值", "base_value", places, ""),
            ("目标年预计值", "projected_value", places, ""),
        ]
        parts = [
            Step(f"{label}：{number(target[name], decimals)}{unit}")
            for label, name, decimals, unit in told
            if target[name] is not None
        ]
        actual = actual_change(target, self.sources.year, self.sources.park["base_year"])
        required = required_change(target, self.sources.year)
        parts += [Step(f"基期以来年均变化：{number(actual, places + 1, signed=True)}")] if actual is not None else []
        parts += (
            [Step(f"到期前每年须变化：{number(required, places + 1, signed=True)}")] if required is not None else []
        )
        parts += [Step(f"容差：{number(target['tolerance'], places)}")] if target["tolerance"] else []
        parts += [Step(f"说明：{target['note']}")] if target["note"] else []
        return Step(
            f"目标：{SIGNS[target['operator']]} {number(target['target_value'], places)}（{target['due_year']} 年，{target['clause']}）"
            f"，{_verdict(target['attained'], '达到', '未达到')}；进度值 {number(target['pace_value'], places)}，"
            f"{_verdict(target['on_path'], '在进度上', '落后于进度')}",
            tuple(parts),
            key=f"target:{target['indicator']}",
        )

    def _rule(self, row: Row) -> Step:
        """A rule: condition, figures, proposal, what would have changed it, the indicators it speaks of, the decision."""
        parts = [Step(f"条件：{row['condition']}"), Step(f"数据：{row['evidence']}")]
        proposal = next((item for item in self.sources.rows("proposals") if item["rule"] == row["rule"]), None)
        if proposal:
            due = f"期限 {proposal['due_date']}。" if proposal["due_date"] else ""
            parts += [
                Step(f"建议：{proposal['action']}{due}"),
                Step(f"条款：{proposal['clause']}；{proposal['basis']}"),
                Step(proposal["counterfactual"]),
            ]
        parts += [
            self._indicator(item)
            for item in self.sources.rows("indicators")
            if item["label"] in f"{row['condition']}；{row['evidence']}"
        ]
        parts += [
            Step(
                f"决定：{entry['outcome']}{f'，园区状态定为{status}' if (status := entry['park_status']) else ''}"
                f"（{entry['decided_by']}，{entry['recorded_on']}，第 {entry['number']} 号）：{entry['reason']}"
            )
            for entry in self.sources.rows("decisions")
            if entry["kind"] == "decision" and entry["rule"] == row["rule"]
        ]
        return Step(f"规则“{row['label']}”（{row['rule']}）：{row['outcome']}", tuple(parts), key=f"rule:{row['rule']}")


def _group(park: Row) -> str:
    """The group of a park (a row of `parks`); results of early versions name only its level."""
    return str(park["group"] or park["level"])


def _points(node: Row) -> str:
    if node["points"] is None or node["full_points"] is None:
        return "（非加法合成，不单独计算）"
    return f"{_score(node['points'])}/{_score(node['full_points'])}"


def _score(points: float | None) -> str:
    return number(points, SCORE_DECIMALS)


def _verdict(value: bool | None, yes: str, no: str) -> str:
    return "无法判定" if value is None else yes if value else no
