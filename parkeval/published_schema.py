"""What the published file is made of: SQL of its tables, Chinese views, macros and their comments."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from scoring.schema import ResultTable, result_tables
from validation.definition import read_toml

if TYPE_CHECKING:
    import duckdb

MACROS_FILE = Path(__file__).parent / "macros.toml"
PARK_NAME = "园区名称"
PARK_NAME_MEANING = "园区名称：该年的名称；该年没有登记的为其后首次登记的名称"
DATABASE = "published"
"""The name under which the file is written and examined: DuckDB may write it into the text of views."""

OBJECTS = {
    "表": "SELECT table_name, coalesce(comment, '') FROM duckdb_tables() WHERE {own}",
    "视图": "SELECT view_name, sql || coalesce(comment, '') FROM duckdb_views() WHERE {own} AND NOT internal",
    "列": """SELECT table_name || '.' || column_name, concat_ws(' ', data_type, is_nullable, column_default, comment)
        FROM duckdb_columns() WHERE {own} AND NOT internal""",
    "宏": """SELECT function_name, concat_ws(' ', function_type, parameters::VARCHAR, macro_definition, comment)
        FROM duckdb_functions() WHERE {own} AND NOT internal""",
    "索引": "SELECT index_name, sql FROM duckdb_indexes() WHERE {own}",
    "约束": "SELECT table_name, constraint_text FROM duckdb_constraints() WHERE {own}",
    "序列": "SELECT sequence_name, sql FROM duckdb_sequences() WHERE {own}",
    "类型": "SELECT type_name, logical_type FROM duckdb_types() WHERE {own} AND NOT internal",
    "模式": "SELECT schema_name, coalesce(comment, '') FROM duckdb_schemas() WHERE {own} AND NOT internal",
}
"""Queries that list everything a database may hold besides rows: name and definition."""


@dataclass(frozen=True)
class Macro:
    """One macro: its parameters as written, what it gives, its SQL."""

    name: str
    parameters: str
    comment: str
    sql: str
    table: bool = False

    def statements(self) -> list[str]:
        """SQL that creates the macro with its comment."""
        kind = "TABLE " if self.table else ""
        return [
            f'CREATE MACRO "{self.name}"({self.parameters}) AS {kind}{self.sql.strip()}',
            f'COMMENT ON MACRO {kind}"{self.name}" IS {literal(self.comment)}',
        ]


@cache
def macros() -> tuple[Macro, ...]:
    """All macros of the results, as `macros.toml` states them."""
    return tuple(Macro(**entry) for entry in read_toml(MACROS_FILE)["macros"])


def create_table(table: ResultTable) -> list[str]:
    """SQL that creates an empty result table with the comments of table and columns."""
    columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
    return [
        f"CREATE TABLE {table.name} ({columns})",
        f"COMMENT ON TABLE {table.name} IS {literal(table.comment)}",
        *(
            f'COMMENT ON COLUMN {table.name}."{column.name}" IS {literal(column.meaning)}'
            for column in table.columns
        ),
    ]  # fmt: skip


def view_statements() -> list[str]:
    """SQL of the views, the macros and their comments, to be run where the tables are."""
    return [
        *(statement for table in result_tables().values() for statement in create_view(table)),
        *(statement for macro in macros() for statement in macro.statements()),
    ]


def create_view(table: ResultTable) -> list[str]:
    """SQL of a table's view with Chinese names and comments.

    Park codes come with the park's name of that year; figures of years before a park was first evaluated (the base
    year) with the name under which it was evaluated first.
    """
    named = table.name != "parks" and any(column.name == "park_code" for column in table.columns)
    columns, meanings = [], []
    for column in table.columns:
        columns.append(f't."{column.name}" AS "{column.label}"')
        meanings.append((column.label, column.meaning))
        if column.name == "park_code" and named:
            columns.append(f'coalesce(p.name, q.name) AS "{PARK_NAME}"')
            meanings.append((PARK_NAME, PARK_NAME_MEANING))
    joins = (
        " LEFT JOIN parks p ON p.scheme = t.scheme AND p.year = t.year AND p.park_code = t.park_code"
        " LEFT JOIN (SELECT scheme, park_code, arg_min(name, year) AS name FROM parks GROUP BY scheme, park_code) q"
        " ON q.scheme = t.scheme AND q.park_code = t.park_code"
    )
    order = ", ".join(f't."{key}"' for key in _view_order(table))
    source = f"{table.name} t{joins if named else ''} ORDER BY {order}"
    return [
        f'CREATE VIEW "{table.view}" AS SELECT {", ".join(columns)} FROM {source}',
        f'COMMENT ON VIEW "{table.view}" IS {literal(table.comment)}',
        *(f'COMMENT ON COLUMN "{table.view}"."{label}" IS {literal(text)}' for label, text in meanings),
    ]


def objects_of(connection: duckdb.DuckDBPyConnection, database: str) -> dict[tuple[str, str], str]:
    """Everything `database` holds besides rows: (kind, name) to definition with comment."""
    found: dict[tuple[str, str], str] = {}
    for kind, query in OBJECTS.items():
        rows = connection.execute(query.format(own=f"database_name = {literal(database)}")).fetchall()
        for name, definition in sorted((str(name), str(definition)) for name, definition in rows):
            found[kind, name] = f"{found[kind, name]}\n{definition}" if (kind, name) in found else definition
    return found


def sha256_of_objects(objects: Mapping[tuple[str, str], str]) -> str:
    """Digest of what `objects_of` gives."""
    text = "\n".join(f"{kind} {name} {definition}" for (kind, name), definition in sorted(objects.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def literal(text: str) -> str:
    """`text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def _view_order(table: ResultTable) -> tuple[str, ...]:
    return ("scheme", "year", "group", "rank", "park_code") if table.name == "ranking" else table.key
