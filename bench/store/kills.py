"""Runs killed at random moments: after each the store is readable, whole, and verified."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from parkeval.batch import evaluate
from parkeval.demonstration import SCHEME, sample_folder
from parkeval.evidence import verify
from parkeval.home import Home
from parkeval.store import read_results

YEARS = (2021, 2022)


def kills(count: int) -> int:
    """Kill `count` runs of the second year at moments drawn evenly over the time that a run takes; 1 where one leaves damage."""
    drawn = random.Random(20251122)
    damaged = finished = 0
    with tempfile.TemporaryDirectory(prefix="parkeval-kills-") as name:
        first = Path(name) / "first"
        evaluate(
            [sample_folder()], SCHEME, YEARS[0], Home(first), reports=False, workers=1, progress=lambda *told: None
        )
        home = Path(shutil.copytree(first, Path(name) / "home"))
        whole = _run(home, None)
        for number in range(count):
            if read_results(home / "results.duckdb")["runs"].height == len(YEARS):
                shutil.rmtree(home)
                shutil.copytree(first, home)
            _run(home, drawn.uniform(0.0, whole))
            years = read_results(home / "results.duckdb")["runs"]["year"].to_list()
            problems = verify(Home(home))
            finished += len(years) == len(YEARS)
            if years not in ([YEARS[0]], list(YEARS)) or problems:
                damaged += 1
                print(f"第 {number + 1} 次：{years}，{problems}")
    print(f"{count} 次终止，其中 {finished} 次已经发布；损坏 {damaged} 次")
    print(f"kills: ratio {damaged}, bar 0")
    return 1 if damaged else 0


def _run(home: Path, seconds: float | None) -> float:
    """Evaluate the second year in a process of its own and kill it after `seconds`; how long it took."""
    words = [sys.executable, "-P", "-m", "parkeval", "evaluate", str(sample_folder()), "--scheme", SCHEME,
             "--year", str(YEARS[1]), "--to", str(home), "--no-reports"]  # fmt: skip
    start = time.perf_counter()
    program = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with suppress(subprocess.TimeoutExpired):
        program.wait(timeout=seconds)
    program.kill()
    program.wait()
    return time.perf_counter() - start
