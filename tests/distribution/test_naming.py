"""Names of what leaves: safe on every system, stable, and never two alike."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkeval.distribution.naming import clean_file, clean_name, distinct, long_path


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("翠谷产业集聚区（虚构）", "翠谷产业集聚区(虚构)"),
        ("甲／乙", "甲_乙"),
        ("..／..／x", "x"),
        ("a:b*c?", "a_b_c"),
        ("CON", "_CON"),
        ("lpt1.表", "_lpt1.表"),
        ("甲\u202e乙\x00丙\n丁", "甲_乙_丙_丁"),
        ("", "_"),
        ("ＡＢ　Ｃ", "AB_C"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert clean_name(text) == name


@given(st.text(max_size=300))
def test_any_text_gives_a_name_that_every_system_takes(text: str) -> None:
    name = clean_name(text)
    assert 0 < len(name.encode()) <= 160
    assert not set(name) & set('/\\:*?"<>|\n\r\t\0')
    assert not name.startswith((".", " ")) and not name.endswith((".", " "))
    assert clean_name(name) == name
    assert all(unicodedata.category(char)[0] != "C" for char in name)


def test_paths_that_windows_may_not_open_are_told() -> None:
    assert long_path("甲" * 50, ["乙" * 50 + ".pdf", "丙.pdf"]) is None
    assert long_path("a" * 100, ["b" * 80 + ".pdf", "c.pdf"]) == "a" * 100 + "/" + "b" * 80 + ".pdf"
    assert long_path("𬭊" * 60, ["𬭊" * 40]) is not None  # two units each in UTF-16
    assert long_path("甲", []) is None


def test_endings_stay() -> None:
    assert clean_file("甲／乙（一）.PDF") == "甲_乙(一).pdf"
    assert clean_file("无后缀") == "无后缀"


@given(st.lists(st.sampled_from(["甲.pdf", "乙.pdf", "A.pdf", "a.pdf", "甲-2.pdf"]), max_size=12))
def test_no_two_names_are_alike(names: list[str]) -> None:
    given_names = distinct(names)
    assert len({name.casefold() for name in given_names}) == len(names)
    assert given_names == distinct(names)
