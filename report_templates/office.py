"""What belongs to the office: a folder outside the repository with its name, red heads, colours, words, templates and fonts.

    office.toml     settings, all of them optional (`Settings`)
    templates/      templates that take the place of the product's of the same name, or extend them as `product/NAME`
    print.css       rules that come after those of the product
    fonts/          the office's own fonts
    logo.svg        or another name, as `logo` in office.toml says

Everything is checked when it is loaded; what is wrong is told with file and line, all at once.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from report_templates.chapters import DOCUMENTS, chapters_of
from report_templates.stylesheet import default_colours
from report_templates.typefaces import families_of, office_files
from validation.definition import Definition, build, read_toml
from validation.problems import DefinitionRefused, Problem

SETTINGS, TEMPLATES, STYLE, FONTS = "office.toml", "templates", "print.css", "fonts"
Text = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
_MEDIA_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}
_LOGO_BYTES = 2_000_000


class RedHead(Definition):
    """The red head of one kind of document: who issues it, its number (发文字号), whom it is addressed to (主送), and who gets
    copies (抄送)."""

    document: Text
    issuer: Text
    number: str = ""
    addressed_to: str = ""
    copies: str = ""
    printed_by: str = ""


class Signature(Definition):
    """What stands under a document: place, date (the evaluation date where none is given), and room for the seal."""

    place: str = ""
    date: datetime.date | None = None
    seal_space: bool = False


class Settings(Definition):
    """`office.toml`. Per kind of document `chapters` gives the order of its chapters and annexes, `omitted` those that are left
    out; `words` gives other wording of headings."""

    name: str = ""
    logo: str = ""
    red_head: tuple[RedHead, ...] = ()
    signature: Signature = Signature()
    colours: dict[str, Colour] = Field(default_factory=dict)
    chapters: dict[str, tuple[Text, ...]] = Field(default_factory=dict)
    omitted: dict[str, tuple[Text, ...]] = Field(default_factory=dict)
    words: dict[str, Text] = Field(default_factory=dict)


@dataclass(frozen=True)
class Office:
    """An office as the pages use it; `folder` is None where the product's own looks are used."""

    folder: Path | None = None
    settings: Settings = field(default_factory=Settings)
    logo: str = ""
    """The logo as a data URL, empty where there is none."""
    css: str = ""
    font_files: tuple[Path, ...] = ()

    @property
    def templates(self) -> Path | None:
        """Folder of the office's templates."""
        return self.folder / TEMPLATES if self.folder is not None and (self.folder / TEMPLATES).is_dir() else None

    def sources(self) -> tuple[Path, ...]:
        """The files of the folder that pages are made of, in order, without the fonts: settings, style, logo, templates.

        An office keeps other things in the same folder, such as its contacts, the mail it writes and keys; none of them
        is given.
        """
        if self.folder is None:
            return ()
        logo = [self.folder / self.settings.logo] if self.logo else []
        named = [path for path in (self.folder / SETTINGS, self.folder / STYLE, *logo) if path.is_file()]
        return (*named, *(path for path, _ in _template_texts(self.templates)))

    def chapters(self, kind: str, usual: Sequence[str]) -> list[str]:
        """Which of the chapters `usual` the office wants, in its order; those it does not name follow in the usual order."""
        omitted = self.settings.omitted.get(kind, ())
        kept = [name for name in usual if name not in omitted]
        wanted = [name for name in self.settings.chapters.get(kind, ()) if name in kept]
        return wanted + [name for name in kept if name not in wanted]

    def word(self, text: str) -> str:
        """A heading in the office's words."""
        return self.settings.words.get(text, text)

    def sha256(self) -> str:
        """Digest of everything but the fonts that the office says about its pages."""
        digest = hashlib.sha256(self.settings.model_dump_json().encode())
        for part in (self.logo, self.css, *(text for _, text in _template_texts(self.templates))):
            digest.update(part.encode())
        return digest.hexdigest()


def load_office(folder: Path | None) -> Office:
    """The office of `folder`; the product's own looks without one. Raises DefinitionRefused with every problem."""
    if folder is None:
        return Office()
    if not folder.is_dir():
        raise DefinitionRefused([Problem(str(folder), "没有这个文件夹", "单位模板文件夹", "检查 --office 的路径")])
    problems: list[Problem] = []
    settings = _settings(folder / SETTINGS, problems)
    logo = _logo(folder, settings.logo, problems)
    style = folder / STYLE
    css = style.read_text(encoding="utf-8") if style.is_file() else ""
    fonts = office_files(folder / FONTS)
    for path in fonts:
        try:
            families_of(path)
        except ValueError as error:
            problems.append(Problem(str(path), str(error), "TrueType 或 OpenType 字体", "换成可用的字体文件"))
    office = Office(folder.resolve(), settings, logo, css, fonts)
    problems += _broken_templates(office)
    if problems:
        raise DefinitionRefused(problems)
    return office


def _settings(path: Path, problems: list[Problem]) -> Settings:
    if not path.is_file():
        return Settings()
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        settings = build(read_toml(path), Settings, str(path))
    except DefinitionRefused as refused:
        problems += [_with_line(problem, text) for problem in refused.problems]
        return Settings()
    problems += _unknown(path, text, settings)
    return settings


