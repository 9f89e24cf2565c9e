"""What the authority makes public of a year: decisions on proposals, and how far the region has come with its targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl
from sqlglot import exp

from metrics.ledgers import figures_in
from metrics.vocabulary import ATTAINED
from parkeval.release.cells import ALL, Protected
from parkeval.release.inputs import about_enterprises, of_enterprises
from scoring.decided import REJECTED, SOFTENED
from scoring.rulebook import Rulebook
from validation.expression.parse import Aggregate, Expression
from validation.findings import ERROR

PARKS = "parks"
"""The table of formulas of the region that has a row for each park."""


def decided(tables: Mapping[str, pl.DataFrame], book: Rulebook) -> pl.DataFrame:
    """The last decision on each proposal of the year, of those that were adopted or softened.

    What is not decided is a proposal, and what was not adopted has no effect: neither is given out. Nor is the evidence, which holds
    figures that may be closed.
    """
    own = (pl.col("scheme") == book.scheme.key) & (pl.col("year") == book.year)
    final = (
        tables["decisions"]
        .filter(own & (pl.col("kind") == "decision"))
        .sort("number")
        .unique(["park_code", "rule"], keep="last", maintain_order=True)
        .filter(pl.col("outcome") != REJECTED)
        .select("park_code", "rule", "outcome", "recorded_on", "document", pl.col("park_status").alias("softened"))
    )
    proposals = tables["proposals"].filter(own)
    joined = proposals.join(final, on=["park_code", "rule"], how="inner", maintain_order="left")
    status = pl.when(pl.col("outcome") == SOFTENED).then("softened").otherwise("park_status")
    return joined.select(
        园区代码="park_code", 规则="label", 措施="action", 条款="clause", 决定="outcome", 园区状态=status, 期限="due_date",
        决定日期="recorded_on", 文号="document",
    )  # fmt: skip


def region_results(
    tables: Mapping[str, pl.DataFrame],
    book: Rulebook,
    protected: Protected,
    closed: Mapping[str, frozenset[str]],
) -> pl.DataFrame:
    """The targets of the whole region with their values; a value is open only where it follows from what is open.

    Sums over all parks of an item follow from the open total of all parks, as long as the same parks are in both; any other aggregate
    over parks rests on the figures of each of them, and one over a sub-table about enterprises, or on who attained what, is closed.
    `closed`: indicators by park that are not given out.
    """
    own = (pl.col("scheme") == book.scheme.key) & (pl.col("year") == book.year)
    targets = tables["region_targets"].filter(own)
    judge = _Judge(tables, book, protected, closed)
    opened = [judge.open(code, book.year) for code in targets["indicator"]]
    shown = pl.Series("公布", opened, dtype=pl.Boolean)
    return targets.select(
        目标代码="indicator", 行业="member", 目标="label", 指标值=pl.when(shown).then("value"), 计量单位="unit", 比较="operator",
        目标值="target_value", 目标年="due_year", 是否达到=pl.when(shown).then("attained"), 条款="clause", 公布=shown,
    )  # fmt: skip


@dataclass
class _Judge:
    """Which indicators of the region follow, for a year, from open figures."""

    tables: Mapping[str, pl.DataFrame]
    book: Rulebook
    protected: Protected
    closed: Mapping[str, frozenset[str]]
    known: dict[tuple[str, int], bool] = field(default_factory=dict)

    def open(self, code: str, year: int) -> bool:
        if (code, year) not in self.known:
            self.known[code, year] = self._follows(self.book.catalogue.of_region()[code].expression(""), year)
        return self.known[code, year]

    def _follows(self, expression: Expression, year: int) -> bool:
        if any(of_enterprises(self.book, code) for code in figures_in([expression])):
            return False
        region = self.book.catalogue.of_region()
        at = {"": year, "prev": year - 1, "base": self.book.scheme.base_year}
        others = [(name.name, at[name.space]) for name in expression.names if name.space in at and name.name in region]
        return all(self.open(code, then) for code, then in others) and all(
            self._aggregate(one, year) for one in expression.aggregates
        )

    def _aggregate(self, one: Aggregate, year: int) -> bool:
        if one.table == ATTAINED:
            return False
        if one.table != PARKS:
            return not about_enterprises(self.book, one.table)
        names = {name.name for name in one.names if name.space == PARKS}
        plain = isinstance(one.function, exp.Sum) and one.condition is None and isinstance(one.argument, exp.Column)
        if plain and names <= self.book.form_set.items().keys():
            return all(self._total_open(item, year) for item in names)
        return all(self._all_open(name) for name in names)

    def _total_open(self, item: str, year: int) -> bool:
        """Whether the sum over all parks is given out, and is the sum over the parks whose data were trusted."""
        totals = self.protected.totals.filter(area=ALL, year=year, item=item)
        added = set(self.protected.parks.filter(year=year, item=item)["park_code"])
        return totals.height == 1 and bool(totals["open"].item()) and not added & self._refused(year)

    def _refused(self, year: int) -> set[str]:
        """Parks whose data of the year were not trusted; of a year before the first evaluation those with a 错误."""
        key = self.book.scheme.key
        parks = self.tables["parks"].filter(scheme=key, year=year)
        if parks.height:
            return set(parks.filter(~pl.col("evaluated"))["park_code"])
        wrong = self.tables["findings"].filter(scheme=key, year=year, severity=ERROR)
        return set(wrong["park_code"].drop_nulls())

    def _all_open(self, name: str) -> bool:
        """Whether a figure or an indicator of every park is given out, of every year."""
        if any(name in codes for codes in self.closed.values()):
            return False
        return bool(self.protected.parks.filter(item=name)["open"].all())
