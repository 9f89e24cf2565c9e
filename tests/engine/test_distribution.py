"""Packages for recipients: what is in them, that nothing is overwritten or half done, the register, verification."""

from __future__ import annotations

import email
import errno
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Iterable, Iterator
from email.policy import default
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from parkeval.cli import cli
from parkeval.distribution import building
from parkeval.distribution.mail import Letters
from parkeval.errors import Exit
from parkeval.front import run_command
from parkeval.store import Tables
from report_templates.printers import print_documents
from report_templates.printing import Job, Report
from tests.engine.small_papers import home_with_papers, small_lists, small_pdf
from tests.reports import tags
from validation.problems import DefinitionRefused

SCHEME = "xishuangbanna-2023"

ROOT = Path(__file__).resolve().parents[2]
YEAR = 2023
PARK = "YN5328-04"


def command(*words: object) -> int:
    return run_command(cli, [str(word) for word in words])


def distribute(home: Path, out: Path, *more: object) -> int:
    return command("distribute", home, "--year", YEAR, "--to", out, "--by", "李四", "--on", "2024-07-01", *more)


def some(*recipients: str) -> list[str]:
    return [word for recipient in recipients for word in ("--recipient", recipient)]


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """Lists are not printed, but for the test of what they say."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "print_documents", small_lists)
        yield


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, published_home: Path, published: Tables) -> Path:
    return home_with_papers(published_home, published, SCHEME, YEAR, tmp_path_factory.mktemp("distribution"))


@pytest.fixture
def home(prepared: Path, tmp_path: Path) -> Path:
    """A HOME of its own for each test; big files are shared by hard links."""
    shutil.copytree(prepared, tmp_path / "home", copy_function=os.link)
    return tmp_path / "home"


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    path = tmp_path / "联系人.toml"
    path.write_text(
        textwrap.dedent(f"""
        [[parks]]
        code = "{PARK}"
        to = ["zhang@example.gov.cn", "wang@example.gov.cn"]
        cc = ["ban@example.gov.cn"]
        person = "张三"
        [[readers]]
        name = "州人民政府办公室"
        to = ["fu@example.gov.cn"]
        """),
        encoding="utf-8",
    )
    return path


@pytest.fixture(scope="module")
def sent(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """HOME and the folder of a finished dispatch; only to be read."""
    folder = tmp_path_factory.mktemp("sent")
    shutil.copytree(prepared, folder / "home", copy_function=os.link)
    assert distribute(folder / "home", folder / "out") == Exit.DONE
    return folder / "home", folder / "out"


def test_each_park_gets_its_own_papers_and_the_bulletin(sent: tuple[Path, Path]) -> None:
    _, out = sent
    packages = sorted(path.name for path in out.iterdir() if path.is_dir())
    assert len(packages) == 12
    (own,) = (out / name for name in packages if name.startswith(PARK))
    assert own.name == "YN5328-04-澜东产业园区(虚构)"
    assert sorted(path.name for path in own.iterdir()) == sorted(
        [
            "YN5328-04-澜东产业园区(虚构)-2023-园区绩效评价报告.pdf",
            "YN5328-04-澜东产业园区(虚构).xlsx",  # marked copy: the park has findings in 2023
            "西双版纳州-2023-园区评价通报.pdf",
            *("本园数据.json", "本园评价指标.csv", "本园统计数据.csv"),
            *("送达清单.pdf", "SHA256SUMS"),
        ]
    )
    data = json.loads((own / "本园数据.json").read_text(encoding="utf-8"))
    assert {row["park_code"] for rows in data.values() for row in rows} == {PARK}


def test_checksums_hold_with_the_systems_own_tool(sent: tuple[Path, Path]) -> None:
    _, out = sent
    for folder in [out, *(path for path in out.iterdir() if path.is_dir())]:
        done = subprocess.run(["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"], cwd=folder, check=False)
        assert done.returncode == 0


def test_the_list_names_every_file_and_has_a_receipt(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "print_documents", print_documents)
    assert distribute(home, tmp_path / "out", "--recipient", PARK) == Exit.DONE
    own = next(path for path in (tmp_path / "out").iterdir() if path.name.startswith(PARK))
    with pypdfium2.PdfDocument(own / "送达清单.pdf") as document:
        listed, receipt = (re.sub(r"\s+", "", page.get_textpage().get_text_range()) for page in document)
    assert "收件单位澜东产业园区（虚构）（YN5328-04）" in listed
    assert "制发日期2024年7月1日经办人：李四" in listed
    for path in own.iterdir():
        if path.name not in ("送达清单.pdf", "SHA256SUMS"):
            assert path.name in listed
            assert hashlib.sha256(path.read_bytes()).hexdigest() in listed
    assert "送达清单所列文件6件" in receipt
    assert ["收件人（签字）" in receipt, "收件单位（盖章）" in receipt, "送出登记号" in receipt] == [True] * 3
    assert tags.faults(own / "送达清单.pdf") == []


def test_a_list_that_cannot_be_printed_stops_its_package(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(jobs: Iterable[Job], office: Path | None, workers: int) -> Iterator[Report]:
        return (Report(job.path, job.kind, job.park_code, 0, ("没有字体能印出字符",)) for job in jobs)

    monkeypatch.setattr(building, "print_documents", broken)
    assert distribute(home, tmp_path / "out", "--recipient", PARK) == Exit.VERIFICATION
    assert "澜东产业园区（虚构）：送达清单.pdf：没有字体能印出字符" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob(f"{PARK}*"))


def test_a_second_start_changes_nothing_and_another_order_is_refused(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert distribute(home, out, "--recipient", PARK) == Exit.DONE
    before, register = contents(out), (home / "dispatch.jsonl").read_bytes()
    assert command("distribute", home, "--year", YEAR, "--to", out, "--by", "李四", "--recipient", PARK) == Exit.DONE
    assert "没有改动" in capsys.readouterr().out
    assert distribute(home, out) == Exit.USAGE
    assert "已有其他内容" in capsys.readouterr().err
    assert (contents(out), (home / "dispatch.jsonl").read_bytes()) == (before, register)


def test_zips_are_the_same_bytes_wherever_they_are_made(home: Path, tmp_path: Path, contacts: Path) -> None:
    for name in ("one", "two"):
        words = ("--recipient", PARK, "--recipient", "州人民政府办公室", "--zip", "--contacts", contacts)
        assert distribute(home, tmp_path / name, *words) == Exit.DONE
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert one == two
    assert sum(name.endswith(".zip") for name in one) == 2
    with zipfile.ZipFile(next((tmp_path / "one").glob("YN*.zip"))) as archive:
        assert archive.namelist() == sorted(archive.namelist())
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert all(entry.flag_bits & 0x800 for entry in archive.infolist() if not entry.filename.isascii())
        assert any(entry.filename.endswith("/送达清单.pdf") for entry in archive.infolist())
        assert archive.testzip() is None


def test_drafts_are_for_the_contacts_and_never_sent(home: Path, tmp_path: Path, contacts: Path) -> None:
    assert (
        distribute(home, tmp_path / "out", "--contacts", contacts, "--zip", *some(PARK, "州人民政府办公室"))
        == Exit.DONE
    )
    drafts = {path.stem: path.read_bytes() for path in (tmp_path / "out" / "邮件").iterdir()}
    assert len(drafts) == 2
    message = email.message_from_bytes(next(raw for name, raw in drafts.items() if PARK in name), policy=default)
    assert message["X-Unsent"] == "1"
    assert message["To"] == "张三 <zhang@example.gov.cn>, wang@example.gov.cn"
    assert message["Cc"] == "ban@example.gov.cn"
    assert message["Subject"] == "送达：澜东产业园区（虚构） 2023 年度园区绩效评价文件"
    assert message["From"] is None and message["Date"] is None
    body = message.get_body()
    assert body is not None
    assert "张三：" in body.get_content()
    (attached,) = message.iter_attachments()
    package = next((tmp_path / "out").glob(f"{PARK}*.zip"))
    assert attached.get_filename() == package.name
    assert attached.get_content() == package.read_bytes()


def test_receipts_are_registered_and_what_is_open_is_listed(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    distribute(home, tmp_path / "out", *some("YN5328-02", PARK, "YN5328-05"))
    assert command("receipt", home, 2, "--person", "王五", "--on", "2024-07-05", "--by", "李四") == Exit.DONE
    capsys.readouterr()
    assert command("dispatches", home, "--open", "--json") == Exit.DONE
    waiting = json.loads(capsys.readouterr().out)
    assert [row["number"] for row in waiting] == [1, 3]
    assert command("dispatches", home) == Exit.DONE
    shown = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("2 "))
    assert shown.split()[-2:] == ["2024-07-05", "王五"]
    for words, said in (
        ((2, "--on", "2024-07-06"), "已于 2024-07-05 由王五签收"),
        ((99, "--on", "2024-07-06"), "没有这个登记号"),
        ((3, "--on", "2024-06-30"), "不早于送出日期 2024-07-01"),
    ):
        assert command("receipt", home, *words, "--person", "王五", "--by", "李四") == Exit.USAGE
        assert said in capsys.readouterr().err


def test_an_altered_register_is_found(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    distribute(home, tmp_path / "out", "--recipient", PARK)
    register = home / "dispatch.jsonl"
    register.write_text(register.read_text(encoding="utf-8").replace("李四", "王二"), encoding="utf-8")
    assert command("verify", home) == Exit.VERIFICATION
    assert "dispatch.jsonl 第 1 条：内容或次序被改动" in capsys.readouterr().err
    assert command("dispatches", home) == Exit.VERIFICATION


def altered(out: Path, what: str) -> str:
    own = next(path for path in out.iterdir() if path.name.startswith(PARK))
    match what:
        case "byte":
            path = own / "本园数据.json"
            path.write_bytes(path.read_bytes()[:-2] + b" \n")
            return "本园数据.json：内容被改动"
        case "missing":
            (own / "送达清单.pdf").unlink()
            return "送达清单.pdf：缺失"
        case "unlisted":
            (own / "又一份.pdf").write_bytes(b"x")
            return "又一份.pdf：清单中没有"
        case "manifest":
            (out / "manifest.json").write_text("{}", encoding="utf-8")
            return "manifest.json：内容被改动"
        case _:  # file, its checksums and all checksums changed together: the register in HOME remembers
            (own / "本园数据.json").write_text("{}", encoding="utf-8")
            for folder in (own, out):
                lines = [f"{value}  {name}\n" for name, value in contents(folder).items() if name != "SHA256SUMS"]
                (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
            return "与送达清单不符"


@pytest.mark.parametrize("what", ["byte", "missing", "unlisted", "manifest", "with its checksums"])
def test_verify_finds_what_was_changed_in_a_package(
    sent: tuple[Path, Path], tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    home, out = sent
    shutil.copytree(out, tmp_path / "out")
    assert command("verify", tmp_path / "out", "--register", home) == Exit.DONE
    said = altered(tmp_path / "out", what)
    assert command("verify", tmp_path / "out", "--register", home) == Exit.VERIFICATION
    assert said in capsys.readouterr().err


def test_all_digests_changed_together_differ_from_the_register(
    sent: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, out = sent
    shutil.copytree(out, tmp_path / "out")
    altered(tmp_path / "out", "all")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    for row in manifest["packages"]:
        row["sums_sha256"] = hashlib.sha256((tmp_path / "out" / row["package"] / "SHA256SUMS").read_bytes()).hexdigest()
    (tmp_path / "out" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    lines = [f"{value}  {name}\n" for name, value in contents(tmp_path / "out").items() if name != "SHA256SUMS"]
    (tmp_path / "out" / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    assert command("verify", tmp_path / "out") == Exit.DONE
    assert command("verify", tmp_path / "out", "--register", home) == Exit.VERIFICATION
    assert "与送出登记不符" in capsys.readouterr().err


def test_one_package_is_checked_by_itself_as_its_recipient_has_it(
    sent: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = next(path for path in sent[1].iterdir() if path.name.startswith(PARK))
    shutil.copytree(own, tmp_path / "own")
    assert command("verify", tmp_path / "own") == Exit.DONE
    (tmp_path / "own" / "本园数据.json").write_text("{}", encoding="utf-8")
    assert command("verify", tmp_path / "own") == Exit.VERIFICATION
    assert "本园数据.json：内容被改动" in capsys.readouterr().err


def test_what_is_neither_home_nor_dispatch_is_told(
    sent: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run,) = (sent[0] / "runs" / str(YEAR)).iterdir()
    assert command("verify", run) == Exit.USAGE
    (tmp_path / "x.zip").write_bytes(b"PK")
    assert command("verify", tmp_path / "x.zip") == Exit.USAGE
    assert "不是可以核验的文件" in capsys.readouterr().err


# ---- what stops a package, and only that one --------------------------------------------------------------


def paper(home: Path, code: str = PARK) -> Path:
    return next((home / "reports" / str(YEAR)).glob(f"{code}-*.pdf"))


def replace(path: Path, content: bytes) -> None:
    """Write anew: the files of HOME are hard links."""
    path.unlink()
    path.write_bytes(content)


def test_a_package_with_another_parks_papers_stays_and_the_others_go(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(paper(home), paper(home, "YN5328-05").read_bytes())
    recipients = some("YN5328-03", PARK, "YN5328-05", "YN5328-06")
    assert distribute(home, tmp_path / "out", *recipients) == Exit.VERIFICATION
    said = capsys.readouterr()
    assert "3 包" in said.out
    assert "澜东产业园区（虚构）" in said.err and "园区代码 YN5328-05" in said.err
    assert not list((tmp_path / "out").glob(f"{PARK}*"))
    assert len([path for path in (tmp_path / "out").iterdir() if path.is_dir()]) == 3
    assert command("verify", tmp_path / "out", "--register", home) == Exit.DONE


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (small_pdf(["another run"]), "没有园区绩效评价报告"),
        (b"%PDF-1.7 broken", "读不出的 PDF"),
        (None, "没有园区绩效评价报告"),
    ],
)
def test_a_wrong_or_missing_report_stops_its_package(
    home: Path, tmp_path: Path, content: bytes | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = paper(home)
    path.unlink() if content is None else replace(path, content)
    assert distribute(home, tmp_path / "out", "--recipient", PARK, "--recipient", "YN5328-05") == Exit.VERIFICATION
    assert said in capsys.readouterr().err
    assert [path.name[:9] for path in (tmp_path / "out").iterdir() if path.is_dir()] == ["YN5328-05"]


def test_a_paper_altered_since_the_run_stops_its_package(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy,) = home.glob(f"runs/{YEAR}/*/退回园区/{YEAR}/{PARK}*.xlsx")
    replace(copy, copy.read_bytes() + b" ")
    assert distribute(home, tmp_path / "out", "--recipient", PARK) == Exit.VERIFICATION
    assert "内容与评价批次的清单不符" in capsys.readouterr().err


def test_data_in_the_report_are_not_sent_twice(home: Path, tmp_path: Path) -> None:
    run = next((home / "runs" / str(YEAR)).iterdir()).name
    replace(paper(home), small_pdf([f"run {run}"], {"data.json": b"{}"}))
    assert distribute(home, tmp_path / "out", "--recipient", PARK) == Exit.DONE
    names = [path.name for path in next((tmp_path / "out").glob(f"{PARK}*")).iterdir()]
    assert not [name for name in names if name.startswith("本园")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--recipient", "某园区"), "没有这个收件单位"),
        (("--scheme", "unknown"), "没有这个办法的已发布结果"),
        (("--contacts", "none.toml"), "没有这个文件"),
    ],
)
def test_wrong_orders_are_refused_before_anything_is_written(
    sent: tuple[Path, Path], tmp_path: Path, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert distribute(sent[0], tmp_path / "out", *words) in (Exit.USAGE, Exit.DEFINITION)
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_without_reports_the_command_that_makes_them_is_named(
    published_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        command("distribute", published_home, "--year", 2022, "--to", tmp_path / "out", "--by", "李四")
        == Exit.VERIFICATION
    )
    assert "运行 report" in capsys.readouterr().err


# ---- full disks, kills ----------------------------------------------------------------------------------


def full_disk(*given: object, **named: object) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/full")


def test_what_the_office_keeps_in_home_is_used(home: Path, tmp_path: Path, contacts: Path) -> None:
    (home / "office").mkdir()
    contacts.rename(home / "office" / "联系人.toml")
    (home / "office" / "送达邮件.txt").write_text("主题：给{{ name }}\n\n见附件。\n", encoding="utf-8")
    (home / "office" / "送达规则.toml").write_text(
        '[[papers]]\nkind = "园区评价通报"\nto = ["readers"]\n', encoding="utf-8"
    )
    assert distribute(home, tmp_path / "out", *some(PARK)) == Exit.DONE
    (raw,) = (path.read_bytes() for path in (tmp_path / "out" / "邮件").iterdir())
    assert email.message_from_bytes(raw, policy=default)["Subject"] == "给澜东产业园区（虚构）"
    assert not list((tmp_path / "out").rglob("*通报.pdf"))


def test_what_was_printed_again_after_a_decision_goes_in_place_of_the_draft(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run holds report and draft; printed again are the report and the notice, and one notice of an earlier run."""
    (run,) = (home / "runs" / str(YEAR)).iterdir()
    again, head = home / "reports" / str(YEAR), paper(home).stem.removesuffix("园区绩效评价报告")
    (run / "reports").mkdir()
    for name in ("园区绩效评价报告", "限期整改通知书（拟稿）-靠后"):
        (run / "reports" / f"{head}{name}.pdf").write_bytes(small_pdf(["as first printed"]))
    (again / f"{head}限期整改通知书-靠后.pdf").write_bytes(small_pdf([run.name, "notice"]))
    (again / f"{head}限期整改通知书-连续靠后.pdf").write_bytes(small_pdf(["2023-0123456789ab", "notice"]))
    assert distribute(home, tmp_path / "out", *some(PARK)) == Exit.DONE
    said = capsys.readouterr().err
    assert "拟稿 1 份未送" in said
    assert f"不是批次 {run.name} 的文件，未送：{head}限期整改通知书-连续靠后.pdf" in said
    own = next((tmp_path / "out").glob(f"{PARK}*"))
    assert sorted(path.name.rpartition("2023-")[2] for path in own.glob("*.pdf")) == [
        "园区绩效评价报告.pdf", "园区评价通报.pdf", "送达清单.pdf", "限期整改通知书-靠后.pdf",
    ]  # fmt: skip
    assert next(own.glob("*报告.pdf")).read_bytes() == paper(home).read_bytes()


