"""A list found in a file of ledgers, before it becomes a part of the records: what it is, what was told beside it, whether it is complete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import polars as pl

from validation.findings import VERIFY, Finding
from validation.forms import Column
from validation.ledgers.definition import MONTH, YEAR, Ledger
from validation.ledgers.records import Stored
from validation.list_heads import Hints, hints_in
from validation.marks import YES_NO
from validation.problems import Problem


@dataclass(frozen=True)
class Told:
    """What was said on the command line of files that have no column for it: the year and the month of their rows.

    By the name of the file, or of a folder it stands in; "" stands for all others.
    """

    years: Mapping[str, int] = field(default_factory=dict)
    months: Mapping[str, int] = field(default_factory=dict)

    def of(self, source: str) -> dict[str, int]:
        """Code of the column and value, for the file `source`."""
        said = {YEAR: _for(self.years, source), MONTH: _for(self.months, source)}
        return {code: value for code, value in said.items() if value is not None}


NOTHING_TOLD = Told()


def _for(by_name: Mapping[str, int], source: str) -> int | None:
    path = PurePosixPath(source)
    names = [source, path.name, *(str(folder) for folder in path.parents), *(folder.name for folder in path.parents)]
    return next((by_name[name] for name in (*names, "") if name in by_name), None)


@dataclass(frozen=True)
class FoundList:
    """A list as Parquet at `path` (a URI where only Spark reaches it): its ledger, its columns by code, where its heads stand in words, what
    beside it names years and months; `schema` as in records.Part."""

    ledger: Ledger
    path: Path | str
    columns: Mapping[str, Stored]
    place: str
    hints: Hints
    findings: Sequence[Finding] = ()
    schema: str = ""


def constants(ledger: Ledger, columns: Sequence[str], told: Mapping[str, int]) -> dict[str, int]:
    """The columns of `ledger` that the list lacks and that were told beside it, with their value."""
    known = {column.code for column in ledger.columns}
    return {code: value for code, value in told.items() if code in known and code not in columns}


def lacking(found: FoundList) -> Iterator[Problem]:
    """What a list lacks: a column everything rests on, or the month its title speaks of."""
    ledger = found.ledger
    for column in ledger.columns:
        if column.code not in found.columns and (column.required or column.code in ledger.keys):
            yield _lacks(found, column)
    if ledger.closing_month is None or MONTH in found.columns:
        return
    closing = int(ledger.closing_month.value)
    others = [month for month in found.hints.months if month != closing]
    if others and closing not in found.hints.months:
        said = "、".join(f"{month} 月" for month in others)
        yield Problem(
            found.place, f"标题或文件名写有 {said}，没有“月份”列，不知道是哪几个月的数", "月份列；没有月份列的为全年数", f"补“月份”列，或加 --ledger-month {others[-1]}"
        )  # fmt: skip


def _lacks(found: FoundList, column: Column) -> Problem:
    told = f"没有“{column.label}”列（按列名认作{found.ledger.title}）"
    cure = "补上这一列"
    if column.code == YEAR:
        years = "、".join(str(year) for year in found.hints.years)
        told += f"；标题或文件名写有 {years} 年，不据此推定" if years else ""
        cure += "，或加 --ledger-year 写明没有这一列的文件是哪一年"
    return Problem(found.place, told, f"列名 {column.code} 或 {column.label}", cure)


Marks = Mapping[str, tuple[int, int, int]]
"""Of columns that say 是 or 否, by code, how often they do and how often they are empty."""


def marked_columns(found: FoundList) -> list[str]:
    """Codes of the columns of a list that say 是 or 否."""
    return [column.code for column in found.ledger.columns if column.choices == YES_NO and column.code in found.columns]


def marks_in(found: FoundList) -> Marks:
    """The marks of a list on this machine."""
    names = {code: found.columns[code].name for code in marked_columns(found)}
    if not names:
        return {}
    counted = (
        pl.scan_parquet(Path(found.path), glob=False)
        .select(
            expression.alias(f"{what}{code}")
            for code, name in names.items()
            for what, expression in enumerate(
                ((pl.col(name) == YES_NO[0]).sum(), (pl.col(name) == YES_NO[1]).sum(), pl.col(name).is_null().sum())
            )
        )
        .collect()
    )
    return {code: tuple(counted[f"{what}{code}"].item() for what in range(3)) for code in names}


def doubts(found: FoundList, told: Mapping[str, int], source: str, marks: Marks) -> Iterator[Finding]:
    """核实 for a list whose title names another year or month than was told for it, and for columns that only ever say 是."""
    for what, code, named in (("年", YEAR, found.hints.years), ("月", MONTH, found.hints.months)):
        said = told.get(code)
        if said is not None and named and said not in named:
            names = "、".join(str(one) for one in named)
            yield Finding(
                "list_period", VERIFY, f"标题或文件名写有 {names} {what}，按命令写明的 {said} {what}采用", names, f"{said} {what}",
                "核对 --ledger-year、--ledger-month", source_file=source,
            )  # fmt: skip
    labels = {column.code: column.label for column in found.ledger.columns}
    for code, (yes, no, empty) in marks.items():
        if yes and empty and not no:
            yield Finding(
                "list_marks", VERIFY, f"“{labels[code]}”只有“是”（{yes} 行），另 {empty} 行空白：空白没有当作“否”", str(empty), "每行写是或否",
                "空白确为否的补写“否”", source_file=source,
            )  # fmt: skip


def hints_of(name: str, said: Sequence[str]) -> Hints:
    """The years and months in the name of the file and in `said`."""
    return hints_in([PurePosixPath(name).stem, *said])
