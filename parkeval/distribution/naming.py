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


LONGEST_PATH = 180
"""Characters of folder and file within a dispatch: Windows takes 260, of which the place where it is put has its share."""


def long_path(folder: str, files: Iterable[str]) -> str | None:
    """The longest of the paths, as Windows counts it, where it is over `LONGEST_PATH`."""
    longest = max((f"{folder}/{file}" for file in files), key=_units, default="")
    return longest if _units(longest) > LONGEST_PATH else None


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


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
