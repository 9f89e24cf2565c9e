"""Text tables (.csv) of ledgers, of any length: heads found in their first lines, rows streamed into Parquet."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import polars as pl

from validation.delimited import start_of_csv
from validation.findings import ERROR, Finding
from validation.forms import Column
from validation.labels import TOTALS, LabelBook
from validation.ledgers.definition import Ledger, Ledgers
from validation.ledgers.found import FoundList, constants, hints_of
from validation.ledgers.records import FIGURE, column_kind, converted
from validation.list_heads import (
    MONTH,
    PERIOD,
    YEAR,
    ListColumn,
    ListHead,
    find_head,
    hints_in,
    list_forms,
    titles_above,
    unknown_head,
)
from validation.marks import FULL_WIDTH, MISSING_MARKS, YES_NO, YES_NO_MARKS
from validation.own_grid import Grid
from validation.own_lists import ENDINGS, LEFT_OUT, refusals, understood
from validation.problems import DataRefused, Problem
from validation.reading_plan import plan_of
from validation.sources import Source
from validation.units import ratio

_GROUPED = r"^[+-]?[0-9]{1,3}([, ][0-9]{3})+(\.[0-9]*)?$"
_PLAIN = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$"
_QUOTED = r'^="(.*)"$'
"""How spreadsheets keep a code in a text table from becoming a number."""
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")
_READ = {"number": "数字", "date": "日期"}
_MEMBER = "member"
_LINES_KEPT = 500
_START_CHARACTERS = 1 << 16
_LINES_SHOWN = 6
_GROUP_ROWS = 250_000


@dataclass(frozen=True)
class _Text:
    """A text table whose heads are known: the file in UTF-8, its name as received, the fields of its heads and of its longest line, the
    line (from 0) after the heads."""

    path: Path
    name: str
    separator: str
    heads: int
    width: int
    start: int
    head: ListHead
    ledger: Ledger

    def lines(self) -> pl.LazyFrame:
        """Every line below the heads: line (as counted in the file), the fields as text, what it is (`#kind`, null for empty ones)."""
        names = [f"c{number}" for number in range(self.width)]
        lazy = pl.scan_csv(
            self.path, has_header=False, skip_lines=self.start, separator=self.separator, glob=False, infer_schema=False,
            encoding="utf8", schema=dict.fromkeys(names, pl.String), missing_columns="insert",
        )  # fmt: skip
        bare = [pl.col(name).str.strip_chars().str.replace(_QUOTED, "${1}") for name in names]
        kept = [pl.when(text != "").then(text).alias(name) for name, text in zip(names, bare, strict=True)]
        return lazy.with_row_index("line", offset=self.start + 1).select("line", *kept).with_columns(self._kind(names))

    def _kind(self, names: Sequence[str]) -> pl.Expr:
        """What a line is: a member, or one of `LEFT_OUT`."""
        member = pl.col(f"c{self.head.member.column}")
        filled = pl.sum_horizontal(pl.col(name).is_not_null() for name in names)
        known = pl.any_horizontal(pl.col(f"c{one.column}").is_not_null() for one in self.head.columns)
        labels = [pl.col(name).str.replace_all(r"[\s:：]", "").is_in(sorted(TOTALS)) for name in names]
        first = pl.coalesce(names)
        worded = pl.any_horizontal(first.str.starts_with(word) for word in ENDINGS) | first.str.contains("[:：]")
        is_head = member.str.replace_all(r"\s", "") == "".join(self.head.member.head.split())
        return (
            pl.when(filled == 0).then(None)
            .when((member.is_null() | member.is_in(sorted(TOTALS))) & pl.any_horizontal(labels).fill_null(False))
            .then(pl.lit("total_left_out"))
            .when(is_head.fill_null(False)).then(pl.lit("list_heads_repeated"))
            .when(~known | ((filled == 1) & (member.is_null() | worded))).then(pl.lit("list_notes"))
            .otherwise(pl.lit(_MEMBER))
            .alias("#kind")
        )  # fmt: skip


def read_text_list(source: Source, definition: Ledgers, target: Path, told: Mapping[str, int]) -> FoundList:
    """The list in a text table, in UTF-8 or GB18030, with titles above its heads and notes or totals below.

    Figures, dates and codes that cannot be read are 错误 by column, with the lines, and stay empty. Raises DataRefused for a table whose heads
    are not known or ambiguous, whose lines do not have as many fields, or in another encoding.
    """
    text = _as_utf8(source, target.with_suffix(".csv"))
    try:
        table, grid = _understand(text, source, definition)
        try:
            short = _short(table)
            if short:
                raise DataRefused([short])
            return _taken(table, grid, target, told)
        except pl.exceptions.PolarsError as error:
            raise DataRefused([_ragged(table) or _unreadable_file(source.name, error)]) from None
    finally:
        if text != source.path:
            text.unlink(missing_ok=True)


def divided_by_newlines(path: Path) -> bool:
    """Whether the lines of a text table end in line feeds, and not in carriage returns alone, which are not told apart later on."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        start = stream.read(_START_CHARACTERS)
    return "\n" in start or "\r" not in start


