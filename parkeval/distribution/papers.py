"""Which papers of a run belong to whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from parkeval.distribution.rules import Audience, Rules
from parkeval.returning import LETTERS
from report_templates.formatting import file_name
from report_templates.papers import is_draft
from validation.way_back import RETURNED

if TYPE_CHECKING:
    from parkeval.store import Tables

MARKED = "标注副本"
"""The kind of a marked-up copy of the workbook that a park filed."""


@dataclass(frozen=True)
class Paper:
    """One file to be sent: where it stands, its kind, its digest in the run's manifest (None where it has none).

    `public` when all parks get it: what it says is what everybody may know.
    """

    source: Path
    kind: str
    sha256: str | None
    public: bool = False


@dataclass(frozen=True)
class Papers:
    """Papers of each park by its code, papers that go to everybody of an audience, and those nobody is to get."""

    of_park: Mapping[str, tuple[Paper, ...]]
    for_all: Mapping[Audience, tuple[Paper, ...]]
    unassigned: tuple[str, ...]


def papers_of(
    folders: Mapping[Path, Mapping[str, str]], tables: Tables, scheme: str, year: int, rules: Rules
) -> Papers:
    """Sort what stands in a run's folder, and in the folder of reports rendered again, by recipient.

    folders: each folder with the digests of its manifest by relative path. A paper belongs to the park whose code, name
    and year begin its name (`file_name`), a marked-up copy to the park that filed the workbook; what begins with the
    region goes to those whom the rules name for its kind.
    """
    run = tables["runs"].filter(pl.col("scheme") == scheme, pl.col("year") == year).row(0, named=True)
    parks = tables["parks"].filter(pl.col("scheme") == scheme, pl.col("year") == year)
    heads = {
        f"{file_name([code, name or '', str(year)])}-": code for code, name in parks.select("park_code", "name").rows()
    }
    region = f"{file_name([run['region'], str(year)])}-"
    filed = _filed_by(tables, scheme, year)
    of_park: dict[str, list[Paper]] = {}
    for_all: dict[Audience, list[Paper]] = {"parks": [], "readers": []}
    unassigned = []
    for folder, digests in folders.items():
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")):
            name = path.relative_to(folder).as_posix()
            folder_of = name.rpartition("/")[0]
            if name.startswith(f"{RETURNED}/"):
                code = filed.get(name.removeprefix(f"{RETURNED}/"))
                if code is None:
                    unassigned.append(name)
                else:
                    of_park.setdefault(code, []).append(Paper(path, MARKED, digests.get(name)))
            elif not folder_of or folder_of in ("reports", LETTERS):
                head = _head(path.name, year, heads)
                if head is not None:
                    kind = path.stem.removeprefix(head)
                    if is_draft(kind):
                        unassigned.append(name)
                        continue
                    of_park.setdefault(heads[head], []).append(Paper(path, kind, digests.get(name)))
                elif path.name.startswith(region):
                    kind = path.stem.removeprefix(region)
                    audiences = rules.audience(kind)
                    if audiences is None:
                        unassigned.append(name)
                    for audience in audiences or ():
                        for_all[audience].append(Paper(path, kind, digests.get(name), "parks" in (audiences or ())))
                elif folder_of:
                    unassigned.append(name)
            elif name.startswith("reports/"):
                unassigned.append(name)
    return Papers(
        {code: tuple(papers) for code, papers in sorted(of_park.items())},
        {audience: tuple(papers) for audience, papers in for_all.items()},
        tuple(unassigned),
    )


def _head(name: str, year: int, heads: Mapping[str, str]) -> str | None:
    """The longest beginning of `name` up to the year that is a park's."""
    mark = f"-{year}-"
    ends = [found.end() for found in re.finditer(re.escape(mark), name)]
    return next((name[:end] for end in reversed(ends) if name[:end] in heads), None)


def _filed_by(tables: Tables, scheme: str, year: int) -> dict[str, str]:
    """The park of each filed workbook, by the workbook's name among the inputs; files of several parks are left out."""
    own = [
        tables[name].filter(pl.col("scheme") == scheme, pl.col("year") == year).select("source_file", "park_code")
        for name in ("statistics", "findings")
    ]
    pairs = pl.concat(own).drop_nulls().unique()
    alone = pairs.group_by("source_file").agg(pl.col("park_code").unique()).filter(pl.col("park_code").list.len() == 1)
    return {file: codes[0] for file, codes in alone.iter_rows()}
