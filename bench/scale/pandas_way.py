"""The figures of one year with pandas, to be run by a Python that has it: `python pandas_way.py FOLDER YEAR`. Knows nothing of the product."""

import json
import resource
import sys
import time
from pathlib import Path

import pandas as pd

SUMS = [
    "revenue_10k_cny", "output_10k_cny", "value_added_10k_cny", "taxes_10k_cny", "profit_10k_cny", "employees_persons",
    "energy_tce", "water_m3",
]  # fmt: skip
FLAGS = ["above_scale", "high_tech", "leading_industry", "land_mu", "rd_10k_cny", "park_code", "credit_code", "year"]


def figures(folder: str, year: int) -> pd.DataFrame:
    """One row per park; sums in binary floating point, which is faster than pandas' exact decimals."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.ParquetDataset(folder).read(columns=[*SUMS, *FLAGS])
    for at, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(at, field.name, table.column(at).cast(pa.float64()))
    frame = table.to_pandas(categories=["park_code", "above_scale", "high_tech", "leading_industry"])
    frame = frame[frame["year"] == year]
    parks = frame.groupby("park_code", observed=True)
    made = parks[SUMS].sum()
    revenue = parks["revenue_10k_cny"]
    scale = frame[frame["above_scale"] == "是"].groupby("park_code", observed=True)
    made["scale"], made["scale_rd"] = scale["revenue_10k_cny"].sum(), scale["rd_10k_cny"].sum()
    made["scale_count"] = scale["credit_code"].count()
    high = frame[frame["high_tech"] == "是"].groupby("park_code", observed=True)
    made["high_count"] = high["credit_code"].count()
    leading = frame[frame["leading_industry"].notna()].groupby("park_code", observed=True)["revenue_10k_cny"].sum()
    made["leading"] = 100 * leading / made["revenue_10k_cny"]
    top = frame.sort_values("revenue_10k_cny", ascending=False).groupby("park_code", observed=True).head(4)
    made["cr4"] = 100 * top.groupby("park_code", observed=True)["revenue_10k_cny"].sum() / made["revenue_10k_cny"]
    squares = (frame["revenue_10k_cny"] ** 2).groupby(frame["park_code"], observed=True).sum()
    made["hhi"] = 10000 * squares / made["revenue_10k_cny"] ** 2
    made["median"], made["p90"] = revenue.median(), revenue.quantile(0.9)
    land = frame[frame["land_mu"] > 0].groupby("park_code", observed=True)[["revenue_10k_cny", "land_mu"]].sum()
    made["per_mu"] = land["revenue_10k_cny"] / land["land_mu"]
    return made


def main() -> None:
    """Print CPU and wall seconds, peak memory in MB and the sum of all revenues as JSON."""
    wall, cpu = time.perf_counter(), time.process_time()
    made = figures(sys.argv[1], int(sys.argv[2]))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "peak_mb": usage.ru_maxrss / 1024,
        "result": [len(made), round(float(made["revenue_10k_cny"].sum()), 0)],
    }  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__" and Path(sys.argv[0]).name == "pandas_way.py":
    main()
