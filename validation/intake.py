"""From the files received to trusted statistics: read, admit, conform, correct, check, in this order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from validation.admission import Admission, admit, misplaced_filings
from validation.as_filed import findings_as_filed
from validation.bounds import figures_out_of_bounds
from validation.check_frame import build
from validation.checking import Places, run_checks
from validation.checks import Checks
from validation.complementary import parts_of, without_empty_forms
from validation.conform import conform
from validation.corrections import Corrected, correct
from validation.explanations import explain
from validation.findings import ERROR, SCHEMA, Finding, gather, to_frame
from validation.forms import FormSet
from validation.identifiers import misformed
from validation.ledgers.bottom_up import BottomUp
from validation.ledgers.definition import Ledgers
from validation.ledgers.reconcile import Reconciled, reconcile, unreconciled, without_filled
from validation.localise import localise
from validation.problems import DataRefused, Problem
from validation.reading import Progress, Reading, read
from validation.registry import parks_of, register, strangers
from validation.statistics import FILES, FILINGS, ITEMS, RECORDS, REFUSED, Statistics

Deadline = Callable[[int], date] | tuple[int, int]
"""The last day for filing the statistics of a year: a function of the year, or month and day of the following year."""


def take_in(
    data: Path | Sequence[Path],
    form_set: FormSet,
    checks: Checks,
    *,
    first_year: int,
    year: int,
    deadline: Deadline,
    decision: Deadline | None = None,
    history: Statistics | None = None,
    upheld: pl.DataFrame | None = None,
    ledgers: tuple[Ledgers, BottomUp] | None = None,
    progress: Progress | None = None,
) -> Statistics:
    """Take in the filings of first_year … year found in `data`.

    Years before `year` that `history` holds come from it, filings and findings included; their files are not used again. The
    bureau's tables always come from `data`. Registered explanations must be valid on the day of `decision` (without it, of
    `deadline`). `upheld` are records of the form `corrections` that come from objections, beside those filed. Findings without a year of their own are counted to `year`. `ledgers` are figures of parks from their ledgers, reconciled with the
    filings of `year` (validation.ledgers.reconcile). `progress` is told how many files are read. Raises DataRefused when
    there is nothing to read or the register of parks is unusable; everything else is a finding.
    """
    past = _past(history, form_set, first_year, year)
    kept_years = set(past.items["year"].unique())
    years = [one for one in range(first_year, year + 1) if one not in kept_years]
    reading = read(data, form_set, progress=progress)
    admission = admit(reading, years)
    conformed = conform(
        without_empty_forms(reading, admission.merged), admission.filings, form_set, parts_of(admission.merged)
    )
    if upheld is not None:
        conformed = replace(conformed, records=pl.concat([conformed.records, upheld]))
    registry = register(conformed.records)
    if registry.is_empty():
        cure = "补填园区名录"
        raise DataRefused([Problem("园区名录", "没有一行可用", "每个园区一行，园区代码和自统计年度都已填写", cure)])
    corrected = correct(conformed.items, conformed.records, form_set, years)
    added_up = _added_up(ledgers, corrected, registry, form_set, year)
    corrected = replace(corrected, items=added_up.items)
    judged = (
        reading.findings,
        admission.findings,
        to_frame(one.finding(form_set) for one in admission.merged),
        without_filled(conformed.findings, added_up.taken, year),
        corrected.findings,
        added_up.findings,
        _judged(corrected, registry, form_set),
    )
    before = _of_years(gather(judged), years, year)
    items = pl.concat([past.items, corrected.items]).sort("park_code", "year", "item", maintain_order=True)
    records = pl.concat([past.records, corrected.records]).sort(_RECORD_ORDER, maintain_order=True)
    filings = pl.concat([past.filings, _dated(admission, corrected.items, deadline)])
    untrusted = pl.concat([past.refused, _refused(before)]).select("park_code", "year")
    frame = build(items, records, filings, untrusted, form_set, checks)
    places = Places(items, conformed.last_year_cells)
    checked = run_checks(frame, checks, places, years, list(untrusted.iter_rows()))
    wrong = gather([before, to_frame(checked)])
    located = localise(frame, checks, form_set, items, records, wrong)
    told = to_frame([*checked, *located, *_not_filed(registry, filings, years, _left_aside(reading))])
    standing = gather([before, told])
    explained = explain(
        standing, items, records, reading.answers, admission.filings, lambda of: _due(decision or deadline, of), years
    )
    findings = _labelled(explained, form_set)
    refused = pl.concat([past.refused, _refused(findings)]).sort("year", "park_code")
    raw = _of_years(gather([reading.findings, admission.findings, conformed.findings]), years, year)
    as_filed = findings_as_filed(
        findings, raw, (conformed.items, conformed.records), (items, records), filings, refused, conformed.last_year_cells,
        form_set, checks,
    )  # fmt: skip
    return Statistics(
        items,
        records,
        filings.sort("year", "park_code", "source_file", nulls_last=False),
        gather([past.findings, findings]),
        refused,
        _files(reading, admission.files),
        as_filed,
        added_up.compared,
        ledgers[1] if ledgers else None,
    )


_RECORD_ORDER = ("form", "year", "park_code", "record", "item")


def _past(history: Statistics | None, form_set: FormSet, first_year: int, year: int) -> Statistics:
    """What `history` holds of parks before `year`; empty frames without history."""
    if history is None:
        frames = (ITEMS, RECORDS, FILINGS, SCHEMA, REFUSED, FILES)
        empty = [pl.DataFrame(schema=schema) for schema in frames]
        items, records, filings, findings, refused, files = empty
        return Statistics(items, records, filings, findings, refused, files)
    before = pl.col("year").is_between(first_year, year - 1)
    tables = [form.code for book in form_set.workbooks if book.filed_by == "park" for form in book.forms]
    return Statistics(
        history.items.filter(before).select(*ITEMS),
        history.records.filter(before, pl.col("form").is_in(tables)).select(*RECORDS),
        history.filings.filter(before).select(*FILINGS),
        history.findings.filter(before).select(*SCHEMA),
        history.refused.filter(before).select(*REFUSED),
        pl.DataFrame(schema=FILES),
    )


def _added_up(
    ledgers: tuple[Ledgers, BottomUp] | None,
    corrected: Corrected,
    registry: pl.DataFrame,
    form_set: FormSet,
    year: int,
) -> Reconciled:
    if ledgers is None:
        return unreconciled(corrected.items)
    definition, bottom = ledgers
    return reconcile(bottom, corrected.items, registry, definition, form_set, year)


def _judged(corrected: Corrected, registry: pl.DataFrame, form_set: FormSet) -> pl.DataFrame:
    found = [
        *misplaced_filings(corrected.items),
        *strangers(corrected.records, registry),
        *figures_out_of_bounds(corrected.items, corrected.records, form_set),
        *misformed(corrected.items, corrected.records, form_set),
    ]
    return to_frame(found)


def _of_years(findings: pl.DataFrame, years: Collection[int], year: int) -> pl.DataFrame:
    counted = findings.with_columns(pl.col("year").fill_null(year))
    return counted.filter(pl.col("year").is_in(list(years)))


def _dated(admission: Admission, items: pl.DataFrame, deadline: Deadline) -> pl.DataFrame:
    """The filings with filed_on, from the cover, and the days the first one came after the deadline (0 in time, null without date)."""
    filings = admission.filings
    told = items.filter(pl.col("item") == "filed_on").select(
        "source_file", pl.col("text").str.to_date("%Y-%m-%d", strict=False).alias("filed_on")
    )
    due = {one: _due(deadline, one) for one in filings["year"].drop_nulls().unique().sort()}
    last_days = pl.DataFrame({"year": list(due), "due": list(due.values())}, schema={"year": pl.Int32, "due": pl.Date})
    first = pl.min_horizontal("filed_on", "first_filed")
    late = (first - pl.col("due")).dt.total_days().clip(lower_bound=0)
    return (
        filings.join(told, on="source_file", how="left", maintain_order="left")
        .join(admission.first_filed, on="source_file", how="left", maintain_order="left")
        .join(last_days, on="year", how="left", maintain_order="left")
        .with_columns(late.cast(pl.Int32).alias("late_days"))
        .select(*FILINGS)
    )


def _due(deadline: Deadline, year: int) -> date:
    return deadline(year) if callable(deadline) else date(year + 1, *deadline)


def _left_aside(reading: Reading) -> list[str]:
    """The files that could not be read as anybody's filing."""
    known = set(reading.filings["source_file"])
    return sorted(name for name in reading.files["source_file"] if name not in known)


