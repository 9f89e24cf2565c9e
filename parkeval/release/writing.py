"""A release as files: a database, a workbook and CSV that everybody may read, kept in HOME and logged like a run."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from parkeval import chain, log
from parkeval.checksums import CHECKSUMS, sums_text
from parkeval.commit import commit
from parkeval.errors import UsageFault
from parkeval.evidence import evidence_sha256
from parkeval.home import Home, writing
from parkeval.printing import write_file, write_workbook
from parkeval.release.policy import load_policy
from parkeval.release.tables import Release, release_of, release_tables
from parkeval.store import read_results, write_database
from scoring.loading import kept_rulebook
from validation.digest import file_sha256
from validation.problems import Problem

DATABASE, WORKBOOK = "公布数据.duckdb", "公布数据.xlsx"
READABLE_FILE, READABLE_FOLDER = 0o644, 0o755
KNOWN = {"year": pl.Int32, "place": pl.String, "item": pl.String, "value": pl.Float64}


@dataclass(frozen=True)
class Released:
    """The release, where it stands, and whether it was there already."""

    release: Release
    folder: Path
    repeated: bool


def release(home: Home, scheme: str, year: int, policy: Path | None, target: Path | None) -> Released:
    """Write what may be given out of a published year into HOME (`releases/`), and copy it to `target`.

    Protection takes earlier releases of the scheme for known. A release whose figures are those of the last one of the
    year is not written again. Raises UsageFault for a target that is not empty, DefinitionRefused, Busy, DiskFault.
    """
    if target is not None and target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageFault([Problem(str(target), "已有内容", "不存在或空的文件夹", "另选文件夹")])
    rules = load_policy(policy)
    tables = read_results(home.published())
    run = tables["runs"].filter((pl.col("scheme") == scheme) & (pl.col("year") == year)).row(0, named=True)
    book = kept_rulebook(home.run_folder(year, run["run_id"]) / "definitions", year)
    with writing(home) as staging:
        earlier = earlier_releases(home, scheme)
        made = release_of(tables, book, rules, known_figures(home, earlier))
        staged = staging / "release"
        write_release(staged, made)
        digest = evidence_sha256(staged)
        of_year = [entry for entry in earlier if entry["year"] == year]
        repeated = bool(of_year) and of_year[-1]["subject_sha256"] == digest
        subject = str(of_year[-1]["subject"]) if repeated else f"releases/{scheme}/{year}/{len(of_year) + 1:03d}"
        place = home.folder / subject
        if not repeated:
            entry = {"kind": "release", "scheme": scheme, "year": year, "run_id": run["run_id"]}
            log.add(home.folder, staging, entry | {"subject": subject, "subject_sha256": digest})
            commit(home.folder, staging, [(staged, place), (staging / log.LOG, home.folder / log.LOG)])
    if target is not None:
        shutil.copytree(place, target, dirs_exist_ok=True)
        target.chmod(READABLE_FOLDER)
    return Released(made, target or place, repeated)


def earlier_releases(home: Home, scheme: str) -> list[dict[str, object]]:
    """Entries of the log on releases of the scheme, oldest first."""
    entries = chain.entries(home.folder / log.LOG)
    return [entry for entry in entries if entry["kind"] == "release" and entry["scheme"] == scheme]


def known_figures(home: Home, earlier: list[dict[str, object]]) -> pl.DataFrame:
    """year, place, item, value that earlier releases gave out; the latest value of each."""
    frames = [pl.DataFrame(schema=KNOWN)]
    for entry in earlier:
        for name, place in (("园区数据", "园区代码"), ("汇总数据", "范围")):
            given = pl.read_parquet(home.folder / str(entry["subject"]) / "表" / f"{name}.parquet")
            shown = given.filter(pl.col("公布")).select(
                year="统计年度", place=place, item="统计指标代码", value=pl.col("数值").cast(pl.Float64)
            )
            frames.append(shown)
    return pl.concat(frames).unique(["year", "place", "item"], keep="last", maintain_order=True)


def write_release(folder: Path, made: Release) -> None:
    """Database, workbook, and every table as CSV and Parquet, with checksums; all of it readable by everybody."""
    (folder / "表").mkdir(parents=True)
    schema = release_tables()
    write_database(folder / DATABASE, made.tables, schema)
    meanings = pl.DataFrame(
        [
            (table.name, column.name, column.unit, column.comment)
            for table in schema.values()
            for column in table.columns
        ],
        schema=["表", "列", "单位", "含义"],
        orient="row",
    )
    write_workbook({**made.tables, "数据字典": meanings}, folder / WORKBOOK)
    for name, table in made.tables.items():
        write_file(table, folder / "表" / f"{name}.csv", "csv")
        write_file(table, folder / "表" / f"{name}.parquet", "parquet")
    write_file(meanings, folder / "表" / "数据字典.csv", "csv")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = {path.relative_to(folder).as_posix(): file_sha256(path) for path in files}
    (folder / CHECKSUMS).write_text(sums_text(sums), encoding="utf-8")
    for path in (folder, *folder.rglob("*")):
        path.chmod(READABLE_FOLDER if path.is_dir() else READABLE_FILE)
