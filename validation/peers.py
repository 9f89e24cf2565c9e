"""Comparison within the group (组内比较): how far a figure of a park stands out among the parks of its level in the same year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from validation.expression import Expression, Name
from validation.expression.compile import Labels, compile_expression
from validation.registry import parks_of

Method = Literal["hidiroglou_berthelot", "tukey"]
PEER = "peer"
GROUP = "peer.group"
_MEDIAN, _COUNT = "median", "count"


@dataclass(frozen=True)
class Peers:
    """One comparison, spelled out: names `peer.<code>` (distance), `peer.<code>_median` and `peer.<code>_count`."""

    code: str
    label: str
    method: Method
    value: Expression
    base: Expression | None
    minimum_group: float
    exponent: float
    least_spread: float

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return (self.value,) if self.base is None else (self.value, self.base)

    @property
    def names(self) -> dict[Name, str]:
        """The names this comparison makes, with their Chinese labels."""
        return {
            Name(PEER, self.code): f"{self.label}的组内离群程度",
            Name(PEER, f"{self.code}_{_MEDIAN}"): f"{self.label}的组内中位数",
            Name(PEER, f"{self.code}_{_COUNT}"): f"参加{self.label}组内比较的园区数",
        }


def groups(registry: pl.DataFrame, years: Sequence[int]) -> pl.DataFrame:
    """park_code, year, `GROUP`: the level of every park that stands in one of `years`; null where the register has none."""
    frames = [
        parks_of(registry, year).select("park_code", pl.lit(year, pl.Int32).alias("year"), pl.col("level").alias(GROUP))
        for year in years
    ]
    empty = pl.DataFrame(schema={"park_code": pl.String, "year": pl.Int32, GROUP: pl.String})
    return pl.concat([empty, *frames])


def peer_columns(
    frame: pl.DataFrame, peers: Sequence[Peers], columns: Mapping[Name, str], labels: Labels
) -> pl.DataFrame:
    """`frame` (one row per park and year, with `GROUP`) with the columns `peer.…` of every comparison, Float64.

    Compared are the park-years of one year and level for which the value can be computed. The distance is null, and so no rule on it
    speaks, for parks without a level, in groups below `minimum_group`, and where the group has no spread.

    tukey: distance from the nearer quartile in interquartile ranges, 0 between the quartiles (Tukey, Exploratory Data Analysis, 1977:
    1.5 is outside, 3 far out). hidiroglou_berthelot: for the ratio of `value` to `base`, both positive, the distance of the
    size-weighted effect from its median in quartile distances, none of them below `least_spread` of the median (Hidiroglou and
    Berthelot, Survey Methodology 12, 1986: E = s·max(value, base)^U, dQ = max(EM − EQ1, |A·EM|), limit C).
    """
    for one in peers:
        values = [compile_expression(part, columns, labels).value.cast(pl.Float64) for part in one.expressions]
        frame = frame.with_columns(value.alias(f"#{at}") for at, value in enumerate(values))
        frame = (_tukey if one.method == "tukey" else _hidiroglou_berthelot)(frame, one)
        enough = (pl.col("#count") >= one.minimum_group) & pl.col(GROUP).is_not_null()
        frame = frame.with_columns(
            pl.when(enough & pl.col("#distance").is_finite()).then("#distance").alias(f"{PEER}.{one.code}"),
            pl.when(enough).then("#median").alias(f"{PEER}.{one.code}_{_MEDIAN}"),
            pl.col("#count").cast(pl.Float64).alias(f"{PEER}.{one.code}_{_COUNT}"),
        ).select(pl.exclude("^#.*$"))
    return frame


def _within(value: pl.Expr) -> pl.Expr:
    return value.over("year", GROUP)


def _tukey(frame: pl.DataFrame, one: Peers) -> pl.DataFrame:
    value = pl.col("#0")
    frame = frame.with_columns(
        _within(value.count()).alias("#count"),
        _within(value.median()).alias("#median"),
        _within(value.quantile(0.25, interpolation="linear")).alias("#q1"),
        _within(value.quantile(0.75, interpolation="linear")).alias("#q3"),
    )
    beyond = pl.max_horizontal(pl.col("#q1") - value, value - pl.col("#q3"), pl.lit(0.0))
    spread = pl.col("#q3") - pl.col("#q1")
    return frame.with_columns(pl.when((spread > 0) & value.is_not_null()).then(beyond / spread).alias("#distance"))


def _hidiroglou_berthelot(frame: pl.DataFrame, one: Peers) -> pl.DataFrame:
    value, base = pl.col("#0"), pl.col("#1")
    ratio = pl.when((value > 0) & (base > 0)).then(value / base)
    frame = frame.with_columns(ratio.alias("#ratio"))
    frame = frame.with_columns(
        _within(pl.col("#ratio").count()).alias("#count"), _within(pl.col("#ratio").median()).alias("#median")
    )
    to_median = pl.col("#ratio") / pl.col("#median")
    symmetric = pl.when(to_median < 1).then(1 - 1 / to_median).otherwise(to_median - 1)
    frame = frame.with_columns((symmetric * pl.max_horizontal(value, base).pow(one.exponent)).alias("#effect"))
    effect = pl.col("#effect")
    frame = frame.with_columns(
        _within(effect.median()).alias("#middle"),
        _within(effect.quantile(0.25, interpolation="linear")).alias("#q1"),
        _within(effect.quantile(0.75, interpolation="linear")).alias("#q3"),
    )
    middle = pl.col("#middle")
    least = (middle * one.least_spread).abs()
    below = pl.max_horizontal(middle - pl.col("#q1"), least)
    above = pl.max_horizontal(pl.col("#q3") - middle, least)
    away = effect - middle
    spread = pl.when(away < 0).then(below).otherwise(above)
    return frame.with_columns(pl.when(spread > 0).then(away.abs() / spread).alias("#distance"))
