"""What a rule can ask beside indicators: facts of the year, of the year before and of several years."""

from __future__ import annotations

import re

from validation.expression import Name

FACTS = {
    "rank": "组内位次",
    "group_size": "组内园区数",
    "group_parks": "组内应排名园区数",
    "rank_change": "组内位次上升",
    "overall_rank": "全部园区位次",
    "overall_size": "参评园区数",
    "overall_rank_change": "全部园区位次上升",
    "score": "得分",
    "grade": "等次",
    "bottom": "组内靠后",
    "bottom_years": "连续靠后年数",
    "safe_score": "靠后界线之上的最低得分",
    "late_days": "逾期天数",
    "evaluated": "已评价",
    "data_refused": "数据未报送或未通过审核",
    "status_before": "上年状态",
    "targets_missed_count": "未达到的目标数",
    "rectification": "上年整改结果",
    "region_exit_years": "同一地区距上次退出年数",
    "vacant_places": "上年退出的园区数",
}
"""What a rule can ask beside indicators."""

HISTORY = re.compile(r"(last|mean|bottom_mean)([2-9])")
"""Spaces such as last3, mean3 and bottom_mean3: counts and means over the last years, and over those near the bottom alone."""


def over_years(name: Name) -> bool:
    """Whether a name counts or averages over years, or looks back to the last one that counts."""
    running = "bottom_years" in (name.space, name.name) or name.space == "missed_years"
    return running or name == Name("prev", "bottom") or HISTORY.fullmatch(name.space) is not None


PREVIOUS_FACTS = ("rank", "score", "grade", "bottom", "overall_rank")
