"""The cases in `tests/cases/rules`: every type of rule over one to five years, with what is proposed and what follows."""

import re
import tomllib
from typing import Any

import polars as pl
import pytest

from tests.scoring.small_parks import CASES, Tables, run, spelled_out

FILES = sorted((CASES / "rules").glob("[0-9]*.toml"))

NOT_SAID = {
    "R26": "notice and objections are no rule: tests/decisions",
}
"""Types of rules that are no matter of a scheme."""


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}-{case['title']}")
        for path in FILES
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["cases"]
    ]


@pytest.mark.parametrize("case", cases())
def test_case(case: dict[str, Any]) -> None:
    results = run(case)
    names = [park["name"] for park in spelled_out(case)["parks"]]
    assert case["expected"]
    for expected in case["expected"]:
        found = of_year(results[expected["year"]], names)
        assert {park: labels for park, labels in found["proposals"].items() if labels} == expected["proposals"], (
            expected
        )
        if "statuses" in expected:
            unusual = {park: status for park, status in found["statuses"].items() if status != "正常"}
            assert unusual == expected["statuses"], expected
        for key in ("ranks", "grades", "uncapped_grades", "vetoes", "veto_clauses", "scores", "due_dates"):
            for park, wanted in expected.get(key, {}).items():
                own = found[key].get(park)
                same = own == pytest.approx(wanted) if isinstance(wanted, float | int) else (own or "无") == wanted
                assert same, (expected, key, park, own)
        for park, outcomes in expected.get("outcomes", {}).items():
            for label, wanted in outcomes.items():
                assert found["outcomes"][park].get(label, "没有") == wanted, (expected, park, label)
        region = {row["indicator"]: row for row in results[expected["year"]]["region_targets"].to_dicts()}
        for code, wanted in expected.get("region", {}).items():
            for column, value in wanted.items():
                own = region[code][column]
                assert own == (None if value == "无" else pytest.approx(value)), (expected, code, column, own)
        for key in ("actions", "evidence"):
            for park, wanted in expected.get(key, {}).items():
                assert wanted in found[key][park], (expected, park, found[key][park])


def of_year(tables: Tables, names: list[str]) -> dict[str, Any]:
    """What a case can expect of one year, by park."""
    ranking = tables["ranking"]
    if ranking["group"].n_unique() > 1:
        ranking = ranking.filter(pl.col("group") != "全部园区")
    total = tables["scores"].filter(pl.col("kind") == "total")
    proposals, checks = tables["proposals"], tables["rule_checks"]

    def of(frame: pl.DataFrame, column: str) -> dict[str, Any]:
        return dict(frame.select("park_code", column).rows())

    return {
        "proposals": {name: sorted(proposals.filter(pl.col("park_code") == name)["label"]) for name in names},
        "statuses": of(tables["parks"], "status"),
        "ranks": of(ranking, "rank"),
        "grades": of(ranking, "grade"),
        "uncapped_grades": of(ranking, "uncapped_grade"),
        "vetoes": of(ranking, "veto"),
        "veto_clauses": of(ranking, "veto_clause"),
        "scores": of(total, "normalised"),
        "due_dates": of(proposals.with_columns(pl.col("due_date").cast(pl.String)), "due_date"),
        "outcomes": {
            name: dict(checks.filter(pl.col("park_code") == name).select("label", "outcome").rows()) for name in names
        },
        "actions": of(proposals, "action"),
        "evidence": of(proposals, "evidence"),
    }


def test_every_type_of_rule_has_a_case_or_is_known_not_to_be_said() -> None:
    titles = " ".join(
        case["title"] for path in FILES for case in tomllib.loads(path.read_text(encoding="utf-8"))["cases"]
    )
    said = set(re.findall(r"R\d\d", titles))
    assert {f"R{number:02d}" for number in range(1, 31)} == said | set(NOT_SAID)
