"""A rule set is checked as a whole: what is wrong with it is told with the rules concerned."""

import tomllib

import pytest

from tests.validation.filed_folder import FORM_SET
from validation.checks import CheckFile, Checks, load_checks, spell_out
from validation.definition import build
from validation.forms import CATALOGUE, load_form_set
from validation.rule_health import check_rules


def checks(*expressions: str, severity: str = "错误", parameters: str = "") -> Checks:
    """Rules r1, r2 … of the given expressions."""
    rules = [
        {
            "id": f"r{number}", "label": "规则", "expression": expression, "severity": severity,
            "items": ["developed_land_mu"], "message": "问题", "expected": "应为", "cure": "核对", "reason": "理由",
        }
        for number, expression in enumerate(expressions, 1)
    ]  # fmt: skip
    named = tomllib.loads(parameters)
    content = {"key": "park-annual", "version": "1", "title": "规则", "parameters": named, "checks": rules}
    return spell_out(build(content, CheckFile, "checks.toml"), FORM_SET, "checks.toml")


def told(*expressions: str, **more: str) -> list[tuple[str, str]]:
    return [(problem.place, problem.found) for problem in check_rules(checks(*expressions, **more), FORM_SET)]


@pytest.mark.parametrize("key", sorted(path.parent.name for path in CATALOGUE.glob("*/checks.toml")))
def test_shipped_rules_are_healthy(key):
    form_set = load_form_set(key)
    assert check_rules(load_checks(form_set), form_set) == []


LAND = "idle_land_mu <= developed_land_mu"


@pytest.mark.parametrize(
    ("expressions", "place", "found"),
    [
        (["idle_land_mu < 0"], "审核规则 r1", "永远不成立"),
        (["idle_land_mu BETWEEN param.high AND param.low"], "审核规则 r1", "永远不成立"),
        (["GROWTH_PCT(idle_land_mu, prev.idle_land_mu) BETWEEN 80 AND -50"], "审核规则 r1", "永远不成立"),
        (["idle_land_mu >= 0"], "审核规则 r1", "永远成立，审不出问题"),
        (["SUM(industries.output_10k_cny) >= -1"], "审核规则 r1", "永远成立，审不出问题"),
        ([LAND, "planned_land_mu >= 1", "idle_land_mu > developed_land_mu"], "审核规则 r1、r3", "不能同时成立"),
        # r1 and r2 with r3: idle <= developed <= planned < idle.
        ([LAND, "developed_land_mu <= planned_land_mu", "planned_land_mu < idle_land_mu"], "审核规则 r1、r2、r3", "不能同时成立"),
        # Of two conflicts, r1 with r2 with r3 and r4 with r5, the smaller one.
        (
            [LAND, "developed_land_mu <= planned_land_mu", "planned_land_mu < idle_land_mu",
             "idle_land_mu + planned_land_mu <= 3", "idle_land_mu >= 5"],
            "审核规则 r4、r5", "不能同时成立",
        ),
        ([LAND, "idle_land_mu <= developed_land_mu + 1"], "审核规则 r2", "由 r1 已可推出"),
        ([LAND, LAND], "审核规则 r2", "由 r1 已可推出"),
        (
            [LAND, "developed_land_mu <= planned_land_mu", "idle_land_mu <= planned_land_mu"],
            "审核规则 r3", "由 r1、r2 已可推出",
        ),
        (["idle_land_mu + developed_land_mu >= 5", "idle_land_mu <= 2", "developed_land_mu <= 3"], "审核规则 r1、r2", "“闲置土地面积”只能填 2"),
        # Half an enterprise cannot be filed.
        (["2 * leading_enterprises_count = 5"], "审核规则 r1", "永远不成立"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(expressions, place, found):
    parameters = 'low = { value = 1, reason = "低" }\nhigh = { value = 2, reason = "高" }'
    assert any(where == place and found in said for where, said in told(*expressions, parameters=parameters)), told(
        *expressions, parameters=parameters
    )


@pytest.mark.parametrize(
    "expressions",
    [
        [LAND, "developed_land_mu <= planned_land_mu"],
        [LAND, "idle_land_mu <= 0.5 * developed_land_mu OR developed_land_mu < 10"],
        ["ABS(SUM(industries.output_10k_cny) - industrial_output_10k_cny) <= GREATEST(1, 0.01 * industrial_output_10k_cny)"],
        ["taxes_10k_cny / revenue_10k_cny <= 0.5", "taxes_10k_cny / profit_10k_cny <= 0.1"],
    ],
)  # fmt: skip
def test_sound_rules_give_no_problem(expressions):
    assert told(*expressions) == []


def test_rules_to_be_explained_are_judged_one_by_one_only():
    assert told(LAND, "idle_land_mu > developed_land_mu", severity="核实") == []
