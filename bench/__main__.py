"""`python -m bench NAME [ARGS]`: run the measurement of that name."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def names() -> list[str]:
    """The measurements there are: packages of this folder with a `main`."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/main.py"))


def main(arguments: list[str]) -> int:
    """Run one measurement; its exit status is 1 where a bar is missed."""
    if not arguments or arguments[0] not in names():
        print(f"用法：./run bench 名称；名称为 {'、'.join(names())}", file=sys.stderr)
        return 2
    status: int = importlib.import_module(f"bench.{arguments[0]}.main").main(arguments[1:])
    return status


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
