"""Random small schemes and data sets against scoring written a second time.

100 in the normal run; `PARKEVAL_RANDOM_SCHEMES=1000 pytest tests/scoring/test_random_schemes.py` tries as many as are asked for.
"""

import os
import random
from typing import Any

import polars as pl
import pytest

from tests.scoring.plain_scoring import Reference, random_case
from tests.scoring.small_parks import Tables, run

COUNT = int(os.environ.get("PARKEVAL_RANDOM_SCHEMES", "100"))
AT_ONCE = 20
CLOSE = 1e-7


@pytest.mark.parametrize("first", range(0, COUNT, AT_ONCE))
def test_random_schemes(first: int) -> None:
    for seed in range(first, min(first + AT_ONCE, COUNT)):
        case = random_case(random.Random(seed))
        tables = run(case)[2021]
        try:
            check_finite(tables)
            check_totals(case, tables["scores"])
            check_weights(case, tables["scores"])
            check_parts(case, tables["scores"])
            check_ranks(case, tables["ranking"])
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error


def check_finite(tables: Tables) -> None:
    for name, table in tables.items():
        for column in table.select(pl.selectors.float()):
            assert column.is_finite().fill_null(True).all(), (name, column.name)


def check_totals(case: dict[str, Any], scores: pl.DataFrame) -> None:
    reference = Reference(case)
    for node in case["scheme"]["nodes"]:
        wanted, found = reference.leaf(node), of(scores, node["indicator"], "normalised")
        for park, points in wanted.items():
            if points is not None:
                assert found[park] == pytest.approx(points, abs=CLOSE), (node, park)
                assert 0 <= found[park] <= 100, (node, park)
    found = of(scores, "total", "normalised")
    for park, total in reference.totals().items():
        assert (found[park] is None) == (total is None), ("total", park, found[park], total)
        assert total is None or found[park] == pytest.approx(total, abs=CLOSE, rel=CLOSE), ("total", park)


def check_weights(case: dict[str, Any], scores: pl.DataFrame) -> None:
    """The children of every parent weigh 100 together, and given weights are those of the scheme unless there are gaps."""
    below = scores.filter(pl.col("kind") != "total")
    for (park, parent), children in below.group_by("park_code", "parent"):
        assert children["weight"].sum() == pytest.approx(100, abs=CLOSE), (park, parent)
    parents = {one["code"]: one for one in case["scheme"]["dimensions"]} | {"": case["scheme"]["total"]}
    if case["scheme"]["ranking"]["missing"] != "rescale":
        for node in case["scheme"]["nodes"]:
            if not parents[node["dimension"]].keys() & {"relative", "weighting"}:
                weights = set(of(scores, node["indicator"], "weight").values())
                assert weights == {node["weights"]}, node


def check_parts(case: dict[str, Any], scores: pl.DataFrame) -> None:
    """Where every mean is arithmetic the points of the indicators add up to the total."""
    combined = [case["scheme"]["total"], *case["scheme"]["dimensions"]]
    if any(one["combine"]["method"] != "arithmetic" for one in combined):
        return
    leaves = scores.filter(pl.col("kind") == "indicator").group_by("park_code").agg(pl.col("points").sum())
    parts, totals = dict(leaves.rows()), of(scores, "total", "normalised")
    for park, total in totals.items():
        assert total is None or parts[park] == pytest.approx(total, abs=1e-6), park


def check_ranks(case: dict[str, Any], ranking: pl.DataFrame) -> None:
    levels = dict(zip("甲乙丙丁戊己庚辛壬癸", case["levels"], strict=False))
    for (group,), parks in ranking.group_by("group"):
        scores = dict(parks.select("park_code", "score").rows())
        assert not set(scores) & set(case["unranked"])
        assert group == "全部园区" or {levels[park] for park in scores} == {group}
        for park, rank, tied in parks.select("park_code", "rank", "tied").rows():
            assert rank == 1 + sum(other > scores[park] + 1e-9 for other in scores.values()), (group, park)
            assert tied == (sum(abs(other - scores[park]) <= 1e-9 for other in scores.values()) > 1), (group, park)


def of(scores: pl.DataFrame, node: str, column: str) -> dict[str, Any]:
    return dict(scores.filter(pl.col("node") == node).select("park_code", column).rows())
