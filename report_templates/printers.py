"""Many documents on several processes: the side of the command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from validation.problems import DefinitionRefused

if TYPE_CHECKING:
    from report_templates.printing import Job, Report

BATCH = 8
"""Documents that one child prints: enough that forking costs nothing, few enough that its memory stays small."""

_START = "import sys; sys.path[:] = {path!r}; from report_templates.print_server import main; main()"


def print_documents(jobs: Iterable[Job], office: Path | None, workers: int) -> Iterator[Report]:
    """Print the jobs, in any order; `jobs` is drawn from as printers become free, so that few exist at a time.

    With one worker they are printed in this process. Raises DefinitionRefused for an office's folder that cannot be used
    and for a template of it that breaks while printing; documents that cannot be made for other reasons come back as such.
    """
    source = (
        _in_this_process(jobs, office) if workers <= 1 or not hasattr(os, "fork") else _served(jobs, office, workers)
    )
    for report in source:
        if report.fault is not None:
            raise DefinitionRefused([report.fault])
        yield report


def _in_this_process(jobs: Iterable[Job], office: Path | None) -> Iterator[Report]:
    from report_templates.printing import workshop

    for job in jobs:
        yield workshop(office).make(job)


def _served(jobs: Iterable[Job], office: Path | None, workers: int) -> Iterator[Report]:
    from report_templates.print_server import KILLED, Order, receive, send
    from report_templates.printing import Report

    coming = iter(jobs)
    open_jobs: dict[Path, Job] = {}
    server = subprocess.Popen(
        [sys.executable, "-c", _START.format(path=sys.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert server.stdin is not None and server.stdout is not None
    try:
        send(server.stdin, Order(office, workers))
        while True:
            # One batch more than printers, so that none waits for the command.
            while len(open_jobs) <= BATCH * workers:
                batch = list(islice(coming, BATCH))
                if not batch:
                    break
                open_jobs |= {job.path: job for job in batch}
                send(server.stdin, batch)
            if not open_jobs:
                return
            answer = receive(server.stdout)
            if isinstance(answer, Exception):
                raise answer
            del open_jobs[answer.path]
            yield answer
    except (EOFError, BrokenPipeError):
        # The server has refused the office's folder, or was killed.
        with suppress(EOFError):
            while True:
                answer = receive(server.stdout)
                if isinstance(answer, Exception):
                    raise answer from None
                del open_jobs[answer.path]
                yield answer
        lost = chain(open_jobs.values(), coming)
        yield from (Report(job.path, job.kind, job.park_code, 0, (KILLED,)) for job in lost)
    finally:
        # The end of its orders ends the server and its children, whatever they are at.
        with suppress(BrokenPipeError):
            server.stdin.close()
        server.stdout.close()
        server.wait()
