"""What comes after the hierarchy: deductions, bonuses with caps, and vetoes (一票否决)."""

from __future__ import annotations

import polars as pl

from metrics.panel import ABSENT
from scoring.rulebook import Rulebook
from scoring.scheme import TOTAL, Adjustment
from validation.expression import Name
from validation.expression.compile import Compiled, compile_expression
from validation.expression.reading import number_text, plain

BUREAU_CHOICE = "统计部门选择"
"""What stands in place of a clause where the document has none."""


def adjust(scores: pl.DataFrame, wide: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """`scores` with a row per deduction and bonus of each evaluated park, and the total after them.

    A deduction takes at most its cap, a bonus gives at most its cap, all bonuses together at most `bonus_cap`; the
    total stays at or above 0. A figure that is missing deducts the full cap (where there is one) and gives no bonus,
    so that not reporting never pays; the row says so.
    """
    own = [item for item in book.scheme.adjustments if item.kind != "veto"]
    if not own:
        return scores
    parks = wide.filter((pl.col("year") == book.year) & pl.col(ABSENT).is_null()).sort("park_code")
    rows = pl.concat([_rows(parks, item, 9000 + place, book) for place, item in enumerate(own)])
    return _with_total(pl.concat([scores, rows], how="diagonal_relaxed"), own, book).sort("park_code", "position")


def grade_caps(wide: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """park_code, grade_cap, veto, veto_clause: parks whose grade a veto holds down this year, the lowest cap of several;
    labels and clauses (or 统计部门选择) of all that hold."""
    order = [grade.label for grade in book.scheme.grades]
    now = wide.filter(pl.col("year") == book.year)
    frames = [
        now.filter(_holds(item, book)).select(
            "park_code",
            pl.lit(item.grade_at_most).alias("grade_cap"),
            pl.lit(item.label).alias("veto"),
            pl.lit(item.clause or BUREAU_CHOICE).alias("veto_clause"),
        )
        for item in book.scheme.adjustments
        if item.kind == "veto" and item.grade_at_most
    ]
    empty = pl.DataFrame(schema=dict.fromkeys(("park_code", "grade_cap", "veto", "veto_clause"), pl.String))
    together = pl.concat([empty, *frames])
    lowest = pl.col("grade_cap").replace_strict({label: place for place, label in enumerate(order)}, default=-1)
    ordered = together.sort(lowest, descending=True, maintain_order=True)
    clauses = pl.col("veto_clause").unique(maintain_order=True).str.join("、")
    return ordered.group_by("park_code", maintain_order=True).agg(
        pl.col("grade_cap").first(), pl.col("veto").str.join("、"), clauses
    )


def cancelled(item: Adjustment, book: Rulebook) -> pl.Expr:
    """Whether a veto without a grade takes the park out of this year's ranking."""
    return (pl.col("year") == book.year) & _holds(item, book)


def _holds(item: Adjustment, book: Rulebook) -> pl.Expr:
    return _compiled(book, item.code).value.fill_null(False)


def _compiled(book: Rulebook, code: str) -> Compiled:
    expression = book.adjustments[code]
    columns = {name: name.name if name.space == "park" else str(name) for name in expression.names}
    reasons: dict[Name, str] = {name: f"{name}#reason" for name in expression.names if not name.space}
    return compile_expression(expression, columns, book.vocabulary, reasons)


def _rows(parks: pl.DataFrame, item: Adjustment, position: int, book: Rulebook) -> pl.DataFrame:
    compiled = _compiled(book, item.code)
    sign = -1.0 if item.kind == "deduction" else 1.0
    cap = item.cap
    amount = compiled.value.cast(pl.Float64).clip(0, cap)
    gap = pl.lit((cap or 0.0) if item.kind == "deduction" else 0.0)
    said = f"，最多 {plain(cap)} 分" if cap is not None else ""
    return parks.select(
        "park_code",
        pl.lit(item.code).alias("node"),
        pl.lit(TOTAL).alias("parent"),
        pl.lit("adjustment").alias("kind"),
        pl.lit(position, pl.Int32).alias("position"),
        pl.lit(item.label).alias("label"),
        compiled.value.cast(pl.Float64).alias("value"),
        pl.lit(f"{'扣分' if sign < 0 else '加分'}：{item.points}{said}").alias("method"),
        (sign * pl.coalesce(amount, gap)).alias("points"),
        pl.when(compiled.value.is_null()).then(pl.format("缺数，{}：{}", pl.lit("按最多扣分计" if sign < 0 else "不加分"),
                                                         compiled.reason)).alias("note"),
    )  # fmt: skip


def _with_total(scores: pl.DataFrame, items: list[Adjustment], book: Rulebook) -> pl.DataFrame:
    bonus = [item.code for item in items if item.kind == "bonus"]
    given = pl.col("points").filter(pl.col("node").is_in(bonus)).sum()
    if book.scheme.total.bonus_cap is not None:
        given = given.clip(0, book.scheme.total.bonus_cap)
    taken = pl.col("points").filter((pl.col("kind") == "adjustment") & ~pl.col("node").is_in(bonus)).sum()
    change = scores.group_by("park_code", maintain_order=True).agg((given + taken).alias("#change"))
    joined = scores.join(change, on="park_code", how="left", maintain_order="left")
    total = pl.col("kind") == TOTAL
    adjusted = (pl.col("normalised") + pl.col("#change")).clip(0, None)
    worked = pl.format("{}；加减分 {}", pl.col("worked"), number_text(pl.col("#change")))
    return joined.with_columns(
        *(pl.when(total).then(adjusted).otherwise(name).alias(name) for name in ("normalised", "score", "points")),
        pl.when(total).then(worked).otherwise("worked").alias("worked"),
    ).drop("#change")
