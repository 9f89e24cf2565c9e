"""Points by what changed since last year or the base year: holding a level, places gained."""

from __future__ import annotations

from typing import Literal

import polars as pl
from pydantic import Field

from scoring.points.method import VALUE, Method, NextStep, Scope, no_step, over, step
from validation.expression.reading import number_text, plain


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

    def _level(self) -> pl.Expr:
        return pl.col("previous_value")

    def next_step(self, direction: str) -> NextStep:
        size = (self.maximum - self.base_points) * self.unit / self.per_unit * (1 if direction == "higher" else -1)
        before = self._level()
        needed = pl.when(before > 0).then(before * (1 + size / 100)) if self.relative else before + size
        return step(needed, self.maximum, "得满分" if self.maximum == 100 else "得最高分")

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

    def _level(self) -> pl.Expr:
        return pl.col("base_value")

    def _change(self, direction: str) -> pl.Expr:
        before = pl.col("base_value")
        change = pl.when(before > 0).then(100 * (VALUE - before) / before) if self.relative else VALUE - before
        return change if direction == "higher" else -change

    def text(self, direction: str) -> str:
        return super().text(direction).replace("与上年持平", "与基期持平")


class RankGain(Method):
    """Places gained by this indicator among the ranked parks of the scope ÷ last year's place × 100 (F11); a park without
    last year's value: null. Last year's places are those among the parks ranked now, in their present groups."""

    method: Literal["rank_gain"]
    scope: Scope = "group"
    floor: float = 0

    def next_step(self, direction: str) -> NextStep:
        return no_step("按位次上升计分，所需数值随其他园区变动，不能预先算出")

    def _places(self, direction: str) -> tuple[pl.Expr, pl.Expr]:
        """Last year's place and this year's."""
        places = (
            over(pl.when(pl.col("ranked")).then(value).rank("min", descending=direction == "higher"), self.scope)
            for value in (pl.col("previous_value"), VALUE)
        )
        before, now = (place.cast(pl.Float64) for place in places)
        return before, now

    def points(self, direction: str) -> pl.Expr:
        before, now = self._places(direction)
        return (100 * (before - now) / before).clip(self.floor, 100)

    def worked(self, direction: str) -> pl.Expr:
        before, now = (pl.coalesce(number_text(place), pl.lit("无")) for place in self._places(direction))
        return pl.format("100 × （上年位次 {} − 本年位次 {}） ÷ 上年位次 {}", before, now, before)

    def text(self, direction: str) -> str:
        where = "在组内的位次" if self.scope == "group" else "在全部园区中的位次"
        return f"该指标{where}比上年上升的位数 ÷ 上年位次 × 100，最低 {plain(self.floor)}"
