"""Points by comparison with the other parks: extremes, standard scores, places, percentiles, distances."""

from __future__ import annotations

from statistics import NormalDist
from typing import Literal

import polars as pl
from pydantic import Field, model_validator

from scoring.dated import Bound, Dated
from scoring.points.method import VALUE, Benchmark, Method, NextStep, Scope, over, step
from validation.expression.reading import number_text, plain

FROZEN_LOW, FROZEN_HIGH = "#frozen_low", "#frozen_high"
"""Columns of the extremes of the ranked parks in the year that a scheme takes them from."""


class MinMax(Method):
    """base + (100 − base) × (value − min) ÷ (max − min), reversed for a negative indicator (F3, F4 功效系数法).

    min and max are those of the ranked parks of the scope in the evaluated year or in `frozen_year`, or given (`low`,
    `high`); given and frozen ones clip. Equal extremes give `when_equal`.
    """

    ends = ("low", "high")

    method: Literal["min_max"]
    base_points: float = Field(default=0, ge=0, lt=100)
    scope: Scope = "group"
    low: Bound | None = None
    high: Bound | None = None
    frozen_year: int | tuple[Dated, ...] | None = None
    when_equal: float = 100

    @model_validator(mode="after")
    def _ordered(self) -> MinMax:
        low, high = self.low, self.high
        if isinstance(low, int | float) and isinstance(high, int | float) and low >= high:
            raise ValueError("low 必须小于 high")
        if self.frozen_year is not None and low is not None and high is not None:
            raise ValueError("low、high 都已写定，不得再写 frozen_year")
        return self

    @property
    def from_year(self) -> int | None:
        """The year whose extremes count, of a method `in_year`."""
        return int(self.frozen_year) if isinstance(self.frozen_year, int | float) else None

    def _bounds(self) -> tuple[pl.Expr, pl.Expr]:
        ranked = VALUE.filter(pl.col("ranked"))
        frozen = self.frozen_year is not None
        low = pl.col(FROZEN_LOW) if frozen else over(ranked.min(), self.scope)
        high = pl.col(FROZEN_HIGH) if frozen else over(ranked.max(), self.scope)
        low = self.number("low") if self.low is not None else low
        return low, self.number("high") if self.high is not None else high

    def benchmark_value(self) -> pl.Expr:
        return self._bounds()[1]

    def next_step(self, direction: str) -> NextStep:
        low, high = self._bounds()
        fixed = self.high if direction == "higher" else self.low
        where = "组内" if self.scope == "group" else "全部园区"
        end = "最大值" if direction == "higher" else "最小值"
        said = (
            "得满分"
            if fixed is not None or self.frozen_year is not None
            else f"达到{where}{end}（按本年数据，随全组变动）"
        )
        return step(pl.when(high > low).then(high if direction == "higher" else low), 100, said)

    def points(self, direction: str) -> pl.Expr:
        low, high = self._bounds()
        share = ((VALUE - low) / (high - low)).clip(0, 1)
        share = share if direction == "higher" else 1 - share
        spread = pl.when(high > low).then(self.base_points + (100 - self.base_points) * share)
        equal = pl.when(VALUE.is_not_null()).then(pl.lit(float(self.when_equal)))
        return pl.when(high == low).then(equal).otherwise(spread)

    def worked(self, direction: str) -> pl.Expr:
        low, high = (number_text(bound) for bound in self._bounds())
        above = pl.format("{} − {}", number_text(VALUE), low) if direction == "higher" else pl.format(
            "{} − {}", high, number_text(VALUE)
        )  # fmt: skip
        head = f"{plain(self.base_points)} + {plain(100 - self.base_points)}" if self.base_points else "100"
        return pl.format("{} × （{}） ÷ （{} − {}）", pl.lit(head), above, high, low)

    def text(self, direction: str) -> str:
        where = "组内" if self.scope == "group" else "全部园区"
        if self.frozen_year is not None:
            where = f"{self.said('frozen_year')} 年{where}"
        low = self.said("low") if self.low is not None else f"{where}最小值"
        high = self.said("high") if self.high is not None else f"{where}最大值"
        worst, best = (low, high) if direction == "higher" else (high, low)
        return f"{worst}得 {plain(self.base_points)} 分，{best}得 100 分，其间按直线；两者相等得 {plain(self.when_equal)} 分"


