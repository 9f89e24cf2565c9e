"""The evaluation of one year as a pure function: trusted statistics and a rulebook to all result tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from metrics.compute import Computed, compute_indicators
from metrics.lineage import succeed_codes, successors
from metrics.panel import ABSENT, Panel, build_panel
from scoring.adjustments import adjust, grade_caps
from scoring.attained import with_attained, without_targets
from scoring.described import describe_definitions
from scoring.facts import build_facts, status_before
from scoring.management import follow_status, judge_rules, propose
from scoring.ranking import rank_parks
from scoring.region import region_targets
from scoring.rulebook import Rulebook
from scoring.schema import result_tables
from scoring.scores import score_parks
from scoring.standing import with_standing
from scoring.targets import park_targets
from validation.quality import QUALITY
from validation.registry import RENAMED


@dataclass(frozen=True)
class Trusted:
    """What validation hands over: long statistics of all years, and which park-years were refused.

    items: park_code, year, item, value, text, source_file, sheet, cell, corrected, filed_value, correction_reason;
    records: form, year, park_code, record, item, value, text, source_file, sheet, cell, corrected;
    filings: park_code, year, filed_on, late_days; refused: park_code, year, reason; quality: validation.quality.QUALITY;
    subscores: code, park_code, year, value, what the subschemes gave; ledger_figures: metrics.ledgers.LEDGER_FIGURES.
    """

    items: pl.DataFrame
    records: pl.DataFrame
    filings: pl.DataFrame
    refused: pl.DataFrame
    quality: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=QUALITY))
    subscores: pl.DataFrame | None = None
    ledger_figures: pl.DataFrame | None = None


@dataclass(frozen=True)
class Basis:
    """What judging rests on: the panel and the indicators computed from it, dates of filing, and the published tables of
    earlier years with renamed parks under their present codes."""

    panel: Panel
    computed: Computed
    filings: pl.DataFrame
    history: Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Placed:
    """Unfinished tables `targets`, `scores` and `ranking` of a year (`hierarchy`: scores before deductions and bonuses);
    `computed` has the standing of the parks."""

    panel: Panel
    computed: Computed
    targets: pl.DataFrame
    hierarchy: pl.DataFrame
    scores: pl.DataFrame
    ranking: pl.DataFrame


@dataclass(frozen=True)
class Evaluated(Placed):
    """All stages of one year: the facts of each park besides, what the rules say, proposals, the status that follows, and
    `previous`, the tables of earlier years that facts rest on."""

    facts: pl.DataFrame
    checks: pl.DataFrame
    proposals: pl.DataFrame
    status: pl.DataFrame
    previous: Mapping[str, pl.DataFrame]


def evaluate_year(trusted: Trusted, book: Rulebook, history: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """All result tables of one year but `runs`, `statistics`, `records`, `findings` and `data_quality`.

    history: the published tables of earlier years of the same scheme (`ranking`, `parks`), possibly empty. Raises
    DefinitionRefused when a formula or rule cannot be understood.
    """
    return published_tables(evaluate_stages(trusted, book, history), trusted.filings, book)


def evaluate_stages(trusted: Trusted, book: Rulebook, history: Mapping[str, pl.DataFrame]) -> Evaluated:
    """The stages of one year, one after another; arguments and errors as of `evaluate_year`."""
    return judge(basis_of(trusted, book, history), book)


def basis_of(trusted: Trusted, book: Rulebook, history: Mapping[str, pl.DataFrame]) -> Basis:
    """Arrange the figures and compute the indicators of all years."""
    panel = build_panel(
        trusted.items,
        trusted.records,
        trusted.refused,
        book.form_set,
        book.scheme.base_year,
        book.year,
        trusted.quality,
        trusted.subscores,
        [item.code for item in book.scheme.subschemes],
        trusted.ledger_figures,
        book.ledger_codes,
        book.ledgers,
    )
    panel = without_targets(panel, book)
    renamed = renamed_history(history, successors(trusted.records, book.year, RENAMED))
    return Basis(panel, indicators_of(panel, book), trusted.filings, renamed)


def place(basis: Basis, book: Rulebook) -> Placed:
    """Score and rank the parks of the year of `book`."""
    previous = _previous(basis, book)
    status = status_before(basis.computed.wide, previous["parks"], book.year)
    computed = replace(basis.computed, wide=with_standing(basis.computed.wide, status, book))
    targets = park_targets(computed, book)
    hierarchy = score_parks(computed.wide, targets, book, previous["all_rankings"])
    scores = adjust(hierarchy, computed.wide, book)
    ranking = rank_parks(computed.wide, scores, previous["ranking"], grade_caps(computed.wide, book), book)
    return Placed(basis.panel, computed, targets, hierarchy, scores, ranking)


def judge(basis: Basis, book: Rulebook) -> Evaluated:
    """Score and rank the parks, and judge them by the rules."""
    placed, previous = place(basis, book), _previous(basis, book)
    computed = with_attained(placed.computed, basis.panel, placed.targets, previous["targets"], book)
    facts = build_facts(computed.wide, placed.ranking, placed.targets, basis.filings, previous, book)
    checks = judge_rules(facts, book)
    proposals = propose(checks, facts, book)
    status = follow_status(facts, proposals, book)
    return Evaluated(
        basis.panel, computed, placed.targets, placed.hierarchy, placed.scores, placed.ranking, facts, checks, proposals,
        status, previous,
    )  # fmt: skip


def _previous(basis: Basis, book: Rulebook) -> dict[str, pl.DataFrame]:
    """The published tables of earlier years that facts rest on."""
    known = {name: basis.history.get(name, result_tables()[name].empty()) for name in _EARLIER}
    return {
        "ranking": previous_ranking(basis.history, book),
        "all_rankings": known["ranking"],
        **{name: known[name] for name in _EARLIER if name != "ranking"},
    }


_EARLIER = ("ranking", "parks", "targets", "decisions")


def indicators_of(panel: Panel, book: Rulebook) -> Computed:
    """Every indicator of the scheme's catalogue over the panel."""
    return compute_indicators(
        panel, book.catalogue, book.vocabulary, book.parameters, book.lists, book.scheme.target_year, book.files[1].name
    )


