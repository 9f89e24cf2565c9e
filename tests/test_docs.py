"""Documents against the product: commands, tables and queries; `python tests/test_docs.py` writes what is derived."""

import re
import shlex
from pathlib import Path

import click
import pytest

from parkeval.cli import cli
from parkeval.errors import Exit
from parkeval.published_schema import macros
from parkeval.query import run_sql
from parkeval.questions import questions
from scoring.schema import result_tables
from tests.docs.pages import (
    COMMANDS,
    DOCS,
    FOREIGN_OPTIONS,
    GUIDES,
    ROOT,
    codes,
    named,
    page,
    sections,
    table_rows,
    written_commands,
)


def test_the_reference_lists_the_commands_there_are() -> None:
    assert sorted(sections(page("命令.md"))) == sorted(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_reference_gives_every_option_and_no_other(name: str) -> None:
    section = sections(page("命令.md"))[name]
    assert COMMANDS[name].help in section.splitlines()
    said: dict[str, str] = {}
    for names, meaning in table_rows(section):
        for code in codes(names):
            said[code.split()[0].strip("[]")] = meaning
    wanted: dict[str, str] = {}
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            wanted |= dict.fromkeys((*parameter.opts, *parameter.secondary_opts), parameter.help or "")
        else:
            wanted[parameter.make_metavar(click.Context(COMMANDS[name])).strip("[].")] = ""
    assert said.keys() == wanted.keys()
    assert [code for code, help_text in wanted.items() if help_text not in said[code]] == []


def command_of(words: list[str]) -> tuple[click.Command, list[str]] | None:
    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        found = command.commands.get(words[0])
        if found is None:
            return None
        command, words = found, words[1:]
    return command, words


def test_commands_written_in_the_guides_are_accepted() -> None:
    launcher = (ROOT / "run").read_text(encoding="utf-8")
    refused = []
    seen = 0
    for place, line in written_commands():
        words = shlex.split(line, comments=True)[1:]
        if not words[0].isascii() or words[0].startswith("--"):
            continue
        seen += 1
        if words[0] in ("test", "bench", "extra"):
            assert f"    {words[0]})" in launcher
            continue
        found = command_of(words)
        if found is None:
            refused.append((place, line))
        elif "…" not in words and "--help" not in words:
            command, arguments = found
            try:
                command.make_context(words[0], list(arguments))
            except click.ClickException as error:
                refused.append((place, f"{line}: {error.format_message()}"))
    assert refused == []
    assert seen > 30


def test_no_guide_names_an_option_that_does_not_exist() -> None:
    known = {option for command in COMMANDS.values() for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}  # fmt: skip
    strange = {
        (named(path), option)
        for path in GUIDES
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", path.read_text(encoding="utf-8"))
        if option not in known | FOREIGN_OPTIONS
    }
    assert strange == set()


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "README.zh-CN.md", DOCS / "故障处理.md"], ids=named)
def test_exit_statuses_are_those_of_the_program(path: Path) -> None:
    numbers = [int(row[0]) for row in table_rows(path.read_text(encoding="utf-8")) if row[0].isdecimal()]
    assert numbers == sorted(Exit)


def results_page() -> str:
    """What docs/结果表.md must be; `python tests/test_docs.py` writes it."""
    tables = result_tables().values()
    overview = [
        f"| [`{table.name}`](#{table.name}) | {table.view} | {table.comment} | "
        f"{'、'.join(f'`{key}`' for key in table.key)} |"
        for table in tables
    ]
    parts = [RESULTS_HEAD + "\n".join(overview)]
    for table in tables:
        rows = [
            f"| `{column.name}` | {column.type} | {column.label} | {column.unit} | {column.comment} |"
            for column in table.columns
        ]
        head = f"## {table.name}\n\n视图：{table.view}。{table.comment}。\n\n| 列 | 类型 | 中文列名 | 单位 | 说明 |\n|---|---|---|---|---|\n"
        parts.append(head + "\n".join(rows))
    told = "".join(f"| `{macro.name}({macro.parameters})` | {macro.comment} |\n" for macro in macros())
    return "\n\n".join([*parts, RESULTS_TAIL + told])


def book_of_questions() -> str:
    """The section of docs/查询.md with every ready question; `python tests/test_docs.py` writes it."""
    parts = []
    for one in questions().values():
        given = " ".join(f"--set {each.name}={SHOWN[each.name]}" for each in one.parameters if each.required)
        head = f"### {one.title}\n\n`./run sql 评价 --question {one.key}{' ' + given if given else ''}`\n\n"
        parts.append(f"{head}```text\n{one.sql}\n```\n")
    return "\n".join(parts)


