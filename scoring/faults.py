"""What is wrong with a scheme, its catalogue and forms together in a year: names, values, weights, references."""

from __future__ import annotations

from collections.abc import Iterator

from metrics.compute import parse_catalogue
from metrics.kinds import kind_problems
from scoring.attained import circles_through_targets
from scoring.dated import Dated, ParkClass, in_force
from scoring.points import needs_target
from scoring.points.compared import MinMax
from scoring.points.method import Method
from scoring.rule_names import FACTS, over_years
from scoring.rule_units import unit_faults
from scoring.rulebook import Rulebook
from scoring.weighting import Ahp
from validation.expression import Name, parse, unknown_names
from validation.problems import DefinitionRefused, Problem


def faults(book: Rulebook) -> Iterator[Problem]:
    """Everything that is wrong with a scheme, its catalogue and forms together in its year."""
    if book.year < book.scheme.first_year:
        yield Problem(
            f"{book.place} 的 first_year", f"统计年度 {book.year} 早于办法起用年度",
            f"{book.scheme.first_year} 年或以后", "改统计年度或选另一办法",
        )  # fmt: skip
        return
    try:
        parse_catalogue(book.catalogue, book.vocabulary, book.files[1].name)
    except DefinitionRefused as refused:
        yield from refused.problems
    yield from circles_through_targets(book)
    yield from kind_problems(book.catalogue, book.form_set, book.files[1].name)
    yield from _dated_faults(book)
    yield from _level_faults(book)
    yield from _weight_faults(book)
    yield from _judgement_faults(book)
    yield from _points_faults(book)
    yield from _reference_faults(book)
    yield from _group_faults(book)
    yield from _tie_faults(book)
    yield from _rule_faults(book)
    yield from _history_faults(book)
    yield from _grade_faults(book)
    yield from _exemption_faults(book)
    yield from unit_faults(book)


def _dated_faults(book: Rulebook) -> Iterator[Problem]:
    dated: list[tuple[str, tuple[Dated, ...]]] = [(f"parameters.{p.code}", p.values) for p in book.scheme.parameters]
    dated += [(f"targets.{target.indicator}", target.values) for target in book.scheme.targets]
    dated += [(f"region_targets.{target.indicator}", target.values) for target in book.scheme.region_targets]
    dated += [(f"nodes.{node.indicator}", node.weights) for node in book.scheme.nodes]
    dated += [(f"dimensions.{dimension.code}", dimension.weights) for dimension in book.scheme.dimensions]
    dated += [(f"nodes.{node.indicator}.points.{name}", getattr(node.points, name))
              for node in book.scheme.nodes for name in node.points.dated()]  # fmt: skip
    for key, values in dated:
        if in_force(values, book.year) is None:
            yield Problem(
                f"{book.place} 的 {key}", f"{book.year} 年没有有效的数值", "一条 from_year 不晚于该年的数值", "补一条"
            )
        years = [item.from_year for item in values]
        if len(set(years)) < len(years):
            yield Problem(f"{book.place} 的 {key}", "同一 from_year 有两条数值", "每个起用年度一条", "删去一条")
        for item in values:
            if key.startswith("parameters.") and item.value is None:
                yield Problem(
                    f"{book.place} 的 {key}", "按级别或类型写的参数（by_level、by_type）", "value", "按级别各写一个参数"
                )
            unknown = sorted(set(item.by_level).difference(book.scheme.levels))
            if unknown:
                yield Problem(
                    f"{book.place} 的 {key}", f"级别 {'、'.join(unknown)}", "、".join(book.scheme.levels), "改正级别"
                )


def _level_faults(book: Rulebook) -> Iterator[Problem]:
    """Levels and types that targets and rules are for: one that the scheme does not know would never apply."""
    limited: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
        (f"targets.{target.indicator}", target.levels, target.types) for target in book.scheme.targets
    ]
    limited += [(f"rules.{rule.code}", rule.levels, rule.types) for rule in book.scheme.rules]
    for key, levels, types in limited:
        for what, given, known in (("级别", levels, book.scheme.levels), ("类型", types, book.scheme.park_types)):
            unknown = sorted(set(given).difference(known))
            if unknown:
                yield Problem(f"{book.place} 的 {key}", f"{what} {'、'.join(unknown)}", "、".join(known), f"改正{what}")


def _weight_faults(book: Rulebook) -> Iterator[Problem]:
    """Given weights under every parent add up to 100 for every class of parks that has the parent at all."""
    parents: list[tuple[str, str, bool]] = [
        ("", "总分", book.scheme.total.relative or bool(book.scheme.total.weighting))
    ]
    parents += [(item.code, item.label, item.relative or bool(item.weighting)) for item in book.scheme.dimensions]
    for code, label, free in parents:
        for kind in book.scheme.classes:
            if code and book.dimension_weight(code, kind) == 0:
                continue
            given = [book.dimension_weight(item.code, kind) for item in book.scheme.dimensions if item.parent == code]
            given += [book.node_weight(node, kind) for node in book.scheme.nodes if node.dimension == code]
            if any(weight < 0 for weight in given):
                yield Problem(
                    f"{book.place} 的 weights（{label}）", f"{_class_text(kind)}有负的权重", "0 至 100", "改正权重"
                )
            if not free and abs(sum(given) - 100) > 1e-9:
                yield Problem(
                    f"{book.place} 的 weights（{label}）", f"{_class_text(kind)} {book.year} 年权重合计 {sum(given):g}",
                    "合计 100", "改正权重",
                )  # fmt: skip


