"""Whether a workbook still has the forms, rows and columns of its template, and every record once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from validation.findings import ERROR, NOTE, Finding
from validation.forms import FormField, FormSet, Item
from validation.uniqueness import repeated_rows

_BETWEEN = "\x1f"
"""Stands between the parts of a key; no cell of a workbook can hold it."""


def layout_findings(
    layout: pl.DataFrame, filings: pl.DataFrame, form_set: FormSet, unasked: pl.DataFrame
) -> Iterator[Finding]:
    """Forms, items and columns that are missing, unknown or stand twice; what is not asked (validation.asked) may be missing.

    A row of `layout` belongs to the filing whose main file is `filing`.
    """
    spared = set(unasked.iter_rows())
    found = _found(layout)
    forms = {form.code: form for form in form_set.forms()}
    own = filings.select(pl.col("source_file").alias("filing"), "park_code", "year")
    for source_file, code, park_code, year in _absent(found, filings, form_set).iter_rows():
        form = forms[code]
        asked = any((park_code, year, code, field.code) not in spared for field in form.fields)
        if form.required and asked:
            yield Finding(
                "form_missing", ERROR, f"缺少“{form.sheet}”表", None, f"有“{form.sheet}”表（{form.title}）",
                "用完整的模板重新填报", source_file=source_file, park_code=park_code, year=year, sheet=form.sheet,
            )  # fmt: skip
    for row in _changed(found, form_set).join(own, on="filing", maintain_order="left").iter_rows(named=True):
        place = {name: row[name] for name in ("source_file", "park_code", "year", "sheet")}
        form = forms[row["form"]]
        codes: dict[str, list[str]] = {}
        for code, cell in zip(row["codes"], row["cells"], strict=True):
            codes.setdefault(code, []).append(cell)
        key = (row["park_code"], row["year"], form.code)
        asked_codes = {field.code for field in form.fields if (*key, field.code) not in spared}
        yield from _code_findings(codes, {field.code: field for field in form.fields}, asked_codes, place)


def _found(layout: pl.DataFrame) -> pl.DataFrame:
    """One row per file and form: filing, sheet, and the codes with their cells."""
    named = pl.col("field").is_not_null()
    return layout.group_by("source_file", "filing", "form", maintain_order=True).agg(
        pl.col("sheet").last(),
        pl.col("field").filter(named).alias("codes"),
        pl.col("cell").filter(named).alias("cells"),
    )


def _absent(found: pl.DataFrame, filings: pl.DataFrame, form_set: FormSet) -> pl.DataFrame:
    """source_file, form, park_code, year of every form of the workbook that is not there."""
    forms = [(workbook.code, form.code) for workbook in form_set.workbooks for form in workbook.forms]
    wanted = filings.join(
        pl.DataFrame(forms, schema=["workbook", "form"], orient="row"), on="workbook", maintain_order="left"
    )
    there = found.select(pl.col("filing").alias("source_file"), "form")
    absent = wanted.join(there, on=["source_file", "form"], how="anti", maintain_order="left")
    return absent.select("source_file", "form", "park_code", "year")


def _changed(found: pl.DataFrame, form_set: FormSet) -> pl.DataFrame:
    """The rows of `found` whose codes are not those of the form in their order."""
    complete = pl.DataFrame(
        [(form.code, ",".join(field.code for field in form.fields)) for form in form_set.forms()],
        schema=["form", "complete"],
        orient="row",
    )
    joined = found.join(complete, on="form", maintain_order="left")
    return joined.filter(pl.col("codes").list.join(",") != pl.col("complete"))


def _code_findings(
    codes: dict[str, list[str]], fields: dict[str, FormField], asked: set[str], place: dict[str, Any]
) -> Iterator[Finding]:
    for code, field in fields.items():
        if code not in codes and field.required and code in asked:
            what = "一行" if isinstance(field, Item) else "一列"
            yield Finding(
                "field_missing", ERROR, f"缺少“{field.label}”{what}（代码 {code}）", None, "模板的行和列不得删改",
                "用完整的模板重新填报", item=code, label=field.label, **place,
            )  # fmt: skip
    for code, cells in codes.items():
        if code in fields and len(cells) > 1:
            yield Finding(
                "field_twice", ERROR, f"“{fields[code].label}”出现 {len(cells)} 次（{'、'.join(cells)}）", code, "一次",
                "删去多余的行或列", item=code, label=fields[code].label, cell=cells[1], **place,
            )  # fmt: skip
        elif code not in fields:
            yield Finding(
                "field_unknown", NOTE, f"代码“{code:.40}”不在报表中，没有采用", code, "模板中的代码",
                "不要改动隐藏的代码", cell=cells[0], **place,
            )  # fmt: skip


def repeated_records(cells: pl.DataFrame, form_set: FormSet) -> Iterator[Finding]:
    """Records of one table that agree in all key columns."""
    for form in form_set.tables().values():
        keys = [column.code for column in form.columns if column.key]
        rows = cells.filter(pl.col("form") == form.code, pl.col("field").is_in(keys))
        record = ["source_file", "record"]
        joined = rows.group_by(record, maintain_order=True).agg(
            pl.col("content").fill_null("").str.join(_BETWEEN).alias("key"),
            pl.col("content").null_count().alias("unknown"),
            pl.col("year", "park_code", "sheet", "cell", "field", "label").first(),
        )
        named = joined.filter(pl.col("unknown") == 0)
        for row in named[repeated_rows(lambda: [named], ("source_file", "key"))["row"]].iter_rows(named=True):  # noqa: B023
            key = row["key"].replace(_BETWEEN, "／")
            message = f"“{form.sheet}”表第 {row['record']} 行与前面的行重复（{key:.60}）"
            yield Finding(
                "record_twice", ERROR, message, key, "每条记录一行", "删去重复的行或合并",
                year=row["year"], park_code=row["park_code"], item=row["field"], label=row["label"],
                source_file=row["source_file"], sheet=row["sheet"], cell=row["cell"],
            )  # fmt: skip
