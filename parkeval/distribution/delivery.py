"""All packages of one dispatch: built aside, taken up again after an interruption, put in place at once, registered."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from parkeval.checksums import CHECKSUMS
from parkeval.distribution import dispatch
from parkeval.distribution.building import Building
from parkeval.distribution.contacts import Contacts, no_contacts
from parkeval.distribution.contents import texts
from parkeval.distribution.leaks import secrets_of
from parkeval.distribution.mail import Letters
from parkeval.distribution.naming import clean_file, clean_name, distinct, long_path
from parkeval.distribution.own_data import OwnData
from parkeval.distribution.package import Parcel, Sign
from parkeval.distribution.papers import Papers, papers_of
from parkeval.distribution.rules import Rules
from parkeval.errors import DiskFault, UsageFault, disk_reason
from parkeval.evidence import MANIFEST, digest
from parkeval.home import Home, writing
from parkeval.reprinting import reports_folder
from report_templates.formatting import enumerate_chinese, plain
from validation.digest import file_sha256
from validation.problems import Problem

if TYPE_CHECKING:
    from datetime import date

    from parkeval.store import Tables

KIND = "parkeval-distribution"
_JOURNAL, _WORK, _REQUEST = ".journal.jsonl", ".work", ".request.json"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Order:
    """What is to be sent: `recipients` empty for all, else codes of parks and names of readers; `signer` names who signs.

    `office` is the folder of the office's own templates, `workers` how many processes print the lists.
    """

    scheme: str
    year: int
    by: str
    on: date
    rules: Rules
    recipients: tuple[str, ...] = ()
    as_zip: bool = False
    contacts: Contacts = field(default_factory=no_contacts)
    letters: Letters = field(default_factory=Letters)
    sign: Sign | None = None
    signer: str = ""
    office: Path | None = None
    workers: int = 1


@dataclass(frozen=True)
class Delivered:
    """What was done: the packages, those stopped with the reasons, notes for the person, and whether it had been done before."""

    out: Path
    packages: tuple[Mapping[str, Any], ...]
    stopped: tuple[Problem, ...]
    notes: tuple[str, ...]
    repeated: bool


def distribute(tables: Tables, home: Home, out: Path, order: Order, progress: Progress) -> Delivered:
    """Build every package of `order` into the new folder `out`, and register what goes out.

    A package that must not leave is left out and told, the others are built. Everything stands in a hidden folder beside
    `out` until it is complete; the same order taken up again after an interruption goes on where it stopped. Raises
    UsageFault (out is not empty, nobody to send to), DefinitionRefused, DiskFault (nothing is left behind), Busy.
    """
    run = tables["runs"].filter(pl.col("scheme") == order.scheme, pl.col("year") == order.year).row(0, named=True)
    folders = _folders(home, order.year, run["run_id"])
    papers = papers_of(folders, tables, order.scheme, order.year, order.rules)
    parcels = _parcels(tables, papers, order)
    notes = _notes(papers, parcels, order)
    request = _request(run, parcels, order)
    with writing(home), _disk(out):
        finished = _finished(out, request)
        if finished is not None:
            return _settled(home, out, finished, notes)
        staged = out.resolve().parent / f".{out.name}.part"
        try:
            _resume_or_clear(staged, request)
            manifest = _build(staged, tables, home, run, papers, parcels, order, request, progress)
            os.sync()
            os.replace(staged, out)
        except OSError:
            shutil.rmtree(staged, ignore_errors=True)
            raise
        _register(home, manifest)
    return Delivered(out, tuple(manifest["packages"]), _problems(manifest), notes, False)


def _folders(home: Home, year: int, run_id: str) -> dict[Path, Mapping[str, str]]:
    """The run's folder with the digests of its manifest, and reports of the year that were printed again."""
    folder = home.run_folder(year, run_id)
    try:
        listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        raise UsageFault(
            [Problem(str(folder / MANIFEST), "缺失或读不出", "本批次的清单", "用 verify 核验，从备份恢复")]
        ) from None
    folders: dict[Path, Mapping[str, str]] = {folder: {str(name): str(value) for name, value in listed.items()}}
    again = reports_folder(home, year)
    if again.is_dir():
        folders[again] = {}
    return folders


