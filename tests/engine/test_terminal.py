"""Tables for the terminal: never wider than it, and nothing of a cell lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from parkeval.printing import width
from parkeval.terminal import fitted_table, wrapped

WORDS = st.text(alphabet="园区位次得分、，。（）“”ab 12.%", max_size=80)


@settings(max_examples=60, derandomize=True)
@given(WORDS, st.integers(4, 40))
def test_wrapping_loses_nothing_and_stays_within(text: str, size: int) -> None:
    lines = wrapped(text, size)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width(line) <= size for line in lines)


@settings(max_examples=60, derandomize=True)
@given(st.lists(st.lists(WORDS, min_size=5, max_size=5), min_size=1, max_size=4), st.integers(60, 120))
def test_a_table_is_no_wider_than_the_terminal(rows: list[list[str]], columns: int) -> None:
    said = fitted_table(["园区", "位次", "总分", "变化", "建议"], rows, columns)
    assert all(width(line) <= columns for line in said.splitlines())


def test_what_cannot_stand_side_by_side_stands_under_each_other() -> None:
    names = ["园区", *(f"第 {place} 项评价指标的得分" for place in range(1, 8))]
    said = fitted_table(names, [["甲", *"1234567"]], 60)
    assert said.splitlines()[:3] == ["甲", "  第 1 项评价指标的得分：1", "  第 2 项评价指标的得分：2"]


def test_a_table_that_fits_stays_as_it_is() -> None:
    assert fitted_table(["园区", "位次"], [["甲", "1"]], 60) == "园区  位次\n----  ----\n甲    1\n"
