"""`./run bench batch [PARKS]`: one evaluated year of 2,600 parks on ten years of figures, no PDF; the share of each stage.

The sample data of five years are read once (not measured: `bench validation` measures reading) and multiplied over parks and years.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from bench.measure import cost_of
from parkeval.batch import Prepared, prepare, validate
from parkeval.demonstration import SCHEME, sample_folder
from parkeval.store import empty_tables, write_results
from scoring.evaluation import Trusted, basis_of, judge, published_tables
from validation.check_frame import build
from validation.checking import Places, run_checks
from validation.registry import FORM
from validation.statistics import Statistics

PARKS, YEARS, YEAR = 2600, 10, 2025
BAR_SECONDS = 60.0
"""CPU of all stages together: an official waits a minute for a national year, not longer."""


def main(arguments: list[str]) -> int:
    """Print what each stage costs; 1 where the bar is missed."""
    parks = int(arguments[0]) if arguments else PARKS
    prepared = prepare(SCHEME, YEAR)
    book = replace(prepared.book, scheme=prepared.book.scheme.model_copy(update={"base_year": YEAR - YEARS + 1}))
    statistics = multiplied(validate([sample_folder()], prepared, empty_tables()), parks)
    history = empty_tables()
    trusted = Trusted(statistics.items, statistics.records, statistics.filings, statistics.refused)
    done: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="parkeval-bench-") as folder:
        target = Path(folder) / "results.duckdb"
        stages: dict[str, Callable[[], Any]] = {
            "审核": lambda: checked(statistics, prepared),
            "计算指标": lambda: basis_of(trusted, book, history),
            "得分、排名、建议": lambda: judge(done["计算指标"], book),
            "整理结果表": lambda: published_tables(done["得分、排名、建议"], trusted.filings, book),
            "写结果库": lambda: write_results(target, history | done["整理结果表"]),
        }
        costs = {}
        for name, stage in stages.items():
            costs[name] = cost_of(stage)
            done[name] = costs[name].result
    total = sum(cost.cpu for cost in costs.values())
    print(f"{parks} 个园区 × {YEARS} 年，{statistics.items.height} 个数，不含读取和 PDF")
    for name, cost in costs.items():
        print(
            f"　{name}：CPU {cost.cpu:.1f} 秒（{100 * cost.cpu / total:.0f}%），历时 {cost.wall:.1f} 秒，内存峰值 {cost.peak_mb:.0f} MB"
        )
    print(f"batch: ratio {total:.2f}, bar {BAR_SECONDS:g}")
    return 0 if total <= BAR_SECONDS else 1


def checked(statistics: Statistics, prepared: Prepared) -> int:
    """The number of findings of all years and parks."""
    untrusted = statistics.refused.select("park_code", "year")
    frame = build(
        statistics.items, statistics.records, statistics.filings, untrusted, prepared.book.form_set, prepared.checks
    )
    places = Places(
        statistics.items,
        pl.DataFrame(schema={"park_code": pl.String, "year": pl.Int32, "item": pl.String, "cell": pl.String}),
    )
    years = list(range(YEAR - YEARS + 1, YEAR + 1))
    return len(list(run_checks(frame, prepared.checks, places, years, list(untrusted.iter_rows()))))


def multiplied(statistics: Statistics, parks: int) -> Statistics:
    """`statistics` of at least `parks` parks in `YEARS` years, figures varied a little; nobody is refused."""
    own = statistics.items["park_code"].n_unique()
    copies = pl.DataFrame({"copy": range(-(-parks // own))}, schema={"copy": pl.Int32})
    first = int(statistics.items["year"].min())  # type: ignore[arg-type]
    spans = pl.DataFrame(
        [(first + number % (YEAR - first + 1), YEAR - YEARS + 1 + number) for number in range(YEARS)],
        schema={"year": pl.Int32, "of_year": pl.Int32}, orient="row",
    )  # fmt: skip
    factor = (100 + pl.col("copy") % 37).cast(pl.Decimal(28, 6)) / 100
    code = pl.format("{}-{}", "park_code", "copy")

    def spread(frame: pl.DataFrame) -> pl.DataFrame:
        dated = frame.join(spans, on="year").with_columns(pl.col("of_year").alias("year")).drop("of_year")
        file = pl.format("{}-{}-{}", "year", "copy", "source_file")
        return dated.join(copies, how="cross").with_columns(code.alias("park_code"), file.alias("source_file"))

    items = spread(statistics.items).with_columns((pl.col("value") * factor).cast(pl.Decimal(28, 6)).alias("value"))
    filed = statistics.records.filter(pl.col("park_code").is_not_null(), pl.col("year").is_not_null())
    bureau = statistics.records.filter(pl.col("park_code").is_null() | pl.col("year").is_null())
    register = bureau.filter(pl.col("form") == FORM).join(copies, how="cross").with_columns(
        pl.when(pl.col("item") == "park_code").then(pl.format("{}-{}", "text", "copy")).otherwise("text").alias("text"),
        (pl.col("record") + pl.col("copy") * 1000).alias("record"),
    )  # fmt: skip
    others = bureau.filter(pl.col("form") == "region_totals")
    names = statistics.records.columns
    records = pl.concat([spread(filed).select(names), register.select(names), others])
    return replace(
        statistics,
        items=items.select(statistics.items.columns).sort("park_code", "year", "item"),
        records=records,
        filings=spread(statistics.filings.filter(pl.col("year").is_not_null())).select(statistics.filings.columns),
        refused=statistics.refused.clear(),
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
