"""Whatever a clerk is told carries the plain name of its rule."""

import ast
import re
import tomllib
from pathlib import Path

from click.testing import CliRunner

import validation
from parkeval.cli import cli
from validation.forms import CATALOGUE
from validation.intake_rules import INTAKE_RULES

MAKERS = {"Finding", "Remark", "_unfit", "_at", "_finding", "_refused", "unread", "_refuse"}
CHECK_ID = re.compile(r"[a-z]+(_[a-z]+)+|resubmitted|corrected|localised")
NO_IDS = {"park_code", "statistics_year"}


def told_by_the_code():
    found = set()
    for path in Path(validation.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in MAKERS:
                texts = [one.value for one in call.args if isinstance(one, ast.Constant)]
                found |= {text for text in texts if isinstance(text, str) and CHECK_ID.fullmatch(text)}
    return found - NO_IDS


def test_every_finding_before_the_checks_has_a_name():
    told = told_by_the_code()
    assert {"form_missing", "unit_unknown", "duplicate_filing", "correction_mismatch", "cell_error"} <= told
    assert told - set(INTAKE_RULES) == set()
    assert all(re.search("[\u4e00-\u9fff]{2}", name) for name in INTAKE_RULES.values())


def test_no_check_takes_the_id_of_another_rule():
    for path in CATALOGUE.glob("*/checks.toml"):
        checks = tomllib.loads(path.read_text(encoding="utf-8"))["checks"]
        assert checks and not {check["id"] for check in checks} & set(INTAKE_RULES)


def test_template_without_register_says_what_to_do(tmp_path):
    done = CliRunner().invoke(cli, ["template", "--scheme", "siping", "--year", "2020", "--to", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert (
        "提示：开发区年报-2020.xlsx 里没有园区代码，只供查看，填报后不能采用" in done.stderr
        and "--register 市级汇总-2020.xlsx" in done.stderr
    )
    assert [Path(line).suffix for line in done.stdout.splitlines()] == [".xlsx"] * 5
