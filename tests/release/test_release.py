"""What is given out: rules on small tables by hand, protection against subtraction on random ones, the files of a release."""

from __future__ import annotations

import itertools
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parkeval.batch import evaluate
from parkeval.cli import cli
from parkeval.demonstration import sample_folder
from parkeval.errors import Exit
from parkeval.evidence import verify
from parkeval.front import run_command
from parkeval.home import Home
from parkeval.release.audit import inferable, inferred_intervals
from parkeval.release.cells import ALL, Protected, protect
from parkeval.release.points import open_points
from parkeval.release.policy import POLICY_FILE, Policy, load_policy
from parkeval.release.primary import BEHIND, DOMINATED, FEW, UNKNOWN, is_dominated, sensitive_cells
from parkeval.release.suppression import Table, suppress
from parkeval.store import read_results
from validation.forms import Item
from validation.problems import DefinitionRefused

POLICY = load_policy(None)
SCHEME = "xishuangbanna-2023"
FIELDS = {
    "revenue": Item(code="revenue", label="营业收入", type="number", minimum=0, contributors="firms"),
    "profit": Item(code="profit", label="利润", type="number", contributors="firms"),
    "exports": Item(code="exports", label="出口", type="number", minimum=0),
    "output": Item(code="output", label="产值", type="number", minimum=0, contributors="firms", largest="biggest"),
    "biggest": Item(code="biggest", label="最大企业产值", type="number", minimum=0, contributors="none"),
    "land": Item(code="land", label="面积", type="number", minimum=0, contributors="none"),
    "firms": Item(code="firms", label="企业数", type="count", minimum=0, contributors="none"),
}  # fmt: skip


