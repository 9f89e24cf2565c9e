"""A scheme of a user's own with mistakes: all of them told at once, each with file and key."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from metrics.catalogue import CATALOGUE
from parkeval.cli import cli
from parkeval.errors import Exit
from parkeval.front import run_command
from scoring.loading import SCHEMES

KEY = "xishuangbanna-2023"


@pytest.fixture
def scheme(tmp_path: Path) -> Path:
    """A copy of the scheme, and of its catalogue beside it under a name of its own."""
    path = tmp_path / "本局办法.toml"
    shutil.copyfile(CATALOGUE / f"{KEY}.toml", tmp_path / "本局指标.toml")
    text = (SCHEMES / f"{KEY}.toml").read_text(encoding="utf-8")
    path.write_text(text.replace(f'indicators = "{KEY}"', 'indicators = "本局指标"'), encoding="utf-8")
    return path


def change(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def problems(path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines of `schemes check`, which must refuse."""
    assert run_command(cli, ["schemes", "check", str(path), "--year", "2025"]) == Exit.DEFINITION
    told = capsys.readouterr()
    assert told.out == "" and "Traceback" not in told.err
    head, *lines = told.err.splitlines()
    assert head == "错误：定义文件有误"
    return lines


def told(lines: list[str], *parts: str) -> bool:
    return any(all(part in line for part in parts) for line in lines)


