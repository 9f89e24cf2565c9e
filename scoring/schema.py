"""The tables of the results: their columns, types and order, as `results_schema.toml` states them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import polars as pl

from validation.definition import read_toml

TYPES: dict[str, pl.DataType] = {
    "TEXT": pl.String(),
    "INTEGER": pl.Int32(),
    "BIGINT": pl.Int64(),
    "DOUBLE": pl.Float64(),
    "BOOLEAN": pl.Boolean(),
    "DATE": pl.Date(),
    "DECIMAL(28,6)": pl.Decimal(28, 6),
}


@dataclass(frozen=True)
class ResultColumn:
    """One column: name, SQL type, Chinese label, meaning, and the unit of a number."""

    name: str
    type: str
    label: str
    comment: str
    unit: str = ""

    @property
    def meaning(self) -> str:
        """Label, unit and meaning in one text: the comment of the column in the results file."""
        return f"{self.label}{f'（{self.unit}）' if self.unit else ''}{f'：{self.comment}' if self.comment else ''}"


@dataclass(frozen=True)
class ResultTable:
    """One table: the columns of `key` identify a row and order the table; `view` names its Chinese view, `formerly` the table in files of
    earlier versions."""

    name: str
    label: str
    view: str
    comment: str
    key: tuple[str, ...]
    columns: tuple[ResultColumn, ...]
    formerly: str = ""

    @property
    def schema(self) -> dict[str, pl.DataType]:
        return {column.name: TYPES[column.type] for column in self.columns}

    def empty(self) -> pl.DataFrame:
        return self._empty.clone()

    @cached_property
    def _empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema=self.schema)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` with exactly this table's columns and types, sorted by its key (then by the rest); missing columns are null."""
        given = [
            pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, kind).alias(name)
            for name, kind in self.schema.items()
        ]
        rest = [column.name for column in self.columns if column.name not in self.key]
        return frame.select(given).sort([*self.key, *rest], nulls_last=True)


@cache
def result_tables() -> dict[str, ResultTable]:
    """All tables of the results by name, in the order of the file."""
    return tables_of(Path(__file__).parent / "results_schema.toml")


def tables_of(path: Path) -> dict[str, ResultTable]:
    """Tables by name as a schema file states them, in its order."""
    return {
        entry["name"]: ResultTable(
            entry["name"],
            entry["label"],
            entry.get("view", entry["label"]),
            entry["comment"],
            tuple(entry["key"]),
            tuple(ResultColumn(*column) for column in entry["columns"]),
            entry.get("formerly", ""),
        )
        for entry in read_toml(path)["tables"]
    }
