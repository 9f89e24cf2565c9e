"""The cases in `tests/cases`: small sets of parks and years with what should come out, in the officers' words."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scoring.evaluation import evaluate_year
from scoring.loading import load_rulebook
from tests.engine.plain_parks import Park, code_of, trusted

CASES = Path(__file__).parent.parent / "cases"
OVERALL = "全部园区"

Tables = dict[str, pl.DataFrame]
Row = dict[str, Any]


def cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("[0-9][0-9]-*.toml")):
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["cases"]:
            found.append(pytest.param(case, id=f"{path.stem}-{case['title']}"))
    return found


def park_of(entry: dict[str, Any]) -> Park:
    entry = dict(entry)
    for yearly in ("years", "late_days", "level_from"):
        if yearly in entry:
            entry[yearly] = {int(year): value for year, value in entry[yearly].items()}
    for year, figures in entry.get("years", {}).items():
        entry["years"][year] = {item: None if value == "缺" else value for item, value in figures.items()}
    return Park(**entry)


@cache
def rulebook(year: int) -> Any:
    return load_rulebook("xishuangbanna-2023", year)


def run(case: dict[str, Any]) -> dict[int, Tables]:
    """Result tables of each year of the case, each built upon the years before."""
    parks = [park_of(entry) for entry in case["parks"]]
    outputs = {int(year): value for year, value in case.get("region_output", {}).items()}
    results: dict[int, Tables] = {}
    history: Tables = {}
    for year in case["years"]:
        results[year] = evaluate_year(trusted(parks, year, outputs), rulebook(year), history)
        history = {name: pl.concat([tables[name] for tables in results.values()]) for name in results[year]}
    return results


@pytest.mark.parametrize("case", cases())
def test_case(case: dict[str, Any]) -> None:
    results = run(case)
    names = [entry["name"] for entry in case["parks"]]
    assert case["expected"]
    for expected in case["expected"]:
        year = expected.get("year", case["years"][-1])
        code = code_of(names.index(expected["park"])) if "park" in expected else None
        wanted = {key: value for key, value in expected.items() if key not in ("park", "year", *SELECTORS)}
        found = look_up(results[year], code, expected)
        for key, value in wanted.items():
            assert agrees(found[key], value), (expected, key, found[key])


SELECTORS = ("indicator", "target", "node", "region", "member")


def look_up(tables: Tables, code: str | None, expected: Row) -> Row:
    """The result an expectation is about; lists of proposals and rule outcomes by name."""
    if "region" in expected:
        return one(tables["region_targets"], indicator=expected["region"], member=expected.get("member", ""))
    assert code is not None
    if "indicator" in expected:
        return one(tables["indicators"], park_code=code, indicator=expected["indicator"])
    if "target" in expected:
        return one(tables["targets"], park_code=code, indicator=expected["target"])
    if "node" in expected:
        return one(tables["scores"], park_code=code, node=expected["node"])
    park = one(tables["parks"], park_code=code)
    ranking = tables["ranking"].filter(pl.col("park_code") == code)
    own, overall = ranking.filter(pl.col("group") != OVERALL), ranking.filter(pl.col("group") == OVERALL)
    found: Row = dict.fromkeys(tables["ranking"].columns) | (own.row(0, named=True) if own.height else {})
    found |= {"overall_rank": overall["rank"][0] if overall.height else None} | park
    checks = tables["rule_checks"].filter(pl.col("park_code") == code)
    found |= {"rules": dict(checks.select("label", "outcome").rows())}
    proposals = tables["proposals"].filter(pl.col("park_code") == code)
    return found | {
        "proposals": sorted(proposals["label"]),
        "due_dates": sorted({str(due) for due in proposals["due_date"] if due}),
    }


def one(frame: pl.DataFrame, **key: str) -> Row:
    for name, value in key.items():
        frame = frame.filter(pl.col(name) == value)
    assert frame.height == 1, key
    return frame.row(0, named=True)


def agrees(found: Any, wanted: Any) -> bool:
    if wanted == "空":
        return found is None
    if isinstance(wanted, str) and wanted.startswith("含："):
        return found is not None and wanted.removeprefix("含：") in found
    if isinstance(wanted, list):
        return bool(found == sorted(wanted))
    if isinstance(wanted, dict):
        return all(found[name] == value for name, value in wanted.items())
    if isinstance(wanted, bool) or isinstance(found, bool):
        return found is wanted
    if isinstance(wanted, int | float):
        return found is not None and abs(found - wanted) <= 1e-5 * max(1, abs(wanted))
    return bool(found == wanted)
