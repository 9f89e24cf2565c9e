"""A scheme (评价办法) as authored: dated values, clauses, and what the bureau chose itself with its reason."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from scoring.combining import AnyCombination, Arithmetic
from scoring.dated import Dated, ParkClass
from scoring.points import AnyMethod
from scoring.treatment import Treatment
from scoring.weighting import AnyWeighting
from validation.definition import Definition

TOTAL = "total"
"""The node at the top of the hierarchy, and its kind."""

REQUIRED_PARAMETERS = ("bottom_share_pct", "minimum_group", "startup_years")
"""Parameters that ranking itself reads."""

BOTTOM_COUNT = "bottom_count"
"""An optional one: how many parks are near the bottom, in place of the share."""


class Sourced(Definition):
    """Something that stands in the document (`clause`) or is the bureau's own choice (with a `reason`)."""

    clause: str = ""
    bureau_choice: bool = False
    reason: str = ""


class Parameter(Sourced):
    """A number that formulas and rules read as `param.<code>`."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    unit: str = ""
    values: tuple[Dated, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _source(self) -> Parameter:
        if self.bureau_choice and not self.reason:
            raise ValueError("统计部门选择的参数必须写理由 reason")
        if not self.bureau_choice and not self.clause:
            raise ValueError("文件规定的参数必须写条款 clause；不是文件规定的写 bureau_choice = true 和 reason")
        return self


class MemberList(Definition):
    """A list of names that indicators run over (重点行业)."""

    code: str
    label: str
    clause: str
    members: tuple[str, ...] = Field(min_length=1)


class Calendar(Definition):
    """Dates in the year after the statistical year, as month-day.

    `returns_due` is the last day for corrected filings and explanations; without it, the decision date. `objections_due`
    is the last day for objections to the result; empty where none is set.
    """

    filing_deadline: str = Field(pattern=r"^\d\d-\d\d$")
    decision_date: str = Field(pattern=r"^\d\d-\d\d$")
    rectification_due: str = Field(pattern=r"^\d\d-\d\d$")
    returns_due: str = Field(default="", pattern=r"^(\d\d-\d\d)?$")
    objections_due: str = Field(default="", pattern=r"^(\d\d-\d\d)?$")
    reason: str

    @model_validator(mode="after")
    def _dates(self) -> Calendar:
        optional = (self.returns_due or "01-01", self.objections_due or "01-01")
        for text in (self.filing_deadline, self.decision_date, self.rectification_due, *optional):
            date.fromisoformat(f"2001-{text}")
        return self

    def on(
        self,
        what: Literal["filing_deadline", "decision_date", "rectification_due", "returns_due", "objections_due"],
        year: int,
    ) -> date:
        """The date for statistical year `year`."""
        return date.fromisoformat(f"{year + 1:04d}-{getattr(self, what) or self.decision_date}")


class Ranking(Definition):
    """How parks are ranked: within groups by the columns of the register in `group_by`, and all together under the name `overall`.

    `missing` says what a null indicator becomes: zero points; the mean points of the group; left out, with the other
    weights scaled up (`rescale`), if at least `minimum_available_pct` of the weight is there; or no total at all
    (`refuse`). Equal scores share a rank, unless `tie_break` names indicators (or `previous_rank`) that tell the
    parks apart, in their order.
    """

    overall: str
    group_by: tuple[str, ...] = ("level",)
    tie_tolerance: float = Field(ge=0)
    tie_break: tuple[str, ...] = ()
    missing: Literal["zero", "group_mean", "rescale", "refuse"]
    minimum_available_pct: float = Field(default=0, ge=0, le=100)
    reason: str


Gap = Literal["break", "skip"]


class History(Definition):
    """What a year in which a park was not ranked means for facts over several years.

    exempt_year: evaluated and not ranked (exempted, in its first years, rank cancelled by a veto); refused_year: not
    evaluated for want of trusted data. `break`: the year counts as one in which nothing held, so that what runs over
    several years starts anew and a window of years loses one; `skip`: the years before and after it adjoin.
    """

    exempt_year: Gap = "break"
    refused_year: Gap = "skip"
    clause: str = ""
    reason: str = ""

    def text(self) -> str:
        """The choices in Chinese."""
        said = {"break": "算一年，连续到此中断", "skip": "不算一年，前后相接"}
        return f"评价而不排名的年度{said[self.exempt_year]}；没有评价的年度{said[self.refused_year]}"


class Grade(Definition):
    """A grade (等次): from a minimum score on, or for the best `top_share_pct` percent of the group (cumulative; the
    number of parks is rounded down, ties at the end share the grade)."""

    label: str
    minimum: float | None = None
    top_share_pct: float | None = Field(default=None, gt=0, le=100)

    @model_validator(mode="after")
    def _one(self) -> Grade:
        if (self.minimum is None) == (self.top_share_pct is None):
            raise ValueError("minimum 与 top_share_pct 必须且只能写一个")
        return self

    def text(self) -> str:
        """The cut in Chinese."""
        return (
            f"{self.label} {self.minimum:g} 分起"
            if self.minimum is not None
            else f"{self.label} 前 {self.top_share_pct:g}%"
        )


class Exemption(Sourced):
    """Parks for which the condition over register and indicators holds are evaluated and not ranked."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    when: str

    @model_validator(mode="after")
    def _sourced(self) -> Exemption:
        if not self.clause and not self.reason:
            raise ValueError("豁免必须写条款 clause 或理由 reason")
        return self


