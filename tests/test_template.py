"""Collection workbooks: the layout the reader relies on, what cells accept, and that data stay data."""

import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook as Book
from openpyxl.worksheet.worksheet import Worksheet

from validation.forms import Column, Form, FormSet, Item, Workbook, load_form_set
from validation.template import CHOICE_SHEET, KEY_SHEET, Content, Value, file_name, write_templates, write_workbook

FORM_SET = load_form_set("park-annual")
FORMS = [(book.code, form.code) for book in FORM_SET.workbooks for form in book.forms]
PARK = Content(park_code="YN5328-01", park_name="示例园区", year=2025, notice="示例数据，全部虚构")


def written(folder: Path, code: str = "park", content: Content | None = None, form_set: FormSet = FORM_SET) -> Book:
    path = folder / f"{code}.xlsx"
    write_workbook(path, form_set, code, content)
    return openpyxl.load_workbook(path)


def small_form_set(*columns: Column) -> FormSet:
    item = Item(code="figure", label="数", type="number")
    forms = (
        Form(code="first", sheet="一", title="一", kind="items", items=(item,)),
        Form(code="second", sheet="二", title="二", kind="table", columns=columns, rows=3),
    )
    book = Workbook(code="park", label="园区年报", filed_by="park", forms=forms)
    return FormSet(key="small", version="1", title="小表", clause="一", workbooks=(book,))


def rules_of(sheet: Worksheet) -> dict[str, object]:
    return {str(part): rule for rule in sheet.data_validations.dataValidation for part in rule.sqref.ranges}


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Book]:
    folder = tmp_path_factory.mktemp("templates")
    return {book.code: written(folder, book.code, PARK) for book in FORM_SET.workbooks}


@pytest.mark.parametrize(("code", "form_code"), FORMS)
def test_every_form_is_marked_and_every_field_has_its_hidden_code(
    books: dict[str, Book], code: str, form_code: str
) -> None:
    form = next(form for form in FORM_SET.workbook(code).forms if form.code == form_code)
    sheet = books[code][form.sheet]
    assert sheet["A1"].value is None
    assert sheet["B1"].value == form.title
    assert sheet["A3"].value == f"form:{form.code}"
    assert sheet.column_dimensions["A"].hidden
    if form.kind == "items":
        assert [sheet.cell(3, column).value for column in range(2, 7)] == [
            "指标名称",
            "计量单位",
            "本年",
            "上年",
            "填报说明",
        ]
        shown = [tuple(sheet.cell(row, column).value for column in (1, 2, 3)) for row in range(4, sheet.max_row + 1)]
        assert shown == [(item.code, item.label, item.unit or None) for item in form.items]
    else:
        assert sheet.row_dimensions[3].hidden
        columns = range(2, 2 + len(form.columns))
        assert [sheet.cell(3, column).value for column in columns] == [column.code for column in form.columns]
        assert sheet.cell(4, 2).value == form.columns[0].label
        assert sheet.max_row == 4 + form.rows


@pytest.mark.parametrize(("code", "form_code"), FORMS)
def test_entry_cells_are_open_and_the_structure_is_locked_without_a_password(
    books: dict[str, Book], code: str, form_code: str
) -> None:
    form = next(form for form in FORM_SET.workbook(code).forms if form.code == form_code)
    sheet = books[code][form.sheet]
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    assert sheet["B1"].protection.locked
    assert sheet["B4"].protection.locked
    if form.kind == "items":
        settled = {"park_code", "park_name", "statistics_year", "data_notice"}
        for row, item in enumerate(form.items, start=4):
            assert sheet.cell(row, 4).protection.locked is (item.code in settled)
            assert sheet.cell(row, 5).protection.locked is not item.last_year
    else:
        assert not any(sheet.cell(5, column).protection.locked for column in range(2, 2 + len(form.columns)))
        assert sheet.column_dimensions["B"].protection.locked is False  # more rows than the blank ones can be filled


@pytest.mark.parametrize(("code", "form_code"), FORMS)
def test_sheets_are_set_up_for_a4_and_say_what_they_hold(books: dict[str, Book], code: str, form_code: str) -> None:
    form = next(form for form in FORM_SET.workbook(code).forms if form.code == form_code)
    sheet = books[code][form.sheet]
    assert sheet.page_setup.paperSize == 9
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.freeze_panes == ("C4" if form.kind == "items" else "C5")
    note = sheet["B2"].value
    assert "示例数据，全部虚构" in note
    assert "统计年度：2025" in note
    assert form.note in note


