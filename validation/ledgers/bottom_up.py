"""From the files of ledgers to what is known of parks: nothing in it tells a single member of a ledger but `details`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import polars as pl

from validation.findings import SCHEMA
from validation.ledgers.cluster import spark_session
from validation.ledgers.cluster_rules import judge_where_rows_are
from validation.ledgers.contributions import BEHIND, contributions
from validation.ledgers.definition import MONTH, PARK, YEAR, Ledger, Ledgers, Link
from validation.ledgers.engines import Engine, run
from validation.ledgers.figures import FIGURES, park_figures
from validation.ledgers.files import RECEIVED, Taken, take_records
from validation.ledgers.found import NOTHING_TOLD, Told
from validation.ledgers.judged import (
    COUNTS,
    DETAILS,
    LEADING,
    MEMBER,
    MOST_DETAILS,
    PARKS,
    SOURCE,
    Judged,
    in_order,
    judge,
    repeats,
)
from validation.ledgers.query import moves, repeated, shared, unlinked, years_of
from validation.ledgers.records import Records

LEDGER = "ledger"
"""Column that names the ledger of a row."""
_OF: dict[str, pl.DataType] = {LEDGER: pl.String()}
SHARED: dict[str, pl.DataType] = {PARK: pl.String(), "count": pl.Int64(), "others": pl.String()}
MOVED: dict[str, pl.DataType] = {PARK: pl.String(), "kind": pl.String(), "count": pl.Int64()}

KEPT = "园区汇总"
"""Folder of what is kept of ledgers among the inputs of a run: figures of parks, never rows."""
_SCHEMAS = {
    "figures": FIGURES, "behind": BEHIND, "broken": _OF | COUNTS, "leading": _OF | LEADING, "parks": _OF | PARKS, "shared": _OF | SHARED,
    "moved": _OF | MOVED, "received": _OF | RECEIVED, "findings": SCHEMA,
}  # fmt: skip
_OTHERS_SHOWN = 5

Earlier = Mapping[int, Collection[str]]
"""Per year before the one evaluated the figures that are wanted of it."""
NO_EARLIER: Earlier = {}


@dataclass(frozen=True)
class BottomUp:
    """What ledgers tell of parks in one year; all but figures, behind and findings have the ledger's code as `ledger`.

    figures (validation.ledgers.figures.FIGURES), also of earlier years that were asked for; behind: how many enterprises are behind sums
    (contributions.BEHIND); broken: broken rules by park, rule and column (judged.COUNTS); leading: rows by park and
    leading industry; parks: rows by park code as written; shared: how many members a park shares with which others; moved: how
    many came from, went to another park, or bear another name (kind in, out, renamed); received: files and what proves them (files.RECEIVED);
    findings: on files and cells that could not be read. details: broken rows one by one, for the bureau alone; not kept.
    """

    figures: pl.DataFrame
    behind: pl.DataFrame
    broken: pl.DataFrame
    leading: pl.DataFrame
    parks: pl.DataFrame
    shared: pl.DataFrame
    moved: pl.DataFrame
    received: pl.DataFrame
    findings: pl.DataFrame
    details: pl.DataFrame

    def keep(self, folder: Path) -> None:
        """Write everything but the details to `folder`, from which `kept` reads it again."""
        folder.mkdir(parents=True)
        for name in _SCHEMAS:
            getattr(self, name).write_parquet(folder / f"{name}.parquet")


def kept(folder: Path) -> BottomUp:
    """What an earlier run kept of its ledgers in `folder`."""
    frames = {name: pl.read_parquet(folder / f"{name}.parquet", memory_map=False) for name in _SCHEMAS}
    assert {field.name for field in fields(BottomUp)} == {*frames, "details"}
    return BottomUp(**frames, details=pl.DataFrame(schema=_OF | DETAILS))


def bottom_up(
    paths: Sequence[Path | str],
    definition: Ledgers,
    year: int,
    engine: Engine,
    work: Path,
    told: Told = NOTHING_TOLD,
    earlier: Earlier = NO_EARLIER,
) -> BottomUp:
    """Read, judge and aggregate the ledgers of `year` in `paths` (URIs only for Spark); `work` is a folder for what must be converted first,
    `told` what was said of files without a column of the year or the month.

    Of earlier years that the files have rows of, the figures in `earlier` are formed and nothing is judged. Raises DataRefused for files that cannot be used and EngineMissing.
    """
    with spark_session(engine.master) if engine.name == "spark" else nullcontext() as session:
        taken = take_records(paths, definition, work, told, session)
        judged = {
            code: _judged(records, taken.records, year, engine, session) for code, records in taken.records.items()
        }
        shared = {code: _shared(records, year, engine) for code, records in taken.records.items()}
        moved = {code: _moved(records, year, engine) for code, records in taken.records.items()}
        there = sorted(_years(taken.records, engine).intersection(earlier))
        wanted = {one: _only(definition, earlier[one]) for one in there} | {year: definition}
        figures = [park_figures(taken.records, own, one, engine) for one, own in wanted.items()]
        behind = contributions(taken.records, definition, year, engine)
    return BottomUp(
        pl.concat(figures),
        behind,
        _gathered({code: one.counts for code, one in judged.items()}, COUNTS),
        _gathered({code: one.leading for code, one in judged.items()}, LEADING),
        _gathered({code: one.parks for code, one in judged.items()}, PARKS),
        _gathered(shared, SHARED),
        _gathered(moved, MOVED),
        _received(taken),
        taken.findings,
        _gathered({code: one.details for code, one in judged.items()}, DETAILS),
    )


def _only(definition: Ledgers, codes: Collection[str]) -> Ledgers:
    return replace(definition, figures=tuple(figure for figure in definition.figures if figure.code in codes))


def _received(taken: Taken) -> pl.DataFrame:
    """One row per ledger and file; a workbook may hold several ledgers."""
    of = [(code, part.source) for code, records in taken.records.items() for part in records.parts]
    named = pl.DataFrame(sorted(of), schema=_OF | {"source_file": pl.String}, orient="row")
    return named.join(taken.received, on="source_file", how="left", maintain_order="left")


def _years(given: Mapping[str, Records], engine: Engine) -> set[int]:
    return {row[0] for one in given.values() for row in run([one], years_of(one, engine.dialect), engine)}


def _gathered(by_ledger: Mapping[str, pl.DataFrame], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    named = [frame.select(pl.lit(code).alias(LEDGER), *schema) for code, frame in by_ledger.items()]
    return pl.concat([pl.DataFrame(schema=_OF | dict(schema)), *named])


def _judged(records: Records, others: Mapping[str, Records], year: int, engine: Engine, session: Any) -> Judged:
    """What the rules of the rows say, beside them rows that repeat another and links to other ledgers that were given."""
    judged = judge(records, year) if session is None else judge_where_rows_are(session, records, year)
    twice = repeats(run([records], repeated(records, year, engine.dialect, MOST_DETAILS), engine), records)
    details, counts = [judged.details, twice.details], [judged.counts, twice.counts]
    for link in records.definition.links:
        if link.to in others:
            told = unlinked(records, others[link.to], link, year, engine.dialect, MOST_DETAILS)
            rows = run([records, others[link.to]], told, engine)
            details.append(_wrong_links(rows, link, records.definition, others[link.to].definition, year))
            counts.append(_counted(rows, link))
    return Judged(
        in_order(pl.concat(details)),
        pl.concat(counts).sort(PARK, "rule", "item", "severity"),
        judged.leading,
        judged.parks,
    )


def _wrong_links(
    rows: Sequence[tuple[str | None, ...]], link: Link, ledger: Ledger, other: Ledger, year: int
) -> pl.DataFrame:
    """Values that name no member of the other ledger, as rows of `DETAILS`."""
    label = next(column.label for column in ledger.columns if column.code == link.column)
    message = f"“{label}”不在该园区的{other.title}"
    told = pl.DataFrame(
        [row[:3] for row in rows], schema=dict.fromkeys((PARK, MEMBER, "value"), pl.String), orient="row"
    )
    fixed = {"item": link.column, "rule": link.id, "severity": link.severity, "message": message}
    return told.with_columns(
        pl.lit(year, pl.Float64).alias(YEAR),
        pl.lit(None, pl.Float64).alias(MONTH),
        *(pl.lit(value, pl.String).alias(name) for name, value in fixed.items()),
        pl.lit(None, pl.String).alias(SOURCE),
    ).select(*DETAILS)


def _counted(rows: Sequence[tuple[str | None, ...]], link: Link) -> pl.DataFrame:
    parks = {row[0]: int(row[3] or 0) for row in rows}
    told = [(park, link.id, link.column, link.severity, count) for park, count in sorted(parks.items(), key=str)]
    return pl.DataFrame(told, schema=COUNTS, orient="row")


def _shared(records: Records, year: int, engine: Engine) -> pl.DataFrame:
    rows = run([records], shared(records, year, engine.dialect, _OTHERS_SHOWN + 1), engine)
    found = pl.DataFrame(rows, schema={PARK: pl.String, "count": pl.Int64, "other": pl.String}, orient="row")
    more = pl.when(pl.len() > _OTHERS_SHOWN).then(pl.lit(" 等")).otherwise(pl.lit(""))
    others = pl.col("other").head(_OTHERS_SHOWN).str.join("、") + more
    return found.group_by(PARK, "count", maintain_order=True).agg(others.alias("others")).sort(PARK).select(*SHARED)


def _moved(records: Records, year: int, engine: Engine) -> pl.DataFrame:
    return pl.DataFrame(run([records], moves(records, year, engine.dialect), engine), schema=MOVED, orient="row")
