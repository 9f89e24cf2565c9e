"""The documents as tests read them: pages, sections, tables, commands written in them."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click

from parkeval.cli import cli

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md"), *ROOT.glob("sample_data/*.md")])
GUIDES = [path for path in PAGES if path.name not in ("CHANGELOG.md", "DECISIONS.md")]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LARGEST_PICTURE = 200_000
FOREIGN_OPTIONS = {"--quiet", "--help", "--version"}
"""Options in the documents that belong to sha256sum, or that every command has."""


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def sections(text: str) -> dict[str, str]:
    """The text below each heading of the second level."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def table_rows(text: str) -> list[list[str]]:
    """Cells of all table rows in `text`, heads and rules left out."""
    lines = text.splitlines()
    rows = []
    for number, line in enumerate(lines):
        head = number + 1 < len(lines) and re.fullmatch(r"\|(---\|)+", lines[number + 1])
        if line.startswith("|") and not head and not re.fullmatch(r"\|(---\|)+", line):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def codes(text: str) -> set[str]:
    """What stands between backticks, code blocks left out."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return set(re.findall(r"`([^`]+)`", text))


def commands(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


COMMANDS = dict(commands(cli))


def written_commands() -> Iterator[tuple[str, str]]:
    """Every `./run …` in the guides: lines of code blocks and inline code."""
    for path in GUIDES:
        text = path.read_text(encoding="utf-8")
        for line in [*re.findall(r"^\./run .+$", text, re.MULTILINE), *re.findall(r"`(\./run [^`]+)`", text)]:
            yield named(path), line
