"""Data quality for print: findings of a park, corrections, dates of filing, and the table over all parks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from report_templates.formatting import NULL, chinese_date, exact, number, or_dash, plain
from report_templates.published import Published, Row

SEVERITIES = ("错误", "核实", "提示")
LISTED = 12


@dataclass(frozen=True)
class FindingLine:
    """One 审核问题 with its place in the filed workbook."""

    severity: str
    label: str
    message: str
    found: str
    place: str
    explanation: str


@dataclass(frozen=True)
class CorrectionLine:
    """One 更正: what was filed, what counts, and why."""

    label: str
    unit: str
    filed: str
    value: str
    reason: str


@dataclass(frozen=True)
class Quality:
    """Findings of one park: counts by severity, the first `LISTED` of them, how many are left out, corrections.

    `filing` tells completeness, delay and findings before correction; empty where the results do not have them."""

    filing: str
    counts: tuple[tuple[str, int], ...]
    findings: tuple[FindingLine, ...]
    omitted: int
    corrections: tuple[CorrectionLine, ...]


@dataclass(frozen=True)
class FilingLine:
    """One park in the bulletin's table of data quality."""

    name: str
    filed_on: str
    late: str
    completeness: str
    counts: tuple[str, ...]
    corrections: str
    note: str


def quality_of(findings: Sequence[Row], statistics: Iterable[Row], measured: Sequence[Row] = ()) -> Quality:
    """Findings (gravest first, then in the published order) and corrections of one park.

    `measured`: the park's row of `data_quality`, if there is one.
    """
    order = {severity: position for position, severity in enumerate(SEVERITIES)}
    sorted_findings = sorted(findings, key=lambda row: order.get(row["severity"], len(order)))
    return Quality(
        filing=_filing_text(measured[0]) if measured else "",
        counts=_counts(findings),
        findings=tuple(_finding(row) for row in sorted_findings[:LISTED]),
        omitted=max(len(findings) - LISTED, 0),
        corrections=tuple(_correction(row) for row in statistics if row["corrected"]),
    )


def _counts(findings: Iterable[Row]) -> tuple[tuple[str, int], ...]:
    counted = Counter(row["severity"] for row in findings)
    return tuple((severity, counted[severity]) for severity in SEVERITIES)


def _filing_text(row: Row) -> str:
    """One sentence on what was filed, before anything was corrected."""
    before = (
        f"更正前审核问题：错误 {row['errors_count']} 处、核实 {row['verify_count']} 处、提示 {row['notes_count']} 处"
    )
    rest = f"采用更正 {row['corrections_count']} 条；未说明的核实 {row['unexplained_count']} 处"
    if row["late_days"] is None and not row["filled_cells"]:
        return "未报送。"
    filled = f"必填完整率 {number(row['completeness_pct'], 1)}%（{row['filled_cells']} / {row['required_cells']} 格）"
    return (
        "；".join((filled, f"报送{late_text(row['late_days'])}", before, rest)).replace(f"报送{NULL}", "没有报送日期")
        + "。"
    )


def _finding(row: Row) -> FindingLine:
    found = [f"所填 {plain(row['value'], 40)}"] if plain(row["value"]) else []
    found += [f"应为 {plain(row['expected'], 60)}"] if plain(row["expected"]) else []
    return FindingLine(
        severity=or_dash(row["severity"]),
        label=or_dash(row["label"], 30),
        message=plain(row["message"], 120),
        found="；".join(found),
        place=_place(row),
        explanation=plain(row["explanation"], 120),
    )


def _place(row: Row) -> str:
    sheet, cell = plain(row["sheet"], 20), plain(row["cell"], 10)
    where = f"{sheet}!{cell}" if sheet and cell else sheet or cell
    return where or or_dash(row["source_file"], 40)


def _correction(row: Row) -> CorrectionLine:
    return CorrectionLine(
        label=plain(row["label"], 40),
        unit=or_dash(row["unit"]),
        filed=exact(row["filed_value"]),
        value=exact(row["value"]),
        reason=or_dash(row["correction_reason"], 120),
    )


def filing_lines(results: Published) -> tuple[FilingLine, ...]:
    """All parks of the register in the order of their codes."""
    return tuple(_filing(results, row) for row in results.rows("parks"))


def _filing(results: Published, park: Row) -> FilingLine:
    counts = _counts(results.of_park("findings", park["park_code"]))
    corrected = sum(1 for row in results.of_park("statistics", park["park_code"]) if row["corrected"])
    measured = results.of_park("data_quality", park["park_code"])
    return FilingLine(
        name=plain(park["name"], 40),
        filed_on="未报送" if park["filed_on"] is None else chinese_date(park["filed_on"]),
        late=late_text(park["late_days"]),
        completeness=number(measured[0]["completeness_pct"], 1) if measured else NULL,
        counts=tuple(str(count) for _, count in counts),
        corrections=str(corrected),
        note=plain(park["note"], 80) or NULL,
    )


def late_text(late_days: int | None) -> str:
    """按时, 逾期 N 天, or `—` where nothing was filed."""
    if late_days is None:
        return NULL
    return f"逾期 {late_days} 天" if late_days > 0 else "按时"
