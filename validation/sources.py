"""Which files of a DATA folder are taken in, under which name, with their bytes and digest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from validation.findings import NOTE, Finding
from validation.problems import DataRefused, Problem

READ = ".xlsx"
NOT_READ = (".xls", ".xlsm", ".xlsb", ".ods", ".csv", ".et", ".wps")
"""Kinds of files that may hold statistics and are not read; anything else in the folder is passed over in silence."""


@dataclass(frozen=True)
class Source:
    """A file: `name` is its path relative to DATA with forward slashes, as told in findings and results."""

    name: str
    path: Path


@dataclass(frozen=True)
class Received:
    """The bytes of a file, read once, with the SHA-256 of the same bytes; `content` is None when it could not be read."""

    source: Source
    content: bytes | None
    sha256: str
    said: str = ""


def find_sources(data: Path | Sequence[Path]) -> tuple[list[Source], list[Finding]]:
    """The .xlsx files of `data` (a folder, files, or several of both) in the order of their names.

    Names starting with `~$` or `.` are ignored; other spreadsheet formats give a 提示. Raises DataRefused when a path does
    not exist or no .xlsx is found at all.
    """
    paths = [data] if isinstance(data, Path) else list(data)
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise DataRefused(
            Problem(str(path), "没有这个文件或文件夹", "报送数据的文件夹或 .xlsx 文件", "检查路径") for path in missing
        )
    found = _named(paths)
    sources = [source for source in found if source.path.suffix.lower() == READ]
    if not sources:
        place = "、".join(str(path) for path in paths) or "（未给出）"
        raise DataRefused(
            [Problem(place, "没有 .xlsx 文件", "园区年报和州级汇总工作簿", "把报送的工作簿放进这个文件夹")]
        )
    others = [_not_read(source) for source in found if source.path.suffix.lower() in NOT_READ]
    return sources, others


def receive(source: Source) -> Received:
    """Read the bytes of `source`; an unreadable file is told in `said` instead of raising."""
    try:
        content = source.path.read_bytes()
    except OSError as error:
        return Received(source, None, "", error.strerror or "读取失败")
    return Received(source, content, hashlib.sha256(content).hexdigest())


def _named(paths: Sequence[Path]) -> list[Source]:
    several = len(paths) > 1
    named: dict[str, Path] = {}
    seen: set[Path] = set()
    for path in paths:
        for file in [path] if path.is_file() else _walk(path):
            if file.resolve() in seen:
                continue
            seen.add(file.resolve())
            name = file.name if path.is_file() else file.relative_to(path).as_posix()
            if several and path.is_dir():
                name = f"{path.resolve().name}/{name}"
            while name in named:
                name = f"{Path(name).with_suffix('').as_posix()}（另一份）{file.suffix}"
            named[name] = file
    return [Source(name, named[name]) for name in sorted(named)]


def _walk(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(here) / name for name in sorted(files) if not name.startswith(("~$", ".")))


def _not_read(source: Source) -> Finding:
    suffix = source.path.suffix.lower()
    return Finding(
        "file_not_read", NOTE, f"{suffix} 文件没有读取", suffix, READ, "如是报送数据，用收集模板填报并存为 .xlsx",
        source_file=source.name,
    )  # fmt: skip
