"""Weights that are computed rather than given: equal, entropy, CRITIC, principal component, AHP."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Annotated, Literal

import polars as pl
from pydantic import Field, model_validator

from validation.definition import Definition
from validation.expression.reading import plain
from validation.rounding import round_half_up

RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.54, 1.56, 1.58, 1.59)
"""Mean consistency index of random reciprocal matrices of size 1, 2, … (Saaty 1980)."""

NOISE = 1e-12
"""A difference below this is that of binary arithmetic: a constant child weighs nothing."""


class Weighting(Definition):
    """Base of computed weights; `matrix` has one column per child (0 to 100) and one row per ranked park."""

    @abstractmethod
    def weights(self, matrix: pl.DataFrame) -> dict[str, float]:
        """Weights in percent by child, summing to 100."""

    @abstractmethod
    def text(self) -> str:
        """The weighting in Chinese."""


def shares(raw: dict[str, float]) -> dict[str, float]:
    """`raw` scaled to sum to 100; equal where nothing tells the children apart."""
    total = math.fsum(raw.values())
    if not total > 0:
        return {name: 100 / len(raw) for name in raw}
    return {name: 100 * value / total for name, value in raw.items()}


class Equal(Weighting):
    """The same weight for every child."""

    method: Literal["equal"]

    def weights(self, matrix: pl.DataFrame) -> dict[str, float]:
        return shares(dict.fromkeys(matrix.columns, 1.0))

    def text(self) -> str:
        return "等权"


class Entropy(Weighting):
    """Entropy weights: 1 − entropy of each child's shares over the parks that have it (Shannon); a constant child, and
    one that fewer than two parks have, weighs nothing."""

    method: Literal["entropy"]

    def weights(self, matrix: pl.DataFrame) -> dict[str, float]:
        raw = {}
        for name in matrix.columns:
            values = [max(value, 0.0) for value in matrix[name].drop_nulls()]
            total = math.fsum(values)
            if len(values) < 2 or not total > 0:
                raw[name] = 0.0
                continue
            entropy = -math.fsum(v / total * math.log(v / total) for v in values if v > 0) / math.log(len(values))
            raw[name] = 1 - entropy if 1 - entropy > NOISE else 0.0
        return shares(raw)

    def text(self) -> str:
        return "熵权法"


class Critic(Weighting):
    """CRITIC: standard deviation × sum of (1 − correlation with each other child) (Diakoulaki 1995)."""

    method: Literal["critic"]

    def weights(self, matrix: pl.DataFrame) -> dict[str, float]:
        columns = {name: _filled(matrix[name]) for name in matrix.columns}
        raw = {
            name: _deviation(own) * math.fsum(1 - _correlation(own, other) for other in columns.values())
            for name, own in columns.items()
        }
        return shares(raw)

    def text(self) -> str:
        return "CRITIC 法（差异与冲突）"


class PrincipalComponent(Weighting):
    """Squared loadings of the first principal component of the correlation matrix."""

    method: Literal["pca"]

    def weights(self, matrix: pl.DataFrame) -> dict[str, float]:
        import numpy as np

        names = [name for name in matrix.columns if _deviation(_filled(matrix[name])) > 0]
        raw = dict.fromkeys(matrix.columns, 0.0)
        if names:
            columns = [_filled(matrix[name]) for name in names]
            correlations = [[_correlation(a, b) for b in columns] for a in columns]
            vectors = np.linalg.eigh(np.array(correlations))[1]
            raw |= {name: float(loading) ** 2 for name, loading in zip(names, vectors[:, -1], strict=True)}
        return shares(raw)

    def text(self) -> str:
        return "主成分分析（第一主成分载荷平方）"


class Ahp(Weighting):
    """AHP: principal eigenvector of a reciprocal matrix of pairwise judgements; refused when its consistency ratio
    exceeds `limit`. `children` names the rows and columns of `judgements`."""

    method: Literal["ahp"]
    children: tuple[str, ...] = Field(min_length=2)
    judgements: tuple[tuple[float, ...], ...]
    limit: float = 0.1

    @model_validator(mode="after")
    def _reciprocal(self) -> Ahp:
        size = len(self.children)
        if len(self.judgements) != size or any(len(row) != size for row in self.judgements):
            raise ValueError(f"judgements 应为 {size} 行 {size} 列")
        for i, row in enumerate(self.judgements):
            for j, value in enumerate(row):
                if not value > 0 or abs(value * self.judgements[j][i] - 1) > 0.02:
                    raise ValueError(f"judgements 第 {i + 1} 行第 {j + 1} 列与第 {j + 1} 行第 {i + 1} 列不互为倒数")
        ratio = self.consistency_ratio()
        if ratio > self.limit:
            raise ValueError(f"一致性比率 {round_half_up(ratio, 3)} 大于 {plain(self.limit)}，判断矩阵前后不一致")
        return self

    def consistency_ratio(self) -> float:
        """Consistency index ÷ random index; 0 for two children."""
        size = len(self.children)
        random = RANDOM_INDEX[min(size, len(RANDOM_INDEX)) - 1]
        return (self._principal()[0] - size) / (size - 1) / random if random > 0 else 0.0

    def weights(self, matrix: pl.DataFrame) -> dict[str, float]:
        return shares(dict(zip(self.children, self._principal()[1], strict=True)))

    def text(self) -> str:
        return f"层次分析法（一致性比率 {round_half_up(self.consistency_ratio(), 3)}）"

    def _principal(self) -> tuple[float, list[float]]:
        """Largest eigenvalue and its vector; power iteration converges for a positive matrix (Perron–Frobenius)."""
        vector = [1.0 / len(self.children)] * len(self.children)
        value = 0.0
        for _ in range(1000):
            image = [math.fsum(a * x for a, x in zip(row, vector, strict=True)) for row in self.judgements]
            value, before = math.fsum(image), value
            vector = [entry / value for entry in image]
            if abs(value - before) < 1e-13 * value:
                break
        return value, vector


AnyWeighting = Annotated[Equal | Entropy | Critic | PrincipalComponent | Ahp, Field(discriminator="method")]


def _filled(column: pl.Series) -> list[float]:
    """A child's values with gaps at its mean, so that they add neither difference nor correlation."""
    mean = column.mean()
    fill = float(mean) if isinstance(mean, int | float) else 0.0
    return [float(value) for value in column.fill_null(fill)]


def _deviation(values: Sequence[float]) -> float:
    if not values or min(values) == max(values):
        return 0.0
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _correlation(a: Sequence[float], b: Sequence[float]) -> float:
    """Pearson's correlation; a constant column is correlated with nothing."""
    if not a or min(a) == max(a) or min(b) == max(b):
        return 0.0
    mean_a, mean_b = math.fsum(a) / len(a), math.fsum(b) / len(b)
    product = math.fsum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    scale = math.sqrt(math.fsum((x - mean_a) ** 2 for x in a) * math.fsum((y - mean_b) ** 2 for y in b))
    return product / scale if scale > 0 else 0.0
