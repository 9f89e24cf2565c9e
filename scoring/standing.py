"""Which group a park stands in, and whether it is ranked there."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from metrics.panel import ABSENT
from scoring.adjustments import BUREAU_CHOICE, cancelled
from scoring.dated import ParkClass
from scoring.rulebook import Rulebook
from validation.expression.compile import compile_expression
from validation.expression.reading import plain

UNNAMED = "未登记"
"""What stands in the name of a group for an attribute that the register does not give."""


def with_standing(wide: pl.DataFrame, status: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """`wide` with `group` (the label of who it is ranked with), `established` (to be ranked), `unranked` (why not),
    `ranked` (established and with trusted data) and `class` (what weights and targets depend on).

    Not to be ranked: parks in their first years, exempted ones, and those whose status has ended (status: park_code,
    status_before). The exemptions are those of the evaluated year.
    """
    wide = wide.join(status.select("park_code", pl.col("status_before").alias("#status")), on="park_code", how="left",
                     maintain_order="left")  # fmt: skip
    columns = book.scheme.ranking.group_by
    named = [pl.col(column).fill_null(UNNAMED) for column in columns]
    group = pl.concat_str(named, separator="·") if columns else pl.lit(book.scheme.ranking.overall)
    late = pl.col("approved_year") > book.scheme.base_year
    young = pl.col("year") - pl.col("approved_year") < book.parameters["startup_years"]
    startup = f"初创期，评价而不排名（批准后头 {plain(book.parameters['startup_years'])} 个统计年度）"
    ended = [item.label for item in book.scheme.statuses if item.terminal]
    unranked = pl.coalesce(
        pl.when(pl.col("#status").is_in(ended)).then(pl.format("已{}，不再排名", pl.col("#status"))),
        pl.when((late & young).fill_null(False)).then(pl.lit(startup)),
        *(_exempted(book, code) for code in book.exemptions),
        *(
            pl.when(cancelled(item, book)).then(
                pl.lit(f"一票否决：{item.label}，本年度不排名（{item.clause or BUREAU_CHOICE}）")
            )
            for item in book.scheme.adjustments
            if item.kind == "veto" and not item.grade_at_most
        ),
    )
    wide = wide.with_columns(
        group.alias("group"), unranked.alias("unranked"), _class_key(book).alias("class")
    ).with_columns(pl.col("unranked").is_null().alias("established"))
    return wide.with_columns((pl.col("established") & pl.col(ABSENT).is_null()).alias("ranked")).drop("#status")


def _exempted(book: Rulebook, code: str) -> pl.Expr:
    """The label of an exemption where its condition holds in the evaluated year."""
    condition = book.exemptions[code]
    label = next(item.label for item in book.scheme.exemptions if item.code == code)
    columns = {name: name.name if name.space == "park" else str(name) for name in condition.names}
    value = compile_expression(condition, columns, book.vocabulary).value
    now = pl.col("year") == book.year
    return pl.when(now & value.fill_null(False)).then(pl.lit(f"豁免：{label}，评价而不排名"))


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