def _understand(text: Path, source: Source, definition: Ledgers) -> tuple[_Text, Grid]:
    sheet, separator = start_of_csv(text)
    if not divided_by_newlines(text):
        cure = "用电子表格软件打开，另存为 .csv 或 .xlsx"
        raise DataRefused([Problem(source.name, "各行之间没有换行符（只有回车符）", "以换行符分行的 .csv", cure)])
    forms = list_forms(plan_of(definition.form_set))
    grid = Grid(sheet, LabelBook(forms))
    head = find_head(grid, forms)
    if head is None:
        found, expected = unknown_head(grid, forms, "")
        raise DataRefused([Problem(source.name, found, expected, "列名写台账的列名或别名；说明、标题可以在上面")])
    wrong = list(refusals(grid, head))
    if wrong:
        raise DataRefused(
            Problem(f"{source.name} {one.cell}", one.message, one.expected or "", one.cure or "") for one in wrong
        )
    heads = max(len(grid.rows[row]) for row in head.rows)
    beyond = any(
        not grid.empty(row, at) for row in range(head.rows.stop, grid.height) for at in range(heads, grid.width)
    )
    width = heads if beyond else grid.width
    after = next((row for row in range(head.rows.stop, grid.height) if grid.rows[row]), grid.height)
    ledger = definition.ledger(head.form.code)
    return _Text(text, source.name, separator, heads, width, after, head, ledger), grid


def _taken(table: _Text, grid: Grid, target: Path, told: Mapping[str, int]) -> FoundList:
    ledger = table.ledger
    fields = {column.code: column for column in ledger.columns}
    lines = table.lines()
    members = lines.filter(pl.col("#kind") == _MEMBER)
    given = constants(ledger, [one.field.code for one in table.head.columns], told)
    values = [_value(one, fields[one.field.code]).alias(one.field.code) for one in table.head.columns]
    fixed = [pl.lit(value).cast(column_kind(fields[code])).alias(code) for code, value in given.items()]
    members.select(*values, *fixed).sink_parquet(target, row_group_size=_GROUP_ROWS)
    count = int(pl.scan_parquet(target, glob=False).select(pl.len()).collect().item())
    others = lines.filter(pl.col("#kind") != _MEMBER).select("line", "#kind").head(_LINES_KEPT).collect()
    left_out = [(check, [line - 1 for line in others.filter(pl.col("#kind") == check)["line"]]) for check in LEFT_OUT]
    findings = [*understood(grid, table.head, count, left_out), *_unread(members, table.head, fields)]
    columns = {
        one.field.code: converted(fields[one.field.code], ratio(one.unit, one.field.unit) or Fraction(1))
        for one in table.head.columns
    }
    columns |= {code: converted(fields[code]) for code in given}
    place = f"{table.name} 第 {table.head.rows.start + 1} 行表头"
    hints = hints_of(table.name, [hints_in(list(titles_above(grid, table.head))).said])
    return FoundList(ledger, target, columns, place, hints, [replace(one, source_file=table.name) for one in findings])


def _value(one: ListColumn, column: Column) -> pl.Expr:
    """The field as the value of its column; null where it is empty, a mark for that, or cannot be read."""
    text = pl.col(f"c{one.column}")
    if column.code in (YEAR, MONTH):
        return _number(text.str.replace(f"^{PERIOD.pattern}$", "${1}"))
    if column.numeric:
        return _number(text)
    if column.type == "date":
        return _date(text)
    if column.choices == YES_NO:
        plain = text.str.replace_many(FULL_WIDTH).str.to_uppercase()
        return plain.replace(YES_NO_MARKS)
    return pl.when(~text.is_in(sorted(MISSING_MARKS))).then(text)


def _number(text: pl.Expr) -> pl.Expr:
    plain = text.str.replace_many(FULL_WIDTH)
    digits = pl.when(plain.str.contains(_GROUPED)).then(plain.str.replace_all("[, ]", "")).otherwise(plain)
    return pl.when(digits.str.contains(_PLAIN)).then(digits).cast(FIGURE, strict=False)


