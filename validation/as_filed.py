"""The findings as they would stand without the register of corrections: what the park itself filed, judged."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import polars as pl

from validation.admission import misplaced_filings
from validation.bounds import figures_out_of_bounds
from validation.check_frame import build
from validation.checking import Places, run_checks
from validation.checks import Checks
from validation.findings import Finding, gather, to_frame
from validation.forms import FormSet

APPLIED, ADVICE = "corrected", ("corrected", "localised")
"""What the register did and where to look first say nothing against the park."""

KEYS = ("park_code", "year")


def findings_as_filed(
    findings: pl.DataFrame,
    raw: pl.DataFrame,
    filed: tuple[pl.DataFrame, pl.DataFrame],
    corrected: tuple[pl.DataFrame, pl.DataFrame],
    filings: pl.DataFrame,
    refused: pl.DataFrame,
    last_year_cells: pl.DataFrame,
    form_set: FormSet,
    checks: Checks,
) -> pl.DataFrame:
    """`findings` (validation.findings.SCHEMA) where those of park-years with a correction are replaced by those of the filed figures.

    findings: all, after corrections. raw: those made before corrections were applied. filed, corrected: items and records before and
    after (validation.statistics.ITEMS, RECORDS; corrected with earlier years). refused: park_code, year of all refused park-years.
    Earlier years are compared with as corrected. What is wrong with the bureau's own workbook is left out; no explanations are
    looked at.
    """
    bureau = filings.filter(pl.col("workbook") == "bureau").select("source_file")
    own = findings.filter(~pl.col("check_id").is_in(ADVICE))
    own = own.join(bureau, on="source_file", how="anti", maintain_order="left")
    keys = findings.filter(pl.col("check_id") == APPLIED).select(KEYS).drop_nulls().unique(maintain_order=True)
    if keys.is_empty():
        return own
    items, records = _only(filed[0], keys), _own_tables(_only(filed[1], keys), form_set)
    judged = to_frame([*misplaced_filings(items), *figures_out_of_bounds(items, records, form_set)])
    checked: list[Finding] = []
    for year in sorted(keys["year"].unique()):
        now = keys.filter(pl.col("year") == year)
        parks = now.select("park_code")
        mixed_items = pl.concat([_without(corrected[0], now, parks), _only(items, now)])
        mixed_records = pl.concat([_without(_own_tables(corrected[1], form_set), now, parks), _only(records, now)])
        frame = build(mixed_items, mixed_records, filings, refused.select(KEYS), form_set, checks)
        before = [(park_code, of) for park_code, of in refused.select(KEYS).iter_rows() if of < year]
        checked += _told(run_checks(frame, checks, Places(mixed_items, last_year_cells), [year], before), now)
    untouched = own.join(keys, on=list(KEYS), how="anti", maintain_order="left")
    filed_wrong = _only(raw, keys).join(bureau, on="source_file", how="anti", maintain_order="left")
    return gather([untouched, filed_wrong, judged, to_frame(checked)])


def _told(findings: Collection[Finding], keys: pl.DataFrame) -> Iterator[Finding]:
    wanted = set(keys.iter_rows())
    return (finding for finding in findings if (finding.park_code, finding.year) in wanted)


def _only(frame: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    return frame.join(keys, on=list(KEYS), how="semi", maintain_order="left")


def _without(frame: pl.DataFrame, keys: pl.DataFrame, parks: pl.DataFrame) -> pl.DataFrame:
    own = frame.join(parks, on="park_code", how="semi", maintain_order="left")
    return own.join(keys, on=list(KEYS), how="anti", maintain_order="left")


def _own_tables(records: pl.DataFrame, form_set: FormSet) -> pl.DataFrame:
    tables = [form.code for book in form_set.workbooks if book.filed_by == "park" for form in book.forms]
    return records.filter(pl.col("form").is_in(tables))
