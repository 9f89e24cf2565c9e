"""Proposals for print, with what the authority decided on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from report_templates.formatting import chinese_date, or_dash, plain
from report_templates.published import Published, Row

KINDS = {"reward": "奖优", "priority": "优先支持", "sanction": "汰劣", "promotion": "晋级", "release": "解除"}


VARIED = "换用其他合理的权重、计分和合成方法等并计入数据误差重新判定"
"""What the draws of the robustness test are."""


@dataclass(frozen=True)
class ProposalBlock:
    """One 处理建议 in full; `decision` is empty as long as nothing was decided; `sureness` says in how many
    draws of the robustness test it was made and what became of the others, empty where none were made."""

    label: str
    kind: str
    tone: str
    action: str
    condition: str
    evidence: str
    counterfactual: str
    clause: str
    basis: str
    due_date: str
    status: str
    park_status: str
    decision: str
    sureness: str


def proposal_blocks(results: Published, park_code: str) -> tuple[ProposalBlock, ...]:
    """The proposals of one park in the order of the rules, each with the last decision on it."""
    register = results.of_park("decisions", park_code)
    return tuple(proposal_block(row, register) for row in results.of_park("proposals", park_code))


def proposal_block(row: Row, register: Sequence[Row] = ()) -> ProposalBlock:
    """One proposal as printed; free text is capped. `register`: the park's rows of `decisions` of the year."""
    decided = [entry for entry in register if entry["kind"] == "decision" and entry["rule"] == row["rule"]]
    results = [entry for entry in register if entry["kind"] == "rectification"] if row["kind"] == "sanction" else []
    said = [_decision(decided[-1])] if decided else []
    said += [f"整改结果：{_decision(results[-1])}"] if results and row["due_date"] is not None else []
    return ProposalBlock(
        label=or_dash(row["label"], 60),
        kind=KINDS.get(row["kind"], or_dash(row["kind"], 20)),
        tone="adverse" if row["kind"] == "sanction" else "favourable",
        action=or_dash(row["action"]),
        condition=or_dash(row["condition"], 1500),
        evidence=or_dash(row["evidence"], 1500),
        counterfactual=or_dash(row["counterfactual"], 1500),
        clause=or_dash(row["clause"], 120),
        basis=or_dash(row["basis"], 300),
        due_date=chinese_date(row["due_date"]),
        status="已决定" if decided else or_dash(row["status"], 40),
        park_status=or_dash(row["park_status"], 40),
        decision="；".join(said),
        sureness=f"{VARIED}，{note}" if (note := plain(row.get("robustness_note"), 800)) else "",
    )


def _decision(entry: Row) -> str:
    """Outcome, who decided and when, document and reason: what the register says."""
    status = plain(entry["park_status"], 40)
    by = plain(entry["decided_by"], 60)
    document, reason = plain(entry["document"], 80), plain(entry["reason"], 200)
    parts = (
        f"{or_dash(entry['outcome'], 20)}{f'（园区状态：{status}）' if status else ''}",
        f"{by + '，' if by else ''}{chinese_date(entry['recorded_on'])}",
        document,
        f"理由：{reason}" if reason else "",
    )
    return "，".join(part for part in parts if part)


def ordered(action: object) -> str:
    """The measure of a proposal as a decision orders it: without the 建议 that opens a proposal."""
    return or_dash(plain(action).removeprefix("建议"))
