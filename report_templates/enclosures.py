"""The data that travel inside a PDF, and the verification code that is their digest.

`data.json` holds the published rows that a document rests on, in one fixed spelling; its SHA-256 begins with the verification
code that is printed on every page. So whoever holds the PDF can check it with `sha256sum`, and `verify --code` finds the
code again from the published results.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from report_templates.published import Published, Row

# What a document about one park rests on, and what one about all of them does. `decisions` is left out: it grows after
# publication, while the code certifies the figures of a run; the register's own digest stands beside it.
PARK_TABLES = (
    "parks", "statistics", "indicators", "targets", "scores", "ranking", "rule_checks", "proposals", "findings", "data_quality",
)  # fmt: skip
REGION_TABLES = ("parks", "ranking", "region_targets", "proposals")
SHEETS = {"indicators": "评价指标", "rule_checks": "规则判定和依据", "statistics": "统计数据"}
"""Tables that are enclosed as CSV too, and what they are."""
_BESIDE = frozenset({"scheme", "year"})


@dataclass(frozen=True)
class Enclosure:
    """A file that travels inside a PDF: an ASCII name, what it is (Chinese), its content."""

    name: str
    description: str
    content: bytes


def document_data(results: Published, park_code: str = "") -> bytes:
    """`data.json` of the documents about one park, or about all of them where no code is given: UTF-8, keys in order.

    Holds the run, its digest, and the published rows of the year; the same rows give the same bytes.
    """
    run = results.run
    content = {
        "scheme": results.scheme,
        "year": results.year,
        "park_code": park_code,
        "run_id": run["run_id"],
        "results_sha256": run["results_sha256"],
        "tables": {name: _rows(results, name, park_code) for name in (PARK_TABLES if park_code else REGION_TABLES)},
    }
    return (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1, default=_plain) + "\n").encode()


def verification_code(data: bytes) -> str:
    """The first 64 bits of the SHA-256 of `data.json`, in four groups: 3F2A-09BC-77D1-E405."""
    digits = hashlib.sha256(data).hexdigest()[:16].upper()
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))


def enclosures(results: Published, park_code: str = "") -> tuple[Enclosure, ...]:
    """What a document encloses, in the order of the names: `data.json`, and a CSV for each of `SHEETS`."""
    sheets = [
        Enclosure(f"{name}.csv", f"{label}（CSV，UTF-8）", _csv(rows))
        for name, label in SHEETS.items()
        if (rows := _rows(results, name, park_code)) and park_code
    ]
    data = Enclosure(
        "data.json", "本文件所依据的已发布数据；SHA-256 的前 16 位即核验码", document_data(results, park_code)
    )
    return tuple(sorted([data, *sheets], key=lambda enclosure: enclosure.name))


def dated(results: Published) -> datetime | None:
    """The date of the enclosures: that of the evaluation, never today's."""
    day = results.run["decision_date"]
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)


def _rows(results: Published, table: str, park_code: str) -> list[Row]:
    rows: Sequence[Row] = results.of_park(table, park_code) if park_code else results.rows(table)
    own = [row for row in rows if row.get("year", results.year) == results.year]
    return [{name: value for name, value in row.items() if name not in _BESIDE} for row in own]


def _plain(value: Any) -> Any:
    """Dates as ISO 8601; decimals as numbers where a float holds them exactly, else as text."""
    if isinstance(value, Decimal):
        near = float(value)
        if Decimal(repr(near)) == value:
            return int(near) if near == int(near) and abs(near) < 2**53 else near
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no plain form of {type(value).__name__}")


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows with a heading line; a byte order mark lets spreadsheets see the UTF-8; nothing may pass for a formula."""
    text = io.StringIO()
    columns = list(rows[0])
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    return _plain(value) if isinstance(value, (Decimal, date)) else value
