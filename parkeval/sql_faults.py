"""What DuckDB says about a wrong statement, in Chinese: place, found, expected, and the nearest names there are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from itertools import accumulate

from parkeval.errors import UsageFault
from parkeval.published_schema import PARK_NAME, macros
from scoring.schema import result_tables
from validation.problems import Problem

NEAREST = 4
LAST_NARROW = 0x2E7F
"""Characters after this one are Chinese or full-width."""

CURE = "改正语句；表和列见 docs/结果表.md，或用 sql HOME --tables"


def sql_fault(kind: str, text: str, statement: str) -> UsageFault:
    """The fault that DuckDB's `text` tells about `statement`; what is not known is told in DuckDB's words."""
    place = _place(text)
    column = re.search(r'Referenced column "([^"]+)"|does not have a column named "([^"]+)"', text)
    if column:
        return UsageFault([_unknown_column(place, column[1] or column[2], statement)])
    for pattern, said in FAULTS:
        found = re.search(pattern, text, re.DOTALL)
        if found:
            return UsageFault([said(place, *found.groups())])
    lines = [line.strip() for line in text.split("\nLINE ", maxsplit=1)[0].splitlines() if line.strip()]
    words = "；".join(lines[:2]) or kind
    return UsageFault([Problem(place, f"数据库的提示：{words}", "只读的查询语句", CURE)])


def table_names() -> list[str]:
    """Names after FROM: tables, Chinese views and macros."""
    tables = result_tables().values()
    return [*(table.view for table in tables), *(table.name for table in tables), *(macro.name for macro in macros())]


def column_names(statement: str) -> list[str]:
    """Names of columns of the tables and views that `statement` names, or of all; a view's are Chinese, a table's are not."""
    tables = result_tables().values()

    def named(name: str) -> bool:
        return re.search(rf"\b{name}\b", statement, re.IGNORECASE) is not None

    views = [column.label for table in tables if named(table.view) for column in table.columns]
    codes = [column.name for table in tables if named(table.name) for column in table.columns]
    if not views and not codes:
        views = [column.label for table in tables for column in table.columns]
        codes = [column.name for table in tables for column in table.columns]
    return [*dict.fromkeys([*([PARK_NAME] if views else []), *views, *codes])]


def _place(text: str) -> str:
    """Line and character of the statement that DuckDB marks with a caret; wide characters take two columns there."""
    marked = re.search(r"^LINE (\d+): (.*)\n( *)\^", text, re.MULTILINE)
    if not marked:
        return "SQL"
    column = len(marked[3]) - len(f"LINE {marked[1]}: ")
    before = accumulate((2 if ord(char) > LAST_NARROW else 1 for char in marked[2]), initial=0)
    return f"SQL 第 {marked[1]} 行第 {sum(taken < column for taken in before) + 1} 字"


def _near(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(name, names, NEAREST, 0.5) or [other for other in names if name in other or other in name]
    return "、".join(near[:NEAREST])


def _unknown_table(place: str, name: str) -> Problem:
    near = _near(name, table_names())
    return Problem(place, f"没有表或视图“{name}”", f"相近的有 {near}" if near else "、".join(table_names()[:12]), CURE)


def _unknown_column(place: str, name: str, statement: str) -> Problem:
    columns = column_names(statement)
    near = _near(name, columns)
    known = f"相近的有 {near}" if near else "、".join(columns[:12])
    return Problem(place, f"没有列“{name}”", known, "列名可用 DESCRIBE 表名 查看；文字要用单引号")


def _syntax(place: str, word: str) -> Problem:
    return Problem(place, f"语法不对，在“{word}”附近", "一条完整的 SELECT 语句", "检查这里和前面的拼写、逗号和括号")


def _fixed(found: str, expected: str, cure: str = CURE) -> Callable[..., Problem]:
    """A problem whose words take the pieces that the pattern caught."""
    return lambda place, *caught: Problem(place, found.format(*caught), expected.format(*caught), cure)


FAULTS: tuple[tuple[str, Callable[..., Problem]], ...] = (
    (r"Table with name (.+?) does not exist", _unknown_table),
    (r'Referenced table "([^"]+)" not found', _unknown_table),
    (r'syntax error at or near "([^"]*)"', _syntax),
    (r"syntax error at end of input()", _syntax),
    (r"unterminated (?:quoted|string|.*?quote)", _fixed("引号没有闭合", "成对的引号")),
    (r"Function with name (\S+) does not exist", _fixed("没有函数“{0}”", "DuckDB 的函数，或结果库的宏")),
    (
        r'column "([^"]+)" must appear in the GROUP BY',
        _fixed("列“{0}”既没有分组也没有汇总", "写进 GROUP BY，或用 any_value({0})"),
    ),
    (r'Ambiguous reference to (?:column|table) name "([^"]+)"', _fixed("“{0}”在几个表里都有", "写明 表名.{0}")),
    (r"Could not convert string '(.*?)' to (\w+)", _fixed("文字“{0}”不能当作 {1}", "同类的值相比较或转换")),
    (r"argument types '(.+?)'", _fixed("函数不能用于这些类型：{0}", "合适的类型", "用 CAST(… AS …) 转换类型")),
    (r'function call "(.+?)"\. In', _fixed("函数不能用于这些类型：{0}", "合适的类型", "用 CAST(… AS …) 转换类型")),
    (r"not provided for the following parameters: (.+)", _fixed("参数没有给值：{0}", "每个 $名 一个值", "用 --set 名=值")),
    (r"Cannot access (?:file|directory) \"(.*?)\"", _fixed("不能访问文件“{0}”", "只用结果库中的表", "结果只读，不能读写文件")),
    (
        r"disabled (?:by|through) configuration|configuration has been locked|in read-only mode",
        _fixed("不能访问文件、网络、扩展，也不能改设置", "只用结果库中的表", "结果只读"),
    ),
    (r"Values list|number of result columns", _fixed("UNION 两边的列数不同", "列数和类型相同")),
)  # fmt: skip
