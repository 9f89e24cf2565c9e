"""`robustness` and the plan of an evaluation: published with the run, tried out without, refused where wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from parkeval.batch import KEPT_PLAN, Outcome, evaluate
from parkeval.cli import cli
from parkeval.demonstration import sample_folder
from parkeval.errors import Exit
from parkeval.evidence import verify
from parkeval.front import run_command
from parkeval.home import Home
from scoring.robustness.plan import PLAN

SCHEME = "xishuangbanna-2023"


@pytest.fixture(scope="module")
def small_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product's plan with few draws."""
    text = PLAN.read_text(encoding="utf-8")
    for name, value in (("draws = 10000", "draws = 400"), ("judged_draws = 2000", "judged_draws = 200"),
                        ("sensitivity_samples = 1024", "sensitivity_samples = 64"), ("replicas = 100", "replicas = 20")):  # fmt: skip
        assert name in text
        text = text.replace(name, value, 1)
    path = tmp_path_factory.mktemp("plan") / "方案.toml"
    path.write_text(text, encoding="utf-8")
    return path


def evaluated(home: Path, plan: Path | None) -> Outcome:
    return evaluate(
        [sample_folder()], SCHEME, 2021, Home(home), reports=False, workers=1,
        progress=lambda what, done, total: None, plan_file=plan,
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, small_plan: Path) -> Path:
    """2021 published with a robustness test."""
    folder = tmp_path_factory.mktemp("home")
    evaluated(folder, small_plan)
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = run_command(cli, [str(argument) for argument in arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def as_data(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    status, out, _ = run(capsys, *arguments, "--json")
    assert status == Exit.DONE
    return json.loads(out)


def test_what_was_published_is_shown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = as_data(capsys, "robustness", home)
    assert data["published"] is True
    assert {row["draws"] for row in data["robustness"]} == {400}
    shares: dict[str, float] = {}
    for row in data["robustness_grades"]:
        shares[row["park_code"]] = shares.get(row["park_code"], 0.0) + row["probability"]
    assert shares == pytest.approx(dict.fromkeys(shares, 1.0))
    assert all(row["rank_p05"] <= row["rank_median"] <= row["rank_p95"] for row in data["robustness"])


def test_every_proposal_has_its_probability(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(
        capsys, "sql", home,
        "SELECT count(*) AS n, count(probability) AS told, count(robustness) AS judged FROM proposals", "--json",
    )  # fmt: skip
    (row,) = json.loads(out)
    assert status == Exit.DONE
    assert row["n"] == row["told"] == row["judged"] > 0


def test_the_index_is_audited_with_the_run(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Eleven parks are ranked at most: the first finding says what that is worth, every node has its figures."""
    asked = "SELECT 种类, 发现 FROM 指标体系审计 ORDER BY 次序 LIMIT 1"
    (first,) = json.loads(run(capsys, "sql", home, asked, "--json")[1])
    assert first["种类"] == "few" and "误差很大" in first["发现"]
    asked = "SELECT count(*) AS n FROM audit_nodes WHERE r_total IS NULL AND reason IS NULL AND kind <> 'total'"
    assert json.loads(run(capsys, "sql", home, asked, "--json")[1]) == [{"n": 0}]


def test_the_plan_stays_with_the_run_and_nothing_is_done_twice(home: Path, small_plan: Path) -> None:
    again = evaluated(home, small_plan)
    assert again.repeated
    kept = again.folder / "definitions" / KEPT_PLAN
    assert kept.read_bytes() == small_plan.read_bytes()
    assert verify(Home(home)) == []


def test_a_trial_with_other_draws_publishes_nothing(
    home: Path, small_plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (home / "results.duckdb").read_bytes()
    words = ["--plan", small_plan, "--draws", 200, "--seed", 5, "--park", "YN5328-05"]
    status, out, _ = run(capsys, "robustness", home, *words)
    assert status == Exit.DONE
    assert out.startswith("试算，没有发布\n")
    assert "等次：" in out
    assert (home / "results.duckdb").read_bytes() == before


def test_where_nothing_was_published_it_is_tried_out(
    published_home: Path, small_plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(capsys, "robustness", published_home, "--year", 2024, "--plan", small_plan)
    assert status == Exit.DONE
    assert out.startswith("试算，没有发布\n")
    assert "400 次模拟" in out


def test_the_intervals_as_a_workbook(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "robustness", home, "--output", tmp_path / "位次.xlsx")[0] == Exit.DONE
    rows = list(load_workbook(tmp_path / "位次.xlsx").worksheets[0].iter_rows(values_only=True))
    assert rows[0][:4] == ("园区代码", "园区", "分组", "位次")
    assert isinstance(rows[1][3], int)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("sensitivity_samples = 64", "sensitivity_samples = 100", "必须是 2 的幂"),
        ('key = "min_max"', 'key = "own"', "键为 own 的一项不写方法"),
        ("draws = 400", "draws = 4", "数值过小"),
        ('distribution = "relative"', 'distribution = "任意"', "distribution"),
    ],
)
def test_a_wrong_plan_says_what_is_wrong(
    home: Path, small_plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    wrong = tmp_path / "方案.toml"
    wrong.write_text(small_plan.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    status, _, err = run(capsys, "robustness", home, "--plan", wrong)
    assert status == Exit.DEFINITION
    assert said in err and "方案.toml" in err
