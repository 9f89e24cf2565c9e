"""Shared by the tests of the schemes: sample data evaluated for all years, and single rows of what was published."""

from pathlib import Path

import polars as pl
import pytest

from parkeval.batch import evaluate
from parkeval.home import Home
from parkeval.ledgers import LedgerFiles
from parkeval.store import Tables, read_results
from tests.schemes.ledgers_given import Given


def all_years(data: Path, key: str, years: tuple[int, ...], folder: Path, given: Given) -> Tables:
    """The published tables after `years`, in a HOME in `folder`; the last one with the ledgers `given`."""
    home = Home(folder / "home")
    for year in years:
        ledgers = LedgerFiles(tuple(given.write(folder / "台账"))) if year == given.year else None
        evaluate(
            [data], key, year, home, reports=False, workers=1, progress=lambda what, done, total: None, ledgers=ledgers
        )
    return read_results(home.results)


def without_ledgers(findings: pl.DataFrame) -> pl.DataFrame:
    """`findings` on what parks filed alone."""
    return findings.filter(~pl.col("check_id").str.contains("^(ledger|list)_"))


def ledgers_add_up(published: Tables, given: Given) -> None:
    """Every figure held against an item and every one worked by hand is there, with the difference from what the park filed, and
    only the figures that are told differ beyond their tolerance."""
    own = published["ledger_figures"].filter(park_code=given.park, year=given.year)
    values = dict(own.select("figure", "value").iter_rows())
    assert {code: values[code] for code in given.figures} == pytest.approx(given.figures, rel=1e-11)
    held = own.filter(pl.col("item").is_not_null())
    assert set(held["figure"]) <= given.figures.keys()
    statistics = published["statistics"].filter(park_code=given.park, year=given.year)
    filed = {item: float(value) for item, value in statistics.select("item", "value").iter_rows() if value is not None}
    for item, value, difference in held.select("item", "value", "difference_pct").iter_rows():
        assert difference == pytest.approx(100 * (value - filed[item]) / filed[item], abs=1e-5), item
    assert not own["used"].any()
    said = published["findings"].filter(park_code=given.park, year=given.year)
    said = said.filter(pl.col("check_id").str.starts_with("ledger_total"))
    assert set(said.select("check_id", "item").iter_rows()) == given.told


def row(table: pl.DataFrame, **keys: object) -> dict[str, object]:
    """The one row with these values."""
    (found,) = table.filter(pl.col(name) == pl.lit(value) for name, value in keys.items()).to_dicts()
    return found


def proposals(published: Tables, year: int) -> set[tuple[str, str]]:
    """The last two digits of the park's code and the rule of every proposal of a year."""
    own = published["proposals"].filter(pl.col("year") == year)
    return {(code[-2:], rule) for code, rule in own.select("park_code", "rule").rows()}
