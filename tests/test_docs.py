"""Documents against the product: what they name exists, what exists they name, and their examples run."""

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest

from metrics.vocabulary import CALENDAR, PARK
from parkeval.cli import cli
from parkeval.demonstration import SCHEME, sample_folder
from parkeval.errors import Exit
from parkeval.published_schema import macros
from parkeval.query import run_sql
from parkeval.questions import questions
from scoring.combining import AnyCombination
from scoring.loading import load_rulebook
from scoring.points import AnyMethod
from scoring.rule_names import FACTS, PREVIOUS_FACTS
from scoring.rulebook import Rulebook
from scoring.schema import result_tables
from scoring.scheme import REQUIRED_PARAMETERS, Adjustment, ParkClass, Ranking, Rule, Scheme, Target, load_scheme
from scoring.weighting import AnyWeighting
from validation.definition import Definition
from validation.expression import parse
from validation.expression.parse import AGGREGATES, FUNCTIONS
from validation.problems import DefinitionRefused

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md"), *ROOT.glob("sample_data/*.md")])
GUIDES = [path for path in PAGES if path.name not in ("CHANGELOG.md", "DECISIONS.md")]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LARGEST_PICTURE = 200_000
FOREIGN_OPTIONS = {"--quiet", "--help", "--version"}
"""Options in the documents that belong to sha256sum, or that every command has."""


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def sections(text: str) -> dict[str, str]:
    """The text below each heading of the second level."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def table_rows(text: str) -> list[list[str]]:
    """Cells of all table rows in `text`, heads and rules left out."""
    lines = text.splitlines()
    rows = []
    for number, line in enumerate(lines):
        head = number + 1 < len(lines) and re.fullmatch(r"\|(---\|)+", lines[number + 1])
        if line.startswith("|") and not head and not re.fullmatch(r"\|(---\|)+", line):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def codes(text: str) -> set[str]:
    """What stands between backticks, code blocks left out."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return set(re.findall(r"`([^`]+)`", text))


def commands(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


COMMANDS = dict(commands(cli))


# ---- commands -------------------------------------------------------------------------------------------


def test_the_reference_lists_the_commands_there_are() -> None:
    assert sorted(sections(page("命令.md"))) == sorted(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_reference_gives_every_option_and_no_other(name: str) -> None:
    section = sections(page("命令.md"))[name]
    assert COMMANDS[name].help in section.splitlines()
    said: dict[str, str] = {}
    for names, meaning in table_rows(section):
        for code in codes(names):
            said[code.split()[0].strip("[]")] = meaning
    wanted: dict[str, str] = {}
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            wanted |= dict.fromkeys((*parameter.opts, *parameter.secondary_opts), parameter.help or "")
        else:
            wanted[parameter.make_metavar(click.Context(COMMANDS[name])).strip("[].")] = ""
    assert said.keys() == wanted.keys()
    assert [code for code, help_text in wanted.items() if help_text not in said[code]] == []


def written_commands() -> Iterator[tuple[str, str]]:
    """Every `./run …` in the guides: lines of code blocks and inline code."""
    for path in GUIDES:
        text = path.read_text(encoding="utf-8")
        for line in [*re.findall(r"^\./run .+$", text, re.MULTILINE), *re.findall(r"`(\./run [^`]+)`", text)]:
            yield named(path), line


def command_of(words: list[str]) -> tuple[click.Command, list[str]] | None:
    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        found = command.commands.get(words[0])
        if found is None:
            return None
        command, words = found, words[1:]
    return command, words


def test_commands_written_in_the_guides_are_accepted() -> None:
    launcher = (ROOT / "run").read_text(encoding="utf-8")
    refused = []
    seen = 0
    for place, line in written_commands():
        words = shlex.split(line, comments=True)[1:]
        if not words[0].isascii() or words[0].startswith("--"):
            continue
        seen += 1
        if words[0] in ("test", "bench", "extra"):
            assert f"    {words[0]})" in launcher
            continue
        found = command_of(words)
        if found is None:
            refused.append((place, line))
        elif "…" not in words and "--help" not in words:
            command, arguments = found
            try:
                command.make_context(words[0], list(arguments))
            except click.ClickException as error:
                refused.append((place, f"{line}: {error.format_message()}"))
    assert refused == []
    assert seen > 30


def test_no_guide_names_an_option_that_does_not_exist() -> None:
    known = {option for command in COMMANDS.values() for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}  # fmt: skip
    strange = {
        (named(path), option)
        for path in GUIDES
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", path.read_text(encoding="utf-8"))
        if option not in known | FOREIGN_OPTIONS
    }
    assert strange == set()


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "README.zh-CN.md", DOCS / "故障处理.md"], ids=named)
def test_exit_statuses_are_those_of_the_program(path: Path) -> None:
    numbers = [int(row[0]) for row in table_rows(path.read_text(encoding="utf-8")) if row[0].isdecimal()]
    assert numbers == sorted(Exit)


# ---- tables and queries ---------------------------------------------------------------------------------


def results_page() -> str:
    """What docs/结果表.md must be; `python tests/test_docs.py` writes it."""
    tables = result_tables().values()
    overview = [
        f"| [`{table.name}`](#{table.name}) | {table.view} | {table.comment} | "
        f"{'、'.join(f'`{key}`' for key in table.key)} |"
        for table in tables
    ]
    parts = [RESULTS_HEAD + "\n".join(overview)]
    for table in tables:
        rows = [
            f"| `{column.name}` | {column.type} | {column.label} | {column.unit} | {column.comment} |"
            for column in table.columns
        ]
        head = f"## {table.name}\n\n视图：{table.view}。{table.comment}。\n\n| 列 | 类型 | 中文列名 | 单位 | 说明 |\n|---|---|---|---|---|\n"
        parts.append(head + "\n".join(rows))
    told = "".join(f"| `{macro.name}({macro.parameters})` | {macro.comment} |\n" for macro in macros())
    return "\n\n".join([*parts, RESULTS_TAIL + told])


def book_of_questions() -> str:
    """The section of docs/查询.md with every ready question; `python tests/test_docs.py` writes it."""
    parts = []
    for one in questions().values():
        given = " ".join(f"--set {each.name}={SHOWN[each.name]}" for each in one.parameters if each.required)
        head = f"### {one.title}\n\n`./run sql 评价 --question {one.key}{' ' + given if given else ''}`\n\n"
        parts.append(f"{head}```text\n{one.sql}\n```\n")
    return "\n".join(parts)


SHOWN = {"park": "勐海产业园区", "indicator": "亩均营业收入", "item": "营业收入", "rule": "奖优"}
"""Values of parameters in the examples."""


def query_page(text: str) -> str:
    """docs/查询.md with the book of questions in its place."""
    before, section = text.split("## 现成的问题\n", 1)
    intro, later = section.strip().split("\n\n", 1)[0], section.split("\n## ", 1)[1]
    return f"{before}## 现成的问题\n\n{intro}\n\n{book_of_questions()}\n## {later}"


RESULTS_HEAD = """# 结果表

`results.duckdb` 中的表、视图和列。列名带单位：`_10k_cny` 万元，`_mu` 亩，`_pct` 为 0—100。表由 `scoring/results_schema.toml` 定义，用法见[查询](查询.md)。

视图与表内容相同，名称和列名用中文；有园区代码的视图（园区名录除外）在其后多一列“园区名称”。

| 表 | 视图 | 内容 | 一行由什么确定 |
|---|---|---|---|
"""
RESULTS_TAIL = """## 宏

返回表的宏写在 `FROM` 之后，如 `FROM 园区历史('勐海产业园区')`。

| 宏 | 含义 |
|---|---|
"""


def test_the_page_of_result_tables_is_the_schema() -> None:
    assert page("结果表.md") == results_page(), "write it again: python tests/test_docs.py"


def test_the_page_of_queries_holds_the_book() -> None:
    assert page("查询.md") == query_page(page("查询.md")), "write it again: python tests/test_docs.py"
    assert {name for one in questions().values() for name in SHOWN if f"${name}" in one.sql} == SHOWN.keys()


EXAMPLES = re.findall(r"```sql\n(.*?)```", page("查询.md"), re.DOTALL)
WRITTEN_SQL = [
    words[3]
    for words in (shlex.split(line, comments=True) for _, line in written_commands())
    if words[1] == "sql" and len(words) > 3 and not words[3].startswith("--")
]


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published file after the sample data of 2021 and 2022 went through the command line."""
    home = tmp_path_factory.mktemp("docs") / "home"
    for year in ("2021", "2022"):
        words = [str(sample_folder()), "--scheme", SCHEME, "--year", year, "--to", str(home), "--no-reports"]
        command = [sys.executable, "-P", "-m", "parkeval", "evaluate", *words]
        done = subprocess.run(command, check=False, capture_output=True, cwd=ROOT, encoding="utf-8")
        assert done.returncode == Exit.DONE, done.stderr[-500:]
    return home / "results.duckdb"


@pytest.mark.parametrize("statement", EXAMPLES, ids=lambda text: str(text).split("\n", 1)[0])
def test_examples_of_queries_give_rows(results: Path, statement: str) -> None:
    assert run_sql(results, statement).height > 0


def test_queries_in_the_text_are_accepted(results: Path) -> None:
    assert len(EXAMPLES) >= 3
    for statement in WRITTEN_SQL:
        if "…" not in statement and statement.isascii() | ("FROM" in statement):
            assert run_sql(results, statement).width > 0


# ---- the scheme language --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook(SCHEME, 2025)


def test_every_part_of_a_scheme_is_explained() -> None:
    text = page("评价办法.md")
    shown = codes(text)
    for field, info in Scheme.model_fields.items():
        inner, repeated = record_of(info.annotation)
        assert (f"[[{field}]]" if inner and repeated else f"[{field}]" if inner else field) in shown
        if inner is not None:
            assert set(inner.model_fields) <= shown, field
    assert set(REQUIRED_PARAMETERS) <= shown


def record_of(annotation: Any) -> tuple[type[Definition] | None, bool]:
    """The record a field of a scheme holds, if it does, and whether it holds many."""
    held = [one for one in (annotation, *get_args(annotation)) if isinstance(one, type) and issubclass(one, Definition)]
    return (held[0] if held else None), bool(get_args(annotation))


@pytest.mark.parametrize(
    ("model", "field"),
    [(Rule, "kind"), (Target, "operator"), (Target, "path"), (Ranking, "missing"), (Adjustment, "kind")],
)
def test_every_choice_of_a_scheme_is_explained(model: type[Definition], field: str) -> None:
    assert set(get_args(model.model_fields[field].annotation)) <= codes(page("评价办法.md"))


@pytest.mark.parametrize("union", [AnyMethod, AnyCombination, AnyWeighting], ids=["points", "combine", "weighting"])
def test_every_method_and_its_parameters_are_explained(union: Any) -> None:
    shown = codes(page("评价办法.md"))
    for method in get_args(get_args(union)[0]):
        assert get_args(method.model_fields["method"].annotation)[0] in shown
        assert set(method.model_fields) <= shown, method


def test_every_name_and_function_of_the_language_is_listed() -> None:
    text = page("评价办法.md")
    listed = codes(text)
    assert set(FACTS) | {f"prev.{name}" for name in PREVIOUS_FACTS} <= listed
    assert {f"calendar.{name}" for name in CALENDAR} | {f"park.{name}" for name in PARK} <= listed
    functions = {kind.key.upper() for kind in AGGREGATES} | set(FUNCTIONS)
    for function in functions:
        assert re.search(rf"`{function}(\(|`)", text), function


def language_table() -> list[list[str]]:
    return table_rows(page("评价办法.md").split("## 表达式语言")[1].split("### ")[0])


def test_examples_of_the_language_are_understood() -> None:
    examples = [code for row in language_table() for code in codes(row[1])]
    assert len(examples) > 12
    for example in examples:
        assert parse(example, "docs").text == example


@pytest.mark.parametrize("text", ["COUNT(*)", "a % b", "ROUND(a, 1)", "a || 'x'", "(SELECT 1)", "a IN (b)"])
def test_what_the_page_says_is_refused_is_refused(text: str) -> None:
    with pytest.raises(DefinitionRefused):
        parse(text, "docs")


# ---- clauses --------------------------------------------------------------------------------------------

CLAUSES: dict[str, tuple[str, ...]] = {
    "工业总产值占全州比重提高": (
        "output_share_pct", "output_share_change_pp", "output_share_contribution_pct", "parks_output_share_pct",
        "parks_output_share_change_pp", "output_share_rise_pp",
    ),
    "营业收入年均增长": ("revenue_cagr_pct", "parks_revenue_cagr_pct"),
    "营业收入超 100 亿元园区": ("parks_above_10bn_count", "large_park_revenue_10k_cny"),
    "工业企业数量翻番": ("industrial_enterprises_multiple", "region_industrial_enterprises_multiple"),
    "州级以上龙头企业数量翻番": ("leading_enterprises_multiple", "region_leading_enterprises_multiple"),
    "主导产业营业收入占比": ("leading_industry_share_pct", "share_reminder"),
    "亩均营业收入": ("revenue_per_mu",),
    "高新技术企业数量翻番": ("high_tech_enterprises_multiple", "region_high_tech_enterprises_multiple"),
    "工程研究中心": ("research_centres_count", "region_research_centres_count", "research_centre_coverage_pct"),
    "研发经费占营业收入": ("rd_share_pct",),
    "研发经费年均增长": ("rd_cagr_pct",),
    "能耗逐年下降": ("energy_intensity_tce_per_10k_cny", "energy_intensity_change_pct"),
    "水耗逐年下降": ("water_intensity_m3_per_10k_cny", "water_intensity_change_pct"),
    "污水集中收集处理率": ("sewage_treatment_pct",),
    "固体废物综合处置率": ("solid_waste_disposal_pct",),
    "进出口总额年均增长": ("trade_10k_cny", "trade_cagr_pct"),
    "领军人才": ("leading_talents_persons", "key_industry_talents_persons", "key_industries"),
    "5 亿元以上落地项目": ("major_projects_count", "key_chain_projects_count", "major_project_10k_cny"),
    "安全生产责任": ("accident", "serious_accidents_count", "accidents_count"),
    "定期评价，动态管理": (
        "park-annual", "falsified_data_count", "revenue_growth_pct", "reward", "reward_national", "priority",
        "promotion_provincial", "promotion_national", "criticism", "rectification_continued", "exit", "exit_pending",
        "refile", "rectified",
    ),
    "项目准入": (),
}  # fmt: skip
"""What each clause of the document asks for, by words of its row in the table, and the definitions that implement it."""

TARGETS = {
    "revenue_cagr_pct": 15, "industrial_enterprises_multiple": 2, "leading_enterprises_multiple": 2,
    "leading_industry_share_pct": 60, "high_tech_enterprises_multiple": 2, "research_centres_count": 1,
    "rd_share_pct": 2, "rd_cagr_pct": 15, "energy_intensity_change_pct": 0, "water_intensity_change_pct": 0,
    "sewage_treatment_pct": 100, "solid_waste_disposal_pct": 100,
}  # fmt: skip
REGION_TARGETS = {
    "parks_output_share_change_pp": 10, "parks_revenue_cagr_pct": 15, "parks_above_10bn_count": 1,
    "region_industrial_enterprises_multiple": 2, "region_leading_enterprises_multiple": 2,
    "region_high_tech_enterprises_multiple": 2, "region_research_centres_count": 5, "research_centre_coverage_pct": 100,
    "key_industry_talents_persons": 3, "key_chain_projects_count": 1,
}  # fmt: skip


OTHER_CLAUSES: dict[str, dict[str, tuple[str, ...]]] = {
    "siping": {
        "主导产业 3 个": ("leading_industries_count", "leading_industries_upper_count"),
        "重点发展领域不超过": ("key_fields_count",),
        "产业集中度": ("industry_concentration_pct", "national_concentration_pct", "provincial_concentration_pct"),
        "项目平均投资强度": (
            "average_investment_intensity_10k_cny_per_ha", "national_intensity_10k_cny_per_ha", "land_floor_share_pct",
        ),
        "建筑密度": ("building_density_pct", "density_floor_pct", "substandard_projects_count"),
        "绿地率": ("green_share_pct", "green_ceiling_pct", "substandard_projects_count"),
        "行政办公、生活服务设施用地": ("office_land_share_pct", "office_ceiling_pct", "substandard_projects_count"),
        "污水集中处理": (
            "sewage_treatment_pct", "monitored_outlets_pct", "facilities_overdue_count", "facilities_late_count",
            "sewage_coverage_pct", "region_facilities_overdue_count", "sewage_floor_pct", "environment_events_count",
            "accidents_count",
        ),
        "闲置土地": (
            "idle_land_pct", "idle_disposal_pct", "hoarded_projects_count", "region_hoarded_projects_count",
            "hoarding_years", "idle_limit_pct", "priority_land",
        ),
        "动态管理，奖优": (
            "revenue_growth_pct", "taxes_10k_cny_per_ha", "falsified_data_count", "parks_output_share_pct",
            "reward_score", "priority_score", "reward_fund", "priority_land", "promotion_national",
            "promotion_provincial",
        ),
        "动态管理，汰劣": (
            "land_inefficient", "environment_failed", "lagging", "lagging_years", "release_score", "refile", "rectified",
            "development-zone-annual", "minimum_group", "bottom_share_pct", "startup_years",
        ),
    },
    "menghai-2018": {
        "主导产业集中度": (
            "leading_revenue_10k_cny", "leading_industry_share_pct", "leading_share_rise_pp", "county_leading_share_pct",
            "county_leading_share_rise_pp",
        ),
        "战略性新兴产业": (
            "emerging_cagr_pct", "emerging_share_pct", "emerging_share_of_gdp_pct", "county_emerging_cagr_pct",
        ),
        "研究与试验发展经费": ("rd_share_pct", "rd_share_of_gdp_pct"),
        "能耗逐年明显下降": (
            "energy_intensity_tce_per_10k_cny", "energy_intensity_change_pct", "county_energy_intensity_tce_per_10k_cny",
            "county_energy_intensity_change_pct", "marked_fall_pct", "energy_reminder",
        ),
        "规模以上固定资产投资": ("investment_cagr_pct", "county_investment_cagr_pct"),
        "六大生态经济产业": (
            "eco_share_pct", "eco_mean_share_of_gdp_pct", "eco_industry_share_of_gdp_pct", "eco_industries_count",
            "eco_industries",
        ),
        "不准入园": (
            "substandard_admitted_count", "refused_projects_count", "county_substandard_admitted_count",
            "admission_violation",
        ),
        "保障措施": (
            "violations_count", "falsified_data_count", "county-park-annual", "praise", "priority_funds",
            "priority_land", "demonstration", "admission_violation", "progress_reminder", "lagging", "refile",
            "rectified", "praise_score", "priority_score", "release_score", "minimum_group", "bottom_share_pct",
            "startup_years",
        ),
    },
    "nanyang-2009": {
        "省、市、县三级绩效考核，以发展水平、质量、条件为主要内容，年度考核排队": (
            "bottom_share_pct", "minimum_group", "startup_years", "cluster-annual", "refile",
        ),
        "按类型分别制定指标体系，标准动态调整": (
            "high_tech_share_pct", "producer_services_share_pct", "food_share_pct", "export_share_pct",
            "slow_growth_gap_pp", "city_scale_10k_cny",
        ),
        "速度快、质量高、集约突出、生态良好的奖励，土地指标、环境容量、政府资金优先": (
            "revenue_growth_pct", "revenue_per_mu", "wastewater_compliance_pct", "energy_intensity_change_pct",
            "reward", "reward_score",
        ),
        "速度慢、连续两年靠后的取消资格，停止待遇": (
            "two_year_growth_pct", "cancellation", "warning", "released", "slow_growth_gap_pp", "bottom_share_pct",
            "release_score",
        ),
        "经济实力；统一考核，结果与领导班子评价挂钩": (
            "revenue_100m_cny", "revenue_growth_pct", "investment_growth_pct", "falsified_data_count",
            "parks_revenue_10k_cny", "parks_value_added_share_pct", "reward", "cancellation",
        ),
        "产业结构": (
            "leading_industry_share_pct", "high_tech_share_pct", "producer_services_share_pct", "food_share_pct",
        ),
        "人才状况": ("college_share_pct", "senior_talents_per_10k"),
        "科技创新": ("rd_share_pct", "innovation_platforms_count"),
        "开放水平，引进龙头型、基地型大项目": (
            "outside_capital_share_pct", "foreign_capital_growth_pct", "export_share_pct", "large_projects_count",
            "large_project_10k_cny",
        ),
        "集约程度：提高单位产出和容积率，明确绿地率和办公生活用地比例": (
            "revenue_per_mu", "revenue_per_mu_growth_pct", "investment_per_mu", "plot_ratio", "plot_ratio_change",
            "green_share_pct", "office_living_share_pct",
        ),
        "环境保护：稳定达标排放，中水回用，降低消耗；事故": (
            "wastewater_compliance_pct", "energy_intensity_tce_per_10k_cny", "energy_intensity_change_pct",
            "water_reuse_pct", "serious_accidents_count", "accidents_count", "accident",
        ),
        "社会贡献": ("taxes_per_mu", "employment_growth_pct"),
        "管理效能：规划编制和批准，服务；严禁扩区移位": (
            "plans_approved_pct", "service_score", "expansions_count", "expansion", "plans_required",
        ),
        "晋级：达到规模的确定为市级，市级符合省级标准的推荐为省级": (
            "revenue_100m_cny", "revenue_growth_pct", "promotion_city", "promotion_provincial", "city_scale_10k_cny",
            "provincial_scale_10k_cny", "promotion_score",
        ),
        "闲置两年以上的土地收回": ("idle_over_two_years_mu", "idle_land", "idle_years"),
        "2013 年 300 亿元以上 2—3 个、100 亿元以上 8—10 个，共 20 个左右": (
            "parks_above_30bn_count", "parks_above_10bn_count", "parks_count", "giant_park_10k_cny",
            "large_park_10k_cny",
        ),
    },
    "chengdu-2018": {
        "2018 年底形成指标、政策、统计、考核四个体系": (
            "revenue_growth_pct", "serious_accidents_count", "falsified_data_count", "systems_done_count",
            "parks_taxes_share_pct", "zone-annual", "priority", "refile", "bottom_share_pct", "minimum_group",
            "startup_years",
        ),
        "2018 年底打造 11 个高质量示范": ("model_zone_count", "model_zones_count", "model_zone", "model_score"),
        "提高主导产业集聚度，疏解非主导产业企业": (
            "leading_industry_share_pct", "leading_industry_share_change_pp", "leading_enterprise_share_pct",
            "moved_out_share_pct", "leading_share_risen_coverage_pct", "relocation",
        ),
        "评估监督和退出机制": (
            "vacant_land_share_pct", "vacant_assessed_pct", "vacant_exited_pct", "vacant_land",
            "vacant_land_limit_pct",
        ),
        "总体规划 2018 年 6 月底前完成": (
            "master_plan_on_time_count", "master_plan_done_count", "master_plan_days_late",
            "master_plan_coverage_pct",
        ),
        "控制性详细规划 2018 年 12 月底前完成": (
            "detailed_plan_on_time_count", "detailed_plan_done_count", "detailed_plan_days_late",
            "detailed_plan_coverage_pct",
        ),
        "设计规划导则 2018 年 1 月底前、各区准入目录 6 月底前": (
            "access_list_on_time_count", "access_list_done_count", "access_list_days_late", "guideline_on_time_count",
            "access_list_coverage_pct",
        ),
        "与高校、科研院所的协议 2018 年 3 月底前": (
            "university_agreements_on_time_count", "university_agreements_count", "university_agreement_coverage_pct",
        ),
        "与央企、省企的协议 2018 年 12 月底前": (
            "enterprise_agreements_on_time_count", "enterprise_agreements_count", "enterprise_agreement_coverage_pct",
        ),
        "节点任务合计和逾期": (
            "milestones_on_time_pct", "milestones_done_pct", "overdue_milestones_count", "overdue",
            "milestones_required",
        ),
        "2018 年新增新经济企业 5000 家、独角兽企业 2 家": (
            "new_economy_added_count", "unicorns_count", "city_new_economy_added_count", "city_unicorns_count",
        ),
        "新型人才工作站 2018 年底全覆盖，人才信息库 6 月底前": (
            "workstation_on_time_count", "workstation_done_count", "workstation_days_late",
            "workstation_coverage_pct", "talent_database_on_time_count",
        ),
        "2018 年专利质押融资 7.5 亿元": ("patent_pledge_100m_cny", "city_patent_pledge_100m_cny"),
        "2018 年标准厂房 500、专业楼宇 200、甲级和超甲级写字楼 50 万平方米": (
            "factory_added_10k_m2", "specialised_added_10k_m2", "grade_a_recognised_10k_m2",
            "city_factory_added_10k_m2", "city_specialised_added_10k_m2", "city_grade_a_recognised_10k_m2",
        ),
        "新增商业办公楼宇持有比例 50%，存量楼宇平均入驻率 70%": (
            "new_building_held_pct", "stock_occupancy_pct", "city_new_building_held_pct", "city_stock_occupancy_pct",
            "occupancy", "occupancy_years",
        ),
        "定期督导调研": ("supervision", "rectification", "released", "supervision_years", "release_score"),
    },
}  # fmt: skip
"""The same for the other documents: the section of the table that has the scheme's key as its heading."""


def clause_rows(key: str) -> list[list[str]]:
    """The rows of one scheme in the table of clauses: above the first heading of the second level, or below its own."""
    text = page("条款对照.md")
    return table_rows(text.split("\n## ")[0] if key == SCHEME else sections(text)[key])


@pytest.mark.parametrize("key", OTHER_CLAUSES)
def test_clauses_of_the_other_documents_have_their_definitions(key: str) -> None:
    clauses, rows = OTHER_CLAUSES[key], clause_rows(key)
    known = defined(load_rulebook(key, load_scheme(key).first_year))
    for words, definitions in clauses.items():
        (row,) = [row for row in rows if words in row[1]]
        assert set(definitions) <= codes(" ".join(row)), words
    named = {code for row in rows for code in codes(" ".join(row))}
    assert len(rows) == len(clauses)
    assert named == {code for definitions in clauses.values() for code in definitions}
    assert named <= known
    assert {code for code in known if code not in named} == set()


def defined(book: Rulebook) -> set[str]:
    scheme = book.scheme
    names = {item.code for item in (*scheme.parameters, *scheme.rules, *scheme.lists)}
    return names | {*book.catalogue.park_indicators(), *book.catalogue.of_region(), book.form_set.key}


@pytest.mark.parametrize("words", CLAUSES)
def test_every_clause_has_its_definitions(words: str, book: Rulebook) -> None:
    rows = [row for row in clause_rows(SCHEME) if words in row[1]]
    assert len(rows) == 1
    assert set(CLAUSES[words]) <= defined(book)
    assert set(CLAUSES[words]) - {"key_industries"} <= codes(" ".join(rows[0]))
    assert ("未实现" in rows[0][-1]) == (not CLAUSES[words])


def test_the_table_of_clauses_names_nothing_that_is_not_defined(book: Rulebook) -> None:
    rows = clause_rows(SCHEME)
    assert len(rows) == len(CLAUSES)
    assert {code for row in rows for code in codes(" ".join(row))} <= defined(book)


def test_target_values_are_those_of_the_document(book: Rulebook) -> None:
    targets = book.targets()
    kinds = {level: ParkClass(level, "") for level in ("国家级", "省级", "州级")}
    assert {code: book.target_value(targets[code], kinds["省级"]) for code in TARGETS} == TARGETS
    per_mu = [book.target_value(targets["revenue_per_mu"], kind) for kind in kinds.values()]
    assert per_mu == [600, 400, 300]
    trade = [book.target_value(targets["trade_cagr_pct"], kind) for kind in kinds.values()]
    assert trade == [15, None, None]
    whole = ParkClass("", "")
    assert {
        target.indicator: book.target_value(target, whole) for target in book.scheme.region_targets
    } == REGION_TARGETS


# ---- links, pictures, texts -----------------------------------------------------------------------------


def anchors(path: Path) -> set[str]:
    """Anchors as forges make them: heading in small letters, blanks as hyphens, punctuation left out."""
    heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.strip().lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)]+)\)", text):
        name, _, anchor = target.partition("#")
        goal = (path.parent / name).resolve() if name else path
        if not goal.exists() or (anchor and anchor not in anchors(goal)):
            broken.append(target)
    assert broken == []


def test_pictures_are_shown_and_small() -> None:
    shown = {
        (path.parent / target).resolve()
        for path in PAGES
        for target in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", path.read_text(encoding="utf-8"))
    }
    assert shown == set((DOCS / "images").iterdir())
    for picture in shown:
        content = picture.read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) < LARGEST_PICTURE


def test_every_guide_is_reached_from_the_chinese_readme() -> None:
    text = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
    assert {path.name for path in DOCS.glob("*.md")} == set(re.findall(r"\(docs/([^)]+\.md)\)", text))


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_no_page_names_a_machine_or_a_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"://|(^|[\s`(\"])/(work|tmp|root|home|usr|opt)\b", text, re.MULTILINE)


def test_every_dependency_is_accounted_for() -> None:
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    names = {re.match(r"[A-Za-z0-9-]+", requirement)[0] for requirement in wanted}  # type: ignore[index]
    text = (ROOT / "DECISIONS.md").read_text(encoding="utf-8")
    assert {row[0].split(" ")[0] for row in table_rows(sections(text)["Dependencies"])} == names


def test_decisions_are_short() -> None:
    entries = sections((ROOT / "DECISIONS.md").read_text(encoding="utf-8"))
    del entries["Dependencies"]
    for title, entry in entries.items():
        lines = [line for line in entry.splitlines() if line]
        assert len(lines) <= 5, title
        assert [line.split(":")[0] for line in lines[:3]] == ["What", "Why", "Weighed"], title


def test_the_changelog_knows_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {PROJECT['project']['version']}（" in text
    assert (ROOT / PROJECT["project"]["readme"]).is_file()


def command_page(text: str) -> str:
    """The command reference with every help line and option table as click has them; the rest stays."""
    for name, command in COMMANDS.items():
        before, section = re.split(rf"^## {re.escape(name)}$\n", text, maxsplit=1, flags=re.MULTILINE)
        body, *later = re.split(r"^(?=## )", section, maxsplit=1, flags=re.MULTILINE)
        arguments = [f"| {row[0]} | {row[1]} |" for row in table_rows(body) if not row[0].startswith("`-")]
        options = [option_row(option) for option in command.params if isinstance(option, click.Option)]
        rest = re.sub(r"(?s)^.*?\|---\|---\|\n(\|.*?\n)*", "", body, count=1)
        table = "\n".join(["| 参数 | 含义 |", "|---|---|", *arguments, *options])
        text = f"{before}## {name}\n\n{command.help}\n\n{table}\n{rest}{''.join(later)}"
    return text


def option_row(option: click.Option) -> str:
    metavar = "" if option.is_flag else f" {option.metavar or 'N'}"
    names = f"`{option.opts[0]}{metavar}`" + "".join(f" / `{name}`" for name in option.secondary_opts)
    choices = option.type.choices if isinstance(option.type, click.Choice) else ()
    said = (option.help or "") + (f"：{'、'.join(f'`{choice}`' for choice in choices)}" if choices else "")
    return f"| {names} | {said}{'（必填）' if option.required else ''} |"


if __name__ == "__main__":
    (DOCS / "命令.md").write_text(command_page(page("命令.md")), encoding="utf-8")
    (DOCS / "结果表.md").write_text(results_page(), encoding="utf-8")
    (DOCS / "查询.md").write_text(query_page(page("查询.md")), encoding="utf-8")
