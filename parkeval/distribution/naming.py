"""Names of files and folders that leave the office: the same for the same recipient, safe on every system."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from report_templates.formatting import file_name

_RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10))}
"""Names that Windows keeps for devices, with any ending."""


def clean_name(text: str) -> str:
    """A name from any text: NFKC first (so that ／ is seen as the / it becomes), then the rules of file names."""
    stem = file_name([unicodedata.normalize("NFKC", text)])
    return f"_{stem}" if stem.partition(".")[0].strip().lower() in _RESERVED else stem


def clean_file(name: str) -> str:
    """`clean_name` of a file's name, its ending kept."""
    path = PurePosixPath(name.replace("\\", "/"))
    ending = path.suffix if path.suffix.isascii() and path.suffix[1:].isalnum() else ""
    return clean_name(path.name[: len(path.name) - len(ending)]) + ending.lower()


def distinct(names: Iterable[str]) -> list[str]:
    """The names in their order; one that differs from an earlier one by case alone, or not at all, gets a number."""
    taken: set[str] = set()
    given = []
    for name in names:
        path = PurePosixPath(name)
        number, chosen = 1, name
        while chosen.casefold() in taken:
            number += 1
            chosen = f"{path.stem}-{number}{path.suffix}"
        taken.add(chosen.casefold())
        given.append(chosen)
    return given
