"""Whether a workbook still has the forms, rows and columns of its template, and every record once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from validation.findings import ERROR, NOTE, Finding
from validation.forms import FormField, FormSet, Item


def layout_findings(
    layout: pl.DataFrame, filings: pl.DataFrame, form_set: FormSet, unasked: pl.DataFrame
) -> Iterator[Finding]:
    """Forms, items and columns that are missing, unknown or stand twice; what is not asked (validation.asked) may be missing."""
    spared = set(unasked.iter_rows())
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    sheets: dict[tuple[str, str], str] = {}
    for source_file, sheet, form, code, cell in layout.select(
        "source_file", "sheet", "form", "field", "cell"
    ).iter_rows():
        codes = found.setdefault((source_file, form), {})
        sheets[source_file, form] = sheet
        if code is not None:
            codes.setdefault(code, []).append(cell)
    for source_file, kind, park_code, year in filings.select(
        "source_file", "workbook", "park_code", "year"
    ).iter_rows():
        for form in form_set.workbook(kind).forms:
            place: dict[str, Any] = {"source_file": source_file, "park_code": park_code, "year": year}
            asked = {field.code for field in form.fields if (park_code, year, form.code, field.code) not in spared}
            if (source_file, form.code) not in found and not (form.required and asked):
                continue
            if (source_file, form.code) not in found:
                yield Finding(
                    "form_missing", ERROR, f"缺少“{form.sheet}”表", None, f"有“{form.sheet}”表（{form.title}）",
                    "用完整的模板重新填报", sheet=form.sheet, **place,
                )  # fmt: skip
                continue
            place["sheet"] = sheets[source_file, form.code]
            yield from _code_findings(
                found[source_file, form.code], {field.code: field for field in form.fields}, asked, place
            )


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
            pl.col("content").fill_null("").str.join("／").alias("key"),
            pl.col("content").null_count().alias("unknown"),
            pl.col("year", "park_code", "sheet", "cell", "field", "label").first(),
        )
        twice = joined.filter(pl.col("unknown") == 0).filter(
            pl.struct("source_file", "key").is_duplicated(), ~pl.struct("source_file", "key").is_first_distinct()
        )
        for row in twice.iter_rows(named=True):
            message = f"“{form.sheet}”表第 {row['record']} 行与前面的行重复（{row['key']:.60}）"
            yield Finding(
                "record_twice", ERROR, message, row["key"], "每条记录一行", "删去重复的行或合并",
                year=row["year"], park_code=row["park_code"], item=row["field"], label=row["label"],
                source_file=row["source_file"], sheet=row["sheet"], cell=row["cell"],
            )  # fmt: skip
