"""Files to what was filed: every cell of every form as text, with file, sheet and cell."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from validation.answers import ANSWERS, answers_in
from validation.answers import Answer as ClerkAnswer
from validation.cell_text import number_text, shown
from validation.file_contents import KINDS, Layout
from validation.findings import Finding, to_frame
from validation.forms import FormSet
from validation.reading_plan import plan_of
from validation.reading_pool import read_apart
from validation.reading_process import Answer, answer_of, read_path
from validation.sources import Source, find_sources
from validation.statistics import FILED_WORKBOOKS

__all__ = ["FILED", "FILES", "LAYOUT", "Reading", "number_text", "read", "shown"]

FILED: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "sheet": pl.String(),
    "cell": pl.String(),
    "form": pl.String(),
    "record": pl.Int32(),
    "field": pl.String(),
    "period": pl.String(),
    "text": pl.String(),
    "kind": pl.String(),
    "unit": pl.String(),
    "note": pl.String(),
}

LAYOUT: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "sheet": pl.String(),
    "form": pl.String(),
    "field": pl.String(),
    "cell": pl.String(),
}

FILES: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "path": pl.String(),
    "sha256": pl.String(),
}

Progress = Callable[[int, int], None]
"""Called with the number of files read and the number of all files."""

_FEW_FILES = 40
"""So many workbooks are read sooner than processes are started for them."""
_IN_PROCESS = ".xlsx"
"""Templates of this format are guarded well enough to be read here; everything else always gets a process of its own."""


@dataclass(frozen=True)
class Reading:
    """What the files say, before anything is judged.

    filed: one row per cell of a form (`FILED`): record is the sheet row for tables and 0 for items, period `this` or `last`,
    kind number, text, date, boolean, error or empty; text is null for empty cells; unit is what the file tells when it is not the
    form's, note as in validation.file_contents.Note. cell is `D4` or, in files without sheets, `第 4 行 D 列`. filings: one row per
    workbook of this form set (`validation.statistics.FILED_WORKBOOKS`); park_code and year as the template marked it or the table tells it. layout: one row per
    form found, with null field, and one per item or column found in it, with the cell of its code or label. files: one row per
    file found, readable or not. answers: what clerks wrote beside the findings of a marked-up copy (validation.answers.ANSWERS).
    """

    filed: pl.DataFrame
    layout: pl.DataFrame
    filings: pl.DataFrame
    files: pl.DataFrame
    findings: pl.DataFrame
    answers: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ANSWERS))
    repeated: bool = True
    """Whether some item or record may stand twice in one file."""


def read(
    data: Path | Sequence[Path],
    form_set: FormSet,
    *,
    progress: Progress | None = None,
    processes: int | None = None,
) -> Reading:
    """Read all files of `data`; a file that cannot be read becomes a finding and stops no other.

    The result is in the order of the names and does not depend on timing. Many files, and formats other than .xlsx, are read by
    `processes` processes of their own (one per core unless told), in bounded memory and time. Raises DataRefused when there is
    nothing to read (see find_sources).
    """
    sources, findings = find_sources(data)
    gathered = _Gathered()
    for source, answer in zip(sources, _answers(sources, form_set, progress, processes), strict=True):
        gathered.add(source, answer)
    return Reading(
        gathered.filed(),
        gathered.layout(),
        pl.DataFrame(gathered.filings, schema=FILED_WORKBOOKS, orient="row"),
        pl.DataFrame(gathered.files, schema=FILES, orient="row"),
        to_frame([*findings, *gathered.findings]),
        pl.DataFrame(gathered.answers, schema=ANSWERS, orient="row"),
        gathered.repeated(),
    )


def _answers(
    sources: Sequence[Source], form_set: FormSet, progress: Progress | None, processes: int | None
) -> list[Answer]:
    plan = plan_of(form_set)
    answers: dict[int, Answer] = {}

    def keep(number: int, answer: Answer) -> None:
        answers[number] = answer
        if progress:
            progress(len(answers), len(sources))

    for number, source in enumerate(sources) if len(sources) <= _FEW_FILES else ():
        if source.path.suffix.lower() == _IN_PROCESS:
            sha256, contents = read_path(source.name, source.path, plan, templates_only=True)
            if contents is not None:
                keep(number, answer_of(sha256, contents))
    apart = [number for number in range(len(sources)) if number not in answers]
    if apart:
        for at, answer in read_apart([sources[number] for number in apart], plan, processes or _cores()):
            keep(apart[at], answer)
    return [answers[number] for number in range(len(sources))]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class _Same:
    """All files of the same layouts, and their texts and kinds one after the other."""

    files: list[str] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)


_Layouts = tuple[Layout, ...]
_Marks = list[tuple[str, str, str, str]]
"""File, sheet, cell and what is told of it."""


@dataclass
class _Gathered:
    same: dict[_Layouts, _Same] = field(default_factory=dict)
    known: dict[int, tuple[_Layouts, _Same]] = field(default_factory=dict)
    units: _Marks = field(default_factory=list)
    notes: _Marks = field(default_factory=list)
    filings: list[tuple[str, str, str, str | None, int | None, str]] = field(default_factory=list)
    files: list[tuple[str, str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    answers: list[ClerkAnswer] = field(default_factory=list)

    def add(self, source: Source, answer: Answer) -> None:
        name = source.name
        self.files.append((name, str(source.path), answer.sha256))
        self.findings.extend(answer.findings)
        if answer.filing is None:
            return
        self.filings.append((name, *answer.filing, answer.sha256))
        for rows, row, column in answer.answer_sheets:
            self.answers.extend(answers_in(name, rows, row, column))
        same = self._same(answer.layouts)
        same.files.append(name)
        same.texts.extend(answer.texts)
        same.kinds.append(answer.kinds)
        for layout, (units, notes) in zip(answer.layouts, answer.marks, strict=False):
            for marks, told in ((self.units, units), (self.notes, notes)):
                marks.extend((name, layout.sheet, layout.places[at][0], what) for at, what in told.items())

    def _same(self, layouts: _Layouts) -> _Same:
        """The files of `layouts`; the same tuple comes again and again, and comparing its content costs."""
        known = self.known.get(id(layouts))
        if known is None:
            known = self.known[id(layouts)] = (layouts, self.same.setdefault(layouts, _Same()))
        return known[1]

    def layout(self) -> pl.DataFrame:
        """The codes found as a frame of `LAYOUT`: files of the same layout together, in their order."""
        schema = {name: kind for name, kind in LAYOUT.items() if name != "source_file"}
        frames = [pl.DataFrame(schema=LAYOUT)]
        for layouts, same in self.same.items():
            codes = [(layout.sheet, layout.form, *code) for layout in layouts for code in layout.codes]
            frames.append(_of_files(same, pl.DataFrame(codes, schema=schema, orient="row")).select(*LAYOUT))
        return pl.concat(frames)

    def repeated(self) -> bool:
        """Whether any layout has two cells for one item or record."""
        for layouts in self.same:
            keys = [(layout.form, *place[1:]) for layout in layouts for place in layout.places]
            if len(set(keys)) < len(keys):
                return True
        return False

    def filed(self) -> pl.DataFrame:
        """The cells as a frame of `FILED`: files of the same layout together, in their order."""
        frames = [pl.DataFrame(schema={name: kind for name, kind in FILED.items() if name not in ("unit", "note")})]
        frames.extend(_cells(layouts, same) for layouts, same in self.same.items())
        cells = pl.concat(frames)
        for column, marks in (("unit", self.units), ("note", self.notes)):
            key = ["source_file", "sheet", "cell"]
            told = pl.DataFrame(marks, schema=dict.fromkeys([*key, column], pl.String), orient="row").unique(key)
            if marks:
                cells = cells.join(told, on=key, how="left", maintain_order="left")
            else:
                cells = cells.with_columns(pl.lit(None, pl.String).alias(column))
        return cells.select(*FILED)


def _of_files(same: _Same, rows: pl.DataFrame) -> pl.DataFrame:
    files = pl.DataFrame({"source_file": same.files}, schema={"source_file": pl.String})
    return files.join(rows, how="cross", maintain_order="left_right")


def _cells(layouts: _Layouts, same: _Same) -> pl.DataFrame:
    schema = {name: FILED[name] for name in ("sheet", "form", "cell", "record", "field", "period")}
    places = [(layout.sheet, layout.form, *place) for layout in layouts for place in layout.places]
    signs = pl.Series("kind", list("".join(same.kinds)), pl.String)
    return (
        _of_files(same, pl.DataFrame(places, schema=schema, orient="row"))
        .with_columns(pl.Series("text", same.texts, pl.String), signs.replace_strict(KINDS, return_dtype=pl.String))
        .select(name for name in FILED if name not in ("unit", "note"))
    )
