"""Ad-hoc SQL: nothing reaches outside, nothing runs on for ever, faults are told in Chinese, results leave in every format."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest

from parkeval.cli import cli
from parkeval.errors import Exit, UsageFault
from parkeval.front import run_command
from parkeval.query import Copy, copying, open_copy, run_sql, tables_named
from parkeval.query_process import Limits, shut_in
from scoring.schema import result_tables

ROOT = Path(__file__).resolve().parents[2]


def command(*arguments: object) -> int:
    return run_command(cli, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def copy(published_home: Path) -> Iterator[Copy]:
    """One copy of the results for all attempts; each starts from the same settings, since none may change them."""
    with open_copy(published_home / "results.duckdb", Limits(seconds=20, memory_mb=256, rows=10_000)) as opened:
        yield opened


# ---- nothing outside is reached -------------------------------------------------------------------------

OUTSIDE = """
COPY (SELECT 1) TO '{home}/x.csv'
COPY scores TO '{home}/results.duckdb.wal' (FORMAT blob)
COPY (SELECT 'forged'::BLOB) TO '{home}/results.duckdb.wal' (FORMAT blob)
COPY scores TO '{home}/s.parquet' (FORMAT parquet)
COPY scores FROM '{home}/x.csv'
COPY FROM DATABASE memory TO memory
WITH w AS (COPY (SELECT 1) TO '{home}/x') SELECT 1
WITH w AS (COPY (SELECT 1) TO '{home}/results.duckdb.wal' (FORMAT blob)) SELECT * FROM w
WITH w AS (DELETE FROM scores RETURNING *) SELECT * FROM w
WITH w AS (INSERT INTO scores SELECT * FROM scores RETURNING *) SELECT count(*) FROM w
EXPLAIN ANALYZE COPY (SELECT 1) TO '{home}/x.csv'
ATTACH '{home}/y.duckdb'
ATTACH '{home}/results.duckdb' AS again
ATTACH ':memory:' AS other
DETACH memory
USE system
EXPORT DATABASE '{home}/e'
IMPORT DATABASE '{home}/e'
INSTALL httpfs
LOAD httpfs
LOAD '{home}/x.duckdb_extension'
FORCE INSTALL excel FROM community
UPDATE EXTENSIONS
SET threads = 1
SET memory_limit = '100GB'
SET temp_directory = '{home}'
SET enable_external_access = true
SET GLOBAL lock_configuration = false
RESET enable_external_access
PRAGMA enable_external_access
PRAGMA temp_directory='{home}'
PRAGMA enable_profiling
PRAGMA profiling_output='{home}/x.json'
SELECT * FROM read_text('/etc/hostname')
SELECT * FROM read_text('{home}/decisions.jsonl')
SELECT * FROM read_blob('/etc/hostname')
SELECT * FROM read_csv('/etc/hostname')
SELECT * FROM read_json('{home}/runs/2025/manifest.json')
SELECT * FROM read_csv_auto(['/etc/hostname', '/etc/passwd'])
SELECT * FROM '/etc/hostname'
SELECT * FROM '{home}/runs/2025/*/tables/scores.parquet'
FROM glob('/*')
FROM parquet_scan('{home}/runs/*/*/tables/*.parquet')
FROM parquet_metadata('{home}/runs/2025/x/tables/scores.parquet')
FROM sniff_csv('/etc/hostname')
FROM read_duckdb('{home}/results.duckdb')
FROM query('COPY (SELECT 1) TO ''{home}/x''')
FROM query_table('/etc/hostname')
SELECT * FROM 'https://127.0.0.1/x.csv'
COPY (SELECT 1) TO 'https://127.0.0.1/x'
SELECT getenv('HOME')
SELECT * FROM published.scores
CREATE SECRET s (TYPE s3, KEY_ID 'x', SECRET 'y')
CREATE TABLE t AS SELECT 1
CREATE MACRO m() AS 1
DROP TABLE scores CASCADE
UPDATE scores SET score = 1
ALTER TABLE scores ADD COLUMN x INTEGER
CALL pragma_version()
CHECKPOINT
VACUUM
PREPARE p AS SELECT 1
EXECUTE p
BEGIN
SELECT 1; SELECT 2
SELECT 1; COPY (SELECT 1) TO '{home}/x'
;
SELEKT 1
""".strip().splitlines()


def test_sql_reaches_nothing_outside(published_home: Path, copy: Copy) -> None:
    """Every attempt is refused in Chinese; no file appears or changes, and the figures stay what they were."""
    before = {path: path.stat().st_mtime_ns for path in published_home.rglob("*")}
    total = copy.run("SELECT count(*), sum(score) FROM scores").row(0)
    allowed = []
    for statement in OUTSIDE:
        try:
            copy.run(statement.format(home=published_home))
        except UsageFault as refused:
            assert "SQL" in str(refused), statement
        else:
            allowed.append(statement)
    assert allowed == []
    assert {path: path.stat().st_mtime_ns for path in published_home.rglob("*")} == before
    assert copy.run("SELECT count(*), sum(score) FROM scores").row(0) == total
    assert len(OUTSIDE) >= 60


def test_copy_holds_without_the_filter_of_kinds(published_home: Path) -> None:
    """Whatever gets past the courtesy of naming the kind of statement finds nothing to reach."""
    before = {path: path.stat().st_mtime_ns for path in published_home.rglob("*")}
    with duckdb.connect() as connection:
        shut_in(connection, str(published_home / "results.duckdb"), copying("SELECT 1"), Limits())
        reached = []
        for statement in OUTSIDE:
            with suppress(duckdb.Error):
                cursor = connection.execute(statement.format(home=published_home))
                reached.append(cursor.fetchall() if cursor else None)
        said = str(reached)
    assert {path: path.stat().st_mtime_ns for path in published_home.rglob("*")} == before
    assert "root:" not in said and "previous_sha256" not in said and os.uname().nodename not in said


def test_settings_that_keep_it_shut_are_on(copy: Copy) -> None:
    asked = "enable_external_access lock_configuration autoload_known_extensions autoinstall_known_extensions"
    rows = copy.run("SELECT name, value FROM duckdb_settings()").rows()
    settings = {name: value for name, value in rows if name in (*asked.split(), "temp_directory")}
    assert settings == {
        "enable_external_access": "false", "lock_configuration": "true", "autoload_known_extensions": "false",
        "autoinstall_known_extensions": "false", "temp_directory": "",
    }  # fmt: skip
    assert copy.run("SELECT database_name FROM duckdb_databases() WHERE NOT internal")["database_name"].to_list() == [
        "memory"
    ]


def test_results_file_is_not_touched_by_a_statement(published_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (published_home / "results.duckdb").read_bytes()
    assert command("sql", published_home, "UPDATE scores SET score = 1") == Exit.USAGE
    assert (published_home / "results.duckdb").read_bytes() == before
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("错误：命令有误\n  SQL：不是查询；应为：SELECT")


# ---- nothing runs on ------------------------------------------------------------------------------------

ENDLESS = [
    "SELECT count(*) FROM range(1000000000000) a, range(1000000) b",
    "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
    "SELECT count(*) FROM scores a, scores b, scores c, scores d WHERE a.score + b.score + c.score + d.score < 0",
]
HUGE = {
    "SELECT * FROM range(1000000000000)": "结果超过 10000 行",
    "SELECT repeat('x', 3000000000)": "所需内存超过 256 MB",
    "SELECT list(a.range) FROM range(100000) a, range(10000) b": "所需内存超过 256 MB",
    "SELECT a.range FROM range(30000) a, range(30000) b ORDER BY hash(a.range, b.range)": "所需内存超过 256 MB",
}


def test_endless_queries_are_stopped(published_home: Path) -> None:
    with open_copy(published_home / "results.duckdb", Limits(seconds=0.2)) as copy:
        for statement in ENDLESS:
            with pytest.raises(UsageFault, match=r"超过 0\.2 秒"):
                copy.run(statement)


def test_huge_results_are_refused(published_home: Path) -> None:
    limits = Limits(seconds=30, memory_mb=256, rows=10_000)
    for statement, said in HUGE.items():
        with pytest.raises(UsageFault, match=said):
            run_sql(published_home / "results.duckdb", statement, limits)


def test_interrupt_ends_the_query(published_home: Path) -> None:
    words = [sys.executable, "-P", "-m", "parkeval", "sql", str(published_home), ENDLESS[1]]
    program = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    children = Path(f"/proc/{program.pid}/task/{program.pid}/children")
    while not (started := children.read_text().split()):
        assert program.poll() is None
    program.send_signal(signal.SIGINT)
    _, told = program.communicate(timeout=60)
    assert program.returncode == Exit.INTERRUPTED
    assert "已中断" in told.decode()
    assert all(ended(int(child)) for child in started)


def ended(child: int) -> bool:
    """Whether a process that is not ours ends within half a minute."""
    try:
        handle = os.pidfd_open(child)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 30)[0])
    finally:
        os.close(handle)


# ---- faults in Chinese ----------------------------------------------------------------------------------

FAULTS = {
    "SELECT * FROM 综合排": ["第 1 行第 15 字", "没有表或视图“综合排”", "相近的有 综合排名"],
    "SELECT * FROM score": ["没有表或视图“score”", "scores"],
    "SELECT 得 FROM 得分明细": ["没有列“得”", "折算得分"],
    "SELECT 园区名, 位次 FROM 综合排名": ["没有列“园区名”", "园区名称"],
    "SELECT 园区名称 FROM parks": ["没有列“园区名称”", "park_code、name"],
    "SELECT r.ranks FROM ranking r": ["没有列“ranks”", "rank"],
    "SELEC 1": ["语法不对，在“SELEC”附近"],
    "SELECT 位次,\n FROM 综合排名 WHERE (": ["第 2 行", "语法不对"],
    "SELECT park_code, sum(score) FROM scores": ["“park_code”既没有分组也没有汇总"],
    "SELECT foo(1)": ["没有函数“foo”"],
    "SELECT score FROM scores a, ranking b": ["“score”在几个表里都有"],
    "SELECT CAST('x' AS INTEGER)": ["文字“x”不能当作"],
    "SELECT sum(park_code) FROM scores": ["函数不能用于这些类型：sum(VARCHAR)"],
    "SELECT $a": ["参数没有给值：a", "--set"],
    "SELECT * FROM read_text('/etc/hostname')": ["不能访问文件“/etc/hostname”"],
    "SELECT 'abc": ["引号没有闭合"],
}


@pytest.mark.parametrize("statement", FAULTS, ids=str)
def test_faults_are_told_in_chinese_with_place_and_nearest_names(copy: Copy, statement: str) -> None:
    with pytest.raises(UsageFault) as refused:
        copy.run(statement)
    for words in FAULTS[statement]:
        assert words in str(refused.value)
    assert "Error" not in str(refused.value)


# ---- which tables are copied ----------------------------------------------------------------------------


def test_only_tables_that_are_named_are_copied() -> None:
    assert tables_named("SELECT 1") == {"parks"}
    assert tables_named("SELECT * FROM 综合排名") == {"parks", "ranking"}
    assert tables_named("FROM 年度变化(2021, 2022)") >= {"parks", "ranking", "scores"}
    assert tables_named("FROM query('FROM sco' || 'res')") == result_tables().keys()


def test_every_function_that_can_hide_a_name_makes_all_tables_be_copied() -> None:
    with duckdb.connect() as connection:
        rows = connection.execute("SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type IN ('table', 'pragma')").fetchall()  # fmt: skip
    running = {name for (name,) in rows if any(word in name for word in ("query", "sql", "substrait", "execute"))}
    assert running
    assert all(tables_named(f"FROM {name}('x')") == result_tables().keys() for name in running)


def test_names_made_up_at_run_time_find_the_same_rows(published_home: Path) -> None:
    path = published_home / "results.duckdb"
    direct, hidden = (
        run_sql(path, f"SELECT count(*) AS n FROM {source}")["n"][0]
        for source in ("scores", "query('FROM sco' || 'res')")
    )
    assert direct == hidden > 0


# ---- formats, files, parameters -------------------------------------------------------------------------

ALL_KINDS = """SELECT 1 AS i, 1.5 AS d, 'nan'::DOUBLE AS nan, 'inf'::DOUBLE AS inf, NULL AS n, [1, 2] AS l,
    {'a': DATE '2020-01-01'} AS s, DATE '2021-02-03' AS day, TIMESTAMP '2021-02-03 04:05:06' AS ts, TIME '12:00' AS t,
    '\\x41'::BLOB AS b, '5f0c1d64-0000-4000-8000-000000000000'::UUID AS u, TRUE AS yes, '=1+1' AS formula, 2 AS i,
    9007199254740993 AS large, 1 AS "=head()" """


@pytest.mark.parametrize("kind", ["csv", "json", "parquet", "xlsx"])
def test_every_kind_of_value_in_every_format(published_home: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"结果.{kind}"
    assert command("sql", published_home, ALL_KINDS, "--output", path) == Exit.DONE
    if kind == "json":
        (row,) = json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
        assert (row["i"], row["i_2"], row["nan"], row["inf"], row["formula"]) == (1, 2, None, None, "=1+1")
    elif kind == "csv":
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        text = path.read_text(encoding="utf-8-sig")
        assert ",'=1+1," in text and ",'=head()\n" in text
    elif kind == "parquet":
        assert pl.read_parquet(path)["day"][0].isoformat() == "2021-02-03"
        told = json.loads(pl.read_parquet_metadata(path)["数据字典"])
        assert [row["列"] for row in told] == pl.read_parquet(path).columns
    else:
        book = openpyxl.load_workbook(path)
        sheet = book["查询结果"]
        cells = {sheet.cell(1, place).value: sheet.cell(2, place) for place in range(1, 18)}
        assert all(cell.data_type != "f" for cell in cells.values())
        assert cells["formula"].value == "=1+1" and sheet.cell(1, 17).data_type == "s"
        assert cells["nan"].value is None and cells["large"].value == "9007199254740993"
        assert [row[0].value for row in book["数据字典"].iter_rows(min_row=2)] == list(cells)


def test_dictionary_explains_columns_of_the_result(published_home: Path, tmp_path: Path) -> None:
    query = "SELECT 园区名称, 位次, 得分, 得分 / 2 AS 半分 FROM 综合排名"
    assert command("sql", published_home, query, "--output", tmp_path / "排名.csv", "--dictionary") == Exit.DONE
    told = {row["列"]: row for row in pl.read_csv(tmp_path / "排名-数据字典.csv").iter_rows(named=True)}
    assert told["得分"]["单位"] == "分" and told["得分"]["来源"] == "ranking.score"
    assert told["位次"]["单位"] == "位" and "同分同位" in told["位次"]["含义"]
    assert told["半分"]["含义"] == "由查询算出"
    assert "名称" in told["园区名称"]["含义"]


def test_query_from_a_file_and_its_parameters(
    published_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "问.sql"
    script.write_text("SELECT name FROM parks WHERE year = 2025 AND park_code = $park", encoding="utf-8-sig")
    assert command("sql", published_home, "--file", script, "--set", "park=YN5328-02' OR '1'='1", "--json") == Exit.DONE
    assert json.loads(capsys.readouterr().out) == []
    assert command("sql", published_home, "--file", script, "--set", "park=YN5328-03", "--json") == Exit.DONE
    assert len(json.loads(capsys.readouterr().out)) == 1


WRONG_USE = [
    ([], "没有写 SQL"),
    (["SELECT 1", "--question", "ranking"], "写了几种"),
    (["--question", "rankings"], "没有问题 rankings"),
    (["--question", "history"], "没有给出 park"),
    (["--question", "ranking", "--set", "yaer=2025"], "没有参数 yaer"),
    (["--question", "ranking", "--set", "year=今年"], "整数"),
    (["--question", "ranking", "--set", "2025"], "参数=值"),
    (["--question", "history", "--set", "park=没有"], "没有这个园区"),
]


@pytest.mark.parametrize(("words", "said"), WRONG_USE)
def test_wrong_use_is_told(
    published_home: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("sql", published_home, *words) == Exit.USAGE
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["table", "csv", "json"])
def test_query_on_the_screen(published_home: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    query = "SELECT 园区名称, 位次 FROM 综合排名 WHERE 统计年度 = 2025 AND 分组 = '省级'"
    assert command("sql", published_home, query, "--format", kind) == Exit.DONE
    out = capsys.readouterr().out
    assert "勐海产业园区" in out and "园区名称" in out


def test_tables_and_questions_are_listed(published_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("sql", published_home, "--tables", "--json") == Exit.DONE
    rows = json.loads(capsys.readouterr().out)
    assert {row["表"] for row in rows} == result_tables().keys()
    assert command("sql", published_home, "--questions") == Exit.DONE
    assert "一个园区历年的得分" in capsys.readouterr().out


def test_macros_mean_what_formulas_mean(copy: Copy) -> None:
    row = copy.run("SELECT growth_pct(115, 100) AS a, growth_pct(1, 0) AS b, cagr_pct(121, 100, 2) AS c").row(0)
    assert row[0] == pytest.approx(15) and row[1] is None and row[2] == pytest.approx(10)
