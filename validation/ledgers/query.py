"""One SQL statement per table: the rows of one year of a ledger, or the same members in two years, aggregated to parks.

Written in DuckDB's dialect and put into Spark's by sqlglot; an engine registers the files of each group as a view (`view_name`).
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlglot
from sqlglot.errors import ErrorLevel

from validation.expression.parse import Aggregate, parse
from validation.expression.sql import Dialect, condition_text, quoted, rounded, select_list
from validation.ledgers.definition import LAST, MONTH, NAME, PAIRS, PARK, YEAR, Link
from validation.ledgers.records import FIGURE_DECIMALS, FIGURE_DIGITS, Part, Records

RECORD_COUNT = "records"
FILE, ROW = "#file", "#row"
"""Columns of the views beside those of the files: which file a row is of, and its place in it."""
Share = tuple[int, int]
WHOLE: Share = (0, 1)


def view_name(records: Records, number: int) -> str:
    """The view under which an engine registers the files of group `number`, with their columns and `FILE` and `ROW` beside them."""
    return f"{records.definition.code}_{records.mark}_{number}"


def used_columns(records: Records, aggregates: Sequence[Aggregate]) -> list[str]:
    """Codes of the columns that `aggregates` read, keys first."""
    names = {name.name.removeprefix(LAST) for aggregate in aggregates for name in aggregate.names}
    keys = [PARK, records.definition.key]
    return [*keys, *sorted(names.difference(keys))]


def query(
    records: Records, table: str, aggregates: Sequence[Aggregate], year: int, dialect: Dialect, share: Share = WHOLE
) -> str:
    """The statement that gives park_code, records (how many rows) and the columns of `select_list`, one row per park, sorted.

    `table` is the ledger's code or `pairs.` and its code; `share` (number, of how many) takes a part of the parks, by a hash of their code (DuckDB only). Rows without a park code are left out; of months only the closing one counts.
    """
    columns = used_columns(records, aggregates)
    if table == records.definition.code:
        needed = sorted({name.name for aggregate in aggregates for name in aggregate.names} | {PARK})
        source = f"WITH rows_ AS ({_rows(records, needed, year, dialect, share)})"
    elif table == f"{PAIRS}{records.definition.code}":
        source = _pairs(records, columns, year, dialect, share)
    else:
        raise ValueError(table)
    text = f'{source} SELECT "{PARK}", COUNT(*) AS "{RECORD_COUNT}"'
    listed = f", {select_list(aggregates, dialect)}" if aggregates else ""
    tail = f'FROM rows_ GROUP BY "{PARK}" ORDER BY "{PARK}"'
    if dialect == "duckdb":
        return f"{text}{listed} {tail}"
    head, end = (_spark(part) for part in (f"{text} FROM rows_", f"SELECT 1 {tail}"))
    return f"{head.removesuffix(' FROM rows_')}{listed} {end.removeprefix('SELECT 1 ')}"


def years_of(records: Records, dialect: Dialect) -> str:
    """The statement that gives every year of which there are rows, sorted."""
    parts = [
        f'SELECT DISTINCT TRY_CAST({_own(group[0], YEAR)} AS INT) AS "{YEAR}" FROM {view_name(records, number)}'
        for number, group in enumerate(records.groups)
    ]
    text = f"SELECT DISTINCT * FROM ({' UNION ALL '.join(parts)}) AS y ORDER BY 1"
    return _spark(text) if dialect == "spark" else text


def moves(records: Records, year: int, dialect: Dialect) -> str:
    """The statement that gives park_code, kind, count: how many members came from another park (`in`), went to one (`out`), or bear
    another name than the year before (`renamed`, where names are known); one in several parks of a year counts for each."""
    key = records.definition.key
    named = any(column.code == NAME for column in records.definition.columns)
    columns = [PARK, key, *([NAME] if named else [])]
    now, last = (_rows(records, columns, one, dialect) for one in (year, year - 1))
    names = f', n."{NAME}" AS name, l."{NAME}" AS last_name' if named else ""
    either = f' OR l."{NAME}" <> n."{NAME}"' if named else ""
    kinds = [("in", "park", "last_park <> park"), ("out", "last_park", "last_park <> park")]
    kinds += [("renamed", "park", "last_name <> name")] if named else []
    told = " UNION ALL ".join(
        f"SELECT {park} AS park_code, '{kind}' AS kind, COUNT(DISTINCT member) AS members FROM changed_ WHERE {which} GROUP BY {park}"
        for kind, park, which in kinds
    )
    text = (
        f'WITH now_ AS ({now}), last_ AS ({last}), changed_ AS (SELECT n."{key}" AS member, l."{PARK}" AS last_park, '
        f'n."{PARK}" AS park{names} FROM now_ AS n JOIN last_ AS l ON n."{key}" = l."{key}" '
        f'WHERE l."{PARK}" <> n."{PARK}"{either}) SELECT park_code, kind, members FROM ({told}) AS t ORDER BY 1, 2'
    )
    return _spark(text) if dialect == "spark" else text


def repeated(records: Records, year: int, dialect: Dialect, most: int) -> str:
    """The statement that gives park_code, member, year, month, file, count of the rows that repeat an earlier one of the same member and
    month in the park; at most `most` rows a park in the order of the files, count is that of all."""
    text = (
        f"{_found(records, year)}, twice_ AS (SELECT *, ROW_NUMBER() OVER "
        f'(PARTITION BY park, member, month ORDER BY "{FILE}", "{ROW}") AS place FROM found_), '
        f"counted_ AS (SELECT *, COUNT(*) OVER (PARTITION BY park) AS rows_of_park, "
        f'ROW_NUMBER() OVER (PARTITION BY park ORDER BY "{FILE}", "{ROW}") AS place_in_park FROM twice_ WHERE place > 1) '
        f'SELECT park, member, year, month, "{FILE}", rows_of_park FROM counted_ WHERE place_in_park <= {most} ORDER BY park, place_in_park'
    )
    return _spark(text) if dialect == "spark" else text


def shared(records: Records, year: int, dialect: Dialect, most: int) -> str:
    """The statement that gives park_code, count, other: how many members of a park stand in other parks in the same month as well, with the first
    `most` of these parks, a row for each."""
    text = (
        f"{_found(records, year)}, once_ AS (SELECT DISTINCT park, member FROM found_), "
        f"both_ AS (SELECT a.park AS park, b.park AS other, a.member AS member FROM once_ AS a "
        f"JOIN once_ AS b ON a.member = b.member WHERE a.park <> b.park), "
        f"counted_ AS (SELECT park, COUNT(DISTINCT member) AS members FROM both_ GROUP BY park), "
        f"others_ AS (SELECT park, other, ROW_NUMBER() OVER (PARTITION BY park ORDER BY other) AS place "
        f"FROM (SELECT DISTINCT park, other FROM both_) AS d) "
        f"SELECT o.park, c.members, o.other FROM others_ AS o JOIN counted_ AS c ON o.park = c.park "
        f"WHERE o.place <= {most} ORDER BY o.park, o.other"
    )
    return _spark(text) if dialect == "spark" else text


def _found(records: Records, year: int) -> str:
    """Rows of a park (year told or not) whose member has several in the same month, as table `found_`; a month that is not told is one
    of its own."""
    key = records.definition.key
    rows = " UNION ALL ".join(
        f"SELECT NULLIF({_own(group[0], PARK)}, '') AS park, NULLIF({_own(group[0], key)}, '') AS member, "
        f'{_double(group[0], YEAR)} AS year, {_double(group[0], MONTH)} AS month, "{FILE}", "{ROW}" '
        f"FROM {view_name(records, number)} WHERE {_own(group[0], YEAR)} = {year} OR {_own(group[0], YEAR)} IS NULL"
        for number, group in enumerate(records.groups)
    )
    return (
        f"WITH all_ AS ({rows}), several_ AS (SELECT member, COALESCE(month, 0) AS month FROM all_ WHERE member IS NOT NULL "
        f"GROUP BY member, COALESCE(month, 0) HAVING COUNT(*) > 1), "
        f"found_ AS (SELECT a.* FROM all_ AS a JOIN several_ AS s ON a.member = s.member AND COALESCE(a.month, 0) = s.month "
        f"WHERE a.park IS NOT NULL)"
    )


def _double(part: Part, code: str) -> str:
    return f"CAST({_own(part, code) if code in part.columns else 'NULL'} AS DOUBLE)"


def unlinked(records: Records, others: Records, link: Link, year: int, dialect: Dialect, most: int) -> str:
    """The statement that gives park_code, member, value, count of the rows of `records` whose value of the link's column is no member of
    `others` in the park; at most `most` rows a park, count is that of all. Parks without a row in `others` are left out; sorted."""
    key, column = records.definition.key, quoted(link.column, "duckdb")
    condition = parse(link.only, link.id) if link.only else None
    used = {name.name for name in condition.names} if condition else set()
    rows = _rows(records, sorted({PARK, key, link.column} | used), year, dialect)
    members = _rows(others, [PARK, others.definition.key], year, dialect)
    only = f" AND {condition_text(condition.tree)}" if condition else ""
    own = f'o."{PARK}" = m."{PARK}" AND o.{column} = m."{others.definition.key}"'
    text = (
        f"WITH own_ AS (SELECT * FROM ({rows}) AS r WHERE {column} IS NOT NULL{only}), members_ AS ({members}), "
        f'wrong_ AS (SELECT o."{PARK}" AS park, o."{key}" AS member, o.{column} AS value FROM own_ AS o '
        f'WHERE NOT EXISTS (SELECT 1 FROM members_ AS m WHERE {own}) AND o."{PARK}" IN (SELECT "{PARK}" FROM members_)), '
        f"counted_ AS (SELECT *, COUNT(*) OVER (PARTITION BY park) AS rows_of_park, "
        f"ROW_NUMBER() OVER (PARTITION BY park ORDER BY member, value) AS place FROM wrong_) "
        f"SELECT park, member, value, rows_of_park FROM counted_ WHERE place <= {most} ORDER BY 1, 2, 3"
    )
    return _spark(text) if dialect == "spark" else text


def _spark(text: str) -> str:
    return sqlglot.transpile(text, read="duckdb", write="spark", unsupported_level=ErrorLevel.RAISE)[0]


def _rows(records: Records, columns: Sequence[str], year: int, dialect: Dialect, share: Share = WHOLE) -> str:
    groups = enumerate(records.groups)
    return " UNION ALL ".join(
        _group(group[0], number, records, columns, year, dialect, share) for number, group in groups
    )


def _group(
    part: Part, number: int, records: Records, columns: Sequence[str], year: int, dialect: Dialect, share: Share
) -> str:
    chosen = ", ".join(f"{_column(part, records, code, dialect)} AS {quoted(code, 'duckdb')}" for code in columns)
    of_year = part.columns[YEAR]
    conditions = [f"{quoted(of_year.name, 'duckdb')} = {year}", f"NULLIF({_own(part, PARK)}, '') IS NOT NULL"]
    if MONTH in part.columns and records.definition.closing_month is not None:
        closing = int(records.definition.closing_month.value)
        conditions.append(f"COALESCE({_own(part, MONTH)}, {closing}) = {closing}")
    if share != WHOLE:
        conditions.append(f"hash({_own(part, PARK)}) % {share[1]} = {share[0]}")
    return f"SELECT {chosen} FROM {view_name(records, number)} WHERE {' AND '.join(conditions)}"


def _own(part: Part, code: str) -> str:
    return quoted(part.columns[code].name, "duckdb")


def _column(part: Part, records: Records, code: str, dialect: Dialect) -> str:
    """The column of `part` in the type in which it is aggregated: text, date, or DECIMAL(18,6) unless it is stored as a narrower one."""
    column, figure = records.column(code), f"DECIMAL({FIGURE_DIGITS}, {FIGURE_DECIMALS})"
    stored = part.columns.get(code)
    if stored is None:
        return f"CAST(NULL AS {'DATE' if column.type == 'date' else figure if column.numeric else 'VARCHAR'})"
    own = quoted(stored.name, "duckdb")
    if column.type == "date":
        return f"CAST({own} AS DATE)"
    if not column.numeric:
        return own if code == PARK else f"NULLIF({own}, '')"
    if stored.kind == "float" or stored.factor != 1:
        value = f"CAST({own} AS DOUBLE)" + (
            f" * CAST({float(stored.factor)!r} AS DOUBLE)" if stored.factor != 1 else ""
        )
        return rounded(value, FIGURE_DIGITS, FIGURE_DECIMALS, dialect)
    return own if stored.kind == "decimal" else f"TRY_CAST({own} AS {figure})"


def _pairs(records: Records, columns: Sequence[str], year: int, dialect: Dialect, share: Share) -> str:
    """Rows of the year joined with those of the year before, member by member within the park."""
    key = records.definition.key
    both = [code for code in columns if code not in (PARK, key)]
    own = ", ".join(f'n."{code}" AS "{code}", l."{code}" AS "{LAST}{code}"' for code in (key, *both))
    return (
        f"WITH now_ AS ({_rows(records, columns, year, dialect, share)}), "
        f"last_ AS ({_rows(records, columns, year - 1, dialect, share)}), "
        f'rows_ AS (SELECT COALESCE(n."{PARK}", l."{PARK}") AS "{PARK}", {own} FROM now_ AS n FULL JOIN last_ AS l '
        f'ON n."{PARK}" = l."{PARK}" AND n."{key}" = l."{key}")'
    )
