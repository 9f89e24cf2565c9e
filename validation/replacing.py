"""Files written at once or not at all."""

import os
from pathlib import Path


def replace_file(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write `content` to `path`, replacing it at once or not at all; raises OSError and leaves nothing beside it then.

    Not `durable`: the disk is not waited for, where hundreds of files are written that can be made again.
    """
    staged = path.with_name(f".{path.name}.part")
    try:
        with staged.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(staged, path)
    finally:
        staged.unlink(missing_ok=True)
