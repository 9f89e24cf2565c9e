"""A frame that formulas run over, to which figures of other years are joined when a formula asks for them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from metrics.panel import ABSENT


@dataclass
class FormulaFrame:
    """Rows by `keys` with `year` and `base_year`; columns are added by name as formulas need them."""

    frame: pl.DataFrame
    keys: list[str]

    def copy(self) -> FormulaFrame:
        return FormulaFrame(self.frame, list(self.keys))

    def join_year(self, column: str, when: str) -> str:
        """Add `<when>.<column>`: the figure of the year before (`prev`) or of the base year (`base`) of the same row."""
        name = f"{when}.{column}"
        if name not in self.frame.columns:
            own = [key for key in self.keys if key != "year"]
            self.frame = self._joined(self._history(self.frame, column, own), own, name, when)
        return name

    def join_region(self, region: FormulaFrame, column: str, when: str) -> str:
        """Add `region.<column>` of the same year, or `<when>.region.<column>` of another."""
        name = f"{when}.region.{column}" if when else f"region.{column}"
        if name not in self.frame.columns:
            self.frame = self._joined(self._history(region.frame, column, []), [], name, when)
        return name

    def _history(self, source: pl.DataFrame, column: str, own: list[str]) -> pl.DataFrame:
        return source.select(
            *own,
            pl.col("year").alias("#year"),
            pl.col(column).alias("#value"),
            _reason(source, column).alias("#reason"),
            pl.lit(True).alias("#found"),
        )

    def _joined(self, history: pl.DataFrame, own: list[str], name: str, when: str) -> pl.DataFrame:
        year = {"prev": pl.col("year") - 1, "base": pl.col("base_year"), "": pl.col("year")}[when]
        # The keys alone are joined: the frame is wide, and most formulas ask for another year.
        keys = self.frame.select(*own, year.cast(pl.Int32).alias("#year"))
        found = keys.join(history, on=[*own, "#year"], how="left", maintain_order="left")
        absent = pl.when(pl.col("#found").is_null()).then(pl.format("没有 {} 年数据", pl.col("#year")))
        return self.frame.hstack(
            found.select(pl.col("#value").alias(name), pl.coalesce(absent, pl.col("#reason")).alias(f"{name}#reason"))
        )


def figure_reason(column: str) -> pl.Expr:
    """Why a figure is null; null where it is not."""
    return pl.when(pl.col(column).is_null()).then(pl.col(f"{column}#reason"))


def _reason(frame: pl.DataFrame, column: str) -> pl.Expr:
    if f"{column}#reason" in frame.columns:
        return pl.col(f"{column}#reason")
    if ABSENT in frame.columns:
        return pl.col(ABSENT)
    return pl.lit(None, dtype=pl.String)
