"""Builds the fonts of this folder from freely licensed originals; run by a developer, never by the product.

    python report_templates/fonts/build_fonts.py ORIGINALS

ORIGINALS is a folder with the files named in `FONTS`. They come from the npm packages @expo-google-fonts/noto-serif-sc and
@expo-google-fonts/noto-sans-sc, Debian's fonts-lxgw-wenkai (1.250) and texlive-lang-chinese (FandolFang 1.300); `LICENCES.md`
says so for users. Each font is cut down to the characters of `characters.txt` plus what `symbols` adds, a fixed set: the
bytes of a report must not depend on the other reports of its batch. Families are renamed, since some of the licences
reserve the original names. Squeezing of adjacent full-width punctuation (`chws`) is added where the original lacks it.
The same originals give the same bytes.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path

import uharfbuzz
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

HERE = Path(__file__).resolve().parent
CHARACTERS = HERE / "characters.txt"
# Where ink stands in the left or the right half of a full-width cell: what may be squeezed, GB/T 15834 and CLREQ.
CLOSING = "」』）】》〉〕”’、。，．：；"
OPENING = "「『（【《〈〔“‘"
# Those of Noto Serif SC, in thousandths of an em.
ASCENT, DESCENT = 1151, -286
# 1970-01-01 counted from 1904, as the head table does: no date of today in the files.
EPOCH = 2082844800


@dataclass(frozen=True)
class Source:
    """One font to build: file of the original, family and style of the result, its weight, and whose work it is."""

    original: str
    family: str
    style: str
    weight: int
    copyright: str
    licence: str
    without: range = range(0)
    """Characters that are left to the next family of the role."""


OFL = "SIL Open Font License 1.1, https://openfontlicense.org"
ADOBE = "Copyright 2014-2024 Adobe (http://www.adobe.com/). Modified: cut down and renamed."
FONTS = (
    Source("NotoSerifSC_400Regular.ttf", "Parkeval Song", "Regular", 400, ADOBE, OFL),
    Source("NotoSerifSC_700Bold.ttf", "Parkeval Song", "Bold", 700, ADOBE, OFL),
    Source("NotoSansSC_400Regular.ttf", "Parkeval Hei", "Regular", 400, ADOBE, OFL),
    Source("NotoSansSC_700Bold.ttf", "Parkeval Hei", "Bold", 700, ADOBE, OFL),
    Source(
        "LXGWWenKai-Regular.ttf",
        "Parkeval Kai",
        "Regular",
        400,
        "Copyright 2021-2023 lxgw; Copyright 2020 The Klee Project Authors. Modified: cut down and renamed.",
        OFL,
    ),
    Source(
        "FandolFang-Regular.otf",
        "Parkeval Fang",
        "Regular",
        400,
        "Copyright 2012-2013 the Fandol team. Modified: quadratic outlines, cut down and renamed.",
        "GNU General Public License 3 or later with font exception, extended to this version",
        # Its Latin letters and figures are set on half squares; 宋 figures read better and match the tables.
        range(0x21, 0x7F),
    ),
)


def symbols() -> set[int]:
    """Characters beside the Chinese ones: Latin-1, all of GB 2312, and signs that tables and formulas use."""
    found = set(range(0x20, 0x7F)) | set(range(0xA0, 0x100))
    for lead in range(0xA1, 0xF8):
        for trail in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes((lead, trail)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found | {
        ord(sign)
        for sign in "–—‒−㎡㎥㎞㎜㎝㎏㎎㏄㏎㏕℃‰①②③④⑤⑥⑦⑧⑨⑩●○■□▲△▼▽◆◇★☆√≤≥≠≈∞→←↑↓⺮〇々€•‧·⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ"
    }


def characters() -> set[int]:
    """The whole fixed set."""
    lines = CHARACTERS.read_text(encoding="utf-8").splitlines()
    return symbols() | {ord(sign) for line in lines if not line.startswith("#") for sign in line}


def build(source: Source, originals: Path) -> bytes:
    """The bytes of one font."""
    font = TTFont(originals / source.original)
    if "CFF " in font:
        _to_quadratic(font)
    aside = io.BytesIO()
    font.save(aside)
    wanted = characters() - set(source.without)
    cut = TTFont(io.BytesIO(_cut_down(aside.getvalue(), wanted)), recalcTimestamp=False)
    _squeeze(cut)
    _rename(cut, source)
    _level(cut)
    cut["head"].created = cut["head"].modified = EPOCH
    made = io.BytesIO()
    cut.save(made)
    return made.getvalue()


def _cut_down(content: bytes, signs: set[int]) -> bytes:
    wanted = uharfbuzz.SubsetInput()
    wanted.unicode_set.update(signs)
    wanted.flags = uharfbuzz.SubsetFlags.NO_HINTING | uharfbuzz.SubsetFlags.DESUBROUTINIZE
    tags = wanted.sets(uharfbuzz.SubsetInputSets.LAYOUT_FEATURE_TAG)
    tags.clear()
    tags.update(map(_tag, ("chws", "halt", "palt", "kern")))
    dropped = wanted.sets(uharfbuzz.SubsetInputSets.DROP_TABLE_TAG)
    dropped.update(map(_tag, ("vhea", "vmtx", "VORG", "BASE", "GSUB", "DSIG", "gasp", "STAT", "meta")))
    face = uharfbuzz.Face(content)
    return bytes(uharfbuzz.subset(face, wanted).blob.data)


def _tag(name: str) -> int:
    return int.from_bytes(name.encode("ascii"), "big")


def _to_quadratic(font: TTFont) -> None:
    """Cubic outlines to quadratic ones, at most one unit of a thousand off: one outline format for all fonts."""
    glyph_set, order = font.getGlyphSet(), font.getGlyphOrder()
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(glyph_set)
        glyph_set[name].draw(Cu2QuPen(pen, 1.0, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"] = newTable("loca")
    font["glyf"] = glyf = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, glyphs
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    for name in [
        "maxZones",
        "maxTwilightPoints",
        "maxStorage",
        "maxFunctionDefs",
        "maxInstructionDefs",
        "maxStackElements",
        "maxSizeOfInstructions",
    ]:
        setattr(maxp, name, 0)
    maxp.maxZones, maxp.maxComponentElements, maxp.maxComponentDepth = 1, 0, 0
    font["post"].formatType = 3.0
    font["head"].glyphDataFormat = 0
    for table in ("CFF ", "VORG"):
        del font[table]
    font.sfntVersion = "\x00\x01\x00\x00"


def _squeeze(font: TTFont) -> None:
    """Add `chws`: of two adjacent full-width punctuation marks, the blank half between them goes."""
    if "GPOS" in font and any(it.FeatureTag == "chws" for it in font["GPOS"].table.FeatureList.FeatureRecord):
        return
    cmap, widths = font.getBestCmap(), font["hmtx"]
    em = font["head"].unitsPerEm

    def full(signs: str) -> str:
        return " ".join(cmap[ord(s)] for s in signs if ord(s) in cmap and widths[cmap[ord(s)]][0] == em)

    closing, opening, half = full(CLOSING), full(OPENING), em // 2
    rules = f"""
        languagesystem DFLT dflt; languagesystem hani dflt; languagesystem latn dflt;
        @closing = [{closing}]; @opening = [{opening}];
        feature chws {{
            pos @closing' <0 0 -{half} 0> [@closing @opening];
            pos @opening @opening' <-{half} 0 -{half} 0>;
        }} chws;
    """
    addOpenTypeFeaturesFromString(font, rules, tables=["GPOS"])


def _level(font: TTFont) -> None:
    """One ascent and one descent for all fonts: a line that mixes them is not higher than the others."""
    head, os2 = font["hhea"], font["OS/2"]
    if abs(head.ascent - ASCENT) > 10:
        head.ascent, head.descent, head.lineGap = ASCENT, DESCENT, 0
        os2.usWinAscent, os2.usWinDescent = ASCENT, -DESCENT


def _rename(font: TTFont, source: Source) -> None:
    postscript = f"{source.family}-{source.style}".replace(" ", "")
    table = font["name"] = newTable("name")
    table.names = []
    entries = {
        0: source.copyright,
        1: source.family,
        2: source.style,
        3: f"{postscript};1.0",
        4: f"{source.family} {source.style}",
        5: "Version 1.0",
        6: postscript,
        13: source.licence,
    }
    for number, text in entries.items():
        table.setName(text, number, 3, 1, 0x409)
    bold = source.weight >= 700
    os2 = font["OS/2"]
    os2.usWeightClass = source.weight
    os2.fsSelection = 0x20 if bold else 0x40
    os2.fsType = 0
    font["head"].macStyle = 1 if bold else 0


def main(arguments: list[str]) -> int:
    """Build all fonts from the folder named."""
    (originals,) = map(Path, arguments)
    for source in FONTS:
        target = HERE / f"{source.family}-{source.style}.ttf".replace(" ", "")
        target.write_bytes(build(source, originals))
        print(f"{target.name}  {target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
