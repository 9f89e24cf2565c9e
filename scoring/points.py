"""How an indicator's value becomes points: the scoring formulas in use, each a definition with its own parameters.

Points are percent of the full points: 0 is nothing, 100 is full, more than 100 only where a method says so. Every
method gives null for a null value (what that means is the scheme's missing rule) and settles its own edge cases:
equal extremes, a group of one, a base that is zero or negative.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from statistics import NormalDist
from typing import Annotated, Literal

import polars as pl
from pydantic import Field, model_validator

from validation.definition import Definition
from validation.expression.reading import number_text, plain

VALUE = pl.col("value")
Scope = Literal["group", "all"]
Benchmark = Literal["target", "pace", "group_mean", "group_median", "group_max", "group_min", "previous", "base"]

BENCHMARK_WORDS: dict[str, str] = {
    "target": "目标值",
    "pace": "当年进度值",
    "group_mean": "组内均值",
    "group_median": "组内中位数",
    "group_max": "组内最大值",
    "group_min": "组内最小值",
    "previous": "上年值",
    "base": "基期值",
}


class Method(Definition):
    """Base of all methods. Frames have the columns value, target_value, pace_value, previous_value, base_value,
    benchmark, group and ranked (whether the park counts in the statistics of its group)."""

    def benchmark_value(self) -> pl.Expr:
        """The value that earns full points, where there is one."""
        return pl.lit(None, pl.Float64)

    @abstractmethod
    def points(self, direction: str) -> pl.Expr:
        """Points by value; `direction` is higher or lower (is better)."""

    @abstractmethod
    def worked(self, direction: str) -> pl.Expr:
        """The sum with the figures in it."""

    @abstractmethod
    def text(self, direction: str) -> str:
        """The method in Chinese with its parameters."""


def _over(statistic: pl.Expr, scope: Scope) -> pl.Expr:
    return statistic.over("group") if scope == "group" else statistic


def benchmark_expression(benchmark: Benchmark | float) -> pl.Expr:
    """The column or statistic a benchmark stands for."""
    if isinstance(benchmark, int | float):
        return pl.lit(float(benchmark))
    ranked = VALUE.filter(pl.col("ranked"))
    return {
        "target": pl.col("target_value"),
        "pace": pl.col("pace_value"),
        "previous": pl.col("previous_value"),
        "base": pl.col("base_value"),
        "group_mean": ranked.mean().over("group"),
        "group_median": ranked.median().over("group"),
        "group_max": ranked.max().over("group"),
        "group_min": ranked.min().over("group"),
    }[benchmark]


def benchmark_text(benchmark: Benchmark | float) -> str:
    return BENCHMARK_WORDS[benchmark] if isinstance(benchmark, str) else plain(benchmark)


def _limited(points: pl.Expr, low: float | None, high: float | None) -> pl.Expr:
    return points.clip(low, high) if low is not None or high is not None else points


def _limits_text(low: float | None, high: float | None) -> str:
    above = f"，最高 {plain(high)}" if high is not None else "，不封顶"
    return above + (f"，最低 {plain(low)}" if low is not None else "，可为负")


class Ratio(Method):
    """value ÷ benchmark × 100 (F1 without a cap, F2 with one); for a negative indicator benchmark ÷ value.

    A benchmark of zero or below, or a value of zero or below of a negative indicator, cannot be divided: null.
    """

    method: Literal["ratio"]
    benchmark: Benchmark | float
    cap: float | Literal["none"] = 100
    floor: float = 0

    @property
    def _cap(self) -> float | None:
        return None if isinstance(self.cap, str) else self.cap

    def benchmark_value(self) -> pl.Expr:
        return benchmark_expression(self.benchmark)

    def points(self, direction: str) -> pl.Expr:
        bench = pl.col("benchmark")
        ratio = VALUE / bench if direction == "higher" else bench / VALUE
        usable = bench > 0 if direction == "higher" else (bench > 0) & (VALUE > 0)
        return pl.when(usable).then(_limited(100 * ratio, self.floor, self._cap))

    def worked(self, direction: str) -> pl.Expr:
        above, below = (VALUE, pl.col("benchmark")) if direction == "higher" else (pl.col("benchmark"), VALUE)
        tail = _limits_text(self.floor, self._cap)
        return pl.format("100 × {} ÷ {}{}", number_text(above), number_text(below), pl.lit(tail))

    def text(self, direction: str) -> str:
        bench = benchmark_text(self.benchmark)
        ratio = f"指标值 ÷ {bench}" if direction == "higher" else f"{bench} ÷ 指标值"
        return f"{ratio} × 100{_limits_text(self.floor, self._cap)}"


class Goalposts(Method):
    """0 points at `zero_at`, 100 at `full_at`, straight between; beyond them clipped unless `clip` is false (F3)."""

    method: Literal["goalposts"]
    zero_at: float
    full_at: float
    clip: bool = True

    @model_validator(mode="after")
    def _apart(self) -> Goalposts:
        if self.zero_at == self.full_at:
            raise ValueError("zero_at 与 full_at 不得相等")
        return self

    def benchmark_value(self) -> pl.Expr:
        return pl.lit(self.full_at)

    def points(self, direction: str) -> pl.Expr:
        points = 100 * (VALUE - self.zero_at) / (self.full_at - self.zero_at)
        return _limited(points, 0, 100) if self.clip else points

    def worked(self, direction: str) -> pl.Expr:
        low, high = plain(self.zero_at), plain(self.full_at)
        tail = "，限 0—100" if self.clip else ""
        return pl.format("100 × （{} − {}） ÷ （{} − {}）{}", number_text(VALUE), *map(pl.lit, (low, high, low, tail)))

    def text(self, direction: str) -> str:
        tail = "，限 0—100" if self.clip else "，不封顶不保底"
        return f"{plain(self.zero_at)} 得 0 分，{plain(self.full_at)} 得 100 分，其间按直线{tail}"


class MinMax(Method):
    """base + (100 − base) × (value − min) ÷ (max − min), reversed for a negative indicator (F3, F4 功效系数法).

    min and max are those of the ranked parks of the scope, or fixed (`low`, `high`, frozen for the year), then
    clipped. Equal extremes give `when_equal`.
    """

    method: Literal["min_max"]
    base_points: float = Field(default=0, ge=0, lt=100)
    scope: Scope = "group"
    low: float | None = None
    high: float | None = None
    when_equal: float = 100

    @model_validator(mode="after")
    def _ordered(self) -> MinMax:
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("low 必须小于 high")
        return self

    def _bounds(self) -> tuple[pl.Expr, pl.Expr]:
        ranked = VALUE.filter(pl.col("ranked"))
        low = pl.lit(self.low) if self.low is not None else _over(ranked.min(), self.scope)
        high = pl.lit(self.high) if self.high is not None else _over(ranked.max(), self.scope)
        return low, high

    def benchmark_value(self) -> pl.Expr:
        return self._bounds()[1]

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
        low = plain(self.low) if self.low is not None else f"{where}最小值"
        high = plain(self.high) if self.high is not None else f"{where}最大值"
        worst, best = (low, high) if direction == "higher" else (high, low)
        return f"{worst}得 {plain(self.base_points)} 分，{best}得 100 分，其间按直线；两者相等得 {plain(self.when_equal)} 分"


class Efficacy(Method):
    """Exponential efficacy (F5): 60 at `unacceptable`, 100 at `satisfactory`, A·exp(B·(x−x0)/(x1−x0)), limited."""

    method: Literal["efficacy"]
    unacceptable: float
    satisfactory: float
    points_at_unacceptable: float = Field(default=60, gt=0, lt=100)

    @model_validator(mode="after")
    def _apart(self) -> Efficacy:
        if self.unacceptable == self.satisfactory:
            raise ValueError("unacceptable 与 satisfactory 不得相等")
        return self

    def benchmark_value(self) -> pl.Expr:
        return pl.lit(self.satisfactory)

    def points(self, direction: str) -> pl.Expr:
        share = (VALUE - self.unacceptable) / (self.satisfactory - self.unacceptable)
        growth = (pl.lit(100 / self.points_at_unacceptable)).log()
        return (self.points_at_unacceptable * (share * growth).exp()).clip(0, 100)

    def worked(self, direction: str) -> pl.Expr:
        low, high = plain(self.unacceptable), plain(self.satisfactory)
        base = plain(self.points_at_unacceptable)
        return pl.format(
            "{} × （100 ÷ {}） ^ （（{} − {}） ÷ （{} − {}）），限 0—100",
            pl.lit(base), pl.lit(base), number_text(VALUE), pl.lit(low), pl.lit(high), pl.lit(low),
        )  # fmt: skip

    def text(self, direction: str) -> str:
        return (
            f"指数功效：不允许值 {plain(self.unacceptable)} 得 {plain(self.points_at_unacceptable)} 分，"
            f"满意值 {plain(self.satisfactory)} 得 100 分"
        )


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
        mean, deviation = _over(ranked.mean(), self.scope), _over(ranked.std(), self.scope)
        sign = 1 if direction == "higher" else -1
        z = sign * (VALUE - mean) / deviation
        told = self.centre + self.spread * z if self.form == "scaled" else z.map_batches(_normal, pl.Float64)
        equal = pl.when(VALUE.is_not_null()).then(pl.lit(float(self.when_equal)))
        # Equal figures can differ from their mean by the noise of binary sums, never from each other.
        apart = _over(ranked.max(), self.scope) > _over(ranked.min(), self.scope)
        return pl.when(apart).then(told).otherwise(equal)

    def worked(self, direction: str) -> pl.Expr:
        ranked = VALUE.filter(pl.col("ranked"))
        mean = number_text(_over(ranked.mean(), self.scope))
        deviation = pl.coalesce(number_text(_over(ranked.std(), self.scope)), pl.lit("无"))
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
        return _over(own.rank("min", descending=direction == "higher"), self.scope)

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
        place = _over(own.rank("average", descending=direction == "lower"), self.scope)
        count = _over(own.count(), self.scope)
        alone = pl.when(own.is_not_null()).then(pl.lit(float(self.when_alone)))
        return pl.when(count > 1).then(100 * (place - 1) / (count - 1)).otherwise(alone)

    def worked(self, direction: str) -> pl.Expr:
        return pl.format("{} 在组中的百分位", number_text(VALUE))

    def text(self, direction: str) -> str:
        where = "组内" if self.scope == "group" else "全部园区"
        return f"{where}百分位，最好 100，最差 0；只有一个园区得 {plain(self.when_alone)} 分"


class HoldPrevious(Method):
    """Holding last year's level gives `base_points`, plus or minus `per_unit` for each `unit` of change (F8)."""

    method: Literal["hold_previous"]
    base_points: float
    unit: float = Field(gt=0)
    per_unit: float = Field(gt=0)
    relative: bool = False
    minimum: float = 0
    maximum: float = 100

    def benchmark_value(self) -> pl.Expr:
        return pl.col("previous_value")

    def _change(self, direction: str) -> pl.Expr:
        before = pl.col("previous_value")
        change = VALUE - before
        if self.relative:
            change = pl.when(before > 0).then(100 * change / before)
        return change if direction == "higher" else -change

    def points(self, direction: str) -> pl.Expr:
        return (self.base_points + self.per_unit * self._change(direction) / self.unit).clip(self.minimum, self.maximum)

    def worked(self, direction: str) -> pl.Expr:
        change = pl.coalesce(number_text(self._change(direction)), pl.lit("缺"))
        tail = f" ÷ {plain(self.unit)}，限 {plain(self.minimum)}—{plain(self.maximum)}"
        return pl.format(
            "{} + {} × {}{}", *map(pl.lit, (plain(self.base_points), plain(self.per_unit))), change, pl.lit(tail)
        )

    def text(self, direction: str) -> str:
        sort = "改善" if direction == "higher" else "下降"
        unit = f"{plain(self.unit)}{'%' if self.relative else ''}"
        return (
            f"与上年持平得 {plain(self.base_points)} 分，每{sort} {unit} 加 {plain(self.per_unit)} 分，反之扣分，"
            f"限 {plain(self.minimum)}—{plain(self.maximum)}"
        )


