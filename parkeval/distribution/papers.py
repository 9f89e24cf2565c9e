"""Which papers of a run belong to whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from parkeval.distribution.contents import Unreadable, texts
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
    """Papers of each park by its code, papers that go to everybody of an audience, and why others go to nobody."""

    of_park: Mapping[str, tuple[Paper, ...]]
    for_all: Mapping[Audience, tuple[Paper, ...]]
    notes: tuple[str, ...]


def papers_of(
    folders: Mapping[Path, Mapping[str, str]], tables: Tables, scheme: str, year: int, rules: Rules
) -> Papers:
    """Sort what stands in a run's folder, and in the folder of reports printed again, by recipient.

    folders: each folder with the digests of its manifest by relative path; a paper of a later folder takes the place of
    one of the same name, if it is of this run. A paper belongs to the park whose code, name and year begin its name
    (`file_name`), a marked-up copy to the park that filed the workbook; what begins with the region goes to those whom
    the rules name for its kind. Drafts go to nobody.
    """
    run = tables["runs"].filter(pl.col("scheme") == scheme, pl.col("year") == year).row(0, named=True)
    parks = tables["parks"].filter(pl.col("scheme") == scheme, pl.col("year") == year)
    heads = {
        f"{file_name([code, name or '', str(year)])}-": code for code, name in parks.select("park_code", "name").rows()
    }
    region = f"{file_name([run['region'], str(year)])}-"
    filed = _filed_by(tables, scheme, year)
    of_park: dict[str, dict[str, Paper]] = {}
    for_all: dict[Audience, dict[str, Paper]] = {"parks": {}, "readers": {}}
    notes: dict[str, None] = {}
    drafts: set[str] = set()
    for folder, digests in folders.items():
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")):
            name = path.relative_to(folder).as_posix()
            folder_of = name.rpartition("/")[0]
            if name.startswith(f"{RETURNED}/"):
                code = filed.get(name.removeprefix(f"{RETURNED}/"))
                if code is not None:
                    of_park.setdefault(code, {})[name] = Paper(path, MARKED, digests.get(name))
                else:
                    notes[f"认不出是哪个园区的，未送：{name}"] = None
                continue
            if folder_of not in ("", "reports", LETTERS):
                continue
            head = _head(path.name, year, heads) or (region if path.name.startswith(region) else None)
            if head is None:
                if folder_of:
                    notes[f"没有规定送给谁，未送：{path.name}"] = None
                continue
            kind = path.stem.removeprefix(head)
            audiences = rules.audience(kind) if head == region else ()
            if is_draft(kind):
                drafts.add(path.name)
            elif audiences is None:
                notes[f"没有规定送给谁，未送：{path.name}"] = None
            elif head == region and not audiences:
                continue
            elif name not in digests and not _bears(path, run["run_id"]):
                notes[f"不是批次 {run['run_id']} 的文件，未送：{path.name}"] = None
            elif head == region:
                for audience in audiences:
                    for_all[audience][path.name] = Paper(path, kind, digests.get(name), "parks" in audiences)
            else:
                of_park.setdefault(heads[head], {})[path.name] = Paper(path, kind, digests.get(name))
    if drafts:
        notes[f"拟稿 {len(drafts)} 份未送：登记决定（decide）并重新运行 report 后再送"] = None
    return Papers(
        {code: tuple(papers.values()) for code, papers in sorted(of_park.items())},
        {audience: tuple(papers.values()) for audience, papers in for_all.items()},
        tuple(notes),
    )


def _bears(path: Path, run_id: str) -> bool:
    """Whether a paper says that it is of the run; one that cannot be read is left to the scan, which tells why."""
    try:
        return any(run_id in text.text for text in texts(path.name, path.read_bytes()))
    except Unreadable:
        return True


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
