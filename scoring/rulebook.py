"""A scheme together with its forms and catalogue, resolved for one year of evaluation and checked as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from metrics.catalogue import CATALOGUE as INDICATORS
from metrics.catalogue import Catalogue, load_catalogue
from metrics.compute import parse_catalogue
from metrics.vocabulary import SUBSCHEME, Vocabulary
from scoring.points import needs_target
from scoring.rule_units import unit_faults
from scoring.scheme import Dated, Node, ParkClass, Rule, Scheme, Target, load_scheme, scheme_path
from scoring.weighting import Ahp
from validation.expression import Expression, Name, parse, unknown_names
from validation.forms import CATALOGUE as FORMS
from validation.forms import FormSet, load_form_set
from validation.problems import DefinitionRefused, Problem

FACTS = {
    "rank": "组内位次",
    "group_size": "组内园区数",
    "group_parks": "组内应排名园区数",
    "rank_change": "组内位次上升",
    "overall_rank": "全部园区位次",
    "overall_size": "参评园区数",
    "overall_rank_change": "全部园区位次上升",
    "score": "得分",
    "grade": "等次",
    "bottom": "组内靠后",
    "bottom_years": "连续靠后年数",
    "safe_score": "靠后界线之上的最低得分",
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

HISTORY = re.compile(r"(last|mean)([2-9])")
"""Spaces such as last3 and mean3: counts and means over the last evaluated years."""

PREVIOUS_FACTS = ("rank", "score", "grade", "bottom", "overall_rank")


@dataclass(frozen=True)
class Rulebook:
    """Everything that decides one evaluation: the scheme, its catalogue and its forms, for `year`."""

    scheme: Scheme
    catalogue: Catalogue
    form_set: FormSet
    year: int
    files: tuple[Path, ...]

    @cached_property
    def place(self) -> str:
        return str(self.files[0].name)

    @property
    def forms_folder(self) -> Path:
        """The folder that holds the form set's own folder."""
        return self.files[2].parent.parent

    @cached_property
    def parameters(self) -> dict[str, float]:
        """Parameter values in force in `year`."""
        values = {parameter.code: in_force(parameter.values, self.year) for parameter in self.scheme.parameters}
        return {code: dated.value for code, dated in values.items() if dated and dated.value is not None}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Names of indicator formulas."""
        labels = {parameter.code: parameter.label for parameter in self.scheme.parameters}
        return Vocabulary(self.form_set, self.catalogue, labels, self._subscheme_labels())

    def _subscheme_labels(self) -> dict[Name, str]:
        return {Name(SUBSCHEME, item.code): item.label for item in self.scheme.subschemes}

    @cached_property
    def rule_vocabulary(self) -> Vocabulary:
        """Names of rule conditions: facts, indicators, and the spaces prev, group, target and param."""
        indicators = {code: item.label for code, item in self.catalogue.park_indicators().items()}
        extra = self._subscheme_labels() | {Name("", code): label for code, label in FACTS.items()}
        extra |= {Name("prev", code): f"上年{FACTS[code]}" for code in PREVIOUS_FACTS}
        extra |= {Name("group", code): f"同组中位数：{label}" for code, label in indicators.items()}
        extra |= {Name("place", code): f"组内位次：{label}" for code, label in indicators.items()}
        for target in self.scheme.targets:
            label = indicators.get(target.indicator, target.indicator)
            extra[Name("missed", target.indicator)] = f"未达到目标：{label}"
            extra[Name("missed_years", target.indicator)] = f"连续未达到目标年数：{label}"
        for count in range(2, 10):
            extra[Name(f"last{count}", "bottom")] = f"近 {count} 个评价年度中靠后年数"
            extra[Name(f"mean{count}", "score")] = f"近 {count} 个评价年度平均得分"
        extra |= {Name("target", target.indicator): f"目标：{indicators.get(target.indicator, target.indicator)}"
                  for target in self.scheme.targets}  # fmt: skip
        return Vocabulary(self.form_set, self.catalogue, self.vocabulary.parameters, extra)

    @cached_property
    def rule_names(self) -> frozenset[Name]:
        """The names a rule condition may use."""
        own = self.catalogue.park_indicators()
        spaces = ("param", "group", "target", "place", "missed", "missed_years", "quality")
        names = {name for name in self.rule_vocabulary.labels if name.space in spaces or HISTORY.fullmatch(name.space)}
        names |= {Name("", code) for code in (*FACTS, *own)} | {Name("prev", code) for code in (*PREVIOUS_FACTS, *own)}
        return frozenset(names | {Name("park", "level"), Name("park", "park_type")})

    @cached_property
    def conditions(self) -> dict[str, Expression]:
        """The parsed condition of each rule."""
        return {rule.code: parse(rule.when, f"{self.place} 的 rules.{rule.code}.when") for rule in self.scheme.rules}

    @cached_property
    def exemptions(self) -> dict[str, Expression]:
        """The parsed condition of each exemption."""
        return {
            item.code: parse(item.when, f"{self.place} 的 exemptions.{item.code}.when")
            for item in self.scheme.exemptions
        }

    @cached_property
    def adjustments(self) -> dict[str, Expression]:
        """The parsed points formula or condition of each adjustment."""
        return {
            item.code: parse(item.when or item.points, f"{self.place} 的 adjustments.{item.code}")
            for item in self.scheme.adjustments
        }

    @cached_property
    def exemption_names(self) -> frozenset[Name]:
        """The names an exemption may use: the register, indicators of the year, parameters."""
        own = {Name("", code) for code in self.catalogue.park_indicators()}
        register = {Name("park", code) for code in ("level", "park_type", "park_code", "approved_year")}
        return frozenset(own | register | {name for name in self.vocabulary.labels if name.space == "param"})

    @cached_property
    def lists(self) -> dict[str, tuple[str, ...]]:
        return {item.code: item.members for item in self.scheme.lists}

    def dimension_weight(self, code: str, kind: ParkClass) -> float:
        """The weight of a dimension in its parent for a park of `kind`; 0 where it is not part of its system."""
        own = [dimension.weights for dimension in self.scheme.dimensions if dimension.code == code]
        return _value(own[0], self.year, kind) if own else 0.0

    def node_weight(self, node: Node, kind: ParkClass) -> float:
        return _value(node.weights, self.year, kind)

    def depth(self, code: str) -> int:
        """How far a dimension stands below the total: 1 for those right under it."""
        parents = {dimension.code: dimension.parent for dimension in self.scheme.dimensions}
        steps = 1
        while parents.get(code):
            code, steps = parents[code], steps + 1
        return steps

    def target_value(self, target: Target, kind: ParkClass) -> float | None:
        """The target's value for a park of `kind`; None where the target does not apply."""
        if (target.levels and kind.level not in target.levels) or (target.types and kind.park_type not in target.types):
            return None
        dated = in_force(target.values, self.year)
        return dated.at(kind) if dated else None

    def targets(self) -> Mapping[str, Target]:
        return {target.indicator: target for target in self.scheme.targets}

    def rule_clause(self, rule: Rule) -> str:
        return rule.clause or self.scheme.dynamic_management_clause


