"""A park's own results as files, for reports that do not carry them as attachments."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from parkeval.printing import as_text, plain
from scoring.schema import result_tables

if TYPE_CHECKING:
    from parkeval.store import Tables

TABLES = ("parks", "statistics", "findings", "indicators", "targets", "scores", "ranking", "rule_checks", "proposals")
SHEETS = {"indicators": "本园评价指标.csv", "statistics": "本园统计数据.csv"}
BOOK = "本园数据.json"
KIND = "本园数据"
_LEFT_OUT = ("scheme", "run_year")


class OwnData:
    """The rows of one run by park, split once for all packages."""

    def __init__(self, tables: Tables, scheme: str, year: int) -> None:
        self._rows: dict[str, Mapping[Any, pl.DataFrame]] = {}
        for name in TABLES:
            own = tables[name].filter(
                pl.col("scheme") == scheme, pl.col("year") == year, pl.col("park_code").is_not_null()
            )
            shown = own.drop(column for column in _LEFT_OUT if column in own.columns)
            self._rows[name] = shown.partition_by("park_code", as_dict=True, maintain_order=True)

    def files(self, park_code: str) -> list[tuple[str, bytes]]:
        """Name and content of each file: all rows as JSON under the columns' codes, indicators and statistics as CSV in Chinese."""
        rows = {name: of.get((park_code,)) for name, of in self._rows.items()}
        files = [(BOOK, _as_json({name: [] if frame is None else frame.to_dicts() for name, frame in rows.items()}))]
        for name, file in SHEETS.items():
            frame = rows[name]
            if frame is not None:
                labels = {column.name: column.label for column in result_tables()[name].columns}
                named = frame.rename({column: labels[column] for column in frame.columns})
                files.append((file, ("\ufeff" + as_text(named, "csv")).encode()))
        return files


def _as_json(book: Mapping[str, list[dict[str, Any]]]) -> bytes:
    """Tables by name, a row a line."""
    encode = json.JSONEncoder(ensure_ascii=False, default=plain).encode
    tables = (f"{encode(name)}: [" + ",".join(f"\n {encode(row)}" for row in book[name]) + "]" for name in sorted(book))
    return ("{" + ",\n".join(tables) + "}\n").encode()
