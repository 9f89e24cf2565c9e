"""View models to HTML: the sandboxed template environment."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from report_templates.formatting import chinese_numeral

if TYPE_CHECKING:
    from report_templates.bulletin_view import BulletinView
    from report_templates.letter_view import LetterView
    from report_templates.park_view import ParkView

TEMPLATES = Path(__file__).resolve().parent / "templates"


@cache
def environment() -> ImmutableSandboxedEnvironment:
    """Templates of this package; every value is escaped in every template, a name that does not exist is an error."""
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["numeral"] = chinese_numeral
    return made


def park_html(view: ParkView) -> str:
    """The park report as one HTML document without external references."""
    return environment().get_template("park.html.j2").render(view=view, imprint=view.imprint)


def bulletin_html(view: BulletinView) -> str:
    """The bulletin as one HTML document without external references."""
    return environment().get_template("bulletin.html.j2").render(view=view, imprint=view.imprint)


def letter_html(view: LetterView) -> str:
    """The letter on a park's findings as one HTML document without external references."""
    return environment().get_template("letter.html.j2").render(view=view, imprint=view.imprint)