class Dimension(Definition):
    """An inner node of the hierarchy (一级指标, 二级指标 …): its weight in its parent, in percent, and how its children
    combine. Without `parent` it stands under the total. `weighting` computes the children's weights instead of
    taking the given ones; `relative` takes the given ones as multipliers.
    """

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    reason: str
    parent: str = ""
    weights: tuple[Dated, ...] = Field(min_length=1)
    combine: AnyCombination = Arithmetic()
    weighting: AnyWeighting | None = None
    relative: bool = False


class Node(Definition):
    """An indicator in a dimension: weight in percent, and how its value becomes points.

    `treatment` tames outliers of the ranked parks before: winsorising until skewness and kurtosis are in bounds, or
    the logarithm.
    """

    dimension: str
    indicator: str
    weights: tuple[Dated, ...] = Field(min_length=1)
    points: AnyMethod
    treatment: Treatment | None = None
    reason: str


class Subscheme(Definition):
    """Another scheme whose published total formulas may use as `sub.<code>` (nested evaluation, 70 % province and
    30 % city); its years are evaluated into the same HOME before."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    scheme: str
    clause: str = ""


class Total(Definition):
    """How the dimensions under the total combine."""

    combine: AnyCombination = Arithmetic()
    weighting: AnyWeighting | None = None
    relative: bool = False
    bonus_cap: float | None = Field(default=None, ge=0)


class Adjustment(Sourced):
    """What comes after the hierarchy: a deduction or a bonus of points (never below zero nor above `cap`), or a veto
    that caps the grade or cancels the rank of the year when its condition holds (一票否决)."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    kind: Literal["deduction", "bonus", "veto"]
    points: str = ""
    cap: float | None = Field(default=None, ge=0)
    when: str = ""
    grade_at_most: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Adjustment:
        if self.kind == "veto" and not self.when:
            raise ValueError("一票否决必须写条件 when")
        if self.kind != "veto" and not self.points:
            raise ValueError("加分、扣分必须写 points 公式")
        return self


Operator = Literal[">=", ">", "<=", "<"]