def in_force(values: Iterable[Dated], year: int) -> Dated | None:
    """The dated entry in force in `year`: the one with the latest `from_year` not after it."""
    return max((item for item in values if item.from_year <= year), key=lambda item: item.from_year, default=None)


def read_rulebook(key: str, year: int) -> Rulebook:
    """The scheme `key` with its catalogue and forms as they are written, not yet checked against each other.

    A scheme file of a user's own finds its catalogue and forms beside itself first: `<indicators>.toml` and
    `<forms>/forms.toml`. Raises DefinitionRefused with all problems of catalogue and forms together.
    """
    path = scheme_path(key)
    scheme = load_scheme(key)
    catalogue_path = _beside(path, f"{scheme.indicators}.toml", INDICATORS / f"{scheme.indicators}.toml")
    if catalogue_path == path:
        catalogue_path = INDICATORS / f"{scheme.indicators}.toml"
    forms_path = _beside(path, f"{scheme.forms}/forms.toml", FORMS / scheme.forms / "forms.toml")
    problems: list[Problem] = []
    try:
        catalogue = load_catalogue(catalogue_path)
    except DefinitionRefused as refused:
        problems.extend(refused.problems)
    try:
        form_set = load_form_set(scheme.forms, forms_path.parent.parent)
    except DefinitionRefused as refused:
        problems.extend(refused.problems)
    if problems:
        raise DefinitionRefused(problems)
    checks_path = forms_path.with_name("checks.toml")
    files = (path, catalogue_path, forms_path, *([checks_path] if checks_path.exists() else []))
    return Rulebook(scheme, catalogue, form_set, year, files)


def load_rulebook(key: str, year: int) -> Rulebook:
    """Load the scheme `key` with its catalogue and forms and check all of it for `year`.

    Raises DefinitionRefused with all problems.
    """
    rulebook = read_rulebook(key, year)
    problems = list(faults(rulebook))
    if problems:
        raise DefinitionRefused(problems)
    return rulebook


def _beside(path: Path, name: str, otherwise: Path) -> Path:
    own = path.parent / name
    return own if own.is_file() else otherwise


def _value(values: Iterable[Dated], year: int, kind: ParkClass) -> float:
    dated = in_force(values, year)
    value = dated.at(kind) if dated else None
    return value or 0.0


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
    yield from _dated_faults(book)
    yield from _level_faults(book)
    yield from _weight_faults(book)
    yield from _judgement_faults(book)
    yield from _reference_faults(book)
    yield from _tie_faults(book)
    yield from _rule_faults(book)
    yield from _exemption_faults(book)
    yield from unit_faults(book)


def _dated_faults(book: Rulebook) -> Iterator[Problem]:
    dated: list[tuple[str, tuple[Dated, ...]]] = [(f"parameters.{p.code}", p.values) for p in book.scheme.parameters]
    dated += [(f"targets.{target.indicator}", target.values) for target in book.scheme.targets]
    dated += [(f"region_targets.{target.indicator}", target.values) for target in book.scheme.region_targets]
    dated += [(f"nodes.{node.indicator}", node.weights) for node in book.scheme.nodes]
    dated += [(f"dimensions.{dimension.code}", dimension.weights) for dimension in book.scheme.dimensions]
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
        if rule.order_by.lstrip("-") not in {*FACTS, *book.catalogue.park_indicators()}:
            yield Problem(f"{place}.order_by", f"名称 {rule.order_by} 没有定义", "事实或评价指标的代码", "改正")
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
