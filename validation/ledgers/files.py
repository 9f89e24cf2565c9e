"""Files of ledgers as received (Parquet, CSV, workbooks) to Parquet parts whose ledger and columns are known."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import polars as pl

from validation.conform import conform
from validation.findings import ERROR, Finding, gather, to_frame
from validation.forms import Column
from validation.ledgers.definition import Ledger, Ledgers
from validation.ledgers.records import FIGURE, Kind, Part, Records, Stored, column_kind
from validation.problems import DataRefused, Problem
from validation.reading import read
from validation.sources import Source, find_sources
from validation.units import ratio, unit_in

_UNIT = re.compile(r"^(.*?)\s*[（(]\s*([^（()）]+?)\s*[)）]\s*$")
_EXAMPLE_ROWS = 1000


@dataclass(frozen=True)
class Taken:
    """The rows by code of their ledger (only those that were given), what was found wrong in reading them (validation.findings), and the
    SHA-256 of every file by its name."""

    records: Mapping[str, Records]
    findings: pl.DataFrame
    sha256: Mapping[str, str]


def take_records(paths: Sequence[Path], definition: Ledgers, work: Path) -> Taken:
    """Take in all files of `paths` (files or folders); CSV and workbooks become Parquet in the folder `work`, Parquet stays where it is.

    A file is of the ledger whose keys it has, where several have theirs of the one that knows most of its columns. Columns are known by code, label or alias, with a unit in brackets behind (another unit of the same kind is converted). Raises
    DataRefused with all files that lack a column everything rests on, or have one of the wrong type; single cells that cannot be
    read are findings.
    """
    sources, findings = find_sources(list(paths))
    parts: dict[str, list[Part]] = {ledger.code: [] for ledger in definition.ledgers}
    told: list[pl.DataFrame] = [to_frame(findings)]
    problems: list[Problem] = []
    for number, source in enumerate(sources):
        try:
            for ledger, path, found in _as_parquet(source, definition, work / f"{number}.parquet"):
                told.append(found)
                parts[ledger.code].append(Part(source.name, path, _columns(path, source.name, ledger)))
        except DataRefused as refused:
            problems.extend(refused.problems)
    if problems:
        raise DataRefused(problems)
    digests = {source.name: _sha256(source.path) for source in sources}
    given = {code: Records(tuple(own), definition.ledger(code)) for code, own in parts.items() if own}
    return Taken(given, gather(told), digests)


def parquet_records(paths: Sequence[Path], definition: Ledger) -> Records:
    """Parquet files as rows of one ledger, where they stand; raises DataRefused like `take_records`."""
    return Records(tuple(Part(path.name, path, _columns(path, path.name, definition)) for path in paths), definition)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _as_parquet(source: Source, definition: Ledgers, target: Path) -> Iterator[tuple[Ledger, Path, pl.DataFrame]]:
    """The ledgers that a file holds (a workbook may hold several), each with the Parquet file of its rows and what was found wrong."""
    suffix = source.path.suffix.lower()
    if suffix == ".parquet":
        yield _ledger_of(list(_schema(source.path, source.name)), definition), source.path, to_frame([])
    elif suffix == ".csv":
        yield _from_csv(source, definition, target)
    else:
        yield from _from_workbook(source, definition, target)


def _ledger_of(heads: Sequence[str], definition: Ledgers) -> Ledger:
    """The ledger whose file has these heads: one whose keys are all there before others, then the one that knows most of them."""

    def fitness(ledger: Ledger) -> tuple[bool, int]:
        known = {match[0].code for head in heads if (match := _known(head, ledger.columns)) is not None}
        return known.issuperset(ledger.keys), len(known)

    return max(definition.ledgers, key=fitness)


def _schema(path: Path, name: str) -> pl.Schema:
    try:
        return pl.scan_parquet(path, glob=False).collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        said = (str(error).splitlines() or [""])[0][:100]
        raise DataRefused([Problem(name, f"不能读取（{said}）", "完好的 Parquet 文件", "重新取得该文件")]) from None


def _columns(path: Path, name: str, definition: Ledger) -> dict[str, Stored]:
    """The columns of a Parquet file by code; raises DataRefused for what is missing, doubled or of another type."""
    schema = _schema(path, name)
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
        elif stored not in _STORED[_sort(column)]:
            wanted = _WANTED[_sort(column)]
            problems.append(
                Problem(f"{name} 的“{head}”", f"列的类型是 {kind}", f"{wanted}列", "改变列的类型后重新生成")
            )
        else:
            found[column.code] = Stored(head, stored, factor)
    for column in definition.columns:
        if column.code not in found and (column.required or column.code in definition.keys) and not problems:
            told = f"没有“{column.label}”列（按列名认作{definition.title}）"
            problems.append(Problem(name, told, f"列名 {column.code} 或 {column.label}", "补上这一列"))
    if problems:
        raise DataRefused(problems)
    return found


_STORED: dict[str, tuple[Kind, ...]] = {
    "number": ("decimal", "integer", "float"),
    "date": ("date",),
    "text": ("text",),
}
_WANTED = {"number": "数字", "date": "日期", "text": "文字（代码前面的 0 不能丢）"}


def _sort(column: Column) -> str:
    return "number" if column.numeric else "date" if column.type == "date" else "text"


def _kind(kind: pl.DataType) -> Kind | None:
    if kind == pl.String or isinstance(kind, pl.Categorical | pl.Enum):
        return "text"
    if kind.is_decimal():
        return "decimal"
    if kind.is_integer():
        return "integer"
    if kind.is_temporal() and (kind == pl.Date or isinstance(kind, pl.Datetime)):
        return "date"
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


def _from_csv(source: Source, definition: Ledgers, target: Path) -> tuple[Ledger, Path, pl.DataFrame]:
    """Write a CSV file as Parquet, slice by slice; figures that are no numbers and dates that are none are 错误 and stay empty."""
    text = _as_utf8(source, target.with_suffix(".csv"))
    lazy = pl.scan_csv(text, infer_schema=False, glob=False, truncate_ragged_lines=False, encoding="utf8")
    try:
        names = list(lazy.collect_schema())
        ledger = _ledger_of(names, definition)
        heads = [(head, _known(head, ledger.columns)) for head in names]
        known = [(head, match[0]) for head, match in heads if match is not None]
        parsed = {head: _parsed(head, column) for head, column in known if column.numeric or column.type == "date"}
        lazy.select(
            parsed[head].alias(head) if head in parsed else pl.col(head).str.strip_chars().alias(head)
            for head, _ in known
        ).sink_parquet(target, row_group_size=250_000)
        wrong = [
            _unreadable(lazy, head, column, parsed[head]).head(_EXAMPLE_ROWS)
            for head, column in known
            if head in parsed
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
    found = to_frame(
        Finding(
            f"not_a_{row['kind']}", ERROR, f"“{row['label']}”填的“{row['text']:.40}”不是{_READ[row['kind']]}", row["text"],
            _READ[row["kind"]], f"改为{_READ[row['kind']]}；没有的留空", item=row["item"], label=row["label"], source_file=source.name, cell=f"第 {row['line']} 行",
        )
        for row in rows.iter_rows(named=True)
    )  # fmt: skip
    return ledger, target, found


_READ = {"number": "数字", "date": "日期"}
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")


def _parsed(head: str, column: Column) -> pl.Expr:
    if column.type == "date":
        text = pl.col(head).str.strip_chars().str.replace(r"[ T]0?0:00(:00)?$", "")
        return pl.coalesce(text.str.to_date(shape, strict=False) for shape in _DATES)
    return pl.col(head).str.strip_chars().str.replace_all(",", "", literal=True).cast(FIGURE, strict=False)


def _unreadable(lazy: pl.LazyFrame, head: str, column: Column, parsed: pl.Expr) -> pl.LazyFrame:
    text = pl.col(head).str.strip_chars()
    return (
        lazy.select(head)
        .with_row_index("line", offset=2)
        .filter(parsed.is_null() & (text != ""))
        .select(
            "line",
            text.alias("text"),
            pl.lit(column.code).alias("item"),
            pl.lit(column.label).alias("label"),
            pl.lit(_sort(column)).alias("kind"),
        )
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


def _from_workbook(source: Source, definition: Ledgers, target: Path) -> Iterator[tuple[Ledger, Path, pl.DataFrame]]:
    """Write the ledgers in a workbook as Parquet, read by the guarded readers of park filings; what they find wrong is told with its cell."""
    forms = definition.form_set
    reading = read(source.path, forms)
    conformed = conform(reading, reading.filings, forms)
    found = gather([reading.findings, conformed.findings])
    there = [ledger for ledger in definition.ledgers if (conformed.records["form"] == ledger.code).any()]
    if not there:
        titles = "、".join(ledger.title for ledger in definition.ledgers)
        cure = "用 template 命令生成的台账工作簿填报，或另存为 .csv（第一行写列名）"
        raise DataRefused([Problem(source.name, "不是台账工作簿，或没有一行", titles, cure)])
    for ledger in there:
        place = target.with_name(f"{target.stem}-{ledger.code}.parquet")
        _wide(conformed.records.filter(pl.col("form") == ledger.code), ledger).write_parquet(place)
        yield ledger, place, found
        found = to_frame([])


def _wide(records: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Long records of a workbook as one row per member, in the types of a Parquet part."""
    wide = {
        kind: records.pivot("item", index="record", values=kind, aggregate_function="first")
        for kind in ("value", "text")
    }
    index = records.select("record").unique().sort("record")
    for column in ledger.columns:
        frame = wide["value" if column.numeric else "text"]
        if column.code in frame.columns:
            index = index.join(frame.select("record", column.code), on="record", how="left", maintain_order="left")
    kinds = {column.code: column_kind(column) for column in ledger.columns}
    return index.select(_cast(code, kind) for code, kind in kinds.items() if code in index.columns)


def _cast(code: str, kind: pl.DataType) -> pl.Expr:
    return pl.col(code).str.to_date("%Y-%m-%d", strict=False) if kind == pl.Date else pl.col(code).cast(kind)
