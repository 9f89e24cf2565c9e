"""What was filed, brought into the shape of the form definitions: one typed value per item and per table cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from validation.asked import filed_unasked, not_asked
from validation.bounds import cells_out_of_bounds, field_frame
from validation.findings import ERROR, Finding, Severity, to_frame
from validation.forms import FormField, FormSet
from validation.layout import layout_findings, repeated_records
from validation.marks import MISSING_MARKS
from validation.reading import Reading
from validation.registry import register
from validation.statistics import ITEMS, MONEY, RECORDS
from validation.values import DECIMALS, Remark, typed

_CLEAN = r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$"
_WHOLE = r"^-?[0-9]{1,15}$"
_NAME, _SENTENCE = r"^\p{Han}{2,}$", r"(?s)^\S.{8,}\S$"
"""Texts that need no looking at unless they are a mark for a missing value; the longest mark is shorter than a sentence."""
_READ_BY = ("form", "field", "text", "kind", "unit", "note")
"""What decides how a cell is read."""
_CELL_KEY = ("source_file", "form", "record", "field", "period")


@dataclass(frozen=True)
class Conformed:
    """items (validation.statistics.ITEMS), records (RECORDS), findings; last_year_cells: park_code, year, item and the cell of 上年."""

    items: pl.DataFrame
    last_year_cells: pl.DataFrame
    records: pl.DataFrame
    findings: pl.DataFrame


def conform(reading: Reading, filings: pl.DataFrame, form_set: FormSet, parts: pl.DataFrame | None = None) -> Conformed:
    """Type every cell of the `filings` in use (FILINGS of validation.reading) by the definitions of `form_set`.

    `parts` are the files that complement those of `filings` (validation.complementary.PARTS).

    Missing marks and empty cells are null; so is, with a 错误, what does not fit its type: text in a number cell, an unknown
    choice, an unreadable date. A required cell that is empty is a 错误 for this year's figures only; their limits are judged
    after corrections (validation.bounds). What the level or type of a park need not fill in is not required, and a 提示 when it is
    filed all the same. A form that is missing is one finding. Money stays exact (Decimal(28,6)).
    """
    fields = field_frame(form_set).rename({"item": "field"})
    fields = fields.with_columns((~pl.col("in_table")).cum_sum().alias("item_number") - 1)
    filings = filings.with_row_index("filing_number")
    files = _files(filings, parts)
    forms = [form.code for form in form_set.forms()]
    cells = (
        reading.filed.filter(pl.col("form").is_in(forms))
        .join(
            files.select("source_file", "workbook", "park_code", "year", "filing_number"),
            on="source_file",
            maintain_order="left",
        )
        .join(fields, on=["form", "field"], maintain_order="left")
    )
    if reading.repeated:
        cells = cells.unique(_CELL_KEY, keep="first", maintain_order=True)
    cells, remarks = _typed(cells, form_set)
    cells = _owned(cells)
    records = _records(cells)
    unasked = not_asked(form_set, register(records), filings.filter(pl.col("workbook") == "park"))
    layout = reading.layout.join(files, on="source_file", maintain_order="left")
    findings = [
        *_remarked(cells, remarks),
        *cells_out_of_bounds(cells.filter(pl.col("period") == "last").rename({"field": "item"})),
        *_required(cells.join(unasked, on=["park_code", "year", "form", "field"], how="anti", maintain_order="left")),
        *filed_unasked(cells, unasked),
        *layout_findings(layout, filings, form_set, unasked),
        *repeated_records(cells, form_set),
    ]
    last = cells.filter(pl.col("period") == "last").select("park_code", "year", pl.col("field").alias("item"), "cell")
    items = _items(cells, filings, layout, fields.filter(~pl.col("in_table")))
    return Conformed(items, last, records, to_frame(findings))


def typed_cells(filed: pl.DataFrame, form_set: FormSet) -> tuple[pl.DataFrame, dict[int, tuple[Remark, ...]]]:
    """The cells of `filed` (validation.reading.FILED) that the forms know, with number (Decimal), content (text) and `row`, and the
    remarks on those that were not taken as they stand, by row."""
    fields = field_frame(form_set).rename({"item": "field"})
    return _typed(filed.join(fields, on=["form", "field"], maintain_order="left"), form_set)


def _files(filings: pl.DataFrame, parts: pl.DataFrame | None) -> pl.DataFrame:
    """`filings` and their parts, one row per file; filing is the main file of each."""
    main = filings.with_columns(pl.col("source_file").alias("filing"))
    if parts is None or parts.is_empty():
        return main
    others = parts.join(main.drop("source_file"), on="filing", maintain_order="left")
    return pl.concat([main, others.select(main.columns)])


def _typed(cells: pl.DataFrame, form_set: FormSet) -> tuple[pl.DataFrame, dict[int, tuple[Remark, ...]]]:
    """`cells` with number, content and spoiled; and the remarks by row number (column `row`)."""
    numeric = (pl.col("kind") == "number") & pl.col("text").str.contains(_CLEAN)
    whole = (pl.col("type") == "count") & pl.col("text").str.contains(_WHOLE)
    numeric = numeric & pl.col("unit").is_null() & pl.col("note").is_null()
    clean = (numeric & ((pl.col("type") == "number") | whole)).fill_null(False)
    text = (pl.col("type") == "text") & (pl.col("kind") == "text") & pl.col("note").is_null()
    plain = text & (pl.col("text").str.contains(_NAME) | pl.col("text").str.contains(_SENTENCE)) & ~_marks("text")
    cells = cells.with_row_index("row").with_columns(clean.alias("clean"), plain.fill_null(False).alias("plain"))
    slow = cells.filter(~pl.col("clean") & ~pl.col("plain") & (pl.col("kind") != "empty"))
    read, remarks = _read_texts(
        slow, {(form.code, field.code): field for form in form_set.forms() for field in form.fields}
    )
    joined = cells.join(read, on="row", how="left", maintain_order="left")
    exact = pl.when("clean").then(pl.col("text")).otherwise(pl.col("read")).str.to_decimal(scale=DECIMALS).cast(MONEY)
    content = pl.when("plain").then("text").otherwise("content")
    spoiled = pl.col("spoiled").fill_null(False)
    return joined.with_columns(exact.alias("number"), content.alias("content"), spoiled), remarks


def _read_texts(
    cells: pl.DataFrame, fields: Mapping[tuple[str, str], FormField]
) -> tuple[pl.DataFrame, dict[int, tuple[Remark, ...]]]:
    """row, read (the number as text), content and spoiled of `cells`, and the remarks by row; what is the same is read once."""
    distinct = cells.select(_READ_BY).unique(maintain_order=True)
    values = [
        typed(text, kind, fields[form, field], unit, note)
        for form, field, text, kind, unit, note in distinct.iter_rows()
    ]
    read = distinct.with_columns(
        pl.Series("read", [None if one.number is None else format(one.number, "f") for one in values], pl.String),
        pl.Series("content", [one.text for one in values], pl.String),
        pl.Series("spoiled", [one.remark is not None and one.remark.severity == ERROR for one in values], pl.Boolean),
        pl.Series("remarked", [number if one.remark else None for number, one in enumerate(values)], pl.Int32),
    )
    rows = cells.select("row", *_READ_BY).join(read, on=_READ_BY, how="left", nulls_equal=True, maintain_order="left")
    told = rows.select("row", "remarked").drop_nulls()
    remarks = {row: values[number].remarks for row, number in told.iter_rows()}
    return rows.select("row", "read", "content", "spoiled"), remarks


def _marks(column: str) -> pl.Expr:
    return pl.col(column).is_in(sorted(MISSING_MARKS))


def _owned(cells: pl.DataFrame) -> pl.DataFrame:
    """`cells` whose park and year are, for the bureau's tables, those that stand in the record itself."""
    record = ["source_file", "form", "record"]
    keyed = cells.filter(pl.col("workbook") == "bureau", pl.col("field").is_in(["park_code", "year"]))
    own = keyed.group_by(record, maintain_order=True).agg(
        pl.col("content").filter(pl.col("field") == "park_code").first().alias("own_park"),
        pl.col("content").filter(pl.col("field") == "year").first().cast(pl.Int32, strict=False).alias("own_year"),
    )
    bureau = pl.col("workbook") == "bureau"
    return cells.join(own, on=record, how="left", maintain_order="left").with_columns(
        pl.when(bureau).then("own_park").otherwise("park_code").alias("park_code"),
        pl.when(bureau).then("own_year").otherwise("year").alias("year"),
    )


