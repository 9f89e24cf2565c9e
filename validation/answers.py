"""What a clerk wrote beside the findings of a marked-up copy (sheet 审核意见), keyed by the finding it answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

ANSWER_FORM = "#findings"
"""The code in the sheet's hidden mark `form:#findings`; no form of a form set can have it."""

ANSWER_KEY = ("check_id", "item", "park_code", "year", "cell")
"""Hidden columns of the sheet that together name a finding."""

ANSWERS: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "check_id": pl.String(),
    "item": pl.String(),
    "park_code": pl.String(),
    "year": pl.Int32(),
    "cell": pl.String(),
    "explanation": pl.String(),
}

Answer = tuple[str, str | None, str | None, str | None, int | None, str | None, str]


def answers_in(source_file: str, rows: Sequence[Sequence[Any]], row: int, column: int) -> Iterator[Answer]:
    """The answered findings of a sheet whose mark stands at `row`, `column`: rows of `ANSWERS`.

    Columns are found by the codes in the row of the mark, a row of heads follows; lines without an explanation are passed over.
    """
    places = {str(value).strip(): at for at, value in enumerate(rows[row]) if at > column}
    if not {"explanation", *ANSWER_KEY} <= places.keys():
        return
    for cells in rows[row + 2 :]:
        check_id, item, park_code, year, cell = (_text(cells[places[code]]) for code in ANSWER_KEY)
        explanation = _text(cells[places["explanation"]])
        if check_id and explanation:
            known_year = int(year) if year and year.isdecimal() and len(year) == 4 else None
            yield source_file, check_id, item, park_code, known_year, cell, explanation


def _text(value: Any) -> str | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None if value is not None else None
