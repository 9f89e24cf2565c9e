"""Indicators of parks and of the region, computed over all years of a panel in the order of their dependence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

import polars as pl

from metrics.catalogue import Catalogue, Indicator, RegionIndicator
from metrics.frames import FormulaFrame, figure_reason
from metrics.panel import ABSENT, Panel
from metrics.vocabulary import LEDGER, PREFIXES, QUALITY, SUBSCHEME, Vocabulary
from validation.expression import Expression, Name, unknown_names
from validation.expression.aggregate import aggregate_columns
from validation.expression.compile import aggregate_name, compile_expression
from validation.expression.reading import describe, number_text, worked
from validation.problems import DefinitionRefused, Problem

SIGNIFICANT_DIGITS = 12
"""Indicators keep this many: what lies below is the noise of binary arithmetic, which would decide whether
100 × a ÷ a reaches 100."""

Key = tuple[str, str]
"""("park" or "region", indicator code)."""


@dataclass(frozen=True)
class Computed:
    """All indicators over all years of the panel.

    `parks` (long): park_code, year, indicator, value, reason, worked. `regions` (long): year, indicator, member,
    value, reason. `value` is null exactly where `reason` is not. `wide`: the panel's park rows with one column per
    indicator and `<code>#reason` beside it.
    """

    parks: pl.DataFrame
    regions: pl.DataFrame
    wide: pl.DataFrame


def compute_indicators(
    panel: Panel,
    catalogue: Catalogue,
    vocabulary: Vocabulary,
    parameters: Mapping[str, float],
    lists: Mapping[str, Sequence[str]],
    target_year: int,
    place: str,
) -> Computed:
    """Compute every indicator of `catalogue`; raises DefinitionRefused for unknown names and circles.

    `parameters` fill `param.`, `lists` the `for_each` of region indicators. Division by zero or by a missing value
    gives null with a reason.
    """
    expressions = parse_catalogue(catalogue, vocabulary, place)
    parks = _calendar(panel.parks, target_year)
    constants = {f"param.{code}": pl.lit(value) for code, value in sorted(parameters.items())}
    park_frame = FormulaFrame(parks.with_columns(**constants), ["park_code", "year"])
    first = panel.parks["year"].min() if panel.parks.height else 0
    region = panel.region.with_columns(base_year=pl.lit(first, dtype=pl.Int32))
    region_frame = FormulaFrame(_calendar(region, target_year).with_columns(**constants), ["year"])
    region_long: list[pl.DataFrame] = []
    worked_columns: dict[str, pl.DataFrame] = {}
    for kind, code in _order(expressions, place):
        expression = expressions[kind, code]
        if kind == "park":
            worked_columns[code] = _park_indicator(park_frame, region_frame, panel, code, expression, vocabulary)
        else:
            indicator = catalogue.of_region()[code]
            region_long.append(
                _region_indicator(region_frame, park_frame, panel, indicator, expression, vocabulary, lists)
            )
    return Computed(
        _park_long(park_frame.frame, catalogue, worked_columns),
        _region_concat(region_long),
        park_frame.frame,
    )


def parse_catalogue(catalogue: Catalogue, vocabulary: Vocabulary, place: str) -> dict[Key, Expression]:
    """Every formula parsed and its names checked; raises DefinitionRefused with all problems of the catalogue."""
    problems: list[Problem] = []
    expressions: dict[Key, Expression] = {}
    kinds: list[tuple[str, Sequence[Indicator], Mapping[Name, str]]] = [
        ("park", catalogue.indicators, vocabulary.labels),
        ("region", catalogue.region_indicators, vocabulary.region_labels),
    ]
    for kind, indicators, labels in kinds:
        for indicator in indicators:
            try:
                expression = indicator.expression(place)
            except DefinitionRefused as refused:
                problems.extend(refused.problems)
                continue
            problems.extend(_unknown(expression, labels))
            expressions[kind, indicator.code] = expression
    if problems:
        raise DefinitionRefused(problems)
    _order(expressions, place)
    return expressions


def _unknown(expression: Expression, labels: Mapping[Name, str]) -> Iterator[Problem]:
    """Problems of names that are not known; a figure of ledgers with those that are spelled like it."""
    known = {name.name for name in labels if name.space == LEDGER}
    names = {name for name in expression.names if name.space.split(".")[-1] == LEDGER and name not in labels}
    yield from unknown_names(expression, {*labels, *names})
    for name in sorted(names):
        near = get_close_matches(name.name, sorted(known), 3, 0.4)
        cure = f"改为{'、'.join(near)}，" if near else ""
        yield Problem(
            expression.place, f"公式中的名称 {name} 没有定义", "台账汇总指标的代码（报表的 ledgers.toml 和各台账的 figures）",
            f"{cure}或在 ledgers.toml 的 figures 里定义",
        )  # fmt: skip


def readings(catalogue: Catalogue, vocabulary: Vocabulary, place: str) -> dict[Key, str]:
    """Each indicator's formula as a Chinese reading."""
    parsed = parse_catalogue(catalogue, vocabulary, place)
    labels = {"park": vocabulary.labels, "region": vocabulary.region_labels}
    return {
        key: describe(expression.tree, lambda name, kind=key[0]: labels[kind].get(name, str(name)))  # type: ignore[misc]
        for key, expression in parsed.items()
    }


