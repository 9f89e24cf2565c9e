"""Ledgers in the yearly batch: where they are, what they add up to, what of them is published and what is kept."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from metrics.ledgers import LEDGER_FIGURES
from scoring.schema import result_tables
from validation.expression.parse import name_of
from validation.expression.reading import number_text
from validation.ledgers.bottom_up import KEPT, NO_EARLIER, BottomUp, Earlier, bottom_up, kept
from validation.ledgers.definition import LAST, PAIRS, Figure, Ledgers
from validation.ledgers.engines import Engine
from validation.ledgers.found import Told
from validation.problems import DataRefused, Problem
from validation.rounding import rounded_half_up
from validation.sources import LEDGERS, LEDGERS_BEFORE

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from scoring.rulebook import Rulebook

ROWS_BOOK = "台账审核问题"
"""The workbook of broken rows, member by member, that a run keeps for the bureau."""


@dataclass(frozen=True)
class LedgerFiles:
    """Files of ledgers given beside DATA (none: those in its folder 台账; text are URIs, for Spark), the engine that aggregates them, and what was told of files without
    a column of the year or the month."""

    paths: tuple[Path | str, ...] = ()
    engine: Engine = field(default_factory=Engine)
    told: Told = field(default_factory=Told)


def from_ledgers(
    data: Sequence[Path], given: LedgerFiles, definition: Ledgers, year: int, earlier: Earlier = NO_EARLIER
) -> tuple[Ledgers, BottomUp] | None:
    """What the ledgers of `year` add up to, and the figures `earlier` as far as the files hold these years; None where there are none.

    Without files given, the folder 台账 in `data` is taken; where a run has kept its figures of parks there, those. Raises
    DataRefused for files that cannot be used, those of an earlier version among them, and EngineMissing.
    """
    missing = [path for path in given.paths if isinstance(path, Path) and not path.exists()]
    if missing:
        raise DataRefused(
            Problem(str(path), "没有这个文件或文件夹", "台账（.parquet、.csv、.xlsx）", "检查 --ledger")
            for path in missing
        )
    before = [path / LEDGERS_BEFORE for path in data if (path / LEDGERS_BEFORE).is_dir()]
    if before:
        raise DataRefused(_of_an_earlier_version(path) for path in before)
    found: list[Path | str] = list(given.paths) or [path / LEDGERS for path in data if (path / LEDGERS).is_dir()]
    if not found:
        return None
    aggregated = [path / KEPT for path in found if isinstance(path, Path) and (path / KEPT).is_dir()]
    if aggregated:
        return definition, kept(aggregated[0])
    with tempfile.TemporaryDirectory(dir=given.engine.spill, prefix="parkeval-") as work:
        return definition, bottom_up(found, definition, year, given.engine, Path(work), given.told, earlier)


def _of_an_earlier_version(path: Path) -> Problem:
    if any(path.glob("*/figures.parquet")):
        told = "是较早版本的批次留存的企业汇总，本版本不能据此重新评价"
        return Problem(
            str(path), told, f"文件夹“{LEDGERS}”", f"把当时的企业文件放进报送数据的“{LEDGERS}”文件夹，重新评价该年"
        )
    return Problem(str(path), "文件夹名是较早版本的写法", f"文件夹“{LEDGERS}”", f"改名为“{LEDGERS}”")


def figures_to_form(published: pl.DataFrame, book: Rulebook) -> dict[int, frozenset[str]]:
    """Per year from the base year to before the year of `book` the figures that no earlier run of the scheme published (`published`: table
    `ledger_figures`)."""
    own = published.filter((pl.col("scheme") == book.scheme.key) & (pl.col("run_year") < book.year))
    codes = frozenset(figure.code for figure in book.ledgers.figures)
    return {year: codes.difference(own.filter(year=year)["figure"]) for year in range(book.scheme.base_year, book.year)}


def figures_table(compared: pl.DataFrame, book: Rulebook, history: pl.DataFrame) -> pl.DataFrame:
    """Table `ledger_figures` of a run from validation.ledgers.reconcile.COMPARED: the year's, and those of earlier years that no earlier run
    published (`history`); empty without ledgers.

    ledger are the titles of the ledgers that a figure comes from, source_kind the legal kinds of the columns that it is formed from, each once.
    """
    table = result_tables()["ledger_figures"]
    if compared.is_empty():
        return table.empty()
    told = [
        (
            one.code,
            book.ledgers.titles(one),
            one.label,
            one.unit,
            one.formula,
            one.clause,
            _kinds(one, book.ledgers),
            one.use,
        )
        for one in book.ledgers.figures
    ]
    heads = ["figure", "ledger", "label", "unit", "formula", "clause", "source_kind", "use"]
    meaning = pl.DataFrame(told, schema=dict.fromkeys(heads, pl.String), orient="row")
    known = history.select("year", "figure").unique()
    new = compared.join(known, on=["year", "figure"], how="anti", maintain_order="left")
    joined = new.join(meaning, on="figure", how="left", maintain_order="left")
    return table.conform(
        joined.with_columns(pl.lit(book.scheme.key).alias("scheme"), pl.lit(book.year, pl.Int32).alias("run_year"))
    )


def files_table(bottom: BottomUp | None, book: Rulebook) -> pl.DataFrame:
    """Table `ledger_files` of a run: the files its figures were formed from; empty without ledgers."""
    table = result_tables()["ledger_files"]
    if bottom is None:
        return table.empty()
    titles = {ledger.code: ledger.title for ledger in book.ledgers.ledgers}
    return table.conform(
        bottom.received.with_columns(
            pl.col("ledger").replace(titles),
            pl.lit(book.scheme.key).alias("scheme"),
            pl.lit(book.year, pl.Int32).alias("year"),
        )
    )


def ledger_figures(published: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Figures as formulas take them (metrics.ledgers.LEDGER_FIGURES) from the table's rows of earlier runs and of this one; the run that
    published a figure first decides."""
    keys = ["park_code", "year", "figure"]
    together = pl.concat([published, own]).sort("run_year", *keys).unique(keys, keep="first", maintain_order=True)
    return together.select(*LEDGER_FIGURES).sort(keys)


