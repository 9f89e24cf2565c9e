"""Signed packages: the signature is found whole, an altered file is told, keys and passphrases that do not fit are told."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from parkeval import extras
from parkeval.cli import cli
from parkeval.distribution import building
from parkeval.distribution.signatures import signatures
from parkeval.distribution.signing import open_signing
from parkeval.errors import Exit
from parkeval.front import run_command
from parkeval.store import Tables
from report_templates.press import Press
from tests.engine.small_papers import home_with_papers, small_lists

SCHEME, YEAR, PARK = "xishuangbanna-2023", 2023, "YN5328-04"
SIGNER = "西双版纳州统计局（测试）"
SECRET = "口令 with blanks"


def certificate(folder: Path, days: int = 30) -> tuple[Path, Path]:
    """A PKCS#12 file and the certificate alone (PEM), made for this test; with negative `days` it has ended."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SIGNER), x509.NameAttribute(NameOID.COUNTRY_NAME, "CN")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(True, True, False, False, False, False, False, False, False), critical=True)
        .sign(key, hashes.SHA256())
    )
    encryption = serialization.BestAvailableEncryption(SECRET.encode())
    (folder / "key.p12").write_bytes(pkcs12.serialize_key_and_certificates(b"test", key, made, None, encryption))
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return folder / "key.p12", folder / "cert.pem"


def command(*words: object) -> int:
    return run_command(cli, [str(word) for word in words])


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PARKEVAL_SIGN_PASSPHRASE", SECRET)
    yield


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, published_home: Path, published: Tables) -> Path:
    return home_with_papers(published_home, published, SCHEME, YEAR, tmp_path_factory.mktemp("signing"))


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, home: Path, keys: tuple[Path, Path]) -> Path:
    folder = tmp_path_factory.mktemp("signed")
    (folder / "secret").write_text(f"{SECRET}\n", encoding="utf-8")
    words = ("--recipient", PARK, "--sign", keys[0], "--passphrase-file", folder / "secret")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "print_documents", small_lists)
        assert command("distribute", home, "--year", YEAR, "--to", folder / "out", "--by", "李四", *words) == Exit.DONE
    return folder / "out"


def test_verify_names_the_signer_and_says_that_nothing_was_altered(
    signed: Path, home: Path, keys: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("verify", signed, "--register", home, "--trust", keys[1]) == Exit.DONE
    said = capsys.readouterr().out
    assert "签名 3 个，全部完好" in said and SIGNER in said and "未核对" not in said
    assert command("verify", signed) == Exit.DONE
    assert "签名人的证书未核对" in capsys.readouterr().out


def test_one_signed_paper_is_checked_by_itself(
    signed: Path, tmp_path: Path, keys: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    paper = next(signed.rglob("*报告.pdf"))
    assert command("verify", paper, "--trust", keys[1]) == Exit.DONE
    said = capsys.readouterr().out
    assert SIGNER in said and "完好，签名后未改动；签名人可信" in said
    (tmp_path / "other").mkdir()
    _, stranger = certificate(tmp_path / "other")
    assert command("verify", paper, "--trust", stranger) == Exit.VERIFICATION
    assert "签名人不在信任的证书之内" in capsys.readouterr().err


@pytest.mark.parametrize("change", ["byte", "added", "cut", "unsigned"])
def test_a_paper_changed_after_signing_is_told(
    signed: Path, tmp_path: Path, change: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content = next(signed.rglob("*报告.pdf")).read_bytes()
    match change:
        case "byte":
            content = content.replace(b"/MediaBox [0 0 595 842]", b"/MediaBox [0 0 595 841]")
        case "added":
            target = tmp_path / "x.pdf"
            target.write_bytes(content)
            with pikepdf.open(target, allow_overwriting_input=True) as document:
                document.add_blank_page()
                document.save(target)
            content = target.read_bytes()
        case "cut":
            content = content[:-600]
        case "unsigned":
            content = content[: content.index(b"%%EOF") + 6]
    paper = tmp_path / "报告.pdf"
    paper.write_bytes(content)
    assert command("verify", paper) == Exit.VERIFICATION
    assert ("没有签名" if change == "unsigned" else "签名后被改动或签名无效") in capsys.readouterr().err


def test_an_archival_report_stays_archivable(keys: tuple[Path, Path], secret: None) -> None:
    """What PDF/A asks for and can be checked here is in the signed file as in the unsigned one, which it begins with."""
    report = Press().print("<html lang=zh><head><title>报告</title></head><body><h1>报告</h1></body></html>").content
    done = open_signing(keys[0], None, date.today()).sign(report)
    assert done.startswith(report)
    with pikepdf.open(io.BytesIO(report)) as before, pikepdf.open(io.BytesIO(done)) as after:
        for name in ("/OutputIntents", "/MarkInfo", "/StructTreeRoot", "/Lang"):
            assert (name in after.Root) == (name in before.Root)
        with before.open_metadata() as said, after.open_metadata() as still:
            assert (still.pdfa_status, still.get("dc:title")) == (said.pdfa_status, said.get("dc:title"))
            assert said.pdfa_status.startswith("3")
        (field,) = after.Root.AcroForm.Fields
        assert int(field.F) & 4  # printed, as PDF/A asks of every annotation
        assert not after.is_encrypted
        assert "/JavaScript" not in after.Root.get("/Names", {})
    (one,) = signatures(done)
    assert (one.intact, one.whole) == (True, True)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("wrong passphrase", "打不开"),
        ("no passphrase", "没有口令"),
        ("not a key", "打不开"),
        ("ended", "证书有效期为"),
        ("missing", "没有这个文件"),
        ("token", "没有安装 python-pkcs11"),
    ],
)
def test_keys_that_do_not_fit_are_told_before_anything_is_written(
    home: Path, keys: tuple[Path, Path], tmp_path: Path, what: str, said: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    path = keys[0]
    monkeypatch.setenv("PARKEVAL_SIGN_PASSPHRASE", "wrong" if what == "wrong passphrase" else SECRET)
    match what:
        case "no passphrase":
            monkeypatch.delenv("PARKEVAL_SIGN_PASSPHRASE")
        case "not a key":
            path = keys[1]
        case "ended":
            path, _ = certificate(tmp_path, days=-1)
        case "missing":
            path = tmp_path / "none.p12"
        case "token":
            monkeypatch.setitem(sys.modules, "pkcs11", None)
            path = tmp_path / "token.toml"
            path.write_text('[pkcs11]\nmodule = "x.so"\ntoken = "a"\ncertificate = "b"\n', encoding="utf-8")
    status = command("distribute", home, "--year", YEAR, "--to", tmp_path / "out", "--by", "李四", "--sign", path)
    assert status in (Exit.USAGE, Exit.DISK, Exit.ENVIRONMENT)
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_without_the_extra_the_command_that_installs_it_is_named(
    home: Path, keys: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    assert command("distribute", home, "--to", tmp_path / "out", "--by", "李四", "--sign", keys[0]) == Exit.ENVIRONMENT
    assert "./run extra signing" in capsys.readouterr().err
