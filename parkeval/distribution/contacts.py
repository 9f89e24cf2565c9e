"""The office's table of contacts: who gets the papers of a park, and who else reads the bulletin. TOML or workbook."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from parkeval.errors import DiskFault, disk_reason
from validation.definition import Definition, build, read_toml
from validation.problems import DefinitionRefused, Problem

COLUMNS = {"园区代码": "code", "单位名称": "name", "邮箱": "to", "抄送": "cc", "联系人": "person", "电话": "phone"}
"""Columns of the workbook; a row without a park's code is a reader of the bulletin."""

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_SEPARATORS = re.compile(r"[;；,，、\s]+")


class Contact(Definition):
    """One recipient. `code` is the park's, empty for a reader of the bulletin; addresses may be missing."""

    code: str = ""
    name: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    person: str = Field(default="", max_length=60)
    phone: str = Field(default="", max_length=40)

    @field_validator("to", "cc")
    @classmethod
    def _addresses(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for address in given:
            if not _ADDRESS.fullmatch(address):
                raise ValueError("应为邮箱地址，如 zhang@example.gov.cn")
        return given

    @field_validator("name", "person", "phone", "code")
    @classmethod
    def _one_line(cls, given: str) -> str:
        if any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") for char in given):
            raise ValueError("不得有换行或控制字符")
        return given.strip()


class _Table(Definition):
    parks: tuple[Contact, ...] = ()
    readers: tuple[Contact, ...] = ()


@dataclass(frozen=True)
class Contacts:
    """Contacts of parks by their code, and the readers of the bulletin in the order of the table."""

    parks: Mapping[str, Contact]
    readers: tuple[Contact, ...]


def no_contacts() -> Contacts:
    """Where the office keeps no table."""
    return Contacts({}, ())


def load_contacts(path: Path) -> Contacts:
    """Read a table of contacts (.toml, .xlsx); raises DefinitionRefused with every problem, DiskFault if unreadable."""
    if path.suffix.lower() == ".toml":
        table = build(read_toml(path), _Table, str(path))
    else:
        table = build(_from_workbook(path), _Table, str(path))
    _refuse_doubles(path, table)
    return Contacts({row.code: row for row in table.parks}, table.readers)


def _refuse_doubles(path: Path, table: _Table) -> None:
    problems = []
    for kind, keys in (
        ("园区代码", [row.code for row in table.parks]),
        ("单位名称", [row.name for row in table.readers]),
    ):
        for key in sorted({key for key in keys if keys.count(key) > 1 or not key}):
            found = f"“{key}”有 {keys.count(key)} 行" if key else "有一行没有填写"
            problems.append(Problem(f"{path} 的{kind}", found, "各不相同，每行一个", "改正联系人表"))
    if problems:
        raise DefinitionRefused(problems)


def _from_workbook(path: Path) -> dict[str, Any]:
    from validation.archive import Unfit
    from validation.workbook_files import read_xlsx

    try:
        book = read_xlsx(path.read_bytes())
    except OSError as error:
        raise DiskFault([Problem(str(path), disk_reason(error), "可读的联系人表", "检查路径和权限")]) from None
    except Unfit as reason:
        raise DefinitionRefused([Problem(str(path), str(reason), "TOML 或 .xlsx 联系人表", "改换文件")]) from None
    parks: list[dict[str, Any]] = []
    readers: list[dict[str, Any]] = []
    for sheet in book.sheets:
        head, *rows = sheet.rows or [[]]
        fields = {at: COLUMNS[str(cell).strip()] for at, cell in enumerate(head) if str(cell).strip() in COLUMNS}
        if not {"to"} <= set(fields.values()):
            continue
        for row in rows:
            contact = _contact(fields, row)
            if contact.get("code"):
                parks.append(contact)
            elif contact:
                readers.append(contact)
    if not parks and not readers:
        columns = "、".join(COLUMNS)
        raise DefinitionRefused([Problem(str(path), "没有联系人", f"首行为列名（{columns}）的工作表", "按列名填写")])
    return {"parks": parks, "readers": readers}


def _contact(fields: Mapping[int, str], row: Iterable[Any]) -> dict[str, Any]:
    texts = {fields[at]: str(cell).strip() for at, cell in enumerate(row) if at in fields and cell not in (None, "")}
    return {
        name: [part for part in _SEPARATORS.split(text) if part] if name in ("to", "cc") else text
        for name, text in texts.items()
        if text
    }
