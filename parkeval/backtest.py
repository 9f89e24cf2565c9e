"""`backtest`: past years of HOME under the present and a proposed scheme, each with a history of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from parkeval.earlier import history_before
from parkeval.effects import SAME, effects
from parkeval.errors import UsageFault
from parkeval.home import Home
from parkeval.kept import trusted_of
from parkeval.simulation import Changes, changed_book
from parkeval.store import HOME_TABLES, Tables
from scoring.evaluation import basis_of, finish, judge, published_tables
from scoring.loading import kept_rulebook
from scoring.robustness.plan import Plan
from scoring.rulebook import Rulebook
from validation.problems import Problem

Progress = Callable[[str, int, int], None]

PRESENT, PROPOSED = "现行", "拟议"

SURE = ("robustness", "robustness_grades", "robustness_rules")
"""Tables that a side has besides where probabilities are asked for."""


@dataclass(frozen=True)
class Backtest:
    """What the proposed rules would have meant.

    years: year, parks, rank_up, rank_down, grade_up, grade_down, proposals_new, proposals_gone, status_changed,
    as_published (whether the present rules give what was published then);
    parks: year and the columns of parkeval.effects, with `rank_p05_before` … where probabilities were asked for;
    grades: the parks whose grade turns, with the probability of either grade on its own side;
    proposals: those made on one side only, with their probability on both.
    """

    years: pl.DataFrame
    parks: pl.DataFrame
    grades: pl.DataFrame
    proposals: pl.DataFrame


def backtest(
    home: Home, published: Tables, scheme: str, years: Sequence[int], changes: Changes, plan: Plan | None, progress: Progress
) -> Backtest:  # fmt: skip
    """Evaluate `years` of `scheme` (ascending) twice and compare. HOME is read only.

    The present rules are those of the last of the years; on either side a year builds upon what that side gave in the
    year before, before the first on what was published. Decisions of the authority stand where the same proposal is
    made. plan: how probabilities are drawn, None for none. Raises UsageFault and DefinitionRefused.
    """
    last = published["runs"].filter((pl.col("scheme") == scheme) & (pl.col("year") == years[-1])).row(0, named=True)
    folder = home.run_folder(years[-1], last["run_id"]) / "definitions"
    books = [kept_rulebook(folder, year) for year in years]
    # Both before either is followed: what cannot be changed so is told at once.
    changed = [changed_book(book, changes) for book in books]
    present = _followed(published, scheme, books, plan, partial(progress, PRESENT))
    proposed = _followed(published, scheme, changed, plan, partial(progress, PROPOSED))
    pairs = list(zip(years, present, proposed, strict=True))
    order = {grade.label: place for book in (books[-1], changed[-1]) for place, grade in enumerate(book.scheme.grades)}
    return Backtest(
        pl.concat([_year(year, before, after, published, scheme, order) for year, before, after in pairs]),
        pl.concat([_parks(year, before, after) for year, before, after in pairs]),
        pl.concat([_grades(year, before, after) for year, before, after in pairs]),
        pl.concat([_proposals(year, before, after) for year, before, after in pairs]),
    )


def years_of(tables: Tables, scheme: str, given: str | None) -> list[int]:
    """The years to go over: `2021-2024` or `2024`, or all that are published; raises UsageFault for others."""
    known = sorted(tables["runs"].filter(pl.col("scheme") == scheme)["year"])
    if given is None:
        return known
    first, _, last = given.replace("—", "-").partition("-")
    wanted = range(int(first), int(last or first) + 1) if first.isdigit() and (last or first).isdigit() else range(0)
    if not wanted or not set(wanted) <= set(known):
        published = "、".join(str(year) for year in known)
        raise UsageFault([Problem("--years", given, f"已发布的年度：{published}，如 {known[0]}-{known[-1]}", "改年度")])
    return list(wanted)


def _followed(
    published: Tables, scheme: str, books: Sequence[Rulebook], plan: Plan | None, progress: Callable[[int, int], None]
) -> list[Tables]:
    """The tables of each year under the books, each built upon the one before."""
    tables = _under(published, scheme, books[0].scheme.key)
    found = []
    for place, book in enumerate(books):
        trusted = trusted_of(tables, book)
        stages = judge(basis_of(trusted, book, history_before(tables, book)), book)
        own = published_tables(stages, trusted.filings, book)
        if plan is not None:
            from scoring.robustness.uncertainty import robustness

            sure = robustness(stages, trusted.filings, book, plan.model_copy(update={"sensitivity_samples": 0}))
            own |= {name: finish(name, sure[name], book) for name in SURE}
        tables = {name: _with(table, own.get(name), book) for name, table in tables.items()}
        found.append(own)
        progress(place + 1, len(books))
    return found


def _under(published: Tables, scheme: str, key: str) -> Tables:
    """The published tables with those of `scheme` under the name of another: its years become that one's history."""
    if key == scheme:
        return dict(published)
    renamed = {}
    for name, table in published.items():
        own = "scheme" in table.columns and (name not in HOME_TABLES or name == "decisions")
        renamed[name] = (
            table.filter(pl.col("scheme") != key).with_columns(pl.col("scheme").replace({scheme: key}))
            if own
            else table
        )
    return renamed


