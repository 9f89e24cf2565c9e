"""Which of the workbooks received count: one per park and year, of parks in the register, and the bureau's own."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import polars as pl

from validation import registry
from validation.findings import ERROR, NOTE, Finding, to_frame
from validation.problems import DataRefused, Problem
from validation.reading import Reading


@dataclass(frozen=True)
class Admission:
    """filings: the rows of Reading.filings that count; findings: why the others do not."""

    filings: pl.DataFrame
    findings: pl.DataFrame


def admit(reading: Reading, years: Collection[int]) -> Admission:
    """Choose the filings of `years` and the bureau's workbook.

    A filing of a park that the register does not know is not used; two different files for one park and year are a 错误 that
    names both (the first stays visible), identical ones a 提示. Raises DataRefused when there is no bureau workbook, more than
    one, or no park in its register.
    """
    bureau, findings = _bureau(reading)
    known = _known_parks(reading, bureau["source_file"].item())
    parks = reading.filings.filter(pl.col("workbook") == "park").sort("source_file")
    findings.extend(_unmarked(parks))
    due = parks.filter(pl.col("park_code").is_not_null(), pl.col("year").is_in(list(years)))
    findings.extend(_unknown(due.filter(~pl.col("park_code").is_in(known))))
    due = due.filter(pl.col("park_code").is_in(known))
    findings.extend(_duplicates(due))
    used = due.unique(["park_code", "year"], keep="first", maintain_order=True)
    return Admission(pl.concat([bureau, used]), to_frame(findings))


def misplaced_filings(items: pl.DataFrame) -> Iterator[Finding]:
    """A 错误 for each filing whose cover names another park or year than the template it was written in.

    items: validation.statistics.ITEMS.
    """
    other_park = (pl.col("item") == "park_code") & (pl.col("text") != pl.col("park_code"))
    other_year = (pl.col("item") == "statistics_year") & (pl.col("value") != pl.col("year"))
    for row in items.filter(other_park | other_year).iter_rows(named=True):
        park = row["item"] == "park_code"
        expected = row["park_code"] if park else str(row["year"])
        what = "园区代码" if park else "统计年度"
        message = f"封面{what}“{row['text']:.40}”与模板的“{expected}”不一致"
        yield Finding(
            "filing_misplaced", ERROR, message, row["text"], expected, "用该园区该年度的模板填报", row["year"],
            row["park_code"], row["item"], what, row["source_file"], row["sheet"], row["cell"],
        )  # fmt: skip


def _bureau(reading: Reading) -> tuple[pl.DataFrame, list[Finding]]:
    found = reading.filings.filter(pl.col("workbook") == "bureau").sort("source_file")
    names = found["source_file"].to_list()
    if not names:
        unread = reading.findings.filter(pl.col("severity") == ERROR).iter_rows(named=True)
        problems = [
            Problem(row["source_file"] or "", row["message"], row["expected"] or "", row["cure"] or "")
            for row in unread
        ]
        need = Problem(
            "报送数据", "没有可用的州级汇总工作簿", "一个含园区名录的州级汇总工作簿", "用 template 命令生成并填报"
        )
        raise DataRefused([need, *problems])
    if found["sha256"].n_unique() > 1:
        raise DataRefused([Problem("、".join(names), "有多个不同的州级汇总工作簿", "一个", "只保留现行的一个")])
    findings = [_identical(names[0], name, None, None) for name in names[1:]]
    return found.head(1), findings


def _known_parks(reading: Reading, source_file: str) -> list[str]:
    cells = reading.filed.filter(
        pl.col("source_file") == source_file, pl.col("form") == registry.FORM, pl.col("field") == "park_code"
    )
    known = cells["text"].drop_nulls().str.strip_chars().unique(maintain_order=True).to_list()
    if not known:
        raise DataRefused([Problem(f"{source_file} 的园区名录", "没有园区", "每个园区一行", "补填园区名录")])
    return known


def _unmarked(parks: pl.DataFrame) -> Iterator[Finding]:
    for name in parks.filter(pl.col("park_code").is_null() | pl.col("year").is_null())["source_file"]:
        yield Finding(
            "filing_unmarked", ERROR, "文件未采用：模板标识页没有园区代码或年度", None, "已标明园区和年度的模板",
            "用 template 命令为该园区该年度生成模板", source_file=name,
        )  # fmt: skip


def _unknown(parks: pl.DataFrame) -> Iterator[Finding]:
    for name, code, year in parks.select("source_file", "park_code", "year").iter_rows():
        yield Finding(
            "unknown_park", ERROR, f"文件未采用：园区代码“{code:.40}”不在园区名录", code, "园区名录中的园区代码",
            "核对园区代码，或在园区名录中登记", year, source_file=name,
        )  # fmt: skip


def _duplicates(parks: pl.DataFrame) -> Iterator[Finding]:
    grouped = parks.group_by(["park_code", "year"], maintain_order=True).agg("source_file", "sha256")
    for park_code, year, names, digests in grouped.filter(pl.col("source_file").list.len() > 1).iter_rows():
        if len(set(digests)) == 1:
            yield from (_identical(names[0], name, park_code, year) for name in names[1:])
        else:
            yield Finding(
                "duplicate_filing", ERROR, f"同一园区同一年度有 {len(names)} 个不同的文件：{'、'.join(names)}", None,
                "每个园区每年一个文件", "确认以哪个为准，移走其余", year, park_code, source_file=names[0],
            )  # fmt: skip


def _identical(first: str, name: str, park_code: str | None, year: int | None) -> Finding:
    return Finding(
        "duplicate_identical", NOTE, f"与 {first} 内容完全相同，只采用一份", name, "每个文件一份", "无需处理", year, park_code,
        source_file=name,
    )  # fmt: skip
