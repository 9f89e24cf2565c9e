"""Trusted statistics in the shape in which they are published, and published statistics as history again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from scoring.rulebook import Rulebook
from scoring.schema import result_tables
from validation.forms import FormSet
from validation.statistics import FILES, FILINGS, ITEMS, RECORDS, REFUSED, Statistics


def statistics_table(statistics: Statistics, book: Rulebook, history: pl.DataFrame) -> pl.DataFrame:
    """Table `statistics` of this run: the year's items, and those of earlier years that no earlier run published."""
    fields = [
        {"item": item.code, "label": item.label, "unit": item.unit, "source_kind": item.source_kind}
        for item in book.form_set.items().values()
    ]
    new = _not_in(statistics.items, history, ["park_code", "year"])
    return _published("statistics", new.join(pl.DataFrame(fields), on="item", how="left"), book)


def records_table(statistics: Statistics, book: Rulebook, history: pl.DataFrame) -> pl.DataFrame:
    """Table `records` of this run: the bureau's tables as they stand, and park sub-tables not published before."""
    fields = [
        {"form": form.code, "item": column.code, "label": column.label, "unit": column.unit}
        for form in book.form_set.tables().values()
        for column in form.columns
    ]
    own = park_forms(book.form_set)
    filed = statistics.records.filter(pl.col("form").is_in(own))
    new = _not_in(filed, history.filter(pl.col("form").is_in(own)), ["park_code", "year"])
    bureau = statistics.records.filter(~pl.col("form").is_in(own))
    together = pl.concat([new, bureau]).join(pl.DataFrame(fields), on=["form", "item"], how="left")
    return _published("records", together, book)


def findings_table(statistics: Statistics, book: Rulebook, history: pl.DataFrame) -> pl.DataFrame:
    """Table `findings` of this run: findings on the year and on earlier years that no earlier run published."""
    years = set(history["year"].drop_nulls()) | set(history["run_year"].drop_nulls())
    new = statistics.findings.filter(~pl.col("year").is_in(list(years)) | pl.col("year").is_null())
    return _published("findings", new.with_columns(pl.col("year").fill_null(book.year)), book)


def quality_of(statistics: Statistics, book: Rulebook, history: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Figures of data quality (validation.quality.QUALITY) of all years: published ones, and those of years not published before."""
    from validation.quality import QUALITY, data_quality
    from validation.registry import register

    told = history["data_quality"].select(*QUALITY)
    published = {*told["year"], *history["statistics"]["year"], *history["statistics"]["run_year"]}
    years = [year for year in range(book.scheme.base_year, book.year + 1) if year not in published]
    new = data_quality(
        register(statistics.records), statistics.items, statistics.records, statistics.filings, statistics.findings,
        statistics.filed_findings, book.form_set, years,
    )  # fmt: skip
    return pl.concat([told, new])


def quality_table(quality: pl.DataFrame, book: Rulebook, history: pl.DataFrame) -> pl.DataFrame:
    """Table `data_quality` of this run: the rows of `quality` that no earlier run published."""
    return _published("data_quality", _not_in(quality, history, ["park_code", "year"]), book)


def notice_of(items: pl.DataFrame, year: int) -> str | None:
    """What the filings of the year say about their data (示例数据 …), each saying once."""
    said = items.filter((pl.col("item") == "data_notice") & (pl.col("year") == year))["text"].drop_nulls()
    return "；".join(said.unique(maintain_order=True).sort()) or None


def history_of(tables: Mapping[str, pl.DataFrame], scheme: str, year: int) -> Statistics | None:
    """The statistics that earlier runs of the scheme published, as validation takes them; None without any."""
    own = {
        name: tables[name].filter((pl.col("scheme") == scheme) & (pl.col("run_year") < year))
        for name in ("statistics", "records", "findings")
    }
    if own["statistics"].is_empty():
        return None
    parks = tables["parks"].filter((pl.col("scheme") == scheme) & (pl.col("year") < year))
    errors = own["findings"].filter((pl.col("severity") == "错误") & pl.col("park_code").is_not_null())
    refused = errors.group_by("park_code", "year", maintain_order=True).agg(
        pl.format("有 {} 处错误未更正", pl.len()).alias("reason")
    )
    return Statistics(
        shaped(own["statistics"], ITEMS),
        shaped(own["records"].filter(pl.col("year").is_not_null()), RECORDS),
        shaped(parks.with_columns(pl.lit("park").alias("workbook")), FILINGS),
        own["findings"].drop("scheme", "run_year"),
        shaped(refused, REFUSED),
        pl.DataFrame(schema=FILES),
    )


def findings_of_year(statistics: Statistics, year: int) -> Statistics:
    """`statistics` with the findings and refusals of `year` alone; a finding without a year belongs to it."""
    own = (pl.col("year") == year) | pl.col("year").is_null()
    return replace(
        statistics,
        findings=statistics.findings.filter(own),
        refused=statistics.refused.filter(pl.col("year") == year),
    )


def park_forms(form_set: FormSet) -> list[str]:
    """Codes of the table forms that parks file."""
    return [
        form.code
        for workbook in form_set.workbooks
        if workbook.filed_by == "park"
        for form in workbook.forms
        if form.kind == "table"
    ]


def _not_in(frame: pl.DataFrame, published: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    return frame.join(published.select(keys).unique(), on=keys, how="anti", maintain_order="left")


def _published(name: str, frame: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    return result_tables()[name].conform(
        frame.with_columns(pl.lit(book.scheme.key).alias("scheme"), pl.lit(book.year, pl.Int32).alias("run_year"))
    )


def shaped(frame: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """`frame` in the columns and types of `schema`; columns it does not have are null."""
    return frame.select(
        pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, kind).alias(name)
        for name, kind in schema.items()
    )
