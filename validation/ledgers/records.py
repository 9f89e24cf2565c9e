"""Where the rows of a ledger stand: Parquet files and which of their columns mean what; rows are only ever streamed from here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Literal

import polars as pl

from validation.expression.aggregate import rounded
from validation.forms import Column
from validation.ledgers.definition import MONTH, Ledger

Kind = Literal["text", "decimal", "wide", "integer", "float", "date"]
"""decimal: not wider than `FIGURE`, so that it is summed as it is; wide: any other."""

FIGURE_DIGITS, FIGURE_DECIMALS = 18, 6
FIGURE = pl.Decimal(FIGURE_DIGITS, FIGURE_DECIMALS)
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
    """A Parquet file; `columns` by code, those that are absent are empty. `source` is its name as received, `path` a URI where only Spark
    reaches it; `schema` tells all its columns with their types, so that files of the same schema can be read as one."""

    source: str
    path: Path | str
    columns: Mapping[str, Stored]
    schema: str = ""


@dataclass(frozen=True)
class Records:
    """All parts of one ledger in one evaluation."""

    parts: tuple[Part, ...]
    definition: Ledger

    @cached_property
    def groups(self) -> tuple[tuple[Part, ...], ...]:
        """The parts by schema, in the order of the first of each: what an engine reads as one table."""
        groups: dict[str, list[Part]] = {}
        for part in self.parts:
            groups.setdefault(part.schema or str(part.path), []).append(part)
        return tuple(tuple(group) for group in groups.values())

    @cached_property
    def mark(self) -> str:
        """Tells these files from those of other records in the names that an engine gives them."""
        paths = "\n".join(str(part.path) for part in self.parts)
        return hashlib.sha256(paths.encode("utf-8", "surrogateescape")).hexdigest()[:8]

    def column(self, code: str) -> Column:
        """The column of that code; a ledger by year has months all the same, which nobody tells."""
        return next((column for column in self.definition.columns if column.code == code), _NO_MONTH)

    def slices(
        self, part: Part, columns: Sequence[str] | None = None, rows: int = SLICE_ROWS
    ) -> Iterator[pl.DataFrame]:
        """The rows of `part` from the start, months always among all columns, text, dates or Float64 as rules take them."""
        lazy = scan(part)
        height = int(lazy.select(pl.len()).collect().item())
        wanted = self.typed(part, columns)
        for start in range(0, max(height, 1), rows):
            yield lazy.slice(start, rows).select(wanted).collect()

    def typed(self, part: Part, columns: Sequence[str] | None = None) -> list[pl.Expr]:
        """The wanted columns of `part`, or all with months among them, as rules take them: text, dates or Float64."""
        own = [column.code for column in self.definition.columns]
        codes = dict.fromkeys([*own, MONTH]) if columns is None else columns
        return [_typed(self.column(code), part) for code in codes]

    def frame(self, columns: Sequence[str]) -> pl.DataFrame:
        """The wanted columns of all parts, figures as `FIGURE`; for tables that fit in memory."""
        parts = [scan(part).select(_exact(self.column(code), part) for code in columns) for part in self.parts]
        empty = pl.LazyFrame(schema={code: column_kind(self.column(code)) for code in columns})
        return pl.concat([empty, *parts]).collect()


def scan(part: Part) -> pl.LazyFrame:
    """The file of `part`, which is on this machine."""
    return pl.scan_parquet(Path(part.path), glob=False)


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
    if isinstance(kind, pl.Decimal):
        digits = (kind.precision or FIGURE_DIGITS) - kind.scale
        return "decimal" if kind.scale <= FIGURE_DECIMALS and digits <= FIGURE_DIGITS - FIGURE_DECIMALS else "wide"
    if kind.is_integer():
        return "integer"
    # A moment has another date in another time zone: only dates and times without one are dates.
    if kind == pl.Date or (isinstance(kind, pl.Datetime) and kind.time_zone is None):
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
    if stored.kind == "float" or stored.factor != 1:
        value = rounded(own.cast(pl.Float64) * float(stored.factor), FIGURE_DIGITS, FIGURE_DECIMALS)
    elif stored.kind == "wide":
        value = own.round(FIGURE_DECIMALS, mode="half_away_from_zero").cast(FIGURE, strict=False)
    else:
        value = own.cast(FIGURE, strict=False)
    return value.alias(column.code)
