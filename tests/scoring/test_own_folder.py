"""A scheme of a user's own in a folder of its own: forms, indicators and scheme as TOML, filed in workbooks, no Python."""

from pathlib import Path

import polars as pl
import pytest

from parkeval.batch import evaluate
from parkeval.home import Home
from parkeval.store import read_results
from scoring.loading import load_rulebook
from tests.scoring.small_parks import CASES
from validation.template import Content, Value, write_workbook

FORMS = """
key = "own-forms"
version = "1"
title = "自己的报表"
clause = "试算"
[[workbooks]]
code = "park"
label = "年报"
filed_by = "park"
[[workbooks.forms]]
code = "figures"
sheet = "数"
title = "数"
kind = "items"
items = [{ code = "sold", label = "已售面积", type = "number", last_year = false }, { code = "for_sale", label = "可售面积", type = "number", last_year = false }]
[[workbooks]]
code = "bureau"
label = "汇总"
filed_by = "bureau"
[[workbooks.forms]]
code = "parks"
sheet = "名录"
title = "名录"
kind = "table"
columns = [
  { code = "park_code", label = "代码", type = "code", key = true }, { code = "from_year", label = "自", type = "year", key = true },
  { code = "name", label = "名称", type = "text" }, { code = "level", label = "级别", type = "text" }, { code = "approved_year", label = "批准", type = "year" },
]
"""

INDICATORS = """
key = "own"
title = "自己的指标"
document = "试算"
[[indicators]]
code = "sold_rate_pct"
label = "出售率"
unit = "%"
kind = "share"
formula = "100 * sold / for_sale"
clause = "试算"
"""

SCHEME = """
[[dimensions]]
code = "land"
label = "土地"
reason = "试算"
weights = [{ from_year = 2020, value = 100 }]
[[nodes]]
dimension = "land"
indicator = "sold_rate_pct"
reason = "试算"
weights = [{ from_year = 2020, value = 100 }]
points = { method = "judged" }
[[rules]]
code = "last"
label = "末位"
kind = "sanction"
action = "通报。"
when = "bottom"
reason = "试算"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    base = (CASES / "rules" / "base-scheme.toml").read_text(encoding="utf-8")
    for old, new in (('forms = "cases"', 'forms = "own-forms"'), ('indicators = "cases"', 'indicators = "own"')):
        base = base.replace(old, new)
    folder = tmp_path / "我的办法"
    (folder / "own-forms").mkdir(parents=True)
    (folder / "own-forms" / "forms.toml").write_text(FORMS, encoding="utf-8")
    (folder / "own.toml").write_text(INDICATORS, encoding="utf-8")
    (folder / "办法.toml").write_text(base + SCHEME, encoding="utf-8")
    return folder / "办法.toml"


def test_evaluated_without_rules_of_checking(own: Path, tmp_path: Path) -> None:
    """No checks.toml, no targets, no lists, no events: the least a folder can hold. 80 ÷ 100, 30 ÷ 60, 0 ÷ 0."""
    form_set = load_rulebook(str(own), 2020).form_set
    data = tmp_path / "data"
    data.mkdir()
    filed = {"A1": (80, 100), "A2": (30, 60), "A3": (0, 0)}
    for code, (sold, for_sale) in filed.items():
        content = Content(code, f"园区{code}", 2020, items={"sold": sold, "for_sale": for_sale})
        write_workbook(data / f"{code}.xlsx", form_set, "park", content)
    register: list[dict[str, Value]] = [
        {"park_code": code, "from_year": 2020, "name": f"园区{code}", "level": "州级", "approved_year": 2000}
        for code in filed
    ]
    write_workbook(data / "名录.xlsx", form_set, "bureau", Content("", "", 2020, records={"parks": register}))
    home = Home(tmp_path / "home")
    evaluate([data], str(own), 2020, home, reports=False, workers=1, progress=lambda what, done, total: None)
    tables = read_results(home.folder / "results.duckdb")
    found = dict(tables["indicators"].select("park_code", "value").rows())
    assert found == {"A1": 80, "A2": 50, "A3": None}
    assert tables["proposals"].select("park_code", "label").rows() == [("A3", "末位")]
    assert tables["findings"].filter(pl.col("severity") == "错误").is_empty()
