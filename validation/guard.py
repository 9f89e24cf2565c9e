"""Look into a workbook before any reader does: what could exhaust memory, hide a program or crash the reader is refused.

Readers built on calamine allocate the whole rectangle from A1 to the farthest cell, so one stray cell at XFD1048576 ends the
process. The parts are therefore inflated here in small pieces and their XML is streamed through expat, in bounded memory.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from xml.parsers import expat

from validation.problems import Problem

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_DIRECTORY_ENTRY = b"PK\x01\x02"
_PIECE = 1 << 16
_LOCAL_HEADER = 30
_REFERENCE = re.compile(r"([A-Z]{1,4})([0-9]{1,9})")
_NOT_XML = (expat.ExpatError, LookupError, ValueError)
"""What expat raises: bad markup, an unknown encoding, text that the encoding does not allow."""
_MARKUP = (".xml", ".rels")


@dataclass(frozen=True)
class Limits:
    """What a collection workbook can need, many times over; anything beyond is refused unread.

    `cells` bounds the rectangles of all sheets together, `text_characters` the longest shared text times the cells that refer to
    shared texts: both are what a reader would lay out in memory.
    """

    file_bytes: int = 20 * 1024 * 1024
    parts: int = 1000
    inflated_bytes: int = 64 * 1024 * 1024
    ratio: int = 200
    ratio_from_bytes: int = 1024 * 1024
    rows: int = 20_000
    columns: int = 300
    cells: int = 12_000_000
    text_characters: int = 100_000_000


LIMITS = Limits()


@dataclass(frozen=True)
class OddCell:
    """A cell that a reader would show as empty: `kind` is `error` (an error value) or `uncalculated` (a formula never computed)."""

    sheet: str
    cell: str
    kind: str
    text: str


@dataclass(frozen=True)
class Examination:
    """Outcome of `examine`: the problem that refuses the file, if any, and the odd cells of a file that may be read."""

    problem: Problem | None
    odd_cells: tuple[OddCell, ...] = ()


class _Unfit(Exception):
    def __init__(self, found: str, expected: str, cure: str) -> None:
        super().__init__(found)
        self.found, self.expected, self.cure = found, expected, cure


def examine(content: bytes, place: str, limits: Limits = LIMITS) -> Examination:
    """Judge the bytes of an .xlsx file named `place`; never raises for what the bytes contain.

    Checked: magic bytes, size, number of parts, inflated size and ratio, checksums, DOCTYPE, macros, well-formed XML, farthest
    cell. Error cells and formulas without a computed value are listed with their sheet's name.
    """
    try:
        return Examination(None, _odd_cells(content, limits))
    except _Unfit as unfit:
        return Examination(Problem(place, unfit.found, unfit.expected, unfit.cure))


def _odd_cells(content: bytes, limits: Limits) -> tuple[OddCell, ...]:
    _check_kind(content, limits)
    if content.count(_DIRECTORY_ENTRY) > limits.parts:
        raise _Unfit(f"压缩包内超过 {limits.parts} 个部分", f"不超过 {limits.parts} 个", "用收集模板重新填报")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, struct.error):
        raise _Unfit("压缩包已损坏", "完整的 .xlsx 工作簿", "用电子表格软件打开并重新保存") from None
    _check_parts(parts)
    scan = _Scan(limits)
    total = 0
    for part in parts:
        total = _scan_part(content, part, scan, total, limits)
    scan.check_layout()
    return scan.named()


def _check_kind(content: bytes, limits: Limits) -> None:
    again = "用收集模板填报并存为 .xlsx"
    if not content:
        raise _Unfit("文件是空的（0 字节）", ".xlsx 工作簿", "重新取得该文件")
    if content.startswith(_OLE):
        raise _Unfit("旧版 .xls 或带密码的工作簿", "不带密码的 .xlsx 工作簿", "去掉密码，另存为 .xlsx")
    if not content.startswith(_ZIP):
        raise _Unfit("不是工作簿（文件头不符）", ".xlsx 工作簿", again)
    if len(content) > limits.file_bytes:
        raise _Unfit(
            f"文件大小 {_megabytes(len(content))}", f"不超过 {_megabytes(limits.file_bytes)}", "删去图片等无关内容"
        )


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    names = [part.filename.lower() for part in parts]
    if "[content_types].xml" not in names or "xl/workbook.xml" not in names:
        raise _Unfit("压缩包里没有工作簿", ".xlsx 工作簿", "用收集模板填报并存为 .xlsx")
    if len(set(names)) != len(names):
        raise _Unfit("压缩包内有重名的部分", "名称不重复", "用电子表格软件打开并重新保存")
    if any(name.rsplit("/", 1)[-1].startswith("vbaproject") for name in names):
        raise _Unfit("含有宏", "不含宏的 .xlsx 工作簿", "另存为不含宏的 .xlsx")
    if any(part.flag_bits & 1 or part.compress_type not in (0, 8) for part in parts):
        raise _Unfit("压缩包加密或压缩方式特殊", "普通的 .xlsx 工作簿", "用电子表格软件打开并重新保存")


def _scan_part(content: bytes, part: zipfile.ZipInfo, scan: _Scan, total: int, limits: Limits) -> int:
    """Inflate one part piece by piece through the scan; returns the inflated bytes of all parts so far."""
    size = checksum = 0
    markup = part.filename.lower().endswith(_MARKUP)
    if markup:
        scan.open(part.filename)
    for piece in _pieces(content, part):
        size += len(piece)
        checksum = zlib.crc32(piece, checksum)
        if total + size > limits.inflated_bytes:
            raise _Unfit(f"解压后超过 {_megabytes(limits.inflated_bytes)}", "大小正常的工作簿", "用收集模板重新填报")
        if size > limits.ratio_from_bytes and size > limits.ratio * max(part.compress_size, 1):
            raise _Unfit(f"压缩比超过 {limits.ratio} 倍", "大小正常的工作簿", "用收集模板重新填报")
        if size == len(piece) and not markup and piece.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            _refuse_doctype(piece)
        if markup:
            scan.feed(piece)
    if size != part.file_size or checksum != part.CRC:
        raise _Unfit(f"{part.filename} 的校验和不符", "完整的 .xlsx 工作簿", "文件已损坏，重新取得该文件")
    if markup:
        scan.close()
    return total + size


def _refuse_doctype(piece: bytes) -> None:
    if b"<!doctype" in piece.lower():
        raise _Unfit("含有 DOCTYPE 声明", "不含 DOCTYPE 的 XML", "用电子表格软件打开并重新保存")


def _pieces(content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    # zipfile stops at the declared size while other readers inflate on, so the raw stream is inflated here.
    at = part.header_offset
    header = content[at : at + _LOCAL_HEADER]
    if len(header) < _LOCAL_HEADER or not header.startswith(_ZIP):
        raise _Unfit("压缩包已损坏", "完整的 .xlsx 工作簿", "重新取得该文件")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    start = at + _LOCAL_HEADER + name_length + extra_length
    raw = memoryview(content)[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        for offset in range(0, len(raw), _PIECE):
            yield bytes(raw[offset : offset + _PIECE])
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for offset in range(0, len(raw), _PIECE):
        waiting: bytes | memoryview = raw[offset : offset + _PIECE]
        while waiting:
            try:
                piece = inflater.decompress(waiting, _PIECE)
            except zlib.error:
                raise _Unfit(f"{part.filename} 无法解压", "完整的 .xlsx 工作簿", "重新取得该文件") from None
            if piece:
                yield piece
            waiting = inflater.unconsumed_tail
    while piece := inflater.decompress(inflater.unconsumed_tail, _PIECE):
        yield piece


class _Scan:
    """Streams the XML parts: farthest cell, odd cells, and which part belongs to which sheet."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._sheets: dict[str, str] = {}
        self._targets: dict[str, str] = {}
        self._odd: list[tuple[str, str, str, str]] = []
        self._columns: dict[str, int] = {}
        self._area = self._text_cells = self._longest_text = self._text_length = 0

    def open(self, part: str) -> None:
        self._part = part
        self._row = self._column = self._last_row = self._last_column = 0
        self._cell: str | None = None
        self._type = ""
        self._formula = False
        self._text = ""
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, piece: bytes) -> None:
        try:
            self._parser.Parse(piece, False)
        except _NOT_XML:
            raise self._broken() from None

    def close(self) -> None:
        try:
            self._parser.Parse(b"", True)
        except _NOT_XML:
            raise self._broken() from None

        self._area += self._last_row * self._last_column

    def check_layout(self) -> None:
        if self._area > self._limits.cells:
            raise _Unfit(f"各表合计占 {self._area} 格", f"不超过 {self._limits.cells} 格", "删去表格之外的行和列")
        if self._longest_text * self._text_cells > self._limits.text_characters:
            raise _Unfit("单元格文字过长、过多", "正常的文字", "用收集模板重新填报")

    def named(self) -> tuple[OddCell, ...]:
        sheets = {self._targets.get(key, ""): name for key, name in self._sheets.items()}
        odd = (OddCell(sheets[part], cell, kind, text) for part, cell, kind, text in self._odd if part in sheets)
        return tuple(odd)

    def _broken(self) -> _Unfit:
        return _Unfit(
            f"{self._part} 第 {self._parser.CurrentLineNumber} 行不是合法的 XML",
            "完整的 .xlsx 工作簿",
            "用电子表格软件打开并重新保存",
        )

    def _doctype(self, *_: object) -> None:
        raise _Unfit("含有 DOCTYPE 声明", "不含 DOCTYPE 的 XML", "用电子表格软件打开并重新保存")

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
            raise _Unfit(
                f"{self._part} 在第 {row} 行、第 {self._column} 列有单元格",
                f"不超过 {self._limits.rows} 行、{self._limits.columns} 列",
                "选中表格之外的行和列，删除后保存",
            )
        self._last_row, self._last_column = max(self._last_row, row), max(self._last_column, self._column)
        self._cell = reference or ""
        self._type, self._formula, self._text = attributes.get("t", ""), False, ""
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
        self._parser.CharacterDataHandler = None
        self._cell = None

    def _book(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Override" and "macroenabled" in attributes.get("ContentType", "").lower():
            raise _Unfit("含有宏", "不含宏的 .xlsx 工作簿", "另存为不含宏的 .xlsx")
        if name == "sheet":
            key = next((value for key, value in attributes.items() if key.endswith(" id")), "")
            self._sheets[key] = attributes.get("name", "")
        if name == "Relationship" and self._part.lower() == "xl/_rels/workbook.xml.rels":
            target = attributes.get("Target", "")
            if attributes.get("Type", "").endswith("/worksheet") and not target.lower().endswith(_MARKUP):
                raise _Unfit(f"工作表存放在 {target:.60}", ".xml 部分", "用电子表格软件打开并重新保存")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            self._targets[attributes.get("Id", "")] = path


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.0f} MB"
