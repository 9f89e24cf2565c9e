"""Pieces of work that are measured in a process of their own: `python -m bench.scale.tasks NAME FOLDER [MEMORY]`."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from bench.measure import Cost, cost_of, print_cost
from bench.scale import hand_written
from validation.forms import CATALOGUE, load_form_set
from validation.ledgers.bottom_up import bottom_up
from validation.ledgers.cluster import spark_session
from validation.ledgers.definition import PAIRS, Ledgers
from validation.ledgers.engines import LOCAL_MASTER, MEMORY, Engine
from validation.ledgers.figures import park_figures
from validation.ledgers.files import parquet_records
from validation.ledgers.loading import ledger_files, load_ledgers

YEAR, LEDGER = 2025, "enterprises"
Told = list[float]


def definition(*, pairs: bool) -> Ledgers:
    """The product's definition, with the figures of enterprises of the year or those of the same enterprises in two years."""
    form_set = load_form_set("park-annual")
    loaded = load_ledgers(form_set, ledger_files(CATALOGUE, form_set.key))
    own = [one for one in loaded.figures if one.ledgers == (LEDGER,)]
    kept = [one for one in own if one.code == "revenue_10k_cny" or (PAIRS in one.formula) == pairs]
    return replace(loaded, figures=tuple(kept))


def product(folder: str, memory: str = MEMORY, *, pairs: bool = False) -> Told:
    """All figures by the product's embedded engine: number of parks, sum of their revenues."""
    made = definition(pairs=pairs)
    records = {LEDGER: parquet_records(sorted(Path(folder).glob("*.parquet")), made.ledger(LEDGER))}
    figures = park_figures(records, made, YEAR, Engine("duckdb", memory, Path(folder)))
    own = figures.filter(figure="revenue_10k_cny")
    return [own.height, round(float(own["value"].sum()), 0)]


def run(folder: str, memory: str = MEMORY) -> Told:
    """What a run does with the ledgers: files, rules of every row, rows that repeat, moves and all figures. Rows judged, rows with a fault."""
    made = definition(pairs=False)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        bottom = bottom_up([Path(folder)], made, YEAR, Engine("duckdb", memory, Path(folder)), Path(work))
    return [float(bottom.parks["count"].sum()), float(bottom.broken["count"].sum())]


def by_spark(folder: str) -> Told:
    """The figures of the year by Spark on this machine, its Java and Python counted with it."""
    made = definition(pairs=False)
    with spark_session(LOCAL_MASTER):
        records = {LEDGER: parquet_records(sorted(Path(folder).glob("*.parquet")), made.ledger(LEDGER))}
        figures = park_figures(records, made, YEAR, Engine("spark"))
    own = figures.filter(figure="revenue_10k_cny")
    return [own.height, round(float(own["value"].sum()), 0)]


def two_years(folder: str, memory: str = MEMORY) -> Told:
    """The figures of the same enterprises in two years."""
    return product(folder, memory, pairs=True)


def _sql(statement: str, folder: str, memory: str) -> list[tuple[object, ...]]:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = $1", [memory])
        connection.execute("SET temp_directory = $1", [folder])
        files = [str(path) for path in sorted(Path(folder).glob("*.parquet"))]
        given = {"files": files, "year": YEAR}
        return connection.execute(statement, given).fetchall()


def by_hand(folder: str, memory: str = MEMORY) -> Told:
    """The same figures of the year by one SQL written by hand."""
    rows = _sql(hand_written.YEAR, folder, memory)
    return [len(rows), round(float(sum(row[1] for row in rows)), 0)]  # type: ignore[misc]


def two_years_by_hand(folder: str, memory: str = MEMORY) -> Told:
    """The same of two years; the sum of revenues, which the product reads beside, by a statement of its own."""
    _sql(hand_written.PAIRS, folder, memory)
    files = "SELECT park_code, SUM(revenue_10k_cny) FROM read_parquet($files) WHERE year = $year GROUP BY 1"
    rows = _sql(files, folder, memory)
    return [len(rows), round(float(sum(row[1] for row in rows)), 0)]  # type: ignore[misc]


TASKS = {
    "run": run,
    "by_spark": by_spark,
    "product": product,
    "by_hand": by_hand,
    "two_years": two_years,
    "two_years_by_hand": two_years_by_hand,
}


def main(arguments: list[str]) -> None:
    """Run one task and print what it cost."""
    name, *given = arguments
    cost: Cost = cost_of(lambda: TASKS[name](*given))
    print_cost(cost)


if __name__ == "__main__":
    main(sys.argv[1:])
