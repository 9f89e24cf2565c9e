"""The planted mistakes: what a park filed other than its true figures, and what the register says about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from sample_data.figures import Figures, figures
from validation.template import Value

TEN = Decimal(10)
CNY_PER_10K = Decimal(10000)
MONEY = "_10k_cny"

CORRECTED_IN_UNITS = ("YN5328-10", 2024)
CORRECTED_TYPO = ("YN5328-04", 2023)
UNCORRECTED_TYPO = ("YN5328-11", 2022)
LAST_YEAR_MISCOPIED = ("YN5328-06", 2023)

EXPLANATIONS = {
    (
        "YN5328-07",
        2022,
    ): "期末从业人员比上年增长约两倍，系自 2022 年起按新口径计入劳务派遣人员和榨季用工，上年数未追溯调整。",
    ("YN5328-05", 2023): "受建材市场需求下降影响，主要企业停产检修，营业收入和研发投入增速明显回落。",
    ("YN5328-08", 2024): "两个数字经济项目于 2024 年投产，企业数、营业收入和研发投入同步增加。",
}
FILED_LATE = {("YN5328-09", 2024): date(2025, 5, 12)}


def as_filed(code: str, year: int) -> Figures:
    """The figures in column 本年 of the workbook as the park filed it."""
    true = figures(code, year)
    match (code, year):
        case place if place == CORRECTED_IN_UNITS:
            return _in_cny(true)
        case place if place == CORRECTED_TYPO:
            return _shifted(true, "rd_expenditure_10k_cny")
        case place if place == UNCORRECTED_TYPO:
            return _shifted(true, "industrial_value_added_10k_cny")
    return true


def last_year_as_filed(code: str, year: int) -> dict[str, Value]:
    """Column 上年 of the workbook of `year`: last year's true figures, one of them once miscopied."""
    items: dict[str, Value] = dict(figures(code, year - 1).items)
    if (code, year) == LAST_YEAR_MISCOPIED:
        item = "fixed_investment_10k_cny"
        items[item] = figures(code, year - 1).items[item] + Decimal("1800.00")
    return items


def corrections() -> list[dict[str, Value]]:
    """Rows of 更正登记: one workbook filed in 元 instead of 万元, one figure with its decimal point misplaced."""
    return [_correction(*CORRECTED_TYPO, *_TYPO), _correction(*CORRECTED_IN_UNITS, *_UNITS)]


_TYPO = (
    "rd_expenditure_10k_cny",
    "rd_expenditure_10k_cny",
    "填报时小数点错位，多填一位",
    "园区更正函（示例〔2024〕7 号）",
)
_UNITS = (
    f"*{MONEY}",
    "revenue_10k_cny",
    "全部货币指标误以“元”填报，应为“万元”",
    "园区更正函（示例〔2025〕3 号）",
)


def _correction(code: str, year: int, scope: str, item: str, reason: str, source: str) -> dict[str, Value]:
    return {
        "park_code": code,
        "year": year,
        "item": scope,
        "filed_value": as_filed(code, year).items[item],
        "corrected_value": figures(code, year).items[item],
        "reason": reason,
        "source": source,
        "approved_by": "示例审核员",
    }


def _shifted(true: Figures, item: str) -> Figures:
    return replace(true, items={**true.items, item: true.items[item] * TEN})


def _in_cny(true: Figures) -> Figures:
    items = {code: value * CNY_PER_10K if code.endswith(MONEY) else value for code, value in true.items.items()}
    industries = [
        {
            column: value * CNY_PER_10K if isinstance(value, Decimal) and column.endswith(MONEY) else value
            for column, value in row.items()
        }
        for row in true.industries
    ]
    return replace(true, items=items, industries=industries)
