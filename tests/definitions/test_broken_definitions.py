"""Each kind of mistake in a definition is told in words the user can act on, several at once, and nothing else is."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import scoring.examination
from metrics.catalogue import CATALOGUE
from metrics.units import quantity, unit_problems
from parkeval.cli import cli
from parkeval.errors import Exit
from parkeval.front import run_command
from scoring.examination import examine
from scoring.loading import SCHEMES, load_rulebook, scheme_keys
from scoring.rulebook import Rulebook
from validation.expression import Name, parse
from validation.forms import CATALOGUE as FORMS
from validation.problems import DefinitionRefused, Problem

KEY = "xishuangbanna-2023"
CASES = tomllib.loads(Path(__file__).with_name("broken.toml").read_text(encoding="utf-8"))["cases"]


@pytest.fixture(autouse=True, scope="module")
def sound_checks_are_examined_once() -> Iterator[None]:
    """Most mistakes leave the forms and checks as they are, which take longer than all the rest: once found without a
    problem, the same two files are not examined again."""
    examined, sound = scoring.examination._check_problems, set()

    def remembered(book: Rulebook) -> list[Problem]:
        folder = book.forms_folder / book.form_set.key
        content = tuple((folder / name).read_bytes() for name in ("forms.toml", "checks.toml"))
        problems = [] if content in sound else list(examined(book))
        if not problems:
            sound.add(content)
        return problems

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(scoring.examination, "_check_problems", remembered)
        yield


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The scheme with its indicators and forms as files of a user's own."""
    scheme = (SCHEMES / f"{KEY}.toml").read_text(encoding="utf-8")
    scheme = scheme.replace(f'indicators = "{KEY}"', 'indicators = "indicators"')
    own = {
        "scheme": (tmp_path / "scheme.toml", scheme),
        "indicators": (tmp_path / "indicators.toml", (CATALOGUE / f"{KEY}.toml").read_text(encoding="utf-8")),
    }
    for name in ("forms", "checks"):
        path = FORMS / "park-annual" / f"{name}.toml"
        own[name] = (tmp_path / "park-annual" / f"{name}.toml", path.read_text(encoding="utf-8"))
    (tmp_path / "park-annual").mkdir()
    for path, text in own.values():
        path.write_text(text, encoding="utf-8")
    return {name: path for name, (path, _) in own.items()}


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def check(path: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str, list[str]]:
    """Status, what was said, and the problems told by `schemes check`."""
    status = run_command(cli, ["schemes", "check", str(path), *more])
    said = capsys.readouterr()
    return status, said.out, said.err.splitlines()[1:]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_a_mistake_is_told(case: dict[str, Any], files: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    change(files[case["file"]], *case["replace"])
    only = () if case.get("years") else ("--year", "2025")
    status, out, lines = check(files["scheme"], capsys, *only)
    assert (status, out) == (Exit.DEFINITION, "")
    assert any(all(words in line for words in case["expect"]) for line in lines), lines


def test_many_mistakes_are_told_at_once(files: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """One mistake of each kind in all four files, for all years."""
    change(files["scheme"], 'when = "serious_accidents_count > 0"', 'when = "rank > 5 AND rank < 3"')
    change(files["scheme"], 'label = "良好"\nminimum = 70', 'label = "良好"\nminimum = 55')
    change(files["scheme"], 'operator = "<"\n', 'operator = ">"\n')
    change(files["scheme"], "value = 25 }]", "value = 25 }, { from_year = 2024, value = 30 }]")
    change(files["indicators"], "revenue_10k_cny / developed", "revenue_10k_cny + developed")
    change(files["indicators"], "imports_10k_cny + exports_10k_cny", "imports_10k_cny + export_10k_cny")
    change(files["checks"], "high_tech_enterprises_count <= industrial", "high_tech_enterprise_count <= industrial")
    status, _, lines = check(files["scheme"], capsys)
    assert status == Exit.DEFINITION
    for words in (
        "不能同时成立", "“良好”的最低得分", "越低越好", "2024—2025 年权重合计 105", "单位不同", "export_10k_cny 没有定义",
        "high_tech_enterprise_count 没有定义",
    ):  # fmt: skip
        assert [line for line in lines if words in line], words
    assert len(lines) == len(set(lines))


def test_files_that_cannot_be_read_are_told_together(
    files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    change(files["indicators"], 'direction = "lower"', 'direction = "down"')
    change(files["forms"], 'type = "number"', 'type = "money"')
    status, _, lines = check(files["scheme"], capsys)
    assert status == Exit.DEFINITION
    assert [line for line in lines if "indicators.toml" in line and "direction" in line]
    assert [line for line in lines if "forms.toml" in line and "money" in line]


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (
            "indicators", "[[region_indicators]]",
            '[[indicators]]\ncode = "profit_10k_cny"\nlabel = "多余"\nunit = "万元"\nkind = "level"\nformula = "revenue_10k_cny - taxes_10k_cny"\nclause = "无"\n\n[[region_indicators]]',
            ["indicators.toml 的 profit_10k_cny", "指标没有被用到"],
        ),
        (
            "scheme", "[ranking]",
            '[[parameters]]\ncode = "spare"\nlabel = "多余"\nclause = "无"\nvalues = [{ from_year = 2021, value = 1 }]\n\n[ranking]',
            ["scheme.toml 的 parameters.spare", "参数没有被用到"],
        ),
    ],
    ids=["indicator", "parameter"],
)  # fmt: skip
def test_what_nothing_uses_is_a_hint(
    file: str, old: str, new: str, words: list[str], files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    change(files[file], old, new)
    status, out, lines = check(files["scheme"], capsys, "--year", "2025")
    assert (status, lines) == (Exit.DONE, [])
    head, *hints = out.splitlines()
    assert head.endswith("定义没有问题；提示 1 条")
    assert all(word in hints[0] for word in words)


def test_only_certain_mistakes_keep_from_evaluating(files: dict[str, Path]) -> None:
    """A rule nobody can meet hurts nobody; a sum of money and land would be published."""
    change(files["scheme"], 'when = "serious_accidents_count > 0"', 'when = "rank > 5 AND rank < 3"')
    assert load_rulebook(str(files["scheme"]), 2025).year == 2025
    change(files["indicators"], "revenue_10k_cny / developed", "revenue_10k_cny + developed")
    with pytest.raises(DefinitionRefused, match="单位不同"):
        load_rulebook(str(files["scheme"]), 2025)


@pytest.mark.parametrize("key", scheme_keys())
def test_shipped_schemes_are_sound_in_every_year(key: str) -> None:
    found = examine(key)
    assert found.problems == ()
    assert all("没有被用到" in hint.found for hint in found.warnings)


UNITS = {
    "money": "万元", "large": "亿元", "land": "亩", "field": "公顷", "share": "%", "points": "个百分点", "heads": "人",
    "firms": "户", "lag": "天", "odd": "箱", "none": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "declared"),
    [
        ("money / land", "万元/亩"),
        ("money / 10000", "亿元"),
        ("money / (land / 15)", "万元/公顷"),
        ("10000 * large - money", "万元"),
        ("10000 * money / heads", "元/人"),
        ("100 * money / money", "%"),
        ("1000 * money / money", "‰"),
        ("money / money", "倍"),
        ("100 * (money / prev.money - 1)", "%"),
        ("100 - share", "%"),
        ("share * money / 100", "万元"),
        ("share - prev.share", "个百分点"),
        ("share - other.share", "%"),
        ("(share - base.share) / calendar.years_since_base", "个百分点"),
        ("GROWTH_PCT(money / land, prev.money / prev.land)", "%"),
        ("heads + firms", "个"),
        ("10000 * firms / heads", "户/万人"),
        ("COALESCE(money, 0) + GREATEST(money, 1)", "万元"),
        ("CASE WHEN land > 0 THEN money / land ELSE 0 END", "万元/亩"),
        ("money + odd", "万元"),
        ("money + none", "亩"),
        ("SQRT(money * money)", "亩"),
        ("money / land", "分"),
        ("YEAR(day) - calendar.base_year + 2", "年"),
        ("lag / 30", "月"),
    ],
)
def test_units_that_go_together(formula: str, declared: str) -> None:
    assert unit_problems(parse(formula, "公式"), lambda name: UNITS.get(name.name), declared) == []


@pytest.mark.parametrize(
    ("formula", "declared", "said"),
    [
        ("money + land", "万元", "（万元）和“land”（亩）"),
        ("money - large", "万元", "（万元）和“large”（亿元）"),
        ("land + field", "亩", "（亩）和“field”（公顷）"),
        ("share > money", "", "（%）和“money”（万元）"),
        ("share BETWEEN 0 AND money", "", "（%）和“money”（万元）"),
        ("GREATEST(money, land)", "万元", "（亩）"),
        ("COALESCE(money, land)", "万元", "（亩）"),
        ("CASE WHEN land > 0 THEN money ELSE land END", "万元", "（亩）"),
        ("CASE WHEN land > money THEN 1 END", "", "（万元）"),
        ("money + share * money", "万元", "的单位不同"),
        ("money / land", "万元", "算出的单位是 万元/亩"),
        ("money / land", "万元/公顷", "算出的单位是 万元/亩"),
        ("money / money", "%", "须乘 100"),
        ("100 * money / land", "%", "写的是 %"),
        ("share - prev.share", "%", "算出的单位是 个百分点"),
        ("GROWTH_PCT(money, prev.money)", "个百分点", "算出的单位是 %"),
        ("CAGR_PCT(money, base.land, calendar.years_since_base)", "%", "的单位不同"),
        ("lag + firms", "天", "（天）"),
    ],
)
def test_units_that_do_not(formula: str, declared: str, said: str) -> None:
    problems = unit_problems(parse(formula, "公式"), lambda name: UNITS.get(name.name), declared)
    assert len(problems) == 1
    assert said in str(problems[0])


def test_units_not_known_are_left_alone() -> None:
    assert [quantity(unit) for unit in ("", None, "箱", "万元/箱", "分", "吨·公里")] == [None] * 6
    assert unit_problems(parse("a + b", "公式"), {Name("", "a"): "万元"}.get, "亩") == []
