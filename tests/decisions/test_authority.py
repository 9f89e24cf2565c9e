"""Decisions, results of rectification and objections: recorded, chained, and felt in the next evaluation."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from parkeval.cli import cli
from parkeval.errors import Exit
from parkeval.evidence import verify
from parkeval.front import run_command
from parkeval.home import Home
from parkeval.store import read_results

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample_data" / "xishuangbanna"
SCHEME = "xishuangbanna-2023"
SIGNED = ["--by", "州工业园区领导小组", "--reason", "会议研究", "--on", "2025-07-10"]


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def run(*arguments: str) -> Done:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run_command(cli, list(arguments))
    return Done(status, out.getvalue(), err.getvalue())


def evaluate(home: Path, year: int) -> Done:
    return run(
        "evaluate", str(SAMPLE), "--scheme", SCHEME, "--year", str(year), "--to", str(home), "--no-reports",
        "--no-robustness",
    )  # fmt: skip


@pytest.fixture
def home(published_homes: Path, tmp_path: Path) -> Path:
    """2021 to 2024 published, to be changed."""
    shutil.copytree(published_homes / "2024", tmp_path / "home")
    return tmp_path / "home"


def status_of(home: Path, year: int, park: str) -> tuple[str, str]:
    parks = read_results(home / "results.duckdb")["parks"]
    row = parks.filter((pl.col("year") == year) & (pl.col("park_code") == park)).row(0, named=True)
    return row["status_before"], row["status"]


def test_a_softened_proposal_is_where_the_next_year_starts(home: Path) -> None:
    assert status_of(home, 2024, "YN5328-05")[1] == "退出候选"
    done = run(
        "decide", str(home), "YN5328-05", "exit", "--year", "2024", "--outcome", "减轻", "--status", "限期整改", *SIGNED
    )
    assert done.returncode == Exit.DONE, done.stderr
    assert evaluate(home, 2025).returncode == Exit.DONE
    assert status_of(home, 2025, "YN5328-05")[0] == "限期整改"
    assert verify(Home(home)) == []


def test_a_rejected_proposal_leaves_the_status_of_before(home: Path) -> None:
    run("decide", str(home), "YN5328-05", "exit", "--year", "2024", "--outcome", "不采纳", *SIGNED)
    assert evaluate(home, 2025).returncode == Exit.DONE
    # 2023 年列为限期整改，2024 年的退出候选未采纳，状态仍为限期整改。
    assert status_of(home, 2025, "YN5328-05")[0] == "限期整改"


def test_an_upheld_objection_evaluates_again_and_names_who_moved(home: Path) -> None:
    before = read_results(home / "results.duckdb")["runs"].filter(pl.col("year") == 2024).row(0, named=True)
    # 研发经费支出 2024 年：主张数值比申报值高一倍，研发经费年均增长得分由 0 上升，总分随之上升。
    filed = read_results(home / "results.duckdb")["statistics"].filter(
        (pl.col("park_code") == "YN5328-05") & (pl.col("year") == 2024) & (pl.col("item") == "rd_expenditure_10k_cny")
    )["value"][0]
    claimed = str(filed * Decimal("1.5"))
    arguments = (
        "--year",
        "2024",
        "--item",
        "rd_expenditure_10k_cny",
        "--claimed",
        claimed,
        "--handler",
        "李四",
        *SIGNED,
    )
    assert run("object", str(home), "YN5328-05", *arguments).returncode == Exit.DONE
    done = run("object", str(home), "--case", "1", "--outcome", "成立", "--no-reports", "--json", *SIGNED)
    assert done.returncode == Exit.DONE, done.stderr
    told = json.loads(done.stdout)
    assert [row["park_code"] for row in told["moved"]] == ["YN5328-05"]
    assert told["moved"][0]["score_change"] > 0
    after = read_results(home / "results.duckdb")
    run_row = after["runs"].filter(pl.col("year") == 2024).row(0, named=True)
    assert (run_row["run_id"], run_row["replaces_run_id"]) == (told["run_id"], before["run_id"])
    assert (home / "runs" / "2024" / before["run_id"] / "manifest.json").exists()
    corrected = (
        after["statistics"]
        .filter(
            (pl.col("park_code") == "YN5328-05")
            & (pl.col("year") == 2024)
            & (pl.col("item") == "rd_expenditure_10k_cny")
        )
        .row(0, named=True)
    )
    assert corrected["value"] == filed * Decimal("1.5")
    assert corrected["filed_value"] == filed
    assert "异议成立" in corrected["correction_reason"]
    assert verify(Home(home)) == []


def test_an_objection_that_would_break_the_sums_is_not_upheld(home: Path) -> None:
    arguments = ("--year", "2024", "--item", "revenue_10k_cny", "--claimed", "150000", "--handler", "李四", *SIGNED)
    run("object", str(home), "YN5328-05", *arguments)
    done = run("object", str(home), "--case", "1", "--outcome", "成立", "--no-reports", *SIGNED)
    assert done.returncode == Exit.USAGE
    assert "分行业营业收入合计" in done.stderr
    assert read_results(home / "results.duckdb")["decisions"].height == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("decide", "HOME", "YN5328-01", "exit", "--outcome", "采纳"), "没有对这个园区提出这条建议"),
        (
            ("decide", "HOME", "YN5328-05", "exit", "--outcome", "减轻", "--status", "没有的状态"),
            "减轻时写明决定的状态",
        ),
        (("decide", "HOME", "YN5328-05", "exit"), "参数不全"),
        (("object", "HOME", "--case", "7", "--outcome", "成立"), "没有登记"),
        (
            ("object", "HOME", "YN5328-05", "--item", "park_name", "--claimed", "1", "--handler", "李四"),
            "没有这个统计指标的数值",
        ),
        (
            ("object", "HOME", "YN5328-05", "--item", "revenue_10k_cny", "--claimed", "很多", "--handler", "李四"),
            "应为：一个数",
        ),
    ],
)
def test_what_cannot_be_recorded_is_refused_in_words(home: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run(*(str(home) if part == "HOME" else part for part in arguments), *SIGNED)
    assert done.returncode == Exit.USAGE
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_changed_entry_of_the_register_is_found(home: Path) -> None:
    run("decide", str(home), "YN5328-05", "exit", "--year", "2024", "--outcome", "采纳", *SIGNED)
    run("decide", str(home), "YN5328-05", "--year", "2024", "--rectification", "有效", *SIGNED)
    assert verify(Home(home)) == []
    register = home / "decisions.jsonl"
    register.write_text(register.read_text(encoding="utf-8").replace("采纳", "不采纳"), encoding="utf-8")
    assert any("第 1 条" in problem.place for problem in verify(Home(home)))
