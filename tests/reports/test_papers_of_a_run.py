"""Page and book among the papers of a run: listed in the manifest, verified, made again, left out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import report_templates.render
from parkeval.batch import evaluate
from parkeval.cli import cli
from parkeval.demonstration import SCHEME, sample_folder
from parkeval.errors import Exit
from parkeval.evidence import verify
from parkeval.front import run_command
from parkeval.home import Home
from report_templates.printing import Job, Report

PAGE, BOOK = "西双版纳州-2021-园区评价结果.html", "西双版纳州-2021-评价结果.xlsx"


def not_printed(jobs: Iterator[Job], *given: object) -> Iterator[Report]:
    """In place of the PDF, which other tests print."""
    return (Report(job.path, job.kind, job.park_code, 1, ()) for job in jobs)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("papers") / "home"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(report_templates.render, "print_documents", not_printed)
        evaluate(
            [sample_folder()], SCHEME, 2021, Home(folder), reports=True, workers=1,
            progress=lambda what, done, total: None,
        )  # fmt: skip
    return folder


def command(*arguments: object) -> int:
    return run_command(cli, [str(argument) for argument in arguments])


def test_page_and_book_belong_to_the_run(home: Path) -> None:
    (folder,) = home.glob("runs/2021/*")
    listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert {f"reports/{PAGE}", f"reports/{BOOK}"} <= set(listed)
    assert verify(Home(home)) == []
    for name in (PAGE, BOOK):
        path = folder / "reports" / name
        original = path.read_bytes()
        path.write_bytes(original[:-1] + bytes([original[-1] ^ 1]))
        assert any(name in problem.place for problem in verify(Home(home)))
        path.write_bytes(original)


def test_made_again_they_are_the_same(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("report", home, "--no-pdf", "--to", tmp_path) == Exit.DONE
    (folder,) = home.glob("runs/2021/*")
    assert sorted(path.name for path in tmp_path.iterdir()) == [PAGE, BOOK]
    assert capsys.readouterr().out.splitlines() == [str(tmp_path / PAGE), str(tmp_path / BOOK)]
    for name in (PAGE, BOOK):
        assert (tmp_path / name).read_bytes() == (folder / "reports" / name).read_bytes()


def test_each_can_be_left_out(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("report", home, "--no-pdf", "--no-page", "--to", tmp_path) == Exit.DONE
    assert [path.name for path in tmp_path.iterdir()] == [BOOK]
    assert command("report", home, "--no-pdf", "--park", "YN5328-02", "--to", tmp_path) == Exit.USAGE
    assert "没有要生成的（--park 只生成 PDF）" in capsys.readouterr().err
