"""Which group a park stands in, and whether it is ranked there."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from metrics.panel import ABSENT
from scoring.rulebook import Rulebook
from scoring.scheme import ParkClass


def with_standing(wide: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """`wide` with `group` (the label of who it is ranked with), `established` (past its first years, so that it is
    to be ranked), `ranked` (established and with trusted data) and `class` (what weights and targets depend on).
    """
    columns = book.scheme.ranking.group_by
    group = pl.concat_str(columns, separator="·") if columns else pl.lit(book.scheme.ranking.overall)
    late = pl.col("approved_year") > book.scheme.base_year
    young = pl.col("year") - pl.col("approved_year") < book.parameters["startup_years"]
    established = ~(late & young).fill_null(False)
    return wide.with_columns(
        group.alias("group"),
        established.alias("established"),
        (established & pl.col(ABSENT).is_null()).alias("ranked"),
        _class_key(book).alias("class"),
    )


def class_key(kind: ParkClass) -> str:
    """The text that stands for a class in the column `class`."""
    return f"{kind.level}\x1f{kind.park_type}"


def _class_key(book: Rulebook) -> pl.Expr:
    kind = pl.col("park_type") if book.scheme.park_types else pl.lit("")
    return pl.concat_str("level", kind, separator="\x1f")


def by_class(values: Mapping[ParkClass, float | None]) -> pl.Expr:
    """A value by class as an expression; null for a class without one."""
    known = {class_key(kind): value for kind, value in values.items() if value is not None}
    return pl.col("class").replace_strict(known, default=None, return_dtype=pl.Float64)
