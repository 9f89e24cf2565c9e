"""`./run bench scale [ROWS] [--large ROWS] [--pandas PYTHON] [--spark]`: from enterprise records in Parquet to the figures of 2,600 parks.

ROWS (10 million) × 40 columns against one SQL written by hand, and against pandas where PYTHON has it; LARGE rows (60 million, 0 for
none) with 2 GB. Everything is generated in a temporary folder (about 2 GB per 10 million rows) and deleted.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.measure import Cost, apart
from bench.scale import pandas_way_path
from bench.scale.generate import write_records
from bench.validation.main import Verdict

TASKS = "bench.scale.tasks"
ROWS, LARGE = 10_000_000, 60_000_000
HAND_BAR, PANDAS_BAR, MEMORY_BAR_GB = 1.3, 2.5, 2.0
LIMIT = "1500MB"
"""What DuckDB may use of the 2 GB that the whole process may take: Python, libraries and buffers of readers come on top."""
REPEATS = 2


def main(arguments: list[str]) -> int:
    """Run all measurements; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="./run bench scale")
    parser.add_argument("rows", nargs="?", type=int, default=ROWS)
    parser.add_argument("--large", type=int, default=LARGE)
    parser.add_argument("--spark", action="store_true", help="measure Spark on this machine too")
    parser.add_argument("--pandas", default=os.environ.get("BENCH_PANDAS"))
    given = parser.parse_args(arguments)
    verdicts: list[Verdict] = []
    measures: list[Callable[[Path], Iterator[Verdict]]] = [
        lambda folder: _year(folder, given.rows, given.pandas, spark=given.spark),
        lambda folder: _two_years(folder, given.rows),
        lambda folder: _large(folder, given.large),
    ]
    for measure in measures:
        with tempfile.TemporaryDirectory(prefix="parkeval-bench-") as folder:
            verdicts.extend(measure(Path(folder)))
            sys.stdout.flush()
    for verdict in verdicts:
        print(verdict if verdict.kept else f"{verdict}  未达到")
    worst = max(verdicts, key=lambda one: one.ratio / one.bar)
    print(f"最紧的一项：{worst.name}")
    print(f"scale: ratio {worst.ratio:.2f}, bar {worst.bar:g}")
    return 0 if all(one.kept for one in verdicts) else 1


def _written(folder: Path, rows: int, years: tuple[int, ...] = (2025,)) -> None:
    write_records(folder, rows, years)
    size = sum(path.stat().st_size for path in folder.glob("*.parquet"))
    print(f"企业台账约 {rows} 行 × 40 列，{len(years)} 年，Parquet {size / 1e9:.2f} GB")


def _least(task: str, *given: object) -> Cost:
    return min((apart(TASKS, task, *given) for _ in range(REPEATS)), key=lambda cost: cost.cpu)


def _print(what: str, cost: Cost) -> None:
    print(f"　{what}：CPU {cost.cpu:.1f} 秒，历时 {cost.wall:.1f} 秒，内存峰值 {cost.peak_mb:.0f} MB，{cost.result}")


def _same(one: Cost, other: Cost) -> None:
    if one.result != other.result:
        raise AssertionError(f"two ways to the same figures differ: {one.result}, {other.result}")


def _year(folder: Path, rows: int, pandas: str | None, *, spark: bool) -> Iterator[Verdict]:
    _written(folder, rows)
    product, by_hand = _least("product", folder), _least("by_hand", folder)
    _print("本产品", product)
    _print("手写 SQL", by_hand)
    _same(product, by_hand)
    _print("整个审核和汇总，本产品", apart(TASKS, "run", folder))
    if spark:
        by_spark = apart(TASKS, "by_spark", folder)
        _print("Spark（本机）", by_spark)
        _same(product, by_spark)
    yield Verdict("CPU against SQL written by hand", product.cpu / by_hand.cpu, HAND_BAR)
    if pandas:
        command = [pandas, str(pandas_way_path()), str(folder), "2025"]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        other = Cost(**json.loads(done.stdout.decode().splitlines()[-1]))
        _print("pandas", other)
        yield Verdict("CPU of the product, times 2.5, against pandas", PANDAS_BAR * product.cpu / other.cpu, 1)
    else:
        print("　没有可用的 pandas（--pandas PYTHON），未比较")


def _two_years(folder: Path, rows: int) -> Iterator[Verdict]:
    _written(folder, rows, (2024, 2025))
    product, by_hand = _least("two_years", folder), _least("two_years_by_hand", folder)
    _print("同一企业两年，本产品", product)
    _print("同一企业两年，手写 SQL", by_hand)
    _same(product, by_hand)
    yield Verdict("two years, CPU against SQL written by hand", product.cpu / by_hand.cpu, HAND_BAR)


def _large(folder: Path, rows: int) -> Iterator[Verdict]:
    if not rows:
        return
    _written(folder, rows)
    for task, what in (("product", "汇总"), ("run", "整个审核和汇总")):
        cost = apart(TASKS, task, folder, LIMIT)
        _print(f"{what}，限 {LIMIT}", cost)
        yield Verdict(f"memory of many rows (GB), {task}", cost.peak_mb / 1024, MEMORY_BAR_GB)
