"""The process that reads files for another: bounded memory, one file after the other, results sent back.

Started with `python -m validation.reading_process`; it imports neither data frames nor definitions, so that it is ready quickly.
Messages on both pipes are a length of four bytes and a pickle; the pipes connect it with the process that started it only.
"""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import stat
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from validation.archive import LIMITS
from validation.file_contents import FileContents, Layout, Note
from validation.file_reading import read_file, unread
from validation.finding import Finding
from validation.reading_plan import Plan

MEMORY = 1024**3
"""Bytes of address space a reading process may take beyond what it starts with, where the system can bound it."""

_GARBAGE_THRESHOLD = 100_000
"""Cells of a file are many small objects without cycles; looking for cycles more often only costs."""


def send(pipe: IO[bytes], message: Any) -> None:
    """Write one message."""
    body = pickle.dumps(message, protocol=5)
    pipe.write(struct.pack("<I", len(body)) + body)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Any:
    """The next message; raises EOFError when the other side has ended."""
    head = pipe.read(4)
    if len(head) < 4:
        raise EOFError
    body = pipe.read(struct.unpack("<I", head)[0])
    return pickle.loads(body)


@dataclass(frozen=True)
class Answer:
    """What a reading process tells of one file: digest, filing, findings, sheets of answers (validation.file_contents.FileContents).

    `layouts` are those of its blocks, `texts` and `kinds` their cells one after the other; `marks` units and notes of each block,
    empty when there are none.
    """

    sha256: str
    filing: tuple[str, str, str | None, int | None] | None
    findings: list[Finding]
    answer_sheets: list[tuple[list[list[Any]], int, int]]
    layouts: tuple[Layout, ...]
    texts: list[str | None]
    kinds: str
    marks: list[tuple[dict[int, str], dict[int, Note]]]


def answer_of(sha256: str, contents: FileContents) -> Answer:
    """The answer that holds `contents`."""
    blocks = contents.blocks
    marked = any(block.units or block.notes for block in blocks)
    return Answer(
        sha256,
        contents.filing,
        contents.findings,
        contents.answer_sheets,
        tuple(block.layout for block in blocks),
        [text for block in blocks for text in block.texts],
        "".join(block.kinds for block in blocks),
        [(block.units, block.notes) for block in blocks] if marked else [],
    )


def unpacked(message: Any, known: dict[tuple[int, ...], tuple[Layout, ...]]) -> Answer:
    """The answer in a message of `main`; layouts are sent once and kept in `known`."""
    sha256, (filing, findings, answer_sheets), names, fresh, texts, kinds, marks = message
    if fresh is not None:
        known[names] = fresh
    return Answer(sha256, filing, findings, answer_sheets, known[names], texts, kinds, marks)


def read_path(name: str, path: Path, plan: Plan, *, templates_only: bool = False) -> tuple[str, FileContents | None]:
    """SHA-256 and contents of the file at `path` (see read_file); a file too large to be read is not opened and has no digest."""
    try:
        told = path.stat()
        size = told.st_size
        if not stat.S_ISREG(told.st_mode):
            return "", FileContents(findings=[unread(name, "不是普通文件", "普通文件", "检查该文件")])
        if size > LIMITS.file_bytes:
            found = f"文件大小 {size / 1024 / 1024:.0f} MB"
            expected = f"不超过 {LIMITS.file_bytes // 1024 // 1024} MB"
            return "", FileContents(
                findings=[unread(name, found, expected, "删去图片等无关内容，只报送本园区本年度的数据")]
            )
        content = path.read_bytes()
    except OSError as error:
        found = f"无法打开（{error.strerror or '读取失败'}）"
        return "", FileContents(findings=[unread(name, found, "可读取的文件", "检查文件权限")])
    return hashlib.sha256(content).hexdigest(), read_file(name, content, plan, templates_only=templates_only)


def bound_memory() -> None:
    """Limit the address space of this process to what it has and `MEMORY` more; nothing where the system cannot."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        size = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    except (ImportError, OSError, ValueError):
        return


def main() -> None:
    """Answer requests (lists of name and path) until the pipe ends."""
    bound_memory()
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    plan: Plan = receive(requests)
    gc.freeze()
    gc.set_threshold(_GARBAGE_THRESHOLD)
    sent: dict[tuple[int, ...], tuple[Layout, ...]] = {}
    while True:
        try:
            wanted = receive(requests)
        except EOFError:
            return
        send(answers, [_packed(name, Path(path), plan, sent) for name, path in wanted])


def _packed(name: str, path: Path, plan: Plan, sent: dict[tuple[int, ...], tuple[Layout, ...]]) -> Any:
    """What `unpacked` understands."""
    sha256, contents = read_path(name, path, plan)
    assert contents is not None
    answer = answer_of(sha256, contents)
    names = tuple(map(id, answer.layouts))
    fresh = None if names in sent else answer.layouts
    sent[names] = answer.layouts
    told = (answer.filing, answer.findings, answer.answer_sheets)
    return sha256, told, names, fresh, answer.texts, answer.kinds, answer.marks


if __name__ == "__main__":
    main()
