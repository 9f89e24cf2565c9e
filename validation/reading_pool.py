"""Many files read by several processes: a process that dies or takes too long costs only its file."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from validation.file_contents import FileContents, Layout
from validation.file_reading import unread
from validation.reading_plan import Plan
from validation.reading_process import Answer, answer_of, receive, send, unpacked
from validation.sources import Source

SECONDS = 15.0
"""What one file may take; an honest workbook takes a few thousandths."""
_CHECK_SECONDS = 0.2
_AT_ONCE = 16
"""So many files are handed to a process at once; when that fails, each of them alone."""


def read_apart(
    sources: Sequence[Source], plan: Plan, processes: int, seconds: float = SECONDS
) -> Iterator[tuple[int, Answer]]:
    """Number and answer of each of `sources` as they get ready, read by `processes` processes of their own.

    A process that dies or takes longer than `seconds` for a file is ended and replaced; the file becomes a 错误.
    """
    waiting: SimpleQueue[range] = SimpleQueue()
    size = max(1, min(_AT_ONCE, len(sources) // (4 * processes)))
    for start in range(0, len(sources), size):
        waiting.put(range(start, min(start + size, len(sources))))
    ready: SimpleQueue[tuple[int, Answer]] = SimpleQueue()
    readers = [_Reader(sources, plan, waiting, ready, seconds) for _ in range(min(processes, len(sources)))]
    for reader in readers:
        reader.thread.start()
    try:
        for _ in range(len(sources)):
            yield _next(ready, readers)
    finally:
        for reader in readers:
            reader.end()
        for reader in readers:
            reader.thread.join()


def _next(ready: SimpleQueue[tuple[int, Answer]], readers: Sequence[_Reader]) -> tuple[int, Answer]:
    while True:
        try:
            return ready.get(timeout=_CHECK_SECONDS)
        except Empty:
            for reader in readers:
                reader.end_if_late()


@dataclass
class _Reader:
    """A thread that hands files to its process."""

    sources: Sequence[Source]
    plan: Plan
    waiting: SimpleQueue[range]
    ready: SimpleQueue[tuple[int, Answer]]
    seconds: float
    process: subprocess.Popen[bytes] | None = None
    due: float | None = None
    late: bool = False
    ended: bool = False
    layouts: dict[tuple[int, ...], tuple[Layout, ...]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._work, daemon=True)

    def end_if_late(self) -> None:
        with self.lock:
            if self.due is not None and self.process is not None and time.monotonic() > self.due:
                self.late, self.due = True, None
                self.process.kill()

    def end(self) -> None:
        with self.lock:
            self.ended = True
            if self.process is not None:
                self.process.kill()

    def _work(self) -> None:
        try:
            while not self.ended:
                try:
                    numbers = self.waiting.get_nowait()
                except Empty:
                    return
                for number, answer in zip(numbers, self._answers(numbers), strict=True):
                    self.ready.put((number, answer))
        finally:
            self._close()

    def _answers(self, numbers: range) -> list[Answer]:
        sources = [self.sources[number] for number in numbers]
        answers = self._asked(sources)
        if answers is None and len(sources) > 1:
            return [one for source in sources for one in self._asked([source]) or [self._given_up(source)]]
        return answers or [self._given_up(source) for source in sources]

    def _given_up(self, source: Source) -> Answer:
        found = f"读取超过 {self.seconds:g} 秒" if self.late else "读取时内存不足或读取程序中断"
        cure = "用电子表格软件打开，另存为 .xlsx，或用收集模板重新填报"
        return answer_of("", FileContents(findings=[unread(source.name, found, "正常的工作簿", cure)]))

    def _asked(self, sources: Sequence[Source]) -> list[Answer] | None:
        """The answers for `sources`, None when the process fails."""
        self.late = False
        try:
            process = self._running()
            assert process.stdin is not None and process.stdout is not None
            with self.lock:
                self.due = time.monotonic() + self.seconds
            send(process.stdin, [(source.name, str(source.path)) for source in sources])
            return [unpacked(message, self.layouts) for message in receive(process.stdout)]
        except Exception:  # whatever went wrong costs this file; without an answer the batch would wait for ever
            self._close()
            return None
        finally:
            with self.lock:
                self.due = None

    def _running(self) -> subprocess.Popen[bytes]:
        with self.lock:
            if self.process is None:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "validation.reading_process"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=os.environ
                    | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "POLARS_MAX_THREADS": "1"},
                )
                assert self.process.stdin is not None
                send(self.process.stdin, self.plan)
            return self.process

    def _close(self) -> None:
        with self.lock:
            process, self.process = self.process, None
        self.layouts = {}
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except OSError:
                        continue
