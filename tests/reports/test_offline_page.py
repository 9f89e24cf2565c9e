"""The offline page: its figures, its form, what it may load and run, names that are meant to break it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import polars as pl
import pytest

from report_templates import page_view as page_module
from report_templates.bulletin_view import bulletin_view
from report_templates.offline_page import page_files
from report_templates.page_view import page_view
from report_templates.park_view import park_view
from report_templates.published import Published, published
from report_templates.whole_results import write_whole
from scoring.schema import result_tables
from tests.reports import fabricated, fabricated_scheme

HOSTILE = '</script><img src="file:///etc/passwd" onerror=a()>{{7*7}}]]><!--&lt;\x00\x1bx\u202e'


def files_of(results: Published) -> dict[str, str]:
    return dict(page_files(page_view(results, bulletin_view(results)), lambda code: park_view(results, code)))


def only(files: dict[str, str]) -> str:
    (content,) = files.values()
    return content


@pytest.fixture(scope="module")
def page(results: Published) -> str:
    return only(files_of(results))


def tree(content: str) -> ElementTree.Element:
    return ElementTree.fromstring(content.removeprefix("<!DOCTYPE html>").strip())


def texts(element: ElementTree.Element) -> Iterator[str]:
    """What is read without script: the text of everything but styles, scripts and data."""
    if element.tag in ("script", "style"):
        return
    yield element.text or ""
    for child in element:
        yield from texts(child)
        yield child.tail or ""


def text_of(element: ElementTree.Element) -> str:
    return re.sub(r"\s+", "", "".join(texts(element)))


def figure(value: float | None, decimals: int) -> str:
    if value is None:
        return "—"
    return f"{Decimal(str(value)).quantize(Decimal(10) ** -decimals, ROUND_HALF_UP):,f}".replace("-0.00", "0.00")


def test_the_profile_of_every_park_holds_its_figures(page: str, tables: dict[str, pl.DataFrame]) -> None:
    decimals = {indicator.code: indicator.decimals for indicator in fabricated_scheme.INDICATORS}
    profiles = {one.get("id"): text_of(one) for one in tree(page).iter("article")}
    of_year = {name: tables[name].filter(pl.col("year") == 2025).to_dicts() for name in ("indicators", "targets", "scores", "ranking", "proposals")}  # fmt: skip
    expected: list[tuple[str, str]] = []
    for row in of_year["indicators"]:
        places = decimals[row["indicator"]]
        expected += [
            (row["park_code"], figure(row[name], places)) for name in ("value", "previous_value", "group_mean")
        ]
    for row in of_year["targets"]:
        names = ("value", "target_value", "base_value", "pace_value", "projected_value")
        expected += [(row["park_code"], figure(row[name], decimals[row["indicator"]])) for name in names]
        expected += [(row["park_code"], figure(row["attainment_pct"], 1))]
    for row in of_year["scores"]:
        expected += [(row["park_code"], figure(row["points"], 2))]
        expected += [(row["park_code"], figure(row["normalised"], 2))] if row["kind"] == "dimension" else []
        expected += [(row["park_code"], row["worked"])] if row["kind"] == "indicator" and row["worked"] else []
    for row in of_year["ranking"]:
        if row["rank"] is not None:
            expected += [(row["park_code"], f"第{row['rank']}位"), (row["park_code"], figure(row["score"], 2))]
    for row in of_year["proposals"]:
        expected += [(row["park_code"], row[name]) for name in ("label", "action", "evidence", "clause")]
        due = row["due_date"]
        expected += [(row["park_code"], f"{due.year}年{due.month}月{due.day}日")] if due else []
    missing = {(code, said) for code, said in expected if re.sub(r"\s+", "", said) not in profiles[code]}
    assert missing == set()
    assert len(profiles) == len(fabricated_scheme.PARKS)


def test_the_profile_names_the_neighbours_in_the_ranking(page: str, tables: dict[str, pl.DataFrame]) -> None:
    profiles = {one.get("id"): text_of(one) for one in tree(page).iter("article")}
    names = {park.code: park.name for park in fabricated_scheme.PARKS}
    levels = {park.code: park.level for park in fabricated_scheme.PARKS}
    ranked = tables["ranking"].filter((pl.col("year") == 2025) & pl.col("rank").is_not_null()).to_dicts()
    for level in set(levels.values()):
        own = sorted((row for row in ranked if row["group"] == level), key=lambda row: row["rank"])
        for before, after in pairwise(own):
            gap = figure(before["score"] - after["score"], 2)
            said = f"前一位是{names[before['park_code']]}（{figure(before['score'], 2)}分，高{gap}分）"
            assert said in profiles[after["park_code"]]
            said = f"后一位是{names[after['park_code']]}（{figure(after['score'], 2)}分，低{gap}分）"
            assert said in profiles[before["park_code"]]


def test_the_overview_holds_every_ranking_and_every_target_of_the_region(
    page: str, tables: dict[str, pl.DataFrame]
) -> None:
    overview = next(one for one in tree(page).iter("div") if one.get("id") == "overview")
    text = text_of(overview)
    for row in tables["region_targets"].filter(pl.col("year") == 2025).to_dicts():
        places = 2 if row["decimals"] is None else row["decimals"]
        for name in ("value", "target_value", "base_value", "pace_value"):
            assert figure(row[name], places) in text, (row["label"], name)
    names = {park.code: park.name for park in fabricated_scheme.PARKS}
    ranked = tables["ranking"].filter((pl.col("year") == 2025) & pl.col("rank").is_not_null()).to_dicts()
    lines = ["".join(texts(row)).replace(" ", "") for row in overview.iter("tr")]
    for row in ranked:
        starts = f"{row['rank']}{'（并列）' if row['tied'] else ''}{names[row['park_code']]}".replace(" ", "")
        assert any(line.startswith(starts) and figure(row["score"], 2) in line for line in lines), starts
    for row in tables["definitions"].filter((pl.col("year") == 2025) & (pl.col("kind") == "indicator")).to_dicts():
        assert re.sub(r"\s+", "", row["label"]) in text


def test_nothing_is_loaded_and_only_its_own_script_runs(page: str) -> None:
    root = tree(page)
    (policy,) = (one.get("content") for one in root.iter("meta") if one.get("http-equiv"))
    assert policy is not None
    allowed = {name: set(words) for name, *words in (part.split() for part in policy.split(";"))}
    assert allowed["default-src"] == {"'none'"}
    assert allowed["base-uri"] == allowed["form-action"] == {"'none'"}

    def digests(tag: str, opening: str) -> set[str]:
        blocks = re.findall(rf"{opening}(.*?)</{tag}>", page, re.S)
        return {f"'sha256-{b64encode(sha256(block.encode()).digest()).decode()}'" for block in blocks}

    assert allowed["style-src"] == digests("style", "<style>")
    assert allowed["script-src"] == digests("script", "<script>")
    assert "http:" not in page and "https:" not in page and "@import" not in page and "url(" not in page
    for element in root.iter():
        assert element.tag not in ("img", "link", "iframe", "object", "embed", "base", "audio", "video", "image", "use")
        for name, value in element.attrib.items():
            assert not name.startswith("on") and name not in ("src", "srcset", "style", "action"), (element.tag, name)
            if name == "href":
                assert value.startswith("#")


def test_every_link_leads_somewhere_and_every_id_is_one(page: str) -> None:
    root = tree(page)
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    targets = {unquote(str(one.get("href"))[1:]) for one in root.iter("a")}
    assert targets <= set(ids)


def test_it_can_be_read_without_seeing_it(page: str) -> None:
    root = tree(page)
    assert root.get("lang") == "zh-CN"
    for head in root.iter("th"):
        assert head.get("scope") in ("col", "row", "rowgroup")
    keys = {id(drawing) for key in root.iter("p") if key.get("aria-hidden") for drawing in key.iter("svg")}
    for drawing in (one for one in root.iter("svg") if id(one) not in keys):
        role, title = drawing.get("role"), drawing.find("title")
        assert drawing.get("aria-hidden") == "true" or (role == "img" and title is not None and title.text)
    names = [one.get("aria-label") for one in root.iter("div") if one.get("role") == "region" and one.get("aria-label")]
    assert len(names) == len(set(names))


def test_nothing_stays_folded_on_paper_with_a_script_or_without(page: str) -> None:
    assert page.count("<details") > 2
    style, script = page[: page.index("</style>")], page[page.rindex("<script") :]
    printed = style[style.index("@media print") :]
    assert "details::details-content { content-visibility: visible" in printed
    assert 'addEventListener("beforeprint"' in script and 'addEventListener("afterprint"' in script


def test_the_same_results_give_the_same_page(page: str, tables: dict[str, pl.DataFrame]) -> None:
    shuffled = {name: frame.sample(fraction=1.0, shuffle=True, seed=3) if name in ("ranking", "runs") else frame for name, frame in tables.items()}  # fmt: skip
    assert only(files_of(published(shuffled, fabricated.SCHEME, 2025))) == page


def test_how_sure_a_rank_is_stands_where_it_was_computed(tables: dict[str, pl.DataFrame], page: str) -> None:
    assert "位次的把握" not in page
    own = (pl.col("park_code") == "YN5328-01") & (pl.col("year") == 2025)
    group = tables["parks"].filter(own)["level"][0]
    row = {"scheme": fabricated.SCHEME, "year": 2025, "park_code": "YN5328-01", "group": group, "rank_median": 3,
           "rank_p05": 1, "rank_p95": 6, "statement": "试算的一句话"}  # fmt: skip
    robustness = result_tables()["robustness"].conform(pl.DataFrame([row]))
    more = only(files_of(published(tables | {"robustness": robustness}, fabricated.SCHEME, 2025)))
    (text,) = (text_of(one) for one in tree(more).iter("article") if one.get("id") == "YN5328-01")
    assert "中位第3位，九成情形在第1至6位" in text


def test_hostile_names_stay_text(changed: Callable[..., Any]) -> None:
    tables = changed("parks", lambda row: row | {"name": HOSTILE, "leading_industries": HOSTILE, "note": HOSTILE})
    content = only(files_of(published(tables, fabricated.SCHEME, 2025)))
    root = tree(content)
    assert not list(root.iter("img"))
    assert len(list(root.iter("script"))) == content.count("<script") == content.count("</script>") == 3
    said = '</script><img src="file:///etc/passwd" onerror=a()>{{7*7}}]]><!--&lt; x'
    heads = ["".join(texts(one)) for one in root.iter("h2")]
    assert heads.count(said) == len(fabricated_scheme.PARKS)
    data = json.loads(next(one for one in root.iter("script") if one.get("type") == "application/json").text or "")
    assert {park["name"] for park in data["parks"]} == {said}
    assert "\u202e" not in content and "\x1b" not in content


def test_a_code_that_is_no_id_still_has_its_profile(
    tables: dict[str, pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed = {
        name: frame.with_columns(pl.col("park_code").replace("YN5328-01", '#"><b>')) if "park_code" in frame.columns else frame
        for name, frame in tables.items()
    }  # fmt: skip
    test_every_link_leads_somewhere_and_every_id_is_one(only(files_of(published(renamed, fabricated.SCHEME, 2025))))


def test_many_parks_stand_in_files_of_their_own(results: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "WHOLE", 10)
    monkeypatch.setattr(page_module, "VOLUME", 5)
    files = files_of(results)
    stem = "西双版纳傣族自治州-2025-园区评价结果"
    assert list(files) == [f"{stem}.html", f"{stem}-02.html", f"{stem}-03.html", f"{stem}-04.html"]
    ids = {name: {one.get("id") for one in tree(content).iter()} for name, content in files.items()}
    shown = [one.get("id") for content in files.values() for one in tree(content).iter("article")]
    assert shown == [park.code for park in fabricated_scheme.PARKS]
    for name, content in files.items():
        for link in tree(content).iter("a"):
            file, _, anchor = unquote(str(link.get("href"))).partition("#")
            assert anchor in ids[file or name]


def test_page_and_book_are_made_together_or_alone(tables: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    made = write_whole(tables, fabricated.SCHEME, 2025, tmp_path, progress=lambda *at: seen.append(at))
    assert [report.path.name for report in made] == [
        "西双版纳傣族自治州-2025-园区评价结果.html",
        "西双版纳傣族自治州-2025-评价结果.xlsx",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(report.path.name for report in made)
    assert all(report.pages and not report.problems for report in made)
    assert seen == [(1, 2), (2, 2)]


def test_a_park_that_fails_does_not_stop_the_page(
    tables: dict[str, pl.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(results: Published, code: str) -> object:
        if code == "YN5328-03":
            raise LookupError("没有数据")
        return park_view(results, code)

    monkeypatch.setattr("report_templates.whole_results.park_view", fails)
    (made,) = write_whole(tables, fabricated.SCHEME, 2025, tmp_path, book=False)
    assert made.problems == ("园区 YN5328-03 没有页面：没有数据",)
    profiles = {one.get("id"): text_of(one) for one in tree(made.path.read_text(encoding="utf-8")).iter("article")}
    assert "本园区的内容未能生成" in profiles["YN5328-03"]
    assert "如何提出异议" in profiles["YN5328-04"]


def test_a_page_that_cannot_be_written_is_told(tables: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    (tmp_path / "西双版纳傣族自治州-2025-园区评价结果.html").mkdir()
    made = write_whole(tables, fabricated.SCHEME, 2025, tmp_path)
    assert [report.pages > 0 for report in made] == [False, True]
    assert made[0].problems[0].startswith("无法写入报告文件")
