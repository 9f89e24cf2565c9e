"""HOME as evidence: what verify finds, what a repeated, parallel, failing or killed run leaves behind."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pytest
from filelock import FileLock

import parkeval.batch
from parkeval.batch import Outcome, evaluate, prepare, validate
from parkeval.cli import cli
from parkeval.demonstration import sample_folder
from parkeval.errors import Exit
from parkeval.evidence import table_sha256, verify
from parkeval.front import run_command
from parkeval.home import RESULTS, Home
from parkeval.store import empty_tables, read_results
from validation.problems import DataRefused

ROOT = Path(__file__).resolve().parents[2]
SCHEME = "xishuangbanna-2023"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The filings of 2020 to 2022 alone."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("2020", "2021", "2022"):
        shutil.copytree(sample_folder() / name, folder / name)
    shutil.copyfile(sample_folder() / "州级汇总.xlsx", folder / "州级汇总.xlsx")
    return folder


def run(data: Path, home: Path, year: int = 2021, reports: bool = False) -> Outcome:
    return evaluate(
        [data], SCHEME, year, Home(home), reports=reports, workers=1, progress=lambda what, done, total: None
    )


def some_reports(*given: Any, **named: Any) -> tuple[()]:
    """In place of PDF: one file with the evaluated text, written where reports go."""
    folder = next(value for value in given if isinstance(value, Path))
    folder.mkdir()
    (folder / "园区报告.pdf").write_bytes(b"%PDF-1.7 stand-in")
    return ()


@pytest.fixture(scope="module")
def published_2021(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A HOME with 2021, reports stood in for; to be copied, not changed."""
    home = tmp_path_factory.mktemp("published") / "home"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parkeval.batch, "_render", some_reports)
        run(data, home, reports=True)
    return home


@pytest.fixture
def home(published_2021: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published_2021, tmp_path / "home"))


