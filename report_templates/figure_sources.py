"""Where each figure of a formula comes from: a cell with its correction and checks, records, the region, a parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from metrics.vocabulary import CALENDAR, LEDGER, PARK
from report_templates.explanation import Step
from report_templates.formatting import figure, number
from report_templates.indicator_lines import decimals_in
from validation.expression import Expression, Name, parse
from validation.quality import QUALITY_LABELS
from validation.units import with_unit

if TYPE_CHECKING:
    import polars as pl

Row = Mapping[str, Any]

_PARK_TABLES = (
    "parks", "statistics", "records", "findings", "indicators", "targets", "scores", "rule_checks", "proposals", "data_quality",
    "decisions", "ledger_figures",
)  # fmt: skip


@dataclass(frozen=True)
class Sources:
    """The published rows that explanations of one park in one year rest on.

    tables: the published tables (`scoring/results_schema.toml`) of all years.
    """

    tables: Mapping[str, pl.DataFrame]
    scheme: str
    year: int
    park_code: str

    @cached_property
    def _own(self) -> dict[str, list[dict[str, Any]]]:
        import polars as pl

        mine = (pl.col("scheme") == self.scheme) & (pl.col("park_code") == self.park_code)
        found = {name: self.tables[name].filter(mine).to_dicts() for name in _PARK_TABLES if name in self.tables}
        for rows in found.values():
            if rows and "position" in rows[0]:
                rows.sort(key=lambda row: row["position"])
            elif rows and "year" in rows[0]:
                rows.sort(key=lambda row: row["year"] or 0)
        return found

    @cached_property
    def _shared(self) -> dict[str, list[dict[str, Any]]]:
        """Rows of the year about other parks, and those about none."""
        import polars as pl

        mine = pl.col("scheme") == self.scheme
        names = ("parks", "scores", "definitions", "indicators")
        found = {name: self.tables[name].filter(mine & (pl.col("year") == self.year)).to_dicts() for name in names}
        earlier = pl.col("year") <= self.year
        found["rankings"] = self.tables["ranking"].filter(mine & earlier).sort("year").to_dicts()
        found["region_targets"] = self.tables["region_targets"].filter(mine).to_dicts()
        if "ledger_files" in self.tables:
            found["ledger_files"] = self.tables["ledger_files"].filter(mine & earlier).to_dicts()
        bureau = mine & pl.col("park_code").is_null() & (pl.col("run_year") <= self.year)
        found["records"] = self.tables["records"].filter(bureau).to_dicts()
        return found

    def rows(self, name: str, year: int | None = None) -> list[dict[str, Any]]:
        """The park's rows of a table in `year` (the year explained, where not given)."""
        return [row for row in self._own.get(name, []) if row["year"] == (year or self.year)]

    def every(self, name: str) -> list[dict[str, Any]]:
        """The park's rows of a table in all years."""
        return self._own.get(name, [])

    def shared(self, name: str) -> list[dict[str, Any]]:
        """Rows of the year about all parks; of `records` and `region_targets` those of the region in all years."""
        return self._shared[name]

    @property
    def park(self) -> Row:
        """The park's row of the register; raises LookupError where it has none in the year."""
        rows = self.rows("parks")
        if not rows:
            raise LookupError(f"{self.year} 年没有园区 {self.park_code}")
        return rows[0]

    @property
    def base_year(self) -> int:
        """The park's base year; asked also for years before the first run, of which there is no row."""
        return int(max(self.every("parks"), key=lambda row: row["year"])["base_year"])

    def name_of(self, park_code: str) -> str:
        """The name of a park of the year."""
        return next((str(row["name"]) for row in self.shared("parks") if row["park_code"] == park_code), park_code)

    def formula(self, row: Row, year: int) -> Step:
        """The formula of an indicator (a row of `indicators`), the formula with figures, and each figure's source."""
        worked = [Step(f"代入：{row['worked']}")] if row["year"] == year else []
        parts = (*worked, *self.of_expression(parse(row["formula"], row["indicator"]), year))
        key = f"formula:{row['indicator']}@{year}"
        return Step(f"公式：{row['formula']}（{row['clause']}）", parts, key=key, brief=f"公式：{row['formula']}")

    def of_expression(self, expression: Expression, year: int) -> Iterator[Step]:
        """The source of every figure in a formula."""
        for name in sorted(expression.names):
            yield self.source(name, year)
        for aggregate in expression.aggregates:
            columns = sorted({name.name for name in aggregate.names if name.space == aggregate.table})
            yield self.records(aggregate.table, columns, year)
            for name in sorted(name for name in aggregate.names if name.space not in (aggregate.table, "calendar")):
                yield self.source(name, year)

    def source(self, name: Name, year: int) -> Step:
        """Where the figure of a name comes from, asked in `year`."""
        if name.space == "param":
            return self.parameter(name.name)
        if name.space == "calendar":
            span = f"由统计年度 {year} 和基期年 {self.base_year} 推算"
            return Step(f"{CALENDAR[name.name]}：{span}", key=f"calendar:{name.name}@{year}")
        if name.space == "park":
            said = f"{PARK.get(name.name, name.name)}：{self.park.get(name.name)}（园区名录）"
            return Step(said, key=f"park:{name.name}")
        if name.space == "quality":
            return self.quality(year)
        if name.space == "sub":
            return Step(f"{name.name}：同一评价目录中另一办法 {year} 年的总分", key=f"sub:{name.name}@{year}")
        when = name.space.split(".")[0]
        then = year - 1 if when == "prev" else self.base_year if when == "base" else year
        if name.space.split(".")[-1] == LEDGER:
            return self.ledger(name.name, then)
        if name.space.endswith("region"):
            return self.region(name.name, then)
        return self.figure(name.name, then)

    def figure(self, code: str, year: int) -> Step:
        """A filed figure with its cell, correction and checks, or an indicator of another year with its own figures."""
        cell = next((row for row in self.rows("statistics", year) if row["item"] == code), None)
        if cell:
            return self.cell(cell)
        row = next((row for row in self.rows("indicators", year) if row["indicator"] == code), None)
        if row:
            said = (
                with_unit(number(row["value"], decimals_in(row)), row["unit"])
                if row["value"] is not None
                else f"空，{row['reason']}"
            )
            text = f"{row['label']}（{code}）{year} 年：{said}"
            return Step(text, (self.formula(row, year),), key=f"value:{code}@{year}")
        known = next((row for row in self.rows("indicators") if row["indicator"] == code), None)
        if known is None:
            return Step(f"{code} {year} 年：没有数据", key=f"figure:{code}@{year}")
        text = f"{known['label']}（{code}）{year} 年，由下列数据算出"
        return Step(text, (self.formula(known, year),), key=f"value:{code}@{year}")

    def cell(self, row: Row) -> Step:
        """A filed figure: value, source, file, sheet and cell; its correction; the findings on it."""
        value = row["value"] if row["value"] is not None else row["text"]
        head = f"{row['label']}（{row['item']}）{row['year']} 年：{figure(value)} {row['unit'] or ''}".rstrip()
        parts = [Step(self._correction(row))] if row["corrected"] else []
        for finding in self.rows("findings", row["year"]):
            if finding["item"] == row["item"]:
                said = f"（情况说明：{finding['explanation']}）" if finding["explanation"] else ""
                parts.append(Step(f"审核 {finding['check_id']}，{finding['severity']}：{finding['message']}{said}"))
        text = f"{head}（{row['source_kind']}；{place(row)}）"
        return Step(text, tuple(parts), key=f"figure:{row['item']}@{row['year']}", brief=head)

    def _correction(self, row: Row) -> str:
        return f"已更正，申报值 {figure(row['filed_value'])}，理由：{row['correction_reason']}"

    def records(self, form: str, columns: list[str], year: int) -> Step:
        """The rows of a sub-table an aggregate runs over, cell by cell."""
        filed = [row for row in self.every("records") if row["run_year"] <= self.year] + self.shared("records")
        rows = [
            row for row in filed if row["form"] == form and row["item"] in columns and row["year"] in (None, year)
        ]  # fmt: skip
        latest = max((row["run_year"] for row in rows), default=None)
        kept = sorted((row for row in rows if row["run_year"] == latest), key=lambda row: (row["record"], row["item"]))
        groups: dict[tuple[str, int], list[Row]] = {}
        for row in kept:
            groups.setdefault((row["source_file"], row["record"]), []).append(row)
        parts = [
            Step("，".join(f"{row['label']} {figure(_value(row))}" for row in own) + f"（{place(own[0])}）")
            for own in groups.values()
        ]
        text = f"表 {form} 的记录 {len(parts)} 条"
        return Step(text, tuple(parts), key=f"records:{form}:{'+'.join(columns)}@{year}")

    def region(self, code: str, year: int) -> Step:
        """A figure of the region: an indicator of it, or a total that the bureau filed."""
        key = f"region:{code}@{year}"
        rows = [row for row in self.shared("region_targets") if row["indicator"] == code]
        now = next((row for row in rows if row["year"] == year), None)
        if now:
            return Step(
                f"{now['label']} {year} 年：{with_unit(number(now['value'], decimals_in(now)), now['unit'])}（地区指标：{now['formula']}）",
                key=key,
            )
        base = next((row for row in rows if row["year"] == self.year), None)
        if base and year == self.base_year:
            said = f"{base['label']} {year} 年：{with_unit(number(base['base_value'], decimals_in(base)), base['unit'])}（地区指标：{base['formula']}）"
            return Step(said, key=key)
        totals = [
            row for row in self.shared("records")
            if row["form"] == "region_totals" and row["item"] == code and row["year"] == year
        ]  # fmt: skip
        if not totals:
            return Step(f"地区 {code} {year} 年：没有数据", key=key)
        row = max(totals, key=lambda row: row["run_year"])
        return Step(f"{row['label']} {year} 年：{figure(_value(row))} {row['unit']}（{place(row)}）", key=key)

    def parameter(self, code: str) -> Step:
        """A parameter of the scheme with its value and source."""
        rows = [row for row in self.shared("definitions") if row["kind"] == "parameter" and row["code"] == code]
        row: Row = rows[0] if rows else {}
        source = f"统计部门选择：{row.get('reason')}" if row.get("bureau_choice") else f"{row.get('clause')}"
        head = f"参数 {row.get('label', code)}：{row.get('value')} {row.get('unit') or ''}".rstrip()
        return Step(f"{head}（{source}）", key=f"param:{code}", brief=head)

    def ledger(self, code: str, year: int) -> Step:
        """A figure that ledgers add up to: value, formula, clause, legal source of its columns, and the files by their SHA-256; no row."""
        key = f"ledger:{code}@{year}"
        rows = [
            row for row in self.rows("ledger_figures", year) if row["figure"] == code and row["run_year"] <= self.year
        ]
        if not rows:
            return Step(f"台账汇总指标 {code} {year} 年：没有汇总数", key=key)
        row = min(rows, key=lambda row: row["run_year"])
        value = (
            f"{figure(row['value'])} {row['unit'] or ''}".rstrip()
            if row["value"] is not None
            else f"空，{row['reason']}"
        )
        head = f"{row['label']}（{code}）{year} 年：{value}"
        formed = f"由{row['ledger']}汇总，{row['records']} 行；{row['source_kind']}"
        files = [
            Step(f"{one['ledger']}文件 {one['source_file']}，SHA-256 {one['sha256']}")
            for one in self._shared.get("ledger_files", [])
            if one["year"] == row["run_year"] and one["ledger"] in row["ledger"].split("、")
        ]
        parts = (Step(f"公式：{row['formula']}（{row['clause']}）"), *files)
        return Step(f"{head}（{formed}）", parts, key=key, brief=head)

    def quality(self, year: int) -> Step:
        """The figures of data quality of a year, and the findings they count."""
        rows = self.rows("data_quality", year)
        if not rows:
            return Step(f"数据质量 {year} 年：没有记录", key=f"quality@{year}")
        said = "，".join(f"{label} {figure(rows[0][name])}" for name, label in QUALITY_LABELS.items())
        cells = f"必填格 {rows[0]['required_cells']}，已填 {rows[0]['filled_cells']}"
        parts = [
            Step(f"{row['severity']} {row['check_id']}：{row['label'] or ''} {row['message']}（所填 {figure(row['value'])}，"
                 f"应为 {figure(row['expected'])}；{place(row)}）")
            for row in self.rows("findings", year)
        ]  # fmt: skip
        return Step(f"数据质量 {year} 年：{said}；{cells}", tuple(parts), key=f"quality@{year}")


def place(row: Row) -> str:
    """File, sheet and cell of a row."""
    return f"{row['source_file']}，工作表 {row['sheet']}，单元格 {row['cell']}"


def _value(row: Row) -> Any:
    return row["value"] if row["value"] is not None else row["text"]
