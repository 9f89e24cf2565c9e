"""Look into an .ods file before a reader does, and list the cells of which the reader shows less than there is."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from validation.archive import LIMITS, Archive, Limits, Unfit, refuse_doctype
from validation.sheet_scan import MARKUP, OddKind

_SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
_CELLS = ("table-cell", "covered-table-cell")
_EXPECTED = "完整的 .ods 工作簿"


@dataclass
class OdsTable:
    """What `scan_ods` saw of one table: odd cells and merged rectangles, rows and columns from 0."""

    odd: dict[tuple[int, int], tuple[OddKind, str]] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


def scan_ods(content: bytes, limits: Limits = LIMITS) -> list[OdsTable]:
    """The tables of an .ods file in their order; raises Unfit for what is not to be read (see validation.guard)."""
    archive = Archive(content, limits, _EXPECTED)
    names = {part.filename: part for part in archive.parts}
    if "content.xml" not in names:
        raise Unfit("压缩包里没有工作簿", ".ods 工作簿", "用收集模板填报并存为 .xlsx")
    if any(name.startswith(("Basic/", "Scripts/")) and not name.endswith("/") for name in names):
        raise Unfit("含有宏", "不含宏的工作簿", "另存为不含宏的 .xlsx")
    scan = _Scan(limits)
    for part in archive.parts:
        inflated = archive.inflate(part)
        if part.filename == "mimetype" and not inflated.startswith(_SPREADSHEET):
            raise Unfit("不是电子表格", ".ods 工作簿", "用收集模板填报并存为 .xlsx")
        if part.filename == "META-INF/manifest.xml" and b"encryption-data" in inflated:
            raise Unfit("带密码的工作簿", "不带密码的工作簿", "去掉密码后重新保存")
        if part.filename.lower().endswith(MARKUP):
            refuse_doctype(inflated)
        if part.filename == "content.xml":
            scan.read(inflated)
    return scan.tables


class _Scan:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.tables: list[OdsTable] = []
        self._row = self._row_repeat = self._column = self._area = 0
        self._cell: tuple[int, int] | None = None
        self._attributes: dict[str, str] = {}
        self._text = ""
        self._paragraphs = 0

    def read(self, markup: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(markup, True)
        except (expat.ExpatError, LookupError, ValueError):
            line = parser.CurrentLineNumber
            raise Unfit(f"content.xml 第 {line} 行不是合法的 XML", _EXPECTED, "用电子表格软件打开并重新保存") from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(" ")[2]
        if name == "table":
            self.tables.append(OdsTable())
            self._row, self._last_row, self._last_column = 0, 0, 0
        elif name == "table-row":
            self._row_repeat, self._column = _repeat(attributes, "number-rows-repeated"), 0
        elif name in _CELLS and self.tables:
            self._attributes = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
            self._types = {value for key, value in attributes.items() if key.endswith(" value-type")}
            self._cell, self._text, self._paragraphs = (self._row, self._column), "", 0
        elif name == "p" and self._cell is not None:
            self._paragraphs += 1

    def _characters(self, text: str) -> None:
        if self._cell is not None and len(self._text) < 100:
            self._text += text

    def _end(self, name: str) -> None:
        name = name.rpartition(" ")[2]
        if name == "table-row":
            self._row += self._row_repeat
        elif name in _CELLS and self._cell is not None:
            repeat = _repeat(self._attributes, "number-columns-repeated")
            if self._types or self._paragraphs:
                self._filled(repeat)
            self._column += repeat
            self._cell = None

    def _filled(self, repeat: int) -> None:
        row, column = self._row + self._row_repeat, self._column + repeat
        if row > self._limits.rows or column > self._limits.columns:
            raise Unfit(
                f"第 {len(self.tables)} 张表在第 {row} 行、第 {column} 列有单元格",
                f"不超过 {self._limits.rows} 行、{self._limits.columns} 列",
                "选中表格之外的行和列，删除后保存",
            )
        self._area += self._row_repeat * repeat
        if self._area * max(len(self._text), 1) > self._limits.text_characters or self._area > self._limits.cells:
            raise Unfit("单元格文字过长、过多", "正常的文字", "用收集模板重新填报")
        table, attributes = self.tables[-1], self._attributes
        odd: tuple[OddKind, str] | None = None
        if "error" in self._types:
            odd = ("error", self._text.strip())
        elif "percentage" in self._types:
            odd = ("percent", "")
        elif "formula" in attributes:
            odd = ("formula", "") if self._text or attributes.get("value") else ("uncalculated", "")
        if odd:
            table.odd[self._row, self._column] = odd
        wide = _repeat(attributes, "number-columns-spanned")
        high = _repeat(attributes, "number-rows-spanned")
        if wide > 1 or high > 1:
            table.merged.append((self._row, self._column, self._row + high - 1, self._column + wide - 1))


def _repeat(attributes: dict[str, str], name: str) -> int:
    text = next((value for key, value in attributes.items() if key.rpartition(" ")[2] == name), "1")
    return max(int(text), 1) if text.isdecimal() and len(text) < 10 else 1
