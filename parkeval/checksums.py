"""`SHA256SUMS` in HOME: every file of HOME that no run lists itself, so that `sha256sum -c SHA256SUMS` alone finds a change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from validation.digest import file_sha256
from validation.problems import Problem

CHECKSUMS = "SHA256SUMS"
UNLISTED = (".lock", ".staging", "holidays", "office")
"""What belongs to the machinery of writing and holds nothing that is published; the bureau's own tables of holidays, which it
adds when it needs them (a due day once set stands in the register); and the office's own templates and settings, which may
change at any time: what they were for a run stands in the run's folder."""

REGISTERS = "*.jsonl"
"""Append-only registers prove themselves by their chain and grow without a new list."""

LISTED_BY_RUN = "runs/*/*/SHA256SUMS"


def read_sums(path: Path) -> dict[str, str]:
    """Name to digest as `sha256sum` writes them; raises OSError or ValueError for a file that cannot be read."""
    return {name: value for value, name in (line.split("  ", 1) for line in path.read_text("utf-8").splitlines())}


def sums_text(sums: dict[str, str]) -> str:
    """What `sha256sum -c` reads, ordered by name."""
    return "".join(f"{value}  {name}\n" for name, value in sorted(sums.items()))


def listed_files(folder: Path) -> dict[str, Path]:
    """What the list of HOME covers: all files but registers, machinery and those that a run's own list covers."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink()):
        name = path.relative_to(folder).as_posix()
        if name.split("/")[0] in UNLISTED or name == CHECKSUMS or (path.parent == folder and path.match(REGISTERS)):
            continue
        own_list = path.match(LISTED_BY_RUN)
        if name.startswith("runs/") and name.count("/") > 2 and not own_list:
            continue
        found[name] = path
    return found


def listed_after(folder: Path, moves: Sequence[tuple[Path, Path]]) -> str:
    """The list of HOME as it will be once the staged files of `moves` are in place; digests of other files are kept."""
    sums = read_sums(folder / CHECKSUMS) if (folder / CHECKSUMS).exists() else {}
    for staged, final in moves:
        name = final.relative_to(folder).as_posix()
        sums = {other: value for other, value in sums.items() if other != name and not other.startswith(f"{name}/")}
        if staged.is_file() and not (final.parent == folder and final.match(REGISTERS)):
            sums[name] = file_sha256(staged)
        elif name.startswith("runs/"):
            sums[f"{name}/{CHECKSUMS}"] = file_sha256(staged / CHECKSUMS)
        elif staged.is_dir():
            inner = sorted(path for path in staged.rglob("*") if path.is_file())
            sums |= {f"{name}/{path.relative_to(staged).as_posix()}": file_sha256(path) for path in inner}
    return sums_text(sums)


def faults(folder: Path) -> list[Problem]:
    """Files of HOME that are altered, missing or not listed."""
    try:
        sums = read_sums(folder / CHECKSUMS)
    except (OSError, ValueError):
        return [Problem(CHECKSUMS, "缺失或读不出", "评价目录的校验和", "从备份恢复")]
    found = listed_files(folder)
    problems = [Problem(name, "缺失", "校验和所列文件", "从备份恢复") for name in sorted(set(sums) - set(found))]
    problems += [
        Problem(name, "清单中没有", "只有校验和所列文件", "移走；评价目录中不要放别的文件")
        for name in sorted(set(found) - set(sums))
    ]
    for name in sorted(set(sums) & set(found)):
        if found[name].is_symlink() or file_sha256(found[name]) != sums[name]:
            problems.append(Problem(name, "内容被改动", f"SHA-256 {sums[name][:12]}…", "从备份恢复"))
    return problems
