"""What a run leaves behind as evidence, and how it is verified: digests, manifest, checksums."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from parkeval import chain, checksums, log, register
from parkeval.checksums import CHECKSUMS, read_sums
from parkeval.distribution import dispatch
from parkeval.home import RESULTS, Home, settle
from parkeval.published_schema import sha256_of_objects
from parkeval.store import HOME_TABLES, Tables, expected_objects, objects_in, of_run, read_results
from scoring.schema import result_tables
from validation.digest import file_sha256
from validation.problems import Problem, Refused

MANIFEST = "manifest.json"
TIMED = (MANIFEST, CHECKSUMS, "tables/runs.parquet", "公布数据.duckdb")
"""Files that hold the time at which they were made, a database whose blocks DuckDB lays out anew each time, and the lists
that cover them: not the same for the same inputs."""

OUTSIDE = ("runs", *HOME_TABLES)
"""Tables that a run's digest leaves out: `runs` carries the digest, the others belong to no run."""


def digest(parts: Iterable[str]) -> str:
    """SHA-256 over lines of text."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def table_sha256(frame: pl.DataFrame) -> str:
    """Digest of a table's content in its published column and row order; null and empty text differ."""
    text = frame.write_csv(null_value="\\N", quote_style="non_numeric", date_format="%Y-%m-%d")
    return hashlib.sha256(text.encode()).hexdigest()


def results_sha256(tables: Mapping[str, pl.DataFrame]) -> str:
    """Digest of one run's tables; those of `OUTSIDE` are left out."""
    return digest(f"{name} {table_sha256(frame)}" for name, frame in sorted(tables.items()) if name not in OUTSIDE)


