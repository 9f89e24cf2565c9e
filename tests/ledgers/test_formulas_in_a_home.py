"""A bureau's own scheme scores what ledgers add up to, year upon year in one HOME: published, repeated, explained, what-if, closed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from parkeval.batch import evaluate
from parkeval.cli import cli
from parkeval.evidence import verify
from parkeval.explain import explain
from parkeval.front import run_command
from parkeval.home import Home
from parkeval.kept import kept_run
from parkeval.ledgers import LedgerFiles
from parkeval.release.tables import closed_indicators
from parkeval.store import read_results
from report_templates.explanation import Step
from scoring.evaluation import judge, published_tables
from tests.ledgers.plain_ledgers import credit_code, parcel, row, write
from tests.scoring.small_parks import CASES
from tests.scoring.test_own_folder import FORMS, INDICATORS, SCHEME
from validation.template import Content, write_workbook

OWN = """
[[indicators]]
code = "top_four_pct"
label = "前四家占比"
unit = "%"
kind = "share"
formula = "ledger.cr4_pct"
clause = "试算"
[[indicators]]
code = "top_four_change"
label = "前四家占比变化"
unit = "个百分点"
kind = "change"
formula = "ledger.cr4_pct - prev.ledger.cr4_pct"
clause = "试算"
[[indicators]]
code = "idle_pct"
label = "闲置率"
unit = "%"
kind = "share"
formula = "ledger.idle_land_share_pct"
clause = "试算"
[[indicators]]
code = "idle_change"
label = "闲置率变化"
unit = "个百分点"
kind = "change"
formula = "ledger.idle_land_share_pct - prev.ledger.idle_land_share_pct"
clause = "试算"
"""


def own_scheme(folder: Path, indicators: str = OWN) -> Path:
    base = (CASES / "rules" / "base-scheme.toml").read_text(encoding="utf-8")
    for old, new in (('forms = "cases"', 'forms = "own-forms"'), ('indicators = "cases"', 'indicators = "own"')):
        base = base.replace(old, new)
    (folder / "own-forms").mkdir(parents=True)
    (folder / "own-forms" / "forms.toml").write_text(FORMS, encoding="utf-8")
    (folder / "own.toml").write_text(INDICATORS + indicators, encoding="utf-8")
    (folder / "办法.toml").write_text(base + SCHEME.replace("sold_rate_pct", "top_four_pct"), encoding="utf-8")
    return folder / "办法.toml"


def revenues(park: str, year: int, *figures: float) -> list[dict[str, object]]:
    return [row(number, park, year, figure, name=f"秘密企业{number}") for number, figure in enumerate(figures)]


def filings(folder: Path, scheme: Path, year: int) -> Path:
    from scoring.loading import load_rulebook

    form_set = load_rulebook(str(scheme), year).form_set
    folder.mkdir()
    for code in ("A1", "A2"):
        content = Content(code, f"园区{code}", year, items={"sold": 1, "for_sale": 2})
        write_workbook(folder / f"{code}-{year}.xlsx", form_set, "park", content)
    register = [
        {"park_code": code, "from_year": 2020, "name": f"园区{code}", "level": "州级", "approved_year": 2000}
        for code in ("A1", "A2")
    ]
    write_workbook(folder / "名录.xlsx", form_set, "bureau", Content("", "", year, records={"parks": register}))  # type: ignore[dict-item]
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2020 without ledgers; 2021 with two years of rows; 2022 with other rows of 2021, which were published before."""
    folder = tmp_path_factory.mktemp("own")
    scheme, target = own_scheme(folder / "我的办法"), folder / "home"
    # Five enterprises a year, 100 in all.
    a2020, a2021, a2022 = ((50, 10, 10, 10, 20), (60, 10, 10, 10, 10), (15, 15, 15, 15, 40))
    ledgers = {
        2020: [],
        2021: [*revenues("A1", 2020, *a2020), *revenues("A1", 2021, *a2021)],
        2022: [*revenues("A1", 2021, 1, 1, 1, 1, 96), *revenues("A1", 2022, *a2022)],
    }
    # Parcels are kept from 2022 on, with rows of 2021: of that year HOME has figures of enterprises alone.
    land = [
        parcel(1, "A1", 2022, 75, owner_credit_code=credit_code(1)), parcel(2, "A1", 2022, 25, state="闲置"),
        parcel(1, "A1", 2021, 60, owner_credit_code=credit_code(1)), parcel(2, "A1", 2021, 40, state="闲置"),
    ]  # fmt: skip
    for year, rows in ledgers.items():
        data = filings(folder / str(year), scheme, year)
        if rows:
            (data / "台账").mkdir()
            write(data / "台账" / f"直报-{year}.parquet", rows)
        if year == 2022:
            write(data / "台账" / "地块.parquet", land)
        evaluate(
            [data], str(scheme), year, Home(target), reports=False, workers=1, progress=lambda what, done, total: None
        )
    return target


def indicators(home: Path, year: int, park: str = "A1") -> dict[str, object]:
    own = read_results(home / "results.duckdb")["indicators"].filter(park_code=park, year=year)
    return {one["indicator"]: one["value"] if one["value"] is not None else one["reason"] for one in own.to_dicts()}


def texts(step: Step) -> list[str]:
    return [step.text, *(text for part in step.parts for text in texts(part))]


