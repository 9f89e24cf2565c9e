"""`check` with what it writes, `check --against`, and the evidence that `evaluate` keeps."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from parkeval.batch import prepare, validate
from parkeval.cli import cli
from parkeval.returning import keep_returned
from parkeval.store import empty_tables
from scoring.evaluation import evaluate_year
from scoring.loading import load_rulebook
from scoring.scheme import Rule
from tests.engine.plain_parks import Park, trusted
from tests.wayback.taken_in import change
from validation.marked_workbook import SHEET
from validation.quality import QUALITY

SAMPLE = Path(__file__).parents[2] / "sample_data" / "xishuangbanna"
SCHEME = ["--scheme", "xishuangbanna-2023"]
WRONG = "2022/YN5328-11-南屏产业园区(虚构).xlsx"


def run(*arguments):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checked")
    return folder, run("check", SAMPLE, *SCHEME, "--year", 2022, "--to", folder, "--no-letters")


def test_check_writes_the_findings_and_the_marked_copies(checked):
    folder, result = checked
    assert result.exit_code == 4
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.xlsx")) == [
        "审核问题-2022.xlsx",
        "退回园区/2022/YN5328-07-金穗产业集聚区(虚构).xlsx",
        f"退回园区/{WRONG}",
    ]
    assert "标注副本：2 个；审核意见：0 份" in result.stderr
    assert load_workbook(folder / "退回园区" / WRONG).sheetnames[0] == SHEET


def test_the_corrected_copy_is_compared_with_what_was_filed(checked, tmp_path):
    back = tmp_path / Path(WRONG).name
    shutil.copyfile(checked[0] / "退回园区" / WRONG, back)
    change(back, {("规模", "D5"): 16466.66})
    result = run("check", back, *SCHEME, "--year", 2022, "--against", SAMPLE, "--to", tmp_path / "out", "--no-letters")
    assert result.exit_code == 0, result.output
    assert "改动 1 处；审核问题：已解决" in result.stderr and "新增 0 处，仍存在 0 处" in result.stderr
    assert "164666.6" in result.stdout and "16466.66" in result.stdout
    assert (tmp_path / "out" / "前后对比-2022.xlsx").is_file()
    told = json.loads(run("check", back, *SCHEME, "--year", 2022, "--against", SAMPLE, "--json").stdout)
    assert [(row["item"], row["before"], row["after"]) for row in told["changes"]] == [
        ("industrial_value_added_10k_cny", "164666.6", "16466.66")
    ]
    assert {row["outcome"] for row in told["findings"]} == {"已解决"}


def test_a_run_keeps_the_copies_of_its_year_alone(tmp_path):
    prepared = prepare("xishuangbanna-2023", 2023)
    told = []
    statistics = validate([SAMPLE], prepared, empty_tables(), lambda *step: told.append(step))
    files = statistics.files.height
    assert told == [("读取", done, files) for done in range(1, files + 1)] + [("审核", 1, 1)]
    parks = statistics.filings.filter(pl.col("year") == 2023).select("park_code", pl.col("park_code").alias("name"))
    problems = keep_returned(
        tmp_path, statistics, statistics.findings, parks, prepared.book, prepared.checks, letters=False, workers=1
    )
    assert problems == ()
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.xlsx")) == [
        "退回园区/2023/YN5328-04-澜东产业园区(虚构).xlsx",
        "退回园区/2023/YN5328-06-云河产业园区(虚构).xlsx",
    ]


def test_a_rule_can_ask_for_the_quality_of_the_data():
    book = load_rulebook("xishuangbanna-2023", 2022)
    rule = Rule(
        code="poor_data", label="数据质量差", kind="sanction", action="约谈", reason="测试",
        when="quality.errors_count > 2 OR quality.completeness_pct < 90",
    )  # fmt: skip
    book = replace(book, scheme=book.scheme.model_copy(update={"rules": (rule,)}))
    filed = trusted([Park("甲"), Park("乙"), Park("丙")], 2022)
    rows = [
        {"park_code": code, "year": 2022, "completeness_pct": complete, "errors_count": errors}
        for code, complete, errors in (("P01", 100.0, 0), ("P02", 100.0, 3), ("P03", 89.9, 0))
    ]
    quality = pl.DataFrame([{name: row.get(name) for name in QUALITY} for row in rows], schema=QUALITY)
    tables = evaluate_year(replace(filed, quality=quality), book, {})
    outcomes = dict(tables["rule_checks"].select("park_code", "outcome").iter_rows())
    assert outcomes == {"P01": "未触发", "P02": "触发", "P03": "触发"}
    (evidence,) = tables["rule_checks"].filter(pl.col("park_code") == "P02")["evidence"]
    assert "更正前错误数多于 2 处：3 处" in evidence
