"""CPU time, wall time and memory of a piece of work, in a process of its own where memory matters."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

_SECONDS_BETWEEN_LOOKS = 0.05


@dataclass(frozen=True)
class Cost:
    """Seconds of CPU (all threads and children) and of the clock, peak memory of the process in MB, and what the work returned."""

    cpu: float
    wall: float
    peak_mb: float
    result: Any


def cpu_seconds() -> float:
    """CPU seconds of this process and of the children it has waited for."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def cost_of(work: Callable[[], Any]) -> Cost:
    """Run `work` here and measure it."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    result = work()
    cpu, wall = cpu_seconds() - cpu, time.perf_counter() - wall
    return Cost(cpu, wall, peak_mb(), result)


def peak_mb() -> float:
    """Peak resident memory of this process; not its ru_maxrss, which starts at the size of the parent that forked it."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))


def apart(module: str, *arguments: object) -> Cost:
    """Run `python -m module arguments` and read the Cost it prints last; its memory is that of the process and all its children together."""
    command = [sys.executable, "-P", "-m", module, *map(str, arguments)]
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, stdout=told, env=os.environ)
        most = 0.0
        while process.poll() is None:
            most = max(most, tree_mb(process.pid))
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        told.seek(0)
        text = told.read().decode()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    cost = Cost(**json.loads(text.splitlines()[-1]))
    return replace(cost, peak_mb=max(cost.peak_mb, most))


def tree_mb(pid: int) -> float:
    """Memory that a process and its children hold now; what they share counts once (PSS), with one process what is resident."""
    pids = family(pid)
    if len(pids) == 1:
        return resident_mb(pid)
    return sum(_kilobytes(one, "smaps_rollup", "Pss:") for one in pids) / 1024


def resident_mb(pid: int) -> float:
    """Memory that a process holds now, 0 where it has ended."""
    return _kilobytes(pid, "status", "VmRSS:") / 1024


def family(pid: int) -> list[int]:
    """The process and all that it and its threads have started, and so on."""
    found = [pid]
    for one in found:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            with suppress(OSError):
                found.extend(map(int, children.read_text("ascii").split()))
    return found


def _kilobytes(pid: int, file: str, name: str) -> int:
    try:
        with open(f"/proc/{pid}/{file}", encoding="ascii") as lines:
            return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
    except OSError:
        return 0


def print_cost(cost: Cost) -> None:
    """What `apart` reads."""
    print(json.dumps(asdict(cost)), flush=True)
