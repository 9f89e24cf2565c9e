"""Drafts of mail: headers hold what they ought to and nothing else, whatever stands in names and templates."""

from __future__ import annotations

import email
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parkeval.distribution.contacts import Contact
from parkeval.distribution.mail import Letters, draft
from validation.problems import DefinitionRefused

VALUES = {
    "name": "甲园区", "code": "YN1", "person": "张三", "phone": "", "region": "某州", "year": 2025, "run_id": "2025-abc",
    "office": "某州统计局", "scheme_title": "办法", "sent_on": "2026年7月1日", "files": ["一.pdf", "二.csv"],
}  # fmt: skip
CONTACT = Contact(to=("zhang@example.gov.cn",), person="张三")


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def template(folder: Path, text: str) -> Path:
    path = folder / "邮件.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_products_own_letter() -> None:
    subject, body = Letters().fill(VALUES)
    assert subject == "送达：甲园区 2025 年度园区绩效评价文件"
    assert body.startswith("张三：\n")
    assert "共 2 件" in body and "2. 二.csv" in body
    assert body.endswith("某州统计局\n")


def test_the_same_draft_twice_is_the_same_bytes() -> None:
    given_files = [("报告.pdf", b"%PDF-1.7"), ("数据.json", b"{}")]
    raw = draft(CONTACT, "主题", "正文\n", given_files)
    assert raw == draft(CONTACT, "主题", "正文\n", given_files)
    message = parsed(raw)
    assert {name.lower() for name in message} == {*("x-unsent", "to", "subject", "mime-version", "content-type")}
    assert [(part.get_filename(), part.get_content()) for part in message.iter_attachments()] == given_files


def test_chinese_names_travel_in_headers_that_every_mail_program_reads() -> None:
    """RFC 2047 for names and subject, RFC 2231 for the names of attachments, nothing but ASCII in lines of mail's length."""
    long = "YN5328-01-云南勐腊（磨憨）重点开发开放试验区䶮㭎𬭊-2025-园区绩效评价报告.pdf"
    content = bytes(range(256)) * 400
    contact = Contact(to=("zhang@example.gov.cn", "li@example.gov.cn"), cc=("b@example.gov.cn",), person="欧阳𬭊")
    raw = draft(contact, "送达：" + "某某开发区" * 12, "正文\n", [(long, content), ("SHA256SUMS", b"0  x\n")])
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998 and b"\n" not in raw.replace(b"\r\n", b"")
    assert b"filename*" in raw and b"utf-8''" in raw
    message = parsed(raw)
    assert message["Subject"] == "送达：" + "某某开发区" * 12
    assert [address.display_name for address in message["To"].addresses] == ["欧阳𬭊", ""]
    first, second = message.iter_attachments()
    assert (first.get_filename(), first.get_content_type(), first.get_content()) == (long, "application/pdf", content)
    assert (second.get_filename(), second.get_content()) == ("SHA256SUMS", b"0  x\n")
    assert len(content) < len(raw) < 1.4 * len(content) + 4000


@settings(max_examples=60, deadline=None)
@given(name=st.text(max_size=60), person=st.text(max_size=30))
def test_no_name_adds_a_header_or_a_recipient(name: str, person: str) -> None:
    try:
        contact = Contact(to=("zhang@example.gov.cn",), person=person.strip())
    except ValueError:
        return
    subject, body = Letters().fill({**VALUES, "name": name, "person": contact.person})
    message = parsed(draft(contact, subject, body, []))
    assert [address.addr_spec for address in message["To"].addresses] == ["zhang@example.gov.cn"]
    assert set(message) <= {"X-Unsent", "To", "Subject", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}  # fmt: skip


@pytest.mark.parametrize(
    "name", ["甲\r\nBcc: x@evil.example", "甲\nX: y", "甲\u2028Bcc: x@evil.example", "=?utf-8?q?x?="]
)
def test_line_ends_in_a_name_stay_within_the_subject(name: str) -> None:
    subject, body = Letters().fill({**VALUES, "name": name})
    message = parsed(draft(CONTACT, subject, body, []))
    assert message["Bcc"] is None and message["X"] is None
    assert message["To"] == "张三 <zhang@example.gov.cn>"


def test_the_offices_own_letter(tmp_path: Path) -> None:
    letters = Letters(template(tmp_path, "主题：致 {{ name }}\n\n{{ person }}同志，见附件。\n"))
    assert letters.fill(VALUES) == ("致 甲园区", "张三同志，见附件。\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("没有主题\n正文", "第 1 行不是主题"),
        ("主题：x\n\n{% for %}", "第 3 行"),
        ("主题：x\n{{ nobody }}", "nobody"),
        ("主题：x\n{{ ''.__class__.__mro__ }}", "填不出"),
        ("主题：x\n{{ name + 1 }}", "填不出"),
        ("主题：x\n{% include '/etc/passwd' %}", "填不出"),
    ],
)
def test_a_broken_letter_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = template(tmp_path, text)
    with pytest.raises(DefinitionRefused) as fault:
        Letters(path).fill(VALUES)
    assert said in str(fault.value) and path.name in str(fault.value)
