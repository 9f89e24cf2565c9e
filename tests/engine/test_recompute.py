"""Every published figure against SQL written from the policy text, over cells read by the test's own reader."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from parkeval.demonstration import sample_folder
from scoring.schema import result_tables
from tests.engine.filed_workbooks import write_filed_cells

HERE = Path(__file__).parent

KEYS = {
    "indicators": ("year", "park_code", "indicator"),
    "targets": ("year", "park_code", "indicator"),
    "region_targets": ("year", "indicator", "member"),
    "scores": ("year", "park_code", "node"),
    "ranking": ("year", "group", "park_code"),
    "rule_checks": ("year", "park_code", "rule"),
    "proposals": ("year", "park_code", "rule"),
    "parks": ("year", "park_code"),
}

DESCRIPTIVE = {
    "indicators": {"decimals"},
    "region_targets": {"decimals"},
    "scores": {"position", "next_value", "next_points"},
    "proposals": {"candidate_place", "probability"},
}
"""Numeric columns that are no results, or have tests of their own (what earns the next step, how sure a proposal is); every
other number, truth value and date must be recomputed."""


@pytest.fixture(scope="module")
def both(published_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with `expected_*` beside the published tables."""
    folder = tmp_path_factory.mktemp("cells")
    write_filed_cells(sample_folder(), folder / "items.csv", folder / "records.csv")
    with duckdb.connect() as connection:
        for table, columns in (
            ("items", ["park_code", "year", "item", "content"]),
            ("records", ["form", "year", "park_code", "record", "item", "content"]),
        ):
            connection.execute(
                f"CREATE TABLE filed_{table} AS FROM read_csv('{folder / table}.csv', header=false, all_varchar=true, "
                f"nullstr='\\N', names={columns})"
            )
        for script in sorted(HERE.glob("recompute_*.sql")):
            connection.execute(script.read_text(encoding="utf-8"))
        connection.execute(f"ATTACH '{published_home / 'results.duckdb'}' AS published (READ_ONLY)")
        yield connection


@pytest.mark.parametrize("table", KEYS)
def test_published_equals_sql(both: duckdb.DuckDBPyConnection, table: str) -> None:
    ours, theirs = rows(both, f"published.{table}", table), rows(both, f"expected_{table}", table)
    assert ours.keys() == theirs.keys()
    columns = next(iter(theirs.values())).keys()
    missing = {
        column.name
        for column in result_tables()[table].columns
        if column.type in ("DOUBLE", "INTEGER", "BOOLEAN", "DATE")
    } - set(columns)
    assert missing - DESCRIPTIVE.get(table, set()) == set()
    different = [
        (key, column, row[column], theirs[key][column])
        for key, row in ours.items()
        for column in columns
        if not same(row[column], theirs[key][column])
    ]
    assert different == []


def test_what_was_compared(both: duckdb.DuckDBPyConnection) -> None:
    """Eleven parks in 2021 and 2022, twelve from 2023; one refused in 2022; one young in 2023 and 2024."""
    counts = {table: len(rows(both, f"published.{table}", table)) for table in KEYS}
    assert counts["parks"] == 2 * 11 + 3 * 12
    assert counts["indicators"] == 58 * 28
    evaluated, national = 57, 5
    assert counts["targets"] == evaluated * 13 + national
    assert counts["scores"] == evaluated * (16 + 5 + 1) + national
    assert counts["ranking"] == 2 * (evaluated - 2)
    assert counts["region_targets"] == 5 * (13 + 2 * 7)
    # 14 rules, of which one is for 州级 and one for 省级 parks only; 国家级 has neither
    assert counts["rule_checks"] == 58 * 12 + 58 - 5
    nulls = both.execute("SELECT count(*) FROM published.indicators WHERE value IS NULL").fetchall()[0][0]
    assert nulls == both.execute("SELECT count(*) FROM expected_indicators WHERE value IS NULL").fetchall()[0][0] > 0


def rows(connection: duckdb.DuckDBPyConnection, name: str, table: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    cursor = connection.execute(f"SELECT * FROM {name}")
    columns = [column[0] for column in cursor.description or []]
    found = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    keyed = {tuple(row[key] for key in KEYS[table]): row for row in found}
    assert len(keyed) == len(found)
    return keyed


def same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, float | int) and isinstance(other, float | int):
        return abs(one - other) <= 1e-9 * max(1e-3, abs(one), abs(other))
    return bool(one == other)
