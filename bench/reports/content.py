"""What the reports of the bench are about: the demo's parks, as many times as wanted, each with a name of its own.

The results come from a demo home, made once under the system's temporary folder; the pages are those of the product, with the
same charts and tables, so that all ways of printing have the same work.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from report_templates.enclosures import dated, enclosures
from report_templates.papers import PARK_KIND
from report_templates.park_view import park_view
from report_templates.printing import Job
from report_templates.published import Published, published

YEAR = 2025


def demo_home() -> Path:
    """A home with the sample data evaluated, without reports; made where there is none."""
    from parkeval.batch import evaluate
    from parkeval.demonstration import SCHEME, sample_folder
    from parkeval.home import Home

    folder = Path(tempfile.gettempdir()) / "parkeval-bench-reports"
    if not (folder / "results.duckdb").is_file():
        for year in range(YEAR - 4, YEAR + 1):
            evaluate([sample_folder()], SCHEME, year, Home(folder), reports=False, workers=1, progress=lambda *_: None)
    return folder


def results() -> Published:
    """The published rows of the demo."""
    from parkeval.home import Home
    from parkeval.store import read_results

    tables = read_results(Home(demo_home()).published())
    return published(tables, tables["runs"]["scheme"][0], YEAR)


def parks(source: Published) -> list[str]:
    """The codes of the demo's parks."""
    return sorted(row["park_code"] for row in source.rows("parks"))


def jobs(source: Published, count: int, folder: Path) -> Iterator[Job]:
    """`count` jobs over the demo's parks in turn, each with its own file and name."""
    made = [
        Job(
            folder / code,
            PARK_KIND,
            code,
            "park.html.j2",
            park_view(source, code),
            enclosures(source, code),
            dated(source),
        )
        for code in parks(source)
    ]
    for number in range(count):
        job = made[number % len(made)]
        yield replace(job, path=folder / f"{number}.pdf", view=replace(job.view, name=f"{job.view.name}{number}"))


def pages(source: Published, count: int, folder: Path) -> list[str]:
    """The same reports as HTML, without a style sheet."""
    from report_templates.office import Office
    from report_templates.pages import Pages

    made = Pages(Office())
    return [made.html(job.template, job.view) for job in islice(jobs(source, count, folder), count)]


def styled(page: str, sheet: str) -> str:
    """A page with a style sheet inside."""
    return page.replace("</head>", f"<style>{sheet}</style></head>", 1)


def system_sheet() -> str:
    """The product's style sheet with fonts of the system, which is what a plain loop has: Debian's Noto and WenKai."""
    from report_templates.stylesheet import default_colours, style_sheet

    serif, sans = "'Noto Serif CJK SC', serif", "'Noto Sans CJK SC', sans-serif"
    families = {"title": serif, "fang": serif, "song": serif, "hei": sans, "kai": f"'LXGW WenKai', {serif}"}
    return style_sheet(families, default_colours())


def web_sheet() -> str:
    """The product's style sheet with its own fonts, for a browser."""
    from report_templates.stylesheet import default_colours, style_sheet
    from report_templates.typefaces import FONTS, families_of, stacks

    faces = "".join(
        f"@font-face {{ font-family: '{family}'; font-weight: {'bold' if path.stem.endswith('Bold') else 'normal'};"
        f" src: url('{path.as_uri()}') }}\n"
        for path in sorted(FONTS.glob("*.ttf"))
        for family in families_of(path)
    )
    return faces + style_sheet(stacks(()), default_colours())
