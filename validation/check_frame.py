"""The frame checks run over: one row per park and year, a column for every name an expression can use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from validation.checks import FILED_LAST, FILING, FILING_NAMES, PARAMETER, PREVIOUS, Checks
from validation.expression import Name
from validation.expression.aggregate import aggregate_columns
from validation.expression.compile import aggregate_name
from validation.forms import Form, FormSet
from validation.peers import GROUP, groups, peer_columns
from validation.registry import register

KEYS = ("park_code", "year")


@dataclass(frozen=True)
class CheckFrame:
    """`frame` sorted by park_code, year, figures as Float64; `columns` tells the column of a name or aggregate."""

    frame: pl.DataFrame
    columns: Mapping[Name, str]


def build(
    items: pl.DataFrame, records: pl.DataFrame, filings: pl.DataFrame, refused: pl.DataFrame, form_set: FormSet, checks: Checks
) -> CheckFrame:  # fmt: skip
    """Arrange statistics (validation.statistics.ITEMS, RECORDS, FILINGS) for `checks`.

    prev.x is last year's corrected figure, null where that park-year is among `refused` (park_code, year); filed_last.x the figure
    of the 上年 column; peer.x compares within the level of the register (form parks of `records`). Null stays null.
    """
    codes = [code for code, item in form_set.items().items() if item.numeric]
    frame = _wide(items, codes, "value")
    columns = {Name("", code): code for code in codes}
    frame = _joined(frame, _wide(items, codes, "last_year_value"), codes, FILED_LAST, columns)
    trusted = _wide(items, codes, "value").join(refused, on=KEYS, how="anti", maintain_order="left")
    frame = _joined(frame, trusted.with_columns(pl.col("year") + 1), codes, PREVIOUS, columns)
    frame = _with_filing(frame, filings, columns)
    for name, value in checks.parameters.items():
        columns[Name(PARAMETER, name)] = f"{PARAMETER}.{name}"
        frame = frame.with_columns(pl.lit(value, pl.Float64).alias(f"{PARAMETER}.{name}"))
    aggregates = [one for rule in checks.rules for part in rule.expressions for one in part.aggregates]
    aggregates += [one for peers in checks.peers for part in peers.expressions for one in part.aggregates]
    tables = {form.code: _sub_table(records, form) for form in form_set.tables().values()}
    frame = aggregate_columns(frame, aggregates, tables, KEYS, columns, checks.label)
    columns |= {aggregate_name(one.sql): one.sql for one in aggregates}
    frame = _with_peers(frame, records, checks, columns)
    return CheckFrame(frame.sort(KEYS, maintain_order=True), columns)


def _wide(items: pl.DataFrame, codes: list[str], values: str) -> pl.DataFrame:
    rows = items.filter(pl.col("item").is_in(codes))
    wide = rows.pivot("item", on_columns=codes, index=KEYS, values=values, aggregate_function="first")
    return wide.select(*KEYS, *(pl.col(code).cast(pl.Float64) for code in codes))


def _joined(
    frame: pl.DataFrame, other: pl.DataFrame, codes: list[str], space: str, columns: dict[Name, str]
) -> pl.DataFrame:
    columns |= {Name(space, code): f"{space}.{code}" for code in codes}
    renamed = other.rename({code: f"{space}.{code}" for code in codes})
    return frame.join(renamed, on=KEYS, how="left", maintain_order="left")


def _with_filing(frame: pl.DataFrame, filings: pl.DataFrame, columns: dict[Name, str]) -> pl.DataFrame:
    year_end = pl.date(pl.col("year"), 12, 31)
    days = (pl.col("filed_on") - year_end).dt.total_days()
    told = filings.filter(pl.col("workbook") == "park").select(
        *KEYS,
        pl.col("late_days").cast(pl.Float64).alias(f"{FILING}.late_days"),
        days.cast(pl.Float64).alias(f"{FILING}.days_after_year_end"),
    )
    columns |= {Name(FILING, name): f"{FILING}.{name}" for name in FILING_NAMES}
    return frame.join(told, on=KEYS, how="left", maintain_order="left")


def _with_peers(frame: pl.DataFrame, records: pl.DataFrame, checks: Checks, columns: dict[Name, str]) -> pl.DataFrame:
    """`frame` with the comparisons within the level that the register among `records` gives each park in each year."""
    levels = groups(register(records), frame["year"].unique().sort().to_list())
    grouped = frame.join(levels, on=KEYS, how="left", maintain_order="left")
    compared = peer_columns(grouped, checks.peers, columns, checks.label)
    columns |= {name: str(name) for peers in checks.peers for name in peers.names}
    return compared.drop(GROUP)


def _sub_table(records: pl.DataFrame, form: Form) -> pl.DataFrame:
    """The records of one table form, a column per code: Decimal where numeric, text otherwise."""
    rows = records.filter(pl.col("form") == form.code)
    index = ["park_code", "year", "source_file", "record"]
    keys = rows.select(index).unique(maintain_order=True)
    for column in form.columns:
        if column.code in KEYS:
            continue
        content = pl.col("value" if column.numeric else "text").alias(column.code)
        cells = rows.filter(pl.col("item") == column.code).select("source_file", "record", content)
        keys = keys.join(cells, on=["source_file", "record"], how="left", maintain_order="left")
    return keys.drop("source_file", "record")
