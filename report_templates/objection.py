"""How and until when a park may object, in words, from what the scheme settles."""

from __future__ import annotations

from datetime import date

from report_templates.formatting import chinese_date, plain
from report_templates.published import Published


def objection_text(results: Published, today: date | None = None) -> str:
    """One sentence with addressee, last day (where the scheme sets one) and what to send.

    `today` is the date of the paper where it is later than the results: the last day may have passed by then.
    """
    due = objections_due(results)
    if due and today and today > due:
        return f"对评价结果的异议期限已于 {chinese_date(due)} 届满；对本决定有异议的，向作出决定的机关书面提出，并附证明材料。"
    until = f"于 {chinese_date(due)} 前（含当日）" if due else "自收到之日起在规定期限内"
    office = plain(results.run.get("office"), 40) or "评价机关"
    return (
        f"对结果有异议的，可{until}向{office}书面提出，写明所异议的指标、数值和理由，并附证明材料。"
        "异议成立的，更正数据并重新评价全部园区；逾期未提出的，视为无异议。"
    )


def objections_due(results: Published) -> date | None:
    """The last day for objections; null where the scheme does not set one."""
    for row in results.rows("definitions"):
        if row["kind"] == "scheme" and row["code"] == "objections_due" and row["value"]:
            return date.fromisoformat(row["value"])
    return None