def _judgement_faults(book: Rulebook) -> Iterator[Problem]:
    """Pairwise judgements are about exactly the children of their dimension."""
    weighted = [("", book.scheme.total.weighting), *((item.code, item.weighting) for item in book.scheme.dimensions)]
    for code, weighting in weighted:
        own = [item.code for item in book.scheme.dimensions if item.parent == code]
        own += [node.indicator for node in book.scheme.nodes if node.dimension == code]
        if isinstance(weighting, Ahp) and sorted(weighting.children) != sorted(own):
            yield Problem(
                f"{book.place} 的 {f'dimensions.{code}' if code else 'total'}.weighting.children",
                f"判断矩阵的各行为 {'、'.join(weighting.children)}", f"下级 {'、'.join(own)} 各一行", "改正 children",
            )  # fmt: skip


def _points_faults(book: Rulebook) -> Iterator[Problem]:
    """Dated bounds of scoring formulas: one for every class that is scored, apart, and from a year that has figures."""
    for node in book.scheme.nodes:
        place, method = f"{book.place} 的 nodes.{node.indicator}.points", node.points.in_year(book.year)
        if isinstance(method, MinMax) and method.frozen_year is not None and not _has_figures(method.from_year, book):
            yield Problem(
                f"{place}.frozen_year", f"{book.year} 年取 {method.said('frozen_year')} 年的最小最大值",
                f"{book.scheme.base_year} 至 {book.year} 年中的一年，各级别相同", "改正 frozen_year",
            )  # fmt: skip
        given = [name for name in node.points.dated() if name != "frozen_year"]
        for kind in (kind for kind in book.scheme.classes if given and book.node_weight(node, kind) > 0):
            for name in (name for name in given if method.given(name, kind) is None):
                yield Problem(
                    f"{place}.{name}",
                    f"{_class_text(kind)} {book.year} 年没有数值",
                    "计分的各级别、类型各一个数",
                    "补一个数",
                )
            if method.ends is not None:
                yield from _end_faults(place, method, method.ends, kind, book.year)


def _has_figures(year: int | None, book: Rulebook) -> bool:
    return year is not None and book.scheme.base_year <= year <= book.year


def _end_faults(place: str, method: Method, ends: tuple[str, str], kind: ParkClass, year: int) -> Iterator[Problem]:
    low, high = (method.given(name, kind) for name in ends)
    if low is None or high is None:
        return
    ordered = isinstance(method, MinMax)
    if low == high or (ordered and low > high):
        yield Problem(
            f"{place}.{ends[0]}", f"{_class_text(kind)} {year} 年为 {low:g} 和 {high:g}",
            f"{ends[0]} {'必须小于' if ordered else '不得等于'} {ends[1]}", "改正两个数",
        )  # fmt: skip


def _class_text(kind: ParkClass) -> str:
    return "·".join(part for part in kind if part)


def _reference_faults(book: Rulebook) -> Iterator[Problem]:
    dimensions = {dimension.code for dimension in book.scheme.dimensions}
    for dimension in book.scheme.dimensions:
        if dimension.parent and dimension.parent not in dimensions:
            yield Problem(
                f"{book.place} 的 dimensions.{dimension.code}", f"上级 {dimension.parent} 没有定义",
                "、".join(sorted(dimensions)), "改正 parent",
            )  # fmt: skip
    own, region = book.catalogue.park_indicators(), book.catalogue.of_region()
    targets = book.targets()
    for node in book.scheme.nodes:
        place = f"{book.place} 的 nodes.{node.indicator}"
        if node.dimension not in dimensions:
            yield Problem(place, f"一级指标 {node.dimension} 没有定义", "、".join(sorted(dimensions)), "改正 dimension")
        if node.indicator not in own:
            yield Problem(place, "指标没有定义", f"{book.catalogue.key} 中的指标代码", "改正 indicator")
        if needs_target(node.points) and node.indicator not in targets:
            yield Problem(place, "以目标为基准而没有目标", "targets 中有同一指标的目标", "补目标或改计分方法")
        elif needs_target(node.points) and targets[node.indicator].ended(book.year):
            yield Problem(
                place, f"以目标为基准，而目标到 {targets[node.indicator].to_year} 年为止，{book.year} 年没有目标",
                "计分的年度都有目标", "延长 to_year，或改计分方法和权重",
            )  # fmt: skip
    for target in book.scheme.targets:
        if target.indicator not in own:
            yield Problem(
                f"{book.place} 的 targets.{target.indicator}",
                "指标没有定义",
                f"{book.catalogue.key} 中的指标代码",
                "改正",
            )
    for target in book.scheme.region_targets:
        if target.indicator not in region:
            yield Problem(
                f"{book.place} 的 region_targets.{target.indicator}",
                "全州指标没有定义",
                "region_indicators 中的代码",
                "改正",
            )
    for indicator in region.values():
        if indicator.for_each and indicator.for_each not in book.lists:
            yield Problem(
                f"{book.files[1].name} 的 {indicator.code}.for_each",
                f"名单 {indicator.for_each} 没有定义",
                "办法 lists 中的代码",
                "改正",
            )


