"""Keys in a token, with SoftHSM in the place of a vendor's token: signed papers, and each way in which it fails."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from parkeval.distribution.signatures import load_trusted, signatures
from parkeval.distribution.signing import open_signing
from parkeval.errors import EnvironmentFault, UsageFault
from report_templates.press import Press

LIBRARIES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so")  # fmt: skip
LIBRARY = next((path for path in LIBRARIES if Path(path).is_file()), "")
PIN, LABEL = "246810", "单位令牌"

pkcs11 = pytest.importorskip("pkcs11", reason="没有安装 python-pkcs11（./run extra signing）")
pytestmark = pytest.mark.skipif(
    not LIBRARY or shutil.which("softhsm2-util") is None, reason="没有安装 softhsm2（apt-get install softhsm2）"
)


def issued(name: str, by: tuple[Any, Any] | None, authority: bool) -> tuple[Any, Any]:
    """A key with its certificate, issued by another pair or by itself."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by[1].subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(True, True, False, False, False, authority, authority, False, False), critical=True
        )
        .sign(by[0] if by else key, hashes.SHA256())
    )
    return key, made


def put(session: Any, label: str, certificate: Any, key: Any = None) -> None:
    """A certificate, and its key where there is one, under `label` in the token."""
    from pkcs11.util.rsa import decode_rsa_private_key
    from pkcs11.util.x509 import decode_x509_certificate

    own = {pkcs11.Attribute.TOKEN: True, pkcs11.Attribute.LABEL: label, pkcs11.Attribute.ID: label.encode()}
    encoded = certificate.public_bytes(serialization.Encoding.DER)
    session.create_object({**decode_x509_certificate(encoded), **own})
    if key is not None:
        plain = (
            serialization.Encoding.DER,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        hidden = {pkcs11.Attribute.PRIVATE: True, pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.SIGN: True}
        session.create_object({**decode_rsa_private_key(key.private_bytes(*plain)), **hidden, **own})


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a token whose certificate comes from a root over one between, and the root (root.pem) to trust."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(settings))
        init = ["softhsm2-util", "--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "13579111"]
        subprocess.run(init, check=True, capture_output=True)
        root = issued("根证书（测试）", None, True)
        between = issued("中级证书（测试）", root, True)
        own = issued("某州统计局（测试）", between, False)
        with pkcs11.lib(LIBRARY).get_token(token_label=LABEL).open(rw=True, user_pin=PIN) as session:
            put(session, "签名", own[1], own[0])
            put(session, "中级", between[1])
        (folder / "root.pem").write_bytes(root[1].public_bytes(serialization.Encoding.PEM))
        yield folder


@pytest.fixture
def described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes the description of the token, with changes."""
    monkeypatch.setenv("PARKEVAL_SIGN_PASSPHRASE", PIN)

    def write(**changes: str) -> Path:
        said = {"module": LIBRARY, "token": LABEL, "certificate": "签名"} | changes
        path = tmp_path / "令牌.toml"
        lines = [f'{name} = "{value}"' for name, value in said.items()]
        path.write_text("\n".join(["[pkcs11]", *lines, 'chain = ["中级"]']) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def paper() -> bytes:
    return Press().print('<html lang="zh"><head><title>报告</title></head><body><h1>报告</h1></body></html>').content


def test_a_paper_signed_by_a_token_is_whole_and_trusted_by_its_root(
    token: Path, described: Callable[..., Path], paper: bytes, tmp_path: Path
) -> None:
    signing = open_signing(described(), None, date.today())
    assert "某州统计局（测试）" in signing.signer
    done = signing.sign(paper)
    signing.close()
    assert done.startswith(paper)
    (one,) = signatures(done, load_trusted([token / "root.pem"]))
    assert (one.intact, one.whole, one.trusted) == (True, True, True)
    if shutil.which("pdfsig"):
        (tmp_path / "signed.pdf").write_bytes(done)
        said = subprocess.run(["pdfsig", tmp_path / "signed.pdf"], capture_output=True, text=True, check=False).stdout
        assert "Signature is Valid" in said and "Total document signed" in said


@pytest.mark.parametrize(
    ("changes", "pin", "fault", "said"),
    [
        ({}, "0" * 6, UsageFault, "口令不对；应为：令牌的用户口令（PIN）；处理：核对口令后再试；连续写错会锁住令牌"),
        ({"module": "/none/vendor.so"}, PIN, EnvironmentFault, "打不开“/none/vendor.so”"),
        ({"token": "别的令牌"}, PIN, EnvironmentFault, f"标签为“别的令牌”的令牌有 0 个；应为：已插入的：{LABEL}"),
        ({"certificate": "没有"}, PIN, UsageFault, "没有标签为“没有”的证书"),
        ({"key": "没有"}, PIN, UsageFault, "没有标签为“没有”的私钥"),
    ],
    ids=["pin", "library", "token", "certificate", "key"],
)
def test_what_does_not_fit_is_told_without_the_pin(
    token: Path, described: Callable[..., Path], monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, str], pin: str, fault: type[Exception], said: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("PARKEVAL_SIGN_PASSPHRASE", pin)
    with pytest.raises(fault) as raised:
        open_signing(described(**changes), None, date.today())
    told = str(raised.value)
    assert said in told
    assert pin not in told


def test_a_token_that_is_pulled_out_is_told_and_the_work_can_go_on(
    token: Path, described: Callable[..., Path], paper: bytes
) -> None:
    signing = open_signing(described(), None, date.today())
    shutil.move(token / "tokens", token / "elsewhere")
    try:
        with pytest.raises(EnvironmentFault, match=r"签名时令牌没有应答.*已做好的包不重做"):
            signing.sign(paper)
    finally:
        signing.close()
        shutil.rmtree(token / "tokens", ignore_errors=True)
        shutil.move(token / "elsewhere", token / "tokens")
