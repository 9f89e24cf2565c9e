"""Findings (审核问题): what is wrong with a filing, one record per place, and the frame they are kept in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

import polars as pl

Severity = Literal["错误", "核实", "提示"]
ERROR: Severity = "错误"
VERIFY: Severity = "核实"
NOTE: Severity = "提示"
SEVERITIES: tuple[Severity, ...] = (ERROR, VERIFY, NOTE)
"""错误 refuses the park for that year; 核实 may stand with a written explanation; 提示 is for information."""


@dataclass(frozen=True)
class Finding:
    """One finding. `year` and `park_code` are None where the file does not tell; `value` is what stands in the cell."""

    check_id: str
    severity: Severity
    message: str
    value: str | None = None
    expected: str | None = None
    cure: str | None = None
    year: int | None = None
    park_code: str | None = None
    item: str | None = None
    label: str | None = None
    source_file: str | None = None
    sheet: str | None = None
    cell: str | None = None
    explanation: str | None = None


SCHEMA: dict[str, pl.DataType] = {
    "year": pl.Int32(),
    "park_code": pl.String(),
    "check_id": pl.String(),
    "item": pl.String(),
    "label": pl.String(),
    "severity": pl.String(),
    "message": pl.String(),
    "value": pl.String(),
    "expected": pl.String(),
    "cure": pl.String(),
    "source_file": pl.String(),
    "sheet": pl.String(),
    "cell": pl.String(),
    "explanation": pl.String(),
}

ORDER = ("year", "park_code", "check_id", "item", "source_file", "sheet", "cell", "message")


def to_frame(findings: Iterable[Finding]) -> pl.DataFrame:
    """The findings as a frame of `SCHEMA`, in the order given."""
    return pl.DataFrame([asdict(finding) for finding in findings], schema=SCHEMA)


def gather(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """All findings of `frames` (each of `SCHEMA`), one row per `ORDER` key, sorted by it, unknown years and parks first."""
    together = pl.concat([pl.DataFrame(schema=SCHEMA), *frames])
    return together.unique(subset=list(ORDER), keep="first", maintain_order=True).sort(
        ORDER, nulls_last=False, maintain_order=True
    )
