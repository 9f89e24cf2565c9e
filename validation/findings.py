"""Findings (审核问题): what is wrong with a filing, one record per place, and the frame they are kept in."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from validation.finding import ERROR, NOTE, SEVERITIES, VERIFY, Finding, Severity

__all__ = ["ERROR", "NOTE", "ORDER", "SCHEMA", "SEVERITIES", "VERIFY", "Finding", "Severity", "gather", "to_frame"]

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
    listed = list(findings)
    return pl.DataFrame({name: [getattr(finding, name) for finding in listed] for name in SCHEMA}, schema=SCHEMA)


def gather(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """All findings of `frames` (each of `SCHEMA`), one row per `ORDER` key, sorted by it, unknown years and parks first."""
    together = pl.concat([pl.DataFrame(schema=SCHEMA), *frames])
    return together.unique(subset=list(ORDER), keep="first", maintain_order=True).sort(
        ORDER, nulls_last=False, maintain_order=True
    )
