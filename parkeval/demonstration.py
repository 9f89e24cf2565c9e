"""The demonstration: the yearly batch of the sample data, year after year, into one HOME."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from parkeval.batch import Progress, evaluate
from parkeval.errors import UsageFault
from parkeval.home import RESULTS, Home
from parkeval.summary import outcome_text
from scoring.robustness.plan import PLAN
from validation.problems import Problem

SCHEME = "xishuangbanna-2023"
YEARS = range(2021, 2026)


def sample_folder() -> Path:
    """Where the sample data stand; found without importing the generator."""
    spec = find_spec("sample_data")
    folder = Path(spec.origin).parent / "xishuangbanna" if spec and spec.origin else Path("sample_data")
    if not folder.is_dir():
        raise UsageFault([Problem(str(folder), "没有示例数据", "随程序安装的 sample_data", "重新取得程序")])
    return folder


def run_demo(home: Path, workers: int, progress: Progress) -> None:
    """Evaluate the years one after another; how sure the ranking is, and reports, are made of the last one only."""
    from report_templates.certificate_view import CERTIFICATE_KIND
    from report_templates.leaders_view import LEADERS_KIND
    from report_templates.notice_view import NOTICE_KIND
    from report_templates.page_view import PAGE_KIND
    from report_templates.papers import BULLETIN_KIND, PARK_KIND
    from report_templates.result_book import BOOK_KIND
    from report_templates.scheme_view import METHOD_KIND

    data = sample_folder()
    folders = []
    for year in YEARS:
        last = year == YEARS[-1]
        outcome = evaluate(
            [data], SCHEME, year, Home(home), reports=last, workers=workers, progress=progress,
            plan_file=PLAN if last else None,
        )  # fmt: skip
        folders.append(outcome.folder)
        if not last:
            print(f"{year} 年评价批次 {outcome.run_id} 已发布")
    print(outcome_text(outcome, home), end="")
    reports = sorted((outcome.folder / "reports").glob("*.pdf"))
    print("\n请打开：")
    for path in sorted((outcome.folder / "reports").glob(f"*{PAGE_KIND}.html")):
        print(f"  结果网页      {path}")
    for label, kind in (("领导参阅", LEADERS_KIND), ("评价通报", BULLETIN_KIND), ("办法说明", METHOD_KIND)):
        for path in (path for path in reports if path.stem.endswith(f"-{kind}")):
            print(f"  {label}      {path}")
    for label, kind in (("园区报告", PARK_KIND), ("整改通知", NOTICE_KIND), ("奖励证书", CERTIFICATE_KIND)):
        count = sum(1 for path in reports if f"-{YEARS[-1]}-{kind}" in path.name)
        print(f"  {label}      {outcome.folder / 'reports'}（{count} 份）")
    for path in sorted((outcome.folder / "reports").glob(f"*{BOOK_KIND}.xlsx")):
        print(f"  结果工作簿    {path}")
    for path in (path for folder in folders for path in sorted(folder.glob("审核问题-*.xlsx"))):
        print(f"  审核问题      {path}")
    print(f"  结果库        {home / RESULTS}")
    print("\n接着可以：")
    print(f'  ./run sql {home} "SELECT * FROM 综合排名 WHERE 统计年度 = {YEARS[-1]}"')
    print(f"  ./run explain {home} YN5328-03 revenue_per_mu")
    print(f"  ./run report {home} --year {YEARS[0]}")
