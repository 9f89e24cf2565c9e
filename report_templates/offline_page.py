"""The offline page (园区评价结果.html): a document that opens by double click, runs only its own script and loads nothing."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from report_templates.page_view import PageView
from report_templates.pages import plain_pages
from report_templates.park_view import ParkView

_HERE = Path(__file__).resolve().parent
STYLE = _HERE / "styles" / "page.css"
SCRIPT = _HERE / "scripts" / "page.js"
# Before anything is drawn, so that what the script shows one at a time does not flash by.
_FIRST = 'document.documentElement.className = "js";'
# Left as they are, `<` could end the element and the others are no XML or no JavaScript.
_ESCAPED = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def page_files(view: PageView, park: Callable[[str], ParkView | None]) -> Iterator[tuple[str, str]]:
    """Name and content of every file of the page, the one to open first; well-formed as XML as well as HTML.

    `park` gives the view model of a park code, asked for file by file; null for a park without one.

    A content security policy allows this style and these scripts by their digests and nothing else: no other script runs, nothing
    is loaded, sent or framed, whatever a name contains.
    """
    style = f"\n{STYLE.read_text(encoding='utf-8')}"
    script = f"//<![CDATA[\n{SCRIPT.read_text(encoding='utf-8')}//]]>"
    filled = plain_pages().html
    for volume in view.volumes:
        yield (
            volume.name,
            filled(
                "page.html.j2",
                view,
                volume=volume,
                profiles=[(profile, park(profile.key)) for profile in volume.profiles],
                first=view.volumes[0],
                style=Markup(style),
                first_script=Markup(_FIRST),
                script=Markup(script),
                policy=content_policy([style], [_FIRST, script]),
                data=Markup(as_json(view.data)) if volume.overview else "",
            ),
        )


def content_policy(styles: list[str], scripts: list[str]) -> str:
    """A content security policy that allows exactly these inline styles and scripts."""
    return (
        f"default-src 'none'; style-src {_sources(styles)}; script-src {_sources(scripts)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _sources(texts: list[str]) -> str:
    return " ".join(f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts)


def as_json(data: Mapping[str, Any]) -> str:
    """JSON that can stand in a `script` element: no character in it ends the element or begins a tag."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPED)