def _calendar(frame: pl.DataFrame, target_year: int) -> pl.DataFrame:
    year, base = pl.col("year").cast(pl.Float64), pl.col("base_year").cast(pl.Float64)
    return frame.with_columns(
        year.alias("calendar.year"),
        base.alias("calendar.base_year"),
        (year - base).alias("calendar.years_since_base"),
        (pl.lit(float(target_year)) - base).alias("calendar.years_to_target"),
    )


def _order(expressions: Mapping[Key, Expression], place: str) -> list[Key]:
    graph = {key: _depends(key, expression, expressions) for key, expression in expressions.items()}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " → ".join(code for _, code in error.args[1])
        raise DefinitionRefused(
            [Problem(place, f"指标互相引用成环：{circle}", "没有循环引用", "改正其中一个公式")]
        ) from None


def _depends(key: Key, expression: Expression, known: Mapping[Key, Expression]) -> list[Key]:
    kind = key[0]
    names = set(expression.names).union(*(aggregate.names for aggregate in expression.aggregates))
    wanted: set[Key] = set()
    for name in names:
        last = name.space.split(".")[-1]
        if last == "parks":
            wanted.add(("park", name.name))
        elif last == "region":
            wanted.add(("region", name.name))
        elif last in ("", "prev", "base"):
            wanted.add((kind, name.name))
    # prev. and base. of itself would need itself, which is a circle like any other
    return sorted(wanted.intersection(known))


def _park_indicator(
    park_frame: FormulaFrame,
    region_frame: FormulaFrame,
    panel: Panel,
    code: str,
    expression: Expression,
    vocabulary: Vocabulary,
) -> pl.DataFrame:
    columns: dict[Name, str] = {}
    reasons: dict[Name, str] = {}
    surroundings = set().union(*(aggregate.names for aggregate in expression.aggregates))
    for name in sorted(expression.names | {name for name in surroundings if name.space not in panel.tables}):
        columns[name] = _park_column(park_frame, region_frame, name)
        if f"{columns[name]}#reason" in park_frame.frame.columns:
            reasons[name] = f"{columns[name]}#reason"
        elif not name.space:
            reasons[name] = ABSENT
    park_frame.frame = aggregate_columns(
        park_frame.frame, expression.aggregates, panel.tables, park_frame.keys, columns, vocabulary
    )
    columns |= {aggregate_name(aggregate.sql): aggregate.sql for aggregate in expression.aggregates}
    compiled = compile_expression(expression, columns, vocabulary, reasons)
    # What the bureau registers itself (projects, accidents) is known of parks that did not file, too.
    absent = pl.col(ABSENT) if _rests_on_filing(expression, vocabulary) else pl.lit(None, pl.String)
    park_frame.frame = park_frame.frame.with_columns(
        pl.when(absent.is_null()).then(_without_noise(compiled.value)).cast(pl.Float64).alias(code),
        pl.coalesce(absent, compiled.reason).alias(f"{code}#reason"),
    )
    figures = worked(expression.tree, vocabulary, lambda name: _figure(park_frame.frame, columns[name]))
    return park_frame.frame.select("park_code", "year", figures.alias("worked"))


def _without_noise(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.Float64).round_sig_figs(SIGNIFICANT_DIGITS)


