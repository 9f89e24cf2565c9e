"""The view model of the offline page: the bulletin, a profile of every park, and the data that its script works with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from report_templates.bulletin_view import BulletinView, Ranking, RankLine
from report_templates.formatting import NULL, file_name, number, or_dash, plain
from report_templates.imprint import NAME_CHARACTERS, Imprint, imprint
from report_templates.indicator_lines import DEFAULT_DECIMALS
from report_templates.published import Published, Row
from scoring.precision import SCORE_DECIMALS
from validation.rounding import round_half_up

PAGE_KIND = "园区评价结果"
WHOLE = 200
"""Parks whose profiles stand in the page itself; of more, each `VOLUME` have a file of their own beside it."""
VOLUME = 100
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True)
class Neighbour:
    """The park one place before (`before`) or after another one in its group: how far its total is away."""

    group: str
    before: bool
    code: str
    name: str
    score: str
    gap: str


@dataclass(frozen=True)
class Profile:
    """One park on the page: `anchor` is its id, `href` leads to it from the first file; `key` is its code as published."""

    anchor: str
    href: str
    key: str
    code: str
    name: str
    group: str
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True)
class Unranked:
    """A park that is in no ranking, and why."""

    code: str
    name: str
    outcome: str
    note: str


@dataclass(frozen=True)
class Volume:
    """One file: the first has `overview`, profiles stand where there is room. `others` names the files that hold the rest."""

    name: str
    number: int
    overview: bool
    profiles: tuple[Profile, ...]


@dataclass(frozen=True)
class PageView:
    """The page of one year; `links` leads from park codes to profiles; `data` is plain JSON."""

    imprint: Imprint
    bulletin: BulletinView
    rankings: tuple[tuple[str, tuple[RankLine, ...]], ...]
    risers: tuple[RankLine, ...]
    unranked: tuple[Unranked, ...]
    links: Mapping[str, str]
    volumes: tuple[Volume, ...]
    data: Mapping[str, Any]


def page_view(results: Published, bulletin: BulletinView) -> PageView:
    """The page for the year of `results`, with the view model of its bulletin; parks in the order of their codes."""
    stem = file_name([results.run["region"], str(results.year), PAGE_KIND])
    groups = [group for group in bulletin.groups if group != bulletin.overall]
    profiles = _profiles(results, stem, _neighbours(groups or [bulletin.overall]))
    return PageView(
        imprint=imprint(results, PAGE_KIND, results.run["region"]),
        bulletin=bulletin,
        rankings=tuple((group.group, group.lines) for group in (bulletin.overall, *groups)),
        risers=_risers(bulletin),
        unranked=_unranked(results),
        links={profile.code: profile.href for profile in profiles},
        volumes=_volumes(stem, profiles),
        data=_data(results, profiles),
    )


def _risers(bulletin: BulletinView) -> tuple[RankLine, ...]:
    """The parks that gained places among all, the greatest gain first."""
    up = [line for line in bulletin.overall.lines if line.change.startswith("▲")]
    return tuple(sorted(up, key=lambda line: -int(line.change[1:])))


def _unranked(results: Published) -> tuple[Unranked, ...]:
    return tuple(
        Unranked(
            plain(row["park_code"], 40),
            plain(row["name"], 40),
            "评价而不排名" if row["evaluated"] else "未评价",
            or_dash(row["note"], 200),
        )
        for row in results.rows("parks")
        if not (row["evaluated"] and row["ranked"])
    )


def _neighbours(groups: Iterable[Ranking]) -> dict[str, tuple[Neighbour, ...]]:
    """By park code, the parks just before and just after it in its group."""
    found: dict[str, tuple[Neighbour, ...]] = {}
    for group in groups:
        lines = group.lines
        for at, line in enumerate(lines):
            beside = [(True, lines[at - 1])] if at else []
            beside += [(False, lines[at + 1])] if at + 1 < len(lines) else []
            found[line.code] = tuple(
                Neighbour(group.group, before, other.code, other.name, other.score, _gap(line, other))
                for before, other in beside
            )
    return found


def _gap(line: RankLine, other: RankLine) -> str:
    if line.score.value is None or other.score.value is None:
        return NULL
    return number(abs(float(line.score.value) - float(other.score.value)), SCORE_DECIMALS)


def _profiles(results: Published, stem: str, neighbours: Mapping[str, tuple[Neighbour, ...]]) -> list[Profile]:
    parks = results.rows("parks")
    split = len(parks) > WHOLE
    profiles = []
    for position, row in enumerate(parks):
        code, name = plain(row["park_code"], 40), plain(row["name"], NAME_CHARACTERS)
        anchor = code if _SAFE.fullmatch(code) else f"park.{position + 1}"
        file = quote(_volume_name(stem, position // VOLUME + 2)) if split else ""
        group = plain(results.group_of(row), 20)
        profiles.append(
            Profile(anchor, f"{file}#{anchor}", row["park_code"], code, name, group, neighbours.get(code, ()))
        )
    return profiles


def _volumes(stem: str, profiles: Sequence[Profile]) -> tuple[Volume, ...]:
    if len(profiles) <= WHOLE:
        return (Volume(_volume_name(stem, 1), 1, True, tuple(profiles)),)
    parts = [profiles[at : at + VOLUME] for at in range(0, len(profiles), VOLUME)]
    rest = (Volume(_volume_name(stem, number), number, False, tuple(part)) for number, part in enumerate(parts, 2))
    return (Volume(_volume_name(stem, 1), 1, True, ()), *rest)


def _volume_name(stem: str, number: int) -> str:
    return f"{stem}.html" if number == 1 else f"{stem}-{number:02d}.html"


def _data(results: Published, profiles: Sequence[Profile]) -> dict[str, Any]:
    """Parks and the figures of their indicators, columns in the order of the scheme; figures as they are printed."""
    rows_of = {profile.key: results.of_park("indicators", profile.key) for profile in profiles}
    indicators = _indicators(rows_of.values())
    return {
        "year": results.year,
        "run": plain(results.run["run_id"]),
        "indicators": [
            {"code": code, "label": plain(row["label"], 40), "unit": plain(row["unit"]), "decimals": _decimals(row)}
            for code, row in indicators.items()
        ],
        "parks": [
            {
                "code": profile.code,
                "name": profile.name,
                "group": profile.group,
                "href": profile.href,
                "values": _values(rows_of[profile.key], indicators),
                "points": _points(results.of_park("scores", profile.key), indicators),
            }
            for profile in profiles
        ],
    }


def _indicators(parks: Iterable[Sequence[Row]]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for rows in parks:
        for row in rows:
            found.setdefault(row["indicator"], row)
    return found


def _decimals(row: Row) -> int:
    return DEFAULT_DECIMALS if row["decimals"] is None else int(row["decimals"])


def _values(rows: Iterable[Row], indicators: Mapping[str, Row]) -> list[float | None]:
    own = {row["indicator"]: row["value"] for row in rows}
    return [_rounded(own.get(code), _decimals(row)) for code, row in indicators.items()]


def _points(scores: Iterable[Row], indicators: Mapping[str, Row]) -> list[float | None]:
    own = {row["node"]: row["points"] for row in scores}
    return [_rounded(own.get(code), 2) for code in indicators]


def _rounded(value: float | None, decimals: int) -> float | None:
    return None if value is None else float(round_half_up(value, decimals))
