"""Targets: attained or not, and whether a park or the region is on the path to the due year."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from metrics.catalogue import RegionIndicator
from metrics.compute import SIGNIFICANT_DIGITS, Computed
from metrics.frames import FormulaFrame
from metrics.panel import ABSENT
from scoring.rulebook import Rulebook
from scoring.schema import result_tables
from scoring.scheme import ParkClass, Target
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
    return _without_empty_notes(frames, "targets")


def region_targets(computed: Computed, book: Rulebook) -> pl.DataFrame:
    """Table `region_targets` without scheme: one row per region indicator and member, with its target if it has one.

    Parks without trusted figures make a sum a lower bound: `complete` is false, and `attained` stays null unless the
    lower bound alone reaches the target.
    """
    lacking = _lacking_parks(computed.wide, book)
    year = computed.regions.filter(pl.col("year") == book.year)
    base = computed.regions.filter(pl.col("year") == book.scheme.base_year).select(
        "indicator", "member", pl.col("value").alias("base_value")
    )
    rows = year.join(base, on=["indicator", "member"], how="left", maintain_order="left")
    targets = {target.indicator: target for target in book.scheme.region_targets}
    frames = [
        _region_target(rows.filter(pl.col("indicator") == code), indicator, targets.get(code), book, lacking)
        for code, indicator in book.catalogue.of_region().items()
    ]
    return _without_empty_notes(frames, "region_targets")


def _without_empty_notes(frames: list[pl.DataFrame], table: str) -> pl.DataFrame:
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
    judged = _judge(now, target, book.year)
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


def _judge(frame: pl.DataFrame, target: Target, year: int) -> pl.DataFrame:
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


def _lacking_parks(wide: pl.DataFrame, book: Rulebook) -> Mapping[int, list[str]]:
    """Per year (base and evaluated) the names of parks without the figures that region sums need."""
    used = sorted(
        {
            name.name
            for indicator in book.catalogue.region_indicators
            for aggregate in indicator.expression("").aggregates
            for name in aggregate.names
            if name.space == "parks" and name.name in wide.columns
        }
    )
    lacking: dict[int, list[str]] = {}
    for year in (book.scheme.base_year, book.year):
        rows = wide.filter(pl.col("year") == year)
        missing = rows.filter(pl.any_horizontal(pl.col(used).is_null(), pl.col(ABSENT).is_not_null()))
        lacking[year] = missing.sort("park_code")["name"].to_list()
    return lacking


def _region_target(
    rows: pl.DataFrame,
    indicator: RegionIndicator,
    target: Target | None,
    book: Rulebook,
    lacking: Mapping[int, list[str]],
) -> pl.DataFrame:
    expression = indicator.expression(book.files[1].name)
    by_parks = _rests_on_parks(indicator.code, book)
    based = any(name.space.startswith("base") for name in expression.names)
    base_parks = lacking[book.scheme.base_year] if by_parks and based else []
    now_parks = lacking[book.year] if by_parks else []
    described = rows.with_columns(
        pl.lit(indicator.label).alias("label"),
        pl.lit(indicator.unit).alias("unit"),
        pl.lit(indicator.decimals, pl.Int32).alias("decimals"),
        pl.lit(indicator.formula).alias("formula"),
        pl.lit(not base_parks and not now_parks).alias("complete"),
        pl.lit(book.scheme.base_year, pl.Int32).alias("base_year"),
    )
    said = _incomplete_note(book, base_parks, now_parks)
    if target is None:
        return described.select(
            "indicator", "member", "label", "unit", "decimals", "value", "base_value", "complete", "formula",
            pl.concat_str(pl.col("reason"), pl.lit(said), separator="；", ignore_nulls=True).alias("note"),
            pl.lit(indicator.clause).alias("clause"),
        )  # fmt: skip
    bound = book.target_value(target, ParkClass("", ""))
    judged = _judge(
        described.with_columns(pl.lit(bound).alias("target_value"), failed=pl.lit(""), unknown=pl.lit("")),
        target,
        book.year,
    )
    # A sum over fewer parks can only grow when the missing ones come; a share of parks or a late base year can not.
    safe = bool(not base_parks and indicator.kind != "coverage" and target.operator in (">=", ">"))
    sure = pl.col("complete") | pl.lit(safe)

    def told(column: str) -> pl.Expr:
        verdict = pl.when(pl.col("complete")).then(pl.col(column))
        return verdict.when(sure & pl.col(column)).then(True).alias(column)

    return judged.select(
        "indicator", "member", "label", "unit", "decimals", "value", "target_value", "base_value", "pace_value",
        "attainment_pct", "complete", "formula", told("attained"), told("on_path"),
        pl.lit(target.operator).alias("operator"),
        pl.lit(target.tolerance).alias("tolerance"),
        pl.lit(target.due_year, pl.Int32).alias("due_year"),
        pl.concat_str(
            pl.col("reason"), pl.lit(said), pl.lit(target.tolerance_reason or None), separator="；", ignore_nulls=True
        ).alias("note"),
        pl.lit(target.clause).alias("clause"),
    )  # fmt: skip


def _rests_on_parks(code: str, book: Rulebook) -> bool:
    """Whether a region indicator sums what parks file, itself or through another region indicator."""
    expression = book.catalogue.of_region()[code].expression(book.files[1].name)
    filed = {
        form.code for workbook in book.form_set.workbooks if workbook.filed_by == "park" for form in workbook.forms
    }
    if any(aggregate.table in filed | {"parks"} for aggregate in expression.aggregates):
        return True
    others = {name.name for name in expression.names if name.space in ("", "prev", "base")}
    return any(_rests_on_parks(other, book) for other in sorted(others) if other in book.catalogue.of_region())


def _incomplete_note(book: Rulebook, base_parks: list[str], now_parks: list[str]) -> str | None:
    parts = []
    if now_parks:
        parts.append(f"缺 {'、'.join(now_parks)} 的 {book.year} 年数据，合计为其余园区之和")
    if base_parks:
        parts.append(f"缺 {'、'.join(base_parks)} 的基期数据")
    return "；".join(parts) or None
