"""The rules of confidentiality as data: every number with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from validation.definition import Definition, load

POLICY_FILE = Path(__file__).parent / "policy.toml"


class Parameter(Definition):
    """A number that the office chose, and why."""

    value: float = Field(ge=0)
    unit: str
    reason: str = Field(min_length=1)


class Unknown(Definition):
    """What becomes of a figure of which nobody says how many enterprises stand behind it."""

    value: Literal["suppress", "open"]
    unit: str = ""
    reason: str = Field(min_length=1)


class Policy(Definition):
    """The rules: least number of enterprises, p % rule, dominance of the largest, width of what may be inferred."""

    minimum_enterprises: Parameter
    p_pct: Parameter
    dominance_pct: Parameter
    protection_pct: Parameter
    score_protection_pct: Parameter
    unknown: Unknown


def load_policy(path: Path | None) -> Policy:
    """The policy at `path`, or the one that comes with the product; raises DefinitionRefused."""
    return load(path or POLICY_FILE, Policy)
