"""Invented enterprise records, 40 columns, as Parquet: the same number and rows give the same file."""

from __future__ import annotations

from pathlib import Path

import duckdb

PARKS = 2600
PART_ROWS = 10_000_000
_MONEY = (
    "output_10k_cny", "value_added_10k_cny", "taxes_10k_cny", "profit_10k_cny", "rd_10k_cny", "energy_tce", "water_m3",
    "cost_10k_cny", "wages_10k_cny", "assets_10k_cny", "current_assets_10k_cny", "fixed_assets_10k_cny", "inventory_10k_cny",
    "receivables_10k_cny", "liabilities_10k_cny", "equity_10k_cny", "vat_10k_cny", "income_tax_10k_cny", "exports_10k_cny",
    "imports_10k_cny", "investment_10k_cny", "electricity_10k_kwh", "coal_t", "gas_m3", "sewage_m3", "waste_t", "patents_10k_cny",
    "subsidies_10k_cny",
)  # fmt: skip
"""Figures as shares of revenue; of these the definition of the product knows the first seven, the others are there to be passed over."""


def write_records(folder: Path, rows: int, years: tuple[int, ...] = (2025,), part_rows: int = PART_ROWS) -> None:
    """`rows` records spread over `years` (the same enterprises, one in ten only in one of them) in files of `part_rows` below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    per_year = rows // len(years)
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '2GB'")
        connection.execute("SET preserve_insertion_order = false")
        for year in years:
            for number, start in enumerate(range(0, per_year, part_rows)):
                stop = min(start + part_rows, per_year)
                target = folder / f"{year}-{number:03d}.parquet"
                connection.execute(
                    f"COPY ({_select(start, stop, year)}) TO '{target}' (FORMAT parquet, ROW_GROUP_SIZE 250000)"
                )


def _select(start: int, stop: int, year: int) -> str:
    def draw(salt: int) -> str:
        return f"((hash(i * 64 + {salt}) % 1000003) / 1000003.0)"

    figures = ", ".join(
        f"CAST(revenue * {draw(10 + at)} * {0.9 if at == 0 else 0.3} AS DECIMAL(14, 2)) AS {name}"
        for at, name in enumerate(_MONEY)
    )
    flag = "CASE WHEN {} < {} THEN '是' ELSE '否' END AS {}"
    return f"""
        SELECT 'P' || lpad(CAST(floor({PARKS} * pow({draw(1)}, 1.5)) AS INTEGER)::VARCHAR, 5, '0') AS park_code,
               '91532800MA' || lpad(CAST(i AS VARCHAR), 8, '0') AS credit_code, CAST({year} AS SMALLINT) AS year,
               '企业' || i AS name, lpad(CAST(1300 + hash(i) % 3000 AS VARCHAR), 4, '0') AS industry,
               CASE WHEN {draw(2)} < 0.4 THEN '主导产业' || hash(i) % 5 END AS leading_industry,
               {flag.format(draw(3), 0.3, "above_scale")}, {flag.format(draw(4), 0.1, "high_tech")},
               CAST(revenue AS DECIMAL(14, 2)) AS revenue_10k_cny, {figures},
               CAST({draw(5)} * 80 AS DECIMAL(10, 2)) AS land_mu, CAST({draw(6)} * 500 AS INTEGER) AS employees_persons,
               CAST({draw(7)} * 100 AS DOUBLE) AS score
        FROM (SELECT range AS i, round(50 * pow((hash(range * 64 + {year}) % 1000003 + 1) / 1000003.0, -0.7), 2) AS revenue
              FROM range({start}, {stop}))
        WHERE {draw(year % 60)} < 0.9"""
