"""A small folder of faultless filings, and surgery on single cells of a workbook, for the tests of validation."""

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date
from html import escape
from pathlib import Path

from validation.forms import load_form_set
from validation.reading import read
from validation.template import Content, write_workbook

FORM_SET = load_form_set("park-annual")
FIRST, SECOND, YOUNG = "YN5328-01", "YN5328-02", "YN5328-03"
BUREAU = "州级汇总.xlsx"

ITEMS_2024 = {
    "planned_land_mu": 12000, "developed_land_mu": 6500, "developed_industrial_land_mu": 4200, "idle_land_mu": 120,
    "industrial_output_10k_cny": 860000, "industrial_value_added_10k_cny": 215000,
    "industrial_value_added_2020_prices_10k_cny": 208000, "revenue_10k_cny": 950000,
    "revenue_above_scale_10k_cny": 820000, "fixed_investment_10k_cny": 90000, "taxes_10k_cny": 42000,
    "profit_10k_cny": 51000, "employees_persons": 8600, "industrial_enterprises_count": 120,
    "enterprises_above_scale_count": 34, "leading_enterprises_count": 9, "high_tech_enterprises_count": 6,
    "rd_expenditure_10k_cny": 19500, "rd_expenditure_above_scale_10k_cny": 17200, "national_research_centres_count": 0,
    "provincial_research_centres_count": 1, "industrial_energy_tce": 96000, "industrial_water_m3": 3600000,
    "sewage_produced_m3": 2100000, "sewage_treated_m3": 2100000, "solid_waste_produced_t": 42000,
    "solid_waste_disposed_t": 42000, "imports_10k_cny": 56000, "exports_10k_cny": 78000,
}  # fmt: skip
ITEMS_2025 = ITEMS_2024 | {"taxes_10k_cny": 45000, "employees_persons": 8700, "exports_10k_cny": 80000.5}
SPLIT = {
    "revenue_10k_cny": "revenue_10k_cny",
    "output_10k_cny": "industrial_output_10k_cny",
    "value_added_10k_cny": "industrial_value_added_10k_cny",
    "energy_tce": "industrial_energy_tce",
}


def file_name(park_code: str, year: int) -> str:
    return f"{year}/{park_code}.xlsx"


