"""The log of HOME (`log.jsonl`): every run, act and release, chained after `parkeval.chain`; the results file shows it as table `log`.

An entry holds no time of the clock, so that the same inputs give the same log and the same hash at the foot of the
reports; when a run was made stands in its manifest. `registers` holds the last digest of every other register, so that
none of them can lose its end unnoticed.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from parkeval import __version__, chain
from parkeval.store import objects_sha256
from scoring.schema import result_tables
from validation.problems import Problem

LOG = "log.jsonl"


def staged_register(folder: Path, staging: Path, name: str) -> Path:
    """The register `name` of HOME copied into the staging folder, to be extended there."""
    staged = staging / name
    if not staged.exists() and (folder / name).exists():
        shutil.copyfile(folder / name, staged)
    return staged


def add(folder: Path, staging: Path, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Add an entry to the staged log and return it as recorded."""
    heads = {path.name: path for path in (*folder.glob("*.jsonl"), *staging.glob("*.jsonl")) if path.name != LOG}
    registers = [f"{name} {head}" for name, path in sorted(heads.items()) if (head := _head(path))]
    whole = {
        **entry,
        "objects_sha256": objects_sha256(),
        "version": __version__,
        "registers": "；".join(registers) or None,
    }
    return chain.extend(staged_register(folder, staging, LOG), [whole])[0]


def as_table(path: Path) -> pl.DataFrame:
    """The log at `path` as the published table `log`."""
    table = result_tables()["log"]
    rows = [{name: entry.get(name) for name in table.schema} for entry in chain.entries(path)]
    return table.conform(pl.DataFrame(rows, schema=table.schema, orient="row"))


def faults(folder: Path, published: pl.DataFrame) -> list[Problem]:
    """What is wrong with the log: a broken chain, a published table that is not its beginning, a register cut short."""
    path = folder / LOG
    problems = chain.faults(path)
    own = as_table(path) if not problems else published
    if not problems and not own.head(published.height).equals(published):
        problems.append(Problem("表 log", "与日志不同", f"{LOG} 的开头", "从备份恢复 results.duckdb 或日志"))
    last = chain.entries(path)[-1:]
    for told in str(last[0].get("registers", "") if last else "").split("；"):
        name, _, head = told.partition(" ")
        if name and head not in {entry.get("sha256") for entry in chain.entries(folder / name)}:
            problems.append(Problem(name, "缺少日志里提到的登记", f"含摘要 {head[:12]}… 的一条", "从备份恢复"))
    return problems


def _head(path: Path) -> str | None:
    entries = chain.entries(path)
    return str(entries[-1].get("sha256")) if entries else None
