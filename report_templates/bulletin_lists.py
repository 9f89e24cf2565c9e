"""The lists of the bulletin: who is proposed for what, who gained and who lost places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from report_templates.formatting import NULL, enumerate_chinese, plain
from report_templates.proposal_view import KINDS, ProposalBlock, proposal_block
from report_templates.published import Published, Row

# Parks named in a list before 等 N 个; the detailed lists below name all.
NAMED, MOVERS = 30, 8


@dataclass(frozen=True)
class ListedProposal:
    """One proposal in a list of the bulletin."""

    code: str
    park: str
    level: str
    block: ProposalBlock


@dataclass(frozen=True)
class ProposalList:
    """All proposals of one rule."""

    title: str
    kind: str
    proposals: tuple[ListedProposal, ...]


@dataclass(frozen=True)
class NameList:
    """One list of the bulletin (奖优, 位次上升, 限期整改 …): its title, the parks on it, what follows and until when."""

    title: str
    kind: str
    parks: str
    count: int
    follows: str
    due: str


def proposal_lists(results: Published, parks: Mapping[str, Row]) -> tuple[ProposalList, ...]:
    """Proposals by kind in the order of KINDS, then by rule in the order of the scheme's rules."""
    order = {row["code"]: row["position"] for row in results.rows("definitions") if row["kind"] == "rule"}
    kinds = list(KINDS)
    grouped: dict[tuple[int, int, str], list[Row]] = {}
    for row in results.rows("proposals"):
        kind = kinds.index(row["kind"]) if row["kind"] in KINDS else len(kinds)
        grouped.setdefault((kind, order.get(row["rule"], 0), row["rule"]), []).append(row)
    lists = []
    for key in sorted(grouped):
        rows = grouped[key]
        blocks = tuple(
            ListedProposal(
                plain(row["park_code"], 40),
                plain(parks.get(row["park_code"], {}).get("name", row["park_code"]), 40),
                class_of(results, parks.get(row["park_code"])),
                proposal_block(row, results.of_park("decisions", row["park_code"])),
            )
            for row in rows
        )
        lists.append(ProposalList(blocks[0].block.label, blocks[0].block.kind, blocks))
    return tuple(lists)


def name_lists(lists: Iterable[ProposalList]) -> Iterator[NameList]:
    """A list for each rule that proposes something."""
    for group in lists:
        blocks = [listed.block for listed in group.proposals]
        dues = list(dict.fromkeys(block.due_date for block in blocks if block.due_date != NULL))
        states = list(dict.fromkeys(block.park_status for block in blocks if block.park_status != NULL))
        yield NameList(
            group.title, group.kind, enumerate_chinese((listed.park for listed in group.proposals), NAMED),
            len(blocks), enumerate_chinese(states) or NULL, enumerate_chinese(dues) or NULL,
        )  # fmt: skip


def movers(results: Published, ranking: Iterable[Row], parks: Mapping[str, Row]) -> Iterator[NameList]:
    """Parks that gained and that lost most places among all parks."""
    moved = [row for row in ranking if row["group"] == results.overall and (row["rank_change"] or 0) != 0]
    for title, sign in (("全部园区位次上升", 1), ("全部园区位次下降", -1)):
        rows = sorted(
            (row for row in moved if row["rank_change"] * sign > 0),
            key=lambda row: (-sign * row["rank_change"], row["rank"]),
        )
        if rows:
            names = (
                f"{plain(parks.get(row['park_code'], {}).get('name', row['park_code']), 30)}（{abs(row['rank_change'])} 位）"
                for row in rows
            )
            yield NameList(title, "位次", enumerate_chinese(names, MOVERS), len(rows), NULL, NULL)


def class_heading(results: Published) -> tuple[str, str]:
    """What tells the parks apart in a list: heading and column; both empty where parks have neither level nor type."""
    for heading, column in (("级别", "level"), ("类型", "park_type")):
        if any(plain(row[column]) for row in results.rows("parks")):
            return heading, column
    return "", ""


def class_of(results: Published, park: Row | None) -> str:
    column = class_heading(results)[1]
    return plain(park[column], 12) if park and column else ""
