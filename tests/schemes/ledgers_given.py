"""Ledgers of the first park of each scheme's sample data in its last year, and what they add up to, worked by hand.

Four enterprises, two projects, a few parcels. Figures that the park filed are reached exactly where nothing is said of a difference.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ledgers.plain_ledgers import credit_code

Rows = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Given:
    """The park and year, the rows of each ledger (columns that are the same for all left out), the figures that follow, and the checks that
    speak of the park."""

    park: str
    year: int
    enterprises: Rows
    projects: Rows
    parcels: Rows
    figures: dict[str, float]
    told: set[tuple[str, str]]

    def write(self, folder: Path) -> list[Path]:
        """The ledgers as CSV files below `folder`, as systems export them."""
        folder.mkdir()
        fixed = {"park_code": self.park, "year": self.year}
        rows = {
            "企业": [
                {**fixed, "credit_code": credit_code(number), "industry": "2911", "above_scale": "是", "high_tech": "否", **one}
                for number, one in enumerate(self.enterprises, 1)
            ],
            "项目": [
                {**fixed, "project_code": f"X{number}", "name": f"项目{number}", "kind": "新建", "state": "在建", **one}
                for number, one in enumerate(self.projects, 1)
            ],
            "地块": [{**fixed, "parcel_code": f"D{number}", **one} for number, one in enumerate(self.parcels, 1)],
        }  # fmt: skip
        return [_csv(folder / f"{name}.csv", own) for name, own in rows.items() if own]


def _csv(path: Path, rows: Rows) -> Path:
    heads = list(dict.fromkeys(name for one in rows for name in one))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, heads, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def enterprises(**columns: Sequence[float]) -> list[dict[str, Any]]:
    """One row for each place of the columns."""
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


OF_SIPING = Given(
    "JL2203-01",
    2020,
    enterprises(
        revenue_10k_cny=(1_000_000, 700_000, 500_000, 39_321.39),  # 2239321.39，与所报相同
        output_10k_cny=(900_000, 600_000, 300_000, 68_543.27),  # 1868543.27
        taxes_10k_cny=(40_000, 20_000, 10_000, 1_000),  # 71000，所报 72072.77，差 1.5%，允许 0.5%
        employees_persons=(10_000, 8_000, 6_000, 396),  # 24396
    ),
    [
        {"planned_investment_10k_cny": 200_000, "investment_year_10k_cny": 100_000, "land_mu": 300},
        {"planned_investment_10k_cny": 100_000, "investment_year_10k_cny": 50_000, "land_mu": 150},
    ],
    [
        {"area_mu": 6000, "land_use": "工业", "state": "已建成", "floor_area_m2": 1, "footprint_m2": 1},
        {"area_mu": 540, "land_use": "工业", "state": "低效", "floor_area_m2": 1, "footprint_m2": 1},
        {"area_mu": 13.5, "land_use": "工业", "state": "闲置"},
        {"area_mu": 100, "land_use": "工业", "state": "批而未供"},
    ],
    {
        "revenue_10k_cny": 2_239_321.39,
        "industrial_output_10k_cny": 1_868_543.27,
        "taxes_10k_cny": 71_000,
        "employees_persons": 24_396,
        "investment_completed_10k_cny": 150_000,
        "investment_intensity_10k_cny_per_ha": 10_000,  # 30 亿元 ÷（450 亩 ÷ 15）
        "supplied_land_ha": 436.9,  # 6553.5 亩 ÷ 15
        "built_industrial_land_ha": 436,  # 6540 亩 ÷ 15
        "idle_land_ha": 0.9,  # 13.5 亩 ÷ 15
    },
    {("ledger_total", "taxes_10k_cny")},
)

OF_MENGHAI = Given(
    "YN532822-01",
    2020,
    enterprises(
        revenue_10k_cny=(150_000, 90_000, 30_000, 265.63),  # 270265.63
        value_added_10k_cny=(40_000, 20_000, 15_000, 574.04),  # 75574.04
        output_10k_cny=(140_000, 80_000, 29_000, 900),
        rd_10k_cny=(800, 400, 0, 0),  # 1200，所报 1390.84，台账只作下限
        energy_tce=(6_000, 4_000, 3_000, 600),  # 13600，所报 13631.69，差 0.2%，允许 1%
    ),
    [
        {"planned_investment_10k_cny": 600, "investment_year_10k_cny": 500},
        {"planned_investment_10k_cny": 400, "investment_year_10k_cny": 300},  # 不到 500 万元，不算规模以上
    ],
    [],
    {
        "revenue_10k_cny": 270_265.63,
        "industrial_value_added_10k_cny": 75_574.04,
        "rd_10k_cny": 1_200,
        "industrial_energy_tce": 13_600,
        "investment_above_scale_10k_cny": 500,
    },
    set(),
)

OF_NANYANG = Given(
    "HN4113-01",
    2013,
    enterprises(
        revenue_10k_cny=(2_000_000, 1_000_000, 70_000, 5_461.58),  # 3075461.58
        value_added_10k_cny=(400_000, 300_000, 38_110.78, 0),  # 738110.78
        output_10k_cny=(1_900_000, 900_000, 65_000, 5_000),
        taxes_10k_cny=(80_000, 39_943, 0, 0),  # 119943
        employees_persons=(20_000, 20_000, 5_000, 227),  # 45227
        rd_10k_cny=(50_000, 30_000, 0, 0),  # 80000，大于所报的 70735.62
        energy_tce=(200_000, 65_719.88, 0, 0),  # 265719.88
        water_m3=(3_000_000, 1_000_000, 0, 0),  # 4000000，所报 9595440 含回用
    ),
    [
        {
            "planned_investment_10k_cny": 1_600_000,
            "investment_year_10k_cny": 300_000,
            "investment_total_10k_cny": 1_500_000,
        }
    ],
    [
        {"area_mu": 8000, "land_use": "工业", "state": "已建成", "floor_area_m2": 7_000_000, "footprint_m2": 3_000_000},
        {"area_mu": 1000, "land_use": "仓储", "state": "在建"},
        {"area_mu": 600, "land_use": "住宅", "state": "已建成", "floor_area_m2": 900_000},
    ],
    {
        "revenue_10k_cny": 3_075_461.58,
        "industrial_value_added_10k_cny": 738_110.78,
        "taxes_10k_cny": 119_943,
        "employees_persons": 45_227,
        "rd_10k_cny": 80_000,
        "energy_tce": 265_719.88,
        "water_m3": 4_000_000,
        "investment_completed_10k_cny": 300_000,
        "investment_total_10k_cny": 1_500_000,
        "enterprise_land_mu": 9_000,
        "enterprise_floor_area_m2": 7_000_000,
    },
    {("ledger_total", "rd_expenditure_10k_cny")},
)

OF_CHENGDU = Given(
    "SC5101-01",
    2020,
    [
        {**one, "leading_industry": leading}
        for one, leading in zip(
            enterprises(
                revenue_10k_cny=(9_000_000, 3_000_000, 2_000_000, 500_000),  # 14500000，多于所报 0.3%，允许 1%
                taxes_10k_cny=(300_000, 100_000, 90_000, 10_000),  # 500000，所报 635999.27
                employees_persons=(60_000, 50_000, 40_000, 10_000),  # 160000，多于所报 157114 的 1.8%
            ),
            ("电子信息", "电子信息", "", ""),
            strict=True,
        )
    ],
    [],
    [],
    {
        "revenue_10k_cny": 14_500_000,
        "taxes_10k_cny": 500_000,
        "employees_persons": 160_000,
        "enterprises_count": 4,
        "leading_industry_enterprises_count": 2,
    },
    {("ledger_total", "employees_persons")},
)
