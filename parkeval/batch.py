"""The yearly batch: from the files received to published results, evidence and reports."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from parkeval import log
from parkeval.commit import commit
from parkeval.correcting import correction
from parkeval.earlier import history_before
from parkeval.evidence import evidence_sha256, results_sha256, write_manifest
from parkeval.home import OFFICE, RESULTS, Home, writing
from parkeval.ledgers import (
    LedgerFiles,
    figures_table,
    figures_to_form,
    files_table,
    from_ledgers,
    keep_ledgers,
    ledger_figures,
)
from parkeval.objections import upheld_corrections
from parkeval.publishing import (
    findings_table,
    history_of,
    quality_of,
    quality_table,
    records_table,
    statistics_table,
)
from parkeval.reprinting import render_again
from parkeval.returning import keep_returned
from parkeval.run_row import run_row
from parkeval.store import Tables, of_run, read_or_empty, replace_run, write_results
from scoring.evaluation import Evaluated, Trusted, evaluate_stages, finish, published_tables
from scoring.loading import KEPT, kept_names, kept_rulebook, load_rulebook
from scoring.robustness.plan import Plan, load_plan
from scoring.robustness.proposals import with_probability
from scoring.rulebook import Rulebook
from scoring.schema import result_tables
from validation.checks import Checks, load_checks
from validation.digest import file_sha256
from validation.intake import take_in
from validation.problems import DataRefused, Problem
from validation.statistics import Statistics

KEPT_PLAN = "robustness.toml"
"""The plan of the robustness test among the definitions of a run."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is."""


@dataclass(frozen=True)
class Outcome:
    """What a batch did: `repeated` when the same run was published already and nothing was to be done."""

    run_id: str
    folder: Path
    tables: Tables
    repeated: bool
    report_problems: tuple[Problem, ...] = ()
    stale_years: tuple[int, ...] = ()


@dataclass(frozen=True)
class Trial:
    """A year evaluated without publishing: its tables, and those that are published for it (empty where none are)."""

    tables: Tables
    published: Tables


@dataclass(frozen=True)
class Prepared:
    """A rulebook with the checks of its forms, and the plan of the robustness test where there is to be one."""

    book: Rulebook
    checks: Checks
    plan_file: Path | None = None
    plan: Plan | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """Every definition that decides about the results."""
        return (*self.book.files, *([self.plan_file] if self.plan_file else []))


def prepare(key: str, year: int, plan_file: Path | None = None) -> Prepared:
    """Load and check every definition of the scheme `key` for `year`; raises DefinitionRefused."""
    book = load_rulebook(key, year)
    plan = load_plan(plan_file) if plan_file else None
    checks = load_checks(book.form_set, book.forms_folder)
    return Prepared(book, checks, plan_file, plan)


def prepare_again(home: Home, run: Mapping[str, Any]) -> Prepared:
    """The definitions that a run (a row of `runs`) was made with, as it keeps them; those of the scheme of its name where
    it is of a version that did not keep them so. Raises DefinitionRefused."""
    folder = home.run_folder(run["year"], run["run_id"]) / "definitions"
    if not (folder / KEPT[0]).is_dir():
        return prepare(run["scheme"], run["year"])
    book = kept_rulebook(folder, run["year"])
    plan = folder / KEPT_PLAN
    checks = load_checks(book.form_set, book.forms_folder)
    if not plan.is_file():
        return Prepared(book, checks)
    return Prepared(book, checks, plan, load_plan(plan))


def validate(
    data: Sequence[Path],
    prepared: Prepared,
    published: Tables,
    progress: Progress | None = None,
    ledgers: LedgerFiles | None = None,
) -> Statistics:
    """Read and check what was filed; raises DataRefused where the data as a whole cannot be used."""
    scheme = prepared.book.scheme
    before = figures_to_form(published["ledger_figures"], prepared.book)
    bottom = from_ledgers(data, ledgers or LedgerFiles(), prepared.book.ledgers, prepared.book.year, before)
    statistics = take_in(
        data[0] if len(data) == 1 else data,
        prepared.book.form_set,
        prepared.checks,
        first_year=scheme.base_year,
        year=prepared.book.year,
        deadline=lambda year: scheme.calendar.on("filing_deadline", year),
        decision=lambda year: scheme.calendar.on("decision_date", year),
        history=history_of(published, scheme.key, prepared.book.year),
        upheld=upheld_corrections(published["decisions"], scheme.key, prepared.book.year),
        ledgers=bottom,
        progress=(lambda done, total: progress("读取", done, total)) if progress else None,
    )
    if progress:
        progress("审核", 1, 1)
    filed = statistics.files.filter((pl.col("workbook") != "bureau").fill_null(True))
    if filed.filter((pl.col("year") == prepared.book.year).fill_null(True)).is_empty():
        year = prepared.book.year
        raise DataRefused(
            [
                Problem(
                    "、".join(str(path) for path in data),
                    f"没有 {year} 年的园区年报",
                    f"{year} 年的工作簿",
                    "检查 --year 和文件夹",
                )
            ]
        )
    return statistics


