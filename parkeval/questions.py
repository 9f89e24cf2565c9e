"""The book of ready questions: what they ask, with which parameters, and how these are filled in for one HOME."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import polars as pl

from parkeval.arguments import park_code, run_of
from parkeval.errors import UsageFault
from parkeval.store import Tables
from validation.definition import read_toml
from validation.problems import Problem

QUESTIONS_FILE = Path(__file__).parent / "questions.toml"

Kind = Literal["scheme", "park", "year", "before", "text"]
"""park: code or name; year: the latest unless given; before: the year before `year`; scheme: the only one unless given."""


@dataclass(frozen=True)
class Parameter:
    """One `$name` of a question."""

    name: str
    kind: Kind
    meaning: str

    @property
    def required(self) -> bool:
        return self.kind in ("park", "text")


@dataclass(frozen=True)
class Question:
    """A question with its SQL."""

    key: str
    title: str
    parameters: tuple[Parameter, ...]
    sql: str

    def values(self, tables: Tables, given: Mapping[str, str]) -> dict[str, Any]:
        """The value of every parameter from what was `given`; raises UsageFault for what is missing, unknown or wrong."""
        self._refuse(given)
        year = _whole("year", given["year"]) if "year" in given else None
        scheme, chosen = run_of(tables, year, given.get("scheme"))
        values: dict[str, Any] = {}
        for parameter in self.parameters:
            text = given.get(parameter.name)
            if parameter.kind == "scheme":
                values[parameter.name] = scheme
            elif parameter.kind == "year":
                values[parameter.name] = chosen
            elif parameter.kind == "before":
                values[parameter.name] = _whole(parameter.name, text) if text is not None else chosen - 1
            elif parameter.kind == "park":
                values[parameter.name] = park_code(tables, scheme, chosen, str(text))
            else:
                values[parameter.name] = text
        return values

    def _refuse(self, given: Mapping[str, str]) -> None:
        names = {parameter.name for parameter in self.parameters}
        shown = "、".join(f"{one.name}（{one.meaning}{'' if one.required else '，可省'}）" for one in self.parameters)
        problems = [
            Problem("--set", f"问题 {self.key} 没有参数 {name}", shown, "改参数名")
            for name in given
            if name not in names
        ]
        problems += [
            Problem("--set", f"没有给出 {one.name}", shown, f"加上 --set {one.name}={one.meaning}")
            for one in self.parameters
            if one.required and one.name not in given
        ]
        if problems:
            raise UsageFault(problems)


@cache
def questions() -> dict[str, Question]:
    """All ready questions by key, in the order of the book."""
    found = {}
    for entry in read_toml(QUESTIONS_FILE)["questions"]:
        parameters = tuple(Parameter(*given) for given in entry["parameters"])
        assert all(parameter.kind in get_args(Kind) for parameter in parameters)
        found[entry["key"]] = Question(entry["key"], entry["title"], parameters, entry["sql"].strip())
    return found


def question(key: str) -> Question:
    """The question `key`; raises UsageFault with those there are."""
    if key not in questions():
        known = "、".join(f"{one.key} {one.title}" for one in questions().values())
        raise UsageFault([Problem("--question", f"没有问题 {key}", known, "改为其中之一")])
    return questions()[key]


def book() -> pl.DataFrame:
    """The book as a table: key, question, parameters."""
    rows = [
        (one.key, one.title, "，".join(f"{each.name}{'' if each.required else '（可省）'}" for each in one.parameters))
        for one in questions().values()
    ]
    return pl.DataFrame(rows, schema=["键", "问题", "参数"], orient="row")


def settings(pairs: Sequence[str]) -> dict[str, str]:
    """`name=value` texts as a mapping; raises UsageFault for anything else."""
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise UsageFault([Problem("--set", pair, "参数=值", "如 --set year=2025") for pair in wrong])
    return dict(pair.split("=", 1) for pair in pairs)


def _whole(name: str, text: str) -> int:
    if not text.isdecimal() or not text.isascii():
        raise UsageFault([Problem(f"--set {name}", text, "整数", "如 2025")])
    return int(text)
