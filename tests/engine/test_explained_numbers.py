"""Every number on a park's report is reached by `explain`: the sample data's reports are walked number by number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

import pytest

from parkeval.explain import explain
from parkeval.store import Tables
from report_templates.explanation import Step, said_once
from report_templates.park_view import park_view
from report_templates.published import published as published_rows

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
DRAWN = {"Strip", "Profile", "Bullet", "History", "Trend", "Track", "Interval", "Imprint", "Method"}
"""Geometry of charts, head and foot of the page, and the definitions, which are `schemes show`."""
CALCULATED_IN_WORDS = {"facts", "objection"}


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a view model with the path to it."""
    if isinstance(value, str):
        yield path, value
    elif is_dataclass(value) and not isinstance(value, type):
        if type(value).__name__ not in DRAWN:
            for field in fields(value):
                if field.name not in CALCULATED_IN_WORDS:
                    yield from texts(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, tuple | list):
        for place, item in enumerate(value):
            yield from texts(item, f"{path}[{place}]")


def numbers(text: str) -> Iterator[Decimal]:
    return (Decimal(found.replace(",", "")) for found in NUMBER.findall(text))


def explained(step: Step) -> list[Decimal]:
    return [number for line in step.flat() for number in numbers(line.text)]


def reaches(known: list[Decimal], wanted: Decimal) -> bool:
    """Whether a known figure rounds to the printed one (half a unit of its last place)."""
    exponent = wanted.as_tuple().exponent
    assert isinstance(exponent, int)
    half = Decimal(5).scaleb(exponent - 1)
    return any(abs(number - wanted) <= half for number in known)


@pytest.mark.parametrize("year", [2022, 2025])
def test_every_number_of_every_report_is_explained(published: Tables, year: int) -> None:
    (scheme,) = set(published["runs"]["scheme"])
    results = published_rows(published, scheme, year)
    walked, missing = 0, []
    for park in results.rows("parks"):
        view = park_view(results, park["park_code"])
        known = explained(explain(published, scheme, year, park["park_code"], full=True))
        for path, text in texts(view):
            for wanted in numbers(text):
                walked += 1
                if not reaches(known, wanted):
                    missing.append((park["park_code"], path, text, wanted))
    assert missing == []
    assert walked > 2000


def test_a_statement_is_made_once_and_referred_to(published: Tables) -> None:
    lines = list(explain(published, "xishuangbanna-2023", 2025, "YN5328-05", full=True).lines())
    cell = "营业收入（revenue_10k_cny）2025 年：151847.41 万元"
    told = [line.strip() for line in lines if cell in line]
    assert sum("单元格 D7" in line for line in told) == 1
    mark = re.match(r"〔(\d+)〕", told[0])
    assert mark and all(line == f"{cell}，见〔{mark[1]}〕" for line in told[1:]) and len(told) > 2


def test_references_follow_the_statement() -> None:
    figure = Step("甲 3", (Step("出处"),), key="甲", brief="甲")
    step = said_once(Step("和", (figure, Step("乙", (figure,)), Step("丙", key="丙"))))
    assert list(step.lines()) == ["和", "  〔1〕甲 3", "    出处", "  乙", "    甲，见〔1〕", "  丙"]
    assert said_once(step) == step


def test_neighbours_in_the_ranking(published: Tables) -> None:
    lines = "\n".join(explain(published, "xishuangbanna-2023", 2025, "YN5328-02").lines())
    ranking = published["ranking"].rows(named=True)
    score = {row["park_code"]: row["score"] for row in ranking if row["year"] == 2025 and row["group"] == "省级"}
    above, below = score["YN5328-04"] - score["YN5328-02"], score["YN5328-02"] - score["YN5328-11"]
    assert f"前一位：澜东产业园区（虚构） {score['YN5328-04']:.2f} 分，高 {above:.2f} 分" in lines
    assert f"后一位：南屏产业园区（虚构） {score['YN5328-11']:.2f} 分，低 {below:.2f} 分" in lines
