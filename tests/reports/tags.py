"""What is wrong with the tags of a PDF, after the clauses of PDF/UA-1 (ISO 14289-1) that a program can check.

veraPDF's library, which is no part of the set-up, found the same when this was written; what it had found is asked here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pikepdf

# Which elements may stand in which (ISO 32000-1, 14.8.4).
INSIDE = {
    "/Table": {"/TR", "/THead", "/TBody", "/TFoot", "/Caption"},
    "/THead": {"/TR"},
    "/TBody": {"/TR"},
    "/TFoot": {"/TR"},
    "/TR": {"/TH", "/TD"},
    "/L": {"/LI", "/L", "/Caption"},
    "/LI": {"/Lbl", "/LBody"},
}


def faults(path: Path) -> list[str]:
    """Every fault with its clause; an empty list for a sound file."""
    with pikepdf.open(path) as document:
        found = [*_of_document(document)]
        levels: list[int] = []
        for element, parent in _elements(document.Root.StructTreeRoot, None):
            found += _of_element(element, parent)
            kind = str(element.S)
            if len(kind) == 3 and kind[1] == "H" and kind[2].isdecimal():
                levels.append(int(kind[2]))
        found += [
            f"7.4.2 H{after} follows H{before}"
            for before, after in zip([0, *levels], levels, strict=False)
            if after > before + 1
        ]
    return found


def _of_document(document: pikepdf.Pdf) -> Iterator[str]:
    root = document.Root
    if not root.MarkInfo.Marked or not root.ViewerPreferences.DisplayDocTitle:
        yield "6.2, 7.1 the catalogue does not say that the document is tagged and shows its title"
    if not str(root.Lang):
        yield "7.2 no language"
    if (
        root.OutputIntents[0].S != "/GTS_PDFA1"
        or root.OutputIntents[0].DestOutputProfile.read_bytes()[36:40] != b"acsp"
    ):
        yield "PDF/A 6.2.3 no colour profile"
    for spec in root.get("/AF", []):
        if spec.AFRelationship not in ("/Data", "/Source", "/Supplement") or "/UF" not in spec or "/Desc" not in spec:
            yield f"PDF/A-3 6.8 {spec.get('/F')}: relationship, name or description of an attachment"
    for item in document.objects:
        if (
            isinstance(item, pikepdf.Dictionary)
            and item.get("/Type") == "/Font"
            and "/ToUnicode" not in item
            and "/DescendantFonts" in item
        ):
            yield f"7.21.7 {item.BaseFont} has no ToUnicode"


def _elements(
    node: pikepdf.Object, parent: pikepdf.Object | None
) -> Iterator[tuple[pikepdf.Object, pikepdf.Object | None]]:
    """Every structure element with its parent, in reading order."""
    if isinstance(node, pikepdf.Array):
        for kid in node:
            yield from _elements(kid, parent)
    elif isinstance(node, pikepdf.Dictionary) and node.get("/Type") == "/StructTreeRoot":
        yield from _elements(node.K, None)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield node, parent
        yield from _elements(node.get("/K", pikepdf.Array()), node)


def _of_element(element: pikepdf.Object, parent: pikepdf.Object | None) -> Iterator[str]:
    kind, above = str(element.S), "" if parent is None else str(parent.S)
    if above in INSIDE and kind not in INSIDE[above]:
        yield f"7.2 {kind} in {above}"
    if kind == "/Figure" and not str(element.get("/Alt", "")).strip():
        yield "7.3 a figure without words"
    if kind == "/TD" and not element.A.get("/Headers") and _has_heads(element):
        yield "7.5 a cell of a table with heads names none"


def _has_heads(cell: pikepdf.Object) -> bool:
    table = cell.P.P.P
    return any(str(part.S) == "/THead" for part in table.K)
