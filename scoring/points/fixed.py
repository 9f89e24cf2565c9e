"""Points by benchmarks and bounds that the scheme gives: ratio, goalposts, efficacy, steps, bands, judged scores."""

from __future__ import annotations

from typing import Literal

import polars as pl
from pydantic import Field, model_validator

from scoring.dated import Bound
from scoring.points.method import VALUE, Benchmark, Method, NextStep, limited, limits_text, step
from validation.definition import Definition
from validation.expression.reading import number_text, plain


class Ratio(Method):
    """value ÷ benchmark × 100 (F1 without a cap, F2 with one); for a negative indicator benchmark ÷ value.

    A benchmark of zero or below, or a value of zero or below of a negative indicator, cannot be divided: null.
    """

    method: Literal["ratio"]
    benchmark: Benchmark | Bound
    cap: float | Literal["none"] = 100
    floor: float = 0

    @property
    def _cap(self) -> float | None:
        return None if isinstance(self.cap, str) else self.cap

    def benchmark_value(self) -> pl.Expr:
        return self.benchmark_expression("benchmark")

    def next_step(self, direction: str) -> NextStep:
        full = 100 if self._cap is None else min(self._cap, 100)
        bench = pl.col("benchmark")
        needed = bench * full / 100 if direction == "higher" else bench * 100 / full if full > 0 else bench
        return step(pl.when(bench > 0).then(needed), full, self.reaching("benchmark"))

    def points(self, direction: str) -> pl.Expr:
        bench = pl.col("benchmark")
        ratio = VALUE / bench if direction == "higher" else bench / VALUE
        usable = bench > 0 if direction == "higher" else (bench > 0) & (VALUE > 0)
        return pl.when(usable).then(limited(100 * ratio, self.floor, self._cap))

    def worked(self, direction: str) -> pl.Expr:
        above, below = (VALUE, pl.col("benchmark")) if direction == "higher" else (pl.col("benchmark"), VALUE)
        tail = limits_text(self.floor, self._cap)
        return pl.format("100 × {} ÷ {}{}", number_text(above), number_text(below), pl.lit(tail))

    def text(self, direction: str) -> str:
        bench = self.said("benchmark")
        ratio = f"指标值 ÷ {bench}" if direction == "higher" else f"{bench} ÷ 指标值"
        return f"{ratio} × 100{limits_text(self.floor, self._cap)}"


class Goalposts(Method):
    """0 points at `zero_at`, 100 at `full_at`, straight between; beyond them clipped unless `clip` is false (F3)."""

    ends = ("zero_at", "full_at")

    method: Literal["goalposts"]
    zero_at: Bound
    full_at: Bound
    clip: bool = True

    @model_validator(mode="after")
    def _apart(self) -> Goalposts:
        if self.zero_at == self.full_at:
            raise ValueError("zero_at 与 full_at 不得相等")
        return self

    def benchmark_value(self) -> pl.Expr:
        return self.number("full_at")

    def next_step(self, direction: str) -> NextStep:
        return step(self.number("full_at"), 100, "得满分")

    def points(self, direction: str) -> pl.Expr:
        zero, full = self.number("zero_at"), self.number("full_at")
        points = 100 * (VALUE - zero) / (full - zero)
        return limited(points, 0, 100) if self.clip else points

    def worked(self, direction: str) -> pl.Expr:
        low, high = self.number_said("zero_at"), self.number_said("full_at")
        tail = pl.lit("，限 0—100" if self.clip else "")
        return pl.format("100 × （{} − {}） ÷ （{} − {}）{}", number_text(VALUE), low, high, low, tail)

    def text(self, direction: str) -> str:
        tail = "，限 0—100" if self.clip else "，不封顶不保底"
        return f"{self.said('zero_at')} 得 0 分，{self.said('full_at')} 得 100 分，其间按直线{tail}"


class Efficacy(Method):
    """Exponential efficacy (F5): 60 at `unacceptable`, 100 at `satisfactory`, A·exp(B·(x−x0)/(x1−x0)), limited."""

    ends = ("unacceptable", "satisfactory")

    method: Literal["efficacy"]
    unacceptable: Bound
    satisfactory: Bound
    points_at_unacceptable: float = Field(default=60, gt=0, lt=100)

    @model_validator(mode="after")
    def _apart(self) -> Efficacy:
        if self.unacceptable == self.satisfactory:
            raise ValueError("unacceptable 与 satisfactory 不得相等")
        return self

    def benchmark_value(self) -> pl.Expr:
        return self.number("satisfactory")

    def next_step(self, direction: str) -> NextStep:
        return step(self.number("satisfactory"), 100, "达到满意值")

    def points(self, direction: str) -> pl.Expr:
        low, high = self.number("unacceptable"), self.number("satisfactory")
        growth = (pl.lit(100 / self.points_at_unacceptable)).log()
        return (self.points_at_unacceptable * ((VALUE - low) / (high - low) * growth).exp()).clip(0, 100)

    def worked(self, direction: str) -> pl.Expr:
        low, high = self.number_said("unacceptable"), self.number_said("satisfactory")
        base = pl.lit(plain(self.points_at_unacceptable))
        return pl.format(
            "{} × （100 ÷ {}） ^ （（{} − {}） ÷ （{} − {}）），限 0—100",
            base,
            base,
            number_text(VALUE),
            low,
            high,
            low,
        )

    def text(self, direction: str) -> str:
        return (
            f"指数功效：不允许值 {self.said('unacceptable')} 得 {plain(self.points_at_unacceptable)} 分，"
            f"满意值 {self.said('satisfactory')} 得 100 分"
        )


