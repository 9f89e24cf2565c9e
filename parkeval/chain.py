"""Append-only registers: one JSON object a line, each with its number, the digest of the one before and its own.

No entry can be changed, moved or taken out unnoticed. Every register of the product stands on this one mechanism.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from validation.problems import Problem
from validation.replacing import replace_file

FIRST = "0" * 64
"""What stands as the digest before the first entry."""


def entries(path: Path) -> list[dict[str, Any]]:
    """All entries in the order in which they were made; lines that cannot be read are left to `faults`."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            found.append(entry)
    return found


def extend(path: Path, new: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Add entries and return them as recorded, with number and digests; all of them are on disk, or none.

    Nulls are left out; what is neither text nor a whole number is recorded as text. The caller holds the lock of HOME.
    """
    before = entries(path)
    number, previous = len(before), before[-1]["sha256"] if before else FIRST
    recorded: list[dict[str, Any]] = []
    for entry in new:
        number += 1
        plain = {name: _plain(value) for name, value in entry.items() if value is not None}
        whole: dict[str, Any] = {"number": number, **plain, "previous_sha256": previous}
        previous = whole["sha256"] = entry_sha256(whole)
        recorded.append(whole)
    if not recorded:
        return recorded
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = "".join(json.dumps(entry, ensure_ascii=False, sort_keys=True) + "\n" for entry in recorded)
    replace_file(path, (text + lines).encode())
    return recorded


def entry_sha256(entry: Mapping[str, Any]) -> str:
    """Digest of an entry without its own digest."""
    content = {name: value for name, value in entry.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def faults(path: Path) -> list[Problem]:
    """What is wrong with a register: an unreadable line, or a broken chain."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    known = entries(path) if path.exists() else []
    problems = []
    if len(lines) != len(known):
        problems.append(Problem(path.name, "有读不出的行", "每行一条登记", "从备份恢复"))
    previous = FIRST
    for number, entry in enumerate(known, start=1):
        if (
            entry.get("number") != number
            or entry.get("previous_sha256") != previous
            or entry.get("sha256") != entry_sha256(entry)
        ):
            problems.append(Problem(f"{path.name} 第 {number} 条", "内容或次序被改动", "与摘要相符", "从备份恢复"))
            break
        previous = entry["sha256"]
    return problems


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int) else str(value)
