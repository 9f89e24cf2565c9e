"""What a rule can ask beside indicators: facts of the year, of the year before and of several years."""

from __future__ import annotations

import re

from validation.expression import Name

FACTS = {
    "rank": "组内位次",
    "group_size": "组内园区数",
    "group_parks": "组内应排名园区数",
    "rank_change": "组内位次比上年上升位数",
    "overall_rank": "全部园区位次",
    "overall_size": "参评园区数",
    "overall_rank_change": "全部园区位次比上年上升位数",
    "score": "总分",
    "grade": "等次",
    "bottom": "组内靠后",
    "bottom_years": "连续靠后年数",
    "safe_score": "同组不靠后园区的最低总分",
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

FACT_UNITS = {
    "group_size": "个",
    "group_parks": "个",
    "rank_change": "位",
    "overall_size": "个",
    "overall_rank_change": "位",
    "score": "分",
    "safe_score": "分",
    "bottom_years": "年",
    "late_days": "天",
    "targets_missed_count": "项",
    "region_exit_years": "年",
    "vacant_places": "个",
}
"""Units of those facts that are numbers and no places; whole ones but for scores."""

RANKS = ("rank", "overall_rank")
"""Facts that are places in a ranking."""

HOLDS = {
    "bottom": ("组内靠后", "组内不靠后"),
    "evaluated": ("已予评价", "未予评价"),
    "data_refused": ("数据未报送或未通过审核", "数据已报送并通过审核"),
}
"""Facts that are truth values: what is said where they hold and where they do not."""

HISTORY = re.compile(r"(last|mean|bottom_mean)([2-9])")
"""Spaces such as last3, mean3 and bottom_mean3: counts and means over the last years, and over those near the bottom alone."""


def over_years(name: Name) -> bool:
    """Whether a name counts or averages over years, or looks back to the last one that counts."""
    running = "bottom_years" in (name.space, name.name) or name.space == "missed_years"
    return running or name == Name("prev", "bottom") or HISTORY.fullmatch(name.space) is not None


PREVIOUS_FACTS = ("rank", "score", "grade", "bottom", "overall_rank")
