"""Sheets of the result book that hold results: ranking, dimensions, indicators, targets of parks and region."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from report_templates.book_sheets import CODE, PARK, Amount, Column, Parks, Sheet, Value, text, yes_no
from report_templates.bulletin_view import group_order
from report_templates.decided import park_state
from report_templates.hierarchy import ADJUSTMENT, Hierarchy, all_rows
from report_templates.indicator_lines import DEFAULT_DECIMALS, OPERATORS, Group, decimals_of
from report_templates.published import Published, Row
from scoring.precision import SCORE_DECIMALS

PERCENT_DECIMALS = 1
WEIGHT_DECIMALS = 2
_GROUP = Column("分组", 12, "与哪些园区一起排名", "ranking.group")
_INDICATOR_CODE = Column("评价指标代码", 22, "定义中的代码，可用于 explain 和 SQL", "indicators.indicator")
_UNIT = Column("计量单位", 13, "本行各指标值的单位", "indicators.unit")
_DIRECTIONS = {"higher": "越高越好", "lower": "越低越好"}


def result_sheets(results: Published) -> tuple[Sheet, ...]:
    """The sheets of results, in the order in which they are read."""
    return (_ranking(results), _dimensions(results), _indicators(results), _targets(results), _region(results))


def _points(value: float | None) -> Amount:
    return Amount(value, SCORE_DECIMALS)


def _ranking(results: Published) -> Sheet:
    system = all_rows(results.rows("scores"))
    top = {node: system.label(node) for node in system.top}
    adjusted = any(row["kind"] == ADJUSTMENT for row in results.rows("scores"))
    parts = tuple(
        Column(label, 10, f"一级指标“{label}”折入总分的分数", "scores.points", "分") for label in top.values()
    )
    extra = (Column("加减分", 9, "加分、减分合计，限额之前", "scores.points", "分"),) if adjusted else ()
    columns = (
        _GROUP,
        Column("位次", 7, "组内位次，按未舍入的得分；没有排名的为空", "ranking.rank", mark="rank"),
        CODE,
        PARK,
        Column("级别", 9, "", "parks.level"),
        Column("类型", 12, "", "parks.park_type"),
        Column("总分", 9, "总分，满分 100", "ranking.score", "分", "bar"),
        *parts,
        *extra,
        Column("等次", 8, "按办法的等次界线", "ranking.grade"),
        Column("上年位次", 8, "上年同组位次，没有的为空", "ranking.previous_rank"),
        Column("位次变化", 9, "上升为正，下降为负，上年没有排名的为空", "ranking.rank_change", "位", "change"),
        Column("上年等次", 9, "", "ranking.previous_grade"),
        Column("组内园区数", 9, "组内已排名的园区", "ranking.group_size", "个"),
        Column("并列", 6, "与别的园区得分相同", "ranking.tied"),
        Column("连续靠后年数", 9, "按办法认定的靠后，至本年连续几年", "ranking.bottom_years", "年", "warn"),
        Column("园区状态", 12, "现行状态：登记了决定的以决定为准，没有的是上年的状态", "parks.status_before"),
        Column("拟定状态", 12, "本年建议的状态，尚待决定；没有的为空", "parks.status"),
        Column("说明", 40, "不评价或不排名的原因", "parks.note"),
    )
    return Sheet(
        "综合排名",
        "先是全部园区的排名，然后是各组的排名；没有排名的园区列在最后",
        columns,
        lambda: _ranking_rows(results, tuple(top), adjusted),
        frozen=4,
    )


def _ranking_rows(results: Published, top: tuple[str, ...], adjusted: bool) -> Iterator[list[Value]]:
    parks = {row["park_code"]: row for row in results.rows("parks")}
    ranked = [row for row in results.rows("ranking") if row["year"] == results.year and row["rank"] is not None]
    groups = sorted({row["group"] for row in ranked}, key=lambda name: (name != results.overall, group_order(name)))
    for group in groups:
        own = (row for row in ranked if row["group"] == group)
        for row in sorted(own, key=lambda row: (row["rank"], row["park_code"])):
            yield _ranking_row(results, parks[row["park_code"]], row, top, adjusted)
    codes = {row["park_code"] for row in ranked}
    for code in sorted(set(parks) - codes):
        yield _ranking_row(results, parks[code], {"group": results.group_of(parks[code])}, top, adjusted)


def _ranking_row(
    results: Published, park: Row, rank: Mapping[str, object], top: tuple[str, ...], adjusted: bool
) -> list[Value]:
    scores = results.of_park("scores", park["park_code"])
    points = {row["node"]: row["points"] for row in scores}
    total = next((row["points"] for row in scores if row["kind"] == "total"), None)
    given = [row["points"] or 0.0 for row in scores if row["kind"] == ADJUSTMENT]
    state = park_state(results, park)
    return [
        text(rank["group"]),
        _count(rank.get("rank")),
        text(park["park_code"]),
        text(park["name"]),
        text(park["level"]),
        text(park["park_type"]),
        _points(total),
        *(_points(points.get(node)) for node in top),
        *((_points(sum(given) if given else None),) if adjusted else ()),
        text(rank.get("grade")),
        _count(rank.get("previous_rank")),
        _count(rank.get("rank_change")),
        text(rank.get("previous_grade")),
        _count(rank.get("group_size")),
        "并列" if rank.get("tied") else "",
        _count(rank.get("bottom_years")),
        text(state.now),
        text(state.proposed),
        text(park["note"]),
    ]


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _dimensions(results: Published) -> Sheet:
    columns = (
        CODE,
        PARK,
        _GROUP,
        Column("一级指标", 24, "评价体系中的各级，› 之后是下级；末行为总分", "scores.label"),
        Column("权重", 8, "在上级中的权重", "scores.weight", "%"),
        Column("得分", 9, "折入总分的分数；非加法合成的为空", "scores.points", "分"),
        Column("满分", 9, "折入总分的满分", "scores.full_points", "分"),
        Column("百分制得分", 10, "本级得分，0—100", "scores.normalised", "分", "bar"),
        Column("组内均值", 9, "同组参评园区百分制得分的算术平均", "scores.normalised", "分"),
        Column("组内最高", 9, "同组参评园区百分制得分的最高", "scores.normalised", "分"),
        Column("比均值", 9, "百分制得分减组内均值", "scores.normalised", "分"),
        Column("合成方法", 40, "本级由下级如何合成", "scores.method"),
        Column("说明", 40, "", "scores.note"),
    )
    return Sheet(
        "一级指标得分",
        "各园区各一级指标（有下级的，各级）和总分的得分，与同组比较",
        columns,
        lambda: _dimension_rows(results),
        frozen=2,
    )


def _dimension_rows(results: Published) -> Iterator[list[Value]]:
    named, group_of = Parks(results), _groups(results)
    for park in results.rows("parks"):
        scores = results.of_park("scores", park["park_code"])
        system, group = Hierarchy(scores), group_of(results.group_of(park))
        for row in sorted(scores, key=lambda row: (row["kind"] == "total", row["kind"] == ADJUSTMENT, row["position"])):
            if row["kind"] == "indicator":
                continue
            mean, own = group.mean(row["node"]), row["normalised"]
            yield [
                *named.of(park),
                text(results.group_of(park)),
                system.path(row["node"]) or text(row["label"]),
                Amount(row["weight"], WEIGHT_DECIMALS),
                _points(row["points"]),
                _points(row["full_points"]),
                _points(own),
                _points(mean),
                _points(group.best(row["node"])),
                _points(None if mean is None or own is None else own - mean),
                text(row["method"]),
                text(row["note"]),
            ]


def _groups(results: Published) -> Callable[[str], Group]:
    return lambda group: Group.of(results, group)


def _indicators(results: Published) -> Sheet:
    columns = (
        CODE,
        PARK,
        _GROUP,
        Column("评价指标", 26, "", "indicators.label"),
        _UNIT,
        Column("本年值", 13, "指标值；不能计算的为空，原因见“说明”", "indicators.value"),
        Column("基准值", 13, "得满分的指标值", "scores.benchmark"),
        Column("上年值", 13, "", "indicators.previous_value"),
        Column("组内均值", 13, "同组参评园区指标值的算术平均", "indicators.group_mean"),
        Column("方向", 9, "", "indicators.direction"),
        Column("一级指标", 18, "所属的一级指标；监测指标不计分", "scores.parent"),
        Column("权重", 8, "在上级中的权重", "scores.weight", "%"),
        Column("得分", 9, "折入总分的分数", "scores.points", "分"),
        Column("满分", 9, "折入总分的满分", "scores.full_points", "分"),
        Column("百分制得分", 10, "0—100", "scores.normalised", "分", "bar"),
        Column("组内均分", 9, "同组参评园区百分制得分的算术平均", "scores.normalised", "分"),
        Column("说明", 34, "为何为空、缺数如何计分", "indicators.reason, scores.note"),
        Column("指标算式", 44, "代入本园区数字的公式", "indicators.worked"),
        Column("计分算式", 40, "代入本园区数字的计分式", "scores.worked"),
        Column("条款", 14, "", "indicators.clause"),
        _INDICATOR_CODE,
    )
    return Sheet(
        "指标明细",
        "各园区各评价指标的值、基准、上年、组内均值和得分，附算式",
        columns,
        lambda: _indicator_rows(results),
        frozen=2,
    )


def _indicator_rows(results: Published) -> Iterator[list[Value]]:
    named, group_of = Parks(results), _groups(results)
    for park in results.rows("parks"):
        code = park["park_code"]
        scores = results.of_park("scores", code)
        scored = {row["node"]: row for row in scores if row["kind"] == "indicator"}
        values = {row["indicator"]: row for row in results.of_park("indicators", code)}
        system, group = Hierarchy(scores), group_of(results.group_of(park))
        for indicator in dict.fromkeys((*scored, *values)):
            yield [
                *named.of(park),
                text(results.group_of(park)),
                *_indicator_row(indicator, values.get(indicator, {}), scored.get(indicator), system, group),
            ]


def _indicator_row(
    code: str, row: Mapping[str, object], score: Row | None, system: Hierarchy, group: Group
) -> list[Value]:
    own = score or {}
    places = row.get("decimals")
    decimals = places if isinstance(places, int) else DEFAULT_DECIMALS
    said = (text(row.get("reason")), text(own.get("note")))

    def figure(source: Mapping[str, object], name: str) -> Amount:
        value = source.get(name)
        return Amount(value if isinstance(value, int | float) else None, decimals)

    return [
        text(row.get("label") or own.get("label")),
        text(row.get("unit")),
        figure(row if row else own, "value"),
        figure(own, "benchmark"),
        figure(row, "previous_value"),
        figure(row, "group_mean"),
        _DIRECTIONS.get(str(row.get("direction")), text(row.get("direction"))),
        system.path(str(own["parent"])) if score else "监测指标",
        Amount(own.get("weight"), WEIGHT_DECIMALS),
        _points(own.get("points")),
        _points(own.get("full_points")),
        _points(own.get("normalised")),
        _points(group.mean(code) if score else None),
        "；".join(dict.fromkeys(part for part in said if part)),
        text(row.get("worked")),
        text(own.get("worked")),
        text(row.get("clause")),
        code,
    ]


_TARGET = (
    Column("本年值", 13, "", "targets.value"),
    Column("比较", 6, "", "targets.operator"),
    Column("目标值", 13, "没有目标的背景指标为空", "targets.target_value"),
    Column("容差", 9, "“左右”的允许差", "targets.tolerance"),
    Column("目标年", 8, "逐年目标为空", "targets.due_year"),
    Column("完成率", 9, "指标值与目标值之比；不宜用比的为空", "targets.attainment_pct", "%", "bar"),
    Column("基期值", 13, "", "targets.base_value"),
    Column("进度值", 13, "由基期至目标年，按进度本年应达到的值", "targets.pace_value"),
)
_ATTAINED = (
    Column("是否达到", 9, "不能判定的为空", "targets.attained"),
    Column("进度", 8, "是否在到达目标的进度上；不能判定的为空", "targets.on_path"),
    Column("说明", 36, "", "targets.note"),
    Column("条款", 18, "", "targets.clause"),
)


def _targets(results: Published) -> Sheet:
    columns = (
        CODE,
        PARK,
        Column("目标", 28, "", "targets.label"),
        Column("计量单位", 13, "本行各值的单位", "targets.unit"),
        *_TARGET,
        Column("预计值", 13, "目标年预计，按基期以来的年均变化外推", "targets.projected_value"),
        *_ATTAINED,
    )
    return Sheet("目标完成", "各园区各项目标的完成情况和进度", columns, lambda: _target_rows(results), frozen=2)


def _target_rows(results: Published) -> Iterator[list[Value]]:
    named, places = Parks(results), decimals_of(results)
    for row in results.rows("targets"):
        decimals = places.get(row["indicator"], DEFAULT_DECIMALS)
        yield [
            *named.of(row),
            text(row["label"]),
            text(row["unit"]),
            *_target_values(row, decimals),
            Amount(row["projected_value"], decimals),
            *_target_words(row),
        ]


def _target_values(row: Row, decimals: int) -> list[Value]:
    return [
        Amount(row["value"], decimals),
        OPERATORS.get(row["operator"], text(row["operator"])),
        Amount(row["target_value"], decimals),
        Amount(row["tolerance"], decimals),
        row["due_year"],
        Amount(row["attainment_pct"], PERCENT_DECIMALS),
        Amount(row["base_value"], decimals),
        Amount(row["pace_value"], decimals),
    ]


def _target_words(row: Row) -> list[Value]:
    return [
        yes_no(row["attained"], "达到", "未达到"),
        yes_no(row["on_path"], "符合", "落后"),
        text(row["note"]),
        text(row["clause"]),
    ]


def _region(results: Published) -> Sheet:
    columns = (
        Column("目标", 30, "", "region_targets.label"),
        Column("行业", 16, "按行业的目标一行业一行", "region_targets.member"),
        Column("计量单位", 13, "本行各值的单位", "region_targets.unit"),
        *_TARGET,
        *_ATTAINED,
        Column("是否全数", 9, "全部园区都有数", "region_targets.complete"),
    )

    def rows() -> Iterator[list[Value]]:
        for row in results.rows("region_targets"):
            decimals = DEFAULT_DECIMALS if row["decimals"] is None else row["decimals"]
            yield [
                text(row["label"]),
                text(row["member"]),
                text(row["unit"]),
                *_target_values(row, decimals),
                *_target_words(row),
                yes_no(row["complete"]),
            ]

    return Sheet("地区目标", "全地区目标的完成情况和进度", columns, rows, frozen=1)
