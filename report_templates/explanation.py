"""An explanation: lines that rest on lines, each statement made once and referred to afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Step:
    """One line of an explanation with the lines it rests on.

    `key` names the statement, so that it need not be made twice; `brief` is how it is mentioned when it was made
    before (the text itself where empty). `number` is the mark by which later lines refer to this one (0: none does);
    a line that refers has `refers` and no parts.
    """

    text: str
    parts: tuple[Step, ...] = field(default=())
    key: str = ""
    brief: str = ""
    number: int = 0
    refers: int = 0

    def flat(self, depth: int = 0) -> Iterator[Line]:
        """This line and all below it, in reading order, for print."""
        yield Line(depth, self.number, self.refers, self.brief or self.text if self.refers else self.text)
        for part in self.parts:
            yield from part.flat(depth + 1)

    def lines(self) -> Iterator[str]:
        """The lines as indented text."""
        for line in self.flat():
            yield "  " * line.depth + line.marked

    def as_data(self) -> dict[str, Any]:
        """The tree as plain data; `refers` names the number of the line where a statement was made before."""
        data: dict[str, Any] = {"text": self.brief or self.text if self.refers else self.text, "key": self.key}
        if self.number:
            data["number"] = self.number
        if self.refers:
            data["refers"] = self.refers
        return data | {"parts": [part.as_data() for part in self.parts]}


@dataclass(frozen=True)
class Line:
    """A line as it is printed: how far it is set in, its number and the number it refers to (0: none), its text."""

    depth: int
    number: int
    refers: int
    text: str

    @property
    def marked(self) -> str:
        """The text with its number before it, or with the reference behind it."""
        head = f"〔{self.number}〕" if self.number else ""
        return f"{head}{self.text}" + (f"，见〔{self.refers}〕" if self.refers else "")


def said_once(step: Step) -> Step:
    """`step` with every statement (by key) made in full where it comes first, and referred to by number afterwards."""
    seen: Counter[str] = Counter()
    _count(step, seen)
    repeated = {key: number for number, key in enumerate((key for key, count in seen.items() if count > 1), start=1)}
    return _numbered(step, repeated, set())


def _count(step: Step, seen: Counter[str]) -> None:
    if step.key:
        seen[step.key] += 1
        if seen[step.key] > 1:
            return
    for part in step.parts:
        _count(part, seen)


def _numbered(step: Step, repeated: dict[str, int], told: set[str]) -> Step:
    number = repeated.get(step.key, 0) if step.key else 0
    if number and step.key in told:
        return replace(step, parts=(), refers=number)
    told.add(step.key)
    return replace(step, number=number, parts=tuple(_numbered(part, repeated, told) for part in step.parts))
