"""The commands as a user meets them: safe SQL, output formats, exit statuses, messages, explanations."""

from __future__ import annotations

import json
import re
from pathlib import Path

import openpyxl
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
pytestmark = pytest.mark.xdist_group("recompute")


def command(*arguments: object) -> int:
    return run_command(cli, [str(argument) for argument in arguments])


# ---- SQL ------------------------------------------------------------------------------------------------

OUTSIDE = [
    "COPY (SELECT 1) TO '{home}/x.csv'", "COPY scores TO '{home}/results.duckdb.wal' (FORMAT blob)", "ATTACH '{home}/y.duckdb'",
    "ATTACH '{home}/results.duckdb' AS again", "INSTALL httpfs", "LOAD httpfs", "SET threads = 1",
    "SET enable_external_access = true", "RESET enable_external_access", "PRAGMA enable_external_access",
    "SELECT * FROM read_text('/etc/hostname')", "SELECT * FROM read_blob('/etc/hostname')",
    "SELECT * FROM read_csv('/etc/hostname')", "SELECT * FROM '/etc/hostname'", "FROM glob('/*')",
    "FROM parquet_scan('{home}/runs/*/*/tables/*.parquet')", "EXPORT DATABASE '{home}/e'", "IMPORT DATABASE '{home}/e'",
    "WITH w AS (COPY (SELECT 1) TO '{home}/x') SELECT 1", "SELECT 1; SELECT 2", "SELECT 1; COPY (SELECT 1) TO '{home}/x'",
    "", ";", "SELECT getenv('HOME')", "SELECT * FROM nothing", "SELEKT 1",
    "COPY (SELECT 1) TO 'http://127.0.0.1/x'", "SELECT * FROM 'http://127.0.0.1/x.csv'", "SELECT * FROM published.scores",
]  # fmt: skip


@pytest.mark.parametrize("statement", OUTSIDE)
def test_sql_reaches_nothing_outside(published_home: Path, statement: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in published_home.rglob("*")}
    assert command("sql", published_home, statement.format(home=published_home)) == Exit.USAGE
    assert {path: path.stat().st_mtime_ns for path in published_home.rglob("*")} == before
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("错误：命令有误\n  SQL：")


@pytest.mark.parametrize(
    "statement",
    ["SELECT count(*) FROM range(1000000000000) a, range(1000000) b", "SELECT * FROM range(1000000000000)"],
)
def test_endless_query_is_stopped(published_home: Path, statement: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("sql", published_home, statement, "--timeout", 0.3) == Exit.USAGE
    assert "超过 0.3 秒" in capsys.readouterr().err


@pytest.mark.parametrize("statement", ["UPDATE scores SET score = 1", "DELETE FROM runs", "DROP TABLE scores CASCADE"])
def test_sql_changes_only_its_copy(published_home: Path, statement: str) -> None:
    before = (published_home / "results.duckdb").read_bytes()
    command("sql", published_home, statement)
    assert (published_home / "results.duckdb").read_bytes() == before


ALL_KINDS = """SELECT 1 AS i, 1.5 AS d, 'nan'::DOUBLE AS nan, 'inf'::DOUBLE AS inf, NULL AS n, [1, 2] AS l,
    {'a': DATE '2020-01-01'} AS s, DATE '2021-02-03' AS day, TIMESTAMP '2021-02-03 04:05:06' AS ts, TIME '12:00' AS t,
    '\\x41'::BLOB AS b, '5f0c1d64-0000-4000-8000-000000000000'::UUID AS u, TRUE AS yes, '=1+1' AS formula, 2 AS i"""


@pytest.mark.parametrize("kind", ["csv", "json", "parquet", "xlsx"])
def test_every_kind_of_value_in_every_format(published_home: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"结果.{kind}"
    assert command("sql", published_home, ALL_KINDS, "--output", path) == Exit.DONE
    if kind == "json":
        (row,) = json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
        assert (row["i"], row["i_2"], row["nan"], row["inf"], row["formula"]) == (1, 2, None, None, "=1+1")
    elif kind == "csv":
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        assert "'=1+1" in path.read_text(encoding="utf-8-sig")
    elif kind == "parquet":
        assert pl.read_parquet(path)["day"][0].isoformat() == "2021-02-03"
    else:
        sheet = openpyxl.load_workbook(path).active
        assert sheet is not None
        cells = {sheet.cell(1, place).value: sheet.cell(2, place) for place in range(1, 16)}
        assert cells["formula"].data_type == "s" and cells["formula"].value == "=1+1"
        assert cells["nan"].value is None


@pytest.mark.parametrize("kind", ["table", "csv", "json"])
def test_query_on_the_screen(published_home: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    query = "SELECT 园区名称, 位次 FROM 综合排名 WHERE 统计年度 = 2025 AND 分组 = '省级'"
    assert command("sql", published_home, query, "--format", kind) == Exit.DONE
    out = capsys.readouterr().out
    assert "勐海产业园区" in out and "园区名称" in out


def test_macros_mean_what_formulas_mean(published_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query = "SELECT growth_pct(115, 100) AS a, growth_pct(1, 0) AS b, round(cagr_pct(121, 100, 2), 9) AS c"
    assert command("sql", published_home, query, "--json") == Exit.DONE
    (row,) = json.loads(capsys.readouterr().out)
    assert row["a"] == pytest.approx(15) and row["b"] is None and row["c"] == pytest.approx(10)


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
    assert rows.height == 12 * 26
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
