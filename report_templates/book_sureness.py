"""Sheets of the result book on how sure the places are and on the audit of the index; none where no test was made."""

from __future__ import annotations

from collections.abc import Iterator

from report_templates.book_sheets import CODE, PARK, Amount, Column, Parks, Sheet, Value, text, yes_no
from report_templates.published import Published


def sureness_sheets(results: Published) -> tuple[Sheet, ...]:
    """The sheets that have rows, in their order."""
    made = (("robustness", _places), ("audit", _audit))
    return tuple(make(results) for table, make in made if results.rows(table))


def _places(results: Published) -> Sheet:
    columns = (
        CODE,
        PARK,
        Column("分组", 14, "", "robustness.group"),
        Column("组内位次", 10, "公布的位次", "robustness.rank", "位"),
        Column("5% 分位", 10, "各次模拟组内位次的 5% 分位", "robustness.rank_p05", "位"),
        Column("中位数", 10, "各次模拟组内位次的中位数", "robustness.rank_median", "位"),
        Column("95% 分位", 10, "各次模拟组内位次的 95% 分位", "robustness.rank_p95", "位"),
        Column("位次不变的比例", 16, "组内位次与公布相同的模拟所占比例", "robustness.same_rank_pct", "%"),
        Column("靠后的概率", 13, "0 到 1", "robustness.bottom_probability"),
        Column("结论", 50, "", "robustness.statement"),
        Column("位次的来由", 34, "", "sensitivity.statement"),
    )

    def rows() -> Iterator[list[Value]]:
        named = Parks(results)
        hanging = {row["park_code"]: row["statement"] for row in results.rows("sensitivity")}
        for row in results.rows("robustness"):
            yield [
                *named.of(row),
                text(row["group"]),
                *(Amount(row[name], 0) for name in ("rank", "rank_p05", "rank_median", "rank_p95")),
                Amount(row["same_rank_pct"], 1),
                Amount(row["bottom_probability"], 3),
                text(row["statement"]),
                text(hanging.get(row["park_code"])),
            ]

    return Sheet("位次可靠性", "换用其他合理的做法时，各园区位次的变动范围", columns, rows, frozen=2)


def _audit(results: Published) -> Sheet:
    columns = (
        Column("种类", 16, "", "audit.kind_label"),
        Column("名称", 28, "", "audit.label"),
        Column("另一名称", 28, "成对的发现", "audit.other_label"),
        Column("发现", 70, "", "audit.sentence"),
        Column("怎么办", 50, "", "audit.advice"),
        Column("数字", 10, "", "audit.figure"),
        Column("区间下限", 10, "", "audit.low"),
        Column("区间上限", 10, "", "audit.high"),
        Column("界线", 10, "", "audit.threshold"),
        Column("园区数", 10, "", "audit.parks", "个"),
        Column("是否可靠", 10, "园区数是否够多", "audit.reliable"),
    )

    def rows() -> Iterator[list[Value]]:
        for row in results.rows("audit"):
            yield [
                *(text(row[name]) for name in ("kind_label", "label", "other_label", "sentence", "advice")),
                *(Amount(row[name], 2) for name in ("figure", "low", "high", "threshold")),
                Amount(row["parks"], 0),
                yes_no(row["reliable"]),
            ]

    return Sheet("指标体系审计", "对指标体系的统计审计发现了什么，怎么办", columns, rows, frozen=2)
