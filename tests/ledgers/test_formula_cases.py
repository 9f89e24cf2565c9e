"""Formulas that read what ledgers add up to, as cases a bureau can read: rows of ledgers in, indicators and scores out."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.ledgers.plain_ledgers import definition, parcel, row, taken
from tests.scoring.small_parks import CASES, rulebook, run
from validation.ledgers.engines import Engine
from validation.ledgers.figures import park_figures
from validation.problems import DefinitionRefused

ALL = tomllib.loads((CASES / "ledgers.toml").read_text("utf-8"))["cases"]
for case in ALL:  # Something has to be filed besides.
    case["parks"] = [{"filed": 1, **park} for park in case["parks"]]
TOLD = [case for case in ALL if "refused" not in case]
REFUSED = [case for case in ALL if "refused" in case]


def with_figures(case: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The case with what its rows add up to, year by year."""
    codes: dict[str, int] = {}
    enterprises = [
        row(codes.setdefault(name, len(codes)), park, year, None if revenue == "缺" else revenue)
        for park, name, year, revenue in case.get("enterprises", [])
    ]
    parcels = [
        parcel(codes.setdefault(name, len(codes)), park, year, area, state=state)
        for park, name, year, area, state in case.get("parcels", [])
    ]
    records = taken(folder, *(rows for rows in (enterprises, parcels) if rows)).records
    figures = pl.concat([park_figures(records, definition(), year, Engine("polars")) for year in case["years"]])
    return {**case, "ledger_figures": figures.rename({"park_code": "park"}).to_dicts()}


@pytest.mark.parametrize("case", TOLD, ids=lambda case: case["title"])
def test_indicators_and_scores_are_those_worked_by_hand(case: dict[str, Any], tmp_path: Path) -> None:
    tables = run(with_figures(case, tmp_path))[case["years"][-1]]
    for code, parks in case["values"].items():
        own = tables["indicators"].filter(indicator=code)
        found = {
            row["park_code"]: row["value"] if row["value"] is not None else row["reason"] for row in own.to_dicts()
        }
        for park, value in parks.items():
            assert found[park] == (value if isinstance(value, str) else pytest.approx(value, rel=1e-9)), (code, park)
    for park, score in case.get("scores", {}).items():
        total = tables["scores"].filter(park_code=park, kind="total")["score"].item()
        assert total == pytest.approx(score, rel=1e-9), park
    for park, said in case.get("evidence", {}).items():
        assert tables["rule_checks"].filter(park_code=park)["evidence"].item() == said
    if "proposals" in case:
        assert tables["proposals"]["park_code"].to_list() == case["proposals"]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["title"])
def test_a_figure_that_does_not_exist_is_named_with_its_cure(case: dict[str, Any]) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        rulebook({**case, "ledger_figures": []}, case["years"][-1])
    said = "\n".join(str(problem) for problem in refused.value.problems)
    assert all(words in said for words in case["refused"]), said
