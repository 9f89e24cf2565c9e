"""The chapters of the papers, as an office may order them or leave them out.

A template names its chapters in `{% set chapters = {"各方面得分": dimensions, …} %}` (and its annexes in `annexes`) and calls
them in the order that `in_order` gives. The names are read from the templates, so that a wrong one in the settings is told.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, nodes

TEMPLATES = Path(__file__).resolve().parent / "templates"
DOCUMENTS = {
    "园区绩效评价报告": "park.html.j2",
    "产业园区绩效评价通报": "bulletin.html.j2",
    "评价办法说明": "method.html.j2",
    "领导参阅": "leaders.html.j2",
}
"""Title of a paper with chapters to its template. Letters, notices and certificates have one order, that of official papers."""
_NAMED = frozenset({"chapters", "annexes"})


@cache
def chapters_of(document: str) -> tuple[str, ...]:
    """The names of the chapters and annexes of the paper with that title, in the product's order; none for other papers."""
    template = DOCUMENTS.get(document)
    if template is None:
        return ()
    tree = Environment(autoescape=True).parse((TEMPLATES / template).read_text(encoding="utf-8"))
    found = [
        pair.key.value
        for assigned in tree.find_all(nodes.Assign)
        if isinstance(assigned.target, nodes.Name) and assigned.target.name in _NAMED
        for listed in _dictionaries(assigned.node)
        for pair in listed.items
        if isinstance(pair.key, nodes.Const)
    ]
    return tuple(dict.fromkeys(found))


def _dictionaries(node: nodes.Node) -> list[nodes.Dict]:
    return [node] if isinstance(node, nodes.Dict) else list(node.find_all(nodes.Dict))
