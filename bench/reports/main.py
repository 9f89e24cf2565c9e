"""`./run bench reports [SCALE]`: park reports a minute and memory, beside other ways to the same pages; SCALE 0.02 for a short try.

The ratio is that of the reports a minute on two cores to the plain loop. CPU seconds a report are compared rather than the
clock, so that other work on the machine falls on all; the product's two processes then count double. The clock is shown
beside it. Typst and Chromium are measured where they are installed; pages and figures of all ways are compared.
"""

from __future__ import annotations

import sys
from typing import Any

from bench.measure import Cost, apart
from bench.reports.content import demo_home
from bench.reports.ways import WORKERS, missing, most

WAYS = "bench.reports.ways"
PLAIN, PER_WORKER = 24, 600
BAR = 3.5
# How much larger a process may be in the last quarter than in the first.
GROWTH = 1.05
LABELS = {
    "product": f"本程序（{WORKERS} 个进程）：PDF/A-3a、PDF/UA-1、数据附件",
    "plain": "朴素循环（表格自动定宽）：普通 PDF，无标签、无附件",
    "fixed": "朴素循环（表格已固定列宽）：普通 PDF，无标签、无附件",
    "chromium": "无头 Chromium（一直开着）：有标签和书签；无页眉页脚（每页的批次和核验码）、无 PDF/A、无附件",
    "typst": "Typst：PDF/A-3a、PDF/UA-1、数据附件；模板另写一套（bench/reports/park.typ），每园区一份",
}


def main(arguments: list[str]) -> int:
    """Measure all ways; 1 where a bar is missed."""
    scale = float(arguments[0]) if arguments else 1.0
    demo_home()
    few, many = max(round(PLAIN * scale), 6), max(round(PER_WORKER * WORKERS * scale), 24)
    costs = {"product": _told("product", many, None)}
    ours = costs["product"].result
    for way in ("plain", "fixed", "chromium", "typst"):
        if why := missing(way):
            print(f"{LABELS[way]}\n  未测：{why}")
        else:
            costs[way] = _told(way, min(few, most(way) or few), ours)
    early, late = ours["memory_mb"]
    growth = late / early if early else 1.0
    speed = {way: cost.result["made"] / cost.cpu for way, cost in costs.items()}
    for way in costs:
        if way not in ("product", "plain"):
            print(f"按每份 CPU，本程序为{LABELS[way].partition('：')[0]}的 {speed['product'] / speed[way]:.2f} 倍")
    print(f"最大进程的常驻内存：前四分之一 {early} MB，后四分之一 {late} MB（{ours['made']} 份报告）")
    ratio = WORKERS * speed["product"] / speed["plain"]
    print(f"与已固定列宽的循环相比（{WORKERS} 个进程对一个）：{WORKERS * speed['product'] / speed['fixed']:.2f} 倍")
    print(f"memory: ratio {growth:.2f}, bar {GROWTH:g}")
    print(f"reports: ratio {ratio:.2f}, bar {BAR:g}")
    return 0 if ratio >= BAR and growth <= GROWTH and ours["made"] == many else 1


def _told(way: str, count: int, ours: dict[str, Any] | None) -> Cost:
    """Measure one way and print what it costs, and how its pages differ from ours."""
    cost = apart(WAYS, way, count)
    made = cost.result
    processes = WORKERS if way == "product" else 1
    print(
        f"{LABELS[way]}\n  每份 CPU {cost.cpu / count:.2f} 秒，每分钟 {60 * count * processes / cost.cpu:.0f} 份"
        f"（按时钟 {60 * count / cost.wall:.0f} 份），{made['size'] / 1000:.0f} KB，{count} 份"
    )
    if ours is not None:
        absent = [sorted(set(own) - set(other)) for own, other in zip(ours["figures"], made["figures"], strict=True)]
        figures = sum(map(len, ours["figures"]))
        print(
            f"  页数 {made['pages']}（本程序 {ours['pages']}）；本程序印出的 {figures} 个不同的数，缺 {sum(map(len, absent))} 个"
        )
        if any(absent):
            print(f"  所缺如：{'、'.join([figure for some in absent for figure in some][:12])}")
    sys.stdout.flush()
    return cost


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
