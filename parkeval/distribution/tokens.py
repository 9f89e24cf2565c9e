"""Signing with a key that stays in a token (PKCS#11): each way in which that fails is told in Chinese.

The PIN is given to the vendor's library and to nobody else: it stands in no message, log or file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import Field

from parkeval.errors import EnvironmentFault, UsageFault
from validation.definition import Definition, load
from validation.problems import Problem


class Token(Definition):
    """A key in a token: the vendor's library, the labels in the token, and those of issuers' certificates to send along."""

    module: str = Field(min_length=1)
    token: str = Field(min_length=1)
    certificate: str = Field(min_length=1)
    key: str | None = None
    chain: tuple[str, ...] = ()


class _TokenFile(Definition):
    pkcs11: Token


def signer_of_token(path: Path, pin: str) -> Any:
    """The signer of the token that the TOML file at `path` describes, its session open.

    Raises DefinitionRefused for a broken description, EnvironmentFault where library or token are missing or the token
    is locked, UsageFault for a wrong PIN or label.
    """
    token = load(path, _TokenFile).pkcs11
    try:
        import pkcs11
        from pyhanko.sign.pkcs11 import PKCS11Signer
    except ImportError:
        cure = "运行 ./run extra signing，或改用 PKCS#12 证书"
        raise EnvironmentFault([Problem("PKCS#11", "没有安装 python-pkcs11", "访问令牌的软件包", cure)]) from None
    session = _session(pkcs11, path, token, pin)
    key = token.key or token.certificate
    signer = PKCS11Signer(
        session, cert_label=token.certificate, key_label=key, other_certs_to_pull=token.chain, bulk_fetch=False
    )
    labels = [("certificate", token.certificate), *(("chain", label) for label in token.chain)]
    missing = [
        Problem(f"{path} 的 {name}", f"令牌里没有标签为“{label}”的证书，或不止一张", _labels(pkcs11, session), "改标签")
        for name, label in labels
        if len(_certificates(pkcs11, session, label)) != 1
    ]
    if not list(
        session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY, pkcs11.Attribute.LABEL: key})
    ):
        missing.append(
            Problem(f"{path} 的 key", f"令牌里没有标签为“{key}”的私钥", "与证书配对的私钥", "写上 key，或改标签")
        )
    if missing:
        session.close()
        raise UsageFault(missing)
    return signer


@contextmanager
def token_present(path: Path) -> Iterator[None]:
    """Tells of a token that fails while it signs; does nothing for other keys."""
    try:
        yield
    except Exception as error:
        if not _is_of_token(error):
            raise
        cure = "插好令牌，用同样的参数再运行一次；已做好的包不重做"
        raise EnvironmentFault(
            [Problem(str(path), f"签名时令牌没有应答（{type(error).__name__}）", "一直插着的令牌", cure)]
        ) from None


def _is_of_token(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, comes from the PKCS#11 library."""
    while error is not None:
        if type(error).__module__.startswith("pkcs11"):
            return True
        error = error.__cause__ or error.__context__
    return False


def _session(pkcs11: Any, path: Path, token: Token, pin: str) -> Any:
    try:
        library = pkcs11.lib(token.module)
    except pkcs11.PKCS11Error:
        problem = Problem(f"{path} 的 module", f"打不开“{token.module}”", "厂商的 PKCS#11 库", "装好驱动，写完整路径")
        raise EnvironmentFault([problem]) from None
    try:
        found = list(library.get_tokens())
        fitting = [one for one in found if one.label.strip("\0 ") == token.token]
        if len(fitting) != 1:
            labels = "、".join(one.label.strip("\0 ") for one in found) or "没有插入令牌"
            said = f"标签为“{token.token}”的令牌有 {len(fitting)} 个"
            raise EnvironmentFault([Problem(f"{path} 的 token", said, f"已插入的：{labels}", "插好令牌，或改标签")])
        return fitting[0].open(user_pin=pin)
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
        cure = "核对口令后再试；连续写错会锁住令牌"
        raise UsageFault([Problem(f"令牌“{token.token}”", "口令不对", "令牌的用户口令（PIN）", cure)]) from None
    except (pkcs11.exceptions.PinLocked, pkcs11.exceptions.PinExpired):
        problem = Problem(f"令牌“{token.token}”", "口令已锁或已过期", "可用的令牌", "由管理员解锁或重设口令")
        raise EnvironmentFault([problem]) from None
    except pkcs11.PKCS11Error as error:
        problem = Problem(
            f"令牌“{token.token}”", f"打不开（{type(error).__name__}）", "可用的令牌", "重新插入令牌，检查驱动"
        )
        raise EnvironmentFault([problem]) from None


def _certificates(pkcs11: Any, session: Any, label: str | None = None) -> list[Any]:
    wanted = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE}
    if label is not None:
        wanted[pkcs11.Attribute.LABEL] = label
    return list(session.get_objects(wanted))


def _labels(pkcs11: Any, session: Any) -> str:
    labels = {str(one[pkcs11.Attribute.LABEL]) for one in _certificates(pkcs11, session)}
    return f"令牌里的证书：{'、'.join(sorted(labels)) or '无'}"
