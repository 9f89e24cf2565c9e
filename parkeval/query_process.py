"""The process in which one person's SQL runs: a copy of the results in memory, shut off from everything outside.

Started with `python -m parkeval.query_process`; it imports DuckDB alone, so that it is ready quickly. Its address space
is bounded, since a single function call may take any amount of memory in spite of DuckDB's own limit, and whoever
started it may end it at any moment. Messages on both pipes are those of validation.reading_process.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validation.duckdb_connection import connected
from validation.reading_process import receive, send

if TYPE_CHECKING:
    import duckdb

READING = ("SELECT", "EXPLAIN", "MULTI")
"""Kinds of statement that only read; PIVOT is a MULTI. This is a courtesy: what keeps the results safe is the copy."""

SHUT_OFF = (
    "SET temp_directory = ''",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
"""Taken after the results have been copied into memory, so that nothing of the outside is left to reach."""

SLACK_MB = 1024
"""Address space beyond the query's memory for stacks, libraries and what the allocator sets aside."""

ROWS_AT_ONCE = 10_000


@dataclass(frozen=True)
class Limits:
    """What one statement may take: seconds, memory beyond the tables themselves, threads, rows of its result."""

    seconds: float = 60.0
    memory_mb: int = 1024
    threads: int = 2
    rows: int = 1_000_000


def main() -> None:
    """Set up as the first message says, then answer statements until the pipe ends."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    import duckdb

    path, statements, limits = receive(requests)
    with connected() as connection:
        try:
            shut_in(connection, path, statements, limits)
            bound_memory((limits.memory_mb + SLACK_MB) * 1_000_000)
        except duckdb.Error as error:
            send(answers, ("fault", type(error).__name__, str(error)))
            return
        send(answers, ("ready",))
        while True:
            try:
                statement, parameters = receive(requests)
            except EOFError:
                return
            send(answers, answer(connection, statement, parameters, limits))


def shut_in(connection: duckdb.DuckDBPyConnection, path: str, statements: list[str], limits: Limits) -> None:
    """Run `statements` with the results at `path` attached as `published`, then leave `connection` nothing but its memory."""
    quoted = path.replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS published (READ_ONLY)")
    connection.execute(";\n".join(statements))
    connection.execute("DETACH published")
    used = connection.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()").fetchall()[0][0]
    megabytes = int(used) // 1_000_000 + 1 + limits.memory_mb
    connection.execute(f"SET threads = {limits.threads}")
    connection.execute(f"SET memory_limit = '{megabytes}MB'")
    for text in SHUT_OFF:
        connection.execute(text)


def bound_memory(more: int) -> None:
    """Limit the address space of this process to what it has and `more` bytes; nothing where the system cannot."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        size = pages * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    except (ImportError, OSError, ValueError):
        return


def answer(connection: duckdb.DuckDBPyConnection, statement: str, parameters: dict[str, Any], limits: Limits) -> Any:
    """("rows", names, rows), or what was wrong: ("statements", how many), ("kind",), ("time",),
    ("memory",), ("rows over",), ("fault", kind, text).
    """
    import duckdb

    timer = threading.Timer(limits.seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        parsed = connection.extract_statements(statement)
        if len(parsed) != 1:
            return ("statements", len(parsed))
        if _kind(parsed[0]) not in READING:
            return ("kind",)
        connection.execute("BEGIN TRANSACTION READ ONLY")
        cursor = connection.execute(parsed[0], parameters) if parameters else connection.execute(parsed[0])
        names = [column[0] for column in cursor.description or []]
        rows: list[Any] = []
        while some := cursor.fetchmany(min(ROWS_AT_ONCE, limits.rows + 1)):
            rows += some
            if len(rows) > limits.rows:
                return ("rows over",)
        return ("rows", names, rows)
    except duckdb.InterruptException:
        return ("time",)
    except (MemoryError, duckdb.OutOfMemoryException):
        return ("memory",)
    except (duckdb.Error, RuntimeError) as error:
        return ("fault", type(error).__name__, str(error))
    finally:
        timer.cancel()
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")


def _kind(statement: duckdb.Statement) -> str:
    """Name of the statement's kind; the client does not know all kinds that the parser does."""
    try:
        return statement.type.name
    except ValueError:
        return ""


if __name__ == "__main__":
    main()
