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
from validation.problems import Problem

REGISTER = "decisions.jsonl"

DECISIONS = ("采纳", "减轻", "不采纳")
RECTIFICATIONS = ("有效", "无效")
RULINGS = ("成立", "不成立")


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
            pl.col("recorded_on").str.to_date("%Y-%m-%d"),
            *(pl.col(name).cast(pl.Decimal(28, 6)) for name in ("filed_value", "claimed_value")),
        )
    )


def faults(home: Home, published: pl.DataFrame) -> list[Problem]:
    """What is wrong with the register: an unreadable line, a broken chain, or a published table that differs."""
    problems = chain.faults(register_path(home))
    if not problems and not as_table(register_path(home)).equals(published):
        problems.append(Problem("表 decisions", "与登记簿不同", f"与 {REGISTER} 相同", "从备份恢复 results.duckdb"))
    return problems
