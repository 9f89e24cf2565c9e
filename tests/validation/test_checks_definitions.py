"""Definitions of checks: the shipped file is whole, and each kind of broken definition is refused in the user's words."""

import tomllib

import polars as pl
import pytest

from tests.validation.filed_folder import FORM_SET
from validation.checks import CheckFile, load_checks, spell_out
from validation.confront import violations
from validation.definition import build
from validation.forms import CATALOGUE
from validation.problems import DefinitionRefused

SHIPPED = CATALOGUE / "park-annual" / "checks.toml"
GOOD = """
key = "park-annual"
version = "1"
title = "规则"
parameters = { most = { value = 3, reason = "理由" } }
[[checks]]
id = "a"
label = "规则甲"
expression = "idle_land_mu <= developed_land_mu"
severity = "错误"
items = ["idle_land_mu"]
message = "“{label}”«idle_land_mu» 亩"
expected = "不大于 «developed_land_mu»"
cure = "核对"
reason = "部分"
"""


def spelled(text):
    return spell_out(build(tomllib.loads(text), CheckFile, "checks.toml"), FORM_SET, "checks.toml")


def test_shipped_checks_stand_for_every_item_with_last_year():
    checks = load_checks(FORM_SET)
    over = {rule.item for rule in checks.rules if rule.check.id == "last_year_differs"}
    assert over == {code for code, item in FORM_SET.items().items() if item.numeric and item.last_year}
    counted = next(rule for rule in checks.rules if rule.check.id == "money_in_cny")
    assert len(counted.terms) == 12
    assert counted.needs_last_year
    assert not next(rule for rule in checks.rules if rule.check.id == "money_in_cny_by_column").needs_last_year


def test_every_parameter_of_the_shipped_checks_is_used():
    text = SHIPPED.read_text(encoding="utf-8")
    for name in tomllib.loads(text)["parameters"]:
        assert f"param.{name}" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("idle_land_mu <= developed_land_mu", "idle_land <= developed_land_mu"), "名称 idle_land 没有定义"),
        (("idle_land_mu <= developed_land_mu", "idle_land_mu <="), "语法错误"),
        (("idle_land_mu <= developed_land_mu", "(SELECT 1) = 1"), "表达式语言允许的写法"),
        (("idle_land_mu <= developed_land_mu", "idle_land_mu <= param.least"), "名称 param.least 没有定义"),
        (("idle_land_mu <= developed_land_mu", "SUM(industries.x) = 1"), "名称 industries.x 没有定义"),
        (('items = ["idle_land_mu"]', 'items = ["idle"]'), "没有指标 idle"),
        (('items = ["idle_land_mu"]', ""), "items 和 over 至少写一个"),
        (('items = ["idle_land_mu"]', 'over = "*_km2"'), "没有数字指标 *_km2"),
        (('items = ["idle_land_mu"]', 'over = ["idle"]'), "没有数字指标 idle"),
        (('items = ["idle_land_mu"]', 'items = ["idle_land_mu"]\nterm = "TRUE"'), "有 term 时必须写 over"),
        (('severity = "错误"', 'severity = "警告"'), "'错误', '核实' 或 '提示'"),
        (('cure = "核对"', ""), "缺少此项"),
        (('cure = "核对"', 'cure = "核对"\ncolour = "red"'), "未知的键"),
        (('cure = "核对"', 'cure = "核对"\nsilent_with = ["b"]'), "silent_with 中没有这些规则：b"),
        (("«developed_land_mu»", "«developed»"), "名称 developed 没有定义"),
        (("value = 3", 'value = "三"'), "应为：数字"),
    ],
)
def test_broken_definition_is_refused(change, said):
    assert spelled(GOOD).rules[0].items == ("idle_land_mu",)
    assert change[0] in GOOD
    with pytest.raises(DefinitionRefused) as refused:
        spelled(GOOD.replace(*change))
    assert said in str(refused.value)


def test_all_problems_at_once():
    broken = GOOD.replace("idle_land_mu <= developed_land_mu", "x <= y").replace('["idle_land_mu"]', '["z"]')
    with pytest.raises(DefinitionRefused) as refused:
        spelled(broken)
    assert len(refused.value.problems) == 3


def test_rule_twice():
    twice = GOOD + GOOD[GOOD.index("[[checks]]") :]
    with pytest.raises(DefinitionRefused, match="审核规则重复：a"):
        spelled(twice)


def test_violations_are_rows_where_a_condition_is_false_and_never_where_it_is_null():
    frame = pl.DataFrame({"a": [1.0, None, 3.0], "b": [2.0, 2.0, 2.0]})
    conditions = [pl.col("a") <= pl.col("b"), pl.col("b") == 2, pl.col("a") > 5]
    assert violations(frame, conditions).rows() == [(0, 2), (2, 0), (2, 2)]
    assert violations(frame, []).rows() == []
    assert violations(frame.clear(), conditions).rows() == []
