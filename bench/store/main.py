"""`./run bench store [SCALE]`: size and writing of a large results file, time of the ready questions beside plain DuckDB.

SCALE 0.02 for a short try. `./run bench store kills [N]`: N runs killed at random moments.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from bench.measure import cost_of
from bench.store.kills import kills
from bench.store.large import multiplied, sample_tables
from parkeval.query import run_sql
from parkeval.query_process import Limits
from parkeval.questions import questions
from parkeval.store import Tables, read_results, write_results

PARKS, YEARS = 2600, 10
GIVEN = {"park": "YN5328-03-0", "indicator": "revenue_per_mu", "item": "revenue_10k_cny", "rule": "reward"}
BAR = 4.0
"""CPU of the safe way (a copy of the tables named, shut off) over that of a plain client on the same file (`plain.py`)."""


def main(arguments: list[str]) -> int:
    """Run the measurement; 1 where the bar is missed."""
    if arguments[:1] == ["kills"]:
        return kills(int(arguments[1]) if len(arguments) > 1 else 50)
    scale = float(arguments[0]) if arguments else 1.0
    with tempfile.TemporaryDirectory(prefix="parkeval-bench-") as name:
        folder = Path(name)
        tables = multiplied(sample_tables(folder), round(PARKS * scale), YEARS)
        rows = sum(table.height for table in tables.values())
        path = folder / "results.duckdb"
        written = cost_of(lambda: write_results(path, tables))
        read = cost_of(lambda: read_results(path))
        print(f"{tables['parks'].height} 园区年，{rows} 行，results.duckdb {path.stat().st_size / 1e6:.0f} MB")
        print(f"写 CPU {written.cpu:.1f} 秒，历时 {written.wall:.1f}；读回 CPU {read.cpu:.1f} 秒，历时 {read.wall:.1f}")
        safe, plain = _questions(path, tables)
    ratio = safe / plain
    print(f"store: ratio {ratio:.2f}, bar {BAR:g}")
    return 0 if ratio <= BAR else 1


def _questions(path: Path, tables: Tables) -> tuple[float, float]:
    """CPU seconds of all ready questions, asked safely and by a plain client; both in a process of their own each time."""
    few = tables | {"parks": tables["parks"].filter(tables["parks"]["park_code"] == GIVEN["park"])}
    safe = plain = slowest = 0.0
    for one in questions().values():
        values = one.values(few, {each.name: GIVEN[each.name] for each in one.parameters if each.required})
        asked = cost_of(partial(_safely, path, one.sql, values))
        bare = cost_of(partial(_plainly, path, one.sql, values))
        if asked.result != bare.result:
            raise AssertionError(f"{one.key}: {asked.result} rows and {bare.result}")
        print(
            f"　{one.key:18} {asked.result:6} 行  CPU {asked.cpu:6.2f} 秒，历时 {asked.wall:6.2f}；直接 CPU {bare.cpu:5.2f}"
        )
        safe, plain, slowest = safe + asked.cpu, plain + bare.cpu, max(slowest, asked.wall)
    print(f"{len(questions())} 个问题：CPU {safe:.1f} 秒，直接 {plain:.1f} 秒；最慢的历时 {slowest:.1f} 秒")
    return safe, plain


def _safely(path: Path, sql: str, values: dict[str, Any]) -> int:
    return run_sql(path, sql, Limits(seconds=600), values).height


def _plainly(path: Path, sql: str, values: dict[str, Any]) -> int:
    told = json.dumps({"path": str(path), "sql": sql, "values": values})
    command = [sys.executable, "-P", "-m", "bench.store.plain"]
    return int(subprocess.run(command, input=told, capture_output=True, check=True, text=True).stdout)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
