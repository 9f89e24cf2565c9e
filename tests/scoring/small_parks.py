"""Small evaluations written as data: a few parks with figures by year, and a scheme that is hardly there.

A case is a table of TOML. `parks` lists the parks; a figure is a number (the same in every year) or a list with one entry per
year of `years`; `"缺"` is a figure that was left empty. Instead of `parks`, `figures` may give one entry per park for each code:
the parks are then called 甲, 乙, 丙 …, with `levels` or `types` one by one, and those in `unranked` are exempted. Everything under `scheme` replaces the same key of base-scheme.toml,
lists of `parameters` are joined by code. Without dimensions all nodes stand in one dimension `all` of weight 100; weights may
be written as a number. `ledger_figures` are rows of what ledgers add up to (park, year, figure, value or reason); with them (an empty list
will do) formulas know the product's ledgers. Indicators not listed under `indicators` are the figures of the same name, higher is better.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from metrics.catalogue import Catalogue
from metrics.ledgers import LEDGER_FIGURES
from scoring.decided import decided_parks
from scoring.evaluation import Trusted, evaluate_year
from scoring.faults import faults
from scoring.rulebook import Rulebook
from scoring.schema import result_tables
from scoring.scheme import Scheme
from validation.definition import build
from validation.forms import CATALOGUE as FORMS
from validation.forms import FormSet
from validation.ledgers.loading import ledger_files, load_ledgers
from validation.problems import DefinitionRefused
from validation.quality import QUALITY
from validation.statistics import FILINGS, ITEMS, RECORDS, REFUSED

CASES = Path(__file__).parent.parent / "cases"
BASE = tomllib.loads((CASES / "rules" / "base-scheme.toml").read_text(encoding="utf-8"))
MISSING = "缺"
REGISTER = (
    "name",
    "level",
    "park_type",
    "approved_year",
    "region_code",
    "region",
    "county_class",
    "leading_industries",
)
ABOUT = (*REGISTER, "refused", "absent", "late_days", "events", "quality", "level_from", "from_year")

Case = Mapping[str, Any]
Tables = dict[str, pl.DataFrame]


NAMES = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"


def spelled_out(case: Case) -> dict[str, Any]:
    """The case with `parks` in place of `figures`."""
    if "figures" not in case:
        return dict(case)
    size = len(next(iter(case["figures"].values())))
    parks: list[dict[str, Any]] = [{"name": NAMES[place]} for place in range(size)]
    given = {**case["figures"]}
    for key, word in (("levels", "level"), ("types", "park_type")):
        if key in case:
            given[word] = case[key]
    for code, values in given.items():
        for park, value in zip(parks, values, strict=True):
            park[code] = value
    scheme = dict(case.get("scheme", {}))
    if "unranked" in case:
        for park in parks:
            park["left_out"] = int(park["name"] in case["unranked"])
        scheme["exemptions"] = [{"code": "left_out", "when": "left_out = 1"}]
    return {**case, "parks": parks, "scheme": scheme}


def run(case: Case) -> dict[int, Tables]:
    """Result tables of each evaluated year, each built upon the years before."""
    case = spelled_out(case)
    years = list(case.get("years", [2021]))
    results: dict[int, Tables] = {}
    history: Tables = {}
    for year in case.get("evaluated", years):
        book = rulebook(case, year)
        if history:
            history["decisions"] = _decisions(case, year)
            history["parks"] = decided_parks(history["parks"], history["proposals"], history["decisions"], book)
        results[year] = evaluate_year(trusted(case, year), book, history)
        history = {name: pl.concat([tables[name] for tables in results.values()]) for name in results[year]}
    return results


def rulebook(case: Case, year: int) -> Rulebook:
    """The rulebook of a case; raises DefinitionRefused as for a file."""
    case = spelled_out(case)
    scheme = build(_scheme_of(case), Scheme, "scheme.toml")
    catalogue = build(_catalogue_of(case), Catalogue, "indicators.toml")
    files = (Path("scheme.toml"), Path("indicators.toml"), Path("forms.toml"), Path("checks.toml"))
    form_set = _form_set(case)
    shared = ledger_files(FORMS, form_set.key) if "ledger_figures" in case else []
    book = Rulebook(scheme, catalogue, form_set, year, files, load_ledgers(form_set, shared))
    problems = list(faults(book))
    if problems:
        raise DefinitionRefused(problems)
    return book


def _scheme_of(case: Case) -> dict[str, Any]:
    own = dict(case.get("scheme", {}))
    scheme: dict[str, Any] = {**BASE, **own}
    for key in ("ranking", "calendar"):
        scheme[key] = {**BASE[key], **own.get(key, {})}
    by_code = {entry["code"]: entry for entry in [*BASE["parameters"], *own.get("parameters", [])]}
    scheme["parameters"] = [{"label": code, "clause": "试算", **entry} for code, entry in by_code.items()]
    scheme["nodes"] = [
        {"dimension": "all", "weights": 100, "reason": "试算", **node} for node in own.get("nodes", _DEFAULT)
    ]
    scheme["dimensions"] = [{"weights": 100, "reason": "试算", "label": entry["code"], **entry} for entry in own.get("dimensions", [{"code": "all"}])]  # fmt: skip
    for key in ("rules", "adjustments", "exemptions"):
        defaults = {"clause": "试算", "kind": "sanction", "action": "试算。"} if key == "rules" else {"clause": "试算"}
        scheme[key] = [{**defaults, "label": entry.get("code", ""), **entry} for entry in own.get(key, [])]
    scheme["targets"] = [
        {"operator": ">=", "due_year": 2025, "path": "constant", "clause": "试算", **entry}
        for entry in own.get("targets", [])
    ]
    scheme["region_targets"] = [
        {"operator": ">=", "due_year": 2025, "path": "none", "clause": "试算", **entry}
        for entry in own.get("region_targets", [])
    ]
    for key in ("parameters", "nodes", "dimensions", "targets", "region_targets"):
        named = "weights" if key in ("nodes", "dimensions") else "values"
        scheme[key] = [{**entry, named: _dated(entry[named])} for entry in scheme[key]]
    return scheme


_DEFAULT = [{"indicator": "a", "points": {"method": "judged"}}]
"""The figure a is the score."""


def _dated(written: Any) -> Any:
    return [{"from_year": 2000, "value": written}] if isinstance(written, int | float) else written


def figures_of(case: Case) -> list[str]:
    """Codes of the figures that parks file, in order."""
    return sorted({code for park in case["parks"] for code in park if code not in ABOUT})


def _catalogue_of(case: Case) -> dict[str, Any]:
    plain = [{"code": code, "formula": f"filed_{code}"} for code in figures_of(case)]
    listed = {entry["code"]: entry for entry in [*plain, *case.get("indicators", [])]}
    indicators = [
        {"label": code, "unit": "", "kind": "level", "clause": "试算", "formula": f"filed_{code}", **entry}
        for code, entry in listed.items()
    ]
    region = [
        {"label": entry["code"], "unit": "", "kind": "count", "clause": "试算", **entry}
        for entry in case.get("region_indicators", [])
    ]
    return {
        "key": "cases", "title": "试算", "document": "试算", "indicators": indicators, "region_indicators": region,
    }  # fmt: skip


def _form_set(case: Case) -> FormSet:
    items = [{"code": f"filed_{code}", "label": code, "type": "number"} for code in figures_of(case)]
    text = [{"code": code, "label": code, "type": "text"} for code in REGISTER if code != "approved_year"]
    register = [{"code": "park_code", "label": "代码", "type": "code"}, {"code": "from_year", "label": "自", "type": "year"},
                {"code": "approved_year", "label": "批准", "type": "year"}, *text]  # fmt: skip
    events = [{"code": "park_code", "label": "代码", "type": "code"}, {"code": "occurred_on", "label": "日期", "type": "date"},
              {"code": "kind", "label": "种类", "type": "text"}, {"code": "severity", "label": "等级", "type": "text"}]  # fmt: skip
    content = {
        "key": "cases", "version": "1", "title": "试算", "clause": "试算",
        "workbooks": [
            {"code": "park", "label": "年报", "filed_by": "park",
             "forms": [{"code": "figures", "sheet": "数", "title": "数", "kind": "items", "items": items}]},
            {"code": "bureau", "label": "汇总", "filed_by": "bureau",
             "forms": [{"code": "parks", "sheet": "名录", "title": "名录", "kind": "table", "columns": register},
                       {"code": "events", "sheet": "事项", "title": "事项", "kind": "table", "columns": events}]},
        ],
    }  # fmt: skip
    return build(content, FormSet, "forms.toml")


def trusted(case: Case, year: int) -> Trusted:
    """What the parks of the case filed for the years up to `year`."""
    years = list(case.get("years", [2021]))
    items: list[dict[str, Any]] = []
    filings: list[dict[str, Any]] = []
    records: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    quality: list[dict[str, Any]] = []
    for number, step in enumerate(case.get("lineage", [])):
        records += _record("lineage", None, number, step)
    for place, park in enumerate(case["parks"]):
        code = park["name"]
        records += _register(park, place)
        for number, event in enumerate(park.get("events", [])):
            records += _record("events", code, 100 * place + number, {"park_code": code, "severity": "一般", **event})
        for index, one in enumerate(years):
            if one > year or one in park.get("absent", []) or one < park.get("approved_year", 0):
                continue
            for figure in figures_of(case):
                value = _in_year(park.get(figure, MISSING), index)
                items.append({"park_code": code, "year": one, "item": f"filed_{figure}", "value": value})
            late = int(park.get("late_days", {}).get(str(one), 0))
            filings.append(
                {
                    "workbook": "park",
                    "park_code": code,
                    "year": one,
                    "filed_on": date(one + 1, 4, 30),
                    "late_days": late,
                }
            )
            if one in park.get("refused", []):
                refused.append({"park_code": code, "year": one, "reason": "1 处错误未更正"})
            if str(one) in park.get("quality", {}):
                quality.append({"park_code": code, "year": one, **park["quality"][str(one)]})
    frames = (_frame(rows, schema) for rows, schema in (
        (items, ITEMS), (records, RECORDS), (filings, FILINGS), (refused, REFUSED), (quality, QUALITY), (_subscores(case, year), SUBSCORES)))  # fmt: skip
    return Trusted(*frames, _ledger_figures(case, year))


def _ledger_figures(case: Case, year: int) -> pl.DataFrame:
    given = [{**entry, "park_code": entry["park"]} for entry in case.get("ledger_figures", [])]
    return _frame([entry for entry in given if entry["year"] <= year], LEDGER_FIGURES)


SUBSCORES: dict[str, Any] = {"code": pl.String, "park_code": pl.String, "year": pl.Int32, "value": pl.Float64}


def _subscores(case: Case, year: int) -> list[dict[str, Any]]:
    given = [{**entry, "park_code": entry["park"]} for entry in case.get("subscores", [])]
    return [entry for entry in given if entry["year"] <= year]


def _frame(rows: Sequence[Mapping[str, Any]], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema, orient="row")


def _in_year(written: Any, index: int) -> Decimal | None:
    value = written[index] if isinstance(written, list) else written
    return None if value == MISSING else Decimal(str(value)).quantize(Decimal("0.000001"))


def _register(park: Case, place: int) -> list[dict[str, Any]]:
    rows = []
    steps = {0: park.get("level", "州级")} | {int(year): level for year, level in park.get("level_from", {}).items()}
    for step, (from_year, level) in enumerate(steps.items()):
        cells = {
            "park_code": park["name"], "from_year": from_year or park.get("from_year", 2000), "name": park["name"], "level": level,
            "park_type": park.get("park_type", "产业园区"), "approved_year": park.get("approved_year", 2010),
            "region_code": park.get("region_code", "530000"),
            **{name: park[name] for name in ("region", "county_class") if name in park},
        }  # fmt: skip
        rows += _record("parks", park["name"], 10 * place + step, cells)
    return rows


def _record(form: str, code: str | None, row: int, cells: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"form": form, "park_code": code, "record": row, "item": item, "text": str(value), "source_file": "汇总"}
        for item, value in cells.items()
    ]


def _decisions(case: Case, year: int) -> pl.DataFrame:
    """The register of decisions as far as it was kept when `year` is evaluated."""
    table = result_tables()["decisions"]
    rows = [{"number": number, "scheme": "cases", **entry} for number, entry in enumerate(case.get("decisions", []))]
    kept = [{**row, "park_code": row.pop("park")} for row in rows if row["year"] < year]
    return table.conform(_frame(kept, table.schema))