def _not_filed(
    registry: pl.DataFrame, filings: pl.DataFrame, years: Collection[int], left_aside: Sequence[str]
) -> Iterator[Finding]:
    """Parks of which nothing counts; one whose code and year stand in the name of a file left aside did file."""
    filed = set(filings.filter(pl.col("workbook") == "park").select("park_code", "year").iter_rows())
    for year in years:
        for park_code, name in parks_of(registry, year).select("park_code", "name").iter_rows():
            if (park_code, year) in filed:
                continue
            own = [file for file in left_aside if park_code in Path(file).name and str(year) in file]
            said = f"报送的文件未能采用：{'、'.join(own)}" if own else "未报送"
            yield Finding(
                "not_used" if own else "not_filed", ERROR, f"{name or park_code} {year} 年{said}", None,
                f"{year} 年园区年报", "按该文件的问题改正后重新报送" if own else "催报；已报送而文件未采用的，按该文件的问题处理",
                year, park_code,
            )  # fmt: skip


def _labelled(findings: pl.DataFrame, form_set: FormSet) -> pl.DataFrame:
    """`findings` with the label of the item filled in where a stage only knew its code."""
    labels = {code: item.label for code, item in form_set.items().items()}
    known = pl.col("item").replace_strict(labels, default=None, return_dtype=pl.String)
    return findings.with_columns(pl.coalesce("label", known).alias("label"))


def _refused(findings: pl.DataFrame) -> pl.DataFrame:
    """Park-years with a 错误, with the number of errors and the first of them as reason."""
    errors = findings.filter(pl.col("severity") == ERROR, pl.col("park_code").is_not_null())
    counted = errors.group_by("park_code", "year", maintain_order=True).agg(
        pl.len().alias("count"),
        pl.col("message").first(),
        (pl.col("check_id") == "not_filed").all().alias("absent"),
        (pl.col("check_id") == "not_used").all().alias("unused"),
    )
    whole = pl.col("message")
    first = pl.when(whole.str.len_chars() > 60).then(pl.format("{}…", whole.str.slice(0, 60))).otherwise(whole)
    many = pl.format("{} 处错误未更正：{}", "count", first)
    reason = pl.when("absent").then(pl.lit("未报送")).when("unused").then(pl.lit("报送的文件未能采用")).otherwise(many)
    return counted.select("park_code", "year", reason.alias("reason")).sort("year", "park_code")


def _files(reading: Reading, used: pl.DataFrame) -> pl.DataFrame:
    filings = reading.filings.select("source_file", "workbook", "park_code", "year")
    in_use = pl.col("source_file").is_in(used["source_file"].to_list())
    joined = reading.files.join(filings, on="source_file", how="left", maintain_order="left")
    return joined.with_columns(in_use.alias("used")).select(*FILES)