def published_tables(evaluated: Evaluated, filings: pl.DataFrame, book: Rulebook) -> dict[str, pl.DataFrame]:
    """The result tables of a year, in the columns, types and order of the published schema."""
    computed = evaluated.computed
    tables = {
        "parks": _parks(computed.wide, filings, evaluated.status, book),
        "indicators": _indicators(computed, book),
        "targets": evaluated.targets,
        "region_targets": region_targets(computed, book),
        "scores": evaluated.scores,
        "ranking": evaluated.ranking,
        "rule_checks": evaluated.checks,
        "proposals": evaluated.proposals,
        "definitions": describe_definitions(book),
    }
    return {name: finish(name, table, book) for name, table in tables.items()}


def finish(name: str, table: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """`table` with scheme and, where it has none, year; in the columns, types and order of the published schema."""
    table = table.with_columns(pl.lit(book.scheme.key).alias("scheme"))
    if "year" not in table.columns:
        table = table.with_columns(pl.lit(book.year, pl.Int32).alias("year"))
    return result_tables()[name].conform(table)


def renamed_history(history: Mapping[str, pl.DataFrame], renamed: dict[str, str]) -> dict[str, pl.DataFrame]:
    """Published tables with renamed parks under their present codes; a merged park has no rank or status of before."""
    return {
        name: succeed_codes(frame, renamed) if "park_code" in frame.columns else frame
        for name, frame in history.items()
    }


def previous_ranking(history: Mapping[str, pl.DataFrame], book: Rulebook) -> pl.DataFrame:
    """Table `ranking` as it counts for the year of `book`: that of the year before, and for parks that were not ranked
    then whether they were near the bottom in the last year in which they were, if the scheme skips all years between
    (`History`). Rank, score and grade of such an earlier year do not count: climbing takes one year, not several.
    """
    ranking = history.get("ranking", result_tables()["ranking"].empty())
    parks = history.get("parks", result_tables()["parks"].empty())
    skips = {True: book.scheme.history.exempt_year == "skip", False: book.scheme.history.refused_year == "skip"}
    ranked = set(ranking.select("park_code", "year").rows())
    skipped = {
        (code, of_year)
        for code, of_year, evaluated in parks.select("park_code", "year", "evaluated").rows()
        if skips[evaluated] and (code, of_year) not in ranked
    }
    counted = []
    for code in sorted(set(parks["park_code"])):
        last = book.year - 1
        while (code, last) in skipped:
            last -= 1
        row = ranking.filter((pl.col("park_code") == code) & (pl.col("year") == last))
        if last < book.year - 1:
            row = row.with_columns(
                pl.lit(None).cast(row.schema[name]).alias(name) for name in ("rank", "score", "grade")
            )
        counted.append(row)
    return pl.concat([result_tables()["ranking"].empty(), *counted])


def _parks(wide: pl.DataFrame, filings: pl.DataFrame, status: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    now = wide.filter(pl.col("year") == book.year)
    filed = (
        filings.filter(pl.col("year") == book.year)
        .select("park_code", "filed_on", "late_days")
        .unique("park_code", keep="first", maintain_order=True)
    )
    for other in (filed, status):
        now = now.join(other, on="park_code", how="left", maintain_order="left")
    evaluated = pl.col(ABSENT).is_null()
    return now.with_columns(
        evaluated.alias("evaluated"),
        pl.col("leading_industries").list.join("、"),
        pl.when(~evaluated).then(pl.col(ABSENT)).otherwise(pl.col("unranked")).alias("note"),
    )


def _indicators(computed: Computed, book: Rulebook) -> pl.DataFrame:
    own = pl.DataFrame(
        [
            {
                "indicator": item.code, "label": item.label, "unit": item.unit, "decimals": item.decimals,
                "direction": item.direction, "formula": item.formula, "clause": item.clause,
            }
            for item in book.catalogue.indicators
        ]
    )  # fmt: skip
    now = computed.parks.filter(pl.col("year") == book.year)
    before = computed.parks.filter(pl.col("year") == book.year - 1).select(
        "park_code", "indicator", pl.col("value").alias("previous_value")
    )
    groups = computed.wide.filter(pl.col("year") == book.year).select("park_code", "group", "ranked")
    joined = now.join(own, on="indicator", maintain_order="left").join(groups, on="park_code", maintain_order="left")
    means = (
        joined.filter(pl.col("ranked"))
        .group_by("group", "indicator", maintain_order=True)
        .agg(pl.col("value").mean().alias("group_mean"))
    )
    joined = joined.join(before, on=["park_code", "indicator"], how="left", maintain_order="left")
    return joined.join(means, on=["group", "indicator"], how="left", maintain_order="left")
