"""`check --against`: a new filing judged beside the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from parkeval.batch import Prepared, validate
from parkeval.ledgers import LedgerFiles
from parkeval.printing import as_text
from parkeval.store import empty_tables
from validation.resubmission import OUTCOMES, Comparison, compare_submissions, completed
from validation.statistics import Statistics

_CHANGE_NAMES = {
    "year": "年度", "park_code": "园区代码", "label": "统计指标", "record": "行", "unit": "单位", "before": "改动前", "after": "改动后",
}  # fmt: skip
_OUTCOME_NAMES = {
    "outcome": "变化", "severity": "严重程度", "year": "年度", "park_code": "园区代码", "message": "问题",
    "value_before": "改动前所填", "value_after": "改动后所填", "expected": "应为", "sheet": "工作表", "cell": "单元格",
}  # fmt: skip


@dataclass(frozen=True)
class Against:
    """The new filing's statistics (findings and refusals of the parks it is about) and its comparison with the old one."""

    statistics: Statistics
    comparison: Comparison


def validate_against(
    data: Sequence[Path], against: Path, prepared: Prepared, ledgers: LedgerFiles | None = None
) -> Against:
    """Take in `data` and the earlier filing `against` (a folder or a file) by the same rules and the same `ledgers`, and compare them.

    Whichever of the two lacks the bureau's workbook is completed from the other, and the comparison is about its parks and years
    alone. Raises DataRefused when neither has one.
    """
    form_set = prepared.book.form_set
    new, old = completed(data, [against], form_set), completed([against], data, form_set)
    after, before = (validate(side.paths, prepared, empty_tables(), None, ledgers) for side in (new, old))
    about = new.park_years if new.park_years is not None else old.park_years
    comparison = compare_submissions(before, after, form_set, about)
    return Against(after if new.park_years is None else _of(after, new.park_years), comparison)


def comparison_text(comparison: Comparison) -> str:
    """What changed and what became of the findings, as two tables."""
    parts = []
    for heading, frame, names in (
        ("改动的数据", comparison.changes, _CHANGE_NAMES),
        ("审核问题的变化", comparison.findings, _OUTCOME_NAMES),
    ):
        shown = frame.select(*names).rename(names)
        parts.append(f"{heading}（{frame.height}）\n{as_text(shown, 'table') if frame.height else '没有' + chr(10)}")
    return "\n".join(parts)


def comparison_counts(comparison: Comparison) -> str:
    """One line: how many figures changed, how many findings are settled, new, remaining."""
    counts = dict(comparison.findings.group_by("outcome").len().iter_rows())
    said = "，".join(f"{outcome} {counts.get(outcome, 0)} 处" for outcome in OUTCOMES)
    return f"改动 {comparison.changes.height} 处；审核问题：{said}"


def _of(statistics: Statistics, park_years: pl.DataFrame) -> Statistics:
    """`statistics` whose findings and refusals are those of `park_years`, and those of no park."""
    key = ["park_code", "year"]
    own = statistics.findings.join(park_years, on=key, how="semi", maintain_order="left")
    others = statistics.findings.filter(pl.col("park_code").is_null())
    refused = statistics.refused.join(park_years, on=key, how="semi", maintain_order="left")
    return replace(statistics, findings=pl.concat([own, others]), refused=refused)
