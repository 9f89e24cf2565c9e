"""The commands as a user meets them: exit statuses, messages, explanations."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from parkeval.cli import cli
from parkeval.demonstration import sample_folder
from parkeval.errors import Exit
from parkeval.explain import explain
from parkeval.front import run_command
from parkeval.store import Tables
from validation.expression import Name, parse

SCHEME = "xishuangbanna-2023"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def command(*arguments: object) -> int:
    return run_command(cli, [str(argument) for argument in arguments])


# ---- exit statuses and messages -------------------------------------------------------------------------

HOME, DATA, NEW = "{home}", "{data}", "{new}"
FAULTS: list[tuple[list[str], Exit, str]] = [
    (["explain", HOME, "没有这个园区"], Exit.USAGE, "2025 年没有这个园区"),
    (["explain", HOME, "园区"], Exit.USAGE, "有几个园区相符"),
    (["explain", HOME, "YN5328-01", "没有这个指标"], Exit.USAGE, "没有这个指标或规则"),
    (["explain", HOME, "YN5328-01", "--year", "2019"], Exit.USAGE, "没有 2019 年的已发布结果"),
    (["report", HOME, "--year", "2030"], Exit.USAGE, "没有 2030 年的已发布结果"),
    (["sql", NEW, "SELECT 1"], Exit.USAGE, "没有已发布的结果"),
    (["sql", HOME, "SELECT 1", "--format", "docx"], Exit.USAGE, "table、csv、json、parquet、xlsx"),
    (["sql", HOME, "SELECT 1", "--format", "xlsx"], Exit.USAGE, "不能印在屏幕上"),
    (["sql", HOME, "SELECT 1", "--output", "{data}/没有/x.csv"], Exit.DISK, "没有这个文件或文件夹"),
    (["evaluate", DATA, "--year", "2025", "--to", NEW], Exit.USAGE, "缺少 --scheme"),
    (["evaluate", DATA, "--scheme", "没有", "--year", "2025", "--to", NEW], Exit.DEFINITION, "没有这个办法"),
    (["evaluate", DATA, "--scheme", SCHEME, "--year", "2020", "--to", NEW], Exit.DEFINITION, "早于办法起用年度"),
    (["evaluate", "{new}/没有", "--scheme", SCHEME, "--year", "2025", "--to", NEW], Exit.DATA, "没有"),
    (["evaluate", DATA, "--scheme", SCHEME, "--year", "2026", "--to", NEW], Exit.DATA, "2026"),
    (["schemes", "show", "没有"], Exit.DEFINITION, SCHEME),
    (["没有这个命令"], Exit.USAGE, "没有这个命令"),
    (["sql", HOME, "--question"], Exit.USAGE, "--question 后面没有写值"),
    (["verify", HOME, "--jason"], Exit.USAGE, "没有选项 --jason"),
]


@pytest.mark.parametrize(("arguments", "status", "said"), FAULTS, ids=[" ".join(fault[0])[:50] for fault in FAULTS])
def test_faults_have_a_status_and_a_chinese_message(
    published_home: Path,
    tmp_path: Path,
    arguments: list[str],
    status: Exit,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = {"home": published_home, "data": sample_folder(), "new": tmp_path / "new"}
    assert command(*(argument.format(**places) for argument in arguments)) == status
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""
    lines = told.err.splitlines()
    assert lines[0].startswith("错误：") and all(CHINESE.search(line) for line in lines)
    assert "Traceback" not in told.err


# ---- explanations ---------------------------------------------------------------------------------------


def test_every_indicator_is_explained_down_to_its_cells(published: Tables) -> None:
    items = set(published["statistics"]["item"])
    cells = published["statistics"].filter(pl.col("year") == 2025).rows(named=True)
    places = {
        (row["park_code"], row["item"]): f"{row['source_file']}，工作表 {row['sheet']}，单元格 {row['cell']}"
        for row in cells
    }
    rows = published["indicators"].filter(pl.col("year") == 2025)
    assert rows.height == 12 * 28
    for row in rows.iter_rows(named=True):
        text = "\n".join(explain(published, SCHEME, 2025, row["park_code"], row["indicator"]).lines())
        assert row["label"] in text and row["formula"] in text
        expression = parse(row["formula"], "公式")
        filed = {name.name for name in expression.names if name == Name("", name.name) and name.name in items}
        for item in filed:
            assert places[row["park_code"], item] in text, (row["indicator"], item)
        for aggregate in expression.aggregates:
            assert f"表 {aggregate.table} 的记录" in text


@pytest.mark.parametrize("year", range(2021, 2026))
def test_every_total_and_rule_is_explained(published: Tables, year: int) -> None:
    parks = published["parks"].filter(pl.col("year") == year)["park_code"].to_list()
    for park in parks:
        assert list(explain(published, SCHEME, year, park).lines())
        for rule in ("criticism", "exit"):
            assert "条件：" in "\n".join(explain(published, SCHEME, year, park, rule).lines())
