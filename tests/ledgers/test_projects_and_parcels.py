"""Ledgers of projects and parcels: figures worked by hand, rules and links in the words the bureau reads, files of every kind."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from tests.ledgers.plain_ledgers import FORM_SET, Row, credit_code, definition, parcel, project, row, taken, write
from tests.ledgers.test_reconcile import PARKS, filed, told
from validation.forms import CATALOGUE
from validation.ledgers.bottom_up import BottomUp, bottom_up
from validation.ledgers.definition import Ledgers
from validation.ledgers.engines import Engine
from validation.ledgers.figures import park_figures
from validation.ledgers.files import take_records
from validation.ledgers.loading import ledger_files, load_ledgers
from validation.ledgers.reconcile import Reconciled, reconcile
from validation.problems import DataRefused, DefinitionRefused
from validation.template import write_templates

PROJECTS = [
    project(1, "P1", 2025, 10_000, state="投产", started_on=date(2023, 5, 1), production_on=date(2025, 6, 1),
            investment_year_10k_cny=2_000, investment_total_10k_cny=9_000, land_mu=50, credit_code=credit_code(1)),
    project(2, "P1", 2025, 30_000, started_on=date(2025, 3, 1), signed_on=date(2024, 9, 1),
            investment_year_10k_cny=6_000, investment_total_10k_cny=6_000, land_mu=150, kind="技改"),
    project(3, "P1", 2025, 8_000, state="签约", signed_on=date(2025, 2, 1), investment_year_10k_cny=0, land_mu=0),
]  # fmt: skip
PARCELS = [
    parcel(1, "P1", 2025, 300, footprint_m2=60_000, floor_area_m2=100_000, owner_credit_code=credit_code(1)),
    parcel(2, "P1", 2025, 100, state="闲置", owner_credit_code=credit_code(2)),
    parcel(3, "P1", 2025, 80, state="供而未用", owner_credit_code=credit_code(1), agreed_start_on=date(2025, 3, 1)),
    parcel(4, "P1", 2025, 20, state="低效", land_use="仓储", owner_credit_code=credit_code(1)),
    parcel(5, "P1", 2025, 500, state="批而未供", land_use="商服"),
]  # fmt: skip
ENTERPRISES = [row(1, "P1", 2025, 50_000.0, taxes_10k_cny=2_400.0)]


def added_up(folder: Path, *ledgers: list[Row]) -> BottomUp:
    paths = [write(folder / f"{number}.parquet", rows) for number, rows in enumerate(ledgers)]
    return bottom_up(paths, definition(), 2025, Engine(), folder)


def reconciled(bottom: BottomUp, items: pl.DataFrame) -> Reconciled:
    return reconcile(bottom, items, PARKS, definition(), FORM_SET, 2025)


@pytest.fixture(scope="module")
def bottom(tmp_path_factory: pytest.TempPathFactory) -> BottomUp:
    return added_up(tmp_path_factory.mktemp("ledgers"), ENTERPRISES, PROJECTS, PARCELS)


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("projects_count", 3), ("projects_signed_count", 1), ("projects_started_count", 1), ("projects_in_production_count", 1),
        ("planned_investment_10k_cny", 48_000), ("investment_completed_10k_cny", 8_000),
        ("investment_progress_pct", 37.5),  # (9000 + 6000) of (10000 + 30000)
        ("start_rate_pct", 200 / 3), ("technical_renovation_share_pct", 75), ("project_investment_per_mu_10k_cny", 200),
        ("land_mu", 1_000), ("supplied_land_mu", 500), ("industrial_land_mu", 480), ("unused_land_mu", 80), ("idle_land_mu", 100),
        ("land_supply_rate_pct", 50), ("land_built_rate_pct", 64), ("idle_land_share_pct", 20), ("inefficient_land_share_pct", 6.25),
        ("industrial_land_share_pct", 100), ("floor_area_ratio", 0.5), ("building_density_pct", 30),
        ("developed_industrial_land_mu", 300), ("taxes_per_industrial_mu_10k_cny", 5),
    ],
)  # fmt: skip
def test_figures_worked_by_hand(bottom: BottomUp, figure: str, value: float) -> None:
    assert bottom.figures.filter(park_code="P1", figure=figure)["value"].item() == pytest.approx(value, rel=1e-11)


def test_filed_land_and_investment_are_held_against_the_lists(bottom: BottomUp) -> None:
    items = filed(P1_fixed_investment_10k_cny=7_000, P1_idle_land_mu=60, P1_developed_industrial_land_mu=302)
    assert told(reconciled(bottom, items), "ledger_total") == [
        ("P1", "核实", "“固定资产投资”园区报 7000 万元，项目台账汇总 8000 万元，比园区报的多 1000 万元（14.3%）"),
        ("P1", "核实", "“闲置土地面积”园区报 60 亩，地块台账汇总 100 亩，比园区报的多 40 亩（66.7%）"),
    ]
    # The list holds the larger projects only: more investment than the list knows is as it should be.
    more = filed(P1_fixed_investment_10k_cny=9_000, P1_idle_land_mu=100, P1_developed_industrial_land_mu=300)
    assert told(reconciled(bottom, more), "ledger_total") == []


def test_an_owner_that_is_no_enterprise_of_the_park_is_told_by_park_and_number(bottom: BottomUp) -> None:
    result = reconciled(bottom, filed())
    assert told(result, "ledger_rows") == [
        ("P1", "核实", "地块台账“使用权人统一社会信用代码”工业、仓储地块的使用权人不在园区企业台账：1 行须核实")
    ]
    details = bottom.details.filter(rule="parcel_owner").select("ledger", "member", "value", "message").row(0)
    assert details == ("parcels", "532822GB00002", credit_code(2), "“使用权人统一社会信用代码”不在该园区的企业台账")
    assert credit_code(2) not in result.findings.write_csv() + result.compared.write_csv()


def test_links_are_not_asked_of_parks_without_the_other_ledger(tmp_path: Path) -> None:
    bottom = added_up(tmp_path, [row(1, "P2", 2025, 3000.0)], PARCELS)
    assert bottom.broken.filter(rule="parcel_owner").is_empty()
    reasons = bottom.figures.filter(figure="taxes_per_industrial_mu_10k_cny").select("park_code", "reason").rows()
    assert reasons == [("P1", "企业台账没有该园区"), ("P2", "地块台账没有该园区")]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([project(1, "P1", 2025, 100, investment_total_10k_cny=111)], "项目台账“自开工累计完成投资”不符合“累计完成投资不超过计划总投资一成”：1 行须核实"),
        ([project(1, "P1", 2025, 100, investment_year_10k_cny=9, investment_total_10k_cny=7)], "“本年完成投资”不符合“本年完成投资不大于累计”：1 行错误"),
        ([project(1, "P1", 2025, 9, started_on=date(2025, 2, 1), production_on=date(2025, 1, 1))], "“投产日期”不符合“先开工后投产”：1 行错误"),
        ([project(1, "P1", 2025, 9, state="投产", started_on=date(2025, 2, 1))], "“投产日期”不符合“投产的项目有投产日期”：1 行须核实"),
        ([project(1, "P1", 2025, 9, kind="改造", started_on=date(2025, 2, 1))], "项目台账“建设性质”不在选项中：1 行错误"),
        ([parcel(1, "P1", 2025, 1, footprint_m2=700, floor_area_m2=700, owner_credit_code=credit_code(1))], "不符合“建筑基底不大于地块”：1 行错误"),
        ([parcel(1, "P1", 2025, 1, state="供而未用", agreed_start_on=date(2024, 12, 31))], "不符合“约定动工后一年内动工”：1 行须核实"),
        ([parcel(1, "P1", 2025, 1, state="在建")], "不符合“已供应的工业、仓储地块有使用权人”：1 行须核实"),
        ([parcel(1, "P1", 2025, 1, state="闲置"), parcel(1, "P1", 2025, 1, state="闲置")], "地块台账“宗地代码”有几行相同：1 行错误"),
    ],
)  # fmt: skip
def test_rows_that_break_a_rule_are_told(tmp_path: Path, rows: list[Row], said: str) -> None:
    findings = told(reconciled(added_up(tmp_path, rows), filed()), "ledger_rows")
    assert any(said in message for _, _, message in findings), findings


def test_a_park_without_rows_of_a_ledger_is_told_only_of_ledgers_that_were_given(tmp_path: Path) -> None:
    result = reconciled(added_up(tmp_path, PROJECTS), filed())
    assert told(result, "ledger_none") == [
        (park, "提示", "项目台账没有该园区 2025 年的行，园区数未与项目核对") for park in ("P2", "P3")
    ]


def test_csv_files_are_known_by_their_columns_and_dates_may_be_written_as_offices_write_them(tmp_path: Path) -> None:
    heads = "园区代码,项目编号,年度,项目名称,统一社会信用代码,项目类型,项目阶段,总投资（亿元）,签约时间,开工时间"
    rows = [
        f"P1,X1,2025,甲,{credit_code(1)},新建,在建,1.5,2024/9/1,2025年3月1日",
        f"P1,X2,2025,乙,{credit_code(2)},扩建,签约,0.5,2025.6.30,明年",
    ]
    (tmp_path / "项目.csv").write_text("\n".join([heads, *rows]), "gb18030")
    read = take_records([tmp_path / "项目.csv"], definition(), tmp_path)
    assert list(read.records) == ["projects"]
    assert read.findings.filter(severity="错误")["message"].to_list() == ["“开工日期”有 1 处不是日期：第 3 行"]
    figures = park_figures(read.records, definition(), 2025, Engine())
    values = dict(figures.select("figure", "value").rows())
    assert (values["planned_investment_10k_cny"], values["projects_signed_count"]) == (20_000, 1)
    assert values["projects_started_count"] == 1


def test_the_workbook_of_the_template_is_read_back(tmp_path: Path) -> None:
    paths = write_templates(tmp_path, definition().form_set, [], 2025)
    assert [path.name for path in paths] == ["企业台账-2025.xlsx", "地块台账-2025.xlsx", "项目台账-2025.xlsx"]
    book = openpyxl.load_workbook(paths[1])
    sheet = book["地块台账"]
    heads = {str(cell.value): cell for line in sheet.iter_rows() for cell in line if cell.value}
    filled = {
        "园区代码": "P1",
        "宗地代码": "GB01",
        "统计年度": 2025,
        "土地用途": "工业",
        "利用状态": "闲置",
        "约定动工日期": "2023-05-01",
    }
    for label, value in filled.items():
        cell = next(cell for head, cell in heads.items() if head.split("（")[0].strip("*＊ ") == label)
        sheet.cell(cell.row + 1, cell.column).value = value
    area = next(cell for head, cell in heads.items() if head.startswith("地块面积"))
    sheet.cell(area.row + 1, area.column).value = 12.5
    book.save(tmp_path / "填好.xlsx")
    work = tmp_path / "work"
    work.mkdir()
    read = take_records([tmp_path / "填好.xlsx"], definition(), work)
    figures = park_figures(read.records, definition(), 2025, Engine("polars"))
    assert figures.filter(figure="idle_land_mu")["value"].to_list() == [12.5]


def test_a_date_kept_as_text_is_refused_in_parquet(tmp_path: Path) -> None:
    pl.DataFrame([project(1, "P1", 2025, 9.0, started_on="2025-01-01")]).write_parquet(tmp_path / "项目.parquet")
    with pytest.raises(DataRefused, match="列的类型是 String；应为：日期列"):
        take_records([tmp_path / "项目.parquet"], definition(), tmp_path)


def own(folder: Path, name: str, *changes: tuple[str, str]) -> Ledgers:
    text = (CATALOGUE / "ledgers" / f"{name}.toml").read_text("utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (folder / "ledgers").mkdir(exist_ok=True)
    (folder / "ledgers" / f"{name}.toml").write_text(text, "utf-8")
    return load_ledgers(FORM_SET, ledger_files(folder, FORM_SET.key))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([('to = "enterprises"', 'to = "firms"')], "没有台账 firms"),
        ([("only = \"land_use IN", "only = \"zoning IN")], "zoning 没有定义"),
        ([('column = "owner_credit_code"', 'column = "owner"')], "没有列 owner；应为：地块台账的列"),
        ([('code = "parcels"', 'code = "plots"')], "代码是 plots；应为：与文件名相同的 parcels"),
        ([('key = "parcel_code"', 'key = "plot"')], "缺少列 plot"),
        ([('key = "parcel_code"', 'key = "parcel_code"\nclosing_month = { value = 12, reason = "r" }')], "列 month 与 closing_month"),
        ([('code = "land_mu"', 'code = "cr4_pct"')], "汇总指标 cr4_pct 在"),
        ([('reason = "台账中全部地块"', 'reason = "r"\nitem = "planned_land_mu"\ntolerance_pct = { value = 1, reason = "r" }')],
         "land_mu 写了 item；与报表指标核对的汇总指标写在报表的 ledgers.toml 里"),
        ([("100 * SUM(parcels.area_mu) FILTER (WHERE parcels.state <> '批而未供') / ", "SUM(parcels.size) / ")], "parcels.size 没有定义"),
        ([('formula = "SUM(parcels.area_mu)"', 'formula = "SUM(parcels.area_mu * projects.land_mu)"')], "应为：表 parcels 的列"),
    ],
)  # fmt: skip
def test_broken_definitions_are_told(tmp_path: Path, changes: list[tuple[str, str]], said: str) -> None:
    with pytest.raises(DefinitionRefused, match=said):
        own(tmp_path, "parcels", *changes)


def test_an_office_brings_a_ledger_of_its_own_in_place_of_ours(tmp_path: Path) -> None:
    loaded = own(tmp_path, "parcels", ('title = "地块台账"', 'title = "宗地册"'))
    assert [ledger.title for ledger in loaded.ledgers] == ["企业台账", "宗地册", "项目台账"]


def test_the_same_project_goes_on_from_year_to_year(tmp_path: Path) -> None:
    before = [project(1, "P2", 2024, 9_000.0, name="旧名"), project(2, "P1", 2024, 500.0)]
    now = [project(1, "P1", 2025, 9_000.0), project(2, "P1", 2025, 500.0, name="改名")]
    records = taken(tmp_path, before + now).records
    assert park_figures(records, definition(), 2024, Engine()).filter(figure="projects_count").height == 2
    result = reconciled(added_up(tmp_path, before + now), filed())
    assert told(result, "ledger_moved_in") == [("P1", "提示", "1 个项目从其他园区转来")]
    assert told(result, "ledger_renamed") == [("P1", "提示", "2 个项目代码相同而改了名称")]
