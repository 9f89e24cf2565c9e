"""Renamed and merged parks: their successor grows from what they filed, and is no newcomer."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from scoring.evaluation import Trusted, evaluate_year
from scoring.loading import load_rulebook
from tests.engine.plain_parks import Park, trusted
from validation.registry import lineage, parks_of, register
from validation.statistics import RECORDS

SCHEME = "xishuangbanna-2023"


def succession(rows: list[tuple[str, str, int, str]]) -> pl.DataFrame:
    """Records of the form `lineage` as validation hands them over."""
    cells = []
    for number, (old, new, year, kind) in enumerate(rows, start=5):
        for item, text in (("from_code", old), ("to_code", new), ("from_year", str(year)), ("kind", kind)):
            cells.append(
                dict.fromkeys(RECORDS)
                | {"form": "lineage", "record": number, "item": item, "text": text, "source_file": "州级汇总.xlsx",
                   "sheet": "园区沿革", "cell": f"B{number}", "corrected": False}
            )  # fmt: skip
    return pl.DataFrame(cells, schema=RECORDS, orient="row")


def filed(year: int, kind: str, revenue_2022: float) -> Trusted:
    """甲 (P01) and 乙 (P02) file until 2021; 丙 (P03) succeeds both from 2022 (or 甲 alone when renamed)."""
    parks = [
        Park("甲"),
        Park("乙"),
        Park("丙", approved_year=2022, figures={"revenue_10k_cny": revenue_2022}),
    ]
    both = trusted(parks, year)
    ended = ["P01", "P02"] if kind == "合并" else ["P01"]
    rows = [(code, "P03", 2022, kind) for code in ended]
    gone = pl.col("park_code").is_in(ended) & (pl.col("year") >= 2022)
    return replace(
        both,
        items=both.items.filter(~gone),
        records=pl.concat([both.records.filter((~gone).fill_null(True)), succession(rows)]),
        filings=both.filings.filter(~gone),
    )


def test_a_succeeded_park_stands_until_the_year_before() -> None:
    records = filed(2022, "合并", 1.0).records
    assert [row[:3] for row in lineage(records).rows()] == [("P01", "P03", 2022), ("P02", "P03", 2022)]
    registry = register(records)
    assert parks_of(registry, 2021)["park_code"].to_list() == ["P01", "P02"]
    assert parks_of(registry, 2022)["park_code"].to_list() == ["P03"]


def test_a_merged_park_grows_from_the_sum_of_its_parts() -> None:
    # 2021 年甲、乙合计 736000 万元；丙 2022 年 809600 万元，比上年增长 10%；
    # 基期合计 640000 万元，两年年均增长 (809600 ÷ 640000)^(1/2) − 1 = 12.4722205…%。
    tables = evaluate_year(filed(2022, "合并", 809600), load_rulebook(SCHEME, 2022), {})
    value = dict(tables["indicators"].filter(pl.col("park_code") == "P03").select("indicator", "value").rows())
    assert value["revenue_growth_pct"] == pytest.approx(10)
    assert value["revenue_cagr_pct"] == pytest.approx((809600 / 640000) ** 0.5 * 100 - 100)
    parks = tables["parks"].filter(pl.col("year") == 2022)
    assert parks.select("park_code", "ranked", "approved_year").rows() == [("P03", True, 2010)]


def test_a_missing_part_leaves_the_sum_missing() -> None:
    data = filed(2022, "合并", 809600)
    gap = (pl.col("park_code") == "P02") & (pl.col("year") == 2021) & (pl.col("item") == "revenue_10k_cny")
    data = replace(data, items=data.items.with_columns(pl.when(~gap).then("value").alias("value")))
    tables = evaluate_year(data, load_rulebook(SCHEME, 2022), {})
    row = tables["indicators"].filter(pl.col("indicator") == "revenue_growth_pct").row(0, named=True)
    assert row["value"] is None
    assert "营业收入" in row["reason"]


@pytest.mark.parametrize(("kind", "previous"), [("更名", 1), ("合并", None)])
def test_a_renamed_park_keeps_rank_and_status_and_a_merged_one_does_not(kind: str, previous: int | None) -> None:
    history: dict[str, pl.DataFrame] = {}
    first = evaluate_year(filed(2021, kind, 1.0), load_rulebook(SCHEME, 2021), {})
    history = {name: first[name] for name in ("ranking", "parks", "targets")}
    history["parks"] = history["parks"].with_columns(pl.lit("限期整改").alias("status"))
    tables = evaluate_year(filed(2022, kind, 809600), load_rulebook(SCHEME, 2022), history)
    overall = (pl.col("group") == "全部园区") & (pl.col("park_code") == "P03")
    assert tables["ranking"].filter(overall)["previous_rank"].to_list() == [previous]
    before = tables["parks"].filter(pl.col("park_code") == "P03")["status_before"].to_list()
    assert before == ["限期整改" if kind == "更名" else "正常"]


def test_a_year_before_the_merger_is_evaluated_as_it_was() -> None:
    tables = evaluate_year(filed(2021, "合并", 1.0), load_rulebook(SCHEME, 2021), {})
    assert tables["parks"]["park_code"].to_list() == ["P01", "P02"]
