"""Links, pictures and texts that every page shares."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, LARGEST_PICTURE, PAGES, PROJECT, ROOT, named, sections, table_rows


def anchors(path: Path) -> set[str]:
    """Anchors as forges make them: heading in small letters, blanks as hyphens, punctuation left out."""
    heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.strip().lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)]+)\)", text):
        name, _, anchor = target.partition("#")
        goal = (path.parent / name).resolve() if name else path
        if not goal.exists() or (anchor and anchor not in anchors(goal)):
            broken.append(target)
    assert broken == []


def test_pictures_are_shown_and_small() -> None:
    shown = {
        (path.parent / target).resolve()
        for path in PAGES
        for target in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", path.read_text(encoding="utf-8"))
    }
    assert shown == set((DOCS / "images").iterdir())
    for picture in shown:
        content = picture.read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) < LARGEST_PICTURE


def test_every_guide_is_reached_from_the_chinese_readme() -> None:
    text = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
    assert {path.name for path in DOCS.glob("*.md")} == set(re.findall(r"\(docs/([^)]+\.md)\)", text))


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_no_page_names_a_machine_or_a_host(path: Path) -> None:
    """Places of an invented cluster are no hosts."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(
        r"(?<!hdfs)(?<!s3a)(?<!spark)://|(^|[\s`(\"])/(work|tmp|root|home|usr|opt)\b", text, re.MULTILINE
    )


def test_every_dependency_is_accounted_for() -> None:
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    names = {re.match(r"[A-Za-z0-9-]+", requirement)[0] for requirement in wanted}  # type: ignore[index]
    text = (ROOT / "DECISIONS.md").read_text(encoding="utf-8")
    assert {row[0].split(" ")[0] for row in table_rows(sections(text)["Dependencies"])} == names


def test_decisions_are_short() -> None:
    entries = sections((ROOT / "DECISIONS.md").read_text(encoding="utf-8"))
    del entries["Dependencies"]
    for title, entry in entries.items():
        lines = [line for line in entry.splitlines() if line]
        assert len(lines) <= 5, title
        assert [line.split(":")[0] for line in lines[:3]] == ["What", "Why", "Weighed"], title


def test_the_changelog_knows_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {PROJECT['project']['version']}（" in text
    assert (ROOT / PROJECT["project"]["readme"]).is_file()
