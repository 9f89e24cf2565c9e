"""The method report (评价办法说明): the whole scheme of a year as it was applied, with clause or reason of every number."""

from __future__ import annotations

from dataclasses import dataclass

from report_templates.formatting import NULL, or_dash, plain
from report_templates.imprint import Imprint, imprint
from report_templates.method_view import Method, scheme_method, source_of
from report_templates.objection import objection_text
from report_templates.proposal_view import KINDS
from report_templates.published import Published, Row
from report_templates.sureness import Audit, audit_chapter

METHOD_KIND = "评价办法说明"


@dataclass(frozen=True)
class TargetRule:
    """One target: value with its sign and year, how years in between are judged, clause."""

    label: str
    unit: str
    value: str
    path: str
    clause: str


@dataclass(frozen=True)
class ManagementRule:
    """One rule of dynamic management: when it holds, what is then proposed, and where it comes from."""

    label: str
    kind: str
    condition: str
    action: str
    effect: str
    clause: str
    chosen: bool
    source: str


@dataclass(frozen=True)
class SchemeView:
    """The method report; `chosen` and `given` count the parameters that the bureau chose and those of the document."""

    imprint: Imprint
    method: Method
    targets: tuple[TargetRule, ...]
    region_targets: tuple[TargetRule, ...]
    rules: tuple[ManagementRule, ...]
    chosen: int
    given: int
    objection: str
    audit: Audit | None


def scheme_view(results: Published) -> SchemeView:
    """The method report for the year of `results`."""
    method = scheme_method(results)
    chosen = sum(1 for parameter in method.parameters if parameter.bureau_choice)
    return SchemeView(
        imprint=imprint(results, METHOD_KIND, results.run["region"]),
        method=method,
        targets=_targets(results, "target"),
        region_targets=_targets(results, "region_target"),
        rules=tuple(_rule(row) for row in results.rows("definitions") if row["kind"] == "rule"),
        chosen=chosen,
        given=len(method.parameters) - chosen,
        objection=objection_text(results),
        audit=audit_chapter(results),
    )


def _targets(results: Published, kind: str) -> tuple[TargetRule, ...]:
    return tuple(
        TargetRule(
            plain(row["label"], 60), or_dash(row["unit"], 20), or_dash(row["value"], 200), plain(row["formula"], 80),
            or_dash(row["clause"], 80),
        )
        for row in results.rows("definitions")
        if row["kind"] == kind
    )  # fmt: skip


def _rule(row: Row) -> ManagementRule:
    return ManagementRule(
        label=plain(row["label"], 60),
        kind=KINDS.get(row.get("rule_kind") or "", NULL),
        condition=or_dash(row["formula"], 400),
        action=or_dash(row["value"], 300),
        effect=plain(row.get("effect"), 300),
        clause=or_dash(row["clause"], 80),
        chosen=bool(row["bureau_choice"]),
        source=source_of(row),
    )
