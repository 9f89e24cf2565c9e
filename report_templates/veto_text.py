"""What is said beside a grade that a veto (一票否决) holds down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def veto_text(row: Mapping[str, Any]) -> str:
    """Which veto of the ranking `row` struck, by which clause, and the grade before it; empty where none did."""
    if not row.get("veto"):
        return ""
    before = row.get("uncapped_grade")
    held = f"，否决前为{before}" if before and before != row["grade"] else "，不改变等次"
    return f"一票否决：{row['veto']}（{row['veto_clause']}）{held}"
