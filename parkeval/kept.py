"""A published run taken up again in memory: its rulebook, the figures it rested on and the years before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from parkeval.earlier import history_before, subscores
from parkeval.errors import UsageFault
from parkeval.home import Home
from parkeval.ledgers import ledger_figures
from parkeval.publishing import park_forms, shaped
from parkeval.store import Tables, of_run, replace_run
from scoring.evaluation import Basis, Trusted, basis_of
from scoring.loading import kept_rulebook
from scoring.rulebook import Rulebook
from scoring.schema import result_tables
from validation.problems import Problem
from validation.statistics import FILINGS, ITEMS, RECORDS, REFUSED


@dataclass(frozen=True)
class Kept:
    """A run with everything that evaluating it again takes; nothing of it is written back.

    run: its row of `runs`; tables: what it published; history: the published tables of earlier years.
    """

    run: Mapping[str, Any]
    book: Rulebook
    trusted: Trusted
    history: Tables
    tables: Tables

    def basis(self, book: Rulebook | None = None, trusted: Trusted | None = None) -> Basis:
        """Its indicators computed again, by another rulebook or from other figures where given."""
        return basis_of(trusted or self.trusted, book or self.book, self.history)


def kept_run(home: Home, published: Tables, scheme: str, year: int, run_id: str | None = None) -> Kept:
    """The run of `scheme` and `year` that is in force, or the one called `run_id` that a later one has replaced.

    Raises UsageFault for a run that HOME does not hold, DefinitionRefused where its definitions are gone.
    """
    tables = _with_run(home, published, scheme, year, run_id)
    rows = tables["runs"].filter((pl.col("scheme") == scheme) & (pl.col("year") == year))
    if rows.is_empty():
        raise UsageFault([Problem("--year", f"没有 {scheme} {year} 年的已发布结果", "已发布的年度", "改统计年度")])
    run = rows.row(0, named=True)
    book = kept_rulebook(home.run_folder(year, run["run_id"]) / "definitions", year)
    history = history_before(tables, book)
    return Kept(run, book, trusted_of(tables, book), history, of_run(tables, scheme, year))


def published_run(home: Home, published: Tables, scheme: str, year: int, run_id: str | None = None) -> Tables:
    """The tables of the run that is in force, or of the superseded one called `run_id`; raises UsageFault."""
    return of_run(_with_run(home, published, scheme, year, run_id), scheme, year)


def _with_run(home: Home, published: Tables, scheme: str, year: int, run_id: str | None) -> Tables:
    """The published tables, with those of the run `run_id` where a later one has replaced it."""
    rows = published["runs"].filter((pl.col("scheme") == scheme) & (pl.col("year") == year))
    if run_id is None or (rows.height and rows["run_id"][0] == run_id):
        return published
    return _with_superseded(home, published, scheme, year, run_id)


def trusted_of(tables: Tables, book: Rulebook) -> Trusted:
    """The figures that the run of the year of `book` rested on, from what it and the runs before it published."""
    own = {
        name: tables[name].filter((pl.col("scheme") == book.scheme.key) & (pl.col("run_year") <= book.year))
        for name in ("statistics", "records", "findings", "data_quality", "ledger_figures")
    }
    parks = tables["parks"].filter((pl.col("scheme") == book.scheme.key) & (pl.col("year") <= book.year))
    errors = own["findings"].filter((pl.col("severity") == "错误") & pl.col("park_code").is_not_null())
    refused = errors.group_by("park_code", "year", maintain_order=True).agg(
        pl.format("有 {} 处错误未更正", pl.len()).alias("reason")
    )
    filed_by_parks = pl.col("form").is_in(park_forms(book.form_set))
    records = own["records"].filter(filed_by_parks | (pl.col("run_year") == book.year))
    return Trusted(
        shaped(own["statistics"], ITEMS),
        shaped(records, RECORDS),
        shaped(parks.with_columns(pl.lit("park").alias("workbook")), FILINGS),
        shaped(refused, REFUSED),
        own["data_quality"],
        subscores(tables, book),
        ledger_figures(own["ledger_figures"], own["ledger_figures"].clear()),
    )


def _with_superseded(home: Home, published: Tables, scheme: str, year: int, run_id: str) -> Tables:
    """The published tables with those of a superseded run in the place of the one in force."""
    folder = home.run_folder(year, run_id) / "tables"
    if not folder.is_dir():
        known = "、".join(sorted(path.name for path in home.runs.glob(f"{year}/*")))
        raise UsageFault([Problem(run_id, f"没有 {year} 年的这个批次", known or "无", "写 runs 下的批次编号")])
    own = {
        name: table.conform(pl.read_parquet(folder / f"{name}.parquet", memory_map=False))
        for name, table in result_tables().items()
        if (folder / f"{name}.parquet").exists()
    }
    if own["runs"]["scheme"][0] != scheme:
        raise UsageFault([Problem(run_id, f"是评价办法 {own['runs']['scheme'][0]} 的批次", scheme, "改批次编号或办法")])
    return replace_run(published, own, scheme, year)
