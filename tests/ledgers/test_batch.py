"""Ledgers in the yearly batch: reconciled, kept as figures of parks, never a row of an enterprise in the published file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import polars as pl
import pytest

from parkeval.batch import evaluate
from parkeval.cli import cli
from parkeval.demonstration import sample_folder
from parkeval.evidence import verify
from parkeval.front import run_command
from parkeval.home import Home
from parkeval.ledgers import LedgerFiles
from parkeval.store import read_results
from tests.ledgers.plain_ledgers import credit_code, row, write

SCHEME = "xishuangbanna-2023"
NAME, REVENUE = "西双版纳机密橡胶制品厂", 476280.11


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The filings of 2020 and 2021, and enterprise records of some parks: what park 01 filed for 2021 in two enterprises."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("2020", "2021"):
        shutil.copytree(sample_folder() / name, folder / name)
    shutil.copyfile(sample_folder() / "州级汇总.xlsx", folder / "州级汇总.xlsx")
    (folder / "台账").mkdir()
    rows = [
        row(1, "YN5328-01", 2021, REVENUE, name=NAME),
        row(2, "YN5328-01", 2021, 97620.76, above_scale="否"),
        row(3, "YN5328-02", 2021, 12345.67),
        row(3, "YN5328-03", 2020, 12000.0),
    ]
    write(folder / "台账" / "企业.parquet", rows)
    return folder


def run(data: Path, home: Path, **given: Any) -> Any:
    return evaluate(
        [data], SCHEME, 2021, Home(home), reports=False, workers=1, progress=lambda what, done, total: None, **given
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    run(data, folder)
    return folder


def test_what_adds_up_stands_and_what_does_not_is_a_finding(home: Path) -> None:
    tables = read_results(home / "results.duckdb")
    figures = tables["ledger_figures"]
    own = figures.filter(park_code="YN5328-01", figure="revenue_10k_cny").row(0, named=True)
    assert (own["value"], own["difference_pct"], own["records"], own["source_kind"]) == (573900.87, 0.0, 2, "统计汇总")
    scale = figures.filter(park_code="YN5328-01", figure="revenue_above_scale_10k_cny").row(0, named=True)
    assert (scale["value"], scale["used"]) == (REVENUE, False)
    findings = tables["findings"].filter(pl.col("year") == 2021)
    totals = findings.filter(check_id="ledger_total", item="revenue_10k_cny")
    assert totals["park_code"].to_list() == ["YN5328-02"]
    assert set(findings.filter(check_id="ledger_none")["park_code"]) == {f"YN5328-{n:02d}" for n in range(3, 12)}
    assert findings.filter(check_id="ledger_moved_out")["park_code"].to_list() == ["YN5328-03"]


def test_no_row_of_an_enterprise_is_in_the_published_file(home: Path) -> None:
    with duckdb.connect(str(home / "results.duckdb"), read_only=True) as connection:
        tables = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        for table in tables:
            frame = connection.execute(f"SELECT * FROM {table}").fetchall()
            text = repr(frame)
            assert NAME not in text
            assert not any(credit_code(number) in text for number in (1, 2, 3)), table
    kept = [path for path in home.rglob("*") if path.is_file() and "台账" in path.as_posix()]
    assert kept
    for path in kept:
        assert path.parent.name == "园区汇总" or path.name == "台账审核问题-2021.xlsx"
        assert NAME.encode() not in path.read_bytes()


def test_the_run_can_be_repeated_from_what_it_kept(home: Path, tmp_path: Path) -> None:
    inputs = next(home.glob("runs/2021/*/inputs"))
    again = run(inputs, tmp_path / "again")
    before = read_results(home / "results.duckdb")
    assert again.run_id == before["runs"]["run_id"].item()
    assert again.tables["ledger_figures"].equals(before["ledger_figures"])
    assert again.tables["findings"].equals(before["findings"])
    assert not verify(Home(home))


def test_files_are_given_beside_the_data_as_csv(data: Path, tmp_path: Path) -> None:
    heads = "园区代码,统一社会信用代码,统计年度,行业代码,规模以上,高新技术企业,营业收入（千元）"
    line = f'YN5328-01,{credit_code(1)},2021,2911,是,否,"5,739,008.7"'
    path = tmp_path / "直报.csv"
    path.write_text(f"{heads}\n{line}\n", "gb18030")
    outcome = run(data, tmp_path / "home", ledgers=LedgerFiles((path,)))
    value = outcome.tables["ledger_figures"].filter(figure="revenue_10k_cny").row(0, named=True)
    assert (value["value"], value["difference_pct"]) == (573900.87, 0.0)


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("园区代码,营业收入\nYN5328-01,3\n", 4, "没有“统一社会信用代码”列"),
        ("园区代码,统一社会信用代码,年度,营业收入（亩）\n", 4, "单位不同"),
        (None, 4, "没有这个文件或文件夹"),
    ],
)
def test_files_that_cannot_be_used_are_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, status: int, said: str
) -> None:
    path = tmp_path / "企业.csv"
    if text is not None:
        path.write_text(text, "utf-8")
    arguments = [
        "evaluate",
        str(data),
        "--scheme",
        SCHEME,
        "--year",
        "2021",
        "--to",
        str(tmp_path / "home"),
        "--no-reports",
    ]
    assert run_command(cli, [*arguments, "--ledger", str(path)]) == status
    assert said in capsys.readouterr().err
    assert not (tmp_path / "home" / "results.duckdb").exists()


def test_check_tells_and_writes_what_evaluate_tells(
    data: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same findings on ledgers, the rows of the park for the bureau, its figures beside what it filed; nothing is published."""
    arguments = ["check", str(data), "--scheme", SCHEME, "--year", "2021", "--no-letters", "--to", str(tmp_path)]
    status = run_command(cli, [*arguments, "--json"])
    said = capsys.readouterr()
    told = [row for row in json.loads(said.out) if row["source_file"] and "台账" in row["source_file"]]
    found = [(row["park_code"], row["message"], row["severity"]) for row in told]
    published = read_results(home / "results.duckdb")["findings"].filter(pl.col("year") == 2021)
    before = published.filter(pl.col("source_file").str.contains("台账")).select("park_code", "message", "severity")
    assert found
    assert sorted(found, key=str) == sorted(before.rows(), key=str)
    refused = published.filter(pl.col("park_code").is_not_null(), severity="错误").height > 0
    assert status == (4 if refused else 0)
    assert "台账审核问题（内部资料" in said.err
    book = openpyxl.load_workbook(tmp_path / "台账审核问题-2021.xlsx")
    assert book.sheetnames == ["台账审核问题", "园区核对"]
    rows = [[cell.value for cell in row][:7] for row in book["园区核对"].iter_rows(min_row=4)]
    assert [
        "YN5328-01",
        "云南勐腊（磨憨）重点开发开放试验区",
        "营业收入（企业汇总）",
        "万元",
        "573900.87",
        "573900.87",
        "0",
    ] in rows
    assert not (tmp_path / "results.duckdb").exists()


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--ledger-year", "去年", "年份"), ("--ledger-month", "13", "月份"), ("--ledger-year", "a.csv=20255", "年份")],
)
def test_a_year_or_month_that_is_none_is_a_mistake(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, said: str
) -> None:
    assert run_command(cli, ["check", str(data), "--scheme", SCHEME, "--year", "2021", option, value]) == 2
    told = capsys.readouterr().err
    assert option in told and said in told


def test_a_size_of_memory_that_is_none_is_a_mistake(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["evaluate", str(data), "--scheme", SCHEME, "--year", "2021", "--to", str(tmp_path), "--memory", "viel"]
    assert run_command(cli, arguments) == 2
    assert "--memory" in capsys.readouterr().err
