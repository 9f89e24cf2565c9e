"""The rules of distribution as data: which papers go to whom, what is public, how a leak is recognised."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from validation.definition import Definition, build, read_toml

OWN = Path(__file__).resolve().parent / "distribution.toml"
Audience = Literal["parks", "readers"]


class Papers(Definition):
    """To whom papers of one kind go that bear no park's name."""

    kind: str = Field(min_length=1)
    to: tuple[Audience, ...]
    reason: str = ""


class Public(Definition):
    """Columns of a results table that everybody may know; with `kinds` only rows of these kinds."""

    table: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    reason: str = ""


class Scan(Definition):
    """How a figure is recognised: see `parkeval.distribution.figures`."""

    significant_digits: int = Field(ge=3, le=12)
    chance: float = Field(gt=0, le=1)
    largest_denominator: int = Field(ge=0, le=1000)
    characters: int = Field(ge=1, le=20)


class Rules(Definition):
    """The rules of one office."""

    papers: tuple[Papers, ...]
    public: tuple[Public, ...]
    scan: Scan
    required: tuple[str, ...] = ()

    def audience(self, kind: str) -> tuple[Audience, ...] | None:
        """To whom papers of `kind` go; None where nothing is said of it. A paper in several files has the kind's name and more."""
        return next((row.to for row in self.papers if kind == row.kind or kind.startswith(f"{row.kind}-")), None)


def load_rules(path: Path | None = None) -> Rules:
    """The product's rules, with the parts that the office's file at `path` gives instead; raises DefinitionRefused."""
    content = read_toml(OWN)
    if path is None:
        return build(content, Rules, OWN.name)
    own = read_toml(path)
    merged = {**content, **own}
    if isinstance(own.get("scan"), Mapping):
        merged["scan"] = {**content["scan"], **own["scan"]}
    return build(merged, Rules, str(path))
