"""The worked sum behind a score, a rank or a proposal, down to file and cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from metrics.vocabulary import CALENDAR
from parkeval.errors import UsageFault
from parkeval.printing import cell_text
from parkeval.store import Tables
from scoring.targets import SIGNS
from validation.expression import Name, parse
from validation.problems import Problem

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """One line of an explanation with the lines it rests on."""

    text: str
    parts: tuple[Step, ...] = field(default=())

    def lines(self, depth: int = 0) -> Iterator[str]:
        yield "  " * depth + self.text
        for part in self.parts:
            yield from part.lines(depth + 1)

    def as_data(self) -> dict[str, Any]:
        return {"text": self.text, "parts": [part.as_data() for part in self.parts]}


@dataclass(frozen=True)
class Explainer:
    """The published tables of one scheme and one park, looked at in one year."""

    tables: Tables
    scheme: str
    year: int
    park_code: str

    def explain(self, subject: str | None) -> Step:
        """The total when `subject` is None; else a dimension, an indicator or a rule, by code or Chinese name."""
        if subject is None:
            return self.total()
        for node in self._rows("scores"):
            if subject in (node["node"], node["label"]) and node["kind"] != "indicator":
                return self.node(node)
        for row in self._rows("indicators"):
            if subject in (row["indicator"], row["label"]):
                return self.indicator(row)
        for row in self._rows("rule_checks"):
            if subject in (row["rule"], row["label"]):
                return self.rule(row)
        known = [row["indicator"] for row in self._rows("indicators")] + [r["rule"] for r in self._rows("rule_checks")]
        raise UsageFault([Problem(subject, "没有这个指标或规则", "、".join(known), "改用其中的代码或中文名称")])

    def total(self) -> Step:
        park = self._park()
        if not park["evaluated"]:
            return Step(f"{park['name']} {self.year} 年未评价：{park['note']}")
        ranks = [
            Step(
                f"位次：{row['group']} {row['rank']}/{row['group_size']}，等次 {row['grade']}"
                f"，上年 {cell_text(row['previous_rank'])}，{'组内靠后' if row['bottom'] else '不在靠后之列'}"
            )
            for row in self._rows("ranking")
        ] or [Step(f"不排名：{park['note']}")]
        total = next(row for row in self._rows("scores") if row["kind"] == "total")
        proposals = [self.rule(row) for row in self._rows("rule_checks") if row["outcome"] == "触发"]
        return Step(f"{park['name']}（{park['level']}）{self.year} 年", (*ranks, self.node(total), *proposals))

    def node(self, node: Row) -> Step:
        children = [row for row in self._rows("scores") if row["parent"] == node["node"]]
        head = f"{node['label']}：{cell_text(node['normalised'])} 分"
        if node["kind"] != "total":
            head += f"，权重 {cell_text(node['weight'])}%，折入上级 {cell_text(node['score'])}"
        note = f"（{node['note']}）" if node["note"] else ""
        parts = [Step(f"计算：{node['worked']}"), *(self.scored(row) if row["kind"] == "indicator" else self.node(row)
                                                  for row in children)]  # fmt: skip
        return Step(head + note, tuple(parts))

    def scored(self, node: Row) -> Step:
        note = f"（{node['note']}）" if node["note"] else ""
        return Step(
            f"{node['label']}：指标值 {cell_text(node['value'])}，{cell_text(node['normalised'])} 分，"
            f"权重 {cell_text(node['weight'])}%，折入总分 {cell_text(node['points'])}/{cell_text(node['full_points'])}{note}"
        )

    def indicator(self, row: Row) -> Step:
        """An indicator: its score, its formula with the figures, and where each figure comes from."""
        parts = []
        node = next((item for item in self._rows("scores") if item["node"] == row["indicator"]), None)
        if node:
            parts.append(
                Step(
                    f"得分：{cell_text(node['normalised'])}（{node['method']}）",
                    (
                        Step(f"计算：{node['worked']}"),
                        Step(f"基准值：{cell_text(node['benchmark'])}"),
                        self.scored(node),
                    ),
                )
            )
        target = next((item for item in self._rows("targets") if item["indicator"] == row["indicator"]), None)
        if target:
            parts.append(
                Step(
                    f"目标：{SIGNS[target['operator']]} {cell_text(target['target_value'])}（{target['due_year']} 年，{target['clause']}）"
                    f"，{_verdict(target['attained'], '达到', '未达到')}；进度值 {cell_text(target['pace_value'])}，"
                    f"{_verdict(target['on_path'], '在进度上', '落后于进度')}"
                )
            )
        value = f"{cell_text(row['value'])} {row['unit']}" if row["value"] is not None else f"空，{row['reason']}"
        return Step(f"{row['label']}（{row['indicator']}）{self.year} 年：{value}", (*parts, *self.formula(row)))

    def formula(self, row: Row) -> Iterator[Step]:
        """The formula, the formula with figures, and the source of every figure in it."""
        yield Step(f"公式：{row['formula']}（{row['clause']}）")
        yield Step(f"代入：{row['worked']}")
        expression = parse(row["formula"], row["indicator"])
        for name in sorted(expression.names):
            yield self.source(name)
        for aggregate in expression.aggregates:
            columns = sorted({name.name for name in aggregate.names if name.space == aggregate.table})
            yield self.records(aggregate.table, columns)
            for name in sorted(name for name in aggregate.names if name.space not in (aggregate.table, "calendar")):
                yield self.source(name)

    def source(self, name: Name) -> Step:
        """Where the figure of a name comes from: a parameter, the register, another indicator, or a cell."""
        if name.space == "param":
            return self._parameter(name.name)
        if name.space == "calendar":
            return Step(f"{CALENDAR[name.name]}：由统计年度 {self.year} 和基期年 {self._park()['base_year']} 推算")
        if name.space == "park":
            return Step(f"{name.name}：{self._park().get(name.name)}（园区名录）")
        when = name.space.split(".")[0]
        year = self.year - 1 if when == "prev" else self._base_year() if when == "base" else self.year
        if name.space.endswith("region"):
            return self._region(name.name, year)
        return self._figure(name.name, year)

    def records(self, form: str, columns: list[str]) -> Step:
        """The rows of a sub-table an aggregate runs over, cell by cell."""
        frame = self.tables["records"].filter(
            (pl.col("scheme") == self.scheme) & (pl.col("form") == form) & pl.col("item").is_in(columns)
            & (pl.col("park_code").is_null() | (pl.col("park_code") == self.park_code))
            & (pl.col("year").is_null() | (pl.col("year") == self.year)) & (pl.col("run_year") <= self.year)
        )  # fmt: skip
        latest = frame.filter(pl.col("run_year") == pl.col("run_year").max())
        parts = [
            Step("，".join(f"{row['label']} {_shown(row)}" for row in rows) + f"（{_place(rows[0])}）")
            for rows in _grouped(latest.sort("record", "item").to_dicts())
        ]
        return Step(f"表 {form} 的记录 {len(parts)} 条", tuple(parts))

    def rule(self, row: Row) -> Step:
        parts = [Step(f"条件：{row['condition']}"), Step(f"数据：{row['evidence']}")]
        proposal = next((item for item in self._rows("proposals") if item["rule"] == row["rule"]), None)
        if proposal:
            due = f"期限 {proposal['due_date']}。" if proposal["due_date"] else ""
            parts += [
                Step(f"建议：{proposal['action']}{due}"),
                Step(f"条款：{proposal['clause']}；{proposal['basis']}"),
                Step(proposal["counterfactual"]),
            ]
        return Step(f"规则“{row['label']}”（{row['rule']}）：{row['outcome']}", tuple(parts))

    def _figure(self, code: str, year: int) -> Step:
        cells = self.tables["statistics"].filter(
            (pl.col("scheme") == self.scheme) & (pl.col("park_code") == self.park_code)
            & (pl.col("year") == year) & (pl.col("item") == code)
        )  # fmt: skip
        if cells.height:
            return Step(_cell(cells.row(0, named=True)))
        rows = [row for row in self._rows("indicators", year) if row["indicator"] == code]
        if rows:
            row = rows[0]
            said = cell_text(row["value"]) if row["value"] is not None else f"空，{row['reason']}"
            return Step(f"{row['label']}（{code}）{year} 年：{said} {row['unit']}", tuple(self._at(year).formula(row)))
        known = [row for row in self._rows("indicators") if row["indicator"] == code]
        if not known:
            return Step(f"{code} {year} 年：没有数据")
        row = known[0]
        return Step(f"{row['label']}（{code}）{year} 年，由下列数据算出", tuple(self._sources_at(row, year)))

    def _sources_at(self, row: Row, year: int) -> Iterator[Step]:
        yield Step(f"公式：{row['formula']}")
        earlier = self._at(year)
        expression = parse(row["formula"], row["indicator"])
        for name in sorted(expression.names):
            yield earlier.source(name)

    def _at(self, year: int) -> Explainer:
        return Explainer(self.tables, self.scheme, year, self.park_code)

    def _region(self, code: str, year: int) -> Step:
        rows = self.tables["region_targets"].filter(
            (pl.col("scheme") == self.scheme) & (pl.col("year") == year) & (pl.col("indicator") == code)
        )
        if rows.height:
            row = rows.row(0, named=True)
            return Step(
                f"{row['label']} {year} 年：{cell_text(row['value'])} {row['unit']}（地区指标：{row['formula']}）"
            )
        base = self.tables["region_targets"].filter(
            (pl.col("scheme") == self.scheme) & (pl.col("year") == self.year) & (pl.col("indicator") == code)
        )
        if base.height and year == self._park()["base_year"]:
            row = base.row(0, named=True)
            return Step(
                f"{row['label']} {year} 年：{cell_text(row['base_value'])} {row['unit']}（地区指标：{row['formula']}）"
            )
        totals = self.tables["records"].filter(
            (pl.col("scheme") == self.scheme) & (pl.col("form") == "region_totals") & (pl.col("item") == code)
            & (pl.col("year") == year)
        ).sort("run_year")  # fmt: skip
        if totals.height:
            row = totals.row(-1, named=True)
            return Step(f"{row['label']} {year} 年：{_shown(row)} {row['unit']}（{_place(row)}）")
        return Step(f"地区 {code} {year} 年：没有数据")

    def _parameter(self, code: str) -> Step:
        rows = self.tables["definitions"].filter(
            (pl.col("scheme") == self.scheme) & (pl.col("year") == self.year)
            & (pl.col("kind") == "parameter") & (pl.col("code") == code)
        )  # fmt: skip
        row = rows.row(0, named=True) if rows.height else {}
        source = f"统计部门选择：{row.get('reason')}" if row.get("bureau_choice") else f"{row.get('clause')}"
        return Step(f"参数 {row.get('label', code)}：{row.get('value')} {row.get('unit') or ''}（{source}）")

    def _base_year(self) -> int:
        """The park's base year; asked also for years before the first run, of which there is no row."""
        rows = self.tables["parks"].filter((pl.col("scheme") == self.scheme) & (pl.col("park_code") == self.park_code))
        return int(rows.sort("year")["base_year"][-1])

    def _park(self) -> Row:
        rows = self._rows("parks")
        if not rows:
            raise UsageFault(
                [Problem(self.park_code, f"{self.year} 年没有这个园区", "园区代码或名称", "用 sql 查“园区名录”")]
            )
        return rows[0]

    def _rows(self, name: str, year: int | None = None) -> list[dict[str, Any]]:
        frame = self.tables[name].filter(
            (pl.col("scheme") == self.scheme)
            & (pl.col("year") == (year or self.year))
            & (pl.col("park_code") == self.park_code)
        )
        return frame.sort("position").to_dicts() if "position" in frame.columns else frame.to_dicts()


def _verdict(value: bool | None, yes: str, no: str) -> str:
    return "无法判定" if value is None else yes if value else no


def _shown(row: Row) -> str:
    return cell_text(row["value"] if row["value"] is not None else row["text"])


def _place(row: Row) -> str:
    return f"{row['source_file']}，工作表 {row['sheet']}，单元格 {row['cell']}"


def _cell(row: Row) -> str:
    text = f"{row['label']}（{row['item']}）{row['year']} 年：{_shown(row)} {row['unit']}（{row['source_kind']}；{_place(row)}）"
    if row["corrected"]:
        text += f"；已更正，申报值 {cell_text(row['filed_value'])}，理由：{row['correction_reason']}"
    return text


def _grouped(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    for row in rows:
        if group and (row["source_file"], row["record"]) != (group[0]["source_file"], group[0]["record"]):
            yield group
            group = []
        group.append(row)
    if group:
        yield group