def _kinds(figure: Figure, definition: Ledgers) -> str:
    kinds = {
        (ledger.code, column.code): column.source_kind for ledger in definition.ledgers for column in ledger.columns
    }
    names = [name_of(column) for column in figure.expression.columns]
    told = [kinds[name.space.removeprefix(PAIRS), name.name.removeprefix(LAST)] for name in names]
    return "、".join(dict.fromkeys(told))


_COLUMNS = (
    ("ledger", "台账", 12), ("severity", "严重程度", 9), ("park_code", "园区代码", 14), ("name", "园区名称", 24), ("member", "信用代码、项目代码或宗地代码", 26),
    ("month", "月份", 7), ("item", "列", 24), ("value", "所填", 18), ("message", "问题", 60), ("rule", "审核规则", 26),
    ("source_file", "来源文件", 34),
)  # fmt: skip
_FIGURES = (
    ("park_code", "园区代码", 14), ("name", "园区名称", 24), ("label", "汇总指标", 34), ("unit", "单位", 10), ("value", "台账汇总", 18),
    ("filed", "园区申报", 18), ("difference_pct", "相差（%）", 12), ("used", "是否采用", 10), ("records", "行数", 10), ("reason", "没有汇总的原因", 50),
)  # fmt: skip


def keep_ledgers(
    folder: Path,
    bottom: BottomUp | None,
    compared: pl.DataFrame,
    definition: Ledgers,
    parks: pl.DataFrame,
    title: str,
    year: int,
) -> None:
    """Keep in the run at `folder` what the year can be evaluated from again (figures of parks among the inputs, never rows of
    ledgers), and for the bureau the broken rows as a workbook; nothing without ledgers."""
    if bottom is None:
        return
    bottom.keep(folder / "inputs" / LEDGERS / KEPT)
    write_rows_book(folder, bottom, compared, definition, parks, title, year)


