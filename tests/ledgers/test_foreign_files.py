"""Files of ledgers that are not made from the template, one case per peculiarity, as written down in foreign_files.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.ledgers.plain_ledgers import credit_code, definition
from tests.validation.own_table_files import write_file
from validation.ledgers.engines import Engine
from validation.ledgers.figures import park_figures
from validation.ledgers.files import Taken, take_records
from validation.ledgers.found import Told
from validation.problems import DataRefused

TEXT = (Path(__file__).parent / "foreign_files.toml").read_text(encoding="utf-8")
CASES = tomllib.loads(re.sub("«([0-9]+)»", lambda found: credit_code(int(found[1])), TEXT))["cases"]


def take(case: dict[str, Any], folder: Path) -> Taken:
    path = folder / case.get("file", "名册.xlsx")
    write_file(path, case)
    told = Told(case.get("years", {}), case.get("months", {}))
    return take_records([path], definition(), folder, told)


def in_words(value: Any) -> str:
    if value is None:
        return ""
    return format(value.normalize(), "f") if hasattr(value, "normalize") else str(value)


@pytest.mark.parametrize("case", [case for case in CASES if "rows" in case], ids=lambda case: case["name"])
def test_what_is_taken_and_told(case: dict[str, Any], tmp_path: Path) -> None:
    taken = take(case, tmp_path)
    records = taken.records["enterprises"]
    frame = records.frame([column.code for column in records.definition.columns])
    rows = [{code: in_words(value) for code, value in row.items()} for row in frame.iter_rows(named=True)]
    assert len(rows) == len(case["rows"])
    for row, wanted in zip(rows, case["rows"], strict=True):
        assert {code: row[code] for code in wanted} == wanted
    for check, said in case["said"]:
        messages = taken.findings.filter(check_id=check)["message"].to_list()
        assert any(said in message for message in messages), (check, messages)
    text = taken.findings.drop("source_file").write_csv()
    assert not any(credit_code(number) in text for number in (1, 2, 3))


@pytest.mark.parametrize("case", [case for case in CASES if "refused" in case], ids=lambda case: case["name"])
def test_what_is_refused(case: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(DataRefused) as refused:
        take(case, tmp_path)
    told = "\n".join(str(problem) for problem in refused.value.problems)
    assert all(said in told for said in case["refused"]), told


HEADS = "园区代码,统一社会信用代码,年度,行业代码,规上,高企,营业收入（万元）"
LINE = f"YN5328-01,{credit_code(1)},2025,2911,是,否,100"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "没有认出表头"),
        (f"{HEADS}\n{LINE}".encode("utf-16"), "既不是 UTF-8 也不是 GB18030"),
        (f"{HEADS}\r{LINE}\r".encode(), "没有换行符"),
        ((HEADS + f"\n{LINE}" * 400 + '\n"未完').encode(), "引号不成对"),
        ((HEADS + f"\n{LINE}" * 400 + f"\n{LINE},9,9\n").encode(), "第 402 行：有 9 个字段，表头有 7 个"),
    ],
)
def test_broken_text_tables_are_refused_with_the_reason(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "坏.csv"
    path.write_bytes(content)
    with pytest.raises(DataRefused, match=said):
        take_records([path], definition(), tmp_path)


def test_sums_are_those_of_the_plain_file(tmp_path: Path) -> None:
    """The same members as a plain table and as an export in 千元 below a title, longer than what is looked at for heads."""
    heads = "园区代码,统一社会信用代码,年度,行业代码,规上,高企,营业收入"
    lines = [f"YN5328-0{n % 3 + 1},{credit_code(n)},2025,2911,是,否" for n in range(300)]
    plain, export = tmp_path / "a.csv", tmp_path / "b.csv"
    plain.write_text("\n".join([heads, *(f"{line},{n}.25" for n, line in enumerate(lines))]), "utf-8")
    thousands = [f'{line},"{n * 10 + 2.5:,}"' for n, line in enumerate(lines)]
    export.write_text("\n".join(["企业主要指标", "单位：千元", heads, *thousands, "合计,,,,,,9"]), "gb18030")
    sums = []
    for path in (plain, export):
        records = take_records([path], definition(), tmp_path).records
        sums.append(park_figures(records, definition(), 2025, Engine()).filter(figure="revenue_10k_cny")["value"])
    assert sums[0].to_list() == sums[1].to_list()
    assert sums[0].to_list() == [sum(n + 0.25 for n in range(300) if n % 3 == park) for park in range(3)]
