"""The style sheet of the pages, with roles of typefaces and colours filled in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

STYLES = Path(__file__).resolve().parent / "styles"
SHEET = STYLES / "print.css"
_VARIABLE = re.compile(r"var\(--([a-z_]+)\)")


@cache
def default_colours() -> Mapping[str, str]:
    """Name to colour as the product has them, from `styles/colours.toml`."""
    colours: dict[str, str] = tomllib.loads((STYLES / "colours.toml").read_text(encoding="utf-8"))
    return colours


def style_sheet(families: Mapping[str, str], colours: Mapping[str, str], added: str = "") -> str:
    """The style sheet with `var(--name)` replaced by families and colours; `added` comes last and so wins.

    Raises KeyError for a name that is neither a role nor a colour.
    """
    values = {**families, **colours}
    text = SHEET.read_text(encoding="utf-8") + added
    return _VARIABLE.sub(lambda match: values[match[1]], text)
