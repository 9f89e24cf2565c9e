"""What must not reach a park: names, codes and figures of the others that are not public."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from parkeval.distribution.contents import Text
from parkeval.distribution.figures import Owned, chance, figures_in, is_small_fraction, owned
from parkeval.distribution.rules import Rules
from validation.registry import lineage, register

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from parkeval.store import Tables

_TOKEN = re.compile(r"[0-9A-Za-z]+(?:[-_][0-9A-Za-z]+)*")
_BROKEN = re.compile(r"([-_])\s*\n\s*")
_SPACE = re.compile(r"\s+")
_HEAD = 3


@dataclass(frozen=True)
class Leak:
    """Something of another park: where it stands, what it is, whose it is."""

    place: str
    what: str
    park_code: str


@dataclass(frozen=True)
class Secrets:
    """All that a scan needs, for all parks together.

    `codes` and `names` give the positions in `parks` of those whose they are; `public_names` are left out of sight before
    names are looked for; `public` are figures that everybody may know; `kin` are forerunners, whose things are one's own.
    """

    parks: tuple[str, ...]
    codes: Mapping[str, int]
    names: Mapping[str, Sequence[tuple[str, frozenset[int]]]]
    public_names: frozenset[str]
    public: frozenset[int]
    figures: Owned
    explained: Mapping[int, frozenset[int]]
    kin: Mapping[int, frozenset[int]]
    rules: Rules


def secrets_of(tables: Tables, scheme: str, year: int, public_texts: Iterable[Text], rules: Rules) -> Secrets:
    """What is to be kept from whom, after the published tables of `scheme`.

    `public_texts`: what everybody may read: the papers that go to all parks, and the forms and scheme (a hint of a form
    may give a park's code as an example).
    """
    wanted = {
        name: table.filter(pl.col("scheme") == scheme) for name, table in tables.items() if "scheme" in table.columns
    }
    known = wanted["parks"].sort("year").select("park_code", "name")
    ancestry = lineage(wanted["records"])
    codes = sorted({*known["park_code"], *ancestry["from_code"].drop_nulls(), *ancestry["to_code"].drop_nulls()})
    position = {code: at for at, code in enumerate(codes)}
    told = list(public_texts)
    public_text = _SPACE.sub("", "".join(text.text for text in told))
    named: dict[str, set[int]] = defaultdict(set)
    registered = register(wanted["records"]).select("park_code", "name").drop_nulls()
    for code, name in [*known.drop_nulls().rows(), *registered.rows()]:
        if code in position and len(_SPACE.sub("", name)) >= rules.scan.characters:
            named[_SPACE.sub("", name)].add(position[code])
    public_names = frozenset(name for name in named if name in public_text)
    public_tokens = set(_TOKEN.findall("\n".join(text.text for text in told)))
    fewest = rules.scan.significant_digits
    public = set().union(*(figures_in(text.text, fewest) for text in told)) if told else set()
    return Secrets(
        parks=tuple(codes),
        codes={
            code: at
            for code, at in position.items()
            if len(code) >= rules.scan.characters and code not in public_tokens
        },
        names=_by_head({name: frozenset(of) for name, of in named.items() if name not in public_names}),
        public_names=public_names,
        public=frozenset(public | _public_figures(wanted, rules, fewest)),
        figures=owned(list(_values(wanted, position, rules)), len(codes), fewest),
        explained=_explained(wanted, year, position, fewest),
        kin=_kin(ancestry, position),
        rules=rules,
    )


def leaks(found: Sequence[Text], park_code: str | None, secrets: Secrets) -> list[Leak]:
    """What the texts of one package hold of parks other than its own (None: a reader, to whom no park is its own)."""
    at = secrets.parks.index(park_code) if park_code in secrets.parks else -1
    own = {at} | secrets.kin.get(at, frozenset())
    hits = []
    for text in found:
        hits += _names_and_codes(text, own, secrets)
    hits += _figures(found, own, secrets)
    return sorted(set(hits), key=lambda leak: (leak.park_code, leak.place, leak.what))


def _names_and_codes(text: Text, own: set[int], secrets: Secrets) -> list[Leak]:
    hits = []
    for token in set(_TOKEN.findall(_BROKEN.sub(r"\1", text.text))):
        at = secrets.codes.get(token)
        if at is not None and at not in own:
            hits.append(Leak(text.place, f"园区代码 {token}", secrets.parks[at]))
    if secrets.names:
        compact = _SPACE.sub("", text.text)
        hidden: set[tuple[str, frozenset[int]]] = set()
        for start in range(len(compact) - _HEAD + 1):
            for name, of in secrets.names.get(compact[start : start + _HEAD], ()):
                if compact.startswith(name, start) and not of & own:
                    hidden.add((name, of))
        longer = {name for name, _ in hidden}
        for name, of in hidden:
            if _stands_alone(name, compact, {*secrets.public_names, *longer, *_own_names(own, secrets)} - {name}):
                hits.append(Leak(text.place, f"园区名称 {name}", secrets.parks[min(of)]))
    return hits


def _stands_alone(name: str, text: str, others: Iterable[str]) -> bool:
    """Whether `name` also occurs outside of longer names that hold it."""
    for other in others:
        if name in other:
            text = text.replace(other, "\n")
    return name in text


def _own_names(own: set[int], secrets: Secrets) -> set[str]:
    return {name for rows in secrets.names.values() for name, of in rows if of & own}


def _figures(found: Sequence[Text], own: set[int], secrets: Secrets) -> list[Leak]:
    scan = secrets.rules.scan
    places: dict[int, str] = {}
    for text in found:
        for key in figures_in(text.text, scan.significant_digits):
            places.setdefault(key, text.place)
    unexplained: dict[int, set[int]] = {}
    for key in places:
        owners = secrets.figures.of(key)
        if not (own & owners or key in secrets.public or own & secrets.explained.get(key, frozenset())):
            unexplained[key] = owners
    of_park: dict[int, set[int]] = defaultdict(set)
    for key, owners in unexplained.items():
        if len(owners) == 1 and not is_small_fraction(key, scan.largest_denominator):
            of_park[min(owners)].add(key)
    hits = []
    for at, keys in of_park.items():
        if chance(keys, unexplained, secrets.figures) < scan.chance:
            longest = max(keys)
            said = f"有效数字为 {longest} 的数字等 {len(keys)} 个" if len(keys) > 1 else f"有效数字为 {longest} 的数字"
            hits.append(Leak(places[longest], said, secrets.parks[at]))
    return hits


def _values(
    tables: Tables, position: Mapping[str, int], rules: Rules
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int32]]]:
    """(values, park of each) of every column of figures of park tables that is not public."""
    public = {(row.table, column): row.kinds for row in rules.public for column in row.columns}
    for name, table in sorted(tables.items()):
        if "park_code" not in table.columns:
            continue
        of_park = table.filter(pl.col("park_code").is_in(list(position)))
        for column, kind in of_park.schema.items():
            if not (kind.is_float() or kind.is_decimal()):
                continue
            rows = of_park
            if (name, column) in public:
                kinds = public[name, column]
                if not kinds or "kind" not in rows.columns:
                    continue
                rows = rows.filter(~pl.col("kind").is_in(list(kinds)))
            rows = rows.filter(pl.col(column).is_not_null())
            values = rows[column].cast(pl.Float64).to_numpy()
            owners = rows["park_code"].replace_strict(position, return_dtype=pl.Int32).to_numpy()
            yield values, owners


def _public_figures(tables: Tables, rules: Rules, fewest: int) -> set[int]:
    """Figures of rows that belong to no park, of the definitions, and of public columns."""
    from parkeval.distribution.figures import keys_of

    found: set[int] = set()
    public = {row.table: row for row in rules.public}
    for name, table in tables.items():
        rows = table.filter(pl.col("park_code").is_null()) if "park_code" in table.columns else table
        shown = [column for column, kind in rows.schema.items() if kind.is_float() or kind.is_decimal()]
        pieces = [rows.select(shown)]
        if name in public:
            listed = table.filter(pl.col("kind").is_in(list(public[name].kinds))) if public[name].kinds else table
            pieces.append(listed.select(column for column in public[name].columns if column in table.columns))
        for piece in pieces:
            for column in piece.columns:
                values = piece[column].drop_nulls().cast(pl.Float64).to_numpy()
                for keys, usable in keys_of(values, fewest):
                    found.update(keys[usable & (keys >= 10 ** (fewest - 1))].tolist())
        for column, kind in rows.schema.items():
            if kind == pl.String:
                for text in rows[column].drop_nulls().unique():
                    found |= figures_in(text, fewest)
    return found


def _explained(tables: Tables, year: int, position: Mapping[str, int], fewest: int) -> dict[int, frozenset[int]]:
    """Figures in the texts of a park's own rows (evidence of rules, worked sums): what the results tell the park itself."""
    found: dict[int, set[int]] = defaultdict(set)
    for table in tables.values():
        if not {"park_code", "year"} <= set(table.columns):
            continue
        texts = [column for column, kind in table.schema.items() if kind == pl.String and column != "park_code"]
        rows = table.filter(pl.col("year") == year, pl.col("park_code").is_in(list(position)))
        for code, *values in rows.select("park_code", *texts).iter_rows():
            for value in values:
                if value:
                    for key in figures_in(value, fewest):
                        found[key].add(position[code])
    return {key: frozenset(of) for key, of in found.items()}


def _kin(ancestry: pl.DataFrame, position: Mapping[str, int]) -> dict[int, frozenset[int]]:
    """Per park the forerunners whose data went into its own, over several generations."""
    before: dict[int, set[int]] = defaultdict(set)
    for old, new in ancestry.select("from_code", "to_code").drop_nulls().rows():
        before[position[new]].add(position[old])
    whole: dict[int, frozenset[int]] = {}
    for at in list(before):
        reached, waiting = set(), list(before[at])
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                waiting += before.get(one, ())
        whole[at] = frozenset(reached)
    return whole


def _by_head(names: Mapping[str, frozenset[int]]) -> dict[str, list[tuple[str, frozenset[int]]]]:
    heads: dict[str, list[tuple[str, frozenset[int]]]] = defaultdict(list)
    for name, of in sorted(names.items()):
        heads[name[:_HEAD]].append((name, of))
    return dict(heads)
