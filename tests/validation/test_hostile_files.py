"""Files made to exhaust, crash or deceive a reader: each is one finding, within seconds, and the others are read."""

import io
import os
import random
import struct
import zipfile
from pathlib import Path

import polars as pl
import pytest

from tests.validation.filed_folder import FIRST, FORM_SET, file_name, write_park
from validation import archive
from validation.reading import read
from validation.reading_plan import plan_of
from validation.reading_process import read_path

NAMESPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)
ROW = '<table:table-row><table:table-cell office:value-type="float" office:value="1"/></table:table-row>'


def ods(rows=ROW, prolog="", **more):
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<office:document-content {NAMESPACES}><office:body>'
        f'<office:spreadsheet><table:table table:name="表">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        for name, part in more.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def parquet(columns):
    buffer = io.BytesIO()
    pl.DataFrame(columns).write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def far(rows):
    return f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell/></table:table-row>{ROW}'


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

REFUSED = {
    "far row.ods": (ods(far(1_048_575)), "第 1048576 行"),
    "value repeated.ods": (ods(ROW.replace("<table:table-row>", '<table:table-row table:number-rows-repeated="1048576">')), "第 1048576 行"),
    "wide.ods": (ods(ROW.replace("<table:table-cell ", '<table:table-cell table:number-columns-repeated="16384" ')), "第 16384 列"),
    "entities.ods": (ods(prolog='<!DOCTYPE a [<!ENTITY b "c">]>'), "DOCTYPE"),
    "macro.ods": (ods(**{"Basic/Standard/Module1.xml": "<a/>"}), "宏"),
    "locked.ods": (ods(**{"META-INF/manifest.xml": "<encryption-data/>"}), "密码"),
    "bomb.ods": (ods(" " * 30_000_000), "压缩比"),
    "cut.ods": (ods()[:-40], "损坏"),
    "not closed.ods": (ods("<table:table-row>"), "不是合法的 XML"),
    "picture.ods": (b"\x89PNG\r\n", "文件头不符"),
    "cut.xls": (OLE + b"\x00" * 100, "损坏"),
    "sectors of no size.xls": (OLE + b"\xff" * 2000, "损坏"),
    "chain without end.xls": (OLE + b"\x00" * 22 + struct.pack("<HH", 9, 6) + b"\x00" * 2000, "损坏"),
    "workbook.xls": (b"PK\x03\x04 of another kind", "内容是 .xlsx"),
    "empty.csv": (b"", "空的"),
    "nul.csv": (b"\x00" * 1000, "空字符"),
    "neither.csv": ("园区".encode("gb18030") + b"\xff\xff,1\n", "第 1 行有无法识别的字符"),
    "utf16.csv": ("园区,1".encode("utf-16"), "UTF-16"),
    "one line.csv": (b"a" * 15_000_000, "字段过长"),
    "open quote.csv": (b'"' + b"a\n" * 100_000, "字段过长"),
    "half quote.csv": (b'a,"b\n', "引号不成对"),
    "long.csv": (b"1,2\n" * 30_000, "超出表格大小"),
    "wide.csv": (b"1," * 301, "超出表格大小"),
    "rows.parquet": (parquet({"a": pl.repeat(1, 1_000_000, eager=True)}), "有 1000000 行"),
    "columns.parquet": (parquet({str(at): [1] for at in range(301)}), "有 301 列"),
    "nested.parquet": (parquet({"a": [[[1]]]}), "列“a”不是文字、数字或日期"),
    "bytes.parquet": (parquet({"a": [b"x"]}), "列“a”不是"),
    "inflates.parquet": (parquet({"a": ["x" * 30_000_000]}), "解压后超过 20 MB"),
    "long text.parquet": (parquet({"a": ["x" * 200_000]}), "字段过长"),
    "footer.parquet": (b"PAR1" + b"\x1c" * 500 + struct.pack("<I", 500) + b"PAR1", "损坏"),
    "footer too long.parquet": (b"PAR1" + struct.pack("<I", 1 << 31) + b"PAR1PAR1", "损坏"),
    "text.parquet": ("园区,1".encode(), "不是 Parquet"),
}  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Findings of all hostile files by name, read together with one honest filing."""
    folder = tmp_path_factory.mktemp("hostile")
    write_park(folder, FIRST, 2025)
    for name, (content, _) in REFUSED.items():
        (folder / name).write_bytes(content)
    with (folder / "sparse.csv").open("wb") as file:
        file.truncate(2 * 1024**3)
    reading = read(folder, FORM_SET)
    assert reading.filings["source_file"].to_list() == [file_name(FIRST, 2025)]
    assert reading.files.height == len(REFUSED) + 2
    return {row["source_file"]: row for row in reading.findings.iter_rows(named=True)}


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_file_is_a_finding(name, told):
    finding = told[name]
    assert (finding["check_id"], finding["severity"]) == ("file_unreadable", "错误")
    assert REFUSED[name][1] in finding["message"]
    assert finding["expected"] and finding["cure"]


def test_large_file_is_not_even_opened(told):
    assert "2048 MB" in told["sparse.csv"]["message"]


def _changed(content, change):
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, change(part) if name == "xl/worksheets/sheet2.xml" else part)
    return buffer.getvalue()


def _appended(cells):
    return lambda part: part.replace(b"</sheetData>", cells + b"</sheetData>")


HIDDEN_FAR_CELLS = {
    "single quotes": b"<row r='9'><c r='XFD1048576'><v>1</v></c></row>",
    "other attribute first": b'<row r="9"><c s="1" r="XFD1048576"><v>1</v></c></row>',
    "line break": b'<row r="9"><c\nr="XFD1048576"><v>1</v></c></row>',
    "character reference": b'<row r="9"><c r="&#88;FD1048576"><v>1</v></c></row>',
    "prefix": (
        b'<x:row xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" r="9">'
        b'<x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>'
    ),
    "no reference": b'<row r="1048576"><c><v>1</v></c></row>',
}


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    folder = tmp_path_factory.mktemp("park")
    write_park(folder, FIRST, 2025)
    return (folder / file_name(FIRST, 2025)).read_bytes()


def _read(path):
    contents = read_path(path.name, path, plan_of(FORM_SET))[1]
    return contents.filing, [finding.message for finding in contents.findings]


@pytest.mark.parametrize("how", HIDDEN_FAR_CELLS)
def test_far_cell_written_in_an_unusual_way(how, workbook, tmp_path):
    path = tmp_path / "甲.xlsx"
    path.write_bytes(_changed(workbook, _appended(HIDDEN_FAR_CELLS[how])))
    filing, messages = _read(path)
    assert filing is None
    assert "1048576" in messages[0]


def test_far_cell_in_another_encoding(workbook, tmp_path):
    path = tmp_path / "甲.xlsx"
    far_cell = b'<row r="9"><c r="XFD1048576"><v>1</v></c></row>'
    path.write_bytes(
        _changed(workbook, lambda part: _appended(far_cell)(part).decode().replace("UTF-8", "UTF-16").encode("utf-16"))
    )
    assert "1048576" in _read(path)[1][0]


def test_many_empty_rows_do_no_harm(workbook, tmp_path):
    path = tmp_path / "甲.xlsx"
    rows = b"".join(b'<row r="%d" ht="%d"/>' % (row, row % 97) for row in range(100, 60_000))
    path.write_bytes(_changed(workbook, _appended(rows)))
    filing, messages = _read(path)
    assert (filing[2:], messages) == ((FIRST, 2025), [])


def test_random_damage_never_escapes(workbook, tmp_path):
    """Whatever bytes change, the file is read as before or is a finding."""
    numbers = random.Random(20231)
    path = tmp_path / "甲.xlsx"
    path.write_bytes(workbook)
    whole = read_path(path.name, path, plan_of(FORM_SET))[1].blocks
    for _ in range(60):
        damaged = bytearray(workbook)
        for _ in range(numbers.randint(1, 4)):
            damaged[numbers.randrange(len(damaged))] = numbers.randrange(256)
        path.write_bytes(bytes(damaged))
        contents = read_path(path.name, path, plan_of(FORM_SET))[1]
        assert contents.findings if contents.filing is None else contents.blocks == whole


def test_a_reading_process_that_dies_costs_only_its_file(tmp_path, monkeypatch):
    from validation import reading_pool
    from validation.sources import Source

    for at in range(3):
        (tmp_path / f"{at}.csv").write_text("园区代码,YN5328-01\n统计年度,2025\n税收总额（万元）,1\n", encoding="utf-8")
    sources = [Source(f"{at}.csv", tmp_path / f"{at}.csv") for at in range(3)]
    sent = reading_pool.send

    def kill_at_second(pipe, message):
        if message == [("1.csv", str(tmp_path / "1.csv"))]:
            pipe.write(struct.pack("<I", 4) + b"evil")
            pipe.flush()
        else:
            sent(pipe, message)

    monkeypatch.setattr(reading_pool, "send", kill_at_second)
    answers = dict(reading_pool.read_apart(sources, plan_of(FORM_SET), 1))
    assert [answers[at].filing is not None for at in range(3)] == [True, False, True]
    assert "读取程序中断" in answers[1].findings[0].message


def test_a_file_that_takes_too_long_is_given_up(tmp_path, monkeypatch):
    from validation import reading_pool
    from validation.reading_pool import read_apart
    from validation.sources import Source

    monkeypatch.setattr(reading_pool, "_CHECK_SECONDS", 0.001)
    path = tmp_path / "0.csv"
    path.write_text("税收总额,1\n", encoding="utf-8")
    answers = dict(read_apart([Source("0.csv", path)], plan_of(FORM_SET), 1, seconds=0.0))
    assert "读取超过 0 秒" in answers[0].findings[0].message


def test_a_pipe_in_the_folder_is_not_waited_for(workbook, tmp_path):
    (tmp_path / "甲.xlsx").write_bytes(workbook)
    os.mkfifo(tmp_path / "管道.xlsx")
    reading = read(tmp_path, FORM_SET)
    assert reading.filings.height == 1
    assert "不是普通文件" in reading.findings["message"][0]


def test_result_does_not_depend_on_the_number_of_processes(workbook, tmp_path):
    for at in range(45):
        (tmp_path / f"{at:02}.xlsx").write_bytes(workbook)
    seen = []
    readings = [
        read(tmp_path, FORM_SET, processes=processes, progress=lambda ready, total: seen.append((ready, total)))
        for processes in (1, 2)
    ]
    assert seen == [(ready, 45) for ready in range(1, 46)] * 2
    for name in ("filed", "layout", "filings", "files", "findings"):
        assert getattr(readings[0], name).equals(getattr(readings[1], name)), name
    assert Path(readings[0].files["path"][0]).exists()


def test_the_short_way_to_the_directory_reads_what_the_long_way_reads(workbook):
    most = archive.LIMITS.parts
    plain = archive._plain_directory(workbook, most)
    assert archive._plain_directory(workbook, len(plain) - 1) is None
    assert plain == archive._directory(workbook) and plain
    chance, start = random.Random(7), workbook.rindex(b"PK\x01\x02", 0, workbook.index(b"PK\x05\x06")) - 400
    for _ in range(400):
        damaged = bytearray(workbook)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(start, len(damaged))] = chance.choice((0, 1, 255, chance.randrange(256)))
        told = archive._plain_directory(bytes(damaged), most)
        assert told is None or told == archive._directory(bytes(damaged))
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as book:
        book.comment = "说明".encode()
        book.writestr("表.xml", "x")
    assert archive._plain_directory(other.getvalue(), most) is None


def test_a_common_part_is_judged_in_every_file_anew(workbook):
    limits = archive.Limits(inflated_bytes=6000)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("a.xml", "<a>" + "x" * 4000)
        book.writestr("b.xml", "<a>" + "x" * 4000)
    for _ in range(2):
        opened = archive.Archive(content.getvalue(), limits, "")
        assert len(opened.inflate(opened.parts[0], common=True)) == 4003
        with pytest.raises(archive.Unfit, match="解压后超过"):
            opened.inflate(opened.parts[1], common=True)
    wrong = content.getvalue().replace(opened.parts[0].CRC.to_bytes(4, "little"), b"abcd")
    opened = archive.Archive(wrong, archive.LIMITS, "")
    with pytest.raises(archive.Unfit, match="校验和不符"):
        opened.inflate(opened.parts[0], common=True)
