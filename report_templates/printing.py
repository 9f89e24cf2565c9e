"""One document from job to file: page, PDF, and whether that was needed at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from report_templates.enclosures import Enclosure
from report_templates.office import Office, fault_of_template, load_office
from report_templates.pages import Pages
from report_templates.press import Press
from validation.digest import file_sha256
from validation.problems import Problem


@dataclass(frozen=True)
class Known:
    """An earlier rendering: the digest of everything that entered it, and what came out."""

    key: str
    sha256: str
    pages: int
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """What is needed to print one document: plain data, no tables.

    `template` names the page template, `view` fills it; `dated` is the date of the enclosures. `known` is the rendering
    that stands in place already, if there is one.
    """

    path: Path
    kind: str
    park_code: str
    template: str
    view: Any
    enclosures: tuple[Enclosure, ...] = ()
    dated: datetime | None = None
    known: Known | None = None


@dataclass(frozen=True)
class Report:
    """One document; `pages` is 0 and `problems` says why when it could not be made.

    `problems` also holds what the printer complained about (a refused reference). `key` is the digest of everything that
    entered it, `sha256` that of the file; `kept` says that the file was there already and nothing had changed. `fault` is
    set where a template of the office is broken, which concerns all documents of the kind.
    """

    path: Path
    kind: str
    park_code: str
    pages: int
    problems: tuple[str, ...]
    key: str = ""
    sha256: str = ""
    kept: bool = False
    fault: Problem | None = None


class Workshop:
    """Pages and press of one office: made once in a process, then used for many documents."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._pages = Pages(office)
        self.press = Press(office.font_files, office.settings.colours, office.css)

    def make(self, job: Job) -> Report:
        """Print and write one document; never raises for a fault of the document or the disk."""
        try:
            return self._make(job)
        except Exception as error:
            problems = getattr(error, "problems", None) or (reason(error),)
            fault = fault_of_template(error, self._office)
            return Report(job.path, job.kind, job.park_code, 0, tuple(problems), fault=fault)

    def _make(self, job: Job) -> Report:
        html = self._pages.html(job.template, job.view)
        key = self._key(html, job.enclosures, job.dated)
        known = job.known
        if known is not None and known.key == key and _sha256_of(job.path) == known.sha256:
            return Report(job.path, job.kind, job.park_code, known.pages, known.problems, key, known.sha256, kept=True)
        printed = self.press.print(html, job.enclosures, job.dated)
        write(job.path, printed.content)
        digest = hashlib.sha256(printed.content).hexdigest()
        return Report(job.path, job.kind, job.park_code, printed.pages, printed.problems, key, digest)

    def _key(self, html: str, enclosures: Sequence[Enclosure], dated: datetime | None) -> str:
        digest = hashlib.sha256(f"{self.press.fingerprint}\n{dated}\n{html}".encode())
        for enclosure in enclosures:
            digest.update(f"\n{enclosure.name}\n{enclosure.description}\n".encode() + enclosure.content)
        return digest.hexdigest()


@cache
def workshop(folder: Path | None) -> Workshop:
    """The workshop of this process for the office in `folder`; its templates are read once."""
    return Workshop(load_office(folder))


def write(path: Path, content: bytes) -> None:
    """Write a file aside and move it into place."""
    aside = aside_path(path, os.getpid())
    try:
        aside.write_bytes(content)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def aside_path(path: Path, pid: int) -> Path:
    """Where process `pid` writes the file before it is moved into place."""
    return path.with_name(f".{hashlib.sha256(path.name.encode()).hexdigest()[:16]}.{pid}.tmp")


def _sha256_of(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError:
        return ""


def reason(error: Exception) -> str:
    """Why a document could not be made, in Chinese."""
    if isinstance(error, OSError):
        return f"无法写入报告文件：{error.strerror or error}"
    if isinstance(error, LookupError) and error.args and not isinstance(error, KeyError):
        return str(error.args[0])
    return f"报告未能生成（{type(error).__name__}：{str(error)[:200]}）"
