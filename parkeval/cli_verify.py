"""The command verify: published results, folders of packages, signed papers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from parkeval.arguments import AS_JSON, EXISTING, HOME
from parkeval.front import ChineseCommand, print_json

if TYPE_CHECKING:
    from parkeval.home import Home
    from validation.problems import Problem


@click.command(
    cls=ChineseCommand,
    help="核验：已发布的结果、证据和报告没有被改动；也可核验 distribute 备好的文件夹，或一份签名的 PDF。",
)
@HOME
@click.option("--register", type=EXISTING, metavar="HOME", help="核验送达文件夹时，再与这个评价目录的送出登记核对")
@click.option(
    "--trust",
    "trusts",
    type=EXISTING,
    multiple=True,
    metavar="CERT",
    help="信任的证书（PEM 或 DER），核对签名人；可写多次",
)
@click.option("--retention", "list_retention", is_flag=True, help="不核验，只列出各批次资料至少保存到何时")
@click.option("--code", metavar="CODE", help="文件页脚的核验码：它所印的数据是不是这里发布的，是哪一份")
@AS_JSON
def verify(
    home: Path, register: Path | None, trusts: tuple[Path, ...], list_retention: bool, code: str | None, as_json: bool
) -> None:
    """Nothing was altered."""
    from parkeval import evidence
    from parkeval.distribution.checking import is_distribution
    from parkeval.errors import VerificationFailed
    from parkeval.home import RESULTS, Home

    if list_retention:
        from parkeval.printing import as_text
        from parkeval.retention import retention

        print(as_text(retention(Home(home)), "json" if as_json else "table"), end="")
        return
    if code is not None:
        problems, said = _code(Home(home), code)
    elif home.is_file():
        problems, said = _paper(home, trusts)
    elif not (home / RESULTS).exists() and is_distribution(home):
        problems, said = _distribution(home, register, trusts)
    else:
        problems = evidence.verify(Home(home))
        said = ["核验通过：结果库、日志、各批次的输入、定义、表和报告与发布时一致"]
    if as_json:
        print_json({"ok": not problems, "problems": [str(problem) for problem in problems]})
    if problems:
        raise VerificationFailed(problems)
    if not as_json:
        print("\n".join(said))


def _code(home: Home, code: str) -> tuple[list[Problem], list[str]]:
    from parkeval.codes import certified_by, unknown

    found = certified_by(home, code)
    return ([unknown(code)], []) if found is None else ([], [found.words()])


def _distribution(folder: Path, register: Path | None, trusts: tuple[Path, ...]) -> tuple[list[Problem], list[str]]:
    from parkeval.distribution import signatures
    from parkeval.distribution.checking import signer_of, verify_distribution
    from parkeval.home import Home

    problems = verify_distribution(folder, Home(register) if register else None)
    said = ["核验通过：各包文件与备好时一致" + ("，与送出登记相符" if register else "")]
    if not signer_of(folder):
        return problems, said
    trusted = signatures.load_trusted(trusts)
    found: list[Any] = []
    for name, content in signatures.signed_papers(folder):
        faults, signed = signatures.signature_problems(name, content, trusted)
        problems += faults
        found += signed
    return problems, [*said, signatures.summary(found)]


def _paper(path: Path, trusts: tuple[Path, ...]) -> tuple[list[Problem], list[str]]:
    from parkeval.distribution import signatures
    from parkeval.errors import UsageFault
    from validation.problems import Problem

    content = path.read_bytes()
    if not content.startswith(b"%PDF"):
        raise UsageFault([Problem(str(path), "不是可以核验的文件", "评价目录、送达文件夹或签名的 PDF", "改路径")])
    problems, found = signatures.signature_problems(path.name, content, signatures.load_trusted(trusts))
    return problems, [one.words() for one in found]