def _group_faults(book: Rulebook) -> Iterator[Problem]:
    """Groups are made of texts of the register."""
    known = {name.name for name in book.vocabulary.labels if name.space == "park"} - {"leading_industries"}
    for column in sorted(set(book.scheme.ranking.group_by) - known):
        yield Problem(
            f"{book.place} 的 ranking.group_by",
            f"园区名录没有可用来分组的列 {column}",
            "、".join(sorted(known)),
            "改正，或在名录中加这一列",
        )


def _history_faults(book: Rulebook) -> Iterator[Problem]:
    """A scheme whose rules look at several years says what a year without a rank means there."""
    own = book.scheme.history
    if own.reason or own.clause:
        return
    for rule in book.scheme.rules:
        try:
            read = [parse(text, "") for text in (rule.when, rule.order)]
        except DefinitionRefused:
            continue
        names = {name for one in read for name in one.names} | {Name("", code) for code in rule.evidence}
        used = sorted(str(name) for name in names if over_years(name))
        if used:
            yield Problem(
                f"{book.place} 的 history", f"规则 {rule.code} 用到 {'、'.join(used)}，而没有写明豁免和没有评价的年度怎样算",
                "[history] 的 exempt_year、refused_year 和理由 reason（或条款 clause）", "补写",
            )  # fmt: skip
            return


def _grade_faults(book: Rulebook) -> Iterator[Problem]:
    """Cuts of grades come from the document or from the bureau, which says why."""
    if not book.scheme.grades_clause and not book.scheme.grades_reason:
        yield Problem(f"{book.place} 的 grades", "等次界线没有条款也没有理由", "grades_clause 或 grades_reason", "补写")


def _tie_faults(book: Rulebook) -> Iterator[Problem]:
    known = {"previous_rank", *book.catalogue.park_indicators()}
    for name in sorted(set(book.scheme.ranking.tie_break).difference(known)):
        yield Problem(
            f"{book.place} 的 ranking.tie_break", f"名称 {name} 没有定义", "previous_rank 或评价指标的代码", "改正"
        )


def _rule_faults(book: Rulebook) -> Iterator[Problem]:
    codes = {rule.code for rule in book.scheme.rules}
    statuses = {status.label for status in book.scheme.statuses}
    for rule in book.scheme.rules:
        place = f"{book.place} 的 rules.{rule.code}"
        try:
            condition = parse(rule.when, f"{place}.when")
        except DefinitionRefused as refused:
            yield from refused.problems
            continue
        yield from unknown_names(condition, book.rule_names)
        for fact in sorted(set(rule.evidence).difference(FACTS, book.catalogue.park_indicators())):
            yield Problem(f"{place}.evidence", f"名称 {fact} 没有定义", "事实或评价指标的代码", "改正")
        if rule.quota_fact and rule.quota_fact not in FACTS:
            yield Problem(f"{place}.quota_fact", f"名称 {rule.quota_fact} 没有定义", "事实的代码", "改正")
        if rule.placed:
            try:
                yield from unknown_names(parse(rule.order, f"{place}.order_by"), book.rule_names)
            except DefinitionRefused as refused:
                yield from refused.problems
        if rule.status and rule.status not in statuses:
            yield Problem(f"{place}.status", f"状态 {rule.status} 没有定义", "、".join(sorted(statuses)), "改正状态")
        for other in sorted(set(rule.supersedes).difference(codes)):
            yield Problem(f"{place}.supersedes", f"规则 {other} 没有定义", "已有规则的代码", "改正")
        if not rule.clause and not rule.reason:
            yield Problem(place, "没有条款也没有理由", "clause 或 reason", "补写")


def _exemption_faults(book: Rulebook) -> Iterator[Problem]:
    try:
        conditions = [*book.exemptions.values(), *book.adjustments.values()]
    except DefinitionRefused as refused:
        yield from refused.problems
        return
    for condition in conditions:
        yield from unknown_names(condition, book.exemption_names)
    grades = {grade.label for grade in book.scheme.grades}
    for item in book.scheme.adjustments:
        place = f"{book.place} 的 adjustments.{item.code}"
        if item.grade_at_most and item.grade_at_most not in grades:
            yield Problem(
                f"{place}.grade_at_most", f"等次 {item.grade_at_most} 没有定义", "、".join(sorted(grades)), "改正等次"
            )
        if not item.clause and not item.reason:
            yield Problem(place, "没有条款也没有理由", "clause 或 reason", "补写")
