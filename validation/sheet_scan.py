"""The XML of an .xlsx file cell by cell: the farthest cell, and cells of which a reader shows less than there is."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import Literal
from xml.parsers import expat

from validation.archive import Limits, Unfit

MARKUP = (".xml", ".rels")
OddKind = Literal["error", "uncalculated", "formula", "percent"]

_REFERENCE = re.compile(r"([A-Z]{1,4})([0-9]{1,9})")
_NOT_XML = (expat.ExpatError, LookupError, ValueError)
"""What expat raises: bad markup, an unknown encoding, text that the encoding does not allow."""
_RELATIONSHIP = re.compile(rb"<(?:\w+:)?(Relationship|Override)\b([^>]*)>")


@dataclass(frozen=True)
class OddCell:
    """A cell of which a reader shows less than there is.

    `kind`: error (an error value, shown as empty), uncalculated (a formula never computed, shown as empty), formula (shown as
    its result), percent (a fraction shown with a percent sign; readers give the fraction).
    """

    sheet: str
    cell: str
    kind: OddKind
    text: str


def book_problem(markup: bytes) -> Unfit | None:
    """What is wrong with a plain relationships or content types part, if anything: a macro, a sheet kept outside of an XML part."""
    for kind, attributes in _RELATIONSHIP.findall(markup):
        low = attributes.lower()
        if kind == b"Override" and b"macroenabled" in low:
            return _macro()
        if kind == b"Relationship" and b'/worksheet"' in low:
            target = re.search(rb'target\s*=\s*["\']([^"\']*)', low)
            if not target or not target[1].endswith(b".xml") or b"&" in target[1]:
                return _elsewhere(target[1].decode("utf-8", "replace") if target else "")
    return None


def _macro() -> Unfit:
    return Unfit("含有宏", "不含宏的 .xlsx 工作簿", "另存为不含宏的 .xlsx")


def _elsewhere(target: str) -> Unfit:
    return Unfit(f"工作表存放在 {target:.60}", ".xml 部分", "用电子表格软件打开并重新保存")


class SheetScan:
    """Streams XML parts: farthest cell, odd cells, and which part belongs to which sheet.

    `percent` are the numbers of cell styles with a percent sign. Every method raises Unfit for what is not to be read.
    """

    def __init__(self, limits: Limits, percent: frozenset[str]) -> None:
        self._limits = limits
        self._percent = percent
        self._sheets: dict[str, str] = {}
        self._targets: dict[str, str] = {}
        self._odd: list[tuple[str, str, OddKind, str]] = []
        self._columns: dict[str, int] = {}
        self._area = self._text_cells = self._longest_text = self._text_length = 0

    def read(self, part: str, markup: bytes) -> None:
        """Take in one part."""
        self._part = part
        self._row = self._column = self._last_row = self._last_column = 0
        self._cell: str | None = None
        self._type = self._style = self._text = ""
        self._formula = False
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser
        try:
            parser.Parse(markup, True)
        except _NOT_XML:
            raise Unfit(
                f"{part:.60} 第 {parser.CurrentLineNumber} 行不是合法的 XML",
                "完整的 .xlsx 工作簿",
                "用电子表格软件打开并重新保存",
            ) from None
        self._area += self._last_row * self._last_column

    def check_layout(self) -> None:
        """After all parts: the space a reader would take."""
        if self._area > self._limits.cells:
            raise Unfit(f"各表合计占 {self._area} 格", f"不超过 {self._limits.cells} 格", "删去表格之外的行和列")
        if self._longest_text * self._text_cells > self._limits.text_characters:
            raise Unfit("单元格文字过长、过多", "正常的文字", "用收集模板重新填报")

    def named(self) -> tuple[OddCell, ...]:
        """The odd cells of parts that are sheets."""
        sheets = {self._targets.get(key, ""): name for key, name in self._sheets.items()}
        odd = (OddCell(sheets[part], cell, kind, text) for part, cell, kind, text in self._odd if part in sheets)
        return tuple(odd)

    def _doctype(self, *_: object) -> None:
        raise Unfit("含有 DOCTYPE 声明", "不含 DOCTYPE 的 XML", "用电子表格软件打开并重新保存")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(" ")[2]
        if name == "c":
            self._start_cell(attributes)
        elif name == "row":
            self._row = int(attributes["r"]) if attributes.get("r", "").isdecimal() else self._row + 1
            self._column = 0
        elif name == "f" and self._cell is not None:
            self._formula = True
        elif name == "v" and self._cell is not None:
            if self._formula or self._type == "e":
                self._parser.CharacterDataHandler = self._characters
        elif name == "si":
            self._text_length = 0
            self._parser.CharacterDataHandler = self._measure
        elif name in ("sheet", "Relationship", "Override"):
            self._book(name, attributes)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        named = _REFERENCE.fullmatch(reference.upper()) if reference else None
        if named:
            letters, row = named.group(1), int(named.group(2))
            self._column = self._columns.get(letters) or self._columns.setdefault(letters, _column_number(letters))
        else:
            row, self._column = self._row, self._column + 1
        if row > self._limits.rows or self._column > self._limits.columns:
            raise Unfit(
                f"{self._part:.60} 在第 {row} 行、第 {self._column} 列有单元格",
                f"不超过 {self._limits.rows} 行、{self._limits.columns} 列",
                "选中表格之外的行和列，删除后保存",
            )
        self._last_row, self._last_column = max(self._last_row, row), max(self._last_column, self._column)
        self._cell = reference or ""
        self._type, self._formula, self._text = attributes.get("t", ""), False, ""
        self._style = attributes.get("s", "")
        self._text_cells += self._type == "s"

    def _characters(self, text: str) -> None:
        self._text += text[:100]

    def _measure(self, text: str) -> None:
        self._text_length += len(text)

    def _end(self, name: str) -> None:
        if name.endswith(" si") or name == "si":
            self._longest_text = max(self._longest_text, self._text_length)
            self._parser.CharacterDataHandler = None
            return
        if not name.endswith("c") or name.rpartition(" ")[2] != "c" or self._cell is None:
            return
        if self._type == "e":
            self._odd.append((self._part, self._cell, "error", self._text.strip()))
        elif self._formula and not self._text and self._type != "str":
            self._odd.append((self._part, self._cell, "uncalculated", ""))
        else:
            if self._formula:
                self._odd.append((self._part, self._cell, "formula", ""))
            if self._style in self._percent and self._type in ("", "n"):
                self._odd.append((self._part, self._cell, "percent", ""))
        self._parser.CharacterDataHandler = None
        self._cell = None

    def _book(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Override" and "macroenabled" in attributes.get("ContentType", "").lower():
            raise _macro()
        if name == "sheet":
            key = next((value for key, value in attributes.items() if key.endswith(" id")), "")
            self._sheets[key] = attributes.get("name", "")
        if name == "Relationship" and self._part.lower() == "xl/_rels/workbook.xml.rels":
            target = attributes.get("Target", "")
            if attributes.get("Type", "").endswith("/worksheet") and not target.lower().endswith(MARKUP):
                raise _elsewhere(target)
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            self._targets[attributes.get("Id", "")] = path


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