class HoldBase(HoldPrevious):
    """Holding the base year's level gives `base_points` (80), plus `per_unit` for each `unit` percent, limited (F9)."""

    method: Literal["hold_base"]  # type: ignore[assignment]
    base_points: float = 80
    unit: float = Field(default=5, gt=0)
    per_unit: float = Field(default=1, gt=0)
    relative: bool = True
    maximum: float = 150

    def benchmark_value(self) -> pl.Expr:
        return pl.col("base_value")

    def _change(self, direction: str) -> pl.Expr:
        before = pl.col("base_value")
        change = pl.when(before > 0).then(100 * (VALUE - before) / before) if self.relative else VALUE - before
        return change if direction == "higher" else -change

    def text(self, direction: str) -> str:
        return super().text(direction).replace("与上年持平", "与基期持平")


class OverTarget(Method):
    """Points per full unit above a threshold, or from the first unit on with threshold 0 (F10)."""

    method: Literal["over_target"]
    threshold: Literal["target"] | float
    unit: float = Field(gt=0)
    per_unit: float = Field(gt=0)
    start: float = 0
    maximum: float = 100
    whole_units: bool = True

    def benchmark_value(self) -> pl.Expr:
        return pl.col("target_value") if self.threshold == "target" else pl.lit(float(self.threshold))

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
        bound = "目标值" if self.threshold == "target" else plain(float(self.threshold))
        whole = "每满" if self.whole_units else "每"
        return (
            f"达到 {bound} 得 {plain(self.start)} 分，超过部分{whole} {plain(self.unit)} 加 {plain(self.per_unit)} 分，"
            f"最高 {plain(self.maximum)}，未达到 0 分"
        )


