"""Targets of the region as a whole, and what parks without trusted figures mean for them."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from sqlglot import exp

from metrics.catalogue import RegionIndicator
from metrics.compute import Computed
from metrics.panel import ABSENT
from metrics.vocabulary import ATTAINED
from scoring.dated import ParkClass
from scoring.rulebook import Rulebook
from scoring.scheme import Target
from scoring.targets import judge, met, without_empty_notes
from validation.expression.parse import AGGREGATES, Aggregate, name_of, table_of


def region_targets(computed: Computed, book: Rulebook) -> pl.DataFrame:
    """Table `region_targets` without scheme: one row per region indicator and member, with its target if it has one.

    Parks without trusted figures make a sum a lower bound: `complete` is false, and `attained` stays null unless the
    lower bound alone reaches the target.
    """
    year = computed.regions.filter(pl.col("year") == book.year)
    base = computed.regions.filter(pl.col("year") == book.scheme.base_year).select(
        "indicator", "member", pl.col("value").alias("base_value")
    )
    rows = year.join(base, on=["indicator", "member"], how="left", maintain_order="left")
    targets = {target.indicator: target for target in book.scheme.region_targets if not target.ended(book.year)}
    frames = [
        _region_target(
            rows.filter(pl.col("indicator") == code),
            indicator,
            targets.get(code),
            book,
            computed.wide,
            _years_failed(computed.regions, targets.get(code), book),
        )
        for code, indicator in book.catalogue.of_region().items()
    ]
    return without_empty_notes(frames, "region_targets")


def _lacking_parks(code: str, wide: pl.DataFrame, year: int, book: Rulebook) -> list[str]:
    """Names of the parks of `year` without the figures that the region indicator sums, itself or through others."""
    used = sorted(name for name in _summed(code, book) if name in wide.columns)
    rows = wide.filter(pl.col("year") == year)
    gaps = pl.any_horizontal([pl.col(ABSENT).is_not_null(), *(pl.col(name).is_null() for name in used)])
    return rows.filter(gaps).sort("park_code")["name"].to_list()


def _summed(code: str, book: Rulebook) -> set[str]:
    """Columns of parks that a region indicator aggregates, directly or through other region indicators."""
    expression = book.catalogue.of_region()[code].expression(book.files[1].name)
    own = {name.name for item in expression.aggregates for name in item.names if name.space in ("parks", ATTAINED)}
    others = {name.name for name in expression.names if name.space in ("", "prev", "base")}
    return own.union(*(_summed(other, book) for other in others if other in book.catalogue.of_region()))


def _region_target(
    rows: pl.DataFrame,
    indicator: RegionIndicator,
    target: Target | None,
    book: Rulebook,
    wide: pl.DataFrame,
    years: pl.DataFrame,
) -> pl.DataFrame:
    missing = _missing_parks(indicator, wide, book)
    described = rows.with_columns(
        pl.lit(indicator.label).alias("label"),
        pl.lit(indicator.unit).alias("unit"),
        pl.lit(indicator.decimals, pl.Int32).alias("decimals"),
        pl.lit(indicator.formula).alias("formula"),
        pl.lit(not missing).alias("complete"),
        pl.lit(book.scheme.base_year, pl.Int32).alias("base_year"),
    )
    said = _incomplete_note(missing)
    if target is None:
        return described.select(
            "indicator", "member", "label", "unit", "decimals", "value", "base_value", "complete", "formula",
            pl.concat_str(pl.col("reason"), pl.lit(said), separator="；", ignore_nulls=True).alias("note"),
            pl.lit(indicator.clause).alias("clause"),
        )  # fmt: skip
    bound = book.target_value(target, ParkClass("", ""))
    judged = judge(
        described.with_columns(pl.lit(bound, pl.Float64).alias("target_value")).join(
            years, on=["indicator", "member"], how="left", maintain_order="left"
        ),
        target,
        book.year,
    )
    # What can only grow when the missing parks come has reached a target from below already, or not yet.
    only_now = set(missing) <= {book.year}
    safe = only_now and target.operator in (">=", ">") and _grows_with_parks(indicator.code, book)
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
    if any(_of_parks(aggregate, book) for aggregate in expression.aggregates):
        return True
    others = {name.name for name in expression.names if name.space in ("", "prev", "base")}
    return any(_rests_on_parks(other, book) for other in sorted(others) if other in book.catalogue.of_region())


def _missing_parks(indicator: RegionIndicator, wide: pl.DataFrame, book: Rulebook) -> dict[int, list[str]]:
    """Per year that the indicator looks at, the parks whose figures it would need and does not have."""
    if not _rests_on_parks(indicator.code, book):
        return {}
    spaces = {name.space.split(".")[0] for name in indicator.expression(book.files[1].name).names}
    years = [book.year]
    years += [book.year - 1] if "prev" in spaces else []
    years += [book.scheme.base_year] if "base" in spaces else []
    lacking = {year: _lacking_parks(indicator.code, wide, year, book) for year in years}
    return {year: parks for year, parks in lacking.items() if parks}


def _years_failed(regions: pl.DataFrame, target: Target | None, book: Rulebook) -> pl.DataFrame:
    """indicator, member and the years since the base year in which an every-year target failed or could not be told."""
    if target is None or target.path != "every_year":
        schema = {"indicator": pl.String, "member": pl.String, "failed": pl.String, "unknown": pl.String}
        return pl.DataFrame(schema=schema)
    bound = pl.lit(book.target_value(target, ParkClass("", "")), pl.Float64)
    ok = met(pl.col("value"), target.operator, bound, target.tolerance)
    text = pl.col("year").cast(pl.String)
    own = regions.filter((pl.col("indicator") == target.indicator) & (pl.col("year") > book.scheme.base_year))
    return (
        own.sort("member", "year")
        .group_by("indicator", "member", maintain_order=True)
        .agg(
            text.filter(~ok.fill_null(True)).str.join("、").alias("failed"),
            text.filter(ok.is_null()).str.join("、").alias("unknown"),
        )
    )


def _grows_with_parks(code: str, book: Rulebook) -> bool:
    """Whether the indicator can only rise when more parks are added to the evaluated year: sums and counts in it are
    added and multiplied by what is not negative, and stand in no denominator and behind no minus sign."""
    tree = book.catalogue.of_region()[code].expression(book.files[1].name).tree
    return _rises(tree, book)


def _rises(tree: exp.Expr, book: Rulebook) -> bool:
    if not _depends(tree, book):
        return True
    if isinstance(tree, (exp.Filter, *AGGREGATES)):
        function = tree.this if isinstance(tree, exp.Filter) else tree
        return isinstance(function, exp.Sum | exp.Count)
    if isinstance(tree, exp.Column):
        return _grows_with_parks(name_of(tree).name, book)
    if isinstance(tree, exp.Paren | exp.Coalesce):
        return _rises(tree.this, book)
    if isinstance(tree, exp.Add | exp.Mul):
        return _rises(tree.this, book) and _rises(tree.expression, book)
    if isinstance(tree, exp.Sub | exp.Div):
        return _rises(tree.this, book) and not _depends(tree.expression, book)
    if isinstance(tree, exp.Anonymous):
        return _rises(tree.expressions[0], book) and not any(_depends(part, book) for part in tree.expressions[1:])
    return False


def _depends(tree: exp.Expr, book: Rulebook) -> bool:
    """Whether `tree` reads this year's figures of parks, directly or through another region indicator."""
    if isinstance(tree, (exp.Filter, *AGGREGATES)):
        return _of_parks(Aggregate(tree, table_of(tree)), book)
    if isinstance(tree, exp.Column):
        name = name_of(tree)
        return not name.space and name.name in book.catalogue.of_region() and _rests_on_parks(name.name, book)
    return any(_depends(child, book) for child in tree.iter_expressions())


def _of_parks(aggregate: Aggregate, book: Rulebook) -> bool:
    filed = {
        form.code for workbook in book.form_set.workbooks if workbook.filed_by == "park" for form in workbook.forms
    }
    return aggregate.table in filed | {"parks", ATTAINED}


def _incomplete_note(missing: Mapping[int, list[str]]) -> str | None:
    parts = [f"缺 {'、'.join(parks)} 的 {year} 年数据，合计为其余园区之和" for year, parks in missing.items()]
    return "；".join(parts) or None
