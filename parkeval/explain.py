"""What `explain` is asked about, found among the published results."""

from __future__ import annotations

from parkeval.errors import UsageFault
from parkeval.store import Tables
from report_templates.explanation import Step
from report_templates.figure_sources import Sources
from report_templates.worked_sums import WorkedSums
from validation.problems import Problem


def explain(
    tables: Tables, scheme: str, year: int, park_code: str, subject: str | None = None, *, full: bool = False
) -> Step:
    """The explanation of a park's result in `year`: its ranks, total and proposals; or of `subject` (a dimension, an
    indicator, a rule, a filed figure, a parameter, by code or Chinese name); or, `full`, all of it down to the cells.

    Raises UsageFault for a park that is not on the register of the year and for a subject that is not known.
    """
    sums = WorkedSums(Sources(tables, scheme, year, park_code))
    if not sums.sources.rows("parks"):
        raise UsageFault([Problem(park_code, f"{year} 年没有这个园区", "园区代码或名称", "用 sql 查“园区名录”")])
    if full:
        return sums.everything()
    if subject is None:
        return sums.told()
    found = sums.about(subject)
    if found is None:
        known = "、".join(sums.subjects())
        raise UsageFault([Problem(subject, "没有这个指标或规则", known, "改用其中的代码或中文名称")])
    return found
