"""What enterprises add up to against what parks filed: each finding in the words the bureau reads, nothing about one enterprise."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tests.ledgers.plain_ledgers import FORM_SET, Row, credit_code, definition, row, with_figures
from tests.ledgers.plain_ledgers import write as write_rows
from validation.findings import Finding, to_frame
from validation.forms import CATALOGUE
from validation.ledgers.bottom_up import BottomUp, bottom_up, kept
from validation.ledgers.definition import Ledgers
from validation.ledgers.engines import Engine
from validation.ledgers.loading import ledger_files, load_ledgers
from validation.ledgers.reconcile import Reconciled, reconcile, without_filled
from validation.problems import DefinitionRefused
from validation.registry import REGISTRY
from validation.statistics import ITEMS

PARKS = pl.DataFrame(
    {
        "park_code": ["P1", "P2", "P3"],
        "from_year": [2020, 2020, 2020],
        "name": ["甲", "乙", "丙"],
        "leading_industries": ["橡胶、普洱茶", None, "制糖"],
        "until_year": [None, None, None],
    },
    schema_overrides={"from_year": pl.Int32, "until_year": pl.Int32},
).with_columns(pl.lit(None, kind).alias(name) for name, kind in REGISTRY.items() if name not in (
    "park_code", "from_year", "name", "leading_industries"))  # fmt: skip


def filed(**values: float | None) -> pl.DataFrame:
    """Items of 2025 of every park, named `P1_revenue_10k_cny`."""
    rows = [
        {"park_code": name[:2], "year": 2025, "item": name[3:], "value": None if value is None else Decimal(str(value))}
        for name, value in values.items()
    ]
    frame = pl.DataFrame(rows, schema={name: ITEMS[name] for name in ("park_code", "year", "item", "value")})
    return frame.with_columns(
        pl.lit(False if name == "corrected" else None, kind).alias(name)
        for name, kind in ITEMS.items()
        if name not in frame.columns
    ).select(*ITEMS)


def added_up(folder: Path, rows: list[Row], made: Ledgers | None = None) -> BottomUp:
    return bottom_up([write_rows(folder / "e.parquet", rows)], made or definition(), 2025, Engine(), folder)


def reconciled(
    folder: Path, rows: list[Row], items: pl.DataFrame, made: Ledgers | None = None, register: pl.DataFrame = PARKS
) -> Reconciled:
    made = made or definition()
    return reconcile(added_up(folder, rows, made), items, register, made, FORM_SET, 2025)


def told(result: Reconciled, check: str) -> list[tuple[str | None, str, str]]:
    rows = result.findings.filter(check_id=check).select("park_code", "severity", "message")
    return [(str(park) if park else None, str(severity), str(message)) for park, severity, message in rows.rows()]


def test_a_total_beyond_the_tolerance_is_told_and_one_within_is_not(tmp_path: Path) -> None:
    rows = [
        row(1, "P1", 2025, 3000.0),
        row(2, "P1", 2025, 7000.0),
        row(3, "P2", 2025, 9000.0),
        row(4, "P3", 2025, 5000.0),
    ]
    # 0.5 % is allowed: 10000 against 10050 (49.75 below) stands, 9000 against 9046 does not, nor does what P3 left out.
    items = filed(P1_revenue_10k_cny=10050, P2_revenue_10k_cny=9046, P3_revenue_10k_cny=4000)
    assert told(reconciled(tmp_path, rows, items), "ledger_total") == [
        ("P2", "核实", "“营业收入”园区报 9046 万元，企业台账汇总 9000 万元，比园区报的少 46 万元（0.5%）"),
        ("P3", "核实", "“营业收入”园区报 4000 万元，企业台账汇总 5000 万元，比园区报的多 1000 万元（25.0%）"),
    ]


def test_records_of_a_part_are_a_lower_bound_only(tmp_path: Path) -> None:
    partly = [
        figure.model_copy(update={"coverage": "part"})
        for figure in definition().figures
        if figure.code == "revenue_10k_cny"
    ]
    made = with_figures(*partly)
    rows = [row(1, "P1", 2025, 3000.0), row(2, "P2", 2025, 3000.0)]
    items = filed(P1_revenue_10k_cny=10000, P2_revenue_10k_cny=2000)
    result = reconciled(tmp_path, rows, items, made)
    assert [park for park, _, _ in told(result, "ledger_total")] == ["P2"]


def test_what_the_park_left_empty_is_filled_and_marked(tmp_path: Path) -> None:
    rows = [row(1, "P1", 2025, 3000.0), row(2, "P1", 2025, 50.0, above_scale="否"), row(3, "P2", 2025, 8000.0)]
    items = filed(P1_revenue_above_scale_10k_cny=None, P2_revenue_above_scale_10k_cny=7990, P1_revenue_10k_cny=None)
    result = reconciled(tmp_path, rows, items)
    values = {
        (park, item): value for park, item, value in result.items.select("park_code", "item", "value").iter_rows()
    }
    assert values == {
        ("P1", "revenue_above_scale_10k_cny"): 3000, ("P2", "revenue_above_scale_10k_cny"): 7990, ("P1", "revenue_10k_cny"): None,
    }  # fmt: skip
    mark = result.items.filter(park_code="P1", item="revenue_above_scale_10k_cny").row(0, named=True)
    assert (mark["corrected"], mark["filed_value"]) == (True, None)
    assert mark["correction_reason"] == "采用企业台账汇总数：规模以上工业企业联网直报，汇总数即园区数"
    assert told(result, "ledger_total_used") == [
        ("P1", "提示", "“规模以上工业企业营业收入”园区未报，采用企业台账汇总数 3000 万元")
    ]
    empty = to_frame(
        Finding("required_missing", "错误", "没有填", year=2025, park_code="P1", item=item)
        for item in ("revenue_above_scale_10k_cny", "revenue_10k_cny")
    )
    assert without_filled(empty, result.taken, 2025)["item"].to_list() == ["revenue_10k_cny"]


def test_a_column_that_no_file_has_is_told_once_and_a_gap_park_by_park(tmp_path: Path) -> None:
    """Sums are not formed from a part of the rows: one enterprise of P1 without taxes, and profit in no row at all."""
    rows = [
        row(1, "P1", 2025, 3000.0, taxes_10k_cny=None),
        row(2, "P1", 2025, 3000.0, taxes_10k_cny=90.0),
        row(3, "P2", 2025, 3000.0, taxes_10k_cny=90.0),
    ]
    rows = [{**one, "profit_10k_cny": None} for one in rows]
    said = told(reconciled(tmp_path, rows, filed(P1_taxes_10k_cny=180, P2_taxes_10k_cny=90)), "ledger_total_unknown")
    assert [one for one in said if "税收" in one[2] or "利润" in one[2]] == [
        (None, "提示", "“利润总额”在全部 2 个园区都不能由企业台账汇总：如 P1，“合计[企业利润总额]”有 2 条记录缺数"),
        ("P1", "提示", "“税收总额”不能由企业台账汇总：“合计[企业税收总额]”有 1 条记录缺数"),
    ]


def test_nothing_is_taken_over_from_records_with_errors(tmp_path: Path) -> None:
    rows = [row(1, "P1", 2025, 3000.0), row(2, "P1", 2025, 3000.0, industry="9999")]
    result = reconciled(tmp_path, rows, filed(P1_revenue_above_scale_10k_cny=None))
    assert result.taken.is_empty()
    assert told(result, "ledger_rows") == [("P1", "核实", "企业台账“行业代码”不是行业小类代码：1 行错误")]


def test_double_counting_moves_names_and_places_outside_the_register(tmp_path: Path) -> None:
    rows = [
        row(1, "P1", 2025, 3000.0), row(1, "P2", 2025, 3000.0), row(2, "P2", 2024, 2500.0), row(2, "P1", 2025, 2500.0),
        row(3, "P2", 2024, 2100.0), row(3, "P2", 2025, 2100.0, name="新名称"), row(4, "P9", 2025, 2000.0),
        row(5, "P1", 2025, 4000.0, leading_industry="制糖"), row(6, "P1", 2025, 2600.0), row(6, "P1", 2025, 2600.0),
    ]  # fmt: skip
    result = reconciled(tmp_path, rows, filed())
    said = {check: told(result, check) for check in result.findings["check_id"].unique()}
    assert said["ledger_shared"] == [
        ("P1", "核实", "1 家企业同时记在其他园区（P2），汇总时重复计算"),
        ("P2", "核实", "1 家企业同时记在其他园区（P1），汇总时重复计算"),
    ]
    assert said["ledger_moved_in"] == [("P1", "提示", "1 家企业从其他园区转来")]
    assert said["ledger_moved_out"] == [("P2", "提示", "1 家企业转到其他园区")]
    assert said["ledger_renamed"] == [("P2", "提示", "1 家企业代码相同而改了名称")]
    assert said["ledger_outside"] == [(None, "核实", "企业台账园区代码“P9”不在 2025 年园区名录，1 行没有采用")]
    assert said["ledger_none"] == [("P3", "提示", "企业台账没有该园区 2025 年的行，园区数未与企业核对")]
    assert said["ledger_not_leading"] == [("P1", "核实", "1 家企业标为主导产业“制糖”，不在园区名录的主导产业中")]
    assert ("P1", "核实", "企业台账“统一社会信用代码”有几行相同：1 行错误") in said["ledger_rows"]
    assert "P9" not in result.compared["park_code"].to_list()
    text = result.findings.write_csv() + result.compared.write_csv()
    assert not any(credit_code(number) in text or f"企业{number}" in text for number in range(1, 7))


def test_what_is_kept_gives_the_same_again_and_holds_no_enterprise(tmp_path: Path) -> None:
    rows = [row(1, "P1", 2025, 3000.0), row(1, "P2", 2025, 30.0), row(2, "P2", 2024, 2500.0), row(2, "P1", 2025, -1.0)]
    bottom = added_up(tmp_path, rows)
    assert bottom.details.height == 3
    bottom.keep(tmp_path / "kept")
    again = kept(tmp_path / "kept")
    items = filed(P1_revenue_10k_cny=10000)
    results = [reconcile(one, items, PARKS, definition(), FORM_SET, 2025) for one in (bottom, again)]
    assert results[0].findings.equals(results[1].findings)
    assert results[0].compared.equals(results[1].compared)
    for path in (tmp_path / "kept").iterdir():
        assert credit_code(1) not in pl.read_parquet(path).write_csv()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"formula": "SUM(enterprises.turnover)"}, "enterprises.turnover 没有定义"),
        ({"formula": "SUM(CASE WHEN enterprises.land_mu > 0 THEN 1 END)"}, "汇总公式里的“CASE"),
        ({"formula": "enterprises.land_mu + 1"}, "不在汇总函数里"),
        ({"item": "sales"}, "没有数值指标 sales"),
        ({"unit": "亿元"}, "单位是“亿元”；应为：与指标相同的“万元”"),
        ({"tolerance_pct": None}, "item 与 tolerance_pct 同时写或都不写"),
        ({"coverage": "part", "use": "fill"}, "不能采用"),
    ],
)
def test_broken_definitions_are_told(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    text = (CATALOGUE / "park-annual" / "ledgers.toml").read_text("utf-8")
    head, figure = text.split("[[figures]]")[:2]
    for name, value in changed.items():
        lines = [line for line in figure.splitlines() if not line.startswith(f"{name} ")]
        figure = "\n".join([*lines, f'{name} = "{value}"' if value is not None else ""])
    target = tmp_path / "park-annual" / "ledgers.toml"
    target.parent.mkdir()
    target.write_text(f"{head}[[figures]]{figure}", "utf-8")
    with pytest.raises(DefinitionRefused, match=said):
        load_ledgers(FORM_SET, ledger_files(tmp_path, "park-annual"))