class RankGain(Method):
    """Places gained in the group by this indicator ÷ last year's place × 100 (F11); a park without last year's value:
    null. Last year's places are those among the parks ranked now."""

    method: Literal["rank_gain"]
    floor: float = 0

    def points(self, direction: str) -> pl.Expr:
        place = _over(pl.when(pl.col("ranked")).then(VALUE).rank("min", descending=direction == "higher"), "group")
        before = _over(
            pl.when(pl.col("ranked")).then(pl.col("previous_value")).rank("min", descending=direction == "higher"),
            "group",
        )
        gained = before.cast(pl.Float64) - place.cast(pl.Float64)
        return (100 * gained / before).clip(self.floor, 100)

    def worked(self, direction: str) -> pl.Expr:
        return pl.lit("100 × （上年位次 − 本年位次） ÷ 上年位次")

    def text(self, direction: str) -> str:
        return f"该指标组内位次比上年上升的位数 ÷ 上年位次 × 100，最低 {plain(self.floor)}"


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
    benchmark: Benchmark | float = "target"

    def benchmark_value(self) -> pl.Expr:
        return benchmark_expression(self.benchmark)

    def points(self, direction: str) -> pl.Expr:
        bench = pl.col("benchmark")
        reached = bench <= VALUE if direction == "higher" else bench >= VALUE
        return pl.when(reached).then(100.0).when(~reached).then(0.0)

    def worked(self, direction: str) -> pl.Expr:
        sign = "≥" if direction == "higher" else "≤"
        return pl.format("{} {} {} 则 100，否则 0", number_text(VALUE), pl.lit(sign), number_text(pl.col("benchmark")))

    def text(self, direction: str) -> str:
        return f"{'不低于' if direction == 'higher' else '不高于'}{benchmark_text(self.benchmark)}得 100 分，否则 0 分"


