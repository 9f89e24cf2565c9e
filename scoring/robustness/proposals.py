"""What the robustness test says about each proposal, beside the proposal."""

from __future__ import annotations

import polars as pl


def with_probability(proposals: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """Table `proposals` with probability, robustness and robustness_note from table `robustness_rules`, null without."""
    told = rules.select(
        "park_code",
        "rule",
        "probability",
        pl.col("verdict").alias("robustness"),
        pl.col("note").alias("robustness_note"),
    )
    kept = proposals.drop("probability", "robustness", "robustness_note")
    joined = kept.join(told, on=["park_code", "rule"], how="left", maintain_order="left")
    return joined.select(proposals.columns)