def write_manifest(folder: Path, run: Mapping[str, Any], tables: Mapping[str, pl.DataFrame]) -> None:
    """Write `manifest.json` and, last, `SHA256SUMS` (which `sha256sum -c` checks) over everything in `folder`."""
    manifest = {
        "run": {name: value for name, value in run.items() if value is not None},
        "tables": {name: table_sha256(frame) for name, frame in sorted(tables.items()) if name not in OUTSIDE},
        "columns": {name: frame.columns for name, frame in sorted(tables.items()) if name not in OUTSIDE},
        "files": {path.relative_to(folder).as_posix(): file_sha256(path) for path in _files(folder)},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True, default=str)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    lines = [f"{file_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in _files(folder)]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def evidence_sha256(folder: Path) -> str:
    """Digest of the files of a folder as the log records it: without the lists made of them and without what holds the
    time of the clock, so that the same inputs give the same log.
    """
    files = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    return digest(f"{file_sha256(path)}  {name}" for name, path in files.items() if name not in TIMED)


def verify(home: Home) -> list[Problem]:
    """Everything in HOME that is not as published: altered, missing or unlisted files, altered tables, views, macros.

    Every file of HOME is compared with its checksums; each run's folder with its manifest, superseded runs included;
    each published run's tables with the digest in the manifest, in `runs` and in the log; the objects of the results
    file with what the log says of them; the chains of log and registers with the tables made of them. Nothing may stand
    beside the results file that could change how it is read. A publication that was decided on and then stopped is
    finished first.
    """
    settle(home)
    path = home.published()
    problems = [
        Problem(entry.name, "结果库旁有不该有的文件", "没有", "移走；可能有人改动了结果库")
        for entry in sorted(home.folder.iterdir())
        if entry.name.startswith(RESULTS) and entry.name != RESULTS
    ]
    lock = home.folder / ".lock"
    if lock.is_file() and lock.stat().st_size:
        problems.append(Problem(lock.name, "有内容", "空文件", "删去其内容"))
    problems += checksums.faults(home.folder)
    try:
        tables = read_results(path)
        problems += _verify_objects(path, home)
    except Refused as fault:
        runs = [found for folder in sorted(home.runs.glob("*/*")) for found in _verify_superseded(folder, home)]
        return [*problems, *fault.problems, *runs]
    listed = set()
    for run in tables["runs"].iter_rows(named=True):
        folder = home.run_folder(run["year"], run["run_id"])
        listed.add(folder)
        problems += _verify_run(folder, run, of_run(tables, run["scheme"], run["year"]), home)
    for folder in sorted(set(home.runs.glob("*/*")) - listed):
        problems += _verify_superseded(folder, home)
    known = {(run["scheme"], run["year"]) for run in tables["runs"].iter_rows(named=True)}
    problems += _strays(tables, known)
    problems += register.faults(home, tables["decisions"])
    problems += dispatch.faults(home)
    problems += _verify_log(home, tables)
    return problems


def _verify_log(home: Home, tables: Tables) -> list[Problem]:
    """The log against what it speaks of: folders, published runs, the register of decisions."""
    problems = log.faults(home.folder, tables["log"])
    entries = chain.entries(home.folder / log.LOG)
    folders = {entry["subject"]: entry for entry in entries if entry["kind"] in ("evidence", "reports", "release")}
    for place, entry in sorted(folders.items()):
        if not (home.folder / place).is_dir():
            problems.append(Problem(place, "缺失", f"日志第 {entry['number']} 条所记的文件夹", "从备份恢复"))
        elif evidence_sha256(home.folder / place) != entry["subject_sha256"]:
            problems.append(Problem(place, "与日志所记的摘要不符", f"日志第 {entry['number']} 条", "从备份恢复"))
    problems += [
        Problem(place, "日志里没有", "只有日志所记的批次", "移走")
        for place in sorted(path.relative_to(home.folder).as_posix() for path in home.runs.glob("*/*"))
        if place not in folders
    ]
    results = {entry["run_id"]: entry for entry in entries if entry["kind"] == "run"}
    for run in tables["runs"].iter_rows(named=True):
        entry = results.get(run["run_id"], {})
        if (run["results_sha256"], run["log_sha256"]) != (entry.get("subject_sha256"), entry.get("sha256")):
            problems.append(Problem(f"批次 {run['run_id']}", "与日志不符", "日志所记的结果摘要", "从备份恢复"))
    acts = {entry["subject_sha256"] for entry in entries if entry["kind"] == "act"}
    registered = {entry["sha256"] for entry in chain.entries(register.register_path(home)) if "sha256" in entry}
    if acts != registered:
        problems.append(Problem(register.REGISTER, "与日志所记的登记不同", "每条登记在日志里各有一条", "从备份恢复"))
    return problems


def _verify_objects(path: Path, home: Home) -> list[Problem]:
    """Views, macros, comments and everything else in the results file that is not a row.

    A file that an earlier version wrote is known by the digest in the log, whatever this version would write.
    """
    found, expected = objects_in(path), expected_objects()
    told = chain.entries(home.folder / log.LOG)[-1:]
    if found == expected or (told and told[0].get("objects_sha256") == sha256_of_objects(found)):
        return []
    problems = []
    for kind, name in sorted(found.keys() | expected.keys()):
        have, want = found.get((kind, name)), expected.get((kind, name))
        if have != want:
            said = "缺失" if have is None else "不该有" if want is None else "定义或说明与发布时不同"
            problems.append(Problem(f"{RESULTS} 的{kind} {name}", said, "与发布时相同", "从备份恢复 results.duckdb"))
    return problems


def _strays(tables: Mapping[str, pl.DataFrame], known: set[tuple[str, int]]) -> list[Problem]:
    problems = []
    for name, frame in sorted(tables.items()):
        if name in HOME_TABLES:
            continue
        year = "run_year" if "run_year" in frame.columns else "year"
        for scheme, of_year in frame.select("scheme", year).unique(maintain_order=True).rows():
            if (scheme, of_year) not in known:
                problems.append(
                    Problem(
                        f"表 {name}", f"有 {scheme} {of_year} 年的行", "每行属于一个已发布的批次", "有人改动了结果库"
                    )
                )
    return problems


def _verify_run(folder: Path, run: Mapping[str, Any], tables: Tables, home: Home) -> list[Problem]:
    place = folder.relative_to(home.folder).as_posix()
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        listed: dict[str, str] = manifest["files"]
        digests: dict[str, str] = manifest["tables"]
        columns: dict[str, list[str]] = manifest["columns"]
        stated: dict[str, Any] = manifest["run"]
    except (OSError, ValueError, KeyError, TypeError):
        return [Problem(f"{place}/{MANIFEST}", "缺失或读不出", "本批次的清单", "从备份恢复该批次")]
    problems = _verify_files(folder, place, listed)
    as_published, altered = _as_published(tables, digests, columns, run["year"])
    problems += altered
    for name, value in run.items():
        if (None if value is None else str(value)) != (None if stated.get(name) is None else str(stated.get(name))):
            problems.append(
                Problem(f"表 runs 的 {name}（{run['year']} 年）", f"{value}", f"{stated.get(name)}", "从备份恢复")
            )
    if run["results_sha256"] != results_sha256(as_published):
        problems.append(
            Problem(f"{run['year']} 年结果摘要", "与各表内容不符", str(run["results_sha256"]), "从备份恢复")
        )
    return problems


def _as_published(
    tables: Tables, digests: Mapping[str, str], columns: Mapping[str, list[str]], year: int
) -> tuple[Tables, list[Problem]]:
    """The run's tables with the names and columns that they were published with, and those that are not as they were.

    A later version of the program may know more tables and columns: they are empty for this run, or somebody filled
    them.
    """
    tables = {_name_in(digests, name): frame for name, frame in tables.items()}
    same: Tables = {}
    problems = []
    for name, frame in sorted(tables.items()):
        if name in OUTSIDE:
            continue
        own = [column for column in columns.get(name, []) if column in frame.columns]
        later = [column for column in frame.columns if column not in (*columns.get(name, frame.columns), "run_year")]
        same |= {name: frame.select(own)} if name in digests else {}
        filled = any(frame[column].null_count() < frame.height for column in later)
        if (
            filled
            or (name in digests and digests[name] != table_sha256(frame.select(own)))
            or (name not in digests and frame.height)
        ):
            problems.append(
                Problem(f"表 {name}（{year} 年）", "内容与发布时不同", "未改动", "从备份恢复 results.duckdb")
            )
    return same, problems


def _name_in(digests: Mapping[str, str], name: str) -> str:
    before = result_tables()[name].formerly
    return before if before in digests else name


def _verify_superseded(folder: Path, home: Home) -> list[Problem]:
    """A run that a later one of the same year has replaced: its files are still evidence."""
    place = folder.relative_to(home.folder).as_posix()
    try:
        listed: dict[str, str] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return [Problem(place, "不属于任何批次", "runs 下只有评价批次", "移走")]
    return _verify_files(folder, place, listed)


def _verify_files(folder: Path, place: str, listed: Mapping[str, str]) -> list[Problem]:
    problems = []
    found = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    for name in sorted(set(listed) - set(found)):
        problems.append(Problem(f"{place}/{name}", "缺失", "清单所列文件", "从备份恢复"))
    for name in sorted(set(found) - set(listed) - {MANIFEST, CHECKSUMS}):
        problems.append(Problem(f"{place}/{name}", "清单中没有", "只有清单所列文件", "移走"))
    for name in sorted(set(listed) & set(found)):
        if file_sha256(found[name]) != listed[name]:
            problems.append(Problem(f"{place}/{name}", "内容被改动", f"SHA-256 {listed[name][:12]}…", "从备份恢复"))
    return problems + _verify_checksums(folder, place)


def _verify_checksums(folder: Path, place: str) -> list[Problem]:
    """SHA256SUMS covers the manifest, so that neither can be changed alone."""
    try:
        sums = read_sums(folder / CHECKSUMS)
    except (OSError, ValueError):
        return [Problem(f"{place}/{CHECKSUMS}", "缺失或读不出", "本批次的校验和", "从备份恢复")]
    expected = {path.relative_to(folder).as_posix(): file_sha256(path) for path in _files(folder)}
    expected.pop(CHECKSUMS, None)
    if sums != expected:
        return [Problem(f"{place}/{CHECKSUMS}", "与文件不符", "全部文件的 SHA-256", "从备份恢复")]
    return []


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
