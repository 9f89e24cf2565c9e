"""Ready drafts of e-mail: opened in the office's own mail program, looked at, and sent by a person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from parkeval.distribution.contacts import Contact
from parkeval.errors import disk_reason
from report_templates.formatting import plain
from validation.problems import DefinitionRefused, Problem

TEMPLATE = Path(__file__).resolve().parent / "mail.txt.j2"
_SUBJECT = "主题："


class Letters:
    """Subject and body after a template; the first line is the subject. Raises DefinitionRefused for a broken one."""

    def __init__(self, path: Path | None = None) -> None:
        import jinja2
        from jinja2.sandbox import SandboxedEnvironment

        self._path = path or TEMPLATE
        try:
            text = self._path.read_text(encoding="utf-8")
            self._template = SandboxedEnvironment(undefined=jinja2.StrictUndefined, trim_blocks=True).from_string(text)
        except jinja2.TemplateSyntaxError as error:
            raise self._refused(f"第 {error.lineno} 行：{error.message}", "合法的模板") from None
        except OSError as error:
            raise self._refused(f"读不出（{disk_reason(error)}）", "可以读取的文件") from None
        except UnicodeDecodeError as error:
            raise self._refused(f"第 {error.start + 1} 个字节不是 UTF-8", "UTF-8 文本") from None
        if not text.startswith(_SUBJECT):
            raise self._refused("第 1 行不是主题", f"第一行以“{_SUBJECT}”开头")

    def fill(self, values: Mapping[str, Any]) -> tuple[str, str]:
        """Subject on one line, and body."""
        import jinja2

        try:
            said = self._template.render(values)
        except jinja2.TemplateError as error:
            known = "、".join(sorted(values))
            raise self._refused(f"填不出：{error.message}", f"可用的名称：{known}") from None
        except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
            raise self._refused(f"填不出：{error}", "合法的模板") from None
        subject, _, body = said.partition("\n")
        return plain(subject.removeprefix(_SUBJECT), 120), body.strip("\n") + "\n"

    def _refused(self, found: str, expected: str) -> DefinitionRefused:
        return DefinitionRefused([Problem(str(self._path), found, expected, "改正邮件模板")])


def draft(contact: Contact, subject: str, body: str, attachments: Iterable[tuple[str, bytes]]) -> bytes:
    """A draft (`X-Unsent`) with attachments; the same contents give the same bytes. It bears no date and no sender."""
    message = EmailMessage(policy=SMTP)
    message["X-Unsent"] = "1"
    message["To"] = _addresses(contact.to, contact.person)
    if contact.cc:
        message["Cc"] = _addresses(contact.cc)
    message["Subject"] = subject
    message.set_content(body, cte="base64")
    for name, content in attachments:
        kind = {"pdf": "pdf", "zip": "zip"}.get(name.rpartition(".")[2].lower(), "octet-stream")
        message.add_attachment(content, maintype="application", subtype=kind, filename=name)
    if message.is_multipart():
        told = hashlib.sha256(f"{contact.to}{subject}{body}".encode()).hexdigest()
        message.set_boundary(f"=_{told[:40]}")
    return message.as_bytes()


def _addresses(given: Iterable[str], person: str = "") -> tuple[Address, ...]:
    """Addresses, the first one with the person's name."""
    return tuple(Address(display_name="" if at else person, addr_spec=address) for at, address in enumerate(given))
