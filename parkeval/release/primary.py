"""Which figures may not be given out for themselves: few enterprises behind them, one that dominates, or nobody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from parkeval.release.policy import Policy
from validation.forms import NO_ENTERPRISE, FormField

FEW, DOMINATED, UNKNOWN = "企业数不足", "一家企业占比过大", "企业数不明"


BEHIND: dict[str, pl.DataType] = {
    "park_code": pl.String(), "year": pl.Int32(), "item": pl.String(), "contributors": pl.Int64(), "largest_share_pct": pl.Int32(),
}  # fmt: skip
"""What ledgers know of the enterprises behind an item (validation.ledgers.contributions), null where they are no evidence of it."""


def behind_items(ledger_figures: pl.DataFrame) -> pl.DataFrame:
    """What the published table `ledger_figures` of one scheme knows of the enterprises behind items (`BEHIND`), all years."""
    known = ledger_figures.filter(pl.col("item").is_not_null(), pl.col("contributors").is_not_null())
    rows = known.select(pl.col(name).cast(kind) for name, kind in BEHIND.items())
    return rows.group_by("park_code", "year", "item", maintain_order=True).agg(
        pl.col("contributors").min(), pl.col("largest_share_pct").max()
    )


def sensitive_cells(
    statistics: pl.DataFrame, fields: Mapping[str, FormField], policy: Policy, behind: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The reason why a figure is confidential, null where it is not.

    statistics: park_code, year, item, value. Out: those and `reason`. A figure rests on the enterprises that the item
    named by `contributors` counts in the same park and year: none of them leaves nothing to infer; fewer than the
    policy's minimum are too few; where the item or its figure is missing the policy says what is done. Where `largest`
    names the largest enterprise's part, the dominance rule (n = 1, k) and the p % rule apply; the second largest is
    not known and taken as the whole rest, the case in which it can infer most. `behind` (`BEHIND`) is what ledgers know of the same:
    of two counts the smaller one holds, and either largest part makes a figure dominated. Zero or missing figures are judged alike.
    """
    told = pl.DataFrame(schema=BEHIND) if behind is None else behind
    rules = pl.DataFrame(
        [
            (code, field.contributors, field.largest, field.contributors == NO_ENTERPRISE)
            for code, field in fields.items()
        ],
        schema={"item": pl.String, "counted": pl.String, "biggest": pl.String, "open": pl.Boolean},
        orient="row",
    )
    figures = statistics.select("park_code", "year", "item", pl.col("value").cast(pl.Float64))
    counts = figures.rename({"item": "counted", "value": "enterprises"})
    largest = figures.rename({"item": "biggest", "value": "part"})
    joined = (
        figures.join(rules, on="item", how="left", maintain_order="left")
        .join(counts, on=["park_code", "year", "counted"], how="left", maintain_order="left")
        .join(largest, on=["park_code", "year", "biggest"], how="left", maintain_order="left")
        .join(told, on=["park_code", "year", "item"], how="left", maintain_order="left")
        .with_columns(pl.min_horizontal("enterprises", "contributors").alias("enterprises"))
    )
    suppress_unknown = policy.unknown.value == "suppress"
    share = pl.col("largest_share_pct").cast(pl.Float64)
    by_share = (share > policy.dominance_pct.value) | ((100 - share) * 100 < share * policy.p_pct.value)
    dominated = (pl.col("part") * 100 > pl.col("value") * policy.dominance_pct.value) | (
        (pl.col("value") - pl.col("part")) * 100 < pl.col("part") * policy.p_pct.value
    )
    reason = (
        pl.when(pl.col("open").fill_null(False) | pl.col("value").is_null())
        .then(None)
        .when(pl.col("enterprises").is_null())
        .then(pl.lit(UNKNOWN) if suppress_unknown else None)
        .when((pl.col("enterprises") > 0) & (pl.col("enterprises") < policy.minimum_enterprises.value))
        .then(pl.lit(FEW))
        .when((pl.col("enterprises") > 0) & (dominated.fill_null(False) | by_share.fill_null(False)))
        .then(pl.lit(DOMINATED))
        .otherwise(None)
    )
    return joined.select("park_code", "year", "item", "value", reason.alias("reason"))


def is_dominated(contributions: Sequence[float], policy: Policy) -> bool:
    """Whether the sum of known contributions would let the largest be inferred: (1, k) dominance or the p % rule.

    p % rule: what remains without the two largest is less than p % of the largest, so that the second can estimate it.
    """
    ordered = sorted(contributions, reverse=True)
    whole = sum(ordered)
    if whole <= 0:
        return False
    rest = sum(ordered[2:])
    return ordered[0] * 100 > whole * policy.dominance_pct.value or rest * 100 < ordered[0] * policy.p_pct.value
