"""`./run bench distribution [PARKS]`: a whole dispatch of small papers; the bar is on memory, which must not grow with the packages."""

from __future__ import annotations

import os
import tempfile
from datetime import date
from pathlib import Path

from bench.distribution.region import YEAR, region
from bench.measure import cost_of, cpu_seconds, resident_mb
from parkeval.demonstration import SCHEME
from parkeval.distribution.contacts import Contact, Contacts
from parkeval.distribution.delivery import Delivered, Order, distribute
from parkeval.distribution.rules import load_rules
from parkeval.front import progress_line

PARKS = 2600
GROWTH = 1.1
"""Resident memory after the last package over that after the first tenth."""


def main(arguments: list[str]) -> int:
    """Build the packages of all parks as zips with drafts of mail; 1 where memory grows, or a package is stopped."""
    parks = int(arguments[0]) if arguments else PARKS
    resident: dict[int, float] = {}
    began: list[float] = []
    shown = progress_line()

    def progress(what: str, done: int, total: int) -> None:
        if done == 1:
            began.append(cpu_seconds())
        resident[done] = resident_mb(os.getpid())
        shown(what, done, total)

    with tempfile.TemporaryDirectory(prefix="parkeval-bench-") as name:
        folder = Path(name)
        home, tables = region(folder, parks)
        codes = tables["parks"].filter(year=YEAR)["park_code"].to_list()
        contacts = Contacts({code: Contact(code=code, to=("a@example.gov.cn",)) for code in codes}, ())
        order = Order(SCHEME, YEAR, "bench", date(2022, 7, 1), load_rules(), contacts=contacts, as_zip=True, workers=2)
        cost = cost_of(lambda: distribute(tables, home, folder / "out", order, progress))
    done: Delivered = cost.result
    first = resident[max(1, parks // 10)]
    ratio = resident[parks] / first
    packages = (cpu_seconds() - began[0]) / max(parks - 1, 1)
    print(f"{parks} 个收件单位：{cost.cpu:.1f} 秒 CPU，{cost.wall:.1f} 秒；每包 {packages * 1000:.0f} 毫秒 CPU")
    print(f"内存：前十分之一后 {first:.0f} MB，全部做完 {resident[parks]:.0f} MB；误报 {len(done.stopped)} 包")
    print(f"distribution: ratio {ratio:.2f}, bar {GROWTH:g}")
    return 0 if ratio <= GROWTH and not done.stopped else 1
