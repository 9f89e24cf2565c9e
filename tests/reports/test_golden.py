"""Golden text of one park report and of the bulletin: a guard against unmeant changes, no proof of right figures.

After a meant change, write the text anew: PARKEVAL_WRITE_GOLDEN=1 pytest tests/reports/test_golden.py, and read the diff.
"""

from __future__ import annotations

import html
import os
import re
from pathlib import Path

import pytest

from report_templates.bulletin_view import bulletin_view
from report_templates.pages import bulletin_html, park_html
from report_templates.park_view import park_view
from report_templates.published import Published

GOLDEN = Path(__file__).parent / "golden"


def text_of(document: str) -> str:
    """The text of an HTML page, a line for each block, row or cell; drawings keep their texts."""
    body = document[document.index("<body") :].partition(">")[2]
    lines = (html.unescape(line).strip() for line in re.sub(r"<[^>]+>", "\n", body).splitlines())
    return "\n".join(line for line in lines if line) + "\n"


@pytest.mark.parametrize("name", ["park", "bulletin"])
def test_the_text_has_not_changed(results: Published, name: str) -> None:
    page = park_html(park_view(results, "YN5328-09")) if name == "park" else bulletin_html(bulletin_view(results))
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("PARKEVAL_WRITE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text_of(page), encoding="utf-8")
    assert text_of(page) == path.read_text(encoding="utf-8")
