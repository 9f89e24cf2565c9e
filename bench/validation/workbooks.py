"""Reading many workbooks: the product with guards and typing, against bare python-calamine."""

from __future__ import annotations

import os
import random
import sys
from datetime import date
from pathlib import Path
from typing import Any

from python_calamine import SheetTypeEnum, load_workbook

from bench.measure import Cost, cost_of, print_cost
from validation.conform import conform
from validation.forms import load_form_set
from validation.reading import read
from validation.statistics import FILED_WORKBOOKS
from validation.template import Content, write_workbook

_DIFFERENT = 40
"""So many workbooks are written; the others are links to their bytes under names of their own."""


def write_folder(folder: Path, count: int) -> None:
    """`count` filled park workbooks in `folder`."""
    form_set = load_form_set("park-annual")
    chance = random.Random(1)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        path = folder / f"{number:04d}.xlsx"
        if number >= _DIFFERENT:
            os.link(folder / f"{number % _DIFFERENT:04d}.xlsx", path)
            continue
        items: dict[str, Any] = {
            code: chance.randrange(1, 9999) if item.type == "count" else round(chance.uniform(1, 1e6), 2)
            for code, item in form_set.items().items()
            if item.numeric
        }
        signed: dict[str, Any] = {
            "park_code": f"YN{number:06d}",
            "park_name": "示例园区",
            "statistics_year": 2025,
            "filed_on": date(2026, 4, 15),
            "prepared_by": "甲",
            "statistics_head": "乙",
            "unit_head": "丙",
        }
        columns = {column.code: 1000.5 for column in form_set.tables()["industries"].columns if column.numeric}
        lines = [{"industry": name, **columns} for name in ("橡胶", "普洱茶", "制糖", "建材", "其他")]
        content = Content(
            f"YN{number:06d}", "示例园区", 2025, "示例数据，全部虚构", {**items, **signed}, items, {"industries": lines}
        )
        write_workbook(path, form_set, "park", content)


def product(folder: str) -> Cost:
    """Read and type all workbooks of `folder`, with a progress bar; the number of typed cells."""

    def work() -> int:
        form_set = load_form_set("park-annual")
        reading = read(Path(folder), form_set, progress=_progress)
        typed = conform(reading, reading.filings.select(*FILED_WORKBOOKS), form_set)
        return typed.items.height + typed.records.height

    return cost_of(work)


def bare(folder: str) -> Cost:
    """Every sheet of every workbook through python-calamine; the number of cells."""

    def work() -> int:
        cells = 0
        for path in sorted(Path(folder).iterdir()):
            book = load_workbook(str(path))
            names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
            cells += sum(
                len(row) for name in names for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            )
        return cells

    return cost_of(work)


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r读取 {done}/{total}\x1b[K", end="\n" if done == total else "", file=sys.stderr, flush=True)


if __name__ == "__main__":
    print_cost({"product": product, "bare": bare}[sys.argv[1]](sys.argv[2]))
