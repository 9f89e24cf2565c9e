"""HOME as evidence: what verify finds, what a repeated, parallel, failing or killed run leaves behind."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import polars as pl
import pytest
from filelock import FileLock

import parkeval.batch
import parkeval.commit
from parkeval import chain, checksums, log
from parkeval.batch import Outcome, evaluate, prepare, validate
from parkeval.cli import cli
from parkeval.demonstration import sample_folder
from parkeval.errors import DiskFault, Exit
from parkeval.evidence import _verify_objects, table_sha256, verify
from parkeval.front import run_command
from parkeval.home import RESULTS, Home
from parkeval.store import Tables, empty_tables, read_results
from report_templates.published import published
from validation.digest import file_sha256
from validation.problems import DataRefused, Problem

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


def evaluate_2022(data: Path, home: Path) -> list[str]:
    """The words of the command that publishes 2022 into `home`."""
    return ["evaluate", str(data), "--scheme", SCHEME, "--year", "2022", "--to", str(home), "--no-reports",
            "--no-robustness"]  # fmt: skip


# ---- what verify finds ----------------------------------------------------------------------------------


def test_untouched_home_verifies(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("verify", home) == Exit.DONE
    assert "核验通过" in capsys.readouterr().out


def flipped(path: Path, place: int) -> bytes:
    """Change one bit of a file and return what it held."""
    original = path.read_bytes()
    changed = bytearray(original)
    changed[place % len(changed)] ^= 1
    path.write_bytes(bytes(changed))
    return original


def test_one_changed_byte_is_found_in_every_file(home: Path) -> None:
    """One byte of each file, the lists themselves included: `verify` names every one of them."""
    lists = {name for name in content(home) if Path(name).name in ("SHA256SUMS", "manifest.json", log.LOG)}
    names = sorted(content(home).keys() - lists)
    kinds = ("inputs/", "definitions/", "tables/", "reports/", "审核问题", RESULTS)
    assert len(lists) == 4 and all(any(kind in name for name in names) for kind in kinds)
    held = {name: flipped(home / name, 7919 * (number + 1)) for number, name in enumerate(names)}
    places = {problem.place for problem in verify(Home(home))}
    assert [name for name in names if name not in places] == []
    for name, original in held.items():
        (home / name).write_bytes(original)
    for name in sorted(lists):
        original = flipped(home / name, 100)
        assert verify(Home(home)), name
        (home / name).write_bytes(original)
    assert verify(Home(home)) == []


def test_one_changed_byte_anywhere_in_a_file_is_found(home: Path) -> None:
    """Also where DuckDB reads nothing from: unused blocks, the other of its two headers."""
    drawn = random.Random(20251122)
    listed = {path.stat().st_size: path for path in checksums.listed_files(home).values()}
    for _ in range(40):
        path = listed[drawn.choice(sorted(listed))]
        original = flipped(path, drawn.randrange(2**40))
        assert [problem.place for problem in checksums.faults(home)] == [path.relative_to(home).as_posix()]
        path.write_bytes(original)
    for name in (log.LOG,):
        for place in range(0, (home / name).stat().st_size, 97):
            original = flipped(home / name, place)
            assert chain.faults(home / name) or read_results(home / RESULTS)["log"].is_empty(), place
            (home / name).write_bytes(original)
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
    "a log entry": "UPDATE log SET subject = 'x' WHERE number = 1",
    "the log cut": "DELETE FROM log WHERE number = 1",
    "a null": "UPDATE indicators SET reason = '' WHERE reason IS NULL",
    "a column dropped": "ALTER TABLE scores DROP COLUMN points",
    "a table dropped": "DROP TABLE rule_checks CASCADE",
}


OBJECTS = {
    "a view": ("CREATE OR REPLACE VIEW 综合排名 AS SELECT 1 AS 位次", "视图 综合排名"),
    "a view dropped": ("DROP VIEW 处理建议", "视图 处理建议"),
    "a further view": ("CREATE VIEW 名单 AS SELECT 1", "视图 名单"),
    "a macro": ("CREATE OR REPLACE MACRO growth_pct(now, base) AS 100", "宏 growth_pct"),
    "a further macro": ("CREATE MACRO sum2(a) AS a", "宏 sum2"),
    "a comment of a table": ("COMMENT ON TABLE scores IS '甲'", "表 scores"),
    "a comment of a column": ("COMMENT ON COLUMN ranking.score IS '乙'", "列 ranking.score"),
    "a comment of a view": ("COMMENT ON VIEW 综合排名 IS '丙'", "视图 综合排名"),
    "a further table": ("CREATE TABLE notes (a INTEGER)", "表 notes"),
    "a further schema": ("CREATE SCHEMA other", "模式 other"),
    "an index": ("CREATE INDEX i ON parks (name)", "索引 i"),
    "a sequence": ("CREATE SEQUENCE q", "序列 q"),
    "a type": ("CREATE TYPE t AS ENUM ('a')", "类型 t"),
}


def alter(home: Path, statement: str) -> None:
    """Change the results file, and renew the checksums of HOME as somebody would who knows of them."""
    with duckdb.connect(str(home / RESULTS)) as connection:
        connection.execute(statement)
    sums = {name: file_sha256(path) for name, path in checksums.listed_files(home).items()}
    (home / "SHA256SUMS").write_text(checksums.sums_text(sums), encoding="utf-8")
    assert checksums.faults(home) == []


@pytest.mark.parametrize("statement", ALTERED.values(), ids=ALTERED.keys())
def test_altered_results_file_is_found(home: Path, statement: str, capsys: pytest.CaptureFixture[str]) -> None:
    alter(home, statement)
    assert command("verify", home) == Exit.VERIFICATION
    assert "核验未通过" in capsys.readouterr().err


def test_altered_objects_of_the_results_file_are_found(home: Path) -> None:
    original = (home / RESULTS).read_bytes()
    for statement, place in OBJECTS.values():
        (home / RESULTS).write_bytes(original)
        alter(home, statement)
        assert any(place in problem.place for problem in evidence_of_objects(home)), statement


def evidence_of_objects(home: Path) -> list[Problem]:
    return _verify_objects(home / RESULTS, Home(home))


def test_history_that_is_cut_or_rewritten_is_found(home: Path) -> None:
    lines = (home / log.LOG).read_text(encoding="utf-8").splitlines(keepends=True)
    for text in ("".join(lines[:-1]), "".join(reversed(lines)), ""):
        (home / log.LOG).write_text(text, encoding="utf-8")
        assert any("log" in problem.place for problem in verify(Home(home)))
    rewritten = [dict(entry, year=2031) for entry in chain.entries(home / log.LOG)]
    (home / log.LOG).unlink(missing_ok=True)
    chain.extend(home / log.LOG, rewritten)
    assert any("log" in problem.place for problem in verify(Home(home)))


def test_a_run_taken_away_is_found_by_the_log(home: Path) -> None:
    (folder,) = home.glob("runs/2021/*")
    folder.rename(folder.with_name("2021-000000000000"))
    said = "\n".join(map(str, verify(Home(home))))
    assert "日志第 2 条所记的文件夹" in said and "日志里没有" in said


def test_everything_is_private_to_its_owner(home: Path, published_2021: Path) -> None:
    open_to_others = [path.name for path in published_2021.rglob("*") if path.stat().st_mode & 0o077]
    assert open_to_others == [] and published_2021.stat().st_mode & 0o077 == 0


def test_reports_name_the_log(home: Path) -> None:
    tables = read_results(home / RESULTS)
    told = published(tables, SCHEME, 2021).log_sha256
    assert told == tables["runs"]["log_sha256"][0] == chain.entries(home / log.LOG)[0]["sha256"]


def test_files_of_the_office_are_free_and_others_are_strange(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "office").mkdir()
    (home / "office" / "联系人.toml").write_text("[[parks]]\n", encoding="utf-8")
    assert command("verify", home) == Exit.DONE
    (home / "office" / "联系人.toml").write_text("", encoding="utf-8")
    (home / "office" / "logo.svg").write_text("<svg/>", encoding="utf-8")
    assert command("verify", home) == Exit.DONE
    (home / "笔记.txt").write_text("x", encoding="utf-8")
    assert command("verify", home) == Exit.VERIFICATION
    assert "笔记.txt：清单中没有" in capsys.readouterr().err


def test_damaged_results_file_is_told_not_thrown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / RESULTS
    original = path.read_bytes()
    for share in (0.2, 0.4, 0.6, 0.8, 0.97):
        damaged = bytearray(original)
        damaged[int(len(damaged) * share)] ^= 0x55
        path.write_bytes(bytes(damaged))
        assert command("verify", home) == Exit.VERIFICATION
    for content, said in (
        (original[: len(original) // 2], "打不开（文件不完整）"),
        (b"not a database", "打不开（不是结果库文件，或文件头已损坏）"),
    ):
        path.write_bytes(content)
        capsys.readouterr()
        assert command("verify", home) == Exit.VERIFICATION
        told = capsys.readouterr().err
        assert said in told
        assert "Error" not in told and "DuckDB" not in told
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
        same, other = comparable(name, table), comparable(name, theirs[name])
        assert table_sha256(same) == table_sha256(other), name


def comparable(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Without the time of the run; of the log without the evidence, which holds reports in one of the two."""
    if name == "log":
        return table.filter(pl.col("kind") == "run")
    return table.drop("started_at") if name == "runs" else table