class Target(Definition):
    """A target value; `path` says what is asked before the due year.

    linear: from the base year's value straight to the target; constant: the target in every year; none: nothing
    before the due year; every_year: the condition must hold in each year since the base year. After `to_year` the target
    is no longer asked for.
    """

    indicator: str
    operator: Operator
    due_year: int
    to_year: int | None = None
    path: Literal["linear", "constant", "none", "every_year"]
    tolerance: float = Field(default=0, ge=0)
    tolerance_reason: str = ""
    levels: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    clause: str = Field(min_length=1)
    values: tuple[Dated, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _tolerance(self) -> Target:
        if self.tolerance and not self.tolerance_reason:
            raise ValueError("有容差 tolerance 的目标必须写 tolerance_reason")
        if self.to_year is not None and self.to_year < min(item.from_year for item in self.values):
            raise ValueError("to_year 早于最早的 from_year，目标一年也不适用")
        return self

    def ended(self, year: int) -> bool:
        """Whether the target is no longer asked for in `year`."""
        return self.to_year is not None and year > self.to_year


class Status(Definition):
    """A status a park can have; one that `lapses` ends after a year unless proposed again, and with a `terminal` one
    the park is no longer ranked (it may come back as a new applicant only)."""

    label: str
    lapses: bool = False
    terminal: bool = False


class Rule(Sourced):
    """A rule of dynamic management: when the condition holds, the action is proposed.

    `evidence` names facts to be shown beside those of the condition; `supersedes` names rules that step back for it.
    Those for whom it holds are placed by `order_by`, an expression over facts and indicators (the greatest first; with a
    leading minus the lowest); with a `quota` (a number, or the value of the fact `quota_fact`) only the first are
    proposed, by score where nothing else is said. `amounts_10k_cny` are paid by place in the group; `benefits` stop.
    """

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    kind: Literal["reward", "priority", "promotion", "sanction", "release"]
    action: str
    when: str
    status: str = ""
    due: Literal["", "rectification"] = ""
    evidence: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    quota: int = Field(default=0, ge=0)
    quota_fact: str = ""
    quota_scope: Literal["group", "all"] = "group"
    order_by: str = ""
    amounts_10k_cny: tuple[float, ...] = ()
    benefits: tuple[str, ...] = ()

    @property
    def placed(self) -> bool:
        """Whether those for whom the rule holds are placed among themselves."""
        return bool(self.quota or self.quota_fact or self.order_by)

    @property
    def order(self) -> str:
        """The expression by which they are placed."""
        return self.order_by or "score"


class Scheme(Definition):
    """One evaluation measure as authored."""

    key: str
    title: str
    document: str
    region: str
    region_code: str
    office: str
    forms: str
    indicators: str
    base_year: int
    first_year: int
    target_year: int
    horizon_clause: str
    levels: tuple[str, ...] = Field(min_length=1)
    park_types: tuple[str, ...] = ()
    dynamic_management_clause: str
    calendar: Calendar
    lists: tuple[MemberList, ...] = ()
    subschemes: tuple[Subscheme, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    ranking: Ranking
    history: History = History()
    grades: tuple[Grade, ...] = Field(min_length=1)
    grades_clause: str = ""
    grades_reason: str = ""
    total: Total = Total()
    adjustments: tuple[Adjustment, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    dimensions: tuple[Dimension, ...] = Field(min_length=1)
    nodes: tuple[Node, ...] = Field(min_length=1)
    targets: tuple[Target, ...] = ()
    region_targets: tuple[Target, ...] = ()
    statuses: tuple[Status, ...] = Field(min_length=1)
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _codes_unique(self) -> Scheme:
        groups = {
            "参数": [parameter.code for parameter in self.parameters],
            "一级指标": [dimension.code for dimension in self.dimensions],
            "计分指标": [node.indicator for node in self.nodes],
            "园区目标": [target.indicator for target in self.targets],
            "全州目标": [target.indicator for target in self.region_targets],
            "加减分和否决": [item.code for item in self.adjustments],
            "规则": [rule.code for rule in self.rules],
            "状态": [status.label for status in self.statuses],
            "等次": [grade.label for grade in self.grades],
        }
        for what, codes in groups.items():
            repeated = sorted({code for code in codes if codes.count(code) > 1})
            if repeated:
                raise ValueError(f"{what}重复：{'、'.join(repeated)}")
        missing = sorted(set(REQUIRED_PARAMETERS).difference(groups["参数"]))
        if missing:
            raise ValueError(f"缺少排名必需的参数：{'、'.join(missing)}")
        return self

    @property
    def classes(self) -> list[ParkClass]:
        """Every class of parks that the scheme distinguishes."""
        return [ParkClass(level, kind) for level in self.levels for kind in (self.park_types or ("",))]