SHOWN = {"park": "勐海产业园区", "indicator": "亩均营业收入", "item": "营业收入", "rule": "奖优"}
"""Values of parameters in the examples."""


def query_page(text: str) -> str:
    """docs/查询.md with the book of questions in its place."""
    before, section = text.split("## 现成的问题\n", 1)
    intro, later = section.strip().split("\n\n", 1)[0], section.split("\n## ", 1)[1]
    return f"{before}## 现成的问题\n\n{intro}\n\n{book_of_questions()}\n## {later}"


RESULTS_HEAD = """# 结果表

`results.duckdb` 中的表、视图和列。列名带单位：`_10k_cny` 万元，`_mu` 亩，`_pct` 为 0—100。表由 `scoring/results_schema.toml` 定义，用法见[查询](查询.md)。

视图与表内容相同，名称和列名用中文；有园区代码的视图（园区名录除外）在其后多一列“园区名称”。

| 表 | 视图 | 内容 | 一行由什么确定 |
|---|---|---|---|
"""
RESULTS_TAIL = """## 宏

返回表的宏写在 `FROM` 之后，如 `FROM 园区历史('勐海产业园区')`。

| 宏 | 含义 |
|---|---|
"""


def test_the_page_of_result_tables_is_the_schema() -> None:
    assert page("结果表.md") == results_page(), "write it again: python tests/test_docs.py"


def test_the_page_of_queries_holds_the_book() -> None:
    assert page("查询.md") == query_page(page("查询.md")), "write it again: python tests/test_docs.py"
    assert {name for one in questions().values() for name in SHOWN if f"${name}" in one.sql} == SHOWN.keys()


EXAMPLES = re.findall(r"```sql\n(.*?)```", page("查询.md"), re.DOTALL)
WRITTEN_SQL = [
    words[3]
    for words in (shlex.split(line, comments=True) for _, line in written_commands())
    if words[1] == "sql" and len(words) > 3 and not words[3].startswith("--")
]


@pytest.fixture(scope="module")
def results(published_home: Path) -> Path:
    """The published file of the sample data."""
    return published_home / "results.duckdb"


@pytest.mark.parametrize("statement", EXAMPLES, ids=lambda text: str(text).split("\n", 1)[0])
def test_examples_of_queries_give_rows(results: Path, statement: str) -> None:
    assert run_sql(results, statement).height > 0


def test_queries_in_the_text_are_accepted(results: Path) -> None:
    assert len(EXAMPLES) >= 3
    for statement in WRITTEN_SQL:
        if "…" not in statement and statement.isascii() | ("FROM" in statement):
            assert run_sql(results, statement).width > 0


def command_page(text: str) -> str:
    """The command reference with every help line and option table as click has them; the rest stays."""
    for name, command in COMMANDS.items():
        before, section = re.split(rf"^## {re.escape(name)}$\n", text, maxsplit=1, flags=re.MULTILINE)
        body, *later = re.split(r"^(?=## )", section, maxsplit=1, flags=re.MULTILINE)
        arguments = [f"| {row[0]} | {row[1]} |" for row in table_rows(body) if not row[0].startswith("`-")]
        options = [option_row(option) for option in command.params if isinstance(option, click.Option)]
        rest = re.sub(r"(?s)^.*?\|---\|---\|\n(\|.*?\n)*", "", body, count=1)
        table = "\n".join(["| 参数 | 含义 |", "|---|---|", *arguments, *options])
        text = f"{before}## {name}\n\n{command.help}\n\n{table}\n{rest}{''.join(later)}"
    return text


def option_row(option: click.Option) -> str:
    metavar = "" if option.is_flag else f" {option.metavar or 'N'}"
    names = f"`{option.opts[0]}{metavar}`" + "".join(f" / `{name}`" for name in option.secondary_opts)
    choices = option.type.choices if isinstance(option.type, click.Choice) else ()
    said = (option.help or "") + (f"：{'、'.join(f'`{choice}`' for choice in choices)}" if choices else "")
    return f"| {names} | {said}{'（必填）' if option.required else ''} |"


if __name__ == "__main__":
    (DOCS / "命令.md").write_text(command_page(page("命令.md")), encoding="utf-8")
    (DOCS / "结果表.md").write_text(results_page(), encoding="utf-8")
    (DOCS / "查询.md").write_text(query_page(page("查询.md")), encoding="utf-8")
