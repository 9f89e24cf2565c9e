"""The register of decisions: what the authority decided, results of rectification, objections and their outcome.

It stands in HOME as `decisions.jsonl`, one entry a line, append-only; each entry carries the digest of the one
before, so that none can be changed or taken out unnoticed. The results file shows it as table `decisions`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from parkeval.home import Home
from scoring.schema import result_tables
from validation.problems import Problem

REGISTER = "decisions.jsonl"
FIRST = "0" * 64

DECISIONS = ("采纳", "减轻", "不采纳")
RECTIFICATIONS = ("有效", "无效")
RULINGS = ("成立", "不成立")


def register_path(home: Home) -> Path:
    """Where the register stands in HOME."""
    return home.folder / REGISTER


def entries(home: Home) -> list[dict[str, Any]]:
    """All entries in the order in which they were made; lines that cannot be read are left to `faults`."""
    path = register_path(home)
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


def append(home: Home, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Add an entry and return it as recorded, with its number and digests."""
    before = entries(home)
    recorded: dict[str, Any] = {
        "number": len(before) + 1,
        **{name: _plain(value) for name, value in entry.items() if value is not None},
        "previous_sha256": before[-1]["sha256"] if before else FIRST,
    }
    recorded["sha256"] = entry_sha256(recorded)
    path = register_path(home)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    staged = path.with_name(f".{REGISTER}.part")
    staged.write_text(text + json.dumps(recorded, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    staged.replace(path)
    return recorded


def entry_sha256(entry: Mapping[str, Any]) -> str:
    """Digest of an entry without its own digest."""
    content = {name: value for name, value in entry.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def as_table(home: Home) -> pl.DataFrame:
    """The register as the published table `decisions`."""
    table = result_tables()["decisions"]
    rows = [{name: entry.get(name) for name in table.schema} for entry in entries(home)]
    texts = {name: pl.String if kind == pl.Date() or kind.is_decimal() else kind for name, kind in table.schema.items()}
    frame = pl.DataFrame(rows, schema=texts, orient="row")
    return table.conform(
        frame.with_columns(
            pl.col("recorded_on").str.to_date("%Y-%m-%d"),
            *(pl.col(name).cast(pl.Decimal(28, 6)) for name in ("filed_value", "claimed_value")),
        )
    )


def faults(home: Home, published: pl.DataFrame) -> list[Problem]:
    """What is wrong with the register: an unreadable line, a broken chain, or a published table that differs."""
    path = register_path(home)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    known = entries(home)
    problems = []
    if len(lines) != len(known):
        problems.append(Problem(REGISTER, "有读不出的行", "每行一条登记", "从备份恢复"))
    previous = FIRST
    for number, entry in enumerate(known, start=1):
        if (
            entry.get("number") != number
            or entry.get("previous_sha256") != previous
            or entry.get("sha256") != entry_sha256(entry)
        ):
            problems.append(Problem(f"{REGISTER} 第 {number} 条", "内容或次序被改动", "与摘要相符", "从备份恢复"))
            break
        previous = entry["sha256"]
    if not problems and not as_table(home).equals(published):
        problems.append(Problem("表 decisions", "与登记簿不同", f"与 {REGISTER} 相同", "从备份恢复 results.duckdb"))
    return problems


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int) else str(value)
