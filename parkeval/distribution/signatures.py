"""Checking digital signatures: who signed, whether the file is as it was signed, whether the certificate is trusted."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parkeval.distribution.signing import quiet
from parkeval.errors import DiskFault, UsageFault, disk_reason
from parkeval.extras import require
from validation.problems import Problem

_CURE = "用原来的文件；确须改动的，改后重新签名"
_MARK = b"/ByteRange"


@dataclass(frozen=True)
class Signature:
    """One signature of a PDF. `trusted` is null when no certificate to trust was given."""

    signer: str
    signed_at: str
    intact: bool
    whole: bool
    trusted: bool | None

    def words(self) -> str:
        """What is to be told of it."""
        state = "完好，签名后未改动" if self.intact and self.whole else "签名后被改动或签名无效"
        trust = {True: "签名人可信", False: "签名人不在信任的证书之内", None: "签名人的证书未核对"}[self.trusted]
        return f"{self.signer}，{self.signed_at} 签名：{state}；{trust}"


def load_trusted(paths: Sequence[Path]) -> list[Any]:
    """Certificates to trust, PEM or DER; raises DiskFault, UsageFault."""
    require("signing")
    from pyhanko import keys

    read: Any = keys.load_certs_from_pemder
    trusted: list[Any] = []
    for path in paths:
        try:
            trusted += list(read([str(path)]))
        except OSError as error:
            raise DiskFault([Problem(str(path), disk_reason(error), "可读的证书", "检查路径和权限")]) from None
        except ValueError:
            raise UsageFault([Problem(str(path), "不是证书", "PEM 或 DER 格式的证书", "改换文件")]) from None
    return trusted


def is_signed(content: bytes) -> bool:
    """Whether a PDF holds a signature; told without any library."""
    return _MARK in content


def signatures(content: bytes, trusted: Sequence[Any] = ()) -> list[Signature]:
    """The signatures of a PDF in their order; a file that cannot be read has one that is not intact."""
    require("signing")
    from pyhanko.pdf_utils.reader import PdfFileReader

    with quiet():
        try:
            return [
                _checked(one, trusted) for one in PdfFileReader(io.BytesIO(content), strict=False).embedded_signatures
            ]
        except Exception:
            # An altered file fails in many ways; each means that it is not what was signed.
            return [Signature("签名人读不出", "时间不明", False, False, None)]


def _checked(embedded: Any, trusted: Sequence[Any]) -> Signature:
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    status = validate_pdf_signature(
        embedded,
        ValidationContext(trust_roots=list(trusted), allow_fetching=False),
        key_usage_settings=KeyUsageConstraints(
            key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False
        ),
    )
    at = embedded.self_reported_timestamp
    return Signature(
        signer=embedded.signer_cert.subject.human_friendly,
        signed_at=at.strftime("%Y-%m-%d %H:%M") if at else "时间不明",
        intact=bool(status.intact and status.valid),
        whole=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        trusted=bool(status.trusted) if trusted else None,
    )


def signature_problems(name: str, content: bytes, trusted: Sequence[Any]) -> tuple[list[Problem], list[Signature]]:
    """What is wrong with the signatures of a PDF that ought to be signed, and the signatures."""
    found = signatures(content, trusted) if is_signed(content) else []
    if not found:
        return [Problem(name, "没有签名", "送出时已签名", _CURE)], []
    problems = [
        Problem(name, one.words(), "完好的签名" if one.trusted is not False else "可信的签名", _CURE)
        for one in found
        if not (one.intact and one.whole) or one.trusted is False
    ]
    return problems, found


def signed_papers(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of every PDF in a folder of packages, those in zips included."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix.lower() == ".pdf" and path.is_file():
            yield name, path.read_bytes()
        elif path.suffix.lower() == ".zip" and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for inner in archive.namelist():
                    if inner.lower().endswith(".pdf"):
                        yield f"{name}/{inner}", archive.read(inner)


def summary(found: Sequence[Signature]) -> str:
    """Who signed how many, and what was found."""
    signers = Counter(one.signer for one in found)
    who = "；".join(f"{signer}（{count} 份）" for signer, count in sorted(signers.items()))
    trust = "" if all(one.trusted for one in found) else "；签名人的证书未核对，须核对时用 --trust 指定信任的证书"
    return f"签名 {len(found)} 个，全部完好：{who}{trust}"
