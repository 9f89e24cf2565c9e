"""Enterprise records in the yearly batch: where they are, what they add up to, what of them is published and what is kept."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from scoring.schema import result_tables
from validation.enterprises.bottom_up import KEPT, BottomUp, bottom_up, kept
from validation.enterprises.definition import FILE, Enterprises
from validation.enterprises.engines import Engine
from validation.expression.parse import name_of
from validation.problems import DataRefused, DefinitionRefused, Problem
from validation.sources import ENTERPRISES

if TYPE_CHECKING:
    from scoring.rulebook import Rulebook

ROWS_BOOK = "企业审核问题"
"""The workbook of broken rows, enterprise by enterprise, that a run keeps for the bureau."""


@dataclass(frozen=True)
class EnterpriseFiles:
    """Files of enterprise records given beside DATA (none: those in its folder 企业记录), and the engine that aggregates them."""

    paths: tuple[Path, ...] = ()
    engine: Engine = field(default_factory=Engine)


def from_enterprises(
    data: Sequence[Path], given: EnterpriseFiles, definition: Enterprises | None, year: int, forms: str
) -> tuple[Enterprises, BottomUp] | None:
    """What the enterprise records of `year` add up to, None where there are none.

    Without files given, the folder 企业记录 in `data` is taken; where a run has kept its figures of parks there, those. Raises
    DefinitionRefused where the forms have no enterprise records, DataRefused for files that cannot be used, EngineMissing.
    """
    missing = [path for path in given.paths if not path.exists()]
    if missing:
        raise DataRefused(
            Problem(str(path), "没有这个文件或文件夹", "企业记录（.parquet、.csv、.xlsx）", "检查 --enterprises")
            for path in missing
        )
    found = list(given.paths) or [path / ENTERPRISES for path in data if (path / ENTERPRISES).is_dir()]
    if not found:
        return None
    if definition is None:
        cure = f"在报表的定义文件夹里写 {FILE}"
        raise DefinitionRefused([Problem(f"报表 {forms}", "没有企业记录的定义", FILE, cure)])
    aggregated = [path / KEPT for path in found if (path / KEPT).is_dir()]
    if aggregated:
        return definition, kept(aggregated[0])
    with tempfile.TemporaryDirectory(dir=given.engine.spill, prefix="parkeval-") as work:
        return definition, bottom_up(found, definition, year, given.engine, Path(work))


def figures_table(compared: pl.DataFrame, definition: Enterprises | None, book: Rulebook) -> pl.DataFrame:
    """Table `enterprise_figures` of a run from validation.enterprises.reconcile.COMPARED; empty without enterprise records.

    source_kind are the legal kinds of the columns that a figure is formed from, each once.
    """
    table = result_tables()["enterprise_figures"]
    if definition is None or compared.is_empty():
        return table.empty()
    columns = {column.code: column.source_kind for column in definition.columns}
    told = []
    for figure in definition.figures:
        names = [name_of(column).name.removeprefix("last_") for column in definition.expressions[figure.code].columns]
        kinds = "、".join(dict.fromkeys(columns[name] for name in names))
        told.append((figure.code, figure.label, figure.unit, figure.formula, figure.clause, kinds, figure.use))
    heads = ["figure", "label", "unit", "formula", "clause", "source_kind", "use"]
    meaning = pl.DataFrame(told, schema=dict.fromkeys(heads, pl.String), orient="row")
    joined = compared.join(meaning, on="figure", how="left", maintain_order="left")
    return table.conform(joined.with_columns(pl.lit(book.scheme.key).alias("scheme")))


def keep_enterprises(folder: Path, bottom: BottomUp | None, parks: pl.DataFrame, title: str, year: int) -> None:
    """Keep in the run at `folder` what the year can be evaluated from again (figures of parks among the inputs, never rows of
    enterprises), and for the bureau the broken rows as a workbook; nothing without enterprise records."""
    if bottom is None:
        return
    bottom.keep(folder / "inputs" / ENTERPRISES / KEPT)
    if bottom.details.height:
        _write_rows(folder / f"{ROWS_BOOK}-{year}.xlsx", bottom.details, parks, title)


_COLUMNS = (
    ("severity", "严重程度", 9), ("park_code", "园区代码", 14), ("name", "园区名称", 24), ("credit_code", "统一社会信用代码", 22),
    ("month", "月份", 7), ("item", "列", 24), ("value", "所填", 18), ("message", "问题", 60), ("rule", "审核规则", 26),
    ("source_file", "来源文件", 34),
)  # fmt: skip


def _write_rows(path: Path, details: pl.DataFrame, parks: pl.DataFrame, title: str) -> None:
    from validation.replacing import replace_file
    from validation.table_sheets import cell_formats, new_book, write_head, write_text

    names = parks.select("park_code", "name").unique("park_code", keep="first", maintain_order=True)
    rows = details.join(names, on="park_code", how="left", maintain_order="left").with_columns(
        pl.col("month").cast(pl.Int32, strict=False).cast(pl.String)
    )
    book, buffer = new_book(title)
    formats = cell_formats(book)
    sheet = book.add_worksheet("企业审核问题")
    notice = "内部资料：含单个企业的数据，依《统计法》不得对外提供"
    write_head(sheet, formats, [(label, width) for _, label, width in _COLUMNS], title, notice, rows.height)
    for at, row in enumerate(rows.iter_rows(named=True), 3):
        for column, (name, _, _) in enumerate(_COLUMNS):
            style = formats.get(row[name] if name == "severity" else "", formats["text"])
            write_text(sheet, at, column, row[name], style)
    book.close()
    replace_file(path, buffer.getvalue())
