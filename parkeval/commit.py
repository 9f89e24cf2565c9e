"""Changes of HOME take effect together or not at all: everything is staged first, then moved into place after a plan.

The plan (`commit.json` in the staging folder) is the moment at which a change counts: a process killed before it leaves
the earlier state, one killed after it is finished by the next writer (or by `verify`). The results file is moved last,
so that readers without a lock see the earlier results until everything else is in place.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from parkeval.checksums import CHECKSUMS, listed_after

PLAN = "commit.json"
Moves = Sequence[tuple[Path, Path]]
"""What is staged and where it belongs."""


def commit(folder: Path, staging: Path, moves: Moves) -> None:
    """Move what is staged to its places in `folder`, with new checksums of it; raises OSError with nothing changed."""
    for path in (path for staged, _ in moves for path in _files(staged)):
        _sync(path)
    sums = staging / CHECKSUMS
    sums.write_text(listed_after(folder, moves), encoding="utf-8")
    _sync(sums)
    planned = [*moves[:-1], (sums, folder / CHECKSUMS), moves[-1]]
    told = [[staged.relative_to(staging).as_posix(), final.relative_to(folder).as_posix()] for staged, final in planned]
    plan = staging / f"{PLAN}.part"
    plan.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    _sync(plan)
    os.replace(plan, staging / PLAN)
    _sync(staging)
    finish(folder, staging)


def unfinished(staging: Path) -> bool:
    """Whether a change was decided on and is not yet in place."""
    return (staging / PLAN).exists()


def finish(folder: Path, staging: Path) -> None:
    """Carry out the plan, from wherever it was left; where a step fails those done are taken back (OSError)."""
    if not unfinished(staging):
        return
    told = json.loads((staging / PLAN).read_text(encoding="utf-8"))
    done: list[tuple[Path, Path, Path | None]] = []
    try:
        for number, (source, target) in enumerate(told):
            staged, final = staging / source, folder / target
            if staged.exists():
                done.append((staged, final, _put(staged, final, staging / f"earlier-{number}")))
    except OSError:
        for staged, final, earlier in reversed(done):
            _take_back(staged, final, earlier)
        (staging / PLAN).unlink()
        raise
    (staging / PLAN).unlink()


def _put(staged: Path, final: Path, aside: Path) -> Path | None:
    """Move `staged` to `final`; what stood there is kept as `aside`. A file is never absent while it is replaced."""
    final.parent.mkdir(parents=True, exist_ok=True)
    earlier = None
    if final.is_dir():
        os.rename(final, aside)
        earlier = aside
    elif final.exists():
        aside.unlink(missing_ok=True)
        try:
            os.link(final, aside)
        except OSError:
            shutil.copy2(final, aside)
        earlier = aside
    try:
        os.replace(staged, final)
    except OSError:
        if earlier is not None and not final.exists():
            os.rename(earlier, final)
        raise
    _sync(final.parent)
    return earlier


def _take_back(staged: Path, final: Path, earlier: Path | None) -> None:
    if final.is_dir() or earlier is None:
        os.rename(final, staged)
    if earlier is not None:
        os.replace(earlier, final)
    if earlier is None:
        with suppress(OSError):
            final.parent.rmdir()


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
