"""What the kind of an indicator asks of the forms it rests on: dates of milestones, who gave a judged score and when."""

from __future__ import annotations

from collections.abc import Iterator

from metrics.catalogue import Catalogue, Indicator
from validation.expression import Aggregate, Name
from validation.forms import Column, FormSet
from validation.problems import DefinitionRefused, Problem

JUDGE, JUDGED_ON = "judged_by", "judged_on"
"""Columns of a table of judged scores: who judged, and the date."""


def kind_problems(catalogue: Catalogue, form_set: FormSet, place: str) -> Iterator[Problem]:
    """A problem for every milestone that rests on no date, and for every judged score of which the judge, the date or the
    range of points is not recorded. Formulas that read other indicators alone are left to those."""
    for indicator in (*catalogue.indicators, *catalogue.region_indicators):
        if indicator.kind not in ("milestone", "judged"):
            continue
        try:
            aggregates = indicator.expression(place).aggregates
        except DefinitionRefused:
            continue
        for aggregate in aggregates:
            form = form_set.tables().get(aggregate.table)
            columns = {column.code: column for column in form.columns} if form else {}
            if indicator.kind == "judged" and columns:
                yield from _judged(indicator, aggregate, columns, place)
            elif columns and not any(column.type == "date" for column in columns.values()):
                yield Problem(
                    f"{place} 的 {indicator.code}", f"节点任务（kind 为 milestone）取自 {aggregate.table}，而该表没有日期",
                    "表中有类型为 date 的列", "在报表中加日期列，或改 kind",
                )  # fmt: skip


def _judged(indicator: Indicator, aggregate: Aggregate, columns: dict[str, Column], place: str) -> Iterator[Problem]:
    where = f"{place} 的 {indicator.code}"
    for code, kind, said in ((JUDGE, "text", "评审人"), (JUDGED_ON, "date", "评审日期")):
        column = columns.get(code)
        if column is None or column.type != kind or not column.required:
            yield Problem(
                where, f"评审打分（kind 为 judged）取自 {aggregate.table}，而该表没有记录{said}",
                f"必填的列 {code}（类型 {kind}）", "在报表中加这一列",
            )  # fmt: skip
    for name in sorted(_scores(aggregate)):
        column = columns.get(name.name)
        if column is not None and column.numeric and (column.minimum is None or column.maximum is None):
            yield Problem(
                where, f"评审打分的列 {name} 没有写分数的范围", "minimum 和 maximum", "在报表中补写最低分和最高分"
            )


def _scores(aggregate: Aggregate) -> frozenset[Name]:
    return frozenset(name for name in aggregate.names if name.space == aggregate.table)
