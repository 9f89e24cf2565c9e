"""The list that goes with a package, printed like every paper: what is in it, how to check it, and the receipt to be returned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from report_templates.cover_view import COVER_KIND, COVER_TEMPLATE, Listed, cover_view
from report_templates.printing import Job

COVER = f"{COVER_KIND}.pdf"
EARLIER = f"{COVER_KIND}.txt"
"""The list as packages of earlier versions have it."""


def cover_job(
    folder: Path,
    run: Mapping[str, Any],
    recipient: str,
    code: str,
    sent_on: date,
    sent_by: str,
    files: Sequence[Listed],
) -> Job:
    """The list of the package in `folder`, to be printed there."""
    view = cover_view(run, recipient, code, sent_on, sent_by, files)
    return Job(folder / COVER, COVER_KIND, code, COVER_TEMPLATE, view)
