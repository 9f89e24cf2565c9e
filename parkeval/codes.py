"""From the verification code on a paper back to the published results it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from parkeval.home import Home
from parkeval.store import Tables, read_results
from report_templates.enclosures import document_data, verification_code
from report_templates.published import Published, published
from validation.problems import Problem


@dataclass(frozen=True)
class Certified:
    """What a code stands for: a run, and one park of it or all of them (`park_code` empty)."""

    run_id: str
    year: int
    park_code: str
    name: str
    in_force: bool

    def words(self) -> str:
        """For the screen."""
        about = f"{self.name}（{self.park_code}）" if self.park_code else "全部园区（通报、办法说明、领导参阅）"
        force = "" if self.in_force else "；该批次已被后来的批次替代"
        return f"核验码与已发布的结果相符：{self.year} 年度，{about}，批次 {self.run_id}{force}"


def certified_by(home: Home, code: str) -> Certified | None:
    """What the code stands for, in the published results or in a run that was replaced; None where it is nobody's."""
    wanted = _spelled(code)
    for results, in_force in _all_results(home):
        for park in [None, *sorted(results.rows("parks"), key=lambda row: str(row["park_code"]))]:
            park_code = str(park["park_code"]) if park else ""
            if verification_code(document_data(results, park_code)) == wanted:
                name = str(park["name"]) if park else ""
                return Certified(str(results.run["run_id"]), results.year, park_code, name, in_force)
    return None


def unknown(code: str) -> Problem:
    """The code belongs to nothing that was published here."""
    cure = "逐字核对文件页脚的核验码；无误则文件所印数据不是本评价目录发布的"
    return Problem(f"核验码 {code}", "与已发布的各年度、各园区的数据都不相符", "报告页脚所印的核验码", cure)


def _spelled(code: str) -> str:
    digits = re.sub(r"[^0-9A-F]", "", code.upper())
    return "-".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _all_results(home: Home) -> Iterator[tuple[Published, bool]]:
    """The results in force, latest year first, then those of runs that were replaced."""
    tables = read_results(home.published())
    runs = tables["runs"].sort("year", "scheme", descending=[True, False])
    for scheme, year in runs.select("scheme", "year").rows():
        yield published(tables, scheme, year), True
    known = set(runs["run_id"])
    for folder in sorted(home.runs.glob("*/*"), reverse=True):
        if folder.name not in known and (folder / "tables" / "runs.parquet").is_file():
            kept = _kept(folder / "tables")
            row = kept["runs"].row(0, named=True)
            yield published(kept, row["scheme"], row["year"]), False


def _kept(folder: Path) -> Tables:
    return {path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