_NAMED = ("year", "park_code", "field", "label", "source_file", "sheet", "cell", "text")


def _at(row: dict[str, Any], check_id: str, severity: Severity, message: str, expected: str, cure: str) -> Finding:
    return Finding(
        check_id=check_id, severity=severity, message=message, value=row["text"], expected=expected, cure=cure,
        year=row["year"], park_code=row["park_code"], item=row["field"], label=row["label"],
        source_file=row["source_file"], sheet=row["sheet"], cell=row["cell"],
    )  # fmt: skip


def _remarked(cells: pl.DataFrame, remarks: dict[int, tuple[Remark, ...]]) -> Iterator[Finding]:
    rows = cells.filter(pl.col("row").is_in(list(remarks))).select("row", *_NAMED)
    for row in rows.iter_rows(named=True):
        for remark in remarks[row["row"]]:
            yield _at(row, remark.check_id, remark.severity, remark.message, remark.expected, remark.cure)


def _required(cells: pl.DataFrame) -> Iterator[Finding]:
    empty = pl.col("number").is_null() & pl.col("content").is_null() & ~pl.col("spoiled")
    rows = cells.filter("required", empty, pl.col("period") == "this")
    for row in rows.select(_NAMED).iter_rows(named=True):
        yield _at(row, "required_missing", ERROR, f"“{row['label']}”没有填", "必填", "补填；确无发生的数字填 0")