def test_contacts_of_no_park_and_parks_without_address_are_told(
    home: Path, tmp_path: Path, contacts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contacts.write_text('[[parks]]\ncode = "YN5328-99"\nto = ["a@example.gov.cn"]\n', encoding="utf-8")
    assert distribute(home, tmp_path / "out", "--contacts", contacts) == Exit.DONE
    said = capsys.readouterr().err
    assert "联系人表中的园区代码 YN5328-99 在 2023 年没有这个园区" in said
    assert "没有邮箱，未备邮件草稿：云南勐腊（磨憨）重点开发开放试验区、" in said


def test_a_letter_that_names_another_park_stops_the_package(
    home: Path, tmp_path: Path, contacts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    letter = tmp_path / "邮件.txt"
    letter.write_text("主题：x\n\n另附 YN5328-05 的报告。\n", encoding="utf-8")
    words = ("--contacts", contacts, "--mail", letter, *some(PARK))
    assert distribute(home, tmp_path / "out", *words) == Exit.VERIFICATION
    assert "邮件草稿：有园区代码 YN5328-05" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"), [(None, "没有这个文件或文件夹"), ("主题：送达".encode("gb18030"), "不是 UTF-8")]
)
def test_a_letter_that_cannot_be_read_is_told_in_chinese(tmp_path: Path, content: bytes | None, said: str) -> None:
    letter = tmp_path / "邮件.txt"
    if content is not None:
        letter.write_bytes(content)
    with pytest.raises(DefinitionRefused) as refused:
        Letters(letter)
    assert said in str(refused.value)
    assert "Errno" not in str(refused.value) and "codec" not in str(refused.value)


def test_papers_with_the_data_of_all_parks_go_to_nobody(
    home: Path, tmp_path: Path, contacts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = home / "reports" / str(YEAR)
    for name in ("评价结果.xlsx", "园区评价结果.html", "园区评价结果-2.html", "领导参阅.pdf", "内部材料.pdf"):
        (folder / f"西双版纳州-{YEAR}-{name}").write_bytes(b"YN5328-05")
    words = some(PARK, "州人民政府办公室")
    assert distribute(home, tmp_path / "out", "--contacts", contacts, *words) == Exit.DONE
    assert capsys.readouterr().err == f"没有规定送给谁，未送：西双版纳州-{YEAR}-内部材料.pdf\n"
    for package in (path for path in (tmp_path / "out").iterdir() if path.is_dir() and path.name != "邮件"):
        assert [path.name for path in package.glob("西双版纳州*")] == [f"西双版纳州-{YEAR}-园区评价通报.pdf"]


@pytest.mark.parametrize(
    "writer",
    [
        "pathlib.Path.write_bytes",
        "parkeval.distribution.delivery.os.replace",
        "parkeval.distribution.building.write_zip",
    ],
)
def test_full_disk_leaves_nothing(
    home: Path, tmp_path: Path, writer: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(home)
    monkeypatch.setattr(writer, full_disk)
    assert distribute(home, tmp_path / "out", "--zip") == Exit.DISK
    monkeypatch.undo()
    assert "磁盘已满" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"home"}
    assert contents(home) == before


def test_a_folder_that_cannot_be_made_is_told(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert distribute(home, tmp_path / "file" / "out") == Exit.DISK
    assert "路径中有一段不是文件夹" in capsys.readouterr().err
    assert not (home / "dispatch.jsonl").exists()


KILLED = """
import os, signal, sys, time
import duckdb, numpy, polars, pypdfium2
from parkeval.cli import cli
from parkeval.distribution.mail import Letters
from parkeval.front import run_command
from parkeval.distribution import building
from tests.engine.small_papers import small_lists
building.print_documents = small_lists
words, waits = sys.argv[2:], [float(word) for word in sys.argv[1].split()]
for wait in waits:
    child = os.fork()
    if child == 0:
        os._exit(run_command(cli, words))
    time.sleep(wait)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


def test_killed_at_any_moment_a_later_start_completes(home: Path, tmp_path: Path, sent: tuple[Path, Path]) -> None:
    """After kills at several moments nothing stands under the name; a last start gives what an undisturbed one gives."""
    out = tmp_path / "out"
    words = ["distribute", str(home), "--year", str(YEAR), "--to", str(out), "--by", "李四", "--on", "2024-07-01"]
    moments = "0.1 0.3 0.5 0.7"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, moments, *words], cwd=ROOT, check=False, capture_output=True, timeout=60
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    if out.exists():
        assert command("verify", out) == Exit.DONE
    assert distribute(home, out) == Exit.DONE
    assert contents(out) == contents(sent[1])
    assert command("verify", out, "--register", home) == Exit.DONE
    assert len((home / "dispatch.jsonl").read_text(encoding="utf-8").splitlines()) == 12
    assert not list(tmp_path.glob(".out*"))
