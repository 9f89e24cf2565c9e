"""The nine invented 产业功能区 and 园区 of the region chengdu; names and figures say nothing about real ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sample_data.course import Course

FIRST_YEAR, LAST_YEAR = 2017, 2020
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)

Counts = tuple[int, ...]
Areas = tuple[float, ...]
Parcel = tuple[str, str, float, date, date | None, date | None]
"""Number, kind, area in 亩, since, assessed on, exited on."""


@dataclass(frozen=True)
class Zone:
    """A zone: `course` runs from 2016; counts and areas are by year from 2017 on.

    `factories`, `specialised`, `grade_a` and `other` are floor areas completed in the year, in 万平方米; `done` are
    the days on which the four milestones were reached.
    """

    course: Course
    added: Counts
    pledged: Areas
    factories: Areas
    specialised: Areas
    done: tuple[date, ...]
    agreements: tuple[tuple[str, str, date], ...]
    unicorns: Counts = (0, 0, 0, 0)
    grade_a: Areas = (0, 0, 0, 0)
    other: Areas = (4, 0, 0, 0)
    parcels: tuple[Parcel, ...] = ()
    enterprises: tuple[int, float] = field(default=(1200, 1.06))


_USUAL: Mapping[str, tuple[float, float]] = {
    "leading_share": (54, 62), "tax_rate": (4.1, 4.4), "per_person": (78, 92), "per_mu": (240, 300),
    "leading_firms": (56, 66), "moved_out": (4.5, 6.5), "held": (52, 56), "occupancy": (70.5, 77),
}  # fmt: skip

_PLANNED = (date(2018, 6, 12), date(2018, 11, 23), date(2018, 5, 30), date(2018, 10, 16))


def _ratios(own: Mapping[str, tuple[float, float]]) -> Mapping[str, tuple[float, float]]:
    return {**_USUAL, **own}


def _signed(university: date, enterprise: date) -> tuple[tuple[str, str, date], ...]:
    return (("示例大学", "高校", university), ("示例集团", "央企", enterprise))


ZONES: tuple[Zone, ...] = (
    Zone(
        Course(
            "SC5101-01", "瀚川电子信息产业功能区（虚构）", {2017: "产业功能区"}, "产业新城", "510117", "郫都区", 2012,
            leading=("电子信息", "新材料"), mix={"电子信息": 78, "新材料": 22, "商务服务": 40, "其他": 60},
            revenue=9_200_000, growth=(12, 13, 12, 11), years=YEARS,
            ratios=_ratios({"leading_share": (69, 78), "leading_firms": (64, 74), "moved_out": (6, 8)}),
        ),
        added=(610, 960, 1010, 1060), pledged=(0.9, 1.45, 1.6, 1.7), unicorns=(0, 1, 1, 2),
        factories=(70, 96, 88, 84), specialised=(18, 26, 24, 42), enterprises=(2400, 1.06),
        done=(date(2018, 5, 18), date(2018, 10, 30), date(2018, 5, 8), date(2018, 7, 20)),
        agreements=(
            ("示例理工大学", "高校", date(2018, 1, 25)),
            ("示例电子研究所", "科研院所", date(2018, 3, 12)),
            ("示例电子集团", "央企", date(2018, 9, 6)),
        ),
    ),
    Zone(
        Course(
            "SC5101-02", "云岭汽车产业功能区（虚构）", {2017: "产业功能区"}, "产业新城", "510112", "龙泉驿区", 2010,
            leading=("汽车制造",), mix={"汽车制造": 100, "新材料": 46, "商务服务": 22, "其他": 32},
            revenue=8_100_000, growth=(8, 6, -3, 2), years=YEARS,
            ratios=_ratios({"leading_share": (74, 73)}),
            planted={("leading_share", 2019): 70.2, ("leading_share", 2020): 72.4, ("leading_share", 2018): 74.6},
        ),
        added=(380, 520, 470, 540), pledged=(0.7, 0.82, 0.86, 0.9),
        factories=(64, 82, 60, 66), specialised=(14, 16, 10, 22), enterprises=(1700, 1.03),
        done=_PLANNED, agreements=_signed(date(2018, 3, 20), date(2018, 11, 8)),
        parcels=(("LQ-2016-08", "低效", 240, date(2017, 6, 1), date(2018, 5, 10), date(2019, 11, 26)),),
    ),
    Zone(
        Course(
            "SC5101-03", "溪桥生物医药产业功能区（虚构）", {2017: "产业功能区"}, "产业新城", "510115", "温江区", 2013,
            leading=("生物医药",), mix={"生物医药": 100, "绿色食品": 38, "商务服务": 28, "其他": 34},
            revenue=4_600_000, growth=(14, 15, 14, 13), years=YEARS,
            ratios=_ratios({"leading_share": (61, 70), "occupancy": (71, 80)}),
        ),
        added=(430, 690, 740, 780), pledged=(0.8, 1.2, 1.35, 1.5), unicorns=(0, 0, 1, 1),
        factories=(52, 78, 74, 70), specialised=(16, 24, 22, 24), enterprises=(1300, 1.07),
        done=(date(2018, 6, 5), date(2018, 12, 12), date(2018, 6, 20), date(2018, 9, 14)),
        agreements=_signed(date(2018, 2, 27), date(2018, 10, 19)),
    ),
    Zone(
        Course(
            "SC5101-04", "青棠商务产业功能区（虚构）", {2017: "产业功能区"}, "特色街区", "510104", "锦江区", 2014,
            leading=("金融", "商务服务"), mix={"金融": 57, "商务服务": 43, "文化创意": 44, "会展旅游": 30, "其他": 26},
            revenue=5_400_000, growth=(11, 12, 11, 10), years=YEARS,
            ratios=_ratios({"leading_share": (63, 70), "occupancy": (72, 81), "held": (46, 58), "per_mu": (1300, 1600)}),
        ),
        added=(520, 880, 920, 980), pledged=(0.3, 0.42, 0.5, 0.6),
        factories=(0, 0, 0, 0), specialised=(20, 34, 36, 46), grade_a=(18, 43, 24, 20), enterprises=(2900, 1.07),
        other=(22, 0, 0, 0), done=_PLANNED,
        agreements=_signed(date(2018, 3, 29), date(2018, 12, 21)),
    ),
    Zone(
        Course(
            "SC5101-05", "北麓物流产业功能区（虚构）", {2017: "产业功能区"}, "产业新城", "510113", "青白江区", 2011,
            leading=("现代物流",), mix={"现代物流": 100, "新材料": 42, "商务服务": 21, "其他": 37},
            revenue=3_300_000, growth=(7, 5, 4, 9), years=YEARS,
            ratios=_ratios({"leading_share": (48, 53), "occupancy": (62, 71), "held": (40, 46), "moved_out": (2, 4)}),
            planted={("occupancy", 2018): 60, ("occupancy", 2019): 63, ("leading_share", 2018): 48.6},
        ),
        added=(210, 340, 330, 420), pledged=(0.3, 0.35, 0.4, 0.45),
        factories=(48, 58, 50, 56), specialised=(12, 14, 12, 16), enterprises=(900, 1.04),
        done=(date(2018, 8, 24), date(2019, 4, 18), date(2018, 6, 28), date(2019, 3, 6)),
        agreements=_signed(date(2018, 5, 16), date(2018, 12, 27)),
        parcels=(
            ("QB-2015-03", "空置", 330, date(2017, 3, 1), date(2018, 9, 4), date(2020, 6, 18)),
            ("QB-2016-11", "低效", 210, date(2017, 9, 1), date(2019, 3, 22), date(2020, 10, 30)),
        ),
    ),
    Zone(
        Course(
            "SC5101-06", "南榆新材料园区（虚构）", {2017: "园区"}, "产业新城", "510114", "新都区", 2013,
            leading=("新材料", "航空航天"), mix={"新材料": 61, "航空航天": 39, "电子信息": 44, "其他": 56},
            revenue=1_900_000, growth=(13, 14, 13, 12), years=YEARS,
            ratios=_ratios({"leading_share": (60, 68), "occupancy": (71, 78)}),
        ),
        added=(280, 600, 620, 640), pledged=(0.6, 0.95, 1.1, 1.2),
        factories=(46, 72, 66, 64), specialised=(10, 18, 16, 18), enterprises=(780, 1.06),
        done=(date(2018, 6, 8), date(2018, 12, 3), date(2018, 6, 1), date(2018, 8, 30)),
        agreements=_signed(date(2018, 3, 8), date(2018, 11, 29)),
    ),
    Zone(
        Course(
            "SC5101-07", "槐安绿色食品园区（虚构）", {2017: "园区"}, "特色小镇", "510131", "蒲江县", 2012,
            leading=("绿色食品",), mix={"绿色食品": 100, "会展旅游": 36, "文化创意": 22, "其他": 42},
            revenue=860_000, growth=(9, 8, 9, 10), years=YEARS,
            ratios=_ratios({"leading_share": (57, 63), "held": (50, 54)}),
        ),
        added=(160, 310, 320, 350), pledged=(0.2, 0.28, 0.32, 0.4),
        factories=(30, 46, 40, 38), specialised=(6, 10, 9, 10), enterprises=(420, 1.05),
        done=(date(2018, 6, 29), date(2019, 1, 25), date(2018, 6, 26), date(2018, 12, 18)),
        agreements=_signed(date(2018, 3, 26), date(2018, 12, 10)),
    ),
    Zone(
        Course(
            "SC5101-08", "翠屿文创园区（虚构）", {2017: "园区"}, "特色小镇", "510183", "邛崃市", 2014,
            leading=("文化创意", "会展旅游"), mix={"文化创意": 66, "会展旅游": 34, "商务服务": 47, "其他": 53},
            revenue=740_000, growth=(10, 12, 12, 13), years=YEARS,
            ratios=_ratios({"leading_share": (55, 63), "held": (51, 57)}),
        ),
        added=(240, 460, 480, 520), pledged=(0.2, 0.3, 0.36, 0.42),
        factories=(14, 22, 20, 20), specialised=(8, 16, 15, 16), grade_a=(0, 9, 0, 0), enterprises=(560, 1.08),
        done=_PLANNED, agreements=_signed(date(2018, 3, 30), date(2018, 12, 6)),
    ),
    Zone(
        Course(
            "SC5101-09", "松岗航空园区（虚构）", {2017: "园区"}, "产业新城", "510116", "双流区", 2015,
            leading=("航空航天",), mix={"航空航天": 100, "现代物流": 48, "商务服务": 24, "其他": 28},
            revenue=1_250_000, growth=(6, 3, 4, 12), years=YEARS,
            ratios=_ratios({"leading_share": (50, 55), "occupancy": (68, 76), "held": (42, 50), "moved_out": (2, 5)}),
            planted={("leading_share", 2018): 49.6, ("leading_share", 2019): 49.9, ("leading_share", 2020): 54.6},
        ),
        added=(150, 270, 280, 460), pledged=(0.3, 0.38, 0.42, 0.9),
        factories=(34, 48, 40, 62), specialised=(8, 9, 0, 18), enterprises=(510, 1.04),
        done=(date(2018, 6, 27), date(2018, 12, 28), date(2018, 9, 20), date(2019, 5, 17)),
        agreements=_signed(date(2018, 4, 12), date(2019, 2, 28)),
        parcels=(("SL-2016-05", "空置", 185, date(2018, 5, 1), date(2018, 11, 15), date(2020, 4, 24)),),
    ),
)  # fmt: skip
