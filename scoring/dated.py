"""Values under the year from which they count, for all parks, by level or by park type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from pydantic import Field, model_validator

from validation.definition import Definition
from validation.expression.reading import plain


class ParkClass(NamedTuple):
    """What thresholds and weights may depend on."""

    level: str
    park_type: str


class Dated(Definition):
    """A value from a year of evaluation on: for all parks, by level, by park type, or by group."""

    from_year: int
    value: float | None = None
    by_level: dict[str, float] = Field(default_factory=dict)
    by_type: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one(self) -> Dated:
        if (self.value is not None) + bool(self.by_level) + bool(self.by_type) != 1:
            raise ValueError("value、by_level、by_type 必须且只能写一个")
        return self

    def at(self, kind: ParkClass) -> float | None:
        """The value for a park of `kind`; None where a list by level or type does not name it."""
        if self.by_level:
            return self.by_level.get(kind.level)
        return self.by_type.get(kind.park_type) if self.by_type else self.value

    def text(self) -> str:
        """The value, or those by level or type, in Chinese."""
        named = self.by_level or self.by_type
        if named:
            return "，".join(f"{name} {plain(value)}" for name, value in named.items())
        return plain(self.value) if self.value is not None else ""


Bound = float | tuple[Dated, ...]
"""A number of a scoring formula: one for all years, or dated values like those of targets."""


def in_force(values: Iterable[Dated], year: int) -> Dated | None:
    """The dated entry in force in `year`: the one with the latest `from_year` not after it."""
    return max((item for item in values if item.from_year <= year), key=lambda item: item.from_year, default=None)
