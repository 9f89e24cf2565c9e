"""The table of contacts: TOML and workbook say the same, and what is wrong is told all at once."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from parkeval.distribution.contacts import load_contacts
from validation.problems import DefinitionRefused

ROWS = [
    ["园区代码", "单位名称", "联系人", "邮箱", "抄送", "电话"],
    ["YN1", "甲园区", "张三", "a@example.gov.cn；b@example.gov.cn", "c@example.gov.cn", "0691-1"],
    ["", "州政府办公室", "", "d@example.gov.cn", "", ""],
    ["YN2", "乙园区", "李四", "", "", ""],
]
TEXT = """
[[parks]]
code = "YN1"
name = "甲园区"
person = "张三"
to = ["a@example.gov.cn", "b@example.gov.cn"]
cc = ["c@example.gov.cn"]
phone = "0691-1"
[[parks]]
code = "YN2"
name = "乙园区"
person = "李四"
[[readers]]
name = "州政府办公室"
to = ["d@example.gov.cn"]
"""


def workbook(path: Path, rows: list[list[str]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("联系人")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


def toml(folder: Path, text: str) -> Path:
    path = folder / "联系人.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_toml_and_workbook_say_the_same(tmp_path: Path) -> None:
    contacts = load_contacts(toml(tmp_path, TEXT))
    assert contacts == load_contacts(workbook(tmp_path / "联系人.xlsx", ROWS))
    assert contacts.parks["YN1"].to == ("a@example.gov.cn", "b@example.gov.cn")
    assert [reader.name for reader in contacts.readers] == ["州政府办公室"]


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = TEXT.replace("a@example.gov.cn", "张三").replace('person = "李四"', 'person = "李四\\nBcc: x"\nfax = "1"')
    with pytest.raises(DefinitionRefused) as fault:
        load_contacts(toml(tmp_path, text))
    said = str(fault.value)
    assert "parks.1.to" in said and "应为邮箱地址" in said
    assert "parks.2.person" in said and "不得有换行或控制字符" in said
    assert "parks.2.fax" in said and "未知的键" in said


@pytest.mark.parametrize(
    "address",
    ["a@b", "a b@example.cn", "a@example.cn\nBcc: x@y.cn", "a@example.cn,b@example.cn", "<a@example.cn>", "a@@example.cn", "",
     "张@example.cn", "a@-x.cn"],
)  # fmt: skip
def test_what_is_no_address_is_refused(tmp_path: Path, address: str) -> None:
    text = f'[[parks]]\ncode = "YN1"\nto = ["""{address}"""]\n'
    with pytest.raises(DefinitionRefused):
        load_contacts(toml(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[parks]]\ncode = "YN1"\n[[parks]]\ncode = "YN1"\n', "有 2 行"),
        ('[[parks]]\nname = "甲"\n', "有一行没有填写"),
        ('[[readers]]\nto = ["a@example.cn"]\n', "有一行没有填写"),
    ],
)
def test_rows_that_cannot_be_told_apart_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DefinitionRefused) as fault:
        load_contacts(toml(tmp_path, text))
    assert said in str(fault.value)


def test_a_workbook_without_the_columns_names_them(tmp_path: Path) -> None:
    with pytest.raises(DefinitionRefused) as fault:
        load_contacts(workbook(tmp_path / "x.xlsx", [["甲", "乙"], ["1", "2"]]))
    assert "园区代码、单位名称、邮箱" in str(fault.value)
