"""DuckDB opened so that it says nothing of its own: after two seconds it would draw a progress bar among the results on stdout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def connected(path: Path | None = None, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection to the file at `path`, or to a database in memory; raises duckdb.Error."""
    import duckdb

    connection = duckdb.connect(str(path) if path else ":memory:", read_only=read_only)
    connection.execute("SET enable_progress_bar = false")
    return connection