def evaluate(
    data: Sequence[Path],
    key: str,
    year: int,
    home: Home,
    *,
    reports: bool,
    workers: int,
    progress: Progress,
    allow_gaps: bool = False,
    plan_file: Path | None = None,
    office: Path | None = None,
    analyst: str | None = None,
    prepared: Prepared | None = None,
    ledgers: LedgerFiles | None = None,
) -> Outcome:
    """Run the batch of one year and publish it into HOME.

    A year between the base year and this one of which nothing is known, neither in `data` nor in HOME, is refused
    unless `allow_gaps`: growth would silently be missing and earn nothing. `plan_file`: the plan of the robustness
    test; without one nothing is said about how sure the ranking is. `ledgers`: what park figures are
    reconciled with; without them those in the folder 台账 of `data`.

    Everything is built in a staging folder and swapped in at the end, the results file last, so that at any moment
    HOME holds either the earlier published state or the new one. Raises DefinitionRefused, DataRefused, Busy and
    DiskFault; nothing published is changed then.
    """
    prepared = prepared or prepare(key, year, plan_file)
    office = office or home.office
    if reports:
        _check_office(office)
    with writing(home) as staging:
        return _evaluate(
            data, prepared, home, staging,
            reports=reports, workers=workers, progress=progress, gaps=allow_gaps, office=office, analyst=analyst,
            ledgers=ledgers,
        )  # fmt: skip


def try_out(
    data: Sequence[Path],
    key: str,
    year: int,
    home: Home,
    progress: Progress,
    ledgers: LedgerFiles | None = None,
) -> Trial:
    """Evaluate one year on the history of HOME and change nothing: how would this scheme, or these data, turn out."""
    prepared = prepare(key, year)
    published = read_or_empty(home.results)
    statistics = validate(data, prepared, published, progress, ledgers)
    tables = _tables(statistics, prepared, history_before(published, prepared.book), progress)
    return Trial(tables, of_run(published, prepared.book.scheme.key, year))


def _evaluate(
    data: Sequence[Path],
    prepared: Prepared,
    home: Home,
    staging: Path,
    *,
    reports: bool,
    workers: int,
    progress: Progress,
    gaps: bool,
    office: Path | None,
    analyst: str | None,
    ledgers: LedgerFiles | None,
) -> Outcome:
    book = prepared.book
    published = read_or_empty(home.results)
    statistics = validate(data, prepared, published, progress, ledgers)
    if not gaps:
        _refuse_gaps(statistics, book)
    history = history_before(published, book)
    run = run_row(statistics, book, prepared.files, history, published, analyst)
    folder = home.run_folder(book.year, run["run_id"])
    later = published["runs"].filter((pl.col("scheme") == book.scheme.key) & (pl.col("year") > book.year))
    stale = tuple(sorted(later["year"].to_list()))
    if (
        _is_published(published, run["run_id"])
        and folder.is_dir()
        and (not reports or any(folder.glob("reports/*.pdf")))
    ):
        return Outcome(run["run_id"], folder, of_run(published, book.scheme.key, book.year), True)
    progress("计算和排名", 0, 1)
    tables = _tables(statistics, prepared, history, progress)
    tables["correction_effects"], run["correction_notice"] = correction(published, tables, run, book)
    run["results_sha256"] = results_sha256(tables)
    told = {name: run[name] for name in ("scheme", "year", "run_id", "inputs_sha256", "definitions_sha256")}
    entry = {"kind": "run", **told, "subject": "results", "subject_sha256": run["results_sha256"]}
    run["log_sha256"] = log.add(home.folder, staging, entry)["sha256"]
    tables["runs"] = result_tables()["runs"].conform(pl.DataFrame([run], schema_overrides={"decision_date": pl.Date}))
    together = replace_run(published, tables, book.scheme.key, book.year)
    together["log"] = log.as_table(staging / log.LOG)
    progress("计算和排名", 1, 1)
    staged = staging / "run"
    _keep_evidence(staged, statistics, prepared, tables)
    problems = keep_returned(
        staged,
        statistics,
        tables["findings"],
        tables["parks"],
        book,
        prepared.checks,
        letters=reports,
        workers=workers,
        office=office,
    )
    if reports:
        problems += _render(together, book, staged / "reports", workers, progress, office)
        _keep_office(staged / OFFICE, office)
    write_manifest(staged, run, tables)
    kept = {"kind": "evidence", **told, "subject": folder.relative_to(home.folder).as_posix()}
    log.add(home.folder, staging, kept | {"subject_sha256": evidence_sha256(staged)})
    write_results(staging / RESULTS, together | {"log": log.as_table(staging / log.LOG)})
    places = [(staged, folder), *((staging / name, home.folder / name) for name in (log.LOG, RESULTS))]
    commit(home.folder, staging, places)
    return Outcome(run["run_id"], folder, tables, False, problems, stale)


