"""Targets of parks: attained or not, and whether a park is on the path to the due year."""

from __future__ import annotations

import polars as pl

from metrics.compute import SIGNIFICANT_DIGITS, Computed
from metrics.frames import FormulaFrame
from metrics.panel import ABSENT
from scoring.rulebook import Rulebook
from scoring.schema import result_tables
from scoring.scheme import Target
from scoring.standing import by_class

SIGNS = {">=": "≥", ">": "＞", "<=": "≤", "<": "＜"}


def park_targets(computed: Computed, book: Rulebook) -> pl.DataFrame:
    """Table `targets` without scheme: one row per evaluated park and target that applies to its level.

    `attained` and `on_path` are null where the indicator is null. Source: clauses of the scheme's targets.
    """
    labels = book.catalogue.park_indicators()
    frames = [
        _park_target(computed.wide, target, book).with_columns(
            pl.lit(labels[target.indicator].label).alias("label"), pl.lit(labels[target.indicator].unit).alias("unit")
        )
        for target in book.scheme.targets
    ]
    return without_empty_notes(frames, "targets")


def without_empty_notes(frames: list[pl.DataFrame], table: str) -> pl.DataFrame:
    if not frames:
        return result_tables()[table].empty()
    together = pl.concat(frames, how="diagonal_relaxed")
    return together.with_columns(pl.when(pl.col("note") != "").then(pl.col("note")).alias("note"))


def met(value: pl.Expr, operator: str, bound: pl.Expr, tolerance: float) -> pl.Expr:
    """Whether `value` satisfies `operator` against `bound`, with the tolerance granted; null for null."""
    return {
        ">=": value >= bound - tolerance,
        ">": value > bound - tolerance,
        "<=": value <= bound + tolerance,
        "<": value < bound + tolerance,
    }[operator]


def _park_target(wide: pl.DataFrame, target: Target, book: Rulebook) -> pl.DataFrame:
    code = target.indicator
    frame = FormulaFrame(wide, ["park_code", "year"])
    base_column = frame.join_year(code, "base")
    bound = by_class({kind: book.target_value(target, kind) for kind in book.scheme.classes})
    now = frame.frame.filter((pl.col("year") == book.year) & pl.col(ABSENT).is_null()).with_columns(
        bound.alias("target_value"),
        pl.col(code).alias("value"),
        pl.col(base_column).alias("base_value"),
        pl.col(f"{code}#reason").alias("reason"),
    )
    now = now.filter(pl.col("target_value").is_not_null())
    if target.path == "every_year":
        now = now.join(_years_failed(wide, target, book), on="park_code", how="left", maintain_order="left")
    else:
        now = now.with_columns(failed=pl.lit(None, pl.String), unknown=pl.lit(None, pl.String))
    judged = judge(now, target, book.year)
    return judged.select(
        "park_code", pl.lit(code).alias("indicator"), "value", "target_value", "base_value", "attained",
        "attainment_pct", "pace_value", "on_path", "projected_value",
        pl.lit(target.operator).alias("operator"),
        pl.lit(target.tolerance).alias("tolerance"),
        pl.lit(target.due_year, pl.Int32).alias("due_year"),
        pl.lit("every_year" if target.path == "every_year" else "end").alias("kind"),
        _notes(target).alias("note"),
        pl.lit(target.clause).alias("clause"),
    )  # fmt: skip


def _years_failed(wide: pl.DataFrame, target: Target, book: Rulebook) -> pl.DataFrame:
    """Per park the years since its base year in which the condition failed, or could not be told."""
    value = pl.col(target.indicator)
    bound = by_class({kind: book.target_value(target, kind) for kind in book.scheme.classes})
    years = wide.filter(pl.col("year") > pl.col("base_year")).sort("park_code", "year")
    ok = met(value, target.operator, bound, target.tolerance)
    text = pl.col("year").cast(pl.String)
    return years.group_by("park_code", maintain_order=True).agg(
        text.filter(~ok.fill_null(True)).str.join("、").alias("failed"),
        text.filter(ok.is_null()).str.join("、").alias("unknown"),
    )


def judge(frame: pl.DataFrame, target: Target, year: int) -> pl.DataFrame:
    value, bound, base = pl.col("value"), pl.col("target_value"), pl.col("base_value")
    this_year = met(value, target.operator, bound, target.tolerance)
    frame = frame.with_columns(_pace(target, year).alias("pace_value"))
    on_path = met(value, target.operator, pl.col("pace_value"), target.tolerance)
    attained = this_year
    if target.path == "every_year":
        failed, unknown = pl.col("failed").fill_null("") != "", pl.col("unknown").fill_null("") != ""
        attained = pl.when(failed).then(False).when(unknown | value.is_null()).then(None).otherwise(True)
        on_path = attained
    if target.path == "none":
        on_path = pl.when(this_year).then(True).when(year >= target.due_year).then(this_year)
    left = target.due_year - year
    since = pl.lit(year) - pl.col("base_year")
    projected = pl.when(since > 0).then(value + (value - base) / since * max(left, 0))
    upward = target.operator in (">=", ">")
    return frame.with_columns(
        attained.alias("attained"),
        on_path.alias("on_path"),
        (projected if target.path == "linear" else pl.lit(None, pl.Float64)).alias("projected_value"),
        (pl.when(bound > 0).then(100 * value / bound) if upward else pl.lit(None, pl.Float64)).alias("attainment_pct"),
    )


def _pace(target: Target, year: int) -> pl.Expr:
    """What the path asks for in `year`; null where it asks for nothing or the base value is missing."""
    bound, base = pl.col("target_value"), pl.col("base_value")
    if target.path in ("constant", "every_year") or year >= target.due_year:
        return bound
    if target.path == "none":
        return pl.lit(None, pl.Float64)
    span = target.due_year - pl.col("base_year")
    straight = base + (bound - base) * (pl.lit(year) - pl.col("base_year")) / span
    straight = straight.round_sig_figs(SIGNIFICANT_DIGITS)
    return pl.when(met(base, target.operator, bound, 0)).then(bound).when(span > 0).then(straight)


def _notes(target: Target) -> pl.Expr:
    parts: list[pl.Expr] = [pl.when(pl.col("value").is_null()).then(pl.col("reason"))]
    if target.path == "every_year":
        for column, said in (("failed", "{} 年未达到"), ("unknown", "{} 年不能判定")):
            parts.append(pl.when(pl.col(column).fill_null("") != "").then(pl.format(said, pl.col(column))))
    if target.tolerance:
        parts.append(pl.lit(target.tolerance_reason))
    return pl.concat_str(parts, separator="；", ignore_nulls=True)