MOVES = 4
"""Of a run: its folder, the log, the checksums, the results file."""


@pytest.mark.parametrize("moved", range(MOVES))
def test_stopped_while_it_takes_effect(
    home: Path, data: Path, computed_2022: tuple[Any, Tables], moved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped once the change was decided on: readers see the earlier results, `verify` finishes the rest."""
    put, count = parkeval.commit._put, 0

    def stopped(*given: Path) -> Path | None:
        nonlocal count
        count += 1
        if count > moved:
            raise KeyboardInterrupt
        return put(*given)

    stand_in_for_2022(monkeypatch, computed_2022)
    monkeypatch.setattr(parkeval.commit, "_put", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(data, home, 2022)
    monkeypatch.undo()
    assert read_results(home / RESULTS)["runs"]["year"].to_list() == [2021]
    assert verify(Home(home)) == []
    assert read_results(home / RESULTS)["runs"]["year"].to_list() == [2021, 2022]
    assert not (home / ".staging").exists()


@pytest.mark.parametrize("moved", range(MOVES))
def test_a_move_that_fails_is_taken_back(
    home: Path, data: Path, computed_2022: tuple[Any, Tables], moved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(home)
    put, count = parkeval.commit._put, 0

    def failing(*given: Path) -> Path | None:
        nonlocal count
        count += 1
        return full_disk() if count > moved else put(*given)

    stand_in_for_2022(monkeypatch, computed_2022)
    monkeypatch.setattr(parkeval.commit, "_put", failing)
    with pytest.raises(DiskFault, match="磁盘已满"):
        run(data, home, 2022)
    monkeypatch.undo()
    assert content(home) == before
    assert verify(Home(home)) == []


def test_readers_keep_the_file_that_they_hold(home: Path, data: Path, computed_2022: tuple[Any, Tables]) -> None:
    with duckdb.connect(str(home / RESULTS), read_only=True) as reader:
        with pytest.MonkeyPatch.context() as patched:
            stand_in_for_2022(patched, computed_2022)
            run(data, home, 2022)
        assert reader.execute("SELECT DISTINCT year FROM ranking").fetchall() == [(2021,)]
    assert read_results(home / RESULTS)["ranking"]["year"].n_unique() == 2


def test_second_run_at_once_is_told_to_wait(home: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = content(home)
    with FileLock(home / ".lock"):
        status = command(*evaluate_2022(data, home))
    assert status == Exit.BUSY
    assert "另一个评价正在写入" in capsys.readouterr().err
    assert content(home) == before


def full_disk(*given: object, **named: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/full")


@pytest.fixture(scope="module")
def computed_2022(data: Path, published_2021: Path) -> tuple[Any, Tables]:
    """What validation and computation of 2022 give, so that the failing runs below need not do it again."""
    published, prepared = read_results(published_2021 / RESULTS), prepare(SCHEME, 2022)
    statistics = validate([data], prepared, published)
    history = parkeval.batch.history_before(published, prepared.book)
    return statistics, parkeval.batch._tables(statistics, prepared, history, lambda what, done, total: None)


def stand_in_for_2022(patch: pytest.MonkeyPatch, computed: tuple[Any, Tables]) -> None:
    """Let evaluations take what was computed for 2022."""
    patch.setattr(parkeval.batch, "validate", lambda *given: computed[0])
    patch.setattr(parkeval.batch, "_tables", lambda *given: dict(computed[1]))


WRITERS: list[tuple[str, str]] = [
    ("shutil", "copyfile"),
    ("polars.DataFrame", "write_parquet"),
    ("parkeval.batch", "write_manifest"),
    ("parkeval.batch", "write_results"),
    ("parkeval.commit.os", "fsync"),
    ("parkeval.commit.os", "replace"),
]


@pytest.mark.parametrize(("place", "writer"), WRITERS)
def test_full_disk_changes_nothing(
    home: Path, data: Path, computed_2022: tuple[Any, Tables], place: str, writer: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    before = content(home)
    stand_in_for_2022(monkeypatch, computed_2022)
    monkeypatch.setattr(f"{place}.{writer}", full_disk)
    status = command(*evaluate_2022(data, home))
    monkeypatch.undo()
    assert status == Exit.DISK
    assert "磁盘已满" in capsys.readouterr().err
    assert content(home) == before
    assert verify(Home(home)) == []


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file of this process may grow beyond 300,000 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_database_that_cannot_grow(
    home: Path, data: Path, computed_2022: tuple[Any, Tables], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """A real limit on the size of files: DuckDB itself fails, and not with an OSError."""
    before = content(home)
    stand_in_for_2022(monkeypatch, computed_2022)
    request.getfixturevalue("small_files")
    assert command(*evaluate_2022(data, home)) == Exit.DISK
    said = capsys.readouterr().err
    assert "写不下" in said and "Traceback" not in said
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
        validate([next((data / "2021").iterdir())], prepare(SCHEME, 2021), empty_tables())


MOMENTS: dict[str, Callable[[Path], bool]] = {
    "begun": lambda home: (home / ".staging").exists(),
    "inputs kept": lambda home: any(home.glob(".staging/run/inputs/2022/*")),
    "tables kept": lambda home: any(home.glob(".staging/run/tables/*")),
    "evidence complete": lambda home: any(home.glob(".staging/run/SHA256SUMS")),
    "results written": lambda home: (home / ".staging" / RESULTS).exists(),
    "taking effect": lambda home: any(home.glob("runs/2022/*")),
}
ALL_MOMENTS = "PARKEVAL_TEST_ALL_KILLS"
"""The name of an environment variable: where it is set every moment is tried, else the two where most is at stake."""

TRIED = MOMENTS if ALL_MOMENTS in os.environ else ("results written", "taking effect")


def test_killed_at_any_moment(home: Path, data: Path) -> None:
    """After each kill the earlier state is readable and verified; the next run then succeeds."""
    for name in TRIED:
        killed_at(MOMENTS[name], home, data)
        years = read_results(home / RESULTS)["runs"]["year"].to_list()
        assert years in ([2021], [2021, 2022])
        assert verify(Home(home)) == []
    run(data, home, 2022)
    assert read_results(home / RESULTS)["runs"]["year"].to_list() == [2021, 2022]
    assert verify(Home(home)) == []
    assert not (home / ".staging").exists()


def killed_at(moment: Callable[[Path], bool], home: Path, data: Path) -> None:
    """Start the evaluation of 2022 as a program of its own and kill it once `moment` has come."""
    words = [sys.executable, "-m", "parkeval", *evaluate_2022(data, home)]
    program = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while program.poll() is None and not moment(home):
            with suppress(subprocess.TimeoutExpired):
                program.wait(timeout=0.002)
    finally:
        program.kill()
        program.wait()


def test_nothing_published_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("verify", tmp_path) == Exit.USAGE
    assert "没有已发布的结果" in capsys.readouterr().err
    assert all(table.is_empty() for table in empty_tables().values())
