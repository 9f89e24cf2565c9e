"""Schemes read with their catalogue and forms, from the product's folders or a user's own."""

from __future__ import annotations

from pathlib import Path

from metrics.catalogue import CATALOGUE as INDICATORS
from metrics.catalogue import load_catalogue
from scoring.faults import faults
from scoring.rulebook import Rulebook
from scoring.scheme import load_scheme, scheme_path
from validation.forms import CATALOGUE as FORMS
from validation.forms import load_form_set
from validation.problems import DefinitionRefused, Problem


def read_rulebook(key: str, year: int) -> Rulebook:
    """The scheme `key` with its catalogue and forms as they are written, not yet checked against each other.

    A scheme file of a user's own finds its catalogue and forms beside itself first: `<indicators>.toml` and
    `<forms>/forms.toml`. Raises DefinitionRefused with all problems of catalogue and forms together.
    """
    path = scheme_path(key)
    scheme = load_scheme(key)
    catalogue_path = _beside(path, f"{scheme.indicators}.toml", INDICATORS / f"{scheme.indicators}.toml")
    if catalogue_path == path:
        catalogue_path = INDICATORS / f"{scheme.indicators}.toml"
    forms_path = _beside(path, f"{scheme.forms}/forms.toml", FORMS / scheme.forms / "forms.toml")
    problems: list[Problem] = []
    try:
        catalogue = load_catalogue(catalogue_path)
    except DefinitionRefused as refused:
        problems.extend(refused.problems)
    try:
        form_set = load_form_set(scheme.forms, forms_path.parent.parent)
    except DefinitionRefused as refused:
        problems.extend(refused.problems)
    if problems:
        raise DefinitionRefused(problems)
    checks_path = forms_path.with_name("checks.toml")
    files = (path, catalogue_path, forms_path, *([checks_path] if checks_path.exists() else []))
    return Rulebook(scheme, catalogue, form_set, year, files)


def load_rulebook(key: str, year: int) -> Rulebook:
    """Load the scheme `key` with its catalogue and forms and check all of it for `year`.

    Raises DefinitionRefused with all problems.
    """
    rulebook = read_rulebook(key, year)
    problems = list(faults(rulebook))
    if problems:
        raise DefinitionRefused(problems)
    return rulebook


def _beside(path: Path, name: str, otherwise: Path) -> Path:
    own = path.parent / name
    return own if own.is_file() else otherwise
