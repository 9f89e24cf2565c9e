"""A page of the product as Typst source with the looks of park.typ: the same text, tables, column widths and drawings.

Only what the park's report uses is known; anything else is refused, so that nothing is left out unseen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree.ElementTree import Element

from report_templates.stylesheet import default_colours

TEMPLATE = Path(__file__).with_name("park.typ")
_HTML, _SVG = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2000/svg}"
_RUNNING = ("running-head-left", "running-head-right", "running-foot")
_BELOW = {
    "sum": "fill: accent", "choice": "font: kai", "clause": "", "told": "size: 7pt", "more": "fill: black", "reason": "",
}  # fmt: skip


class Unknown(ValueError):
    """An element that the source has no words for."""


def source(page: str) -> str:
    """Typst source of one page."""
    import tinyhtml5

    root = tinyhtml5.parse(page)
    body = root.find(f"{_HTML}body")
    running = {name: next(it for it in body if it.get("class") == name) for name in _RUNNING}
    heads = ", ".join(f"[{_inline(running[name])}]" for name in _RUNNING)
    title = root.find(f"{_HTML}head/{_HTML}title").text
    blocks = "\n".join(_block(it) for it in body if it.get("class") not in _RUNNING)
    looks = re.sub(r"@(\w+)@", lambda found: default_colours()[found[1]], TEMPLATE.read_text(encoding="utf-8"))
    return f"{looks}\n#set document(title: {_text(title)}, date: datetime(year: 2026, month: 9, day: 1))\n#show: paper.with({heads})\n{blocks}\n"


def attached(names: Iterable[str], prefix: str) -> str:
    """Source that attaches files as PDF/A-3 has them; each stands beside the page under `prefix` and its name."""
    return "".join(
        f'#pdf.attach({_text(name)}, read({_text(prefix + name)}, encoding: none), relationship: "data",'
        f' mime-type: "{"application/json" if name.endswith("json") else "text/csv"}", description: {_text(name)})\n'
        for name in names
    )


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _name(element: Element) -> str:
    return str(element.tag).removeprefix(_HTML)


def _block(element: Element) -> str:
    name, kind = _name(element), element.get("class") or ""
    if name in ("h1", "h2", "h3"):
        return f"#{name}[{_inline(element)}]"
    if name == "p":
        maker = kind if kind in ("subject", "period", "signed") else "flat" if kind in ("plain", "title") else "para"
        return f"#{maker}[{_inline(element)}]"
    if name == "table":
        return _table(element, kind.split())
    if name == "figure":
        return "\n".join(_block(it) for it in element)
    if name == "figcaption":
        return f"#caption[{_inline(element)}]"
    if name == f"{_SVG}svg":
        return _drawing(element, "166mm")
    if name == "li":
        return f"#flat[{_inline(element)}]"
    if name in ("div", "section", "ol", "ul", "header", "footer"):
        if any((text or "").strip() for text in (element.text, *(it.tail for it in element))):
            return f"#flat[{_inline(element)}]"
        inside = "\n".join(_block(it) for it in element)
        if kind.startswith(("note-box", "proposal")):
            return f"#framed({'adverse' if 'favourable' not in kind else 'accent'})[{inside}]"
        return f"#remarks[{inside}]" if kind == "remarks" else inside
    raise Unknown(f"<{name} class={kind}>")


def _inline(element: Element) -> str:
    parts = [_words(element.text)]
    for child in element:
        parts += [_part(child), _words(child.tail)]
    return "".join(parts)


def _words(text: str | None) -> str:
    said = re.sub(r"[ \t\r\n]+", " ", text or "")
    return f"#{_text(said)}" if said.strip(" ") or said else ""


def _part(element: Element) -> str:
    name, kind = _name(element), element.get("class") or ""
    if name == "br":
        return "#linebreak()"
    if name == "sup":
        return f"#super[{_inline(element)}]"
    if name in ("strong", "b"):
        return f"#strong-part[{_inline(element)}]"
    if name in ("small",) or kind == "unit":
        return f"#small-part[{_inline(element)}]"
    if name == f"{_SVG}svg":
        return _drawing(element, "100%")
    if name == "span" and kind in _BELOW:
        return f"#below({_BELOW[kind]})[{_inline(element)}]"
    if name == "span" and kind == "adverse-word":
        return f"#adverse-word[{_inline(element)}]"
    if name == "span" and kind == "figure":
        return f"#figure-of[{_inline(element)}]"
    if name in ("span", "em", "i", "a"):
        return _inline(element)
    raise Unknown(f"<{name} class={kind}> in a line")


def _drawing(element: Element, width: str) -> str:
    from xml.etree import ElementTree

    words = element.findtext(f"{_SVG}title") or ""
    drawn = re.sub(r"ns\d:|:ns\d", "", ElementTree.tostring(element, encoding="unicode"))
    return f"#drawing({width}, {_text(words)}, {_text(drawn)})"


def _table(table: Element, kinds: list[str]) -> str:
    widths = [_millimetres(it) for it in table.iter(f"{_HTML}col")]
    rows = list(table.iter(f"{_HTML}tr"))
    columns = ", ".join(widths) or ", ".join("1fr" for _ in rows[0])
    heads = table.findall(f"{_HTML}thead/{_HTML}tr")
    head = ", ".join(_cell(it, "") for row in heads for it in row)
    cells = ",\n".join(_cell(it, row.get("class") or "") for row in rows if row not in heads for it in row)
    size = "8pt" if {"small", "dense"} & set(kinds) else "9pt" if "facts" in kinds else "8.5pt"
    return f"#sheet({size}, ({columns},), head: ({head}{',' if head else ''}),\n{cells})"


def _millimetres(column: Element) -> str:
    found = re.search(r"width:\s*([\d.]+)(mm|%)", column.get("style") or "")
    if found is None:
        raise Unknown("<col> without width")
    return f"{found[1]}fr"


def _cell(cell: Element, row: str) -> str:
    kind = (cell.get("class") or "").split()
    more = [f"{name}: {cell.get(name)}" for name in ("colspan", "rowspan") if cell.get(name)]
    if _name(cell) == "td":
        more += ["align: right + horizon"] if "n" in kind else ["align: center + horizon"] if "c" in kind else []
        more += ["fill: paler"] if row == "band" else ["fill: pale"] if row == "own" else []
    return f"{_name(cell)}({', '.join(more)})[{_inline(cell)}]"
