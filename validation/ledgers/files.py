"""Files of ledgers as received (Parquet, CSV, workbooks) to Parquet parts whose ledger and columns are known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl

from validation.digest import file_sha256
from validation.findings import NOTE, Finding, gather, to_frame
from validation.forms import Column
from validation.ledgers.cluster_files import Heads, Proof, Remote, find_remote, heads_of, marks_on_a_cluster, proofs
from validation.ledgers.definition import Ledger, Ledgers
from validation.ledgers.found import NOTHING_TOLD, FoundList, Told, doubts, hints_of, lacking, marks_in
from validation.ledgers.records import Kind, Part, Records, Stored, stored_kind
from validation.ledgers.text_lists import read_text_list
from validation.ledgers.workbooks import read_workbook
from validation.problems import DataRefused, Problem
from validation.sources import Source, find_sources
from validation.units import ratio, unit_in

RECEIVED: dict[str, pl.DataType] = {
    "source_file": pl.String(), "sha256": pl.String(), "bytes": pl.Int64(), "changed": pl.String(), "place": pl.String(), "proof": pl.String(),
}  # fmt: skip
"""What proves which files were read: SHA-256 of the bytes where they could be hashed; of files on a cluster also when they were last changed (UTC),
their place, and what `proof` there is instead of a SHA-256."""
_UNIT = re.compile(r"^(.*?)\s*[（(]\s*([^（()）]+?)\s*[)）]\s*$")
_SHOWN = 12


@dataclass(frozen=True)
class Taken:
    """The rows by code of their ledger (only those that were given), what was found in reading them (validation.findings), and what proves
    which files were read (`RECEIVED`)."""

    records: Mapping[str, Records]
    findings: pl.DataFrame
    received: pl.DataFrame


def take_records(
    paths: Sequence[Path | str], definition: Ledgers, work: Path, told: Told = NOTHING_TOLD, session: Any = None
) -> Taken:
    """Take in all files of `paths` (files or folders); CSV and workbooks become Parquet in the folder `work`, Parquet stays where it is.
    URIs (text) are of Parquet files that the Spark `session` reaches.

    A file is of the ledger whose keys it has, where several have theirs of the one that knows most of its columns; a workbook may hold
    several. Columns are known by code, label or alias, with a unit in brackets behind (another unit of the same kind is converted);
    in text tables and workbooks titles may stand above the heads, totals and notes below. `told` are years and months of files
    without a column for them. How each file was understood is a 提示; single cells that cannot be read are findings that count
    them. Raises DataRefused with all files that lack a column everything rests on, or are ambiguous.
    """
    uris = [path for path in paths if isinstance(path, str)]
    local = [path for path in paths if not isinstance(path, str)]
    sources, findings = find_sources(local) if local or not uris else ([], [])
    remote = find_remote(session, uris, several=len(paths) > 1) if uris else []
    parts: dict[str, list[Part]] = {ledger.code: [] for ledger in definition.ledgers}
    problems: list[Problem] = []
    for number, source in enumerate(sources):
        said = told.of(source.name)
        try:
            for found in _lists(source, definition, work / f"{number}.parquet", said):
                lacks = list(lacking(found))
                problems.extend(lacks)
                if not lacks:
                    findings.extend([*found.findings, *doubts(found, said, source.name, marks_in(found))])
                    parts[found.ledger.code].append(Part(source.name, found.path, found.columns, found.schema))
        except DataRefused as refused:
            problems.extend(refused.problems)
    far = _on_a_cluster(session, remote, definition, problems)
    if problems:
        raise DataRefused(problems)
    counted = marks_on_a_cluster(session, far) if far else {}
    for file, found in zip(remote, far, strict=True):
        findings.extend([*found.findings, *doubts(found, told.of(file.name), file.name, counted[file.place])])
        parts[found.ledger.code].append(Part(file.name, file.place, found.columns, found.schema))
    given = {
        code: Records(tuple(sorted(own, key=lambda part: part.source)), definition.ledger(code))
        for code, own in parts.items()
        if own
    }
    return Taken(given, gather([to_frame(findings)]), _received(sources, session, remote))


def _on_a_cluster(
    session: Any, remote: Sequence[Remote], definition: Ledgers, problems: list[Problem]
) -> list[FoundList]:
    """The lists in files of a cluster; what is wrong with them is added to `problems`."""
    found: list[FoundList] = []
    for file, (schema, heads, empty) in zip(remote, heads_of(session, remote) if remote else (), strict=True):
        try:
            one = _parquet_list(heads, file.name, file.place, schema, _ledger_of([*heads, *empty], definition), empty)
        except DataRefused as refused:
            problems.extend(refused.problems)
        else:
            problems.extend(lacking(one))
            found.append(one)
    return found


def _received(sources: Sequence[Source], session: Any, remote: Sequence[Remote]) -> pl.DataFrame:
    proved: list[Proof] = [
        (source.name, file_sha256(source.path), source.path.stat().st_size, None, None, "SHA-256") for source in sources
    ]
    proved += proofs(session, remote) if remote else []
    return pl.DataFrame(sorted(proved, key=lambda proof: proof[0]), schema=RECEIVED, orient="row")


def parquet_records(paths: Sequence[Path], definition: Ledger) -> Records:
    """Parquet files as rows of one ledger, where they stand; raises DataRefused like `take_records`."""
    found = [_from_parquet(Source(path.name, path), definition) for path in paths]
    problems = [problem for one in found for problem in lacking(one)]
    if problems:
        raise DataRefused(problems)
    return Records(tuple(Part(one.place, one.path, one.columns, one.schema) for one in found), definition)


def _lists(source: Source, definition: Ledgers, target: Path, told: Mapping[str, int]) -> Iterator[FoundList]:
    """The lists that a file holds."""
    suffix = source.path.suffix.lower()
    if suffix == ".parquet":
        yield _from_parquet(source, _ledger_of(list(_schema(source)), definition))
    elif suffix == ".csv":
        yield read_text_list(source, definition, target, told)
    else:
        yield from read_workbook(source, definition, target, told)


def _ledger_of(heads: Sequence[str], definition: Ledgers) -> Ledger:
    """The ledger whose file has these heads: one whose keys are all there before others, then the one that knows most of them."""

    def fitness(ledger: Ledger) -> tuple[bool, int]:
        known = {match[0].code for head in heads if (match := _known(head, ledger.columns)) is not None}
        return known.issuperset(ledger.keys), len(known)

    return max(definition.ledgers, key=fitness)


def _schema(source: Source) -> pl.Schema:
    try:
        return pl.scan_parquet(source.path, glob=False).collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        said = (str(error).splitlines() or [""])[0][:100]
        raise DataRefused(
            [Problem(source.name, f"不能读取（{said}）", "完好的 Parquet 文件", "重新取得该文件")]
        ) from None


def _from_parquet(source: Source, definition: Ledger) -> FoundList:
    schema = _schema(source)
    heads: Heads = {head: (stored_kind(kind), str(kind)) for head, kind in schema.items() if kind != pl.Null}
    empty = [head for head in schema if head not in heads]
    return _parquet_list(heads, source.name, source.path, str(dict(schema)), definition, empty)


def _parquet_list(
    heads: Heads, name: str, place: Path | str, schema: str, definition: Ledger, empty: Sequence[str] = ()
) -> FoundList:
    """A Parquet file where it stands, `empty` its columns without a type; raises DataRefused for columns that are doubled or of another type
    or unit."""
    found: dict[str, Stored] = {}
    problems: list[Problem] = []
    passed_over = list(empty)
    for head, (stored, shown) in heads.items():
        match = _known(head, definition.columns)
        if match is None:
            passed_over.append(head)
            continue
        column, factor = match
        if column.code in found:
            told = f"“{found[column.code].name}”和“{head}”都是{column.label}"
            problems.append(Problem(name, told, "每项一列", "删去一列"))
        elif factor is None:
            cure = f"改为以{column.unit}为单位，或写明可以换算的单位"
            problems.append(Problem(f"{name} 的“{head}”", "单位不同", f"以{column.unit}为单位", cure))
        elif stored is None or stored not in _STORED[_sort(column)]:
            wanted = _WANTED[_sort(column)]
            problems.append(
                Problem(f"{name} 的“{head}”", f"列的类型是 {shown}", f"{wanted}列", "改变列的类型后重新生成")
            )
        else:
            found[column.code] = Stored(head, stored, factor)
    if problems:
        raise DataRefused(problems)
    told_over = list(_passed_over(passed_over, definition, name))
    return FoundList(definition, place, found, name, hints_of("", []), told_over, schema)


def _passed_over(heads: Sequence[str], definition: Ledger, source: str) -> Iterator[Finding]:
    if heads:
        names = "、".join(f"“{head:.20}”" for head in heads[:_SHOWN]) + ("等" if len(heads) > _SHOWN else "")
        yield Finding(
            "list_columns_passed_over", NOTE, f"文件有 {len(heads)} 列没有读取：{names}", str(len(heads)), f"{definition.title}的列",
            "需要的列改用台账的列名或别名", source_file=source,
        )  # fmt: skip


_STORED: dict[str, tuple[Kind, ...]] = {
    "number": ("decimal", "wide", "integer", "float"),
    "date": ("date",),
    "text": ("text",),
}
_WANTED = {"number": "数字", "date": "日期", "text": "文字（代码前面的 0 不能丢）"}


def _sort(column: Column) -> str:
    return "number" if column.numeric else "date" if column.type == "date" else "text"


def _known(head: str, columns: Sequence[Column]) -> tuple[Column, Fraction | None] | None:
    """The column that a head means and the factor of its unit; factor None for a unit that cannot be converted."""
    names = {name: column for column in columns for name in (column.code, column.label, *column.aliases)}
    plain = head.strip()
    if plain in names:
        return names[plain], Fraction(1)
    match = _UNIT.match(plain)
    if match is None or match[1] not in names:
        return None
    column = names[match[1]]
    unit = unit_in(match[2])
    return column, ratio(unit or match[2], column.unit)