def _parcels(tables: Tables, papers: Papers, order: Order) -> list[Parcel]:
    """Recipients in the order parks by code, then readers; raises UsageFault for one that is not known or when there is none."""
    parks = tables["parks"].filter(pl.col("scheme") == order.scheme, pl.col("year") == order.year).sort("park_code")
    found = [
        (code, plain(name or code, 80), code, order.contacts.parks.get(code),
         (*papers.of_park.get(code, ()), *papers.for_all["parks"]))
        for code, name in parks.select("park_code", "name").rows()
    ]  # fmt: skip
    found += [(f"读者 {row.name}", row.name, None, row, papers.for_all["readers"]) for row in order.contacts.readers]
    names = distinct(clean_name(f"{key}-{title}" if code else key) for key, title, code, _, _ in found)
    parcels = [
        Parcel(key, title, name, code, contact, contents)
        for (key, title, code, contact, contents), name in zip(found, names, strict=True)
    ]
    unknown = [wanted for wanted in order.recipients if not any(_is(parcel, wanted) for parcel in parcels)]
    problems = [
        Problem(f"--recipient {wanted}", "没有这个收件单位", "园区代码、园区名称或通报读者的名称", "改收件单位")
        for wanted in unknown
    ]
    if problems:
        raise UsageFault(problems)
    chosen = [parcel for parcel in parcels if not order.recipients or any(_is(parcel, it) for it in order.recipients)]
    if not any(parcel.papers for parcel in chosen):
        cure = f"先运行 ./run report 生成 {order.year} 年的报告"
        raise UsageFault([Problem(f"{order.year} 年", "没有可以送达的文件", "该批次的报告", cure)])
    return chosen


def _notes(papers: Papers, parcels: Sequence[Parcel], order: Order) -> tuple[str, ...]:
    """What the person should know: papers that go to nobody, contacts of no park, recipients without an address."""
    said = list(papers.notes)
    if order.contacts.parks:
        if not order.recipients:
            strangers = sorted(set(order.contacts.parks) - {parcel.key for parcel in parcels})
            said += [f"联系人表中的园区代码 {plain(code, 40)} 在 {order.year} 年没有这个园区" for code in strangers]
        silent = [parcel.title for parcel in parcels if parcel.contact is None or not parcel.contact.to]
        said += [f"没有邮箱，未备邮件草稿：{enumerate_chinese(silent)}"] if silent else []
    for parcel in parcels:
        path = long_path(parcel.name, (clean_file(paper.source.name) for paper in parcel.papers))
        if path:
            said.append(f"路径很长，在 Windows 上须放在浅的文件夹里才打得开：{path}")
    return tuple(said)


def _is(parcel: Parcel, wanted: str) -> bool:
    return wanted in (parcel.key, parcel.title)


def _request(run: Mapping[str, Any], parcels: Sequence[Parcel], order: Order) -> dict[str, Any]:
    """What makes two orders the same; the date is that of the first start."""
    told = [
        run["run_id"], run["results_sha256"], order.scheme, str(order.year), order.by, str(order.as_zip), order.signer,
        order.rules.model_dump_json(), *sorted(row.model_dump_json() for row in order.contacts.readers),
        *(
            f"{parcel.key} {parcel.name} {paper.source.name} {paper.sha256 or file_sha256(paper.source)}"
            for parcel in parcels
            for paper in parcel.papers
        ),
        *(parcel.contact.model_dump_json() for parcel in parcels if parcel.contact),
    ]  # fmt: skip
    return {
        "order": digest(told), "run_id": run["run_id"], "scheme": order.scheme, "year": order.year, "by": order.by,
        "sent_on": order.on.isoformat(), "signer": order.signer,
    }  # fmt: skip