def test_this_year_comes_from_the_run_and_the_years_before_from_home(home: Path) -> None:
    assert indicators(home, 2020)["top_four_pct"] == "没有 2020 年企业台账的汇总数"
    # 2020: 50 + 20 + 10 + 10 = 90; 2021: 60 + 10 + 10 + 10 = 90; 2022: 40 + 15 + 15 + 15 = 85
    assert (indicators(home, 2021)["top_four_pct"], indicators(home, 2021)["top_four_change"]) == (90, 0)
    now = indicators(home, 2022)
    assert (now["top_four_pct"], now["top_four_change"], now["idle_pct"], now["idle_change"]) == (85, -5, 25, -15)
    assert indicators(home, 2022, "A2")["idle_pct"] == "没有 2022 年地块台账的汇总数"
    figures = read_results(home / "results.duckdb")["ledger_figures"].filter(figure="cr4_pct")
    assert figures.select("run_year", "year", "value").rows() == [(2021, 2020, 90), (2021, 2021, 90), (2022, 2022, 85)]
    assert not verify(Home(home))


def test_the_same_stages_run_again_give_what_was_published(home: Path) -> None:
    published = read_results(home / "results.duckdb")
    for year in (2021, 2022):
        kept = kept_run(Home(home), published, "cases", year)
        again = published_tables(judge(kept.basis(), kept.book), kept.trusted.filings, kept.book)
        for name in ("indicators", "scores", "ranking", "proposals"):
            assert again[name].equals(kept.tables[name]), (year, name)


def test_a_run_is_repeated_from_what_it_kept(home: Path, tmp_path: Path) -> None:
    before = read_results(home / "results.duckdb")
    run = before["runs"].filter(year=2020)["run_id"].item()
    inputs = home / "runs" / "2020" / run / "inputs"
    scheme = home.parent / "我的办法" / "办法.toml"
    target = Home(tmp_path / "again")
    quiet = {"reports": False, "workers": 1, "progress": lambda what, done, total: None}
    evaluate([inputs], str(scheme), 2020, target, **quiet)  # type: ignore[arg-type]
    run = before["runs"].filter(year=2021)["run_id"].item()
    evaluate([home / "runs" / "2021" / run / "inputs"], str(scheme), 2021, target, **quiet)  # type: ignore[arg-type]
    again = read_results(target.results)
    for name in ("indicators", "ledger_figures", "ledger_files"):
        run_year = "run_year" if name == "ledger_figures" else "year"
        assert again[name].equals(before[name].filter(pl.col(run_year) <= 2021)), name


def test_explain_tells_figure_formula_clause_source_and_files_and_no_row(home: Path) -> None:
    tables = read_results(home / "results.duckdb")
    said = texts(explain(tables, "cases", 2022, "A1", "top_four_change"))
    assert any(text.startswith("公式：ledger.cr4_pct - prev.ledger.cr4_pct") for text in said)
    assert "前四家企业营业收入占比（cr4_pct）2022 年：85 %（由企业台账汇总，5 行；统计汇总）" in said
    assert "前四家企业营业收入占比（cr4_pct）2021 年：90 %（由企业台账汇总，5 行；统计汇总）" in said
    formula = "公式：100 * TOP_SUM(enterprises.revenue_10k_cny, 4) / SUM(enterprises.revenue_10k_cny)（统计部门分析用）"
    assert formula in said
    files = dict(tables["ledger_files"].filter(year=2022).select("source_file", "sha256").rows())
    assert f"企业台账文件 直报-2022.parquet，SHA-256 {files['直报-2022.parquet']}" in said
    assert (
        f"企业台账文件 直报-2021.parquet，SHA-256 {tables['ledger_files'].filter(year=2021)['sha256'].item()}" in said
    )
    assert not any("地块" in text for text in said)
    everything = "\n".join(texts(explain(tables, "cases", 2022, "A1", full=True)))
    assert "秘密企业" not in everything and credit_code(1) not in everything


def test_indicators_of_enterprises_are_closed_in_releases_and_those_of_land_are_open(home: Path) -> None:
    kept = kept_run(Home(home), read_results(home / "results.duckdb"), "cases", 2022)
    parks = pl.DataFrame({"park_code": ["A1"], "item": ["sold"], "open": [True]})
    assert closed_indicators(parks, kept.book, {})["A1"] == {"top_four_pct", "top_four_change"}


def test_schemes_check_names_an_unknown_figure_with_its_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scheme = own_scheme(tmp_path / "办法", OWN.replace('"ledger.cr4_pct"', '"ledger.cr4"'))
    assert run_command(cli, ["schemes", "check", str(scheme)]) == 5
    said = capsys.readouterr().err
    assert "ledger.cr4 没有定义" in said
    assert "改为cr4_pct" in said


def test_what_an_earlier_version_kept_is_refused_in_plain_words(home: Path, tmp_path: Path) -> None:
    from parkeval.ledgers import from_ledgers
    from validation.ledgers.definition import Ledgers
    from validation.problems import DataRefused

    (tmp_path / "企业记录").mkdir()
    with pytest.raises(DataRefused, match="改名为“台账”"):
        from_ledgers([tmp_path], LedgerFiles(), Ledgers(), 2022)
    (tmp_path / "企业记录" / "企业汇总").mkdir()
    pl.DataFrame().write_parquet(tmp_path / "企业记录" / "企业汇总" / "figures.parquet")
    with pytest.raises(DataRefused, match="较早版本的批次留存的企业汇总"):
        from_ledgers([tmp_path], LedgerFiles(), Ledgers(), 2022)


def test_past_years_and_chances_under_the_same_rules_rest_on_the_same_figures(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(cli, ["backtest", str(home), "--parameter", "minimum_group=2"]) == 0
    said = capsys.readouterr().out
    assert "得分或位次变动的园区（0）" in said and "建议变动（0）" in said
    # A draw may leave out the one indicator of the scheme: nobody has a total then.
    assert run_command(cli, ["robustness", str(home), "--year", "2022", "--draws", "100"]) == 0
    assert "A1" in capsys.readouterr().out
