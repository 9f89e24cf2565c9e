"""Files of enterprise records as received (Parquet, CSV, workbooks) to Parquet parts whose columns are known."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import polars as pl

from validation.conform import conform
from validation.enterprises.definition import KEYS, ROWS, Enterprises
from validation.enterprises.records import FIGURE, Kind, Part, Records, Stored
from validation.findings import ERROR, Finding, gather, to_frame
from validation.forms import Column
from validation.problems import DataRefused, Problem
from validation.reading import read
from validation.sources import Source, find_sources
from validation.units import ratio, unit_in

_UNIT = re.compile(r"^(.*?)\s*[（(]\s*([^（()）]+?)\s*[)）]\s*$")
_EXAMPLE_ROWS = 1000


@dataclass(frozen=True)
class Taken:
    """The records with what was found wrong in reading them (validation.findings) and the SHA-256 of every file by its name."""

    records: Records
    findings: pl.DataFrame
    sha256: Mapping[str, str]


def take_records(paths: Sequence[Path], definition: Enterprises, work: Path) -> Taken:
    """Take in all files of `paths` (files or folders); CSV and workbooks become Parquet in the folder `work`, Parquet stays where it is.

    Columns are known by code, label or alias, with a unit in brackets behind (another unit of the same kind is converted). Raises
    DataRefused with all files that lack a column everything rests on, or have one of the wrong type; single cells that cannot be
    read are findings.
    """
    sources, findings = find_sources(list(paths))
    parts: list[Part] = []
    told: list[pl.DataFrame] = [to_frame(findings)]
    problems: list[Problem] = []
    for number, source in enumerate(sources):
        try:
            path, found = _as_parquet(source, definition, work / f"{number}.parquet")
            told.append(found)
            parts.append(Part(source.name, path, _columns(path, source.name, definition)))
        except DataRefused as refused:
            problems.extend(refused.problems)
    if problems:
        raise DataRefused(problems)
    digests = {source.name: _sha256(source.path) for source in sources}
    return Taken(Records(tuple(parts), definition), gather(told), digests)


def parquet_records(paths: Sequence[Path], definition: Enterprises) -> Records:
    """Parquet files as records, where they stand; raises DataRefused like `take_records`."""
    return Records(tuple(Part(path.name, path, _columns(path, path.name, definition)) for path in paths), definition)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _as_parquet(source: Source, definition: Enterprises, target: Path) -> tuple[Path, pl.DataFrame]:
    suffix = source.path.suffix.lower()
    if suffix == ".parquet":
        return source.path, to_frame([])
    if suffix == ".csv":
        return target, _from_csv(source, definition, target)
    return target, _from_workbook(source, definition, target)


def _columns(path: Path, name: str, definition: Enterprises) -> dict[str, Stored]:
    """The columns of a Parquet file by code; raises DataRefused for what is missing, doubled or of another type."""
    try:
        schema = pl.scan_parquet(path, glob=False).collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        said = (str(error).splitlines() or [""])[0][:100]
        raise DataRefused([Problem(name, f"不能读取（{said}）", "完好的 Parquet 文件", "重新取得该文件")]) from None
    found: dict[str, Stored] = {}
    problems: list[Problem] = []
    for head, kind in schema.items():
        match = _known(head, definition.columns)
        if match is None or kind == pl.Null:
            continue
        column, factor = match
        stored = _kind(kind)
        if column.code in found:
            told = f"“{found[column.code].name}”和“{head}”都是{column.label}"
            problems.append(Problem(name, told, "每项一列", "删去一列"))
        elif factor is None:
            cure = f"改为以{column.unit}为单位，或写明可以换算的单位"
            problems.append(Problem(f"{name} 的“{head}”", "单位不同", f"以{column.unit}为单位", cure))
        elif stored is None or (stored == "text") is column.numeric:
            wanted = "数字" if column.numeric else "文字（代码前面的 0 不能丢）"
            problems.append(
                Problem(f"{name} 的“{head}”", f"列的类型是 {kind}", f"{wanted}列", "改变列的类型后重新生成")
            )
        else:
            found[column.code] = Stored(head, stored, factor)
    for column in definition.columns:
        if column.code not in found and (column.required or column.code in KEYS) and not problems:
            problems.append(
                Problem(name, f"没有“{column.label}”列", f"列名 {column.code} 或 {column.label}", "补上这一列")
            )
    if problems:
        raise DataRefused(problems)
    return found


def _kind(kind: pl.DataType) -> Kind | None:
    if kind == pl.String or isinstance(kind, pl.Categorical | pl.Enum):
        return "text"
    if kind.is_decimal():
        return "decimal"
    if kind.is_integer():
        return "integer"
    return "float" if kind.is_float() else None


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


def _from_csv(source: Source, definition: Enterprises, target: Path) -> pl.DataFrame:
    """Write a CSV file as Parquet, slice by slice; figures that are no numbers are 错误 and stay empty."""
    text = _as_utf8(source, target.with_suffix(".csv"))
    lazy = pl.scan_csv(text, infer_schema=False, glob=False, truncate_ragged_lines=False, encoding="utf8")
    try:
        heads = [(head, _known(head, definition.columns)) for head in lazy.collect_schema()]
        known = [(head, match[0]) for head, match in heads if match is not None]
        figures = [(head, column) for head, column in known if column.numeric]
        numbers = {head: _number(head) for head, _ in figures}
        lazy.select(
            numbers[head].alias(head) if column.numeric else pl.col(head).str.strip_chars().alias(head)
            for head, column in known
        ).sink_parquet(target, row_group_size=250_000)
        wrong = [
            _unreadable(lazy, head, column, numbers[head], source.name).head(_EXAMPLE_ROWS) for head, column in figures
        ]
        rows = pl.concat(wrong).collect() if wrong else pl.DataFrame()
    except pl.exceptions.PolarsError as error:
        said = (str(error).splitlines() or [""])[0][:100]
        raise DataRefused(
            [Problem(source.name, f"不能读取（{said}）", "各行字段数相同的 .csv", "重新导出该文件")]
        ) from None
    finally:
        if text != source.path:
            text.unlink(missing_ok=True)
    return to_frame(
        Finding(
            "not_a_number", ERROR, f"“{row['label']}”填的“{row['text']:.40}”不是数字", row["text"], "数字",
            "改为数字；没有的留空", item=row["item"], label=row["label"], source_file=source.name, cell=f"第 {row['line']} 行",
        )
        for row in rows.iter_rows(named=True)
    )  # fmt: skip


def _number(head: str) -> pl.Expr:
    return pl.col(head).str.strip_chars().str.replace_all(",", "", literal=True).cast(FIGURE, strict=False)


def _unreadable(lazy: pl.LazyFrame, head: str, column: Column, number: pl.Expr, source: str) -> pl.LazyFrame:
    text = pl.col(head).str.strip_chars()
    return (
        lazy.select(head)
        .with_row_index("line", offset=2)
        .filter(number.is_null() & (text != ""))
        .select("line", text.alias("text"), pl.lit(column.code).alias("item"), pl.lit(column.label).alias("label"))
    )


def _as_utf8(source: Source, target: Path) -> Path:
    """The file itself where it is UTF-8; otherwise, read strictly as GB18030, a copy at `target`."""
    try:
        with source.path.open(encoding="utf-8") as stream:
            while stream.read(1 << 20):
                pass
        return source.path
    except UnicodeDecodeError:
        pass
    try:
        with source.path.open(encoding="gb18030") as stream, target.open("w", encoding="utf-8") as copy:
            while block := stream.read(1 << 20):
                copy.write(block)
    except UnicodeDecodeError:
        target.unlink()
        told = "既不是 UTF-8 也不是 GB18030 编码"
        raise DataRefused([Problem(source.name, told, "UTF-8 编码的 .csv", "另存为 UTF-8 编码")]) from None
    return target


def _from_workbook(source: Source, definition: Enterprises, target: Path) -> pl.DataFrame:
    """Write a workbook as Parquet, read by the guarded readers of park filings; what they find wrong is told with its cell."""
    reading = read(source.path, definition.form_set)
    conformed = conform(reading, reading.filings, definition.form_set)
    records = conformed.records.filter(pl.col("form") == ROWS)
    if records.is_empty():
        cure = "用 template 命令生成的企业记录工作簿填报，或另存为 .csv（第一行写列名）"
        raise DataRefused([Problem(source.name, "不是企业记录工作簿，或没有一行", definition.title, cure)])
    wide = {
        kind: records.pivot("item", index="record", values=kind, aggregate_function="first")
        for kind in ("value", "text")
    }
    index = records.select("record").unique().sort("record")
    for column in definition.columns:
        frame = wide["value" if column.numeric else "text"]
        if column.code in frame.columns:
            index = index.join(frame.select("record", column.code), on="record", how="left", maintain_order="left")
    kinds = {column.code: FIGURE if column.numeric else pl.String() for column in definition.columns}
    index.select(pl.col(code).cast(kind) for code, kind in kinds.items() if code in index.columns).write_parquet(target)
    return gather([reading.findings, conformed.findings])
