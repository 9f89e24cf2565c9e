"""Which names a formula may use, and what each is called in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from metrics.catalogue import Catalogue
from validation.expression import Name
from validation.forms import FormSet
from validation.quality import QUALITY_LABELS
from validation.registry import register_columns

CALENDAR = {
    "year": "统计年度",
    "base_year": "基期年",
    "years_since_base": "距基期年数",
    "years_to_target": "基期至目标年年数",
}
"""Names of the space `calendar.`, whole numbers."""

PARK = {"level": "级别", "park_type": "类型", "leading_industries": "主导产业"}
"""Names of the space `park.`: attributes of the register."""

QUALITY = "quality"
"""Space of the figures of data quality of the park and year."""

SUBSCHEME = "sub"
"""Space of the totals that other schemes gave the park in the year."""

LEDGER = "ledger"
"""Space of the figures that ledgers add up to, of the park in the year; `prev.ledger.` and `base.ledger.` of other years."""

ATTAINED = "attained"
"""Table of which parks attained which target in a year, for formulas of the region: one row per evaluated park and year,
a truth value by indicator, null where it cannot be told."""

PREFIXES = {"prev": "上年", "base": "基期"}


def ledger_labels(figures: Mapping[str, str]) -> dict[Name, str]:
    """Names of the ledgers' figures (label by code) of this year, the year before and the base year."""
    labels = {Name(LEDGER, code): label for code, label in figures.items()}
    for space, word in PREFIXES.items():
        labels |= {Name(f"{space}.{LEDGER}", code): f"{word}{label}" for code, label in figures.items()}
    return labels


@dataclass(frozen=True)
class Vocabulary:
    """The names of one form set, catalogue and parameter list; calling it gives a name's Chinese label.

    targets: indicators for which parks have a target, as formulas of the region may ask who attained it.
    """

    form_set: FormSet
    catalogue: Catalogue
    parameters: Mapping[str, str]
    extra: Mapping[Name, str] | None = None
    targets: tuple[str, ...] = ()

    def __call__(self, name: Name) -> str:
        return self.labels.get(name, str(name))

    @cached_property
    def labels(self) -> dict[Name, str]:
        """Every known name with its label."""
        park = {code: item.label for code, item in self.form_set.items().items() if item.numeric}
        park |= {code: indicator.label for code, indicator in self.catalogue.park_indicators().items()}
        region = dict(self.region_totals) | {
            code: indicator.label for code, indicator in self.catalogue.of_region().items()
        }
        labels = {Name("", code): label for code, label in park.items()}
        labels |= {Name("region", code): label for code, label in region.items()}
        for space, word in PREFIXES.items():
            labels |= {Name(space, code): f"{word}{label}" for code, label in park.items()}
            labels |= {Name(f"{space}.region", code): f"{word}{label}" for code, label in region.items()}
        labels |= {Name("calendar", code): label for code, label in CALENDAR.items()}
        labels |= {Name("park", code): label for code, label in (register_columns(self.form_set) | PARK).items()}
        labels |= {Name(QUALITY, code): label for code, label in QUALITY_LABELS.items()}
        labels |= {Name("param", code): label for code, label in self.parameters.items()}
        return labels | self._tables(park) | dict(self.extra or {})

    @cached_property
    def region_labels(self) -> dict[Name, str]:
        """The names a region formula may use: bare names are region indicators."""
        region = {code: indicator.label for code, indicator in self.catalogue.of_region().items()}
        labels = {Name("", code): label for code, label in region.items()}
        for space, word in PREFIXES.items():
            labels |= {Name(space, code): f"{word}{label}" for code, label in region.items()}
            labels |= {Name(f"{space}.region", code): f"{word}{label}" for code, label in self.region_totals.items()}
        labels |= {Name("region", code): label for code, label in self.region_totals.items()}
        kept = ("calendar", "param", "parks", *self.form_set.tables())
        labels |= {name: label for name, label in self.labels.items() if name.space in kept}
        labels |= {
            Name(ATTAINED, code): f"各园区·达到目标：{self.labels.get(Name('', code), code)}" for code in self.targets
        }
        return labels | {Name("each", "member"): "该行业"}

    @cached_property
    def region_totals(self) -> dict[str, str]:
        """Numeric columns of the region's totals by code."""
        form = self.form_set.tables().get("region_totals")
        return {column.code: column.label for column in form.columns if column.numeric} if form else {}

    def _tables(self, park: Mapping[str, str]) -> dict[Name, str]:
        tables = {
            Name(code, column.code): f"{form.sheet}·{column.label}"
            for code, form in self.form_set.tables().items()
            for column in form.columns
        }
        return tables | {Name("parks", code): f"各园区·{label}" for code, label in park.items()}
