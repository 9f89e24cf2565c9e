"""What the rules of dynamic management can ask about a park: facts of the year, of its group and of its history."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from metrics.frames import FormulaFrame
from metrics.panel import ABSENT
from scoring.rule_names import HISTORY
from scoring.rulebook import Rulebook

NORMAL = "正常"


def build_facts(
    wide: pl.DataFrame,
    ranking: pl.DataFrame,
    targets: pl.DataFrame,
    filings: pl.DataFrame,
    previous: Mapping[str, pl.DataFrame],
    book: Rulebook,
) -> pl.DataFrame:
    """One row per registered park of the year with a column for every name a rule may use.

    `prev.` of indicators come from the panel, `prev.` of rank, score and the like from the results published for
    the year before; `group.` is the median among the ranked parks of the group, `place.` the place in it by an
    indicator, `missed.` whether a target is missed and `missed_years.` for how many years running; `last3.bottom`
    counts in how many of the last three evaluated years a fact held, `mean3.score` averages over them.
    `<name>#reason` says why a fact is missing. previous: published tables `ranking` as it counts for the year before
    (key `ranking`), and `all_rankings`, `parks` and `targets` of all earlier years.
    """
    frame = FormulaFrame(wide, ["park_code", "year"])
    for name in sorted(book.asked):
        if name.space == "prev" and name.name in book.catalogue.park_indicators():
            frame.join_year(name.name, "prev")
    facts = frame.frame.filter(pl.col("year") == book.year).with_columns(
        evaluated=pl.col(ABSENT).is_null(), data_refused=pl.col(ABSENT).is_not_null()
    )
    facts = _join_ranking(facts, ranking, book)
    facts = _join_safe_score(facts)
    facts = _join_previous(facts, previous["ranking"], book)
    status = status_before(wide, previous["parks"], book.year)
    facts = facts.join(status, on="park_code", how="left", maintain_order="left")
    late = filings.filter(pl.col("year") == book.year).select("park_code", pl.col("late_days").cast(pl.Int32))
    late = late.unique("park_code", keep="first", maintain_order=True)
    facts = facts.join(late, on="park_code", how="left", maintain_order="left")
    facts = _join_group(facts, book)
    results = rectification_results(previous["decisions"], book)
    facts = facts.join(results, on="park_code", how="left", maintain_order="left")
    facts = _join_exits(facts, previous["parks"], book)
    facts = _join_places(facts, book)
    facts = _join_missed(facts, targets, previous, book)
    facts = _join_history(facts, ranking, previous, book)
    constants = {f"param.{code}": pl.lit(value) for code, value in sorted(book.parameters.items())}
    facts = _join_targets(facts, targets).with_columns(**constants).sort("park_code")
    return facts.with_columns(**_typed_gaps(facts, book))


def _join_ranking(facts: pl.DataFrame, ranking: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    own = ranking.filter(book.own_group).drop("group")
    everyone = ranking.filter(book.of_all).select(
        "park_code",
        pl.col("rank").alias("overall_rank"),
        pl.col("group_size").alias("overall_size"),
        pl.col("rank_change").alias("overall_rank_change"),
    )
    joined = facts.join(own, on="park_code", how="left", maintain_order="left")
    joined = joined.join(everyone, on="park_code", how="left", maintain_order="left")
    unranked = pl.when(pl.col("rank").is_null()).then(
        pl.coalesce(pl.col(ABSENT), pl.col("unranked"), pl.lit("没有总分"))
    )
    small = pl.when(pl.col("bottom").is_null()).then(
        pl.coalesce(unranked, pl.format("组内只有 {} 个园区，不认定靠后", pl.col("group_parks")))
    )
    return joined.with_columns(
        *(
            unranked.alias(f"{name}#reason")
            for name in ("rank", "group_size", "group_parks", "score", "grade", "overall_rank")
        ),
        small.alias("bottom#reason"),
    )


def _join_safe_score(facts: pl.DataFrame) -> pl.DataFrame:
    """The lowest score of the level that is not near the bottom: what a park would have had to reach."""
    safe = (
        facts.filter(~pl.col("bottom"))
        .group_by("group", maintain_order=True)
        .agg(pl.col("score").min().alias("safe_score"))
    )
    return facts.join(safe, on="group", how="left", maintain_order="left")


def _join_previous(facts: pl.DataFrame, ranking: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """`prev.` facts: those of the same group; the place in the group a park has left says nothing in its new one."""
    own = ranking.filter(book.own_group).select(
        "park_code", "group", *(pl.col(name).alias(f"prev.{name}") for name in ("rank", "score", "grade", "bottom"))
    )
    everyone = ranking.filter(book.of_all).select("park_code", pl.col("rank").alias("prev.overall_rank"))
    joined = facts.join(own, on=["park_code", "group"], how="left", maintain_order="left")
    joined = joined.join(everyone, on="park_code", how="left", maintain_order="left")
    said = pl.lit(f"{book.year - 1} 年没有该园区在同组的排名")
    names = ("rank", "score", "grade", "bottom", "overall_rank")
    return joined.with_columns(
        pl.when(pl.col(f"prev.{name}").is_null()).then(said).alias(f"prev.{name}#reason") for name in names
    )


def status_before(wide: pl.DataFrame, parks: pl.DataFrame, year: int) -> pl.DataFrame:
    """park_code, status_before: the status each park of the year has from the last year before that was published."""
    latest = (
        parks.filter(pl.col("year") < year)
        .sort("park_code", "year")
        .unique("park_code", keep="last", maintain_order=True)
        .select("park_code", pl.col("status").alias("status_before"))
    )
    now = wide.filter(pl.col("year") == year).select("park_code")
    return now.join(latest, on="park_code", how="left", maintain_order="left").with_columns(
        pl.col("status_before").fill_null(NORMAL)
    )


def _join_group(facts: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    wanted = _names(book, "group")
    medians = (
        facts.filter(pl.col("ranked"))
        .group_by("group", maintain_order=True)
        .agg(pl.col(name).median().alias(f"group.{name}") for name in wanted)
    )
    return facts.join(medians, on="group", how="left", maintain_order="left")


def _join_targets(facts: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    for code in sorted(set(targets["indicator"])):
        own = targets.filter(pl.col("indicator") == code).select(
            "park_code", pl.col("target_value").alias(f"target.{code}")
        )
        facts = facts.join(own, on="park_code", how="left", maintain_order="left")
    return facts


def _typed_gaps(facts: pl.DataFrame, book: Rulebook) -> dict[str, pl.Expr]:
    """Empty columns for names that rules use and this year has nothing of (a target of another level)."""
    names = {str(name) for name in book.asked}
    gaps = sorted(name for name in names if name not in facts.columns and not name.startswith("park."))
    return {name: pl.lit(None, pl.Float64) for name in gaps}


def _names(book: Rulebook, space: str) -> list[str]:
    """The names rules use in `space`, sorted."""
    return sorted({name.name for name in book.asked if name.space == space})


def _join_exits(facts: pl.DataFrame, parks: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """For how many years no park of the same region code has been ended (null: never), and the places left vacant."""
    ended = [status.label for status in book.scheme.statuses if status.terminal]
    exits = parks.filter(pl.col("status").is_in(ended) & ~pl.col("status_before").fill_null(NORMAL).is_in(ended))
    last = exits.group_by("region_code", maintain_order=True).agg(
        (pl.lit(book.year) - pl.col("year").max()).cast(pl.Int32).alias("region_exit_years")
    )
    vacant = exits.filter(pl.col("year") == book.year - 1).height
    joined = facts.join(last, on="region_code", how="left", maintain_order="left")
    return joined.with_columns(pl.lit(vacant, pl.Int32).alias("vacant_places"))


def _join_places(facts: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """Places within the group by single indicators, the best first, equal values on the same place."""
    indicators = book.catalogue.park_indicators()
    own = {code: pl.when(pl.col("ranked")).then(pl.col(code)) for code in _names(book, "place")}
    return facts.with_columns(
        expression.rank("min", descending=indicators[code].direction == "higher")
        .over("group")
        .cast(pl.Int32)
        .alias(f"place.{code}")
        for code, expression in own.items()
    )


def _join_missed(
    facts: pl.DataFrame, targets: pl.DataFrame, previous: Mapping[str, pl.DataFrame], book: Rulebook
) -> pl.DataFrame:
    """Targets missed this year, how many, and for how many years running; null where this year cannot be told.

    Years that were not evaluated are skipped or end the run, as the scheme says; a year in which the park was evaluated
    and not ranked has its own verdict.
    """
    missed = targets.filter(~pl.col("attained"))
    counts = missed.group_by("park_code", maintain_order=True).agg(
        pl.len().cast(pl.Int32).alias("targets_missed_count")
    )
    judged = targets.select(pl.col("park_code").unique(maintain_order=True)).with_columns(has_targets=pl.lit(True))
    facts = facts.join(counts, on="park_code", how="left", maintain_order="left")
    facts = facts.join(judged, on="park_code", how="left", maintain_order="left").with_columns(
        pl.when(pl.col("has_targets")).then(pl.col("targets_missed_count").fill_null(0))
    )
    for code in _names(book, "missed"):
        own = targets.filter(pl.col("indicator") == code).select(
            "park_code", (~pl.col("attained")).alias(f"missed.{code}")
        )
        facts = facts.join(own, on="park_code", how="left", maintain_order="left")
    now = targets.select("park_code", "indicator", "attained").with_columns(pl.lit(book.year, pl.Int32).alias("year"))
    earlier = previous["targets"].select("park_code", "indicator", "attained", "year")
    refused = _gap_years(previous["parks"], book).filter(~pl.col("evaluated")).select("park_code", "year")
    for code in _names(book, "missed_years"):
        told = targets.filter((pl.col("indicator") == code) & pl.col("attained").is_not_null())["park_code"]
        gaps = refused.with_columns(pl.lit(code).alias("indicator"), pl.lit(None, pl.Boolean).alias("attained"))
        history = pl.concat([earlier, now, gaps.select(earlier.columns)])
        own = history.filter((pl.col("indicator") == code) & pl.col("park_code").is_in(told.implode()))
        own = own.sort("park_code", "year", descending=[False, True])
        running = (
            own.group_by("park_code", maintain_order=True)
            .agg((~pl.col("attained").fill_null(True)).cast(pl.Int32).cum_prod().sum().alias(f"missed_years.{code}"))
        )  # fmt: skip
        facts = facts.join(running, on="park_code", how="left", maintain_order="left")
    return facts


def _gap_years(parks: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """park_code, year, evaluated of those years without a rank, or without evaluation, that count as years all the same."""
    counted = {True: book.scheme.history.exempt_year == "break", False: book.scheme.history.refused_year == "break"}
    kinds = [evaluated for evaluated, counts in counted.items() if counts]
    return parks.filter(pl.col("evaluated").is_in(kinds)).select(
        "park_code", pl.col("year").cast(pl.Int32), "evaluated"
    )


def _join_history(
    facts: pl.DataFrame, ranking: pl.DataFrame, previous: Mapping[str, pl.DataFrame], book: Rulebook
) -> pl.DataFrame:
    """Counts and means over the last years, this year among them: those in which the park was ranked, and those without a
    rank that count as years all the same (`History`), in which nothing held."""
    keys = ["park_code", "year"]
    now = ranking.with_columns(pl.lit(book.year, pl.Int32).alias("year"))
    ranked = pl.concat(
        [frame.filter(book.own_group).select(*keys, "score", "bottom") for frame in (previous["all_rankings"], now)]
    )
    present = facts.select("park_code", pl.lit(book.year, pl.Int32).alias("year"), "evaluated")
    known = pl.concat([previous["parks"].select("park_code", pl.col("year").cast(pl.Int32), "evaluated"), present])
    gaps = _gap_years(known, book).join(ranked, on=keys, how="anti").select(keys)
    ordered = pl.concat([ranked, gaps], how="diagonal").sort(keys, descending=[False, True])
    for space in sorted({name.space for name in book.asked}):
        found = HISTORY.fullmatch(space)
        if not found:
            continue
        window = ordered.group_by("park_code", maintain_order=True).head(int(found.group(2)))
        for name in _names(book, space):
            own = window.group_by("park_code", maintain_order=True).agg(
                _over_window(found.group(1), name).alias(f"{space}.{name}")
            )
            facts = facts.join(own, on="park_code", how="left", maintain_order="left")
    return facts


def _over_window(word: str, name: str) -> pl.Expr:
    value = pl.col(name).cast(pl.Float64)
    if word == "last":
        return value.sum()
    return value.mean() if word == "mean" else value.filter(pl.col("bottom").fill_null(False)).mean()


def rectification_results(decisions: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """park_code, rectification (有效 or 无效): the last result recorded on the year before the evaluated one."""
    return (
        decisions.filter(
            (pl.col("kind") == "rectification")
            & (pl.col("scheme") == book.scheme.key)
            & (pl.col("year") == book.year - 1)
        )
        .sort("number")
        .unique("park_code", keep="last", maintain_order=True)
        .select("park_code", pl.col("outcome").alias("rectification"))
    )
