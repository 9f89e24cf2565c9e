"""The published tables of the sample data, read once."""

from pathlib import Path

import pytest

from parkeval.store import Tables, read_results


@pytest.fixture(scope="session")
def published(published_home: Path) -> Tables:
    """The published tables of 2021 to 2025; only to be read."""
    return read_results(published_home / "results.duckdb")
