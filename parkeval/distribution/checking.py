"""Whether a folder of packages is as it was when it was built: nothing altered, missing or added."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from parkeval.checksums import CHECKSUMS
from parkeval.distribution import dispatch
from parkeval.distribution.cover import COVER, EARLIER
from parkeval.distribution.delivery import KIND
from parkeval.evidence import MANIFEST
from parkeval.home import Home
from validation.digest import file_sha256
from validation.problems import Problem

_CURE = "用原来的文件恢复；已经送出的，以送出登记中的摘要为准"


def is_distribution(folder: Path) -> bool:
    """Whether `folder` was written by `distribute`, as a whole or one package of it; a run's folder is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return bool(manifest.get("kind") == KIND or "tables" not in manifest)
    except (OSError, ValueError, AttributeError):
        return (folder / CHECKSUMS).is_file() and not (folder / "runs").exists()


def signer_of(folder: Path) -> str:
    """Who signed the papers of a dispatch; empty where nobody did."""
    try:
        return str(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["request"]["signer"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def verify_distribution(folder: Path, home: Home | None = None) -> list[Problem]:
    """Every file that is not as it was built: against the checksums, the manifest, and with `home` its register of dispatches."""
    try:
        lines = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
        listed = {name: value for value, name in (line.split("  ", 1) for line in lines)}
    except (OSError, ValueError):
        return [Problem(str(folder / CHECKSUMS), "缺失或读不出", "全部文件的校验和", _CURE)]
    found = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / CHECKSUMS
    }
    problems = [Problem(name, "缺失", "清单所列文件", _CURE) for name in sorted(set(listed) - set(found))]
    problems += [Problem(name, "清单中没有", "只有清单所列文件", "移走") for name in sorted(set(found) - set(listed))]
    problems += [
        Problem(name, "内容被改动", f"SHA-256 {listed[name][:12]}…", _CURE)
        for name in sorted(set(found) & set(listed))
        if file_sha256(found[name]) != listed[name]
    ]
    if any((folder / name).is_file() for name in (COVER, EARLIER)) and MANIFEST not in listed:
        return problems  # one package by itself, as its recipient has it
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        packages: list[Mapping[str, Any]] = manifest["packages"]
        order = manifest["request"]["order"]
        problems += [problem for row in packages for problem in _package(folder, row)]
    except (OSError, ValueError, KeyError, TypeError):
        return [*problems, Problem(MANIFEST, "缺失或读不出", "本次送达的清单", _CURE)]
    return problems + (_registered(packages, order, home) if home else [])


def _package(folder: Path, row: Mapping[str, Any]) -> list[Problem]:
    """The checksums of a package are those that were registered; of a zip, its own digest."""
    place = folder / row["package"]
    if row["package_sha256"]:
        as_built = place.is_file() and file_sha256(place) == row["package_sha256"]
    else:
        sums = place / CHECKSUMS
        as_built = sums.is_file() and file_sha256(sums) == row["sums_sha256"] and _listed(place)
    return [] if as_built else [Problem(row["package"], "与送达清单不符", f"摘要 {row['sums_sha256'][:12]}…", _CURE)]


def _listed(package: Path) -> bool:
    """Whether the package's own checksums hold for each of its files and no other."""
    lines = (package / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    listed = {name: value for value, name in (line.split("  ", 1) for line in lines)}
    present = {path.name: file_sha256(path) for path in package.iterdir() if path.name != CHECKSUMS}
    return listed == present


def _registered(packages: list[Mapping[str, Any]], order: str, home: Home) -> list[Problem]:
    problems = dispatch.faults(home)
    known = {
        (row["recipient"], row["sums_sha256"], row.get("package_sha256"))
        for row in dispatch.dispatches(home)
        if row["order"] == order
    }
    for row in packages:
        if (row["recipient"], row["sums_sha256"], row["package_sha256"]) not in known:
            problems.append(
                Problem(row["package"], "与送出登记不符", f"{dispatch.REGISTER} 中登记的摘要", "以登记为准，重新制发")
            )
    return problems
