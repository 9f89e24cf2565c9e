"""What is wrong with a scheme beyond single names: thresholds that contradict, rules nobody can meet, what nothing uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, pairwise

from metrics.vocabulary import ATTAINED
from scoring.points.compared import MinMax
from scoring.points.fixed import Bands
from scoring.points.method import Method
from scoring.reachable import share_limits, unreachable
from scoring.rule_units import conditions_of
from scoring.rulebook import Rulebook
from scoring.scheme import BOTTOM_COUNT, REQUIRED_PARAMETERS, Node, Target
from validation.expression import Expression, Name, parse
from validation.problems import DefinitionRefused, Problem


def contradictions(book: Rulebook) -> list[Problem]:
    """Thresholds of the scheme that contradict each other or their indicator, and conditions that no park can ever meet."""
    found = (
        _horizon_faults(book),
        _direction_faults(book),
        _scoring_faults(book),
        _treatment_faults(book),
        _ended_faults(book),
        _range_faults(book),
        _grade_faults(book),
        unreachable(book),
    )
    return [problem for part in found for problem in part]


def unused(book: Rulebook) -> list[Problem]:
    """Indicators and parameters that nothing reads: they change no result. Warnings, not mistakes."""
    names, region_names = _names_read(book)
    scheme = book.scheme
    read = {name.name for name in names if name.space != "param"} | {node.indicator for node in scheme.nodes}
    read |= {target.indicator for target in scheme.targets} | set(scheme.ranking.tie_break)
    for rule in scheme.rules:
        read |= set(rule.evidence)
    of_region = {name.name for name in region_names} | {target.indicator for target in scheme.region_targets}
    found = []
    for code in book.catalogue.park_indicators():
        if code not in read:
            found.append(_not_used(f"{book.files[1].name} 的 {code}", "指标没有被用到", "计分、目标、规则或其他公式"))
    for code in book.catalogue.of_region():
        if code not in of_region:
            found.append(_not_used(f"{book.files[1].name} 的 {code}", "全州指标没有被用到", "全州目标或其他公式"))
    parameters = {name.name for name in (*names, *region_names) if name.space == "param"} | {
        *REQUIRED_PARAMETERS,
        BOTTOM_COUNT,
    }
    for parameter in scheme.parameters:
        if parameter.code not in parameters:
            found.append(_not_used(f"{book.place} 的 parameters.{parameter.code}", "参数没有被用到", "公式或规则"))
    return found


def _not_used(place: str, found: str, expected: str) -> Problem:
    return Problem(place, f"{found}，不影响结果", f"用于{expected}", "用上，或删去；只供查阅的可以保留")


def _names_read(book: Rulebook) -> tuple[set[Name], set[Name]]:
    """The names that formulas of parks, conditions and the aggregates of region formulas read; and those of region formulas."""
    place = book.files[1].name
    names: set[Name] = set()
    region: set[Name] = set()
    for indicator in book.catalogue.indicators:
        own = _names(lambda one=indicator: one.expression(place))  # type: ignore[misc]
        names |= {name for name in own if not name.space.endswith("region")}
        region |= {name for name in own if name.space.endswith("region")}
    for key, text in conditions_of(book):
        names |= _names(lambda key=key, text=text: parse(text, key))  # type: ignore[misc]
    for indicator in book.catalogue.region_indicators:
        own = _names(lambda one=indicator: one.expression(place))  # type: ignore[misc]
        names |= {name for name in own if name.space in ("parks", ATTAINED)}
        region |= {name for name in own if name.space not in ("parks", ATTAINED)}
    return names, region


def _names(read: Callable[[], Expression]) -> set[Name]:
    try:
        expression = read()
    except DefinitionRefused:
        return set()
    return set(expression.names).union(*(aggregate.names for aggregate in expression.aggregates))


def _all_targets(book: Rulebook) -> Iterator[tuple[str, Target, str]]:
    """Key, target and direction of its indicator, targets of parks and of the region."""
    for key, targets, known in (
        ("targets", book.scheme.targets, book.catalogue.park_indicators()),
        ("region_targets", book.scheme.region_targets, book.catalogue.of_region()),
    ):
        for target in targets:
            if target.indicator in known:
                yield f"{book.place} 的 {key}.{target.indicator}", target, known[target.indicator].direction


def _horizon_faults(book: Rulebook) -> Iterator[Problem]:
    scheme = book.scheme
    if not scheme.base_year <= scheme.first_year <= scheme.target_year:
        yield Problem(
            f"{book.place} 的 base_year、first_year、target_year",
            f"基期年 {scheme.base_year}，起评年 {scheme.first_year}，目标年 {scheme.target_year}",
            "基期年不晚于起评年，起评年不晚于目标年", "改正年份",
        )  # fmt: skip


def _direction_faults(book: Rulebook) -> Iterator[Problem]:
    """Targets that ask for less of an indicator of which more is better, or the other way round."""
    for place, target, direction in _all_targets(book):
        if target.operator.startswith("<") == (direction == "higher"):
            better = "越高越好" if direction == "higher" else "越低越好"
            yield Problem(
                f"{place}.operator", f"目标写 {target.operator}，而指标定义为{better}（direction = \"{direction}\"）",
                "目标与指标同一方向", "改正 operator，或改指标的 direction",
            )  # fmt: skip


def _scoring_faults(book: Rulebook) -> Iterator[Problem]:
    """Points that rise where the indicator gets worse."""
    known = book.catalogue.park_indicators()
    for node in book.scheme.nodes:
        if node.indicator not in known:
            continue
        higher = known[node.indicator].direction == "higher"
        better = "越高越好" if higher else "越低越好"
        place, method = f"{book.place} 的 nodes.{node.indicator}.points", node.points
        if method.ends and not isinstance(method, MinMax):
            yield from _reversed_ends(node, method.in_year(book.year), better, higher, book)
        if isinstance(method, Bands):
            points = [band.points for band in sorted(method.bands, key=lambda band: band.bound, reverse=not higher)]
            if points != sorted(points):
                yield Problem(place, f"指标{better}，而较好的档得分较低", "越好的档得分越高", "改正 bands")


_END_WORDS = {"zero_at": "零分点", "full_at": "满分点", "unacceptable": "不允许值", "satisfactory": "满意值"}


def _reversed_ends(node: Node, method: Method, better: str, higher: bool, book: Rulebook) -> Iterator[Problem]:
    """Bounds that lie the wrong way round for any class of parks that is scored."""
    first, last = method.ends or ("", "")
    told = set()
    for kind in (kind for kind in book.scheme.classes if book.node_weight(node, kind) > 0):
        low, high = method.given(first, kind), method.given(last, kind)
        if low is None or high is None or low == high or (high > low) == higher or (low, high) in told:
            continue
        told.add((low, high))
        yield Problem(
            f"{book.place} 的 nodes.{node.indicator}.points",
            f"{_END_WORDS[first]} {first} 为 {low:g}，{_END_WORDS[last]} {last} 为 {high:g}，而指标定义为{better}",
            "得分与指标同一方向", "对调两个数，或改指标的 direction",
        )  # fmt: skip


def _treatment_faults(book: Rulebook) -> Iterator[Problem]:
    """Outliers treated in a way that the scoring formula cannot take: another scale, or another circle of parks."""
    for node in book.scheme.nodes:
        treatment, method, place = node.treatment, node.points, f"{book.place} 的 nodes.{node.indicator}.treatment"
        if treatment is None:
            continue
        scope = getattr(method, "scope", None)
        bounded = isinstance(method, MinMax) and (method.low, method.high, method.frozen_year) != (None, None, None)
        if treatment.logarithm and (scope is None or bounded):
            yield Problem(
                f"{place}.logarithm", "取对数以后的数不能与界线、目标和往年的数比较", "只与本年其他园区比较的计分方法",
                "不取对数，或改计分方法",
            )  # fmt: skip
        if treatment.scope == "group" and treatment.logarithm and scope == "all":
            yield Problem(
                f"{place}.scope",
                "各组分别取对数，计分却比较全部园区",
                "处理和计分的范围一致",
                "改 treatment 或 points 的 scope",
            )


def _ended_faults(book: Rulebook) -> Iterator[Problem]:
    """Rules that ask about a target that is no longer asked for."""
    ended = {target.indicator: target.to_year for target in book.scheme.targets if target.ended(book.year)}
    for key, text in conditions_of(book):
        for name in sorted(_names(lambda key=key, text=text: parse(text, key))):  # type: ignore[misc]
            if name.space in ("target", "missed", "missed_years") and name.name in ended:
                yield Problem(
                    f"{book.place} 的 {key}", f"用到 {name}，而这个目标到 {ended[name.name]} 年为止，{book.year} 年无法判定",
                    "规则适用的年度都有目标", "延长 to_year，或改条件",
                )  # fmt: skip


def _range_faults(book: Rulebook) -> Iterator[Problem]:
    """Targets outside of what a share can be."""
    limits = share_limits(book)
    for place, target, _ in _all_targets(book):
        low, high = limits.get(target.indicator, (None, None))
        if low is None or high is None:
            continue
        for dated in target.values:
            given = [dated.value] if dated.value is not None else [*dated.by_level.values(), *dated.by_type.values()]
            for value in given:
                if not low <= value <= high:
                    yield Problem(
                        f"{place}.values", f"目标值 {value:g}% 超出占比可能的范围", f"{low:g} 至 {high:g}", "改正目标值"
                    )


def _grade_faults(book: Rulebook) -> Iterator[Problem]:
    """Grades are listed from the best to the worst: the least score falls, the share of the group grows."""
    place = f"{book.place} 的 grades"
    for better, worse in pairwise(grade for grade in book.scheme.grades if grade.minimum is not None):
        if (better.minimum or 0) <= (worse.minimum or 0):
            yield Problem(
                place, f"“{better.label}”的最低得分 {better.minimum:g} 不高于排在其后的“{worse.label}”{worse.minimum:g}",
                "由好到差排列，最低得分依次降低", "改正 minimum 或次序",
            )  # fmt: skip
    for better, worse in pairwise(grade for grade in book.scheme.grades if grade.top_share_pct is not None):
        if (better.top_share_pct or 0) >= (worse.top_share_pct or 0):
            yield Problem(
                place, f"“{better.label}”的占比 {better.top_share_pct:g}% 不小于排在其后的“{worse.label}”{worse.top_share_pct:g}%",
                "由好到差排列，累计占比依次加大", "改正 top_share_pct 或次序",
            )  # fmt: skip


def over_years(found: Iterable[tuple[int, Problem]]) -> list[Problem]:
    """Problems of several years, those that differ in nothing but the year told once with the years they are of."""
    alike: dict[Problem, list[int]] = {}
    for year, problem in found:
        said = problem.found.replace(f"{year} 年", "{years} 年")
        alike.setdefault(Problem(problem.place, said, problem.expected, problem.cure), []).append(year)
    return [
        Problem(one.place, one.found.replace("{years}", _spans(years)), one.expected, one.cure)
        for one, years in alike.items()
    ]


def _spans(years: Iterable[int]) -> str:
    """Years as text, those that follow each other as a span: 2021—2023、2025."""
    runs = [
        [year for _, year in run] for _, run in groupby(enumerate(sorted(set(years))), lambda pair: pair[1] - pair[0])
    ]
    return "、".join(str(run[0]) if len(run) == 1 else f"{run[0]}—{run[-1]}" for run in runs)
