"""Shared by the tests of the schemes: sample data evaluated for all years, and single rows of what was published."""

from pathlib import Path

import polars as pl

from parkeval.batch import evaluate
from parkeval.home import Home
from parkeval.store import Tables, read_results


def all_years(data: Path, key: str, years: tuple[int, ...], folder: Path) -> Tables:
    """The published tables after `years`, in a HOME in `folder`."""
    home = Home(folder / "home")
    for year in years:
        evaluate([data], key, year, home, reports=False, workers=1, progress=lambda what, done, total: None)
    return read_results(home.results)


def row(table: pl.DataFrame, **keys: object) -> dict[str, object]:
    """The one row with these values."""
    (found,) = table.filter(pl.col(name) == pl.lit(value) for name, value in keys.items()).to_dicts()
    return found


def proposals(published: Tables, year: int) -> set[tuple[str, str]]:
    """The last two digits of the park's code and the rule of every proposal of a year."""
    own = published["proposals"].filter(pl.col("year") == year)
    return {(code[-2:], rule) for code, rule in own.select("park_code", "rule").rows()}
