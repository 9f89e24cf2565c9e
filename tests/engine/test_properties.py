"""What holds of every evaluation, whatever parks file."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from parkeval.store import Tables
from scoring.evaluation import Trusted, evaluate_year
from scoring.loading import load_rulebook
from scoring.rulebook import Rulebook
from scoring.scheme import Scheme
from tests.engine.plain_parks import FORM_SET, Park, trusted

YEAR = 2022
NUMERIC = [code for code, item in FORM_SET.items().items() if item.numeric]
MONEY = [code for code in NUMERIC if code.endswith("_10k_cny")]

few = settings(max_examples=5, deadline=None, derandomize=True)


@cache
def rulebook() -> Rulebook:
    return load_rulebook("xishuangbanna-2023", YEAR)


def evaluated(parks: Sequence[Park], book: Rulebook | None = None) -> Tables:
    return evaluate_year(trusted(parks, YEAR), book or rulebook(), {})


CHANGES: dict[str, Any] = {
    "revenue_10k_cny": (300000, 600000), "developed_industrial_land_mu": (500, 3000), "industrial_energy_tce": (90000, 110000),
    "sewage_treated_m3": (700, 1000), "solid_waste_disposed_t": (700, 1000), "rd_expenditure_10k_cny": (3000, 5000),
    "high_tech_enterprises_count": (0, 20), "leading_enterprises_count": (5, 20), "industrial_output_10k_cny": (900, 1300),
}  # fmt: skip


@st.composite
def a_park(draw: st.DrawFn, place: int = 0) -> Park:
    figures = {code: draw(st.integers(*bounds)) for code, bounds in CHANGES.items() if draw(st.booleans())}
    missing = draw(st.sets(st.sampled_from(NUMERIC), max_size=2))
    years: Mapping[int, Mapping[str, Any]] = {YEAR: figures | dict.fromkeys(missing)}
    return Park(
        f"园区{place}",
        draw(st.sampled_from(["国家级", "省级", "州级", "州级"])),
        draw(st.sampled_from([2010, 2010, 2010, 2021])),
        years=years,
        talents=draw(st.integers(0, 4)),
        refused=draw(st.sampled_from([(), (), (), (YEAR,), (2021,), (2020,)])),
    )


some_parks = st.integers(5, 9).flatmap(lambda size: st.tuples(*(a_park(place) for place in range(size))))


@few
@given(some_parks, st.randoms(use_true_random=False), st.sampled_from([10, 100]))
def test_sound_whatever_the_order_of_rows_and_the_unit_of_money(
    parks: Sequence[Park], chance: random.Random, factor: int
) -> None:
    """Three evaluations of the same parks: as filed, with shuffled rows, with money in a smaller unit."""
    filed = trusted(parks, YEAR)
    tables = evaluate_year(filed, rulebook(), {})
    check_sound(tables)
    again = evaluate_year(shuffled(filed, chance), rulebook(), {})
    for name, table in tables.items():
        assert table.equals(again[name]), name
    scaled = evaluate_year(*in_other_money(filed, factor), {})
    assert tables["ranking"].drop("score").equals(scaled["ranking"].drop("score"))


def shuffled(filed: Trusted, chance: random.Random) -> Trusted:
    return Trusted(
        *(
            frame.sample(fraction=1, shuffle=True, seed=chance.randrange(10**6))
            for frame in (filed.items, filed.records, filed.filings, filed.refused)
        )
    )


def test_published_years_are_sound(published: Tables) -> None:
    for year in range(2021, 2026):
        check_sound(
            {name: table.filter(pl.col("year") == year) for name, table in published.items() if "year" in table.columns}
        )


def check_sound(tables: Tables) -> None:
    for name, table in tables.items():
        for column, kind in table.schema.items():
            if kind.is_float():
                assert table[column].is_finite().fill_null(True).all(), (name, column)
    scores = tables["scores"]
    assert scores["normalised"].is_between(0, 100).all()
    leaves = (
        scores.filter(pl.col("kind") == "indicator").group_by("park_code").agg(pl.col("points", "full_points").sum())
    )
    totals = scores.filter(pl.col("kind") == "total").join(leaves, on="park_code", suffix="_sum")
    assert totals.height == scores["park_code"].n_unique()
    assert ((totals["points"] - totals["points_sum"]).abs() < 1e-9).all()
    assert ((totals["full_points_sum"] - 100).abs() < 1e-9).all()
    gaps = scores.filter(pl.col("kind") == "indicator", pl.col("value").is_null())
    assert (gaps["points"] == 0).all() and gaps["note"].is_not_null().all()
    indicators = tables["indicators"]
    assert (indicators["value"].is_null() == indicators["reason"].is_not_null()).all()
    for _, group in tables["ranking"].group_by("group"):
        for row in group.iter_rows(named=True):
            better = group.filter(pl.col("score") > row["score"] + 1e-9).height
            assert row["rank"] == better + 1
            assert row["tied"] == (group.filter((pl.col("score") - row["score"]).abs() <= 1e-9).height > 1)
            assert row["group_size"] == group.height <= row["group_parks"]


@few
@given(a_park())
def test_removing_a_figure_never_pays(park: Park) -> None:
    """One evaluation: a park, and beside it the same park with one figure of the year less, for every figure."""
    full = replace(park, refused=(), approved_year=2010)
    figures = dict(full.years[YEAR])
    others = [replace(full, name=code, years={YEAR: {**figures, code: None}}) for code in NUMERIC]
    scores = evaluated([full, *others])["scores"].filter(pl.col("kind") == "total").sort("park_code")["score"].to_list()
    assert max(scores) <= scores[0] + 1e-9


RAISED = {
    "output_share_contribution_pct": "industrial_output_10k_cny", "revenue_cagr_pct": "revenue_10k_cny",
    "industrial_enterprises_multiple": "industrial_enterprises_count",
    "leading_enterprises_multiple": "leading_enterprises_count", "revenue_per_mu": "revenue_10k_cny",
    "rd_share_pct": "rd_expenditure_above_scale_10k_cny", "rd_cagr_pct": "rd_expenditure_10k_cny",
    "high_tech_enterprises_multiple": "high_tech_enterprises_count",
    "research_centres_count": "provincial_research_centres_count", "sewage_treatment_pct": "sewage_treated_m3",
    "solid_waste_disposal_pct": "solid_waste_disposed_t", "trade_cagr_pct": "exports_10k_cny",
}  # fmt: skip
LOWERED = {"energy_intensity_change_pct": "industrial_energy_tce", "water_intensity_change_pct": "industrial_water_m3"}


@few
@given(st.floats(0.2, 1.2), st.floats(1.001, 1.5))
def test_more_of_a_good_thing_never_scores_less(level: float, factor: float) -> None:
    """Land and the base year are the same; one numerator is `level` times that of a park on target, or more by `factor`."""
    numerators = {**RAISED, **LOWERED}
    land = {"developed_industrial_land_mu": 1000}
    plain = {row["item"]: float(row["value"]) for row in _filed(Park("常", "国家级"))}

    def with_numerator(item: str, share: float) -> Park:
        return Park(item, "国家级", years={YEAR: {**land, item: round(plain[item] * share, 6)}})

    parks = [with_numerator(item, level * step) for item in numerators.values() for step in (1, factor)]
    scores = evaluated(parks)["scores"]
    for place, indicator in enumerate(numerators):
        less, more = (
            scores.filter(pl.col("park_code") == f"P{2 * place + step:02d}", pl.col("node") == indicator)["normalised"][
                0
            ]
            for step in (1, 2)
        )
        assert more >= less if indicator in RAISED else more <= less, indicator


def _filed(park: Park) -> list[dict[str, Any]]:
    rows = trusted([park], YEAR).items.filter(pl.col("year") == YEAR, pl.col("value").is_not_null())
    return rows.to_dicts()


def in_other_money(filed: Trusted, factor: int) -> tuple[Trusted, Rulebook]:
    """The same with all amounts, and what the scheme compares them with, `factor` times as large."""
    book = rulebook()
    scheme = book.scheme.model_dump()
    for parameter in scheme["parameters"]:
        if parameter["unit"].startswith("万元"):
            scale(parameter["values"], factor)
    for target in scheme["targets"]:
        if target["indicator"] == "revenue_per_mu":
            scale(target["values"], factor)
    items = filed.items.with_columns(larger("item", MONEY, factor))
    records = filed.records.with_columns(larger("item", [*MONEY, "investment_10k_cny"], factor))
    return replace(filed, items=items, records=records), replace(book, scheme=Scheme.model_validate(scheme))


def scale(values: Sequence[dict[str, Any]], factor: int) -> None:
    for dated in values:
        if dated["value"] is not None:
            dated["value"] *= factor
        dated["by_level"] = {level: value * factor for level, value in dated["by_level"].items()}


def larger(column: str, names: Sequence[str], factor: int) -> pl.Expr:
    scaled = (pl.col("value") * factor).cast(pl.Decimal(28, 6))
    return pl.when(pl.col(column).is_in(list(names))).then(scaled).otherwise("value").alias("value")