def _items(cells: pl.DataFrame, filings: pl.DataFrame, layout: pl.DataFrame, fields: pl.DataFrame) -> pl.DataFrame:
    """Every item of every park's filing; rows are found by numbers, which is many times faster than joining on names."""
    expected = _expected(filings, fields)
    placed = cells.filter(~pl.col("in_table")).with_columns(
        (pl.col("filing_number").cast(pl.Int64) * fields.height + pl.col("item_number")).alias("spot")
    )
    this = placed.filter(pl.col("period") == "this").select(
        "spot", pl.col("source_file").alias("own_file"), "sheet", "cell", pl.col("number").alias("value"),
        pl.col("content").alias("text"),
    )  # fmt: skip
    last = placed.filter(pl.col("period") == "last").select("spot", pl.col("number").alias("last_year_value"))
    spots, size = expected["spot"], filings.height * fields.height
    items = pl.concat([expected, _at_spots(this, spots, size), _at_spots(last, spots, size)], how="horizontal")
    if items["sheet"].null_count():
        form = layout.filter(pl.col("field").is_null()).select(
            "source_file", "form", pl.col("sheet").alias("sheet_of_form")
        )
        items = items.join(
            form.unique(maintain_order=True), on=["source_file", "form"], how="left", maintain_order="left"
        ).with_columns(pl.coalesce("sheet", "sheet_of_form").alias("sheet"))
    return items.with_columns(
        pl.coalesce("own_file", "source_file").alias("source_file"),
        pl.lit(False).alias("corrected"),
        pl.lit(None, MONEY).alias("filed_value"),
        pl.lit(None, pl.String).alias("correction_reason"),
    ).select(pl.col(name).cast(kind) for name, kind in ITEMS.items())


def _expected(filings: pl.DataFrame, fields: pl.DataFrame) -> pl.DataFrame:
    """source_file, park_code, year, form, item and spot (number of filing and item in one) by park, year and item."""
    parks = filings.filter(pl.col("workbook") == "park").sort("park_code", "year", maintain_order=True)
    parks = parks.with_columns(pl.struct("park_code", "year").rle_id().cast(pl.Int64).alias("group"))
    items = fields.select("form", pl.col("field").alias("item"), "item_number").with_columns(
        pl.col("item").rank("ordinal").cast(pl.Int64).alias("order")
    )
    return (
        parks.select("source_file", "park_code", "year", "filing_number", "group")
        .join(items, how="cross", maintain_order="left_right")
        .sort(pl.col("group") * (fields.height + 1) + pl.col("order"), maintain_order=True)
        .select(
            "source_file", "park_code", "year", "form", "item",
            (pl.col("filing_number").cast(pl.Int64) * fields.height + pl.col("item_number")).alias("spot"),
        )
    )  # fmt: skip


def _at_spots(rows: pl.DataFrame, spots: pl.Series, size: int) -> pl.DataFrame:
    """The rows of `rows` (column spot) in the order of `spots`, nulls where there is none; spots are below `size`."""
    known = rows.with_row_index("at").filter(pl.col("spot").is_not_null())
    at = pl.Series([None], dtype=pl.UInt32).new_from_index(0, size).scatter(known["spot"], known["at"]).gather(spots)
    return rows.drop("spot").select(pl.all().gather(at))


def _records(cells: pl.DataFrame) -> pl.DataFrame:
    return (
        cells.filter("in_table")
        .select(
            "form", "year", "park_code", "record", pl.col("field").alias("item"), pl.col("number").alias("value"),
            pl.col("content").alias("text"), "source_file", "sheet", "cell", pl.lit(False).alias("corrected"),
        )
        .select(pl.col(name).cast(kind) for name, kind in RECORDS.items())
        .sort("form", "year", "park_code", "record", "item", maintain_order=True)
    )  # fmt: skip