def _with_line(problem: Problem, text: str) -> Problem:
    """The problem with the line of its key; a syntax error names line and column itself."""
    keys = problem.place.rpartition(" 的 ")[2].split(".")
    key = next((part for part in reversed(keys) if not part.isdecimal()), "")
    line = _line_of(text, key)
    if line == 0:
        return problem
    return Problem(f"{problem.place}（第 {line} 行）", problem.found, problem.expected, problem.cure)


def _line_of(text: str, key: str) -> int:
    """The line that a key stands on, 0 where it is not found."""
    pattern = re.compile(rf"^\s*(?:\[+[^\]]*?)?[\"']?{re.escape(key)}[\"']?\s*(?:=|\])", re.MULTILINE)
    found = pattern.search(text)
    return text.count("\n", 0, found.end()) + 1 if found else 0


def _unknown(path: Path, text: str, settings: Settings) -> list[Problem]:
    """Colours, headings and chapters that the product does not have: they would be without effect, and nobody would know."""
    from report_templates.pages import headings

    known: tuple[tuple[str, Mapping[str, object], Collection[str]], ...] = (
        ("colours", settings.colours, sorted(default_colours())),
        ("words", settings.words, sorted(headings())),
        ("chapters", settings.chapters, tuple(DOCUMENTS)),
        ("omitted", settings.omitted, tuple(DOCUMENTS)),
    )
    problems = []
    for section, given, names in known:
        for key in given:
            if key not in names:
                place = f"{path} 的 {section}.{key}（第 {_line_of(text, key)} 行）"
                problems.append(Problem(place, "没有这一项", "、".join(names), "改为所列的名称"))
    for section, by_document in (("chapters", settings.chapters), ("omitted", settings.omitted)):
        for document, chapters in by_document.items():
            names = chapters_of(document)
            for name in chapters:
                if names and name not in names:
                    place = f"{path} 的 {section}.{document}（第 {_line_of(text, document)} 行）"
                    problems.append(Problem(place, f"没有“{name}”这一章", "、".join(names), "改为所列的名称"))
    return problems


def _logo(folder: Path, name: str, problems: list[Problem]) -> str:
    if not name:
        return ""
    path = folder / name
    kind = _MEDIA_TYPES.get(path.suffix.lower())
    inside = path.resolve().is_relative_to(folder.resolve())
    if kind is None or not inside or not path.is_file() or path.stat().st_size > _LOGO_BYTES:
        place = f"{folder / SETTINGS} 的 logo"
        problems.append(Problem(place, f"“{name}”不可用", "本文件夹中不超过 2 MB 的 .svg、.png 或 .jpg", "检查文件名"))
        return ""
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"


def _template_texts(folder: Path | None) -> Iterator[tuple[Path, str]]:
    if folder is not None:
        for path in sorted(folder.rglob("*.j2")):
            yield path, path.read_text(encoding="utf-8", errors="replace")


def _broken_templates(office: Office) -> list[Problem]:
    """Templates that cannot be parsed, refer to what is not there, or are used by nothing."""
    from jinja2 import TemplateSyntaxError, meta

    from report_templates.pages import environment, product_templates

    folder = office.templates
    if folder is None:
        return []
    usable, problems = environment(office), []
    own = {path.relative_to(folder).as_posix(): (path, text) for path, text in _template_texts(folder)}
    referred: set[str] = set()
    for path, text in own.values():
        try:
            names = [name for name in meta.find_referenced_templates(usable.parse(text)) if name is not None]
            usable.compile(text)
        except TemplateSyntaxError as error:
            place, said = f"{path} 第 {error.lineno} 行", f"模板语法错误：{error.message}"
            problems.append(Problem(place, said, "合法的 Jinja 模板", "按行号改正"))
            continue
        referred.update(names)
        problems += [
            Problem(
                f"{path} 第 {_line_with(text, name)} 行", f"没有模板 {name}", "本文件夹或 product/ 下的模板", "检查名称"
            )
            for name in names
            if name not in own
            and name not in product_templates()
            and name.removeprefix("product/") not in product_templates()
        ]
    problems += [
        Problem(str(path), "不替换任何模板，也没有模板引用它", "、".join(sorted(product_templates())), "检查文件名")
        for name, (path, _) in own.items()
        if name not in product_templates() and name not in referred
    ]
    return problems


def _line_with(text: str, name: str) -> int:
    return text.count("\n", 0, max(text.find(name), 0)) + 1


def fault_of_template(error: BaseException, office: Office) -> Problem | None:
    """File and line in the office's templates that a rendering error comes from; None where the fault is elsewhere."""
    folder, line, place = office.templates, 0, ""
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if folder is not None and name.startswith(f"{folder}/"):
            place, line = name, trace.tb_lineno
        trace = trace.tb_next
    if not place:
        return None
    return Problem(f"{place} 第 {line} 行", f"模板出错：{error}", "可以生成页面的模板", "按行号改正；可用的名称见文档")
