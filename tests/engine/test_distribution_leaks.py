"""What of another park is found in a package, and what is no alarm: on the published results of all demo years."""

from __future__ import annotations

import io
import json
import re
import zipfile
from html import unescape

import polars as pl
import pytest
import xlsxwriter

from parkeval.distribution.contents import Text, Unreadable, texts
from parkeval.distribution.leaks import Secrets, leaks, secrets_of
from parkeval.distribution.own_data import OwnData
from parkeval.distribution.rules import load_rules
from parkeval.store import Tables
from report_templates.bulletin_view import bulletin_view
from report_templates.pages import bulletin_html, park_html
from report_templates.park_view import park_view
from report_templates.press import Press
from report_templates.published import published as rows_of
from tests.engine.small_papers import small_pdf

SCHEME = "xishuangbanna-2023"
OWN, OTHER = "YN5328-04", "YN5328-05"
PARKS = 12


def printed(html: str) -> str:
    """The words of a page, without its markup and styles."""
    body = re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
    return unescape(re.sub(r"<[^<>]*>", "\n", body))


def of_year(tables: Tables, year: int) -> tuple[Secrets, dict[str, list[Text]]]:
    """What is to be kept, and per park what its report and its data files say."""
    rows = rows_of(tables, SCHEME, year)
    public = Text("通报", printed(bulletin_html(bulletin_view(rows))))
    own = OwnData(tables, SCHEME, year)
    said = {}
    for row in rows.rows("parks"):
        code = row["park_code"]
        said[code] = [Text("报告", printed(park_html(park_view(rows, code))))]
        said[code] += [text for name, data in own.files(code) for text in texts(name, data)]
    return secrets_of(tables, SCHEME, year, [public], load_rules()), said


@pytest.fixture(scope="module")
def secrets(published: Tables) -> Secrets:
    return of_year(published, 2025)[0]


@pytest.mark.parametrize("year", range(2021, 2026))
def test_no_alarm_over_what_the_parks_are_really_sent(published: Tables, year: int) -> None:
    secrets, said = of_year(published, year)
    assert len(said) >= PARKS - 1
    for code, found in said.items():
        assert leaks(found, code, secrets) == []


def test_another_parks_report_is_found_in_every_package(published: Tables) -> None:
    secrets, said = of_year(published, 2025)
    for code, found in said.items():
        for other in sorted(set(said) - {code})[:2]:
            # Without code and name the figures alone must tell.
            anonymous = [Text(text.place, text.text.replace(other, "")) for text in said[other][:1]]
            assert {leak.park_code for leak in leaks([*found, *anonymous], code, secrets)} == {other}


def value(tables: Tables, item: str, park: str = OTHER, year: int = 2025) -> str:
    found = tables["statistics"].filter(pl.col("park_code") == park, pl.col("year") == year, pl.col("item") == item)
    return f"{found['value'][0].normalize():f}"


def workbook(cells: list[str], hidden: bool = False, comment: str = "") -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.add_worksheet("表")
        sheet = book.add_worksheet("备")
        for row, cell in enumerate(cells):
            sheet.write(row, 0, float(cell) if re.fullmatch(r"[\d.]+", cell) else cell)
        if comment:
            sheet.write_comment(0, 1, comment)
        if hidden:
            sheet.very_hidden()
    return target.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize("place", ["pdf", "attachment", "workbook", "hidden sheet", "csv", "json", "zip", "unit", "thousands", "wide", "csv beside"])  # fmt: skip
def test_one_long_figure_is_found_wherever_it_stands(published: Tables, secrets: Secrets, place: str) -> None:
    figure = value(published, "revenue_10k_cny")
    assert len(figure.replace(".", "")) >= 8
    name, content = {
        "pdf": ("a.pdf", small_pdf([figure])),
        "attachment": ("a.pdf", small_pdf(["nothing"], {"data.json": json.dumps({"x": float(figure)}).encode()})),
        "workbook": ("a.xlsx", workbook([figure])),
        "hidden sheet": ("a.xlsx", workbook([figure], hidden=True)),
        "csv": ("a.csv", f"项目,数值\n营业收入,{figure}\n".encode()),
        "json": ("a.json", json.dumps([float(figure)]).encode()),
        "zip": ("a.zip", zipped("b.csv", f"x,{figure}\n".encode())),
        "unit": ("a.txt", f"{float(figure) / 10000:.10g} 亿元".encode()),
        "wide": ("a.txt", figure.translate(str.maketrans("0123456789.", "０１２３４５６７８９．")).encode()),
        "csv beside": ("a.csv", f"97,118,{figure},2025,446\n".encode()),
        "thousands": ("a.txt", f"营业收入{float(figure):,.2f}万元".encode()),
    }[place]
    (found,) = leaks(list(texts(name, content)), OWN, secrets)
    assert found.park_code == OTHER
    assert figure.replace(".", "").strip("0") in found.what
    assert leaks(list(texts(name, content)), OTHER, secrets) == []


