"""The catalogue of indicators (评价指标) as definitions: formula, unit, direction and clause of each."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from validation.definition import Definition, load
from validation.expression import Expression, parse

CATALOGUE = Path(__file__).parent / "catalogue"

Kind = Literal[
    "level", "share", "intensity", "growth", "compound_growth", "change", "multiple", "count", "coverage", "milestone", "judged"
]  # fmt: skip
"""What an indicator is. A milestone is dated and a judged score has its judge: `metrics.kinds` says what that asks of forms."""


class Indicator(Definition):
    """One indicator: what is computed from the statistics of a park in a year."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=1)
    unit: str
    kind: Kind
    formula: str = Field(min_length=1)
    clause: str = Field(min_length=1)
    direction: Literal["higher", "lower"] = "higher"
    decimals: int = Field(default=1, ge=0, le=6)
    note: str = ""

    def expression(self, place: str) -> Expression:
        """The parsed formula; raises DefinitionRefused at `place` and the indicator's code."""
        return parse(self.formula, f"{place} 的 {self.code}.formula")


class RegionIndicator(Indicator):
    """An indicator of the whole region; with `for_each` one value per member of that list of the scheme."""

    for_each: str = ""


class Catalogue(Definition):
    """The indicators of one evaluation measure."""

    key: str
    title: str
    document: str
    indicators: tuple[Indicator, ...] = Field(min_length=1)
    region_indicators: tuple[RegionIndicator, ...] = ()

    @model_validator(mode="after")
    def _codes_unique(self) -> Catalogue:
        codes = [indicator.code for indicator in (*self.indicators, *self.region_indicators)]
        repeated = sorted({code for code in codes if codes.count(code) > 1})
        if repeated:
            raise ValueError(f"指标代码重复：{'、'.join(repeated)}")
        return self

    def park_indicators(self) -> dict[str, Indicator]:
        return {indicator.code: indicator for indicator in self.indicators}

    def of_region(self) -> dict[str, RegionIndicator]:
        return {indicator.code: indicator for indicator in self.region_indicators}


def load_catalogue(path: Path) -> Catalogue:
    """Load the catalogue at `path`; raises DefinitionRefused with every problem of the file."""
    return load(path, Catalogue)
