"""What stands in the sample workbooks, read with openpyxl by the hidden codes: the test's own reader."""

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import openpyxl

Row = tuple[str, ...]


def write_filed_cells(data: Path, items: Path, records: Path) -> None:
    """Write items (park_code, year, item, content) and records (form, year, park_code, record, item, content) as CSV."""
    rows = [row for path in sorted(data.rglob("*.xlsx")) for row in _cells(path)]
    _write(items, [row[1:] for row in rows if row[0] == "item"])
    _write(records, [row[1:] for row in rows if row[0] == "record"])


def _cells(path: Path) -> Iterator[Row]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    named = {str(row[0]): row[1] for row in book["_parkeval"].iter_rows(max_col=2, values_only=True) if row[0]}
    park, year = str(named.get("park_code") or ""), str(named.get("year") or "")
    for sheet in book.worksheets:
        rows = [tuple(row) for row in sheet.iter_rows(values_only=True)]
        head = str(rows[2][0] or "") if len(rows) > 2 and rows[2] else ""
        if not head.startswith("form:"):
            continue
        form = head.removeprefix("form:")
        if rows[2][1] == "指标名称":
            for row in rows[3:]:
                if row and row[0]:
                    yield "item", park, year, str(row[0]), _content(row[3])
            continue
        codes = [str(code) for code in rows[2][1:] if code]
        for number, row in enumerate(rows[4:], start=5):
            contents = [_content(value) for value in row[1 : len(codes) + 1]]
            if any(contents):
                for code, content in zip(codes, contents, strict=True):
                    yield "record", form, year, park, str(number), code, content
    book.close()


def _content(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    return repr(value) if isinstance(value, float) else str(value)


def _write(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(rows)
