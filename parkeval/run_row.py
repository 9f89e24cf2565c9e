"""What identifies a run: its row of `runs`, its id a digest of all that decides about the results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from parkeval import __version__
from parkeval.evidence import digest, table_sha256
from parkeval.objections import upheld_corrections
from parkeval.publishing import notice_of
from parkeval.store import Tables
from scoring.rulebook import Rulebook
from validation.digest import file_sha256
from validation.statistics import Statistics


def run_row(
    statistics: Statistics,
    book: Rulebook,
    definitions: Sequence[Path],
    history: Tables,
    published: Tables,
    analyst: str | None,
) -> dict[str, Any]:
    """The row of `runs`; the run id is a digest of inputs, definitions, version and the earlier runs built upon.

    `definitions` are the files that decide about the results, `history` the earlier years, `published` all that HOME
    holds; `analyst` as named with the command, else as of the run that this one takes the place of.
    """
    scheme = book.scheme
    used = statistics.files.filter(pl.col("used"))
    received = used.select("source_file", "sha256").rows()
    if statistics.ledgers is not None:
        received += _proved(statistics.ledgers.received)
    inputs = digest(f"{sha}  {name}" for name, sha in sorted(received))
    defined = digest(f"{file_sha256(path)}  {path.name}" for path in definitions)
    earlier = history["runs"].sort("year")
    upon = [f"{year} {sha}" for year, sha in earlier.select("year", "results_sha256").rows()]
    upon.append(table_sha256(history["decisions"]))
    upon.append(table_sha256(history["subscores"]))
    upon.append(table_sha256(upheld_corrections(published["decisions"], scheme.key, book.year)))
    run_id = f"{book.year}-{digest([scheme.key, str(book.year), inputs, defined, __version__, *upon])[:12]}"
    own = published["runs"].filter((pl.col("scheme") == scheme.key) & (pl.col("year") == book.year))
    last = earlier.filter(pl.col("year") == book.year - 1)["run_id"].to_list()
    return {
        "run_id": run_id,
        "scheme": scheme.key,
        "year": book.year,
        "scheme_title": scheme.title,
        "document": scheme.document,
        "region": scheme.region,
        "region_code": scheme.region_code,
        "office": scheme.office,
        "overall_group": scheme.ranking.overall,
        "base_year": scheme.base_year,
        "target_year": scheme.target_year,
        "decision_date": scheme.calendar.on("decision_date", book.year),
        "started_at": _started(own, run_id),
        "inputs_sha256": inputs,
        "definitions_sha256": defined,
        "replaces_run_id": _replaced(own, run_id),
        "previous_run_id": last[0] if last else None,
        "version": __version__,
        "notice": notice_of(statistics.items, book.year),
        "analyst": analyst or _analyst(own),
    }


def _proved(received: pl.DataFrame) -> list[tuple[str, str]]:
    """Name of each file of ledgers and its SHA-256; where its bytes could not be hashed, what else is known of it."""
    known = pl.concat_str("proof", "bytes", "changed", "place", separator=" ", ignore_nulls=True)
    return received.select("source_file", pl.coalesce("sha256", known)).unique().rows()


def _started(own: pl.DataFrame, run_id: str) -> str:
    """Now; but the same run, done again for its reports, keeps its time: its row in the results file must not differ
    from the manifest should the machine stop between the two.
    """
    same = own.filter(pl.col("run_id") == run_id)["started_at"].to_list()
    return str(same[0]) if same else datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _analyst(own: pl.DataFrame) -> str | None:
    """Who ran the year first: the same run, and one that corrects it, keep the analyst where none is named."""
    return own["analyst"][0] if own.height else None


def _replaced(own: pl.DataFrame, run_id: str) -> str | None:
    """The run of the same year that this one takes the place of; the same run keeps what it replaced."""
    if own.is_empty():
        return None
    row = own.row(0, named=True)
    return str(row["run_id"]) if row["run_id"] != run_id else row["replaces_run_id"]
