"""How the scores of children become the score of their parent: means of every kind, TOPSIS, Mazziotta–Pareto."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Literal

import polars as pl
from pydantic import Field, field_validator

from validation.definition import Definition
from validation.expression.reading import plain

X, W = pl.col("normalised"), pl.col("weight")


class Combination(Definition):
    """Base of all combinations. Children frames have park_code, node, normalised, weight (summing to 100), group, ranked."""

    @property
    def additive(self) -> bool:
        """Whether each child's contribution to the parent stands by itself."""
        return False

    @abstractmethod
    def combine(self, children: pl.DataFrame) -> pl.DataFrame:
        """park_code, normalised of the parent."""

    @abstractmethod
    def text(self) -> str:
        """The combination in Chinese."""


class Mean(Combination):
    """A combination that looks at one park's children alone."""

    def combine(self, children: pl.DataFrame) -> pl.DataFrame:
        return children.group_by("park_code", maintain_order=True).agg(self.mean().alias("normalised"))

    @abstractmethod
    def mean(self) -> pl.Expr:
        """The combination as an expression over one park's children."""


class Arithmetic(Mean):
    """Weighted arithmetic mean (F15)."""

    method: Literal["arithmetic"] = "arithmetic"

    @property
    def additive(self) -> bool:
        return True

    def mean(self) -> pl.Expr:
        return (X * W).sum() / 100

    def text(self) -> str:
        return "加权算术平均"


class Geometric(Mean):
    """Weighted geometric mean; a child at or below zero makes it zero."""

    method: Literal["geometric"]

    def mean(self) -> pl.Expr:
        return pl.when((X <= 0).any()).then(0.0).otherwise(((X.log() * W).sum() / 100).exp())

    def text(self) -> str:
        return "加权几何平均（有一项为零则为零）"


class Harmonic(Mean):
    """Weighted harmonic mean; a child at or below zero makes it zero."""

    method: Literal["harmonic"]

    def mean(self) -> pl.Expr:
        return pl.when((X <= 0).any()).then(0.0).otherwise(100 / (W / X).sum())

    def text(self) -> str:
        return "加权调和平均（有一项为零则为零）"


class Power(Mean):
    """Weighted generalised mean of the given power, not zero; negative children count as zero."""

    method: Literal["power"]
    power: float

    @field_validator("power")
    @classmethod
    def _not_zero(cls, power: float) -> float:
        if power == 0:
            raise ValueError("零次幂平均没有意义，用 geometric")
        return power

    def mean(self) -> pl.Expr:
        floor = X.clip(0, None)
        mean = ((floor.pow(self.power) * W).sum() / 100).pow(1 / self.power)
        return pl.when((floor <= 0).any() & (self.power < 0)).then(0.0).otherwise(mean)

    def text(self) -> str:
        return f"加权幂平均（{plain(self.power)} 次）"


class MazziottaPareto(Mean):
    """Weighted mean less (or plus) the penalty variance ÷ mean, which punishes unbalanced children."""

    method: Literal["mazziotta_pareto"]
    penalty: Literal["minus", "plus"] = "minus"

    def mean(self) -> pl.Expr:
        mean = (X * W).sum() / 100
        variance = (((X - mean) ** 2) * W).sum() / 100
        sign = -1 if self.penalty == "minus" else 1
        return pl.when(mean > 0).then(mean + sign * variance / mean).otherwise(0.0)

    def text(self) -> str:
        return f"Mazziotta–Pareto 指数（{'减' if self.penalty == 'minus' else '加'}离散惩罚）"


class Topsis(Combination):
    """100 × distance to the worst ÷ (distance to the best + to the worst), best and worst among the ranked parks."""

    method: Literal["topsis"]
    scope: Literal["group", "all"] = "all"
    when_equal: float = 100

    def combine(self, children: pl.DataFrame) -> pl.DataFrame:
        weighted = children.with_columns((X * W / 100).alias("#x"))
        keys = ["node", "group"] if self.scope == "group" else ["node"]
        counted = pl.col("#x").filter(pl.col("ranked"))
        bounds = weighted.with_columns(
            counted.max().over(keys).alias("#best"), counted.min().over(keys).alias("#worst")
        )
        distances = bounds.group_by("park_code", maintain_order=True).agg(
            ((pl.col("#x") - pl.col("#best")) ** 2).sum().sqrt().alias("#to_best"),
            ((pl.col("#x") - pl.col("#worst")) ** 2).sum().sqrt().alias("#to_worst"),
        )
        both = pl.col("#to_best") + pl.col("#to_worst")
        closeness = pl.when(both > 0).then(100 * pl.col("#to_worst") / both).otherwise(float(self.when_equal))
        return distances.select("park_code", closeness.alias("normalised"))

    def text(self) -> str:
        return "TOPSIS：与最劣解距离 ÷（与最优解距离 + 与最劣解距离）"


AnyCombination = Annotated[
    Arithmetic | Geometric | Harmonic | Power | MazziottaPareto | Topsis, Field(discriminator="method")
]
