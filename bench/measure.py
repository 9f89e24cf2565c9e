"""CPU time, wall time and memory of a piece of work, in a process of its own where memory matters."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


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
    """Run `python -m module arguments` and read the Cost it prints last."""
    command = [sys.executable, "-P", "-m", module, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=os.environ)
    return Cost(**json.loads(done.stdout.decode().splitlines()[-1]))


def print_cost(cost: Cost) -> None:
    """What `apart` reads."""
    print(json.dumps(asdict(cost)), flush=True)
