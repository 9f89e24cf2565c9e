"""The baseline: one question on the published file as any DuckDB client asks it, in a process of its own.

Reads JSON with path, sql and values from stdin and prints the number of rows.
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    """Answer one question."""
    import duckdb

    asked = json.load(sys.stdin)
    with duckdb.connect(asked["path"], read_only=True) as connection:
        connection.execute("SET threads = 2")
        print(len(connection.execute(asked["sql"], asked["values"]).fetchall()))


if __name__ == "__main__":
    main()
