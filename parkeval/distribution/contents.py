"""What a file that is about to leave says: its text with everything hidden in it (attachments, hidden sheets, comments)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from ctypes import create_string_buffer
from dataclasses import dataclass
from html import unescape
from typing import Any

_TAGS = re.compile(r"<[^<>]*>")
_XML = (".xml", ".rels", ".vml", ".html", ".svg")
_PLAIN = (".txt", ".csv", ".json", ".toml", ".md", ".eml")
_ARCHIVES = (".xlsx", ".zip", ".docx", ".ods")
_EMPTY_BYTES = 2
"""What PDFium gives for no text: the two bytes that end it."""

DEEPEST = 4
"""Archives and attachments within each other that are opened; deeper ones are refused."""
LARGEST_BYTES = 400 * 1024 * 1024


class Unreadable(Exception):
    """A file cannot be looked into, so that nobody knows what would leave; says why in Chinese."""


@dataclass(frozen=True)
class Text:
    """Text found in a file: `place` names the file and the part of it."""

    place: str
    text: str


def texts(place: str, content: bytes, depth: int = 0) -> Iterator[Text]:
    """Every text in a file, its name first; raises Unreadable where it cannot be looked into.

    PDF: pages, words that stand for drawings, metadata, attachments. Workbooks and archives: every part. Anything else must be UTF-8 text.
    """
    if depth > DEEPEST or len(content) > LARGEST_BYTES:
        raise Unreadable(f"{place}：层次过深或过大，无法检查")
    name = place.rpartition("/")[2].lower()
    yield Text(place, place.rpartition("/")[2])
    if content.startswith(b"%PDF") or name.endswith(".pdf"):
        yield from _pdf(place, content, depth)
    elif name.endswith(_ARCHIVES) or content.startswith(b"PK\x03\x04"):
        yield from _archive(place, content, depth)
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Unreadable(f"{place}：不是可以检查的格式") from None
        yield Text(place, _markup(text) if name.endswith(_XML) else text)


def _pdf(place: str, content: bytes, depth: int) -> Iterator[Text]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        raise Unreadable(f"{place}：读不出的 PDF（损坏或加密）") from None
    with document:
        yield Text(f"{place} 文档信息", "\n".join([*document.get_metadata_dict().values(), *_packets(content)]))
        yield Text(f"{place} 书签", "\n".join(bookmark.get_title() for bookmark in document.get_toc()))
        for number in range(len(document)):
            page = document[number]
            words = page.get_textpage()
            yield Text(f"{place} 第 {number + 1} 页", words.get_text_range())
            words.close()
            told = "\n".join(_alternatives(page))
            if told:
                yield Text(f"{place} 第 {number + 1} 页图的说明", told)
            page.close()
        for number in range(document.count_attachments()):
            attachment = document.get_attachment(number)
            data = bytes(attachment.get_data())
            yield from texts(f"{place}/{attachment.get_name()}", data, depth + 1)


def _alternatives(page: Any) -> Iterator[str]:
    """Words that tags give for drawings, or in place of text, for those who are read to."""
    from pypdfium2 import raw

    tree = raw.FPDF_StructTree_GetForPage(page)
    if not tree:
        return
    try:
        waiting = [
            raw.FPDF_StructTree_GetChildAtIndex(tree, at) for at in range(raw.FPDF_StructTree_CountChildren(tree))
        ]
        while waiting:
            element = waiting.pop()
            if not element:
                continue
            for told in (raw.FPDF_StructElement_GetAltText, raw.FPDF_StructElement_GetActualText):
                size = told(element, None, 0)
                if size > _EMPTY_BYTES:
                    buffer = create_string_buffer(size)
                    told(element, buffer, size)
                    yield buffer.raw[:-_EMPTY_BYTES].decode("utf-16-le", errors="replace")
            children = range(raw.FPDF_StructElement_CountChildren(element))
            waiting += [raw.FPDF_StructElement_GetChildAtIndex(element, at) for at in children]
    finally:
        raw.FPDF_StructTree_Close(tree)


def _packets(content: bytes) -> Iterator[str]:
    """Text of the XMP packets, which PDF/A keeps uncompressed."""
    for packet in re.findall(rb"<x:xmpmeta.*?</x:xmpmeta>", content, re.DOTALL):
        yield _TAGS.sub("\n", packet.decode("utf-8", errors="replace"))


def _archive(place: str, content: bytes, depth: int) -> Iterator[Text]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST_BYTES:
                raise Unreadable(f"{place}：展开后过大，无法检查")
            for part in archive.infolist():
                inner = archive.read(part)
                if part.filename.lower().endswith(_XML):
                    yield Text(f"{place}/{part.filename}", _markup(inner.decode("utf-8", errors="replace")))
                elif not part.is_dir() and not _is_picture(inner):
                    yield from texts(f"{place}/{part.filename}", inner, depth + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        raise Unreadable(f"{place}：读不出的压缩文件（损坏或加密）") from None


def _is_picture(content: bytes) -> bool:
    return content.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8"))


def _markup(text: str) -> str:
    """Text and attribute values of markup, each on a line of its own."""
    quoted = " ".join(re.findall(r'"([^"<>]*)"', text))
    return unescape(_TAGS.sub("\n", text) + "\n" + quoted)