def _date(text: pl.Expr) -> pl.Expr:
    day = text.str.replace(r"[ T]0?0:00(:00)?$", "")
    return pl.coalesce(day.str.to_date(shape, strict=False) for shape in _DATES)


def _unread(members: pl.LazyFrame, head: ListHead, fields: Mapping[str, Column]) -> Iterator[Finding]:
    """错误 for figures and dates that are none: how many, and the first lines; never what stands there."""
    asked = [one for one in head.columns if fields[one.field.code].numeric or fields[one.field.code].type == "date"]
    if not asked:
        return
    wrong = []
    for one in asked:
        text = pl.col(f"c{one.column}")
        bad = text.is_not_null() & ~text.is_in(sorted(MISSING_MARKS)) & _value(one, fields[one.field.code]).is_null()
        wrong.append(bad.sum().alias(one.field.code))
        wrong.append(pl.col("line").filter(bad).head(_LINES_SHOWN).implode().alias(f"#{one.field.code}"))
    told = members.select(wrong).collect().row(0, named=True)
    for one in asked:
        count, lines = told[one.field.code], told[f"#{one.field.code}"]
        if count:
            kind = "date" if fields[one.field.code].type == "date" else "number"
            shown = "、".join(str(line) for line in lines) + ("……" if count > len(lines) else "")
            yield Finding(
                f"{kind}_invalid" if kind == "date" else "not_a_number", ERROR,
                f"“{one.field.label}”有 {count} 处不是{_READ[kind]}：第 {shown} 行", str(count), _READ[kind], f"改为{_READ[kind]}；没有的留空",
                item=one.field.code, label=one.field.label, cell=f"第 {lines[0]} 行",
            )  # fmt: skip


def _ragged(table: _Text) -> Problem | None:
    """The first line that has more fields than the heads, None where there is none."""
    with table.path.open(encoding="utf-8-sig", newline="") as stream:
        try:
            for fields in (reader := csv.reader(stream, delimiter=table.separator)):
                if reader.line_num > table.start and len(fields) > table.width:
                    found = f"有 {len(fields)} 个字段，表头有 {table.width} 个"
                    cure = "检查该行的分隔符；数值中的千分位逗号须加引号或去掉"
                    return Problem(f"{table.name} 第 {reader.line_num} 行", found, "各行字段数相同", cure)
        except csv.Error:
            return None
    return None


def _short(table: _Text) -> Problem | None:
    """The first line that has fewer fields than the heads and is no total or note, None where there is none: fields may have moved.

    Only lines without quotation marks are looked at, in which every separator divides fields.
    """
    line = pl.col("text")
    lazy = pl.scan_csv(
        table.path, has_header=False, skip_lines=table.start, separator="\x01", quote_char=None, glob=False, infer_schema=False,
        encoding="utf8", schema={"text": pl.String}, truncate_ragged_lines=True,
    )  # fmt: skip
    count = line.str.count_matches(table.separator, literal=True)
    filled = line.str.split(table.separator).list.eval(pl.element().str.strip_chars() != "").list.sum()
    label = line.str.replace_all(r"\s", "").str.contains_any(sorted(TOTALS))
    short = (count < table.heads - 1) & (filled > 1) & ~label & ~line.str.contains('"', literal=True)
    found = lazy.with_row_index("line", offset=table.start + 1).filter(short).select("line", count.alias("count"))
    first = found.head(1).collect()
    if first.is_empty():
        return None
    number, separators = first.row(0)
    said = f"有 {separators + 1} 个字段，表头有 {table.width} 个"
    return Problem(
        f"{table.name} 第 {number} 行", said, "各行字段数相同", "检查该行是否少了分隔符；没有的留空，不要省略"
    )


def _unreadable_file(name: str, error: Exception) -> Problem:
    said = (str(error).splitlines() or [""])[0][:100]
    if "could not parse" in said:
        return Problem(name, "有引号不成对", "引号成对的 .csv", "用电子表格软件打开并重新保存")
    return Problem(name, f"不能读取（{said}）", "各行字段数相同的 .csv", "重新导出该文件")


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
        with (
            source.path.open(encoding="gb18030", newline="") as stream,
            target.open("w", encoding="utf-8", newline="") as copy,
        ):
            while block := stream.read(1 << 20):
                copy.write(block)
    except UnicodeDecodeError:
        target.unlink()
        told = "既不是 UTF-8 也不是 GB18030 编码"
        raise DataRefused([Problem(source.name, told, "UTF-8 编码的 .csv", "另存为 UTF-8 编码")]) from None
    return target
