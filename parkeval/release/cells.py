"""Figures of parks and their totals as tables of cells, protected item by item and year by year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from parkeval.release.audit import inferable
from parkeval.release.policy import Policy
from parkeval.release.primary import sensitive_cells
from parkeval.release.suppression import Table, suppress
from validation.forms import FormField
from validation.problems import Problem

ALL = "全部园区"


@dataclass(frozen=True)
class Protected:
    """park: park_code, year, item, value, open; total: area, year, item, value, open; what cannot be protected, in words."""

    parks: pl.DataFrame
    totals: pl.DataFrame
    problems: tuple[Problem, ...]


def protect(
    statistics: pl.DataFrame,
    areas: Mapping[str, str],
    fields: Mapping[str, FormField],
    known: pl.DataFrame,
    policy: Policy,
    behind: pl.DataFrame | None = None,
) -> Protected:
    """Which figures of parks and of areas may be given out.

    statistics: park_code, year, item, value (no nulls); areas: park code to the area it is added up in; known: year,
    place (park code or area), item, value of earlier releases: a figure that stands there unchanged is known and
    protects nothing; behind: `primary.BEHIND`. Totals are sums over the parks of an area and over all.
    """
    judged = sensitive_cells(statistics, fields, policy, behind).sort("year", "item", "park_code")
    earlier = {(row[0], row[1], row[2]): row[3] for row in known.select("year", "place", "item", "value").iter_rows()}
    parks, totals, problems = [], [], []
    for (year, item), cells in judged.group_by("year", "item", maintain_order=True):
        one = _Cells(int(str(year)), str(item), cells, areas, fields[str(item)], earlier, policy)
        closed, told = one.closed()
        count = cells.height
        parks.append(cells.drop("reason").with_columns(pl.Series("open", ~closed[:count])))
        totals.append(
            pl.DataFrame({"area": one.areas, "year": year, "item": item, "value": one.table.values[count:],
                          "open": ~closed[count:]}, schema_overrides={"year": pl.Int32})
        )  # fmt: skip
        problems += told
    if not parks:
        empty = pl.DataFrame(schema={"year": pl.Int32, "item": pl.String, "value": pl.Float64, "open": pl.Boolean})
        return Protected(
            empty.with_columns(pl.lit("").alias("park_code")), empty.with_columns(pl.lit("").alias("area")), ()
        )
    return Protected(pl.concat(parks), pl.concat(totals), tuple(problems))


class _Cells:
    """The cells of one item and year: parks in the order given, then areas, then all parks."""

    def __init__(
        self, year: int, item: str, cells: pl.DataFrame, areas: Mapping[str, str], field: FormField,
        earlier: Mapping[tuple[int, str, str], float], policy: Policy,
    ) -> None:  # fmt: skip
        self.year, self.item = year, item
        self.codes = cells["park_code"].to_list()
        of_park = [areas.get(code, "") for code in self.codes]
        self.areas = [*sorted(set(of_park)), ALL]
        self.sensitive = np.concatenate(
            [cells["reason"].is_not_null().to_numpy(), np.zeros(len(self.areas), dtype=bool)]
        )
        self.table = self._table(cells["value"].to_numpy(), of_park, field, earlier, policy)

    def closed(self) -> tuple[np.ndarray, list[Problem]]:
        """Cells that are left out, and sensitive ones that can be inferred all the same."""
        found = suppress(self.table, self.sensitive)
        closed = self.sensitive | found.secondary
        problems = [
            Problem(f"{self.year} 年 {self.item} {self._place(int(number))}", "不公布，但可以推算", "推算不出",
                    "以前公布过或无别的数可以掩护；由主管部门决定是否撤回以前的公布")
            for number in np.flatnonzero(inferable(self.table, closed, self.sensitive) | found.exposed)
        ]  # fmt: skip
        return closed, problems

    def _place(self, number: int) -> str:
        return str([*self.codes, *self.areas][number])

    def _table(
        self, values: np.ndarray, of_park: list[str], field: FormField, earlier: Mapping[tuple[int, str, str], float],
        policy: Policy,
    ) -> Table:  # fmt: skip
        from scipy.sparse import lil_matrix

        count, areas = len(values), self.areas
        sums = lil_matrix((len(areas), count + len(areas)))
        places = {area: number for number, area in enumerate(areas)}
        for cell, area in enumerate(of_park):
            sums[places[area], cell] = 1.0
        for number in range(len(areas) - 1):
            sums[number, count + number] = -1.0
            sums[len(areas) - 1, count + number] = 1.0
        sums[len(areas) - 1, count + len(areas) - 1] = -1.0
        by_area = [float(np.sum(values[[area == one for one in of_park]])) for area in areas[:-1]]
        whole = np.concatenate([values, by_area, [float(np.sum(values))]])
        signed = field.minimum is None or field.minimum < 0
        lowest = np.full(len(whole), -np.inf if signed else 0.0)
        fixed = np.array(list(self._known(whole, earlier)), dtype=bool)
        protection = np.abs(whole) * policy.protection_pct.value / 100
        return Table(whole, lowest, np.full(len(whole), np.inf), sums.tocsr(), protection, np.abs(whole) + 1.0, fixed)

    def _known(self, values: np.ndarray, earlier: Mapping[tuple[int, str, str], float]) -> Iterator[bool]:
        for number, value in enumerate(values):
            before = earlier.get((self.year, self._place(number), self.item))
            yield before is not None and bool(np.isclose(before, value, rtol=1e-12, atol=0.0))
