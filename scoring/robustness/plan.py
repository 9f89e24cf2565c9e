"""The plan of a robustness test as data: which choices could have been otherwise, and how wrong the data may be."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from scoring.combining import AnyCombination
from scoring.points import AnyMethod
from validation.definition import Definition, load

PLAN = Path(__file__).parent / "plan.toml"
"""The plan that holds where a bureau gives none of its own."""

OWN = "own"
"""The key of the alternative that is the scheme's own choice."""


class Alternative(Definition):
    """One of several ways; it is drawn in proportion to `share`."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=1)
    share: float = Field(gt=0)


class NormalisationChoice(Alternative):
    """Points of every indicator by one method (Saisana, Saltelli & Tarantola 2005); the scheme's own without `points`."""

    points: AnyMethod | None = None


class AggregationChoice(Alternative):
    """How the nodes right under the total combine; as in the scheme without `combine`."""

    combine: AnyCombination | None = None


class MissingChoice(Alternative):
    """What a missing figure becomes; `key` is `own` or one of the rules of `scoring.scheme.Ranking.missing`."""

    key: Literal["own", "zero", "group_mean", "rescale"]


class WeightChoice(Definition):
    """relative: each weight times 1 ± spread, uniform and independent, then brought back to 100 within its parent;
    dirichlet: the weights under each parent from a Dirichlet distribution around the given ones, the closer the
    larger `concentration`; none: as given."""

    distribution: Literal["relative", "dirichlet", "none"] = "relative"
    spread_pct: float = Field(default=25, gt=0, lt=100)
    concentration: float = Field(default=100, gt=0)
    reason: str

    def text(self) -> str:
        """The distribution in Chinese."""
        if self.distribution == "none":
            return "权重不变"
        if self.distribution == "dirichlet":
            return f"权重按狄利克雷分布变动（集中度 {self.concentration:g}）"
        return f"各项权重在 ±{self.spread_pct:g}% 内独立均匀变动，再归一"


class LeaveOut(Definition):
    """With what chance a draw leaves one indicator out, each with the same chance."""

    chance_pct: float = Field(default=0, ge=0, le=100)
    reason: str = ""


class DataErrors(Definition):
    """Errors of what was filed: normal, with a relative standard deviation by kind of source; and of half the last
    digit filed. `replicas` data sets are drawn, each draw takes one of them; 0 leaves the data as they are."""

    replicas: int = Field(default=0, ge=0, le=2000)
    rounding: bool = True
    relative_error_pct: dict[str, float] = Field(default_factory=dict)
    reason: str = ""


class AuditLimits(Definition):
    """From where on a figure of the statistical audit is a finding (`scoring.robustness.audit`).

    minimum_parks: with fewer ranked parks nothing is computed; reliable_parks: with fewer every finding says that it
    may be chance; ratio_parks: with fewer there is no correlation ratio. Correlations are between -1 and 1; `weight_ratio`: effective share over nominal weight, or the
    other way round.
    """

    minimum_parks: int = Field(default=5, ge=4)
    reliable_parks: int = Field(default=30, ge=4)
    ratio_parks: int = Field(default=100, ge=4)
    confidence_pct: float = Field(default=95, gt=50, lt=100)
    redundant_r: float = Field(default=0.9, gt=0, le=1)
    contrary_r: float = Field(default=-0.3, ge=-1, lt=0)
    weak_r: float = Field(default=0.3, ge=0, lt=1)
    alpha: float = Field(default=0.7, gt=0, lt=1)
    first_component_pct: float = Field(default=50, gt=0, lt=100)
    weight_ratio: float = Field(default=2, gt=1)
    missing_pct: float = Field(default=20, gt=0, le=100)
    flat_pct: float = Field(default=90, gt=0, le=100)
    skewness: float = Field(default=2, gt=0)
    kurtosis: float = Field(default=3.5, gt=0)
    resamples: int = Field(default=1000, ge=100, le=100_000)
    reason: str = ""


class Plan(Definition):
    """A robustness test. Grades and proposals are judged in the first `judged_draws` of the draws, what a place
    hangs on with `sensitivity_samples` base samples. `robust_pct`: a proposal that holds in at least this share of the draws is robust; one that
    holds in less than `fragile_pct` is an artefact of the scheme's own choices."""

    draws: int = Field(ge=100, le=1_000_000)
    judged_draws: int = Field(default=2000, ge=100)
    sensitivity_samples: int = Field(default=1024, ge=0)
    seed: int = Field(ge=0)
    robust_pct: float = Field(default=95, gt=50, le=100)
    fragile_pct: float = Field(default=50, gt=0, le=50)
    reason: str
    weights: WeightChoice
    normalisation: tuple[NormalisationChoice, ...] = Field(min_length=1)
    aggregation: tuple[AggregationChoice, ...] = Field(min_length=1)
    missing: tuple[MissingChoice, ...] = Field(min_length=1)
    leave_out: LeaveOut = LeaveOut()
    data: DataErrors = DataErrors()
    audit: AuditLimits = AuditLimits()

    @model_validator(mode="after")
    def _power_of_two(self) -> Plan:
        if self.sensitivity_samples & (self.sensitivity_samples - 1):
            raise ValueError("sensitivity_samples 必须是 2 的幂（0 为不计算）")
        return self

    @model_validator(mode="after")
    def _own_once(self) -> Plan:
        for what, choices in (("normalisation", self.normalisation), ("aggregation", self.aggregation)):
            for choice in choices:
                given = choice.points if isinstance(choice, NormalisationChoice) else choice.combine
                if (choice.key == OWN) != (given is None):
                    raise ValueError(f"{what}：键为 own 的一项不写方法，其余各项必须写方法（{choice.key}）")
        for what, keys in (
            ("normalisation", [choice.key for choice in self.normalisation]),
            ("aggregation", [choice.key for choice in self.aggregation]),
            ("missing", [choice.key for choice in self.missing]),
        ):
            if len(set(keys)) < len(keys):
                raise ValueError(f"{what} 的键重复")
        return self


def load_plan(path: Path = PLAN) -> Plan:
    """The plan at `path`; raises DefinitionRefused with every problem of the file."""
    return load(path, Plan)
