"""Files of any format from tables drawn as text, for the tests of the readers."""

import csv
import io
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import xlsxwriter

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def drawn(table: str) -> list[list[str]]:
    """The cells of a table drawn with | between them."""
    return [[cell.strip() for cell in line.split("|")] for line in table.strip("\n").splitlines()]


def write_file(path: Path, case: dict) -> None:
    """Write the table or sheets of `case` in the format of the ending of `path`."""
    sheets = {name: drawn(table) for name, table in case.get("sheets", {"表": case.get("table", "")}).items()}
    first = next(iter(sheets.values()))
    if path.suffix == ".csv":
        path.write_bytes(_csv(first, case))
    elif path.suffix == ".parquet":
        _parquet(path, first)
    else:
        write_xlsx(path, sheets, case.get("hidden", ()))


def _csv(rows: list[list[str]], case: dict) -> bytes:
    separator = case.get("separator", ",")
    if case.get("quote", True):
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=separator).writerows(rows)
        text = buffer.getvalue()
    else:
        text = "".join(separator.join(row) + "\r\n" for row in rows)
    return text.encode(case.get("encoding", "utf-8"))


def _parquet(path: Path, rows: list[list[str]]) -> None:
    columns = {}
    for at, name in enumerate(rows[0]):
        cells = [row[at] for row in rows[1:]]
        if all(cell.startswith("@") for cell in cells):
            columns[name] = [date.fromisoformat(cell[1:]) for cell in cells]
        elif all(_NUMBER.fullmatch(cell) for cell in cells):
            columns[name] = [Decimal(cell) for cell in cells]
        else:
            columns[name] = [cell or None for cell in cells]
    pl.DataFrame(columns).write_parquet(path)


def write_xlsx(path: Path, sheets: dict[str, list[list[str]]], hidden: tuple[str, ...] = ()) -> None:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    formats = {"%": book.add_format({"num_format": "0.0%"}), "@": book.add_format({"num_format": "yyyy-mm-dd"})}
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        for rectangle, text in _merged(rows):
            sheet.merge_range(*rectangle, "")
            _write(sheet, rectangle[0], rectangle[1], text, formats)
        covered = {
            (row, column)
            for (top, left, bottom, right), _ in _merged(rows)
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        }
        for row, cells in enumerate(rows):
            for column, text in enumerate(cells):
                if text and (row, column) not in covered:
                    _write(sheet, row, column, text, formats)
    book.close()


def _merged(rows: list[list[str]]) -> list[tuple[tuple[int, int, int, int], str]]:
    found = []
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            if text in ("<", "^", ""):
                continue
            right = column
            while right + 1 < len(cells) and cells[right + 1] == "<":
                right += 1
            bottom = row
            while bottom + 1 < len(rows) and column < len(rows[bottom + 1]) and rows[bottom + 1][column] == "^":
                bottom += 1
            if (bottom, right) != (row, column):
                found.append(((row, column, bottom, right), text))
    return found


def _write(sheet, row: int, column: int, text: str, formats: dict) -> None:
    if text.startswith("="):
        formula, _, result = text.partition("→")
        value = float(result) if _NUMBER.fullmatch(result) else result
        sheet.write_formula(row, column, formula, None, value)
    elif text.startswith("#"):
        sheet.write_formula(row, column, "=1/0", None, text)
    elif text.startswith("%"):
        sheet.write_number(row, column, float(text[1:]), formats["%"])
    elif text.startswith("@"):
        sheet.write_datetime(row, column, date.fromisoformat(text[1:]), formats["@"])
    elif _NUMBER.fullmatch(text):
        sheet.write_number(row, column, float(text))
    else:
        sheet.write_string(row, column, text.removeprefix("'"))
