"""The full report written by hand in bare polars, as short and as fast as its author could make it: what the product is measured against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from validation.confront import TableRule


def report(slices: Iterable[pl.DataFrame], rules: Sequence[TableRule], keys: Sequence[str]) -> pl.DataFrame:
    """keys, item, value, rule, severity, message of every cell that breaks a rule."""
    told: list[pl.DataFrame] = []
    for frame in slices:
        broken = frame.select((~rule.holds).alias(str(number)) for number, rule in enumerate(rules))
        for rule, flags in zip(rules, broken.get_columns(), strict=True):
            if flags.any():
                told.append(
                    frame.filter(flags).select(
                        *keys,
                        item=pl.lit(rule.item),
                        value=pl.col(rule.item).cast(pl.String),
                        rule=pl.lit(rule.id),
                        severity=pl.lit(rule.severity, pl.String),
                        message=rule.message,
                    )
                )
    return pl.concat(told)


def slices_of(path: Path, rows: int) -> Iterable[pl.DataFrame]:
    """The Parquet file in pieces."""
    lazy = pl.scan_parquet(path)
    height = lazy.select(pl.len()).collect().item()
    return (lazy.slice(start, rows).collect() for start in range(0, height, rows))
