"""Rules on long tables: the cell-level report, its slices, and rules from a form and from definitions."""

import polars as pl
import pytest
from pandera.errors import SchemaError, SchemaErrors

from validation.checks import Check, Parameter
from validation.confront import TableRule, confront, confront_file
from validation.forms import Column, Form
from validation.problems import DefinitionRefused
from validation.table_rules import check_rules, form_rules, form_structure

FORM = Form(
    code="enterprises",
    sheet="企业",
    title="企业",
    kind="table",
    columns=(
        Column(code="credit_code", label="统一社会信用代码", type="code", format="credit_code", key=True),
        Column(code="size", label="规模", type="choice", choices=("大型", "小型"), required=False),
        Column(code="revenue", label="营业{收入}", type="number", minimum=0, required=False),
        Column(code="cost", label="营业成本", type="number", required=False),
        Column(code="employees", label="从业人员", type="count", required=False),
    ),
)
VALID = "91350100M000100Y43"
FRAME = pl.DataFrame(
    {
        "credit_code": [VALID, VALID, None, "0" * 18, VALID],
        "size": ["大型", "特大", None, "小型", "小型"],
        "revenue": [10.0, -3.5, None, float("inf"), 8.0],
        "cost": [5.0, 1.0, 2.0, 3.0, float("nan")],
        "employees": [3.0, -1.0, 2.5, None, 4.0],
    }
)


def check(**changed: object) -> Check:
    given = {
        "id": "cost_within_revenue", "label": "成本", "expression": "cost <= param.most * revenue", "severity": "核实", "items": ("cost",),
        "message": "成本 «cost» 大于收入 «revenue» 的 «param.most:1» 倍，比值 «cost / revenue:2»", "expected": "不大于", "cure": "核对", "reason": "理由",
    }  # fmt: skip
    return Check(**(given | changed))


PARAMETERS = {"most": Parameter(value=0.4, reason="界限")}


def test_rules_of_a_form():
    report = confront(FRAME, form_rules(FORM), ["credit_code"])
    assert report.rows() == [
        (None, "credit_code", None, "required_missing", "错误", "“统一社会信用代码”没有填"),
        ("0" * 18, "credit_code", "0" * 18, "credit_code_invalid", "错误", "“统一社会信用代码”填的“000000000000000000”不是统一社会信用代码"),
        (VALID, "size", "特大", "choice_unknown", "错误", "“规模”填的“特大”不在选项中"),
        (VALID, "revenue", "-3.5", "out_of_bounds", "错误", "“营业（收入）”为 -3.5，应在 0 至 1e+15 之间"),
        ("0" * 18, "revenue", None, "out_of_bounds", "错误", "“营业{收入}”不是数字"),
        (VALID, "cost", None, "out_of_bounds", "错误", "“营业成本”不是数字"),
        (VALID, "employees", "-1", "out_of_bounds", "错误", "“从业人员”为 -1，应在 0 至 1e+15 之间"),
        (None, "employees", "2.5", "count_fraction", "错误", "“从业人员”应为整数，填的是 2.5"),
    ]  # fmt: skip


def test_rules_from_definitions():
    report = confront(FRAME, check_rules(FORM, [check()], PARAMETERS, "规则"), ["credit_code"])
    # 5 > 0.4 * 10, and 1 > 0.4 * -3.5; 3 <= 0.4 * inf; NaN is more than anything.
    assert report.select("item", "value", "severity", "message").rows() == [
        ("cost", "5", "核实", "成本 5 大于收入 10 的 0.4 倍，比值 0.5"),
        ("cost", "1", "核实", "成本 1 大于收入 -3.5 的 0.4 倍，比值 -0.29"),
        ("cost", None, "核实", "成本 缺 大于收入 8 的 0.4 倍，比值 缺"),
    ]


def test_a_check_over_columns_is_a_rule_for_each():
    over = check(
        items=(), over=("revenue", "c*"), expression="{item} >= 0 OR size = '大型'", message="“{label}”«{item}»"
    )
    rules = check_rules(FORM, [over.model_copy(update={"over": ("revenue", "cost")})], {}, "规则")
    assert [rule.item for rule in rules] == ["revenue", "cost"]
    assert confront(FRAME, rules, ["credit_code"])["message"].to_list() == ["“营业{收入}”-3.5"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"expression": "costs <= 1"}, "名称 costs 没有定义"),
        ({"expression": "cost <="}, "语法错误"),
        ({"items": ("costs",)}, "没有列 costs"),
        ({"items": (), "over": "x_*"}, "没有列 x_\\*"),
        ({"message": "«costs»"}, "名称 costs 没有定义"),
        ({"silent_with": ("other",)}, "写了 term、value 或 silent_with"),
    ],
)
def test_broken_definitions_are_refused(changed, said):
    with pytest.raises(DefinitionRefused, match=said):
        check_rules(FORM, [check(**changed)], PARAMETERS, "规则")


def test_slices_do_not_change_the_report(tmp_path):
    frame = pl.concat([FRAME] * 7).with_row_index("row")
    rules = form_rules(FORM)
    whole = confront(frame, rules, ["row"])
    order = ["rule", "item", "row"]
    path = tmp_path / "企业[1].parquet"
    frame.write_parquet(path, row_group_size=4)
    for rows in (1, 3, 35, 100):
        assert confront(frame, rules, ["row"], slice_rows=rows).sort(order).equals(whole.sort(order))
        assert confront_file(path, rules, ["row"], slice_rows=rows).sort(order).equals(whole.sort(order))


def test_no_row_no_rule_and_a_missing_column():
    empty = confront(FRAME.head(0), form_rules(FORM), ["credit_code"])
    assert (empty.height, empty.columns) == (0, ["credit_code", "item", "value", "rule", "severity", "message"])
    assert confront(FRAME, [], ["credit_code"]).height == 0
    always = TableRule("r", "cost", pl.lit(False), "提示", pl.lit("总是"))
    assert confront(FRAME, [always], ["credit_code"]).height == FRAME.height


@pytest.mark.parametrize("frame", [FRAME.drop("cost"), FRAME.with_columns(pl.col("cost").cast(pl.String))])
def test_a_missing_column_and_one_of_another_type_are_refused_by_pandera(frame):
    with pytest.raises((SchemaError, SchemaErrors), match="cost"):
        confront(frame, [], ["credit_code"], form_structure(FORM))
