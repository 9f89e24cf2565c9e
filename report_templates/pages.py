"""View models to HTML: the sandboxed template environment of an office."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from report_templates.chapters import DOCUMENTS, TEMPLATES, chapters_of
from report_templates.columns import Held, fitted
from report_templates.formatting import chinese_date, chinese_numeral
from report_templates.office import Office
from report_templates.stylesheet import default_colours
from report_templates.typefaces import stacks

if TYPE_CHECKING:
    from report_templates.bulletin_view import BulletinView
    from report_templates.letter_view import LetterView
    from report_templates.park_view import ParkView


def environment(office: Office) -> ImmutableSandboxedEnvironment:
    """Templates of the office, then those of the product (as `product/NAME` also where the office replaces them).

    Every value is escaped in every template, a name that does not exist is an error.
    """
    product = FileSystemLoader(TEMPLATES)
    loaders: list[BaseLoader] = [FileSystemLoader(office.templates)] if office.templates is not None else []
    made = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([*loaders, PrefixLoader({"product": product}), product]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["numeral"] = chinese_numeral
    made.filters["chinese_date"] = chinese_date
    made.filters["worded"] = office.word
    made.globals["colours"] = {**default_colours(), **office.settings.colours}
    made.globals["families"] = stacks(office.font_files)
    # Plain data and functions only: whatever a template is given, it can call.
    made.globals["red_head"] = {head.document: head.model_dump() for head in office.settings.red_head}
    made.globals["signature_settings"] = office.settings.signature.model_dump()
    made.globals["office_name"] = office.settings.name
    made.globals["logo"] = office.logo
    made.globals["in_order"] = office.chapters
    made.globals["held"] = Held
    made.globals["fitted"] = fitted
    return made


@cache
def product_templates() -> frozenset[str]:
    """Names of the product's templates."""
    return frozenset(path.name for path in TEMPLATES.glob("*.j2"))


@cache
def headings() -> frozenset[str]:
    """Every heading that an office may word anew: the texts to which a template applies the filter `worded`, and the chapters."""
    from jinja2 import nodes

    plain = environment(Office())
    parsed = (plain.parse((TEMPLATES / name).read_text(encoding="utf-8")) for name in sorted(product_templates()))
    worded = {
        use.node.value
        for tree in parsed
        for use in tree.find_all(nodes.Filter)
        if use.name == "worded" and isinstance(use.node, nodes.Const)
    }
    return frozenset(worded.union(*map(chapters_of, DOCUMENTS)))


class Pages:
    """The pages of one office; templates are compiled once."""

    def __init__(self, office: Office) -> None:
        self._environment = environment(office)

    def html(self, template: str, view: Any, **more: Any) -> str:
        """One document without external references: the template of that name filled with a view model, and what is named besides."""
        return self._environment.get_template(template).render(view=view, imprint=view.imprint, **more)


@cache
def plain_pages() -> Pages:
    """The pages as the product has them."""
    return Pages(Office())


def park_html(view: ParkView) -> str:
    """The park report in the product's looks."""
    return plain_pages().html("park.html.j2", view)


def bulletin_html(view: BulletinView) -> str:
    """The bulletin in the product's looks."""
    return plain_pages().html("bulletin.html.j2", view)


def letter_html(view: LetterView) -> str:
    """The letter on a park's findings in the product's looks."""
    return plain_pages().html("letter.html.j2", view)
