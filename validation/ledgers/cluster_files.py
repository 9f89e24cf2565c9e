"""Parquet files of ledgers where only Spark reaches them (hdfs:, s3a:, file: …): which there are, their columns, and what proves them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from validation.ledgers.found import FoundList, Marks, marked_columns
from validation.ledgers.query import FILE, ROW, view_name
from validation.ledgers.records import FIGURE_DECIMALS, FIGURE_DIGITS, Kind, Part, Records
from validation.marks import YES_NO
from validation.problems import DataRefused, Problem

MOST_HASHED_BYTES = 128 * 1024 * 1024
"""Of a file whose bytes are hashed on the executors: Spark hands a file over whole, and two of this size fit beside each other in the 1 GB
that an executor has by default. Larger ones are known by the checksum of their file system, where it has one."""
_FOOTERS_AT_ONCE = 8
_OTHER_FORMATS = (".csv", ".xlsx", ".xls", ".ods")
_WITHOUT_TYPE = re.compile(r"^\s*\w+ \S+ (.+) \(UNKNOWN\)(?: = \d+)?;$", re.MULTILINE)
"""A column of nothing but nulls in the text of a footer, which Spark takes for integers."""
_IS_URI = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:/")


@dataclass(frozen=True)
class Remote:
    """A file on a cluster: `name` as told in findings, `place` where Spark finds it, its size and when it was last changed (UTC)."""

    name: str
    place: str
    size: int
    changed: str


def is_uri(text: str) -> bool:
    """Whether `text` names a place by its URI and not by a path of this machine."""
    return _IS_URI.match(text) is not None


def find_remote(session: Any, uris: Sequence[str], *, several: bool) -> list[Remote]:
    """The Parquet files at `uris` (files, folders of parts, patterns as Hadoop knows them), sorted by name.

    What starts with `_` or `.` is passed over, as Spark does. Names are relative to the folder given, with its own name before them where
    `several` places are read. Raises DataRefused for places where there is nothing to read, and for formats that only this machine can read.
    """
    problems: list[Problem] = []
    found: dict[str, Remote] = {}
    for uri in uris:
        files = list(_below(session, uri, several))
        others = [file.name for file in files if file.name.lower().endswith(_OTHER_FORMATS)]
        if others:
            cure = "在集群上另存为 Parquet，或取到本机再读"
            problems.append(Problem(uri, f"有 {'、'.join(others[:5])}", "集群上的台账是 Parquet 文件", cure))
        elif not files:
            problems.append(Problem(uri, "没有可读取的文件（.parquet）", "台账的 Parquet 文件或其文件夹", "核对路径"))
        for file in files:
            name = file.name
            while name in found:
                name = f"{name}（另一份）"
            found[name] = Remote(name, file.place, file.size, file.changed)
    if problems:
        raise DataRefused(problems)
    return [found[name] for name in sorted(found)]


def _below(session: Any, uri: str, several: bool) -> Iterator[Remote]:
    path = session._jvm.org.apache.hadoop.fs.Path(uri)
    system = path.getFileSystem(_hadoop(session))
    for status in system.globStatus(path) or ():
        top = status.getPath().toString()
        if status.isFile():
            yield _remote(status, PurePosixPath(top).name)
            continue
        before = f"{PurePosixPath(top).name}/" if several else ""
        listed = system.listFiles(status.getPath(), True)
        while listed.hasNext():
            one = listed.next()
            inner = one.getPath().toString()[len(top) :].lstrip("/")
            if _is_taken(inner):
                yield _remote(one, before + inner)


def _is_taken(inner: str) -> bool:
    parts = inner.split("/")
    if any(part.startswith(("_", ".")) for part in parts):
        return False
    return "." not in parts[-1] or parts[-1].lower().endswith((".parquet", *_OTHER_FORMATS))


def _remote(status: Any, name: str) -> Remote:
    changed = datetime.fromtimestamp(status.getModificationTime() // 1000, UTC)
    return Remote(name, status.getPath().toString(), status.getLen(), changed.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _hadoop(session: Any) -> Any:
    return session._jsparkSession.sessionState().newHadoopConf()


Heads = dict[str, tuple[Kind | None, str]]


def heads_of(session: Any, files: Sequence[Remote]) -> list[tuple[str, Heads, list[str]]]:
    """For each of `files` a text that is the same for equal schemas, the columns with their kind and the name of their type, and the names of
    columns that are empty and have no type.

    Footers are read here, by Java; Spark tells the types of one file of each schema.
    """
    with ThreadPoolExecutor(_FOOTERS_AT_ONCE) as pool:
        texts = list(pool.map(lambda file: _footer(session, file), files))
    known: dict[str, tuple[Heads, list[str]]] = {}
    for file, text in zip(files, texts, strict=True):
        if text not in known:
            schema = session.read.parquet(_one_file(file.place)).schema
            heads = {field.name: (_kind(field.dataType), field.dataType.simpleString()) for field in schema}
            empty = _WITHOUT_TYPE.findall(text)
            known[text] = ({head: told for head, told in heads.items() if head not in empty}, empty)
    return [(text, *known[text]) for text in texts]


def _footer(session: Any, file: Remote) -> str:
    jvm = session._jvm
    path = jvm.org.apache.hadoop.fs.Path(file.place)
    source = jvm.org.apache.parquet.hadoop.util.HadoopInputFile.fromPath(path, _hadoop(session))
    reader = jvm.org.apache.parquet.hadoop.ParquetFileReader.open(source)
    try:
        return str(reader.getFileMetaData().getSchema().toString())
    finally:
        reader.close()


def _kind(kind: Any) -> Kind | None:
    from pyspark.sql import types

    if isinstance(kind, types.DecimalType):
        narrow = kind.scale <= FIGURE_DECIMALS and kind.precision - kind.scale <= FIGURE_DIGITS - FIGURE_DECIMALS
        return "decimal" if narrow else "wide"
    kinds: tuple[tuple[Kind, tuple[Any, ...]], ...] = (
        ("text", (types.StringType, types.VarcharType, types.CharType)),
        ("integer", (types.ByteType, types.ShortType, types.IntegerType, types.LongType)),
        ("float", (types.FloatType, types.DoubleType)),
        ("date", (types.DateType, types.TimestampNTZType)),
    )
    return next((name for name, classes in kinds if isinstance(kind, classes)), None)


def marks_on_a_cluster(session: Any, lists: Sequence[FoundList]) -> dict[str, Marks]:
    """`found.marks_in` of every list, by its place: one count for all files of a schema."""
    from pyspark.sql import functions

    told: dict[str, Marks] = {str(one.path): {} for one in lists}
    places = {plain_place(place): place for place in told}
    for schema in dict.fromkeys(one.schema for one in lists):
        own = [one for one in lists if one.schema == schema]
        names = {code: own[0].columns[code].name for code in marked_columns(own[0])}
        if not names:
            continue
        frame = session.read.parquet(*(_one_file(str(one.path)) for one in own))
        counts = []
        for name in names.values():
            column = frame["`" + name.replace("`", "``") + "`"]
            counts += [
                functions.count_if(column == YES_NO[0]),
                functions.count_if(column == YES_NO[1]),
                functions.count_if(column.isNull()),
            ]
        for row in frame.groupBy("_metadata.file_path").agg(*counts).collect():
            by_code = {code: (row[1 + 3 * at], row[2 + 3 * at], row[3 + 3 * at]) for at, code in enumerate(names)}
            told[places[told_by_spark(row[0])]] = by_code
    return told


Proof = tuple[str, str | None, int, str | None, str | None, str]


def proofs(session: Any, files: Sequence[Remote]) -> list[Proof]:
    """What proves which files were read: name, SHA-256 (where executors could hash the bytes), size, time of change, place, kind of proof."""
    small = [_one_file(file.place) for file in files if file.size <= MOST_HASHED_BYTES]
    hashed: dict[str, str] = {}
    if small:
        contents = session.read.format("binaryFile").load(small)
        rows = contents.selectExpr("path", "sha2(content, 256) AS sha256").collect()
        hashed = {plain_place(row["path"]): row["sha256"] for row in rows}
    return [_proof(session, file, hashed.get(plain_place(file.place))) for file in files]


def _proof(session: Any, file: Remote, sha256: str | None) -> Proof:
    kind = "SHA-256"
    if sha256 is None:
        path = session._jvm.org.apache.hadoop.fs.Path(file.place)
        checksum = path.getFileSystem(_hadoop(session)).getFileChecksum(path)
        kind = "长度和修改时间" if checksum is None else f"文件系统校验和 {checksum.toString()}"
    return file.name, sha256, file.size, file.changed, file.place, kind


def place_of(part: Part) -> str:
    """Where Spark finds the file of `part`."""
    return part.path if isinstance(part.path, str) else f"file:{Path(part.path).absolute()}"


def plain_place(text: str) -> str:
    """A place in one way of writing (a path, file: with one or three slashes), the same text for the same file."""
    return re.sub(r"^(file:)?/+", "file:/", text)


def told_by_spark(text: str) -> str:
    """The plain place that Spark tells as a URI, with %-signs."""
    return plain_place(unquote(text))


def _one_file(place: str) -> str:
    """A place as a pattern that stands for this one file, whatever characters it has."""
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", place)


def register(session: Any, records: Records) -> None:
    """Make the views (`query.view_name`) of `records` known to `session`."""
    for number, group in enumerate(records.groups):
        name = view_name(records, number)
        if not session.catalog.tableExists(name):
            frame = session.read.parquet(*(_one_file(place_of(part)) for part in group))
            columns = ("*", f"_metadata.file_path AS `{FILE}`", f"_metadata.row_index AS `{ROW}`")
            frame.selectExpr(*columns).createOrReplaceTempView(name)
