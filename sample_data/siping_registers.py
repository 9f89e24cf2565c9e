"""What the invented bureau of 四平 registers itself: industrial positions, projects on granted land, facilities, events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sample_data.scatter import money
from validation.template import Value

_POSITIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "01": (("装备制造", "光电信息", "现代物流"), ("换热器", "农机装备", "汽车零部件", "光电器件", "智能仓储")),
    "02": (
        ("农产品加工", "医药健康", "能源"),
        ("玉米精深加工", "肉制品", "中成药", "生物制剂", "生物质能", "冷链食品", "保健食品"),
    ),
    "03": (("装备制造", "农产品加工"), ("专用汽车", "农机具", "粮食加工")),
    "04": (("农产品加工",), ("玉米加工", "乳制品")),
    "05": (("医药健康", "建材"), ("中药饮片", "新型墙材", "石材")),
    "06": (("能源", "建材"), ("风电装备", "玻璃制品")),
    "07": (("化工",), ("精细化工", "涂料")),
    "08": (("光电信息",), ("显示器件",)),
    "09": (("农产品加工", "建材"), ("杂粮加工", "石英砂制品")),
    "10": (("建筑",), ("装配式构件",)),
}
"""Leading industries and key fields of each zone; the last field of 02 is given up in 2020."""

_Project = tuple[str, str, date, date | None, date | None, float, float, float, float, float]
_PROJECTS: tuple[_Project, ...] = (
    ("01", "换热装备基地", date(2014, 3, 12), date(2014, 6, 5), date(2016, 5, 20), 12, 4600, 46, 11, 5.2),
    ("01", "光电器件一期", date(2015, 8, 20), date(2015, 11, 3), date(2017, 9, 15), 8, 4300, 44, 12, 6.1),
    ("01", "农机装备扩能", date(2018, 5, 16), date(2018, 8, 22), date(2020, 4, 10), 9, 4500, 45, 10, 5.5),
    ("02", "玉米精深加工", date(2014, 6, 18), date(2014, 9, 10), date(2016, 7, 8), 10, 3600, 43, 13, 6.4),
    ("02", "生物制剂产业化", date(2019, 3, 21), date(2019, 6, 12), None, 15, 4300, 0, 0, 0),
    ("03", "专用汽车总装", date(2013, 4, 15), date(2013, 7, 9), date(2015, 10, 22), 10, 4300, 47, 9, 4.8),
    ("03", "农机具制造", date(2016, 9, 8), date(2016, 11, 15), date(2018, 8, 30), 6, 4500, 45, 10, 5.0),
    ("04", "玉米加工一厂", date(2016, 3, 24), date(2016, 6, 2), date(2017, 12, 11), 6, 1400, 41, 14, 6.5),
    ("04", "乳制品加工", date(2017, 4, 19), date(2017, 8, 7), date(2019, 5, 24), 10, 1500, 42, 13, 6.8),
    ("04", "鲜食玉米冷链", date(2020, 2, 26), date(2020, 5, 18), None, 20, 3000, 0, 0, 0),
    ("05", "中药饮片加工", date(2015, 5, 27), date(2015, 9, 16), date(2017, 6, 13), 5, 2500, 43, 12, 6.0),
    ("05", "新型墙材", date(2017, 7, 11), date(2017, 10, 20), date(2019, 9, 3), 5, 2700, 48, 8, 4.2),
    ("06", "风电装备", date(2014, 8, 6), date(2014, 10, 28), date(2016, 9, 27), 9, 2400, 44, 11, 5.6),
    ("06", "玻璃制品", date(2016, 10, 13), date(2017, 3, 14), date(2018, 11, 6), 6, 2150, 42, 12, 6.2),
    ("07", "涂料生产线", date(2013, 9, 25), date(2014, 3, 18), date(2015, 12, 9), 7, 2050, 36, 16, 7.8),
    ("07", "精细化工中间体", date(2016, 5, 17), date(2016, 8, 24), date(2018, 6, 19), 5, 2050, 39, 15, 7.2),
    ("08", "显示器件模组", date(2017, 11, 9), date(2018, 3, 20), date(2018, 12, 21), 4, 2600, 44, 12, 5.9),
    ("09", "杂粮加工", date(2014, 4, 22), date(2014, 7, 15), date(2016, 3, 29), 5, 2100, 42, 19, 8.5),
    ("09", "石英砂制品", date(2018, 6, 14), date(2018, 9, 11), date(2020, 6, 16), 10, 2400, 46, 9, 5.0),
    ("10", "装配式构件", date(2014, 10, 21), date(2015, 4, 8), date(2016, 10, 18), 4, 1950, 40, 14, 6.9),
    ("10", "建筑机具租赁", date(2016, 5, 12), date(2020, 4, 15), None, 3, 2100, 0, 0, 0),
)
"""Zone, project, contracted, started, completed, land in hectares, investment in 万元 per hectare, and what is built in
percent of the land: buildings, green, offices and services."""

_FACILITIES: tuple[tuple[str, str, date, date | None], ...] = (
    ("05", "污水集中处理设施", date(2018, 12, 31), date(2020, 9, 25)),
    ("05", "污染在线监控系统", date(2020, 6, 30), date(2020, 5, 28)),
    ("08", "污水集中处理设施", date(2018, 10, 31), date(2019, 6, 14)),
    ("08", "污染在线监控系统", date(2018, 10, 31), date(2019, 4, 11)),
)

_EVENTS: tuple[tuple[str, date, str, str, str, str], ...] = (
    ("01", date(2018, 9, 4), "安全生产事故", "较大", "车间起重作业事故，3 人死亡", "示例调查报告〔2018〕2 号"),
    ("06", date(2018, 7, 19), "安全生产事故", "一般", "厂内车辆伤害，1 人受伤", "示例事故通报〔2018〕8 号"),
    (
        "07",
        date(2020, 8, 12),
        "污染物超标排放",
        "一般",
        "化工企业废水总排口化学需氧量超标",
        "示例环保处罚〔2020〕15 号",
    ),
)


def registers() -> dict[str, Sequence[Mapping[str, Value]]]:
    """Rows of the tables positions, projects, facilities and events."""
    return {
        "positions": _positions(),
        "projects": [_project(project) for project in _PROJECTS],
        "facilities": [
            {"park_code": _code(zone), "facility": facility, "due_on": due, "done_on": done}
            for zone, facility, due, done in _FACILITIES
        ],
        "events": [
            {
                "park_code": _code(zone), "occurred_on": day, "kind": kind, "severity": severity,
                "description": description, "evidence": evidence,
            }
            for zone, day, kind, severity, description, evidence in _EVENTS
        ],
    }  # fmt: skip


def _code(zone: str) -> str:
    return f"JL2203-{zone}"


def _positions() -> list[Mapping[str, Value]]:
    made: list[Mapping[str, Value]] = []
    for zone, (industries, fields) in _POSITIONS.items():
        for kind, names in (("主导产业", industries), ("重点发展领域", fields)):
            for name in names:
                ended = 2020 if (zone, name) == ("02", "保健食品") else None
                since = 2018 if zone == "08" else 2016
                made.append(
                    {"park_code": _code(zone), "kind": kind, "name": name, "since_year": since, "ended_year": ended}
                )
    return made


def _project(project: _Project) -> Mapping[str, Value]:
    zone, name, contracted, started, completed, land, intensity, built, green, office = project
    shares = {"building_footprint_ha": built, "green_ha": green, "office_land_ha": office}
    areas = {code: money(land * share / 100) if completed else None for code, share in shares.items()}
    return {
        "park_code": _code(zone), "project": f"{name}（示例）", "contracted_on": contracted, "started_on": started,
        "completed_on": completed, "land_ha": money(land), "investment_10k_cny": money(land * intensity), **areas,
    }  # fmt: skip
