"""The typefaces of the reports: which font serves which role, and the one font configuration of a process.

Roles are those of official print (GB/T 9704): 小标宋 titles, 黑体 first heads and tables, 楷体 second heads and remarks, 仿宋
text, 宋 page numbers. Fonts that come with the product cover 通用规范汉字表 and GB 2312; an office that has the usual fonts
puts them into a folder of its own, where they are taken first. A character that neither holds is looked for in the
system's Noto CJK. No other font of the machine is seen, so that a report has the same bytes everywhere.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from weasyprint.text.fonts import FontConfiguration

FONTS = Path(__file__).resolve().parent / "fonts"
FONT_FILES = (".ttf", ".otf", ".ttc", ".otc")


@dataclass(frozen=True)
class Role:
    """Families of one role: usual names of office fonts, those that come with the product, the system's last."""

    office: tuple[str, ...]
    own: tuple[str, ...]
    system: str
    generic: str


ROLES = {
    "title": Role(
        ("方正小标宋简体", "方正小标宋_GBK", "FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "小标宋"),
        ("Parkeval Song",), "Noto Serif CJK SC", "serif",
    ),
    "fang": Role(
        ("仿宋_GB2312", "FangSong_GB2312", "方正仿宋_GBK", "方正仿宋简体", "仿宋", "FangSong"),
        ("Parkeval Fang", "Parkeval Song"), "Noto Serif CJK SC", "serif",
    ),
    "kai": Role(
        ("楷体_GB2312", "KaiTi_GB2312", "方正楷体_GBK", "方正楷体简体", "楷体", "KaiTi"),
        ("Parkeval Kai", "Parkeval Song"), "Noto Serif CJK SC", "serif",
    ),
    "hei": Role(
        ("方正黑体_GBK", "方正黑体简体", "黑体", "SimHei"), ("Parkeval Hei",), "Noto Sans CJK SC", "sans-serif",
    ),
    "song": Role(
        ("方正书宋_GBK", "方正书宋简体", "宋体", "SimSun"), ("Parkeval Song",), "Noto Serif CJK SC", "serif",
    ),
}  # fmt: skip
"""Role to families; a style sheet names them as `var(--title)` and so on."""

# Files of the system that may serve a character that no other font holds, and where systems keep fonts.
_SYSTEM_FONTS = frozenset(f"Noto{kind}CJK-{weight}" for kind in ("Sans", "Serif") for weight in ("Regular", "Bold"))
_SYSTEM_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")


def office_files(folder: Path | None) -> tuple[Path, ...]:
    """The font files in the office's folder, in the order of their names; none without a folder."""
    if folder is None or not folder.is_dir():
        return ()
    return tuple(sorted(path for path in folder.iterdir() if path.suffix.lower() in FONT_FILES))


def stacks(files: Sequence[Path]) -> dict[str, str]:
    """Role to the value of `font-family`; of the office's families only those that `files` hold are named."""
    present = {family for path in files for family in families_of(path)}
    found = {}
    for name, role in ROLES.items():
        named = [family for family in role.office if family in present]
        quoted = [f"'{family}'" for family in (*named, *role.own, role.system)]
        found[name] = ", ".join([*quoted, role.generic])
    return found


def families_of(path: Path) -> frozenset[str]:
    """All names, in every language, of the families in a font file; raises ValueError for a file that is not a font."""
    from fontTools.ttLib import TTCollection, TTFont, TTLibError

    collection = path.suffix.lower() in (".ttc", ".otc")
    try:
        with TTCollection(path, lazy=True) if collection else TTFont(path, lazy=True) as opened:
            fonts = list(opened.fonts) if collection else [opened]
            return frozenset(
                record.toUnicode() for font in fonts for record in font["name"].names if record.nameID in (1, 16)
            )
    except (TTLibError, KeyError, AssertionError) as error:
        raise ValueError(f"不是可用的字体文件（{error}）") from None


def font_configuration(files: Sequence[Path]) -> FontConfiguration:
    """A configuration that offers the fonts of the product, the office's `files`, and the system's Noto CJK."""
    from weasyprint.text.fonts import FontConfiguration

    with fontconfig(files):
        return FontConfiguration()


@contextmanager
def fontconfig(files: Sequence[Path]) -> Iterator[None]:
    """FONTCONFIG_FILE for the time in which fontconfig reads it; it has to be absolute."""
    before = os.environ.get("FONTCONFIG_FILE")
    descriptor, name = tempfile.mkstemp(suffix=".conf")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(_settings(files))
        os.environ["FONTCONFIG_FILE"] = name
        yield
    finally:
        if before is None:
            os.environ.pop("FONTCONFIG_FILE", None)
        else:
            os.environ["FONTCONFIG_FILE"] = before
        os.unlink(name)


def _settings(files: Sequence[Path]) -> str:
    named = [*(FONTS / name for name in _own_files()), *files, *system_files()]
    lines = [
        *(f"<dir>{escape(str(folder))}</dir>" for folder in dict.fromkeys(path.parent for path in named)),
        "<cachedir prefix='xdg'>fontconfig</cachedir>",
        "<selectfont><rejectfont><glob>*</glob></rejectfont><acceptfont>",
        *(f"<glob>{escape(str(path))}</glob>" for path in named),
        "</acceptfont></selectfont>",
    ]
    head = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">'
    return "\n".join([head, "<fontconfig>", *lines, "</fontconfig>\n"])


@cache
def system_files() -> tuple[Path, ...]:
    """The system's Noto CJK fonts, where it has them."""
    found = {
        Path(folder) / name
        for root in _SYSTEM_FOLDERS
        for folder, _, names in os.walk(os.path.expanduser(root))
        for name in names
        if name.partition(".")[0] in _SYSTEM_FONTS
    }
    return tuple(sorted(found))


def _own_files() -> list[str]:
    return sorted(path.name for path in FONTS.glob("*.ttf"))


@cache
def fonts_sha256(files: tuple[Path, ...]) -> str:
    """Digest of the content of all fonts that a report may be set in, except the system's."""
    digest = hashlib.sha256()
    for path in (*(FONTS / name for name in _own_files()), *files):
        with path.open("rb") as handle:
            digest.update(hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()
