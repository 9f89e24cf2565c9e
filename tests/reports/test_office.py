"""What an office may change, by the example in sample_data/office, and how mistakes in it are told."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import polars as pl
import pytest

import sample_data
from parkeval.errors import Exit, exit_status
from report_templates.bulletin_view import bulletin_view
from report_templates.chapters import DOCUMENTS, chapters_of
from report_templates.leaders_view import leaders_view
from report_templates.office import Office, Settings, load_office
from report_templates.pages import Pages, headings, plain_pages
from report_templates.park_view import park_view
from report_templates.press import Press
from report_templates.published import Published
from report_templates.render import render_reports
from report_templates.scheme_view import scheme_view
from report_templates.stylesheet import default_colours
from report_templates.typefaces import FONTS, stacks
from tests.reports import fabricated
from validation.problems import DefinitionRefused

EXAMPLE = Path(sample_data.__file__).parent / "office"
PARK = "YN5328-09"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example that a test may spoil."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "office"))


def refused(folder: Path) -> list[str]:
    with pytest.raises(DefinitionRefused) as raised:
        load_office(folder)
    assert exit_status(raised.value) == Exit.DEFINITION
    return [str(problem) for problem in raised.value.problems]


def test_the_example_sets_signature_red_head_order_words_and_colours(results: Published) -> None:
    pages = Pages(load_office(EXAMPLE))
    report = pages.html("park.html.j2", park_view(results, PARK))
    heads = re.findall(r"<h2>[^、]+、([^<]+)</h2>", report)
    assert heads[:3] == ["各方面得分", "优势和短板", "处理意见（征求意见稿）"]
    assert len(heads) == len(set(heads)) >= 6
    assert "西双版纳州工业和信息化局（示例）<br>景洪　2026年9月10日" in report
    assert "请园区于收到之日起十个工作日内核对" in report
    assert 'class="issuer' not in report
    assert "#1d4d3a" in report
    assert default_colours()["accent"] not in report
    bulletin = pages.html("bulletin.html.j2", bulletin_view(results))
    assert "西双版纳州工业和信息化局文件</p>" in bulletin
    assert "西工信〔2026〕12 号</p>" in bulletin
    assert "抄送：州人民政府办公室" in bulletin


def chapters_in(page: str, document: str) -> list[str]:
    """The chapters and annexes of a printed page, by the names under which an office orders them."""
    heads = [re.sub(r"<[^>]+>", "", head) for head in re.findall(r"<h2[^>]*>(.+?)</h2>", page)]
    return [
        name
        for head in heads
        for name in chapters_of(document)
        if re.split("[、　]", head, maxsplit=1)[1].endswith(name)
    ]


VIEWS = {"park.html.j2": lambda results: park_view(results, PARK), "bulletin.html.j2": bulletin_view,
         "method.html.j2": scheme_view, "leaders.html.j2": leaders_view}  # fmt: skip


@pytest.mark.parametrize("document", sorted(DOCUMENTS))
def test_every_paper_with_chapters_takes_order_and_omissions_from_the_office(results: Published, document: str) -> None:
    template = DOCUMENTS[document]
    view = VIEWS[template](results)
    first, second, third, *rest = chapters_in(plain_pages().html(template, view), document)
    settings = Settings(chapters={document: (third,)}, omitted={document: (first,)})
    assert chapters_in(Pages(Office(settings=settings)).html(template, view), document) == [third, second, *rest]


def test_annexes_that_are_left_out_are_not_listed_either(results: Published) -> None:
    document = "园区绩效评价报告"
    office = Office(settings=Settings(omitted={document: ("参数", "评价方法和算式")}))
    page = Pages(office).html("park.html.j2", park_view(results, PARK))
    assert "附件：1. 规则判定一览<br>2. 目标和监测指标明细<br>3. 所依据的统计数据</p>" in page
    assert "附件 3　所依据的统计数据" in page and "附件 4" not in page


def test_a_red_head_addresses_the_paper_and_ends_it(results: Published) -> None:
    bulletin = Pages(load_office(EXAMPLE)).html("bulletin.html.j2", bulletin_view(results))
    assert '<p class="plain">各园区管委会：</p>' in bulletin
    assert "各县（市）人民政府。</p>" in bulletin and "<span>2026年9月10日印发</span>" in bulletin


def test_the_product_itself_has_no_red_head(results: Published) -> None:
    report = Pages(Office()).html("bulletin.html.j2", bulletin_view(results))
    assert "red-head" not in report
    assert "处理建议" in headings()


def test_a_run_keeps_what_pages_are_made_of_and_no_contacts(folder: Path, tmp_path: Path) -> None:
    for name in ("联系人.toml", "送达邮件.txt", "单位.p12"):
        (folder / name).write_text("个人信息", encoding="utf-8")
    kept = {path.relative_to(folder).as_posix() for path in load_office(folder).sources()}
    assert "office.toml" in kept
    assert not kept & {"联系人.toml", "送达邮件.txt", "单位.p12"}
    assert all((folder / name).is_file() for name in kept)
    assert Office().sources() == ()


def test_fonts_of_the_office_come_first_and_only_those_it_has(folder: Path) -> None:
    from fontTools.ttLib import TTFont

    (folder / "fonts").mkdir()
    font = TTFont(FONTS / "ParkevalKai-Regular.ttf")
    for record in font["name"].names:
        record.string = "仿宋_GB2312" if record.nameID == 1 else record.toUnicode()
    font.save(folder / "fonts" / "fang.ttf")
    font.close()
    files = load_office(folder).font_files
    assert stacks(files)["fang"].startswith("'仿宋_GB2312', 'Parkeval Fang', ")
    assert stacks(files)["title"] == stacks(())["title"]
    printed = Press(files).print(
        f"<html lang='zh'><head><title>x</title></head><body><p style=\"font-family: {stacks(files)['fang']}\">园区</p></body></html>"
    )
    assert printed.problems == ()


SETTINGS = [
    ("accent =", 'accent = "green" #', "colours.accent（第 19 行）", "写法不符合规定"),
    ('accent = "#1d4d3a"', 'akzent = "#1d4d3a"', "colours.akzent（第 19 行）", "没有这一项"),
    ('"处理建议" =', '"处理意建" =', "words.处理意建（第 28 行）", "没有这一项"),
    ('["各方面得分",', '["各方面的分",', "chapters.园区绩效评价报告（第 25 行）", "没有“各方面的分”这一章"),
    ('"园区绩效评价报告" = [', '"园区报告" = [', "chapters.园区报告（第 25 行）", "没有这一项"),
    ("issuer =", "isuer =", "red_head.1.isuer（第 7 行）", "未知的键"),
    ('logo = "logo.svg"', 'logo = "../../etc/passwd"', "logo", "不可用"),
    ("[colours]", "[colours", "office.toml", "line 18"),
    ("seal_space = true", 'seal_space = "也许"', "signature.seal_space（第 16 行）", "应为"),
]


@pytest.mark.parametrize(("right", "wrong", "place", "said"), SETTINGS)
def test_a_wrong_setting_is_told_with_file_and_line(
    folder: Path, right: str, wrong: str, place: str, said: str
) -> None:
    path = folder / "office.toml"
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    told = refused(folder)
    assert any(place in one and said in one and str(path) in one for one in told), told


TEMPLATES = [
    ("park.html.j2", "{% block content %}\n\n{% if view %}", "第 3 行", "模板语法错误"),
    ("park.html.j2", "{% extends 'nothing.j2' %}", "第 1 行", "没有模板 nothing.j2"),
    ("park.html.j2", "\n{% include '../office.toml' %}", "第 2 行", "没有模板 ../office.toml"),
    ("parc.html.j2", "<p>x</p>", "parc.html.j2", "不替换任何模板"),
]


@pytest.mark.parametrize(("name", "text", "place", "said"), TEMPLATES)
def test_a_broken_template_is_told_with_file_and_line(
    folder: Path, name: str, text: str, place: str, said: str
) -> None:
    (folder / "templates" / name).write_text(text, encoding="utf-8")
    told = refused(folder)
    assert any(place in one and said in one and f"/templates/{name}" in one for one in told), told


BREAKING = [
    ("{{ view.no_such_thing }}", "no_such_thing"),
    ("{{ ''.__class__.__mro__ }}", "__class__"),
    ("{{ 1 / 0 }}", "division by zero"),
    ("{{ in_order.__globals__ }}", "__globals__"),
]


@pytest.mark.parametrize(("text", "said"), BREAKING)
def test_what_breaks_while_printing_stops_everything_with_file_and_line(
    folder: Path, tables: dict[str, pl.DataFrame], tmp_path: Path, text: str, said: str
) -> None:
    path = folder / "templates" / "park.html.j2"
    path.write_text(f"<html><body>\n\n{text}</body></html>", encoding="utf-8")
    with pytest.raises(DefinitionRefused) as raised:
        render_reports(
            tables, fabricated.SCHEME, 2025, tmp_path / "out", parks=[PARK], bulletin=False, workers=1, office=folder
        )
    (problem,) = raised.value.problems
    assert problem.place == f"{path} 第 3 行"
    assert said in problem.found


def test_two_processes_refuse_a_broken_folder_too(
    folder: Path, tables: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    (folder / "office.toml").write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(DefinitionRefused) as raised:
        render_reports(tables, fabricated.SCHEME, 2025, tmp_path / "out", parks=[PARK], workers=2, office=folder)
    assert "office.toml 的 x（第 1 行）" in str(raised.value)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path / "none") == [
        f"{tmp_path / 'none'}：没有这个文件夹；应为：单位模板文件夹；处理：检查 --office 的路径"
    ]
