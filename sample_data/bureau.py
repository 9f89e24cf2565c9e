"""What the bureau files itself: the register of parks, totals of the prefecture, projects, events, corrections, explanations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from sample_data import NOTICE
from sample_data.figures import figures
from sample_data.parks import PARKS
from sample_data.planted import corrections
from sample_data.profile import YEARS, Profile
from validation.template import Content, Value

_PARKS_SHARE_OF_OUTPUT = {2020: "40.12", 2021: "42.06", 2022: "44.31", 2023: "46.27", 2024: "48.35", 2025: "50.44"}

_PROJECT_COLUMNS = (
    "park_code", "project", "chain", "investment_10k_cny", "signed_on", "landed_on", "environment_review",
    "surplus_capacity", "output_10k_cny_per_mu", "required_output_10k_cny_per_mu",
)  # fmt: skip
_ADMITTED = ("过关", "否", 520, 400)
"""What the admission review found for a project without objections."""

_BELOW_STANDARD = ("过关", "否", 285, 400)
_NOT_REVIEWED = (None, None, None, None)
"""Projects that landed before there were standards, or have not landed yet."""

_PROJECTS: tuple[tuple[Value, ...], ...] = (
    ("YN5328-01", "跨境物流加工中心（示例）", "口岸经济", 86400, date(2020, 6, 18), date(2021, 4, 9), *_NOT_REVIEWED),
    ("YN5328-01", "口岸冷链仓储一期（示例）", "口岸经济", 62300, date(2022, 3, 24), date(2023, 2, 16), *_NOT_REVIEWED),
    ("YN5328-01", "天然橡胶精深加工（示例）", "橡胶", 54800, date(2023, 5, 11), date(2024, 3, 20), *_ADMITTED),
    ("YN5328-01", "跨境电商产业园二期（示例）", "口岸经济", 47600, date(2024, 9, 6), None, *_NOT_REVIEWED),
    ("YN5328-02", "普洱茶精制提升（示例）", "普洱茶", 58200, date(2020, 9, 3), date(2021, 6, 28), *_NOT_REVIEWED),
    ("YN5328-02", "糖业循环经济改造（示例）", "绿色食品", 66900, date(2022, 4, 19), date(2023, 8, 15), *_NOT_REVIEWED),
    ("YN5328-02", "茶叶仓储交易中心（示例）", "普洱茶", 31500, date(2024, 5, 22), date(2025, 1, 14), *_BELOW_STANDARD),
    (
        "YN5328-03",
        "傣药标准提取物（示例）",
        "生物医药（傣医药）",
        52600,
        date(2021, 11, 8),
        date(2023, 3, 21),
        *_NOT_REVIEWED,
    ),
    (
        "YN5328-03",
        "傣医药制剂产业化（示例）",
        "生物医药（傣医药）",
        71800,
        date(2023, 7, 13),
        date(2025, 2, 20),
        *_ADMITTED,
    ),
    ("YN5328-03", "算力与数据服务基地（示例）", "数字经济", 83500, date(2024, 10, 17), None, *_NOT_REVIEWED),
    ("YN5328-04", "高性能轮胎胶（示例）", "橡胶", 76200, date(2021, 3, 16), date(2022, 5, 24), *_NOT_REVIEWED),
    ("YN5328-04", "胶木家具产业基地（示例）", "橡胶", 58700, date(2024, 2, 28), date(2025, 3, 18), *_ADMITTED),
    ("YN5328-05", "糖厂节能技改（示例）", "绿色食品", 36400, date(2020, 4, 23), date(2020, 12, 10), *_NOT_REVIEWED),
    ("YN5328-06", "热带水果加工与冷链（示例）", "绿色食品", 55300, date(2023, 6, 27), date(2024, 8, 22), *_ADMITTED),
    ("YN5328-07", "蔗糖综合利用（示例）", "绿色食品", 28600, date(2022, 10, 12), date(2023, 11, 7), *_NOT_REVIEWED),
    ("YN5328-08", "边境数字服务外包（示例）", "数字经济", 42700, date(2023, 4, 18), date(2024, 1, 25), *_ADMITTED),
    ("YN5328-08", "康养度假综合体（示例）", "文旅康养", 61200, date(2025, 4, 29), None, *_NOT_REVIEWED),
    ("YN5328-10", "跨境肉牛屠宰加工（示例）", "绿色食品", 33800, date(2022, 8, 30), date(2023, 12, 5), *_NOT_REVIEWED),
    ("YN5328-11", "橡胶制品产业化（示例）", "橡胶", 51600, date(2023, 9, 21), date(2024, 11, 12), *_ADMITTED),
    (
        "YN5328-12",
        "傣药健康产品（示例）",
        "生物医药（傣医药）",
        26400,
        date(2023, 10, 26),
        date(2024, 9, 10),
        *_ADMITTED,
    ),
)

_EVENT_COLUMNS = ("park_code", "occurred_on", "kind", "severity", "description", "evidence")
_EVENTS: tuple[tuple[Value, ...], ...] = (
    ("YN5328-05", date(2023, 6, 14), "检查发现问题", "一般", "污水集中收集管网未全覆盖", "示例环保督查〔2023〕26 号"),
    ("YN5328-04", date(2023, 8, 17), "安全生产事故", "一般", "仓库装卸作业事故，1 人受伤", "示例事故通报〔2023〕11 号"),
    ("YN5328-07", date(2023, 9, 5), "安全生产事故", "较大", "锅炉房蒸汽管道破裂，3 人死亡", "示例调查报告〔2023〕4 号"),
    ("YN5328-06", date(2024, 3, 28), "检查发现问题", "一般", "一般固体废物台账不完整", "示例环保督查〔2024〕9 号"),
)

_EXPLANATION_COLUMNS = (
    "park_code", "year", "check_id", "item", "explanation", "given_by", "given_on", "approved_by", "expires_on",
)  # fmt: skip
_EXPLANATIONS: tuple[tuple[Value, ...], ...] = (
    (
        "YN5328-11", 2024, "growth", "taxes_10k_cny", "2024 年一次清缴以前年度缓缴的税款，2025 年恢复正常。",
        "示例园区管委会", date(2025, 5, 20), "示例审核员", date(2025, 12, 31),
    ),
)  # fmt: skip


def bureau_content() -> Content:
    """The content of the bureau workbook for all years."""
    return Content(
        notice=NOTICE,
        records={
            "parks": [_registration(park) for park in PARKS],
            "region_totals": [{"year": year, "industrial_output_10k_cny": region_output(year)} for year in YEARS],
            "projects": _rows(_PROJECT_COLUMNS, _PROJECTS),
            "events": _rows(_EVENT_COLUMNS, _EVENTS),
            "corrections": corrections(),
            "explanations": _rows(_EXPLANATION_COLUMNS, _EXPLANATIONS),
        },
    )


def region_output(year: int) -> Decimal:
    """Gross industrial output of the prefecture in 万元, of which the parks' true output is the intended share."""
    parks = sum(
        (figures(park.code, year).items["industrial_output_10k_cny"] for park in PARKS if year in park.years),
        Decimal(0),
    )
    return (100 * parks / Decimal(_PARKS_SHARE_OF_OUTPUT[year])).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _registration(park: Profile) -> dict[str, Value]:
    return {
        "park_code": park.code,
        "from_year": park.first_year,
        "name": park.name,
        "level": park.level,
        "park_type": park.park_type,
        "region_code": park.region_code,
        "region": park.region,
        "approved_year": park.approved_year,
        "leading_industries": park.leading,
    }


def _rows(columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> list[Mapping[str, Value]]:
    return [dict(zip(columns, row, strict=True)) for row in rows]
