"""One package: its papers checked, scanned, signed if wanted, listed, written; and the same contents as a zip."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from parkeval.checksums import CHECKSUMS
from parkeval.distribution.contacts import Contact
from parkeval.distribution.contents import Text, Unreadable, texts
from parkeval.distribution.cover import COVER
from parkeval.distribution.leaks import Secrets, leaks
from parkeval.distribution.mail import draft
from parkeval.distribution.naming import clean_file, distinct
from parkeval.distribution.own_data import KIND, OwnData
from parkeval.distribution.papers import Paper
from report_templates.cover_view import Listed
from validation.digest import file_sha256
from validation.problems import Problem

_EPOCH = (1980, 1, 1, 0, 0, 0)
Sign = Callable[[bytes], bytes]
"""Signs a PDF."""


@dataclass(frozen=True)
class Parcel:
    """What one recipient is to get. `park_code` is None for a reader of the bulletin; `name` is that of the folder."""

    key: str
    title: str
    name: str
    park_code: str | None
    contact: Contact | None
    papers: tuple[Paper, ...]


@dataclass(frozen=True)
class Contents:
    """Everything of a package in memory: name, kind and bytes of each file."""

    files: tuple[tuple[str, str, bytes], ...]

    def listed(self) -> list[Listed]:
        """The files as they stand on the list."""
        return [Listed(name, kind, len(data), hashlib.sha256(data).hexdigest()) for name, kind, data in self.files]


class Stopped(Exception):
    """A package that must not leave; carries every reason."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def gather(parcel: Parcel, run_id: str, required: Sequence[str], own: OwnData, secrets: Secrets) -> Contents:
    """Read and examine what goes into a package; raises Stopped with every reason why it must not leave.

    A paper must be as the run's manifest has it; one without an entry (a report rendered again) must bear the run's id.
    Nothing in it may be of another park.
    """
    problems = []
    files: list[tuple[str, str, bytes]] = []
    said: list[Text] = []
    kinds = {paper.kind for paper in parcel.papers}
    for kind in required if parcel.park_code else ():
        if kind not in kinds:
            problems.append(Problem(parcel.title, f"没有{kind}", "每个园区一份", "运行 report 生成后再送达"))
    names = distinct(clean_file(paper.source.name) for paper in parcel.papers)
    carried = False
    for paper, name in zip(parcel.papers, names, strict=True):
        data = paper.source.read_bytes()
        files.append((name, paper.kind, data))
        if paper.sha256 is not None and hashlib.sha256(data).hexdigest() != paper.sha256:
            problems.append(
                Problem(f"{parcel.title}：{name}", "内容与评价批次的清单不符", "未改动", "从备份恢复该批次")
            )
        if paper.public and paper.sha256 is not None:
            continue
        try:
            found = list(texts(name, data))
        except Unreadable as reason:
            problems.append(Problem(parcel.title, str(reason), "可以检查的文件", "换成未加密、完好的文件"))
            continue
        carried = carried or any(text.place.startswith(f"{name}/") for text in found if data.startswith(b"%PDF"))
        if paper.sha256 is None and not any(run_id in text.text for text in found):
            problems.append(Problem(f"{parcel.title}：{name}", "不是本批次的文件", f"批次 {run_id}", "重新运行 report"))
        said += found
    if parcel.park_code and not carried:
        for name, data in own.files(parcel.park_code):
            files.append((name, KIND, data))
            said += texts(name, data)
    problems += _leaked(parcel, said, secrets)
    if problems:
        raise Stopped(problems)
    return Contents(tuple(files))


def refuse_leaks(parcel: Parcel, said: Sequence[Text], secrets: Secrets) -> None:
    """Raise Stopped where the texts hold something of another park."""
    problems = _leaked(parcel, said, secrets)
    if problems:
        raise Stopped(problems)


def _leaked(parcel: Parcel, said: Sequence[Text], secrets: Secrets) -> list[Problem]:
    return [
        Problem(f"{parcel.title}：{leak.place}", f"有{leak.what}（属于 {leak.park_code}）", "只有本单位和公开的内容",
                "查明来源后重新生成；确属公开的写入送达规则")
        for leak in leaks(said, parcel.park_code, secrets)
    ]  # fmt: skip


def signed(contents: Contents, sign: Sign) -> Contents:
    """The package with every PDF signed."""
    return Contents(
        tuple((name, kind, sign(data) if data.startswith(b"%PDF") else data) for name, kind, data in contents.files)
    )


def write_files(folder: Path, contents: Contents) -> None:
    """Write the files of the package; its list comes to stand beside them."""
    folder.mkdir(parents=True)
    for name, _, data in contents.files:
        (folder / name).write_bytes(data)


def seal(folder: Path, listed: Sequence[Listed]) -> str:
    """Write `SHA256SUMS` over the files and their list; returns its own digest, which stands for the package."""
    digests = {file.name: file.sha256 for file in listed} | {COVER: file_sha256(folder / COVER)}
    sums = "".join(f"{value}  {name}\n" for name, value in sorted(digests.items())).encode()
    (folder / CHECKSUMS).write_bytes(sums)
    return hashlib.sha256(sums).hexdigest()


def write_zip(folder: Path, target: Path) -> None:
    """The folder as a zip whose bytes depend on names and contents alone: sorted, one date, stored."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(f"{folder.name}/{path.name}", _EPOCH)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, path.read_bytes())


def mail_of(parcel: Parcel, subject: str, body: str, package: Path) -> bytes | None:
    """The draft to the parcel's contact with the package attached; None where no address is known."""
    if parcel.contact is None or not parcel.contact.to:
        return None
    paths = [package] if package.is_file() else sorted(path for path in package.iterdir())
    return draft(parcel.contact, subject, body, [(path.name, path.read_bytes()) for path in paths])