def test_copy_is_sound(scheme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(cli, ["schemes", "check", str(scheme), "--year", "2025"]) == Exit.DONE
    assert "定义没有问题" in capsys.readouterr().out


def test_a_scheme_changed_beside_its_original_keeps_the_catalogue_it_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The catalogue has the name of the scheme: a copy of the scheme in the same folder is not taken for it."""
    for name in (f"{KEY}.toml", "改过的办法.toml"):
        shutil.copyfile(SCHEMES / f"{KEY}.toml", tmp_path / name)
    assert run_command(cli, ["schemes", "check", str(tmp_path / "改过的办法.toml"), "--year", "2025"]) == Exit.DONE
    assert "定义没有问题" in capsys.readouterr().out


def test_a_word_where_a_list_belongs_is_said_in_chinese(scheme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(scheme, ('levels = ["国家级", "省级", "州级"]', 'levels = "省级"'))
    lines = problems(scheme, capsys)
    assert told(lines, "本局办法.toml 的 levels", "应为：数组"), lines
    assert not any("should be" in line for line in lines)


def test_mistakes_of_meaning_all_at_once(scheme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(
        scheme,
        ("weights = [{ from_year = 2021, value = 25 }]", "weights = [{ from_year = 2021, value = 26 }]"),
        ('"国家级" = 60, "省级" = 0, "州级" = 0', '"国家级" = 60, "省级" = 0, "市级" = 0'),
        ("when = \"status_before = '退出候选' AND bottom\"", "when = \"status_befor = '退出候选' AND bottom\""),
        ('status = "晋级候选"\nlevels = ["州级"]', 'status = "晋级"\nlevels = ["州级"]'),
        ('supersedes = ["criticism"]', 'supersedes = ["critcism"]'),
        ('indicator = "rd_share_pct"', 'indicator = "rd_shar_pct"'),
        ('when = "serious_accidents_count > 0"', 'when = "COPY x TO y"'),
    )
    lines = problems(scheme, capsys)
    assert told(lines, "本局办法.toml", "权重合计 101", "合计 100")
    assert told(lines, "nodes.trade_cagr_pct", "市级")
    assert told(lines, "rules.exit_pending.when", "status_befor 没有定义")
    assert told(lines, "rules.promotion_provincial.status", "晋级 没有定义")
    assert told(lines, "supersedes", "critcism 没有定义")
    assert told(lines, "rd_shar_pct", "指标没有定义")
    assert told(lines, "rules.accident.when", "COPY x TO y")


def test_mistakes_of_form_all_at_once(scheme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(
        scheme,
        ('office = "西双版纳统计局"' if False else 'region_code = "532800"', 'region_code = "532800"\ncolour = "红"'),
        ("base_year = 2020", 'base_year = "二〇二〇"'),
        (
            'clause = "一（三）经济规模"\nvalues = [{ from_year = 2021, value = 10 }]',
            "values = [{ from_year = 2021, value = 10 }]",
        ),
        ('filing_deadline = "04-30"', 'filing_deadline = "四月底"'),
        ('operator = ">="', 'operator = "=>"'),
    )
    lines = problems(scheme, capsys)
    assert told(lines, "本局办法.toml 的 colour", "未知的键")
    assert told(lines, "base_year", "应为：整数")
    assert told(lines, "parameters.1", "clause")
    assert told(lines, "calendar.filing_deadline", "四月底")
    assert told(lines, "targets.1.operator", "=>")


def test_mistakes_in_formulas_all_at_once(scheme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(
        scheme.with_name("本局指标.toml"),
        (
            'formula = "revenue_10k_cny / developed_industrial_land_mu"',
            'formula = "revenue / developed_industrial_land_mu"',
        ),
        ('formula = "imports_10k_cny + exports_10k_cny"', 'formula = "CAST(imports_10k_cny AS INT)"'),
        ('formula = "SUM(parks.revenue_10k_cny)"', 'formula = "SUM(parks.revenues)"'),
    )
    lines = problems(scheme, capsys)
    assert told(lines, "本局指标.toml 的 revenue_per_mu.formula", "revenue 没有定义")
    assert told(lines, "本局指标.toml 的 trade_10k_cny.formula", "CAST")
    assert told(lines, "本局指标.toml 的 parks_revenue_10k_cny.formula", "parks.revenues 没有定义")


def test_missing_clause_of_an_indicator(scheme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(scheme.with_name("本局指标.toml"), ('clause = "一（三）经济规模"\n', ""))
    assert told(problems(scheme, capsys), "本局指标.toml", "indicators.1.clause", "没有填写")


def test_circle_between_indicators(scheme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(
        scheme.with_name("本局指标.toml"),
        (
            'formula = "revenue_10k_cny / developed_industrial_land_mu"',
            'formula = "trade_10k_cny / developed_industrial_land_mu"',
        ),
        ('formula = "imports_10k_cny + exports_10k_cny"', 'formula = "imports_10k_cny + revenue_per_mu"'),
    )
    assert told(problems(scheme, capsys), "本局指标.toml", "成环", "revenue_per_mu", "trade_10k_cny")


@pytest.mark.parametrize("field", ["levels"])
def test_level_that_is_not_of_the_scheme(scheme: Path, field: str, capsys: pytest.CaptureFixture[str]) -> None:
    change(scheme, (f'{field} = ["国家级"]', f'{field} = ["国家"]'), (f'{field} = ["州级"]', f'{field} = ["州"]'))
    lines = problems(scheme, capsys)
    assert told(lines, "targets.trade_cagr_pct", "国家")
    assert told(lines, "rules.promotion_provincial", "州")


def test_parameter_by_level(scheme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Formulas read one figure; a parameter by level would have none."""
    change(
        scheme,
        ("values = [{ from_year = 2021, value = 85 }]", 'values = [{ from_year = 2021, by_level = { "省级" = 85 } }]'),
    )
    assert told(problems(scheme, capsys), "parameters.reward_score", "by_level")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("key = ", "TOML 语法错误"),
        ("[[nodes]\n", "TOML 语法错误"),
        ('key = "a"\nkey = "b"\n', "TOML 语法错误"),
        ("", "没有填写"),
    ],
)
def test_file_that_is_no_scheme(tmp_path: Path, broken: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "坏.toml"
    path.write_text(broken, encoding="utf-8")
    lines = problems(path, capsys)
    assert told(lines, "坏.toml", said)


def test_file_in_another_encoding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "坏.toml"
    path.write_bytes('title = "办法"'.encode("gb18030"))
    assert told(problems(path, capsys), "不是 UTF-8")
