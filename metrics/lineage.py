"""Lineage of parks: what a park that was renamed or merged filed before counts for its successor."""

from __future__ import annotations

import polars as pl

from validation.registry import lineage


def successors(records: pl.DataFrame, year: int, kind: str | None = None) -> dict[str, str]:
    """Per ended park code the code that stands for it in `year`; with `kind` by successions of that kind alone.

    Chains (renamed, later merged) are followed to their end; a circle ends where it closes.
    """
    direct = {
        row["from_code"]: row["to_code"]
        for row in lineage(records).to_dicts()
        if row["from_year"] <= year and kind in (None, row["kind"])
    }
    found: dict[str, str] = {}
    for code, successor in direct.items():
        seen, last = {code}, successor
        while last in direct and last not in seen:
            seen.add(last)
            last = direct[last]
        found[code] = last
    return found


def succeed_items(items: pl.DataFrame, known: dict[str, str]) -> pl.DataFrame:
    """Long items with ended parks' figures under their successors, summed where several went together.

    items: park_code, year, item, value and others. A sum of which one part is missing is missing. Figures are sums of
    what stands in a park (areas, counts, amounts), so that those of a merged park are the sum of its parts.
    """
    if not known:
        return items
    moved = items.with_columns(_successor(known))
    return moved.group_by("park_code", "year", "item", maintain_order=True).agg(
        pl.when(pl.col("value").is_not_null().all()).then(pl.col("value").sum()).first().alias("value"),
        *(pl.col(name).first() for name in items.columns if name not in ("park_code", "year", "item", "value")),
    )


def succeed_codes(frame: pl.DataFrame, known: dict[str, str]) -> pl.DataFrame:
    """`frame` (with park_code) with ended codes replaced by their successors'."""
    return frame.with_columns(_successor(known)) if known else frame


def succeed_roster(roster: pl.DataFrame, known: dict[str, str]) -> pl.DataFrame:
    """The roster without ended parks, their successors standing in the earlier years too.

    roster: one row per park and year. A successor's row of an earlier year has its own attributes of the first year in
    which it stood, and the earliest approval among it and its forerunners, so that it is no newcomer.
    """
    if not known:
        return roster
    before = roster.filter(pl.col("park_code").is_in(list(known))).with_columns(_successor(known))
    kept = roster.filter(~pl.col("park_code").is_in(list(known)))
    own = kept.sort("park_code", "year").unique("park_code", keep="first", maintain_order=True)
    years = before.select("park_code", "year").unique(maintain_order=True)
    added = years.join(kept.select("park_code", "year"), on=["park_code", "year"], how="anti").join(
        own.drop("year"), on="park_code", how="inner"
    )
    approved = (
        pl.concat([before.select("park_code", "approved_year"), kept.select("park_code", "approved_year")])
        .group_by("park_code")
        .agg(pl.col("approved_year").min())
    )
    together = pl.concat([kept, added.select(kept.columns)]).drop("approved_year")
    return together.join(approved, on="park_code", how="left").select(roster.columns).sort("park_code", "year")


def _successor(known: dict[str, str]) -> pl.Expr:
    return pl.col("park_code").replace(known)
