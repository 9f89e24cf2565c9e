"""One SQL statement per table: the rows of one year of a ledger, or the same members in two years, aggregated to parks.

Written in DuckDB's dialect and put into Spark's by sqlglot; an engine registers the file of each part as the view `enterprises_0`, `enterprises_1` …
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlglot
from sqlglot.errors import ErrorLevel

from validation.expression.parse import Aggregate, parse
from validation.expression.sql import Dialect, condition_text, quoted, select_list
from validation.ledgers.definition import LAST, MONTH, NAME, PAIRS, PARK, YEAR, Link
from validation.ledgers.records import Part, Records

RECORD_COUNT = "records"
Share = tuple[int, int]
WHOLE: Share = (0, 1)


def view_name(records: Records, number: int) -> str:
    """The view under which an engine registers the file of part `number`."""
    return f"{records.definition.code}_{number}"


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
        source = f"WITH rows_ AS ({_rows(records, needed, year, share)})"
    elif table == f"{PAIRS}{records.definition.code}":
        source = _pairs(records, columns, year, share)
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
        f'SELECT DISTINCT CAST({_own(part, YEAR)} AS INT) AS "{YEAR}" FROM {view_name(records, number)}'
        for number, part in enumerate(records.parts)
    ]
    text = f"SELECT DISTINCT * FROM ({' UNION ALL '.join(parts)}) AS y ORDER BY 1"
    return _spark(text) if dialect == "spark" else text


def moves(records: Records, year: int, dialect: Dialect) -> str:
    """The statement that gives member, last_park, park, and where names are known last_name, name, of every member that was in one
    park the year before and is in another now, or bears another name; sorted."""
    key = records.definition.key
    named = any(column.code == NAME for column in records.definition.columns)
    columns = [PARK, key, *([NAME] if named else [])]
    now, last = (_rows(records, columns, one) for one in (year, year - 1))
    name = f'l."{NAME}", n."{NAME}"' if named else "NULL, NULL"
    renamed = f' OR l."{NAME}" <> n."{NAME}"' if named else ""
    text = (
        f'WITH now_ AS ({now}), last_ AS ({last}) SELECT n."{key}", l."{PARK}", n."{PARK}", {name} '
        f'FROM now_ AS n JOIN last_ AS l ON n."{key}" = l."{key}" '
        f'WHERE l."{PARK}" <> n."{PARK}"{renamed} ORDER BY 1, 2, 3'
    )
    return _spark(text) if dialect == "spark" else text


def unlinked(records: Records, others: Records, link: Link, year: int, dialect: Dialect, most: int) -> str:
    """The statement that gives park_code, member, value, count of the rows of `records` whose value of the link's column is no member of
    `others` in the park; at most `most` rows a park, count is that of all. Parks without a row in `others` are left out; sorted."""
    key, column = records.definition.key, quoted(link.column, "duckdb")
    condition = parse(link.only, link.id) if link.only else None
    used = {name.name for name in condition.names} if condition else set()
    rows = _rows(records, sorted({PARK, key, link.column} | used), year)
    members = _rows(others, [PARK, others.definition.key], year)
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


def _rows(records: Records, columns: Sequence[str], year: int, share: Share = WHOLE) -> str:
    parts = [_part(part, number, records, columns, year, share) for number, part in enumerate(records.parts)]
    return " UNION ALL ".join(parts)


def _part(part: Part, number: int, records: Records, columns: Sequence[str], year: int, share: Share) -> str:
    chosen = ", ".join(f"{_column(part, records, code)} AS {quoted(code, 'duckdb')}" for code in columns)
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


def _column(part: Part, records: Records, code: str) -> str:
    """The column of `part` in the type in which it is aggregated: text, date, or DECIMAL(18,6) unless it is stored as a decimal."""
    column = records.column(code)
    stored = part.columns.get(code)
    if stored is None:
        return f"CAST(NULL AS {'DATE' if column.type == 'date' else 'DECIMAL(18, 6)' if column.numeric else 'VARCHAR'})"
    own = quoted(stored.name, "duckdb")
    if column.type == "date":
        return f"CAST({own} AS DATE)"
    if not column.numeric:
        return own if code == PARK else f"NULLIF({own}, '')"
    if stored.factor != 1:
        return f"TRY_CAST(CAST({own} AS DOUBLE) * {float(stored.factor)!r} AS DECIMAL(18, 6))"
    return own if stored.kind == "decimal" else f"TRY_CAST({own} AS DECIMAL(18, 6))"


def _pairs(records: Records, columns: Sequence[str], year: int, share: Share) -> str:
    """Rows of the year joined with those of the year before, member by member within the park."""
    key = records.definition.key
    both = [code for code in columns if code not in (PARK, key)]
    own = ", ".join(f'n."{code}" AS "{code}", l."{code}" AS "{LAST}{code}"' for code in (key, *both))
    return (
        f"WITH now_ AS ({_rows(records, columns, year, share)}), "
        f"last_ AS ({_rows(records, columns, year - 1, share)}), "
        f'rows_ AS (SELECT COALESCE(n."{PARK}", l."{PARK}") AS "{PARK}", {own} FROM now_ AS n FULL JOIN last_ AS l '
        f'ON n."{PARK}" = l."{PARK}" AND n."{key}" = l."{key}")'
    )
