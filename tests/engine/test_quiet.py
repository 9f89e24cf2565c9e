"""What DuckDB would draw by itself never stands among the results."""

from validation.duckdb_connection import connected


def test_connections_draw_no_progress_bar() -> None:
    with connected() as connection:
        setting = connection.execute(
            "SELECT value FROM duckdb_settings() WHERE name = 'enable_progress_bar'"
        ).fetchall()
    assert setting == [("false",)]
