"""What an evaluation builds upon: the published tables of earlier years, and totals of other schemes."""

from __future__ import annotations

import polars as pl

from parkeval.store import HOME_TABLES, Tables
from scoring.decided import decided_parks
from scoring.rulebook import Rulebook


def history_before(published: Tables, book: Rulebook) -> Tables:
    """Published tables of earlier years of the scheme, the status of parks as the authority decided it."""
    history = {name: _earlier(name, table, book) for name, table in published.items() if name not in HOME_TABLES}
    history["decisions"] = published["decisions"].filter(
        (pl.col("scheme") == book.scheme.key) & (pl.col("year") < book.year)
    )
    history["subscores"] = subscores(published, book)
    history["parks"] = decided_parks(history["parks"], history["proposals"], history["decisions"], book)
    return history


def subscores(published: Tables, book: Rulebook) -> pl.DataFrame:
    """code, park_code, year, value: what other schemes published into the same HOME gave, up to the year."""
    totals = published["scores"].filter((pl.col("kind") == "total") & (pl.col("year") <= book.year))
    empty = pl.DataFrame(schema={"code": pl.String, "park_code": pl.String, "year": pl.Int32, "value": pl.Float64})
    return pl.concat(
        [
            empty,
            *(
                totals.filter(pl.col("scheme") == item.scheme).select(
                    pl.lit(item.code).alias("code"), "park_code", "year", pl.col("normalised").alias("value")
                )
                for item in book.scheme.subschemes
            ),
        ]
    ).sort("code", "year", "park_code")


def _earlier(name: str, table: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    year = "run_year" if "run_year" in table.columns else "year"
    return table.filter((pl.col("scheme") == book.scheme.key) & (pl.col(year) < book.year))
