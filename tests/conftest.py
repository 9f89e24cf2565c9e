"""The sample data evaluated once for all tests, in whichever worker comes first."""

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

# A busy machine is no failure: properties are about values, never about time.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

SCHEME = "xishuangbanna-2023"
ANALYST = "张三"


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