class Judged(Method):
    """A judged score on a fixed scale (F14): value ÷ scale × 100, limited."""

    method: Literal["judged"]
    scale: float = Field(default=100, gt=0)

    def benchmark_value(self) -> pl.Expr:
        return pl.lit(self.scale)

    def points(self, direction: str) -> pl.Expr:
        return (100 * VALUE / self.scale).clip(0, 100)

    def worked(self, direction: str) -> pl.Expr:
        return pl.format("100 × {} ÷ {}", number_text(VALUE), pl.lit(plain(self.scale)))

    def text(self, direction: str) -> str:
        return f"评审打分，满分 {plain(self.scale)}"


class ReferenceDistance(Method):
    """100 × (1 − |value − reference| ÷ largest distance of the ranked parks of the scope)."""

    method: Literal["reference_distance"]
    reference: Benchmark | float
    scope: Scope = "group"
    when_equal: float = 100

    def benchmark_value(self) -> pl.Expr:
        return benchmark_expression(self.reference)

    def points(self, direction: str) -> pl.Expr:
        distance = (VALUE - pl.col("benchmark")).abs()
        largest = _over(distance.filter(pl.col("ranked")).max(), self.scope)
        equal = pl.when(VALUE.is_not_null()).then(pl.lit(float(self.when_equal)))
        return pl.when(largest > 0).then((100 * (1 - distance / largest)).clip(0, 100)).otherwise(equal)

    def worked(self, direction: str) -> pl.Expr:
        return pl.format("100 × （1 − |{} − {}| ÷ 最大距离）", number_text(VALUE), number_text(pl.col("benchmark")))

    def text(self, direction: str) -> str:
        return f"与{benchmark_text(self.reference)}的距离，最近 100 分，最远 0 分"


AnyMethod = Annotated[
    Ratio | Goalposts | MinMax | Efficacy | ZScore | RankPoints | Percentile | HoldPrevious | HoldBase | OverTarget
    | RankGain | Bands | PassFail | Judged | ReferenceDistance,
    Field(discriminator="method"),
]  # fmt: skip


def needs_target(method: Method) -> bool:
    """Whether the method reads a target or its pace."""
    wanted: Sequence[object] = (getattr(method, name, None) for name in ("benchmark", "threshold", "reference"))  # type: ignore[assignment]
    return any(value in ("target", "pace") for value in wanted)
