"""The cases in `tests/cases/formulas`: every way of scoring, weighting and combining, with the points worked by hand."""

import tomllib
from typing import Any

import polars as pl
import pytest

from scoring.combining import AnyCombination
from scoring.points import AnyMethod
from scoring.weighting import AnyWeighting
from tests.scoring.small_parks import CASES, MISSING, run, spelled_out

FILES = sorted((CASES / "formulas").glob("*.toml"))
SAME = 1e-9
"""Points are compared with the expected ones to this, or to half the last digit that a case prints (`within`)."""


def cases() -> list[Any]:
    found = []
    for path in FILES:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        common = {key: value for key, value in content.items() if key != "cases"}
        for case in content["cases"]:
            found.append(pytest.param({**common, **case}, id=f"{path.stem}-{case['title']}"))
    return found


@pytest.mark.parametrize("case", cases())
def test_case(case: dict[str, Any]) -> None:
    tables = run({**case, "evaluated": [case.get("years", [2021])[-1]]})
    scores = next(iter(tables.values()))["scores"]
    assert case.keys() & {"points", "weights", "notes", "benchmarks"}
    for key, column in (
        ("points", "normalised"),
        ("weights", "weight"),
        ("notes", "note"),
        ("benchmarks", "benchmark"),
    ):
        for node, wanted in case.get(key, {}).items():
            own = scores.filter(pl.col("node") == node)
            assert own.height, node
            names = [park["name"] for park in spelled_out(case)["parks"]]
            each = wanted if isinstance(wanted, list) else [wanted] * len(names)
            for park, expected in zip(names, each, strict=True):
                found = own.filter(pl.col("park_code") == park)[column]
                assert agrees(found.to_list(), expected, case.get("within", SAME)), (key, node, park, found.to_list())


def agrees(found: list[Any], wanted: Any, within: float) -> bool:
    if wanted == "没有这一行":
        return not found
    if len(found) != 1:
        return False
    if wanted in (MISSING, "无"):
        return found[0] is None
    if isinstance(wanted, str):
        return found[0] is not None and wanted in found[0]
    return found[0] is not None and abs(found[0] - wanted) <= within


def said_in_cases(key: str) -> set[str]:
    """Every method written in the case files under `key`."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
    tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in FILES]
    assert text
    found: set[str] = set()

    def walk(value: Any, name: str) -> None:
        if isinstance(value, dict):
            if name == key and "method" in value:
                found.add(value["method"])
            for inner, child in value.items():
                walk(child, inner)
        elif isinstance(value, list):
            for child in value:
                walk(child, name)

    for table in tables:
        walk(table, "")
    return found


@pytest.mark.parametrize(
    ("key", "kinds"),
    [("points", AnyMethod), ("combine", AnyCombination), ("weighting", AnyWeighting)],
)
def test_every_method_has_a_case(key: str, kinds: Any) -> None:
    union = kinds.__origin__
    known = {kind.model_fields["method"].annotation.__args__[0] for kind in union.__args__}
    assert said_in_cases(key) == known