def write_park(folder: Path, park_code: str, year: int, changes: Mapping[str, object] | None = None) -> None:
    items = dict(ITEMS_2025 if year == 2025 else ITEMS_2024)
    tea = {column: items[total] - items[total] // 4 for column, total in SPLIT.items()}
    sugar = {column: items[total] // 4 for column, total in SPLIT.items()}
    signed = {
        "park_code": park_code, "park_name": f"{park_code}园区", "statistics_year": year, "filed_on": date(year + 1, 4, 15),
        "prepared_by": "甲", "statistics_head": "乙", "unit_head": "丙", "data_notice": "示例数据，全部虚构",
    }  # fmt: skip
    records = {
        "industries": [{"industry": "普洱茶", **tea}, {"industry": "制糖", **sugar}],
        "talents": [{"industry": "普洱茶", "talents_persons": 3}],
    }
    content = Content(
        park_code,
        f"{park_code}园区",
        year,
        "示例数据，全部虚构",
        {**items, **signed, **(changes or {})},
        ITEMS_2024,
        records,
    )
    path = folder / file_name(park_code, year)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_workbook(path, FORM_SET, "park", content)


def write_bureau(folder: Path, corrections: list[dict[str, object]] | None = None, **changed: object) -> None:
    parks = [
        {
            "park_code": code, "from_year": 2020, "name": f"{code}园区", "level": "州级", "park_type": "产业园区",
            "region_code": "532822", "region": "勐海县", "approved_year": approved, "leading_industries": ("普洱茶", "制糖"),
        }
        for code, approved in ((FIRST, 2006), (SECOND, 2006), (YOUNG, 2026))
    ]  # fmt: skip
    records = {
        "parks": parks,
        "region_totals": [{"year": year, "industrial_output_10k_cny": 3800000} for year in (2024, 2025)],
        "projects": [
            {
                "park_code": FIRST, "project": "甲项目", "chain": "普洱茶", "investment_10k_cny": 68000,
                "signed_on": date(2024, 3, 1), "landed_on": date(2024, 9, 1),
            }
        ],
        "events": [],
        "corrections": corrections or [],
        **changed,
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    write_workbook(folder / BUREAU, FORM_SET, "bureau", Content(notice="示例数据，全部虚构", records=records))


def write_clean_folder(folder: Path) -> Path:
    """Two parks that filed 2024 and 2025 without fault; a third is approved only later."""
    for park_code in (FIRST, SECOND):
        for year in (2024, 2025):
            write_park(folder, park_code, year)
    write_bureau(folder)
    return folder


def correction(item: str, filed: object, corrected: object, year: int = 2025) -> dict[str, object]:
    return {
        "park_code": FIRST, "year": year, "item": item, "filed_value": filed, "corrected_value": corrected,
        "reason": "填报笔误", "source": "更正函", "approved_by": "审核员",
    }  # fmt: skip


def places(folder: Path, name: str) -> dict[tuple[str, str, str, int], tuple[str, str]]:
    """Sheet and cell by form, field, period and position of the record (0 for items, from 1 in tables)."""
    filed = read([folder / name, folder / BUREAU], FORM_SET).filed
    found: dict[tuple[str, str, str, int], tuple[str, str]] = {}
    records: dict[str, list[int]] = {}
    for row in filed.filter(filed["source_file"] == Path(name).name).iter_rows(named=True):
        known = records.setdefault(row["form"], [])
        if row["record"] and row["record"] not in known:
            known.append(row["record"])
        position = known.index(row["record"]) + 1 if row["record"] else 0
        found[row["form"], row["field"], row["period"], position] = (row["sheet"], row["cell"])
    return found


def cell_xml(cell: str, to: object) -> str:
    """A cell of sheet XML: text, number, or {error = …}, {formula = …} (never calculated)."""
    if isinstance(to, dict):
        if "error" in to:
            return f'<c r="{cell}" t="e"><v>{to["error"]}</v></c>'
        return f'<c r="{cell}"><f>{to["formula"]}</f><v></v></c>'
    if isinstance(to, str):
        return f'<c r="{cell}" t="inlineStr"><is><t xml:space="preserve">{escape(to)}</t></is></c>'
    return f'<c r="{cell}"><v>{to!r}</v></c>'


def set_cells(path: Path, cells: Mapping[tuple[str, str], object]) -> None:
    """Replace cells (sheet name, A1) of the workbook `path` in its XML."""
    parts = sheet_parts(path)
    changed: dict[str, list[tuple[str, object]]] = {}
    for (sheet, cell), to in cells.items():
        changed.setdefault(parts[sheet], []).append((cell, to))

    def edit(name: str, xml: str) -> str:
        for cell, to in changed.get(name, []):
            xml, count = re.subn(rf'<c r="{cell}"[^>]*?(/>|>.*?</c>)', lambda _, c=cell, t=to: cell_xml(c, t), xml)
            assert count == 1, (name, cell)
        return xml

    rewrite(path, edit)


def sheet_parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        names = re.findall(r'<sheet name="([^"]+)"', archive.read("xl/workbook.xml").decode())
    return {name: f"xl/worksheets/sheet{number}.xml" for number, name in enumerate(names, 1)}


def rewrite(path: Path, edit: object, **more: bytes) -> None:
    """Pass every XML part through `edit(name, text)`; `more` parts are added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, edit(name, content.decode()) if name.endswith((".xml", ".rels")) else content)  # type: ignore[operator]
        for name, content in more.items():
            new.writestr(name, content)
    path.write_bytes(buffer.getvalue())
