"""The process that reads files for another: bounded memory, one file after the other, results sent back.

Started with `python -m validation.reading_process`; it imports neither data frames nor definitions, so that it is ready quickly.
Messages on both pipes are a length of four bytes and a pickle; the pipes connect it with the process that started it only.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import struct
import sys
from pathlib import Path
from typing import IO, Any

from validation.archive import LIMITS
from validation.file_contents import CellBlock, FileContents, Layout
from validation.file_reading import read_file, unread
from validation.reading_plan import Plan

MEMORY = 1024**3
"""Bytes of address space a reading process may take beyond what it starts with, where the system can bound it."""


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


def unpacked(message: Any, layouts: dict[int, Layout]) -> tuple[str, FileContents]:
    """The answer in a message of `main`; layouts are sent once and kept in `layouts`."""
    sha256, (filing, findings, answer_sheets), fresh, numbers, cells = message
    layouts.update(fresh)
    blocks = [CellBlock(layouts[number], *cell) for number, cell in zip(numbers, cells, strict=True)]
    return sha256, FileContents(filing, blocks, findings, answer_sheets)


def read_path(name: str, path: Path, plan: Plan, *, templates_only: bool = False) -> tuple[str, FileContents | None]:
    """SHA-256 and contents of the file at `path` (see read_file); a file too large to be read is not opened and has no digest."""
    try:
        size = path.stat().st_size
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
    """Answer requests (name, path) until the pipe ends."""
    bound_memory()
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    plan: Plan = receive(requests)
    sent: dict[int, Layout] = {}
    while True:
        try:
            name, path = receive(requests)
        except EOFError:
            return
        sha256, contents = read_path(name, Path(path), plan)
        assert contents is not None
        fresh = [block.layout for block in contents.blocks if id(block.layout) not in sent]
        sent.update((id(layout), layout) for layout in fresh)
        numbers = [id(block.layout) for block in contents.blocks]
        cells = [(block.texts, block.kinds, block.units, block.notes) for block in contents.blocks]
        told = (contents.filing, contents.findings, contents.answer_sheets)
        send(answers, (sha256, told, [(id(layout), layout) for layout in fresh], numbers, cells))


if __name__ == "__main__":
    main()
