"""Published results as plain rows: what view models are made from, without any table library.

A row is a dictionary with the columns of `scoring/results_schema.toml`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import polars as pl

Row = dict[str, Any]
T = TypeVar("T")
OVERALL = "全部园区"
"""What results of before the column `overall_group` call the ranking of all parks."""

# Tables of which earlier years are printed too (history of rank and score); all others are read for one year.
_WITH_HISTORY = frozenset({"ranking"})
_SORTED_BY = {
    "runs": (),
    "parks": ("park_code",),
    "statistics": ("park_code",),
    "findings": ("park_code",),
    "indicators": ("park_code",),
    "targets": ("park_code",),
    "region_targets": (),
    "scores": ("park_code", "position", "node"),
    "ranking": ("year", "group", "park_code"),
    "rule_checks": ("park_code",),
    "proposals": ("park_code",),
    "definitions": ("kind", "position", "code"),
    "data_quality": ("park_code",),
    "decisions": ("number",),
    "correction_effects": ("group", "rank_after", "park_code"),
    "robustness": ("park_code",),
    "sensitivity": ("park_code", "factor"),
    "audit": ("position",),
    "audit_nodes": ("position",),
}
# Years whose figures the reports draw as a trend, the year of the report among them.
TREND_YEARS = 6
# Tables that results of earlier versions do not have.
_OPTIONAL = frozenset(
    {"data_quality", "decisions", "robustness", "correction_effects", "sensitivity", "audit", "audit_nodes"}
)
# Column with the code, and kind of definition whose order the rows of a table follow in print.
_IN_ORDER_OF = {
    "statistics": ("item", "item"),
    "indicators": ("indicator", "indicator"),
    "targets": ("indicator", "indicator"),
    "region_targets": ("indicator", "region_indicator"),
    "rule_checks": ("rule", "rule"),
    "proposals": ("rule", "rule"),
}


@dataclass(frozen=True)
class Published:
    """The published rows of one scheme that the reports of one year need.

    `tables` holds per table the rows of `year` (ranking: of all years up to `year`); `by_park` the same by park code;
    `trends` the values of the last `TREND_YEARS` years by park code and indicator, null where there was none.
    """

    scheme: str
    year: int
    tables: Mapping[str, Sequence[Row]]
    by_park: Mapping[str, Mapping[str, Sequence[Row]]]
    trends: Mapping[tuple[str, str], Mapping[int, float | None]] = field(default_factory=dict)
    log_sha256: str = ""
    """Digest of the log's last entry on a run or an act, of whatever scheme and year; empty where there is none."""

    _made: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, made at the first call with `key`: figures over all parks that the report of every park needs."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    @property
    def overall(self) -> str:
        """The name of the ranking of all parks together."""
        return self.run.get("overall_group") or OVERALL

    def group_of(self, park: Row) -> str:
        """The group that a park (a row of `parks`) is ranked in."""
        return str(park.get("group") or park["level"] or self.overall)

    def rows(self, table: str) -> Sequence[Row]:
        """All rows of `table`."""
        return self.tables[table]

    def of_park(self, table: str, park_code: str) -> Sequence[Row]:
        """Rows of `table` for one park; none where the table has none."""
        return self.by_park[table].get(park_code, ())

    @property
    def run(self) -> Row:
        """The run that is in force for the year."""
        return self.tables["runs"][0]


def published(tables: Mapping[str, pl.DataFrame], scheme: str, year: int) -> Published:
    """Rows of `scheme` for reports of `year`, from frames as in `scoring/results_schema.toml`.

    Raises LookupError (in Chinese) when a table is missing or the year has not been evaluated.
    """
    plain_tables = {name: _rows(tables, name, scheme, year) for name in _SORTED_BY}
    if not plain_tables["runs"]:
        raise LookupError(f"结果中没有评价办法 {scheme} 的 {year} 年度评价批次")
    for name, (column, kind) in _IN_ORDER_OF.items():
        plain_tables[name] = _in_scheme_order(plain_tables[name], column, kind, plain_tables["definitions"])
    by_park = {name: _by_park(rows) for name, rows in plain_tables.items()}
    return Published(scheme, year, plain_tables, by_park, _trends(tables, scheme, year), _last_digest(tables))


def _trends(
    tables: Mapping[str, pl.DataFrame], scheme: str, year: int
) -> dict[tuple[str, str], dict[int, float | None]]:
    import polars as pl

    wanted = (pl.col("scheme") == scheme) & pl.col("year").is_between(year - TREND_YEARS + 1, year)
    found: dict[tuple[str, str], dict[int, float | None]] = {}
    columns = tables["indicators"].filter(wanted).sort("year").select("park_code", "indicator", "year", "value")
    for park_code, indicator, of_year, value in columns.iter_rows():
        found.setdefault((park_code, indicator), {})[of_year] = value
    return found


def _last_digest(tables: Mapping[str, pl.DataFrame]) -> str:
    """What printing again does not change: entries on evidence and on reports themselves are left out."""
    import polars as pl

    entries = tables.get("log")
    told = (
        []
        if entries is None
        else entries.filter(pl.col("kind").is_in(("run", "act"))).sort("number")["sha256"].to_list()
    )
    return str(told[-1]) if told else ""


def _rows(tables: Mapping[str, pl.DataFrame], name: str, scheme: str, year: int) -> list[Row]:
    import polars as pl

    if name not in tables:
        if name in _OPTIONAL:
            return []
        raise LookupError(f"结果中缺少表 {name}")
    wanted = pl.col("year") <= year if name in _WITH_HISTORY else pl.col("year") == year
    frame = tables[name].filter((pl.col("scheme") == scheme) & wanted)
    order = _SORTED_BY[name]
    # A stable sort keeps the published order inside equal keys.
    return (frame.sort(order, maintain_order=True) if order else frame).to_dicts()


def _in_scheme_order(rows: Sequence[Row], column: str, kind: str, definitions: Iterable[Row]) -> list[Row]:
    """Rows in the order of the scheme instead of the alphabet; codes that are not defined come last."""
    positions = {row["code"]: row["position"] for row in definitions if row["kind"] == kind}
    return sorted(rows, key=lambda row: (row.get("park_code") or "", positions.get(row[column], len(positions) + 1)))


def _by_park(rows: Iterable[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.get("park_code") or ""].append(row)
    return dict(grouped)
