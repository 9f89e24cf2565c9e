"""Pieces of work that are measured in a process of their own: `python -m bench.validation.tasks NAME ARGS`."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from bench.measure import Cost, cost_of, print_cost
from bench.validation import enterprise_rules, hand_written, park_rules
from bench.validation.tables import park_items
from validation.confront import SLICE_ROWS, TableRule, confront, confront_file
from validation.table_rules import form_structure

_FAILING = TableRule(
    "always", "revenue", pl.col("revenue").is_null(), "核实", pl.format("{} 不为空", pl.col("revenue"))
)
_ENTERPRISES, _PARKS = form_structure(enterprise_rules.form()), form_structure(park_rules.form())
PARKS = 2600
REPEATS = 20


def product(path: str) -> Cost:
    """The product's report on a Parquet file of enterprises, definitions included."""
    return _sized(
        cost_of(lambda: confront_file(Path(path), enterprise_rules.defined(), enterprise_rules.KEYS, _ENTERPRISES))
    )


def by_hand(path: str) -> Cost:
    """The hand-written report on the same file."""
    rules = enterprise_rules.by_hand
    return _sized(
        cost_of(
            lambda: hand_written.report(
                hand_written.slices_of(Path(path), SLICE_ROWS), list(rules()), enterprise_rules.KEYS
            )
        )
    )


def failing(path: str) -> Cost:
    """The product's report with a rule that fails on every row."""
    rules = [*enterprise_rules.defined(), _FAILING]
    return _sized(cost_of(lambda: confront_file(Path(path), rules, enterprise_rules.KEYS, _ENTERPRISES)))


def parks(seed: str) -> Cost:
    """`REPEATS` times the product's report on the table of park items, definitions included."""
    frames = _parks(seed)
    return _sized(
        cost_of(lambda: [confront(frame, park_rules.defined(), park_rules.KEYS, _PARKS) for frame in frames][-1])
    )


def parks_read(seed: str) -> Cost:
    """The same with rules that were read before."""
    frames, rules = _parks(seed), park_rules.defined()
    return _sized(cost_of(lambda: [confront(frame, rules, park_rules.KEYS, _PARKS) for frame in frames][-1]))


def parks_by_hand(seed: str) -> Cost:
    """`REPEATS` times the hand-written report on the same table."""
    frames, keys = _parks(seed), park_rules.KEYS
    return _sized(
        cost_of(lambda: [hand_written.report([frame], list(park_rules.by_hand()), keys) for frame in frames][-1])
    )


def _parks(seed: str) -> list[pl.DataFrame]:
    frames = [park_items(PARKS, int(seed) + number) for number in range(REPEATS)]
    # Imports are not part of the work that is repeated every year for every file.
    confront(frames[0], park_rules.defined(), park_rules.KEYS, _PARKS)
    hand_written.report(frames[:1], list(park_rules.by_hand()), park_rules.KEYS)
    return frames


def _sized(cost: Cost) -> Cost:
    """The cost with a digest of the report in place of it: its height, and a hash of what does not depend on wording."""
    frame: pl.DataFrame = cost.result
    said = frame.select(pl.exclude("value", "message")).hash_rows(seed=0).sort()
    return Cost(cost.cpu, cost.wall, cost.peak_mb, [frame.height, str(said.hash(seed=0).sum())])


if __name__ == "__main__":
    tasks = {task.__name__: task for task in (product, by_hand, failing, parks, parks_read, parks_by_hand)}
    print_cost(tasks[sys.argv[1]](*sys.argv[2:]))
