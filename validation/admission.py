"""Which of the workbooks received count: one per park and year, of parks in the register, and the bureau's own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from validation import registry
from validation.complementary import Merged, complementary
from validation.findings import ERROR, NOTE, Finding, to_frame
from validation.forms import Item
from validation.problems import DataRefused, Problem
from validation.reading import Reading
from validation.values import typed

FILED_ON = "filed_on"
"""The item of the cover that says when a workbook was filed."""

_FILED_ON = Item(code=FILED_ON, label="报送日期", type="date")


@dataclass(frozen=True)
class Admission:
    """filings: the rows of Reading.filings that count; findings: why the others do not.

    merged: the filings that consist of several files (validation.complementary), of which filings has the main one.
    first_filed: source_file of a filing that counts, and the earliest 报送日期 of all files of its park and year: one that sends a
    correction in is not late for it.
    """

    filings: pl.DataFrame
    findings: pl.DataFrame
    first_filed: pl.DataFrame
    merged: tuple[Merged, ...] = ()

    @property
    def files(self) -> pl.DataFrame:
        """source_file of every file that is used."""
        parts = [name for one in self.merged for name in one.forms if name != one.main]
        return pl.concat(
            [
                self.filings.select("source_file"),
                pl.DataFrame({"source_file": parts}, schema={"source_file": pl.String}),
            ]
        )


def admit(reading: Reading, years: Collection[int]) -> Admission:
    """Choose the filings of `years` and the bureau's workbook.

    A filing of a park that the register does not know is not used. Files of one park and year that give different forms are one
    filing. Of other different files for one park and year the one with the latest
    报送日期 counts, when all carry one and the latest is single (a 提示 says so); otherwise they are a 错误 that names all (the first
    stays visible). Identical ones are a 提示. Raises DataRefused when there is no bureau workbook, more than
    one, or no park in its register.
    """
    bureau, findings = _bureau(reading)
    known = _known_parks(reading, bureau["source_file"].item())
    parks = reading.filings.filter(pl.col("workbook") == "park").sort("source_file")
    findings.extend(_unmarked(parks))
    due = parks.filter(pl.col("park_code").is_not_null(), pl.col("year").is_in(list(years)))
    findings.extend(_unknown(due.filter(~pl.col("park_code").is_in(known)), known))
    due = due.filter(pl.col("park_code").is_in(known))
    dates = filing_dates(reading)
    merged = complementary(reading, due, FILED_ON)
    apart = {(one.park_code, one.year) for one in merged}
    findings.extend(_duplicates(due, dates, apart))
    main = pl.col("source_file").is_in([one.main for one in merged])
    used = (
        _latest_first(due, dates)
        .sort(~main, maintain_order=True)
        .unique(["park_code", "year"], keep="first", maintain_order=True)
        .sort("source_file")
    )
    return Admission(pl.concat([bureau, used]), to_frame(findings), _first_filed(due, used, dates), tuple(merged))


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


def _unknown(parks: pl.DataFrame, known: Collection[str]) -> Iterator[Finding]:
    for name, code, year in parks.select("source_file", "park_code", "year").iter_rows():
        meant = [one for one in known if one != code and one.lstrip("0") == code.lstrip("0")]
        repair = f"疑为 {meant[0]}（前面的 0 丢失）：单元格改为文本格式后重填；" if len(meant) == 1 else ""
        yield Finding(
            "unknown_park", ERROR, f"文件未采用：园区代码“{code:.40}”不在园区名录", code, "园区名录中的园区代码",
            f"{repair}核对园区代码，或在园区名录中登记", year, source_file=name,
        )  # fmt: skip


def filing_dates(reading: Reading) -> dict[str, date]:
    """The 报送日期 on the cover of each workbook that has a readable one, by source file."""
    cells = reading.filed.filter(pl.col("field") == FILED_ON, pl.col("period") == "this", pl.col("text").is_not_null())
    read = {
        name: typed(text, kind, _FILED_ON).text
        for name, text, kind in cells.select("source_file", "text", "kind").iter_rows()
    }
    return {name: date.fromisoformat(text) for name, text in read.items() if text}


def _first_filed(parks: pl.DataFrame, used: pl.DataFrame, dates: Mapping[str, date]) -> pl.DataFrame:
    told = pl.DataFrame(list(dates.items()), schema={"source_file": pl.String, "day": pl.Date}, orient="row")
    first = (
        parks.join(told, on="source_file").group_by("park_code", "year").agg(pl.col("day").min().alias("first_filed"))
    )
    return used.join(first, on=["park_code", "year"], maintain_order="left").select("source_file", "first_filed")


def _latest_first(parks: pl.DataFrame, dates: Mapping[str, date]) -> pl.DataFrame:
    """`parks` where, of different files of a park and year, the one that counts stands first."""
    counts = [_later(group, dates) for _, group in parks.group_by(["park_code", "year"], maintain_order=True)]
    chosen = pl.col("source_file").is_in([name for name in counts if name])
    return parks.sort(~chosen, maintain_order=True)


def _later(group: pl.DataFrame, dates: Mapping[str, date]) -> str | None:
    """The file of `group` that counts by its date; None when the dates do not settle it."""
    names = group.unique("sha256", keep="first", maintain_order=True)["source_file"].to_list()
    told = [dates.get(name) for name in names]
    known = [day for day in told if day is not None]
    if len(known) < len(told) or known.count(max(known)) > 1:
        return None
    return str(names[told.index(max(known))])


def _duplicates(
    parks: pl.DataFrame, dates: Mapping[str, date], merged: Collection[tuple[str, int]]
) -> Iterator[Finding]:
    """What to tell of several files of one park and year; those that are `merged` may only be identical."""
    for key, group in parks.group_by(["park_code", "year"], maintain_order=True):
        if group.height == 1:
            continue
        first: dict[str, str] = {}
        for name, digest, park_code, year in group.select("source_file", "sha256", "park_code", "year").iter_rows():
            if digest in first:
                yield _identical(first[digest], name, park_code, year)
            first.setdefault(digest, name)
        if len(first) > 1 and key not in merged:
            yield _different(list(first.values()), _later(group, dates), dates, group["park_code"][0], group["year"][0])


def _different(names: list[str], counting: str | None, dates: Mapping[str, date], park_code: str, year: int) -> Finding:
    told = [f"{name}（报送日期 {dates.get(name) or '没有'}）" for name in names]
    if counting is None:
        return Finding(
            "duplicate_filing", ERROR, f"同一园区同一年度有 {len(names)} 个不同的文件：{'、'.join(told)}", None,
            "每个园区每年一个文件，或报送日期一先一后", "确认以哪个为准，移走其余；重新报送的填写新的报送日期", year, park_code,
            source_file=names[0],
        )  # fmt: skip
    others = "、".join(one for name, one in zip(names, told, strict=True) if name != counting)
    message = f"重新报送：采用 {counting}（报送日期 {dates[counting]}），不采用 {others}"
    return Finding(
        "resubmitted", NOTE, message, counting, "以较晚的报送日期为准", "无需处理；采用有误的移走该文件", year, park_code,
        source_file=counting,
    )  # fmt: skip


def _identical(first: str, name: str, park_code: str | None, year: int | None) -> Finding:
    return Finding(
        "duplicate_identical", NOTE, f"与 {first} 内容完全相同，只采用一份", name, "每个文件一份", "无需处理", year, park_code,
        source_file=name,
    )  # fmt: skip
