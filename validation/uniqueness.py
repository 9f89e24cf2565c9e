"""Which rows of a long table repeat an earlier one: by hash first, then exactly among the few that may."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import polars as pl

REPEATED: dict[str, pl.DataType] = {"row": pl.UInt32(), "first": pl.UInt32()}

_HASH_BITS = 64


def repeated_rows(
    slices: Callable[[], Iterable[pl.DataFrame]], columns: Sequence[str], *, hash_bits: int = _HASH_BITS
) -> pl.DataFrame:
    """Rows that agree with an earlier one in all `columns`: row and the first of its kind, from 0 (`REPEATED`), sorted by row.

    A row with a null in one of `columns` repeats nothing. `slices` gives the table from the start each time it is called: once for
    the hashes (8 bytes a row), and once more for the rows whose hash is not their own, which are compared exactly; fewer
    `hash_bits` make more suspects and never another result.
    """
    suspects = _suspects([_hashes(frame, columns, hash_bits) for frame in slices()])
    if suspects.is_empty():
        return pl.DataFrame(schema=REPEATED)
    first = pl.col("row").min().over(columns)
    return (
        pl.concat(_picked(slices(), suspects, columns))
        .select("row", first.alias("first"))
        .filter(pl.col("row") > pl.col("first"))
        .sort("row")
    )


def _hashes(frame: pl.DataFrame, columns: Sequence[str], bits: int) -> pl.Series:
    """One number per row, the same for equal rows; null where a column is."""
    known = pl.all_horizontal(pl.col(columns).is_not_null())
    own = pl.struct(columns).hash() if len(columns) > 1 else pl.col(columns[0]).hash()
    if bits < _HASH_BITS:
        own = own % pl.lit(2**bits, pl.UInt64)
    return frame.select(pl.when(known).then(own).alias("hash")).to_series()


def _suspects(hashes: Sequence[pl.Series]) -> pl.Series:
    rows = pl.concat(hashes).to_frame().with_row_index("row").drop_nulls()
    return rows.sort("hash").filter(_next_to_its_like("hash"))["row"].sort()


def _next_to_its_like(column: str) -> pl.Expr:
    own = pl.col(column)
    return ((own == own.shift(1)) | (own == own.shift(-1))).fill_null(False)


def _picked(slices: Iterable[pl.DataFrame], rows: pl.Series, columns: Sequence[str]) -> Iterable[pl.DataFrame]:
    start = 0
    for frame in slices:
        here = rows.filter((rows >= start) & (rows < start + frame.height))
        yield frame.select(columns)[here - start].with_columns(here.alias("row"))
        start += frame.height
