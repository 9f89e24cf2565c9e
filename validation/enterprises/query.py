"""One SQL statement per table: the rows of one year, or the same enterprises of two years, aggregated to parks.

Written in DuckDB's dialect and put into Spark's by sqlglot; an engine registers the files of each part as the view `part_0`, `part_1` …
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlglot
from sqlglot.errors import ErrorLevel

from validation.enterprises.definition import CREDIT_CODE, LAST, MONTH, PAIRS, PARK, ROWS, YEAR
from validation.enterprises.records import Part, Records
from validation.expression.parse import Aggregate
from validation.expression.sql import Dialect, quoted, select_list

RECORD_COUNT = "records"
Share = tuple[int, int]
WHOLE: Share = (0, 1)
NAME = "name"


def view_name(number: int) -> str:
    """The view under which an engine registers the file of part `number`."""
    return f"part_{number}"


def used_columns(aggregates: Sequence[Aggregate]) -> list[str]:
    """Codes of the columns that `aggregates` read, keys first."""
    names = {name.name.removeprefix(LAST) for aggregate in aggregates for name in aggregate.names}
    return [PARK, CREDIT_CODE, *sorted(names - {PARK, CREDIT_CODE})]


def query(
    records: Records, table: str, aggregates: Sequence[Aggregate], year: int, dialect: Dialect, share: Share = WHOLE
) -> str:
    """The statement that gives park_code, records (how many rows) and the columns of `select_list`, one row per park, sorted.

    `table` is `enterprises` or `pairs`; `share` (number, of how many) takes a part of the parks, by a hash of their code (DuckDB only). Rows without a park code are left out; of months only the closing one counts.
    """
    columns = used_columns(aggregates)
    if table == ROWS:
        needed = sorted({name.name for aggregate in aggregates for name in aggregate.names} | {PARK})
        source = f"WITH rows_ AS ({_rows(records, needed, year, share)})"
    elif table == PAIRS:
        source = _pairs(records, columns, year, share)
    else:
        raise ValueError(table)
    text = f'{source} SELECT "{PARK}", COUNT(*) AS "{RECORD_COUNT}"'
    tail = f'FROM rows_ GROUP BY "{PARK}" ORDER BY "{PARK}"'
    if dialect == "duckdb":
        return f"{text}, {select_list(aggregates, dialect)} {tail}"
    head, end = (_spark(part) for part in (f"{text} FROM rows_", f"SELECT 1 {tail}"))
    return f"{head.removesuffix(' FROM rows_')}, {select_list(aggregates, dialect)} {end.removeprefix('SELECT 1 ')}"


def moves(records: Records, year: int, dialect: Dialect) -> str:
    """The statement that gives credit_code, last_park, park, and where names are known last_name, name, of every enterprise that was
    in one park the year before and is in another now, or bears another name; sorted."""
    named = any(column.code == NAME for column in records.definition.columns)
    columns = [PARK, CREDIT_CODE, *([NAME] if named else [])]
    now, last = (_rows(records, columns, one) for one in (year, year - 1))
    name = f'l."{NAME}", n."{NAME}"' if named else "NULL, NULL"
    renamed = f' OR l."{NAME}" <> n."{NAME}"' if named else ""
    text = (
        f'WITH now_ AS ({now}), last_ AS ({last}) SELECT n."{CREDIT_CODE}", l."{PARK}", n."{PARK}", {name} '
        f'FROM now_ AS n JOIN last_ AS l ON n."{CREDIT_CODE}" = l."{CREDIT_CODE}" '
        f'WHERE l."{PARK}" <> n."{PARK}"{renamed} ORDER BY 1, 2, 3'
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
    if MONTH in part.columns:
        closing = int(records.definition.closing_month.value)
        conditions.append(f"COALESCE({_own(part, MONTH)}, {closing}) = {closing}")
    if share != WHOLE:
        conditions.append(f"hash({_own(part, PARK)}) % {share[1]} = {share[0]}")
    return f"SELECT {chosen} FROM {view_name(number)} WHERE {' AND '.join(conditions)}"


def _own(part: Part, code: str) -> str:
    return quoted(part.columns[code].name, "duckdb")


def _column(part: Part, records: Records, code: str) -> str:
    """The column of `part` in the type in which it is aggregated: text, or DECIMAL(18,6) unless it is stored as a decimal."""
    numeric = records.column(code).numeric
    stored = part.columns.get(code)
    if stored is None:
        return f"CAST(NULL AS {'DECIMAL(18, 6)' if numeric else 'VARCHAR'})"
    own = quoted(stored.name, "duckdb")
    if not numeric:
        return own if code == PARK else f"NULLIF({own}, '')"
    if stored.factor != 1:
        return f"TRY_CAST(CAST({own} AS DOUBLE) * {float(stored.factor)!r} AS DECIMAL(18, 6))"
    return own if stored.kind == "decimal" else f"TRY_CAST({own} AS DECIMAL(18, 6))"


def _pairs(records: Records, columns: Sequence[str], year: int, share: Share) -> str:
    """Rows of the year joined with those of the year before, enterprise by enterprise within the park."""
    both = [code for code in columns if code not in (PARK, CREDIT_CODE)]
    own = ", ".join(f'n."{code}" AS "{code}", l."{code}" AS "{LAST}{code}"' for code in (CREDIT_CODE, *both))
    return (
        f"WITH now_ AS ({_rows(records, columns, year, share)}), "
        f"last_ AS ({_rows(records, columns, year - 1, share)}), "
        f'rows_ AS (SELECT COALESCE(n."{PARK}", l."{PARK}") AS "{PARK}", {own} FROM now_ AS n FULL JOIN last_ AS l '
        f'ON n."{PARK}" = l."{PARK}" AND n."{CREDIT_CODE}" = l."{CREDIT_CODE}")'
    )
