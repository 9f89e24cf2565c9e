"""The bar on the terminal."""

from __future__ import annotations

import pytest

from parkeval.front import progress_bar


@pytest.mark.parametrize(
    ("done", "total", "bar"),
    [
        (0, 8, "[--------------------]"),
        (4, 8, "[##########----------]"),
        (8, 8, "[####################]"),
        (0, 0, "[####################]"),
    ],
)
def test_the_bar_is_as_full_as_the_work_is_done(done: int, total: int, bar: str) -> None:
    assert progress_bar(done, total) == bar