def write_rows_book(
    folder: Path,
    bottom: BottomUp,
    compared: pl.DataFrame,
    definition: Ledgers,
    parks: pl.DataFrame,
    title: str,
    year: int,
) -> Path | None:
    """Write the broken rows one by one and the figures of parks beside what they filed (validation.ledgers.reconcile.COMPARED) as a
    workbook for the bureau alone; its path, None where there is neither."""
    from validation.replacing import replace_file
    from validation.table_sheets import cell_formats, new_book

    if bottom.details.is_empty() and compared.is_empty():
        return None
    names = parks.select("park_code", "name").unique("park_code", keep="first", maintain_order=True)
    rows = bottom.details.join(names, on="park_code", how="left", maintain_order="left")
    rows = rows.join(_column_labels(definition), on=["ledger", "item"], how="left", maintain_order="left").with_columns(
        pl.coalesce("label", "item").alias("item"),
        pl.col("month").cast(pl.Int32, strict=False).cast(pl.String),
        pl.col("ledger").replace({ledger.code: ledger.title for ledger in definition.ledgers}),
    )
    book, buffer = new_book(title)
    formats = cell_formats(book)
    notice = "内部资料：含单个企业、项目和地块的数据，依《统计法》不得对外提供"
    _write_sheet(book.add_worksheet(ROWS_BOOK), formats, _COLUMNS, rows, title, notice)
    own = compared.filter(pl.col("year") == year) if compared.height else compared
    if own.height:
        told = _compared_text(own, definition, names)
        _write_sheet(book.add_worksheet("园区核对"), formats, _FIGURES, told, title, notice)
    book.close()
    path = folder / f"{ROWS_BOOK}-{year}.xlsx"
    replace_file(path, buffer.getvalue())
    return path


def _column_labels(definition: Ledgers) -> pl.DataFrame:
    rows = [(ledger.code, column.code, column.label) for ledger in definition.ledgers for column in ledger.columns]
    return pl.DataFrame(rows, schema=dict.fromkeys(("ledger", "item", "label"), pl.String), orient="row")


def _compared_text(compared: pl.DataFrame, definition: Ledgers, names: pl.DataFrame) -> pl.DataFrame:
    """Figures held against items first, then the others; numbers as text."""
    figures = [(one.code, one.label, one.unit) for one in definition.figures]
    meaning = pl.DataFrame(figures, schema=dict.fromkeys(("figure", "label", "unit"), pl.String), orient="row")
    used = pl.when("used").then(pl.lit("采用"))
    return (
        compared.join(names, on="park_code", how="left", maintain_order="left")
        .join(meaning, on="figure", how="left", maintain_order="left")
        .with_columns(
            number_text(pl.col("value")).alias("value"), number_text(pl.col("filed")).alias("filed"),
            number_text(rounded_half_up(pl.col("difference_pct"), 2)).alias("difference_pct"), used.alias("used"),
        )
    )  # fmt: skip


def _write_sheet(
    sheet: Worksheet,
    formats: Mapping[str, Format],
    columns: Sequence[tuple[str, str, int]],
    rows: pl.DataFrame,
    title: str,
    notice: str,
) -> None:
    from validation.table_sheets import write_head, write_text

    write_head(sheet, formats, [(label, width) for _, label, width in columns], title, notice, rows.height)
    for at, row in enumerate(rows.iter_rows(named=True), 3):
        for column, (name, _, _) in enumerate(columns):
            style = formats.get(row[name] if name == "severity" else "", formats["text"])
            write_text(sheet, at, column, row[name], style)
