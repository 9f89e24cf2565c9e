"""Text tables (.csv): encoding, separator and the number of fields are established, never guessed over."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path

from validation.archive import LIMITS, Limits, Unfit, megabytes
from validation.book import Book, Sheet
from validation.cell_text import NumberText
from validation.finding import ERROR, NOTE, Finding

_BOM = b"\xef\xbb\xbf"
_NAMES = {",": "逗号", ";": "分号", "\t": "制表符"}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_SAMPLE_LINES = 200
_START_CHARACTERS = 1 << 18
_EXPECTED = "UTF-8 或 GB18030 编码、以逗号分隔的 .csv"


def read_csv(content: bytes, limits: Limits = LIMITS) -> Book:
    """The one sheet of a .csv file, cells told as line and column; raises Unfit for what is not to be read.

    UTF-8 (with or without mark), else GB18030, both strict. The separator is the one of comma, semicolon and tab that divides
    most lines alike. A line with another number of fields than most is a 错误 and left empty; titles of one field are not.
    """
    if not content.strip():
        raise Unfit("文件是空的", _EXPECTED, "重新取得该文件")
    if len(content) > limits.file_bytes:
        raise Unfit(
            f"文件大小 {megabytes(len(content))}", f"不超过 {megabytes(limits.file_bytes)}", "只报送本园区本年度的数据"
        )
    text, encoding = _decoded(content)
    separator = _separator(text)
    lines = _lines(text, separator, limits)
    findings = []
    if encoding != "UTF-8":
        findings.append(
            Finding("csv_encoding", NOTE, f"文件编码不是 UTF-8，按 {encoding} 读取", encoding, "UTF-8", "无需处理")
        )
    if separator != ",":
        name = _NAMES[separator]
        findings.append(Finding("csv_separator", NOTE, f"字段以{name}分隔，按{name}读取", name, "逗号", "无需处理"))
    findings.extend(_ragged(lines))
    rows: list[list[object]] = []
    for number, fields in lines:
        rows.extend([] for _ in range(number - len(rows)))
        rows[number - 1] = [NumberText(field) if _NUMBER.fullmatch(field) else field for field in fields]
    return Book((Sheet("", rows, lines=True),), tuple(findings))


def start_of_csv(path: Path) -> tuple[Sheet, str]:
    """The first lines of a text table in UTF-8, as a sheet whose places are lines and columns, and the separator of its fields."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        text = stream.read(_START_CHARACTERS)
    if len(text) == _START_CHARACTERS:
        text = text[: text.rfind("\n") + 1]
    separator = _separator(text)
    rows: list[list[object]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    before = 0
    for fields in reader:
        if before >= _SAMPLE_LINES:
            break
        rows.extend([] for _ in range(before + 1 - len(rows)))
        rows[before] = [NumberText(one) if _NUMBER.fullmatch(one) else one for one in fields]
        before = reader.line_num
    return Sheet("", rows, lines=True), separator


def _decoded(content: bytes) -> tuple[str, str]:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unfit("文件是 UTF-16 编码", _EXPECTED, "另存为 UTF-8 编码的 .csv 或 .xlsx")
    for encoding in ("UTF-8", "GB18030"):
        try:
            text = content.removeprefix(_BOM).decode(encoding)
        except UnicodeDecodeError as error:
            at = content.count(b"\n", 0, error.start) + 1
            continue
        if "\x00" in text:
            raise Unfit("文件里有空字符，不是文本", _EXPECTED, "用电子表格软件打开并另存为 .xlsx")
        return text, encoding
    raise Unfit(
        f"第 {at} 行有无法识别的字符（既不是 UTF-8 也不是 GB18030）", _EXPECTED, "另存为 UTF-8 编码的 .csv 或 .xlsx"
    )


def _separator(text: str) -> str:
    """The separator that gives most lines the same number of fields, more than one; comma when none does."""
    sample = text[: 1 << 16].splitlines()[:_SAMPLE_LINES]
    best, best_score = ",", 0
    for separator in _NAMES:
        counts = Counter(line.count(separator) for line in sample if line.strip())
        score = max((times * (count > 0) for count, times in counts.items()), default=0)
        if score > best_score:
            best, best_score = separator, score
    return best


def _lines(text: str, separator: str, limits: Limits) -> list[tuple[int, list[str]]]:
    """Line number and fields of every record; a field with line breaks makes a record of several lines."""
    csv.field_size_limit(limits.field_characters)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines: list[tuple[int, list[str]]] = []
    cells = before = 0
    try:
        for fields in reader:
            cells += len(fields)
            if len(lines) >= limits.rows or len(fields) > limits.columns or cells > limits.cells:
                raise Unfit(
                    f"第 {reader.line_num} 行超出表格大小",
                    f"不超过 {limits.rows} 行、{limits.columns} 列",
                    "只报送本园区本年度的数据",
                )
            lines.append((before + 1, fields))
            before = reader.line_num
    except csv.Error as error:
        what = "字段过长" if "field larger" in str(error) else "引号不成对"
        raise Unfit(f"第 {before + 1} 行{what}", _EXPECTED, "用电子表格软件打开并重新保存") from None
    return lines


def _ragged(lines: list[tuple[int, list[str]]]) -> list[Finding]:
    """A 错误 for each line whose number of fields is not that of most lines; its fields are taken away."""
    counts = Counter(len(fields) for _, fields in lines if len(fields) > 1)
    if not counts:
        return []
    usual = max(counts, key=lambda count: (counts[count], count))
    findings = []
    for number, fields in lines:
        filled = [field for field in fields if field.strip()]
        surplus = len(fields) != usual and any(field.strip() for field in fields[usual:])
        short = 1 < len(fields) < usual and len(filled) > 1
        if surplus or short:
            message = f"第 {number} 行有 {len(fields)} 个字段，其他行有 {usual} 个，该行没有采用"
            cure = "检查该行的分隔符；数值中的千分位逗号须加引号或去掉"
            findings.append(
                Finding(
                    "csv_ragged", ERROR, message, "".join(fields)[:40], f"{usual} 个字段", cure, cell=f"第 {number} 行"
                )
            )
            fields.clear()
    return findings
