"""One region's invented data: where its workbooks stand, which forms they follow, and what is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from validation.forms import load_form_set
from validation.template import Content, write_workbook

Filed = tuple[str, str, Content]
"""Path below the region's folder, code of the workbook in the form set, content."""


@dataclass(frozen=True)
class Region:
    """`folder` is the name of the region's folder below the sample data; `workbooks` yields all of its workbooks."""

    folder: str
    form_set: str
    workbooks: Callable[[], Iterator[Filed]]


def write_region(region: Region, folder: Path) -> tuple[Path, ...]:
    """Write all workbooks of `region` below `folder`; returns their paths, sorted. OSError when it cannot be written."""
    form_set = load_form_set(region.form_set)
    written = []
    for relative, code, content in region.workbooks():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        write_workbook(path, form_set, code, content)
        written.append(path)
    return tuple(sorted(written))