def _finished(out: Path, request: Mapping[str, Any]) -> dict[str, Any] | None:
    """The manifest of `out` when it is this very order; None when there is nothing yet; raises UsageFault for anything else."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    try:
        manifest: dict[str, Any] = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        same = manifest["kind"] == KIND and manifest["request"]["order"] == request["order"]
    except (OSError, ValueError, KeyError, TypeError):
        same = False
    if not same:
        raise UsageFault([Problem(str(out), "已有其他内容", "新的或空的文件夹", "另选文件夹；已送出的不覆盖")])
    return manifest


def _settled(home: Home, out: Path, manifest: Mapping[str, Any], notes: tuple[str, ...]) -> Delivered:
    """A dispatch that stands complete; it is registered now if the program was stopped just before."""
    if not any(row.get("order") == manifest["request"]["order"] for row in dispatch.dispatches(home)):
        _register(home, manifest)
    return Delivered(out, tuple(manifest["packages"]), _problems(manifest), notes, True)


def _resume_or_clear(staged: Path, request: Mapping[str, Any]) -> None:
    """Keep what an interrupted start of the same order has built; anything else is swept away."""
    try:
        before = json.loads((staged / _REQUEST).read_text(encoding="utf-8"))
        same = before["order"] == request["order"]
    except (OSError, ValueError, KeyError, TypeError):
        same = False
    if not same:
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        aside = staged / f"{_REQUEST}.part"
        aside.write_text(json.dumps(request, ensure_ascii=False), encoding="utf-8")
        aside.replace(staged / _REQUEST)
    shutil.rmtree(staged / _WORK, ignore_errors=True)
    (staged / _WORK).mkdir()


def _build(
    staged: Path, tables: Tables, home: Home, run: Mapping[str, Any], papers: Papers, parcels: Sequence[Parcel],
    order: Order, request: Mapping[str, Any], progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    first = json.loads((staged / _REQUEST).read_text(encoding="utf-8"))
    done = dict(_built(staged))
    own = OwnData(tables, order.scheme, order.year)
    secrets = secrets_of(tables, order.scheme, order.year, _public_texts(home, run, papers), order.rules)
    building = Building(staged, staged / _WORK, run, first["sent_on"], order, own, secrets)
    with (staged / _JOURNAL).open("a", encoding="utf-8") as journal:
        for row in building.packages([parcel for parcel in parcels if parcel.key not in done]):
            done[row["recipient"]] = row
            journal.write(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n")
            journal.flush()
            progress("准备送达", len(done), len(parcels))
    rows = [done[parcel.key] for parcel in parcels]
    manifest = {
        "kind": KIND,
        "request": first,
        "packages": [row for row in rows if row["package"]],
        "stopped": [row for row in rows if not row["package"]],
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    (staged / MANIFEST).write_text(text + "\n", encoding="utf-8")
    for name in (_JOURNAL, _REQUEST):
        (staged / name).unlink()
    shutil.rmtree(staged / _WORK)
    paths = sorted(path for path in staged.rglob("*") if path.is_file() and path != staged / CHECKSUMS)
    sums = "".join(f"{file_sha256(path)}  {path.relative_to(staged).as_posix()}\n" for path in paths)
    (staged / CHECKSUMS).write_text(sums, encoding="utf-8")
    return manifest


def _built(staged: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Packages of an interrupted start that stand as their journal has them; a half-written line counts for nothing."""
    journal = staged / _JOURNAL
    if not journal.exists():
        return
    kept = []
    for line in journal.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if _stands(staged, row):
            kept.append(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n")
            yield row["recipient"], row
    aside = journal.with_suffix(".part")
    aside.write_text("".join(kept), encoding="utf-8")
    aside.replace(journal)


def _stands(staged: Path, row: Mapping[str, Any]) -> bool:
    if not row["package"]:
        return False
    if row["mail"] and not (staged / row["mail"]).is_file():
        return False
    path = staged / row["package"]
    if row["package_sha256"]:
        return path.is_file() and file_sha256(path) == str(row["package_sha256"])
    sums = path / CHECKSUMS
    if not sums.is_file() or file_sha256(sums) != row["sums_sha256"]:
        return False
    present = {file.name: file_sha256(file) for file in path.iterdir() if file != sums}
    listed = dict(line.split("  ", 1)[::-1] for line in sums.read_text(encoding="utf-8").splitlines())
    return present == listed


def _public_texts(home: Home, run: Mapping[str, Any], papers: Papers) -> Iterator[Any]:
    """What everybody may read: papers that go to all parks, and the run's definitions."""
    for paper in papers.for_all["parks"]:
        yield from texts(paper.source.name, paper.source.read_bytes())
    definitions = home.run_folder(run["year"], run["run_id"]) / "definitions"
    for path in sorted(path for path in definitions.rglob("*") if path.is_file()):
        yield from texts(path.name, path.read_bytes())


def _register(home: Home, manifest: Mapping[str, Any]) -> None:
    request = manifest["request"]
    dispatch.record_dispatches(
        home,
        (
            {
                **request,
                **{
                    name: row[name]
                    for name in ("recipient", "name", "park_code", "package", "sums_sha256", "package_sha256")
                },
                "files": [f"{file['sha256']}  {file['name']}" for file in row["files"]],
            }
            for row in manifest["packages"]
        ),
    )


def _problems(manifest: Mapping[str, Any]) -> tuple[Problem, ...]:
    return tuple(Problem(**problem) for row in manifest["stopped"] for problem in row["problems"])


@contextmanager
def _disk(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DiskFault(
            [Problem(str(error.filename or out), disk_reason(error), "可写且有空间", "检查路径、权限和磁盘空间")]
        ) from None
