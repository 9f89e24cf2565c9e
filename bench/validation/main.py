"""`./run bench validation [SCALE]`: prints what validation costs beside the same work written by hand; SCALE 0.02 for a short try."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Cost, apart, cost_of
from bench.validation import workbooks
from bench.validation.native import disagreements, trial, verdict
from bench.validation.parks import unit_mistakes
from bench.validation.tables import write_enterprises

TASKS, BOOKS = "bench.validation.tasks", "bench.validation.workbooks"
ENTERPRISES, WORKBOOKS, FRAMES, PARKS = 5_000_000, 2600, 1000, 2600
MEMORY_MB = 1024.0
REPEATS = 2


@dataclass(frozen=True)
class Verdict:
    """A measured ratio (or figure) and the bar it must not exceed."""

    name: str
    ratio: float
    bar: float

    @property
    def kept(self) -> bool:
        return self.ratio <= self.bar

    def __str__(self) -> str:
        return f"{self.name}: ratio {self.ratio:.2f}, bar {self.bar:g}"


def main(arguments: list[str]) -> int:
    """Run all measurements; 1 where a bar is missed."""
    scale = float(arguments[0]) if arguments else 1.0
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory(prefix="parkeval-bench-") as folder:
        for measure in (_enterprises, _parks, _native, _workbooks, _units):
            verdicts.extend(measure(Path(folder), scale))
            sys.stdout.flush()
    print()
    for verdict_ in verdicts:
        print(verdict_ if verdict_.kept else f"{verdict_}  未达到")
    worst = max(verdicts, key=lambda one: one.ratio / one.bar)
    print(f"最紧的一项：{worst.name}")
    print(f"validation: ratio {worst.ratio:.2f}, bar {worst.bar:g}")
    return 0 if all(one.kept for one in verdicts) else 1


def _least(run: Callable[[], Cost]) -> Cost:
    """The cheapest of several runs: what other processes add to the time is not ours."""
    return min((run() for _ in range(REPEATS)), key=lambda cost: cost.cpu)


def _print(what: str, cost: Cost) -> None:
    print(f"{what}：CPU {cost.cpu:.2f} 秒，历时 {cost.wall:.2f} 秒，内存峰值 {cost.peak_mb:.0f} MB，结果 {cost.result}")


def _same(one: Cost, other: Cost) -> None:
    if one.result != other.result:
        raise AssertionError(f"two ways to the same report differ: {one.result}, {other.result}")


def _enterprises(folder: Path, scale: float) -> Iterator[Verdict]:
    rows = int(ENTERPRISES * scale)
    path = folder / "enterprises.parquet"
    write_enterprises(path, rows)
    print(f"企业表 {rows} 行 × 40 列，100 条规则，坏数 0.1%；文件 {path.stat().st_size / 1e6:.0f} MB")
    product, by_hand = _least(lambda: apart(TASKS, "product", path)), _least(lambda: apart(TASKS, "by_hand", path))
    failing = _least(lambda: apart(TASKS, "failing", path))
    for what, cost in (("　审核", product), ("　手写 polars", by_hand), ("　另加一条行行不成立的规则", failing)):
        _print(what, cost)
    _same(product, by_hand)
    path.unlink()
    yield Verdict("enterprises", product.cpu / by_hand.cpu, 1.5)
    yield Verdict("a rule that fails everywhere", failing.cpu / product.cpu, 3)
    yield Verdict("memory from Parquet (GB)", product.peak_mb / MEMORY_MB, 1)


def _parks(folder: Path, scale: float) -> Iterator[Verdict]:
    print("园区表 2600 行 × 80 列，200 条规则，坏数 0.1%，20 遍")
    product, by_hand = (_least(lambda task=task: apart(TASKS, task, 1)) for task in ("parks_read", "parks_by_hand"))  # type: ignore[misc]
    whole = apart(TASKS, "parks", 1)
    for what, cost in (("　审核", product), ("　审核，每遍重读规则定义", whole), ("　手写 polars", by_hand)):
        _print(what, cost)
    _same(product, by_hand)
    yield Verdict("parks", product.cpu / by_hand.cpu, 2)


def _native(folder: Path, scale: float) -> Iterator[Verdict]:
    seeds = range(max(50, int(FRAMES * scale)))
    differing = disagreements(seeds)
    cells = sum(len(verdict(trial(seed))) for seed in seeds)
    print(
        f"随机表 {len(seeds)} 张，与 pandera 自身的判断（lazy）不同的 {len(differing)} 张 {differing[:5]}；坏数 {cells} 处"
    )
    yield Verdict("frames judged otherwise than by native pandera", len(differing), 0.5)


def _workbooks(folder: Path, scale: float) -> Iterator[Verdict]:
    count = max(60, int(WORKBOOKS * scale))
    workbooks.write_folder(folder / "books", count)
    print(f"工作簿 {count} 份")
    bare = _least(lambda: apart(BOOKS, "bare", folder / "books"))
    product = _least(lambda: apart(BOOKS, "product", folder / "books"))
    for what, cost in (("　读取（含防护和定型）", product), ("　仅 python-calamine", bare)):
        _print(what, cost)
    yield Verdict("workbooks", product.cpu / bare.cpu, 2.5)


def _units(folder: Path, scale: float) -> Iterator[Verdict]:
    parks = max(500, int(PARKS * scale))
    cost = cost_of(lambda: unit_mistakes(parks, 1))
    told = cost.result
    print(
        f"单位错误：{parks} 个园区中植入 {told.planted} 处（10⁴、10⁻⁴、10⁸、100 倍），找到 {told.found} 处（{told.recall:.4f}），"
        f"误报每千园区 {told.false_alarms_per_1000:.1f} 处；漏 {told.missed}；误 {told.alarmed}；CPU {cost.cpu:.1f} 秒"
    )
    yield Verdict("unit mistakes missed (%)", 100 * (1 - told.recall), 1)
    yield Verdict("false alarms per 1000 parks", told.false_alarms_per_1000, 5)