class ZScore(Method):
    """(value − mean) ÷ standard deviation (n − 1) of the ranked parks of the scope.

    `normal`: the normal distribution function × 100 (F6); `scaled`: centre + spread × z.
    """

    method: Literal["z_score"]
    scope: Scope = "group"
    form: Literal["normal", "scaled"] = "normal"
    centre: float = 50
    spread: float = 10
    when_equal: float = 50

    def points(self, direction: str) -> pl.Expr:
        ranked = VALUE.filter(pl.col("ranked"))
        mean, deviation = over(ranked.mean(), self.scope), over(ranked.std(), self.scope)
        sign = 1 if direction == "higher" else -1
        z = sign * (VALUE - mean) / deviation
        told = self.centre + self.spread * z if self.form == "scaled" else z.map_batches(_normal, pl.Float64)
        equal = pl.when(VALUE.is_not_null()).then(pl.lit(float(self.when_equal)))
        # Equal figures can differ from their mean by the noise of binary sums, never from each other.
        apart = over(ranked.max(), self.scope) > over(ranked.min(), self.scope)
        return pl.when(apart).then(told).otherwise(equal)

    def worked(self, direction: str) -> pl.Expr:
        ranked = VALUE.filter(pl.col("ranked"))
        mean = number_text(over(ranked.mean(), self.scope))
        deviation = pl.coalesce(number_text(over(ranked.std(), self.scope)), pl.lit("无"))
        inner = pl.format("（{} − {}） ÷ {}", number_text(VALUE), mean, deviation)
        head = "正态分布函数" if self.form == "normal" else f"{plain(self.centre)} + {plain(self.spread)} ×"
        return pl.format("{} {}", pl.lit(head), inner)

    def text(self, direction: str) -> str:
        where = "组内" if self.scope == "group" else "全部园区"
        form = (
            "取正态分布函数 × 100" if self.form == "normal" else f"{plain(self.centre)} + {plain(self.spread)} × 标准分"
        )
        return f"按{where}均值和标准差标准化，{form}；没有差异得 {plain(self.when_equal)} 分"


def _normal(column: pl.Series) -> pl.Series:
    cdf = NormalDist().cdf
    return pl.Series([None if z is None else 100 * cdf(z) for z in column], dtype=pl.Float64)


class RankPoints(Method):
    """Points by place among the ranked parks of the scope (F7): full for the first, `step` less per place, or a list.

    Equal values share a place. A list that is shorter than the group gives its last entry to all further places.
    """

    method: Literal["rank_points"]
    scope: Scope = "group"
    step: float | None = Field(default=None, gt=0)
    table: tuple[float, ...] = ()
    minimum: float = 0

    @model_validator(mode="after")
    def _one(self) -> RankPoints:
        if (self.step is None) == (not self.table):
            raise ValueError("step 与 table 必须且只能写一个")
        return self

    def _place(self, direction: str) -> pl.Expr:
        own = pl.when(pl.col("ranked")).then(VALUE)
        return over(own.rank("min", descending=direction == "higher"), self.scope)

    def points(self, direction: str) -> pl.Expr:
        place = self._place(direction)
        if self.step is not None:
            return (100 - self.step * (place.cast(pl.Float64) - 1)).clip(self.minimum, 100)
        listed = {float(number): points for number, points in enumerate(self.table, start=1)}
        return place.cast(pl.Float64).replace_strict(
            listed, default=pl.when(place.is_not_null()).then(pl.lit(float(self.table[-1]))), return_dtype=pl.Float64
        )

    def worked(self, direction: str) -> pl.Expr:
        return pl.format("位次 {} 的分值", pl.coalesce(self._place(direction).cast(pl.String), pl.lit("无")))

    def text(self, direction: str) -> str:
        where = "组内" if self.scope == "group" else "全部园区"
        if self.step is not None:
            return f"{where}第一名 100 分，每后一名减 {plain(self.step)} 分，最低 {plain(self.minimum)} 分"
        return f"{where}按位次得 {'、'.join(plain(points) for points in self.table)} 分，其后同最后一档"


class Percentile(Method):
    """100 × (parks that are worse + half of those equal beside itself) ÷ (n − 1) among the ranked parks of the scope."""

    method: Literal["percentile"]
    scope: Scope = "group"
    when_alone: float = 100

    def points(self, direction: str) -> pl.Expr:
        own = pl.when(pl.col("ranked")).then(VALUE)
        place = over(own.rank("average", descending=direction == "lower"), self.scope)
        count = over(own.count(), self.scope)
        alone = pl.when(own.is_not_null()).then(pl.lit(float(self.when_alone)))
        return pl.when(count > 1).then(100 * (place - 1) / (count - 1)).otherwise(alone)

    def worked(self, direction: str) -> pl.Expr:
        return pl.format("{} 在组中的百分位", number_text(VALUE))

    def text(self, direction: str) -> str:
        where = "组内" if self.scope == "group" else "全部园区"
        return f"{where}百分位，最好 100，最差 0；只有一个园区得 {plain(self.when_alone)} 分"


class ReferenceDistance(Method):
    """100 × (1 − |value − reference| ÷ largest distance of the ranked parks of the scope)."""

    method: Literal["reference_distance"]
    reference: Benchmark | Bound
    scope: Scope = "group"
    when_equal: float = 100

    def benchmark_value(self) -> pl.Expr:
        return self.benchmark_expression("reference")

    def next_step(self, direction: str) -> NextStep:
        return step(pl.col("benchmark"), 100, self.reaching("reference"))

    def points(self, direction: str) -> pl.Expr:
        distance = (VALUE - pl.col("benchmark")).abs()
        largest = over(distance.filter(pl.col("ranked")).max(), self.scope)
        equal = pl.when(VALUE.is_not_null()).then(pl.lit(float(self.when_equal)))
        return pl.when(largest > 0).then((100 * (1 - distance / largest)).clip(0, 100)).otherwise(equal)

    def worked(self, direction: str) -> pl.Expr:
        return pl.format("100 × （1 − |{} − {}| ÷ 最大距离）", number_text(VALUE), number_text(pl.col("benchmark")))

    def text(self, direction: str) -> str:
        return f"与{self.said('reference')}的距离，最近 100 分，最远 0 分"
