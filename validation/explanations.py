"""Written explanations (情况说明) of findings: of the park on the cover or beside the finding, and of the bureau's register."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from validation.answers import ANSWER_KEY
from validation.findings import NOTE, SCHEMA, VERIFY, Finding, gather, to_frame

FORM = "explanations"
COVER_ITEM = "explanation"
_NEEDED = ("park_code", "year", "check_id", "explanation", "given_by", "given_on")


@dataclass(frozen=True)
class _Entry:
    """One line of the register; `item` None stands for every item of the check."""

    park_code: str
    year: int
    check_id: str
    item: str | None
    explanation: str
    given_by: str
    given_on: str
    approved_by: str | None
    expires_on: date | None
    place: Mapping[str, str]

    @property
    def said(self) -> str:
        return f"{self.explanation}（{self.given_by} {self.given_on} 说明，{self.approved_by}批准，有效期至 {self.expires_on}）"


def explain(
    findings: pl.DataFrame,
    items: pl.DataFrame,
    records: pl.DataFrame,
    answers: pl.DataFrame,
    filings: pl.DataFrame,
    decided: Callable[[int], date],
    years: Collection[int],
) -> pl.DataFrame:
    """`findings` (validation.findings.SCHEMA) with what was said about them, and a 提示 for each line of the register not used.

    The most particular explanation counts: first the bureau's register (form `explanations` of `records`; 核实 only, approved and
    not expired on the evaluation date `decided(year)`), with who and when; then what the clerk wrote beside the same finding
    (`answers`, validation.answers.ANSWERS, of the park's own filing); then the cover's 情况说明 (`items`; 核实 only). Lines of the
    register are looked at for `years` alone; lines of parks without filing or finding count as unused.
    """
    entries = [entry for entry in _entries(records) if entry.year in years]
    valid = [entry for entry in entries if _fault(entry, decided) is None]
    told = _with_register(_with_answers(_with_cover(findings, items), answers, filings), valid)
    notes = to_frame(_unused(entries, findings, decided))
    return gather([told.select(*SCHEMA), notes])


def _with_cover(findings: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    written = items.filter(pl.col("item") == COVER_ITEM).select("park_code", "year", pl.col("text").alias("written"))
    cover = pl.when(pl.col("severity") == VERIFY).then("written")
    return (
        findings.join(written, on=["park_code", "year"], how="left", maintain_order="left")
        .with_columns(pl.coalesce(cover, "explanation").alias("explanation"))
        .drop("written")
    )


def _with_answers(findings: pl.DataFrame, answers: pl.DataFrame, filings: pl.DataFrame) -> pl.DataFrame:
    """A clerk can speak for the own filing only, the bureau for everything that stands in its workbook."""
    own = filings.select("source_file", "workbook", pl.col("park_code").alias("#park"), pl.col("year").alias("#year"))
    same = (pl.col("park_code") == pl.col("#park")) & (pl.col("year") == pl.col("#year"))
    said = (
        answers.join(own, on="source_file", maintain_order="left")
        .filter((pl.col("workbook") != "park") | same)
        .unique(ANSWER_KEY, keep="first", maintain_order=True)
        .select(*ANSWER_KEY, pl.col("explanation").alias("answer"))
    )
    return (
        findings.join(said, on=list(ANSWER_KEY), how="left", nulls_equal=True, maintain_order="left")
        .with_columns(pl.coalesce("answer", "explanation").alias("explanation"))
        .drop("answer")
    )


def _with_register(findings: pl.DataFrame, entries: Collection[_Entry]) -> pl.DataFrame:
    key = ["park_code", "year", "check_id"]
    schema = {"park_code": pl.String, "year": pl.Int32, "check_id": pl.String, "item": pl.String, "said": pl.String}
    rows = [(entry.park_code, entry.year, entry.check_id, entry.item, entry.said) for entry in entries]
    lines = pl.DataFrame(rows, schema=schema, orient="row")
    particular = lines.filter(pl.col("item").is_not_null()).unique([*key, "item"], keep="first", maintain_order=True)
    general = lines.filter(pl.col("item").is_null()).drop("item").unique(key, keep="first", maintain_order=True)
    verify = pl.col("severity") == VERIFY
    return (
        findings.join(particular, on=[*key, "item"], how="left", maintain_order="left")
        .join(general.rename({"said": "general"}), on=key, how="left", maintain_order="left")
        .with_columns(pl.coalesce(pl.when(verify).then(pl.coalesce("said", "general")), "explanation").alias("explanation"))
        .drop("said", "general")
    )  # fmt: skip


def _entries(records: pl.DataFrame) -> Iterator[_Entry]:
    """The lines of the register with every needed column (conform has reported the others), in their order."""
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for row in records.filter(pl.col("form") == FORM).iter_rows(named=True):
        line = rows.setdefault((row["source_file"], row["record"]), {})
        line[row["item"]] = row["text"]
        if row["item"] == "check_id":
            line["place"] = {name: row[name] for name in ("source_file", "sheet", "cell")}
    for _, line in sorted(rows.items(), key=lambda pair: pair[0]):
        if all(line.get(name) for name in _NEEDED):
            expires = line.get("expires_on")
            yield _Entry(
                line["park_code"], int(line["year"]), line["check_id"].strip(), line.get("item") or None,
                line["explanation"], line["given_by"], line["given_on"], line.get("approved_by") or None,
                date.fromisoformat(expires) if expires else None, line["place"],
            )  # fmt: skip


def _fault(entry: _Entry, decided: Callable[[int], date]) -> tuple[str, str, str, str, str] | None:
    """Why a line cannot be used: check id, what, value, expected, cure; None when it can."""
    if not entry.approved_by:
        return "explanation_unapproved", "没有批准人", "（空）", "批准人", "批准后填写批准人"
    if entry.expires_on is None:
        return "explanation_unapproved", "没有有效期", "（空）", "有效期至某日", "填写有效期"
    day = decided(entry.year)
    if entry.expires_on < day:
        return (
            "explanation_expired", f"有效期至 {entry.expires_on}，早于评价日期 {day}", str(entry.expires_on),
            f"不早于 {day}", "重新说明并批准，或请园区更正",
        )  # fmt: skip
    return None


def _unused(
    entries: Collection[_Entry], findings: pl.DataFrame, decided: Callable[[int], date]
) -> Iterator[Finding]:  # fmt: skip
    found: dict[tuple[str, int, str], set[tuple[str | None, str]]] = {}
    for park_code, year, check_id, item, severity in findings.select(
        "park_code", "year", "check_id", "item", "severity"
    ).iter_rows():
        found.setdefault((park_code, year, check_id), set()).add((item, severity))
    for entry in entries:
        hits = {
            severity
            for item, severity in found.get((entry.park_code, entry.year, entry.check_id), ())
            if entry.item in (None, item)
        }
        fault = _fault(entry, decided)
        if not hits:
            said = ("explanation_unmatched", "说明没有对应的问题", entry.check_id, "本年审核问题中的规则和指标", "核对园区、年度、规则和指标；问题已解决的删去该行")  # fmt: skip
        elif VERIFY not in hits:
            said = ("explanation_unmatched", f"{'、'.join(sorted(hits))}不能以说明代替", entry.check_id, "核实类问题", "请园区更正")  # fmt: skip
        elif fault is not None:
            said = fault
        else:
            continue
        check_id, what, value, expected, cure = said
        yield Finding(
            check_id, NOTE, f"登记的说明没有采用：{what}", value, expected, cure, entry.year, entry.park_code, entry.item,
            **entry.place,
        )  # fmt: skip
