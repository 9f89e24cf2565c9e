"""HTML to PDF: WeasyPrint with one style sheet and one set of fonts, no external loads, nothing printed as a box."""

from __future__ import annotations

import hashlib
import logging
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from cssselect2 import ElementWrapper

from report_templates.enclosures import Enclosure
from report_templates.stylesheet import default_colours, style_sheet
from report_templates.typefaces import font_configuration, fontconfig, fonts_sha256, stacks

# When imported, WeasyPrint looks for fonts and complains on a machine that has none of its own.
with fontconfig(()):
    from weasyprint import CSS, DEFAULT_OPTIONS, HTML, Attachment
    from weasyprint import __version__ as engine_version
    from weasyprint.formatting_structure.boxes import TextBox
    from weasyprint.urls import URLFetcher

# Archival with attachments (PDF/A-3), text that can be extracted, and tags (level A); measured to cost nothing.
PDF_VARIANT = "pdf/a-3a"
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
# How many characters without a glyph are named before the rest is counted.
_NAMED = 12
_CONTEXT = 8


class Unprintable(Exception):
    """The document holds characters that no font can print; `problems` names each with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("；".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Printed:
    """A PDF with its number of pages and what WeasyPrint complained about, in Chinese."""

    content: bytes
    pages: int
    problems: tuple[str, ...]


class Press:
    """Prints many documents with one parsed style sheet and one font configuration (one per process).

    `font_files` are the office's fonts, `colours` replace those of the product, `css` is added to its style sheet.
    """

    def __init__(
        self, font_files: tuple[Path, ...] = (), colours: Mapping[str, str] | None = None, css: str = ""
    ) -> None:
        self._nothing = URLFetcher(allowed_protocols=())
        self._data = URLFetcher(allowed_protocols=("data",))
        self._fonts = font_configuration(font_files)
        self._families = stacks(font_files)
        sheet = style_sheet(self._families, {**default_colours(), **(colours or {})}, css)
        with _complaints():
            self._styles = CSS(string=sheet, url_fetcher=self._nothing, font_config=self._fonts)
        made_of = [engine_version, PDF_VARIANT, sheet, fonts_sha256(font_files)]
        self.fingerprint = hashlib.sha256("\n".join(made_of).encode()).hexdigest()
        """Digest of everything but the page that decides on the bytes of a PDF."""

    def warm_up(self) -> None:
        """Print a page that uses every role, a table, a drawing and an enclosure: what is loaded late is loaded then."""
        lines = "".join(
            f'<p style="font-family: {stack}">园区 2025<b>得分</b></p>' for stack in self._families.values()
        )
        drawing = '<svg viewBox="0 0 9 9"><path d="M0 0 L9 9" stroke="#000"/><text x="1" y="8">图</text></svg>'
        table = "<table><thead><tr><th>表</th></tr></thead><tbody><tr><td>1.0</td></tr></tbody></table>"
        enclosure = Enclosure("warm.json", "", b"{}")
        self.print(f"<html><body><h1>园区</h1>{lines}{table}{drawing}</body></html>", [enclosure], _LONG_AGO)

    def print(self, html: str, enclosures: Iterable[Enclosure] = (), dated: datetime | None = None) -> Printed:
        """PDF of `html`; the same HTML and enclosures give the same bytes.

        `dated` is the date of the enclosures; they are left out where there is none, since a date of today would change
        the bytes. Raises Unprintable.
        """
        with _complaints() as complaints, warnings.catch_warnings():
            # WeasyPrint leaves the closing of its own colour profile to the garbage collector.
            warnings.filterwarnings("ignore", "unclosed file .*sRGB2014", ResourceWarning)
            document = _Page(html, self._data).render(font_config=self._fonts, stylesheets=[self._styles])
            _mark_accessible(document.metadata)
            options = {
                "pdf_variant": PDF_VARIANT,
                "pdf_identifier": hashlib.sha256(html.encode("utf-8")).digest()[:16],
                "attachments": [_attachment(it, dated) for it in enclosures if dated is not None],
            }
            content = document.write_pdf(finisher=_finish, **{**DEFAULT_OPTIONS, **options})
        told = [said for said in complaints if said]
        return Printed(content, len(document.pages), tuple(dict.fromkeys(told)))


def _attachment(enclosure: Enclosure, dated: datetime | None) -> Attachment:
    from io import BytesIO

    return Attachment(
        file_obj=BytesIO(enclosure.content),
        name=enclosure.name,
        description=enclosure.description,
        created=dated,
        modified=dated,
        relationship="Data",
    )


def _finish(document: Any, pdf: Any) -> None:
    missing = {code for font in document.fonts.values() for code in font.missing}
    if missing:
        raise Unprintable(_places(document, sorted(missing)))


def _places(document: Any, codes: Sequence[int]) -> list[str]:
    """Each character without a glyph, and the first place where it stands: page and the text around it."""
    wanted, places = {chr(code) for code in codes}, dict[str, str]()
    for number, page in enumerate(document.pages, 1):
        for box in page._page_box.descendants():
            if isinstance(box, TextBox):
                for sign in sorted(wanted & set(box.text) - set(places)):
                    at = box.text.index(sign)
                    around = box.text[max(at - _CONTEXT, 0) : at + _CONTEXT + 1]
                    places[sign] = f"第 {number} 页“{around.strip()}”"
    told = [
        f"没有字体能印出字符 {chr(code)}（U+{code:04X}）：{places.get(chr(code), '位置不明')}；"
        "请改用规范字，或把含有此字的字体放进单位模板文件夹的 fonts"
        for code in codes[:_NAMED]
    ]
    return told + ([f"另有 {len(codes) - _NAMED} 个字符没有字形"] if len(codes) > _NAMED else [])


# The mark of PDF/UA-1, and the description of its schema that PDF/A asks for.
_ACCESSIBLE = b"""
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that this document follows</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF>"""


def _mark_accessible(metadata: Any) -> None:
    """Say in the metadata that the tags follow PDF/UA-1; WeasyPrint knows one standard at a time."""
    plain = metadata.generate_rdf_metadata
    metadata.generate_rdf_metadata = lambda *given: plain(*given).replace(b"</rdf:RDF>", _ACCESSIBLE)


_VOID = re.compile(r"<(br|col|hr|img|input|link|meta|wbr)\b((?:\s[^<>]*[^<>/])?)\s*>")
_SVG = re.compile(r"<svg (?!xmlns)")


class _Page(HTML):  # type: ignore[misc]
    """A page parsed by expat, which takes a fraction of the time of the HTML5 parser and gives the same tree.

    A page that is not well-formed XML (an office's own template may be so) goes to the HTML5 parser.
    """

    def __init__(self, html: str, fetcher: URLFetcher) -> None:
        try:
            root = ElementTree.fromstring(_well_formed(html))
        except ElementTree.ParseError:
            super().__init__(string=html, url_fetcher=fetcher, base_url=None)
            return
        self.base_url = None
        self.url_fetcher = fetcher
        self.media_type = "print"
        _put_rows_into_bodies(root)
        self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = self.wrapper_element.etree_element


def _put_rows_into_bodies(root: ElementTree.Element) -> None:
    """Rows that stand in a table directly get a tbody, as the HTML5 parser gives them; without it they have no place among the tags."""
    for table in list(root.iter("table")):
        body: ElementTree.Element | None = None
        for child in list(table):
            if child.tag != "tr":
                body = None
                continue
            if body is None:
                body = ElementTree.Element("tbody")
                table.insert(list(table).index(child), body)
            table.remove(child)
            body.append(child)


def _well_formed(html: str) -> str:
    closed = _VOID.sub(r"<\1\2/>", html)
    return _SVG.sub('<svg xmlns="http://www.w3.org/2000/svg" ', closed)


class _Keeper(logging.Handler):
    """Keeps WeasyPrint's warnings: without a handler it is silent about refused loads."""

    def __init__(self, kept: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        self._kept.append(_in_chinese(record))


def _in_chinese(record: logging.LogRecord) -> str:
    said = record.getMessage()
    if ".notdef glyph" in said:
        # The document is refused for it, with the place.
        return ""
    if "Failed to load" in said or "disallowed protocol" in said:
        return f"已拒绝外部引用：{said[:160]}"
    return f"排版提示：{said[:200]}"


@contextmanager
def _complaints() -> Iterator[list[str]]:
    logger, kept = logging.getLogger("weasyprint"), list[str]()
    keeper, propagate = _Keeper(kept), logger.propagate
    logger.addHandler(keeper)
    logger.propagate = False
    try:
        yield kept
    finally:
        logger.removeHandler(keeper)
        logger.propagate = propagate
