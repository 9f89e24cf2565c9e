"""Schemes read with their catalogue and forms, from the product's folders or a user's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from metrics.catalogue import CATALOGUE as INDICATORS
from metrics.catalogue import load_catalogue
from scoring.faults import faults
from scoring.rulebook import Rulebook
from scoring.scheme import Scheme
from validation.definition import load, read_toml
from validation.forms import CATALOGUE as FORMS
from validation.forms import load_form_set
from validation.ledgers.loading import ledger_files, load_ledgers
from validation.problems import DefinitionRefused, Problem

SCHEMES = Path(__file__).parent / "schemes"

KEPT = ("scheme", "indicators")
"""Folders of the first two files of a rulebook among the definitions that a run keeps."""


def scheme_path(key: str) -> Path:
    """The file of a scheme: `key` names one of the product's, or is itself the path of one."""
    own = SCHEMES / f"{key}.toml"
    if own.is_file():
        return own
    path = Path(key)
    if path.suffix == ".toml" or path.exists():
        return path
    raise DefinitionRefused(
        [Problem(f"评价办法 {key}", "没有这个办法", f"{'、'.join(scheme_keys())}，或一个 TOML 文件", "检查名称或路径")]
    )


def scheme_keys() -> list[str]:
    """Keys of the product's own schemes."""
    return sorted(path.stem for path in SCHEMES.glob("*.toml"))


def load_scheme(key: str) -> Scheme:
    """Load a scheme by key or path; raises DefinitionRefused with every problem of the file."""
    return load(scheme_path(key), Scheme)


def read_rulebook(key: str, year: int) -> Rulebook:
    """The scheme `key` with its catalogue, forms and ledgers as they are written, scheme and catalogue not yet checked against the others.

    A scheme file of a user's own finds its catalogue and forms beside itself first: `<indicators>.toml`,
    `<forms>/forms.toml` and `ledgers/<code>.toml`. Raises DefinitionRefused with all problems of catalogue and forms together.
    """
    path = scheme_path(key)
    scheme = load_scheme(key)
    catalogue_path = path.parent / f"{scheme.indicators}.toml"
    if not catalogue_path.is_file() or _is_scheme(catalogue_path):
        catalogue_path = INDICATORS / f"{scheme.indicators}.toml"
    forms_path = _beside(path, f"{scheme.forms}/forms.toml", FORMS / scheme.forms / "forms.toml")
    problems: list[Problem] = []
    try:
        catalogue = load_catalogue(catalogue_path)
    except DefinitionRefused as refused:
        problems.extend(refused.problems)
    try:
        form_set = load_form_set(scheme.forms, forms_path.parent.parent)
        of_ledgers = ledger_files(forms_path.parent.parent, scheme.forms)
        ledgers = load_ledgers(form_set, of_ledgers)
    except DefinitionRefused as refused:
        problems.extend(refused.problems)
    if problems:
        raise DefinitionRefused(problems)
    files = (path, catalogue_path, forms_path, *_checks_beside(forms_path), *of_ledgers)
    return Rulebook(scheme, catalogue, form_set, year, files, ledgers)


def load_rulebook(key: str, year: int) -> Rulebook:
    """Load the scheme `key` with its catalogue and forms and check all of it for `year`.

    Raises DefinitionRefused with all problems.
    """
    rulebook = read_rulebook(key, year)
    problems = list(faults(rulebook))
    if problems:
        raise DefinitionRefused(problems)
    return rulebook


def kept_names(files: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """Each file of a rulebook with the place where a run keeps it, below its folder of definitions."""
    for place, path in enumerate(files):
        folder = KEPT[place] if place < len(KEPT) else f"forms/{path.parent.name}"
        yield path, Path(folder) / path.name


def kept_rulebook(folder: Path, year: int) -> Rulebook:
    """The rulebook that a run was made with, from the definitions it keeps in `folder` (`kept_names`).

    Raises DefinitionRefused where they are not all there, or are not understood by this version.
    """
    found = [sorted(folder.glob(pattern)) for pattern in (*(f"{role}/*.toml" for role in KEPT), "forms/*/forms.toml")]
    if any(len(paths) != 1 for paths in found):
        told = "评价办法、指标、报表各一个文件"
        raise DefinitionRefused(
            [Problem(str(folder), "本批次留存的定义不全", told, "从备份恢复；较早版本的批次重新评价后才有")]
        )
    own, catalogue_path, forms_path = (paths[0] for paths in found)
    scheme, catalogue = load(own, Scheme), load_catalogue(catalogue_path)
    form_set = load_form_set(scheme.forms, forms_path.parent.parent)
    of_ledgers = ledger_files(forms_path.parent.parent, scheme.forms, shared=False)
    files = (own, catalogue_path, forms_path, *_checks_beside(forms_path), *of_ledgers)
    return Rulebook(scheme, catalogue, form_set, year, files, load_ledgers(form_set, of_ledgers))


def _checks_beside(forms_path: Path) -> list[Path]:
    """The checks that belong to the forms, where there are any."""
    return [path] if (path := forms_path.with_name("checks.toml")).exists() else []


def _is_scheme(path: Path) -> bool:
    """Whether `path` is a scheme, which names its catalogue: who copies one and changes it has both copies in a folder."""
    try:
        return isinstance(read_toml(path).get("indicators"), str)
    except DefinitionRefused:
        return False


def _beside(path: Path, name: str, otherwise: Path) -> Path:
    own = path.parent / name
    return own if own.is_file() else otherwise
