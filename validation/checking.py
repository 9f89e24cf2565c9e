"""Run all checks over all parks and years at once, and turn what does not hold into findings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from validation.check_frame import KEYS, CheckFrame
from validation.checks import Checks, Rule, blocking
from validation.confront import validated
from validation.expression.compile import compile_value
from validation.expression.reading import number_text
from validation.findings import Finding
from validation.phrases import phrase_text

ParkYear = tuple[str, int]


@dataclass(frozen=True)
class Places:
    """Where figures stand: items (validation.statistics.ITEMS) and the cells of the 上年 column (park_code, year, item, cell)."""

    items: pl.DataFrame
    last_year_cells: pl.DataFrame


def run_checks(
    check_frame: CheckFrame,
    checks: Checks,
    places: Places,
    years: Collection[int],
    refused: Collection[ParkYear],
) -> list[Finding]:
    """Findings of `checks` for the park-years of `years`.

    `refused` are park-years that cannot be trusted for other reasons; together with those that an earlier year's check refuses
    they are not compared with. A rule whose `silent_with` has fired for the park-year (for the same item, where both run over items)
    is left out.
    """
    conditions = [compile_value(rule.holds.tree, check_frame.columns, checks.label) for rule in checks.rules]
    frame = check_frame.frame
    known = {name: kind for name, kind in frame.schema.items() if kind == pl.Float64}
    found = validated(frame, conditions, {"park_code": pl.String(), "year": pl.Int32(), **known}, KEYS)
    keyed = found.with_columns(frame.select(KEYS)[found["row"]].get_columns()) if found.height else found
    kept = _kept(keyed, checks, years, set(refused)) if found.height else {}
    return list(_findings(kept, check_frame, checks, places))


def _kept(
    violated: pl.DataFrame, checks: Checks, years: Collection[int], refused: set[ParkYear]
) -> dict[int, list[int]]:
    """Rows to report by number of the rule, judged year by year because an error of one year spoils the comparison of the next."""
    kept: dict[int, list[int]] = {}
    by_year: dict[int, list[tuple[int, int, str]]] = {}
    for number, row, park_code, year in violated.select("rule", "row", *KEYS).iter_rows():
        by_year.setdefault(year, []).append((number, row, park_code))
    for year in sorted(set(by_year).intersection(years)):
        standing = [
            (number, row, park_code)
            for number, row, park_code in by_year[year]
            if not (checks.rules[number].needs_last_year and (park_code, year - 1) in refused)
        ]
        fired = {
            (park_code, checks.rules[number].check.id, checks.rules[number].item) for number, _, park_code in standing
        }
        for number, row, park_code in standing:
            rule = checks.rules[number]
            if any(
                {(park_code, other, None), (park_code, other, rule.item)} & fired for other in rule.check.silent_with
            ):
                continue
            kept.setdefault(number, []).append(row)
            if blocking(rule.check):
                refused.add((park_code, year))
    return kept


def _findings(
    kept: Mapping[int, list[int]], check_frame: CheckFrame, checks: Checks, places: Places
) -> Iterator[Finding]:
    if not kept:
        return
    rows = sorted({row for rows in kept.values() for row in rows})
    concerned = check_frame.frame[rows].select(KEYS)
    cells = _cells(places.items, concerned)
    last_cells = {
        key[:3]: key[3] for key in _semi(places.last_year_cells, concerned).select(*KEYS, "item", "cell").iter_rows()
    }
    for number, numbers in sorted(kept.items()):
        rule = checks.rules[number]
        told = _told(rule, check_frame, checks, numbers)
        for row in told.iter_rows(named=True):
            park_year = (row["park_code"], row["year"])
            blamed = rule.items if not rule.terms else tuple(item for item, _ in rule.terms if row[f"term.{item}"])
            place = cells.get((*park_year, blamed[0]), {})
            at = {item: cells.get((*park_year, item), {}) for item in blamed}
            own = [
                (
                    last_cells.get((*park_year, item)) if rule.check.blame == "last" else spot.get("cell"),
                    spot.get("sheet"),
                )
                for item, spot in at.items()
            ]
            filed = row["filed_last"] if rule.check.blame == "last" else place.get("said")
            yield Finding(
                rule.check.id, rule.check.severity, row["message"], row["found"] or filed, row["expected"], rule.check.cure,
                row["year"], row["park_code"], blamed[0], place.get("label"), place.get("source_file"), place.get("sheet"), _joined_cells(own, place.get("sheet")),
            )  # fmt: skip


def _joined_cells(cells: Sequence[tuple[str | None, str | None]], sheet: str | None) -> str | None:
    """Cells of the first item's sheet as they are, cells of other sheets with the sheet's name: D4、D5、规模!D7."""
    named = [cell if at == sheet else f"{at}!{cell}" for cell, at in cells if cell]
    return "、".join(named) or None


def _cells(items: pl.DataFrame, concerned: pl.DataFrame) -> dict[tuple[str, int, str], dict[str, Any]]:
    said = pl.coalesce(number_text(pl.col("value")), pl.col("text")).alias("said")
    rows = _semi(items, concerned).select(*KEYS, "item", "source_file", "sheet", "cell", said)
    return {(row["park_code"], row["year"], row["item"]): row for row in rows.iter_rows(named=True)}


def _semi(frame: pl.DataFrame, concerned: pl.DataFrame) -> pl.DataFrame:
    return frame.join(concerned, on=KEYS, how="semi", maintain_order="left")


def _told(rule: Rule, check_frame: CheckFrame, checks: Checks, rows: list[int]) -> pl.DataFrame:
    """Message, expected text, what is shown as found and true terms of `rule` for the given rows of the frame."""

    frame = check_frame.frame[rows]
    return frame.select(
        *KEYS,
        phrase_text(rule.message, check_frame.columns, checks.label).alias("message"),
        phrase_text(rule.expected, check_frame.columns, checks.label).alias("expected"),
        (phrase_text(rule.value, check_frame.columns, checks.label) if rule.value else pl.lit(None, pl.String)).alias(
            "found"
        ),
        number_text(pl.col(f"filed_last.{rule.items[0]}")).alias("filed_last")
        if f"filed_last.{rule.items[0]}" in frame.columns
        else pl.lit(None, pl.String).alias("filed_last"),
        *(
            compile_value(term.tree, check_frame.columns, checks.label).fill_null(False).alias(f"term.{item}")
            for item, term in rule.terms
        ),
    )
