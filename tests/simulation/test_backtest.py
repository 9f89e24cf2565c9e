"""Past years under other rules: a change of one threshold worked by hand on the sample data."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from parkeval.backtest import backtest
from parkeval.cli import cli
from parkeval.front import run_command
from parkeval.home import Home
from parkeval.simulation import Changes
from parkeval.store import Tables
from scoring.loading import SCHEMES
from scoring.robustness.plan import load_plan
from scoring.what_if import RuleChanges

SCHEME = "xishuangbanna-2023"
SHARE = "bottom_share_pct"
MORE = Changes(rules=RuleChanges(parameters={SHARE: 40}))


def silent(*_: Any) -> None:
    return None


def told(home: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = run_command(cli, ["backtest", str(home), *arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_two_of_five_near_the_bottom_in_place_of_one(published_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The share near the bottom from 20 % to 40 %: of five parks the last two in place of the last one, of six still
    two (2.4 rounded down) in place of one. By the published places of the prefectural parks:

    | year | 4th    | last   | what follows under 40 %                                           |
    | 2021 | 09     | 08     | 09 is near the bottom                                             |
    | 2022 | 08     | 09     | 08 and 09 for the second year in a row; 08 is not released        |
    | 2025 | (5th) 12 | 09   | 12 is near the bottom, 09 (4th in 2024) for the second year       |

    Scores, places and grades stay.
    """
    status, out, _ = told(published_home, capsys, "--parameter", f"{SHARE}=40", "--json")
    assert status == 0
    found = json.loads(out)
    assert [row["year"] for row in found["years"]] == [2021, 2022, 2023, 2024, 2025]
    assert all(row["as_published"] for row in found["years"])
    assert not any(row[name] for row in found["years"] for name in ("rank_up", "rank_down", "grade_up", "grade_down"))
    assert found["grades"] == []
    turned = {
        (row["year"], row["park_code"][-2:], row["label"]): row["proposed_after"]
        for row in found["proposals"]
        if row["park_code"] in ("YN5328-08", "YN5328-09", "YN5328-12") and row["year"] in (2021, 2022, 2025)
    }
    assert turned == {
        (2021, "09", "靠后"): True,
        (2022, "08", "连续靠后"): True,
        (2022, "08", "整改到位"): False,
        (2022, "09", "靠后"): False,
        (2022, "09", "连续靠后且发展速度慢"): True,
        (2025, "09", "靠后"): False,
        (2025, "09", "连续靠后且发展速度慢"): True,
        (2025, "12", "靠后"): True,
    }


def test_the_same_rules_change_nothing(published_home: Path, published: Tables) -> None:
    same = Changes(rules=RuleChanges(parameters={SHARE: 20}))
    found = backtest(Home(published_home), published, SCHEME, [2024, 2025], same, None, silent)
    assert found.grades.is_empty() and found.proposals.is_empty()
    assert found.parks["score_change"].drop_nulls().to_list() == [0.0] * 24
    assert found.years["as_published"].to_list() == [True, True]


def test_a_heavier_dimension_moves_scores_by_the_difference(published_home: Path, published: Tables) -> None:
    """Weight of scale from 25 to 40: the other weights shrink by 60/75, so that a total becomes
    0.4 × scale + 0.8 × (total - 0.25 × scale)."""
    heavier = Changes(rules=RuleChanges(weights={"scale": 40}))
    found = backtest(Home(published_home), published, SCHEME, [2025], heavier, None, silent)
    scores = published["scores"].filter(year=2025, scheme=SCHEME, node="scale")
    scale = dict(scores.select("park_code", "normalised").iter_rows())
    for row in found.parks.iter_rows(named=True):
        own = scale[row["park_code"]]
        expected = 0.4 * own + 0.8 * (row["score_before"] - 0.25 * own)
        assert row["score_after"] == pytest.approx(expected, abs=1e-6)


def test_probabilities_of_both_sides(published_home: Path, published: Tables) -> None:
    plan = load_plan().model_copy(update={"draws": 200, "judged_draws": 100})
    found = backtest(Home(published_home), published, SCHEME, [2025], MORE, plan, silent)
    chances = {
        (row["park_code"], row["label"]): (row["probability_before"], row["probability_after"])
        for row in found.proposals.iter_rows(named=True)
    }
    before, after = chances["YN5328-12", "靠后"]
    assert 0 <= before < after <= 1
    assert (found.parks["rank_p05_before"] <= found.parks["rank_p95_before"]).all()


def test_text_and_workbook(published_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scheme of another name with the same change does the same."""
    text = (SCHEMES / f"{SCHEME}.toml").read_text(encoding="utf-8")
    before, code, rest = text.partition(f'code = "{SHARE}"')
    other = tmp_path / "next.toml"
    changed = before.replace(f'key = "{SCHEME}"', 'key = "next"') + code + rest.replace("value = 20", "value = 40", 1)
    other.write_text(changed, encoding="utf-8")
    status, out, _ = told(published_home, capsys, "--with", str(other), "--years", "2025")
    assert status == 0 and "没有发布" in out and "概率" not in out and "得分或位次变动的园区（0）" in out
    assert re.search(r"2025 +晨光产业集聚区（虚构） +靠后 +新提出", out)
    arguments = ["--parameter", f"{SHARE}=40", "--years", "2025"]
    target = tmp_path / "回溯.xlsx"
    assert told(published_home, capsys, *arguments, "--output", str(target))[0] == 0
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == ["概况", "园区", "等次变动", "建议变动"]
    assert [cell.value for cell in book["概况"][1]][:3] == ["年度", "园区", "位次升"]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "没有写拟议的规则"),
        (["--parameter", "nothing=1"], 2, "没有这个参数"),
        (["--parameter", f"{SHARE}=40", "--years", "2019-2025"], 2, "已发布的年度"),
        (["--parameter", f"{SHARE}=40", "--output", "回溯.csv"], 2, "以 .xlsx 结尾"),
        (["--with", "chengdu-2018"], 5, "选用同一报表的办法"),
    ],
)
def test_what_cannot_be_done_is_said(
    published_home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, said: str
) -> None:
    found = told(published_home, capsys, *arguments)
    assert found[0] == status and said in found[2]
