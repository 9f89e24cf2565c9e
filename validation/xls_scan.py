"""Look into an old .xls file: passwords, macros, and the cells of which its reader shows less than there is.

An .xls file is a small file system (sectors in chains) that holds one stream of records. Readers show error cells as empty and
text results of formulas as 0; the records tell both.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from validation.archive import LIMITS, Limits, Unfit
from validation.sheet_scan import OddKind

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FREE = 0xFFFFFFFA
_EXPECTED, _CURE = "完整的 .xls 工作簿", "用电子表格软件打开，另存为 .xlsx"
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_BOF, _EOF, _FORMULA, _STRING, _BOOLERR, _NUMBER, _RK, _MULRK = 0x809, 0xA, 6, 0x207, 0x205, 0x203, 0x27E, 0xBD
_BOUNDSHEET, _XF, _FORMAT, _FILEPASS = 0x85, 0xE0, 0x41E, 0x2F
_PERCENT_FORMATS = frozenset({9, 10})

Odd = dict[tuple[int, int], tuple[OddKind, str]]
"""Row and column from 0 to kind and text; a formula with text result carries the text."""


def scan_xls(content: bytes, limits: Limits = LIMITS) -> list[Odd]:
    """The odd cells of each sheet in the order of the sheets; raises Unfit for what is not to be read."""
    try:
        streams = _Streams(content)
        names = set(streams.entries)
        if "EncryptedPackage" in names:
            raise Unfit("带密码的工作簿", "不带密码的工作簿", "去掉密码，另存为 .xlsx")
        if any(name.startswith(("_VBA_PROJECT", "VBA")) for name in names):
            raise Unfit("含有宏", "不含宏的工作簿", "另存为不含宏的 .xlsx")
        name = next((name for name in ("Workbook", "Book") if name in names), None)
        if name is None:
            raise Unfit("不是 .xls 工作簿", _EXPECTED, _CURE)
        return _odd_cells(streams.read(name), limits)
    except (struct.error, IndexError, ValueError):
        raise Unfit("文件已损坏", _EXPECTED, _CURE) from None


class _Streams:
    """The named streams of a compound file."""

    def __init__(self, content: bytes) -> None:
        if not content.startswith(MAGIC):
            raise Unfit("不是工作簿（文件头不符）", _EXPECTED, _CURE)
        self._content = content
        shift, small_shift = struct.unpack_from("<HH", content, 30)
        if shift not in (9, 12) or small_shift != 6:
            raise ValueError(shift)
        self._sector, self._small = 1 << shift, 1 << small_shift
        directory, self._cutoff, small_table = struct.unpack_from("<I4xII", content, 48)
        self._table = self._sector_table()
        small = self._chain(small_table, self._table) if small_table < _FREE else b""
        self._small_table = struct.unpack(f"<{len(small) // 4}I", small[: len(small) // 4 * 4])
        self.entries: dict[str, tuple[int, int]] = {}
        root = None
        listing = self._chain(directory, self._table)
        for at in range(0, len(listing) - 127, 128):
            length, kind = struct.unpack_from("<HB", listing, at + 64)
            start, size = struct.unpack_from("<II", listing, at + 116)
            name = listing[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
            if kind == 5:
                root = start
            elif kind in (1, 2):
                self.entries[name] = (start, size)
        self._small_stream = self._chain(root, self._table) if root is not None and root < _FREE else b""

    def read(self, name: str) -> bytes:
        """The bytes of the stream `name`."""
        start, size = self.entries[name]
        if size >= self._cutoff:
            return self._chain(start, self._table)[:size]
        pieces = (
            self._small_stream[at * self._small : (at + 1) * self._small] for at in _follow(start, self._small_table)
        )
        return b"".join(pieces)[:size]

    def _sector_table(self) -> tuple[int, ...]:
        listed = list(struct.unpack_from("<109I", self._content, 76))
        following, count = struct.unpack_from("<II", self._content, 68)
        for _ in range(min(count, len(self._content) // self._sector)):
            if following >= _FREE:
                break
            entries = struct.unpack(f"<{self._sector // 4}I", self._at(following))
            listed.extend(entries[:-1])
            following = entries[-1]
        table = b"".join(self._at(number) for number in listed if number < _FREE)
        return struct.unpack(f"<{len(table) // 4}I", table)

    def _at(self, number: int) -> bytes:
        start = (number + 1) * self._sector
        sector = self._content[start : start + self._sector]
        if not sector:
            raise ValueError(number)
        return sector.ljust(self._sector, b"\x00")

    def _chain(self, start: int, table: tuple[int, ...]) -> bytes:
        return b"".join(self._at(number) for number in _follow(start, table))


def _follow(start: int, table: tuple[int, ...]) -> Iterator[int]:
    number = start
    for _ in range(len(table) + 1):
        if number >= _FREE:
            return
        yield number
        number = table[number]
    raise ValueError("a chain without end")


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _odd_cells(stream: bytes, limits: Limits) -> list[Odd]:
    starts: list[int] = []
    styles: list[int] = []
    percent = set(_PERCENT_FORMATS)
    for kind, data in _records(stream, 0):
        if kind == _FILEPASS:
            raise Unfit("带密码的工作簿", "不带密码的工作簿", "去掉密码，另存为 .xlsx")
        if kind == _BOUNDSHEET:
            starts.append(struct.unpack_from("<I", data)[0])
        elif kind == _XF:
            styles.append(struct.unpack_from("<H", data, 2)[0])
        elif kind == _FORMAT and b"%" in data[2:]:
            percent.add(struct.unpack_from("<H", data)[0])
        elif kind == _EOF:
            break
    shown_as_percent = {number for number, format_number in enumerate(styles) if format_number in percent}
    return [_odd_of_sheet(stream, start, shown_as_percent, limits) for start in starts]


def _odd_of_sheet(stream: bytes, start: int, percent: set[int], limits: Limits) -> Odd:
    odd: Odd = {}
    depth, waiting = 0, None
    for kind, data in _records(stream, start):
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
        elif kind == _STRING and waiting is not None:
            odd[waiting] = ("formula", _string(data))
            waiting = None
        elif kind in (_FORMULA, _BOOLERR, _NUMBER, _RK, _MULRK) and len(data) >= 6:
            row, column, style = struct.unpack_from("<HHH", data)
            if row >= limits.rows or column >= limits.columns:
                raise Unfit(
                    f"在第 {row + 1} 行、第 {column + 1} 列有单元格",
                    f"不超过 {limits.rows} 行、{limits.columns} 列",
                    "选中表格之外的行和列，删除后保存",
                )
            if kind == _FORMULA:
                odd[row, column] = _result(data[6:14])
                waiting = (row, column) if data[6] == 0 and data[12:14] == b"\xff\xff" else None
            elif kind == _BOOLERR and data[7]:
                odd[row, column] = ("error", _ERRORS.get(data[6], "#N/A"))
            elif kind in (_NUMBER, _RK) and style in percent:
                odd[row, column] = ("percent", "")
            elif kind == _MULRK:
                for at in range(4, len(data) - 6, 6):
                    if struct.unpack_from("<H", data, at)[0] in percent:
                        odd[row, column + (at - 4) // 6] = ("percent", "")
    return odd


def _result(value: bytes) -> tuple[OddKind, str]:
    if value[6:8] == b"\xff\xff" and value[0] == 2:
        return "error", _ERRORS.get(value[2], "#N/A")
    return "formula", ""


def _string(data: bytes) -> str:
    wide = data[2] & 1
    return data[3:].decode("utf-16-le" if wide else "latin-1", "replace")
