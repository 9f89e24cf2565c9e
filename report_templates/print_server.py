"""The print server: a process that forks printers, so that each starts with everything loaded and ends with its memory.

A process that has imported polars runs threads and must not fork: the command starts this module as a process of its own,
which has one thread, loads WeasyPrint, fonts and style sheet once, and forks a child for every few documents. A child
collects no garbage, since it ends soon; so the memory of a run does not grow with the number of documents.

Messages are pickles on the standard streams. In: `Order`, then lists of jobs; the end of the stream ends the server. Out:
one `Report` for each job, or a `Refused` once where the office's folder cannot be used.
"""

from __future__ import annotations

import gc
import os
import pickle
import selectors
import signal
import struct
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from report_templates.printing import Job, Report, Workshop, aside_path, workshop
from validation.problems import Refused

_LENGTH = struct.Struct(">Q")
KILLED = "渲染进程意外终止（内存不足或被结束），本报告未生成"


@dataclass(frozen=True)
class Order:
    """What the server is started for: the office's folder and how many printers run at once."""

    office: Path | None
    workers: int


@dataclass
class _Printer:
    """A child: its process, the pipe it reports on, the jobs it has not reported on yet, and bytes not yet understood."""

    pid: int
    pipe: int
    jobs: deque[Job]
    unread: bytearray = field(default_factory=bytearray)


def send(stream: IO[bytes], message: Any) -> None:
    """Write one message."""
    content = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(content)) + content)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read one message; raises EOFError at the end of the stream."""
    return pickle.loads(_exactly(stream, _LENGTH.unpack(_exactly(stream, _LENGTH.size))[0]))


def _exactly(stream: IO[bytes], count: int) -> bytes:
    """That many bytes; a pipe gives fewer at once."""
    parts: list[bytes] = []
    while count:
        part = stream.read(count)
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def serve(orders: IO[bytes], answers: IO[bytes]) -> None:
    """Serve until `orders` ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    order: Order = receive(orders)
    try:
        shop = workshop(order.office)
    except Refused as refused:
        send(answers, refused)
        return
    shop.press.warm_up()
    gc.collect()
    gc.freeze()
    gc.disable()
    _Server(shop, order.workers, orders, answers).run()


class _Server:
    def __init__(self, shop: Workshop, workers: int, orders: IO[bytes], answers: IO[bytes]) -> None:
        self._shop, self._workers, self._orders, self._answers = shop, workers, orders, answers
        self._waiting: deque[deque[Job]] = deque()
        self._printers: dict[int, _Printer] = {}
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Fork printers for what is ordered, pass on what they report; ends with the orders."""
        self._selector.register(self._orders.fileno(), selectors.EVENT_READ)
        try:
            while True:
                while self._waiting and len(self._printers) < self._workers:
                    self._fork(self._waiting.popleft())
                for key, _ in self._selector.select():
                    if key.fd == self._orders.fileno():
                        self._waiting.append(deque(receive(self._orders)))
                    else:
                        self._listen(self._printers[key.fd])
        except EOFError:
            return
        finally:
            for printer in self._printers.values():
                os.kill(printer.pid, signal.SIGKILL)
                os.waitpid(printer.pid, 0)
                _sweep(printer)

    def _fork(self, jobs: deque[Job]) -> None:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            _print_all(self._shop, jobs, writing)
        os.close(writing)
        self._printers[reading] = _Printer(pid, reading, jobs)
        self._selector.register(reading, selectors.EVENT_READ)

    def _listen(self, printer: _Printer) -> None:
        content = os.read(printer.pipe, 1 << 16)
        if not content:
            self._ended(printer)
            return
        printer.unread += content
        while len(printer.unread) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(printer.unread)[0]
            if len(printer.unread) < end:
                return
            send(self._answers, pickle.loads(printer.unread[_LENGTH.size : end]))
            del printer.unread[:end]
            printer.jobs.popleft()

    def _ended(self, printer: _Printer) -> None:
        """A child has gone; the job that it died over is told, those behind it go to another."""
        self._selector.unregister(printer.pipe)
        os.close(printer.pipe)
        os.waitpid(printer.pid, 0)
        del self._printers[printer.pipe]
        _sweep(printer)
        if printer.jobs:
            job = printer.jobs.popleft()
            send(self._answers, Report(job.path, job.kind, job.park_code, 0, (KILLED,)))
        if printer.jobs:
            self._waiting.appendleft(printer.jobs)


def _sweep(printer: _Printer) -> None:
    """Remove what a killed child had written half."""
    for job in printer.jobs:
        aside_path(job.path, printer.pid).unlink(missing_ok=True)


def _print_all(shop: Workshop, jobs: Sequence[Job], pipe: int) -> None:
    """The life of a child: it never returns into the server's loop."""
    status = 1
    try:
        with os.fdopen(pipe, "wb") as answers:
            for job in jobs:
                send(answers, shop.make(job))
        status = 0
    finally:
        os._exit(status)


def main() -> None:
    """Serve on the standard streams; what a library prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with answers:
        # Unbuffered, so that what select sees is all there is to read.
        serve(os.fdopen(os.dup(0), "rb", buffering=0), answers)


if __name__ == "__main__":
    main()
