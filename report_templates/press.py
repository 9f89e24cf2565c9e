"""HTML to PDF: WeasyPrint with the product's own style sheet, no external loads, every complaint kept."""

from __future__ import annotations

import hashlib
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

STYLES = Path(__file__).resolve().parent / "styles" / "print.css"
# Archival (PDF/A-3) with the tags of level A; measured to cost nothing.
PDF_VARIANT = "pdf/a-3a"


@dataclass(frozen=True)
class Printed:
    """A PDF with its number of pages and what WeasyPrint complained about (missing glyphs among it), in Chinese."""

    content: bytes
    pages: int
    problems: tuple[str, ...]


class Press:
    """Prints many documents with one parsed style sheet and one font configuration (one per process)."""

    def __init__(self) -> None:
        self._fonts = FontConfiguration()
        self._nothing = URLFetcher(allowed_protocols=())
        styles = STYLES.read_text(encoding="utf-8")
        self._styles = CSS(string=styles, url_fetcher=self._nothing, font_config=self._fonts)

    def print(self, html: str) -> Printed:
        """PDF of `html`; the same HTML gives the same bytes."""
        counted: list[int] = []

        def finisher(document: Any, pdf: Any) -> None:
            counted.append(len(document.pages))

        with _complaints() as complaints, warnings.catch_warnings():
            # WeasyPrint leaves the closing of its own colour profile to the garbage collector.
            warnings.filterwarnings("ignore", "unclosed file .*sRGB2014", ResourceWarning)
            source = HTML(string=html, url_fetcher=self._nothing, base_url=None)
            content = source.write_pdf(
                stylesheets=[self._styles],
                font_config=self._fonts,
                finisher=finisher,
                pdf_variant=PDF_VARIANT,
                pdf_identifier=hashlib.sha256(html.encode("utf-8")).digest()[:16],
            )
        return Printed(content, counted[0], tuple(dict.fromkeys(complaints)))


class _Keeper(logging.Handler):
    """Keeps WeasyPrint's warnings: without a handler it is silent about missing glyphs and refused loads."""

    def __init__(self, kept: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        self._kept.append(_in_chinese(record))


def _in_chinese(record: logging.LogRecord) -> str:
    said = record.getMessage()
    if ".notdef glyph" in said and isinstance(record.args, tuple) and len(record.args) == 2:
        return f"没有字体能印出字符 {record.args[0]}（U+{record.args[1]:04X}）"
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
