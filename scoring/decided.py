"""What the authority decided, applied to what was proposed: the status of parks from which the next year starts."""

from __future__ import annotations

import polars as pl

from scoring.management import follow_status
from scoring.rulebook import Rulebook

ADOPTED, SOFTENED, REJECTED = "采纳", "减轻", "不采纳"


def decided_parks(
    parks: pl.DataFrame, proposals: pl.DataFrame, decisions: pl.DataFrame, book: Rulebook
) -> pl.DataFrame:
    """Table `parks` of earlier years with `status` as decided.

    A rejected proposal sets no status, a softened one the status that was decided, an adopted or undecided one its
    own. parks, proposals, decisions: the published tables of earlier years; the last decision on a proposal counts.
    """
    final = (
        decisions.filter((pl.col("kind") == "decision") & (pl.col("scheme") == book.scheme.key))
        .sort("number")
        .unique(["year", "park_code", "rule"], keep="last", maintain_order=True)
        .select("year", "park_code", "rule", "outcome", pl.col("park_status").alias("decided"))
    )
    if final.is_empty():
        return parks
    joined = proposals.join(final, on=["year", "park_code", "rule"], how="left", maintain_order="left")
    kept = joined.filter((pl.col("outcome") != REJECTED).fill_null(True)).with_columns(
        pl.when(pl.col("outcome") == SOFTENED).then(pl.col("decided")).otherwise("park_status").alias("park_status")
    )
    known = [rule.code for rule in book.scheme.rules]
    years = []
    for year in sorted(set(parks["year"])):
        own = parks.filter(pl.col("year") == year)
        status = follow_status(own, kept.filter((pl.col("year") == year) & pl.col("rule").is_in(known)), book)
        years.append(
            own.drop("status").join(
                status.select("park_code", "status"), on="park_code", how="left", maintain_order="left"
            )
        )
    return pl.concat(years).select(parks.columns) if years else parks
