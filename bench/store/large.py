"""A results file of any size: one evaluated year of the sample data, multiplied over parks and years."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from parkeval.batch import evaluate
from parkeval.demonstration import SCHEME, sample_folder
from parkeval.home import Home
from parkeval.store import Tables, read_results
from scoring.schema import result_tables

FIRST_YEAR, SAMPLE_YEAR = 2016, 2021
FIGURES = ("value", "score", "points", "normalised", "group_mean", "previous_value", "filed_value")
"""Columns that differ from park to park, so that the file does not shrink to one park's."""


def sample_tables(folder: Path) -> Tables:
    """One year of the sample data as evaluated by the product."""
    home = Home(folder / "sample")
    evaluate([sample_folder()], SCHEME, SAMPLE_YEAR, home, reports=False, workers=1, progress=lambda *told: None)
    return read_results(home.results)


def multiplied(tables: Tables, parks: int, years: int) -> Tables:
    """`tables` with at least `parks` parks in each of `years` years; ranks are within the copies."""
    own = tables["parks"].filter(pl.col("year") == SAMPLE_YEAR).height
    copies = pl.DataFrame({"copy": range(max(1, -(-parks // own)))}, schema={"copy": pl.Int32})
    spans = pl.DataFrame({"of_year": range(FIRST_YEAR, FIRST_YEAR + years)}, schema={"of_year": pl.Int32})
    made = {}
    for name, table in tables.items():
        frame = table.filter(pl.col("year") == SAMPLE_YEAR) if "year" in table.columns else table
        if name == "log":
            made[name] = table
            continue
        frame = frame.join(spans, how="cross").with_columns(pl.col("of_year").alias("year"))
        if "run_year" in frame.columns:
            frame = frame.with_columns(pl.col("of_year").alias("run_year"))
        if name == "runs":
            frame = frame.with_columns(pl.format("{}-{}", "of_year", pl.col("run_id")).alias("run_id"))
        elif "park_code" in frame.columns:
            frame = _of_more_parks(frame.join(copies, how="cross"))
        made[name] = result_tables()[name].conform(frame)
    return made


def _of_more_parks(frame: pl.DataFrame) -> pl.DataFrame:
    factor = 1 + (pl.col("copy") * 37 % 101) / 1000 + (pl.col("of_year") - FIRST_YEAR) / 100
    varied = [
        (pl.col(name).cast(pl.Float64) * factor).round(4).alias(name) for name in FIGURES if name in frame.columns
    ]
    named = [pl.format("{} {}", "name", "copy").alias("name")] if "name" in frame.columns else []
    return frame.with_columns(pl.format("{}-{}", "park_code", "copy").alias("park_code"), *varied, *named)
