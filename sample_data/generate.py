"""Write the sample workbooks of all regions: `python -m sample_data.generate [FOLDER]`, a folder per region below it.

One workbook per park and year and one of the bureau, made with the product's own template; the same seed gives the
same bytes. This module holds the region of xishuangbanna; every other region has a module of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from sample_data import NOTICE
from sample_data.bureau import bureau_content
from sample_data.chengdu import CHENGDU
from sample_data.figures import SEED
from sample_data.menghai import MENGHAI
from sample_data.nanyang import NANYANG
from sample_data.parks import PARKS
from sample_data.planted import EXPLANATIONS, FILED_LATE, as_filed, last_year_as_filed
from sample_data.profile import Profile
from sample_data.region import Filed, Region, write_region
from sample_data.scatter import filing_day
from sample_data.siping import SIPING
from validation.template import Content, Value, file_name

FOLDER = Path(__file__).parent / "xishuangbanna"


def generate(folder: Path) -> tuple[Path, ...]:
    """Write the workbooks of xishuangbanna below `folder`; see write_region."""
    return write_region(XISHUANGBANNA, folder)


def _workbooks() -> Iterator[Filed]:
    yield file_name("州级汇总"), "bureau", bureau_content()
    for park in PARKS:
        for year in park.years:
            yield f"{year}/{file_name(park.code, park.name)}", "park", filing(park, year)


def filing(park: Profile, year: int) -> Content:
    """The workbook of one park and year as filed, planted mistakes included."""
    figures = as_filed(park.code, year)
    identity: dict[str, Value] = {
        "filed_on": FILED_LATE.get((park.code, year)) or filing_day(SEED, park.code, year),
        "prepared_by": "示例填表人",
        "statistics_head": "示例统计负责人",
        "unit_head": "示例单位负责人",
        "explanation": EXPLANATIONS.get((park.code, year)),
    }
    return Content(
        park_code=park.code,
        park_name=park.name,
        year=year,
        notice=NOTICE,
        items={**identity, **figures.items},
        last_year_items=last_year_as_filed(park.code, year),
        records={"industries": figures.industries, "talents": figures.talents},
    )


XISHUANGBANNA = Region(FOLDER.name, "park-annual", _workbooks)
REGIONS: tuple[Region, ...] = (XISHUANGBANNA, SIPING, NANYANG, CHENGDU, MENGHAI)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER.parent
    for region in REGIONS:
        print(f"{len(write_region(region, target / region.folder))} workbooks in {target / region.folder}")
