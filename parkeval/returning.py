"""What goes back after validation: findings workbook, marked-up copies of the filed workbooks, letters to the parks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from parkeval import __version__
from parkeval.ledgers import write_rows_book
from parkeval.publishing import notice_of
from scoring.rulebook import Rulebook
from validation.checks import Checks
from validation.intake_rules import INTAKE_RULES
from validation.problems import Problem
from validation.registry import parks_of, register
from validation.resubmission import Comparison
from validation.statistics import Statistics
from validation.way_back import RETURNED, write_marked_copies

if TYPE_CHECKING:
    from report_templates.letter_view import LetterView

LETTERS = "审核意见"
"""Folder of the letters."""

_FEW = 6


@dataclass(frozen=True)
class Sent:
    """What was written: findings workbook, marked-up copies, letters; and what could not be, with the reason."""

    workbook: Path
    copies: tuple[Path, ...]
    letters: tuple[Path, ...]
    problems: tuple[Problem, ...]
    comparison: Path | None = None
    rows: Path | None = None

    def lines(self) -> list[str]:
        """What was written, told to the analyst."""
        said = [f"审核问题工作簿：{self.workbook}"]
        said += [f"前后对比工作簿：{self.comparison}"] if self.comparison else []
        said += [f"台账审核问题（内部资料，含单个企业的数据）：{self.rows}"] if self.rows else []
        said.append(f"标注副本：{len(self.copies)} 个；审核意见：{len(self.letters)} 份；都在 {self.workbook.parent}")
        return [*said, *(str(problem) for problem in self.problems)]


def write_check(
    folder: Path,
    statistics: Statistics,
    book: Rulebook,
    checks: Checks,
    *,
    comparison: Comparison | None = None,
    letters: bool = True,
    workers: int = 1,
    office: Path | None = None,
) -> Sent:
    """Write everything that goes back after a validation into `folder`.

    The findings workbook of all years taken in, a marked-up copy of every workbook with findings, and, with `letters`, a letter on
    the year's findings to every park of the register; of ledgers the broken rows and the reconciliation (for the bureau alone); with `comparison` also that as a workbook, and letters to its parks alone. Raises OSError when `folder` cannot be written.
    """
    from validation.comparison_workbook import write_comparison
    from validation.findings_workbook import write_findings

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"审核问题-{book.year}.xlsx"
    notice = notice_of(statistics.items, book.year) or ""
    out = statistics.refused.filter(pl.col("year") == book.year)["park_code"].implode()
    parks = parks_of(register(statistics.records), book.year).with_columns(
        (~pl.col("park_code").is_in(out)).alias("evaluated")
    )
    title = f"{book.scheme.region}产业园区 {book.year} 年度数据审核问题"
    write_findings(path, statistics.findings, parks, title, notice)
    returned = write_marked_copies(folder, statistics, statistics.findings, rule_labels(checks), notice)
    sent = Sent(path, returned.copies, (), _unmarked(returned.unmarked))
    if statistics.ledgers is not None:
        about = f"{book.scheme.region} {book.year} 年台账审核问题"
        figures = statistics.ledger_figures
        rows = write_rows_book(folder, statistics.ledgers, figures, book.ledgers, parks, about, book.year)
        sent = replace(sent, rows=rows)
    concerned = parks
    if comparison is not None:
        compared = folder / f"前后对比-{book.year}.xlsx"
        write_comparison(compared, comparison, parks, f"{book.scheme.region}产业园区重新报送前后对比", notice)
        sent = replace(sent, comparison=compared)
        told = [comparison.changes.select("park_code"), comparison.findings.select("park_code")]
        concerned = parks.join(pl.concat(told), on="park_code", how="semi", maintain_order="left")
    if not letters:
        return sent
    views = _views(statistics, statistics.findings, concerned, book, checks)
    written, failed = _write_letters(folder / LETTERS, views, workers, office)
    return replace(sent, letters=written, problems=(*sent.problems, *failed))


def keep_returned(
    folder: Path,
    statistics: Statistics,
    findings: pl.DataFrame,
    parks: pl.DataFrame,
    book: Rulebook,
    checks: Checks,
    *,
    letters: bool,
    workers: int,
    office: Path | None = None,
) -> tuple[Problem, ...]:
    """Keep the year's marked-up copies and, with `letters`, letters in the run's `folder`, of parks with findings alone.

    findings, parks: the published tables of the run. Returns what could not be made.
    """
    own = findings.filter(pl.col("year") == book.year)
    notice = notice_of(statistics.items, book.year) or ""
    returned = write_marked_copies(folder, statistics, own, rule_labels(checks), notice, book.year)
    problems = _unmarked(returned.unmarked)
    concerned = parks.join(own, on="park_code", how="semi", maintain_order="left")
    if letters and concerned.height:
        views = _views(statistics, own, concerned, book, checks)
        problems += _write_letters(folder / LETTERS, views, workers, office)[1]
    return problems


def rule_labels(checks: Checks) -> dict[str, str]:
    """The label of each check by its id, those of reading included."""
    return INTAKE_RULES | {rule.check.id: rule.check.label for rule in checks.rules}


def _views(
    statistics: Statistics, findings: pl.DataFrame, parks: pl.DataFrame, book: Rulebook, checks: Checks
) -> list[LetterView]:
    from report_templates.letter_view import LetterContext, letter_view

    scheme = book.scheme
    context = LetterContext(
        book.year, scheme.region, scheme.office, scheme.title, book.form_set.title,
        scheme.calendar.on("returns_due", book.year), scheme.calendar.on("decision_date", book.year),
        notice_of(statistics.items, book.year) or "", __version__, rule_labels(checks),
    )  # fmt: skip
    filings = {
        row["park_code"]: row
        for row in statistics.filings.filter(pl.col("year") == book.year, pl.col("workbook") == "park").to_dicts()
    }
    by_park: dict[str, list[dict[str, object]]] = {}
    for row in findings.filter(pl.col("year") == book.year, pl.col("park_code").is_not_null()).iter_rows(named=True):
        by_park.setdefault(row["park_code"], []).append(row)
    return [
        letter_view(context, code, name or code, filings.get(code), by_park.get(code, []))
        for code, name in parks.sort("park_code").select("park_code", "name").iter_rows()
    ]


def _write_letters(
    folder: Path, views: Sequence[LetterView], workers: int, office: Path | None
) -> tuple[tuple[Path, ...], tuple[Problem, ...]]:
    from report_templates.render import render_letters

    # A few letters are rendered here: a process of its own takes longer to start than they take.
    done = render_letters(views, folder, workers=workers if len(views) > _FEW else 1, office=office)
    problems = tuple(
        Problem(report.path.name, said, "完整的审核意见", "其余审核意见不受影响")
        for report in done
        for said in report.problems
    )
    return tuple(report.path for report in done if report.pages), problems


def _unmarked(files: Sequence[tuple[str, str]]) -> tuple[Problem, ...]:
    return tuple(
        Problem(name, f"没有标注副本：{reason}", f"{RETURNED}中的标注副本", "按审核问题工作簿退回")
        for name, reason in files
    )
