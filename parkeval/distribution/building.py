"""The packages of one dispatch, one after another: gathered, examined and signed here, while their lists are printed by others."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parkeval.distribution.contents import Text
from parkeval.distribution.cover import COVER, cover_job
from parkeval.distribution.leaks import Secrets
from parkeval.distribution.own_data import OwnData
from parkeval.distribution.package import (
    Parcel,
    Stopped,
    gather,
    mail_of,
    refuse_leaks,
    seal,
    signed,
    write_files,
    write_zip,
)
from report_templates.cover_view import Listed
from report_templates.formatting import chinese_date, plain
from report_templates.printers import BATCH, print_documents
from validation.digest import file_sha256
from validation.problems import Problem

if TYPE_CHECKING:
    from parkeval.distribution.delivery import Order
    from report_templates.printing import Job, Report

MAIL = "邮件"


@dataclass(frozen=True)
class _Begun:
    """A package that waits for its list: its files stand in the folder already."""

    parcel: Parcel
    folder: Path
    listed: Sequence[Listed]
    letter: tuple[str, str]


class Building:
    """Builds packages in a working folder and moves each into `staged` when it is whole."""

    def __init__(
        self,
        staged: Path,
        work: Path,
        run: Mapping[str, Any],
        sent_on: str,
        order: Order,
        own: OwnData,
        secrets: Secrets,
    ) -> None:
        self._staged, self._work, self._run, self._order = staged, work, run, order
        self._sent_on, self._own, self._secrets = date.fromisoformat(sent_on), own, secrets
        self._begun: dict[Path, _Begun] = {}
        self._stopped: list[dict[str, Any]] = []

    def packages(self, parcels: Sequence[Parcel]) -> Iterator[dict[str, Any]]:
        """Build a package for each parcel, in any order; what was done, as it stands in journal and manifest.

        Raises DefinitionRefused where the office's templates are broken, EnvironmentFault where a token fails.
        """
        workers = min(self._order.workers, -(-len(parcels) // BATCH))
        with closing(self._printed(parcels, workers)) as printed:
            for report in printed:
                yield from self._told()
                yield self._finish(self._begun.pop(report.path), report)
        yield from self._told()

    def _printed(self, parcels: Sequence[Parcel], workers: int) -> Generator[Report]:
        yield from print_documents(self._jobs(parcels), self._order.office, workers)

    def _told(self) -> Iterator[dict[str, Any]]:
        """The packages stopped since the last call."""
        while self._stopped:
            yield self._stopped.pop(0)

    def _jobs(self, parcels: Sequence[Parcel]) -> Iterator[Job]:
        """Begin each package; its list, to be printed into its folder."""
        for parcel in parcels:
            try:
                contents = gather(parcel, self._run["run_id"], self._order.rules.required, self._own, self._secrets)
                letter = self._order.letters.fill(self._values(parcel, [file.name for file in contents.listed()]))
                refuse_leaks(parcel, [Text("邮件草稿", "\n".join(letter))], self._secrets)
            except Stopped as reason:
                self._stopped.append(_stopped(parcel, reason.problems))
                continue
            if self._order.sign is not None:
                contents = signed(contents, self._order.sign)
            folder = self._work / parcel.name
            write_files(folder, contents)
            begun = _Begun(parcel, folder, contents.listed(), letter)
            self._begun[folder / COVER] = begun
            yield cover_job(
                folder, self._run, parcel.title, parcel.park_code or "", self._sent_on, self._order.by, begun.listed
            )

    def _finish(self, begun: _Begun, report: Report) -> dict[str, Any]:
        """Put the package in place with its list, its checksums and the draft of its mail."""
        parcel, order = begun.parcel, self._order
        if not report.pages:
            shutil.rmtree(begun.folder)
            said = "；".join(report.problems)
            return _stopped(parcel, [Problem(f"{parcel.title}：{COVER}", said, "能印出的清单", "改正后再运行一次")])
        if order.sign is not None:
            report.path.write_bytes(order.sign(report.path.read_bytes()))
        sums = seal(begun.folder, begun.listed)
        package = begun.folder
        if order.as_zip:
            package = self._work / f"{parcel.name}.zip"
            write_zip(begun.folder, package)
        mail = mail_of(parcel, *begun.letter, package)
        if mail is not None:
            (self._staged / MAIL).mkdir(exist_ok=True)
            (self._staged / MAIL / f"{parcel.name}.eml").write_bytes(mail)
        final = self._staged / package.name
        shutil.rmtree(final) if final.is_dir() else final.unlink(missing_ok=True)
        package.replace(final)
        shutil.rmtree(begun.folder, ignore_errors=True)
        return {
            **_named(parcel), "package": package.name, "sums_sha256": sums,
            "files": [asdict(file) for file in begun.listed],
            "package_sha256": file_sha256(final) if order.as_zip else None,
            "mail": f"{MAIL}/{parcel.name}.eml" if mail is not None else None,
        }  # fmt: skip

    def _values(self, parcel: Parcel, files: Sequence[str]) -> dict[str, Any]:
        """What a template of mail can name."""
        contact, run = parcel.contact, self._run
        return {
            "name": plain(parcel.title, 80), "code": plain(parcel.park_code), "person": plain(contact.person) if contact else "",
            "phone": plain(contact.phone) if contact else "", "region": plain(run["region"]), "year": run["year"],
            "run_id": plain(run["run_id"]), "office": plain(run["office"]), "scheme_title": plain(run["scheme_title"]),
            "sent_on": chinese_date(self._sent_on), "files": files,
        }  # fmt: skip


def _named(parcel: Parcel) -> dict[str, Any]:
    return {"recipient": parcel.key, "name": parcel.title, "park_code": parcel.park_code}


def _stopped(parcel: Parcel, problems: Sequence[Problem]) -> dict[str, Any]:
    return {**_named(parcel), "package": None, "problems": [asdict(problem) for problem in problems]}