def content(folder: Path) -> dict[str, str]:
    """Every file but the lock, by digest."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def command(*arguments: object) -> int:
    return run_command(cli, [str(argument) for argument in arguments])


# ---- what verify finds ----------------------------------------------------------------------------------


def test_untouched_home_verifies(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("verify", home) == Exit.DONE
    assert "核验通过" in capsys.readouterr().out


KINDS = ["inputs/2021/*.xlsx", "inputs/*.xlsx", "definitions/scheme/*.toml", "definitions/forms/*/*.toml", "tables/*.parquet", "reports/*.pdf", "审核问题*.xlsx",
         "manifest.json", "SHA256SUMS"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_one_changed_byte_is_found_in_every_file(home: Path, kind: str) -> None:
    paths = sorted(home.glob(f"runs/*/*/{kind}"))
    assert paths
    for path in paths:
        original = path.read_bytes()
        changed = bytearray(original)
        changed[len(changed) // 2] ^= 1
        path.write_bytes(bytes(changed))
        problems = verify(Home(home))
        assert problems, path.name
        assert any(path.name in problem.place or path.name in ("manifest.json", "SHA256SUMS") for problem in problems)
        path.write_bytes(original)
    assert verify(Home(home)) == []


def test_missing_and_added_files_are_found(home: Path) -> None:
    (report,) = home.glob("runs/*/*/reports/*.pdf")
    report.rename(report.with_name("另一份.pdf"))
    places = [problem.place for problem in verify(Home(home))]
    assert any(place.endswith("reports/园区报告.pdf") for place in places)
    assert any(place.endswith("reports/另一份.pdf") for place in places)


ALTERED = {
    "a score": "UPDATE scores SET score = score + 1e-9 WHERE node = 'total' AND park_code = 'YN5328-05'",
    "a rank": "UPDATE ranking SET rank = 1 WHERE park_code = 'YN5328-05'",
    "a filed figure": "UPDATE statistics SET value = value + 0.000001 WHERE item = 'revenue_10k_cny' AND year = 2020",
    "a deleted row": "DELETE FROM proposals WHERE rule = 'criticism'",
    "a doubled row": "INSERT INTO findings SELECT * FROM findings; INSERT INTO scores SELECT * FROM scores LIMIT 1",
    "a stray year": "INSERT INTO ranking SELECT * REPLACE (2031 AS year) FROM ranking LIMIT 1",
    "a stray run": "INSERT INTO runs SELECT * REPLACE (2031 AS year, '2031-x' AS run_id) FROM runs",
    "a run's notice": "UPDATE runs SET notice = NULL",
    "a run taken away": "DELETE FROM runs",
    "a null": "UPDATE indicators SET reason = '' WHERE reason IS NULL",
    "a column dropped": "ALTER TABLE scores DROP COLUMN points",
    "a table dropped": "DROP TABLE rule_checks CASCADE",
}


@pytest.mark.parametrize("statement", ALTERED.values(), ids=ALTERED.keys())
def test_altered_results_file_is_found(home: Path, statement: str, capsys: pytest.CaptureFixture[str]) -> None:
    with duckdb.connect(str(home / RESULTS)) as connection:
        for view in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall():
            connection.execute(f'DROP VIEW "{view[0]}"')
        for part in statement.split("; "):
            connection.execute(part)
    assert command("verify", home) == Exit.VERIFICATION
    assert "核验未通过" in capsys.readouterr().err


def test_damaged_results_file_is_told_not_thrown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / RESULTS
    original = path.read_bytes()
    for share in (0.2, 0.4, 0.6, 0.8, 0.97):
        damaged = bytearray(original)
        damaged[int(len(damaged) * share)] ^= 0x55
        path.write_bytes(bytes(damaged))
        assert command("verify", home) == Exit.VERIFICATION
    path.write_bytes(original[: len(original) // 2])
    assert command("verify", home) == Exit.VERIFICATION
    path.write_bytes(b"not a database")
    assert command("verify", home) == Exit.VERIFICATION
    assert command("sql", home, "SELECT 1") == Exit.DISK
    assert "Traceback" not in capsys.readouterr().err


def test_forged_log_beside_the_results_is_found(home: Path) -> None:
    (home / f"{RESULTS}.wal").write_bytes(b"forged")
    assert any(problem.place == f"{RESULTS}.wal" for problem in verify(Home(home)))


def test_sha256sum_agrees(home: Path) -> None:
    (folder,) = home.glob("runs/2021/*")
    checked = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stderr.decode()
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(checked.stdout.splitlines()) == len(files) - 1


# ---- runs again, at once, stopped -----------------------------------------------------------------------


def test_same_run_again_changes_nothing(home: Path, data: Path) -> None:
    before = content(home)
    assert run(data, home, reports=True).repeated
    assert content(home) == before


def test_two_homes_hold_the_same_tables(home: Path, data: Path, tmp_path: Path) -> None:
    run(data, tmp_path / "other")
    ours, theirs = read_results(home / RESULTS), read_results(tmp_path / "other" / RESULTS)
    for name, table in ours.items():
        same = table.drop("started_at") if name == "runs" else table
        other = theirs[name].drop("started_at") if name == "runs" else theirs[name]
        assert table_sha256(same) == table_sha256(other), name


def test_reports_added_later_leave_the_run_verified(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the machine stops after the folder was swapped in and before the results file was."""
    home = tmp_path / "home"
    run(data, home)
    swap = parkeval.batch.swap_in

    def stopped(staged: Path, final: Path) -> None:
        if final.name == RESULTS:
            raise KeyboardInterrupt
        swap(staged, final)

    monkeypatch.setattr(parkeval.batch, "_render", some_reports)
    monkeypatch.setattr(parkeval.batch, "swap_in", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(data, home, reports=True)
    assert verify(Home(home)) == []
    assert list(home.glob("runs/*/*/reports/*.pdf"))


def test_second_run_at_once_is_told_to_wait(home: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = content(home)
    with FileLock(home / ".lock"):
        status = command("evaluate", data, "--scheme", SCHEME, "--year", 2022, "--to", home, "--no-reports")
    assert status == Exit.BUSY
    assert "另一个评价正在写入" in capsys.readouterr().err
    assert content(home) == before


def full_disk(*given: object, **named: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/full")


@pytest.fixture(scope="module")
def checked_2022(data: Path, published_2021: Path) -> Any:
    """What validation of 2022 gives, so that the failing runs below need not read the workbooks again."""
    return validate([data], prepare(SCHEME, 2022), read_results(published_2021 / RESULTS))


WRITERS: list[tuple[str, str]] = [
    ("shutil", "copyfile"),
    ("polars.DataFrame", "write_parquet"),
    ("parkeval.batch", "write_manifest"),
    ("parkeval.batch", "write_results"),
    ("parkeval.home.os", "fsync"),
    ("parkeval.home.os", "replace"),
]


@pytest.mark.parametrize(("place", "writer"), WRITERS)
def test_full_disk_changes_nothing(
    home: Path, data: Path, checked_2022: Any, place: str, writer: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    before = content(home)
    monkeypatch.setattr(parkeval.batch, "validate", lambda *given: checked_2022)
    monkeypatch.setattr(f"{place}.{writer}", full_disk)
    status = command("evaluate", data, "--scheme", SCHEME, "--year", 2022, "--to", home, "--no-reports")
    monkeypatch.undo()
    assert status == Exit.DISK
    assert "磁盘已满" in capsys.readouterr().err
    assert content(home) == before
    assert verify(Home(home)) == []


def test_database_that_cannot_grow(home: Path, data: Path) -> None:
    """A real limit on the size of files: DuckDB itself fails, and not with an OSError."""
    before = content(home)
    program = [sys.executable, "-m", "parkeval", "evaluate", data, "--scheme", SCHEME, "--year", "2022", "--to", home]
    done = subprocess.run(
        [*program, "--no-reports"], cwd=ROOT, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)),
    )  # fmt: skip
    assert done.returncode == Exit.DISK, done.stderr
    assert "Traceback" not in done.stderr
    assert content(home) == before


def test_folder_that_cannot_be_made(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("x")
    status = command("evaluate", data, "--scheme", SCHEME, "--year", 2021, "--to", tmp_path / "file" / "home")
    assert status == Exit.DISK
    assert "路径中有一段不是文件夹" in capsys.readouterr().err


def test_folder_of_something_else_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "信件.txt").write_text("x")
    assert command("evaluate", data, "--scheme", SCHEME, "--year", 2021, "--to", tmp_path) == Exit.USAGE
    assert content(tmp_path).keys() == {"信件.txt"}


def test_a_reader_that_fails_unexpectedly_answers_nevertheless(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object) -> None:
        raise KeyError("unexpected")

    monkeypatch.setattr("validation.reading_pool.unpacked", broken)
    monkeypatch.setattr("validation.reading._FEW_FILES", 0)
    with pytest.raises(DataRefused):
        validate([data], prepare(SCHEME, 2021), empty_tables())


MOMENTS: list[Callable[[Path], bool]] = [
    lambda home: (home / ".staging").exists(),
    lambda home: any(home.glob(".staging/run/inputs/2022/*")),
    lambda home: any(home.glob(".staging/run/tables/*")),
    lambda home: any(home.glob(".staging/run/SHA256SUMS")),
    lambda home: (home / ".staging" / RESULTS).exists(),
    lambda home: any(home.glob("runs/2022/*")),
]


@pytest.fixture
def started(home: Path, data: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    programs: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        program = [sys.executable, "-m", "parkeval", "evaluate", str(data), "--scheme", SCHEME, "--year", "2022",
                   "--to", str(home), "--no-reports"]  # fmt: skip
        programs.append(subprocess.Popen(program, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return programs[-1]

    yield start
    for program in programs:
        program.kill()
        program.wait()


def test_killed_at_any_moment(home: Path, started: Callable[[], subprocess.Popen[bytes]]) -> None:
    """After each kill the earlier state is readable and verified; the next run then succeeds."""
    for moment in MOMENTS:
        program = started()
        while program.poll() is None and not moment(home):
            with suppress(subprocess.TimeoutExpired):
                program.wait(timeout=0.002)
        program.kill()
        program.wait()
        years = read_results(home / RESULTS)["runs"]["year"].to_list()
        assert years in ([2021], [2021, 2022])
        assert verify(Home(home)) == []
    last = started()
    assert last.wait() == Exit.DONE
    assert read_results(home / RESULTS)["runs"]["year"].to_list() == [2021, 2022]
    assert verify(Home(home)) == []
    assert not (home / ".staging").exists()


def test_nothing_published_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("verify", tmp_path) == Exit.USAGE
    assert "没有已发布的结果" in capsys.readouterr().err
    assert all(table.is_empty() for table in empty_tables().values())
