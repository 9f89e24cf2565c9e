"""Sheets of the result book that hold evidence: proposals, rules, findings, corrections, quality, method, filed figures."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from report_templates.book_sheets import CODE, PARK, Amount, Column, Parks, Sheet, Value, text, yes_no
from report_templates.formatting import chinese_date
from report_templates.proposal_view import KINDS, proposal_block
from report_templates.published import Published
from scoring.described import HEADS

EXACT_DIGITS = 15
"""Significant digits that a spreadsheet keeps; a filed figure with more of them stands as text."""
_PLACES = 6


def evidence_sheets(results: Published) -> tuple[Sheet, ...]:
    """The sheets that say why and from what, in the order in which they are read."""
    return (
        _proposals(results),
        _rules(results),
        _findings(results),
        _corrections(results),
        _quality(results),
        _weights(results),
        _parameters(results),
        _statistics(results),
    )


def _proposals(results: Published) -> Sheet:
    columns = (
        Column("性质", 9, "奖优、优先支持、汰劣、晋级、解除", "proposals.kind"),
        Column("规则", 18, "提出建议的规则", "proposals.label"),
        CODE,
        PARK,
        Column("建议", 40, "建议采取的措施", "proposals.action"),
        Column("条件", 36, "规则条件的中文读法", "proposals.condition"),
        Column("依据数据", 40, "条件中每个量的实际数值", "proposals.evidence"),
        Column("何种情况下不成立", 36, "哪些数字要如何不同，本建议才不会提出", "proposals.counterfactual"),
        Column("有多可靠", 36, "稳健性检验中有多少次提出，其余几次因为什么没有提出", "proposals.robustness_note"),
        Column("条款", 14, "", "proposals.clause"),
        Column("规则来源", 30, "文件规定，或统计部门选择及其理由", "proposals.basis"),
        Column("期限", 12, "整改期限，没有的为空", "proposals.due_date"),
        Column("办理状态", 10, "", "proposals.status"),
        Column("采纳后的园区状态", 14, "", "proposals.park_status"),
        Column("主管部门决定", 30, "登记的处理决定和整改结果", "decisions.outcome"),
    )

    def rows() -> Iterator[list[Value]]:
        named, kinds = Parks(results), list(KINDS)
        order = {row["code"]: row["position"] for row in results.rows("definitions") if row["kind"] == "rule"}
        listed = sorted(
            results.rows("proposals"),
            key=lambda row: (
                kinds.index(row["kind"]) if row["kind"] in kinds else len(kinds),
                order.get(row["rule"], len(order) + 1),
                row["rule"],
                row["park_code"],
            ),
        )
        for row in listed:
            block = proposal_block(row, results.of_park("decisions", row["park_code"]))
            yield [
                block.kind,
                text(row["label"]),
                *named.of(row),
                *(text(row[name]) for name in ("action", "condition", "evidence", "counterfactual")),
                text(row.get("robustness_note")),
                *(text(row[name]) for name in ("clause", "basis")),
                row["due_date"],
                block.status,
                text(row["park_status"]),
                block.decision,
            ]

    return Sheet("处理建议", "按规则提出的处理建议，由主管部门决定", columns, rows, frozen=4)


def _rules(results: Published) -> Sheet:
    columns = (
        CODE,
        PARK,
        Column("规则", 24, "", "rule_checks.label"),
        Column("判定", 14, "触发、未触发、无法判定、被上位规则取代", "rule_checks.outcome"),
        Column("条件", 50, "", "rule_checks.condition"),
        Column("依据数据", 60, "条件中每个量的实际数值", "rule_checks.evidence"),
    )

    def rows() -> Iterator[list[Value]]:
        named = Parks(results)
        for row in results.rows("rule_checks"):
            yield [*named.of(row), *(text(row[name]) for name in ("label", "outcome", "condition", "evidence"))]

    return Sheet("规则判定", "每条规则对每个园区的判定，触发与否都列", columns, rows, frozen=2)


_FINDING_PLACE = (
    Column("来源文件", 30, "", "findings.source_file"),
    Column("工作表", 12, "", "findings.sheet"),
    Column("单元格", 10, "", "findings.cell"),
)


def _findings(results: Published) -> Sheet:
    columns = (
        Column("严重程度", 9, "错误须更正，核实须说明，提示供参考", "findings.severity", mark="severity"),
        CODE,
        PARK,
        Column("统计指标", 24, "", "findings.label"),
        Column("问题", 50, "", "findings.message"),
        Column("所填", 16, "", "findings.value"),
        Column("应为", 24, "", "findings.expected"),
        Column("处理办法", 30, "", "findings.cure"),
        Column("情况说明", 34, "园区的说明", "findings.explanation"),
        *_FINDING_PLACE,
        Column("审核规则", 24, "", "findings.check_id"),
    )
    names = ("label", "message", "value", "expected", "cure", "explanation", "source_file", "sheet", "cell", "check_id")

    def rows() -> Iterator[list[Value]]:
        named = Parks(results)
        for row in results.rows("findings"):
            yield [text(row["severity"]), *named.of(row), *(text(row[name]) for name in names)]

    return Sheet("审核问题", "本年度数据更正后仍有的审核问题", columns, rows, frozen=3)


def _corrections(results: Published) -> Sheet:
    columns = (
        CODE,
        PARK,
        Column("统计指标", 30, "", "statistics.label"),
        Column("计量单位", 13, "本行各值的单位", "statistics.unit"),
        Column("申报值", 16, "更正前，园区所报", "statistics.filed_value"),
        Column("更正值", 16, "评价所用", "statistics.value"),
        Column("更正理由", 50, "", "statistics.correction_reason"),
        *_SOURCE,
        _ITEM,
    )

    def rows() -> Iterator[list[Value]]:
        named = Parks(results)
        for row in results.rows("statistics"):
            if row["corrected"]:
                yield [
                    *named.of(row),
                    text(row["label"]),
                    text(row["unit"]),
                    filed(row["filed_value"]),
                    filed(row["value"]),
                    text(row["correction_reason"]),
                    *(text(row[name]) for name in ("source_file", "sheet", "cell", "item")),
                ]

    return Sheet("数据更正", "登记并采用的更正", columns, rows, frozen=2)


def _quality(results: Published) -> Sheet:
    columns = (
        CODE,
        PARK,
        Column("报送日期", 12, "没有报送的为空", "parks.filed_on"),
        Column("逾期", 8, "按时为 0，没有报送的为空", "data_quality.late_days", "天", "warn"),
        Column("必填完整率", 10, "已填的必填格占全部必填格", "data_quality.completeness_pct", "%"),
        Column("更正前错误", 9, "", "data_quality.errors_count", "处"),
        Column("更正前核实", 9, "", "data_quality.verify_count", "处"),
        Column("更正前提示", 9, "", "data_quality.notes_count", "处"),
        Column("更正", 8, "采用的更正登记", "data_quality.corrections_count", "条"),
        Column("未说明的核实", 10, "更正后仍存在而没有情况说明的", "data_quality.unexplained_count", "处", "warn"),
        Column("是否评价", 9, "有未更正错误或没有报送的不评价", "parks.evaluated"),
        Column("说明", 50, "", "parks.note"),
    )
    counts = ("errors_count", "verify_count", "notes_count", "corrections_count", "unexplained_count")

    def rows() -> Iterator[list[Value]]:
        for park in results.rows("parks"):
            measured = results.of_park("data_quality", park["park_code"])
            own = measured[0] if measured else {}
            yield [
                text(park["park_code"]),
                text(park["name"]),
                park["filed_on"],
                park["late_days"],
                Amount(own.get("completeness_pct"), 1),
                *(own.get(name) for name in counts),
                yes_no(park["evaluated"]),
                text(park["note"]),
            ]

    return Sheet("数据质量", "各园区报送数据的完整、及时和问题数", columns, rows, frozen=2)


_METHOD_KINDS = ("dimension", "node", "indicator", "region_indicator", "target", "region_target")
_METHOD = (
    Column("种类", 16, "", "definitions.kind"),
    Column("名称", 28, "", "definitions.label"),
    Column("取值", 40, "权重（%）、公式的中文读法、目标值、参数值", "definitions.value"),
    Column("计量单位", 13, "", "definitions.unit"),
    Column("公式或办法", 50, "定义中的公式、条件或计分办法", "definitions.formula"),
    Column("依据", 13, "文件规定，或文件没有规定而由统计部门选择", "definitions.bureau_choice"),
    Column("条款", 16, "", "definitions.clause"),
    Column("理由", 44, "统计部门选择的理由", "definitions.reason"),
    Column("代码", 24, "", "definitions.code"),
)


def _weights(results: Published) -> Sheet:
    return _method(results, "指标与权重", "一级指标、评价指标的权重、公式、目标和条款", _METHOD_KINDS)


def _parameters(results: Published) -> Sheet:
    rest = tuple(kind for kind in HEADS if kind not in _METHOD_KINDS)
    return _method(results, "参数与规则", "日期、等次、排名等参数，加减分、豁免和动态管理规则", rest)


def _method(results: Published, name: str, about: str, kinds: tuple[str, ...]) -> Sheet:
    def rows() -> Iterator[list[Value]]:
        for kind in kinds:
            for row in results.rows("definitions"):
                if row["kind"] == kind:
                    yield [
                        HEADS[kind],
                        *(text(row[column]) for column in ("label", "value", "unit", "formula")),
                        yes_no(row["bureau_choice"], "统计部门选择", "文件规定"),
                        *(text(row[column]) for column in ("clause", "reason", "code")),
                    ]

    return Sheet(name, about, _METHOD, rows, frozen=2)


_SOURCE = (
    Column("来源文件", 30, "", "statistics.source_file"),
    Column("工作表", 12, "", "statistics.sheet"),
    Column("单元格", 10, "", "statistics.cell"),
)
_ITEM = Column("统计指标代码", 24, "", "statistics.item")


def _statistics(results: Published) -> Sheet:
    columns = (
        CODE,
        PARK,
        Column("统计指标", 30, "", "statistics.label"),
        Column("计量单位", 13, "本行数值的单位", "statistics.unit"),
        Column("数值", 16, "更正后的数值；没有填报的为空", "statistics.value"),
        Column("文字", 24, "文字类指标的内容", "statistics.text"),
        Column("数据来源", 12, "行政记录、部门数据、园区申报、统计汇总", "statistics.source_kind"),
        Column("是否更正", 9, "", "statistics.corrected"),
        *_SOURCE,
        _ITEM,
    )

    def rows() -> Iterator[list[Value]]:
        named = Parks(results)
        for row in results.rows("statistics"):
            yield [
                *named.of(row),
                text(row["label"]),
                text(row["unit"]),
                filed(row["value"]),
                text(row["text"]),
                text(row["source_kind"]),
                "更正" if row["corrected"] else "",
                *(text(row[name]) for name in ("source_file", "sheet", "cell", "item")),
            ]

    return Sheet("填报数据", "评价所依据的统计数据，更正后，到来源单元格", columns, rows, frozen=2)


def filed(value: Decimal | None) -> Value:
    """A filed figure with the places it has; as text where a spreadsheet would lose digits."""
    if value is None:
        return None
    trimmed = value.normalize()
    if len(trimmed.as_tuple().digits) > EXACT_DIGITS:
        return f"{value:f}"
    exponent = trimmed.as_tuple().exponent
    return Amount(value, min(max(-exponent, 0), _PLACES) if isinstance(exponent, int) else 0)


def about_rows(results: Published, sheets: tuple[Sheet, ...]) -> list[tuple[str, str]]:
    """What the first sheet says: which evaluation this is, and what is on the other sheets."""
    run = results.run
    told = [
        ("地区", text(run["region"])),
        ("统计年度", f"{results.year}"),
        ("评价办法", text(run["scheme_title"])),
        ("依据文件", text(run["document"])),
        ("评价机关", text(run.get("office"))),
        ("评价日期", chinese_date(run["decision_date"])),
        ("评价批次", text(run["run_id"])),
        ("结果摘要（SHA-256）", text(run["results_sha256"])),
        ("上年批次", text(run["previous_run_id"])),
        ("程序版本", text(run["version"])),
        ("数据说明", text(run["notice"])),
    ]
    listed = [(f"工作表“{sheet.name}”", sheet.about) for sheet in sheets]
    return [pair for pair in told if pair[1]] + listed
