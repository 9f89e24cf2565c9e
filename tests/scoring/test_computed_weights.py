"""Computed weights and treatments against NumPy and published examples."""

import math
import random

import numpy as np
import polars as pl
import pytest

from scoring.treatment import Treatment, kurtosis, skewness, treat
from scoring.weighting import Ahp, Critic, Entropy, PrincipalComponent

SEEDS = range(20)


def matrix(seed: int) -> pl.DataFrame:
    chance = random.Random(seed)
    parks, children = chance.randint(3, 12), chance.randint(2, 6)
    shared = [chance.uniform(0, 40) for _ in range(parks)]
    return pl.DataFrame({f"c{child}": [0.1 + chance.uniform(0, 60) + chance.choice([0, 1]) * base for base in shared] for child in range(children)})  # fmt: skip


def agree(found: dict[str, float], wanted: object) -> None:
    assert list(found.values()) == pytest.approx(100 * np.asarray(wanted), abs=1e-9)
    assert sum(found.values()) == pytest.approx(100)


@pytest.mark.parametrize("seed", SEEDS)
def test_entropy(seed: int) -> None:
    frame = matrix(seed)
    values = frame.to_numpy()
    shares = values / values.sum(axis=0)
    differs = 1 + (shares * np.log(shares)).sum(axis=0) / np.log(len(values))
    agree(Entropy(method="entropy").weights(frame), differs / differs.sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_critic(seed: int) -> None:
    frame = matrix(seed)
    values = frame.to_numpy()
    information = values.std(axis=0, ddof=1) * (1 - np.corrcoef(values, rowvar=False)).sum(axis=0)
    agree(Critic(method="critic").weights(frame), information / information.sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_principal_component(seed: int) -> None:
    """Right singular vectors of the standardised matrix are the eigenvectors of the correlations."""
    frame = matrix(seed)
    values = frame.to_numpy()
    standard = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    agree(PrincipalComponent(method="pca").weights(frame), np.linalg.svd(standard)[2][0] ** 2)


@pytest.mark.parametrize("size", [3, 4, 5, 7])
def test_judgements_against_eigenvectors(size: int) -> None:
    chance = random.Random(size)
    rows = [[1.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i):
            rows[i][j] = chance.choice([1 / 3, 0.5, 1, 2, 3])
            rows[j][i] = 1 / rows[i][j]
    ahp = Ahp(method="ahp", children=tuple("abcdefg"[:size]), judgements=tuple(map(tuple, rows)), limit=10)
    values, vectors = np.linalg.eig(np.array(rows))
    largest = values.real.argmax()
    vector = np.abs(vectors[:, largest].real)
    agree(ahp.weights(pl.DataFrame()), vector / vector.sum())
    random_index = {3: 0.58, 4: 0.90, 5: 1.12, 7: 1.32}[size]
    assert ahp.consistency_ratio() == pytest.approx((values[largest].real - size) / (size - 1) / random_index, abs=1e-9)


def test_judgements_of_a_textbook() -> None:
    """K. Teknomo, Analytic Hierarchy Process tutorial: apple, banana, cherry; weights 0.28, 0.65, 0.07 and a largest
    eigenvalue of 3.06 by the exact method."""
    ahp = Ahp(method="ahp", children=("a", "b", "c"), judgements=((1, 1 / 3, 5), (3, 1, 7), (1 / 5, 1 / 7, 1)))
    assert list(ahp.weights(pl.DataFrame()).values()) == pytest.approx([27.9, 64.9, 7.2], abs=0.05)
    assert ahp.consistency_ratio() == pytest.approx(0.0649 / 2 / 0.58, abs=1e-3)


@pytest.mark.parametrize(
    ("judgements", "said"),
    [
        (((1, 9, 0.2), (1 / 9, 1, 9), (5, 1 / 9, 1)), "一致性比率"),
        (((1, 2, 3), (0.5, 1, 2), (0.5, 0.5, 1)), "不互为倒数"),
        (((1, 2), (0.5, 1)), "3 行 3 列"),
        (((1, -2, 3), (-0.5, 1, 2), (1 / 3, 0.5, 1)), "不互为倒数"),
    ],
)
def test_judgements_refused(judgements: tuple[tuple[float, ...], ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Ahp(method="ahp", children=("a", "b", "c"), judgements=judgements)


@pytest.mark.parametrize("values", [[1.0, 2.0, 3.0, 10.0], [5.0, 5.0, 7.0, 1.0, 900.0], [0.0, 0.0, 0.0, 1.0]])
def test_skewness_and_kurtosis_by_the_sums_of_a_spreadsheet(values: list[float]) -> None:
    """SKEW and KURT as spreadsheets define them, with the sample standard deviation."""
    n, mean, s = len(values), np.mean(values), np.std(values, ddof=1)
    z = (np.array(values) - mean) / s
    assert skewness(values) == pytest.approx(n / (n - 1) / (n - 2) * (z**3).sum())
    first = n * (n + 1) / (n - 1) / (n - 2) / (n - 3)
    assert kurtosis(values) == pytest.approx(first * (z**4).sum() - 3 * (n - 1) ** 2 / (n - 2) / (n - 3))


@pytest.mark.parametrize("values", [[], [3.0], [3.0, 3.0], [3.0, 3.0, 3.0, 3.0], [None, None]])
def test_nothing_to_treat(values: list[float | None]) -> None:
    how = treat(values, Treatment(reason="试算", logarithm=True))
    assert [how.of(value) for value in values] == values


@pytest.mark.parametrize("seed", SEEDS)
def test_treated_columns_keep_their_order_and_are_in_bounds(seed: int) -> None:
    chance = random.Random(seed)
    values = [math.exp(chance.gauss(0, 2.5)) for _ in range(chance.randint(5, 40))]
    how = treat(values, Treatment(reason="试算", winsorise_at_most=3, logarithm=True))
    after = [value for one in values if (value := how.of(one)) is not None]
    ordered = sorted(range(len(values)), key=values.__getitem__)
    assert [after[place] for place in ordered] == sorted(after)
    assert how.low + how.high <= 3
    if not how.logarithm:
        assert abs(skewness(after)) <= 2 or kurtosis(after) <= 3.5
        assert sum(a != b for a, b in zip(values, after, strict=True)) <= 3
