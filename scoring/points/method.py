"""What all scoring formulas share: the columns they read, benchmarks and limits.

Points are percent of the full points: 0 is nothing, 100 is full, more than 100 only where a method says so. Every
method gives null for a null value (what that means is the scheme's missing rule) and settles its own edge cases:
equal extremes, a group of one, a base that is zero or negative.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple, Self

import polars as pl

from scoring.dated import Dated, ParkClass, in_force
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


class NextStep(NamedTuple):
    """What would earn more: the value needed, the points it earns, what they are said to be; or only why none can be told."""

    value: pl.Expr
    points: pl.Expr
    said: pl.Expr


def step(value: pl.Expr, points: pl.Expr | float, said: str) -> NextStep:
    """The next step in words, with constants for points."""
    return NextStep(value, points if isinstance(points, pl.Expr) else pl.lit(float(points)), pl.lit(said))


def no_step(why: str) -> NextStep:
    """A step that cannot be told beforehand, and why."""
    return step(pl.lit(None, pl.Float64), pl.lit(None, pl.Float64), why)


class Method(Definition):
    """Base of all methods. Frames have the columns value, target_value, pace_value, previous_value, base_value,
    benchmark, group and ranked (whether the park counts in the statistics of its group), and one `@<parameter>` for
    each parameter that has dated values (`given_columns`)."""

    ends: ClassVar[tuple[str, str] | None] = None
    """The two parameters between which points rise, where a method has such."""

    def in_year(self, year: int) -> Self:
        """The method as it is in `year`: dated parameters are those in force, plain numbers where they are for all parks."""
        found: dict[str, object] = {}
        for name in self.dated():
            value = in_force(getattr(self, name), year)
            found[name] = (value,) if value is None or value.value is None else value.value
        return self.model_copy(update=found)

    def dated(self) -> list[str]:
        """The parameters that are written as dated values."""
        return [name for name in type(self).model_fields if _is_dated(getattr(self, name))]

    def given(self, name: str, kind: ParkClass) -> float | None:
        """What a parameter is for parks of `kind`, of a method `in_year`; None where nothing is given."""
        value = getattr(self, name)
        if _is_dated(value):
            return value[0].at(kind) if value[0] is not None else None
        return float(value) if isinstance(value, int | float) else None

    def given_columns(self, year: int, kinds: Sequence[ParkClass]) -> dict[str, dict[ParkClass, float | None]]:
        """By column (`@<parameter>`) the values by class of all dated parameters in `year`."""
        now = self.in_year(year)
        return {f"@{name}": {kind: now.given(name, kind) for kind in kinds} for name in self.dated()}

    def number(self, name: str) -> pl.Expr:
        """A parameter as an expression."""
        value = getattr(self, name)
        return pl.col(f"@{name}") if _is_dated(value) else pl.lit(float(value))

    def said(self, name: str) -> str:
        """A parameter in Chinese: the number, or those by level or type."""
        value = getattr(self, name)
        if _is_dated(value):
            return "；".join(one.text() for one in value if one is not None) or "未定"
        return BENCHMARK_WORDS[value] if isinstance(value, str) else plain(value)

    def number_said(self, name: str) -> pl.Expr:
        """A parameter as text for a worked sum."""
        value = getattr(self, name)
        return number_text(self.number(name)) if _is_dated(value) else pl.lit(plain(value))

    def benchmark_expression(self, name: str) -> pl.Expr:
        """The column or statistic that the benchmark `name` stands for."""
        value = getattr(self, name)
        ranked = VALUE.filter(pl.col("ranked"))
        if not isinstance(value, str):
            return self.number(name)
        return {
            "target": pl.col("target_value"),
            "pace": pl.col("pace_value"),
            "previous": pl.col("previous_value"),
            "base": pl.col("base_value"),
            "group_mean": ranked.mean().over("group"),
            "group_median": ranked.median().over("group"),
            "group_max": ranked.max().over("group"),
            "group_min": ranked.min().over("group"),
        }[value]

    def reaching(self, name: str) -> str:
        """What reaching the benchmark `name` is called, with the warning that a figure of the group moves."""
        value = getattr(self, name)
        moves = "（按本年数据，随全组变动）" if str(value).startswith("group_") else ""
        return f"达到{BENCHMARK_WORDS[value] if isinstance(value, str) else '基准值'}{moves}"

    def benchmark_value(self) -> pl.Expr:
        """The value that earns full points, where there is one."""
        return pl.lit(None, pl.Float64)

    @abstractmethod
    def points(self, direction: str) -> pl.Expr:
        """Points by value; `direction` is higher or lower (is better)."""

    def next_step(self, direction: str) -> NextStep:
        """The value that earns the next step of points, from the method's own parameters, all else unchanged.

        A value that earns no more than the park has already is for the caller to leave out.
        """
        return no_step("按全组数据计分，所需数值随其他园区变动，不能预先算出")

    @abstractmethod
    def worked(self, direction: str) -> pl.Expr:
        """The sum with the figures in it."""

    @abstractmethod
    def text(self, direction: str) -> str:
        """The method in Chinese with its parameters."""


def _is_dated(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], Dated | None)


def over(statistic: pl.Expr, scope: Scope) -> pl.Expr:
    return statistic.over("group") if scope == "group" else statistic


def limited(points: pl.Expr, low: float | None, high: float | None) -> pl.Expr:
    return points.clip(low, high) if low is not None or high is not None else points


def limits_text(low: float | None, high: float | None) -> str:
    above = f"，最高 {plain(high)}" if high is not None else "，不封顶"
    return above + (f"，最低 {plain(low)}" if low is not None else "，可为负")
