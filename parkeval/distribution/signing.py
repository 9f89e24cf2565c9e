"""Digital signatures on the PDF that go out (extra `signing`): by a PKCS#12 file, or a token through PKCS#11.

The signature is added to the file, nothing of it is rewritten, so that what made it archivable stays. No network is used.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from getpass import getpass
from pathlib import Path
from typing import Any

from parkeval.distribution.tokens import signer_of_token, token_present
from parkeval.errors import DiskFault, UsageFault, disk_reason
from parkeval.extras import require
from validation.problems import Problem

# More than the PDF of one package, so that what goes to everybody is still known at the next.
_REMEMBERED = 16
FIELD = "ParkevalSignature"
PASSPHRASE = "PARKEVAL_SIGN_PASSPHRASE"
"""Environment variable with the passphrase; it never stands on a command line, where everybody on the machine reads it."""


@dataclass(frozen=True)
class Signing:
    """Who signs, and how: `sign` takes a PDF and gives it back signed; papers that go to all are signed once.

    `close` gives a token back; a key in a file needs none.
    """

    signer: str
    sign: Callable[[bytes], bytes]
    close: Callable[[], None] = lambda: None


def open_signing(path: Path, passphrase_file: Path | None, on: date) -> Signing:
    """The signer of a PKCS#12 file (.p12, .pfx) or of a token described by a TOML file.

    Raises EnvironmentFault where the extra, the token's library or the token is missing (also while signing), UsageFault
    for a wrong passphrase or PIN, a file or label that does not fit, or a certificate that is not valid `on` the day,
    DefinitionRefused for a broken description of a token.
    """
    require("signing")
    secret = _secret(path, passphrase_file)
    if path.suffix.lower() == ".toml":
        signer = signer_of_token(path, secret)
        close = signer.pkcs11_session.close
    else:
        signer, close = _of_file(path, secret), lambda: None
    certificate = signer.signing_cert
    first, last = certificate.not_valid_before.date(), certificate.not_valid_after.date()
    if not first <= on <= last:
        close()
        raise UsageFault([Problem(str(path), f"证书有效期为 {first} 至 {last}", f"{on} 有效的证书", "换用有效的证书")])

    @lru_cache(_REMEMBERED)
    def sign(content: bytes) -> bytes:
        with token_present(path):
            return _signed(signer, content)

    return Signing(certificate.subject.human_friendly, sign, close)


def _secret(path: Path, passphrase_file: Path | None) -> str:
    if passphrase_file is not None:
        try:
            return passphrase_file.read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise DiskFault(
                [Problem(str(passphrase_file), disk_reason(error), "可读的口令文件", "检查路径和权限")]
            ) from None
    if PASSPHRASE in os.environ:
        return os.environ[PASSPHRASE]
    if sys.stdin is not None and sys.stdin.isatty():
        return getpass(f"{path.name} 的口令：", stream=sys.stderr)
    cure = f"写在文件里用 --passphrase-file 指定，或设环境变量 {PASSPHRASE}，或在终端上运行"
    raise UsageFault([Problem("--sign", "没有口令", "签名证书的口令", cure)])


def _of_file(path: Path, secret: str) -> Any:
    from cryptography.hazmat.primitives.serialization import pkcs12
    from pyhanko.sign import signers

    simple: Any = signers.SimpleSigner

    try:
        pkcs12.load_pkcs12(path.read_bytes(), secret.encode())
    except OSError as error:
        raise DiskFault([Problem(str(path), disk_reason(error), "可读的签名证书", "检查路径和权限")]) from None
    except ValueError:
        raise UsageFault([Problem(str(path), "打不开", "PKCS#12 证书和与之相符的口令", "检查文件和口令")]) from None
    signer = simple.load_pkcs12(str(path), passphrase=secret.encode())
    if signer is None:
        raise UsageFault([Problem(str(path), "其中没有可用的证书和私钥", "含私钥的 PKCS#12 证书", "重新导出证书")])
    return signer


def _signed(signer: Any, content: bytes) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

    metadata = PdfSignatureMetadata(
        field_name=FIELD, subfilter=SigSeedSubFilter.PADES, certify=True, docmdp_permissions=MDPPerm.NO_CHANGES,
        name=signer.signing_cert.subject.native.get("common_name"),
    )  # fmt: skip
    target = io.BytesIO()
    with quiet():
        PdfSigner(metadata, signer).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(content)), output=target)
    return target.getvalue()


@contextmanager
def quiet() -> Iterator[None]:
    """pyHanko's own talk about certificates goes nowhere: what matters of it is told in Chinese."""
    loggers = [logging.getLogger(name) for name in ("pyhanko", "pyhanko_certvalidator")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
