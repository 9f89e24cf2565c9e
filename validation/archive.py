"""Zip archives of spreadsheets (.xlsx, .ods), opened in bounded memory before any reader sees them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

_ZIP = b"PK\x03\x04"
_DIRECTORY_ENTRY = b"PK\x01\x02"
_LOCAL_HEADER = 30
_FLAG_ENCRYPTED = 1
_SMALL = 1 << 16
"""So many bytes cannot inflate beyond 1032 times as many, which is bounded enough."""
_COMMON_BYTES = 1 << 14
_COMMON_PARTS = 32
"""Small parts that every workbook of a template has (styles, lists of parts) are inflated and checked once."""
_STORED_HEADER = struct.Struct("<4s5H3L2H")
_STORED_ENTRY = struct.Struct("<4s6H3L5H2L")
_STORED_END = struct.Struct("<4s4H2LH")
_NAMES_IN_UTF8 = 0x800
_ZIP64 = 0xFFFFFFFF
_ZIP64_LOCATOR = 20
_PLAIN_VERSION = 63
"""The newest version of the format that the standard library reads."""


@dataclass(frozen=True)
class Limits:
    """What a collection workbook can need, many times over; anything beyond is refused unread.

    `cells` bounds the rectangles of all sheets together, `text_characters` the longest shared text times the cells that refer to
    shared texts: both are what a reader would lay out in memory. `field_characters` bounds one field of a text file.
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
    field_characters: int = 100_000


LIMITS = Limits()


class Unfit(Exception):
    """A file that is not read: what was found, what is expected and the cure, in Chinese."""

    def __init__(self, found: str, expected: str, cure: str) -> None:
        super().__init__(found)
        self.found, self.expected, self.cure = found, expected, cure


class Part(NamedTuple):
    """An entry of the directory, as it is declared there."""

    filename: str
    header_offset: int
    compress_size: int
    file_size: int
    CRC: int
    flag_bits: int
    compress_type: int


class Archive:
    """The parts of a zip file; each is inflated once, within the limits of the whole file.

    Raises Unfit for a broken directory, too many parts, encryption, names that repeat, a macro.
    """

    def __init__(self, content: bytes, limits: Limits, expected: str) -> None:
        plain = _plain_directory(content, limits.parts)
        if plain is None and content.count(_DIRECTORY_ENTRY) > limits.parts:
            raise Unfit(f"压缩包内超过 {limits.parts} 个部分", f"不超过 {limits.parts} 个", "用收集模板重新填报")
        try:
            self.parts = plain or _directory(content)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, struct.error, OSError):
            raise Unfit("文件已损坏或不完整", expected, "用电子表格软件打开并重新保存") from None
        self._content, self._limits, self._expected = content, limits, expected
        self._inflated = 0
        self.names = [part.filename for part in self.parts]
        if len({name.lower() for name in self.names}) != len(self.names):
            raise Unfit("压缩包内有重名的部分", "名称不重复", "用电子表格软件打开并重新保存")
        if any(part.flag_bits & _FLAG_ENCRYPTED or part.compress_type not in (0, 8) for part in self.parts):
            raise Unfit("压缩包加密或压缩方式特殊", expected, "去掉密码，用电子表格软件重新保存")

    def pass_over(self, part: Part) -> None:
        """Judge a part that nobody reads by the size it declares; raises Unfit for a bomb."""
        if part.file_size > max(self._limits.ratio_from_bytes, self._limits.ratio * max(part.compress_size, 1)):
            raise Unfit(f"压缩比超过 {self._limits.ratio} 倍", "大小正常的工作簿", "用收集模板重新填报")
        self._inflated += part.file_size
        if self._inflated > self._limits.inflated_bytes:
            raise self._too_large()

    def _too_large(self) -> Unfit:
        size = megabytes(self._limits.inflated_bytes)
        return Unfit(f"解压后超过 {size}", "大小正常的工作簿", "用收集模板重新填报")

    def inflate(self, part: Part, *, common: bool = False) -> bytes:
        """The bytes of `part`; raises Unfit for a bomb, a wrong size or checksum, a broken stream.

        `common` says that other files are likely to have the same part, byte by byte.
        """
        if common and part.file_size <= _COMMON_BYTES and part.compress_size <= _COMMON_BYTES:
            inflated = _common(self._raw(part), part.compress_type, part.file_size, part.CRC)
            if inflated is not None and self._inflated + len(inflated) <= self._limits.inflated_bytes:
                self._inflated += len(inflated)
                return inflated
        return self._inflate(part)

    def _inflate(self, part: Part) -> bytes:
        # zipfile stops at the declared size while other readers inflate on, so the raw stream is inflated here.
        raw, limits = self._raw(part), self._limits
        room = limits.inflated_bytes - self._inflated
        by_ratio = max(limits.ratio_from_bytes, limits.ratio * max(part.compress_size, 1))
        if part.compress_type == zipfile.ZIP_STORED:
            inflated = raw
        else:
            try:
                if len(raw) <= _SMALL:
                    inflated = zlib.decompress(raw, -zlib.MAX_WBITS, max(min(part.file_size, room), 1))
                else:
                    inflated = zlib.decompressobj(-zlib.MAX_WBITS).decompress(raw, min(room, by_ratio) + 1)
            except zlib.error:
                raise Unfit(f"{part.filename:.60} 无法解压", self._expected, "重新取得该文件") from None
        if len(inflated) > room:
            raise self._too_large()
        if len(inflated) > by_ratio:
            raise Unfit(f"压缩比超过 {limits.ratio} 倍", "大小正常的工作簿", "用收集模板重新填报")
        if len(inflated) != part.file_size or zlib.crc32(inflated) != part.CRC:
            raise Unfit(f"{part.filename:.60} 的校验和不符", self._expected, "文件已损坏，重新取得该文件")
        self._inflated += len(inflated)
        return inflated

    def stored(self, contents: Mapping[str, bytes]) -> bytes:
        """A zip file of the parts `contents` as they are: what a reader then sees is what was judged, and needs no inflating."""
        pieces: list[bytes] = []
        entries: list[bytes] = []
        at = 0
        for part in self.parts:
            content = contents.get(part.filename)
            if content is None:
                continue
            name = part.filename.encode()
            size = len(content)
            common = (20, _NAMES_IN_UTF8, 0, 0, 0x21, part.CRC, size, size, len(name), 0)
            pieces += (_STORED_HEADER.pack(_ZIP, *common), name, content)
            entries += (_STORED_ENTRY.pack(_DIRECTORY_ENTRY, 20, *common, 0, 0, 0, 0, at), name)
            at += _STORED_HEADER.size + len(name) + size
        listing = b"".join(entries)
        count = len(entries) // 2
        pieces += (listing, _STORED_END.pack(b"PK\x05\x06", 0, 0, count, count, len(listing), at, 0))
        return b"".join(pieces)

    def _raw(self, part: Part) -> bytes:
        at = part.header_offset
        header = self._content[at : at + _LOCAL_HEADER]
        if len(header) < _LOCAL_HEADER or not header.startswith(_ZIP):
            raise Unfit("文件已损坏或不完整", self._expected, "重新取得该文件")
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        start = at + _LOCAL_HEADER + name_length + extra_length
        return self._content[start : start + part.compress_size]