def _refuse_gaps(statistics: Statistics, book: Rulebook) -> None:
    """Raise DataRefused for years since the base year of which no park has filed anything."""
    known = set(statistics.items["year"])
    gaps = [year for year in range(book.scheme.base_year, book.year) if year not in known]
    if gaps:
        years = "、".join(str(year) for year in gaps)
        raise DataRefused(
            [
                Problem(
                    f"{years} 年",
                    "报送数据和评价目录中都没有这些年度的数据",
                    f"基期 {book.scheme.base_year} 年以来各年都有数据",
                    "补上这些年度的工作簿，或先评价这些年度；确实没有的加 --allow-gaps",
                )
            ]
        )


def _is_published(published: Tables, run_id: object) -> bool:
    return run_id in published["runs"]["run_id"].to_list()


def _tables(statistics: Statistics, prepared: Prepared, history: Tables, progress: Progress) -> Tables:
    book = prepared.book
    quality = quality_of(statistics, book, history)
    figures = figures_table(statistics.ledger_figures, book, history["ledger_figures"])
    trusted = Trusted(
        statistics.items, statistics.records, statistics.filings, statistics.refused, quality, history["subscores"],
        ledger_figures(history["ledger_figures"], figures),
    )  # fmt: skip
    stages = evaluate_stages(trusted, book, history)
    tables = published_tables(stages, trusted.filings, book)
    tables |= robustness_tables(stages, trusted.filings, prepared, progress)
    tables["ledger_figures"], tables["ledger_files"] = figures, files_table(statistics.ledgers, book)
    tables["proposals"] = with_probability(tables["proposals"], tables["robustness_rules"])
    tables["data_quality"] = quality_table(quality, book, history["data_quality"])
    tables["statistics"] = statistics_table(statistics, book, history["statistics"])
    tables["records"] = records_table(statistics, book, history["records"])
    tables["findings"] = findings_table(statistics, book, history["findings"])
    return tables


def robustness_tables(stages: Evaluated, filings: pl.DataFrame, prepared: Prepared, progress: Progress) -> Tables:
    """The tables that say how sure the ranking is; empty without a plan."""
    names = [name for name in result_tables() if name.startswith(("robustness", "sensitivity", "audit"))]
    if prepared.plan is None:
        return {name: result_tables()[name].empty() for name in names}
    from scoring.robustness.audit import audit
    from scoring.robustness.uncertainty import robustness

    tables = robustness(stages, filings, prepared.book, prepared.plan, progress)
    tables |= audit(stages, prepared.book, prepared.plan)
    return {name: finish(name, tables[name], prepared.book) for name in names}


def _keep_evidence(folder: Path, statistics: Statistics, prepared: Prepared, tables: Tables) -> None:
    """Inputs as received, definitions, this run's tables as Parquet, and the findings as a workbook."""
    from validation.findings_workbook import write_findings

    book = prepared.book
    for row in statistics.files.filter(pl.col("used")).iter_rows(named=True):
        target = folder / "inputs" / row["source_file"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(row["path"], target)
        if file_sha256(target) != row["sha256"]:
            raise OSError(0, "读取后文件又有改动", row["path"])
    title = f"{book.scheme.region} {book.year} 年台账审核问题"
    keep_ledgers(folder, statistics.ledgers, statistics.ledger_figures, book.ledgers, tables["parks"], title, book.year)
    for path, kept in kept_names(book.files):
        target = folder / "definitions" / kept
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    if prepared.plan_file is not None:
        shutil.copyfile(prepared.plan_file, folder / "definitions" / KEPT_PLAN)
    (folder / "tables").mkdir()
    for name, table in tables.items():
        table.write_parquet(folder / "tables" / f"{name}.parquet")
    runs = tables["runs"].row(0, named=True)
    write_findings(
        folder / f"审核问题-{book.year}.xlsx",
        tables["findings"],
        tables["parks"],
        f"{runs['region']}产业园区 {book.year} 年度数据审核问题",
        runs["notice"] or "",
    )


def _check_office(folder: Path | None) -> None:
    """Raise DefinitionRefused for a broken folder of the office before anything is computed."""
    from report_templates.office import load_office

    load_office(folder)


def _keep_office(target: Path, folder: Path | None) -> None:
    """What the office said about its pages is evidence too; its fonts are named by the reports themselves.

    Whatever else the folder holds stays where it is: contacts are personal data, and a run's folder is handed on.
    """
    from report_templates.office import load_office

    looks = load_office(folder)
    for path in looks.sources():
        kept = target / path.relative_to(looks.folder or path.parent)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, kept)


def _render(
    tables: Tables, book: Rulebook, folder: Path, workers: int, progress: Progress, office: Path | None
) -> tuple[Problem, ...]:
    done = render_again(tables, book.scheme.key, book.year, folder, None, workers, progress, office)
    return tuple(
        Problem(report.path.name, said, "完整的报告", "报告其余内容不受影响；如未生成请重新运行 report")
        for report in done
        for said in report.problems
    )
