"""The folder of one bureau's evaluation (HOME): where things stand in it, and the lock that keeps one writer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from parkeval.commit import finish, unfinished
from parkeval.errors import Busy, DiskFault, UsageFault, disk_reason
from validation.problems import Problem

RESULTS = "results.duckdb"
OFFICE = "office"
PRIVATE = 0o077
"""Mask of permissions: nobody but the owner reads what is in HOME; what may go out is released (parkeval.release)."""


@dataclass(frozen=True)
class Home:
    """Paths in HOME. `results` is always the published file; everything unfinished is under `staging`."""

    folder: Path

    @property
    def results(self) -> Path:
        return self.folder / RESULTS

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    @property
    def office(self) -> Path | None:
        """The office's own templates and settings, where HOME holds them."""
        folder = self.folder / OFFICE
        return folder if folder.is_dir() else None

    @property
    def staging(self) -> Path:
        return self.folder / ".staging"

    def run_folder(self, year: int, run_id: str) -> Path:
        return self.runs / str(year) / run_id

    def published(self) -> Path:
        """The published file; raises UsageFault where nothing has been published."""
        if not self.results.is_file():
            raise UsageFault(
                [Problem(str(self.folder), "没有已发布的结果", f"其中有 {RESULTS}", "先运行 evaluate，或检查路径")]
            )
        return self.results


@contextmanager
def writing(home: Home) -> Iterator[Path]:
    """Hold HOME for writing and give an empty staging folder; leftovers of a killed run are swept first.

    What is written meanwhile is private to its owner. Raises Busy at once when another process holds HOME, DiskFault
    when the folder cannot be made or written or the disk is full.
    """
    from filelock import FileLock, Timeout

    _prepare(home)
    lock = FileLock(home.folder / ".lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise Busy(
            [Problem(str(home.folder), "另一个评价正在写入", "一次只有一个", "等它结束后再试，或另选目录")]
        ) from None
    except OSError as error:
        raise DiskFault([Problem(str(home.folder), disk_reason(error), "可写的文件夹", "检查权限")]) from None
    mask = os.umask(PRIVATE)
    try:
        finish(home.folder, home.staging)
        shutil.rmtree(home.staging, ignore_errors=True)
        home.staging.mkdir()
        yield home.staging
    except OSError as error:
        raise DiskFault(
            [Problem(str(error.filename or home.folder), disk_reason(error), "可写且有空间", "检查权限和磁盘空间")]
        ) from None
    finally:
        if not unfinished(home.staging):
            shutil.rmtree(home.staging, ignore_errors=True)
        os.umask(mask)
        lock.release()


def settle(home: Home) -> None:
    """Finish a publication that was decided on and then stopped; raises Busy while another process is at it."""
    if unfinished(home.staging):
        with writing(home):
            return


def _prepare(home: Home) -> None:
    try:
        home.folder.mkdir(mode=0o777 & ~PRIVATE, parents=True, exist_ok=True)
    except OSError as error:
        raise DiskFault([Problem(str(home.folder), disk_reason(error), "可写的文件夹", "检查路径和权限")]) from None
    strangers = [
        entry.name for entry in home.folder.iterdir() if not entry.name.startswith(".") and entry.name != OFFICE
    ]
    if strangers and not (home.results.exists() or home.runs.exists()):
        raise UsageFault(
            [
                Problem(
                    str(home.folder),
                    f"已有其他内容（{'、'.join(sorted(strangers)[:3])}）",
                    "空文件夹，或以前的评价目录",
                    "另选文件夹",
                )
            ]
        )
