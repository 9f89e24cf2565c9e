"""Indicators of the region that count which parks attained their targets: computed once the targets are judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from metrics.compute import Computed, compute_indicators
from metrics.panel import Panel
from metrics.vocabulary import ATTAINED
from scoring.rulebook import Rulebook
from validation.problems import DefinitionRefused, Problem


def with_attained(
    computed: Computed, panel: Panel, targets: pl.DataFrame, earlier: pl.DataFrame, book: Rulebook
) -> Computed:
    """`computed` with the region's indicators that read `attained.`.

    targets, earlier: table `targets` of this year without scheme and year, and as published for earlier ones.
    """
    late = resting_on_targets(book)
    if not late:
        return computed
    tables = {**panel.tables, ATTAINED: attained_table(targets, earlier, book)}
    again = compute_indicators(
        replace(panel, tables=tables), book.catalogue, book.vocabulary, book.parameters, book.lists,
        book.scheme.target_year, book.files[1].name,
    )  # fmt: skip
    known = tables[ATTAINED]["year"].unique()
    unknown = pl.col("indicator").is_in(sorted(late)) & ~pl.col("year").is_in(known.implode())
    regions = again.regions.with_columns(
        pl.when(~unknown).then("value").alias("value"),
        pl.when(unknown)
        .then(pl.format("{} 年没有评价，不知道哪些园区达到目标", "year"))
        .otherwise("reason")
        .alias("reason"),
    )
    return replace(computed, regions=regions)


def attained_table(targets: pl.DataFrame, earlier: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """park_code, year and a truth value for each target of the scheme, by park and year."""
    columns = ["park_code", "year", "indicator", "attained"]
    now = targets.with_columns(pl.lit(book.year, pl.Int32).alias("year")).select(columns)
    known = pl.concat([earlier.select(columns), now])
    table = known.select("park_code", "year").unique(maintain_order=True).sort("park_code", "year")
    for code in sorted(target.indicator for target in book.scheme.targets):
        own = known.filter(pl.col("indicator") == code).select("park_code", "year", pl.col("attained").alias(code))
        table = table.join(own, on=["park_code", "year"], how="left", maintain_order="left")
    return table


def without_targets(panel: Panel, book: Rulebook) -> Panel:
    """`panel` as formulas see it before any target is judged."""
    codes = [target.indicator for target in book.scheme.targets]
    schema = {"park_code": pl.String(), "year": pl.Int32(), **dict.fromkeys(sorted(codes), pl.Boolean())}
    return replace(panel, tables={**panel.tables, ATTAINED: pl.DataFrame(schema=schema)})


def resting_on_targets(book: Rulebook) -> frozenset[str]:
    """Indicators of the region that read who attained a target, themselves or through another one."""
    reads: dict[str, set[str]] = {}
    found: set[str] = set()
    for code, indicator in book.catalogue.of_region().items():
        try:
            expression = indicator.expression(book.files[1].name)
        except DefinitionRefused:
            continue
        if any(aggregate.table == ATTAINED for aggregate in expression.aggregates):
            found.add(code)
        reads[code] = {name.name for name in expression.names if name.space in ("", "prev", "base")}
    while more := {code for code, names in reads.items() if code not in found and names & found}:
        found |= more
    return frozenset(found)


def circles_through_targets(book: Rulebook) -> Iterator[Problem]:
    """Indicators of parks that read one of these, by which targets are judged; and readings of other years, of which some
    were never evaluated."""
    late = resting_on_targets(book)
    for code, indicator in book.catalogue.of_region().items():
        try:
            names = indicator.expression(book.files[1].name).names
        except DefinitionRefused:
            continue
        for name in sorted(name for name in names if name.space in ("prev", "base") and name.name in late):
            yield Problem(
                f"{book.files[1].name} 的 {code}.formula", f"{name} 是以前年度达到目标的园区，没有评价的年度不知道",
                "只用本年的", "改公式",
            )  # fmt: skip
    for code, own in book.catalogue.park_indicators().items():
        try:
            names = own.expression(book.files[1].name).names
        except DefinitionRefused:
            continue
        for name in sorted(name for name in names if name.space.endswith("region") and name.name in late):
            yield Problem(
                f"{book.files[1].name} 的 {code}.formula", f"{name} 数的是达到目标的园区，而目标由园区指标判定，引用成环",
                "不依赖目标的全州指标", "改公式",
            )  # fmt: skip
