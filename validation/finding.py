"""One finding (审核问题) and its severities; free of any data frame, so that a reading process starts quickly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
