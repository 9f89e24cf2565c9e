"""The register of decisions: what the authority decided, results of rectification, objections and their outcome.

It stands in HOME as `decisions.jsonl`, one entry a line, chained after `parkeval.chain`. The results file shows it as table `decisions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from parkeval import chain, log
from parkeval.home import Home
from scoring.schema import result_tables
from validation.digest import file_sha256
from validation.problems import Problem

REGISTER = "decisions.jsonl"

UPHELD = ("成立", "部分成立")
"""Rulings that change the figure."""


def register_path(home: Home) -> Path:
    """Where the register stands in HOME."""
    return home.folder / REGISTER


def append(home: Home, staging: Path, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Add an entry to the staged register, and to the staged log that it was made; returns it as recorded."""
    recorded = chain.extend(log.staged_register(home.folder, staging, REGISTER), [entry])[0]
    act = {name: recorded.get(name) for name in ("scheme", "year", "run_id")}
    subject = f"{REGISTER} {recorded['number']} {recorded['kind']}"
    log.add(home.folder, staging, {"kind": "act", **act, "subject": subject, "subject_sha256": recorded["sha256"]})
    return recorded


def as_table(path: Path) -> pl.DataFrame:
    """The register at `path` as the published table `decisions`."""
    table = result_tables()["decisions"]
    rows = [{name: entry.get(name) for name in table.schema} for entry in chain.entries(path)]
    texts = {name: pl.String if kind == pl.Date() or kind.is_decimal() else kind for name, kind in table.schema.items()}
    frame = pl.DataFrame(rows, schema=texts, orient="row")
    return table.conform(
        frame.with_columns(
            pl.col(name).str.to_date("%Y-%m-%d") if kind == pl.Date() else pl.col(name).cast(kind)
            for name, kind in table.schema.items()
            if kind == pl.Date() or kind.is_decimal()
        )
    )


def faults(home: Home, published: pl.DataFrame) -> list[Problem]:
    """What is wrong with the register: an unreadable line, a broken chain, or a published table that differs."""
    problems = chain.faults(register_path(home)) + _evidence_faults(home)
    if not problems and not as_table(register_path(home)).equals(published):
        problems.append(Problem("表 decisions", "与登记簿不同", f"与 {REGISTER} 相同", "从备份恢复 results.duckdb"))
    return problems


def evidence_folder(home: Home) -> Path:
    """Where papers that objections rest on are kept."""
    return home.folder / "objections"


def _evidence_faults(home: Home) -> list[Problem]:
    """Papers of objections that are gone or altered, and files there that no objection names."""
    folder, problems, named = evidence_folder(home), [], set()
    for entry in chain.entries(register_path(home)):
        name = entry.get("evidence_file")
        if not name:
            continue
        named.add(name)
        path = folder / name
        if not path.is_file():
            problems.append(Problem(f"objections/{name}", "缺失", "异议的证明材料", "从备份恢复"))
        elif file_sha256(path) != entry.get("evidence_sha256"):
            problems.append(Problem(f"objections/{name}", "内容被改动", "与登记的摘要相符", "从备份恢复"))
    found = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    problems += [
        Problem(f"objections/{name}", "登记簿中没有", "只有登记的证明材料", "移走") for name in sorted(found - named)
    ]
    return problems
