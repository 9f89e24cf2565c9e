"""What can be wrong with a file or a definition, and how it is told to the user."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, in Chinese for the user.

    `place` names file, sheet and cell, or file and key; `found` and `expected` are short phrases;
    `cure` says what to do about it.
    """

    place: str
    found: str
    expected: str
    cure: str = ""

    def __str__(self) -> str:
        cure = f"；处理：{self.cure}" if self.cure else ""
        return f"{self.place}：{self.found}；应为：{self.expected}{cure}"


class Refused(Exception):
    """Base of everything that stops a command for a reason the user can mend; carries all problems at once."""

    headline = "无法继续"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[Refused], tuple[tuple[Problem, ...]]]:
        """Made again from its problems when it comes from another process."""
        return type(self), (self.problems,)


class DataRefused(Refused):
    """The data as a whole cannot be evaluated (exit 4)."""

    headline = "数据不符合要求"


class DefinitionRefused(Refused):
    """A form, indicator, scheme or check definition is wrong (exit 5)."""

    headline = "定义文件有误"


class EngineMissing(Refused):
    """A part of the installation that was asked for is not there, or cannot be started (exit 3)."""

    headline = "计算引擎不可用"
