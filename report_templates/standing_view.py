"""Grade, score and places of one park: this year's, how long they have stood, over the years, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from report_templates.charts import History, history
from report_templates.formatting import NULL, Figure, difference, group_title, number, or_dash, plain, rank_change
from report_templates.published import Published, Row
from report_templates.trends import Interval, interval
from report_templates.veto_text import veto_text
from scoring.precision import SCORE_DECIMALS

UNGRADED = "不评定等次"


@dataclass(frozen=True)
class Standing:
    """Rank in one group: `place` is a text such as 第 2 位, `of` the size of the group; `rank` and `group_size` as numbers."""

    group: str
    rank: int
    group_size: int
    place: str
    of: str
    change: str

    @property
    def title(self) -> str:
        """The group as it is spoken of."""
        return group_title(self.group)


@dataclass(frozen=True)
class Result:
    """The result on the cover; `standings` are empty for a park that is not ranked. `grade_history` tells for how many
    years the grade has stood, or what it was before; `veto` which veto struck it, with clause, empty where none did."""

    grade: str
    grade_history: str
    veto: str
    score: Figure
    score_change: str
    standings: tuple[Standing, ...]


@dataclass(frozen=True)
class HistoryLine:
    """One year of the table under the history charts."""

    year: str
    score: Figure
    group_mean: Figure
    rank: str
    overall_rank: str
    grade: str


@dataclass(frozen=True)
class Sureness:
    """How sure the rank is: ranks from the fifth to the ninety-fifth percentile when what was chosen is varied."""

    group: str
    rank: str
    median: str
    low: str
    high: str
    chart: Interval | None
    statement: str


def park_result(results: Published, park_code: str) -> Result | None:
    """The result of one park of the register; null for a park that was not evaluated."""
    park = results.of_park("parks", park_code)[0]
    total = next((row for row in results.of_park("scores", park_code) if row["kind"] == "total"), None)
    return None if total is None or not park["evaluated"] else result_of(results, park, total)


def rankings_of(results: Published, park_code: str) -> dict[str, Row]:
    """The park's rows of this year's ranking by group."""
    return {row["group"]: row for row in results.of_park("ranking", park_code) if row["year"] == results.year}


def _compared(change: str) -> str:
    """A total against last year's."""
    return f"比上年 {change} 分" if change[0] in "+-" else "与上年持平"


def result_of(results: Published, park: Row, total: Row) -> Result:
    """The result from the park's row of `parks` and its total of `scores`."""
    rankings = rankings_of(results, park["park_code"])
    own = rankings.get(results.group_of(park)) or rankings.get(results.overall)
    before = [
        row
        for row in results.of_park("ranking", park["park_code"])
        if row["year"] == results.year - 1 and row["group"] == results.overall
    ]
    change = (
        _compared(difference(total["points"], before[0]["score"], SCORE_DECIMALS))
        if before and before[0]["score"] is not None and total["points"] is not None
        else "上年没有总分可比"
    )
    grade = (plain(own["grade"]) or UNGRADED) if own else UNGRADED
    return Result(
        grade=grade,
        grade_history=_grade_history(results, park, own["group"] if own else "", grade),
        veto=plain(veto_text(own), 160) if own else "",
        score=number(total["points"], SCORE_DECIMALS),
        score_change=change,
        standings=tuple(
            _standing(rankings[group])
            for group in dict.fromkeys((results.group_of(park), results.overall))
            if group in rankings and rankings[group]["rank"] is not None
        ),
    )


def _grade_history(results: Published, park: Row, group: str, grade: str) -> str:
    """连续 3 年优秀, or 上年良好; empty where there was no grade the year before."""
    grades = {
        row["year"]: plain(row["grade"])
        for row in results.of_park("ranking", park["park_code"])
        if row["group"] == group and row["grade"]
    }
    year, run = results.year, 0
    while grade != UNGRADED and grades.get(year - run) == grade:
        run += 1
    if run > 1:
        return f"连续 {run} 年{grade}"
    before = grades.get(year - 1)
    return f"上年{before}" if before else ""


