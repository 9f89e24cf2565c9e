"""`./run bench reports [SCALE]`: park reports a minute and memory, beside the plain loop; SCALE 0.02 for a short try.

The ratio is that of the reports a minute on two cores. CPU seconds a report are compared rather than the clock, so that other
work on the machine falls on both; the product's two processes then count double. The clock is shown beside it.
"""

from __future__ import annotations

import sys

from bench.measure import Cost, apart
from bench.reports.content import demo_home
from bench.reports.ways import WORKERS

WAYS = "bench.reports.ways"
PLAIN, PER_WORKER = 24, 600
BAR = 3.5
# How much larger a process may be in the last quarter than in the first.
GROWTH = 1.05


def main(arguments: list[str]) -> int:
    """Measure all ways; 1 where a bar is missed."""
    scale = float(arguments[0]) if arguments else 1.0
    demo_home()
    few, many = max(round(PLAIN * scale), 6), max(round(PER_WORKER * WORKERS * scale), 24)
    plain = _told("朴素循环（表格自动定宽）", apart(WAYS, "plain", few), few, 1)
    fixed = _told("朴素循环（表格已固定列宽）", apart(WAYS, "fixed", few), few, 1)
    ours = apart(WAYS, "product", many)
    own = _told(f"本程序（{WORKERS} 个进程）", ours, many, WORKERS)
    made, early, late = ours.result
    growth = late / early if early else 1.0
    print(f"最大进程的常驻内存：前四分之一 {early} MB，后四分之一 {late} MB（{made} 份报告）")
    print(f"与已固定列宽的循环相比：{own / fixed:.2f} 倍")
    print(f"memory: ratio {growth:.2f}, bar {GROWTH:g}")
    print(f"reports: ratio {own / plain:.2f}, bar {BAR:g}")
    return 0 if own / plain >= BAR and growth <= GROWTH and made == many else 1


def _told(name: str, cost: Cost, count: int, processes: int) -> float:
    """Reports a minute as CPU time has it, printed beside the clock's."""
    by_cpu, by_clock = 60 * count * processes / cost.cpu, 60 * count / cost.wall
    print(
        f"{name}：每份 CPU {cost.cpu / count:.2f} 秒，每分钟 {by_cpu:.0f} 份（按时钟 {by_clock:.0f} 份），"
        f"峰值内存 {cost.peak_mb:.0f} MB",
        flush=True,
    )
    return by_cpu


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
