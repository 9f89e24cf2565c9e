"""A HOME with as many parks as wanted: the demonstration's park rows repeated under new codes and names, figures scattered."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from parkeval.batch import evaluate
from parkeval.demonstration import SCHEME, sample_folder
from parkeval.evidence import MANIFEST
from parkeval.home import Home
from parkeval.store import Tables, read_results
from report_templates.formatting import file_name
from report_templates.papers import BULLETIN_KIND, PARK_KIND

YEAR = 2021
_SCATTERED = ("value", "previous_value", "normalised")


def region(folder: Path, parks: int) -> tuple[Home, Tables]:
    """HOME with a small report for each of `parks` parks and a bulletin, and its tables (not written: nobody reads them)."""
    seed = Home(folder / "seed")
    evaluate([sample_folder()], SCHEME, YEAR, seed, reports=False, workers=1, progress=lambda what, done, total: None)
    known = read_results(seed.results)
    own = known["parks"].filter(year=YEAR).height
    copies = -(-parks // own)
    tables = {name: _repeated(frame, copies) for name, frame in known.items()}
    codes = tables["parks"].filter(year=YEAR)["park_code"].sort().to_list()[:parks]
    tables = {
        name: frame.filter(pl.col("park_code").is_in(codes) | pl.col("park_code").is_null())
        if "park_code" in frame.columns
        else frame
        for name, frame in tables.items()
    }
    home = Home(folder / "home")
    run = tables["runs"].row(0, named=True)
    _write_papers(home.run_folder(YEAR, run["run_id"]), tables, run)
    shutil.copytree(
        seed.run_folder(YEAR, run["run_id"]) / "definitions", home.run_folder(YEAR, run["run_id"]) / "definitions"
    )
    home.results.touch()
    return home, tables


def _repeated(frame: pl.DataFrame, copies: int) -> pl.DataFrame:
    if "park_code" not in frame.columns:
        return frame
    scatter = np.random.default_rng(5328)
    own = frame.filter(pl.col("park_code").is_not_null())
    parts = [frame.filter(pl.col("park_code").is_null())]
    for copy in range(copies):
        part = own.with_columns(pl.col("park_code") + f"-{copy:04d}")
        if "name" in part.columns:
            part = part.with_columns(pl.col("name") + f"{copy:04d}")
        for column in _SCATTERED:
            kind = part.schema.get(column)
            if kind is not None and kind.is_numeric():
                factor = pl.Series(scatter.uniform(0.5, 1.5, part.height))
                part = part.with_columns((pl.col(column).cast(pl.Float64) * factor).round(2).cast(kind))
        parts.append(part)
    return pl.concat(parts)


def _write_papers(folder: Path, tables: Tables, run: Mapping[str, Any]) -> None:
    (folder / "reports").mkdir(parents=True)
    figures = {
        key[0]: rows["value"].drop_nulls().to_list()
        for key, rows in tables["statistics"].filter(year=YEAR).partition_by("park_code", as_dict=True).items()
    }
    papers = {
        file_name([code, name, str(YEAR), PARK_KIND]): [code, *(f"{value:,.2f}" for value in figures.get(code, ()))]
        for code, name in tables["parks"].filter(year=YEAR).select("park_code", "name").rows()
    }
    papers[file_name([run["region"], str(YEAR), BULLETIN_KIND])] = ["bulletin"]
    files = {}
    for name, lines in papers.items():
        content = small_pdf([f"run {run['run_id']}", *lines])
        (folder / "reports" / f"{name}.pdf").write_bytes(content)
        files[f"reports/{name}.pdf"] = hashlib.sha256(content).hexdigest()
    (folder / MANIFEST).write_text(json.dumps({"files": files}), encoding="utf-8")


def small_pdf(lines: Sequence[str]) -> bytes:
    """One page of ASCII text."""
    import pydyf

    document = pydyf.PDF()
    font = pydyf.Dictionary({"Type": "/Font", "Subtype": "/Type1", "BaseFont": "/Helvetica"})
    stream = pydyf.Stream()
    stream.begin_text()
    stream.set_font_size("F1", 8)
    for at, line in enumerate(lines):
        stream.set_text_matrix(1, 0, 0, 1, 20, 820 - 9 * at)
        stream.show_text_string(line)
    stream.end_text()
    document.add_object(font)
    document.add_object(stream)
    fonts = pydyf.Dictionary({"Font": pydyf.Dictionary({"F1": font.reference})})
    document.add_page(
        pydyf.Dictionary(
            {
                "Type": "/Page",
                "Parent": document.pages.reference,
                "Contents": stream.reference,
                "MediaBox": pydyf.Array([0, 0, 595, 842]),
                "Resources": fonts,
            }
        )
    )
    target = io.BytesIO()
    document.write(target)
    return target.getvalue()