def _rests_on_filing(expression: Expression, vocabulary: Vocabulary) -> bool:
    """Whether a park formula reads anything that the park itself files, directly or through another indicator."""
    filed = {
        form.code for book in vocabulary.form_set.workbooks if book.filed_by == "park" for form in book.forms
    }  # fmt: skip
    names = set(expression.names).union(*(aggregate.names for aggregate in expression.aggregates))
    return any(name.space in ("", *PREFIXES) or name.space in filed for name in names)


def _figure(frame: pl.DataFrame, column: str) -> pl.Expr:
    if frame.schema[column].is_numeric():
        return number_text(pl.col(column))
    if frame.schema[column] == pl.List(pl.String):
        return pl.col(column).list.join("、")
    return pl.col(column).cast(pl.String)


def _park_column(park_frame: FormulaFrame, region_frame: FormulaFrame, name: Name) -> str:
    """The column of the park frame that holds `name`, joined on first where it comes from elsewhere."""
    if name.space == "park":
        return name.name
    if not name.space or name.space in ("calendar", "param", QUALITY, SUBSCHEME, LEDGER):
        return str(name)
    spaces = name.space.split(".")
    when = spaces[0] if spaces[0] in ("prev", "base") else ""
    if spaces[-1] == "region":
        return park_frame.join_region(region_frame, name.name, when)
    column = f"{LEDGER}.{name.name}" if spaces[-1] == LEDGER else name.name
    return park_frame.join_year(column, when)


def _region_indicator(
    region_frame: FormulaFrame,
    park_frame: FormulaFrame,
    panel: Panel,
    indicator: RegionIndicator,
    expression: Expression,
    vocabulary: Vocabulary,
    lists: Mapping[str, Sequence[str]],
) -> pl.DataFrame:
    labels = vocabulary.region_labels
    tables = {**panel.tables, "parks": park_frame.frame}
    work = region_frame.copy()
    if indicator.for_each:
        members = pl.DataFrame({"each.member": list(lists[indicator.for_each])}, schema={"each.member": pl.String})
        work.frame, work.keys = work.frame.join(members, how="cross"), ["year", "each.member"]
    columns: dict[Name, str] = {}
    for name in sorted(set(expression.names).union(*(item.names for item in expression.aggregates))):
        if name.space not in tables:
            columns[name] = _region_column(work, name)
    work.frame = aggregate_columns(
        work.frame, expression.aggregates, tables, work.keys, columns, lambda name: labels.get(name, str(name))
    )
    for aggregate in expression.aggregates:
        # Figures that some parks lack make a region's sum a lower bound; `incomplete` tells, the sum stays.
        work.frame = work.frame.with_columns(pl.lit(0, dtype=pl.UInt32).alias(f"{aggregate.sql}#missing"))
    columns |= {aggregate_name(aggregate.sql): aggregate.sql for aggregate in expression.aggregates}
    reasons = {name: f"{column}#reason" for name, column in columns.items() if f"{column}#reason" in work.frame.columns}
    compiled = compile_expression(expression, columns, lambda name: labels.get(name, str(name)), reasons)
    result = work.frame.select(
        *work.keys,
        _without_noise(compiled.value).alias("value"),
        compiled.reason.alias("reason"),
    )
    if not indicator.for_each:
        region_frame.frame = region_frame.frame.with_columns(
            result["value"].alias(indicator.code), result["reason"].alias(f"{indicator.code}#reason")
        )
    member = pl.col("each.member") if indicator.for_each else pl.lit("")
    return result.select("year", pl.lit(indicator.code).alias("indicator"), member.alias("member"), "value", "reason")


def _region_column(work: FormulaFrame, name: Name) -> str:
    spaces = name.space.split(".")
    if spaces[0] in ("prev", "base"):
        return work.join_year(name.name, spaces[0])
    return name.name if name.space in ("", "region") else str(name)


def _park_long(wide: pl.DataFrame, catalogue: Catalogue, worked_columns: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    parts = [
        wide.select(
            "park_code",
            "year",
            pl.lit(code).alias("indicator"),
            pl.col(code).alias("value"),
            figure_reason(code).alias("reason"),
        ).with_columns(worked_columns[code]["worked"])
        for code in catalogue.park_indicators()
    ]
    return pl.concat(parts)


def _region_concat(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    empty = pl.DataFrame(
        schema={"year": pl.Int32, "indicator": pl.String, "member": pl.String, "value": pl.Float64, "reason": pl.String}
    )
    return pl.concat([empty, *parts])
