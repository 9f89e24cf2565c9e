"""Marked-up copies of what was filed, written for the clerks who filed it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from validation.findings import SEVERITIES
from validation.marked_workbook import Heading, NotMarked, mark_workbook
from validation.replacing import replace_file
from validation.statistics import Statistics

RETURNED = "退回园区"
"""Folder of the marked-up copies of parks, under the names they were filed with."""

_COLOURS = "红色为错误，须更正；橙色为核实，更正或说明；蓝色为提示"


@dataclass(frozen=True)
class Returned:
    """The copies written, and the files with findings that got none, with the reason."""

    copies: tuple[Path, ...]
    unmarked: tuple[tuple[str, str], ...]


def findings_of_file(findings: pl.DataFrame, source_file: str, park_code: str | None, year: int | None) -> pl.DataFrame:
    """The findings that stand in a file's copy: its own, and those of its park and year that have no file or tell of a correction."""
    own_year = (pl.col("park_code") == pl.lit(park_code, pl.String)) & (pl.col("year") == pl.lit(year, pl.Int32))
    elsewhere = pl.col("source_file").is_null() | (pl.col("check_id") == "corrected")
    own = pl.col("source_file") == source_file
    return findings.filter(own.fill_null(False) | (own_year & elsewhere).fill_null(False))


def write_marked_copies(
    folder: Path,
    statistics: Statistics,
    findings: pl.DataFrame,
    rules: Mapping[str, str],
    notice: str = "",
    year: int | None = None,
) -> Returned:
    """Write a marked-up copy of every filed .xlsx with findings: parks' under `folder`/退回园区, the bureau's in `folder` itself.

    statistics.files says what was filed; findings as in validation.findings.SCHEMA; `rules` gives labels of checks. With `year` only
    parks' workbooks of that year. Files that are not workbooks of the product, too large or changed since they were read get no copy
    and are told in `unmarked`. Raises OSError when `folder` cannot be written.
    """
    names = _names(statistics)
    copies, unmarked = [], []
    for file in statistics.files.sort("source_file").iter_rows(named=True):
        name, park_code = file["source_file"], file["park_code"]
        if year is not None and (file["year"] != year or park_code is None):
            continue
        own = findings_of_file(findings, name, park_code, file["year"])
        if own.is_empty():
            continue
        try:
            content = _filed(file["path"], file["sha256"], file["workbook"])
            park = names.get(park_code) or park_code
            subject = f"{park}（{park_code}）{file['year']} 年度" if park_code else Path(name).stem
            copy = mark_workbook(content, name, own, rules, Heading(f"审核意见：{subject}", _notes(own, notice)))
        except NotMarked as reason:
            unmarked.append((name, str(reason)))
            continue
        path = folder / RETURNED / name if park_code else folder / f"审核标注-{Path(name).name}"
        _write(path, copy)
        copies.append(path)
    return Returned(tuple(copies), tuple(unmarked))


def _filed(path: str, sha256: str, workbook: str | None) -> bytes:
    if workbook is None or Path(path).suffix.lower() != ".xlsx":
        raise NotMarked("不是收集模板的 .xlsx 工作簿")
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise NotMarked(f"读不出（{error.strerror}）") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise NotMarked("读取后文件又有改动")
    return content


def _names(statistics: Statistics) -> dict[str, str]:
    told = statistics.items.filter(pl.col("item") == "park_name", pl.col("text").is_not_null())
    return dict(told.sort("year").select("park_code", "text").iter_rows())


def _notes(findings: pl.DataFrame, notice: str) -> list[str]:
    counts = dict(findings.group_by("severity").len().iter_rows())
    said = "，".join(f"{severity} {counts.get(severity, 0)} 处" for severity in SEVERITIES)
    how = "请在原单元格改正；核实类属实的，在本页“情况说明”一列写明原因和依据。封面“报送日期”改为重新报送的日期，存为 .xlsx，将整个工作簿报回，不要删除本页。"
    return [f"{said}。{_COLOURS}。", how, *([notice] if notice else [])]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content, durable=False)