@lru_cache(maxsize=_COMMON_PARTS)
def _common(raw: bytes, method: int, size: int, checksum: int) -> bytes | None:
    """The `size` bytes of a small part with their checksum; None when they are not what the directory says."""
    inflated = raw
    if method != zipfile.ZIP_STORED:
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            inflated = stream.decompress(raw, _COMMON_BYTES + 1)
        except zlib.error:
            return None
        if not stream.eof:
            return None
    return inflated if len(inflated) == size and zlib.crc32(inflated) == checksum else None


def _directory(content: bytes) -> list[Part]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [Part(*(getattr(entry, name) for name in Part._fields)) for entry in archive.infolist()]


def _plain_directory(content: bytes, most: int) -> list[Part] | None:
    """What `_directory` gives, many times sooner, for a directory of the plainest kind; None for any other.

    Plain: at the very end, of at most `most` entries, without comments, extra fields, zip64 or names beyond ASCII.
    """
    listed = len(content) - _STORED_END.size
    if listed < 0 or content[listed - _ZIP64_LOCATOR : listed].startswith(b"PK\x06\x07"):
        return None
    sign, *disks, here, count, size, at, comment = _STORED_END.unpack_from(content, listed)
    if sign != b"PK\x05\x06" or any(disks) or here != count or at + size != listed or comment or here > most:
        return None
    parts: list[Part] = []
    while at < listed:
        if at + _STORED_ENTRY.size > listed or len(parts) == here:
            return None
        (
            sign, _, version, flags, method, _, _, checksum, packed, inflated, name_length, extra, comment, _, _, _, start,
        ) = _STORED_ENTRY.unpack_from(content, at)  # fmt: skip
        at += _STORED_ENTRY.size
        name = content[at : at + name_length]
        at += name_length
        if sign != _DIRECTORY_ENTRY or extra or comment or version > _PLAIN_VERSION or at > listed:
            return None
        if _ZIP64 in (packed, inflated, start) or not name.isascii() or b"\0" in name:
            return None
        parts.append(Part(name.decode("ascii"), start, packed, inflated, checksum, flags, method))
    return parts if len(parts) == count else None


def refuse_doctype(piece: bytes) -> None:
    """Raises Unfit when markup declares a document type, and with it entities."""
    if b"<!doctype" in piece.lower():
        raise Unfit("含有 DOCTYPE 声明", "不含 DOCTYPE 的 XML", "用电子表格软件打开并重新保存")


def megabytes(size: int) -> str:
    """A file size for messages."""
    return f"{size / 1024 / 1024:.0f} MB"
