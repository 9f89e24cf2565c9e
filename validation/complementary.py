"""Files of one park and year that complement each other: each gives other forms, and together they are one filing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import polars as pl

from validation.findings import NOTE, Finding
from validation.forms import FormSet
from validation.reading import Reading

PARTS: dict[str, pl.DataType] = {"source_file": pl.String(), "filing": pl.String()}
"""A file that complements another, and the file whose filing it belongs to."""


@dataclass(frozen=True)
class Merged:
    """One filing in several files: `forms` are the codes of the forms each file gives; `main` stands for the whole."""

    park_code: str
    year: int
    main: str
    forms: Mapping[str, frozenset[str]]

    def finding(self, form_set: FormSet) -> Finding:
        """The 提示 that tells which form was taken from which file."""
        sheets = {form.code: form.sheet for form in form_set.forms()}
        told = "；".join(
            f"{name}（{'、'.join(sheet for code, sheet in sheets.items() if code in given)}）"
            for name, given in self.forms.items()
        )
        return Finding(
            "filing_merged", NOTE, f"{len(self.forms)} 个文件各报几张表，合并采用：{told}", None, "每张表只在一个文件中填报",
            "无需处理；不应合并的移走其中的文件", self.year, self.park_code, source_file=self.main,
        )  # fmt: skip


def complementary(reading: Reading, parks: pl.DataFrame, cover_field: str) -> list[Merged]:
    """The park-years of `parks` (FILINGS of validation.reading) whose different files give different forms.

    A form is given where any cell of it holds something. Files of which one gives a form that another gives too, or nothing at all,
    are none. The main file is the one with `cover_field`, otherwise the first by name.
    """
    several = parks.filter(pl.col("sha256").n_unique().over("park_code", "year") > 1)
    if several.is_empty():
        return []
    given = _given(reading, several)
    with_cover = set(reading.layout.filter(pl.col("field") == cover_field)["source_file"])
    found = []
    for (park_code, year), group in several.group_by(["park_code", "year"], maintain_order=True):
        names = group.unique("sha256", keep="first", maintain_order=True)["source_file"].to_list()
        forms = {name: given.get(name, frozenset()) for name in names}
        told = list(chain.from_iterable(forms.values()))
        if all(forms.values()) and len(set(told)) == len(told):
            main = next((name for name in names if name in with_cover), names[0])
            found.append(Merged(str(park_code), int(str(year)), main, forms))
    return found


def _given(reading: Reading, filings: pl.DataFrame) -> dict[str, frozenset[str]]:
    filled = reading.filed.filter(pl.col("text").is_not_null()).join(filings, on="source_file", how="semi")
    forms = filled.group_by("source_file").agg(pl.col("form").unique())
    return {name: frozenset(codes) for name, codes in forms.iter_rows()}


def parts_of(merged: Sequence[Merged]) -> pl.DataFrame:
    """The files beside the main ones (`PARTS`)."""
    rows = [(name, one.main) for one in merged for name in one.forms if name != one.main]
    return pl.DataFrame(rows, schema=PARTS, orient="row")


def without_empty_forms(reading: Reading, merged: Sequence[Merged]) -> Reading:
    """`reading` where each form of a merged filing stands only in the file that gives it; a form nobody gives in the main file."""
    rows: list[tuple[str, str]] = []
    for one in merged:
        everywhere = frozenset(chain.from_iterable(one.forms.values()))
        for name, given in one.forms.items():
            found = set(reading.layout.filter(pl.col("source_file") == name)["form"])
            kept = given | (found - everywhere if name == one.main else set())
            rows.extend((name, code) for code in sorted(found - kept))
    if not rows:
        return reading
    empty = pl.DataFrame(rows, schema=["source_file", "form"], orient="row")
    key = ["source_file", "form"]
    return replace(
        reading,
        filed=reading.filed.join(empty, on=key, how="anti", maintain_order="left"),
        layout=reading.layout.join(empty, on=key, how="anti", maintain_order="left"),
    )
