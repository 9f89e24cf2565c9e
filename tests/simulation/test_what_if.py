"""What if, in the officers' words; and that the engine run again gives what was published and leaves HOME as it is."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from parkeval.cli import cli
from parkeval.effects import effects
from parkeval.front import run_command
from parkeval.home import Home
from parkeval.kept import kept_run
from parkeval.store import Tables
from scoring.evaluation import basis_of, evaluate_year, judge, published_tables
from scoring.goals import Goal
from scoring.least_change import least_change
from scoring.what_if import RuleChanges, with_indicators, with_items, with_rules
from tests.scoring import small_parks

CASES = Path(__file__).parent.parent / "cases" / "simulation"
YEAR = 2021


def cases(name: str) -> list[Any]:
    found = tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))["cases"]
    return [pytest.param(case, id=case["title"]) for case in found]


@pytest.mark.parametrize("case", cases("what-if"))
def test_what_if(case: dict[str, Any]) -> None:
    case = small_parks.spelled_out(case)
    book, trusted = small_parks.rulebook(case, YEAR), small_parks.trusted(case, YEAR)
    before = evaluate_year(trusted, book, {})
    items = {(one["park"], YEAR, one["item"]): Decimal(one["value"]) for one in case.get("set", []) if "item" in one}
    values = {
        (one["park"], YEAR, one["indicator"]): float(one["value"]) for one in case.get("set", []) if "indicator" in one
    }
    rules = RuleChanges(case.get("weights", {}), case.get("targets", {}), case.get("parameters", {}))
    changed = with_rules(book, rules)
    basis = basis_of(with_items(trusted, items), changed, {})
    basis = replace(basis, computed=with_indicators(basis.computed, values))
    rows = {
        row["name"]: row
        for row in effects(before, published_tables(judge(basis, changed), basis.filings, changed)).to_dicts()
    }
    for expected in case["expected"]:
        row = rows[expected["park"]]
        for key, value in expected.items():
            if key != "park":
                wanted = pytest.approx(value, abs=1e-9) if isinstance(value, int | float) else value
                assert row[key] == wanted, (expected, key, row)


@pytest.mark.parametrize("case", cases("reverse"))
def test_reverse(case: dict[str, Any]) -> None:
    case = small_parks.spelled_out(case)
    book, trusted = small_parks.rulebook(case, YEAR), small_parks.trusted(case, YEAR)
    basis = basis_of(trusted, book, {})
    found = least_change(basis, book, case["park"], Goal(**case["goal"]), case.get("limits"))
    told = {lever.code: answer for lever, answer in found.single}
    assert set(told) == {one["indicator"] for one in case["single"]}
    for expected in case["single"]:
        answer = told[expected["indicator"]]
        assert bool(answer.changes) == expected.get("reached", True)
        if "value" in expected:
            assert answer.changes[0].value == pytest.approx(expected["value"], abs=1e-9)
        if "effort_pct" in expected:
            assert answer.effort_pct == pytest.approx(expected["effort_pct"], abs=1e-9)
        if "score_after" in expected:
            assert answer.after.score == pytest.approx(expected["score_after"], abs=1e-9)
    assert found.together is not None
    assert bool(found.together.changes) == case.get("together_reached", True)
    if "together" in case:
        values = {change.lever.code: change.value for change in found.together.changes}
        assert values == pytest.approx(case["together"], abs=1e-9)
    if "together_effort_pct" in case:
        assert found.together.effort_pct == pytest.approx(case["together_effort_pct"], abs=1e-9)


@pytest.mark.parametrize("year", [2021, 2023, 2025])
def test_a_kept_run_gives_what_was_published(published_home: Path, published: Tables, year: int) -> None:
    kept = kept_run(Home(published_home), published, "xishuangbanna-2023", year)
    basis = kept.basis()
    again = published_tables(judge(basis, kept.book), basis.filings, kept.book)
    assert sorted(name for name, table in again.items() if not table.equals(kept.tables[name])) == []


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = run_command(cli, [str(one) for one in arguments])
    told = capsys.readouterr()
    return status, told.out, told.err


def test_simulate_leaves_home_as_it_is(
    published_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = digests(published_home)
    changes = tmp_path / "改动.toml"
    changes.write_text(
        'figures = [{ park = "青岭", code = "营业收入", factor = 1.2 }]\n[weights]\nscale = 30\n', encoding="utf-8"
    )
    status, out, _ = said(capsys, "simulate", published_home, "--changes", changes, "--json")
    assert status == 0
    rows = {row["park_code"]: row for row in json.loads(out)}
    assert len(rows) == 12
    assert rows["YN5328-05"]["score_change"] != 0
    workbook = tmp_path / "推演.xlsx"
    assert said(capsys, "simulate", published_home, "--set", "青岭.rd_share_pct=2.5", "--output", workbook)[0] == 0
    assert zipfile.is_zipfile(workbook)
    assert digests(published_home) == before


def test_rules_are_changed_by_chinese_name_as_by_code(published_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for weight, parameter in (("经济规模", "靠后：组内末位占比"), ("scale", "bottom_share_pct")):
        arguments = ["simulate", str(published_home), "--weight", f"{weight}=40", "--parameter", f"{parameter}=40"]
        assert run_command(cli, arguments) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
    assert "推演，没有发布；变动的园区" in told[0]


def test_what_it_takes_is_told_with_its_measure(published_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(
        capsys,
        "simulate",
        published_home,
        "--park",
        "青岭",
        "--goal",
        "等次:良好",
        "--single",
        "--limit",
        "rd_share_pct=1.6",
    )
    assert status == 0
    assert "要等次达到良好；现在 68.96 分，第 5 位，合格" in out
    # 亩均营业收入：满分 15 分对应 400，差 1.0383 分，折 27.69 万元/亩，至 384（保留整数）
    assert re.search(r"亩均营业收入 +356\.2 +384\.0 +万元/亩", out)
    assert re.search(r"规上工业企业研发经费占营业收入比重 +1\.56 +1\.60 ", out.split("单独改到尽头也不够的")[1])
    assert "费力程度" in out


FAULTS = [
    ([], "参数不全"),
    (["--park", "青岭", "--weight", "scale=20"], "两类问题写在一起"),
    (["--set", "青岭.没有=1"], "没有这个统计指标或评价指标"),
    (["--set", "青岭.revenue_10k_cny=-5"], "不小于 0"),
    (["--set", "营业收入=5"], "园区.指标=数值"),
    (["--weight", "没有=5"], "没有这个权重；应为：经济规模、"),
    (["--weight", "scale=150"], "负的权重"),
    (["--target", "revenue_per_mu=很多"], "代码=数值"),
    (["--park", "青岭", "--goal", "等次:特优"], "等次:优秀"),
    (["--with", "没有的办法"], "没有这个办法"),
    (["--with", "siping"], "用的是报表"),
    (["--changes", "没有.toml"], "没有.toml"),
]


@pytest.mark.parametrize(("arguments", "told"), FAULTS, ids=[" ".join(fault[0]) for fault in FAULTS])
def test_what_cannot_be_assumed_is_refused_in_words(
    published_home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    status, out, err = said(capsys, "simulate", published_home, *arguments)
    assert status in (2, 5) and out == ""
    assert told in err and "Traceback" not in err