def test_short_and_round_figures_tell_nothing(secrets: Secrets) -> None:
    said = "户数 97，亩数 1118，比重 75.4%，比上年 17.5%，界线 50000 万元，1000000，2025 年，33.3333%，66.6667，14.2857142857"
    assert leaks([Text("报告", said)], OWN, secrets) == []


def test_what_the_bulletin_says_is_public(published: Tables) -> None:
    figure, rules = value(published, "revenue_10k_cny"), load_rules()
    said = [Text("报告", f"青岭产业园区（虚构）的营业收入为 {figure} 万元")]
    closed = secrets_of(published, SCHEME, 2025, [], rules)
    assert [leak.what.split()[0] for leak in leaks(said, OWN, closed)] == ["园区名称", "有效数字为"]
    assert leaks(said, OWN, secrets_of(published, SCHEME, 2025, said, rules)) == []


def test_scores_are_public_by_rule_and_no_more_without_it(published: Tables) -> None:
    score = published["scores"].filter(year=2025, park_code=OTHER, node="total", scheme=SCHEME)["score"][0]
    said = [Text("报告", f"{score!r}")]
    rules = load_rules()
    assert leaks(said, OWN, secrets_of(published, SCHEME, 2025, [], rules)) == []
    without = rules.model_copy(update={"public": ()})
    assert [leak.park_code for leak in leaks(said, OWN, secrets_of(published, SCHEME, 2025, [], without))] == [OTHER]


@pytest.mark.parametrize(
    "said",
    [
        "见 YN5328-05 的报告",
        "园区代码YN5328-05级别省级",
        "园区代码 YN5328-\n05",
        "文件 2025/YN5328-05-青岭.xlsx",
    ],
)
def test_a_foreign_code_is_found(secrets: Secrets, said: str) -> None:
    assert [leak.what for leak in leaks([Text("报告", said)], OWN, secrets)] == ["园区代码 YN5328-05"]


def test_a_code_within_a_longer_one_is_no_alarm(secrets: Secrets) -> None:
    assert leaks([Text("报告", "YN5328-055 XYN5328-05 YN5328-05a")], OWN, secrets) == []


def test_a_name_is_found_across_lines_but_not_within_ones_own(published: Tables) -> None:
    renamed = published | {
        "parks": published["parks"].with_columns(
            pl.col("name").replace({"青岭产业园区（虚构）": "青岭产业园区", "澜东产业园区（虚构）": "大青岭产业园区"})
        ),
        "records": published["records"].filter(pl.col("form") != "parks"),
    }
    secrets = secrets_of(renamed, SCHEME, 2025, [], load_rules())
    assert leaks([Text("报告", "大青岭产业园区 2025 年度")], OWN, secrets) == []
    (found,) = leaks([Text("报告", "大青岭产业园区与青岭产\n业园区")], OWN, secrets)
    assert (found.what, found.park_code) == ("园区名称 青岭产业园区", OTHER)


def test_a_name_in_a_comment_or_a_file_name_is_found(published: Tables) -> None:
    secrets = secrets_of(published, SCHEME, 2025, [], load_rules())
    for name, content in (
        ("a.xlsx", workbook(["x"], comment="抄自青岭产业园区（虚构）")),
        ("青岭产业园区（虚构）.txt", b"x"),
    ):
        assert {leak.park_code for leak in leaks(list(texts(name, content)), OWN, secrets)} == {OTHER}


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.pdf", b"%PDF-1.7 broken"), ("a.xlsx", b"PK\x03\x04 broken"), ("a.bin", bytes(range(128, 256)))],
)
def test_what_cannot_be_looked_into_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(Unreadable):
        list(texts(name, content))


def test_titles_bookmarks_and_archival_metadata_are_looked_into(published: Tables) -> None:
    body = "<html lang=zh><head><title>甲 YN5328-06</title></head><body><h1 style='bookmark-label: \"YN5328-05\"'>x</h1></body></html>"
    found = list(texts("a.pdf", Press().print(body).content))
    secrets = secrets_of(published, SCHEME, 2025, [], load_rules())
    assert {(leak.place, leak.park_code) for leak in leaks(found, OWN, secrets)} == {
        ("a.pdf 文档信息", "YN5328-06"),
        ("a.pdf 书签", "YN5328-05"),
    }
    assert any(
        "YN5328-06" in packet for text in found if "文档信息" in text.place for packet in text.text.split("\n")[-40:]
    )


def test_archives_within_archives_end(secrets: Secrets) -> None:
    content = b"x"
    for _ in range(8):
        content = zipped("a.zip", content)
    with pytest.raises(Unreadable):
        list(texts("a.zip", content))


def test_words_that_stand_for_a_drawing_are_looked_at() -> None:
    drawing = f'<svg viewBox="0 0 9 9" width="9"><title>比 {OTHER} 高</title><path d="M0 0h9" stroke="#000"/></svg>'
    page = f'<html lang="zh"><head><title>x</title></head><body><p>甲</p>{drawing}</body></html>'
    found = [text for text in texts("报告.pdf", Press().print(page).content) if OTHER in text.text]
    assert [text.place for text in found] == ["报告.pdf 第 1 页图的说明"]