def _with(table: pl.DataFrame, own: pl.DataFrame | None, book: Rulebook) -> pl.DataFrame:
    """`table` with the rows of the year of `book` replaced by `own`."""
    if own is None:
        return table
    others = table.filter((pl.col("scheme") != book.scheme.key) | (pl.col("year") != book.year))
    return pl.concat([others, own])


def _parks(year: int, before: Tables, after: Tables) -> pl.DataFrame:
    table = _of(year, effects(before, after))
    if "robustness" not in before:
        return table
    columns = ("rank_p05", "rank_p95")
    for side, suffix in ((before, "before"), (after, "after")):
        own = side["robustness"].select("park_code", pl.col(columns).name.suffix(f"_{suffix}"))
        table = table.join(own, on="park_code", how="left", maintain_order="left")
    return table


def _grades(year: int, before: Tables, after: Tables) -> pl.DataFrame:
    """year, park_code, name, grade_before, grade_after, probability_before, probability_after."""
    table = effects(before, after).filter(pl.col("grade_before").ne_missing(pl.col("grade_after")))
    table = table.select("park_code", "name", "grade_before", "grade_after")
    for side, suffix in ((before, "before"), (after, "after")):
        own = _probabilities(side, "robustness_grades", "grade").rename(
            {"grade": f"grade_{suffix}", "probability": f"probability_{suffix}"}
        )
        table = table.join(own, on=["park_code", f"grade_{suffix}"], how="left", maintain_order="left")
    return _of(year, table)


def _proposals(year: int, before: Tables, after: Tables) -> pl.DataFrame:
    """year, park_code, name, rule, label, kind, proposed_before, proposed_after, probability_before, probability_after."""
    key = ["park_code", "rule"]
    old, new = (
        side["proposals"].select(*key, "label", "kind", pl.lit(True).alias(f"proposed_{suffix}"))
        for side, suffix in ((before, "before"), (after, "after"))
    )
    both = new.join(old, on=key, how="full", coalesce=True, suffix="_old").with_columns(
        pl.coalesce("label", "label_old").alias("label"),
        pl.coalesce("kind", "kind_old").alias("kind"),
        pl.col("proposed_before", "proposed_after").fill_null(False),
    )
    turned = both.filter(pl.col("proposed_before") != pl.col("proposed_after"))
    for side, suffix in ((before, "before"), (after, "after")):
        own = _probabilities(side, "robustness_rules", "rule").rename({"probability": f"probability_{suffix}"})
        turned = turned.join(own, on=key, how="left", maintain_order="left")
        if "robustness" in side:
            # A rule that never held in any draw has no row.
            turned = turned.with_columns(pl.col(f"probability_{suffix}").fill_null(0.0))
    names = pl.concat([after["parks"], before["parks"]]).select("park_code", "name").unique(
        "park_code", keep="first", maintain_order=True
    )  # fmt: skip
    turned = turned.join(names, on="park_code", how="left", maintain_order="left").sort("park_code", "rule")
    order = ("park_code", "name", "rule", "label", "kind", "proposed_before", "proposed_after")
    return _of(year, turned.select(*order, "probability_before", "probability_after"))


def _probabilities(side: Mapping[str, pl.DataFrame], name: str, column: str) -> pl.DataFrame:
    schema = {"park_code": pl.String, column: pl.String, "probability": pl.Float64}
    return side[name].select(*schema) if name in side else pl.DataFrame(schema=schema)


def _of(year: int, table: pl.DataFrame) -> pl.DataFrame:
    return table.select(pl.lit(year, pl.Int32).alias("year"), pl.all())


def _year(
    year: int, before: Tables, after: Tables, published: Tables, scheme: str, order: Mapping[str, int]
) -> pl.DataFrame:
    table = effects(before, after)
    places = [pl.col(f"grade_{suffix}").replace_strict(order, default=None) for suffix in ("before", "after")]
    turned = _proposals(year, before, after)
    counted = table.select(
        pl.len().alias("parks"),
        (pl.col("rank_change") > 0).sum().alias("rank_up"),
        (pl.col("rank_change") < 0).sum().alias("rank_down"),
        (places[1] < places[0]).sum().alias("grade_up"),
        (places[1] > places[0]).sum().alias("grade_down"),
        pl.col("status_before").ne_missing(pl.col("status_after")).sum().alias("status_changed"),
    )
    return _of(
        year,
        counted.with_columns(
            pl.lit(int(turned["proposed_after"].sum()), pl.UInt32).alias("proposals_new"),
            pl.lit(int(turned["proposed_before"].sum()), pl.UInt32).alias("proposals_gone"),
            pl.lit(_as_published(before, published, scheme, year)).alias("as_published"),
        ),
    )


def _as_published(side: Tables, published: Tables, scheme: str, year: int) -> bool:
    """Whether the side gives the scores, ranks and grades that were published for the year."""
    wanted = (pl.col("scheme") == scheme) & (pl.col("year") == year)
    columns = ("group", "park_code", "rank", "grade", "score")
    own, then = (
        frame.select(*columns).sort("group", "park_code")
        for frame in (side["ranking"], published["ranking"].filter(wanted))
    )
    same = own.drop("score").equals(then.drop("score"))
    return same and bool(((own["score"] - then["score"]).abs().fill_null(0.0) <= SAME).all())
