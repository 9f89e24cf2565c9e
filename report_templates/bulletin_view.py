"""The view model of the bulletin (评价通报): rankings, lists, region targets, leaders, common weak points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from report_templates.bulletin_lists import (
    NameList,
    ProposalList,
    class_heading,
    class_of,
    movers,
    name_lists,
    proposal_lists,
)
from report_templates.charts import Segment, Track, stack, track
from report_templates.correction_view import Correction, correction_of
from report_templates.decided import STATE_REMARK, park_state
from report_templates.formatting import NULL, Figure, enumerate_chinese, group_title, number, or_dash, plain, rank_arrow
from report_templates.hierarchy import ADJUSTMENT, all_rows
from report_templates.imprint import Imprint, imprint
from report_templates.indicator_lines import (
    Notes,
    attained_word,
    path_word,
    target_text,
    targets_told,
    telling_decimals,
)
from report_templates.method_view import Method, scheme_method
from report_templates.published import Published, Row
from report_templates.quality_view import FilingLine, filing_lines
from report_templates.sureness import SureGroup, sure_groups
from report_templates.veto_text import veto_text
from scoring.precision import SCORE_DECIMALS, decimals_of_mean

TITLE = "产业园区绩效评价通报"
LEADERS = 3
# The longest level that a narrow column holds on one line.
SHORT_CLASS = 3
# A park is counted as weak on an indicator when it gets fewer than this many of 100 points.
WEAK_BELOW = 60.0


@dataclass(frozen=True)
class RankLine:
    """One park in a ranking."""

    code: str
    rank: str
    name: str
    level: str
    score: Figure
    dimensions: tuple[Figure, ...]
    adjusted: str
    stack: tuple[Segment, ...]
    previous_rank: str
    change: str
    grade: str
    status: str
    bottom_years: str


@dataclass(frozen=True)
class Ranking:
    """The ranking of one group."""

    group: str
    lines: tuple[RankLine, ...]


@dataclass(frozen=True)
class RegionLine:
    """One target of the region."""

    label: str
    unit: str
    value: str
    target: str
    due: str
    attainment: str
    base: str
    pace: str
    attained: str
    on_path: str
    track: Track | None
    note: int
    clause: str


@dataclass(frozen=True)
class LeaderLine:
    """The leading parks on one indicator."""

    label: str
    unit: str
    leaders: str
    mean: str
    parks: str


@dataclass(frozen=True)
class CommonWeakPoint:
    """An indicator on which several parks get few points."""

    label: str
    dimension: str
    weak: str
    mean: str
    parks: str


@dataclass(frozen=True)
class BulletinView:
    """The bulletin of one year."""

    imprint: Imprint
    correction: Correction | None
    summary: tuple[str, ...]
    class_label: str
    long_class: bool
    dimension_labels: tuple[str, ...]
    adjusted: bool
    nested: bool
    not_additive: tuple[str, ...]
    overall: Ranking
    groups: tuple[Ranking, ...]
    sure: tuple[SureGroup, ...]
    names: tuple[NameList, ...]
    lists: tuple[ProposalList, ...]
    unranked: tuple[tuple[str, str, str], ...]
    not_evaluated: tuple[tuple[str, str, str], ...]
    region_lines: tuple[RegionLine, ...]
    region_notes: tuple[str, ...]
    leaders: tuple[LeaderLine, ...]
    weak_points: tuple[CommonWeakPoint, ...]
    filings: tuple[FilingLine, ...]
    method: Method
    state_remark: str = STATE_REMARK


def bulletin_view(results: Published) -> BulletinView:
    """The bulletin for the year of `results`."""
    parks = {row["park_code"]: row for row in results.rows("parks")}
    ranking = [row for row in results.rows("ranking") if row["year"] == results.year and row["rank"] is not None]
    dimensions = _dimensions(results)
    notes = Notes()
    groups = sorted({row["group"] for row in ranking} - {results.overall}, key=group_order)
    by_group = {group: _ranking(group, results, ranking, parks, dimensions) for group in (results.overall, *groups)}
    lists = proposal_lists(results, parks)
    region = tuple(_region(row, notes) for row in results.rows("region_targets"))
    return BulletinView(
        imprint=imprint(results, TITLE, results.run["region"]),
        correction=correction_of(results),
        summary=_summary(results, parks, ranking, lists),
        class_label=class_heading(results)[0],
        long_class=any(len(class_of(results, park)) > SHORT_CLASS for park in parks.values()),
        dimension_labels=tuple(dimensions.values()),
        adjusted=any(row["kind"] == ADJUSTMENT for row in results.rows("scores")),
        nested=all_rows(results.rows("scores")).nested,
        not_additive=all_rows(results.rows("scores")).not_additive(),
        overall=by_group[results.overall],
        groups=tuple(by_group[group] for group in groups or [results.overall]),
        sure=sure_groups(results, groups or [results.overall]),
        names=(*name_lists(lists), *movers(results, ranking, parks)),
        lists=lists,
        unranked=_noted(results, (row for row in parks.values() if row["evaluated"] and not row["ranked"])),
        not_evaluated=_noted(results, (row for row in parks.values() if not row["evaluated"])),
        region_lines=region,
        region_notes=notes.texts,
        leaders=_leaders(results, parks),
        weak_points=_weak_points(results, parks),
        filings=filing_lines(results),
        method=scheme_method(results),
    )


_LEVELS = ("国家级", "省级", "州市级", "市级", "州级", "县级", "乡镇级")


def group_order(group: str) -> tuple[int, str]:
    """Groups from the highest level down; a group of level and type is 省级·工业园区."""
    level = group.split("·", 1)[0]
    return (_LEVELS.index(level) if level in _LEVELS else len(_LEVELS), group)


def _dimensions(results: Published) -> dict[str, str]:
    system = all_rows(results.rows("scores"))
    return {node: plain(system.label(node), 12) for node in system.top}


def _points(results: Published, park_code: str) -> dict[str, float | None]:
    return {row["node"]: row["points"] for row in results.of_park("scores", park_code)}


def _ranking(
    group: str,
    results: Published,
    ranking: Iterable[Row],
    parks: Mapping[str, Row],
    dimensions: Mapping[str, str],
) -> Ranking:
    rows = sorted((row for row in ranking if row["group"] == group), key=lambda row: (row["rank"], row["park_code"]))
    lines = []
    for row in rows:
        code = row["park_code"]
        park, points = parks.get(code, {}), _points(results, code)
        lines.append(
            RankLine(
                code=plain(code, 40),
                rank=f"{row['rank']}{'（并列）' if row['tied'] else ''}",
                name=plain(park.get("name", code), 40),
                level=class_of(results, parks.get(code)),
                score=number(row["score"], SCORE_DECIMALS),
                dimensions=tuple(number(points.get(node), SCORE_DECIMALS) for node in dimensions),
                adjusted=_adjusted(results, code),
                stack=stack([points.get(node) for node in dimensions]),
                previous_rank=NULL if row["previous_rank"] is None else str(row["previous_rank"]),
                change=rank_arrow(row["rank_change"]),
                grade=or_dash(row["grade"], 10) + ("（一票否决）" if row.get("veto") else ""),
                status=park_state(results, park).text if park else NULL,
                bottom_years=str(row["bottom_years"]) if row["bottom_years"] else NULL,
            )
        )
    return Ranking(group_title(plain(group, 20)), tuple(lines))


def _adjusted(results: Published, park_code: str) -> str:
    """Deductions and bonuses together, as counted before any cap of the scheme."""
    given = [row["points"] or 0.0 for row in results.of_park("scores", park_code) if row["kind"] == ADJUSTMENT]
    return number(sum(given), SCORE_DECIMALS, signed=any(given)) if given else NULL


def _noted(results: Published, rows: Iterable[Row]) -> tuple[tuple[str, str, str], ...]:
    return tuple((plain(row["name"], 40), class_of(results, row) or NULL, or_dash(row["note"], 200)) for row in rows)


def _region(row: Row, notes: Notes) -> RegionLine:
    decimals = telling_decimals(row, row["decimals"] if row["decimals"] is not None else 2)
    member = plain(row["member"], 20)
    return RegionLine(
        label=f"{plain(row['label'], 40)}（{member}）" if member else plain(row["label"], 40),
        unit=or_dash(row["unit"]),
        value=number(row["value"], decimals),
        target=target_text(row, decimals),
        due=str(row["due_year"]) if row["due_year"] else NULL,
        attainment=number(row["attainment_pct"], 1),
        base=number(row["base_value"], decimals),
        pace=number(row["pace_value"], decimals),
        attained=attained_word(row),
        on_path=path_word(row),
        track=_track(row),
        note=notes(row["note"]),
        clause=plain(row["clause"]),
    )


def _track(row: Row) -> Track | None:
    if row["attainment_pct"] is None or not row["target_value"]:
        return None
    pace = None if row["pace_value"] is None else 100 * row["pace_value"] / row["target_value"]
    return track(row["attainment_pct"], pace, bool(row["attained"]))


def _leaders(results: Published, parks: Mapping[str, Row]) -> tuple[LeaderLine, ...]:
    scored = [row["code"] for row in results.rows("definitions") if row["kind"] == "node"]
    by_indicator: dict[str, list[Row]] = {}
    for row in results.rows("indicators"):
        if row["value"] is not None and parks.get(row["park_code"], {}).get("evaluated"):
            by_indicator.setdefault(row["indicator"], []).append(row)
    return tuple(_leader(by_indicator[code], parks) for code in scored if by_indicator.get(code))


def _leader(rows: Sequence[Row], parks: Mapping[str, Row]) -> LeaderLine:
    sign = 1 if rows[0]["direction"] == "lower" else -1
    decimals = rows[0]["decimals"] if rows[0]["decimals"] is not None else 2
    ordered = sorted(rows, key=lambda row: (sign * row["value"], row["park_code"]))
    names = _leading_names(ordered, parks, decimals)
    mean = sum(row["value"] for row in rows) / len(rows)
    return LeaderLine(
        plain(rows[0]["label"], 40) + ("（越低越好）" if sign > 0 else ""),
        or_dash(rows[0]["unit"]),
        names,
        number(mean, decimals_of_mean(decimals)),
        str(len(rows)),
    )


def _leading_names(ordered: Sequence[Row], parks: Mapping[str, Row], decimals: int) -> str:
    """The parks of the first `LEADERS` places, all parks of the same value together; many at one value lead nothing,
    so that only their number is told."""
    names: list[str] = []
    for value, rows in groupby(ordered, key=lambda row: row["value"]):
        tied = [plain(parks[row["park_code"]]["name"], 30) for row in rows]
        if len(names) + len(tied) > LEADERS + 1:
            rest = f"{len(tied)} 个园区{'并列' if len(tied) > 1 else ''} {number(value, decimals)}"
            return "；".join([*names, rest]) if len(names) < LEADERS else "；".join(names)
        names += [f"{name} {number(value, decimals)}" for name in tied]
        if len(names) >= LEADERS:
            break
    return "；".join(names)


def _weak_points(results: Published, parks: Mapping[str, Row]) -> tuple[CommonWeakPoint, ...]:
    system = all_rows(results.rows("scores"))
    by_node: dict[str, list[Row]] = {}
    for row in results.rows("scores"):
        if row["kind"] == "indicator" and row["normalised"] is not None:
            by_node.setdefault(row["node"], []).append(row)
    found = []
    for position, rows in enumerate(by_node.values()):
        weak = [row for row in rows if row["normalised"] < WEAK_BELOW]
        if len(weak) >= 2:
            mean = sum(row["normalised"] for row in rows) / len(rows)
            names = enumerate_chinese((plain(parks[row["park_code"]]["name"], 30) for row in weak), 6)
            line = CommonWeakPoint(
                plain(rows[0]["label"], 40),
                system.path(rows[0]["parent"]),
                f"{len(weak)} / {len(rows)}",
                number(mean, SCORE_DECIMALS),
                names,
            )
            found.append((-len(weak), mean, position, line))
    return tuple(line for _, _, _, line in sorted(found, key=lambda item: item[:3]))


def _summary(
    results: Published, parks: Mapping[str, Row], ranking: Sequence[Row], lists: Sequence[ProposalList]
) -> tuple[str, ...]:
    evaluated = [row for row in parks.values() if row["evaluated"]]
    overall = sorted((row for row in ranking if row["group"] == results.overall), key=lambda row: row["rank"])
    scores = [row["score"] for row in overall]
    first = (
        f"{results.year} 年度，{plain(results.run['region'])}在册园区 {len(parks)} 个，参加评价 {len(evaluated)} 个，"
        f"参加排名 {len(overall)} 个。"
    )
    if scores:
        first += (
            f"参加排名的园区平均总分 {number(sum(scores) / len(scores), SCORE_DECIMALS)} 分，"
            f"最高 {number(max(scores), SCORE_DECIMALS)} 分，最低 {number(min(scores), SCORE_DECIMALS)} 分。"
        )
    return tuple(
        part for part in (first, _grade_sentence(results, overall, parks), _target_sentence(results, lists)) if part
    )


def _grade_sentence(results: Published, overall: Sequence[Row], parks: Mapping[str, Row]) -> str:
    if not overall:
        return ""
    counts: dict[str, int] = {}
    for row in overall:
        counts[or_dash(row["grade"])] = counts.get(or_dash(row["grade"]), 0) + 1
    limits = next((plain(row["value"]) for row in results.rows("definitions") if row["code"] == "grades"), "")
    # From the best grade down, as the scheme lists them: a capped grade would else stand where its park stands.
    told = sorted(counts.items(), key=lambda pair: place if (place := limits.find(pair[0])) >= 0 else len(limits))
    grades = "、".join(f"{grade} {count} 个" for grade, count in told)
    held = [
        f"{plain(parks[row['park_code']]['name'], 40)}（{plain(veto_text(row), 120)}）"
        for row in overall
        if row.get("veto")
    ]
    grades += f"；其中等次受限的 {len(held)} 个：{'、'.join(held)}" if held else ""
    leading = [
        f"{plain(parks[row['park_code']]['name'], 40)}{'（并列）' if row['tied'] else ''}"
        for row in overall
        if row["rank"] <= 3
    ]
    places = "列前三位" if len(overall) > 3 else "由高到低" if len(overall) > 1 else "列第一位"
    compared = [row for row in overall if row["rank_change"] is not None]
    risers = [row for row in compared if row["rank_change"] > 0]
    fallers = [row for row in compared if row["rank_change"] < 0]
    said = f"等次分布为{grades}。总分{places}的是{enumerate_chinese(leading)}。"
    if not compared:
        return said
    return (
        f"{said}上年也参加排名的 {len(compared)} 个园区中，全部园区位次上升的 {len(risers)} 个，下降的 {len(fallers)} 个，"
        f"持平的 {len(compared) - len(risers) - len(fallers)} 个。"
    )


def _target_sentence(results: Published, lists: Sequence[ProposalList]) -> str:
    targets = [row for row in results.rows("region_targets") if row["target_value"] is not None]
    text = f"{plain(results.run['region'])} {targets_told(targets, results.year)}。" if targets else ""
    by_kind: dict[str, int] = {}
    for group in lists:
        by_kind[group.kind] = by_kind.get(group.kind, 0) + len(group.proposals)
    kinds = "、".join(f"{kind} {count} 项" for kind, count in by_kind.items())
    return text + (f"依据评价结果提出处理建议：{kinds}，由主管部门决定。" if kinds else "")