@pytest.mark.parametrize(("code", "form_code"), FORMS)
def test_every_entry_cell_has_a_rule_and_a_hint_within_the_limits_of_excel(
    books: dict[str, Book], code: str, form_code: str
) -> None:
    form = next(form for form in FORM_SET.workbook(code).forms if form.code == form_code)
    sheet = books[code][form.sheet]
    rules = sheet.data_validations.dataValidation
    for row, item in enumerate(form.items, start=4):
        if not sheet.cell(row, 4).protection.locked:
            assert any(f"D{row}" in rule.sqref for rule in rules)
            assert any(f"E{row}" in rule.sqref for rule in rules) is item.last_year
    if form.kind == "table":
        assert len(rules) == len(form.columns)
        assert all(str(rule.sqref).split(":")[0].endswith("5") for rule in rules)
    for rule in rules:
        assert 0 < len(rule.promptTitle) <= 32
        assert 0 < len(rule.prompt) <= 255
        assert len(rule.error) <= 255
        assert len(rule.formula1) <= 255


def test_limits_units_examples_and_choices_reach_the_clerk(books: dict[str, Book]) -> None:
    land = next(iter(rules_of(books["park"]["土地"]).values()))
    assert (land.type, land.operator, float(land.formula1)) == ("decimal", None, 0)
    assert "单位：亩" in land.prompt
    assert "例：12000" in land.prompt
    assert "不小于 0" in land.error
    staff = rules_of(books["park"]["效益与企业"])["D6:E6"]
    assert staff.type == "whole"
    industry = rules_of(books["park"]["分行业"])["B5:B5004"]
    assert industry.type == "list"
    assert industry.formula1 == f"'{CHOICE_SHEET}'!$A$1:$A$13"
    choices = [cell.value for cell in books["park"][CHOICE_SHEET]["A"]]
    assert tuple(choices[:13]) == FORM_SET.tables()["industries"].columns[0].choices
    assert books["park"]["分行业"]["C4"].value == "营业收入（万元）"
    leading = rules_of(books["bureau"]["园区名录"])["J5:J5004"]
    assert not leading.showErrorMessage  # several choices are typed, Excel would refuse them


def test_hidden_sheets_hold_the_mark_of_the_workbook(books: dict[str, Book]) -> None:
    mark = books["park"][KEY_SHEET]
    assert mark.sheet_state == "veryHidden"
    assert books["park"][CHOICE_SHEET].sheet_state == "hidden"
    assert list(mark.values) == [
        ("template", "park-annual/park"),
        ("version", FORM_SET.version),
        ("park_code", "YN5328-01"),
        ("year", "2025"),
    ]
    assert [row[0] for row in books["bureau"][KEY_SHEET].values] == ["template", "version"]


def test_a_workbook_without_a_park_lets_the_clerk_fill_the_cover(tmp_path: Path) -> None:
    cover = written(tmp_path, content=Content(year=2025))["封面"]
    assert [cover[cell].value for cell in ("D4", "D5", "D6")] == [None, None, 2025]
    assert not cover["D4"].protection.locked
    assert cover["D6"].protection.locked


def test_values_stand_in_their_cells_with_their_types(tmp_path: Path) -> None:
    content = Content(
        items={
            "filed_on": date(2026, 4, 15), "planned_land_mu": Decimal("76590.01"), "employees_persons": 8600,
            "profit_10k_cny": -12.5, "prepared_by": "007",
        },
        last_year_items={"planned_land_mu": 12000},
        records={"industries": [{"industry": "橡胶", "revenue_10k_cny": Decimal("230000.10")}, {"industry": "其他"}]},
    )  # fmt: skip
    book = written(tmp_path, content=content)
    assert book["封面"]["D7"].value == datetime(2026, 4, 15)
    assert book["封面"]["D7"].number_format == "yyyy-mm-dd"
    assert book["封面"]["D8"].value == "007"
    assert (book["土地"]["D4"].value, book["土地"]["E4"].value) == (76590.01, 12000)
    assert book["效益与企业"]["D5"].value == -12.5
    assert [cell.value for cell in book["分行业"]["B"][4:7]] == ["橡胶", "其他", None]
    assert book["分行业"]["C5"].value == 230000.1
    bureau = written(tmp_path, "bureau", Content(records={"parks": [{"leading_industries": ("普洱茶", "制糖")}]}))
    assert bureau["园区名录"]["J5"].value == "普洱茶、制糖"


