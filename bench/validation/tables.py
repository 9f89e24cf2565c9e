"""Generated tables with a stated share of bad cells; all figures invented."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from validation.identifiers import CREDIT_CODE_SIGNS

BAD_SHARE = 0.001
SIZES = ("大型", "中型", "小型", "微型")
TRADES = ("橡胶", "普洱茶", "热带水果", "肉制品", "制糖", "建材", "电力热力", "木材加工", "其他")
DIVISIONS = ("532801", "532822", "532823", "530111", "510104", "440305", "110108", "429004")
GROUPS = 20
"""The table of park items: groups of four, a total, its two parts, and the total of last year."""


def enterprises(rows: int, seed: int, bad_share: float = BAD_SHARE) -> pl.DataFrame:
    """`rows` enterprises × 40 columns: credit code, division, trade, size, 36 figures that satisfy the rules but for bad cells."""
    random = np.random.default_rng(seed)

    def share(low: float, high: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return random.uniform(low, high, rows)

    made: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    revenue = made["revenue"] = np.exp(random.normal(9, 1.2, rows)) + 100
    made["main_revenue"] = revenue * share(0.8, 0.99)
    made["other_revenue"] = revenue - made["main_revenue"]
    made["main_cost"] = made["main_revenue"] * share(0.6, 0.8)
    made["other_cost"] = made["other_revenue"] * share(0.3, 0.6)
    made["cost"] = made["main_cost"] + made["other_cost"]
    made["surcharges"] = revenue * share(0.005, 0.02)
    made["sales_expense"] = revenue * share(0.01, 0.05)
    made["admin_expense"] = revenue * share(0.02, 0.06)
    made["rd_expense"] = revenue * share(0.001, 0.04)
    made["finance_expense"] = revenue * share(-0.005, 0.02)
    spent = sum(
        made[name] for name in ("cost", "surcharges", "sales_expense", "admin_expense", "rd_expense", "finance_expense")
    )
    made["operating_profit"] = revenue - spent
    made["other_income"] = revenue * share(0.0001, 0.01)
    made["other_expense"] = revenue * share(0.0001, 0.005)
    made["total_profit"] = made["operating_profit"] + made["other_income"] - made["other_expense"]
    made["income_tax"] = np.maximum(made["total_profit"], 0) * share(0.1, 0.25)
    made["net_profit"] = made["total_profit"] - made["income_tax"]
    made["output"] = revenue * share(0.85, 1.05)
    made["sales_output"] = made["output"] * share(0.9, 1.05)
    made["export_output"] = made["sales_output"] * share(0, 0.4)
    made["value_added"] = made["output"] * share(0.15, 0.35)
    made["assets"] = revenue * share(0.8, 2.0)
    made["current_assets"] = made["assets"] * share(0.3, 0.6)
    made["fixed_assets"] = made["assets"] * share(0.2, 0.4)
    made["inventory"] = made["current_assets"] * share(0.1, 0.4)
    made["receivables"] = made["current_assets"] * share(0.1, 0.5)
    made["liabilities"] = made["assets"] * share(0.3, 0.7)
    made["current_liabilities"] = made["liabilities"] * share(0.4, 0.9)
    made["equity"] = made["assets"] - made["liabilities"]
    made["employees"] = np.ceil(revenue / share(40, 120))
    made["wages"] = made["employees"] * share(5, 12)
    made["electricity"] = made["output"] * share(0.05, 0.5)
    made["energy"] = made["electricity"] * share(1.2, 2.0)
    made["water"] = made["output"] * share(1, 8)
    made["vat"] = revenue * share(0.01, 0.05)
    made["taxes"] = made["vat"] + made["surcharges"] + made["income_tax"]
    frame = pl.DataFrame(
        {
            "credit_code": _credit_codes(rows, random),
            "division": _chosen(DIVISIONS, rows, random),
            "trade": _chosen(TRADES, rows, random),
            "size": _chosen(SIZES, rows, random),
            **{name: _spoiled(column, bad_share, random) for name, column in made.items()},
        }
    )
    wrong = {"credit_code": "91350100M000100Y44", "division": "993301", "trade": "不详", "size": "特大"}
    return frame.with_columns(
        pl.when(pl.Series(random.random(rows) < bad_share)).then(pl.lit(text)).otherwise(pl.col(name)).alias(name)
        for name, text in wrong.items()
    )


def write_enterprises(path: Path, rows: int, part: int = 500_000) -> None:
    """`enterprises` as one Parquet file at `path`, made part by part."""
    parts = []
    for number, start in enumerate(range(0, rows, part)):
        parts.append(path.with_suffix(f".{number}.parquet"))
        enterprises(min(part, rows - start), number).write_parquet(parts[-1])
    pl.scan_parquet(parts).sink_parquet(path, row_group_size=250_000)
    for one in parts:
        one.unlink()


def park_items(parks: int, seed: int, bad_share: float = BAD_SHARE) -> pl.DataFrame:
    """`parks` rows × 80 items in `GROUPS` groups (total_1, part_1, rest_1, last_1 …) beside park_code and year."""
    random = np.random.default_rng(seed)
    columns: dict[str, pl.Series] = {}
    for group in range(1, GROUPS + 1):
        total = np.exp(random.normal(10, 1.5, parks))
        part = total * random.uniform(0.3, 0.6, parks)
        last = total / random.uniform(0.8, 1.4, parks)
        for name, column in (("total", total), ("part", part), ("rest", total - part), ("last", last)):
            columns[f"{name}_{group}"] = _spoiled(column, bad_share, random)
    keys = pl.DataFrame({"park_code": [f"P{number:05d}" for number in range(parks)], "year": [2025] * parks})
    return keys.cast({"year": pl.Int32}).with_columns(**columns)


def _chosen(texts: tuple[str, ...], rows: int, random: np.random.Generator) -> pl.Series:
    return pl.Series(texts).gather(pl.Series(random.integers(0, len(texts), rows)))


def _spoiled(
    column: np.ndarray[tuple[int], np.dtype[np.float64]], bad_share: float, random: np.random.Generator
) -> pl.Series:
    """A third of the bad cells empty, a third negative, a third too large by 10 000; six decimals."""
    rows = len(column)
    fate = random.random(rows) / bad_share if bad_share else np.full(rows, 9.0)
    whole = np.round(column, 6)
    whole = np.where(fate < 2 / 3, np.where(fate < 1 / 3, -np.abs(whole) - 1, whole * 10000), whole)
    series = pl.Series(whole)
    return (
        series.to_frame("x")
        .select(pl.when(pl.Series((fate >= 2 / 3) & (fate < 1))).then(None).otherwise("x"))
        .to_series()
    )


def _credit_codes(rows: int, random: np.random.Generator) -> pl.Series:
    signs = np.frombuffer(CREDIT_CODE_SIGNS.encode(), dtype=np.uint8)
    places = random.integers(0, len(signs), (rows, 18))
    places[:, 0] = 9
    places[:, 2:8] = random.integers(0, 10, (rows, 6))
    weights = np.array([pow(3, at, 31) for at in range(17)])
    places[:, 17] = -(places[:, :17] @ weights) % 31
    text = np.ascontiguousarray(signs[places]).view("S18").ravel()
    return pl.Series(text.tolist(), dtype=pl.Binary).cast(pl.String)
