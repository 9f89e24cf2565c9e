"""From the files of enterprise records to what is known of parks: nothing in it tells a single enterprise but `details`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import polars as pl

from validation.enterprises.definition import CREDIT_CODE, PARK, Enterprises
from validation.enterprises.engines import Engine, run
from validation.enterprises.figures import FIGURES, park_figures
from validation.enterprises.files import take_records
from validation.enterprises.judged import COUNTS, DETAILS, LEADING, judge
from validation.enterprises.query import moves
from validation.findings import SCHEMA

SHARED: dict[str, pl.DataType] = {PARK: pl.String(), "count": pl.Int64(), "others": pl.String()}
MOVED: dict[str, pl.DataType] = {PARK: pl.String(), "kind": pl.String(), "count": pl.Int64()}
PARKS: dict[str, pl.DataType] = {PARK: pl.String(), "count": pl.Int64()}
RECEIVED: dict[str, pl.DataType] = {"source_file": pl.String(), "sha256": pl.String()}

KEPT = "企业汇总"
"""Folder of what is kept of enterprise records among the inputs of a run: figures of parks, never rows."""
_SCHEMAS = {
    "figures": FIGURES, "broken": COUNTS, "leading": LEADING, "parks": PARKS, "shared": SHARED, "moved": MOVED,
    "received": RECEIVED, "findings": SCHEMA,
}  # fmt: skip
_OTHERS_SHOWN = 5


@dataclass(frozen=True)
class BottomUp:
    """What enterprises tell of parks in one year.

    figures (validation.enterprises.figures.FIGURES); broken: broken rules by park, rule and column (judged.COUNTS); leading: rows by park and
    leading industry; parks: rows by park code as written; shared: how many enterprises a park shares with which others; moved: how
    many came from, went to another park, or bear another name (kind in, out, renamed); received: files and their SHA-256;
    findings: on files and cells that could not be read. details: broken rows one by one, for the bureau alone; not kept.
    """

    figures: pl.DataFrame
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
    """What an earlier run kept of its enterprise records in `folder`."""
    frames = {name: pl.read_parquet(folder / f"{name}.parquet", memory_map=False) for name in _SCHEMAS}
    assert {field.name for field in fields(BottomUp)} == {*frames, "details"}
    return BottomUp(**frames, details=pl.DataFrame(schema=DETAILS))


def bottom_up(paths: Sequence[Path], definition: Enterprises, year: int, engine: Engine, work: Path) -> BottomUp:
    """Read, judge and aggregate the enterprise records of `year` in `paths`; `work` is a folder for what must be converted first.

    Raises DataRefused for files that cannot be used and EngineMissing.
    """
    taken = take_records(paths, definition, work)
    judged = judge(taken.records, year)
    dialect = "spark" if engine.name == "spark" else "duckdb"
    changed = run(taken.records, moves(taken.records, year, dialect), engine)  # type: ignore[arg-type]
    return BottomUp(
        park_figures(taken.records, year, engine),
        judged.counts,
        judged.leading,
        judged.parks,
        _shared(judged.shared),
        _moved(changed),
        pl.DataFrame(sorted(taken.sha256.items()), schema=RECEIVED, orient="row"),
        taken.findings,
        judged.details,
    )


def _shared(shared: pl.DataFrame) -> pl.DataFrame:
    pairs = shared.join(shared, on=CREDIT_CODE, suffix="_other").filter(pl.col(PARK) != pl.col(f"{PARK}_other"))
    others = pl.col(f"{PARK}_other").unique().sort()
    more = pl.when(others.len() > _OTHERS_SHOWN).then(pl.lit(" 等")).otherwise(pl.lit(""))
    return (
        pairs.group_by(PARK)
        .agg(
            pl.col(CREDIT_CODE).n_unique().cast(pl.Int64).alias("count"),
            (others.head(_OTHERS_SHOWN).str.join("、") + more).alias("others"),
        )
        .sort(PARK)
        .select(*SHARED)
    )


def _moved(changed: Sequence[tuple[str | None, ...]]) -> pl.DataFrame:
    """Different enterprises, counted; one in several parks of a year counts for each."""
    columns = ["credit_code", "last_park", "park", "last_name", "name"]
    rows = pl.DataFrame(changed, schema=dict.fromkeys(columns, pl.String), orient="row")
    elsewhere = rows.filter(pl.col("last_park") != pl.col("park"))
    renamed = rows.filter(pl.col("last_name") != pl.col("name"))
    parts = [
        frame.group_by(pl.col(at).alias(PARK)).agg(
            pl.lit(kind).first().alias("kind"), pl.col("credit_code").n_unique().cast(pl.Int64).alias("count")
        )
        for frame, at, kind in (
            (elsewhere, "park", "in"),
            (elsewhere, "last_park", "out"),
            (renamed, "park", "renamed"),
        )
    ]
    return pl.concat([pl.DataFrame(schema=MOVED), *(part.select(*MOVED) for part in parts)]).sort(PARK, "kind")
