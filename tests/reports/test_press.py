"""The press alone: the two parsers, punctuation, refused loads."""

from __future__ import annotations

from datetime import date

import pytest

from report_templates import press
from report_templates.letter_view import LetterContext, LetterView, letter_view
from report_templates.pages import letter_html
from report_templates.press import Press, Unprintable


def letter(name: str) -> LetterView:
    """A short letter to a park that has nothing to correct."""
    context = LetterContext(
        2025, "某州", "某州统计局", "某办法", "年报", date(2026, 7, 1), date(2026, 9, 1), "", "0.1", {}
    )
    filing = {"source_file": "甲.xlsx", "filed_on": date(2026, 4, 1)}
    return letter_view(context, "P1", name, filing, [])


@pytest.fixture(scope="module")
def printing() -> Press:
    return Press()


def test_both_parsers_give_the_same_bytes(printing: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    page = letter_html(letter("甲园区<b>&amp;"))
    fast = printing.print(page)
    monkeypatch.setattr(press, "_well_formed", lambda html: "<")
    assert printing.print(page) == fast


def test_a_page_that_is_not_well_formed_is_printed_all_the_same(printing: Press) -> None:
    page = '<!DOCTYPE html><html lang="zh"><head><title>x</title></head><body><p>甲<p>乙&nbsp;<b>丙</body></html>'
    assert printing.print(page).pages == 1


@pytest.mark.parametrize(
    "part",
    [
        '<img src="file:///etc/passwd" alt="x">',
        '<img src="http://127.0.0.1/x.png" alt="x">',
        '<link rel="stylesheet" href="file:///etc/passwd">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<p><a rel="attachment" href="file:///etc/passwd">x</a></p>',
        "<style>@font-face { font-family: x; src: url(file:///etc/passwd) } p { font-family: x }</style>",
    ],
)
def test_nothing_is_loaded_from_anywhere(printing: Press, part: str) -> None:
    page = f'<!DOCTYPE html><html lang="zh"><head><title>x</title></head><body><p>甲</p>{part}</body></html>'
    assert b"root:" not in printing.print(page).content


def test_each_box_is_named_with_page_and_neighbours(printing: Press) -> None:
    page = '<html lang="zh"><head><title>x</title></head><body><p>前文𓀀后文</p><p style="break-before: page">另一个\U0002a6d6字</p></body></html>'
    with pytest.raises(Unprintable) as raised:
        printing.print(page)
    assert ["第 1 页“前文𓀀后文”" in raised.value.problems[0], "U+13000" in raised.value.problems[0]] == [True, True]
