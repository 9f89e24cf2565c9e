"""Where the rows of a ledger stand: Parquet files and which of their columns mean what; rows are only ever streamed from here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import polars as pl

from validation.forms import Column
from validation.ledgers.definition import MONTH, Ledger

Kind = Literal["text", "decimal", "integer", "float", "date"]

FIGURE = pl.Decimal(18, 6)
"""Figures of one row: exact, 8 bytes, up to 10^12 of the unit."""
SLICE_ROWS = 500_000
_NO_MONTH = Column(code=MONTH, label="月份", type="count", required=False)


@dataclass(frozen=True)
class Stored:
    """A column as it is stored: its name in the file, what kind of values it has, how many units of the form one of its units is."""

    name: str
    kind: Kind
    factor: Fraction = Fraction(1)


@dataclass(frozen=True)
class Part:
    """Parquet files with the same columns; `columns` by code, those that are absent are empty. `source` is the file's name as received."""

    source: str
    path: Path
    columns: Mapping[str, Stored]


@dataclass(frozen=True)
class Records:
    """All parts of one ledger in one evaluation."""

    parts: tuple[Part, ...]
    definition: Ledger

    def column(self, code: str) -> Column:
        """The column of that code; a ledger by year has months all the same, which nobody tells."""
        return next((column for column in self.definition.columns if column.code == code), _NO_MONTH)

    def slices(
        self, part: Part, columns: Sequence[str] | None = None, rows: int = SLICE_ROWS
    ) -> Iterator[pl.DataFrame]:
        """The rows of `part` from the start, months always among all columns, text, dates or Float64 as rules take them."""
        lazy = pl.scan_parquet(part.path, glob=False)
        height = int(lazy.select(pl.len()).collect().item())
        own = [column.code for column in self.definition.columns]
        wanted = [self.column(code) for code in (dict.fromkeys([*own, MONTH]) if columns is None else columns)]
        for start in range(0, max(height, 1), rows):
            yield lazy.slice(start, rows).select(_typed(column, part) for column in wanted).collect()

    def frame(self, columns: Sequence[str]) -> pl.DataFrame:
        """The wanted columns of all parts, figures as `FIGURE`; for tables that fit in memory."""
        parts = [
            pl.scan_parquet(part.path, glob=False).select(_exact(self.column(code), part) for code in columns)
            for part in self.parts
        ]
        empty = pl.LazyFrame(schema={code: column_kind(self.column(code)) for code in columns})
        return pl.concat([empty, *parts]).collect()


def column_kind(column: Column) -> pl.DataType:
    if column.type == "date":
        return pl.Date()
    return FIGURE if column.numeric else pl.String()


def converted(column: Column, factor: Fraction = Fraction(1)) -> Stored:
    """How a column is stored in a Parquet file written here: by its code, in the type of `column_kind`."""
    kind: Kind = "date" if column.type == "date" else "decimal" if column.numeric else "text"
    return Stored(column.code, kind, factor)


def stored_kind(kind: pl.DataType) -> Kind | None:
    """What kind of values a Parquet column of this type has, None for one that no column of a ledger is stored as."""
    if kind == pl.String or isinstance(kind, pl.Categorical | pl.Enum):
        return "text"
    if kind.is_decimal():
        return "decimal"
    if kind.is_integer():
        return "integer"
    if kind == pl.Date or isinstance(kind, pl.Datetime):
        return "date"
    return "float" if kind.is_float() else None


def _typed(column: Column, part: Part) -> pl.Expr:
    kind = pl.Float64() if column.numeric else column_kind(column)
    stored = part.columns.get(column.code)
    if stored is None:
        return pl.lit(None, kind).alias(column.code)
    own = pl.col(stored.name).cast(kind)
    if kind == pl.String():
        own = pl.when(own != "").then(own)
    return (own * float(stored.factor) if stored.factor != 1 else own).alias(column.code)


def _exact(column: Column, part: Part) -> pl.Expr:
    stored = part.columns.get(column.code)
    if stored is None:
        return pl.lit(None, column_kind(column)).alias(column.code)
    own = pl.col(stored.name)
    if column.type == "date":
        return own.cast(pl.Date).alias(column.code)
    if not column.numeric:
        return pl.when(own != "").then(own).alias(column.code)
    if stored.factor != 1:
        own = own.cast(pl.Float64) * float(stored.factor)
    return own.cast(FIGURE, strict=False).alias(column.code)
