"""The tutorial works: its files, commands and cells, taken from the page and run outside of the repository."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from parkeval.cli import cli
from parkeval.errors import Exit
from parkeval.front import run_command
from parkeval.store import Tables, read_results

PAGE = Path(__file__).resolve().parent.parent / "docs" / "自建办法.md"
HOME_OF_PAGE = "~/青山"
SCHEME = "办法/办法.toml"


@dataclass
class Desk:
    """Somebody who follows the page in `folder`; `said` is what the commands of the last block printed."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    said: str = ""
    commands: list[str] = field(default_factory=list)

    def place(self, path: str) -> Path:
        return self.folder / path.removeprefix(HOME_OF_PAGE).lstrip("/")

    def do(self, block: str) -> None:
        """Run every line of a block of commands; each must succeed."""
        said = []
        for line in block.splitlines():
            words = shlex.split(line)
            self.commands.append(" ".join(words[1:3]))
            if words[0] == "./run":
                said.append(self.run(words[1:]))
            elif words[0] == "mkdir":
                for path in words[2:]:
                    self.place(path).mkdir(parents=True)
            else:
                assert words[0] == "cp", line
                *sources, target = (self.place(word) for word in words[1:])
                for source in sources:
                    found = sorted(source.parent.glob(source.name))
                    assert found, line
                    for one in found:
                        shutil.copy(one, target)
        self.said = "".join(said)

    def run(self, words: list[str], expected: int = Exit.DONE) -> str:
        arguments = [str(self.place(word)) if word.startswith(HOME_OF_PAGE) else word for word in words]
        status = run_command(cli, arguments)
        told = self.capsys.readouterr()
        assert status == expected, told.err
        return told.out + told.err

    def write(self, path: str, text: str) -> None:
        self.place(path).write_text(text, encoding="utf-8")

    def replace(self, path: str, old: str, new: str) -> str:
        """The text of a file with `old`, which stands in it once, replaced."""
        text = self.place(path).read_text(encoding="utf-8")
        assert text.count(old) == 1
        return text.replace(old, new)


def blocks(text: str) -> Iterator[tuple[str, str, str]]:
    """What the page gives in its order: kind (toml, sh, text or table), the file named in the line before, content."""
    pattern = r"(?:文件 `(?P<file>[^`]+)`：\n\n)?```(?P<kind>\w+)\n(?P<block>.*?)```|(?P<table>(?:^\|[^\n]+\|\n)+)"
    for found in re.finditer(pattern, text, re.DOTALL | re.MULTILINE):
        if found["table"]:
            yield "table", "", found["table"]
        else:
            yield found["kind"], found["file"] or "", found["block"]


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()]


def cell_value(text: str) -> str | int | date:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    return int(text) if text.isdecimal() else text


def fill(desk: Desk, table: str) -> None:
    """Fill the workbooks as the tables of the page say."""
    head, _, *lines = rows(table)
    for line in lines:
        path = desk.place(line[0].strip("`"))
        book = openpyxl.load_workbook(path)
        if head[1] == "工作表":
            _fill(book[line[1]], line[2], line[3], down=False)
        else:
            for title, content in zip(head[1:], line[1:], strict=True):
                sheet, first = title.split()[:2]
                _fill(book[sheet], first.split("、")[0], content, down="、" in first)
        book.save(path)


def _fill(sheet: openpyxl.worksheet.worksheet.Worksheet, first: str, content: str, *, down: bool) -> None:
    start = sheet[first]
    for step, text in enumerate(part for part in content.split("、") if part):
        row, column = start.row + step * down, start.column + step * (not down)
        sheet.cell(row, column).value = cell_value(text)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    folder = tmp_path / "青山"
    folder.mkdir()
    return Desk(folder, capsys)


NEW_VALUES = "values = [{ from_year = 2024, value = 12 }, { from_year = 2025, value = 15 }]"
TRIAL_VALUES = "values = [{ from_year = 2024, value = 15 }]"
OLD_VALUES = "values = [{ from_year = 2024, value = 12 }]"


def test_tutorial_from_an_empty_folder(desk: Desk) -> None:
    first, second = PAGE.read_text(encoding="utf-8").split("## 第九步")
    follow(desk, first)
    check_by_hand(read_results(desk.place("评价/results.duckdb")))
    follow(desk, second)
    done = [command.split()[0] for command in desk.commands]
    assert {"schemes", "template", "check", "evaluate", "explain", "sql"} <= set(done)


def follow(desk: Desk, text: str) -> None:
    """Do what a part of the page says, and compare what is printed with what it prints."""
    for kind, file, content in blocks(text):
        if kind == "toml" and file:
            desk.write(file, content)
        elif kind == "toml" and content.strip() == NEW_VALUES:
            desk.write(SCHEME, desk.replace(SCHEME, OLD_VALUES, NEW_VALUES))
        elif kind == "toml":
            assert content.strip() == TRIAL_VALUES
            desk.write("办法/试算.toml", desk.replace(SCHEME, NEW_VALUES, TRIAL_VALUES))
        elif kind == "sh":
            desk.do(content)
        elif kind == "table":
            if rows(content)[0][0] == "工作簿":
                fill(desk, content)
        elif content.startswith("错误："):
            assert told_about_a_mistake(desk) == content
        else:
            wanted = [" ".join(line.split()) for line in content.splitlines()]
            told = [" ".join(line.split()) for line in desk.said.splitlines()]
            assert [line for line in wanted if not any(one.endswith(line) for one in told)] == []


def told_about_a_mistake(desk: Desk) -> str:
    """What `schemes check` says of land added to money."""
    right = desk.place("办法/qingshan.toml").read_text(encoding="utf-8")
    wrong = desk.replace(
        "办法/qingshan.toml", '"taxes_10k_cny / industrial_land_mu"', '"taxes_10k_cny + industrial_land_mu"'
    )
    desk.write("办法/qingshan.toml", wrong)
    told = desk.run(["schemes", "check", f"{HOME_OF_PAGE}/{SCHEME}"], Exit.DEFINITION)
    desk.write("办法/qingshan.toml", right)
    return told


def check_by_hand(tables: Tables) -> None:
    """Scores of 2024 by arithmetic, and from the file as published when the page was followed up to the evaluation."""
    scores = dict(tables["ranking"].select("park_code", "score").unique().rows())
    by_hand = {
        park: 0.6 * (0.6 * 100 * min(per_mu / 12, 1) + 0.4 * 100 * share / 40) + 0.4 * 100 * growth / 15
        for park, per_mu, share, growth in [("QS-01", 12, 30, 12), ("QS-02", 10.8, 20, 6), ("QS-03", 6, 0, 2)]
    }
    assert by_hand == pytest.approx({"QS-01": 86, "QS-02": 60.4, "QS-03": 18 + 16 / 3})
    assert scores == pytest.approx(by_hand)
    statuses = dict(tables["parks"].select("park_code", "status").rows())
    assert statuses == {"QS-01": "正常", "QS-02": "正常", "QS-03": "限期整改"}
    assert tables["region_targets"].select("value", "attained").rows() == [(pytest.approx(30), True)]
