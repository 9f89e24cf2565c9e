"""An objection from registration to the corrected report: who handles it until when, what was decided, who moved."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from parkeval.evidence import verify
from parkeval.home import Home
from parkeval.store import read_results
from report_templates.correction_view import correction_of
from report_templates.park_view import park_view
from report_templates.published import published as rows_of
from tests.decisions.test_authority import SCHEME, run

PARK, ITEM = "YN5328-05", "sewage_treated_m3"
SIGNED = ["--by", "王五", "--reason", "凭证漏记", "--on", "2022-07-11"]


@pytest.fixture
def home(published_homes: Path, tmp_path: Path) -> Path:
    """2021 published, analysed by 张三; to be changed."""
    shutil.copytree(published_homes / "2021", tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture(scope="module")
def registered(published_homes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2021 published, with one case registered; only to be read."""
    folder = tmp_path_factory.mktemp("registered") / "home"
    shutil.copytree(published_homes / "2021", folder)
    assert register(folder).returncode == 0
    return folder


def register(home: Path, *more: str, claimed: str = "4000", handler: str = "李四") -> Any:
    return run(
        "object", str(home), PARK, "--item", ITEM, "--claimed", claimed, "--handler", handler, *more, *SIGNED
    )  # fmt: skip


def figure_of(home: Path) -> dict[str, Any]:
    table = read_results(home / "results.duckdb")["statistics"]
    mine = (pl.col("park_code") == PARK) & (pl.col("year") == 2021) & (pl.col("item") == ITEM)
    return table.filter(mine).row(0, named=True)


def test_a_case_is_registered_with_its_paper_and_its_day(home: Path, tmp_path: Path) -> None:
    paper = tmp_path / "研发 凭证.pdf"
    paper.write_bytes(b"%PDF-1.7 vouchers")
    done = register(home, "--evidence", str(paper), "--within", "5", "--json")
    assert done.returncode == 0, done.stderr
    entry = json.loads(done.stdout)
    # 2022-07-11 是周一：12、13、14、15、18 日
    assert (entry["due_on"], entry["handler"]) == ("2022-07-18", "李四")
    kept = home / "objections" / entry["evidence_file"]
    assert kept.read_bytes() == paper.read_bytes()
    assert verify(Home(home)) == []
    kept.write_bytes(b"other")
    assert {problem.found for problem in verify(Home(home))} == {"内容被改动"}
    kept.unlink()
    assert {problem.found for problem in verify(Home(home))} == {"缺失"}


def test_an_objection_after_the_last_day_says_so(home: Path) -> None:
    """Objections to 2021 could be made until 2022-07-31."""
    assert "注意" not in register(home).stdout
    late = run(
        "object", str(home), PARK, "--item", ITEM, "--claimed", "4100", "--handler", "李四",
        "--by", "王五", "--reason", "凭证漏记", "--on", "2022-08-01",
    )  # fmt: skip
    assert late.returncode == 0, late.stderr
    assert "已过异议截止日期 2022-07-31（2021 年度）" in late.stdout


def test_the_analyst_does_not_handle_the_objection(home: Path) -> None:
    done = register(home, handler="张三")
    assert done.returncode == 2 and "张三 是本年度的分析人员" in done.stderr
    assert register(home).returncode == 0
    done = run("object", str(home), "--case", "1", "--outcome", "不成立", "--by", "张三", "--reason", "不符")
    assert done.returncode == 2 and "由原分析人员以外的人办理" in done.stderr


def test_cases_are_listed_and_the_overdue_ones_told(home: Path) -> None:
    register(home, "--within", "5")
    register(home, "--within", "60", claimed="4100")
    waiting = json.loads(run("object", str(home), "--list", "--on", "2022-07-18", "--json").stdout)
    assert [(row["number"], row["state"], row["late_days"]) for row in waiting] == [(1, "待处理", 0), (2, "待处理", 0)]
    late = json.loads(run("object", str(home), "--overdue", "--on", "2022-07-20", "--json").stdout)
    assert [(row["number"], row["late_days"], row["park_name"]) for row in late] == [(1, 2, "青岭产业园区（虚构）")]
    assert "YN5328-05  青岭产业园区" in run("object", str(home), "--list", "--on", "2022-07-18").stdout
    run("object", str(home), "--case", "1", "--outcome", "不成立", "--by", "李四", "--reason", "不符")
    assert "没有逾期的异议" in run("object", str(home), "--overdue", "--on", "2022-07-20").stdout


