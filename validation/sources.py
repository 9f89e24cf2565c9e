"""Which files of a DATA folder are taken in, and under which name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from validation.finding import ERROR, NOTE, Finding
from validation.problems import DataRefused, Problem

READ = (".xlsx", ".xls", ".ods", ".csv", ".parquet")
LEDGERS = "台账"
"""A folder of this name inside DATA holds ledgers (validation.ledgers), not filings of parks."""
LEDGERS_BEFORE = "企业记录"
"""The same before version 2024.1 of the ledgers, known so that it can be refused in plain words."""
NOT_READ = (".xlsm", ".xlsb", ".et", ".ett", ".wps")
"""Kinds of files that may hold statistics and are not read."""
_NOT_DATA = ("thumbs.db", "desktop.ini")
"""What systems leave in folders; a file named README is not data either. Any other file is told as passed over."""
_NAMES_SHOWN = 5


@dataclass(frozen=True)
class Source:
    """A file: `name` is its path relative to DATA with forward slashes, as told in findings and results."""

    name: str
    path: Path


def find_sources(data: Path | Sequence[Path]) -> tuple[list[Source], list[Finding]]:
    """The files of `data` (a folder, files, or several of both) in formats that are read, in the order of their names.

    Names starting with `~$` or `.` are ignored; formats that may hold a filing and are not read give a 错误 with the way to save
    them, all other kinds one 提示 for each kind. Raises DataRefused when a path does not exist or there is nothing to read at all.
    """
    paths = [data] if isinstance(data, Path) else list(data)
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise DataRefused(
            Problem(str(path), "没有这个文件或文件夹", "报送数据的文件夹或文件", "检查路径") for path in missing
        )
    found = _named(paths)
    sources = [source for source in found if source.path.suffix.lower() in READ]
    if not sources:
        place = "、".join(str(path) for path in paths) or "（未给出）"
        raise DataRefused(
            [
                Problem(
                    place,
                    "没有可读取的文件（.xlsx、.xls、.ods、.csv、.parquet）",
                    "园区年报和州级汇总工作簿",
                    "把报送的工作簿放进这个文件夹",
                )
            ]
        )
    others = [_not_read(source) for source in found if source.path.suffix.lower() in NOT_READ]
    return sources, [*others, *_passed_over(found)]


def _named(paths: Sequence[Path]) -> list[Source]:
    several = len(paths) > 1
    named: dict[str, Path] = {}
    seen: set[str] = set()
    for path in paths:
        folder = not path.is_file()
        base = os.path.abspath(path)
        for file, name in _walk(path) if folder else [(str(path), path.name)]:
            real = os.path.realpath(file) if several or os.path.islink(file) else os.path.join(base, name)
            if real in seen:
                continue
            seen.add(real)
            if several and folder:
                name = f"{path.resolve().name}/{name}"
            while name in named:
                name = f"{Path(name).with_suffix('').as_posix()}（另一份）{Path(name).suffix}"
            named[name] = Path(file)
    return [Source(name, named[name]) for name in sorted(named)]


def _walk(folder: Path) -> Iterator[tuple[str, str]]:
    """Path and name (relative to `folder`, with forward slashes) of every file."""
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in (LEDGERS, LEDGERS_BEFORE)
        )
        inner = os.path.relpath(here, folder).replace(os.sep, "/")
        before = "" if inner == "." else f"{inner}/"
        for name in sorted(files):
            if not name.startswith(("~$", ".")):
                yield os.path.join(here, name), before + name


def _not_read(source: Source) -> Finding:
    suffix = source.path.suffix.lower()
    cure = "如是报送数据，用电子表格软件（WPS 表格或 Excel）打开，另存为 .xlsx"
    return Finding("file_not_read", ERROR, f"{suffix} 文件没有读取", suffix, ".xlsx", cure, source_file=source.name)


def _passed_over(found: Sequence[Source]) -> Iterator[Finding]:
    """One 提示 for each kind of file that holds no tables this product reads (.docx, .pdf, pictures), with the names of the first."""
    kinds: dict[str, list[str]] = {}
    for source in found:
        suffix, name = source.path.suffix.lower(), source.path.name.lower()
        if suffix not in (*READ, *NOT_READ) and name not in _NOT_DATA and source.path.stem.lower() != "readme":
            kinds.setdefault(suffix, []).append(source.name)
    for suffix, names in sorted(kinds.items()):
        kind = f" {suffix:.10} 文件" if suffix else "没有后缀的文件"
        shown = "、".join(f"{name:.60}" for name in names[:_NAMES_SHOWN]) + ("……" if len(names) > _NAMES_SHOWN else "")
        yield Finding(
            "file_passed_over", NOTE, f"{len(names)} 个{kind}没有读取：{shown}", str(len(names)), "、".join(READ),
            "其中有报送数据的，把表格另存为 .xlsx；压缩包先解压；不是数据的无需处理", source_file=names[0],
        )  # fmt: skip