@pytest.mark.parametrize("text", ["=1+1", "http://example.invalid/a", "+cmd|' /C calc'!A0", "{=SUM(A1)}", "12"])
def test_text_stays_text(tmp_path: Path, text: str) -> None:
    content = Content(items={"explanation": text}, records={"industries": [{"industry": text}]}, notice=text)
    book = written(tmp_path, content=content)
    for cell in (book["封面"]["D12"], book["分行业"]["B5"]):
        assert (cell.value, cell.data_type) == (text, "s")
        assert cell.hyperlink is None
    with zipfile.ZipFile(tmp_path / "park.xlsx") as parts:
        assert not [name for name in parts.namelist() if "vba" in name or "externalLink" in name]
        assert b"<f>" not in b"".join(parts.read(name) for name in parts.namelist() if "worksheets/" in name)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), Decimal("0.12345678901234567891"), 10**20 + 1, "长" * 32768]
)
def test_what_a_cell_cannot_hold_is_refused(tmp_path: Path, value: Value) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        write_workbook(tmp_path / "a.xlsx", FORM_SET, "park", Content(items={"planned_land_mu": value}))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "content",
    [
        Content(items={"no_such_item": 1}),
        Content(last_year_items={"no_such_item": 1}),
        Content(records={"no_such_form": []}),
        Content(records={"industries": [{"no_such_column": 1}]}),
    ],
)
def test_content_for_unknown_places_is_refused(tmp_path: Path, content: Content) -> None:
    with pytest.raises(ValueError, match="no_such"):
        write_workbook(tmp_path / "a.xlsx", FORM_SET, "park", content)


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / name, FORM_SET, "park", PARK)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx"]


def test_choices_and_hints_beyond_the_limits_of_excel_still_make_a_sound_workbook(tmp_path: Path) -> None:
    choices = tuple(f"很长很长很长的选项{number}" for number in range(60))
    column = Column(code="kind", label="名" * 40, type="list", choices=choices, hint="说" * 300)
    book = written(tmp_path, content=Content(), form_set=small_form_set(column))
    rule = rules_of(book["二"])["B5:B5004"]
    assert rule.formula1 == f"'{CHOICE_SHEET}'!$A$1:$A$60"
    assert (len(rule.promptTitle), len(rule.prompt)) == (32, 255)


def test_more_records_than_blank_rows_are_all_written(tmp_path: Path) -> None:
    column = Column(code="name", label="名称", type="text")
    rows = [{"name": f"第{number}行"} for number in range(7)]
    book = written(tmp_path, content=Content(records={"second": rows}), form_set=small_form_set(column))
    assert [cell.value for cell in book["二"]["B"][4:]] == [row["name"] for row in rows]


def test_one_workbook_for_each_park_and_one_for_the_bureau(tmp_path: Path) -> None:
    parks = [("YN5328-02", "勐海产业园区"), ("YN5328-01", "云南勐腊（磨憨）重点开发开放试验区")]
    paths = write_templates(tmp_path / "new", FORM_SET, parks, 2025)
    assert [path.name for path in paths] == [
        "YN5328-01-云南勐腊(磨憨)重点开发开放试验区-2025.xlsx",
        "YN5328-02-勐海产业园区-2025.xlsx",
        "州级汇总-2025.xlsx",
    ]
    assert openpyxl.load_workbook(paths[0])["封面"]["D5"].value == "云南勐腊（磨憨）重点开发开放试验区"
    assert [path.name for path in write_templates(tmp_path, FORM_SET, [], 2025)] == [
        "园区年报-2025.xlsx",
        "州级汇总-2025.xlsx",
    ]


def test_two_parks_never_share_a_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="share the file"):
        write_templates(tmp_path, FORM_SET, [("A1", "园区"), ("A/1", "园区")], 2025)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("YN/../01", "甲／乙"), "YN01-甲乙.xlsx"),
        (("a b\tc", "（虚构）"), "abc-(虚构).xlsx"),
        (("..", '园区<1>:*?"|'), "园区1.xlsx"),
        (("ＡＢ１", ""), "AB1.xlsx"),
        (("名" * 200,), "名" * 60 + ".xlsx"),
    ],
)
def test_file_names_are_normalised_before_they_are_cleaned(parts: tuple[str, ...], expected: str) -> None:
    assert file_name(*parts) == expected