def test_a_year_without_holidays_is_told(home: Path) -> None:
    done = run(
        "object", str(home), PARK, "--item", ITEM, "--claimed", "4000", "--handler", "李四", "--by", "王五",
        "--reason", "漏记", "--on", "2035-03-01",
    )  # fmt: skip
    assert done.returncode == 5 and "2035 年的节假日" in done.stderr and "2035.toml" in done.stderr


def test_a_partly_upheld_objection_takes_the_decided_figure_and_is_told_in_the_report(home: Path) -> None:
    filed = figure_of(home)["value"]
    before = read_results(home / "results.duckdb")
    old = before["runs"].row(0, named=True)["run_id"]
    claimed, decided = filed * 8 / 10, filed * 9 / 10
    register(home, claimed=str(claimed))
    done = run(
        "object", str(home), "--case", "1", "--outcome", "部分成立", "--decided", str(decided), "--no-reports",
        "--json", "--by", "李四", "--reason", "核实一半",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    moved = json.loads(done.stdout)["moved"]
    after = read_results(home / "results.duckdb")
    corrected = figure_of(home)
    assert (corrected["value"], corrected["filed_value"]) == (decided.quantize(filed), filed)
    assert "异议部分成立" in corrected["correction_reason"]
    run_row = after["runs"].row(0, named=True)
    assert (run_row["replaces_run_id"], run_row["analyst"]) == (old, "张三")
    # 说明的数字和受影响的园区由前后两次公布的得分独立核对
    totals = [
        dict(tables["scores"].filter(pl.col("kind") == "total").select("park_code", "normalised").iter_rows())
        for tables in (before, after)
    ]
    changed = {code for code in totals[0] if abs(totals[0][code] - totals[1][code]) > 1e-9}
    assert PARK in changed and changed <= {row["park_code"] for row in moved}
    effects = after["correction_effects"]
    assert set(effects["park_code"]) == {row["park_code"] for row in moved}
    own = effects.filter(pl.col("park_code") == PARK).row(0, named=True)
    assert own["score_before"] == totals[0][PARK] and own["score_after"] == totals[1][PARK]
    notice = run_row["correction_notice"]
    assert old in notice and "青岭产业园区" in notice and f"{corrected['label']}由" in notice
    assert f"变动的园区 {effects.height} 个" in notice
    results = rows_of(after, SCHEME, 2021)
    view = park_view(results, PARK)
    assert view.correction is not None and len(view.correction.lines) == 1
    everyone = correction_of(results)
    assert everyone is not None and len(everyone.lines) == effects.height
    assert (home / "runs" / "2021" / old / "tables" / "scores.parquet").exists()
    assert verify(Home(home)) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--case", "1", "--outcome", "部分成立"], "没有写认定的数值"),
        (["--case", "1", "--outcome", "成立", "--decided", "5"], "只在部分成立时写"),
        (["--case", "1", "--outcome", "部分成立", "--decided", "4000"], "与原数值、主张数值相同"),
        ([PARK, "--item", ITEM, "--claimed", "4000"], "参数不全"),
        (["--list", "--case", "1", "--outcome", "成立"], "参数不全或相互矛盾"),
        ([PARK, "--item", ITEM, "--claimed", "4000", "--handler", "李四", "--evidence", "没有.pdf"], "没有.pdf"),
    ],
)
def test_what_does_not_go_together_is_refused(registered: Path, arguments: list[str], told: str) -> None:
    before = (registered / "decisions.jsonl").read_bytes()
    done = run("object", str(registered), *arguments, *SIGNED)
    assert done.returncode == 2 and told in done.stderr
    assert (registered / "decisions.jsonl").read_bytes() == before


def test_who_decides_and_why_is_asked_for(registered: Path) -> None:
    unsigned = run("object", str(registered), "--case", "1", "--outcome", "成立")
    assert unsigned.returncode == 2 and "--by" in unsigned.stderr and "--reason" in unsigned.stderr


def test_no_notice_without_a_correction(home: Path) -> None:
    tables = read_results(home / "results.duckdb")
    assert tables["correction_effects"].is_empty() and tables["runs"]["correction_notice"][0] is None
    assert correction_of(rows_of(tables, SCHEME, 2021)) is None
