"""How long what stands in HOME must be kept, after `retention.toml`; nothing is ever deleted by the program."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl

from parkeval.home import Home
from validation.definition import read_toml

RETENTION_FILE = Path(__file__).parent / "retention.toml"


def retention(home: Home) -> pl.DataFrame:
    """One row per run and class: 批次, 类别, 内容, 保存至 (at least until), 依据; runs whose manifest is unreadable are left out.

    The years count from the day on which the run was made.
    """
    rows = []
    for folder in sorted(home.runs.glob("*/*")):
        try:
            started = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["run"]["started_at"]
            made = date.fromisoformat(str(started)[:10])
        except (OSError, ValueError, KeyError):
            continue
        for kind in read_toml(RETENTION_FILE)["classes"]:
            present = sorted(path.name for pattern in kind["paths"] for path in folder.glob(pattern))
            if present:
                until = _years_later(made, int(kind["years"]))
                rows.append((folder.name, kind["name"], "、".join(present), until, kind["clause"]))
    return pl.DataFrame(rows, schema=["批次", "类别", "内容", "保存至", "依据"], orient="row")


def _years_later(day: date, years: int) -> date:
    last = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + years, **({"month": 3, "day": 1} if last else {}))