def figures(**items: list[float | None]) -> pl.DataFrame:
    """Figures of parks A, B, C … in 2025, one list per item."""
    rows = [
        (chr(65 + number), 2025, item, value)
        for item, values in items.items()
        for number, value in enumerate(values)
        if value is not None
    ]
    schema = {"park_code": pl.String, "year": pl.Int32, "item": pl.String, "value": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def reasons(frame: pl.DataFrame, item: str) -> list[str | None]:
    return sensitive_cells(frame, FIELDS, POLICY).filter(pl.col("item") == item).sort("park_code")["reason"].to_list()


# ---- what may not be given out for itself ---------------------------------------------------------------


def test_few_enterprises() -> None:
    frame = figures(revenue=[5, 6, 7, 0, 9], firms=[1, 2, 3, 0, None], land=[1, 1, 1, 1, 1])
    assert reasons(frame, "revenue") == [FEW, FEW, None, None, UNKNOWN]
    assert reasons(frame, "land") == [None] * 5


def test_what_nobody_counts_is_never_silently_open() -> None:
    frame = figures(exports=[1, 2], firms=[9, 9])
    assert reasons(frame, "exports") == [UNKNOWN, UNKNOWN]
    opened = POLICY.model_copy(update={"unknown": POLICY.unknown.model_copy(update={"value": "open"})})
    assert sensitive_cells(frame, FIELDS, opened)["reason"].to_list() == [None] * 4


def test_one_that_dominates() -> None:
    """86 of 100 is over 85 %; 92 of 100 leaves less than 10 % of the largest; 80 of 100 is neither."""
    frame = figures(output=[100, 100, 100], biggest=[86, 92, 80], firms=[9, 9, 9])
    assert reasons(frame, "output") == [DOMINATED, DOMINATED, None]


@pytest.mark.parametrize(
    ("contributions", "said"),
    [
        ([50, 30, 20], False),
        ([50, 45, 5], False),
        ([50, 46, 4], True),
        ([90, 5, 5], True),
        ([10, 9], True),
        ([], False),
    ],
)
def test_rules_on_known_contributions(contributions: list[float], said: bool) -> None:
    """p %: without the two largest less than a tenth of the largest remains. Dominance: over 85 %."""
    assert is_dominated(contributions, POLICY) is said


def test_what_ledgers_know_of_the_enterprises_opens_and_closes() -> None:
    """Exports, of which nobody counts the enterprises: opened by nine of a ledger, not by two, nor where one has over 85 %.
    Of revenue, which five enterprises are said to be behind, the ledger knows two."""
    frame = figures(exports=[10, 10, 10, 10], revenue=[5, 5, 5, 5], firms=[5, 5, 5, 5])
    told = [
        ("A", "exports", 9, 50),
        ("B", "exports", 2, 60),
        ("C", "exports", 9, 90),
        ("A", "revenue", 2, 55),
        ("B", "revenue", 7, 85),
    ]
    behind = pl.DataFrame(
        [(park, 2025, item, count, share) for park, item, count, share in told], schema=BEHIND, orient="row"
    )
    found = sensitive_cells(frame, FIELDS, POLICY, behind).sort("item", "park_code")
    said = {item: found.filter(item=item)["reason"].to_list() for item in ("exports", "revenue")}
    assert said == {"exports": [None, FEW, DOMINATED, UNKNOWN], "revenue": [FEW, None, None, None]}


# ---- subtraction ----------------------------------------------------------------------------------------

AREAS = {"A": "甲县", "B": "甲县", "C": "甲县", "D": "乙县", "E": "乙县"}


def protected(frame: pl.DataFrame, known: pl.DataFrame | None = None, policy: Policy = POLICY) -> Protected:
    nothing = pl.DataFrame(schema={"year": pl.Int32, "place": pl.String, "item": pl.String, "value": pl.Float64})
    return protect(frame, AREAS, FIELDS, nothing if known is None else known, policy)


def closed(result: Protected, item: str) -> set[str]:
    parks = result.parks.filter((pl.col("item") == item) & ~pl.col("open"))["park_code"].to_list()
    return {*parks, *result.totals.filter((pl.col("item") == item) & ~pl.col("open"))["area"].to_list()}


def test_a_closed_figure_is_not_the_rest_of_its_sum() -> None:
    """A alone is confidential; its county's total and B and C would give it away, so one more is closed: the cheapest."""
    result = protected(figures(revenue=[50, 40, 90, 100, 100], firms=[2, 9, 9, 9, 9]))
    assert closed(result, "revenue") == {"A", "B"}
    assert closed(result, "firms") == set() and result.problems == ()


def test_two_closed_figures_of_which_one_is_too_small_to_hide_the_other() -> None:
    """B (1) cannot move A (50) down by 5, so a third is closed."""
    assert closed(protected(figures(revenue=[50, 1, 30, 100, 100], firms=[2, 2, 9, 9, 9])), "revenue") == {
        "A",
        "B",
        "C",
    }


def test_what_an_earlier_release_gave_out_protects_nothing() -> None:
    frame = figures(revenue=[50, 40, 90, 100, 100], firms=[2, 9, 9, 9, 9])
    schema = {"year": pl.Int32, "place": pl.String, "item": pl.String, "value": pl.Float64}
    before = pl.DataFrame([(2025, "B", "revenue", 40.0)], schema=schema, orient="row")
    assert closed(protected(frame, before), "revenue") == {"A", "C"}
    corrected = pl.DataFrame([(2025, "B", "revenue", 41.0)], schema=schema, orient="row")
    assert closed(protected(frame, corrected), "revenue") == {"A", "B"}
    everything = [(2025, place, "revenue", value) for place, value in
                  [("B", 40.0), ("C", 90.0), ("甲县", 180.0), ("乙县", 200.0), (ALL, 380.0)]]  # fmt: skip
    told = protected(frame, pl.DataFrame(everything, schema=schema, orient="row")).problems
    assert len(told) == 1 and "revenue A" in told[0].place and "可以推算" in told[0].found


def brute_intervals(table: Table, out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest values by propagation of bounds until nothing changes (exact for one sum, else wider)."""
    low = np.where(out, table.lowest, table.values)
    high = np.where(out, table.highest, table.values)
    rows = np.asarray(table.sums.todense())
    whole = rows @ table.values
    for _ in range(50):
        for row, constant in zip(rows, whole, strict=True):
            places = np.flatnonzero(row)
            for place in places:
                others = [other for other in places if other != place]
                most = constant - sum(min(row[other] * low[other], row[other] * high[other]) for other in others)
                least = constant - sum(max(row[other] * low[other], row[other] * high[other]) for other in others)
                ends = sorted((least / row[place], most / row[place]))
                low[place], high[place] = max(low[place], ends[0]), min(high[place], ends[1])
    return low, high


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(st.integers(0, 1000), min_size=5, max_size=5),
    few=st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_no_closed_figure_can_be_inferred(values: list[int], few: list[bool]) -> None:
    """Random parks in two counties: audited by propagation of bounds, which is neither of the two linear programs."""
    frame = figures(revenue=[float(value) for value in values], firms=[1.0 if one else 9.0 for one in few])
    result = protected(frame)
    assert result.problems == () or not any(few)
    table, out, sensitive = plain_table(values, few, closed(result, "revenue"))
    low, high = brute_intervals(table, out)
    for place in np.flatnonzero(sensitive):
        assert high[place] >= table.values[place] * 1.1 - 1e-3
        assert low[place] <= table.values[place] * 0.9 + 1e-3
    assert not inferable(table, out, sensitive).any()


def plain_table(values: list[int], few: list[bool], left_out: set[str]) -> tuple[Table, np.ndarray, np.ndarray]:
    from scipy.sparse import csr_matrix

    sums = [[0] * 5 + [1, 1, -1], [1, 1, 1, 0, 0, -1, 0, 0], [0, 0, 0, 1, 1, 0, -1, 0]]
    whole = np.array([*values, sum(values[:3]), sum(values[3:]), sum(values)], dtype=float)
    size = len(whole)
    table = Table(whole, np.zeros(size), np.full(size, np.inf), csr_matrix(np.array(sums, dtype=float)), whole * 0.1,
                  whole + 1, np.zeros(size, dtype=bool))  # fmt: skip
    names = [*"ABCDE", "甲县", "乙县", ALL]
    return table, np.array([name in left_out for name in names]), np.array([*few, False, False, False])


def test_fewest_are_closed_where_all_combinations_can_be_tried() -> None:
    """Against trying every set of second cells: the search closes no more figures than one over the fewest."""
    values, few = [50, 40, 90, 100, 120], [True, False, False, True, False]
    table, _, sensitive = plain_table(values, few, set())
    found = suppress(table, sensitive).secondary.sum()
    others = [place for place in range(8) if not sensitive[place]]
    for size in range(len(others)):
        sets = itertools.combinations(others, size)
        if any(not inferable(table, sensitive | np.isin(np.arange(8), one), sensitive).any() for one in sets):
            assert found <= size + 1
            return


def test_audit_finds_the_rest_of_a_sum() -> None:
    table, _, _ = plain_table([50, 40, 90, 100, 120], [True, False, False, False, False], set())
    alone = np.array([True, *[False] * 7])
    low, high = inferred_intervals(table, alone, alone)
    assert (low[0], high[0]) == (pytest.approx(50), pytest.approx(50))
    assert inferable(table, alone, alone).tolist() == alone.tolist()


# ---- scores ---------------------------------------------------------------------------------------------


def scores(points: dict[str, tuple[str | None, str, float, float]]) -> pl.DataFrame:
    rows = [(node, *rest) for node, rest in points.items()]
    return pl.DataFrame(rows, schema=["node", "parent", "kind", "points", "full_points"], orient="row")


def test_points_of_a_closed_indicator_are_not_the_rest_of_the_others() -> None:
    frame = scores({
        "total": (None, "total", 60.0, 100.0), "one": ("total", "dimension", 35.0, 60.0), "two": ("total", "dimension", 25.0, 40.0),
        "a": ("one", "indicator", 15.0, 30.0), "b": ("one", "indicator", 20.0, 30.0), "c": ("two", "indicator", 25.0, 40.0),
    })  # fmt: skip
    shown = dict(zip(frame["node"], open_points(frame, frozenset({"a"}), POLICY), strict=True))
    assert shown["total"] and not shown["a"]
    assert not shown["b"] or not shown["one"]
    assert all(open_points(frame, frozenset(), POLICY))


def test_next_to_full_points_everything_below_the_total_is_closed() -> None:
    frame = scores({
        "total": (None, "total", 99.9, 100.0), "a": ("total", "indicator", 50.0, 50.0), "b": ("total", "indicator", 49.9, 50.0),
    })  # fmt: skip
    assert open_points(frame, frozenset({"a"}), POLICY).to_list() == [True, False, False]


# ---- the files ------------------------------------------------------------------------------------------


def command(*arguments: object) -> int:
    return run_command(cli, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    data = folder / "data"
    for name in ("2020", "2021"):
        shutil.copytree(sample_folder() / name, data / name)
    shutil.copyfile(sample_folder() / "州级汇总.xlsx", data / "州级汇总.xlsx")
    place = folder / "home"
    evaluate([data], SCHEME, 2021, Home(place), reports=False, workers=1, progress=lambda *told: None)
    assert command("release", place, "--to", folder / "out") == Exit.DONE
    return place


def table_of(home: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(home.parent / "out" / "表" / f"{name}.parquet")


def test_closed_figures_are_nowhere_in_the_release(home: Path) -> None:
    internal = read_results(home / "results.duckdb")
    data = table_of(home, "园区数据")
    assert set(data.filter(~pl.col("公布"))["统计指标代码"]) == {"imports_10k_cny", "exports_10k_cny"}
    assert data.filter(~pl.col("公布"))["数值"].null_count() == data.filter(~pl.col("公布")).height > 0
    secret = {str(float(value)) for value in internal["statistics"].filter(
        pl.col("item").is_in(["imports_10k_cny", "exports_10k_cny"]) & (pl.col("value") > 0))["value"]}  # fmt: skip
    text = "\n".join(path.read_text("utf-8-sig") for path in (home.parent / "out" / "表").glob("*.csv"))
    assert [value for value in secret if f",{value}," in text] == []
    closed_ones = set(table_of(home, "评价指标").filter(~pl.col("公布"))["评价指标代码"])
    assert {"trade_10k_cny", "leading_industry_share_pct"} <= closed_ones and "revenue_per_mu" not in closed_ones


def test_open_figures_are_those_published_and_sums_add_up(home: Path) -> None:
    internal = read_results(home / "results.duckdb")
    data = table_of(home, "园区数据").filter(pl.col("公布"))
    true = {row[:3]: float(row[3]) for row in internal["statistics"].select("year", "park_code", "item", "value").rows() if row[3] is not None}  # fmt: skip
    rows = data.select("统计年度", "园区代码", "统计指标代码", "数值").rows()
    assert len(rows) > 500 and all(true[row[:3]] == pytest.approx(row[3]) for row in rows)
    revenue = data.filter((pl.col("统计年度") == 2021) & (pl.col("统计指标代码") == "revenue_10k_cny"))["数值"].sum()
    whole = table_of(home, "汇总数据").filter(
        (pl.col("统计年度") == 2021) & (pl.col("统计指标代码") == "revenue_10k_cny") & (pl.col("范围") == ALL)
    )["数值"][0]
    assert whole == pytest.approx(revenue)


def test_points_of_closed_indicators_are_closed(home: Path) -> None:
    closed_ones = table_of(home, "评价指标").filter(~pl.col("公布")).select("园区代码", 节点="评价指标代码")
    points = table_of(home, "得分").join(closed_ones, on=["园区代码", "节点"])
    assert points.height > 0 and not points["公布"].any() and points["得分"].null_count() == points.height


def test_targets_of_the_region_are_given_out_where_open_figures_say_as_much(home: Path) -> None:
    """Imports and exports are closed, so is their growth; the share of the prefecture's output follows from an open total."""
    internal = read_results(home / "results.duckdb")["region_targets"]
    values = {row[0]: row[1] for row in internal.filter(member="").select("indicator", "value").rows()}
    given = {row["目标代码"]: row for row in table_of(home, "全区目标").filter(行业="").iter_rows(named=True)}
    assert given.keys() == values.keys()
    for code, row in given.items():
        assert row["指标值"] == (values[code] if row["公布"] else None), code
    output = table_of(home, "汇总数据").filter(
        (pl.col("统计年度") == 2021) & (pl.col("统计指标代码") == "industrial_output_10k_cny") & (pl.col("范围") == ALL)
    )
    assert given["parks_output_share_pct"]["公布"] and output["公布"].all()
    assert given["parks_above_10bn_count"]["公布"] and given["parks_revenue_cagr_pct"]["公布"]


def test_only_what_was_decided_is_given_out(home: Path, tmp_path: Path) -> None:
    assert table_of(home, "处理决定").is_empty()
    copy = Path(shutil.copytree(home, tmp_path / "home"))
    proposals = read_results(copy / "results.duckdb")["proposals"].head(2).to_dicts()
    for proposal, outcome in zip(proposals, ("采纳", "不采纳"), strict=True):
        signed = [
            "--outcome",
            outcome,
            "--by",
            "王五",
            "--reason",
            "会议决定",
            "--document",
            "州政办〔2022〕8号",
            "--on",
            "2022-07-01",
        ]
        assert command("decide", copy, proposal["park_code"], proposal["rule"], *signed) == Exit.DONE
    assert command("release", copy, "--to", tmp_path / "out") == Exit.DONE
    decided = pl.read_parquet(tmp_path / "out" / "表" / "处理决定.parquet").to_dicts()
    assert [(row["园区代码"], row["措施"], row["决定"], row["文号"], row["决定日期"]) for row in decided] == [
        (proposals[0]["park_code"], proposals[0]["action"], "采纳", "州政办〔2022〕8号", date(2022, 7, 1))
    ]
    assert proposals[0]["evidence"] not in (tmp_path / "out" / "表" / "处理决定.csv").read_text("utf-8-sig")


def test_release_is_readable_and_the_rest_is_private(home: Path) -> None:
    out = home.parent / "out"
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in out.rglob("*"))
    private = [path for path in home.rglob("*") if path.is_file() and "releases" not in path.parts]
    assert [path.name for path in private if path.stat().st_mode & 0o077] == []
    with duckdb.connect(str(out / "公布数据.duckdb"), read_only=True) as connection:
        names = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert names == {path.stem for path in (out / "表").glob("*.parquet")}
    assert "数据字典" in openpyxl.load_workbook(out / "公布数据.xlsx").sheetnames


def test_released_again_changes_nothing_and_home_verifies(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("release", home) == Exit.DONE
    assert "与上次公布相同" in capsys.readouterr().out
    assert len(list(home.glob("releases/*/*/*"))) == 1
    assert verify(Home(home)) == []
    given_out = next(home.glob("releases/*/*/*/表/园区数据.csv"))
    original = given_out.read_bytes()
    given_out.write_bytes(original.replace(b"2021", b"2022", 1))
    assert any("园区数据.csv" in problem.place for problem in verify(Home(home)))
    given_out.write_bytes(original)


def test_figures_open_before_stay_open_and_are_told_under_a_stricter_policy(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strict = POLICY_FILE.read_text("utf-8").replace("value = 3\n", "value = 1000\n")
    (tmp_path / "strict.toml").write_text(strict, "utf-8")
    copy = Path(shutil.copytree(home, tmp_path / "home"))
    assert command("release", copy, "--policy", tmp_path / "strict.toml", "--json") == Exit.DONE
    assert "以前公布过" in capsys.readouterr().err
    given = pl.read_parquet(sorted(copy.glob("releases/*/*/*"))[-1] / "表" / "全区目标.parquet")
    counted = given.filter(目标代码="parks_above_10bn_count").row(0, named=True)
    assert (counted["公布"], counted["指标值"], counted["是否达到"], counted["目标值"]) == (False, None, None, 1.0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("value = 85", "value = -1"), "dominance_pct"),
        (('"suppress"', '"hide"'), "unknown"),
        (("[p_pct]", "[q_pct]"), "q_pct"),
    ],
)
def test_a_wrong_policy_is_refused(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(POLICY_FILE.read_text("utf-8").replace(*change), "utf-8")
    with pytest.raises(DefinitionRefused, match=said):
        load_policy(path)


def test_a_target_with_something_in_it_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    assert command("release", home, "--to", tmp_path) == Exit.USAGE


def test_contributors_must_be_a_count(tmp_path: Path) -> None:
    from validation.forms import CATALOGUE, load_form_set

    def refused(old: str, new: str) -> Any:
        folder = tmp_path / new[-8:-1] / "park-annual"
        folder.mkdir(parents=True)
        text = (CATALOGUE / "park-annual" / "forms.toml").read_text("utf-8")
        (folder / "forms.toml").write_text(text.replace(old, new, 1), "utf-8")
        with pytest.raises(DefinitionRefused, match="contributors"):
            load_form_set("park-annual", folder.parent)

    refused('contributors = "industrial_enterprises_count"', 'contributors = "taxes_10k_cny"')
    refused('contributors = "industrial_enterprises_count"', 'contributors = "nothing"')


def test_how_long_things_are_kept(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("verify", home, "--retention", "--json") == Exit.DONE
    raw, whole = json.loads(capsys.readouterr().out)
    made = date.fromisoformat(read_results(home / "results.duckdb")["runs"]["started_at"][0][:10])
    assert (raw["类别"], whole["类别"]) == ("原始资料", "汇总资料")
    assert [int(row["保存至"][:4]) - made.year for row in (raw, whole)] == [2, 10]
    assert "inputs" in raw["内容"] and "tables" in whole["内容"] and "第二十二条" in raw["依据"]
