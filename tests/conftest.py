"""What all tests share: how they run, and the sample data evaluated once, in whichever worker comes first."""

import gc
import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

# Each worker has a core of its own: threads over tables of a few rows cost a fifth of all time and give nothing.
# Commands that tests start as programs run with the threads they have in use.
os.environ["POLARS_MAX_THREADS"] = "1"
import polars as pl

pl.thread_pool_size()
del os.environ["POLARS_MAX_THREADS"]

# A busy machine is no failure: properties are about values, never about time.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

LONGEST = (
    "engine/test_evidence.py",
    "engine/test_cases.py",
    "simulation/test_what_if.py",
    "decisions/test_authority.py",
    "objections/test_objections.py",
    "engine/test_sql.py",
    "engine/test_distribution.py",
    "simulation/test_backtest.py",
    "ledgers/test_spark.py",
    "engine/test_properties.py",
)
"""Files that take longest: begun first, so that no worker is left alone with one at the end. Only time depends on it."""

SCHEME = "xishuangbanna-2023"
ANALYST = "张三"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the longest files first."""
    tests = Path(__file__).parent
    places = {tests / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(LONGEST)))


def pytest_collection_finish() -> None:
    """What has been loaded stays loaded: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


@pytest.fixture(scope="session")
def published_homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five HOMEs, named 2021 to 2025 after the last year published in them, without PDF; only to be read or copied."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "published-homes"
    with FileLock(shared / "published-homes.lock"):
        if not (shared / "published-homes.done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            _publish(folder)
            (shared / "published-homes.done").touch()
    return folder


def _publish(folder: Path) -> None:
    from parkeval.batch import evaluate
    from parkeval.demonstration import sample_folder
    from parkeval.home import Home

    for year in range(2021, 2026):
        home = folder / str(year)
        if year > 2021:
            shutil.copytree(folder / str(year - 1), home)
        evaluate(
            [sample_folder()],
            SCHEME,
            year,
            Home(home),
            reports=False,
            workers=1,
            progress=lambda what, done, total: None,
            analyst=ANALYST,
        )


@pytest.fixture(scope="session")
def published_home(published_homes: Path) -> Path:
    """A HOME with 2021 to 2025 published without PDF; only to be read."""
    return published_homes / "2025"