def sureness_of(results: Published, park_code: str) -> tuple[Sureness, ...]:
    """How sure the park's places are, in its group and among all parks; empty where that was not computed."""
    rankings = rankings_of(results, park_code)
    return tuple(
        found
        for row in results.of_park("robustness", park_code)
        for found in (
            _sureness(row, rankings.get(row["group"] or results.overall), "", plain(row["statement"], 200)),
            _sureness(row, rankings.get(results.overall), "overall_", "") if row["group"] != results.overall else None,
        )
        if found is not None
    )


def _sureness(row: Row, ranking: Row | None, columns: str, statement: str) -> Sureness | None:
    low, median, high = (row[f"{columns}rank_{name}"] for name in ("p05", "median", "p95"))
    if ranking is None or ranking["rank"] is None or low is None or median is None or high is None:
        return None
    places = ranking["group_size"]
    return Sureness(
        plain(ranking["group"], 20),
        f"第 {ranking['rank']} 位",
        f"第 {median} 位",
        str(low),
        str(high),
        interval(ranking["rank"], low, median, high, places) if places > 1 else None,
        statement,
    )


def _standing(row: Row) -> Standing:
    tied = "（并列）" if row["tied"] else ""
    return Standing(
        plain(row["group"], 20),
        row["rank"],
        row["group_size"],
        f"第 {row['rank']} 位{tied}",
        f"共 {row['group_size']} 个",
        rank_change(row["rank_change"]),
    )


def history_rows(results: Published, park: Row) -> dict[int, dict[str, Row]]:
    """The park's rows of the ranking by year and group, in the order of the years."""
    found: dict[int, dict[str, Row]] = {}
    for row in results.of_park("ranking", park["park_code"]):
        found.setdefault(row["year"], {})[row["group"]] = row
    return dict(sorted(found.items()))


def _group_mean(results: Published, year: int, group: str) -> float | None:
    scores = results.once("scores by year and group", lambda: _scores_by_group(results)).get((year, group))
    return sum(scores) / len(scores) if scores else None


def _scores_by_group(results: Published) -> dict[tuple[int, str], list[float]]:
    found: dict[tuple[int, str], list[float]] = {}
    for row in results.rows("ranking"):
        if row["score"] is not None:
            found.setdefault((row["year"], row["group"]), []).append(row["score"])
    return found


def history_chart(results: Published, park: Row, rows: Mapping[int, Mapping[str, Row]]) -> History | None:
    """Score, mean and rank over the years; null with fewer than two years."""
    years = list(range(min(rows, default=0), max(rows, default=-1) + 1))
    if len(years) < 2:
        return None
    own = [rows.get(year, {}).get(results.group_of(park)) for year in years]
    return history(
        years,
        [row["score"] if row else None for row in own],
        [_group_mean(results, year, results.group_of(park)) for year in years],
        [row["rank"] if row else None for row in own],
        max((row["group_size"] for row in own if row and row["group_size"]), default=1),
        [number(row["score"], SCORE_DECIMALS) if row else "" for row in own],
    )


def history_line(results: Published, park: Row, year: int, groups: Mapping[str, Row]) -> HistoryLine:
    """One year of the table under the chart."""
    own, overall = groups.get(results.group_of(park)), groups.get(results.overall)
    shown = own or overall
    return HistoryLine(
        year=str(year),
        score=number(shown["score"], SCORE_DECIMALS) if shown else Figure(NULL),
        group_mean=number(_group_mean(results, year, results.group_of(park)), SCORE_DECIMALS),
        rank=_place(own),
        overall_rank=_place(overall),
        grade=or_dash(shown["grade"]) if shown else NULL,
    )


def _place(row: Row | None) -> str:
    return NULL if row is None or row["rank"] is None else f"{row['rank']} / {row['group_size']}"