class OverTarget(Method):
    """Points per full unit above a threshold, or from the first unit on with threshold 0 (F10)."""

    method: Literal["over_target"]
    threshold: Literal["target"] | Bound
    unit: float = Field(gt=0)
    per_unit: float = Field(gt=0)
    start: float = 0
    maximum: float = 100
    whole_units: bool = True

    def benchmark_value(self) -> pl.Expr:
        return self.benchmark_expression("threshold")

    def next_step(self, direction: str) -> NextStep:
        sign = 1 if direction == "higher" else -1
        bench, above = pl.col("benchmark"), (VALUE - pl.col("benchmark")) * sign / self.unit
        if not self.whole_units:
            return step(bench + sign * (self.maximum - self.start) * self.unit / self.per_unit, self.maximum, "得满分")
        reached = pl.when(above >= 0).then((above + 1e-9).floor() + 1).otherwise(0 if self.start > 0 else 1)
        points = (self.start + self.per_unit * reached).clip(0, self.maximum)
        return step(bench + sign * reached * self.unit, points, "到下一档")

    def points(self, direction: str) -> pl.Expr:
        above = (VALUE - pl.col("benchmark")) * (1 if direction == "higher" else -1) / self.unit
        # A hair below a whole unit by binary fractions counts as the unit.
        units = (above + 1e-9).floor() if self.whole_units else above
        return pl.when(above >= 0).then((self.start + self.per_unit * units).clip(0, self.maximum)).when(
            above < 0
        ).then(0.0)  # fmt: skip

    def worked(self, direction: str) -> pl.Expr:
        return pl.format(
            "{} + {} × （{} − {}） ÷ {}，最高 {}", pl.lit(plain(self.start)), pl.lit(plain(self.per_unit)), number_text(VALUE),
            number_text(pl.col("benchmark")), pl.lit(plain(self.unit)), pl.lit(plain(self.maximum)),
        )  # fmt: skip

    def text(self, direction: str) -> str:
        whole = "每满" if self.whole_units else "每"
        return (
            f"达到 {self.said('threshold')} 得 {plain(self.start)} 分，超过部分{whole} {plain(self.unit)} 加 {plain(self.per_unit)} 分，"
            f"最高 {plain(self.maximum)}，未达到 0 分"
        )


class Band(Definition):
    """From `bound` on (for a negative indicator: up to it) the points are `points`."""

    bound: float
    points: float


class Bands(Method):
    """Points by bands (F13); below the lowest band 0."""

    method: Literal["bands"]
    bands: tuple[Band, ...] = Field(min_length=1)

    def points(self, direction: str) -> pl.Expr:
        result = pl.when(VALUE.is_not_null()).then(pl.lit(0.0))
        for band in sorted(self.bands, key=lambda band: band.bound, reverse=direction != "higher"):
            reached = band.bound <= VALUE if direction == "higher" else band.bound >= VALUE
            result = pl.when(reached).then(pl.lit(float(band.points))).otherwise(result)  # type: ignore[assignment]
        return result

    def next_step(self, direction: str) -> NextStep:
        own = self.points(direction)
        bound, points = pl.lit(None, pl.Float64), pl.lit(None, pl.Float64)
        # From the band that is furthest away to the nearest, so that the nearest one stands.
        for band in sorted(self.bands, key=lambda band: band.bound, reverse=direction == "higher"):
            ahead = (band.bound > VALUE if direction == "higher" else band.bound < VALUE) & (own < band.points)
            bound = pl.when(ahead).then(pl.lit(float(band.bound))).otherwise(bound)
            points = pl.when(ahead).then(pl.lit(float(band.points))).otherwise(points)
        return step(bound, points, "到下一档")

    def worked(self, direction: str) -> pl.Expr:
        return pl.format("{} 所在的档", number_text(VALUE))

    def text(self, direction: str) -> str:
        sign = "≥" if direction == "higher" else "≤"
        return (
            "，".join(f"{sign} {plain(band.bound)} 得 {plain(band.points)} 分" for band in self.bands) + "，其余 0 分"
        )


class PassFail(Method):
    """100 when the benchmark is reached, else 0 (F13)."""

    method: Literal["pass_fail"]
    benchmark: Benchmark | Bound = "target"

    def benchmark_value(self) -> pl.Expr:
        return self.benchmark_expression("benchmark")

    def next_step(self, direction: str) -> NextStep:
        return step(pl.col("benchmark"), 100, self.reaching("benchmark"))

    def points(self, direction: str) -> pl.Expr:
        bench = pl.col("benchmark")
        reached = bench <= VALUE if direction == "higher" else bench >= VALUE
        return pl.when(reached).then(100.0).when(~reached).then(0.0)

    def worked(self, direction: str) -> pl.Expr:
        sign = "≥" if direction == "higher" else "≤"
        return pl.format("{} {} {} 则 100，否则 0", number_text(VALUE), pl.lit(sign), number_text(pl.col("benchmark")))

    def text(self, direction: str) -> str:
        return f"{'不低于' if direction == 'higher' else '不高于'}{self.said('benchmark')}得 100 分，否则 0 分"


class Judged(Method):
    """A judged score on a fixed scale (F14): value ÷ scale × 100, limited."""

    method: Literal["judged"]
    scale: float = Field(default=100, gt=0)

    def benchmark_value(self) -> pl.Expr:
        return pl.lit(self.scale)

    def next_step(self, direction: str) -> NextStep:
        return step(pl.lit(self.scale), 100, "得满分")

    def points(self, direction: str) -> pl.Expr:
        return (100 * VALUE / self.scale).clip(0, 100)

    def worked(self, direction: str) -> pl.Expr:
        return pl.format("100 × {} ÷ {}", number_text(VALUE), pl.lit(plain(self.scale)))

    def text(self, direction: str) -> str:
        return f"评审打分，满分 {plain(self.scale)}"
