"""The sample data evaluated once for all tests of the engine, in whichever worker comes first."""

import os
from pathlib import Path

import pytest
from filelock import FileLock

from parkeval.batch import evaluate
from parkeval.demonstration import sample_folder
from parkeval.home import Home
from parkeval.store import Tables, read_results

SCHEME = "xishuangbanna-2023"


@pytest.fixture(scope="session")
def published_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A HOME with 2021 to 2025 published without PDF; only to be read."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "engine-home"
    with FileLock(shared / "engine-home.lock"):
        if not (shared / "engine-home.done").exists():
            for year in range(2021, 2026):
                evaluate(
                    [sample_folder()],
                    SCHEME,
                    year,
                    Home(folder),
                    reports=False,
                    workers=1,
                    progress=lambda what, done, total: None,
                )
            (shared / "engine-home.done").touch()
    return folder


@pytest.fixture(scope="session")
def published(published_home: Path) -> Tables:
    """The published tables."""
    return read_results(published_home / "results.duckdb")
