"""The ten invented 产业集聚区 of the region nanyang; names and figures say nothing about real ones."""

from __future__ import annotations

from collections.abc import Mapping

from sample_data.course import Course

FIRST_YEAR, LAST_YEAR = 2009, 2013
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)

Ratios = Mapping[str, tuple[float, float]]

_USUAL: Ratios = {
    "leading_share": (58, 66), "per_mu": (96, 140), "land_share": (64, 66), "value_added_rate": (23, 24),
    "investment_rate": (15, 15.5), "investment_per_mu": (98, 142), "tax_rate": (3.6, 3.9), "per_person": (54, 68),
    "college": (16, 24), "talents": (18, 32), "rd": (0.8, 1.25), "provincial_platforms": (0, 1),
    "city_platforms": (1, 3), "outside": (34, 44), "foreign": (9, 11), "exports": (4, 6), "plot_ratio": (0.72, 0.9),
    "green": (18, 16), "office": (8.6, 7.2), "compliant": (98.2, 100), "energy": (0.92, 0.8), "water": (14, 13),
    "reuse": (12, 22), "service": (76, 84),
}  # fmt: skip


def _ratios(own: Ratios) -> Ratios:
    return {**_USUAL, **own}


PARKS: tuple[Course, ...] = (
    Course(
        "HN4113-01", "云岫高新技术产业开发区（虚构）", {2009: "省级"}, "高新技术产业开发区", "411303", "卧龙区", 2006,
        years=YEARS, leading=("光电", "新能源"), mix={"光电": 62, "新能源": 38, "新材料": 34, "装备制造": 41, "其他": 25},
        revenue=1_048_000, growth=(14.5, 24, 27, 28, 27),
        ratios=_ratios({
            "leading_share": (61, 74), "per_mu": (128, 214), "investment_per_mu": (142, 218), "rd": (1.5, 2.3),
            "college": (26, 38), "talents": (34, 62), "provincial_platforms": (1, 3), "city_platforms": (2, 4),
            "plot_ratio": (0.9, 1.24), "energy": (0.46, 0.36), "compliant": (100, 100), "reuse": (22, 38),
            "outside": (42, 58), "exports": (9, 13), "service": (84, 91),
        }),
    ),
    Course(
        "HN4113-02", "朝岚经济技术开发区（虚构）", {2009: "省级"}, "经济技术开发区", "411302", "宛城区", 2004,
        years=YEARS, leading=("装备制造", "医药"), mix={"装备制造": 66, "医药": 34, "新材料": 28, "食品": 37, "其他": 35},
        revenue=1_136_000, growth=(14.2, 22, 24, 25, 26),
        ratios=_ratios({
            "per_mu": (118, 186), "investment_per_mu": (128, 196), "rd": (1.1, 1.8), "college": (20, 31),
            "talents": (26, 48), "provincial_platforms": (1, 2), "city_platforms": (2, 4), "plot_ratio": (0.84, 1.12),
            "energy": (0.58, 0.47), "outside": (40, 52), "compliant": (99.6, 100), "service": (82, 88),
        }),
    ),
    Course(
        "HN4113-03", "澄湖工业园区（虚构）", {2009: "省级"}, "工业园区", "411330", "桐柏县", 2005,
        years=YEARS, leading=("碱硝化工", "能源"), mix={"碱硝化工": 71, "能源": 29, "冶金建材": 48, "新材料": 22, "其他": 30},
        revenue=1_018_000, growth=(10.1, 12, 13, 11, 15),
        ratios=_ratios({
            "leading_share": (72, 76), "per_mu": (104, 132), "energy": (2.3, 2.06), "rd": (0.5, 0.9),
            "college": (13, 18), "reuse": (18, 30), "plot_ratio": (0.55, 0.67), "office": (7.4, 6.8),
        }),
    ),
    Course(
        "HN4113-04", "银桦工业园区（虚构）", {2009: "市级"}, "工业园区", "411323", "西峡县", 2007,
        years=YEARS, leading=("食品", "纺织服装"), mix={"食品": 58, "纺织服装": 42, "生物": 46, "装备制造": 32, "其他": 22},
        revenue=505_000, growth=(15, 25, 27, 28, 26),
        ratios=_ratios({
            "leading_share": (62, 70), "per_mu": (110, 178), "investment_per_mu": (118, 188), "rd": (1.1, 1.9),
            "college": (20, 32), "talents": (24, 50), "provincial_platforms": (0, 2), "city_platforms": (2, 4),
            "plot_ratio": (0.8, 1.1), "energy": (0.52, 0.42), "compliant": (100, 100), "reuse": (18, 34),
            "outside": (40, 55), "exports": (7, 11), "service": (82, 90), "tax_rate": (3.9, 4.4),
        }),
    ),
    Course(
        "HN4113-05", "金栎工业园区（虚构）", {2009: "市级"}, "工业园区", "411321", "南召县", 2006,
        years=YEARS, leading=("冶金建材",), mix={"冶金建材": 100, "能源": 36, "纺织服装": 28, "其他": 36},
        revenue=378_000, growth=(6, 15, 4, 3, 9),
        ratios=_ratios({
            "leading_share": (66, 58), "per_mu": (92, 97), "investment_per_mu": (88, 96), "rd": (0.5, 0.36),
            "college": (10, 11.5), "talents": (9, 10), "provincial_platforms": (0, 0), "city_platforms": (1, 1),
            "plot_ratio": (0.6, 0.62), "energy": (2.62, 2.66), "compliant": (97.4, 94.8), "reuse": (8, 9),
            "outside": (24, 15), "exports": (2, 1.4), "service": (72, 61), "green": (21, 21.5), "office": (9.4, 9.8),
        }),
        planted={("service", 2010): 78, ("compliant", 2010): 98.8, ("outside", 2010): 34},
    ),
    Course(
        "HN4113-06", "星桥现代服务业园区（虚构）", {2009: "市级"}, "现代服务业园区", "411302", "宛城区", 2008,
        years=YEARS, leading=("现代物流", "商务及信息咨询"),
        mix={"现代物流": 64, "商务及信息咨询": 36, "科技研发": 30, "食品": 26, "其他": 44},
        revenue=512_000, growth=(13.3, 19, 21, 19, 22),
        ratios=_ratios({
            "leading_share": (58, 65), "per_mu": (138, 196), "rd": (0.4, 0.7), "college": (28, 36),
            "energy": (0.34, 0.3), "plot_ratio": (1.1, 1.36), "office": (22, 24), "exports": (0.5, 0.6),
            "value_added_rate": (16, 17), "talents": (22, 36),
        }),
    ),
    Course(
        "HN4113-07", "远帆加工贸易园区（虚构）", {2009: "市级"}, "加工贸易园区", "411329", "新野县", 2008,
        years=YEARS, leading=("纺织服装", "光电"), mix={"纺织服装": 74, "光电": 26, "食品": 52, "其他": 48},
        revenue=522_000, growth=(7.2, 5, 19, 16, 7),
        ratios=_ratios({
            "leading_share": (60, 68), "per_mu": (101, 122), "rd": (0.45, 0.8), "college": (12, 16),
            "exports": (12, 20), "foreign": (14, 16), "energy": (0.62, 0.55),
        }),
        planted={
            ("service", 2010): 62, ("compliant", 2010): 92.5, ("exports", 2010): 8, ("outside", 2010): 14,
            ("leading_share", 2010): 52, ("service", 2013): 66, ("compliant", 2013): 94, ("exports", 2013): 9,
            ("outside", 2013): 16, ("energy", 2010): 0.67, ("energy", 2013): 0.6,
        },
    ),
    Course(
        "HN4113-08", "锦岚科技创新园区（虚构）", {2009: "市级"}, "科技创新园区", "411303", "卧龙区", 2008,
        years=YEARS, leading=("新材料", "生物"), mix={"新材料": 57, "生物": 43, "科技研发": 38, "装备制造": 37, "其他": 25},
        revenue=409_000, growth=(15, 21, 23, 25, 26),
        ratios=_ratios({
            "leading_share": (54, 62), "per_mu": (106, 158), "rd": (1.6, 2.2), "college": (30, 40),
            "talents": (40, 66), "provincial_platforms": (1, 2), "city_platforms": (2, 4), "energy": (0.48, 0.41),
            "plot_ratio": (0.92, 1.18), "office": (13, 14), "service": (78, 85),
        }),
    ),
    Course(
        "HN4113-09", "麦原高效农业园区（虚构）", {2009: "县级"}, "高效农业园区", "411328", "唐河县", 2008,
        years=YEARS, leading=("农业种养", "食品"), mix={"农业种养": 46, "食品": 54, "纺织服装": 55, "其他": 45},
        revenue=141_000, growth=(13.5, 14, 15, 14, 16),
        ratios=_ratios({
            "leading_share": (74, 80), "per_mu": (42, 56), "investment_per_mu": (48, 70), "rd": (0.4, 0.7),
            "college": (8, 12), "energy": (0.56, 0.5), "provincial_platforms": (0, 0), "plot_ratio": (0.3, 0.34),
        }),
    ),
    Course(
        "HN4113-10", "丰禾工业园区（虚构）", {2009: "县级", 2012: "市级"}, "工业园区", "411322", "方城县", 2007,
        years=YEARS, leading=("装备制造", "新能源"), mix={"装备制造": 63, "新能源": 37, "冶金建材": 44, "食品": 31, "其他": 25},
        revenue=236_000, growth=(14.4, 24, 26, 27, 24),
        ratios=_ratios({
            "leading_share": (60, 69), "per_mu": (98, 150), "rd": (0.9, 1.5), "college": (16, 26),
            "talents": (18, 38), "compliant": (99.2, 100), "energy": (0.66, 0.55), "outside": (38, 50),
        }),
    ),
)  # fmt: skip
